#include "btcnet_front.h"

#include <string.h>

/* Samples that are projected at a time: what they take stays in the fastest memory. */
#define PART 64
#define GROUPED 8
#define SHIFT 8
#define SINE 4433
#define COSINE 10703
#define FRACTION 14
#define LARGEST 32767
#define DEAD_ZONE 26214
#define DEAD_BITS 16

void btcnet_front_start(btcnet_front *front, int32_t count) {
    memset(front, 0, sizeof *front);
    front->count = count;
}

void btcnet_front_next(btcnet_front *front) { front->lines = 0; }

/* Eight bands, one component. */
static void add_group(int32_t *restrict sums, const int16_t *restrict weights,
                      const int16_t *restrict samples, int32_t stride, int32_t count) {
    const int16_t *const s0 = samples, *const s1 = s0 + stride, *const s2 = s1 + stride,
                  *const s3 = s2 + stride, *const s4 = s3 + stride, *const s5 = s4 + stride,
                  *const s6 = s5 + stride, *const s7 = s6 + stride;
    const int16_t w0 = weights[0], w1 = weights[1], w2 = weights[2], w3 = weights[3],
                  w4 = weights[4], w5 = weights[5], w6 = weights[6], w7 = weights[7];
    int32_t i;
    for (i = 0; i < count; i++) {
        const int32_t sum = w0 * s0[i] + w1 * s1[i] + w2 * s2[i] + w3 * s3[i] + w4 * s4[i] +
                            w5 * s5[i] + w6 * s6[i] + w7 * s7[i];
        sums[i] += sum >> SHIFT;
    }
}

static void project(btcnet_front *front, int32_t row) {
    int32_t first, k, band, i;
    for (first = 0; first < front->count; first += PART) {
        const int32_t left = front->count - first, count = left < PART ? left : PART;
        for (k = 0; k < BTCNET_COMPONENTS; k++) {
            int32_t *const plane = &front->planes[k][row][first];
            for (i = 0; i < count; i++) plane[i] = -btcnet_bias[k];
            for (band = 0; band < BTCNET_PADDED_BANDS; band += GROUPED) {
                add_group(plane, &btcnet_weights[k][band],
                          &front->samples[band * front->count + first], front->count, count);
            }
        }
    }
}

/* A block's last line or column is followed by its own, mirrored. */
static int32_t mirrored(int32_t place, int32_t size) {
    const int32_t other = 2 * size - 1 - place;
    return place < size ? place : other > 0 ? other : 0;
}

static void fill_columns(btcnet_front *front, int32_t row) {
    const int32_t left = front->count % BTCNET_SIDE, last = front->count - left;
    int32_t k, place;
    if (left == 0) return;
    for (k = 0; k < BTCNET_COMPONENTS; k++) {
        int32_t *const block = &front->planes[k][row][last];
        for (place = left; place < BTCNET_SIDE; place++) block[place] = block[mirrored(place, left)];
    }
}

/* The DCT of four samples: a, b, c, d become its coefficients. */
static void transform(int32_t *a, int32_t *b, int32_t *c, int32_t *d) {
    const int32_t outer = *a + *d, inner = *b + *c;
    const int64_t wide = *a - *d, near = *b - *c, half = 1 << (FRACTION - 1);
    *a = (outer + inner + 1) >> 1;
    *b = (int32_t)((COSINE * wide + SINE * near + half) >> FRACTION);
    *c = (outer - inner + 1) >> 1;
    *d = (int32_t)((SINE * wide - COSINE * near + half) >> FRACTION);
}

static int16_t quantized(int32_t value, int64_t multiplier, int64_t dead_zone, int shift,
                         uint64_t *cut) {
    const int64_t magnitude = value < 0 ? -(int64_t)value : value;
    const int64_t steps = (magnitude * multiplier + dead_zone) >> shift;
    const int16_t symbol = (int16_t)(steps < LARGEST ? steps : LARGEST);
    *cut += steps > LARGEST;
    return value < 0 ? (int16_t)-symbol : symbol;
}

/* Four lines of one component. */
static void quantize(btcnet_front *front, int32_t k, int32_t row) {
    static const uint8_t position[BTCNET_SIDE][BTCNET_SIDE] = {
        {0, 1, 3, 6}, {2, 4, 7, 10}, {5, 8, 11, 13}, {9, 12, 14, 15}};
    const int32_t cols = (front->count + BTCNET_SIDE - 1) / BTCNET_SIDE;
    const int64_t multiplier = btcnet_multiplier[k];
    const int shift = btcnet_shift[k];
    const int64_t dead_zone = (int64_t)DEAD_ZONE << (shift - DEAD_BITS);
    int32_t(*const planes)[BTCNET_SIDE * BTCNET_MAX_COLS] = front->planes[k];
    int32_t col, u, v, i;
    for (i = 0; i < BTCNET_SIDE * cols; i++) {
        transform(&planes[0][i], &planes[1][i], &planes[2][i], &planes[3][i]);
    }
    for (u = 0; u < BTCNET_SIDE; u++) {
        for (col = 0; col < cols; col++) {
            int32_t *const four = &planes[u][BTCNET_SIDE * col];
            transform(&four[0], &four[1], &four[2], &four[3]);
            for (v = 0; v < BTCNET_SIDE; v++) {
                front->symbols[k][position[u][v]][row][col] =
                    quantized(four[v], multiplier, dead_zone, shift, &front->cut);
            }
        }
    }
}

static void close_row(btcnet_front *front) {
    int32_t k;
    for (k = 0; k < BTCNET_COMPONENTS; k++) {
        quantize(front, k, (front->lines - 1) / BTCNET_SIDE);
    }
}

/* Samples that the plan does not keep. */
static void count_changed(btcnet_front *front, const btcnet_sample *line) {
    int32_t j, i;
    for (j = 0; j < BTCNET_CONSTANT; j++) {
        const btcnet_sample *const band = line + btcnet_constant_band[j] * front->count;
        for (i = 0; i < front->count; i++) front->changed += band[i] != btcnet_constant_value[j];
    }
}

int btcnet_front_push(btcnet_front *front, const btcnet_sample *line) {
    const int32_t row = front->lines % BTCNET_SIDE, count = BTCNET_BANDS * front->count;
    int32_t i;
    for (i = 0; i < count; i++) front->samples[i] = (int16_t)((int32_t)line[i] - BTCNET_ZERO);
    count_changed(front, line);
    project(front, row);
    fill_columns(front, row);
    front->lines++;
    if (row == BTCNET_SIDE - 1) close_row(front);
    return front->lines == BTCNET_GROUP;
}

void btcnet_front_close(btcnet_front *front) {
    const int32_t left = front->lines % BTCNET_SIDE;
    int32_t k, row;
    if (left == 0) return;
    for (k = 0; k < BTCNET_COMPONENTS; k++) {
        for (row = left; row < BTCNET_SIDE; row++) {
            memcpy(front->planes[k][row], front->planes[k][mirrored(row, left)],
                   sizeof front->planes[k][row]);
        }
    }
    close_row(front);
}

#include "btcnet_contexts.h"

#include <string.h>

#define CLIP 4096
#define SHRINK 4
#define LOG_LAST 4095
#define CLASSES 56
#define LOWEST 24
#define REMAINDERS 9
#define HALF 32
#define ESCAPE 64
#define RAW_HALF 13
#define RAW_OFFSET (INT32_C(1) << 25)
#define TABLES (CLASSES * REMAINDERS)

static int32_t magnitude(int32_t value) { return value < 0 ? -value : value; }
static int32_t clipped(int32_t value) {
    return value < -CLIP ? -CLIP : value > CLIP ? CLIP : value;
}

/* 16 log2(2 n + 1), nearly. */
static int32_t logarithm(uint64_t n) {
    int32_t octaves = 0;
    while (n > LOG_LAST) {
        n >>= 6;
        octaves += 96;
    }
    return btcnet_logarithms[n] + octaves;
}

/* ---- levels ---- */

typedef struct {
    uint8_t *bytes;
    int32_t bits;
} writer;

static void write_bits(writer *out, uint32_t value, int count) {
    while (count-- > 0) {
        if (out->bits % 8 == 0) out->bytes[out->bits / 8] = 0;
        out->bytes[out->bits / 8] |= (uint8_t)((value >> count & 1u) << (7 - out->bits % 8));
        out->bits++;
    }
}

static void write_levels(writer *out, const int8_t *levels, int32_t least) {
    int32_t k;
    write_bits(out, (uint32_t)(levels[0] - least), 5);
    for (k = 1; k < BTCNET_COMPONENTS; k++) {
        const int32_t rise = levels[k] - levels[k - 1] + 1;
        const uint32_t code = (uint32_t)(2 * magnitude(rise) - (rise > 0)) + 1;
        int length = 0;
        while (code >> (length + 1)) length++;
        write_bits(out, 0, length);
        write_bits(out, code, length + 1);
    }
}

static int8_t level_of(int64_t sum, int64_t places, int32_t prior, int32_t least) {
    const int64_t mean = (sum << 16) / places + prior;
    int32_t level = -16, most = least + 31;
    while (level < BTCNET_THRESHOLDS - 16 && mean >= btcnet_thresholds[level + 16]) level++;
    return (int8_t)(level < least ? least : level > most ? most : level);
}

int32_t btcnet_levels(btcnet_contexts *contexts, const btcnet_front *front, int32_t first,
                      int32_t rows, int32_t cols, uint8_t bytes[BTCNET_LEVEL_BYTES]) {
    writer out;
    int32_t k, p, y, x;
    contexts->rows = rows;
    contexts->cols = cols;
    contexts->first = first;
    for (k = 0; k < BTCNET_COMPONENTS; k++) {
        int64_t steps = 0, sum = 0;
        for (y = 0; y < rows; y++) {
            const int16_t *const line = &front->symbols[k][0][y][first];
            steps += magnitude(line[0]);
            for (x = 1; x < cols; x++) steps += magnitude(line[x] - line[x - 1]);
            for (p = 1; p < BTCNET_POSITIONS; p++) {
                const int16_t *const other = &front->symbols[k][p][y][first];
                for (x = 0; x < cols; x++) sum += magnitude(other[x]);
            }
        }
        contexts->dc[k] = level_of(steps, (int64_t)rows * cols, 1 << 10, -12);
        contexts->ac[k] = level_of(sum, (int64_t)15 * rows * cols, 1 << 8, -16);
    }
    out.bytes = bytes;
    out.bits = 0;
    write_levels(&out, contexts->dc, -12);
    write_levels(&out, contexts->ac, -16);
    return (out.bits + 7) / 8;
}

/* ---- contexts ---- */

static void enter_component(btcnet_contexts *own, const btcnet_front *front, int32_t k) {
    int32_t p, y, x;
    for (p = 0; p < BTCNET_POSITIONS; p++) {
        int32_t *const plane = own->values[k & 3][p] + own->base;
        for (y = 0; y < own->rows; y++) {
            const int16_t *const line = &front->symbols[k][p][y][own->first];
            for (x = 0; x < own->cols; x++) {
                plane[y * own->stride + x] = line[x];
                if (p > 0 && p < 15) {
                    own->patterns[y * own->stride + x][3 + p] = (int16_t)clipped(line[x]);
                }
            }
        }
    }
    memset(own->sums[k & 1], 0, sizeof own->sums[0]);
    memset(own->block_total, 0, sizeof own->block_total);
    memset(own->block_square, 0, sizeof own->block_square);
}

/* Magnitudes of AC of the component before, around each place. */
static void find_beside(btcnet_contexts *own, int32_t k) {
    const int32_t *const sums = own->sums[(k - 1) & 1] + own->base;
    const int32_t stride = own->stride;
    int32_t i;
    for (i = 0; i < own->count; i++) {
        own->beside_log[i] = 2 * sums[i] + sums[i - stride] + sums[i + stride] + sums[i - 1] + sums[i + 1];
    }
    for (i = 0; i < own->count; i++) own->beside_log[i] = logarithm((uint64_t)own->beside_log[i]);
}

static void find_slopes(btcnet_contexts *own, int32_t k) {
    const int32_t *const dc = own->values[k & 3][0] + own->base;
    const int32_t stride = own->stride;
    int32_t y, x, j;
    for (y = 0; y < own->rows; y++) {
        for (x = 0; x < own->cols; x++) {
            const int32_t i = y * stride + x, here = dc[i];
            const int32_t west = x > 0 ? dc[i - 1] : here, east = x + 1 < own->cols ? dc[i + 1] : here,
                          north = y > 0 ? dc[i - stride] : here,
                          south = y + 1 < own->rows ? dc[i + stride] : here;
            own->slopes[0][i] = east - west;
            own->slopes[1][i] = south - north;
            own->slopes[2][i] = east + west - 2 * here;
            own->slopes[3][i] = south + north - 2 * here;
            own->gradients[k & 3][i] = magnitude(east - west) + magnitude(south - north);
            own->slope_log[i] = logarithm((uint64_t)own->gradients[k & 3][i]);
            for (j = 0; j < 4; j++) {
                const int32_t slope = clipped(own->slopes[j][i]);
                own->patterns[i][j] = (int16_t)slope;
                own->block_total[i] += magnitude(slope);
                own->block_square[i] += slope * slope;
            }
        }
    }
}

static int64_t divided(int64_t number, int64_t by) {
    if (number >= INT32_MIN && number <= INT32_MAX && by <= INT32_MAX) {
        const int32_t few = (int32_t)number, divisor = (int32_t)by;
        const int32_t ratio = few / divisor;
        return ratio - (few % divisor < 0);
    }
    return number / by - (number % by < 0);
}

/* The table of a place, and what its symbol takes in it. */
static void judge(btcnet_contexts *own, int32_t k, int32_t p, int32_t i, int32_t scale, int64_t sum,
                  int32_t symbol) {
    const int64_t most = INT64_C(1) << 31;
    const int64_t expected = sum < -most ? -most : sum > most ? most : sum;
    const int32_t center = (int32_t)((expected + 128) >> 8);
    const int32_t rest = (int32_t)(expected - (int64_t)center * 256);
    int32_t class = (scale >> 10) + LOWEST;
    class = class < 0 ? 0 : class < CLASSES ? class : CLASSES - 1;
    own->tables[k % BTCNET_OPEN][p][i] =
        (uint16_t)(class * REMAINDERS + ((magnitude(rest) + 8) >> 4));
    own->differences[k % BTCNET_OPEN][p][i] = rest < 0 ? center - symbol : symbol - center;
}

static int32_t sent_of(const btcnet_contexts *own, int32_t k, const int32_t *weights) {
    return 8 * own->dc[k] * weights[11] + 8 * own->ac[k] * weights[12] + 16 * weights[13];
}

static int32_t class_of(const btcnet_contexts *own, int32_t k) {
    const int32_t level = own->dc[k] + 5;
    return level < 0 ? 0 : level / 2 < 6 ? level / 2 : 6;
}

static void learn(btcnet_contexts *own, int32_t p, int32_t i, int32_t target, int32_t energy,
                  const int16_t *patterns, int32_t count, int32_t *products) {
    int32_t j;
    own->energy[p][i] += energy;
    if (target == 0) return;
    own->targets[p][i] += target * target;
    for (j = 0; j < count; j++) products[j] += target * patterns[j];
}

static int64_t cross_of(const btcnet_contexts *own, int32_t p, int32_t i, const int16_t *patterns,
                        int32_t count) {
    const int32_t *const products = &own->products[i][p * (p - 1) / 2 + 5 * p];
    int64_t sum = 0;
    int32_t j;
    if (own->targets[p][i] == 0) return 0;
    for (j = 0; j < count; j++) sum += (int64_t)products[j] * patterns[j];
    return sum == 0 ? 0 : divided(16 * sum, own->energy[p][i] + SHRINK);
}

static void judge_dc(btcnet_contexts *own, int32_t k) {
    const int32_t *const v = own->values[k & 3][0] + own->base;
    const int32_t *const means = btcnet_mean_weights[0][class_of(own, k)];
    const int32_t *const scales = btcnet_scale_weights[0][class_of(own, k)];
    const int32_t stride = own->stride, sent = sent_of(own, k, scales);
    int32_t y, x, j;
    for (y = 0; y < own->rows; y++) {
        for (x = 0; x < own->cols; x++) {
            const int32_t i = y * stride + x;
            int32_t w = v[i - 1], n = v[i - stride], nw, ne, ww, nn, nnw, scale, total = 0, energy = 0;
            int16_t q[5];
            int64_t cross, sum;
            if (x == 0) w = n;
            if (y == 0) n = w;
            nw = x > 0 && y > 0 ? v[i - stride - 1] : w;
            ne = y > 0 && x + 1 < own->cols ? v[i - stride + 1] : n;
            ww = x > 1 ? v[i - 2] : w;
            nn = y > 1 ? v[i - 2 * stride] : n;
            nnw = y > 1 && x > 0 ? v[i - 2 * stride - 1] : nn;
            q[0] = (int16_t)clipped(w - nw);
            q[1] = (int16_t)clipped(n - nw);
            q[2] = (int16_t)clipped(ne - n);
            q[3] = (int16_t)clipped(w - ww);
            q[4] = (int16_t)clipped(n - nn);
            for (j = 0; j < 5; j++) {
                total += magnitude(q[j]);
                energy += q[j] * q[j];
            }
            cross = cross_of(own, 0, i, q, 5);
            scale = sent + own->beside_log[i] * scales[7];
            scale += logarithm((uint64_t)(magnitude(w - ww) + magnitude(n - nn))) * scales[0];
            scale += logarithm((uint64_t)(magnitude(w - ww) + magnitude(n - nw) + magnitude(ne - n) +
                                          magnitude(nn - nnw))) *
                     scales[1];
            scale += logarithm((uint64_t)(magnitude(w - nw) + magnitude(n - nw) + magnitude(n - ne))) *
                     scales[2];
            scale += logarithm((uint64_t)own->gradients[(k - 1) & 3][i]) * scales[5];
            scale += logarithm((uint64_t)(own->gradients[(k - 2) & 3][i] +
                                          own->gradients[(k - 3) & 3][i])) *
                     scales[6];
            scale += logarithm((uint64_t)own->targets[0][i]) * scales[8];
            scale += logarithm((uint64_t)(cross < 0 ? -cross : cross)) * scales[9];
            scale += logarithm((uint64_t)total) * scales[10];
            sum = (int64_t)w * means[0] + (int64_t)n * means[1] + (int64_t)nw * means[2] +
                  (int64_t)ne * means[3] + (int64_t)ww * means[4] + (int64_t)nn * means[5];
            judge(own, k, 0, i, scale, sum + ((cross * means[6] + 8) >> 4), v[i]);
            learn(own, 0, i, clipped(2 * v[i] - w - n), energy, q, 5, own->products[i]);
        }
    }
}

/* Magnitudes at a place, twice, and at its four neighbors. */
static void find_near(int32_t *restrict out, const int32_t *restrict v, int32_t stride, int32_t count) {
    int32_t i;
    for (i = 0; i < count; i++) {
        out[i] = 2 * magnitude(v[i]) + magnitude(v[i - stride]) + magnitude(v[i + stride]) +
                 magnitude(v[i - 1]) + magnitude(v[i + 1]);
    }
}

static void add_magnitudes(int32_t *restrict out, const int32_t *restrict v, int32_t count) {
    int32_t i;
    for (i = 0; i < count; i++) out[i] += magnitude(v[i]);
}

static void find_close(btcnet_contexts *own, const int32_t *v) {
    int32_t *restrict const close = own->close, *restrict const far = own->far;
    const int32_t stride = own->stride;
    int32_t i;
    for (i = 0; i < own->count; i++) {
        close[i] = 2 * (magnitude(v[i - 1]) + magnitude(v[i - stride])) +
                   magnitude(v[i - stride - 1]) + magnitude(v[i - stride + 1]);
        far[i] = close[i] + magnitude(v[i - 2]) + magnitude(v[i - 2 * stride]) +
                 magnitude(v[i - 2 * stride - 1]) + magnitude(v[i - 2 * stride + 1]) +
                 magnitude(v[i - stride - 2]) + magnitude(v[i - 3]);
    }
}

static void find_expected(btcnet_contexts *own, const int32_t *v, const int32_t *means) {
    const int32_t stride = own->stride;
    int32_t i;
    for (i = 0; i < own->count; i++) {
        const int32_t w = clipped(v[i - 1]), n = clipped(v[i - stride]);
        own->total[i] = own->block_total[i] + magnitude(w) + magnitude(n);
        own->square[i] = own->block_square[i] + w * w + n * n;
    }
    for (i = 0; i < own->count; i++) {
        own->expected[i] = (btcnet_expected)own->slopes[0][i] * means[0] +
                           (btcnet_expected)own->slopes[1][i] * means[1] +
                           (btcnet_expected)own->slopes[2][i] * means[2] +
                           (btcnet_expected)own->slopes[3][i] * means[3] +
                           (btcnet_expected)v[i - 1] * means[4] +
                           (btcnet_expected)v[i - stride] * means[5];
    }
}

/* What vectors do of a plane, before each place is judged. */
static void look(btcnet_contexts *own, int32_t k, int32_t p, const int32_t *means) {
    /* Positions a frequency or two below. */
    static const uint8_t lower[BTCNET_POSITIONS][5] = {
        {0, 0, 0, 0, 0}, {0, 0, 0, 0, 0}, {0, 0, 0, 0, 0}, {1, 0, 0, 0, 0},
        {1, 2, 0, 0, 0}, {2, 0, 0, 0, 0}, {3, 1, 0, 0, 0}, {3, 4, 1, 2, 0},
        {4, 5, 2, 1, 0}, {5, 2, 0, 0, 0}, {6, 7, 3, 4, 0}, {7, 8, 4, 3, 5},
        {8, 9, 5, 4, 0}, {10, 11, 7, 6, 8}, {11, 12, 8, 7, 9}, {13, 14, 11, 10, 12}};
    const int32_t base = own->base, stride = own->stride, count = own->count;
    int32_t j, i;
    find_close(own, own->values[k & 3][p] + base);
    find_expected(own, own->values[k & 3][p] + base, means);
    memset(own->below, 0, sizeof own->below);
    for (j = 0; j < 5; j++) {
        if (lower[p][j]) add_magnitudes(own->below, own->values[k & 3][lower[p][j]] + base, count);
    }
    find_near(own->before, own->values[(k - 2) & 3][p] + base, stride, count);
    find_near(own->last, own->values[(k - 3) & 3][p] + base, stride, count);
    for (i = 0; i < count; i++) own->before[i] += own->last[i];
    find_near(own->last, own->values[(k - 1) & 3][p] + base, stride, count);
}

static void judge_ac(btcnet_contexts *own, int32_t k, int32_t p) {
    const int32_t *const v = own->values[k & 3][p] + own->base;
    int32_t *const sums = own->sums[k & 1] + own->base;
    const int32_t *const means = btcnet_mean_weights[p][class_of(own, k)];
    const int32_t *const scales = btcnet_scale_weights[p][class_of(own, k)];
    const int32_t stride = own->stride, sent = sent_of(own, k, scales), known = p + 3;
    int32_t y, x;
    look(own, k, p, means);
    for (y = 0; y < own->rows; y++) {
        for (x = 0; x < own->cols; x++) {
            const int32_t i = y * stride + x, symbol = v[i], target = clipped(symbol);
            int32_t *const products = &own->products[i][p * (p - 1) / 2 + 5 * p];
            const int32_t w = clipped(v[i - 1]), n = clipped(v[i - stride]);
            int64_t cross = 0, sum = own->expected[i];
            int32_t scale = sent + own->slope_log[i] * scales[2] + own->beside_log[i] * scales[7];
            scale += logarithm((uint64_t)own->close[i]) * scales[0];
            scale += logarithm((uint64_t)own->far[i]) * scales[1];
            scale += logarithm((uint64_t)sums[i]) * scales[3];
            scale += logarithm((uint64_t)own->below[i]) * scales[4];
            scale += logarithm((uint64_t)own->last[i]) * scales[5];
            scale += logarithm((uint64_t)own->before[i]) * scales[6];
            scale += logarithm((uint64_t)own->total[i]) * scales[10];
            if (own->targets[p][i]) {
                int32_t j;
                for (j = 0; j < known; j++) cross += (int64_t)products[j] * own->patterns[i][j];
                cross += (int64_t)products[known] * w + (int64_t)products[known + 1] * n;
                if (cross) cross = divided(16 * cross, own->energy[p][i] + SHRINK);
                scale += logarithm((uint64_t)own->targets[p][i]) * scales[8];
                scale += logarithm((uint64_t)(cross < 0 ? -cross : cross)) * scales[9];
                sum += (cross * means[6] + 8) >> 4;
            }
            judge(own, k, p, i, scale, sum, symbol);
            learn(own, p, i, target, own->square[i], own->patterns[i], known, products);
            if (target) {
                products[known] += target * w;
                products[known + 1] += target * n;
                sums[i] += magnitude(symbol);
                own->block_total[i] += magnitude(target);
                own->block_square[i] += target * target;
            }
        }
    }
}

static void judge_component(btcnet_contexts *own, const btcnet_front *front, int32_t k) {
    int32_t p;
    enter_component(own, front, k);
    find_beside(own, k);
    judge_dc(own, k);
    find_slopes(own, k);
    for (p = 1; p < BTCNET_POSITIONS; p++) judge_ac(own, k, p);
}

/* ---- waves ---- */

/* Lists what is coded at a time; returns how many. */
static int32_t find_wave(btcnet_contexts *own, int32_t time, int32_t lag, int32_t least, int32_t most) {
    const int32_t behind = time - lag - most - own->diagonals + 1, rows = own->rows, cols = own->cols;
    int32_t k = behind > 0 ? (behind + BTCNET_LAG - 1) / BTCNET_LAG : 0, count = 0;
    for (; k < BTCNET_COMPONENTS && BTCNET_LAG * k <= time; k++) {
        int32_t p;
        for (p = least; p <= most; p++) {
            const int32_t d = time - lag - BTCNET_LAG * k - p, beyond = d - cols + 1;
            const int32_t end = d / 2 < rows ? d / 2 + 1 : rows;
            int32_t y = beyond > 0 ? (beyond + 1) / 2 : 0;
            if (d < 0 || d >= own->diagonals) continue;
            for (; y < end; y++) {
                const int32_t i = y * (own->stride - 2) + d;
                own->wave_table[count] = own->tables[k % BTCNET_OPEN][p][i];
                own->wave_difference[count++] = own->differences[k % BTCNET_OPEN][p][i];
            }
        }
    }
    return count;
}

/* By table, equals as they come. */
static void sort_wave(btcnet_contexts *own, int32_t count) {
    int32_t starts[TABLES + 1], table, j;
    memset(starts, 0, sizeof starts);
    for (j = 0; j < count; j++) starts[own->wave_table[j] + 1]++;
    for (table = 0; table < TABLES; table++) starts[table + 1] += starts[table];
    for (j = 0; j < count; j++) own->order[starts[own->wave_table[j]]++] = j;
}

static void code_uniform(btcnet_range_coder *coder, int bits, uint32_t value) {
    btcnet_range_encode(coder, value << (BTCNET_PRECISION - bits), UINT32_C(1) << (BTCNET_PRECISION - bits));
}

static void code_escapes(btcnet_contexts *own, btcnet_range_coder *coder, int32_t count) {
    int half;
    int32_t j;
    for (half = 1; half >= 0; half--) {
        for (j = 0; j < count; j++) {
            const int32_t at = own->order[j];
            const int32_t upper =
                own->wave_difference[at] >> btcnet_shifts[own->wave_table[at] / REMAINDERS];
            const uint32_t raw = (uint32_t)(upper + RAW_OFFSET);
            if (upper >= -HALF && upper < HALF) continue;
            code_uniform(coder, RAW_HALF, raw >> (RAW_HALF * half) & ((1u << RAW_HALF) - 1));
        }
    }
}

static void code_wave(btcnet_contexts *own, btcnet_range_coder *coder, int32_t count) {
    int32_t j, escapes = 0, shifted = 0;
    if (count == 0) return;
    sort_wave(own, count);
    for (j = 0; j < count; j++) {
        const int32_t at = own->order[j], table = own->wave_table[at];
        const int shift = btcnet_shifts[table / REMAINDERS];
        const int32_t upper = own->wave_difference[at] >> shift;
        const int32_t index = upper >= -HALF && upper < HALF ? upper + HALF : ESCAPE;
        const uint32_t *const lefts = &btcnet_lefts[table][index];
        btcnet_range_encode(coder, lefts[0], lefts[1] - lefts[0]);
        escapes += index == ESCAPE;
        shifted += shift > 0;
    }
    for (j = 0; shifted > 0 && j < count; j++) {
        const int32_t at = own->order[j];
        const int shift = btcnet_shifts[own->wave_table[at] / REMAINDERS];
        if (shift == 0) continue;
        code_uniform(coder, shift, (uint32_t)own->wave_difference[at] & ((1u << shift) - 1));
    }
    if (escapes > 0) code_escapes(own, coder, count);
}

static void start(btcnet_contexts *own) {
    own->stride = own->cols + BTCNET_GAP;
    own->base = 2 * own->stride + BTCNET_GAP;
    own->count = (own->rows - 1) * own->stride + own->cols;
    own->diagonals = 2 * (own->rows - 1) + own->cols;
    memset(own->values, 0, sizeof own->values);
    memset(own->sums, 0, sizeof own->sums);
    memset(own->gradients, 0, sizeof own->gradients);
    memset(own->slopes, 0, sizeof own->slopes);
    memset(own->products, 0, sizeof own->products);
    memset(own->energy, 0, sizeof own->energy);
    memset(own->targets, 0, sizeof own->targets);
}

void btcnet_code_tile(btcnet_contexts *contexts, const btcnet_front *front, btcnet_sink sink) {
    btcnet_range_coder coder;
    int32_t time, times;
    start(contexts);
    btcnet_range_start(&coder, sink);
    times = BTCNET_LAG * (BTCNET_COMPONENTS - 1) + BTCNET_POSITIONS + contexts->diagonals;
    for (time = 0; time < times; time++) {
        if (time % BTCNET_LAG == 0 && time / BTCNET_LAG < BTCNET_COMPONENTS) {
            judge_component(contexts, front, time / BTCNET_LAG);
        }
        code_wave(contexts, &coder, find_wave(contexts, time, 0, 0, 0));
        code_wave(contexts, &coder, find_wave(contexts, time, 1, 1, BTCNET_POSITIONS - 1));
    }
    btcnet_range_finish(&coder);
}

#include "btcnet_encoder.h"

#include <string.h>

#define ROWS BTCNET_KERNEL_ROWS
#define PADDING BTCNET_PADDING_ROWS
#define SCALE BTCNET_SCALE
#define CHANNELS BTCNET_CHANNELS
#define BANDS BTCNET_BANDS
#define TAPS (BTCNET_SCALE * BTCNET_BANDS)
#define HALF ((int64_t)1 << (BTCNET_FRACTION - 1))

/* Rounds down; C99 leaves the right shift of negative numbers to the compiler. */
static int64_t shifted(int64_t value, int bits) {
    return value >= 0 ? value >> bits : ~(~value >> bits);
}

static int64_t clipped(int64_t value, int64_t low, int64_t high) {
    return value < low ? low : value > high ? high : value;
}

static void take(btcnet_state *state, const btcnet_sample *line) {
    const int32_t cols = state->places * SCALE;
    int32_t col, band;
    for (band = 0; band < BANDS; band++) {
        const btcnet_sample *from = line + (size_t)band * (size_t)state->samples;
        btcnet_activation value = 0;
        for (col = 0; col < cols; col++) {
            /* Columns are filled up to whole strips by the last. */
            if (col < state->samples) {
                const int64_t scaled = (int64_t)from[col] * btcnet_gain[band] + btcnet_offset[band];
                value = (btcnet_activation)clipped(
                    shifted(scaled, BTCNET_SHIFT), BTCNET_ACTIVATION_LOW, BTCNET_ACTIVATION_HIGH);
            }
            state->line[col * BANDS + band] = value;
        }
    }
}

static void add(const btcnet_activation *block, const btcnet_weight (*weights)[TAPS],
                int32_t *sums, int32_t *total) {
    int32_t channel, tap, sum = 0;
    for (tap = 0; tap < TAPS; tap++) sum += block[tap];
    *total += sum;
    for (channel = 0; channel < CHANNELS; channel++) {
        const btcnet_weight *own = weights[channel];
        sum = 0;
        for (tap = 0; tap < TAPS; tap++) sum += own[tap] * block[tap];
        sums[channel] += sum;
    }
}

static void give(btcnet_state *state, int32_t *symbols) {
    const int32_t slot = state->rows % BTCNET_OPEN_ROWS;
    const int32_t from = PADDING - state->rows * SCALE, to = from + state->lines;
    const int32_t first = from < 0 ? 0 : from, last = to > ROWS ? ROWS : to;
    int32_t place, channel;
    for (place = 0; place < state->places; place++) {
        for (channel = 0; channel < CHANNELS; channel++) {
            const int bits = btcnet_channel_shift[channel];
            int64_t value = (int64_t)state->sums[slot][place][channel] * btcnet_multiplier[channel];
            value += (int64_t)state->total[slot][place] * btcnet_total_multiplier[channel];
            value = shifted(value + ((int64_t)1 << (bits - 1)), bits);
            value += btcnet_constant[channel];
            value += btcnet_bias[last][channel] - btcnet_bias[first][channel];
            value = clipped(value, -BTCNET_LARGEST_VALUE, BTCNET_LARGEST_VALUE);
            if (value < 0) value = shifted(value * BTCNET_SLOPE + HALF, BTCNET_FRACTION);
            value = shifted(value - BTCNET_LOW + HALF, BTCNET_FRACTION);
            symbols[place * CHANNELS + channel] =
                (int32_t)clipped(value, BTCNET_SYMBOL_LOW, BTCNET_SYMBOL_HIGH);
        }
    }
    memset(state->sums[slot], 0, sizeof state->sums[slot]);
    memset(state->total[slot], 0, sizeof state->total[slot]);
    state->rows++;
}

static int advance(btcnet_state *state, int32_t *symbols) {
    const int32_t ahead = state->lines + PADDING;
    int32_t row = ahead < ROWS ? 0 : (ahead - ROWS + SCALE) / SCALE, place;
    for (; row * SCALE <= ahead; row++) {
        const int32_t slot = row % BTCNET_OPEN_ROWS;
        for (place = 0; place < state->places; place++) {
            add(state->line + place * TAPS, btcnet_weights[ahead - row * SCALE],
                state->sums[slot][place], &state->total[slot][place]);
        }
    }
    state->lines++;
    if (state->lines <= state->rows * SCALE + PADDING) return 0;
    give(state, symbols);
    return 1;
}

int btcnet_start(btcnet_state *state, int32_t samples) {
    if (samples < 1 || samples > BTCNET_MAX_SAMPLES) return -1;
    memset(state, 0, sizeof *state);
    state->samples = samples;
    state->places =
        (samples + BTCNET_MULTIPLE - 1) / BTCNET_MULTIPLE * BTCNET_MULTIPLE / SCALE;
    return 0;
}

int btcnet_push(btcnet_state *state, const btcnet_sample *line, int32_t *symbols) {
    take(state, line);
    return advance(state, symbols);
}

int btcnet_finish(btcnet_state *state, int32_t *symbols) {
    /* Lines are filled up to whole strips by the last. */
    while (state->lines % BTCNET_MULTIPLE) {
        if (advance(state, symbols)) return 1;
    }
    if (state->rows * SCALE >= state->lines) return 0;
    give(state, symbols);
    return 1;
}

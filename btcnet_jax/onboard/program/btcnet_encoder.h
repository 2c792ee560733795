/* The encoder of BTC-Net in integers, line by line: C99, no allocation, no floating point.
 *
 * A caller owns one btcnet_state, as static memory or wherever it likes. Lines go in as the instrument delivers
 * them, all samples of a band together (BIL); rows of symbols come out, channel by channel within a place.
 */
#ifndef BTCNET_ENCODER_H
#define BTCNET_ENCODER_H

#include <stdint.h>

#include "btcnet_model.h"

/* Places of a row of symbols, at most; rows of symbols that a line is part of. */
#define BTCNET_MAX_COLS \
    ((BTCNET_MAX_SAMPLES + BTCNET_MULTIPLE - 1) / BTCNET_MULTIPLE * BTCNET_MULTIPLE)
#define BTCNET_MAX_PLACES (BTCNET_MAX_COLS / BTCNET_SCALE)
#define BTCNET_OPEN_ROWS ((BTCNET_KERNEL_ROWS + BTCNET_SCALE - 1) / BTCNET_SCALE)

typedef struct {
    int32_t sums[BTCNET_OPEN_ROWS][BTCNET_MAX_PLACES][BTCNET_CHANNELS];
    int32_t total[BTCNET_OPEN_ROWS][BTCNET_MAX_PLACES];
    btcnet_activation line[BTCNET_MAX_COLS * BTCNET_BANDS];
    int32_t samples; /* of a line */
    int32_t places;  /* of a row of symbols */
    int32_t lines;   /* that have come */
    int32_t rows;    /* of symbols that have been given */
} btcnet_state;

/* Begins a scene. Returns 0; -1 if a line has no sample, or more than BTCNET_MAX_SAMPLES. */
int btcnet_start(btcnet_state *state, int32_t samples);

/* Takes a line, BTCNET_BANDS x samples. Returns 1 if it completed a row of symbols, which then stands in
 * symbols, places x BTCNET_CHANNELS; else 0. */
int btcnet_push(btcnet_state *state, const btcnet_sample *line, int32_t *symbols);

/* Gives the next row of symbols that is still open after the last line. Returns 1 if there was one; else 0, and
 * the scene is done. */
int btcnet_finish(btcnet_state *state, int32_t *symbols);

#endif

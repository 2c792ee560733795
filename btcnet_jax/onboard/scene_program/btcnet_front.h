/* From lines to symbols in integers, by a plan: components, the 4 x 4 transform, quantization. C99, no allocation,
 * no floating point.
 */
#ifndef BTCNET_FRONT_H
#define BTCNET_FRONT_H

#include <stdint.h>

#include "btcnet_model.h"

#define BTCNET_SIDE 4
#define BTCNET_POSITIONS 16
#define BTCNET_MAX_COLS ((BTCNET_MAX_SAMPLES + BTCNET_SIDE - 1) / BTCNET_SIDE)
#define BTCNET_MAX_ROWS (BTCNET_GROUP / BTCNET_SIDE)

typedef struct {
    int32_t planes[BTCNET_COMPONENTS][BTCNET_SIDE][BTCNET_SIDE * BTCNET_MAX_COLS];
    int16_t symbols[BTCNET_COMPONENTS][BTCNET_POSITIONS][BTCNET_MAX_ROWS][BTCNET_MAX_COLS];
    int16_t samples[BTCNET_PADDED_BANDS * BTCNET_MAX_SAMPLES];
    int32_t count; /* of samples of a line */
    int32_t lines; /* of the group, that have come */
    uint64_t cut;     /* coefficients beyond what symbols can tell, which come back smaller */
    uint64_t changed; /* samples of bands that held one value where it was planned: they come back as that */
} btcnet_front;

/* Begins a scene whose lines have `count` samples, 1 to BTCNET_MAX_SAMPLES. */
void btcnet_front_start(btcnet_front *front, int32_t count);

/* Takes a line, BTCNET_BANDS x samples. Returns 1 if it completed a group. */
int btcnet_front_push(btcnet_front *front, const btcnet_sample *line);

/* Fills up the last block of a group that is not complete. */
void btcnet_front_close(btcnet_front *front);

/* Begins the next group. */
void btcnet_front_next(btcnet_front *front);

#endif

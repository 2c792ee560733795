/* The context model of the universal codec (docs/FORMAT_CODING.md, section 7, entropy model 3): a tile's symbols to
 * bytes, in integers. C99, no allocation, no floating point.
 */
#ifndef BTCNET_CONTEXTS_H
#define BTCNET_CONTEXTS_H

#include "btcnet_front.h"
#include "btcnet_range_coder.h"

#define BTCNET_GAP 3
#define BTCNET_STRIDE (BTCNET_MAX_TILE_COLS + BTCNET_GAP)
/* Of a plane: its places, and with zeros around them. */
#define BTCNET_FLAT (BTCNET_MAX_ROWS * BTCNET_STRIDE)
#define BTCNET_PLANE ((BTCNET_MAX_ROWS + 3) * BTCNET_STRIDE + 8)
#define BTCNET_PRODUCTS 200
/* Components that are under way at a time: one begins 19 times after the one before. */
#define BTCNET_LAG 19
#define BTCNET_DIAGONALS (2 * (BTCNET_MAX_ROWS - 1) + BTCNET_MAX_TILE_COLS)
#define BTCNET_OPEN ((BTCNET_POSITIONS - 1 + BTCNET_DIAGONALS) / BTCNET_LAG + 1)
#define BTCNET_WAVE (BTCNET_POSITIONS * (BTCNET_OPEN + 1) * BTCNET_MAX_ROWS)
#define BTCNET_LEVEL_BYTES (8 * BTCNET_COMPONENTS + 8)

typedef struct {
    int32_t rows, cols, first;                 /* blocks of the tile, and its first column */
    int32_t stride, base, count, diagonals;    /* of a stored plane */
    int8_t dc[BTCNET_COMPONENTS], ac[BTCNET_COMPONENTS];
    int32_t values[4][BTCNET_POSITIONS][BTCNET_PLANE]; /* of this component and three before */
    int32_t sums[2][BTCNET_PLANE];                     /* of a block's AC magnitudes */
    int32_t gradients[4][BTCNET_FLAT];
    int32_t slopes[4][BTCNET_FLAT];
    int16_t patterns[BTCNET_FLAT][18]; /* slopes and AC, clipped */
    int32_t products[BTCNET_FLAT][BTCNET_PRODUCTS];
    int64_t energy[BTCNET_POSITIONS][BTCNET_FLAT];
    int32_t targets[BTCNET_POSITIONS][BTCNET_FLAT];
    /* Of the plane at hand. */
    btcnet_expected expected[BTCNET_FLAT];
    int32_t close[BTCNET_FLAT], far[BTCNET_FLAT], below[BTCNET_FLAT], last[BTCNET_FLAT],
        before[BTCNET_FLAT], total[BTCNET_FLAT], square[BTCNET_FLAT];
    /* Of the component: logarithms that all its planes share, and sums over the block so far. */
    int32_t slope_log[BTCNET_FLAT], beside_log[BTCNET_FLAT], block_total[BTCNET_FLAT],
        block_square[BTCNET_FLAT];
    /* What waits for its wave. */
    uint16_t tables[BTCNET_OPEN][BTCNET_POSITIONS][BTCNET_FLAT];
    int32_t differences[BTCNET_OPEN][BTCNET_POSITIONS][BTCNET_FLAT];
    uint16_t wave_table[BTCNET_WAVE];
    int32_t wave_difference[BTCNET_WAVE];
    int32_t order[BTCNET_WAVE];
} btcnet_contexts;

/* Finds the levels of a tile of `cols` columns of blocks from `first` on; returns their bytes, how many. */
int32_t btcnet_levels(btcnet_contexts *contexts, const btcnet_front *front, int32_t first,
                      int32_t rows, int32_t cols, uint8_t bytes[BTCNET_LEVEL_BYTES]);

/* Codes the symbols of the tile whose levels were found last. */
void btcnet_code_tile(btcnet_contexts *contexts, const btcnet_front *front, btcnet_sink sink);

#endif

/* A .btcn file that is written as its lines come (docs/FORMAT.md, "Streams"): header, what the plan says, a tile for each
 * part of a group of lines, and at the end how many lines there were. C99, no allocation, no floating point.
 */
#ifndef BTCNET_STREAM_H
#define BTCNET_STREAM_H

#include "btcnet_container.h"
#include "btcnet_contexts.h"
#include "btcnet_front.h"

/* A caller owns one, as static memory or wherever it likes. */
typedef struct {
    btcnet_front front;
    btcnet_contexts contexts;
    btcnet_container container;
    btcnet_sink sink;
    uint64_t written;
    int32_t lines, tiles, tile_cols;
    uint32_t lengths[BTCNET_MAX_TILES];
    uint32_t size;                 /* of a tile's symbols, coded */
    uint8_t bytes[BTCNET_BUFFER];  /* of them, as far as they fit */
} btcnet_stream;

/* Begins a scene whose lines have so many samples. Returns 0; -1 if they have none, or more than
 * BTCNET_MAX_SAMPLES. */
int btcnet_stream_start(btcnet_stream *stream, int32_t samples, btcnet_sink sink);

/* Takes a line, BTCNET_BANDS x samples; writes a group when its last line has come. Returns 0; -1 where there is no
 * room for more lines (BTCNET_MAX_LINES). */
int btcnet_stream_push(btcnet_stream *stream, const btcnet_sample *line);

/* Writes what is open, and the end. Returns 0; -1 where no line came, and nothing was written. */
int btcnet_stream_finish(btcnet_stream *stream);

#endif

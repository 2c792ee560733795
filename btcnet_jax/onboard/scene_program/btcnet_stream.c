#include "btcnet_stream.h"

#define TILE 6
#define TILE_GRID 12
#define TILE_INDEX 13
#define STREAM_END 17
#define END_BYTES 16
#define POINTER 8

static void pass(void *to, uint8_t byte) {
    btcnet_stream *const stream = to;
    stream->written++;
    stream->sink.put(stream->sink.to, byte);
}

static void keep(void *to, uint8_t byte) {
    btcnet_stream *const stream = to;
    if (stream->size < BTCNET_BUFFER) stream->bytes[stream->size] = byte;
    stream->size++;
}

static int32_t pack_varint(uint64_t number, uint8_t bytes[10]) {
    int32_t count = 0;
    for (; number >= 128; number >>= 7) bytes[count++] = (uint8_t)(number & 127) | 128;
    bytes[count++] = (uint8_t)number;
    return count;
}

static void put_number(btcnet_container *container, uint64_t number, int count) {
    for (; count > 0; count--) {
        const uint8_t byte = (uint8_t)(number & 255);
        btcnet_section_bytes(container, &byte, 1);
        number >>= 8;
    }
}

static int32_t blocks_of(int32_t samples) { return (samples + BTCNET_SIDE - 1) / BTCNET_SIDE; }

int btcnet_stream_start(btcnet_stream *stream, int32_t samples, btcnet_sink sink) {
    int32_t cols, across;
    if (samples < 1 || samples > BTCNET_MAX_SAMPLES) return -1;
    btcnet_front_start(&stream->front, samples);
    stream->sink = sink;
    stream->written = 0;
    stream->lines = stream->tiles = 0;
    cols = blocks_of(samples);
    across = cols / BTCNET_TILE_SIDE > 0 ? cols / BTCNET_TILE_SIDE : 1;
    stream->tile_cols = (cols + across - 1) / across;
    return 0;
}

/* What stands before the tiles; of HEADER the lines say nothing yet. */
static void write_head(btcnet_stream *stream, int32_t lines) {
    btcnet_container *const container = &stream->container;
    btcnet_sink sink;
    uint8_t numbers[20];
    int32_t length;
    sink.put = pass;
    sink.to = stream;
    btcnet_container_start(container, sink);
    length = btcnet_pack_number((uint32_t)lines, numbers);
    length += btcnet_pack_number((uint32_t)stream->front.count, numbers + length);
    btcnet_section_start(container, BTCNET_SECTION_HEADER,
                         sizeof btcnet_header_before + (size_t)length + sizeof btcnet_header_after);
    btcnet_section_bytes(container, btcnet_header_before, sizeof btcnet_header_before);
    btcnet_section_bytes(container, numbers, (size_t)length);
    btcnet_section_bytes(container, btcnet_header_after, sizeof btcnet_header_after);
    btcnet_section_end(container);
    btcnet_container_copy(container, btcnet_sections_before, BTCNET_SECTIONS_BEFORE);
    length = pack_varint((uint64_t)blocks_of(lines), numbers);
    length += pack_varint((uint64_t)stream->tile_cols, numbers + length);
    btcnet_section_start(container, TILE_GRID, (uint64_t)length);
    btcnet_section_bytes(container, numbers, (size_t)length);
    btcnet_section_end(container);
    btcnet_container_copy(container, btcnet_sections_after, BTCNET_SECTIONS_AFTER);
}

static void write_tile(btcnet_stream *stream, int32_t first, int32_t rows, int32_t cols) {
    btcnet_container *const container = &stream->container;
    const uint64_t before = stream->written;
    uint8_t levels[BTCNET_LEVEL_BYTES], numbers[20];
    const int32_t told = btcnet_levels(&stream->contexts, &stream->front, first, rows, cols, levels);
    int32_t length = pack_varint((uint64_t)stream->tiles, numbers);
    btcnet_sink sink;
    length += pack_varint((uint64_t)told, numbers + length);
    sink.put = keep;
    sink.to = stream;
    stream->size = 0;
    btcnet_code_tile(&stream->contexts, &stream->front, sink);
    btcnet_section_start(container, TILE, (uint64_t)length + (uint64_t)told + stream->size);
    btcnet_section_bytes(container, numbers, (size_t)length);
    btcnet_section_bytes(container, levels, (size_t)told);
    if (stream->size <= BTCNET_BUFFER) {
        btcnet_section_bytes(container, stream->bytes, stream->size);
    } else {
        /* Noise, which no buffer was meant for: now that its length is known, once more. */
        btcnet_code_tile(&stream->contexts, &stream->front, btcnet_section_sink(container));
    }
    btcnet_section_end(container);
    stream->lengths[stream->tiles++] = (uint32_t)(stream->written - before);
}

static void write_group(btcnet_stream *stream) {
    const int32_t cols = blocks_of(stream->front.count), rows = blocks_of(stream->front.lines);
    int32_t first;
    btcnet_front_close(&stream->front);
    if (stream->tiles == 0) write_head(stream, stream->front.lines);
    for (first = 0; first < cols; first += stream->tile_cols) {
        const int32_t left = cols - first;
        write_tile(stream, first, rows, left < stream->tile_cols ? left : stream->tile_cols);
    }
    btcnet_front_next(&stream->front);
}

int btcnet_stream_push(btcnet_stream *stream, const btcnet_sample *line) {
    if (stream->lines == BTCNET_MAX_LINES) return -1;
    stream->lines++;
    if (btcnet_front_push(&stream->front, line)) write_group(stream);
    return 0;
}

int btcnet_stream_finish(btcnet_stream *stream) {
    btcnet_container *const container = &stream->container;
    uint8_t numbers[10];
    uint64_t start, length = POINTER;
    int32_t tile;
    if (stream->front.lines > 0) write_group(stream);
    if (stream->tiles == 0) return -1;
    btcnet_section_start(container, STREAM_END, END_BYTES);
    put_number(container, (uint64_t)stream->lines, 8);
    put_number(container, 0, 8);
    btcnet_section_end(container);
    for (tile = 0; tile < stream->tiles; tile++) {
        length += (uint64_t)pack_varint(stream->lengths[tile], numbers);
    }
    start = stream->written;
    btcnet_section_start(container, TILE_INDEX, length);
    for (tile = 0; tile < stream->tiles; tile++) {
        const int32_t count = pack_varint(stream->lengths[tile], numbers);
        btcnet_section_bytes(container, numbers, (size_t)count);
    }
    put_number(container, start, POINTER);
    btcnet_section_end(container);
    btcnet_container_end(container);
    return 0;
}

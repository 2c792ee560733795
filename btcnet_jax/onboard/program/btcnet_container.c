#include "btcnet_container.h"

#define VERSION 2

/* CRC-32 of four bits, polynomial 0xEDB88320. */
static const uint32_t NIBBLES[16] = {
    0x00000000u, 0x1DB71064u, 0x3B6E20C8u, 0x26D930ACu, 0x76DC4190u, 0x6B6B51F4u,
    0x4DB26158u, 0x5005713Cu, 0xEDB88320u, 0xF00F9344u, 0xD6D6A3E8u, 0xCB61B38Cu,
    0x9B64C2B0u, 0x86D3D2D4u, 0xA00AE278u, 0xBDBDF21Cu};

static void put(btcnet_container *container, uint8_t byte) {
    uint32_t crc = container->crc ^ byte;
    crc = crc >> 4 ^ NIBBLES[crc & 15];
    container->crc = crc >> 4 ^ NIBBLES[crc & 15];
    container->sink.put(container->sink.to, byte);
}

static void put_payload(void *to, uint8_t byte) { put((btcnet_container *)to, byte); }

void btcnet_container_copy(btcnet_container *container, const uint8_t *bytes, size_t count) {
    size_t i;
    for (i = 0; i < count; i++) container->sink.put(container->sink.to, bytes[i]);
}

void btcnet_container_start(btcnet_container *container, btcnet_sink sink) {
    static const uint8_t start[5] = {'B', 'T', 'C', 'N', VERSION};
    container->sink = sink;
    container->crc = 0;
    btcnet_container_copy(container, start, sizeof start);
}

void btcnet_section_start(btcnet_container *container, uint8_t kind, uint64_t length) {
    container->crc = 0xFFFFFFFFu;
    put(container, kind);
    for (; length >= 128; length >>= 7) put(container, (uint8_t)(length & 127) | 128);
    put(container, (uint8_t)length);
}

void btcnet_section_bytes(btcnet_container *container, const uint8_t *bytes, size_t count) {
    size_t i;
    for (i = 0; i < count; i++) put(container, bytes[i]);
}

void btcnet_section_end(btcnet_container *container) {
    const uint32_t crc = ~container->crc;
    int byte;
    for (byte = 0; byte < 4; byte++) {
        container->sink.put(container->sink.to, (uint8_t)(crc >> (8 * byte) & 255));
    }
}

btcnet_sink btcnet_section_sink(btcnet_container *container) {
    btcnet_sink sink;
    sink.put = put_payload;
    sink.to = container;
    return sink;
}

void btcnet_container_end(btcnet_container *container) {
    btcnet_section_start(container, BTCNET_SECTION_END, 0);
    btcnet_section_end(container);
}

int btcnet_pack_number(uint32_t number, uint8_t bytes[5]) {
    const int count = number < 128 ? 0 : number < 256 ? 1 : number < 65536 ? 2 : 4;
    int i;
    bytes[0] = count == 0 ? (uint8_t)number : count == 1 ? 0xCC : count == 2 ? 0xCD : 0xCE;
    for (i = 0; i < count; i++) bytes[1 + i] = (uint8_t)(number >> (8 * (count - 1 - i)) & 255);
    return 1 + count;
}

/* The layout of a .btcn file (docs/FORMAT.md): magic, version, sections with checksums, end marker.
 * C99, no allocation, no floating point. Any encoder may use it.
 */
#ifndef BTCNET_CONTAINER_H
#define BTCNET_CONTAINER_H

#include <stddef.h>
#include <stdint.h>

#include "btcnet_range_coder.h"

#define BTCNET_SECTION_END 0
#define BTCNET_SECTION_HEADER 1
#define BTCNET_SECTION_SYMBOLS 4

typedef struct {
    btcnet_sink sink;
    uint32_t crc;
} btcnet_container;

/* Magic and version. */
void btcnet_container_start(btcnet_container *container, btcnet_sink sink);

/* Kind and length of a section; then its payload, of so many bytes; then its checksum. */
void btcnet_section_start(btcnet_container *container, uint8_t kind, uint64_t length);
void btcnet_section_bytes(btcnet_container *container, const uint8_t *bytes, size_t count);
void btcnet_section_end(btcnet_container *container);

/* The payload of the section that was started, as something that bytes can be put into. */
btcnet_sink btcnet_section_sink(btcnet_container *container);

/* Sections that were packed before, checksums and all. */
void btcnet_container_copy(btcnet_container *container, const uint8_t *bytes, size_t count);

/* The end marker. */
void btcnet_container_end(btcnet_container *container);

/* Bytes of an unsigned integer as MessagePack has it, 1 to 5 of them. */
int btcnet_pack_number(uint32_t number, uint8_t bytes[5]);

#endif

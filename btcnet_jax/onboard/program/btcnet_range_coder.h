/* The range coder of btcnet's files (docs/FORMAT_CODING.md, section 2): 32-bit words, 64 bits of state, frequencies
 * of sum 2^24. C99, no allocation, no floating point. Any encoder may use it.
 */
#ifndef BTCNET_RANGE_CODER_H
#define BTCNET_RANGE_CODER_H

#include <stdint.h>

#define BTCNET_PRECISION 24

/* Where bytes go, one at a time. */
typedef struct {
    void (*put)(void *to, uint8_t byte);
    void *to;
} btcnet_sink;

typedef struct {
    btcnet_sink sink;
    uint64_t lower, range;
    uint32_t first, held; /* words that a carry may still change: the first of them, and how many */
} btcnet_range_coder;

void btcnet_range_start(btcnet_range_coder *coder, btcnet_sink sink);

/* A symbol that has `frequency`, above 0 and below 2^24, from `left` on. */
void btcnet_range_encode(btcnet_range_coder *coder, uint32_t left, uint32_t frequency);

/* The words that are left; none where no symbol was encoded. */
void btcnet_range_finish(btcnet_range_coder *coder);

#endif

#include "btcnet_range_coder.h"

#define WORD 32
#define LAST_WORD UINT64_C(0xFFFFFFFF)
#define LEAST_RANGE ((uint64_t)1 << WORD)
#define WHOLE_RANGE UINT64_MAX

static void send(btcnet_range_coder *coder, uint32_t word) {
    int byte;
    for (byte = 0; byte < 4; byte++) {
        coder->sink.put(coder->sink.to, (uint8_t)(word >> (8 * byte) & 255));
    }
}

/* Words held back, once it is known whether a carry reaches them. */
static void release(btcnet_range_coder *coder, int carry) {
    send(coder, coder->first + (carry ? 1u : 0u));
    while (--coder->held) send(coder, carry ? 0 : (uint32_t)LAST_WORD);
}

void btcnet_range_start(btcnet_range_coder *coder, btcnet_sink sink) {
    coder->sink = sink;
    coder->lower = 0;
    coder->range = WHOLE_RANGE;
    coder->first = coder->held = 0;
}

void btcnet_range_encode(btcnet_range_coder *coder, uint32_t left, uint32_t frequency) {
    const uint64_t scale = coder->range >> BTCNET_PRECISION, before = coder->lower;
    uint64_t lower = before + scale * left, range = scale * frequency;
    if (coder->held && lower + range >= lower) release(coder, lower < before);
    if (range < LEAST_RANGE) {
        const uint32_t word = (uint32_t)(lower >> WORD);
        lower <<= WORD;
        range <<= WORD;
        if (coder->held) {
            coder->held++;
        } else if (lower + range >= lower) {
            send(coder, word);
        } else {
            coder->held = 1;
            coder->first = word;
        }
    }
    coder->lower = lower;
    coder->range = range;
}

void btcnet_range_finish(btcnet_range_coder *coder) {
    const uint64_t end = coder->lower + LAST_WORD;
    if (coder->range == WHOLE_RANGE) return;
    if (coder->held) release(coder, end < coder->lower);
    send(coder, (uint32_t)(end >> WORD));
    if ((coder->lower + coder->range) >> WORD == end >> WORD) send(coder, 0);
}

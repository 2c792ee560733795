#include "btcnet_file.h"

#define LAST_SYMBOL (BTCNET_ALPHABET - 1)

void btcnet_latent_start(btcnet_latent *latent, const btcnet_state *state) {
    latent->places = state->places;
    latent->count = 0;
}

int btcnet_latent_add(btcnet_latent *latent, const int32_t *symbols) {
    int32_t place, channel;
    if (latent->count + latent->places > BTCNET_MAX_ROWS * BTCNET_MAX_PLACES) return -1;
    for (place = 0; place < latent->places; place++) {
        for (channel = 0; channel < BTCNET_CHANNELS; channel++) {
            latent->symbols[channel][latent->count + place] =
                (uint8_t)symbols[place * BTCNET_CHANNELS + channel];
        }
    }
    latent->count += latent->places;
    return 0;
}

static void code(const btcnet_latent *latent, btcnet_sink sink) {
    btcnet_range_coder coder;
    int32_t channel, i;
    btcnet_range_start(&coder, sink);
    for (channel = 0; channel < BTCNET_CHANNELS; channel++) {
        const uint32_t *table = btcnet_cumulative[btcnet_table_of_channel[channel]];
        for (i = 0; i < latent->count; i++) {
            const int symbol =
                (latent->symbols[channel][i] + btcnet_symbol_shift[channel]) & LAST_SYMBOL;
            btcnet_range_encode(&coder, table[symbol], table[symbol + 1] - table[symbol]);
        }
    }
    btcnet_range_finish(&coder);
}

static void count(void *to, uint8_t byte) {
    (void)byte;
    ++*(uint64_t *)to;
}

static void write_header(btcnet_container *container, int32_t lines, int32_t samples) {
    uint8_t numbers[10];
    int length = btcnet_pack_number((uint32_t)lines, numbers);
    length += btcnet_pack_number((uint32_t)samples, numbers + length);
    btcnet_section_start(container, BTCNET_SECTION_HEADER,
                         sizeof btcnet_header_before + (size_t)length + sizeof btcnet_header_after);
    btcnet_section_bytes(container, btcnet_header_before, sizeof btcnet_header_before);
    btcnet_section_bytes(container, numbers, (size_t)length);
    btcnet_section_bytes(container, btcnet_header_after, sizeof btcnet_header_after);
    btcnet_section_end(container);
}

void btcnet_write_file(const btcnet_latent *latent, int32_t lines, int32_t samples,
                       btcnet_sink sink) {
    btcnet_container container;
    btcnet_sink counter;
    uint64_t length = 0;
    btcnet_container_start(&container, sink);
    write_header(&container, lines, samples);
    btcnet_container_copy(&container, btcnet_sections, sizeof btcnet_sections);
    /* Coded twice, for a section begins with its length: that takes no buffer. */
    counter.put = count;
    counter.to = &length;
    code(latent, counter);
    btcnet_section_start(&container, BTCNET_SECTION_SYMBOLS, length);
    code(latent, btcnet_section_sink(&container));
    btcnet_section_end(&container);
    btcnet_container_end(&container);
}

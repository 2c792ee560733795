/* Lines from standard input to symbols on standard output, both little-endian: samples of 16 bits, band by band
 * within a line (BIL); symbols of 32 bits, channel by channel within a place.
 *
 *   encode SAMPLES < lines > symbols
 */
#include <stdio.h>
#include <stdlib.h>

#include "btcnet_encoder.h"

static btcnet_state state;
static btcnet_sample line[BTCNET_BANDS * BTCNET_MAX_SAMPLES];
static int32_t symbols[BTCNET_MAX_PLACES * BTCNET_CHANNELS];
static unsigned char bytes[4 * BTCNET_MAX_PLACES * BTCNET_CHANNELS + 2 * BTCNET_BANDS * BTCNET_MAX_SAMPLES];

static int write_row(void) {
    const size_t count = (size_t)state.places * BTCNET_CHANNELS;
    size_t i;
    for (i = 0; i < count; i++) {
        const uint32_t word = (uint32_t)symbols[i];
        bytes[4 * i] = (unsigned char)(word & 255);
        bytes[4 * i + 1] = (unsigned char)(word >> 8 & 255);
        bytes[4 * i + 2] = (unsigned char)(word >> 16 & 255);
        bytes[4 * i + 3] = (unsigned char)(word >> 24);
    }
    return fwrite(bytes, 4, count, stdout) == count;
}

static int refuse(const char *text) {
    fprintf(stderr, "encode: %s\n", text);
    return 2;
}

int main(int count, char **words) {
    char *end = NULL;
    const long samples = count == 2 ? strtol(words[1], &end, 10) : 0;
    size_t wanted, got, i;
    if (count != 2 || *end != '\0') return refuse("say how many samples a line has: encode SAMPLES");
    if (samples < 1 || samples > BTCNET_MAX_SAMPLES) {
        fprintf(stderr, "encode: lines of 1 to %ld samples, not %ld: export with --samples %ld\n",
                (long)BTCNET_MAX_SAMPLES, samples, samples);
        return 2;
    }
    btcnet_start(&state, (int32_t)samples);
    wanted = (size_t)samples * BTCNET_BANDS;
    while ((got = fread(bytes, 1, 2 * wanted, stdin)) == 2 * wanted) {
        for (i = 0; i < wanted; i++) {
            const long word = bytes[2 * i] | bytes[2 * i + 1] << 8;
            line[i] = (btcnet_sample)(BTCNET_SIGNED && word > 32767 ? word - 65536 : word);
        }
        if (btcnet_push(&state, line, symbols) && !write_row()) return refuse("cannot write");
    }
    if (ferror(stdin)) return refuse("cannot read");
    if (got != 0) {
        return refuse("the stream ends inside a line: wrong SAMPLES, or it was cut; "
                      "rows that were still open are not written");
    }
    while (btcnet_finish(&state, symbols)) {
        if (!write_row()) return refuse("cannot write");
    }
    return fflush(stdout) == 0 ? 0 : refuse("cannot write");
}

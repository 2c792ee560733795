/* Lines of 16-bit little-endian samples (BIL) on standard input; symbols, 32-bit little-endian, on standard
 * output: row by row of the latent, channel by channel within a place.
 *
 *   encode SAMPLES < lines > symbols
 */
#include <stdio.h>

#include "btcnet_encoder.h"
#include "btcnet_lines.h"

#define NAME "encode"

static btcnet_state state;
static btcnet_sample line[BTCNET_BANDS * BTCNET_MAX_SAMPLES];
static int32_t symbols[BTCNET_MAX_PLACES * BTCNET_CHANNELS];
static unsigned char bytes[4 * BTCNET_MAX_PLACES * BTCNET_CHANNELS];

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

int main(int count, char **words) {
    const int32_t samples = btcnet_samples_of(NAME, count, words);
    int read;
    if (samples == 0) return 2;
    btcnet_start(&state, samples);
    while ((read = btcnet_read_line(NAME, samples, line)) == 1) {
        if (btcnet_push(&state, line, symbols) && !write_row()) {
            return btcnet_refuse(NAME, "cannot write");
        }
    }
    if (read < 0) return 2;
    while (btcnet_finish(&state, symbols)) {
        if (!write_row()) return btcnet_refuse(NAME, "cannot write");
    }
    return fflush(stdout) == 0 ? 0 : btcnet_refuse(NAME, "cannot write");
}

/* Lines of 16-bit little-endian samples (BIL) on standard input; a .btcn file on standard output, written when the
 * last line has come.
 *
 *   compress SAMPLES < lines > scene.btcn
 */
#include <stdio.h>

#include "btcnet_file.h"
#include "btcnet_lines.h"

#define NAME "compress"

static btcnet_state state;
static btcnet_latent latent;
static btcnet_sample line[BTCNET_BANDS * BTCNET_MAX_SAMPLES];
static int32_t symbols[BTCNET_MAX_PLACES * BTCNET_CHANNELS];

static void put(void *to, uint8_t byte) { putc(byte, (FILE *)to); }

int main(int count, char **words) {
    const int32_t samples = btcnet_samples_of(NAME, count, words);
    int32_t lines = 0;
    btcnet_sink sink;
    int read;
    if (samples == 0) return 2;
    btcnet_start(&state, samples);
    btcnet_latent_start(&latent, &state);
    while ((read = btcnet_read_line(NAME, samples, line)) == 1) {
        if (lines == BTCNET_MAX_LINES) {
            fprintf(stderr, NAME ": more than %ld lines: export with --lines\n",
                    (long)BTCNET_MAX_LINES);
            return 2;
        }
        lines++;
        if (btcnet_push(&state, line, symbols)) btcnet_latent_add(&latent, symbols);
    }
    if (read < 0) return 2;
    if (lines == 0) return btcnet_refuse(NAME, "no line came: there is nothing to write");
    while (btcnet_finish(&state, symbols)) btcnet_latent_add(&latent, symbols);
    sink.put = put;
    sink.to = stdout;
    btcnet_write_file(&latent, lines, samples, sink);
    return fflush(stdout) == 0 && !ferror(stdout) ? 0 : btcnet_refuse(NAME, "cannot write");
}

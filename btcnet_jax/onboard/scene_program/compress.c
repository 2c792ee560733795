/* Lines of 16-bit little-endian samples (BIL) on standard input; a .btcn file on standard output, a group of lines
 * as soon as its last has come.
 *
 *   compress SAMPLES < lines > scene.btcn
 */
#include <stdio.h>

#include "btcnet_lines.h"
#include "btcnet_stream.h"

#define NAME "compress"

static btcnet_stream stream;
static btcnet_sample line[BTCNET_BANDS * BTCNET_MAX_SAMPLES];

static void put(void *to, uint8_t byte) { putc(byte, (FILE *)to); }

/* What comes back as something else. */
static void tell(const btcnet_front *front) {
    if (front->changed > 0) {
        fprintf(stderr, NAME ": %lu samples of bands that held one value where it was planned differ and come back "
                        "as that value\n",
                (unsigned long)front->changed);
    }
    if (front->cut > 0) {
        fprintf(stderr, NAME ": %lu coefficients are beyond what symbols can tell and come back smaller\n",
                (unsigned long)front->cut);
    }
}

int main(int count, char **words) {
    const int32_t samples = btcnet_samples_of(NAME, count, words);
    btcnet_sink sink;
    int read;
    if (samples == 0) return 2;
    sink.put = put;
    sink.to = stdout;
    btcnet_stream_start(&stream, samples, sink);
    while ((read = btcnet_read_line(NAME, samples, line)) == 1) {
        if (btcnet_stream_push(&stream, line) < 0) {
            fprintf(stderr, NAME ": more than %ld lines: export with --lines\n",
                    (long)BTCNET_MAX_LINES);
            return 2;
        }
    }
    if (read < 0) return 2;
    if (btcnet_stream_finish(&stream) < 0) {
        return btcnet_refuse(NAME, "no line came: there is nothing to write");
    }
    tell(&stream.front);
    return fflush(stdout) == 0 && !ferror(stdout) ? 0 : btcnet_refuse(NAME, "cannot write");
}

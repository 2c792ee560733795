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
    return fflush(stdout) == 0 && !ferror(stdout) ? 0 : btcnet_refuse(NAME, "cannot write");
}

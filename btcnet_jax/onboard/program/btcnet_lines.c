#include "btcnet_lines.h"

#include <stdio.h>
#include <stdlib.h>

static unsigned char bytes[2 * BTCNET_BANDS * BTCNET_MAX_SAMPLES];

int btcnet_refuse(const char *name, const char *text) {
    fprintf(stderr, "%s: %s\n", name, text);
    return 2;
}

int32_t btcnet_samples_of(const char *name, int count, char **words) {
    char *end = NULL;
    const long samples = count == 2 ? strtol(words[1], &end, 10) : 0;
    if (count != 2 || end == words[1] || *end != '\0') {
        fprintf(stderr, "%s: say how many samples a line has: %s SAMPLES\n", name, name);
        return 0;
    }
    if (samples < 1 || samples > BTCNET_MAX_SAMPLES) {
        fprintf(stderr, "%s: lines of 1 to %ld samples, not %ld: export with --samples %ld\n", name,
                (long)BTCNET_MAX_SAMPLES, samples, samples);
        return 0;
    }
    return (int32_t)samples;
}

int btcnet_read_line(const char *name, int32_t samples, btcnet_sample *line) {
    const size_t wanted = (size_t)samples * BTCNET_BANDS;
    const size_t got = fread(bytes, 1, 2 * wanted, stdin);
    size_t i;
    if (ferror(stdin)) {
        btcnet_refuse(name, "cannot read");
        return -1;
    }
    if (got == 0) return 0;
    if (got != 2 * wanted) {
        btcnet_refuse(name, "the stream ends inside a line: wrong SAMPLES, or it was cut; "
                            "what was still open is not written");
        return -1;
    }
    for (i = 0; i < wanted; i++) {
        const long word = bytes[2 * i] | bytes[2 * i + 1] << 8;
        line[i] = (btcnet_sample)(BTCNET_SIGNED && word > 32767 ? word - 65536 : word);
    }
    return 1;
}

/* A .btcn file of one scene: its symbols are kept until the last line has come, then coded, channel by channel.
 * C99, no allocation, no floating point.
 */
#ifndef BTCNET_FILE_H
#define BTCNET_FILE_H

#include "btcnet_container.h"
#include "btcnet_encoder.h"
#include "btcnet_tables.h"

#define BTCNET_MAX_ROWS \
    ((BTCNET_MAX_LINES + BTCNET_MULTIPLE - 1) / BTCNET_MULTIPLE * BTCNET_MULTIPLE / BTCNET_SCALE)

typedef struct {
    uint8_t symbols[BTCNET_CHANNELS][BTCNET_MAX_ROWS * BTCNET_MAX_PLACES];
    int32_t places, count; /* of a row; of a channel, so far */
} btcnet_latent;

/* Lines of `samples`, as of btcnet_start. */
void btcnet_latent_start(btcnet_latent *latent, const btcnet_state *state);

/* Keep a row of symbols, as btcnet_push and btcnet_finish give it. Returns -1 where there is no room for more. */
int btcnet_latent_add(btcnet_latent *latent, const int32_t *symbols);

/* The file of a scene of so many lines and samples. */
void btcnet_write_file(const btcnet_latent *latent, int32_t lines, int32_t samples,
                       btcnet_sink sink);

#endif

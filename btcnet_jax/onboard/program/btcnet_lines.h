/* Lines from standard input, as both programs read them: 16-bit little-endian BIL. */
#ifndef BTCNET_LINES_H
#define BTCNET_LINES_H

#include "btcnet_model.h"

/* Samples of a line by the command line `NAME SAMPLES`; 0, after one line on standard error, where it tells none. */
int32_t btcnet_samples_of(const char *name, int count, char **words);

/* The next line. 1: here it is; 0: there is none; -1: refused, after one line on standard error. */
int btcnet_read_line(const char *name, int32_t samples, btcnet_sample *line);

/* One line on standard error; returns the status of a program that refuses. */
int btcnet_refuse(const char *name, const char *text);

#endif

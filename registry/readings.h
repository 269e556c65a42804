/*
 * readings: the database's part of /metrics as it was last read, for all workers. Anybody may ask, and
 * reading walks over journals, rejects, findings and the rollup's queue: it is read again after
 * READINGS_AGE_MS, and later when it takes long, so that it never costs more than a tenth of one
 * connection's time. Who asks while it is being read waits for it. Threads: any.
 */
#ifndef EVROLL_REGISTRY_READINGS_H
#define EVROLL_REGISTRY_READINGS_H

#include <stdio.h>

#include "shared/clock.h"

#define READINGS_AGE_MS 2000

struct readings;

struct readings *readings_create(const struct clock *clock);
void readings_destroy(struct readings *readings); /* NULL is allowed; nobody asks any more */

/* Writes what `read` last wrote; `read` is called with `arg` when that is too old. */
void readings_write(struct readings *readings, void (*read)(FILE *out, void *arg), void *arg,
                    FILE *out);

#endif

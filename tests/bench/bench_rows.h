/*
 * bench_rows: the samples of a batch, decoded, and the two databases that they go into a row each.
 */
#ifndef EVROLL_TESTS_BENCH_BENCH_ROWS_H
#define EVROLL_TESTS_BENCH_BENCH_ROWS_H

#include "shared/batch/batch.h"

#define ROWS_COLUMNS                                                                               \
    "unit TEXT, at BIGINT, position BIGINT, received BIGINT, format BIGINT, lat BIGINT, "          \
    "lon BIGINT, speed BIGINT, odo BIGINT, soc BIGINT, batt_v BIGINT, batt_a BIGINT, "             \
    "charging BIGINT, mode BIGINT, rpm BIGINT, fuel BIGINT, hours BIGINT, nox BIGINT, "            \
    "urea BIGINT, mil BIGINT, PRIMARY KEY (unit, at, position)"

struct decoded {
    const char *unit;
    struct block block;
};

_Noreturn void rows_die(const char *what);

/* COPY in binary form, one for each batch, in a transaction of its own. */
void *rows_copy_open(const char *url);
size_t rows_copy_batch(void *arg, const struct decoded *blocks, size_t count);
void rows_copy_close(void *arg);

#endif

/*
 * columns: the numbered columns of a block (batch.proto) and the rows they are taken from and put
 * back into. Private to shared/batch.
 */
#ifndef EVROLL_SHARED_BATCH_COLUMNS_H
#define EVROLL_SHARED_BATCH_COLUMNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/batch/block.h"

enum {
    COLUMN_AT,
    COLUMN_DELAY,
    COLUMN_POSITION,
    COLUMN_SOURCE,
    COLUMN_FORMAT,
    COLUMN_SIGNAL, /* of signal 0; the others follow */
    COLUMN_COUNT = COLUMN_SIGNAL + SIGNAL_COUNT
};

_Static_assert(COLUMN_COUNT < 32, "`varying` has a bit for each column");

/* Is there a value of this column in this row? */
static inline bool column_in(unsigned column, const struct block_row *row)
{
    return column < COLUMN_SIGNAL ||
           sample_has(&row->sample, (enum signal_id)(column - COLUMN_SIGNAL));
}

int64_t column_get(unsigned column, const struct block_row *row);

/* Columns are put in order of number (the delay needs the time). False when the value is out of
 * range. */
bool column_put(unsigned column, struct block_row *row, int64_t value);

/* For messages: "at", "delay", …, "mil". */
const char *column_name(unsigned column);

#endif

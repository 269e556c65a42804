/*
 * store_partitions: the months of table block, where the database has partitions (PostgreSQL); on
 * others nothing is done and nothing found.
 *
 *     block_before │ block_2026_11 │ block_2026_12 │ block_2027_01 │ block_rest
 *     what the migration found       made ahead, this month and two more    everything else
 *
 * Months are those of UTC+8. The sorting of arrivals never makes one: a block of a month that has none goes to
 * block_rest, so a batch for any month is stored and two registries do not race. When a month is
 * made, what lies of it in block_rest moves.
 *
 * Errors as in sql.h; ERR_BUSY when others do not let go of the table within a second: the ingest
 * would wait behind. Inside SQL_WRITE_SHARED, under SQL_LOCK_RETENTION.
 */
#ifndef EVROLL_REGISTRY_STORE_STORE_PARTITIONS_H
#define EVROLL_REGISTRY_STORE_STORE_PARTITIONS_H

#include "registry/store/store_retention.h"

/* The month of `now_ms` and the next two, those that are not there. */
enum err store_partitions_make(struct sql *db, int64_t now_ms, struct fault *fault) ERR_CHECKED;

/* Drops the oldest partition that ends at or before `before_ms`, and counts what was in it as
 * removed samples. `*dropped` false: there is none. */
enum err store_partition_drop(struct sql *db, int64_t before_ms, struct store_removed *removed,
                              bool *dropped, struct fault *fault) ERR_CHECKED;

#endif

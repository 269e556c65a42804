/*
 * rollup: from stored samples to each unit's hours.
 *
 *     arrivals ─registry/ingest/sorting.h─▶ blocks and rollup_queue
 *
 *     rollup_queue ─take─▶ blocks of the hour ─settle─▶ activity ─▶ unit_hour, unit_total
 *         ▲                       │               ├───▶ signals ─▶ unit_hour_signal, finding_queue
 *         │                       │               └───▶ presence ─▶ time at sites, visits
 *         │                       │ many: merged into one
 *         └── the unit's next hour, when the last sample or the places of this one changed
 *
 * One transaction takes an hour out of the queue and writes all that follows from it, so being
 * killed at any point repeats the hour, with the same result: it depends on the set of stored
 * samples alone, not on the order or the grouping in which they came. Late data re-opens its hour.
 *
 * The queue is worked off in shares of its units (store_queue.h), each by one process at a time: several
 * registries on a database roll up at once, and take over what one that died was at.
 *
 * An hour whose samples were removed (store_retention.h) keeps what was made of them, whatever
 * comes for it later; so does one with more samples than can be held in memory (hour_rows.h).
 *
 * An hour's blocks are merged when there are ROLLUP_MERGE_BLOCKS of them or when the unit has later
 * hours, those of the future left out: while an hour is being filled, merging at each batch would
 * write it over and over.
 */
#ifndef EVROLL_REGISTRY_ROLLUP_ROLLUP_H
#define EVROLL_REGISTRY_ROLLUP_ROLLUP_H

#include <stddef.h>

#include "registry/sites/site_index.h"
#include "registry/store/sql.h"
#include "shared/clock.h"

#define ROLLUP_MERGE_BLOCKS 8

/* Hours a transaction: enough to share one fsync, few enough that the ingest hardly waits. */
#define ROLLUP_SLICE 16

/* Sorts what arrived, then works off at most `limit` queued hours of one share in one transaction,
 * oldest first. `*did` of them are committed; 0 and ERR_OK: the queue is empty, or others are at all
 * of it. */
enum err rollup_step(struct sql *db, const struct clock *clock, size_t limit, size_t *did,
                     struct fault *fault) ERR_CHECKED;

/* The same for hours that wait for `settle_ms` already: under load, one time for several batches.
 * `sites` is kept by the caller from step to step, so that polygons are not read each time. */
struct rollup_run {
    struct sql *db;
    const struct clock *clock;
    struct site_index *sites;
    int64_t settle_ms;
};

struct rollup_did {
    size_t hours;
    size_t again;    /* of these, settled before, and more samples came since */
    size_t too_many; /* of these, not settled: more samples than HOUR_ROWS_MAX (hour_rows.h) */
};

enum err rollup_step_settled(const struct rollup_run *run, size_t limit, struct rollup_did *did,
                             struct fault *fault) ERR_CHECKED;

#endif

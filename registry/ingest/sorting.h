/*
 * sorting: from batches as they came to blocks by unit and hour.
 *
 *     arrival ─take─▶ blocks of several batches ─by unit, hour, journal─▶ block, rollup_queue
 *
 * One transaction takes the oldest batches out of the arrivals and stores what was in them, so being
 * killed at any point repeats it, and a sample stands in one of the two places, never in both and
 * never in none. Until then it counts as waiting for the rollup (store_queue.h) and is not seen when
 * samples are asked for. Blocks of one unit, hour and journal become one, without looking at what they
 * say: rows that came twice are still there, and counted as received.
 *
 * Why the ingest does not do it: with 1,000 units a batch of 5,000 samples has 1,000 blocks, and each
 * costs two rows with their places in indexes. Sorted several batches at a time there are fewer, and
 * no gateway waits for it.
 *
 * Errors as in sql.h. Threads: the connection's.
 */
#ifndef EVROLL_REGISTRY_INGEST_SORTING_H
#define EVROLL_REGISTRY_INGEST_SORTING_H

#include <stddef.h>

#include "registry/store/sql.h"

/* Samples a transaction, when there is more than one batch. */
#define SORTING_ROWS 100000

/* Sorts the oldest batches of those that arrived until `before_ms`, or later than `later_ms`
 * (store_arrivals.h). `*did` of them are committed; 0 and ERR_OK: there are none, or another process is
 * at it. One that cannot be read is put aside. */
enum err sorting_step(struct sql *db, int64_t before_ms, int64_t later_ms, size_t *did,
                      struct fault *fault) ERR_CHECKED;

#endif

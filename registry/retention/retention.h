/*
 * retention: removes raw data that is older than it is to be kept (store_retention.h has the kinds).
 * What was made of it stays.
 *
 *     ─▶ months made ahead, where there are partitions (store_partitions.h)
 *     ─▶ what is kept moves on by a whole day ─▶ unit by unit, the oldest first, a slice each step
 *        for each kind in turn
 *
 * Each step is one transaction, small enough that the ingest hardly waits. Of several processes on
 * a database one works at a time: the lock is taken for each step. Nothing is remembered: a pass
 * that was cut off is begun again and finds what is left. A longer time to keep does not bring
 * anything back, so what is kept never moves backward. By itself it moves a month a pass at most, so
 * that a clock that is years ahead for a day does not cost years.
 *
 * Late samples, of hours that are removed: the ingest refuses them (registry/ingest), the rollup
 * does not settle their hours again (registry/rollup).
 *
 * Errors as in sql.h. Threads: a run belongs to one.
 */
#ifndef EVROLL_REGISTRY_RETENTION_RETENTION_H
#define EVROLL_REGISTRY_RETENTION_RETENTION_H

#include "registry/store/store_retention.h"
#include "shared/clock.h"

/* How many days of each kind are kept; 0: as many as by default. */
struct retention_days {
    uint32_t days[STORE_KEPT_COUNT];
};

#define RETENTION_DAYS_MAX 100000 /* longer than anything can be old: for ever */

/* Fills in the defaults. ERR_INPUT: too few or too many days. */
enum err retention_days_settle(struct retention_days *keep, struct fault *fault) ERR_CHECKED;

/* Where what is kept begins at `now_ms`: at the beginning of a day (UTC+8). */
int64_t retention_from(const struct retention_days *keep, enum store_kept_kind kind,
                       int64_t now_ms);

struct retention;

/* Further than this what is kept moves in one pass only when a person asks. */
#define RETENTION_LEAP_DAYS 31

enum retention_asker { RETENTION_ITSELF, RETENTION_A_PERSON };

/* `keep` is settled and copied. */
struct retention *retention_create(const struct retention_days *keep, const struct clock *clock,
                                   enum retention_asker asker);
void retention_destroy(struct retention *retention);

/* One step. `*did` 0: nothing is left to do, or another process is at it (`busy`). */
struct retention_progress {
    bool busy;
    enum store_kept_kind kind;
    int64_t rows, bytes; /* of this kind in this pass */
};
enum err retention_step(struct retention *retention, struct sql *db, size_t *did,
                        struct retention_progress *progress, struct fault *fault) ERR_CHECKED;

#endif

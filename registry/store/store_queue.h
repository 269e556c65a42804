/*
 * store_queue: hours of units whose blocks changed since they were last rolled up.
 *
 * The sorting of arrivals puts an hour in with the number of rows that came; the rollup takes it out in the same
 * transaction that writes its result, first of all, so that what arrives meanwhile waits for that
 * transaction or puts the hour in again. Errors as in sql.h.
 */
#ifndef EVROLL_REGISTRY_STORE_STORE_QUEUE_H
#define EVROLL_REGISTRY_STORE_STORE_QUEUE_H

#include "registry/store/sql.h"
#include "shared/arena.h"

struct store_queued {
    const char *unit;
    int64_t hour;
    unsigned share;
};

/* The queue is worked off in shares of its units, so that several processes can be at it: an hour is
 * computed from the one before it of its unit, and from nothing else that the rollup writes. The lock
 * of a share holds until the end of the transaction; a process that dies gives it back. Never wait. */
#define STORE_QUEUE_SHARES 8
unsigned store_queue_share(const char *unit);
enum err store_queue_lock(struct sql *db, unsigned share, bool *taken,
                          struct fault *fault) ERR_CHECKED;
/* All of them: nobody rolls up. */
enum err store_queue_lock_all(struct sql *db, bool *taken, struct fault *fault) ERR_CHECKED;

/* Puts the hour in, or adds `rows_new` to what is there. Inside SQL_WRITE. */
enum err store_queue_put(struct sql *db, const char *unit, int64_t hour, int64_t rows_new,
                         int64_t now_ms, struct fault *fault) ERR_CHECKED;

/* The same for several hours, eight a statement; no two are the same. Inside SQL_WRITE_SHARED. */
struct store_queue_rows {
    const char *unit;
    int64_t hour, rows_new;
};
enum err store_queue_put_all(struct sql *db, const struct store_queue_rows *entries, size_t count,
                             int64_t now_ms, struct fault *fault) ERR_CHECKED;

/* Puts the hour in, without new rows, when it holds several blocks. Inside SQL_WRITE. */
enum err store_queue_put_scattered(struct sql *db, const char *unit, int64_t hour, int64_t now_ms,
                                   struct fault *fault) ERR_CHECKED;

/* Takes the hour out; `*taken` false: it was not there. Inside SQL_WRITE. */
enum err store_queue_take(struct sql *db, const char *unit, int64_t hour, bool *taken,
                          int64_t *rows_new, struct fault *fault) ERR_CHECKED;

/* The oldest `limit` entries, those put in between `settled_ms` and `later_ms` left out: more may be
 * coming for them. (An entry later than any clock was put in before the clock was set back.) */
struct store_queue_ask {
    size_t limit;
    int64_t settled_ms, later_ms;
};
enum err store_queue_list(struct sql *db, struct arena *arena, const struct store_queue_ask *ask,
                          struct store_queued **entries, size_t *count,
                          struct fault *fault) ERR_CHECKED;

/* What waits for the rollup: hours, rows that arrived in them, and since when the oldest does (0:
 * nothing waits). What is still to be sorted (store_arrivals.h) waits too; an hour that is in several
 * batches counts for each there. Inside SQL_READ both are of one moment. */
struct store_backlog {
    int64_t hours, rows, since_ms;
};
enum err store_queue_backlog(struct sql *db, struct store_backlog *backlog,
                             struct fault *fault) ERR_CHECKED;

#endif

/*
 * store_arrivals: the samples of batches that are committed and not sorted into blocks yet, one row a
 * batch. The bytes are not looked at here (registry/ingest/arrival.h knows them).
 *
 * Nobody changes a row: the ingest puts it in with the journal's cursor, the sorting takes it out in
 * the transaction that stores its blocks. Errors as in sql.h. What is read belongs to the arena.
 */
#ifndef EVROLL_REGISTRY_STORE_STORE_ARRIVALS_H
#define EVROLL_REGISTRY_STORE_STORE_ARRIVALS_H

#include "registry/store/sql.h"
#include "shared/arena.h"

struct store_arrival {
    int64_t journal_no, first_position; /* of the batch: its name */
    int64_t arrived_ms;
    int64_t first_hour, hours; /* the oldest hour in it, and how many hours of units */
    int64_t row_count;
    const uint8_t *bytes; /* not filled by a list */
    size_t len;
};

/* Inside SQL_WRITE_SHARED. */
enum err store_arrival_insert(struct sql *db, const struct store_arrival *arrival,
                              struct fault *fault) ERR_CHECKED;

/* The oldest `limit`, those that arrived between `before_ms` and `later_ms` left out. (One later than
 * any clock arrived before the clock was set back.) */
struct store_arrivals_ask {
    size_t limit;
    int64_t before_ms, later_ms;
};
enum err store_arrivals_list(struct sql *db, struct arena *arena,
                             const struct store_arrivals_ask *ask, struct store_arrival **arrivals,
                             size_t *count, struct fault *fault) ERR_CHECKED;

/* Takes it out and fills in its bytes; `*taken` false: it was not there any more. Inside
 * SQL_WRITE_SHARED: of two that take it one waits, and finds nothing when the other has committed. */
enum err store_arrival_take(struct sql *db, struct arena *arena, struct store_arrival *arrival,
                            bool *taken, struct fault *fault) ERR_CHECKED;

/* Keeps one that was taken out and cannot be read, for somebody to look at. Inside the same transaction. */
enum err store_arrival_put_aside(struct sql *db, const struct store_arrival *arrival,
                                 struct fault *fault) ERR_CHECKED;

/* The oldest hour in any of them; `*found` false: there is none. */
enum err store_arrivals_oldest(struct sql *db, bool *found, int64_t *hour,
                               struct fault *fault) ERR_CHECKED;

#endif

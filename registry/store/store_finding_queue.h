/*
 * store_finding_queue: whom the findings are to look at again. Put in by whoever changes what they
 * are made of, in the same transaction; taken out by the findings, in the transaction that writes
 * what they found. Errors as in sql.h.
 */
#ifndef EVROLL_REGISTRY_STORE_STORE_FINDING_QUEUE_H
#define EVROLL_REGISTRY_STORE_STORE_FINDING_QUEUE_H

#include "registry/store/sql.h"
#include "shared/arena.h"

/* Whom a finding is about. The numbers stand in the database. */
enum finding_subject {
    FINDING_OF_VEHICLE = 1,
    FINDING_OF_UNIT,
    FINDING_OF_ORG,
    FINDING_OF_SITE,
    FINDING_OF_REPORT
};

struct store_finding_due {
    enum finding_subject subject_kind;
    const char *subject;
};

/* `day`: of a unit, the day whose hours changed; of others the day from which it holds, 0 when it
 * holds already. What is there stays, with the earlier time. Inside SQL_WRITE. */
enum err store_finding_queue_put(struct sql *db, enum finding_subject subject_kind,
                                 const char *subject, int32_t day, int64_t due_ms,
                                 struct fault *fault) ERR_CHECKED;

/* At most `limit` subjects with something due at `now_ms`, those that wait longest first. One of whom
 * several days became due at different times can be there again: nothing of it is left to take then. */
enum err store_finding_queue_list(struct sql *db, struct arena *arena, int64_t now_ms, size_t limit,
                                  struct store_finding_due **due, size_t *count,
                                  struct fault *fault) ERR_CHECKED;

/* Takes out what is due of a subject, at most `limit` days, the earliest first; gives the days. Inside
 * SQL_WRITE. */
enum err store_finding_queue_take(struct sql *db, struct arena *arena,
                                  const struct store_finding_due *due, int64_t now_ms, size_t limit,
                                  int32_t **days, size_t *count, struct fault *fault) ERR_CHECKED;
/* Is anything due of a subject? */
enum err store_finding_queue_has(struct sql *db, const struct store_finding_due *due,
                                 int64_t now_ms, bool *has, struct fault *fault) ERR_CHECKED;

/* How many subjects wait, and the oldest due time (0: none). */
enum err store_finding_queue_backlog(struct sql *db, int64_t now_ms, int64_t *waiting,
                                     int64_t *since_ms, struct fault *fault) ERR_CHECKED;

/* The walk over everybody (finding_sweep). phase 0: done. */
struct store_finding_sweep {
    int32_t day;
    int64_t phase;
    const char *reached; /* the last one that was put in */
};
enum err store_finding_sweep_read(struct sql *db, struct arena *arena,
                                  struct store_finding_sweep *sweep,
                                  struct fault *fault) ERR_CHECKED;
enum err store_finding_sweep_put(struct sql *db, const struct store_finding_sweep *sweep,
                                 struct fault *fault) ERR_CHECKED;
/* Puts in the next `limit` units that are bound on the sweep's day, the next vehicles of the register,
 * or the next freight reports ("ORG/PERIOD") that were accepted; moves `reached`, `*count` says how many. Inside SQL_WRITE. */
enum err store_finding_sweep_units(struct sql *db, struct arena *arena,
                                   struct store_finding_sweep *sweep, int64_t now_ms, size_t limit,
                                   size_t *count, struct fault *fault) ERR_CHECKED;
enum err store_finding_sweep_vehicles(struct sql *db, struct arena *arena,
                                      struct store_finding_sweep *sweep, int64_t now_ms,
                                      size_t limit, size_t *count, struct fault *fault) ERR_CHECKED;

enum err store_finding_sweep_reports(struct sql *db, struct arena *arena,
                                     struct store_finding_sweep *sweep, int64_t now_ms,
                                     size_t limit, size_t *count, struct fault *fault) ERR_CHECKED;

#endif

/*
 * store_register: the register's own time (migration 0013). Each change of the register is recorded
 * at an instant that is later than those of all changes before it, also when the clock goes back or
 * several write within a millisecond. So "as known at an instant" is a cut through the order of
 * transactions, and its answer never changes. Errors as in sql.h.
 */
#ifndef EVROLL_REGISTRY_STORE_STORE_REGISTER_H
#define EVROLL_REGISTRY_STORE_STORE_REGISTER_H

#include "registry/store/sql.h"

struct store_register {
    int64_t begun_ms;    /* of the first change; 0: there is none yet */
    int64_t recorded_ms; /* of the last */
    int64_t counted_ms;  /* from then on store_counts answers for what was known */
};

enum err store_register_read(struct sql *db, struct store_register *reg,
                             struct fault *fault) ERR_CHECKED;
/* What people changed, as two numbers that only grow. */
struct store_changes {
    int64_t recorded_ms; /* as above */
    int64_t snapshot;    /* the number of the last one; 0: there is none */
};
enum err store_changes_read(struct sql *db, struct store_changes *changes,
                            struct fault *fault) ERR_CHECKED;
/* First in SQL_WRITE: the instant at which its changes are recorded, not before `now_ms`. */
enum err store_register_take(struct sql *db, int64_t now_ms, int64_t *recorded_ms,
                             struct fault *fault) ERR_CHECKED;

#endif

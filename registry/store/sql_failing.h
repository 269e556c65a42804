/*
 * sql_failing: a driver for tests. It stands in front of another connection and fails one call.
 *
 * Good for: running a piece of work again and again, each time with a later call failing, and
 * looking at what is stored after each failure. The failing connection owns `inner` and closes it.
 * Threads: as the inner connection.
 */
#ifndef EVROLL_REGISTRY_STORE_SQL_FAILING_H
#define EVROLL_REGISTRY_STORE_SQL_FAILING_H

#include "registry/store/sql.h"

enum sql_call { SQL_CALL_ANY, SQL_CALL_BEGIN, SQL_CALL_COMMIT, SQL_CALL_EXEC, SQL_CALL_QUERY };

struct sql_failure {
    enum sql_call call; /* which calls are counted */
    unsigned nth;       /* the one that fails, from 1; 0: none */
    enum err error;     /* with what */
    bool done_first;    /* it is carried out and reported as failed: the lost answer */
};

struct sql *sql_open_failing(struct sql *inner);

/* Counts from now on. */
void sql_failing_arm(struct sql *failing, struct sql_failure failure);
/* Whether the armed failure has happened, after which everything succeeds again. */
bool sql_failing_fired(const struct sql *failing);

#endif

/*
 * balance: where every message and every sample went. One consistent view of the database.
 *
 *     messages + damaged + lost           = positions that the cursors moved over
 *     rows_received                       = rows_rolled + rows_waiting
 *     rows_rolled                         = rows_unique + duplicates
 */
#ifndef EVROLL_REGISTRY_ROLLUP_BALANCE_H
#define EVROLL_REGISTRY_ROLLUP_BALANCE_H

#include <stdbool.h>

#include "registry/store/sql.h"

struct balance {
    int64_t journals;
    int64_t messages; /* delivered: they became samples, a reject, or both */
    int64_t rejects;
    int64_t damaged; /* not readable at the gateway */
    int64_t lost;    /* no longer at the gateway */
    int64_t rows_received;
    int64_t rows_rolled;      /* in hours that were rolled up */
    int64_t rows_waiting;     /* in hours that wait for it, sorted or not (store_queue.h) */
    int64_t rows_unique;      /* of those rolled up */
    int64_t duplicates;       /* rows_rolled - rows_unique */
    int64_t hours_waiting;    /* also hours without new rows whose neighbour changed */
    int64_t waiting_since_ms; /* 0: none waits */
    int64_t units;
};

enum err balance_read(struct sql *db, struct balance *balance, struct fault *fault) ERR_CHECKED;

/* Whether the sums above hold. False is a bug or a damaged database. */
bool balance_holds(const struct balance *balance);

#endif

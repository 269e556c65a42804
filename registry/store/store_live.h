/*
 * store_live: a few numbers that move when something happens, read at the cost of some rows.
 * Errors as in sql.h.
 */
#ifndef EVROLL_REGISTRY_STORE_STORE_LIVE_H
#define EVROLL_REGISTRY_STORE_STORE_LIVE_H

#include "registry/store/sql.h"

/* What all journals delivered, and when the last did. */
struct store_delivered {
    int64_t messages, samples, rejects, damaged, lost;
    int64_t last_ms;
};
enum err store_delivered_read(struct sql *db, struct store_delivered *delivered,
                              struct fault *fault) ERR_CHECKED;

/* The steps of findings since an instant, and when the last of them was; 0 where there is none. */
struct store_finding_steps {
    int64_t steps, last_ms;
};
enum err store_finding_steps_since(struct sql *db, int64_t since_ms,
                                   struct store_finding_steps *steps,
                                   struct fault *fault) ERR_CHECKED;

#endif

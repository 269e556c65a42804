/*
 * context: what a registry worker has: its database connection, the plans, the clock. One per HTTP
 * worker and one per background thread; created in main, handed to handlers as http_context(call).
 * Threads: a context belongs to one thread; `plans` and `clock` are read-only and shared.
 */
#ifndef EVROLL_REGISTRY_CONTEXT_H
#define EVROLL_REGISTRY_CONTEXT_H

#include "registry/store/sql.h"
#include "shared/clock.h"

struct audit_looks;
struct factor_set;
struct kept;
struct plan_set;
struct sign_key;
struct turns;

struct registry_context {
    struct sql *db;
    const struct clock *clock;
    const struct plan_set *plans;
    const struct factor_set *factors;    /* emission factors (registry/outlook/factors.h) */
    const struct sign_key *snapshot_key; /* signs snapshots; NULL: none is made */
    const char *client_ca;               /* file of the authorities of gateways and units */
    struct audit_looks *looks; /* where looks go (registry/audit/looks.h); NULL: in at once */
    struct kept *kept;         /* answers that hold (registry/compliance/kept.h) */
    struct turns *sign_ins;    /* so many a moment (registry/auth/turns.h); NULL: any number */
    /* Wakes the rollup: called after a batch was committed. Any thread. */
    void (*wake)(void *wake_arg);
    void *wake_arg;
};

#endif

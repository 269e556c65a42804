/*
 * worker: what main gives each HTTP worker. `context` is first, so that a handler's
 * http_context(call) is a struct registry_context; only main and system_api know the rest.
 * Threads: a worker belongs to its thread; `server` is set once before the first request.
 */
#ifndef EVROLL_REGISTRY_WORKER_H
#define EVROLL_REGISTRY_WORKER_H

#include "registry/auth/auth.h"
#include "registry/context.h"
#include "registry/http/http.h"
#include "registry/replica/replica.h"
#include "registry/rollup/rollup_thread.h"

struct readings;

struct registry_worker {
    struct registry_context context;
    struct auth *auth;
    struct http_server *const *server;  /* where main keeps it */
    struct readings *readings;          /* what /metrics says of the database; of all workers */
    const struct replica *replica;      /* NULL: none */
    const struct rollup_thread *rollup; /* NULL: none */
    struct replica_reader *reader;
    struct registry_context reading; /* `context` with the standby's database */
};

#endif

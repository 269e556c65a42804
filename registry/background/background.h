/*
 * background: a thread with a database connection of its own that does a piece of work again and
 * again: at once while there is more, else when woken or after a while. What there is to do stands
 * in the database, so errors are logged and tried again, and being killed loses nothing.
 */
#ifndef EVROLL_REGISTRY_BACKGROUND_BACKGROUND_H
#define EVROLL_REGISTRY_BACKGROUND_BACKGROUND_H

#include <stddef.h>

#include "registry/store/sql.h"
#include "shared/err.h"

struct background_work {
    const char *name; /* in the log */
    unsigned idle_ms; /* how long it sleeps when nobody wakes it */
    const void *arg;
    /* One transaction's worth. `*did` 0: there is nothing to do now. */
    enum err (*step)(struct sql *db, const void *arg, size_t *did, struct fault *fault);
};

struct background;

/* `work` is copied; what it points to outlives the thread. */
enum err background_start(const char *db_url, const struct background_work *work,
                          struct background **background, struct fault *fault) ERR_CHECKED;

/* There may be something to do. Any thread. */
void background_wake(struct background *background);

/* Ends the step in hand, then the thread. NULL is allowed. */
void background_stop(struct background *background);

#endif

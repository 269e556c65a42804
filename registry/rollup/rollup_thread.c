#include "registry/rollup/rollup_thread.h"

#include <stdlib.h>

#include "registry/background/background.h"
#include "registry/rollup/rollup.h"
#include "shared/arena.h"

/* How long an hour waits for more, and how long the thread sleeps when nobody wakes it. */
#define SETTLE_MS 500

struct rollup_thread {
    struct background *background;
    const struct clock *clock;
};

static enum err step(struct sql *db, const void *arg, size_t *did, struct fault *fault)
{
    const struct rollup_thread *t = arg;

    return rollup_step_settled(db, t->clock, SETTLE_MS, ROLLUP_SLICE, did, fault);
}

enum err rollup_thread_start(const char *db_url, const struct clock *clock,
                             struct rollup_thread **thread, struct fault *fault)
{
    struct rollup_thread *t = mem_alloc(1, sizeof *t);
    const struct background_work work = {"rollup", SETTLE_MS, t, step};
    enum err err = ERR_OK;

    t->clock = clock;
    err = background_start(db_url, &work, &t->background, fault);
    if (err == ERR_OK)
        *thread = t;
    else
        free(t);
    return err;
}

void rollup_thread_wake(void *thread)
{
    struct rollup_thread *t = thread;

    background_wake(t->background);
}

void rollup_thread_stop(struct rollup_thread *thread)
{
    if (thread == NULL)
        return;
    background_stop(thread->background);
    free(thread);
}

#include "registry/rollup/rollup_thread.h"

#include <stdlib.h>

#include "registry/background/background.h"
#include "registry/rollup/rollup.h"
#include "registry/sites/upkeep.h"
#include "shared/arena.h"

/* How long an hour waits for more, and how long the thread sleeps when nobody wakes it. */
#define SETTLE_MS 500

/* How long a vehicle waits to be attributed anew (upkeep.h). */
#define ATTRIBUTE_MS 600000

struct rollup_thread {
    struct background *background;
    const struct clock *clock;
    struct site_index *sites;
};

/* The queued hours first; what sites and register left to be done goes between them. */
static enum err step(struct sql *db, const void *arg, size_t *did, struct fault *fault)
{
    const struct rollup_thread *t = arg;
    const struct rollup_run run = {db, t->clock, t->sites, SETTLE_MS};
    bool more = false;
    enum err err = rollup_step_settled(&run, ROLLUP_SLICE, did, fault);

    if (err == ERR_OK)
        err = upkeep_step(db, t->clock, ATTRIBUTE_MS, &more, fault);
    *did += more;
    return err;
}

static void release(struct rollup_thread *t)
{
    site_index_destroy(t->sites);
    free(t);
}

enum err rollup_thread_start(const char *db_url, const struct clock *clock,
                             struct rollup_thread **thread, struct fault *fault)
{
    struct rollup_thread *t = mem_alloc(1, sizeof *t);
    const struct background_work work = {"rollup", SETTLE_MS, t, step};
    enum err err = ERR_OK;

    t->clock = clock;
    t->sites = site_index_create();
    err = background_start(db_url, &work, &t->background, fault);
    if (err == ERR_OK)
        *thread = t;
    else
        release(t);
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
    release(thread);
}

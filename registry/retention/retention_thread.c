#include "registry/retention/retention_thread.h"

#include <stdlib.h>

#include "registry/background/background.h"
#include "shared/arena.h"

#define IDLE_MS 600000

struct retention_thread {
    struct background *background;
    struct retention *retention;
};

static enum err step(struct sql *db, const void *arg, size_t *did, struct fault *fault)
{
    const struct retention_thread *t = arg;
    struct retention_progress progress;

    return retention_step(t->retention, db, did, &progress, fault);
}

static void release(struct retention_thread *t)
{
    retention_destroy(t->retention);
    free(t);
}

enum err retention_thread_start(const char *db_url, const struct retention_days *keep,
                                const struct clock *clock, struct retention_thread **thread,
                                struct fault *fault)
{
    struct retention_thread *t = mem_alloc(1, sizeof *t);
    const struct background_work work = {"retention", IDLE_MS, t, step};
    enum err err = ERR_OK;

    t->retention = retention_create(keep, clock, RETENTION_ITSELF);
    err = background_start(db_url, &work, &t->background, fault);
    if (err == ERR_OK)
        *thread = t;
    else
        release(t);
    return err;
}

void retention_thread_stop(struct retention_thread *thread)
{
    if (thread == NULL)
        return;
    background_stop(thread->background);
    release(thread);
}

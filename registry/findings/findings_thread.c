#include "registry/findings/findings_thread.h"

#include "registry/findings/findings.h"

#define SETTLE_MS 300000
#define IDLE_MS   5000

static enum err step(struct sql *db, const void *arg, size_t *did, struct fault *fault)
{
    return findings_step(db, arg, SETTLE_MS, did, fault);
}

enum err findings_thread_start(const char *db_url, const struct clock *clock,
                               struct background **thread, struct fault *fault)
{
    const struct background_work work = {"findings", IDLE_MS, clock, step};

    return background_start(db_url, &work, thread, fault);
}

#include "registry/rollup/rollup_thread.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "registry/background/background.h"
#include "registry/ingest/sorting.h"
#include "registry/rollup/pace.h"
#include "registry/rollup/rollup.h"
#include "registry/sites/upkeep.h"
#include "shared/arena.h"

/* How long an hour waits for more, and how long the thread sleeps when nobody wakes it. */
#define SETTLE_MS 500

/* How long a vehicle waits to be attributed anew (upkeep.h). */
#define ATTRIBUTE_MS 600000

struct round;

struct rollup_thread {
    struct background *background;
    const struct clock *clock;
    struct site_index *sites;
    struct round *round;
};

/* Sorted is what arrived until here; then come the hours of all of it. */
struct round {
    bool sorting;
    int64_t before_ms;
    struct pace pace;
    atomic_llong passed_over; /* read by any thread */
};

static enum err sort(struct sql *db, const struct rollup_thread *t, size_t *did,
                     struct fault *fault)
{
    enum err err =
        sorting_step(db, t->round->before_ms, clock_wall_ms(t->clock) + CLOCK_APART_MS, did, fault);

    if (err == ERR_OK)
        t->round->sorting = *did > 0;
    return err;
}

static enum err roll(struct sql *db, const struct rollup_thread *t, size_t *did,
                     struct fault *fault)
{
    const struct rollup_run run = {db, t->clock, t->sites, SETTLE_MS};
    int64_t began_ms = clock_mono_ms(t->clock);
    struct rollup_did rolled = {0};
    enum err err = rollup_step_settled(&run, ROLLUP_SLICE, &rolled, fault);

    pace_count(&t->round->pace, &rolled, clock_mono_ms(t->clock) - began_ms);
    atomic_fetch_add(&t->round->passed_over, (long long)rolled.too_many);
    *did = rolled.hours;
    return err;
}

/* An hour is worth rolling up once for all that came for it, so hours are worked off before more is
 * sorted: the more there is to do, the more comes together meanwhile. */
static enum err sort_or_roll(struct sql *db, const struct rollup_thread *t, size_t *did,
                             struct fault *fault)
{
    enum err err = ERR_OK;

    *did = 0;
    if (t->round->sorting)
        err = sort(db, t, did, fault);
    if (err != ERR_OK || *did > 0)
        return err;
    err = roll(db, t, did, fault);
    if (err != ERR_OK || *did > 0 || !pace_may_begin(&t->round->pace, clock_mono_ms(t->clock)))
        return err;
    t->round->before_ms = clock_wall_ms(t->clock) - SETTLE_MS;
    return sort(db, t, did, fault);
}

/* What sites and register left to be done goes between. */
static enum err step(struct sql *db, const void *arg, size_t *did, struct fault *fault)
{
    const struct rollup_thread *t = arg;
    bool more = false;
    enum err err = sort_or_roll(db, t, did, fault);

    if (err == ERR_OK)
        err = upkeep_step(db, t->clock, ATTRIBUTE_MS, &more, fault);
    *did += more;
    return err;
}

static void release(struct rollup_thread *t)
{
    site_index_destroy(t->sites);
    free(t->round);
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
    t->round = mem_alloc(1, sizeof *t->round);
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

void rollup_thread_metrics(const struct rollup_thread *thread, FILE *out)
{
    if (thread == NULL)
        return;
    fprintf(
        out,
        "# HELP evroll_rollup_hours_passed_over_total Hours with too many samples to settle them.\n"
        "# TYPE evroll_rollup_hours_passed_over_total counter\n"
        "evroll_rollup_hours_passed_over_total %lld\n",
        atomic_load(&thread->round->passed_over));
}

void rollup_thread_stop(struct rollup_thread *thread)
{
    if (thread == NULL)
        return;
    background_stop(thread->background);
    release(thread);
}

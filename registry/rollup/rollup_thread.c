#include "registry/rollup/rollup_thread.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>

#include "registry/rollup/rollup.h"
#include "shared/arena.h"
#include "shared/log.h"

/* A transaction's worth, and a moment after it in which the ingest finds the database free. */
#define STEP_HOURS ROLLUP_SLICE
#define PAUSE_NS   2000000

/* How long an hour waits for more, and how long the thread sleeps when nobody wakes it. */
#define SETTLE_MS 500

struct rollup_thread {
    struct sql *db;
    const struct clock *clock;
    pthread_t thread;
    pthread_mutex_t lock; /* over the two flags */
    pthread_cond_t changed;
    bool woken, stopping;
};

/* Waits until woken, stopping, or SETTLE_MS have passed. */
static void wait_for_work(struct rollup_thread *t)
{
    struct timespec until;
    int timed_out = 0;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += SETTLE_MS * 1000000;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    pthread_mutex_lock(&t->lock);
    while (!t->woken && !t->stopping && timed_out == 0)
        timed_out = pthread_cond_timedwait(&t->changed, &t->lock, &until);
    t->woken = false;
    pthread_mutex_unlock(&t->lock);
}

static bool is_stopping(struct rollup_thread *t)
{
    bool stopping = false;

    pthread_mutex_lock(&t->lock);
    stopping = t->stopping;
    pthread_mutex_unlock(&t->lock);
    return stopping;
}

/* A lasting error is logged when it begins and when it ends, not each second. */
static void note(enum err err, enum err *last, const struct fault *fault)
{
    if (err != ERR_OK && err != *last)
        log_warn("rollup", "stopped for now and trying again: %s", fault->text);
    if (err == ERR_OK && *last != ERR_OK)
        log_info("rollup", "works again");
    *last = err;
}

static void *run(void *arg)
{
    const struct timespec pause = {.tv_nsec = PAUSE_NS};
    struct rollup_thread *t = arg;
    enum err last = ERR_OK;

    while (!is_stopping(t)) {
        struct fault fault;
        size_t did = 0;
        enum err err = rollup_step_settled(t->db, t->clock, SETTLE_MS, STEP_HOURS, &did, &fault);

        note(err, &last, &fault);
        if (err != ERR_OK || did == 0)
            wait_for_work(t);
        else
            nanosleep(&pause, NULL);
    }
    return NULL;
}

static void init_signals(struct rollup_thread *t)
{
    pthread_condattr_t attributes;

    pthread_mutex_init(&t->lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&t->changed, &attributes);
    pthread_condattr_destroy(&attributes);
}

static void release(struct rollup_thread *t)
{
    pthread_cond_destroy(&t->changed);
    pthread_mutex_destroy(&t->lock);
    sql_close(t->db);
    free(t);
}

enum err rollup_thread_start(const char *db_url, const struct clock *clock,
                             struct rollup_thread **thread, struct fault *fault)
{
    struct rollup_thread *t = mem_alloc(1, sizeof *t);
    enum err err = sql_open(db_url, &t->db, fault);

    if (err != ERR_OK) {
        free(t);
        return err;
    }
    t->clock = clock;
    init_signals(t);
    if (pthread_create(&t->thread, NULL, run, t) != 0) {
        release(t);
        return fault_set(fault, ERR_IO,
                         "the rollup's thread cannot be started; raise the limit "
                         "of processes");
    }
    *thread = t;
    return ERR_OK;
}

static void raise_flag(struct rollup_thread *t, bool *flag)
{
    pthread_mutex_lock(&t->lock);
    *flag = true;
    pthread_cond_signal(&t->changed);
    pthread_mutex_unlock(&t->lock);
}

void rollup_thread_wake(void *thread)
{
    struct rollup_thread *t = thread;

    raise_flag(t, &t->woken);
}

void rollup_thread_stop(struct rollup_thread *thread)
{
    if (thread == NULL)
        return;
    raise_flag(thread, &thread->stopping);
    pthread_join(thread->thread, NULL);
    release(thread);
}

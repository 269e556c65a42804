#include "registry/background/background.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>

#include "shared/arena.h"
#include "shared/log.h"

/* A moment after each step in which others find the database free. */
#define PAUSE_NS 2000000

struct background {
    struct sql *db;
    struct background_work work;
    pthread_t thread;
    pthread_mutex_t lock; /* over the two flags */
    pthread_cond_t changed;
    bool woken, stopping;
};

/* Waits until woken, stopping, or idle_ms have passed. */
static void wait_for_work(struct background *b)
{
    struct timespec until;
    int timed_out = 0;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += b->work.idle_ms / 1000;
    until.tv_nsec += b->work.idle_ms % 1000 * 1000000;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    pthread_mutex_lock(&b->lock);
    while (!b->woken && !b->stopping && timed_out == 0)
        timed_out = pthread_cond_timedwait(&b->changed, &b->lock, &until);
    b->woken = false;
    pthread_mutex_unlock(&b->lock);
}

static bool is_stopping(struct background *b)
{
    bool stopping = false;

    pthread_mutex_lock(&b->lock);
    stopping = b->stopping;
    pthread_mutex_unlock(&b->lock);
    return stopping;
}

/* A lasting error is logged when it begins and when it ends, not each time. */
static void note(const struct background *b, enum err err, enum err *last,
                 const struct fault *fault)
{
    if (err != ERR_OK && err != *last)
        log_warn(b->work.name, "stopped for now and trying again: %s", fault->text);
    if (err == ERR_OK && *last != ERR_OK)
        log_info(b->work.name, "works again");
    *last = err;
}

static void *run(void *arg)
{
    const struct timespec pause = {.tv_nsec = PAUSE_NS};
    struct background *b = arg;
    enum err last = ERR_OK;

    while (!is_stopping(b)) {
        struct fault fault;
        size_t did = 0;
        enum err err = b->work.step(b->db, b->work.arg, &did, &fault);

        note(b, err, &last, &fault);
        if (err != ERR_OK || did == 0)
            wait_for_work(b);
        else
            nanosleep(&pause, NULL);
    }
    return NULL;
}

static void init_signals(struct background *b)
{
    pthread_condattr_t attributes;

    pthread_mutex_init(&b->lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&b->changed, &attributes);
    pthread_condattr_destroy(&attributes);
}

static void release(struct background *b)
{
    pthread_cond_destroy(&b->changed);
    pthread_mutex_destroy(&b->lock);
    sql_close(b->db);
    free(b);
}

enum err background_start(const char *db_url, const struct background_work *work,
                          struct background **background, struct fault *fault)
{
    struct background *b = mem_alloc(1, sizeof *b);
    enum err err = sql_open(db_url, &b->db, fault);

    if (err != ERR_OK) {
        free(b);
        return err;
    }
    b->work = *work;
    init_signals(b);
    if (pthread_create(&b->thread, NULL, run, b) != 0) {
        release(b);
        return fault_set(fault, ERR_IO,
                         "the thread of %s cannot be started; raise the limit of processes",
                         work->name);
    }
    *background = b;
    return ERR_OK;
}

static void raise_flag(struct background *b, bool *flag)
{
    pthread_mutex_lock(&b->lock);
    *flag = true;
    pthread_cond_signal(&b->changed);
    pthread_mutex_unlock(&b->lock);
}

void background_wake(struct background *background)
{
    raise_flag(background, &background->woken);
}

void background_stop(struct background *background)
{
    if (background == NULL)
        return;
    raise_flag(background, &background->stopping);
    pthread_join(background->thread, NULL);
    release(background);
}

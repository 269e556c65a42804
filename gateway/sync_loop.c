#include "gateway/sync_loop.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "gateway/journal/journal.h"
#include "gateway/journal/journal_gate.h"
#include "shared/arena.h"
#include "shared/clock.h"
#include "shared/log.h"

#define PART           "sync"
#define AFTER_FAULT_MS 200

struct sync_loop {
    const char *dir;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;

    /* under the lock */
    bool stop, wanted, alone, reopen;
    void (*synced)(void *arg);
    void *arg;
    pthread_mutex_t calling; /* held while `synced` runs */

    /* the thread's own */
    struct journal_gate *gate;
    struct journal_syncer *syncer; /* NULL: to be opened */
    uint64_t failed_epoch;         /* in memory too: a dying disk may not take sync.page */
    enum err failing;
    int64_t started_ms;
};

/* ---- one sync ---- */

static enum err epoch_allow(struct sync_loop *loop, struct fault *fault)
{
    struct journal_stand stand;
    enum err err = journal_gate_look(loop->gate, &stand, fault);

    if (err == ERR_OK && loop->failed_epoch == stand.epoch)
        return fault_set(
            fault, ERR_IO,
            "%s: fdatasync failed before, and it goes on when the writer opens anew: the "
            "CoAP endpoint does so by itself, a broker is to be restarted",
            loop->dir);
    return err;
}

static enum err sync_once(struct sync_loop *loop, struct fault *fault)
{
    uint64_t synced = 0;
    enum err err = epoch_allow(loop, fault);

    if (err == ERR_OK && loop->syncer == NULL)
        err = journal_syncer_open(loop->dir, &loop->syncer, fault);
    if (err != ERR_OK)
        return err;
    err = journal_sync(loop->syncer, &synced, fault);
    if (journal_syncer_failed_epoch(loop->syncer) != 0)
        loop->failed_epoch = journal_syncer_failed_epoch(loop->syncer);
    return err;
}

static void syncer_drop(struct sync_loop *loop)
{
    journal_syncer_close(loop->syncer);
    loop->syncer = NULL;
}

static void note(struct sync_loop *loop, enum err err, const struct fault *fault)
{
    if (err != ERR_OK)
        syncer_drop(loop);
    if (err != ERR_OK && err != ERR_NOT_FOUND && loop->failing != err)
        log_error(PART, "%s; nothing new is sent or acknowledged until this works", fault->text);
    if (err == ERR_OK && loop->failing != ERR_OK && loop->failing != ERR_NOT_FOUND)
        log_info(PART, "%s is synced again", loop->dir);
    loop->failing = err;
}

/* ---- the thread ---- */

static int64_t due_ms(const struct sync_loop *loop)
{
    if (loop->failing != ERR_OK)
        return loop->started_ms + AFTER_FAULT_MS;
    if (loop->wanted)
        return loop->alone ? 0 : loop->started_ms + SYNC_LOOP_CYCLE_MS;
    return loop->started_ms + SYNC_LOOP_EVERY_MS;
}

/* With the lock held. False: asked to stop. */
static bool wait_until_due(struct sync_loop *loop)
{
    while (!loop->stop && clock_mono_ms(&clock_system) < due_ms(loop)) {
        int64_t at = due_ms(loop);
        struct timespec until = {.tv_sec = at / 1000, .tv_nsec = at % 1000 * 1000000};
        (void)pthread_cond_timedwait(&loop->changed, &loop->lock, &until);
    }
    return !loop->stop;
}

static void tell(struct sync_loop *loop)
{
    (void)pthread_mutex_lock(&loop->calling);
    if (loop->synced != NULL)
        loop->synced(loop->arg);
    (void)pthread_mutex_unlock(&loop->calling);
}

static void *run(void *arg)
{
    struct sync_loop *loop = arg;

    (void)pthread_mutex_lock(&loop->lock);
    while (wait_until_due(loop)) {
        struct fault fault = {0};
        bool reopen = loop->reopen;

        loop->wanted = loop->alone = loop->reopen = false;
        (void)pthread_mutex_unlock(&loop->lock);
        loop->started_ms = clock_mono_ms(&clock_system);
        if (reopen) {
            syncer_drop(loop);
            journal_gate_reopen(loop->gate);
        }
        note(loop, sync_once(loop, &fault), &fault);
        tell(loop);
        (void)pthread_mutex_lock(&loop->lock);
    }
    (void)pthread_mutex_unlock(&loop->lock);
    return NULL;
}

/* ---- from outside ---- */

static void conditions_make(struct sync_loop *loop)
{
    pthread_condattr_t monotonic;

    (void)pthread_condattr_init(&monotonic);
    (void)pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&loop->changed, &monotonic);
    (void)pthread_condattr_destroy(&monotonic);
    (void)pthread_mutex_init(&loop->lock, NULL);
    (void)pthread_mutex_init(&loop->calling, NULL);
}

static void loop_free(struct sync_loop *loop)
{
    syncer_drop(loop);
    journal_gate_destroy(loop->gate);
    (void)pthread_cond_destroy(&loop->changed);
    (void)pthread_mutex_destroy(&loop->lock);
    (void)pthread_mutex_destroy(&loop->calling);
    free(loop);
}

enum err sync_loop_start(const char *dir, struct sync_loop **loop, struct fault *fault)
{
    struct sync_loop *made = mem_alloc(1, sizeof *made);

    made->dir = dir;
    made->gate = journal_gate_create(dir);
    conditions_make(made);
    if (pthread_create(&made->thread, NULL, run, made) != 0) {
        loop_free(made);
        return fault_set(fault, ERR_IO, "the thread that syncs the journal cannot be started");
    }
    *loop = made;
    return ERR_OK;
}

void sync_loop_listen(struct sync_loop *loop, void (*synced)(void *arg), void *arg)
{
    (void)pthread_mutex_lock(&loop->calling);
    loop->synced = synced;
    loop->arg = arg;
    (void)pthread_mutex_unlock(&loop->calling);
}

void sync_loop_want(struct sync_loop *loop, bool alone)
{
    (void)pthread_mutex_lock(&loop->lock);
    loop->wanted = true;
    loop->alone = loop->alone || alone;
    (void)pthread_cond_signal(&loop->changed);
    (void)pthread_mutex_unlock(&loop->lock);
}

void sync_loop_reopen(struct sync_loop *loop)
{
    if (loop == NULL)
        return;
    (void)pthread_mutex_lock(&loop->lock);
    loop->reopen = true;
    (void)pthread_mutex_unlock(&loop->lock);
}

void sync_loop_stop(struct sync_loop *loop)
{
    if (loop == NULL)
        return;
    (void)pthread_mutex_lock(&loop->lock);
    loop->stop = true;
    (void)pthread_cond_signal(&loop->changed);
    (void)pthread_mutex_unlock(&loop->lock);
    (void)pthread_join(loop->thread, NULL);
    loop_free(loop);
}

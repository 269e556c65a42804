#include "registry/audit/looks.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "shared/arena.h"
#include "shared/log.h"

#define AGAIN_S 1 /* after a failure */

struct audit_looks {
    struct sql *db;
    pthread_t thread;
    pthread_mutex_t lock; /* over what follows */
    pthread_cond_t changed;
    struct audit_batch *waiting;
    bool stopping;
};

static enum err append_batch(struct sql *db, struct audit_batch *batch, struct fault *fault)
{
    enum err err = sql_begin(db, SQL_WRITE, fault);

    if (err == ERR_OK)
        err = audit_batch_append(batch, db, fault);
    if (err == ERR_OK)
        err = sql_commit(db, fault);
    if (err != ERR_OK)
        sql_rollback(db);
    return err;
}

enum err looks_enter(struct sql *db, const struct audit_act *act, struct fault *fault)
{
    struct audit_batch *batch = audit_batch_create();
    enum err err = ERR_OK;

    audit_batch_add(batch, act);
    err = append_batch(db, batch, fault);
    audit_batch_destroy(batch);
    return err;
}

enum err looks_add(struct audit_looks *looks, const struct audit_act *act, struct fault *fault)
{
    enum err err = ERR_OK;

    pthread_mutex_lock(&looks->lock);
    if (audit_batch_count(looks->waiting) < LOOKS_MAX)
        audit_batch_add(looks->waiting, act);
    else
        err = fault_set(fault, ERR_FULL,
                        "looks cannot be entered in the audit log now, so none is given; the "
                        "registry's log says why");
    pthread_cond_signal(&looks->changed);
    pthread_mutex_unlock(&looks->lock);
    if (err != ERR_OK)
        json_decref(act->details);
    return err;
}

/* Waits for something to append, or for the end. False: nothing is left and it is the end. */
static bool take_waiting(struct audit_looks *looks, struct audit_batch **batch)
{
    struct audit_batch *empty = *batch;
    bool any = false;

    pthread_mutex_lock(&looks->lock);
    while (audit_batch_count(looks->waiting) == 0 && !looks->stopping)
        pthread_cond_wait(&looks->changed, &looks->lock);
    any = audit_batch_count(looks->waiting) > 0;
    if (any) {
        *batch = looks->waiting;
        looks->waiting = empty;
    }
    pthread_mutex_unlock(&looks->lock);
    return any;
}

/* False when stopping. */
static bool wait_again(struct audit_looks *looks)
{
    struct timespec until;
    bool stopping = false;
    int timed_out = 0;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += AGAIN_S;
    pthread_mutex_lock(&looks->lock);
    while (!looks->stopping && timed_out == 0)
        timed_out = pthread_cond_timedwait(&looks->changed, &looks->lock, &until);
    stopping = looks->stopping;
    pthread_mutex_unlock(&looks->lock);
    return !stopping;
}

/* An answer lost in the commit may leave a look entered twice, which is better than not at all. */
static void append_until_done(struct audit_looks *looks, struct audit_batch *batch)
{
    struct fault fault;
    bool told = false;
    bool again = true;

    while (again && append_batch(looks->db, batch, &fault) != ERR_OK) {
        if (!told)
            log_warn("audit", "%zu looks wait for the log: %s", audit_batch_count(batch),
                     fault.text);
        told = true;
        again = wait_again(looks);
        if (!again && append_batch(looks->db, batch, &fault) != ERR_OK)
            log_error("audit", "%zu looks could not be entered: %s", audit_batch_count(batch),
                      fault.text);
    }
    if (told && again)
        log_info("audit", "looks are entered again");
    audit_batch_drop(batch);
}

static void *run(void *arg)
{
    struct audit_looks *looks = arg;
    struct audit_batch *batch = audit_batch_create();

    while (take_waiting(looks, &batch))
        append_until_done(looks, batch);
    audit_batch_destroy(batch);
    return NULL;
}

static void release(struct audit_looks *looks)
{
    pthread_cond_destroy(&looks->changed);
    pthread_mutex_destroy(&looks->lock);
    audit_batch_destroy(looks->waiting);
    sql_close(looks->db);
    free(looks);
}

enum err looks_start(const char *db_url, struct audit_looks **looks, struct fault *fault)
{
    struct audit_looks *l = mem_alloc(1, sizeof *l);
    enum err err = sql_open(db_url, &l->db, fault);

    if (err != ERR_OK) {
        free(l);
        return err;
    }
    l->waiting = audit_batch_create();
    pthread_mutex_init(&l->lock, NULL);
    pthread_cond_init(&l->changed, NULL);
    if (pthread_create(&l->thread, NULL, run, l) != 0) {
        release(l);
        return fault_set(fault, ERR_IO,
                         "the audit log's thread cannot be started; raise the limit of processes");
    }
    *looks = l;
    return ERR_OK;
}

void looks_stop(struct audit_looks *looks)
{
    if (looks == NULL)
        return;
    pthread_mutex_lock(&looks->lock);
    looks->stopping = true;
    pthread_cond_signal(&looks->changed);
    pthread_mutex_unlock(&looks->lock);
    pthread_join(looks->thread, NULL);
    release(looks);
}

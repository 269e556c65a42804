#include "gateway/sync_loop.h"

#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "gateway/journal/journal.h"
#include "shared/arena.h"
#include "shared/log.h"

#define PART           "sync"
#define AFTER_FAULT_MS 1000

struct sync_loop {
    const char *dir;
    int stop_fd;
    pthread_t thread;
    struct journal_syncer *syncer; /* NULL after a failure, until it is open again */
    bool failing;
};

static enum err sync_once(struct sync_loop *loop, struct fault *fault)
{
    uint64_t synced = 0;
    enum err err = ERR_OK;

    if (loop->syncer == NULL)
        err = journal_syncer_open(loop->dir, &loop->syncer, fault);
    return err == ERR_OK ? journal_sync(loop->syncer, &synced, fault) : err;
}

static void note(struct sync_loop *loop, enum err err, const struct fault *fault)
{
    if (err != ERR_OK && loop->syncer != NULL) {
        journal_syncer_close(loop->syncer);
        loop->syncer = NULL;
    }
    if (err != ERR_OK && !loop->failing)
        log_error(PART, "%s; nothing new is sent until this works", fault->text);
    if (err == ERR_OK && loop->failing)
        log_info(PART, "%s is synced again", loop->dir);
    loop->failing = err != ERR_OK;
}

static void *run(void *arg)
{
    struct sync_loop *loop = arg;
    struct pollfd stop = {.fd = loop->stop_fd, .events = POLLIN};

    do {
        struct fault fault = {0};

        note(loop, sync_once(loop, &fault), &fault);
    } while (poll(&stop, 1, loop->failing ? AFTER_FAULT_MS : SYNC_LOOP_EVERY_MS) <= 0);
    return NULL;
}

enum err sync_loop_start(const char *dir, struct sync_loop **loop, struct fault *fault)
{
    struct sync_loop *l = mem_alloc(1, sizeof *l);

    l->dir = dir;
    l->stop_fd = eventfd(0, EFD_CLOEXEC);
    if (l->stop_fd < 0 || pthread_create(&l->thread, NULL, run, l) != 0) {
        if (l->stop_fd >= 0)
            close(l->stop_fd);
        free(l);
        return fault_set(fault, ERR_IO, "the thread that syncs the journal cannot be started");
    }
    *loop = l;
    return ERR_OK;
}

void sync_loop_stop(struct sync_loop *loop)
{
    if (loop == NULL)
        return;
    (void)eventfd_write(loop->stop_fd, 1);
    (void)pthread_join(loop->thread, NULL);
    if (loop->syncer != NULL)
        journal_syncer_close(loop->syncer);
    close(loop->stop_fd);
    free(loop);
}

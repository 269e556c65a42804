#include "gateway/coap/store.h"

#include <stdlib.h>

#include "gateway/journal/journal_gate.h"
#include "shared/arena.h"
#include "shared/log.h"

#define PART "coap"

struct store {
    struct journal_options options;
    struct journal_writer *writer; /* NULL after a failed sync, until it is open again */
    struct journal_gate *gate;
    uint64_t epoch;
    unsigned rest; /* ticks before it may be opened anew once more */
    bool failing;
};

static enum err writer_open(struct store *store, struct fault *fault)
{
    struct journal_stand stand = {0};
    enum err err = journal_writer_open(&store->options, &store->writer, fault);

    if (err != ERR_OK) {
        store->writer = NULL;
        return err;
    }
    journal_gate_reopen(store->gate);
    err = journal_gate_look(store->gate, &stand, fault);
    store->epoch = stand.epoch;
    return err;
}

static void writer_drop(struct store *store)
{
    if (store->writer != NULL)
        journal_writer_close(store->writer);
    store->writer = NULL;
}

enum err store_open(const struct journal_options *options, struct store **store,
                    struct fault *fault)
{
    struct store *s = mem_alloc(1, sizeof *s);
    enum err err = ERR_OK;

    s->options = *options;
    s->gate = journal_gate_create(options->dir);
    err = writer_open(s, fault);
    if (err != ERR_OK) {
        store_close(s);
        return err;
    }
    *store = s;
    return ERR_OK;
}

void store_close(struct store *store)
{
    if (store == NULL)
        return;
    writer_drop(store);
    journal_gate_destroy(store->gate);
    free(store);
}

enum err store_append(struct store *store, const struct journal_entry *entry, uint64_t *position)
{
    return store->writer == NULL ? ERR_IO : journal_append(store->writer, entry, position);
}

bool store_synced(struct store *store, uint64_t *synced)
{
    *synced = 0;
    if (store->writer == NULL)
        return false;
    if (!journal_gate_synced(store->gate, store->epoch, synced))
        return true;
    log_error(PART,
              "%s could not be synced; what waits for it is not acknowledged. Opening it anew",
              store->options.dir);
    *synced = 0;
    writer_drop(store);
    return false;
}

void store_tick(struct store *store)
{
    struct fault fault = {0};
    uint64_t synced = 0;
    enum err err = ERR_OK;

    if (store->rest > 0)
        store->rest--;
    if (store->writer != NULL) {
        if (store_synced(store, &synced))
            journal_writer_prepare(store->writer);
        return; /* whoever holds something of this epoch must learn first that it failed */
    }
    if (store->rest > 0)
        return;
    store->rest = STORE_REST_TICKS;
    err = writer_open(store, &fault);
    if (err != ERR_OK) {
        writer_drop(store);
        if (!store->failing)
            log_error(PART, "%s; trying again", fault.text);
    } else {
        log_info(PART, "%s is open again", store->options.dir);
    }
    store->failing = err != ERR_OK;
}

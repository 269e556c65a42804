#include "gateway/pipeline.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "gateway/journal/journal.h"
#include "gateway/room.h"
#include "gateway/uplink/uplink.h"
#include "shared/arena.h"
#include "shared/log.h"

#define PART           "gateway"
#define AWAIT_MS       200
#define AFTER_FAULT_MS 1000
#define RATE_WEIGHT    0.1 /* of the latest 5 s in the mean rate: about a minute */

struct pipeline {
    struct pipeline_options options;
    struct sync_loop *sync;

    /* while there is a journal */
    struct journal_reader *reader;
    struct uplink *uplink;

    enum err said; /* the fault that was logged last */
    uint64_t appended_before;
    double entries_per_s;
};

enum err pipeline_open(const struct pipeline_options *options, struct pipeline **pipeline,
                       struct fault *fault)
{
    struct pipeline *p = mem_alloc(1, sizeof *p);
    enum err err = ERR_OK;

    p->options = *options;
    err = sync_loop_start(p->options.dir, &p->sync, fault);
    if (err != ERR_OK) {
        free(p);
        return err;
    }
    *pipeline = p;
    return ERR_OK;
}

static void detach(struct pipeline *p)
{
    uplink_destroy(p->uplink);
    journal_reader_close(p->reader);
    sync_loop_reopen(p->sync);
    p->uplink = NULL;
    p->reader = NULL;
}

void pipeline_close(struct pipeline *pipeline)
{
    if (pipeline == NULL)
        return;
    detach(pipeline);
    sync_loop_stop(pipeline->sync);
    free(pipeline);
}

struct sync_loop *pipeline_sync(struct pipeline *pipeline)
{
    return pipeline->sync;
}

/* ---- the journal ---- */

static void compare_budgets(const struct pipeline *p)
{
    struct journal_extent extent = {0};

    if (p->options.budget_bytes > 0 && journal_reader_extent(p->reader, &extent, NULL) == ERR_OK &&
        extent.bytes_budget != p->options.budget_bytes)
        log_warn(PART,
                 "the broker plugin keeps a journal of %llu bytes, journal.budget says %llu; set "
                 "journal_budget_bytes in mosquitto.conf to the same",
                 (unsigned long long)extent.bytes_budget,
                 (unsigned long long)p->options.budget_bytes);
}

static enum err attach_uplink(struct pipeline *p, struct fault *fault)
{
    struct uplink_options options = {.gateway = p->options.gateway,
                                     .reader = p->reader,
                                     .decode = p->options.decode,
                                     .transport = p->options.transport,
                                     .clock = p->options.clock,
                                     .linger_ms = p->options.linger_ms,
                                     .rows_max = p->options.rows_max,
                                     .bytes_max = UPLINK_BYTES_MAX};
    enum err err = ERR_OK;

    if (getrandom(&options.seed, sizeof options.seed, 0) != (ssize_t)sizeof options.seed)
        options.seed = (uint64_t)clock_wall_ms(p->options.clock);
    err = uplink_create(&options, &p->uplink, fault);
    if (err == ERR_OK && p->options.units_were_told)
        decode_units_were_told(p->options.decode);
    return err;
}

static enum err attach(struct pipeline *p, struct fault *fault)
{
    enum err err = journal_reader_open(p->options.dir, &p->reader, fault);

    if (err == ERR_OK)
        err = attach_uplink(p, fault);
    if (err != ERR_OK) {
        detach(p);
        return err;
    }
    compare_budgets(p);
    p->appended_before = uplink_counted(p->uplink)->cursor;
    log_info(PART, "reading %s from position %llu", p->options.dir,
             (unsigned long long)uplink_counted(p->uplink)->cursor);
    return ERR_OK;
}

/* Once for each fault in a row. */
static void say(struct pipeline *p, enum err err, const struct fault *fault)
{
    if (err != ERR_OK && err != p->said) {
        if (err == ERR_NOT_FOUND && p->uplink == NULL)
            log_info(PART, "waiting for %s to make a journal in %s", p->options.writer,
                     p->options.dir);
        else
            log_error(PART, "%s; trying again", fault->text);
    }
    p->said = err;
}

bool pipeline_step(struct pipeline *pipeline, int64_t *wait_ms)
{
    struct fault fault = {0};
    enum err err = ERR_OK;

    if (pipeline->uplink == NULL) {
        err = attach(pipeline, &fault);
        *wait_ms = err == ERR_OK ? 0 : AWAIT_MS;
        say(pipeline, err, &fault);
        return true;
    }
    err = uplink_step(pipeline->uplink, wait_ms, &fault);
    if (err == ERR_STOPPED)
        return false;
    if (err == ERR_CONFLICT) { /* another journal has taken this one's place */
        detach(pipeline);
        *wait_ms = 0;
        return true;
    }
    say(pipeline, err, &fault);
    if (err != ERR_OK)
        *wait_ms = AFTER_FAULT_MS;
    return true;
}

/* ---- where it stands ---- */

static double bytes_per_entry(const struct decode_counts *counts)
{
    double payload =
        counts->entries == 0 ? 0 : (double)counts->payload_bytes / (double)counts->entries;

    return payload + ROOM_ENTRY_OVERHEAD;
}

static void follow_rate(struct pipeline *p, uint64_t appended, int64_t every_ms)
{
    double latest = appended > p->appended_before
                        ? (double)(appended - p->appended_before) * 1000 / (double)every_ms
                        : 0;

    p->entries_per_s += (latest - p->entries_per_s) * RATE_WEIGHT;
    p->appended_before = appended;
}

void pipeline_stand(struct pipeline *pipeline, int64_t every_ms, struct metrics_journal *stand)
{
    memset(stand, 0, sizeof *stand);
    if (pipeline == NULL || pipeline->uplink == NULL ||
        journal_reader_extent(pipeline->reader, &stand->extent, NULL) != ERR_OK)
        return;
    stand->sent = uplink_counted(pipeline->uplink);
    follow_rate(pipeline, stand->extent.appended, every_ms);
    stand->room =
        room_of(&stand->extent, pipeline->entries_per_s *
                                    bytes_per_entry(decode_counted(pipeline->options.decode)));
}

#include "registry/ingest/ingest.h"

#include <string.h>
#include <time.h>

#include "registry/ingest/arrival.h"
#include "registry/store/store_events.h"
#include "registry/store/store_evidence.h"
#include "registry/store/store_finding_queue.h"
#include "registry/store/store_journals.h"
#include "registry/store/store_rejects.h"
#include "registry/store/store_retention.h"
#include "shared/when.h"

#define PAUSE_FIRST_MS 2
#define PAUSE_MAX_MS   100

_Static_assert(STORE_JOURNAL_ID_BYTES == BATCH_JOURNAL_ID_BYTES, "the store keeps the whole id");

/* A gateway drops a batch that is called malformed. So what the database says about itself
 * (read-only, another schema, a constraint) never counts as the batch's fault. */
static enum err not_the_batch(enum err err, struct fault *fault)
{
    if (err != ERR_INPUT && err != ERR_CONFLICT)
        return err;
    if (fault != NULL)
        fault->code = ERR_IO;
    return ERR_IO;
}

/* Decoding lets the same position stand in two rejects; here it would be stored twice. */
static enum err check_rejects(const struct batch *batch, struct fault *fault)
{
    for (size_t i = 1; i < batch->reject_count; i++)
        if (batch->rejects[i].position <= batch->rejects[i - 1].position)
            return fault_set(fault, ERR_INPUT, "batch: position %llu is rejected twice",
                             (unsigned long long)batch->rejects[i].position);
    return ERR_OK;
}

/* One batch on its way. Blocks of hours before `kept_from` are not stored: the samples of that time
 * were removed, and the hour's figures must not be made anew from what came late. */
struct delivery {
    struct sql *db;
    const struct batch *batch;
    int64_t now_ms;
    int64_t kept_from; /* hour */
    int64_t journal_no;
};

static bool is_past(const struct delivery *d, const struct batch_block *block)
{
    return block->hour < d->kept_from;
}

static int64_t rows_in(const struct delivery *d, bool past)
{
    int64_t rows = 0;

    for (size_t i = 0; i < d->batch->block_count; i++)
        if (is_past(d, &d->batch->blocks[i]) == past)
            rows += d->batch->blocks[i].rows;
    return rows;
}

static enum err find_kept(struct delivery *d, struct fault *fault)
{
    int64_t kept_from_ms = 0;
    enum err err = not_the_batch(store_kept_samples(d->db, &kept_from_ms, fault), fault);

    if (err == ERR_OK && kept_from_ms != STORE_KEPT_ALL)
        d->kept_from = when_hour_of(kept_from_ms);
    return err;
}

static enum err move_cursor(struct delivery *d, struct fault *fault)
{
    const struct batch *batch = d->batch;
    const struct store_advance advance = {
        .gateway = batch->gateway,
        .id = batch->journal_id,
        .from = (int64_t)batch->lost_from,
        .next = (int64_t)batch->next,
        .messages = (int64_t)(batch->next - batch->first - batch->damaged),
        .rows = rows_in(d, false),
        .rejects = (int64_t)batch->reject_count + rows_in(d, true),
        .damaged = (int64_t)batch->damaged,
        .lost = (int64_t)(batch->first - batch->lost_from),
        .now_ms = d->now_ms,
    };

    return not_the_batch(store_journal_advance(d->db, &advance, &d->journal_no, fault), fault);
}

/* The cursor does not stand where the batch begins: there already, or it does not fit. */
static enum err judge_cursor(const struct store_journal *journal, const struct batch *batch,
                             struct ingest_result *result, struct fault *fault)
{
    result->next = (uint64_t)journal->next;
    if (result->next >= batch->next)
        return ERR_OK;
    return fault_set(fault, ERR_CONFLICT,
                     "gateway %s: the batch begins at position %llu and %llu is expected; go on "
                     "from there",
                     batch->gateway, (unsigned long long)batch->lost_from,
                     (unsigned long long)result->next);
}

static enum err create_journal(const struct delivery *d, struct fault *fault)
{
    const struct batch *batch = d->batch;
    int64_t count = 0;
    enum err err = store_journals_count(d->db, batch->gateway, &count, fault);

    if (err == ERR_OK && count >= INGEST_JOURNALS_MAX)
        return fault_set(fault, ERR_FULL,
                         "gateway %s delivered from %d journals, and no more are taken of one: "
                         "look why it begins so many, and give it a certificate of another name",
                         batch->gateway, INGEST_JOURNALS_MAX);
    if (err == ERR_OK)
        err = store_journal_create(d->db, batch->gateway, batch->journal_id, d->now_ms, fault);
    return not_the_batch(err, fault);
}

/* Moves the cursor. The journal's number stays 0 when nothing is to be stored. */
static enum err claim(struct delivery *d, struct ingest_result *result, struct fault *fault)
{
    const struct batch *batch = d->batch;
    struct store_journal journal;
    enum err err = move_cursor(d, fault);

    if (err != ERR_OK || d->journal_no != 0)
        return err;
    err = store_journal_find(d->db, batch->gateway, batch->journal_id, &journal, fault);
    if (err == ERR_OK)
        return judge_cursor(&journal, batch, result, fault);
    if (err != ERR_NOT_FOUND)
        return not_the_batch(err, fault);
    if (batch->lost_from != 0) {
        const struct store_journal none = {.next = 0};
        return judge_cursor(&none, batch, result, fault);
    }
    err = create_journal(d, fault);
    return err == ERR_OK ? move_cursor(d, fault) : err;
}

/* As they came, in one piece: sorting.h makes blocks of it. A row for each block and each hour that
 * waits for the rollup would cost the database several times as much, while the gateway waits. */
static enum err put_blocks(const struct delivery *d, struct fault *fault)
{
    struct arena *arena = arena_create();
    struct store_block *blocks = ARENA_ARRAY(arena, struct store_block, d->batch->block_count + 1);
    struct store_arrival arrival = {.journal_no = d->journal_no,
                                    .first_position = (int64_t)d->batch->first,
                                    .arrived_ms = d->now_ms};
    size_t count = 0;
    enum err err = ERR_OK;

    for (size_t i = 0; i < d->batch->block_count; i++) {
        const struct batch_block *from = &d->batch->blocks[i];

        if (!is_past(d, from))
            blocks[count++] = (struct store_block){
                .unit = from->unit,
                .hour = from->hour,
                .part = (int64_t)i,
                .row_count = from->rows,
                .bytes = from->bytes,
                .len = from->len,
            };
    }
    if (count > 0) {
        arrival_encode(blocks, count, arena, &arrival);
        err = store_arrival_insert(d->db, &arrival, fault);
    }
    arena_destroy(arena);
    return err;
}

/* One reject for an hour of a unit, where its first row came from; it counts for all rows. */
static enum err put_past_block(const struct delivery *d, const struct batch_block *from,
                               struct arena *arena, struct fault *fault)
{
    char hour[WHEN_INSTANT_TEXT];
    struct block rows;
    struct store_reject reject = {
        .unit = from->unit, .journal_no = d->journal_no, .reason = "past-retention"};
    enum err err = block_decode(from->bytes, from->len, arena, &rows, fault);

    if (err != ERR_OK)
        return err;
    when_instant_format(from->hour * WHEN_HOUR_MS, hour);
    reject.received_ms = rows.rows[0].received_ms;
    reject.position = (int64_t)rows.rows[0].position;
    reject.format = rows.rows[0].format;
    reject.detail = arena_format(arena,
                                 "%u samples of the hour from %s came when samples of that time "
                                 "had been removed",
                                 from->rows, hour);
    return store_reject_insert_samples(d->db, &reject, from->rows, fault);
}

static enum err put_past(const struct delivery *d, struct fault *fault)
{
    struct arena *arena = arena_create();
    enum err err = ERR_OK;

    for (size_t i = 0; err == ERR_OK && i < d->batch->block_count; i++)
        if (is_past(d, &d->batch->blocks[i])) {
            err = put_past_block(d, &d->batch->blocks[i], arena, fault);
            arena_reset(arena);
        }
    arena_destroy(arena);
    return err;
}

static enum err put_rejects(const struct delivery *d, struct fault *fault)
{
    const struct batch *batch = d->batch;
    enum err err = ERR_OK;

    for (size_t i = 0; err == ERR_OK && i < batch->reject_count; i++) {
        const struct batch_reject *from = &batch->rejects[i];
        const struct store_reject reject = {
            .unit = from->unit,
            .received_ms = from->received_ms,
            .journal_no = d->journal_no,
            .position = (int64_t)from->position,
            .format = from->format,
            .reason = from->reason,
            .detail = from->detail,
            .at_byte = (int64_t)from->at_byte,
            .payload = from->payload,
            .payload_len = from->payload_len,
        };
        err = store_reject_insert(d->db, &reject, fault);
    }
    return err;
}

/* A number stands in every frame: it is counted, the others are kept one by one. An alarm comes
 * without samples, so the findings hear of it here. */
static enum err put_event(const struct delivery *d, const struct batch_event *from, int64_t ordinal,
                          struct fault *fault)
{
    const struct store_vin vin = {from->unit, from->text, from->at_ms, from->at_ms, from->number};
    const struct store_event event = {
        .unit = from->unit,
        .at_ms = from->at_ms,
        .journal_no = d->journal_no,
        .position = (int64_t)from->position,
        .ordinal = ordinal,
        .received_ms = from->received_ms,
        .kind = from->kind,
        .number = from->number,
        .text = from->text,
    };

    enum err err = ERR_OK;

    if (from->kind == CODEC_EVENT_VIN)
        return store_vin_add(d->db, &vin, fault);
    err = store_event_insert(d->db, &event, fault);
    if (err == ERR_OK && from->kind == CODEC_EVENT_TAMPER)
        err = store_finding_queue_put(d->db, FINDING_OF_UNIT, from->unit, 0, d->now_ms, fault);
    return err;
}

static enum err put_events(const struct delivery *d, struct fault *fault)
{
    const struct batch *batch = d->batch;
    int64_t ordinal = 0;
    enum err err = ERR_OK;

    for (size_t i = 0; err == ERR_OK && i < batch->event_count; i++) {
        const struct batch_event *event = &batch->events[i];

        ordinal = i > 0 && event[-1].position == event->position ? ordinal + 1 : 0;
        err = put_event(d, event, ordinal, fault);
    }
    return err;
}

static enum err put_evidence(const struct delivery *d, struct fault *fault)
{
    const struct batch *batch = d->batch;
    enum err err = ERR_OK;

    for (size_t i = 0; err == ERR_OK && i < batch->evidence_count; i++) {
        const struct batch_evidence *from = &batch->evidence[i];
        const struct store_evidence evidence = {
            .unit = from->unit,
            .journal_no = d->journal_no,
            .position = (int64_t)from->position,
            .received_ms = from->received_ms,
            .format = from->format,
            .payload = from->payload,
            .len = from->payload_len,
        };
        err = store_evidence_insert(d->db, &evidence, STORE_EVIDENCE_BYTES, fault);
    }
    return err;
}

typedef enum err put_part(const struct delivery *d, struct fault *fault);

static enum err store(struct sql *db, int64_t now_ms, const struct batch *batch,
                      struct ingest_result *result, struct fault *fault)
{
    /* A payload can have samples that are too old and a fault behind them: put_past gives way. */
    static put_part *const parts[] = {put_blocks, put_rejects, put_past, put_events, put_evidence};
    struct delivery d = {.db = db, .batch = batch, .now_ms = now_ms, .kept_from = INT64_MIN};
    enum err err = find_kept(&d, fault);

    if (err == ERR_OK)
        err = claim(&d, result, fault);
    if (err != ERR_OK || d.journal_no == 0)
        return err;
    for (size_t i = 0; err == ERR_OK && i < sizeof parts / sizeof parts[0]; i++)
        err = parts[i](&d, fault);
    result->stored = true;
    result->next = batch->next;
    return not_the_batch(err, fault);
}

static enum err store_once(struct sql *db, int64_t now_ms, const struct batch *batch,
                           struct ingest_result *result, struct fault *fault)
{
    enum err err = sql_begin(db, SQL_WRITE_SHARED, fault);

    *result = (struct ingest_result){.stored = false};
    if (err != ERR_OK)
        return not_the_batch(err, fault);
    err = store(db, now_ms, batch, result, fault);
    if (err == ERR_OK && result->stored)
        return not_the_batch(sql_commit(db, fault), fault);
    sql_rollback(db);
    return err;
}

static void pause_ms(int64_t ms)
{
    const struct timespec pause = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};

    nanosleep(&pause, NULL);
}

/* A second try after an unknown outcome finds the cursor moved when the first was committed; it was
 * this call that stored the batch then. */
enum err ingest_batch(struct sql *db, const struct clock *clock, int64_t deadline_ms,
                      const struct batch *batch, struct ingest_result *result, struct fault *fault)
{
    int64_t pause = PAUSE_FIRST_MS;
    bool unknown = false;
    enum err err = check_rejects(batch, fault);

    *result = (struct ingest_result){.stored = false};
    if (err != ERR_OK)
        return err;
    for (;;) {
        err = store_once(db, clock_wall_ms(clock), batch, result, fault);
        if (err == ERR_OK && unknown)
            result->stored = true;
        unknown = unknown || err == ERR_UNKNOWN_OUTCOME;
        if ((err != ERR_BUSY && err != ERR_UNKNOWN_OUTCOME) ||
            clock_mono_ms(clock) + pause > deadline_ms)
            return err;
        pause_ms(pause);
        pause = pause * 2 < PAUSE_MAX_MS ? pause * 2 : PAUSE_MAX_MS;
    }
}

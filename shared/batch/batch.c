/*
 * struct batch ⇄ protobuf ⇄ zstd. Layout and rules: batch.proto. What decoding lets through, the
 * registry stores without looking again, so every rule is checked here.
 */
#include "shared/batch/batch.h"

#include <string.h>

#include "shared/batch/batch.pb-c.h"
#include "shared/batch/entry.h"
#include "shared/batch/events.h"
#include "shared/batch/evidence.h"
#include "shared/batch/frame.h"
#include "shared/batch/text.h"
#include "shared/batch/unpack.h"

/* What the lists take at most when they are decoded. */
#define LISTS_BYTES_MAX (BATCH_PARTS_MAX * sizeof(struct batch_event))

_Static_assert(sizeof(struct batch_block) <= sizeof(struct batch_event) &&
                   sizeof(struct batch_reject) <= sizeof(struct batch_event) &&
                   sizeof(struct batch_evidence) <= sizeof(struct batch_event),
               "an event is the largest part");

/* ---- encoding ---- */

static Evroll__UnitBlock **wire_blocks(const struct batch *batch, struct arena *arena)
{
    Evroll__UnitBlock **list = ARENA_ARRAY(arena, Evroll__UnitBlock *, batch->block_count);
    Evroll__UnitBlock *items = ARENA_ARRAY(arena, Evroll__UnitBlock, batch->block_count);

    for (size_t i = 0; i < batch->block_count; i++) {
        struct batch_block *block = &batch->blocks[i];

        evroll__unit_block__init(&items[i]);
        items[i].unit = block->unit;
        items[i].block = (ProtobufCBinaryData){block->len, (uint8_t *)block->bytes};
        list[i] = &items[i];
    }
    return list;
}

static void wire_reject(const struct batch_reject *reject, struct arena *arena,
                        Evroll__Reject *item)
{
    evroll__reject__init(item);
    item->position = reject->position;
    item->unit = arena_text(arena, reject->unit);
    item->format = (uint32_t)reject->format;
    item->received_ms = reject->received_ms;
    item->reason = arena_text(arena, reject->reason);
    item->detail = arena_text(arena, reject->detail);
    item->at_byte = reject->at_byte;
    item->payload = (ProtobufCBinaryData){reject->payload_len, (uint8_t *)reject->payload};
}

static Evroll__Reject **wire_rejects(const struct batch *batch, struct arena *arena)
{
    Evroll__Reject **list = ARENA_ARRAY(arena, Evroll__Reject *, batch->reject_count);
    Evroll__Reject *items = ARENA_ARRAY(arena, Evroll__Reject, batch->reject_count);

    for (size_t i = 0; i < batch->reject_count; i++) {
        wire_reject(&batch->rejects[i], arena, &items[i]);
        list[i] = &items[i];
    }
    return list;
}

static enum err seal(const uint8_t *plain, size_t plain_len, struct arena *arena, uint8_t **bytes,
                     size_t *len, struct fault *fault)
{
    enum err err = frame_seal(plain, plain_len, arena, bytes, len, fault);

    if (err == ERR_OK && *len > BATCH_LINE_BYTES_MAX)
        err = fault_set(fault, ERR_FULL, "batch: %zu bytes compressed, at most %u are sent at once",
                        *len, BATCH_LINE_BYTES_MAX);
    return err;
}

enum err batch_encode(const struct batch *batch, struct arena *arena, uint8_t **bytes, size_t *len,
                      struct fault *fault)
{
    Evroll__Batch message = EVROLL__BATCH__INIT;
    uint8_t *plain = NULL;
    size_t plain_len = 0;
    size_t parts =
        batch->block_count + batch->reject_count + batch->event_count + batch->evidence_count;

    if (parts > BATCH_PARTS_MAX)
        return fault_set(fault, ERR_FULL, "batch: %zu parts, at most %u are sent at once", parts,
                         BATCH_PARTS_MAX);
    message.gateway = arena_text(arena, batch->gateway);
    message.journal_id = (ProtobufCBinaryData){
        BATCH_JOURNAL_ID_BYTES, arena_copy(arena, batch->journal_id, BATCH_JOURNAL_ID_BYTES)};
    message.first = batch->first;
    message.next = batch->next;
    message.lost = batch->first - batch->lost_from;
    message.damaged = batch->damaged;
    message.n_blocks = batch->block_count;
    message.blocks = wire_blocks(batch, arena);
    message.n_rejects = batch->reject_count;
    message.rejects = wire_rejects(batch, arena);
    events_pack(batch, arena, &message);
    evidence_pack(batch, arena, &message);
    plain_len = evroll__batch__get_packed_size(&message);
    if (plain_len > BATCH_PLAIN_BYTES_MAX)
        return fault_set(fault, ERR_FULL, "batch: %zu bytes, at most %u are sent at once",
                         plain_len, BATCH_PLAIN_BYTES_MAX);
    plain = arena_alloc(arena, plain_len + 1, 1);
    (void)evroll__batch__pack(&message, plain);
    return seal(plain, plain_len, arena, bytes, len, fault);
}

/* ---- decoding ---- */

struct checker {
    const Evroll__Batch *message;
    struct batch *batch;
    struct arena *arena;   /* of the result */
    struct arena *scratch; /* of one block's rows */
    uint64_t rows;
    struct fault *fault;
};

static enum err check_header(const struct checker *c)
{
    const Evroll__Batch *m = c->message;
    struct batch *batch = c->batch;

    if (m->base.n_unknown_fields > 0)
        return fault_set(c->fault, ERR_INPUT, "unknown fields");
    if (m->journal_id.len != BATCH_JOURNAL_ID_BYTES)
        return fault_set(c->fault, ERR_INPUT, "the journal id has %zu bytes, not %d",
                         m->journal_id.len, BATCH_JOURNAL_ID_BYTES);
    if (m->first > m->next || m->next > BATCH_POSITION_MAX || m->lost > m->first ||
        m->damaged > m->next - m->first)
        return fault_set(
            c->fault, ERR_INPUT,
            "positions out of order or above 2^48: first %llu, next %llu, lost %llu, damaged %llu",
            (unsigned long long)m->first, (unsigned long long)m->next, (unsigned long long)m->lost,
            (unsigned long long)m->damaged);
    memcpy(batch->journal_id, m->journal_id.data, BATCH_JOURNAL_ID_BYTES);
    batch->first = m->first;
    batch->next = m->next;
    batch->lost_from = m->first - m->lost;
    batch->damaged = m->damaged;
    return entry_name(m->gateway, batch->gateway, c->fault);
}

static enum err check_rows(const struct checker *c, const struct block *rows, int64_t hour)
{
    for (size_t i = 0; i < rows->count; i++) {
        const struct block_row *row = &rows->rows[i];

        if (when_hour_of(row->sample.at_ms) != hour)
            return fault_set(c->fault, ERR_INPUT, "row %zu lies in another hour than row 0", i);
        if (!entry_inside(c->batch, row->position) || row->source != 0)
            return fault_set(c->fault, ERR_INPUT, "row %zu comes from outside the batch", i);
    }
    return ERR_OK;
}

static enum err check_block(struct checker *c, const Evroll__UnitBlock *m,
                            struct batch_block *block)
{
    struct block rows = {0};
    enum err err = entry_name(m->unit, block->unit, c->fault);

    if (err == ERR_OK && m->base.n_unknown_fields > 0)
        err = fault_set(c->fault, ERR_INPUT, "unknown fields");
    if (err == ERR_OK)
        err = block_decode(m->block.data, m->block.len, c->scratch, &rows, c->fault);
    if (err != ERR_OK)
        return err;
    c->rows += rows.count;
    if (c->rows > BATCH_ROWS_MAX)
        return fault_set(c->fault, ERR_INPUT, "more than %u rows", BATCH_ROWS_MAX);
    block->hour = when_hour_of(rows.rows[0].sample.at_ms);
    block->rows = (uint32_t)rows.count;
    block->bytes = m->block.data;
    block->len = m->block.len;
    return check_rows(c, &rows, block->hour);
}

static enum err check_blocks(struct checker *c)
{
    enum err err = ERR_OK;

    c->batch->block_count = c->message->n_blocks;
    c->batch->blocks = ARENA_ARRAY(c->arena, struct batch_block, c->message->n_blocks);
    for (size_t i = 0; err == ERR_OK && i < c->message->n_blocks; i++) {
        arena_reset(c->scratch);
        err = check_block(c, c->message->blocks[i], &c->batch->blocks[i]);
        if (err != ERR_OK)
            fault_prefix(c->fault, "block %zu", i);
    }
    return err;
}

static enum err check_reject(const struct checker *c, const Evroll__Reject *m,
                             struct batch_reject *reject)
{
    if (m->base.n_unknown_fields > 0 || !entry_inside(c->batch, m->position))
        return fault_set(c->fault, ERR_INPUT, "unknown fields or a position outside the batch");
    if (m->format > UINT8_MAX || !entry_instant_ok(m->received_ms) || m->at_byte > INT64_MAX)
        return fault_set(c->fault, ERR_INPUT, "format, arrival or byte out of range");
    if (m->payload.len > BATCH_PAYLOAD_MAX || strlen(m->detail) > BATCH_DETAIL_MAX ||
        !text_is_word(m->reason, BATCH_REASON_MAX) || !text_is_line(m->detail))
        return fault_set(c->fault, ERR_INPUT, "payload, reason or detail is not what is allowed");
    reject->position = m->position;
    reject->format = (enum format)m->format;
    reject->received_ms = m->received_ms;
    reject->reason = m->reason;
    reject->detail = m->detail;
    reject->at_byte = m->at_byte;
    reject->payload = m->payload.data;
    reject->payload_len = m->payload.len;
    return entry_name(m->unit, reject->unit, c->fault);
}

static enum err check_rejects(const struct checker *c)
{
    struct batch_reject *rejects =
        ARENA_ARRAY(c->arena, struct batch_reject, c->message->n_rejects);
    enum err err = ERR_OK;

    c->batch->reject_count = c->message->n_rejects;
    c->batch->rejects = rejects;
    for (size_t i = 0; err == ERR_OK && i < c->message->n_rejects; i++) {
        err = check_reject(c, c->message->rejects[i], &rejects[i]);
        if (err == ERR_OK && i > 0 && rejects[i].position < rejects[i - 1].position)
            err = fault_set(c->fault, ERR_INPUT, "not in order of position");
        if (err != ERR_OK)
            fault_prefix(c->fault, "reject %zu", i);
    }
    return err;
}

/* Before memory is taken for the lists. */
static enum err check_parts(const struct checker *c)
{
    const Evroll__Batch *m = c->message;
    size_t parts = m->n_blocks + m->n_rejects + m->n_events + m->n_evidence;

    if (parts > BATCH_PARTS_MAX)
        return fault_set(c->fault, ERR_INPUT, "%zu parts, at most %u are taken", parts,
                         BATCH_PARTS_MAX);
    return ERR_OK;
}

static enum err check_message(struct checker *c)
{
    enum err err = check_header(c);

    if (err == ERR_OK)
        err = check_parts(c);
    if (err == ERR_OK)
        err = check_blocks(c);
    if (err == ERR_OK)
        err = check_rejects(c);
    if (err == ERR_OK)
        err = events_unpack(c->message, c->arena, c->batch, c->fault);
    return err == ERR_OK ? evidence_unpack(c->message, c->arena, c->batch, c->fault) : err;
}

enum err batch_decode(const uint8_t *bytes, size_t len, struct arena *arena, struct batch *batch,
                      struct fault *fault)
{
    struct checker checker = {.batch = batch, .arena = arena, .fault = fault};
    size_t arena_most = arena_bytes(arena) + BATCH_MEMORY_BYTES_MAX - LISTS_BYTES_MAX;
    uint8_t *plain = NULL;
    size_t plain_len = 0;
    enum err err = ERR_OK;

    memset(batch, 0, sizeof *batch);
    if (len > BATCH_LINE_BYTES_MAX)
        err = fault_set(fault, ERR_INPUT, "%zu bytes, at most %u are taken", len,
                        BATCH_LINE_BYTES_MAX);
    if (err == ERR_OK)
        err = frame_open(bytes, len, BATCH_PLAIN_BYTES_MAX, arena, &plain, &plain_len, fault);
    if (err == ERR_OK) {
        checker.message =
            unpack_message(&evroll__batch__descriptor, plain, plain_len, arena_most, arena);
        checker.scratch = arena_create();
        err = checker.message != NULL
                  ? check_message(&checker)
                  : fault_set(fault, ERR_INPUT,
                              "%zu bytes are no Batch of batch.proto, or one of too many parts; "
                              "send half of them",
                              plain_len);
        arena_destroy(checker.scratch);
    }
    if (err != ERR_OK)
        fault_prefix(fault, "batch");
    return err;
}

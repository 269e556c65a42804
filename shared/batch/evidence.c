#include "shared/batch/evidence.h"

#include "shared/batch/entry.h"

static void pack_one(const struct batch_evidence *evidence, Evroll__Evidence *item)
{
    evroll__evidence__init(item);
    item->position = evidence->position;
    item->unit = (char *)evidence->unit;
    item->format = (uint32_t)evidence->format;
    item->received_ms = evidence->received_ms;
    item->payload = (ProtobufCBinaryData){evidence->payload_len, (uint8_t *)evidence->payload};
}

void evidence_pack(const struct batch *batch, struct arena *arena, Evroll__Batch *message)
{
    Evroll__Evidence *items = ARENA_ARRAY(arena, Evroll__Evidence, batch->evidence_count);

    message->n_evidence = batch->evidence_count;
    message->evidence = ARENA_ARRAY(arena, Evroll__Evidence *, batch->evidence_count);
    for (size_t i = 0; i < batch->evidence_count; i++) {
        pack_one(&batch->evidence[i], &items[i]);
        message->evidence[i] = &items[i];
    }
}

static enum err unpack_one(const Evroll__Evidence *m, const struct batch *batch,
                           struct batch_evidence *evidence, struct fault *fault)
{
    if (m->base.n_unknown_fields > 0 || !entry_inside(batch, m->position))
        return fault_set(fault, ERR_INPUT, "unknown fields or a position outside the batch");
    if (m->format > UINT8_MAX || !entry_instant_ok(m->received_ms) ||
        m->payload.len > BATCH_PAYLOAD_MAX)
        return fault_set(fault, ERR_INPUT, "format, arrival or payload out of range");
    evidence->position = m->position;
    evidence->format = (enum format)m->format;
    evidence->received_ms = m->received_ms;
    evidence->payload = m->payload.data;
    evidence->payload_len = m->payload.len;
    return entry_name(m->unit, evidence->unit, fault);
}

enum err evidence_unpack(const Evroll__Batch *message, struct arena *arena, struct batch *batch,
                         struct fault *fault)
{
    struct batch_evidence *list = ARENA_ARRAY(arena, struct batch_evidence, message->n_evidence);
    enum err err = ERR_OK;

    for (size_t i = 0; err == ERR_OK && i < message->n_evidence; i++) {
        err = unpack_one(message->evidence[i], batch, &list[i], fault);
        if (err == ERR_OK && i > 0 && list[i].position <= list[i - 1].position)
            err = fault_set(fault, ERR_INPUT, "not in order of position, or two of one");
        if (err != ERR_OK)
            fault_prefix(fault, "evidence %zu", i);
    }
    batch->evidence = list;
    batch->evidence_count = message->n_evidence;
    return err;
}

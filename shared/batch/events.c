#include "shared/batch/events.h"

#include <string.h>

#include "shared/batch/entry.h"
#include "shared/batch/text.h"

const char *batch_event_name(enum codec_event_kind kind)
{
    static const char *const names[CODEC_EVENT_COUNT] = {
        [CODEC_EVENT_VIN] = "vin",
        [CODEC_EVENT_LOGIN] = "login",
        [CODEC_EVENT_LOGOUT] = "logout",
        [CODEC_EVENT_HEARTBEAT] = "heartbeat",
        [CODEC_EVENT_TIME_SYNC] = "time-sync",
        [CODEC_EVENT_ACTIVATION] = "activation",
        [CODEC_EVENT_TAMPER] = "tamper",
        [CODEC_EVENT_ENCRYPTED] = "encrypted",
        [CODEC_EVENT_ALARM] = "alarm",
    };

    return (unsigned)kind < CODEC_EVENT_COUNT ? names[kind] : NULL;
}

static void pack_one(const struct batch_event *event, Evroll__Event *item)
{
    evroll__event__init(item);
    item->position = event->position;
    item->unit = (char *)event->unit;
    item->received_ms = event->received_ms;
    item->at_ms = event->at_ms;
    item->kind = (uint32_t)event->kind;
    item->number = event->number;
    item->text = (char *)event->text;
}

void events_pack(const struct batch *batch, struct arena *arena, Evroll__Batch *message)
{
    Evroll__Event *items = ARENA_ARRAY(arena, Evroll__Event, batch->event_count);

    message->n_events = batch->event_count;
    message->events = ARENA_ARRAY(arena, Evroll__Event *, batch->event_count);
    for (size_t i = 0; i < batch->event_count; i++) {
        pack_one(&batch->events[i], &items[i]);
        message->events[i] = &items[i];
    }
}

static enum err unpack_one(const Evroll__Event *m, const struct batch *batch,
                           struct batch_event *event, struct fault *fault)
{
    if (m->base.n_unknown_fields > 0 || !entry_inside(batch, m->position))
        return fault_set(fault, ERR_INPUT, "unknown fields or a position outside the batch");
    if (!entry_instant_ok(m->received_ms) || !entry_instant_ok(m->at_ms) || m->kind < 1 ||
        m->kind > BATCH_EVENT_KIND_MAX)
        return fault_set(fault, ERR_INPUT, "kind, arrival or time out of range");
    if (m->kind == CODEC_EVENT_VIN && (m->number < 1 || m->number > INT32_MAX))
        return fault_set(fault, ERR_INPUT, "a vin stands in no payload, or in too many");
    if (!text_is_ascii(m->text, CODEC_EVENT_TEXT_MAX))
        return fault_set(fault, ERR_INPUT, "text is not up to %d printable ASCII characters",
                         CODEC_EVENT_TEXT_MAX);
    event->position = m->position;
    event->received_ms = m->received_ms;
    event->at_ms = m->at_ms;
    event->kind = (enum codec_event_kind)m->kind;
    event->number = m->number;
    memcpy(event->text, m->text, strlen(m->text) + 1);
    return entry_name(m->unit, event->unit, fault);
}

enum err events_unpack(const Evroll__Batch *message, struct arena *arena, struct batch *batch,
                       struct fault *fault)
{
    struct batch_event *events = ARENA_ARRAY(arena, struct batch_event, message->n_events);
    enum err err = ERR_OK;

    for (size_t i = 0; err == ERR_OK && i < message->n_events; i++) {
        err = unpack_one(message->events[i], batch, &events[i], fault);
        if (err == ERR_OK && i > 0 && events[i].position < events[i - 1].position)
            err = fault_set(fault, ERR_INPUT, "not in order of position");
        if (err != ERR_OK)
            fault_prefix(fault, "event %zu", i);
    }
    batch->events = events;
    batch->event_count = message->n_events;
    return err;
}

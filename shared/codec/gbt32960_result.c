/*
 * What a payload says, as it is being gathered: events, and samples that end up in order of time,
 * one for each instant.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "shared/codec/frame_time.h"
#include "shared/codec/gbt32960_internal.h"

#define REPORT_BYTES_MIN (GBT32960_FRAME_BYTES_MIN + FRAME_TIME_SIZE)
#define EVENTS_FIRST     4

_Static_assert(CODEC_PAYLOAD_MAX / REPORT_BYTES_MIN < CODEC_SAMPLES_MAX,
               "a payload of reports keeps within the samples of a payload");

/* ---- events ---- */

void gbt32960_text(char *text, const uint8_t *bytes, size_t len)
{
    assert(len <= CODEC_EVENT_TEXT_MAX);
    while (len > 0 && (bytes[len - 1] == 0 || bytes[len - 1] == ' '))
        len--;
    for (size_t i = 0; i < len; i++)
        text[i] = bytes[i] >= 0x20 && bytes[i] <= 0x7e ? (char)bytes[i] : '?';
    text[len] = '\0';
}

static void events_grow(struct gbt32960_decoder *d)
{
    size_t room = d->event_room == 0 ? EVENTS_FIRST : d->event_room * 2;
    struct codec_event *events = ARENA_ARRAY(d->arena, struct codec_event, room);

    if (d->event_room > 0)
        memcpy(events, d->result->events, d->event_room * sizeof events[0]);
    d->result->events = events;
    d->event_room = room;
}

void gbt32960_event(struct gbt32960_decoder *d, enum codec_event_kind kind, int64_t at_ms,
                    int64_t number, const char *text)
{
    struct codec_event *event = NULL;

    if (d->result->event_count == CODEC_EVENTS_MAX) {
        (void)gbt32960_refuse(d, GBT32960_TOO_MANY_EVENTS, 0,
                              "the frames tell more than %d events; send them in several payloads",
                              CODEC_EVENTS_MAX);
        return;
    }
    if (d->result->event_count == d->event_room)
        events_grow(d);
    event = &d->result->events[d->result->event_count++];
    *event = (struct codec_event){.at_ms = at_ms, .kind = kind, .number = number};
    if (text != NULL)
        strncpy(event->text, text, sizeof event->text - 1);
}

/* Most payloads have one number, so the one before settles it. */
void gbt32960_vin(struct gbt32960_decoder *d, const struct gbt32960_frame *frame, int64_t at_ms)
{
    char text[CODEC_EVENT_TEXT_MAX + 1];

    if (d->last_vin != NULL && memcmp(d->last_vin, frame->vin, GBT32960_VIN_BYTES) == 0)
        return;
    d->last_vin = frame->vin;
    gbt32960_text(text, frame->vin, GBT32960_VIN_BYTES);
    for (size_t i = 0; i < d->result->event_count; i++) {
        const struct codec_event *event = &d->result->events[i];
        if (event->kind == CODEC_EVENT_VIN && strcmp(event->text, text) == 0)
            return;
    }
    gbt32960_event(d, CODEC_EVENT_VIN, at_ms, 0, text);
}

/* ---- samples ---- */

static uint32_t states(const struct sample *s)
{
    return s->present | s->invalid | s->abnormal | s->out_of_range;
}

/* Of two states the worse one holds for both: what is not signed at all is worth less than a
 * signature that could be checked later. */
static uint8_t signature_join(uint8_t a, uint8_t b)
{
    static const uint8_t worth[SIGNATURE_COUNT] = {
        [SIGNATURE_BAD] = 0, [SIGNATURE_NONE] = 1, [SIGNATURE_UNKNOWN] = 2, [SIGNATURE_GOOD] = 3};

    return worth[a] <= worth[b] ? a : b;
}

/* `from` came later and says something about the same instant. */
static void sample_join(struct sample *into, const struct sample *from)
{
    uint32_t numbers = from->present & ~into->present;
    uint32_t marks = states(from) & ~from->present & ~states(into);

    for (uint32_t left = numbers; left != 0; left &= left - 1) {
        enum signal_id id = (enum signal_id)__builtin_ctz(left);
        sample_set(into, id, from->value[id]);
    }
    into->invalid |= from->invalid & marks;
    into->abnormal |= from->abnormal & marks;
    into->out_of_range |= from->out_of_range & marks;
    into->signature = signature_join(into->signature, from->signature);
}

void gbt32960_sample_add(struct gbt32960_decoder *d, const struct sample *sample)
{
    struct codec_result *result = d->result;

    if (result->samples == NULL)
        result->samples =
            ARENA_ARRAY(d->arena, struct sample, d->input->len / REPORT_BYTES_MIN + 1);
    if (result->count > 0) {
        struct sample *last = &result->samples[result->count - 1];
        if (last->at_ms == sample->at_ms) {
            sample_join(last, sample);
            return;
        }
        d->unordered |= sample->at_ms < last->at_ms;
    }
    result->samples[result->count++] = *sample;
}

struct place {
    int64_t at_ms;
    size_t index; /* among the samples as they came */
};

static int by_time_then_index(const void *left, const void *right)
{
    const struct place *a = left;
    const struct place *b = right;

    if (a->at_ms != b->at_ms)
        return a->at_ms < b->at_ms ? -1 : 1;
    return a->index < b->index ? -1 : 1;
}

void gbt32960_samples_settle(struct gbt32960_decoder *d)
{
    struct codec_result *result = d->result;
    const struct sample *came = result->samples;
    size_t count = result->count;
    struct place *order = NULL;

    if (!d->unordered)
        return;
    order = ARENA_ARRAY(d->arena, struct place, count);
    for (size_t i = 0; i < count; i++)
        order[i] = (struct place){.at_ms = came[i].at_ms, .index = i};
    qsort(order, count, sizeof order[0], by_time_then_index);
    result->samples = NULL;
    result->count = 0;
    for (size_t i = 0; i < count; i++)
        gbt32960_sample_add(d, &came[order[i].index]);
}

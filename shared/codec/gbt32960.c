/*
 * The way of a payload: walk finds one frame after the other; frame_take checks what a frame is and
 * hands its data unit to the command's row in the table; samples_settle brings the samples in order.
 */
#include "shared/codec/gbt32960.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "shared/codec/gbt32960_internal.h"
#include "shared/when.h"

#define FRAME_BYTES_MIN  (GBT32960_HEAD_BYTES + 1)
#define REPORT_BYTES_MIN (FRAME_BYTES_MIN + GBT32960_TIME_BYTES)
#define EVENTS_FIRST     4
#define ICCID_BYTES      20
#define CHIP_BYTES       16
#define PACK_CODE_BYTES  24 /* GB/T 34014 */

_Static_assert(CODEC_PAYLOAD_MAX / REPORT_BYTES_MIN < CODEC_SAMPLES_MAX,
               "a payload of reports keeps within the samples of a payload");

const char *gbt32960_reason_word(enum gbt32960_reason reason)
{
    static const char *const words[GBT32960_REASON_COUNT] = {
#define WORD(id, word, meaning) [GBT32960_##id] = (word),
        GBT32960_REASONS(WORD)
#undef WORD
    };

    assert((unsigned)reason < GBT32960_REASON_COUNT);
    return words[reason];
}

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

/* Once for each number in the payload. Most payloads have one, so the one before settles it. */
static void vin_tell(struct gbt32960_decoder *d, const struct gbt32960_frame *frame, int64_t at_ms)
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

/* Good only where everything is; one bad signature spoils the instant. */
static uint8_t signature_join(uint8_t a, uint8_t b)
{
    static const uint8_t weight[SIGNATURE_COUNT] = {
        [SIGNATURE_GOOD] = 0, [SIGNATURE_NONE] = 1, [SIGNATURE_UNKNOWN] = 2, [SIGNATURE_BAD] = 3};

    return weight[a] >= weight[b] ? a : b;
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

/* In order of time, one for each instant. */
static void samples_settle(struct gbt32960_decoder *d)
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

/* ---- data units ---- */

static enum err truncated(struct gbt32960_decoder *d, const struct wire *body, const char *what)
{
    return gbt32960_refuse(d, GBT32960_TRUNCATED_DATA_UNIT, body->pos,
                           "the data unit ends in the middle of the %s", what);
}

/* Collection time: six binary bytes, year from 2000, UTC+8. */
static enum err time_read(struct gbt32960_decoder *d, struct wire *body, int64_t *at_ms)
{
    static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const uint8_t *t = wire_bytes(body, GBT32960_TIME_BYTES);
    bool leap = false;

    if (t == NULL)
        return truncated(d, body, "time");
    leap = t[0] % 4 == 0; /* of 2000 to 2099 */
    if (t[0] > 99 || t[1] < 1 || t[1] > 12 || t[2] < 1 ||
        t[2] > days[t[1] - 1] + (t[1] == 2 && leap ? 1 : 0) || t[3] > 23 || t[4] > 59 || t[5] > 59)
        return gbt32960_refuse(d, GBT32960_IMPOSSIBLE_TIME, body->pos - GBT32960_TIME_BYTES,
                               "there is no time 20%02u-%02u-%02u %02u:%02u:%02u", t[0], t[1], t[2],
                               t[3], t[4], t[5]);
    *at_ms = when_day((struct when_date){.year = 2000 + t[0], .month = t[1], .day = t[2]}) *
                 WHEN_DAY_MS +
             ((t[3] * 60 + t[4]) * 60 + t[5]) * WHEN_SECOND_MS - WHEN_ZONE_MS;
    return ERR_OK;
}

static size_t count_of(uint8_t byte)
{
    return byte >= 0xFE ? 0 : byte;
}

/* The codes of batteries behind the ICCID: 2016 n codes of m bytes, 2025 a count for each system. */
static void login_codes_skip(const struct gbt32960_frame *frame, struct wire *body)
{
    size_t n = count_of(wire_u8(body));
    size_t codes = 0;

    if (frame->edition == GBT32960_2016) {
        wire_skip(body, n * count_of(wire_u8(body)));
        return;
    }
    for (size_t i = 0; i < n; i++)
        codes += count_of(wire_u8(body));
    wire_skip(body, codes * PACK_CODE_BYTES);
}

static void login_take(struct gbt32960_decoder *d, const struct gbt32960_frame *frame,
                       struct wire *body, int64_t at_ms)
{
    uint16_t serial = wire_be16(body);
    const uint8_t *iccid = wire_bytes(body, ICCID_BYTES);
    char text[CODEC_EVENT_TEXT_MAX + 1];

    if (iccid != NULL) {
        gbt32960_text(text, iccid, ICCID_BYTES);
        gbt32960_event(d, CODEC_EVENT_LOGIN, at_ms, serial, text);
        login_codes_skip(frame, body);
    }
    if (!wire_ok(body))
        (void)truncated(d, body, "login");
}

static void logout_take(struct gbt32960_decoder *d, const struct gbt32960_frame *frame,
                        struct wire *body, int64_t at_ms)
{
    uint16_t serial = wire_be16(body);

    (void)frame;
    if (wire_ok(body))
        gbt32960_event(d, CODEC_EVENT_LOGOUT, at_ms, serial, NULL);
    else
        (void)truncated(d, body, "logout");
}

static void heartbeat_take(struct gbt32960_decoder *d, const struct gbt32960_frame *frame,
                           struct wire *body, int64_t at_ms)
{
    (void)frame;
    (void)body;
    gbt32960_event(d, CODEC_EVENT_HEARTBEAT, at_ms, 0, NULL);
}

static void time_sync_take(struct gbt32960_decoder *d, const struct gbt32960_frame *frame,
                           struct wire *body, int64_t at_ms)
{
    (void)frame;
    (void)body;
    gbt32960_event(d, CODEC_EVENT_TIME_SYNC, at_ms, 0, NULL);
}

static void activation_take(struct gbt32960_decoder *d, const struct gbt32960_frame *frame,
                            struct wire *body, int64_t at_ms)
{
    const uint8_t *chip = wire_bytes(body, CHIP_BYTES);
    char text[CODEC_EVENT_TEXT_MAX + 1];

    (void)frame;
    if (chip != NULL) {
        gbt32960_text(text, chip, CHIP_BYTES);
        gbt32960_event(d, CODEC_EVENT_ACTIVATION, at_ms, 0, text);
    }
    wire_skip(body, wire_be16(body)); /* public key */
    wire_skip(body, GBT32960_VIN_BYTES);
    wire_skip(body, 1); /* signature: algorithm, R, S */
    wire_skip(body, wire_be16(body));
    wire_skip(body, wire_be16(body));
    if (!wire_ok(body))
        (void)truncated(d, body, "activation");
}

/* ---- commands ---- */

struct command {
    uint8_t first, last;
    enum gbt32960_edition since;
    bool timed;   /* the data unit begins with a time */
    bool vehicle; /* the identification number is a vehicle's */
    void (*take)(struct gbt32960_decoder *d, const struct gbt32960_frame *frame, struct wire *body,
                 int64_t at_ms); /* NULL: nothing for us in it */
};

static const struct command commands[] = {
    {GBT32960_LOGIN, GBT32960_LOGIN, GBT32960_2016, true, true, login_take},
    {GBT32960_REALTIME, GBT32960_REISSUE, GBT32960_2016, true, true, gbt32960_report},
    {GBT32960_LOGOUT, GBT32960_LOGOUT, GBT32960_2016, true, true, logout_take},
    {GBT32960_PLATFORM_LOGIN, GBT32960_PLATFORM_LOGOUT, GBT32960_2016, true, false, NULL},
    {GBT32960_HEARTBEAT, GBT32960_HEARTBEAT, GBT32960_2016, false, true, heartbeat_take},
    {GBT32960_TIME_SYNC, GBT32960_TIME_SYNC, GBT32960_2016, false, true, time_sync_take},
    {GBT32960_ACTIVATION, GBT32960_ACTIVATION, GBT32960_2025, true, true, activation_take},
    {GBT32960_ACTIVATION_ANSWER, GBT32960_KEY_EXCHANGE, GBT32960_2025, false, true, NULL},
    {GBT32960_QUERY, GBT32960_CONTROL, GBT32960_2016, false, true, NULL},
    {GBT32960_CUSTOM_FIRST, GBT32960_CUSTOM_LAST, GBT32960_2016, false, false, NULL},
};

static const struct command *command_find(const struct gbt32960_frame *frame)
{
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        const struct command *c = &commands[i];
        if (frame->command >= c->first && frame->command <= c->last)
            return frame->edition >= c->since ? c : NULL;
    }
    return NULL;
}

static enum err frame_check(struct gbt32960_decoder *d, const struct gbt32960_frame *frame,
                            const struct command *command)
{
    if (frame->response != GBT32960_RESPONSE_COMMAND)
        return gbt32960_refuse(d, GBT32960_ANSWER_FRAME, frame->at + 3,
                               "response flag 0x%02X: an answer is not telemetry; only 0xFE is",
                               frame->response);
    if (command == NULL)
        return gbt32960_refuse(d, GBT32960_UNKNOWN_COMMAND, frame->at + 2,
                               "command 0x%02X is reserved in the edition of %d", frame->command,
                               frame->edition == GBT32960_2016 ? 2016 : 2025);
    if (frame->length > 0 &&
        (frame->encryption < GBT32960_CLEAR || frame->encryption > GBT32960_ENCRYPTION_LAST))
        return gbt32960_refuse(d, GBT32960_BAD_ENCRYPTION, frame->at + 21,
                               "encryption 0x%02X says nothing about the data unit",
                               frame->encryption);
    return ERR_OK;
}

/* The check byte is right. */
static void frame_take(struct gbt32960_decoder *d, const struct gbt32960_frame *frame)
{
    const struct command *command = command_find(frame);
    size_t begin = frame->at + GBT32960_HEAD_BYTES;
    struct wire body = wire_over(d->input->bytes, begin + frame->length);
    bool opaque = frame->length > 0 && frame->encryption != GBT32960_CLEAR;
    int64_t at_ms = d->input->received_ms;
    enum err err = ERR_OK;

    if (frame_check(d, frame, command) != ERR_OK)
        return;
    body.pos = begin;
    if (command->timed && !opaque)
        err = time_read(d, &body, &at_ms);
    if (command->vehicle)
        vin_tell(d, frame, at_ms);
    if (opaque)
        gbt32960_event(d, CODEC_EVENT_ENCRYPTED, at_ms, frame->encryption, NULL);
    else if (err == ERR_OK && command->take != NULL)
        command->take(d, frame, &body, at_ms);
    else if (command->first == GBT32960_CUSTOM_FIRST)
        d->result->unknown_names++;
}

/* ---- frames ---- */

static uint8_t xor_of(const uint8_t *bytes, size_t len)
{
    uint64_t wide = 0;
    uint8_t sum = 0;

    for (; len >= sizeof wide; bytes += sizeof wide, len -= sizeof wide) {
        uint64_t word = 0;
        memcpy(&word, bytes, sizeof word);
        wide ^= word;
    }
    for (; wide != 0; wide >>= 8)
        sum ^= (uint8_t)wide;
    for (size_t i = 0; i < len; i++)
        sum ^= bytes[i];
    return sum;
}

static bool start_at(const uint8_t *bytes, size_t left)
{
    return (bytes[0] == '#' || bytes[0] == '$') && (left < 2 || bytes[1] == bytes[0]);
}

static struct gbt32960_frame frame_at(const uint8_t *bytes, size_t at)
{
    const uint8_t *p = bytes + at;

    return (struct gbt32960_frame){
        .edition = p[0] == '#' ? GBT32960_2016 : GBT32960_2025,
        .at = at,
        .length = (size_t)p[22] << 8 | p[23],
        .command = p[2],
        .response = p[3],
        .encryption = p[21],
        .vin = p + 4,
    };
}

static size_t frame_end(const struct gbt32960_frame *frame)
{
    return frame->at + FRAME_BYTES_MIN + frame->length;
}

/* A whole frame with the right check byte stands here. Constant time once the sums are there. */
static bool sound_at(const struct gbt32960_decoder *d, size_t at)
{
    const uint8_t *bytes = d->input->bytes;
    struct gbt32960_frame frame;

    if (d->input->len - at < FRAME_BYTES_MIN || !start_at(bytes + at, 2))
        return false;
    frame = frame_at(bytes, at);
    if (frame_end(&frame) > d->input->len)
        return false;
    return (d->xor_before[at + 2] ^ d->xor_before[frame_end(&frame) - 1]) ==
           bytes[frame_end(&frame) - 1];
}

static void sums_make(struct gbt32960_decoder *d)
{
    uint8_t *sums = NULL;

    if (d->xor_before != NULL)
        return;
    sums = ARENA_ARRAY(d->arena, uint8_t, d->input->len + 1);
    for (size_t i = 0; i < d->input->len; i++)
        sums[i + 1] = sums[i] ^ d->input->bytes[i];
    d->xor_before = sums;
}

/* Where to go on behind something at `at` that is no sound frame. */
static size_t recover(struct gbt32960_decoder *d, size_t at)
{
    const struct codec_input *in = d->input;

    sums_make(d);
    if (in->len - at >= FRAME_BYTES_MIN && start_at(in->bytes + at, 2)) {
        struct gbt32960_frame frame = frame_at(in->bytes, at);
        size_t end = frame_end(&frame);
        if (end == in->len || (end < in->len && sound_at(d, end)))
            return end;
    }
    for (at++; at < in->len; at++)
        if (sound_at(d, at))
            return at;
    return in->len;
}

static enum err frame_find(struct gbt32960_decoder *d, size_t at, struct gbt32960_frame *frame)
{
    const uint8_t *bytes = d->input->bytes;
    size_t left = d->input->len - at;
    uint8_t sum = 0;

    if (!start_at(bytes + at, left))
        return gbt32960_refuse(d, at == 0 ? GBT32960_BAD_START : GBT32960_TRAILING_BYTES, at,
                               "0x%02X where a frame begins with ## or $$", bytes[at]);
    if (left < FRAME_BYTES_MIN)
        return gbt32960_refuse(d, GBT32960_TOO_SHORT, at,
                               "%zu bytes are left, an empty frame has %d", left, FRAME_BYTES_MIN);
    *frame = frame_at(bytes, at);
    if (frame_end(frame) > d->input->len)
        return gbt32960_refuse(d, GBT32960_BAD_LENGTH, at + 22,
                               "the length field says %zu, %zu bytes of data unit are there",
                               frame->length, left - FRAME_BYTES_MIN);
    sum = xor_of(bytes + at + 2, GBT32960_HEAD_BYTES - 2 + frame->length);
    if (sum != bytes[frame_end(frame) - 1])
        return gbt32960_refuse(d, GBT32960_BAD_BCC, frame_end(frame) - 1,
                               "the check byte is 0x%02X, the frame's bytes give 0x%02X",
                               bytes[frame_end(frame) - 1], sum);
    return ERR_OK;
}

enum err gbt32960_decode(const struct codec_input *input, struct arena *arena,
                         struct codec_result *result)
{
    struct gbt32960_decoder d = {.input = input, .arena = arena, .result = result};
    size_t at = 0;

    while (at < input->len) {
        struct gbt32960_frame frame;
        if (frame_find(&d, at, &frame) == ERR_OK) {
            frame_take(&d, &frame);
            at = frame_end(&frame);
        } else {
            at = recover(&d, at);
        }
    }
    samples_settle(&d);
    return result->fault.reason == NULL ? ERR_OK : ERR_INPUT;
}

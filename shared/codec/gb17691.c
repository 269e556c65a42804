/*
 * The way of a payload: gb17691_decode cuts it into frames (gb17691_frame.c); the table of commands
 * says what each data unit must be and who reads it. A realtime data unit is read in the layout that
 * fits best (gb17691_fit.c), block by block (gb17691_blocks.c), signal by signal
 * (gb17691_signals.c), into samples (gather.c).
 */
#include "shared/codec/gb17691.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "shared/codec/codec_internal.h"
#include "shared/codec/frame_time.h"
#include "shared/codec/gather.h"
#include "shared/codec/gb17691_blocks.h"
#include "shared/codec/gb17691_frame.h"
#include "shared/codec/gb17691_signals.h"
#include "shared/when.h"

#define FRAME_SIZE_MIN  (GB17691_HEADER_SIZE + 1)
#define EVENTS_A_FRAME  2u
#define BLOCK_SIZE_LIKE 38u /* of most blocks; room for more is made when it is needed */
#define SIGNATURE_SM2   1

#define SERIAL_AT        6u
#define ICCID_AT         8u
#define ICCID_SIZE       20u
#define TAMPER_PLACE_AT  8u
#define CHIP_AT          6u
#define CHIP_SIZE        16u
#define LOGIN_SIZE       28u
#define LOGOUT_SIZE      8u
#define TAMPER_SIZE      17u
#define ACTIVATION_SIZE  103u
#define SIGNATURE_R_SIZE 32u
#define SIGNATURE_S_AT   33u /* from R */

struct payload {
    const struct codec_input *input;
    struct codec_result *result;
    struct gather gather;
    size_t event_cap;
    uint8_t *sums;  /* of the payload's first bytes, by exclusive or; made when needed */
    size_t checked; /* signatures, up to CODEC_CHECKS_MAX */
    size_t at;      /* of the frame */
    struct gb17691_frame frame;
    int64_t frame_ms;
};

typedef enum err reader(struct payload *payload);

/* What a command's data unit is. `fixed` bytes, and a signature at most, unless `open`: then that
 * much at least. */
struct command {
    uint8_t first, last;
    bool timed; /* begins with a time */
    bool open;
    uint16_t fixed;
    reader *read;
};

const char *gb17691_reason_word(enum gb17691_reason reason)
{
    static const char *const words[GB17691_REASON_COUNT] = {
#define WORD(id, word, meaning) [GB17691_##id] = (word),
        GB17691_REASONS(WORD)
#undef WORD
    };

    assert((unsigned)reason < GB17691_REASON_COUNT);
    return words[reason];
}

static const char *reason_meaning(enum gb17691_reason reason)
{
    static const char *const meanings[GB17691_REASON_COUNT] = {
#define MEANING(id, word, meaning) [GB17691_##id] = (meaning),
        GB17691_REASONS(MEANING)
#undef MEANING
    };

    return meanings[reason];
}

const char *gb17691_layout_name(enum codec_layout layout)
{
    static const char *const names[] = {[CODEC_LAYOUT_AUTO] = "auto",
                                        [CODEC_LAYOUT_L1] = "L1",
                                        [CODEC_LAYOUT_L1B] = "L1b",
                                        [CODEC_LAYOUT_L2] = "L2",
                                        [CODEC_LAYOUT_L3] = "L3"};

    assert((unsigned)layout < sizeof names / sizeof names[0]);
    return names[layout];
}

/* `at` counts from the frame. */
static enum err refuse(struct payload *p, enum gb17691_reason reason, size_t at)
{
    return codec_refuse(p->result, gb17691_reason_word(reason), p->at + at,
                        "%s (byte %zu of the frame at %zu)", reason_meaning(reason), at, p->at);
}

/* `at` counts from the data unit. */
static enum err refuse_data(struct payload *p, enum gb17691_reason reason, size_t at)
{
    return codec_refuse(p->result, gb17691_reason_word(reason), p->at + GB17691_HEADER_SIZE + at,
                        "%s (byte %zu of the data unit of command %u, frame at %zu)",
                        reason_meaning(reason), at, p->frame.command, p->at);
}

/* NULL, with the refusal made, when there are too many. */
static struct codec_event *event_add(struct payload *p, enum codec_event_kind kind, int64_t at_ms)
{
    struct codec_result *r = p->result;
    struct codec_event *event = NULL;

    if (r->event_count == p->event_cap) {
        (void)refuse(p, GB17691_TOO_MANY_EVENTS, 0);
        return NULL;
    }
    event = &r->events[r->event_count++];
    *event = (struct codec_event){.at_ms = at_ms, .kind = kind};
    return event;
}

static enum err event_numbered(struct payload *p, enum codec_event_kind kind, int64_t number)
{
    struct codec_event *event = event_add(p, kind, p->frame_ms);

    if (event == NULL)
        return ERR_INPUT;
    event->number = number;
    return ERR_OK;
}

static enum err vin_note(struct payload *p)
{
    struct codec_event *event = NULL;

    for (size_t i = p->result->event_count; i > 0; i--) {
        event = &p->result->events[i - 1];
        if (event->kind == CODEC_EVENT_VIN && strcmp(event->text, p->frame.vin) == 0)
            return ERR_OK;
    }
    event = event_add(p, CODEC_EVENT_VIN, p->frame_ms);
    if (event == NULL)
        return ERR_INPUT;
    memcpy(event->text, p->frame.vin, sizeof p->frame.vin);
    return ERR_OK;
}

static int64_t serial_of(const struct payload *p)
{
    return p->frame.data[SERIAL_AT] << 8 | p->frame.data[SERIAL_AT + 1];
}

static bool printable(const uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (bytes[i] < 0x20 || bytes[i] > 0x7e)
            return false;
    return true;
}

/* As it is where it can be shown, otherwise in hexadecimal. */
static void text_put(struct codec_event *event, const uint8_t *bytes, size_t len)
{
    static const char digits[] = "0123456789abcdef";

    assert(len * 2 <= CODEC_EVENT_TEXT_MAX);
    if (printable(bytes, len)) {
        memcpy(event->text, bytes, len);
        return;
    }
    for (size_t i = 0; i < len; i++) {
        event->text[2 * i] = digits[bytes[i] >> 4];
        event->text[2 * i + 1] = digits[bytes[i] & 15];
    }
}

static enum err login_read(struct payload *p)
{
    struct codec_event *event = event_add(p, CODEC_EVENT_LOGIN, p->frame_ms);

    if (event == NULL)
        return ERR_INPUT;
    event->number = serial_of(p);
    text_put(event, p->frame.data + ICCID_AT, ICCID_SIZE);
    return ERR_OK;
}

static enum err logout_read(struct payload *p)
{
    return event_numbered(p, CODEC_EVENT_LOGOUT, serial_of(p));
}

static enum err time_sync_read(struct payload *p)
{
    return event_numbered(p, CODEC_EVENT_TIME_SYNC, 0);
}

static enum err tamper_read(struct payload *p)
{
    struct sample *sample = gather_at(&p->gather, p->frame_ms);

    if (sample == NULL)
        return refuse(p, GB17691_TOO_MANY_SAMPLES, 0);
    gb17691_position_read(p->frame.data + TAMPER_PLACE_AT, sample);
    return event_numbered(p, CODEC_EVENT_TAMPER, serial_of(p));
}

static enum signature_state verify(struct payload *p, size_t from, size_t to, const uint8_t *r)
{
    const struct codec_input *in = p->input;

    if (in->verify == NULL || p->checked == CODEC_CHECKS_MAX)
        return SIGNATURE_UNKNOWN;
    p->checked++;
    return in->verify(in->verify_arg, in->unit, SIGNATURE_SM2, p->frame.data + from, to - from, r,
                      SIGNATURE_R_SIZE, r + SIGNATURE_S_AT, SIGNATURE_R_SIZE);
}

static enum err activation_read(struct payload *p)
{
    struct codec_event *event = event_add(p, CODEC_EVENT_ACTIVATION, p->frame_ms);
    const uint8_t *signature = p->frame.data + ACTIVATION_SIZE;

    if (event == NULL)
        return ERR_INPUT;
    text_put(event, p->frame.data + CHIP_AT, CHIP_SIZE);
    if (p->frame.data_len >= ACTIVATION_SIZE + GB17691_SIGNATURE_SIZE)
        event->number = verify(p, 0, ACTIVATION_SIZE, signature + 1);
    return ERR_OK;
}

static enum err maker_read(struct payload *p)
{
    (void)p;
    return ERR_OK;
}

static enum err answer_refuse(struct payload *p)
{
    return refuse(p, GB17691_ANSWER_FRAME, 2);
}

/* When a body was measured: its own time, or one second before the next of its kind. */
static int64_t block_time(const struct payload *p, const struct gb17691_block *block,
                          size_t left_of_kind)
{
    return block->own_time ? block->at_ms : p->frame_ms - (int64_t)left_of_kind * WHEN_SECOND_MS;
}

static enum err block_read(struct payload *p, const struct gb17691_block *block, size_t left)
{
    struct sample *sample = NULL;

    if (block->kind == GB17691_KIND_OTHER)
        return ERR_OK;
    sample = gather_at(&p->gather, block_time(p, block, left));
    if (sample == NULL)
        return refuse_data(p, GB17691_TOO_MANY_SAMPLES, block->at);
    gb17691_signals_read(block, sample);
    return ERR_OK;
}

/* `after` is where the signature before ended. What covers no sample is evidence for nothing. */
static void signature_read(struct payload *p, const struct gb17691_block *block, size_t after)
{
    enum signature_state state = SIGNATURE_NONE;

    if (gather_group_is_empty(&p->gather))
        return;
    state = verify(p, 0, block->at, block->body);
    if (state == SIGNATURE_BAD && after > 0)
        state = verify(p, after, block->at, block->body);
    gather_sign(&p->gather, state);
}

static enum err blocks_read(struct payload *p, const struct gb17691_fit *fit)
{
    struct gb17691_blocks blocks;
    struct gb17691_block block;
    size_t left[GB17691_KIND_COUNT];
    size_t after = 0;
    enum gb17691_item item;

    memcpy(left, fit->bodies, sizeof left);
    gb17691_blocks_begin(&blocks, p->frame.data, p->frame.data_len, fit->reading);
    while ((item = gb17691_blocks_next(&blocks, &block)) == GB17691_BLOCK ||
           item == GB17691_SIGNATURE) {
        if (item == GB17691_SIGNATURE) {
            signature_read(p, &block, after);
            after = block.at + GB17691_SIGNATURE_SIZE;
        } else if (block_read(p, &block, --left[block.kind]) != ERR_OK) {
            return ERR_INPUT;
        }
    }
    gather_sign(&p->gather, SIGNATURE_NONE);
    return ERR_OK;
}

static enum err realtime_read(struct payload *p)
{
    enum codec_layout layout = p->input->layout;
    struct gb17691_fit fit = gb17691_fit_best(layout, p->frame.data, p->frame.data_len);

    if (fit.whole || fit.score > 0 || layout != CODEC_LAYOUT_AUTO) {
        if (blocks_read(p, &fit) != ERR_OK)
            return ERR_INPUT;
    }
    if (fit.whole)
        return ERR_OK;
    return codec_refuse(
        p->result, gb17691_reason_word(fit.reason), p->at + GB17691_HEADER_SIZE + fit.fault_at,
        "%s (byte %zu of the data unit, frame at %zu); %s layout %s", reason_meaning(fit.reason),
        fit.fault_at, p->at, layout == CODEC_LAYOUT_AUTO ? "none fits, the nearest is" : "read in",
        gb17691_layout_name(fit.reading.layout));
}

static const struct command commands[] = {
    {GB17691_LOGIN, GB17691_LOGIN, true, false, LOGIN_SIZE, login_read},
    {GB17691_REALTIME, GB17691_REISSUE, true, true, FRAME_TIME_SIZE, realtime_read},
    {GB17691_LOGOUT, GB17691_LOGOUT, true, false, LOGOUT_SIZE, logout_read},
    {GB17691_TIME_SYNC, GB17691_TIME_SYNC, false, false, 0, time_sync_read},
    {GB17691_TAMPER, GB17691_TAMPER, true, true, TAMPER_SIZE, tamper_read},
    {GB17691_ACTIVATION, GB17691_ACTIVATION, true, true, ACTIVATION_SIZE, activation_read},
    {GB17691_ACTIVATION_ANSWER, GB17691_ACTIVATION_ANSWER, false, true, 0, answer_refuse},
    {0x70, 0x70, false, true, 0, maker_read},
    {0x80, 0xfe, false, true, 0, maker_read},
};

static const struct command *command_find(uint8_t code)
{
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
        if (code >= commands[i].first && code <= commands[i].last)
            return &commands[i];
    return NULL;
}

static bool length_fits(const struct command *command, size_t len)
{
    return len == command->fixed || (command->open && len > command->fixed) ||
           (command->fixed > 0 && len == command->fixed + GB17691_SIGNATURE_SIZE);
}

/* A platform answers a time sync with six bytes of time. */
static bool is_answer(const struct gb17691_frame *frame)
{
    return (frame->header == GB17691_HEADER_B && frame->response != 0xfe) ||
           (frame->command == GB17691_TIME_SYNC && frame->data_len == FRAME_TIME_SIZE);
}

static bool time_fits(const struct command *command, const struct gb17691_frame *frame,
                      int64_t *frame_ms)
{
    return !command->timed || frame_time_read(frame->data, frame_ms);
}

/* Some makers say "encrypted" of a clear data unit; what is clear looks like it. */
static bool clear_enough(const struct payload *p, const struct command *command)
{
    const struct gb17691_frame *frame = &p->frame;
    int64_t frame_ms = 0;
    struct gb17691_fit fit;

    if (!length_fits(command, frame->data_len) || !time_fits(command, frame, &frame_ms))
        return false;
    if (command->read != realtime_read)
        return true;
    fit = gb17691_fit_best(p->input->layout, frame->data, frame->data_len);
    return fit.whole && fit.score > 0;
}

static enum err encrypted_note(struct payload *p)
{
    enum err err = vin_note(p);

    return err != ERR_OK ? err : event_numbered(p, CODEC_EVENT_ENCRYPTED, p->frame.encryption);
}

static enum err frame_decode(struct payload *p)
{
    const struct gb17691_frame *frame = &p->frame;
    const struct command *command = command_find(frame->command);
    enum err err = ERR_OK;

    p->frame_ms = p->input->received_ms;
    if (is_answer(frame))
        return answer_refuse(p);
    if (command == NULL)
        return refuse(p, GB17691_UNKNOWN_COMMAND, 2);
    if (frame->encryption != GB17691_CLEAR && !clear_enough(p, command))
        return encrypted_note(p);
    if (!length_fits(command, frame->data_len))
        return refuse(p, GB17691_WRONG_LENGTH, 22);
    if (!time_fits(command, frame, &p->frame_ms))
        return refuse_data(p, GB17691_IMPOSSIBLE_TIME, 0);
    err = vin_note(p);
    return err != ERR_OK ? err : command->read(p);
}

/* Where the next whole frame with a right check byte begins, or the end of the payload. The sums of
 * all beginnings make every place cost the same, whatever lengths it claims. */
static size_t frame_search(struct payload *p, size_t from)
{
    const uint8_t *bytes = p->input->bytes;
    size_t len = p->input->len;
    size_t end = 0;

    if (p->sums == NULL) {
        p->sums = arena_alloc(p->gather.arena, len + 1, 1);
        for (size_t i = 0; i < len; i++)
            p->sums[i + 1] = p->sums[i] ^ bytes[i];
    }
    for (; len - from >= FRAME_SIZE_MIN; from++) {
        if (bytes[from] != bytes[from + 1] || (bytes[from] != '#' && bytes[from] != '~'))
            continue;
        end = from + GB17691_HEADER_SIZE + ((size_t)bytes[from + 22] << 8 | bytes[from + 23]);
        if (end < len && (p->sums[end] ^ p->sums[from + 2]) == bytes[end])
            return from;
    }
    return len;
}

/* Reads the frame at the place and goes on behind it. */
static enum err frame_take(struct payload *p)
{
    const struct codec_input *in = p->input;
    enum gb17691_reason reason = GB17691_BAD_START;
    size_t at = 0;
    enum err err = gb17691_frame_read(in->bytes + p->at, in->len - p->at, &p->frame, &reason, &at);

    if (err == ERR_OK) {
        err = frame_decode(p);
        gather_sign(&p->gather, SIGNATURE_NONE);
        p->at += p->frame.size;
        return err;
    }
    if (reason == GB17691_BAD_START && p->at > 0)
        reason = GB17691_TRAILING_BYTES;
    (void)refuse(p, reason, at);
    p->at = frame_search(p, p->at + 1);
    return ERR_INPUT;
}

/* The first fault is the one that is reported; frames behind it are taken all the same. */
static enum err frames_decode(struct payload *p)
{
    struct codec_fault first = {0};

    while (p->at < p->input->len) {
        if (frame_take(p) != ERR_OK && first.reason == NULL)
            first = p->result->fault;
    }
    p->result->fault = first;
    return first.reason == NULL ? ERR_OK : ERR_INPUT;
}

enum err gb17691_decode(const struct codec_input *input, struct arena *arena,
                        struct codec_result *result)
{
    struct payload payload = {.input = input, .result = result};
    enum err err = ERR_OK;

    payload.event_cap = (input->len / FRAME_SIZE_MIN + 1) * EVENTS_A_FRAME;
    if (payload.event_cap > CODEC_EVENTS_MAX)
        payload.event_cap = CODEC_EVENTS_MAX;
    result->events = ARENA_ARRAY(arena, struct codec_event, payload.event_cap);
    gather_begin(&payload.gather, arena, input->len / BLOCK_SIZE_LIKE + 1, CODEC_SAMPLES_MAX);
    err = frames_decode(&payload);
    gather_end(&payload.gather, result);
    return err;
}

/*
 * A frame whose check byte is right: what it is, by the table of commands, and the small data
 * units.
 */
#include "shared/codec/frame_time.h"
#include "shared/codec/gbt32960_internal.h"

#define YEAR_LAST       99 /* from 2000 */
#define ICCID_BYTES     20
#define CHIP_BYTES      16
#define PACK_CODE_BYTES 24 /* GB/T 34014 */

/* ---- data units ---- */

static enum err truncated(struct gbt32960_decoder *d, const struct wire *body, const char *what)
{
    return gbt32960_refuse(d, GBT32960_TRUNCATED_DATA_UNIT, body->pos,
                           "the data unit ends in the middle of the %s", what);
}

/* Unlike other frames of this family, the years end at 2099. */
static enum err time_read(struct gbt32960_decoder *d, struct wire *body, int64_t *at_ms)
{
    const uint8_t *t = wire_bytes(body, FRAME_TIME_SIZE);

    if (t == NULL)
        return truncated(d, body, "time");
    if (t[0] > YEAR_LAST || !frame_time_read(t, at_ms))
        return gbt32960_refuse(d, GBT32960_IMPOSSIBLE_TIME, body->pos - FRAME_TIME_SIZE,
                               "there is no time 20%02u-%02u-%02u %02u:%02u:%02u", t[0], t[1], t[2],
                               t[3], t[4], t[5]);
    return ERR_OK;
}

static size_t count_of(uint8_t byte)
{
    return byte >= 0xFE ? 0 : byte;
}

/* Battery codes behind the ICCID: 2016 n codes of m bytes, 2025 a count for each system. */
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
    bool timed;   /* the data unit begins with a time */
    bool vehicle; /* the identification number is a vehicle's */
    enum gbt32960_edition since;
    void (*take)(struct gbt32960_decoder *d, const struct gbt32960_frame *frame, struct wire *body,
                 int64_t at_ms); /* NULL: nothing for us in it */
};

static const struct command commands[] = {
    {GBT32960_LOGIN, GBT32960_LOGIN, true, true, GBT32960_2016, login_take},
    {GBT32960_REALTIME, GBT32960_REISSUE, true, true, GBT32960_2016, gbt32960_report},
    {GBT32960_LOGOUT, GBT32960_LOGOUT, true, true, GBT32960_2016, logout_take},
    {GBT32960_PLATFORM_LOGIN, GBT32960_PLATFORM_LOGOUT, true, false, GBT32960_2016, NULL},
    {GBT32960_HEARTBEAT, GBT32960_HEARTBEAT, false, true, GBT32960_2016, heartbeat_take},
    {GBT32960_TIME_SYNC, GBT32960_TIME_SYNC, false, true, GBT32960_2016, time_sync_take},
    {GBT32960_ACTIVATION, GBT32960_ACTIVATION, true, true, GBT32960_2025, activation_take},
    {GBT32960_ACTIVATION_ANSWER, GBT32960_KEY_EXCHANGE, false, true, GBT32960_2025, NULL},
    {GBT32960_QUERY, GBT32960_CONTROL, false, true, GBT32960_2016, NULL},
    {GBT32960_CUSTOM_FIRST, GBT32960_CUSTOM_LAST, false, false, GBT32960_2016, NULL},
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

void gbt32960_command(struct gbt32960_decoder *d, const struct gbt32960_frame *frame)
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
        gbt32960_vin(d, frame, at_ms);
    if (opaque)
        gbt32960_event(d, CODEC_EVENT_ENCRYPTED, at_ms, frame->encryption, NULL);
    else if (err == ERR_OK && command->take != NULL)
        command->take(d, frame, &body, at_ms);
    else if (command->first == GBT32960_CUSTOM_FIRST)
        d->result->unknown_names++;
}

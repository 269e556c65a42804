#include "shared/codec/gb17691_encode.h"

#include <assert.h>
#include <string.h>

#include "shared/codec/frame_time.h"
#include "shared/codec/gb17691_blocks.h"
#include "shared/codec/gb17691_frame.h"
#include "shared/codec/gb17691_signals.h"
#include "shared/when.h"
#include "shared/wire.h"

#define BLOCK_HEAD_MAX 9u /* type, serial or collection time */
#define SAMPLE_SIZE_MAX                                                                            \
    (3 * (BLOCK_HEAD_MAX + GB17691_SIGNATURE_SIZE) + GB17691_OBD_SIZE + GB17691_STREAM_SCR_SIZE +  \
     GB17691_HYBRID_SIZE)
#define FRAME_SIZE_MAX                                                                             \
    (GB17691_HEADER_SIZE + 8 + GB17691_ENCODE_BODIES * SAMPLE_SIZE_MAX + GB17691_SIGNATURE_SIZE + 1)

#define BAND_OVER     0xfbu
#define BAND_ABNORMAL 0xfeu
#define BAND_INVALID  0xffu
#define FILL          '0'
#define ICCID_SIZE    20u
#define OBD_PROTOCOL  2u /* SAE J1939 */
#define OBD_VIN_AT    6u
#define OBD_TEXT_END  95u

#define BIT(signal) (1u << (signal))
#define STREAM_SIGNALS                                                                             \
    (BIT(SIGNAL_LAT) | BIT(SIGNAL_LON) | BIT(SIGNAL_SPEED) | BIT(SIGNAL_ODO) | BIT(SIGNAL_RPM) |   \
     BIT(SIGNAL_FUEL) | BIT(SIGNAL_NOX) | BIT(SIGNAL_UREA))
#define HYBRID_SIGNALS (BIT(SIGNAL_SOC) | BIT(SIGNAL_BATT_V) | BIT(SIGNAL_BATT_A))

struct frame_out {
    const struct gb17691_encode_options *options;
    struct wire_out *out;
    size_t at;
    bool begun; /* has a block */
};

/* The blocks a sample takes, in the order in which they are written. */
static const struct {
    uint8_t type;
    uint8_t size;
    uint32_t signals;
} blocks[] = {
    {GB17691_OBD, GB17691_OBD_SIZE, BIT(SIGNAL_MIL)},
    {GB17691_STREAM_SCR, GB17691_STREAM_SCR_SIZE, STREAM_SIGNALS},
    {GB17691_HYBRID, GB17691_HYBRID_SIZE, HYBRID_SIGNALS},
};

#define BLOCKS (sizeof blocks / sizeof blocks[0])

static uint32_t said(const struct sample *s)
{
    return s->present | s->invalid | s->abnormal | s->out_of_range;
}

/* Which of `blocks` the sample takes, as bits. */
static unsigned blocks_of(const struct sample *s)
{
    unsigned taken = 0;

    for (unsigned i = 0; i < BLOCKS; i++)
        taken |= (said(s) & blocks[i].signals) != 0 ? 1u << i : 0;
    return taken;
}

static uint8_t band_of(enum quality quality)
{
    if (quality == QUALITY_ABNORMAL)
        return BAND_ABNORMAL;
    return quality == QUALITY_OUT_OF_RANGE ? BAND_OVER : BAND_INVALID;
}

static void bytes_put(uint8_t *bytes, size_t size, uint64_t value)
{
    struct wire_out out = wire_into(bytes, size);

    wire_put_be(&out, value, size);
}

/* 0xFF… or the first byte of the band and zeros. */
static void code_put(uint8_t *bytes, size_t size, uint8_t band)
{
    memset(bytes, band == BAND_INVALID ? BAND_INVALID : 0, size);
    bytes[0] = band;
}

static int64_t nearest(int64_t number, int64_t over)
{
    return (number < 0 ? number - over / 2 : number + over / 2) / over;
}

static void field_put(const struct gb17691_field *field, const struct sample *s, uint8_t *body)
{
    enum quality quality = sample_quality(s, field->signal);
    int64_t raw = nearest((s->value[field->signal] - field->plus) * field->over, field->times);
    int64_t most = (0xfbLL << (8 * (field->size - 1))) - 1;

    if (quality == QUALITY_GOOD && raw >= 0 && raw <= most)
        bytes_put(body + field->at, field->size, (uint64_t)raw);
    else
        code_put(body + field->at, field->size,
                 quality == QUALITY_GOOD ? BAND_OVER : band_of(quality));
}

static void degrees_put(const struct sample *s, enum signal_id signal, uint8_t *bytes)
{
    enum quality quality = sample_quality(s, signal);
    int64_t degrees = nearest(s->value[signal], 10);

    if (quality == QUALITY_GOOD)
        bytes_put(bytes, 4, (uint64_t)(degrees < 0 ? -degrees : degrees));
    else
        code_put(bytes, 4, band_of(quality));
}

static void position_put(const struct sample *s, uint8_t *bytes)
{
    bool none = band_of(sample_quality(s, SIGNAL_LAT)) == BAND_INVALID &&
                band_of(sample_quality(s, SIGNAL_LON)) == BAND_INVALID &&
                !sample_has(s, SIGNAL_LAT) && !sample_has(s, SIGNAL_LON);

    bytes[0] =
        (uint8_t)((none ? GB17691_NO_FIX : 0) | (s->value[SIGNAL_LAT] < 0 ? GB17691_SOUTH : 0) |
                  (s->value[SIGNAL_LON] < 0 ? GB17691_WEST : 0));
    degrees_put(s, SIGNAL_LON, bytes + 1);
    degrees_put(s, SIGNAL_LAT, bytes + 5);
}

static void padded_put(uint8_t *bytes, size_t size, const char *text)
{
    size_t len = strnlen(text, size);

    memset(bytes, FILL, size);
    memcpy(bytes, text, len);
}

static void obd_put(const struct gb17691_encode_options *options, const struct sample *s,
                    uint8_t *body)
{
    enum quality quality = sample_quality(s, SIGNAL_MIL);

    memset(body, 0, GB17691_OBD_SIZE);
    body[0] = OBD_PROTOCOL;
    if (quality == QUALITY_GOOD)
        body[GB17691_MIL_AT] = s->value[SIGNAL_MIL] != 0;
    else
        body[GB17691_MIL_AT] = quality == QUALITY_OUT_OF_RANGE ? BAND_OVER : BAND_ABNORMAL;
    padded_put(body + OBD_VIN_AT, GB17691_VIN_SIZE, options->vin);
    memset(body + OBD_VIN_AT + GB17691_VIN_SIZE, FILL,
           OBD_TEXT_END - OBD_VIN_AT - GB17691_VIN_SIZE);
}

static void body_put(const struct gb17691_encode_options *options, uint8_t type, size_t size,
                     const struct sample *s, uint8_t *body)
{
    struct gb17691_fields fields = gb17691_fields_of(type, size);

    memset(body, BAND_INVALID, size);
    if (type == GB17691_OBD)
        obd_put(options, s, body);
    for (size_t i = 0; i < fields.count; i++)
        field_put(&fields.field[i], s, body);
    if (fields.position_at >= 0)
        position_put(s, body + fields.position_at);
}

static void time_put(struct wire_out *out, int64_t at_ms)
{
    uint8_t time[FRAME_TIME_SIZE];

    (void)frame_time_write(at_ms, time);
    wire_put(out, time, sizeof time);
}

static struct frame_out frame_begin(const struct gb17691_encode_options *options, uint8_t command,
                                    struct wire_out *out)
{
    struct frame_out frame = {.options = options, .out = out, .at = out->pos};
    uint8_t vin[GB17691_VIN_SIZE];

    padded_put(vin, sizeof vin, options->vin);
    wire_put(out, "##", 2);
    wire_put_be(out, command, 1);
    if (options->header == GB17691_HEADER_B)
        wire_put_be(out, 0xfe, 1);
    wire_put(out, vin, sizeof vin);
    if (options->header == GB17691_HEADER_A)
        wire_put_be(out, options->version, 1);
    wire_put_be(out, options->encryption != 0 ? options->encryption : GB17691_CLEAR, 1);
    wire_put_be(out, 0, 2);
    return frame;
}

static void frame_sign(const struct frame_out *frame)
{
    const struct gb17691_encode_options *options = frame->options;
    size_t from = frame->at + GB17691_HEADER_SIZE;
    uint8_t block[GB17691_SIGNATURE_SIZE] = {[0] = 0x20, [33] = 0x20};

    if (options->sign != NULL && options->sign(options->sign_arg, frame->out->base + from,
                                               frame->out->pos - from, block + 1, block + 34))
        wire_put(frame->out, block, sizeof block);
}

static void frame_end(const struct frame_out *frame)
{
    uint8_t *bytes = frame->out->base + frame->at;
    size_t len = frame->out->pos - frame->at;

    assert(!frame->out->failed);
    bytes_put(bytes + GB17691_HEADER_SIZE - 2, 2, len - GB17691_HEADER_SIZE);
    wire_put_be(frame->out, gb17691_check_byte(bytes + 2, len - 2), 1);
}

static void block_head_put(struct frame_out *frame, uint8_t type, uint16_t serial, int64_t at_ms)
{
    enum codec_layout layout = frame->options->layout;

    wire_put_be(frame->out, type, 1);
    if (layout == CODEC_LAYOUT_L1 || (layout == CODEC_LAYOUT_L1B && !frame->begun))
        wire_put_be(frame->out, serial, 2);
    if (layout == CODEC_LAYOUT_L3)
        time_put(frame->out, at_ms);
    frame->begun = true;
}

static void sample_put(struct frame_out *frame, const struct sample *s, uint16_t serial)
{
    for (size_t i = 0; i < BLOCKS; i++) {
        if ((blocks_of(s) & 1u << i) == 0)
            continue;
        block_head_put(frame, blocks[i].type, serial, s->at_ms);
        body_put(frame->options, blocks[i].type, blocks[i].size, s,
                 wire_room(frame->out, blocks[i].size));
        if (frame->options->sign_every_block)
            frame_sign(frame);
    }
}

/* How many of the samples share the frame that the first one begins. */
static size_t run_length(enum codec_layout layout, const struct sample *samples, size_t count)
{
    size_t n = 1;

    for (; n < count && n < GB17691_ENCODE_BODIES; n++) {
        if (layout != CODEC_LAYOUT_L3 &&
            (samples[n].at_ms / WHEN_SECOND_MS != samples[n - 1].at_ms / WHEN_SECOND_MS + 1 ||
             blocks_of(&samples[n]) != blocks_of(&samples[0])))
            break;
    }
    return n;
}

struct gb17691_bytes gb17691_encode_samples(const struct gb17691_encode_options *options,
                                            enum gb17691_command command,
                                            const struct sample *samples, size_t count,
                                            struct arena *arena)
{
    size_t cap = count * (FRAME_SIZE_MAX - (GB17691_ENCODE_BODIES - 1) * SAMPLE_SIZE_MAX);
    struct wire_out out = wire_into(arena_alloc(arena, cap + 1, 1), cap);
    uint16_t serial = options->serial;

    assert(options->layout != CODEC_LAYOUT_AUTO);
    for (size_t n = 0; count > 0; samples += n, count -= n, serial++) {
        struct frame_out frame = frame_begin(options, (uint8_t)command, &out);

        n = run_length(options->layout, samples, count);
        time_put(&out, samples[n - 1].at_ms);
        if (options->layout == CODEC_LAYOUT_L2 || options->layout == CODEC_LAYOUT_L3)
            wire_put_be(&out, serial, 2);
        for (size_t i = 0; i < n; i++)
            sample_put(&frame, &samples[i], serial);
        if (!options->sign_every_block)
            frame_sign(&frame);
        frame_end(&frame);
    }
    return (struct gb17691_bytes){out.base, out.pos};
}

static struct wire_out small_out(struct arena *arena)
{
    return wire_into(arena_alloc(arena, FRAME_SIZE_MAX, 1), FRAME_SIZE_MAX);
}

struct gb17691_bytes gb17691_encode_login(const struct gb17691_encode_options *options,
                                          int64_t at_ms, const char *iccid, struct arena *arena)
{
    struct wire_out out = small_out(arena);
    struct frame_out frame = frame_begin(options, GB17691_LOGIN, &out);
    uint8_t card[ICCID_SIZE];

    padded_put(card, sizeof card, iccid);
    time_put(&out, at_ms);
    wire_put_be(&out, options->serial, 2);
    wire_put(&out, card, sizeof card);
    frame_end(&frame);
    return (struct gb17691_bytes){out.base, out.pos};
}

struct gb17691_bytes gb17691_encode_logout(const struct gb17691_encode_options *options,
                                           int64_t at_ms, struct arena *arena)
{
    struct wire_out out = small_out(arena);
    struct frame_out frame = frame_begin(options, GB17691_LOGOUT, &out);

    time_put(&out, at_ms);
    wire_put_be(&out, options->serial, 2);
    frame_end(&frame);
    return (struct gb17691_bytes){out.base, out.pos};
}

struct gb17691_bytes gb17691_encode_time_sync(const struct gb17691_encode_options *options,
                                              struct arena *arena)
{
    struct wire_out out = small_out(arena);
    struct frame_out frame = frame_begin(options, GB17691_TIME_SYNC, &out);

    frame_end(&frame);
    return (struct gb17691_bytes){out.base, out.pos};
}

struct gb17691_bytes gb17691_encode_tamper(const struct gb17691_encode_options *options,
                                           const struct sample *sample, struct arena *arena)
{
    struct wire_out out = small_out(arena);
    struct frame_out frame = frame_begin(options, GB17691_TAMPER, &out);

    time_put(&out, sample->at_ms);
    wire_put_be(&out, options->serial, 2);
    position_put(sample, wire_room(&out, GB17691_POSITION_SIZE));
    frame_end(&frame);
    return (struct gb17691_bytes){out.base, out.pos};
}

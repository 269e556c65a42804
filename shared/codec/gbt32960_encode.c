#include "shared/codec/gbt32960_encode.h"

#include <string.h>

#include "shared/codec/frame_time.h"

#define YEAR_LAST          99 /* from 2000 */
#define ICCID_BYTES        20
#define RAW_INVALID(width) ((1ull << 8 * (width)) - 1)
#define RAW_MOST(width)    (RAW_INVALID(width) - 2) /* the largest that is no code */

/* ---- frames ---- */

static void text_put(struct wire_out *out, const char *text, size_t width)
{
    size_t len = strnlen(text, width);

    wire_put(out, text, len);
    for (size_t i = len; i < width; i++)
        wire_put_be(out, 0, 1);
}

/* Gives where the frame begins; the length is known at the end. */
static size_t frame_begin(struct wire_out *out, const struct gbt32960_sender *from,
                          enum gbt32960_command command)
{
    size_t at = out->pos;

    wire_put_be(out, (uint64_t)GBT32960_START(from->edition), 1);
    wire_put_be(out, (uint64_t)GBT32960_START(from->edition), 1);
    wire_put_be(out, command, 1);
    wire_put_be(out, GBT32960_RESPONSE_COMMAND, 1);
    text_put(out, from->vin, GBT32960_VIN_BYTES);
    wire_put_be(out, GBT32960_CLEAR, 1);
    wire_put_be(out, 0, 2);
    return at;
}

static void frame_end(struct wire_out *out, size_t at)
{
    size_t length = out->pos - at - GBT32960_HEAD_BYTES;
    uint8_t sum = 0;

    if (out->failed)
        return;
    out->base[at + 22] = (uint8_t)(length >> 8);
    out->base[at + 23] = (uint8_t)length;
    for (size_t i = at + 2; i < out->pos; i++)
        sum ^= out->base[i];
    wire_put_be(out, sum, 1);
}

static void time_put(struct wire_out *out, int64_t at_ms)
{
    uint8_t bytes[FRAME_TIME_SIZE];

    if (!frame_time_write(at_ms, bytes) || bytes[0] > YEAR_LAST)
        memset(bytes, 0xFF, sizeof bytes);
    wire_put(out, bytes, sizeof bytes);
}

/* ---- fields ---- */

/* Divides, rounds half away from zero. */
static int64_t rounded(int64_t value, int64_t by)
{
    return (value + (value < 0 ? -by / 2 : by / 2)) / by;
}

/* The code for a signal that is no number. */
static uint64_t code_of(enum quality quality, size_t width)
{
    if (quality == QUALITY_ABNORMAL)
        return RAW_INVALID(width) - 1;
    return quality == QUALITY_OUT_OF_RANGE ? RAW_MOST(width) : RAW_INVALID(width);
}

static uint64_t raw_of(const struct sample *s, enum signal_id id, size_t width, int64_t scale,
                       int64_t offset)
{
    enum quality quality = sample_quality(s, id);
    int64_t raw = 0;

    if (quality != QUALITY_GOOD)
        return code_of(quality, width);
    raw = rounded(s->value[id], scale) + offset;
    return raw < 0 || (uint64_t)raw > RAW_MOST(width) ? RAW_MOST(width) : (uint64_t)raw;
}

static void signal_put(struct wire_out *out, const struct sample *s, enum signal_id id,
                       size_t width, int64_t scale)
{
    wire_put_be(out, raw_of(s, id, width, scale, 0), width);
}

/* ---- blocks ---- */

static uint64_t charge_state(const struct sample *s)
{
    if (!sample_has(s, SIGNAL_CHARGING))
        return code_of(sample_quality(s, SIGNAL_CHARGING), 1);
    if (s->value[SIGNAL_CHARGING] == 0)
        return 3;
    return s->value[SIGNAL_SPEED] > 0 ? 2 : 1;
}

static void vehicle_put(struct wire_out *out, enum gbt32960_edition edition, const struct sample *s)
{
    wire_put_be(out, 0x01, 1);
    wire_put_be(out, RAW_INVALID(1), 1); /* vehicle state */
    wire_put_be(out, charge_state(s), 1);
    signal_put(out, s, SIGNAL_MODE, 1, 1);
    signal_put(out, s, SIGNAL_SPEED, 2, 100);
    signal_put(out, s, SIGNAL_ODO, 4, 100);
    signal_put(out, s, SIGNAL_BATT_V, 2, 100);
    wire_put_be(out, raw_of(s, SIGNAL_BATT_A, 2, 100, edition == GBT32960_2016 ? 10000 : 30000), 2);
    signal_put(out, s, SIGNAL_SOC, 1, 100);
    wire_put_be(out, RAW_INVALID(4), 4); /* converter, gear, insulation */
    if (edition == GBT32960_2016)
        wire_put_be(out, RAW_INVALID(2), 2); /* pedals */
}

/* 0.01 l/100 km. The product of that and 0.001 km/h is 10^-7 l/h, the signal counts 0.001 l/h. */
static uint64_t consumption(const struct sample *s)
{
    enum quality quality = sample_quality(s, SIGNAL_FUEL);
    int64_t speed = rounded(s->value[SIGNAL_SPEED], 100) * 100; /* as the frame says it */
    int64_t raw = 0;

    if (quality != QUALITY_GOOD)
        return code_of(quality, 2);
    if (speed == 0)
        return RAW_INVALID(2);
    raw = rounded(s->value[SIGNAL_FUEL] * 10000, speed);
    return (uint64_t)raw > RAW_MOST(2) ? RAW_MOST(2) : (uint64_t)raw;
}

static void engine_put(struct wire_out *out, enum gbt32960_edition edition, const struct sample *s)
{
    enum quality fuel = edition == GBT32960_2016 ? sample_quality(s, SIGNAL_FUEL) : QUALITY_ABSENT;

    if (sample_quality(s, SIGNAL_RPM) == QUALITY_ABSENT && fuel == QUALITY_ABSENT)
        return;
    wire_put_be(out, 0x04, 1);
    if (edition == GBT32960_2016)
        wire_put_be(out,
                    !sample_has(s, SIGNAL_RPM) ? RAW_INVALID(1)
                    : s->value[SIGNAL_RPM] > 0 ? 1
                                               : 2,
                    1);
    signal_put(out, s, SIGNAL_RPM, 2, 1000);
    if (edition == GBT32960_2016)
        wire_put_be(out, consumption(s), 2);
}

static bool is_unknown(const struct sample *s, enum signal_id id)
{
    enum quality quality = sample_quality(s, id);

    return quality == QUALITY_ABSENT || quality == QUALITY_INVALID;
}

/* The sign stands in the status. */
static void coordinate_put(struct wire_out *out, const struct sample *s, enum signal_id id)
{
    int64_t raw = rounded(s->value[id], 10);

    if (!sample_has(s, id))
        wire_put_be(out, code_of(sample_quality(s, id), 4), 4);
    else
        wire_put_be(out, (uint64_t)(raw < 0 ? -raw : raw), 4);
}

static void position_put(struct wire_out *out, enum gbt32960_edition edition,
                         const struct sample *s)
{
    uint8_t status = 0;

    if (sample_quality(s, SIGNAL_LAT) == QUALITY_ABSENT &&
        sample_quality(s, SIGNAL_LON) == QUALITY_ABSENT)
        return;
    if (is_unknown(s, SIGNAL_LAT) && is_unknown(s, SIGNAL_LON))
        status |= 1;
    if (s->value[SIGNAL_LAT] < 0)
        status |= 2;
    if (s->value[SIGNAL_LON] < 0)
        status |= 4;
    wire_put_be(out, 0x05, 1);
    wire_put_be(out, status, 1);
    if (edition == GBT32960_2025)
        wire_put_be(out, 1, 1); /* WGS-84 */
    coordinate_put(out, s, SIGNAL_LON);
    coordinate_put(out, s, SIGNAL_LAT);
}

static void alarm_put(struct wire_out *out, enum gbt32960_edition edition,
                      const struct gbt32960_alarm *alarm)
{
    if (alarm == NULL)
        return;
    wire_put_be(out, edition == GBT32960_2016 ? 0x07 : 0x06, 1);
    wire_put_be(out, alarm->level, 1);
    wire_put_be(out, alarm->flags, 4);
    wire_put_be(out, 0, edition == GBT32960_2016 ? 4 : 5); /* counts of the lists */
}

static void signature_put(struct wire_out *out, const struct gbt32960_sender *from, size_t at)
{
    struct gbt32960_signature signature = {0};
    size_t begin = at + GBT32960_HEAD_BYTES;

    if (from->edition != GBT32960_2025 || from->sign == NULL || out->failed ||
        !from->sign(from->sign_arg, out->base + begin, out->pos - begin, &signature))
        return;
    wire_put_be(out, 0xFF, 1);
    wire_put_be(out, signature.algorithm, 1);
    wire_put_be(out, signature.r_len, 2);
    wire_put(out, signature.r, signature.r_len);
    wire_put_be(out, signature.s_len, 2);
    wire_put(out, signature.s, signature.s_len);
}

/* ---- the calls ---- */

void gbt32960_encode_report(struct wire_out *out, const struct gbt32960_sender *from,
                            enum gbt32960_command command, const struct sample *sample,
                            const struct gbt32960_alarm *alarm)
{
    size_t at = frame_begin(out, from, command);

    time_put(out, sample->at_ms);
    vehicle_put(out, from->edition, sample);
    engine_put(out, from->edition, sample);
    position_put(out, from->edition, sample);
    alarm_put(out, from->edition, alarm);
    signature_put(out, from, at);
    frame_end(out, at);
}

void gbt32960_encode_login(struct wire_out *out, const struct gbt32960_sender *from, int64_t at_ms,
                           uint16_t serial, const char *iccid)
{
    size_t at = frame_begin(out, from, GBT32960_LOGIN);

    time_put(out, at_ms);
    wire_put_be(out, serial, 2);
    text_put(out, iccid, ICCID_BYTES);
    wire_put_be(out, 0, from->edition == GBT32960_2016 ? 2 : 1); /* no battery codes */
    frame_end(out, at);
}

void gbt32960_encode_logout(struct wire_out *out, const struct gbt32960_sender *from, int64_t at_ms,
                            uint16_t serial)
{
    size_t at = frame_begin(out, from, GBT32960_LOGOUT);

    time_put(out, at_ms);
    wire_put_be(out, serial, 2);
    frame_end(out, at);
}

void gbt32960_encode_empty(struct wire_out *out, const struct gbt32960_sender *from,
                           enum gbt32960_command command)
{
    frame_end(out, frame_begin(out, from, command));
}

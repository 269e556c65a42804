/*
 * The data unit of a realtime or reissue frame. Blocks carry no length (custom ones aside), so each
 * type has a reader that consumes exactly its bytes: the few with our signals take them, the others
 * pass over. A block counts only when it is whole.
 */
#include <stdio.h>

#include "shared/codec/gbt32960_internal.h"

#define TYPE_SIGNATURE       0xFF /* 2025 */
#define TYPE_KNOWN_COUNT     0x33
#define TYPE_PLATFORM_LAST   0x2F /* custom blocks of platforms end here */
#define TYPE_USER_FIRST      0x80 /* custom blocks of users begin here */
#define ALARM_LEVEL_ABNORMAL 0xFE

struct report {
    struct gbt32960_decoder *d;
    const struct gbt32960_frame *frame;
    struct sample sample;
    bool has_fuel;
    bool faulty;   /* something in the data unit could not be read */
    uint32_t fuel; /* 0.01 l/100 km */
};

/* ---- fields ---- */

/* A number in a block: fixed-point value = (raw - offset) * scale. */
struct field {
    uint8_t at, width;
    enum signal_id signal;
    uint32_t min, max; /* raw, as the edition's table gives them */
    int32_t offset;
    int32_t scale;
};

static enum quality raw_quality(uint64_t raw, unsigned width, uint32_t min, uint32_t max)
{
    uint64_t invalid = (1ull << 8 * width) - 1;

    if (raw == invalid)
        return QUALITY_INVALID;
    if (raw == invalid - 1)
        return QUALITY_ABNORMAL;
    return raw < min || raw > max ? QUALITY_OUT_OF_RANGE : QUALITY_GOOD;
}

/* The first number of a frame stays; a number replaces a mark. */
static void take(struct sample *s, enum signal_id id, enum quality quality, int64_t fixed)
{
    if (sample_has(s, id))
        return;
    if (quality == QUALITY_GOOD)
        sample_set(s, id, fixed);
    else if (sample_quality(s, id) == QUALITY_ABSENT)
        sample_mark(s, id, quality);
}

static uint32_t raw_at(const uint8_t *block, size_t at, size_t width)
{
    uint32_t raw = 0;

    for (size_t i = 0; i < width; i++)
        raw = raw << 8 | block[at + i];
    return raw;
}

static void field_take(struct report *r, const uint8_t *block, const struct field *f)
{
    uint32_t raw = raw_at(block, f->at, f->width);
    enum quality quality = raw_quality(raw, f->width, f->min, f->max);

    take(&r->sample, f->signal, quality, ((int64_t)raw - f->offset) * f->scale);
}

/* ---- blocks with our signals ---- */

#define VEHICLE_FIELDS 6

static const struct field vehicle_fields[GBT32960_EDITION_COUNT][VEHICLE_FIELDS] = {
    [GBT32960_2016] = {{2, 1, SIGNAL_MODE, 1, 3, 0, 1},
                       {3, 2, SIGNAL_SPEED, 0, 2200, 0, 100},
                       {5, 4, SIGNAL_ODO, 0, 9999999, 0, 100},
                       {9, 2, SIGNAL_BATT_V, 0, 10000, 0, 100},
                       {11, 2, SIGNAL_BATT_A, 0, 20000, 10000, 100},
                       {13, 1, SIGNAL_SOC, 0, 100, 0, 100}},
    [GBT32960_2025] = {{2, 1, SIGNAL_MODE, 1, 3, 0, 1},
                       {3, 2, SIGNAL_SPEED, 0, 5000, 0, 100},
                       {5, 4, SIGNAL_ODO, 0, 9999999, 0, 100},
                       {9, 2, SIGNAL_BATT_V, 0, 60000, 0, 100},
                       {11, 2, SIGNAL_BATT_A, 0, 60000, 30000, 100},
                       {13, 1, SIGNAL_SOC, 0, 100, 0, 100}},
};

static void vehicle_take(struct report *r, const uint8_t *block)
{
    const struct field *fields = vehicle_fields[r->frame->edition];
    uint8_t charge = block[1];

    /* 1 parked and charging, 2 driving and charging, 3 not charging, 4 charged */
    take(&r->sample, SIGNAL_CHARGING, raw_quality(charge, 1, 1, 4), charge <= 2 ? 1 : 0);
    for (size_t i = 0; i < VEHICLE_FIELDS; i++)
        field_take(r, block, &fields[i]);
}

static void vehicle_2016(struct report *r, struct wire *w)
{
    const uint8_t *block = wire_bytes(w, 20);

    if (block != NULL)
        vehicle_take(r, block);
}

static void vehicle_2025(struct report *r, struct wire *w)
{
    const uint8_t *block = wire_bytes(w, 18);

    if (block != NULL)
        vehicle_take(r, block);
}

static const struct field crank_2016 = {1, 2, SIGNAL_RPM, 0, 60000, 0, 1000};
static const struct field crank_2025 = {0, 2, SIGNAL_RPM, 0, 60000, 0, 1000};

static void engine_2016(struct report *r, struct wire *w)
{
    const uint8_t *block = wire_bytes(w, 5);
    enum quality quality = QUALITY_ABSENT;

    if (block == NULL)
        return;
    field_take(r, block, &crank_2016);
    quality = raw_quality(raw_at(block, 3, 2), 2, 0, 60000);
    if (quality != QUALITY_GOOD)
        take(&r->sample, SIGNAL_FUEL, quality, 0);
    else if (!r->has_fuel)
        r->fuel = raw_at(block, 3, 2);
    r->has_fuel |= quality == QUALITY_GOOD;
}

static void engine_2025(struct report *r, struct wire *w)
{
    const uint8_t *block = wire_bytes(w, 2);

    if (block != NULL)
        field_take(r, block, &crank_2025);
}

/* What the status says about both coordinates. With the first bit set the terminal repeats its last
 * valid place, which is no place of this instant. */
static enum quality status_quality(uint8_t status)
{
    if (status == 0xFE)
        return QUALITY_ABNORMAL;
    return (status & 1) != 0 ? QUALITY_INVALID : QUALITY_GOOD;
}

/* Our coordinates are WGS-84. Others are up to 700 m away and look the same. */
static enum quality datum_quality(uint8_t datum)
{
    if (datum == 1)
        return QUALITY_GOOD;
    return datum == 0xFF ? QUALITY_INVALID : QUALITY_ABNORMAL;
}

static void coordinate_take(struct report *r, enum signal_id id, uint32_t raw, uint32_t max,
                            bool negative)
{
    int64_t fixed = (int64_t)raw * 10;

    take(&r->sample, id, raw_quality(raw, 4, 0, max), negative ? -fixed : fixed);
}

static void position_take(struct report *r, enum quality whole, uint8_t status,
                          const uint8_t *coordinates)
{
    if (whole != QUALITY_GOOD) {
        take(&r->sample, SIGNAL_LON, whole, 0);
        take(&r->sample, SIGNAL_LAT, whole, 0);
        return;
    }
    coordinate_take(r, SIGNAL_LON, raw_at(coordinates, 0, 4), 180000000, (status & 4) != 0);
    coordinate_take(r, SIGNAL_LAT, raw_at(coordinates, 4, 4), 90000000, (status & 2) != 0);
}

static void position_2016(struct report *r, struct wire *w)
{
    const uint8_t *block = wire_bytes(w, 9);

    if (block != NULL)
        position_take(r, status_quality(block[0]), block[0], block + 1);
}

static void position_2025(struct report *r, struct wire *w)
{
    const uint8_t *block = wire_bytes(w, 10);
    enum quality whole = QUALITY_GOOD;

    if (block == NULL)
        return;
    whole = status_quality(block[0]);
    if (whole == QUALITY_GOOD)
        whole = datum_quality(block[1]);
    position_take(r, whole, block[0], block + 2);
}

/* ---- lists ---- */

/* `count` bytes of a count: its two highest codes say that no list follows. */
static size_t list_count(struct wire *w, size_t count)
{
    uint64_t n = wire_be(w, count);

    return n >= (1ull << 8 * count) - 2 ? 0 : (size_t)n;
}

static void list_skip(struct wire *w, size_t count, size_t item)
{
    wire_skip(w, list_count(w, count) * item);
}

static void alarm_tell(struct report *r, uint8_t level, uint32_t flags)
{
    char text[4];

    if (level == 0 || level >= ALARM_LEVEL_ABNORMAL)
        return;
    snprintf(text, sizeof text, "%u", level);
    gbt32960_event(r->d, CODEC_EVENT_ALARM, r->sample.at_ms, flags, text);
}

static void alarm_read(struct report *r, struct wire *w, bool levels)
{
    uint8_t level = wire_u8(w);
    uint32_t flags = wire_be32(w);

    for (int kind = 0; kind < 4; kind++) /* storage, motors, engine, other */
        list_skip(w, 1, 4);
    if (levels)
        list_skip(w, 1, 2);
    if (wire_ok(w))
        alarm_tell(r, level, flags);
}

static void alarm_2016(struct report *r, struct wire *w)
{
    alarm_read(r, w, false);
}

static void alarm_2025(struct report *r, struct wire *w)
{
    alarm_read(r, w, true);
}

static void motors_2016(struct report *r, struct wire *w)
{
    (void)r;
    list_skip(w, 1, 12);
}

static void motors_2025(struct report *r, struct wire *w)
{
    (void)r;
    list_skip(w, 1, 10);
}

static void fuel_cell_2016(struct report *r, struct wire *w)
{
    (void)r;
    wire_skip(w, 6);    /* voltage, current, consumption */
    list_skip(w, 2, 1); /* probes */
    wire_skip(w, 10);   /* hydrogen system, converter */
}

static void fuel_cell_2025(struct report *r, struct wire *w)
{
    (void)r;
    wire_skip(w, 12);
}

static void extremes_2016(struct report *r, struct wire *w)
{
    (void)r;
    wire_skip(w, 14);
}

static void voltages_2016(struct report *r, struct wire *w)
{
    (void)r;
    for (size_t left = list_count(w, 1); left > 0 && wire_ok(w); left--) {
        wire_skip(w, 9); /* number, voltage, current, cells in all, first cell here */
        list_skip(w, 1, 2);
    }
}

static void voltages_2025(struct report *r, struct wire *w)
{
    (void)r;
    for (size_t left = list_count(w, 1); left > 0 && wire_ok(w); left--) {
        wire_skip(w, 5); /* number, voltage, current */
        list_skip(w, 2, 2);
    }
}

static void temperatures(struct report *r, struct wire *w)
{
    (void)r;
    for (size_t left = list_count(w, 1); left > 0 && wire_ok(w); left--) {
        wire_skip(w, 1); /* number */
        list_skip(w, 2, 1);
    }
}

static void stacks_2025(struct report *r, struct wire *w)
{
    (void)r;
    for (size_t left = list_count(w, 1); left > 0 && wire_ok(w); left--) {
        wire_skip(w, 10); /* number, voltage, current, two pressures, air temperature */
        list_skip(w, 2, 1);
    }
}

static void supercap_2025(struct report *r, struct wire *w)
{
    (void)r;
    wire_skip(w, 5); /* number, voltage, current */
    list_skip(w, 2, 2);
    list_skip(w, 2, 1);
}

static void supercap_extremes_2025(struct report *r, struct wire *w)
{
    (void)r;
    wire_skip(w, 18);
}

static void custom(struct report *r, struct wire *w)
{
    (void)r;
    wire_skip(w, wire_be16(w));
}

/* ---- types ---- */

typedef void block_reader(struct report *r, struct wire *w);

static block_reader *const readers[GBT32960_EDITION_COUNT][TYPE_KNOWN_COUNT] = {
    [GBT32960_2016] = {[0x01] = vehicle_2016,
                       [0x02] = motors_2016,
                       [0x03] = fuel_cell_2016,
                       [0x04] = engine_2016,
                       [0x05] = position_2016,
                       [0x06] = extremes_2016,
                       [0x07] = alarm_2016,
                       [0x08] = voltages_2016,
                       [0x09] = temperatures},
    [GBT32960_2025] = {[0x01] = vehicle_2025,
                       [0x02] = motors_2025,
                       [0x03] = fuel_cell_2025,
                       [0x04] = engine_2025,
                       [0x05] = position_2025,
                       [0x06] = alarm_2025,
                       [0x07] = voltages_2025,
                       [0x08] = temperatures,
                       [0x30] = stacks_2025,
                       [0x31] = supercap_2025,
                       [0x32] = supercap_extremes_2025},
};

static block_reader *reader_find(enum gbt32960_edition edition, uint8_t type)
{
    static const uint8_t platform_first[] = {[GBT32960_2016] = 0x0A, [GBT32960_2025] = 0x09};

    if ((type >= platform_first[edition] && type <= TYPE_PLATFORM_LAST) ||
        (type >= TYPE_USER_FIRST && type != TYPE_SIGNATURE))
        return custom;
    return type < TYPE_KNOWN_COUNT ? readers[edition][type] : NULL;
}

static void truncated(struct report *r, uint8_t type, size_t at)
{
    r->faulty = true;
    (void)gbt32960_refuse(r->d, GBT32960_TRUNCATED_DATA_UNIT, at,
                          "the block of type 0x%02X needs more bytes than the data unit has", type);
}

/* ---- signature ---- */

static enum signature_state verify(const struct report *r, int algorithm, size_t end,
                                   const uint8_t *parts[2], const size_t lens[2])
{
    const struct codec_input *in = r->d->input;
    size_t begin = r->frame->at + GBT32960_HEAD_BYTES;

    if (in->verify == NULL || algorithm < 1 || algorithm > 3 || r->d->checked == CODEC_CHECKS_MAX)
        return SIGNATURE_UNKNOWN;
    r->d->checked++;
    return in->verify(in->verify_arg, in->unit, algorithm, in->bytes + begin, end - begin, parts[0],
                      lens[0], parts[1], lens[1]);
}

/* `at` is the 0xFF that opens the block; what is signed ends before it. A block that is cut claims
 * a signature that proves nothing. */
static void signature_read(struct report *r, struct wire *w, size_t at)
{
    int algorithm = wire_u8(w);
    const uint8_t *parts[2];
    size_t lens[2];

    for (int i = 0; i < 2; i++) {
        lens[i] = wire_be16(w);
        parts[i] = wire_bytes(w, lens[i]);
    }
    if (!wire_ok(w)) {
        r->sample.signature = SIGNATURE_BAD;
        truncated(r, TYPE_SIGNATURE, at);
        return;
    }
    r->sample.signature = (uint8_t)verify(r, algorithm, at, parts, lens);
    if (wire_left(w) > 0)
        (void)gbt32960_refuse(r->d, GBT32960_TRAILING_AFTER_SIGNATURE, w->pos,
                              "%zu bytes follow the signature, which is the last block",
                              wire_left(w));
}

/* ---- the whole ---- */

/* False when the rest cannot be read. */
static bool block_read(struct report *r, struct wire *w)
{
    size_t at = w->pos;
    uint8_t type = wire_u8(w);
    block_reader *read = reader_find(r->frame->edition, type);

    if (type == TYPE_SIGNATURE && r->frame->edition == GBT32960_2025) {
        signature_read(r, w, at);
        return false;
    }
    if (read == NULL) {
        r->faulty = true;
        (void)gbt32960_refuse(r->d, GBT32960_UNKNOWN_INFO_TYPE, at,
                              "type 0x%02X is reserved, so nothing behind it can be read", type);
        return false;
    }
    read(r, w);
    if (!wire_ok(w))
        truncated(r, type, at);
    return wire_ok(w);
}

/* From consumption by distance to fuel by time; a vehicle that stands has none by distance. The
 * product of 0.01 l/100 km and 0.001 km/h is 10^-7 l/h, the signal counts 0.001 l/h. */
static void fuel_take(struct report *r)
{
    int64_t speed = r->sample.value[SIGNAL_SPEED]; /* 0 where it is not a number */

    if (r->has_fuel && speed > 0)
        take(&r->sample, SIGNAL_FUEL, QUALITY_GOOD, (r->fuel * speed + 5000) / 10000);
}

void gbt32960_report(struct gbt32960_decoder *d, const struct gbt32960_frame *frame,
                     struct wire *body, int64_t at_ms)
{
    struct report r = {.d = d, .frame = frame, .sample = {.at_ms = at_ms}};
    bool all = true;

    while (all && wire_left(body) > 0)
        all = block_read(&r, body);
    fuel_take(&r);
    if (!r.faulty || !sample_is_empty(&r.sample))
        gbt32960_sample_add(d, &r.sample);
}

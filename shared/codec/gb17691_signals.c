#include "shared/codec/gb17691_signals.h"

#define BAND_VALID    0xfau
#define BAND_ABNORMAL 0xfeu
#define BAND_INVALID  0xffu

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* Columns: signal, first byte, size, factor as times / over, offset. */
static const struct gb17691_field stream_scr[] = {
    {SIGNAL_SPEED, 0, 2, 125, 32, 0},  /* 1/256 km/h */
    {SIGNAL_RPM, 5, 2, 125, 1, 0},     /* 0.125 1/min */
    {SIGNAL_FUEL, 7, 2, 50, 1, 0},     /* 0.05 l/h */
    {SIGNAL_NOX, 11, 2, 5, 1, -20000}, /* 0.05 ppm - 200 */
    {SIGNAL_UREA, 13, 1, 40, 1, 0},    /* 0.4 % */
    {SIGNAL_ODO, 33, 4, 100, 1, 0},    /* 0.1 km */
};

static const struct gb17691_field stream_twc[] = {
    {SIGNAL_SPEED, 0, 2, 125, 32, 0},
    {SIGNAL_RPM, 5, 2, 125, 1, 0},
    {SIGNAL_FUEL, 7, 2, 50, 1, 0},
    {SIGNAL_ODO, 26, 4, 100, 1, 0},
};

static const struct gb17691_field stream_twc_nox[] = {
    {SIGNAL_SPEED, 0, 2, 125, 32, 0}, {SIGNAL_RPM, 5, 2, 125, 1, 0},
    {SIGNAL_FUEL, 7, 2, 50, 1, 0},    {SIGNAL_NOX, 12, 2, 5, 1, -20000},
    {SIGNAL_ODO, 28, 4, 100, 1, 0},
};

static const struct gb17691_field hybrid[] = {
    {SIGNAL_BATT_V, 3, 2, 100, 1, 0},        /* 0.1 V */
    {SIGNAL_BATT_A, 5, 2, 100, 1, -1000000}, /* 0.1 A - 1000 */
    {SIGNAL_SOC, 7, 1, 100, 1, 0},
};

struct gb17691_fields gb17691_fields_of(uint8_t type, size_t len)
{
    switch (type) {
    case GB17691_STREAM_SCR:
        return (struct gb17691_fields){stream_scr, COUNT(stream_scr), 24};
    case GB17691_STREAM_TWC:
    case GB17691_STREAM_TWC_NOX:
        if (len == GB17691_STREAM_TWC_SIZE)
            return (struct gb17691_fields){stream_twc, COUNT(stream_twc), 17};
        return (struct gb17691_fields){stream_twc_nox, COUNT(stream_twc_nox), 19};
    case GB17691_HYBRID:
        return (struct gb17691_fields){hybrid, COUNT(hybrid), -1};
    default:
        return (struct gb17691_fields){NULL, 0, -1};
    }
}

static uint32_t number_at(const uint8_t *bytes, size_t size)
{
    uint32_t number = 0;

    for (size_t i = 0; i < size; i++)
        number = number << 8 | bytes[i];
    return number;
}

/* The first byte says in which band a value of any size lies. */
static enum quality band(uint8_t first)
{
    if (first <= BAND_VALID)
        return QUALITY_GOOD;
    if (first == BAND_INVALID)
        return QUALITY_INVALID;
    return first == BAND_ABNORMAL ? QUALITY_ABNORMAL : QUALITY_OUT_OF_RANGE;
}

static void set(struct sample *sample, enum signal_id signal, int64_t fixed)
{
    const struct signal_def *def = signal_def(signal);

    if (fixed >= def->min && fixed <= def->max)
        sample_set(sample, signal, fixed);
    else
        sample_mark(sample, signal, QUALITY_OUT_OF_RANGE);
}

static void field_read(const struct gb17691_field *field, const uint8_t *body,
                       struct sample *sample)
{
    const uint8_t *bytes = body + field->at;
    enum quality quality = band(bytes[0]);
    int64_t raw = number_at(bytes, field->size);

    if (quality != QUALITY_GOOD)
        sample_mark(sample, field->signal, quality);
    else
        set(sample, field->signal,
            (raw * field->times + field->over / 2) / field->over + field->plus);
}

static void degrees_read(const uint8_t *bytes, bool negative, enum signal_id signal,
                         struct sample *sample)
{
    enum quality quality = band(bytes[0]);
    int64_t fixed = (int64_t)number_at(bytes, 4) * 10;

    if (quality != QUALITY_GOOD)
        sample_mark(sample, signal, quality);
    else
        set(sample, signal, negative ? -fixed : fixed);
}

void gb17691_position_read(const uint8_t position[static GB17691_POSITION_SIZE],
                           struct sample *sample)
{
    enum quality quality = band(position[0]);

    if (quality == QUALITY_GOOD && (position[0] & GB17691_NO_FIX) != 0)
        quality = QUALITY_INVALID;
    if (quality != QUALITY_GOOD) {
        sample_mark(sample, SIGNAL_LON, quality);
        sample_mark(sample, SIGNAL_LAT, quality);
        return;
    }
    degrees_read(position + 1, (position[0] & GB17691_WEST) != 0, SIGNAL_LON, sample);
    degrees_read(position + 5, (position[0] & GB17691_SOUTH) != 0, SIGNAL_LAT, sample);
}

/* The lamp has a table of its own: 0xFE stands for invalid there. */
static void lamp_read(uint8_t lamp, struct sample *sample)
{
    if (lamp <= 1)
        sample_set(sample, SIGNAL_MIL, lamp);
    else
        sample_mark(sample, SIGNAL_MIL,
                    lamp >= BAND_ABNORMAL ? QUALITY_INVALID : QUALITY_OUT_OF_RANGE);
}

void gb17691_signals_read(const struct gb17691_block *block, struct sample *sample)
{
    struct gb17691_fields fields = gb17691_fields_of(block->type, block->len);

    if (block->type == GB17691_OBD)
        lamp_read(block->body[GB17691_MIL_AT], sample);
    for (size_t i = 0; i < fields.count; i++)
        field_read(&fields.field[i], block->body, sample);
    if (fields.position_at >= 0)
        gb17691_position_read(block->body + fields.position_at, sample);
}

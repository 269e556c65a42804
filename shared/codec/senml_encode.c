/*
 * One walk over the samples feeds two writers: pack_write visits every present signal and calls the
 * writer of the encoding for the head of the pack and for each record.
 */
#include "shared/codec/senml_encode.h"

#include <assert.h>
#include <cbor.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "shared/codec/senml_label.h"
#include "shared/codec/senml_name.h"
#include "shared/unit.h"
#include "shared/wire.h"

/* Room for one record in either encoding: labels, the longest short name and unit, two numbers. */
#define RECORD_BYTES_MAX 128
/* Room for the array's head and the base fields. */
#define HEAD_BYTES_MAX 192
#define BASE_NAME_MAX  (sizeof SENML_URN + UNIT_NAME_MAX + 2)

struct record {
    bool first;                   /* carries the base fields */
    const struct signal_def *def; /* NULL: base fields only */
    int64_t value;
    int64_t t_ms; /* after the base time */
};

struct writer {
    const struct senml_encode_options *options;
    char base_name[BASE_NAME_MAX];
    int64_t base_time_ms;
    struct wire_out out;
    void (*record)(struct writer *w, const struct record *record);
};

static bool has_unit(const struct writer *w, const struct record *record)
{
    return w->options->with_units && record->def->unit[0] != '\0';
}

static void text_put(struct writer *w, const char *text)
{
    wire_put(&w->out, text, strlen(text));
}

/* fixed / 10^digits in decimal, exact, without trailing zeros. */
static void json_number(struct writer *w, int64_t fixed, int digits)
{
    char text[32];
    size_t at = sizeof text;
    uint64_t magnitude = fixed < 0 ? 0 - (uint64_t)fixed : (uint64_t)fixed;

    for (; digits > 0 && magnitude % 10 == 0; digits--)
        magnitude /= 10;
    for (int place = 0; place <= digits || magnitude > 0; place++, magnitude /= 10) {
        if (place == digits && digits > 0)
            text[--at] = '.';
        text[--at] = (char)('0' + magnitude % 10);
    }
    if (fixed < 0)
        text[--at] = '-';
    wire_put(&w->out, text + at, sizeof text - at);
}

static void json_label(struct writer *w, const char *before, enum senml_label label)
{
    text_put(w, before);
    text_put(w, senml_label_name(label));
    text_put(w, "\":");
}

/* Names and units of the signal table need no escapes. */
static void json_text(struct writer *w, const char *text)
{
    text_put(w, "\"");
    text_put(w, text);
    text_put(w, "\"");
}

static void json_value(struct writer *w, const struct record *record)
{
    const struct signal_def *def = record->def;

    if (def->kind == SIGNAL_BOOLEAN) {
        json_label(w, ",\"", SENML_VB);
        text_put(w, record->value != 0 ? "true" : "false");
    } else if (def->kind == SIGNAL_MODE_NAME) {
        json_label(w, ",\"", SENML_VS);
        json_text(w, run_mode_name(record->value));
    } else {
        json_label(w, ",\"", SENML_V);
        json_number(w, record->value, def->digits);
    }
}

static void json_record(struct writer *w, const struct record *record)
{
    text_put(w, record->first ? "[{" : ",{");
    if (record->first && w->base_name[0] != '\0') {
        json_label(w, "\"", SENML_BN);
        json_text(w, w->base_name);
        text_put(w, ",");
    }
    if (record->first) {
        json_label(w, "\"", SENML_BT);
        json_number(w, w->base_time_ms, 3);
        text_put(w, record->def != NULL ? "," : "");
    }
    if (record->def != NULL) {
        json_label(w, "\"", SENML_N);
        json_text(w, record->def->name);
        if (has_unit(w, record)) {
            json_label(w, ",\"", SENML_U);
            json_text(w, record->def->unit);
        }
        if (record->t_ms != 0) {
            json_label(w, ",\"", SENML_T);
            json_number(w, record->t_ms, 3);
        }
        json_value(w, record);
    }
    text_put(w, "}");
}

/* libcbor's encoders write one item head and say how long it is; 0 when there is no room. */
#define CBOR_PUT(w, encode, ...)                                                                   \
    wire_room(&(w)->out,                                                                           \
              encode(__VA_ARGS__, (w)->out.base + (w)->out.pos, (w)->out.cap - (w)->out.pos))

static void cbor_integer(struct writer *w, int64_t value)
{
    if (value >= 0)
        CBOR_PUT(w, cbor_encode_uint, (uint64_t)value);
    else
        CBOR_PUT(w, cbor_encode_negint, (uint64_t)(-1 - value));
}

static void cbor_label(struct writer *w, enum senml_label label)
{
    cbor_integer(w, senml_label_key(label));
}

static void cbor_text(struct writer *w, enum senml_label label, const char *text)
{
    cbor_label(w, label);
    CBOR_PUT(w, cbor_encode_string_start, strlen(text));
    text_put(w, text);
}

static int64_t power_of_ten(int digits)
{
    int64_t power = 1;

    for (; digits > 0; digits--)
        power *= 10;
    return power;
}

/* An integer, else a single float where it rounds to the same fixed-point value, else a double. */
static void cbor_number(struct writer *w, enum senml_label label, int64_t fixed, int digits)
{
    int64_t power = power_of_ten(digits);
    double number = (double)fixed / (double)power;
    float single = (float)number;

    cbor_label(w, label);
    if (fixed % power == 0)
        cbor_integer(w, fixed / power);
    else if (llround((double)single * (double)power) == fixed)
        CBOR_PUT(w, cbor_encode_single, single);
    else
        CBOR_PUT(w, cbor_encode_double, number);
}

static void cbor_value(struct writer *w, const struct record *record)
{
    const struct signal_def *def = record->def;

    if (def->kind == SIGNAL_BOOLEAN) {
        cbor_label(w, SENML_VB);
        CBOR_PUT(w, cbor_encode_bool, record->value != 0);
    } else if (def->kind == SIGNAL_MODE_NAME) {
        cbor_text(w, SENML_VS, run_mode_name(record->value));
    } else {
        cbor_number(w, SENML_V, record->value, def->digits);
    }
}

static void cbor_record(struct writer *w, const struct record *record)
{
    bool named = record->first && w->base_name[0] != '\0';
    size_t pairs = (named ? 1u : 0u) + (record->first ? 1u : 0u);

    if (record->def != NULL)
        pairs += 2u + (has_unit(w, record) ? 1u : 0u) + (record->t_ms != 0 ? 1u : 0u);
    CBOR_PUT(w, cbor_encode_map_start, pairs);
    if (named)
        cbor_text(w, SENML_BN, w->base_name);
    if (record->first)
        cbor_number(w, SENML_BT, w->base_time_ms, 3);
    if (record->def == NULL)
        return;
    cbor_text(w, SENML_N, record->def->name);
    if (has_unit(w, record))
        cbor_text(w, SENML_U, record->def->unit);
    if (record->t_ms != 0)
        cbor_number(w, SENML_T, record->t_ms, 3);
    cbor_value(w, record);
}

static void base_name_write(struct writer *w)
{
    const struct senml_encode_options *o = w->options;

    if (o->naming == SENML_NAMING_BARE)
        return;
    assert(unit_name_ok(o->unit, strlen(o->unit)));
    snprintf(w->base_name, sizeof w->base_name,
             o->naming == SENML_NAMING_URN ? SENML_URN "%s:" : "%s/", o->unit);
}

static size_t records_count(const struct sample *samples, size_t count)
{
    size_t records = 0;

    for (size_t i = 0; i < count; i++)
        records += (size_t)__builtin_popcount(samples[i].present);
    return records;
}

/* Every present signal as a record; a lone record of base fields when there is none. */
static void records_write(struct writer *w, const struct sample *samples, size_t count)
{
    struct record record = {.first = true};

    for (size_t i = 0; i < count; i++) {
        for (uint32_t left = samples[i].present; left != 0; left &= left - 1) {
            record.def = signal_def((enum signal_id)__builtin_ctz(left));
            record.value = samples[i].value[record.def->id];
            record.t_ms = samples[i].at_ms - w->base_time_ms;
            w->record(w, &record);
            record.first = false;
        }
    }
    if (record.first)
        w->record(w, &record);
}

static struct writer writer_over(const struct senml_encode_options *options,
                                 const struct sample *samples, size_t count, struct arena *arena)
{
    size_t room = HEAD_BYTES_MAX + (records_count(samples, count) + 1) * RECORD_BYTES_MAX;
    struct writer w = {.options = options,
                       .base_time_ms = count > 0 ? samples[0].at_ms : 0,
                       .out = wire_into(arena_alloc(arena, room, 1), room)};

    base_name_write(&w);
    return w;
}

static struct senml_bytes written(const struct writer *w)
{
    assert(!w->out.failed);
    return (struct senml_bytes){w->out.base, w->out.pos};
}

struct senml_bytes senml_encode_json(const struct senml_encode_options *options,
                                     const struct sample *samples, size_t count,
                                     struct arena *arena)
{
    struct writer w = writer_over(options, samples, count, arena);

    w.record = json_record;
    records_write(&w, samples, count);
    text_put(&w, "]");
    return written(&w);
}

struct senml_bytes senml_encode_cbor(const struct senml_encode_options *options,
                                     const struct sample *samples, size_t count,
                                     struct arena *arena)
{
    struct writer w = writer_over(options, samples, count, arena);
    size_t records = records_count(samples, count);

    w.record = cbor_record;
    CBOR_PUT(&w, cbor_encode_array_start, records == 0 ? 1 : records);
    records_write(&w, samples, count);
    return written(&w);
}

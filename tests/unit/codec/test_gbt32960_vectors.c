/*
 * Every GB/T 32960 frame of ../shared/vectors/frames.jsonl (from the project's root) against the
 * values of the vectors' independent decoder: header, identification number, times, events, each of
 * our signals with its state, the reason of each refusal and the blocks kept before a fault. Blocks
 * that our samples do not carry (cells, temperatures, motors, …) are compared by their length only:
 * a block measured wrongly breaks whatever stands behind it.
 *
 * Where we say something else than the vectors, on purpose (docs/formats.md):
 *  - an answer (response flag other than 0xFE) is refused, the vectors call it valid;
 *  - month 13 is refused, the vectors call the frame valid and its time invalid;
 *  - coordinates that are not WGS-84, or without a fix, are no numbers.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <jansson.h>
#include <stdio.h>

#include "shared/when.h"
#include "tests/unit/codec/gbt32960_frames.h"

#define VECTORS "../shared/vectors/frames.jsonl"
#define SKIPPED 77

struct vector {
    const char *id;
    const json_t *expect, *body;
    struct payload payload;
    struct decoding d;
    int wrong;
};

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text == NULL ? "" : text;
}

static json_int_t int_of(const json_t *object, const char *key)
{
    return json_integer_value(json_object_get(object, key));
}

static void check(struct vector *v, bool holds, const char *what)
{
    if (holds)
        return;
    v->wrong++;
    print_error("%s: %s (our reason: %s %s)\n", v->id, what,
                v->d.result.fault.reason == NULL ? "none" : v->d.result.fault.reason,
                v->d.result.fault.detail);
}

/* ---- what a report should give ---- */

static enum quality state_of(const json_t *value)
{
    const char *state = text_of(value, "state");

    for (int q = QUALITY_INVALID; q < QUALITY_COUNT; q++)
        if (strcmp(state, quality_name((enum quality)q)) == 0)
            return (enum quality)q;
    return QUALITY_ABSENT;
}

static void expect_state(struct sample *s, enum signal_id id, enum quality quality)
{
    if (sample_quality(s, id) == QUALITY_ABSENT)
        sample_mark(s, id, quality);
}

static void expect_number(struct sample *s, enum signal_id id, const json_t *value)
{
    if (sample_has(s, id))
        return;
    if (json_is_number(value))
        sample_set_number(s, id, json_number_value(value));
    else
        expect_state(s, id, state_of(value));
}

/* Codes the vectors give as plain numbers. */
static void expect_code(struct sample *s, enum signal_id id, json_int_t code, json_int_t most,
                        int64_t value)
{
    if (code >= 1 && code <= most)
        sample_set(s, id, value);
    else
        expect_state(s, id,
                     code == 0xFF   ? QUALITY_INVALID
                     : code == 0xFE ? QUALITY_ABNORMAL
                                    : QUALITY_OUT_OF_RANGE);
}

static void expect_vehicle(struct sample *s, const json_t *info)
{
    json_int_t charge = int_of(info, "charge_state");
    json_int_t mode = int_of(info, "run_mode");

    expect_code(s, SIGNAL_CHARGING, charge, 4, charge <= 2);
    expect_code(s, SIGNAL_MODE, mode, 3, mode);
    expect_number(s, SIGNAL_SPEED, json_object_get(info, "speed_kmh"));
    expect_number(s, SIGNAL_ODO, json_object_get(info, "mileage_km"));
    expect_number(s, SIGNAL_BATT_V, json_object_get(info, "voltage_v"));
    expect_number(s, SIGNAL_BATT_A, json_object_get(info, "current_a"));
    expect_number(s, SIGNAL_SOC, json_object_get(info, "soc_pct"));
}

static void expect_position(struct sample *s, const json_t *info)
{
    json_int_t datum = json_object_get(info, "coord_sys") == NULL ? 1 : int_of(info, "coord_sys");

    if (!json_is_true(json_object_get(info, "valid")) || datum == 0xFF) {
        expect_state(s, SIGNAL_LAT, QUALITY_INVALID);
        expect_state(s, SIGNAL_LON, QUALITY_INVALID);
    } else if (datum != 1) {
        expect_state(s, SIGNAL_LAT, QUALITY_ABNORMAL);
        expect_state(s, SIGNAL_LON, QUALITY_ABNORMAL);
    } else {
        expect_number(s, SIGNAL_LAT, json_object_get(info, "lat"));
        expect_number(s, SIGNAL_LON, json_object_get(info, "lon"));
    }
}

static void expect_engine(struct sample *s, const json_t *info)
{
    const json_t *fuel = json_object_get(info, "fuel_l_100km");

    expect_number(s, SIGNAL_RPM, json_object_get(info, "rpm"));
    if (json_is_object(fuel))
        expect_state(s, SIGNAL_FUEL, state_of(fuel));
    else if (json_is_number(fuel) && s->value[SIGNAL_SPEED] > 0)
        sample_set_number(s, SIGNAL_FUEL,
                          json_number_value(fuel) * (double)s->value[SIGNAL_SPEED] / 1e5);
}

static size_t expect_infos(const struct vector *v, struct sample *s)
{
    size_t alarms = 0;
    size_t i = 0;
    json_t *info = NULL;

    json_array_foreach(json_object_get(v->body, "infos"), i, info)
    {
        const char *name = text_of(info, "name");
        if (strcmp(name, "vehicle") == 0)
            expect_vehicle(s, info);
        else if (strcmp(name, "position") == 0)
            expect_position(s, info);
        else if (strcmp(name, "engine") == 0)
            expect_engine(s, info);
        else if (strcmp(name, "alarm") == 0)
            alarms += int_of(info, "level") > 0 && int_of(info, "level") < 0xFE;
    }
    return alarms;
}

static void check_sample(struct vector *v, const struct sample *wanted)
{
    const struct sample *is = &v->d.result.samples[0];

    for (int id = 0; id < SIGNAL_COUNT; id++) {
        enum signal_id signal = (enum signal_id)id;
        check(v,
              sample_quality(is, signal) == sample_quality(wanted, signal) &&
                  is->value[id] == wanted->value[id],
              signal_def(signal)->name);
    }
    check(v, sample_compare(is, wanted) == 0, "sample");
    check(v, is->signature == wanted->signature, "signature");
}

static void check_report(struct vector *v, int64_t at_ms)
{
    struct sample wanted = {.at_ms = at_ms};
    size_t alarms = expect_infos(v, &wanted);

    if (json_object_get(v->body, "signature") != NULL)
        wanted.signature = SIGNATURE_UNKNOWN;
    check(v, v->d.result.count == 1, "one sample");
    if (v->d.result.count == 1)
        check_sample(v, &wanted);
    check(v, events_of(&v->d, CODEC_EVENT_ALARM) == alarms, "alarms");
}

/* ---- whole frames ---- */

static void check_event(struct vector *v, enum codec_event_kind kind, int64_t at_ms, int64_t number,
                        const char *text)
{
    const struct codec_event *event = event_of(&v->d, kind);

    check(v, event != NULL && events_of(&v->d, kind) == 1, "the event is there once");
    if (event == NULL)
        return;
    check(v, event->at_ms == at_ms, "time of the event");
    check(v, event->number == number, "number of the event");
    check(v, strcmp(event->text, text) == 0, event->text);
}

static void check_command(struct vector *v, json_int_t command, int64_t at_ms)
{
    size_t events = v->d.result.event_count;
    bool vehicle = command != 5 && command != 6;

    if (vehicle)
        check_event(v, CODEC_EVENT_VIN, at_ms, 0, text_of(v->expect, "vin"));
    if (command == 1)
        check_event(v, CODEC_EVENT_LOGIN, at_ms, int_of(v->body, "seq"), text_of(v->body, "iccid"));
    else if (command == 4)
        check_event(v, CODEC_EVENT_LOGOUT, at_ms, int_of(v->body, "seq"), "");
    else if (command == 7)
        check_event(v, CODEC_EVENT_HEARTBEAT, at_ms, 0, "");
    else if (command == 8)
        check_event(v, CODEC_EVENT_TIME_SYNC, at_ms, 0, "");
    else if (command == 9)
        check_event(v, CODEC_EVENT_ACTIVATION, at_ms, 0, text_of(v->body, "chip_id"));
    if (command == 2 || command == 3)
        check_report(v, at_ms);
    else
        check(v, v->d.result.count == 0 && events <= 2, "no sample");
}

static void check_header(struct vector *v)
{
    const uint8_t *bytes = v->payload.bytes;

    check(v, (bytes[0] == '#' ? 2016 : 2025) == int_of(v->expect, "version"), "edition");
    check(v, bytes[21] == int_of(v->expect, "encryption"), "encryption");
    check(v, (size_t)int_of(v->expect, "data_len") + 25 == v->payload.len, "length");
}

static bool refused_as(const struct vector *v, const char *reason)
{
    return v->d.err == ERR_INPUT && strcmp(v->d.result.fault.reason, reason) == 0;
}

static void check_valid(struct vector *v)
{
    const json_t *time = json_object_get(v->body, "time");
    int64_t at_ms = NOW_MS;

    check_header(v);
    if (int_of(v->expect, "response") != 0xFE) {
        check(v, refused_as(v, "answer-frame"), "an answer");
        return;
    }
    if (json_is_object(time)) {
        check(v, refused_as(v, "impossible-time"), "an impossible time");
        return;
    }
    if (json_is_string(time))
        check(v, when_instant_parse(json_string_value(time), &at_ms), "time of the vector");
    check(v, v->d.err == ERR_OK, "taken");
    check_command(v, int_of(v->expect, "cmd"), at_ms);
}

static bool block_is_kept(const struct vector *v, const char *name, enum signal_id id)
{
    bool wanted = false;
    bool kept = false;
    size_t i = 0;
    json_t *block = NULL;

    json_array_foreach(json_object_get(v->expect, "blocks_ok_before_error"), i, block) wanted |=
        strcmp(json_string_value(block), name) == 0;
    if (v->d.result.count > 0)
        kept = sample_quality(&v->d.result.samples[0], id) != QUALITY_ABSENT;
    return wanted == kept;
}

static void check_broken(struct vector *v)
{
    char reason[64];

    snprintf(reason, sizeof reason, "%s", text_of(v->expect, "error"));
    for (char *c = reason; *c != '\0'; c++)
        if (*c == '_')
            *c = '-';
    check(v, refused_as(v, reason), reason);
    check(v, block_is_kept(v, "vehicle", SIGNAL_SPEED), "vehicle block before the fault");
    check(v, block_is_kept(v, "position", SIGNAL_LAT), "position block before the fault");
    check(v, block_is_kept(v, "engine", SIGNAL_RPM), "engine block before the fault");
}

static bool vector_is_ours(const json_t *line)
{
    return strncmp(text_of(line, "protocol"), "gbt32960", 8) == 0;
}

static int vector_check(json_t *line)
{
    struct vector *v = calloc(1, sizeof *v);
    int wrong = 0;

    assert_non_null(v);
    v->id = text_of(line, "id");
    v->expect = json_object_get(line, "expect");
    v->body = json_object_get(v->expect, "body");
    payload_hex(&v->payload, text_of(line, "hex"));
    v->d = decode_payload(&v->payload);
    if (json_is_true(json_object_get(line, "valid")))
        check_valid(v);
    else
        check_broken(v);
    wrong = v->wrong;
    decoding_end(&v->d);
    free(v);
    return wrong;
}

static void every_vector_gives_what_it_says(void **state)
{
    FILE *file = *state;
    char *text = NULL;
    size_t room = 0;
    int frames = 0;
    int wrong = 0;

    while (getline(&text, &room, file) > 0) {
        json_t *line = json_loads(text, JSON_ALLOW_NUL, NULL);
        assert_non_null(line);
        if (vector_is_ours(line)) {
            frames++;
            wrong += vector_check(line);
        }
        json_decref(line);
    }
    free(text);
    print_message("%d frames of GB/T 32960\n", frames);
    assert_true(frames > 50);
    assert_int_equal(wrong, 0);
}

int main(void)
{
    FILE *file = fopen(VECTORS, "r");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate(every_vector_gives_what_it_says, file)};
    int failed = 0;

    if (file == NULL) {
        printf("SKIPPED: %s is not there\n", VECTORS);
        return SKIPPED;
    }
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    fclose(file);
    return failed;
}

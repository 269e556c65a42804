/*
 * Every GB 17691 and HJ 1239 frame of ../shared/vectors/frames.jsonl (from the project's root)
 * against the values of the vectors' independent decoder: header, identification number, layout,
 * times, events, each of our signals with its state, the reason of each refusal.
 *
 * A number outside the range of our signal is out of range with us and a number there (an odometer
 * of 240 million km).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <jansson.h>
#include <stdio.h>

#include "shared/when.h"
#include "tests/unit/codec/gb17691_frames.h"

#define VECTORS "../shared/vectors/frames.jsonl"
#define SKIPPED 77

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text == NULL ? "" : text;
}

static json_int_t int_of(const json_t *object, const char *key)
{
    return json_integer_value(json_object_get(object, key));
}

static int64_t time_of(const json_t *object)
{
    int64_t at_ms = 0;

    assert_true(when_instant_parse(text_of(object, "time"), &at_ms));
    return at_ms;
}

/* The names of the vectors' layouts. */
static const char *const layouts[] = {[CODEC_LAYOUT_L1] = "type_serial",
                                      [CODEC_LAYOUT_L1B] = "type_serial_once",
                                      [CODEC_LAYOUT_L2] = "serial_type",
                                      [CODEC_LAYOUT_L3] = "serial_type_time"};

static const struct {
    const char *key;
    enum signal_id id;
} keys[] = {
    {"speed_kmh", SIGNAL_SPEED},  {"rpm", SIGNAL_RPM},          {"fuel_lph", SIGNAL_FUEL},
    {"nox_down_ppm", SIGNAL_NOX}, {"reagent_pct", SIGNAL_UREA}, {"odometer_km", SIGNAL_ODO},
    {"batt_v", SIGNAL_BATT_V},    {"batt_a", SIGNAL_BATT_A},    {"soc_pct", SIGNAL_SOC},
    {"lat", SIGNAL_LAT},          {"lon", SIGNAL_LON},
};

static enum quality state_of(const json_t *value)
{
    const char *state = text_of(value, "state");

    for (int q = QUALITY_INVALID; q < QUALITY_COUNT; q++)
        if (strcmp(state, quality_name((enum quality)q)) == 0)
            return (enum quality)q;
    return QUALITY_ABSENT;
}

static void expect(struct sample *s, enum signal_id id, const json_t *value)
{
    if (json_is_number(value))
        sample_set_number(s, id, json_number_value(value));
    else
        sample_mark(s, id, state_of(value));
}

static void expect_info(struct sample *s, const json_t *info)
{
    const json_t *mil = json_object_get(info, "mil");
    const json_t *fix = json_object_get(info, "pos_valid");

    if (json_is_integer(mil) && json_integer_value(mil) <= 1)
        sample_set(s, SIGNAL_MIL, json_integer_value(mil));
    else if (mil != NULL)
        sample_mark(s, SIGNAL_MIL, json_is_object(mil) ? state_of(mil) : QUALITY_OUT_OF_RANGE);
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        if (json_object_get(info, keys[i].key) != NULL)
            expect(s, keys[i].id, json_object_get(info, keys[i].key));
    if (json_is_false(fix)) {
        sample_mark(s, SIGNAL_LAT, QUALITY_INVALID);
        sample_mark(s, SIGNAL_LON, QUALITY_INVALID);
    }
}

static size_t streams_in(const json_t *infos)
{
    size_t i = 0;
    size_t count = 0;
    json_t *info = NULL;

    json_array_foreach(infos, i, info) count += strncmp(text_of(info, "name"), "stream", 6) == 0;
    return count;
}

static const struct sample *sample_at(const struct codec_result *r, int64_t at_ms)
{
    for (size_t i = 0; i < r->count; i++)
        if (r->samples[i].at_ms == at_ms)
            return &r->samples[i];
    fail_msg("no sample at %lld", (long long)at_ms);
    return NULL;
}

/* All of what the block says stands in the sample of its time. */
static void check_info(const struct decoding *d, const json_t *body, const json_t *info,
                       size_t streams_left)
{
    struct sample want = {0};
    const struct sample *got = NULL;
    int64_t at_ms = json_object_get(info, "time") != NULL
                        ? time_of(info)
                        : time_of(body) - (int64_t)streams_left * 1000;

    expect_info(&want, info);
    if (sample_is_empty(&want))
        return; /* a block of its maker */
    got = sample_at(&d->result, at_ms);
    for (int id = 0; id < SIGNAL_COUNT; id++) {
        enum quality quality = sample_quality(&want, (enum signal_id)id);
        if (quality == QUALITY_ABSENT)
            continue;
        assert_int_equal(sample_quality(got, (enum signal_id)id), quality);
        /* The vectors' numbers are rounded to six decimals. */
        assert_true(llabs(got->value[id] - want.value[id]) <= 1);
    }
}

static void check_realtime(const struct decoding *d, const struct gb17691_frame *frame,
                           const json_t *body)
{
    const json_t *infos = json_object_get(body, "infos");
    size_t left = streams_in(infos);
    size_t i = 0;
    json_t *info = NULL;
    struct gb17691_fit fit = gb17691_fit_best(CODEC_LAYOUT_AUTO, frame->data, frame->data_len);

    assert_true(fit.whole);
    assert_string_equal(layouts[fit.reading.layout], text_of(body, "layout"));
    json_array_foreach(infos, i, info)
    {
        bool stream = strncmp(text_of(info, "name"), "stream", 6) == 0;
        left -= stream;
        check_info(d, body, info, stream ? left : 0);
    }
    for (size_t k = 0; k < d->result.count; k++)
        if (json_object_get(body, "signature") != NULL)
            assert_int_equal(d->result.samples[k].signature, SIGNATURE_UNKNOWN);
}

static void check_event(const struct decoding *d, enum codec_event_kind kind, const json_t *body)
{
    const struct codec_event *event = event_of(d, kind);

    assert_non_null(event);
    assert_int_equal(event->at_ms, body == NULL ? NOW_MS : time_of(body));
    assert_int_equal(event->number, int_of(body, json_object_get(body, "seq") ? "seq" : "serial"));
    if (kind == CODEC_EVENT_LOGIN)
        assert_string_equal(event->text, text_of(body, "iccid"));
}

static void check_header(const struct gb17691_frame *frame, const json_t *expect)
{
    bool b = strcmp(text_of(expect, "header"), "terminal") != 0;

    assert_int_equal(frame->header, b ? GB17691_HEADER_B : GB17691_HEADER_A);
    assert_int_equal(frame->command, int_of(expect, "cmd"));
    assert_int_equal(b ? frame->response : frame->version,
                     int_of(expect, b ? "response" : "sw_version"));
    assert_int_equal(frame->encryption, int_of(expect, "encryption"));
    assert_int_equal(frame->data_len, int_of(expect, "data_len"));
    assert_string_equal(frame->vin, text_of(expect, "vin"));
}

static void check_valid(const struct payload *p, const json_t *expect)
{
    static const struct {
        int command;
        enum codec_event_kind kind;
    } events[] = {{GB17691_LOGIN, CODEC_EVENT_LOGIN},
                  {GB17691_LOGOUT, CODEC_EVENT_LOGOUT},
                  {GB17691_TIME_SYNC, CODEC_EVENT_TIME_SYNC},
                  {GB17691_TAMPER, CODEC_EVENT_TAMPER}};
    const json_t *body = json_object_get(expect, "body");
    struct decoding d = decode_payload(p);
    struct gb17691_frame frame;
    enum gb17691_reason reason;
    size_t at = 0;

    assert_int_equal(gb17691_frame_read(p->bytes, p->len, &frame, &reason, &at), ERR_OK);
    check_header(&frame, expect);
    if (d.err != ERR_OK)
        fail_msg("%s: %s", d.result.fault.reason, d.result.fault.detail);
    assert_string_equal(event_of(&d, CODEC_EVENT_VIN)->text, text_of(expect, "vin"));
    if (frame.command == GB17691_REALTIME || frame.command == GB17691_REISSUE)
        check_realtime(&d, &frame, body);
    for (size_t i = 0; i < sizeof events / sizeof events[0]; i++)
        if (events[i].command == frame.command)
            check_event(&d, events[i].kind, body);
    decoding_end(&d);
}

/* The word is the vectors' with hyphens, where both have one for the fault. */
static void check_broken(const struct payload *p, const json_t *expect)
{
    struct decoding d = decode_payload(p);
    char word[64];

    snprintf(word, sizeof word, "%s", text_of(expect, "error"));
    for (char *c = word; *c != '\0'; c++)
        *c = *c == '_' ? '-' : *c;
    assert_int_equal(d.err, ERR_INPUT);
    if (strcmp(word, "bad-bcc") == 0 || strcmp(word, "truncated-data-unit") == 0)
        assert_string_equal(d.result.fault.reason, word);
    decoding_end(&d);
}

static bool is_ours(const json_t *vector)
{
    const char *protocol = text_of(vector, "protocol");

    return strncmp(protocol, "gb17691", 7) == 0 || strcmp(protocol, "hj1239-like") == 0;
}

static void every_frame_says_what_the_vectors_say(void **state)
{
    FILE *in = fopen(VECTORS, "r");
    char *line = NULL;
    size_t cap = 0;
    size_t frames = 0;

    (void)state;
    assert_non_null(in);
    while (getline(&line, &cap, in) > 0) {
        json_t *vector = json_loads(line, JSON_ALLOW_NUL, NULL);
        struct payload p = {.len = 0};
        assert_non_null(vector);
        if (is_ours(vector)) {
            print_message("%s\n", text_of(vector, "id"));
            payload_hex(&p, text_of(vector, "hex"));
            if (json_is_true(json_object_get(vector, "valid")))
                check_valid(&p, json_object_get(vector, "expect"));
            else
                check_broken(&p, json_object_get(vector, "expect"));
            frames++;
        }
        json_decref(vector);
    }
    free(line);
    fclose(in);
    assert_true(frames > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_frame_says_what_the_vectors_say),
    };
    FILE *in = fopen(VECTORS, "r");

    if (in == NULL) {
        printf("skipped: %s is not there\n", VECTORS);
        return SKIPPED;
    }
    fclose(in);
    return cmocka_run_group_tests(tests, NULL, NULL);
}

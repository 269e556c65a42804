#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "shared/codec/senml_encode.h"
#include "tests/unit/codec/decoding.h"

typedef struct senml_bytes encoder(const struct senml_encode_options *options,
                                   const struct sample *samples, size_t count, struct arena *arena);

static const struct {
    enum format format;
    encoder *encode;
} encodings[] = {
    {FORMAT_SENML_JSON, senml_encode_json},
    {FORMAT_SENML_CBOR, senml_encode_cbor},
};

static int64_t random_bits(unsigned *seed)
{
    return (int64_t)rand_r(seed) << 31 ^ (int64_t)rand_r(seed);
}

/* At an edge, one step inside, zero, a round number or anywhere. */
static int64_t random_value(const struct signal_def *def, unsigned *seed)
{
    int64_t span = def->max - def->min;
    int64_t anywhere = def->min + random_bits(seed) % (span + 1);

    switch (rand_r(seed) % 6) {
    case 0:
        return def->min;
    case 1:
        return def->max;
    case 2:
        return def->min + 1;
    case 3:
        return def->max - 1;
    case 4:
        return anywhere / 1000 * 1000 < def->min ? def->min : anywhere / 1000 * 1000;
    default:
        return anywhere;
    }
}

/* Samples at growing times; every second signal is present, some are in another state. */
static void random_samples(struct sample *samples, size_t count, unsigned *seed)
{
    int64_t at_ms = 946684800000 + random_bits(seed) % 6311433599999 / 2;

    memset(samples, 0, count * sizeof samples[0]);
    for (size_t i = 0; i < count; i++) {
        samples[i].at_ms = at_ms;
        at_ms += 1 + rand_r(seed) % (rand_r(seed) % 2 == 0 ? 5 : 100000);
        for (int id = 0; id < SIGNAL_COUNT; id++) {
            const struct signal_def *def = signal_def((enum signal_id)id);
            if (rand_r(seed) % 2 == 0)
                sample_set(&samples[i], def->id, random_value(def, seed));
            else
                sample_mark(&samples[i], def->id, (enum quality)(rand_r(seed) % 4 == 0 ? 2 : 0));
        }
    }
}

/* What of a sample SenML can say. */
static struct sample said(const struct sample *sample)
{
    struct sample s = *sample;

    s.invalid = s.abnormal = s.out_of_range = 0;
    return s;
}

static void assert_decodes_to(enum format format, struct senml_bytes bytes,
                              const struct sample *samples, size_t count)
{
    struct decoding d = decode_bytes(format, bytes.at, bytes.len);
    size_t expected = 0;

    if (d.err != ERR_OK)
        fail_msg("%s: %s", d.result.fault.reason, d.result.fault.detail);
    for (size_t i = 0; i < count; i++) {
        struct sample s = said(&samples[i]);
        if (sample_is_empty(&s))
            continue;
        assert_true(expected < d.result.count);
        if (sample_compare(&d.result.samples[expected++], &s) != 0)
            fail_msg("format %d, sample %zu differs", (int)format, i);
    }
    assert_int_equal(d.result.count, expected);
    assert_int_equal(d.result.unknown_names, 0);
    decoding_end(&d);
}

static void what_is_encoded_decodes_to_the_same_samples(void **state)
{
    enum { ROUNDS = 300, MOST = 20 };
    unsigned seed = 20250630;
    struct sample samples[MOST];

    (void)state;
    print_message("seed %u\n", seed);
    for (int round = 0; round < ROUNDS; round++) {
        struct arena *arena = arena_create();
        size_t count = 1 + (size_t)rand_r(&seed) % MOST;
        struct senml_encode_options options = {
            .unit = UNIT, .naming = (enum senml_naming)(round % 3), .with_units = round % 2 == 0};

        random_samples(samples, count, &seed);
        for (size_t i = 0; i < 2; i++)
            assert_decodes_to(encodings[i].format,
                              encodings[i].encode(&options, samples, count, arena), samples, count);
        arena_destroy(arena);
    }
}

static void every_value_at_every_edge_goes_round(void **state)
{
    (void)state;
    for (int id = 0; id < SIGNAL_COUNT; id++) {
        const struct signal_def *def = signal_def((enum signal_id)id);
        const int64_t values[] = {def->min, def->min + 1, def->max - 1, def->max};
        for (size_t v = 0; v < sizeof values / sizeof values[0]; v++) {
            struct arena *arena = arena_create();
            struct senml_encode_options options = {.unit = UNIT, .with_units = true};
            struct sample s = {.at_ms = NOW_MS};

            sample_set(&s, def->id, values[v]);
            for (size_t i = 0; i < 2; i++)
                assert_decodes_to(encodings[i].format, encodings[i].encode(&options, &s, 1, arena),
                                  &s, 1);
            arena_destroy(arena);
        }
    }
}

/* One step beyond the edge in the signal's own resolution, under the short name and the VSS path. */
static void one_step_beyond_every_edge_is_out_of_range(void **state)
{
    char json[300];

    (void)state;
    for (int id = 0; id < SIGNAL_COUNT; id++) {
        const struct signal_def *def = signal_def((enum signal_id)id);
        const int64_t beyond[] = {def->min - 1, def->max + 1};
        for (size_t i = 0; i < 4 && def->kind == SIGNAL_NUMBER; i++) {
            bool by_vss = i >= 2;
            double number = signal_to_number(def, beyond[i % 2]);
            int len = 0;
            struct decoding d;

            if (by_vss && def->vss == NULL)
                continue;
            len =
                snprintf(json, sizeof json, "[{\"n\":\"%s\",\"v\":%.17g}]",
                         by_vss ? def->vss : def->name, by_vss ? number / def->vss_factor : number);
            d = decode_bytes(FORMAT_SENML_JSON, json, (size_t)len);
            assert_taken(&d, 1, 0);
            assert_int_equal(sample_quality(d.result.samples, def->id), QUALITY_OUT_OF_RANGE);
            decoding_end(&d);
        }
    }
}

static void json_is_as_a_person_would_write_it(void **state)
{
    static const char expected[] =
        "[{\"bn\":\"U1/\",\"bt\":1750000000.12,\"n\":\"speed\",\"u\":\"km/h\",\"v\":61.5},"
        "{\"n\":\"batt_a\",\"u\":\"A\",\"v\":-0.05},{\"n\":\"charging\",\"vb\":false},"
        "{\"n\":\"mode\",\"t\":8.88,\"vs\":\"electric\"}]";
    struct arena *arena = arena_create();
    struct senml_encode_options options = {
        .unit = "U1", .naming = SENML_NAMING_SLASH, .with_units = true};
    struct sample samples[3] = {{.at_ms = 1750000000120}, {0}, {.at_ms = 1750000009000}};
    struct senml_bytes bytes;

    (void)state;
    samples[1].at_ms = 1750000005000;
    sample_set_number(&samples[0], SIGNAL_SPEED, 61.5);
    sample_set_number(&samples[0], SIGNAL_BATT_A, -0.05);
    sample_set(&samples[0], SIGNAL_CHARGING, 0);
    sample_mark(&samples[1], SIGNAL_SPEED, QUALITY_INVALID);
    sample_set(&samples[2], SIGNAL_MODE, RUN_MODE_ELECTRIC);
    bytes = senml_encode_json(&options, samples, 3, arena);
    assert_int_equal(bytes.len, sizeof expected - 1);
    assert_memory_equal(bytes.at, expected, bytes.len);
    arena_destroy(arena);
}

static void cbor_uses_integers_and_short_floats(void **state)
{
    static const uint8_t expected[] = {0x82, 0xa4, 0x21, 0x63, 'U',  '1',  '/',  0x22, 0x1a,
                                       0x68, 0x4e, 0xe1, 0x80, 0x00, 0x65, 's',  'p',  'e',
                                       'e',  'd',  0x02, 0xfa, 0x42, 0x76, 0x00, 0x00, 0xa2,
                                       0x00, 0x63, 's',  'o',  'c',  0x02, 0x18, 0x43};
    struct arena *arena = arena_create();
    struct senml_encode_options options = {.unit = "U1", .naming = SENML_NAMING_SLASH};
    struct sample s = {.at_ms = 1750000000000};
    struct senml_bytes bytes;

    (void)state;
    sample_set_number(&s, SIGNAL_SPEED, 61.5);
    sample_set_number(&s, SIGNAL_SOC, 67);
    bytes = senml_encode_cbor(&options, &s, 1, arena);
    assert_int_equal(bytes.len, sizeof expected);
    assert_memory_equal(bytes.at, expected, sizeof expected);
    arena_destroy(arena);
}

static void nothing_to_say_is_still_a_pack(void **state)
{
    struct arena *arena = arena_create();
    struct senml_encode_options options = {.unit = UNIT, .naming = SENML_NAMING_URN};
    struct sample nothing = {.at_ms = NOW_MS};

    (void)state;
    sample_mark(&nothing, SIGNAL_RPM, QUALITY_ABNORMAL);
    for (size_t i = 0; i < 2; i++) {
        assert_decodes_to(encodings[i].format, encodings[i].encode(&options, &nothing, 1, arena),
                          &nothing, 1);
        assert_decodes_to(encodings[i].format, encodings[i].encode(&options, NULL, 0, arena), NULL,
                          0);
    }
    arena_destroy(arena);
}

static void the_longest_unit_and_every_signal_fit(void **state)
{
    static const char unit[] = "12345678901234567890123456789012";
    struct arena *arena = arena_create();
    struct senml_encode_options options = {
        .unit = unit, .naming = SENML_NAMING_URN, .with_units = true};
    struct sample samples[2] = {{.at_ms = 946684800001}, {.at_ms = 7258118399999}};

    (void)state;
    for (int id = 0; id < SIGNAL_COUNT; id++) {
        sample_set(&samples[0], (enum signal_id)id, signal_def((enum signal_id)id)->min);
        sample_set(&samples[1], (enum signal_id)id, signal_def((enum signal_id)id)->max);
    }
    for (size_t i = 0; i < 2; i++) {
        struct senml_bytes bytes = encodings[i].encode(&options, samples, 2, arena);
        struct decoding d = decode_for(unit, encodings[i].format, bytes.at, bytes.len);
        assert_taken(&d, 2, 0);
        assert_int_equal(sample_compare(&d.result.samples[0], &samples[0]), 0);
        assert_int_equal(sample_compare(&d.result.samples[1], &samples[1]), 0);
        decoding_end(&d);
    }
    arena_destroy(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_encoded_decodes_to_the_same_samples),
        cmocka_unit_test(every_value_at_every_edge_goes_round),
        cmocka_unit_test(one_step_beyond_every_edge_is_out_of_range),
        cmocka_unit_test(json_is_as_a_person_would_write_it),
        cmocka_unit_test(cbor_uses_integers_and_short_floats),
        cmocka_unit_test(nothing_to_say_is_still_a_pack),
        cmocka_unit_test(the_longest_unit_and_every_signal_fit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "shared/codec/senml.h"
#include "tests/unit/codec/decoding.h"

static struct decoding decode(const char *json)
{
    return decode_bytes(FORMAT_SENML_JSON, json, strlen(json));
}

/* One sample with one signal in it. */
static void assert_one(const char *json, enum signal_id id, int64_t fixed, int64_t at_ms)
{
    struct decoding d = decode(json);

    assert_taken(&d, 1, 0);
    assert_int_equal(d.result.samples[0].present, 1u << id);
    assert_value(&d.result.samples[0], id, fixed);
    assert_int_equal(d.result.samples[0].at_ms, at_ms);
    decoding_end(&d);
}

static void assert_quality(const char *json, enum signal_id id, enum quality quality)
{
    struct decoding d = decode(json);

    assert_taken(&d, 1, 0);
    assert_int_equal(sample_quality(&d.result.samples[0], id), quality);
    decoding_end(&d);
}

static void assert_unknown(const char *json, size_t unknown)
{
    struct decoding d = decode(json);

    assert_taken(&d, 0, unknown);
    decoding_end(&d);
}

static void a_single_datapoint_is_a_sample_of_now(void **state)
{
    (void)state;
    assert_one("[{\"n\":\"U1/speed\",\"u\":\"km/h\",\"v\":23.1}]", SIGNAL_SPEED, 23100, NOW_MS);
    assert_one(" [ { \"n\" : \"speed\" , \"v\" : 23.1 } ] \n", SIGNAL_SPEED, 23100, NOW_MS);
}

/* RFC 8428 5.1.2, with our names: base fields, a base unit, times before the base time. */
static void multiple_datapoints_share_base_fields_and_come_out_in_order(void **state)
{
    struct decoding d = decode("[{\"bn\":\"urn:evroll:unit:U1:\",\"bt\":1.276020076001e+09,"
                               "\"bu\":\"A\",\"bver\":5,\"n\":\"batt_v\",\"u\":\"V\",\"v\":120.1},"
                               "{\"n\":\"batt_a\",\"t\":-5,\"v\":1.2},"
                               "{\"n\":\"batt_a\",\"t\":-4,\"v\":1.3},"
                               "{\"n\":\"batt_a\",\"t\":-3,\"v\":1.4},"
                               "{\"n\":\"batt_a\",\"t\":-2,\"v\":1.5},"
                               "{\"n\":\"batt_a\",\"t\":-1,\"v\":1.6},"
                               "{\"n\":\"batt_a\",\"v\":1.7}]");

    (void)state;
    assert_taken(&d, 6, 0);
    for (int i = 0; i < 6; i++) {
        assert_int_equal(d.result.samples[i].at_ms, 1276020071001 + i * 1000);
        assert_value(&d.result.samples[i], SIGNAL_BATT_A, 1200 + i * 100);
    }
    assert_value(&d.result.samples[5], SIGNAL_BATT_V, 120100);
    assert_false(sample_has(&d.result.samples[0], SIGNAL_BATT_V));
    decoding_end(&d);
}

/* RFC 8428 5.1.4: every type of value; words and data of names we do not know. */
static void different_data_types_are_read(void **state)
{
    struct decoding d = decode("[{\"bn\":\"U1/\",\"n\":\"speed\",\"u\":\"km/h\",\"v\":23.1},"
                               "{\"n\":\"label\",\"vs\":\"Machine Room\"},"
                               "{\"n\":\"charging\",\"vb\":false},{\"n\":\"mil\",\"vb\":true},"
                               "{\"n\":\"mode\",\"vs\":\"hybrid\"},"
                               "{\"n\":\"nfc-reader\",\"vd\":\"aGkgCg\"}]");

    (void)state;
    assert_taken(&d, 1, 2);
    assert_value(&d.result.samples[0], SIGNAL_SPEED, 23100);
    assert_value(&d.result.samples[0], SIGNAL_CHARGING, 0);
    assert_value(&d.result.samples[0], SIGNAL_MIL, 1);
    assert_value(&d.result.samples[0], SIGNAL_MODE, RUN_MODE_HYBRID);
    decoding_end(&d);
}

static void base_fields_hold_until_they_are_set_again(void **state)
{
    struct decoding d = decode("[{\"bn\":\"U1/\",\"bt\":1750000000},{\"n\":\"speed\",\"v\":1},"
                               "{\"bt\":1750000010,\"n\":\"speed\",\"v\":2},"
                               "{\"bn\":\"\",\"n\":\"rpm\",\"v\":800},"
                               "{\"bt\":1750000000,\"n\":\"rpm\",\"v\":900}]");

    (void)state;
    assert_taken(&d, 2, 0);
    assert_value(&d.result.samples[0], SIGNAL_SPEED, 1000);
    assert_value(&d.result.samples[0], SIGNAL_RPM, 900000);
    assert_value(&d.result.samples[1], SIGNAL_SPEED, 2000);
    assert_value(&d.result.samples[1], SIGNAL_RPM, 800000);
    decoding_end(&d);
}

static void base_fields_apply_to_their_own_record_whatever_the_order_of_labels(void **state)
{
    (void)state;
    assert_one("[{\"v\":50,\"n\":\"speed\",\"t\":5,\"bt\":1750000000,\"bn\":\"U1/\"}]",
               SIGNAL_SPEED, 50000, 1750000005000);
}

static void a_base_value_is_added_to_v_and_to_nothing_else(void **state)
{
    struct decoding d = decode("[{\"bv\":20,\"n\":\"speed\",\"v\":3.5},{\"n\":\"mil\",\"vb\":true},"
                               "{\"n\":\"mode\",\"vs\":\"fuel\"},{\"n\":\"rpm\",\"s\":7},"
                               "{\"n\":\"odo\",\"v\":-5}]");

    (void)state;
    assert_taken(&d, 1, 0);
    assert_value(&d.result.samples[0], SIGNAL_SPEED, 23500);
    assert_value(&d.result.samples[0], SIGNAL_MIL, 1);
    assert_value(&d.result.samples[0], SIGNAL_MODE, RUN_MODE_FUEL);
    assert_value(&d.result.samples[0], SIGNAL_ODO, 15000);
    assert_false(sample_has(&d.result.samples[0], SIGNAL_RPM));
    decoding_end(&d);
}

static void sums_and_update_times_are_read_and_feed_no_signal(void **state)
{
    (void)state;
    assert_unknown("[{\"n\":\"speed\",\"s\":20}]", 0);
    assert_unknown("[{\"bs\":5,\"n\":\"rpm\",\"s\":1,\"ut\":60,\"u\":\"bananas\"}]", 0);
    assert_one("[{\"n\":\"speed\",\"v\":1,\"s\":20,\"bs\":4,\"ut\":10}]", SIGNAL_SPEED, 1000,
               NOW_MS);
}

static void times_below_2_to_the_28_are_relative_to_the_arrival(void **state)
{
    (void)state;
    assert_one("[{\"n\":\"speed\",\"v\":1,\"t\":-5.5}]", SIGNAL_SPEED, 1000, NOW_MS - 5500);
    assert_one("[{\"n\":\"speed\",\"v\":1,\"t\":0}]", SIGNAL_SPEED, 1000, NOW_MS);
    assert_one("[{\"bt\":-60,\"n\":\"speed\",\"v\":1,\"t\":12}]", SIGNAL_SPEED, 1000,
               NOW_MS - 48000);
    assert_one("[{\"n\":\"speed\",\"v\":1,\"t\":268435455.999}]", SIGNAL_SPEED, 1000,
               NOW_MS + 268435455999);
    /* 2^28 itself is an instant of 1978. */
    {
        const char *json = "[{\"n\":\"speed\",\"v\":1,\"t\":268435456}]";
        struct decoding d = decode(json);
        assert_refused(&d, "impossible-time", strlen(json));
        decoding_end(&d);
    }
}

static void instants_are_rounded_to_milliseconds(void **state)
{
    (void)state;
    assert_one("[{\"n\":\"speed\",\"v\":1,\"t\":1750000000.1234}]", SIGNAL_SPEED, 1000,
               1750000000123);
    assert_one("[{\"n\":\"speed\",\"v\":1,\"t\":1750000000.1236}]", SIGNAL_SPEED, 1000,
               1750000000124);
    assert_one("[{\"bt\":1750000000.3,\"n\":\"speed\",\"v\":1,\"t\":0.4}]", SIGNAL_SPEED, 1000,
               1750000000700);
}

static void the_first_and_the_last_instant_are_taken(void **state)
{
    (void)state;
    assert_one("[{\"n\":\"speed\",\"v\":1,\"t\":946684800}]", SIGNAL_SPEED, 1000, 946684800000);
    assert_one("[{\"n\":\"speed\",\"v\":1,\"t\":7258118399.999}]", SIGNAL_SPEED, 1000,
               7258118399999);
}

static void names_are_taken_in_every_form(void **state)
{
    static const char *const packs[] = {
        "[{\"n\":\"speed\",\"v\":9}]",
        "[{\"n\":\"U1/speed\",\"v\":9}]",
        "[{\"n\":\"urn:evroll:unit:U1:speed\",\"v\":9}]",
        "[{\"bn\":\"U1/\",\"n\":\"speed\",\"v\":9}]",
        "[{\"bn\":\"urn:evroll:unit:U1:\",\"n\":\"speed\",\"v\":9}]",
        "[{\"bn\":\"\",\"n\":\"speed\",\"v\":9}]",
        "[{\"bn\":\"U1/speed\",\"v\":9}]",
        "[{\"bn\":\"U\",\"n\":\"1/speed\",\"v\":9}]",
        "[{\"bn\":\"urn:evroll:\",\"n\":\"unit:U1:speed\",\"v\":9}]",
        "[{\"bn\":\"urn:evroll:unit:U\",\"n\":\"1:speed\",\"v\":9}]",
        "[{\"bn\":\"sp\",\"n\":\"eed\",\"v\":9}]",
        "[{\"n\":\"Vehicle.Speed\",\"v\":9}]",
        "[{\"bn\":\"Vehicle.\",\"n\":\"Speed\",\"v\":9}]",
        "[{\"n\":\"U1/Vehicle.Speed\",\"v\":9}]",
        "[{\"bn\":\"urn:evroll:unit:U1:Vehicle.\",\"n\":\"Speed\",\"v\":9}]",
        "[{\"n\":\"\\u0073peed\",\"v\":9}]",
    };

    (void)state;
    for (size_t i = 0; i < sizeof packs / sizeof packs[0]; i++)
        assert_one(packs[i], SIGNAL_SPEED, 9000, NOW_MS);
}

static void vss_values_are_converted_to_our_units(void **state)
{
    (void)state;
    assert_one("[{\"n\":\"Vehicle.TraveledDistance\",\"u\":\"m\",\"v\":28920123}]", SIGNAL_ODO,
               28920123, NOW_MS);
    assert_one("[{\"n\":\"Vehicle.Powertrain.TractionBattery.CurrentCurrent\",\"v\":12.5}]",
               SIGNAL_BATT_A, -12500, NOW_MS);
    assert_one("[{\"n\":\"Vehicle.Powertrain.TractionBattery.Charging.IsCharging\",\"vb\":true}]",
               SIGNAL_CHARGING, 1, NOW_MS);
    assert_one("[{\"n\":\"Vehicle.CurrentLocation.Latitude\",\"u\":\"degrees\",\"v\":35.06789}]",
               SIGNAL_LAT, 350678900, NOW_MS);
}

static void unknown_names_are_counted_and_make_no_sample(void **state)
{
    char json[1000];

    (void)state;
    assert_unknown("[{\"bn\":\"U1/\",\"n\":\"cabin\",\"u\":\"Cel\",\"v\":21,\"t\":99999999999},"
                   "{\"n\":\"door\",\"vb\":true},{\"n\":\"x\",\"vs\":\"y\"},{\"n\":\"z\",\"s\":1}]",
                   4);
    assert_unknown("[{\"n\":\"cabin/temperature\",\"v\":21}]", 1);
    assert_unknown("[{\"n\":\"U1/cabin/speed\",\"v\":21}]", 1);
    snprintf(json, sizeof json, "[{\"bn\":\"U1/\",\"n\":\"%0600d\",\"v\":1}]", 7);
    assert_unknown(json, 1);
}

static void unknown_labels_are_ignored_with_all_they_hold(void **state)
{
    (void)state;
    assert_one("[{\"n\":\"speed\",\"v\":1,\"x\":{\"a\":[1,{\"b\":null}]},\"_y\":true,\"\":0,"
               "\"blob\":\"\\\"]}{[\"}]",
               SIGNAL_SPEED, 1000, NOW_MS);
}

static void the_base_unit_holds_for_numbers_without_a_unit(void **state)
{
    (void)state;
    assert_one("[{\"bu\":\"km/h\",\"n\":\"speed\",\"v\":1}]", SIGNAL_SPEED, 1000, NOW_MS);
    assert_one("[{\"bu\":\"V\",\"n\":\"speed\",\"u\":\"km/h\",\"v\":1}]", SIGNAL_SPEED, 1000,
               NOW_MS);
    assert_one("[{\"bu\":\"V\",\"n\":\"mil\",\"vb\":true}]", SIGNAL_MIL, 1, NOW_MS);
    assert_one("[{\"bu\":\"V\"},{\"bu\":\"\",\"n\":\"speed\",\"v\":1}]", SIGNAL_SPEED, 1000,
               NOW_MS);
}

static void units_are_taken_in_the_spellings_of_the_registry(void **state)
{
    (void)state;
    assert_one("[{\"n\":\"soc\",\"u\":\"%EL\",\"v\":85}]", SIGNAL_SOC, 8500, NOW_MS);
    assert_one("[{\"n\":\"soc\",\"u\":\"%\",\"v\":85}]", SIGNAL_SOC, 8500, NOW_MS);
    assert_one("[{\"n\":\"lon\",\"u\":\"lon\",\"v\":113.1324}]", SIGNAL_LON, 1131324000, NOW_MS);
}

static void numbers_outside_the_range_are_marked_not_refused(void **state)
{
    (void)state;
    assert_quality("[{\"n\":\"soc\",\"v\":100.01}]", SIGNAL_SOC, QUALITY_OUT_OF_RANGE);
    assert_quality("[{\"n\":\"speed\",\"v\":-1}]", SIGNAL_SPEED, QUALITY_OUT_OF_RANGE);
    assert_quality("[{\"n\":\"odo\",\"v\":1e308}]", SIGNAL_ODO, QUALITY_OUT_OF_RANGE);
    assert_quality("[{\"n\":\"odo\",\"v\":99999999999999999999999999}]", SIGNAL_ODO,
                   QUALITY_OUT_OF_RANGE);
    assert_quality("[{\"n\":\"mode\",\"vs\":\"diesel\"}]", SIGNAL_MODE, QUALITY_OUT_OF_RANGE);
    assert_quality("[{\"n\":\"speed\",\"v\":1e-999}]", SIGNAL_SPEED, QUALITY_GOOD);
}

static void the_same_reading_twice_counts_once(void **state)
{
    (void)state;
    assert_one("[{\"n\":\"speed\",\"v\":50},{\"n\":\"U1/speed\",\"v\":50.0000001},"
               "{\"n\":\"Vehicle.Speed\",\"v\":5e1}]",
               SIGNAL_SPEED, 50000, NOW_MS);
    assert_quality("[{\"n\":\"soc\",\"v\":101},{\"n\":\"soc\",\"v\":102}]", SIGNAL_SOC,
                   QUALITY_OUT_OF_RANGE);
}

static void the_version_may_be_ten_or_older_and_the_same_throughout(void **state)
{
    (void)state;
    assert_one("[{\"bver\":10,\"n\":\"speed\",\"v\":1}]", SIGNAL_SPEED, 1000, NOW_MS);
    assert_one("[{\"bver\":5},{\"bver\":5,\"n\":\"speed\",\"v\":1}]", SIGNAL_SPEED, 1000, NOW_MS);
    assert_one("[{\"n\":\"speed\",\"v\":1},{\"bver\":10}]", SIGNAL_SPEED, 1000, NOW_MS);
}

struct refusal {
    const char *reason;
    const char *json;
    size_t at_byte;
};

/* Faults of a record are reported at its start, faults of the text where jansson stood. */
static const struct refusal refusals[] = {
    {"json-syntax", "[{\"n\":\"speed\",\"v\":1,}]", 21},
    {"json-syntax", "[{\"n\":\"speed\",\"v\":01}]", 19},
    {"json-syntax", "[{\"n\":\"speed\",\"v\":NaN}]", 21},
    {"json-syntax", "[{\"n\":\"speed\",\"v\":Infinity}]", 26},
    {"json-syntax", "[{\"n\":\"\\ud800\",\"v\":1}]", 14},
    {"json-syntax", "[{\"n\":\"a\tb\",\"v\":1}]", 8},
    {"json-syntax", "[}]", 2},
    {"json-syntax", "[{'n':1}]", 3},
    {"truncated", "[{\"n\":\"speed\",\"v\":1}", 20},
    {"truncated", "[{\"n\":\"speed", 12},
    {"truncated", "[", 1},
    {"trailing-bytes", "[{\"n\":\"speed\",\"v\":1}]]", 22},
    {"trailing-bytes", "[{\"n\":\"speed\",\"v\":1}] x", 23},
    {"too-deep", "[{\"x\":[[[[[[[[[[[[[[[0]]]]]]]]]]]]]]]}]", 20},
    {"bad-utf8", "[{\"n\":\"speed\",\"x\":\"\xc3\x28\",\"v\":1}]", 19},
    {"bad-utf8", "[{\"n\":\"speed\",\"x\":\"\xed\xa0\x80\",\"v\":1}]", 19},
    {"nul-in-text", "[{\"n\":\"speed\\u0000\",\"v\":1}]", 19},
    {"nul-in-text", "[{\"a\\u0000b\":1,\"v\":1}]", 12},
    {"not-finite", "[{\"n\":\"speed\",\"v\":1e999}]", 23},
    {"not-finite", "[{\"n\":\"speed\",\"v\":-1e999}]", 24},
    {"not-finite", "[{\"bv\":1e308,\"n\":\"speed\",\"v\":1e308}]", 1},
    {"not-finite", "[{\"bs\":1e308,\"n\":\"speed\",\"s\":1e308}]", 1},
    {"not-an-array", "{\"n\":\"speed\",\"v\":1}", 0},
    {"not-an-array", "speed=1", 0},
    {"not-an-array", "  7", 2},
    {"not-an-array", " \n\t ", 0},
    {"not-an-array", "\xef\xbb\xbf[{\"n\":\"speed\",\"v\":1}]", 0},
    {"empty-pack", "[]", 0},
    {"not-a-record", "[7]", 1},
    {"not-a-record", "[{\"n\":\"speed\",\"v\":1}, [{}]]", 22},
    {"duplicate-label", "[{\"n\":\"speed\",\"v\":1,\"v\":1}]", 23},
    {"label-type", "[{\"n\":7,\"v\":1}]", 1},
    {"label-type", "[{\"n\":\"speed\",\"v\":\"1\"}]", 1},
    {"label-type", "[{\"n\":\"speed\",\"v\":null}]", 1},
    {"label-type", "[{\"n\":\"mil\",\"vb\":1}]", 1},
    {"label-type", "[{\"n\":\"mode\",\"vs\":true}]", 1},
    {"label-type", "[{\"bt\":\"now\"}]", 1},
    {"label-type", "[{\"n\":\"x\",\"vd\":[1]}]", 1},
    {"bad-base64", "[{\"n\":\"x\",\"vd\":\"aGkgCg==\"}]", 1},
    {"bad-base64", "[{\"n\":\"x\",\"vd\":\"aGkgC\"}]", 1},
    {"bad-base64", "[{\"n\":\"x\",\"vd\":\"a+/b\"}]", 1},
    {"unknown-mandatory-label", "[{\"bn\":\"U1/\"}, {\"n\":\"speed\",\"v\":1,\"x_\":0}]", 15},
    {"unknown-mandatory-label", "[{\"_\":0}]", 1},
    {"bad-version", "[{\"bver\":0}]", 1},
    {"bad-version", "[{\"bver\":-10}]", 1},
    {"bad-version", "[{\"bver\":9.5}]", 1},
    {"unknown-version", "[{\"bver\":11,\"n\":\"speed\",\"v\":1}]", 1},
    {"unknown-version", "[{\"n\":\"speed\",\"v\":1},{\"bver\":1e300}]", 21},
    {"mixed-versions", "[{\"n\":\"speed\",\"v\":1},{\"bver\":5}]", 21},
    {"mixed-versions", "[{\"bver\":5},{\"bver\":10}]", 12},
    {"several-values", "[{\"n\":\"speed\",\"v\":1,\"vs\":\"1\"}]", 1},
    {"several-values", "[{\"n\":\"mil\",\"vb\":true,\"vd\":\"aGkg\"}]", 1},
    {"no-value", "[{\"n\":\"speed\"}]", 1},
    {"no-value", "[{}]", 1},
    {"no-value", "[{\"bn\":\"U1/\",\"t\":5}]", 1},
    {"no-value", "[{\"bv\":5,\"n\":\"speed\"}]", 1},
    {"no-value", "[{\"x\":1}]", 1},
    {"empty-name", "[{\"v\":1}]", 1},
    {"empty-name", "[{\"n\":\"\",\"bn\":\"\",\"v\":1}]", 1},
    {"empty-name", "[{\"bn\":\"U1/\",\"v\":1}]", 1},
    {"empty-name", "[{\"n\":\"urn:evroll:unit:U1:\",\"v\":1}]", 1},
    {"bad-name", "[{\"n\":\"sp eed\",\"v\":1}]", 1},
    {"bad-name", "[{\"n\":\"速度\",\"v\":1}]", 1},
    {"bad-name", "[{\"n\":\"_speed\",\"v\":1}]", 1},
    {"bad-name", "[{\"bn\":\"-\",\"n\":\"speed\",\"v\":1}]", 1},
    {"bad-name", "[{\"bn\":\"U1/\",\"n\":\"speed#\",\"v\":1}]", 1},
    {"bad-name", "[{\"bn\":\"U 1/\"}]", 1},
    {"unit-mismatch", "[{\"bn\":\"U2/\",\"n\":\"speed\",\"v\":1}]", 1},
    {"unit-mismatch", "[{\"bn\":\"U2/\"}]", 1},
    {"unit-mismatch", "[{\"bn\":\"U1/\"}, {\"bn\":\"u1/\",\"n\":\"speed\",\"v\":1}]", 15},
    {"unit-mismatch", "[{\"bn\":\"urn:evroll:unit:U2:\",\"n\":\"speed\",\"v\":1}]", 1},
    {"unit-mismatch", "[{\"bn\":\"urn:evroll:unit:U1/\",\"n\":\"speed\",\"v\":1}]", 1},
    {"unit-mismatch", "[{\"bn\":\"urn:evroll:unit:U\",\"n\":\"2:speed\",\"v\":1}]", 1},
    {"unit-mismatch", "[{\"bn\":\"urn:dev:ow:10e2073a01080063:\",\"n\":\"speed\",\"v\":1}]", 1},
    {"unit-mismatch", "[{\"n\":\"U2/speed\",\"v\":1}]", 1},
    {"unit-mismatch", "[{\"n\":\"U2/Vehicle.Speed\",\"v\":1}]", 1},
    {"unit-mismatch", "[{\"n\":\"U11/speed\",\"v\":1}]", 1},
    {"unit-mismatch", "[{\"n\":\"urn:evroll:unit:U12:x\",\"v\":1}]", 1},
    {"wrong-unit", "[{\"n\":\"speed\",\"u\":\"m/s\",\"v\":1}]", 1},
    {"wrong-unit", "[{\"n\":\"speed\",\"u\":\"\",\"v\":1}]", 1},
    {"wrong-unit", "[{\"bu\":\"V\",\"n\":\"speed\",\"v\":1}]", 1},
    {"wrong-unit", "[{\"n\":\"mil\",\"u\":\"V\",\"vb\":true}]", 1},
    {"wrong-unit", "[{\"n\":\"Vehicle.TraveledDistance\",\"u\":\"km\",\"v\":1}]", 1},
    {"wrong-unit", "[{\"n\":\"odo\",\"u\":\"m\",\"v\":1}]", 1},
    {"wrong-type", "[{\"n\":\"speed\",\"vs\":\"fast\"}]", 1},
    {"wrong-type", "[{\"n\":\"speed\",\"vb\":true}]", 1},
    {"wrong-type", "[{\"n\":\"mil\",\"v\":1}]", 1},
    {"wrong-type", "[{\"n\":\"mode\",\"v\":1}]", 1},
    {"wrong-type", "[{\"n\":\"soc\",\"vd\":\"aGkg\"}]", 1},
    {"impossible-time", "[{\"n\":\"speed\",\"v\":1,\"t\":946684799.999}]", 1},
    {"impossible-time", "[{\"n\":\"speed\",\"v\":1,\"t\":7258118400}]", 1},
    {"impossible-time", "[{\"n\":\"speed\",\"v\":1,\"t\":-1e300}]", 1},
    {"impossible-time", "[{\"n\":\"speed\",\"v\":1,\"t\":1750000000000}]", 1},
    {"impossible-time", "[{\"bt\":1.7e308,\"n\":\"speed\",\"v\":1,\"t\":1.7e308}]", 1},
    {"duplicate-name-and-time", "[{\"n\":\"speed\",\"v\":1}, {\"n\":\"speed\",\"v\":2}]", 22},
    {"duplicate-name-and-time", "[{\"n\":\"soc\",\"v\":1},{\"n\":\"soc\",\"v\":101}]", 19},
    {"duplicate-name-and-time",
     "[{\"n\":\"soc\",\"v\":1},{\"n\":\"soc\",\"v\":3,\"t\":-1},{\"n\":\"soc\",\"v\":2}]", 44},
};

static void every_refusal_has_its_reason_and_its_byte(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
        const struct refusal *r = &refusals[i];
        struct decoding d = decode(r->json);
        if (d.err == ERR_OK || strcmp(d.result.fault.reason, r->reason) != 0 ||
            d.result.fault.at_byte != r->at_byte)
            fail_msg("%s\n  expected %s at %zu, got %s at %zu: %s", r->json, r->reason, r->at_byte,
                     d.err == ERR_OK ? "samples" : d.result.fault.reason, d.result.fault.at_byte,
                     d.result.fault.detail);
        assert_refused(&d, r->reason, strlen(r->json));
        decoding_end(&d);
    }
}

static void details_are_printable_whatever_was_sent(void **state)
{
    static const char *const packs[] = {"[{\"\x01", "[{\"n\":\"\xe9\x80\x9f\",\"v\":1}]",
                                        "[{\"\xe9\x80\x9f_\":1}]", "[\"\x1b[2J"};

    (void)state;
    for (size_t i = 0; i < sizeof packs / sizeof packs[0]; i++) {
        struct decoding d = decode(packs[i]);
        assert_int_equal(d.err, ERR_INPUT);
        for (const char *c = d.result.fault.detail; *c != '\0'; c++)
            assert_in_range(*c, 0x20, 0x7e);
        decoding_end(&d);
    }
}

static void a_nul_byte_in_the_payload_is_no_end(void **state)
{
    static const char payload[] = "[{\"n\":\"speed\",\"v\":1}]\0]";
    struct decoding d = decode_bytes(FORMAT_SENML_JSON, payload, sizeof payload - 1);

    (void)state;
    assert_refused(&d, "trailing-bytes", sizeof payload - 1);
    decoding_end(&d);
}

static void every_cut_of_a_pack_is_refused(void **state)
{
    static const char whole[] = "[{\"bn\":\"U1/\",\"bt\":1750000000,\"n\":\"speed\",\"u\":\"km/h\","
                                "\"v\":6.15e1},{\"n\":\"mil\",\"vb\":true}]";

    (void)state;
    for (size_t len = 1; len < sizeof whole - 1; len++) {
        struct decoding d = decode_bytes(FORMAT_SENML_JSON, whole, len);
        assert_int_equal(d.err, ERR_INPUT);
        assert_true(d.result.fault.at_byte <= len);
        decoding_end(&d);
    }
}

static void shared_refusals_come_before_the_format(void **state)
{
    char *large = calloc(1, CODEC_PAYLOAD_MAX + 1);
    struct decoding d = decode_bytes(FORMAT_NONE, "x", 1);

    (void)state;
    assert_non_null(large);
    assert_refused(&d, "unknown-format", 1);
    decoding_end(&d);
    d = decode_bytes(FORMAT_GBT32960, "##", 2);
    assert_int_equal(d.err, ERR_INPUT);
    decoding_end(&d);
    d = decode("");
    assert_refused(&d, "empty-payload", 0);
    decoding_end(&d);
    d = decode_bytes(FORMAT_SENML_JSON, large, CODEC_PAYLOAD_MAX + 1);
    assert_refused(&d, "too-large", CODEC_PAYLOAD_MAX + 1);
    decoding_end(&d);
    free(large);
}

/* `[` item `,` item … `]`, as many as fit into `cap` bytes or `most`. */
static size_t repeat(char *into, size_t cap, const char *item, size_t most)
{
    size_t item_len = strlen(item);
    size_t len = 1;

    into[0] = '[';
    for (size_t i = 0; i < most && len + item_len + 1 <= cap; i++) {
        memcpy(into + len, item, item_len + 1);
        into[len + item_len] = ',';
        len += item_len + 1;
    }
    into[len - 1] = ']';
    return len;
}

static void too_many_records_are_refused(void **state)
{
    char *json = malloc(CODEC_PAYLOAD_MAX);
    size_t len = 0;
    struct decoding d;

    (void)state;
    assert_non_null(json);
    len = repeat(json, CODEC_PAYLOAD_MAX, "{}", CODEC_RECORDS_MAX + 1);
    d = decode_bytes(FORMAT_SENML_JSON, json, len);
    assert_refused(&d, "too-many-records", len);
    decoding_end(&d);
    free(json);
}

static void a_full_payload_of_one_instant_or_of_many_decodes(void **state)
{
    char *json = malloc(CODEC_PAYLOAD_MAX);
    size_t len = 0;
    struct decoding d;

    (void)state;
    assert_non_null(json);
    len = repeat(json, CODEC_PAYLOAD_MAX, "{\"n\":\"rpm\",\"v\":7}", CODEC_RECORDS_MAX);
    d = decode_bytes(FORMAT_SENML_JSON, json, len);
    assert_taken(&d, 1, 0);
    decoding_end(&d);

    /* Times that jump to and fro: the worst order for whoever looks for the sample. */
    len = (size_t)snprintf(json, 99, "[{\"bn\":\"rpm\",\"v\":0,\"t\":-9999}");
    for (int i = 1; i < 2000; i++)
        len += (size_t)snprintf(json + len, 40, ",{\"v\":%d,\"t\":%d}", i,
                                i % 2 == 0 ? i - 9999 : 9999 - i);
    json[len++] = ']';
    d = decode_bytes(FORMAT_SENML_JSON, json, len);
    assert_taken(&d, 2000, 0);
    for (size_t i = 1; i < d.result.count; i++)
        assert_true(d.result.samples[i - 1].at_ms < d.result.samples[i].at_ms);
    decoding_end(&d);
    free(json);
}

static void reason_words_are_distinct(void **state)
{
    (void)state;
    for (int a = 0; a < SENML_REASON_COUNT; a++)
        for (int b = 0; b < a; b++)
            assert_string_not_equal(senml_reason_word((enum senml_reason)a),
                                    senml_reason_word((enum senml_reason)b));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_single_datapoint_is_a_sample_of_now),
        cmocka_unit_test(multiple_datapoints_share_base_fields_and_come_out_in_order),
        cmocka_unit_test(different_data_types_are_read),
        cmocka_unit_test(base_fields_hold_until_they_are_set_again),
        cmocka_unit_test(base_fields_apply_to_their_own_record_whatever_the_order_of_labels),
        cmocka_unit_test(a_base_value_is_added_to_v_and_to_nothing_else),
        cmocka_unit_test(sums_and_update_times_are_read_and_feed_no_signal),
        cmocka_unit_test(times_below_2_to_the_28_are_relative_to_the_arrival),
        cmocka_unit_test(instants_are_rounded_to_milliseconds),
        cmocka_unit_test(the_first_and_the_last_instant_are_taken),
        cmocka_unit_test(names_are_taken_in_every_form),
        cmocka_unit_test(vss_values_are_converted_to_our_units),
        cmocka_unit_test(unknown_names_are_counted_and_make_no_sample),
        cmocka_unit_test(unknown_labels_are_ignored_with_all_they_hold),
        cmocka_unit_test(the_base_unit_holds_for_numbers_without_a_unit),
        cmocka_unit_test(units_are_taken_in_the_spellings_of_the_registry),
        cmocka_unit_test(numbers_outside_the_range_are_marked_not_refused),
        cmocka_unit_test(the_same_reading_twice_counts_once),
        cmocka_unit_test(the_version_may_be_ten_or_older_and_the_same_throughout),
        cmocka_unit_test(every_refusal_has_its_reason_and_its_byte),
        cmocka_unit_test(details_are_printable_whatever_was_sent),
        cmocka_unit_test(a_nul_byte_in_the_payload_is_no_end),
        cmocka_unit_test(every_cut_of_a_pack_is_refused),
        cmocka_unit_test(shared_refusals_come_before_the_format),
        cmocka_unit_test(too_many_records_are_refused),
        cmocka_unit_test(a_full_payload_of_one_instant_or_of_many_decodes),
        cmocka_unit_test(reason_words_are_distinct),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <ctype.h>
#include <stdio.h>

#include "shared/codec/senml.h"
#include "tests/unit/codec/decoding.h"

/* Test payloads are written as in RFC 8949's diagnostics: hex digits, and 'text' for its bytes. */
static size_t bytes_of(const char *notation, uint8_t *into)
{
    size_t len = 0;

    for (const char *c = notation; *c != '\0'; c++) {
        if (*c == '\'') {
            for (c++; *c != '\''; c++)
                into[len++] = (uint8_t)*c;
        } else if (isxdigit((unsigned char)*c)) {
            const char digits[] = {c[0], c[1], '\0'};
            into[len++] = (uint8_t)strtoul(digits, NULL, 16);
            c++;
        }
    }
    return len;
}

static struct decoding decode(const char *notation, size_t *len)
{
    uint8_t bytes[512];

    *len = bytes_of(notation, bytes);
    return decode_bytes(FORMAT_SENML_CBOR, bytes, *len);
}

static void assert_one(const char *notation, enum signal_id id, int64_t fixed, int64_t at_ms)
{
    size_t len = 0;
    struct decoding d = decode(notation, &len);

    assert_taken(&d, 1, 0);
    assert_int_equal(d.result.samples[0].present, 1u << id);
    assert_value(&d.result.samples[0], id, fixed);
    assert_int_equal(d.result.samples[0].at_ms, at_ms);
    decoding_end(&d);
}

static void every_form_of_number_is_read(void **state)
{
    static const struct {
        const char *number;
        int64_t millis;
    } cases[] = {
        {"00", 0},
        {"17", 23000},
        {"18 64", 100000},
        {"19 0100", 256000},
        {"1a 00000101", 257000},
        {"1b 0000000000000102", 258000},
        {"f9 4cc0", 19000},
        {"f9 53b0", 61500},
        {"f9 8000", 0},
        {"f9 0001", 0},
        {"fa 42760000", 61500},
        {"fb 404ec00000000000", 61500},
        {"c4 82 20 19 0267", 61500},
        {"c4 9f 20 19 0267 ff", 61500},
        {"d8 04 82 21 19 1806", 61500},
        {"c4 82 01 06", 60000},
        {"c4 82 00 18 3d", 61000},
        {"c4 82 3a ffffffff 01", 0},
        {"c4 82 1a ffffffff 00", 0},
        {"c4 82 38 1d 1b 0de0b6b3a7640000", 0},
    };
    char notation[200];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        snprintf(notation, sizeof notation, "81 a2 00 65'speed' 02 %s", cases[i].number);
        assert_one(notation, SIGNAL_SPEED, cases[i].millis, NOW_MS);
    }
}

static void negative_numbers_of_every_width_are_read(void **state)
{
    (void)state;
    assert_one("81 a2 00 66'batt_a' 02 20", SIGNAL_BATT_A, -1000, NOW_MS);
    assert_one("81 a2 00 66'batt_a' 02 38 63", SIGNAL_BATT_A, -100000, NOW_MS);
    assert_one("81 a2 00 66'batt_a' 02 39 03e7", SIGNAL_BATT_A, -1000000, NOW_MS);
    assert_one("81 a2 00 66'batt_a' 02 3a 000003e7", SIGNAL_BATT_A, -1000000, NOW_MS);
    assert_one("81 a2 00 66'batt_a' 02 3b 00000000000003e7", SIGNAL_BATT_A, -1000000, NOW_MS);
    assert_one("81 a2 00 66'batt_a' 02 c4 82 20 38 7c", SIGNAL_BATT_A, -12500, NOW_MS);
}

static void every_label_has_its_key(void **state)
{
    size_t len = 0;
    /* bver 10, bn "U1/", bt 1750000000, bu "km/h", bv 1, bs 2; n speed, v 2.5, s 3, t 5, ut 60 */
    struct decoding d = decode("83 ab 20 0a 21 63'U1/' 22 1a 684ee180 23 64'km/h' 24 01 25 02"
                               "00 65'speed' 02 f9 4100 05 03 06 05 07 18 3c"
                               "a4 00 63'soc' 01 63'%EL' 02 18 55 06 05"
                               "a2 00 61'x' 08 43 010203",
                               &len);

    (void)state;
    assert_taken(&d, 1, 1);
    assert_int_equal(d.result.samples[0].at_ms, 1750000005000);
    assert_value(&d.result.samples[0], SIGNAL_SPEED, 3500);
    assert_value(&d.result.samples[0], SIGNAL_SOC, 8600);
    decoding_end(&d);
    assert_one("81 a2 00 64'mode' 03 64'fuel'", SIGNAL_MODE, RUN_MODE_FUEL, NOW_MS);
    assert_one("81 a2 00 63'mil' 04 f5", SIGNAL_MIL, 1, NOW_MS);
    assert_one("81 a2 00 63'mil' 04 f4", SIGNAL_MIL, 0, NOW_MS);
}

static void arrays_maps_and_texts_may_be_indefinite(void **state)
{
    (void)state;
    assert_one("9f bf 00 65'speed' 02 07 ff ff", SIGNAL_SPEED, 7000, NOW_MS);
    assert_one("81 a2 00 7f 62'sp' 60 63'eed' ff 02 07", SIGNAL_SPEED, 7000, NOW_MS);
    assert_one("9f bf 21 7f 61'U' 62'1/' ff 00 7f 65'speed' ff 02 07 ff ff", SIGNAL_SPEED, 7000,
               NOW_MS);
}

static void extension_labels_are_passed_over_with_all_they_hold(void **state)
{
    (void)state;
    assert_one(
        "81 a7 00 65'speed' 61'x' 83 01 82 02 f6 a1 61'k' c1 00"
        "09 5f 41 00 42 0102 ff 26 bf 61'a' 9f f7 ff ff 67'ext_lab' 7f 61'a' ff 18 64 f9 0000"
        "02 07",
        SIGNAL_SPEED, 7000, NOW_MS);
}

static void a_known_text_may_hold_any_utf_8(void **state)
{
    size_t len = 0;
    struct decoding d =
        decode("82 a2 00 64'mode' 03 66 e794b5e58aa8 a2 00 61'x' 03 64 f09f9a8c", &len);

    (void)state;
    assert_taken(&d, 1, 1);
    assert_int_equal(sample_quality(&d.result.samples[0], SIGNAL_MODE), QUALITY_OUT_OF_RANGE);
    decoding_end(&d);
}

/* The pair of examples that document the payload: the same content in JSON and CBOR. */
static void the_documented_pair_means_the_same(void **state)
{
    static const char json[] =
        "[{\"bn\":\"LSJA24030HS192969/\",\"bt\":1585119907,\"n\":\"speed\",\"u\":\"km/"
        "h\",\"v\":61.5},{\"n\":\"odometer\",\"u\":\"km\",\"v\":28920},{\"n\":\"soc\",\"u\":\"%"
        "EL\","
        "\"v\":85},{\"n\":\"bv\",\"u\":\"V\",\"v\":381.25},{\"n\":\"lon\",\"u\":\"lon\","
        "\"v\":113.1324},{\"n\":\"lat\",\"u\":\"lat\",\"v\":30.355562}]";
    static const char cbor[] =
        "86a521724c534a41323430333048533139323936392f221a5e7b02a30065737065656401646b6d2f6802f953b0"
        "a300686f646f6d6574657201626b6d021970f8a30063736f63016325454c021855a30062627601615602f95df5"
        "a300636c6f6e01636c6f6e02fb405c48793dd97f63a300636c617401636c617402fb403e5b061c79b34a";
    uint8_t bytes[200];
    size_t len = bytes_of(cbor, bytes);
    struct decoding a = decode_for("LSJA24030HS192969", FORMAT_SENML_JSON, json, sizeof json - 1);
    struct decoding b = decode_for("LSJA24030HS192969", FORMAT_SENML_CBOR, bytes, len);

    (void)state;
    assert_int_equal(len, 132);
    assert_taken(&a, 1, 2);
    assert_taken(&b, 1, 2);
    assert_int_equal(sample_compare(a.result.samples, b.result.samples), 0);
    assert_int_equal(a.result.samples[0].at_ms, 1585119907000);
    assert_value(a.result.samples, SIGNAL_SPEED, 61500);
    assert_value(a.result.samples, SIGNAL_SOC, 8500);
    assert_value(a.result.samples, SIGNAL_LON, 1131324000);
    assert_value(a.result.samples, SIGNAL_LAT, 303555620);
    decoding_end(&a);
    decoding_end(&b);
}

static const struct {
    const char *reason;
    const char *notation;
    size_t at_byte;
} refusals[] = {
    {"cbor-syntax", "1c", 0},
    {"cbor-syntax", "81 a2 00 65'speed' 02 fc", 10},
    {"cbor-syntax", "81 a2 00 65'speed' 02 f8 ff", 10},
    {"cbor-syntax", "81 a1 09 ff", 3},
    {"cbor-syntax", "81 a2 00 7f 41'a' ff 02 07", 4},
    {"cbor-syntax", "81 a2 00 7f 7f 61'a' ff ff 02 07", 4},
    {"truncated", "81", 1},
    {"truncated", "9f a2 00 61'x' 02 07", 7},
    {"truncated", "81 a2 00 65'spe'", 3},
    {"truncated", "81 a2 00 61'x' 02", 6},
    {"truncated", "81 a2 00 61'x' 02 19 01", 6},
    {"truncated", "9b ffffffffffffffff", 9},
    {"truncated", "9b fffffffffffffffe a2 00 61'x' 02 07", 15},
    {"truncated", "81 bb ffffffffffffffff 00 61'x' 02 07", 15},
    {"truncated", "81 a1 09 9b ffffffffffffffff", 12},
    {"truncated", "81 a1 00 7b ffffffffffffffff 'x'", 3},
    {"truncated", "81 a1 00 7f 61'x'", 6},
    {"trailing-bytes", "81 a2 00 61'x' 02 07 00", 7},
    {"trailing-bytes", "9f a2 00 61'x' 02 07 ff ff", 8},
    {"too-deep", "81 a1 09 81818181818181818181818181818181 00", 17},
    {"too-deep", "81 a1 09 c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1 00", 17},
    {"bad-utf8", "81 a2 00 62 c328 02 07", 3},
    {"bad-utf8", "81 a3 00 61'x' 02 07 62 eda0 00", 7},
    {"bad-utf8", "81 a2 00 61'x' 03 63 eda080", 6},
    {"bad-utf8", "81 a2 00 61'x' 03 62 c080", 6},
    {"nul-in-text", "81 a2 00 62 7800 02 07", 3},
    {"not-finite", "81 a2 00 65'speed' 02 f9 7c00", 10},
    {"not-finite", "81 a2 00 65'speed' 02 f9 7e00", 10},
    {"not-finite", "81 a2 00 65'speed' 02 fa ff800000", 10},
    {"not-finite", "81 a2 00 65'speed' 02 fb 7ff0000000000000", 10},
    {"not-finite", "81 a2 00 61'x' 02 c4 82 19 0190 01", 6},
    {"not-finite", "81 a3 22 fb 7ff8000000000000 00 61'x' 02 01", 3},
    {"not-finite", "81 a3 24 fb 7fe1ccf385ebc8a0 00 65'speed' 02 fb 7fe1ccf385ebc8a0", 20},
    {"not-an-array", "a2 00 61'x' 02 07", 0},
    {"not-an-array", "f6", 0},
    {"not-an-array", "d9 d9f7 81 a2 00 61'x' 02 07", 0},
    {"empty-pack", "80", 0},
    {"empty-pack", "9f ff", 0},
    {"not-a-record", "81 07", 1},
    {"not-a-record", "82 a2 00 61'x' 02 07 80", 7},
    {"wrong-label", "81 a3 00 61'x' 02 07 f9 0000 00", 7},
    {"wrong-label", "81 a3 00 61'x' 02 07 41'n' 00", 7},
    {"wrong-label", "81 a2 61'n' 65'speed' 02 07", 2},
    {"wrong-label", "81 a3 00 65'speed' 02 07 61'u' 63'm/s'", 11},
    {"duplicate-label", "81 a3 00 61'x' 02 07 02 07", 7},
    {"duplicate-label", "81 a3 00 61'x' 18 00 61'y' 02 07", 5},
    {"label-type", "81 a2 00 07 02 07", 3},
    {"label-type", "81 a2 00 41'x' 02 07", 3},
    {"label-type", "81 a2 00 61'x' 02 61'7'", 6},
    {"label-type", "81 a2 00 61'x' 02 f6", 6},
    {"label-type", "81 a2 00 61'x' 02 c2 41 07", 6},
    {"label-type", "81 a2 00 61'x' 02 c1 07", 6},
    {"label-type", "81 a2 00 61'x' 02 c4 07", 6},
    {"label-type", "81 a2 00 61'x' 02 c4 81 07", 6},
    {"label-type", "81 a2 00 61'x' 02 c4 83 01 02 03", 10},
    {"label-type", "81 a2 00 61'x' 02 c4 82 01 c2 41 07", 9},
    {"label-type", "81 a2 00 61'x' 02 c4 82 f9 0000 01", 8},
    {"label-type", "81 a2 00 61'x' 03 41'7'", 6},
    {"label-type", "81 a2 00 61'x' 04 01", 6},
    {"label-type", "81 a2 00 61'x' 08 61'7'", 6},
    {"unknown-mandatory-label", "81 a3 00 61'x' 02 07 62'y_' 00", 7},
    {"unknown-mandatory-label", "81 a3 00 61'x' 02 07 7f 61'y' 61'_' ff 00", 7},
    {"bad-version", "81 a1 20 00", 3},
    {"bad-version", "81 a1 20 f9 3e00", 3},
    {"unknown-version", "81 a1 20 0b", 3},
    {"mixed-versions", "82 a1 20 09 a1 20 0a", 6},
    {"several-values", "81 a3 00 61'x' 02 07 04 f5", 1},
    {"no-value", "81 a0", 1},
    {"no-value", "82 a2 00 61'x' 02 07 a1 00 61'x'", 7},
    {"empty-name", "81 a1 02 07", 1},
    {"bad-name", "81 a2 00 61'#' 02 07", 3},
    {"bad-name", "81 a1 21 61'#'", 3},
    {"unit-mismatch", "81 a3 21 63'U2/' 00 61'x' 02 07", 3},
    {"unit-mismatch", "81 a2 02 07 00 68'U2/speed'", 5},
    {"wrong-unit", "81 a3 00 65'speed' 01 63'm/s' 02 07", 10},
    {"wrong-unit", "81 a3 00 65'speed' 23 63'm/s' 02 07", 10},
    {"wrong-type", "81 a2 00 65'speed' 04 f5", 10},
    {"impossible-time", "81 a3 00 65'speed' 02 07 06 1a 20000000", 12},
    {"impossible-time", "81 a3 22 1b 7fffffffffffffff 00 65'speed' 02 07", 3},
    {"duplicate-name-and-time", "82 a2 00 65'speed' 02 07 a2 00 65'speed' 02 08", 20},
};

static void every_refusal_has_its_reason_and_its_exact_byte(void **state)
{
    size_t len = 0;

    (void)state;
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
        struct decoding d = decode(refusals[i].notation, &len);
        if (d.err == ERR_OK || strcmp(d.result.fault.reason, refusals[i].reason) != 0 ||
            d.result.fault.at_byte != refusals[i].at_byte)
            fail_msg("%s\n  expected %s at %zu, got %s at %zu: %s", refusals[i].notation,
                     refusals[i].reason, refusals[i].at_byte,
                     d.err == ERR_OK ? "samples" : d.result.fault.reason, d.result.fault.at_byte,
                     d.result.fault.detail);
        assert_refused(&d, refusals[i].reason, len);
        decoding_end(&d);
    }
}

static void every_cut_of_a_pack_is_truncated(void **state)
{
    uint8_t bytes[200];
    size_t len = bytes_of("82 a5 21 63'U1/' 22 1a 684ee180 00 65'speed' 01 64'km/h' 02 f9 4100"
                          "bf 00 7f 64'batt' 62'_a' ff 02 c4 82 20 38 7c 61'x' a1 01 80 ff",
                          bytes);
    struct decoding d = decode_bytes(FORMAT_SENML_CBOR, bytes, len);

    (void)state;
    assert_taken(&d, 1, 0);
    decoding_end(&d);
    for (size_t cut = 1; cut < len; cut++) {
        d = decode_bytes(FORMAT_SENML_CBOR, bytes, cut);
        assert_refused(&d, "truncated", cut);
        decoding_end(&d);
    }
}

static void too_many_records_are_refused_at_the_first_beyond(void **state)
{
    static const uint8_t record[] = {0xa1, 0x24, 0x00};
    size_t len = 1 + 3 * (CODEC_RECORDS_MAX + 1) + 1;
    uint8_t *bytes = malloc(len);
    struct decoding d;

    (void)state;
    assert_non_null(bytes);
    bytes[0] = 0x9f;
    for (size_t i = 0; i <= CODEC_RECORDS_MAX; i++)
        memcpy(bytes + 1 + 3 * i, record, sizeof record);
    bytes[len - 1] = 0xff;
    d = decode_bytes(FORMAT_SENML_CBOR, bytes, len);
    assert_refused(&d, "too-many-records", len);
    assert_int_equal(d.result.fault.at_byte, 1 + 3 * CODEC_RECORDS_MAX);
    decoding_end(&d);
    free(bytes);
}

/* A pack of rpm at `count` different times: [{bn: "rpm"}, {v: 1, t: -i} …]. */
static size_t many_instants(uint8_t *bytes, size_t count)
{
    size_t len = bytes_of("9f a1 21 63'rpm'", bytes);

    for (size_t i = 0; i < count; i++) {
        const uint8_t record[] = {0xa2, 0x02, 0x01, 0x06, 0x39, (uint8_t)(i >> 8), (uint8_t)i};
        memcpy(bytes + len, record, sizeof record);
        len += sizeof record;
    }
    bytes[len++] = 0xff;
    return len;
}

static void as_many_samples_as_the_limit_are_taken_and_no_more(void **state)
{
    uint8_t *bytes = malloc(CODEC_PAYLOAD_MAX);
    size_t len = 0;
    struct decoding d;

    (void)state;
    assert_non_null(bytes);
    len = many_instants(bytes, CODEC_SAMPLES_MAX);
    d = decode_bytes(FORMAT_SENML_CBOR, bytes, len);
    assert_taken(&d, CODEC_SAMPLES_MAX, 0);
    for (size_t i = 1; i < d.result.count; i++)
        assert_int_equal(d.result.samples[i].at_ms, d.result.samples[i - 1].at_ms + 1000);
    decoding_end(&d);
    len = many_instants(bytes, CODEC_SAMPLES_MAX + 1);
    d = decode_bytes(FORMAT_SENML_CBOR, bytes, len);
    assert_refused(&d, "too-many-samples", len);
    decoding_end(&d);
    free(bytes);
}

static void a_long_base_name_costs_nothing_per_record(void **state)
{
    static const uint8_t record[] = {0xa1, 0x02, 0x01};
    uint8_t *bytes = malloc(CODEC_PAYLOAD_MAX);
    size_t len = 0;
    struct decoding d;

    (void)state;
    assert_non_null(bytes);
    len = bytes_of("9f a1 21 79 7d00", bytes);
    memset(bytes + len, 'n', 0x7d00);
    len += 0x7d00;
    for (size_t i = 0; i < 10000; i++, len += 3)
        memcpy(bytes + len, record, sizeof record);
    bytes[len++] = 0xff;
    assert_true(len <= CODEC_PAYLOAD_MAX);
    d = decode_bytes(FORMAT_SENML_CBOR, bytes, len);
    assert_taken(&d, 0, 10000);
    decoding_end(&d);
    free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_form_of_number_is_read),
        cmocka_unit_test(negative_numbers_of_every_width_are_read),
        cmocka_unit_test(every_label_has_its_key),
        cmocka_unit_test(arrays_maps_and_texts_may_be_indefinite),
        cmocka_unit_test(extension_labels_are_passed_over_with_all_they_hold),
        cmocka_unit_test(a_known_text_may_hold_any_utf_8),
        cmocka_unit_test(the_documented_pair_means_the_same),
        cmocka_unit_test(every_refusal_has_its_reason_and_its_exact_byte),
        cmocka_unit_test(every_cut_of_a_pack_is_truncated),
        cmocka_unit_test(too_many_records_are_refused_at_the_first_beyond),
        cmocka_unit_test(as_many_samples_as_the_limit_are_taken_and_no_more),
        cmocka_unit_test(a_long_base_name_costs_nothing_per_record),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

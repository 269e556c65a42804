/* The data unit of a report: every information type of both editions, signals and their states. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "tests/unit/codec/gbt32960_frames.h"

#define HEAD       24
#define FIRST_TYPE (HEAD + 6)

/* Each type alone, whole, with counts that matter. What follows it shows whether its length was
 * measured exactly. */
static const struct {
    int edition;
    const char *block;
} blocks[] = {
    {2016, VEHICLE_2016},
    {2016, "02 02 01 01 47 4e20 4e20 47 14c8 2710 02 01 47 4e20 4e20 47 14c8 2710"},
    {2016, "02 00"},
    {2016, "02 fe"},
    {2016, "02 ff"},
    {2016, "03 0001 0002 0003 0002 2829 0190 01 0001 01 0001 01 01"},
    {2016, "03 ffff ffff ffff ffff ffff ff ffff ff ffff ff ff"},
    {2016, ENGINE_2016},
    {2016, POSITION},
    {2016, "06 01 02 0ce4 01 03 0ce4 01 01 43 01 02 42"},
    {2016, "07 00 00000000 00 00 00 00"},
    {2016,
     "07 02 00000001 01 00000001 02 00000002 00000003 01 00000004 03 000000050000000600000007"},
    {2016, "07 ff ffffffff fe ff fe ff"},
    {2016, "08 02 01 14c8 2a67 0002 0001 02 0ce4 0ce5 02 14c8 2a67 0001 0001 01 0ce4"},
    {2016, "08 01 01 ffff ffff ffff ffff ff"},
    {2016, "08 ff"},
    {2016, "09 02 01 0002 4344 02 0001 45"},
    {2016, "09 01 01 ffff"},
    {2016, "0a 0003 010203"},
    {2016, "2f 0000"},
    {2016, "80 0001 ff"},
    {2016, "fe 0002 0000"},
    {2025, VEHICLE_2025},
    {2025, "02 02 01 01 47 7d00 00030d40 47 02 01 47 7d00 00030d40 47"},
    {2025, "03 0041 01 0001 01 0001 01 01 64 41"},
    {2025, "04 05aa"},
    {2025, "05 00 01 06b62ce9 021717f2"},
    {2025, "06 00 00000000 00 00 00 00 00"},
    {2025, "06 04 00800000 01 00000001 00 00 01 00000002 02 0004 1702"},
    {2025, "07 02 01 14c8 7887 0002 0ce4 0ce5 02 14c8 7887 0000"},
    {2025, "07 01 01 14c8 7887 fffe"},
    {2025, "08 02 01 0002 4344 02 0000"},
    {2025, "09 0001 00"},
    {2025, "2f 0000"},
    {2025, "30 01 01 0001 0002 0003 0004 41 0003 414243"},
    {2025, "31 01 0001 7530 0002 0ce4 0ce4 0001 41"},
    {2025, "32 01 0001 0ce4 01 0002 0ce3 01 0001 43 01 0002 42"},
    {2025, "80 0002 ffff"},
    {2025, "fe 0000"},
};

static void every_type_is_measured_exactly(void **state)
{
    char two[512];

    (void)state;
    for (size_t i = 0; i < sizeof blocks / sizeof blocks[0]; i++) {
        struct decoding d;
        snprintf(two, sizeof two, "%s %s", blocks[i].block,
                 blocks[i].edition == 2016 ? "04 01 1000 ffff" : "04 1000");
        d = decode_blocks(blocks[i].edition, two);
        if (d.err != ERR_OK)
            fail_msg("%d %s: %s", blocks[i].edition, blocks[i].block, d.result.fault.detail);
        assert_int_equal(d.result.count, 1);
        assert_true(sample_has(&d.result.samples[0], SIGNAL_RPM));
        decoding_end(&d);
    }
}

/* Cut anywhere, with the frame's length and check byte right. */
static void every_type_that_is_cut_is_a_fault_and_what_stands_before_is_kept(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof blocks / sizeof blocks[0]; i++) {
        const char *before = blocks[i].edition == 2016 ? VEHICLE_2016 : VEHICLE_2025;
        size_t type_at = FIRST_TYPE + (blocks[i].edition == 2016 ? 21 : 19);
        struct payload *whole = calloc(1, sizeof *whole);
        size_t len = 0;
        assert_non_null(whole);
        payload_hex(whole, blocks[i].block);
        len = whole->len;
        for (size_t cut = 1; cut < len; cut++) {
            char data[1024];
            int at = snprintf(data, sizeof data, "%s ", before);
            struct decoding d;
            for (size_t k = 0; k < cut; k++)
                at += snprintf(data + at, sizeof data - (size_t)at, "%02x", whole->bytes[k]);
            d = decode_blocks(blocks[i].edition, data);
            assert_fault(&d, "truncated-data-unit", type_at, 1);
            assert_value(&d.result.samples[0], SIGNAL_SPEED, 45200);
            assert_int_equal(sample_quality(&d.result.samples[0], SIGNAL_LAT), QUALITY_ABSENT);
            assert_int_equal(events_of(&d, CODEC_EVENT_ALARM), 0);
            decoding_end(&d);
        }
        free(whole);
    }
}

static void a_reserved_type_ends_what_can_be_read(void **state)
{
    static const struct {
        int edition;
        const char *type;
    } types[] = {{2016, "00"}, {2016, "30"}, {2016, "31"}, {2016, "7f"},
                 {2016, "ff"}, {2025, "00"}, {2025, "33"}, {2025, "7f"}};

    (void)state;
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        char data[256];
        struct decoding d;
        snprintf(data, sizeof data, "%s 0001 00" VEHICLE_2016, types[i].type);
        d = decode_blocks(types[i].edition, data);
        assert_fault(&d, "unknown-info-type", FIRST_TYPE, 0);
        decoding_end(&d);
    }
}

static void a_report_without_our_signals_is_still_an_instant(void **state)
{
    struct decoding d = decode_blocks(2016, "09 01 01 0001 43");

    (void)state;
    assert_taken(&d, 1, 0);
    assert_true(sample_is_empty(&d.result.samples[0]));
    decoding_end(&d);
}

/* ---- states ---- */

static void assert_state(int edition, const char *data, enum signal_id id, enum quality quality,
                         int64_t fixed)
{
    struct decoding d = decode_blocks(edition, data);

    assert_taken(&d, 1, 0);
    assert_int_equal(sample_quality(&d.result.samples[0], id), quality);
    assert_int_equal(d.result.samples[0].value[id], fixed);
    decoding_end(&d);
}

/* A field of the vehicle block: where it stands and the edges of its range. */
static const struct edge {
    int edition;
    enum signal_id id;
    const char *block; /* printf: the raw number */
    unsigned width, min, max;
    int64_t at_min, at_max;
} edges[] = {
    {2016, SIGNAL_CHARGING, "01 01%0*x01 01c4 0012d687 14c8 2a67 43 010e 1388 1e00", 1, 1, 4, 1, 0},
    {2016, SIGNAL_MODE, "01 0103%0*x 01c4 0012d687 14c8 2a67 43 010e 1388 1e00", 1, 1, 3, 1, 3},
    {2016, SIGNAL_SPEED, "01 010301 %0*x 0012d687 14c8 2a67 43 010e 1388 1e00", 2, 0, 2200, 0,
     220000},
    {2016, SIGNAL_ODO, "01 010301 01c4 %0*x 14c8 2a67 43 010e 1388 1e00", 4, 0, 9999999, 0,
     999999900},
    {2016, SIGNAL_BATT_V, "01 010301 01c4 0012d687 %0*x 2a67 43 010e 1388 1e00", 2, 0, 10000, 0,
     1000000},
    {2016, SIGNAL_BATT_A, "01 010301 01c4 0012d687 14c8 %0*x 43 010e 1388 1e00", 2, 0, 20000,
     -1000000, 1000000},
    {2016, SIGNAL_SOC, "01 010301 01c4 0012d687 14c8 2a67 %0*x 010e 1388 1e00", 1, 0, 100, 0,
     10000},
    {2016, SIGNAL_RPM, "04 01 %0*x 0000", 2, 0, 60000, 0, 60000000},
    {2016, SIGNAL_LON, "05 00 %0*x 00000000", 4, 0, 180000000, 0, 1800000000},
    {2016, SIGNAL_LAT, "05 00 00000000 %0*x", 4, 0, 90000000, 0, 900000000},
    {2025, SIGNAL_CHARGING, "01 01%0*x01 01c4 0012d687 14c8 7887 43 010e 1388", 1, 1, 4, 1, 0},
    {2025, SIGNAL_MODE, "01 0103%0*x 01c4 0012d687 14c8 7887 43 010e 1388", 1, 1, 3, 1, 3},
    {2025, SIGNAL_SPEED, "01 010301 %0*x 0012d687 14c8 7887 43 010e 1388", 2, 0, 5000, 0, 500000},
    {2025, SIGNAL_ODO, "01 010301 01c4 %0*x 14c8 7887 43 010e 1388", 4, 0, 9999999, 0, 999999900},
    {2025, SIGNAL_BATT_V, "01 010301 01c4 0012d687 %0*x 7887 43 010e 1388", 2, 0, 60000, 0,
     6000000},
    {2025, SIGNAL_BATT_A, "01 010301 01c4 0012d687 14c8 %0*x 43 010e 1388", 2, 0, 60000, -3000000,
     3000000},
    {2025, SIGNAL_SOC, "01 010301 01c4 0012d687 14c8 7887 %0*x 010e 1388", 1, 0, 100, 0, 10000},
    {2025, SIGNAL_RPM, "04 %0*x", 2, 0, 60000, 0, 60000000},
    {2025, SIGNAL_LON, "05 00 01 %0*x 00000000", 4, 0, 180000000, 0, 1800000000},
    {2025, SIGNAL_LAT, "05 00 01 00000000 %0*x", 4, 0, 90000000, 0, 900000000},
};

static void assert_edge(const struct edge *e, unsigned raw, enum quality quality, int64_t fixed)
{
    char data[256];

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    snprintf(data, sizeof data, e->block, (int)e->width * 2, raw);
#pragma GCC diagnostic pop
    assert_state(e->edition, data, e->id, quality, fixed);
}

static void codes_ranges_and_edges_are_kept_apart(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof edges / sizeof edges[0]; i++) {
        const struct edge *e = &edges[i];
        unsigned top = e->width == 4 ? 0xFFFFFFFFu : (1u << 8 * e->width) - 1;
        assert_edge(e, e->min, QUALITY_GOOD, e->at_min);
        assert_edge(e, e->max, QUALITY_GOOD, e->at_max);
        assert_edge(e, e->max + 1, QUALITY_OUT_OF_RANGE, 0);
        assert_edge(e, top - 2, QUALITY_OUT_OF_RANGE, 0);
        assert_edge(e, top - 1, QUALITY_ABNORMAL, 0);
        assert_edge(e, top, QUALITY_INVALID, 0);
        if (e->min > 0)
            assert_edge(e, e->min - 1, QUALITY_OUT_OF_RANGE, 0);
    }
}

static void both_ways_of_charging_are_charging(void **state)
{
    (void)state;
    assert_state(2016, "01 010201 01c4 0012d687 14c8 2a67 43 010e 1388 1e00", SIGNAL_CHARGING,
                 QUALITY_GOOD, 1);
    assert_state(2016, VEHICLE_2016, SIGNAL_CHARGING, QUALITY_GOOD, 0);
}

static void the_status_gives_the_hemispheres(void **state)
{
    (void)state;
    assert_state(2016, "05 02 06b62ce9 021717f2", SIGNAL_LAT, QUALITY_GOOD, -350678900);
    assert_state(2016, "05 02 06b62ce9 021717f2", SIGNAL_LON, QUALITY_GOOD, 1126023450);
    assert_state(2016, "05 04 06b62ce9 021717f2", SIGNAL_LON, QUALITY_GOOD, -1126023450);
    assert_state(2025, "05 06 01 06b62ce9 021717f2", SIGNAL_LAT, QUALITY_GOOD, -350678900);
    assert_state(2025, "05 06 01 06b62ce9 021717f2", SIGNAL_LON, QUALITY_GOOD, -1126023450);
}

static void a_place_without_a_fix_is_no_place(void **state)
{
    static const enum signal_id ids[] = {SIGNAL_LAT, SIGNAL_LON};

    (void)state;
    for (int i = 0; i < 2; i++) {
        assert_state(2016, "05 01 06b62ce9 021717f2", ids[i], QUALITY_INVALID, 0);
        assert_state(2016, "05 07 06b62ce9 021717f2", ids[i], QUALITY_INVALID, 0);
        assert_state(2016, "05 ff 06b62ce9 021717f2", ids[i], QUALITY_INVALID, 0);
        assert_state(2016, "05 fe 06b62ce9 021717f2", ids[i], QUALITY_ABNORMAL, 0);
        assert_state(2025, "05 01 01 06b62ce9 021717f2", ids[i], QUALITY_INVALID, 0);
        assert_state(2025, "05 01 02 06b62ce9 021717f2", ids[i], QUALITY_INVALID, 0);
    }
}

static void coordinates_of_another_system_are_not_given_as_wgs84(void **state)
{
    (void)state;
    assert_state(2025, "05 00 02 06b62ce9 021717f2", SIGNAL_LAT, QUALITY_ABNORMAL, 0);
    assert_state(2025, "05 00 02 06b62ce9 021717f2", SIGNAL_LON, QUALITY_ABNORMAL, 0);
    assert_state(2025, "05 00 03 06b62ce9 021717f2", SIGNAL_LAT, QUALITY_ABNORMAL, 0);
    assert_state(2025, "05 00 00 06b62ce9 021717f2", SIGNAL_LAT, QUALITY_ABNORMAL, 0);
    assert_state(2025, "05 00 fe 06b62ce9 021717f2", SIGNAL_LAT, QUALITY_ABNORMAL, 0);
    assert_state(2025, "05 00 ff 06b62ce9 021717f2", SIGNAL_LAT, QUALITY_INVALID, 0);
}

/* An electric motor's speed is not an engine's. */
static void motors_give_no_engine_speed(void **state)
{
    (void)state;
    assert_state(2016, "02 01 01 01 47 6000 4e20 47 14c8 2710", SIGNAL_RPM, QUALITY_ABSENT, 0);
}

static void consumption_by_distance_becomes_a_rate_while_the_vehicle_moves(void **state)
{
    static const char *const stands = "01 010301 0000 0012d687 14c8 2a67 43 010e 1388 1e00";
    static const char *const unknown = "01 010301 ffff 0012d687 14c8 2a67 43 010e 1388 1e00";
    char data[256];

    (void)state;
    assert_state(2016, ENGINE_2016 VEHICLE_2016, SIGNAL_FUEL, QUALITY_GOOD, 5578);
    assert_state(2016, ENGINE_2016, SIGNAL_FUEL, QUALITY_ABSENT, 0);
    snprintf(data, sizeof data, "%s " ENGINE_2016, stands);
    assert_state(2016, data, SIGNAL_FUEL, QUALITY_ABSENT, 0);
    snprintf(data, sizeof data, "%s " ENGINE_2016, unknown);
    assert_state(2016, data, SIGNAL_FUEL, QUALITY_ABSENT, 0);
    assert_state(2016, VEHICLE_2016 "04 01 05aa ea60", SIGNAL_FUEL, QUALITY_GOOD, 271200);
    assert_state(2016, VEHICLE_2016 "04 01 05aa ea61", SIGNAL_FUEL, QUALITY_OUT_OF_RANGE, 0);
    assert_state(2016, VEHICLE_2016 "04 01 05aa fffe", SIGNAL_FUEL, QUALITY_ABNORMAL, 0);
    assert_state(2016, VEHICLE_2016 "04 01 05aa ffff", SIGNAL_FUEL, QUALITY_INVALID, 0);
    assert_state(2016, VEHICLE_2016 "04 01 05aa 0000", SIGNAL_FUEL, QUALITY_GOOD, 0);
}

static void a_block_that_stands_twice_counts_once(void **state)
{
    (void)state;
    assert_state(2016, VEHICLE_2016 "01 010301 0001 00000001 14c8 2a67 43 010e 1388 1e00",
                 SIGNAL_SPEED, QUALITY_GOOD, 45200);
}

/* ---- alarms ---- */

static void an_alarm_with_a_level_is_an_event(void **state)
{
    struct decoding d = decode_blocks(2016, "07 03 00021787 00 00 00 00");
    const struct codec_event *event = event_of(&d, CODEC_EVENT_ALARM);

    (void)state;
    assert_non_null(event);
    assert_int_equal(event->at_ms, NOW_MS);
    assert_int_equal(event->number, 0x00021787);
    assert_string_equal(event->text, "3");
    decoding_end(&d);
    d = decode_blocks(2025, "06 04 80000000 00 00 00 00 00");
    event = event_of(&d, CODEC_EVENT_ALARM);
    assert_non_null(event);
    assert_int_equal(event->number, 0x80000000);
    assert_string_equal(event->text, "4");
    decoding_end(&d);
}

static void no_level_is_no_alarm(void **state)
{
    static const char *const quiet[] = {"07 00 00000001 00 00 00 00", "07 fe ffffffff 00 00 00 00",
                                        "07 ff ffffffff 00 00 00 00"};

    (void)state;
    for (size_t i = 0; i < sizeof quiet / sizeof quiet[0]; i++) {
        struct decoding d = decode_blocks(2016, quiet[i]);
        assert_taken(&d, 1, 0);
        assert_null(event_of(&d, CODEC_EVENT_ALARM));
        decoding_end(&d);
    }
}

/* ---- signatures ---- */

struct asked {
    int times, algorithm;
    size_t len, r_len, s_len;
    uint8_t first, last;
    enum signature_state answer;
};

static enum signature_state verify_note(void *arg, const char *unit, int algorithm,
                                        const uint8_t *data, size_t len, const uint8_t *r,
                                        size_t r_len, const uint8_t *s, size_t s_len)
{
    struct asked *asked = arg;

    (void)r;
    (void)s;
    assert_string_equal(unit, UNIT);
    asked->times++;
    asked->algorithm = algorithm;
    asked->len = len;
    asked->r_len = r_len;
    asked->s_len = s_len;
    asked->first = data[0];
    asked->last = data[len - 1];
    return asked->answer;
}

static struct decoding decode_signed(struct payload *p, struct asked *asked)
{
    struct decoding d = {.arena = arena_create()};
    struct codec_input input = {.unit = UNIT,
                                .received_ms = NOW_MS,
                                .bytes = p->bytes,
                                .len = p->len,
                                .verify = asked == NULL ? NULL : verify_note,
                                .verify_arg = asked};

    d.err = codec_decode(FORMAT_GBT32960, &input, d.arena, &d.result);
    return d;
}

static struct payload *payload_of(const char *data)
{
    struct payload *p = calloc(1, sizeof *p);

    assert_non_null(p);
    realtime_2025(p, data);
    return p;
}

static void a_signature_covers_the_data_unit_up_to_its_block(void **state)
{
    static const enum signature_state answers[] = {SIGNATURE_GOOD, SIGNATURE_BAD,
                                                   SIGNATURE_UNKNOWN};
    struct payload *p = payload_of(TIME VEHICLE_2025 "ff 01 0002 aabb 0003 ccddee");

    (void)state;
    for (int i = 0; i < 3; i++) {
        struct asked asked = {.answer = answers[i]};
        struct decoding d = decode_signed(p, &asked);
        assert_taken(&d, 1, 0);
        assert_int_equal(d.result.samples[0].signature, answers[i]);
        assert_int_equal(asked.times, 1);
        assert_int_equal(asked.algorithm, 1);
        assert_int_equal(asked.len, 6 + 19);
        assert_int_equal(asked.first, 0x19);
        assert_int_equal(asked.last, 0x88);
        assert_int_equal(asked.r_len, 2);
        assert_int_equal(asked.s_len, 3);
        decoding_end(&d);
    }
    free(p);
}

static void a_signature_nobody_can_check_is_unknown(void **state)
{
    struct payload *p = payload_of(TIME VEHICLE_2025 "ff 02 0002 aabb 0000");
    struct asked asked = {.answer = SIGNATURE_GOOD};
    struct decoding d = decode_signed(p, NULL);

    (void)state;
    assert_int_equal(d.result.samples[0].signature, SIGNATURE_UNKNOWN);
    decoding_end(&d);
    free(p);
    p = payload_of(TIME VEHICLE_2025 "ff 09 0002 aabb 0000");
    d = decode_signed(p, &asked);
    assert_int_equal(d.result.samples[0].signature, SIGNATURE_UNKNOWN);
    assert_int_equal(asked.times, 0);
    decoding_end(&d);
    free(p);
}

static void a_payload_is_given_so_many_checks_of_signatures_and_no_more(void **state)
{
    struct payload *p = payload_of(TIME VEHICLE_2025 "ff 01 0001 aa 0001 bb");
    struct asked asked = {.answer = SIGNATURE_GOOD};
    struct decoding d;

    (void)state;
    for (int i = 0; i < CODEC_CHECKS_MAX; i++)
        realtime_2025(p, TIME VEHICLE_2025 "ff 01 0001 aa 0001 bb");
    realtime_2025(p, TIME_NEXT VEHICLE_2025 "ff 01 0001 aa 0001 bb");
    d = decode_signed(p, &asked);
    assert_taken(&d, 2, 0);
    assert_int_equal(asked.times, CODEC_CHECKS_MAX);
    assert_int_equal(d.result.samples[1].signature, SIGNATURE_UNKNOWN);
    decoding_end(&d);
    free(p);
}

static void a_signature_that_is_cut_is_bad(void **state)
{
    struct payload *p = payload_of(TIME VEHICLE_2025 "ff 01 0120 aabb 0003 ccddee");
    struct decoding d = decode_signed(p, NULL);

    (void)state;
    assert_fault(&d, "truncated-data-unit", FIRST_TYPE + 19, 1);
    assert_int_equal(d.result.samples[0].signature, SIGNATURE_BAD);
    assert_value(&d.result.samples[0], SIGNAL_SPEED, 45200);
    decoding_end(&d);
    free(p);
}

static void what_follows_a_signature_is_reported(void **state)
{
    struct payload *p = payload_of(TIME VEHICLE_2025 "ff 01 0001 aa 0001 bb 0d");
    struct asked asked = {.answer = SIGNATURE_GOOD};
    struct decoding d = decode_signed(p, &asked);

    (void)state;
    assert_fault(&d, "trailing-after-signature", FIRST_TYPE + 19 + 8, 1);
    assert_int_equal(d.result.samples[0].signature, SIGNATURE_GOOD);
    decoding_end(&d);
    free(p);
}

static void an_instant_is_as_well_signed_as_its_worst_frame(void **state)
{
    struct payload *p = payload_of(TIME VEHICLE_2025 "ff 01 0001 aa 0001 bb");
    struct asked asked = {.answer = SIGNATURE_GOOD};
    struct decoding d;

    (void)state;
    realtime_2025(p, TIME "05 00 01 06b62ce9 021717f2");
    d = decode_signed(p, &asked);
    assert_taken(&d, 1, 0);
    assert_int_equal(d.result.samples[0].signature, SIGNATURE_NONE);
    decoding_end(&d);
    realtime_2025(p, TIME "ff 01 00");
    d = decode_signed(p, &asked);
    assert_int_equal(d.result.samples[0].signature, SIGNATURE_NONE);
    decoding_end(&d);
    asked.answer = SIGNATURE_UNKNOWN;
    d = decode_signed(p, &asked);
    assert_int_equal(d.result.samples[0].signature, SIGNATURE_NONE);
    decoding_end(&d);
    realtime_2025(p, TIME "04 0001 ff 01 00");
    d = decode_signed(p, &asked);
    assert_int_equal(d.result.samples[0].signature, SIGNATURE_BAD);
    decoding_end(&d);
    free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_type_is_measured_exactly),
        cmocka_unit_test(every_type_that_is_cut_is_a_fault_and_what_stands_before_is_kept),
        cmocka_unit_test(a_reserved_type_ends_what_can_be_read),
        cmocka_unit_test(a_report_without_our_signals_is_still_an_instant),
        cmocka_unit_test(codes_ranges_and_edges_are_kept_apart),
        cmocka_unit_test(both_ways_of_charging_are_charging),
        cmocka_unit_test(the_status_gives_the_hemispheres),
        cmocka_unit_test(a_place_without_a_fix_is_no_place),
        cmocka_unit_test(coordinates_of_another_system_are_not_given_as_wgs84),
        cmocka_unit_test(motors_give_no_engine_speed),
        cmocka_unit_test(consumption_by_distance_becomes_a_rate_while_the_vehicle_moves),
        cmocka_unit_test(a_block_that_stands_twice_counts_once),
        cmocka_unit_test(an_alarm_with_a_level_is_an_event),
        cmocka_unit_test(no_level_is_no_alarm),
        cmocka_unit_test(a_signature_covers_the_data_unit_up_to_its_block),
        cmocka_unit_test(a_signature_nobody_can_check_is_unknown),
        cmocka_unit_test(a_payload_is_given_so_many_checks_of_signatures_and_no_more),
        cmocka_unit_test(a_signature_that_is_cut_is_bad),
        cmocka_unit_test(what_follows_a_signature_is_reported),
        cmocka_unit_test(an_instant_is_as_well_signed_as_its_worst_frame),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

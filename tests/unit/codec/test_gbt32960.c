/* Frames and their faults. Blocks and signals: test_gbt32960_report.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "tests/unit/codec/gbt32960_frames.h"

/* The payload is too large for a stack frame of a test that needs two. */
static struct payload *payload_new(void **state)
{
    struct payload *p = *state;

    p->len = 0;
    return p;
}

static int setup(void **state)
{
    *state = calloc(1, sizeof(struct payload));
    return *state == NULL ? -1 : 0;
}

static int teardown(void **state)
{
    free(*state);
    return 0;
}

static void assert_event(const struct decoding *d, enum codec_event_kind kind, int64_t at_ms,
                         int64_t number, const char *text)
{
    const struct codec_event *event = event_of(d, kind);

    assert_non_null(event);
    assert_int_equal(event->at_ms, at_ms);
    assert_int_equal(event->number, number);
    assert_string_equal(event->text, text);
}

static void a_frame_of_an_electric_car_is_one_sample(void **state)
{
    struct payload *p = payload_new(state);
    struct decoding d;
    const struct sample *s = NULL;

    payload_hex(p, "232302fe4c5445535442455635503130303030303101002519061e173b3a0101030101c40012d6"
                   "8714c82a6743010e13881e00050006b62ce9021717f2cd");
    d = decode_payload(p);
    assert_taken(&d, 1, 0);
    s = &d.result.samples[0];
    assert_int_equal(s->at_ms, NOW_MS);
    assert_value(s, SIGNAL_SPEED, 45200);
    assert_value(s, SIGNAL_ODO, 123456700);
    assert_value(s, SIGNAL_BATT_V, 532000);
    assert_value(s, SIGNAL_BATT_A, 85500);
    assert_value(s, SIGNAL_SOC, 6700);
    assert_value(s, SIGNAL_MODE, RUN_MODE_ELECTRIC);
    assert_value(s, SIGNAL_CHARGING, 0);
    assert_value(s, SIGNAL_LON, 1126023450);
    assert_value(s, SIGNAL_LAT, 350678900);
    assert_int_equal(sample_quality(s, SIGNAL_RPM), QUALITY_ABSENT);
    assert_int_equal(sample_quality(s, SIGNAL_FUEL), QUALITY_ABSENT);
    assert_int_equal(s->signature, SIGNATURE_NONE);
    assert_int_equal(d.result.event_count, 1);
    assert_event(&d, CODEC_EVENT_VIN, NOW_MS, 0, VIN);
    decoding_end(&d);
}

static void an_engine_block_shows_the_engine(void **state)
{
    struct payload *p = payload_new(state);
    struct decoding d;

    payload_hex(p, "232302fe4c5445535442455635503130303030303101002b19061e173b3a0101030101c40012d6"
                   "8714c82a6743010e13881e00040105aa04d2050006b62ce9021717f2bf");
    d = decode_payload(p);
    assert_taken(&d, 1, 0);
    assert_value(&d.result.samples[0], SIGNAL_RPM, 1450000);
    assert_value(&d.result.samples[0], SIGNAL_FUEL, 5578); /* 12.34 l/100 km at 45.2 km/h */
    decoding_end(&d);
}

static void the_start_bytes_choose_the_edition(void **state)
{
    struct payload *p = payload_new(state);
    struct decoding d;

    realtime(p, TIME VEHICLE_2016);
    realtime_2025(p, TIME_NEXT VEHICLE_2025);
    d = decode_payload(p);
    assert_taken(&d, 2, 0);
    assert_value(&d.result.samples[0], SIGNAL_BATT_A, 85500);
    assert_value(&d.result.samples[1], SIGNAL_BATT_A, 85500);
    assert_int_equal(d.result.event_count, 1);
    decoding_end(&d);
}

static void a_reissue_is_read_like_a_report(void **state)
{
    struct payload *p = payload_new(state);
    struct decoding d;

    frame_add(p, "2303fe", VIN, 1, TIME VEHICLE_2016);
    d = decode_payload(p);
    assert_taken(&d, 1, 0);
    assert_int_equal(d.result.samples[0].at_ms, NOW_MS);
    decoding_end(&d);
}

static void login_and_logout_carry_their_serial_number(void **state)
{
    struct payload *p = payload_new(state);
    struct decoding d;

    frame_add(p, "2301fe", VIN, 1,
              TIME "000c 3839383630393234373930303233313636363036 02 03 414243 444546");
    frame_add(p, "2304fe", VIN, 1, TIME_NEXT "000c");
    d = decode_payload(p);
    assert_taken(&d, 0, 0);
    assert_event(&d, CODEC_EVENT_LOGIN, NOW_MS, 12, "89860924790023166606");
    assert_event(&d, CODEC_EVENT_LOGOUT, NOW_MS + 1000, 12, "");
    assert_int_equal(d.result.event_count, 3);
    decoding_end(&d);
}

static void a_login_of_2025_counts_its_packs(void **state)
{
    struct payload *p = payload_new(state);
    struct decoding d;

    frame_add(p, "2401fe", VIN, 1,
              TIME "0001 3839383630393234373930303233313636360000 02 00 01"
                   "303030303030303030303030303030303030303030303030");
    d = decode_payload(p);
    assert_taken(&d, 0, 0);
    assert_event(&d, CODEC_EVENT_LOGIN, NOW_MS, 1, "898609247900231666");
    decoding_end(&d);
}

static void a_login_that_is_cut_is_told_as_far_as_it_goes(void **state)
{
    struct payload *p = payload_new(state);
    struct decoding d;

    frame_add(p, "2301fe", VIN, 1, TIME "0001 3839383630393234373930303233313636363036 02 03 41");
    d = decode_payload(p);
    assert_fault(&d, "truncated-data-unit", 54, 0);
    assert_non_null(event_of(&d, CODEC_EVENT_LOGIN));
    decoding_end(&d);
    p = payload_new(state);
    frame_add(p, "2301fe", VIN, 1, TIME);
    d = decode_payload(p);
    assert_fault(&d, "truncated-data-unit", 30, 0);
    assert_null(event_of(&d, CODEC_EVENT_LOGIN));
    decoding_end(&d);
}

static void empty_frames_are_events_at_their_arrival(void **state)
{
    struct payload *p = payload_new(state);
    struct decoding d;

    frame_add(p, "2307fe", VIN, 1, "");
    frame_add(p, "2408fe", VIN, 1, "");
    d = decode_payload(p);
    assert_taken(&d, 0, 0);
    assert_event(&d, CODEC_EVENT_HEARTBEAT, NOW_MS, 0, "");
    assert_event(&d, CODEC_EVENT_TIME_SYNC, NOW_MS, 0, "");
    decoding_end(&d);
}

static void an_activation_names_its_chip(void **state)
{
    struct payload *p = payload_new(state);
    struct decoding d;

    frame_add(p, "2409fe", VIN, 1,
              TIME "31323334353637383132333435363738 0002 aabb"
                   "4c5445535442455635503130303030303101 0001 aa 0000");
    d = decode_payload(p);
    assert_int_equal(d.result.event_count, 2);
    assert_event(&d, CODEC_EVENT_ACTIVATION, NOW_MS, 0, "1234567812345678");
    decoding_end(&d);
}

static void frames_of_platforms_name_no_vehicle(void **state)
{
    struct payload *p = payload_new(state);
    struct decoding d;

    frame_add(p, "2306fe", VIN, 1, TIME "0001");
    d = decode_payload(p);
    assert_taken(&d, 0, 0);
    assert_int_equal(d.result.event_count, 0);
    decoding_end(&d);
}

static void a_custom_command_is_counted_and_not_read(void **state)
{
    struct payload *p = payload_new(state);
    struct decoding d;

    frame_add(p, "23c1fe", VIN, 1, "0102030405");
    d = decode_payload(p);
    assert_taken(&d, 0, 1);
    decoding_end(&d);
}

static void a_reserved_command_is_refused(void **state)
{
    static const char *const heads[] = {"2300fe", "2309fe", "230bfe", "240cfe",
                                        "237ffe", "2383fe", "24fffe"};

    for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++) {
        struct payload *p = payload_new(state);
        struct decoding d;
        frame_add(p, heads[i], VIN, 1, TIME);
        d = decode_payload(p);
        assert_fault(&d, "unknown-command", 2, 0);
        decoding_end(&d);
    }
}

static void an_answer_is_not_telemetry(void **state)
{
    static const char *const heads[] = {"230201", "230202", "240207", "230100", "2302ff"};

    for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++) {
        struct payload *p = payload_new(state);
        struct decoding d;
        frame_add(p, heads[i], VIN, 1, TIME VEHICLE_2016);
        d = decode_payload(p);
        assert_refused(&d, "answer-frame", p->len);
        assert_int_equal(d.result.event_count, 0);
        decoding_end(&d);
    }
}

static void an_encrypted_data_unit_stays_closed(void **state)
{
    for (uint8_t how = 2; how <= 5; how++) {
        struct payload *p = payload_new(state);
        struct decoding d;
        frame_add(p, "2402fe", VIN, how, "ffffffffffffffffffffff");
        realtime(p, TIME VEHICLE_2016);
        d = decode_payload(p);
        assert_taken(&d, 1, 0);
        assert_event(&d, CODEC_EVENT_ENCRYPTED, NOW_MS, how, "");
        assert_event(&d, CODEC_EVENT_VIN, NOW_MS, 0, VIN);
        decoding_end(&d);
    }
}

static void an_encryption_that_says_nothing_is_refused(void **state)
{
    static const uint8_t codes[] = {0, 6, 0x7F, 0xFE, 0xFF};

    for (size_t i = 0; i < sizeof codes; i++) {
        struct payload *p = payload_new(state);
        struct decoding d;
        frame_add(p, "2302fe", VIN, codes[i], TIME VEHICLE_2016);
        d = decode_payload(p);
        assert_fault(&d, "bad-encryption", 21, 0);
        decoding_end(&d);
    }
}

static void a_wrong_start_is_refused(void **state)
{
    static const char *const starts[] = {"00", "2324", "2423", "7e7e"};

    for (size_t i = 0; i < sizeof starts / sizeof starts[0]; i++) {
        struct payload *p = payload_new(state);
        struct decoding d;
        payload_hex(p, starts[i]);
        payload_hex(p, "02fe00000000000000000000000000000000000001000000");
        d = decode_payload(p);
        assert_refused(&d, "bad-start", p->len);
        decoding_end(&d);
    }
}

static void every_cut_of_a_frame_is_refused(void **state)
{
    struct payload *p = payload_new(state);
    size_t whole = 0;

    realtime(p, TIME VEHICLE_2016 POSITION);
    whole = p->len;
    for (p->len = 1; p->len < whole; p->len++) {
        struct decoding d = decode_payload(p);
        assert_refused(&d, p->len < 25 ? "too-short" : "bad-length", p->len);
        decoding_end(&d);
    }
}

static void every_flipped_bit_of_a_frame_is_seen(void **state)
{
    struct payload *p = payload_new(state);

    realtime(p, TIME VEHICLE_2016 POSITION);
    for (size_t bit = 0; bit < p->len * 8; bit++) {
        struct decoding d;
        p->bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        d = decode_payload(p);
        assert_int_equal(d.err, ERR_INPUT);
        assert_int_equal(d.result.count, 0);
        decoding_end(&d);
        p->bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
}

static void an_impossible_time_is_refused(void **state)
{
    static const char *const times[] = {
        "190d1e173b3a", "19001e173b3a", "190600173b3a", "19061f173b3a", "19021d173b3a",
        "19061e183b3a", "19061e173c3a", "19061e173b3c", "64061e173b3a", "ffffffffffff"};

    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
        struct payload *p = payload_new(state);
        struct decoding d;
        char data[128];
        snprintf(data, sizeof data, "%s" VEHICLE_2016, times[i]);
        realtime(p, data);
        d = decode_payload(p);
        assert_refused(&d, "impossible-time", p->len);
        assert_int_equal(d.result.fault.at_byte, 24);
        assert_event(&d, CODEC_EVENT_VIN, NOW_MS, 0, VIN);
        decoding_end(&d);
    }
}

static void the_ends_of_months_and_the_century_are_times(void **state)
{
    static const struct {
        const char *time;
        int64_t at_ms;
    } times[] = {{"000101000000", 946656000000},   /* 1999-12-31T16:00:00Z */
                 {"00021d000000", 951753600000},   /* 2000-02-28T16:00:00Z */
                 {"18021d080000", 1709164800000},  /* 2024-02-29T00:00:00Z */
                 {"630c1f173b3b", 4102415999000}}; /* 2099-12-31T15:59:59Z */

    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
        struct payload *p = payload_new(state);
        struct decoding d;
        realtime(p, times[i].time);
        d = decode_payload(p);
        assert_taken(&d, 1, 0);
        assert_int_equal(d.result.samples[0].at_ms, times[i].at_ms);
        decoding_end(&d);
    }
}

static void odd_bytes_in_a_vin_become_printable(void **state)
{
    struct payload *p = payload_new(state);
    struct decoding d;

    frame_add(p, "2307fe", "8663\n\x80\xff\"<>12345 \0", 1, "");
    frame_add(p, "2307fe", "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 1, "");
    d = decode_payload(p);
    assert_taken(&d, 0, 0);
    assert_string_equal(d.result.events[0].text, "8663???\"<>12345");
    assert_string_equal(d.result.events[2].text, "");
    decoding_end(&d);
}

static void each_vin_is_told_once(void **state)
{
    struct payload *p = payload_new(state);
    struct decoding d;

    for (int i = 0; i < 3; i++) {
        frame_add(p, "2307fe", VIN, 1, "");
        frame_add(p, "2307fe", "LTESTBEV5P1000002", 1, "");
    }
    d = decode_payload(p);
    assert_taken(&d, 0, 0);
    assert_int_equal(events_of(&d, CODEC_EVENT_VIN), 2);
    assert_int_equal(events_of(&d, CODEC_EVENT_HEARTBEAT), 6);
    decoding_end(&d);
}

static void samples_come_out_in_order_and_one_for_each_instant(void **state)
{
    struct payload *p = payload_new(state);
    struct decoding d;

    frame_add(p, "2303fe", VIN, 1, TIME_NEXT POSITION);
    frame_add(p, "2303fe", VIN, 1, TIME "08 00");
    frame_add(p, "2303fe", VIN, 1, TIME_NEXT VEHICLE_2016);
    frame_add(p, "2303fe", VIN, 1, TIME POSITION);
    d = decode_payload(p);
    assert_taken(&d, 2, 0);
    assert_int_equal(d.result.samples[0].at_ms, NOW_MS);
    assert_int_equal(d.result.samples[1].at_ms, NOW_MS + 1000);
    assert_true(sample_has(&d.result.samples[0], SIGNAL_LAT));
    assert_false(sample_has(&d.result.samples[0], SIGNAL_SPEED));
    assert_true(sample_has(&d.result.samples[1], SIGNAL_LAT));
    assert_value(&d.result.samples[1], SIGNAL_SPEED, 45200);
    decoding_end(&d);
}

/* More than 200 cells are split over frames of the same collection time. */
static void split_frames_of_one_time_become_one_sample(void **state)
{
    struct payload *p = payload_new(state);
    struct decoding d;

    realtime(p, TIME VEHICLE_2016 "08 01 01 14c8 2a67 0004 0001 02 0ce4 0ce4");
    realtime(p, TIME "08 01 01 14c8 2a67 0004 0003 02 0ce4 0ce4");
    d = decode_payload(p);
    assert_taken(&d, 1, 0);
    assert_value(&d.result.samples[0], SIGNAL_SPEED, 45200);
    decoding_end(&d);
}

static void the_first_number_for_an_instant_stays_and_replaces_a_mark(void **state)
{
    struct payload *p = payload_new(state);
    struct decoding d;

    realtime(p, TIME "01 01fffe ffff 00000001 14c8 2a67 fe 010e 1388 1e00");
    realtime(p, TIME "01 010301 01c4 00000002 ffff 2a67 ff 010e 1388 1e00");
    d = decode_payload(p);
    assert_taken(&d, 1, 0);
    assert_value(&d.result.samples[0], SIGNAL_CHARGING, 0);
    assert_value(&d.result.samples[0], SIGNAL_MODE, RUN_MODE_ELECTRIC);
    assert_value(&d.result.samples[0], SIGNAL_SPEED, 45200);
    assert_value(&d.result.samples[0], SIGNAL_ODO, 100);
    assert_value(&d.result.samples[0], SIGNAL_BATT_V, 532000);
    assert_int_equal(sample_quality(&d.result.samples[0], SIGNAL_SOC), QUALITY_ABNORMAL);
    decoding_end(&d);
}

static void frames_around_a_wrong_check_byte_are_kept(void **state)
{
    struct payload *p = payload_new(state);
    size_t second = 0;
    struct decoding d;

    realtime(p, TIME VEHICLE_2016);
    second = p->len;
    realtime(p, "19061e173b30" VEHICLE_2016);
    p->bytes[p->len - 1] ^= 1;
    realtime(p, TIME_NEXT VEHICLE_2016);
    d = decode_payload(p);
    assert_fault(&d, "bad-bcc", second + 51, 2);
    assert_int_equal(d.result.samples[1].at_ms, NOW_MS + 1000);
    decoding_end(&d);
}

static void a_wrong_length_loses_only_its_own_frame(void **state)
{
    static const uint16_t lengths[] = {0, 1, 26, 28, 79 /* to the end */, 200, 65535};

    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        struct payload *p = payload_new(state);
        struct decoding d;
        realtime(p, TIME VEHICLE_2016);
        p->bytes[22] = (uint8_t)(lengths[i] >> 8);
        p->bytes[23] = (uint8_t)lengths[i];
        realtime(p, TIME_NEXT VEHICLE_2016);
        d = decode_payload(p);
        assert_int_equal(d.err, ERR_INPUT);
        assert_int_equal(d.result.count, 1);
        decoding_end(&d);
    }
}

static void a_fault_in_a_frame_loses_nothing_behind_it(void **state)
{
    struct payload *p = payload_new(state);
    struct decoding d;

    realtime(p, TIME VEHICLE_2016 "31 00");
    frame_add(p, "230201", VIN, 1, TIME VEHICLE_2016);
    realtime(p, TIME_NEXT VEHICLE_2016);
    d = decode_payload(p);
    assert_fault(&d, "unknown-info-type", 24 + 6 + 21, 2); /* the first one is told */
    decoding_end(&d);
}

static void what_follows_a_frame_and_is_none_is_reported(void **state)
{
    static const char *const rests[] = {"0a", "00000000", "3c3c3c"};

    for (size_t i = 0; i < sizeof rests / sizeof rests[0]; i++) {
        struct payload *p = payload_new(state);
        size_t end = 0;
        struct decoding d;
        realtime(p, TIME VEHICLE_2016);
        end = p->len;
        payload_hex(p, rests[i]);
        d = decode_payload(p);
        assert_fault(&d, "trailing-bytes", end, 1);
        decoding_end(&d);
        realtime(p, TIME_NEXT VEHICLE_2016);
        d = decode_payload(p);
        assert_fault(&d, "trailing-bytes", end, 2);
        decoding_end(&d);
    }
}

static void a_thousand_frames_are_a_thousand_samples(void **state)
{
    struct payload *p = payload_new(state);
    struct decoding d;

    for (int i = 0; i < 1000; i++) {
        char data[128];
        snprintf(data, sizeof data, "19061e17%02x%02x" VEHICLE_2016, 40 + i / 60, i % 60);
        realtime(p, data);
    }
    d = decode_payload(p);
    assert_taken(&d, 1000, 0);
    assert_int_equal(d.result.event_count, 1);
    decoding_end(&d);
}

static void more_events_than_a_payload_may_have_are_left_out(void **state)
{
    struct payload *p = payload_new(state);
    struct decoding d;

    for (int i = 0; i < 1500; i++)
        frame_add(p, "2307fe", VIN, 1, "");
    realtime(p, TIME VEHICLE_2016);
    d = decode_payload(p);
    assert_int_equal(d.err, ERR_INPUT);
    assert_string_equal(d.result.fault.reason, "too-many-events");
    assert_int_equal(d.result.event_count, CODEC_EVENTS_MAX);
    assert_int_equal(d.result.count, 1);
    decoding_end(&d);
}

/* Every byte could begin a frame: the search must not be quadratic. */
static void the_largest_payload_of_start_bytes_is_refused_at_once(void **state)
{
    struct payload *p = payload_new(state);
    struct decoding d;

    memset(p->bytes, '#', CODEC_PAYLOAD_MAX);
    p->len = CODEC_PAYLOAD_MAX;
    d = decode_payload(p);
    assert_int_equal(d.err, ERR_INPUT);
    assert_int_equal(d.result.count, 0);
    decoding_end(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_frame_of_an_electric_car_is_one_sample),
        cmocka_unit_test(an_engine_block_shows_the_engine),
        cmocka_unit_test(the_start_bytes_choose_the_edition),
        cmocka_unit_test(a_reissue_is_read_like_a_report),
        cmocka_unit_test(login_and_logout_carry_their_serial_number),
        cmocka_unit_test(a_login_of_2025_counts_its_packs),
        cmocka_unit_test(a_login_that_is_cut_is_told_as_far_as_it_goes),
        cmocka_unit_test(empty_frames_are_events_at_their_arrival),
        cmocka_unit_test(an_activation_names_its_chip),
        cmocka_unit_test(frames_of_platforms_name_no_vehicle),
        cmocka_unit_test(a_custom_command_is_counted_and_not_read),
        cmocka_unit_test(a_reserved_command_is_refused),
        cmocka_unit_test(an_answer_is_not_telemetry),
        cmocka_unit_test(an_encrypted_data_unit_stays_closed),
        cmocka_unit_test(an_encryption_that_says_nothing_is_refused),
        cmocka_unit_test(a_wrong_start_is_refused),
        cmocka_unit_test(every_cut_of_a_frame_is_refused),
        cmocka_unit_test(every_flipped_bit_of_a_frame_is_seen),
        cmocka_unit_test(an_impossible_time_is_refused),
        cmocka_unit_test(the_ends_of_months_and_the_century_are_times),
        cmocka_unit_test(odd_bytes_in_a_vin_become_printable),
        cmocka_unit_test(each_vin_is_told_once),
        cmocka_unit_test(samples_come_out_in_order_and_one_for_each_instant),
        cmocka_unit_test(split_frames_of_one_time_become_one_sample),
        cmocka_unit_test(the_first_number_for_an_instant_stays_and_replaces_a_mark),
        cmocka_unit_test(frames_around_a_wrong_check_byte_are_kept),
        cmocka_unit_test(a_wrong_length_loses_only_its_own_frame),
        cmocka_unit_test(a_fault_in_a_frame_loses_nothing_behind_it),
        cmocka_unit_test(what_follows_a_frame_and_is_none_is_reported),
        cmocka_unit_test(a_thousand_frames_are_a_thousand_samples),
        cmocka_unit_test(more_events_than_a_payload_may_have_are_left_out),
        cmocka_unit_test(the_largest_payload_of_start_bytes_is_refused_at_once),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/codec/gb17691_frames.h"

static void assert_scr(const struct sample *s, int64_t at_ms)
{
    assert_int_equal(s->at_ms, at_ms);
    assert_value(s, SIGNAL_SPEED, 62500);
    assert_value(s, SIGNAL_RPM, 1320000);
    assert_value(s, SIGNAL_FUEL, 18500);
    assert_value(s, SIGNAL_NOX, 4200);
    assert_value(s, SIGNAL_UREA, 6000);
    assert_value(s, SIGNAL_LON, 1126023450);
    assert_value(s, SIGNAL_LAT, 350678900);
    assert_value(s, SIGNAL_ODO, 234567800);
}

static void one_body_reads_the_same_in_every_layout(void **state)
{
    static const char *const units[] = {TIME "02 0007" SCR, TIME "0007 02" SCR,
                                        TIME "0007 02" TIME SCR};

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct decoding d = decode_realtime(units[i]);
        assert_taken(&d, 1, 0);
        assert_scr(&d.result.samples[0], NOW_MS);
        assert_int_equal(d.result.samples[0].signature, SIGNATURE_NONE);
        assert_int_equal(d.result.event_count, 1);
        assert_int_equal(d.result.events[0].kind, CODEC_EVENT_VIN);
        assert_int_equal(d.result.events[0].at_ms, NOW_MS);
        assert_string_equal(d.result.events[0].text, VIN);
        decoding_end(&d);
    }
}

static enum codec_layout layout_of(const char *data)
{
    struct payload p = {.len = 0};
    struct gb17691_fit fit;

    payload_hex(&p, data);
    fit = gb17691_fit_best(CODEC_LAYOUT_AUTO, p.bytes, p.len);
    assert_true(fit.whole);
    return fit.reading.layout;
}

static void the_layout_is_found_by_exact_consumption(void **state)
{
    (void)state;
    assert_int_equal(layout_of(TIME "01 0001" OBD "02 0002" SCR), CODEC_LAYOUT_L1);
    assert_int_equal(layout_of(TIME "01 0001" OBD "02" SCR "02" SCR), CODEC_LAYOUT_L1B);
    assert_int_equal(layout_of(TIME "0001 01" OBD "02" SCR "04" HYBRID), CODEC_LAYOUT_L2);
    assert_int_equal(layout_of(TIME "0001 02" TIME SCR "04" TIME HYBRID), CODEC_LAYOUT_L3);
    assert_int_equal(layout_of(TIME "0001 02" SCR SIGNATURE "01" OBD SIGNATURE), CODEC_LAYOUT_L2);
    /* Serial 256 and type 01, or type 01 and serial 1: the body stands at the same place. */
    assert_int_equal(layout_of(TIME "0100 01" OBD), CODEC_LAYOUT_L1);
    assert_int_equal(layout_of(TIME "02 0007" SCR), CODEC_LAYOUT_L1);
}

static void a_layout_that_is_given_is_not_guessed(void **state)
{
    struct payload p = {.len = 0};
    struct codec_input input = {.unit = UNIT, .received_ms = NOW_MS};
    struct arena *arena = arena_create();
    struct codec_result result;

    (void)state;
    realtime(&p, TIME "0007 02" SCR);
    input.bytes = p.bytes;
    input.len = p.len;
    input.layout = CODEC_LAYOUT_L2;
    assert_int_equal(codec_decode(FORMAT_GB17691, &input, arena, &result), ERR_OK);
    assert_scr(&result.samples[0], NOW_MS);
    input.layout = CODEC_LAYOUT_L1;
    assert_int_equal(codec_decode(FORMAT_GB17691, &input, arena, &result), ERR_INPUT);
    assert_string_equal(result.fault.reason, "unknown-info-type");
    assert_non_null(strstr(result.fault.detail, "L1"));
    arena_destroy(arena);
}

static void the_collection_time_is_the_time_of_a_sample_in_l3(void **state)
{
    struct decoding d = decode_realtime(TIME "0001 01"
                                             "19061c173b3a" OBD_ON "02" TIME SCR "04" TIME HYBRID);
    const struct sample *s = d.result.samples;

    (void)state;
    assert_taken(&d, 2, 0);
    assert_int_equal(s[0].at_ms, NOW_MS - 2 * 86400000LL);
    assert_value(&s[0], SIGNAL_MIL, 1);
    assert_false(sample_has(&s[0], SIGNAL_SPEED));
    assert_scr(&s[1], NOW_MS);
    assert_value(&s[1], SIGNAL_SOC, 7300);
    assert_value(&s[1], SIGNAL_BATT_V, 620500);
    assert_value(&s[1], SIGNAL_BATT_A, -5500);
    assert_int_equal(sample_quality(&s[1], SIGNAL_MIL), QUALITY_ABSENT);
    decoding_end(&d);
}

static void bodies_without_a_time_are_a_second_apart_and_end_at_the_frames(void **state)
{
    struct decoding d = decode_realtime(TIME "01 0001" OBD "02" SCR "02" SCR "02" SCR);

    (void)state;
    assert_taken(&d, 3, 0);
    for (int i = 0; i < 3; i++)
        assert_scr(&d.result.samples[i], NOW_MS - (2 - i) * 1000);
    assert_value(&d.result.samples[2], SIGNAL_MIL, 0);
    assert_int_equal(sample_quality(&d.result.samples[0], SIGNAL_MIL), QUALITY_ABSENT);
    decoding_end(&d);
}

static void codes_are_no_numbers(void **state)
{
    /* speed invalid, rpm abnormal, fuel above the band, nox invalid, urea above, no fix, odo
     * abnormal */
    struct decoding d = decode_realtime(TIME "02 0001"
                                             "ffff c8aa85 feff fb00 ffff ffff fb 20da 4160"
                                             "4030 002d 7d 9b 01 06b62ce9 021717f2 fe000000");
    const struct sample *s = d.result.samples;

    (void)state;
    assert_taken(&d, 1, 0);
    assert_int_equal(s->present, 0);
    assert_int_equal(sample_quality(s, SIGNAL_SPEED), QUALITY_INVALID);
    assert_int_equal(sample_quality(s, SIGNAL_RPM), QUALITY_ABNORMAL);
    assert_int_equal(sample_quality(s, SIGNAL_FUEL), QUALITY_OUT_OF_RANGE);
    assert_int_equal(sample_quality(s, SIGNAL_NOX), QUALITY_INVALID);
    assert_int_equal(sample_quality(s, SIGNAL_UREA), QUALITY_OUT_OF_RANGE);
    assert_int_equal(sample_quality(s, SIGNAL_LAT), QUALITY_INVALID);
    assert_int_equal(sample_quality(s, SIGNAL_LON), QUALITY_INVALID);
    assert_int_equal(sample_quality(s, SIGNAL_ODO), QUALITY_ABNORMAL);
    decoding_end(&d);
}

static void the_largest_valid_codes_are_numbers(void **state)
{
    /* south and west; nox at its lowest */
    struct decoding d = decode_realtime(TIME "02 0001"
                                             "faff c8aa85 faff faff 0000 0000 fa 20da 4160"
                                             "4030 002d 7d 9b 06 06b62ce9 021717f2 00000000");
    const struct sample *s = d.result.samples;

    (void)state;
    assert_taken(&d, 1, 0);
    assert_value(s, SIGNAL_SPEED, 250996);
    assert_value(s, SIGNAL_RPM, 8031875);
    assert_value(s, SIGNAL_FUEL, 3212750);
    assert_value(s, SIGNAL_NOX, -20000);
    assert_value(s, SIGNAL_UREA, 10000);
    assert_value(s, SIGNAL_LON, -1126023450);
    assert_value(s, SIGNAL_LAT, -350678900);
    assert_value(s, SIGNAL_ODO, 0);
    decoding_end(&d);
}

static void both_bodies_under_type_03_are_told_apart_by_their_size(void **state)
{
    static const char *const units[] = {
        TIME "03 0001"
             "3e80c8aa852940 0172 8000 29 20da 7d 4160 00 06b62ce9 021717f2 0023cace",
        TIME "03 0001"
             "3e80c8aa852940 0172 8000 29 12e8 20da 7d 4160 00 06b62ce9 021717f2 0023cace",
        TIME "05 0001"
             "3e80c8aa852940 0172 8000 29 12e8 20da 7d 4160 00 06b62ce9 021717f2 0023cace",
    };

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct decoding d = decode_realtime(units[i]);
        assert_taken(&d, 1, 0);
        assert_value(d.result.samples, SIGNAL_ODO, 234567800);
        assert_value(d.result.samples, SIGNAL_LAT, 350678900);
        if (i == 0)
            assert_int_equal(sample_quality(d.result.samples, SIGNAL_NOX), QUALITY_ABSENT);
        else
            assert_value(d.result.samples, SIGNAL_NOX, 4200);
        decoding_end(&d);
    }
}

static void blocks_of_makers_are_passed_over(void **state)
{
    static const char *const units[] = {
        TIME "0001 02" TIME SCR "80" TIME "09600000005020000000150000003200a9",
        TIME "0001 02" TIME SCR "80" TIME "0003010203",
        TIME "0001 02" TIME SCR "81" TIME "0003010203",
        TIME "0001 02" TIME SCR "c5" TIME "ff0102030405",
        TIME "0001 02" TIME SCR "81" TIME "0003010203" SIGNATURE,
    };

    (void)state;
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        struct decoding d = decode_realtime(units[i]);
        assert_taken(&d, 1, 0);
        assert_scr(d.result.samples, NOW_MS);
        decoding_end(&d);
    }
}

struct signer {
    size_t from[4], len[4], calls;
    enum signature_state answer[4];
    uint8_t r0, s31;
    const uint8_t *base;
};

static enum signature_state answer(void *arg, const char *unit, int algorithm, const uint8_t *data,
                                   size_t len, const uint8_t *r, size_t r_len, const uint8_t *s,
                                   size_t s_len)
{
    struct signer *signer = arg;
    size_t i = signer->calls++;

    assert_string_equal(unit, UNIT);
    assert_int_equal(algorithm, 1);
    assert_int_equal(r_len, 32);
    assert_int_equal(s_len, 32);
    assert_true(i < 4);
    signer->from[i] = (size_t)(data - signer->base);
    signer->len[i] = len;
    signer->r0 = r[0];
    signer->s31 = s[31];
    return signer->answer[i];
}

static struct decoding decode_signed(struct signer *signer, const char *data)
{
    struct payload p = {.len = 0};
    struct decoding d = {.arena = arena_create()};
    struct codec_input input = {.unit = UNIT,
                                .received_ms = NOW_MS,
                                .bytes = p.bytes,
                                .verify = answer,
                                .verify_arg = signer};

    realtime(&p, data);
    input.len = p.len;
    signer->base = p.bytes;
    d.err = codec_decode(FORMAT_GB17691, &input, d.arena, &d.result);
    return d;
}

static void a_signature_covers_the_data_unit_before_it(void **state)
{
    struct signer signer = {.answer = {SIGNATURE_GOOD}};
    struct decoding d = decode_signed(&signer, TIME "0001 02" TIME SCR SIGNATURE);

    (void)state;
    assert_taken(&d, 1, 0);
    assert_int_equal(d.result.samples[0].signature, SIGNATURE_GOOD);
    assert_int_equal(signer.calls, 1);
    assert_int_equal(signer.from[0], 24);
    assert_int_equal(signer.len[0], 6 + 2 + 1 + 6 + 37);
    assert_int_equal(signer.r0, 0x00);
    assert_int_equal(signer.s31, 0x3f);
    decoding_end(&d);
}

static void a_signature_after_each_block_may_cover_that_block_alone(void **state)
{
    struct signer signer = {.answer = {SIGNATURE_GOOD, SIGNATURE_BAD, SIGNATURE_GOOD}};
    struct decoding d =
        decode_signed(&signer, TIME "0001 02" SCR SIGNATURE "02" SCR SIGNATURE "02" SCR);

    (void)state;
    assert_taken(&d, 3, 0);
    assert_int_equal(signer.calls, 3);
    assert_int_equal(signer.from[1], 24);
    assert_int_equal(signer.len[1], 8 + 38 + 66 + 38);
    assert_int_equal(signer.from[2], 24 + 8 + 38 + 66);
    assert_int_equal(signer.len[2], 38);
    assert_int_equal(d.result.samples[0].signature, SIGNATURE_GOOD);
    assert_int_equal(d.result.samples[1].signature, SIGNATURE_GOOD);
    assert_int_equal(d.result.samples[2].signature, SIGNATURE_NONE);
    decoding_end(&d);
}

static enum signature_state count_checks(void *arg, const char *unit, int algorithm,
                                         const uint8_t *data, size_t len, const uint8_t *r,
                                         size_t r_len, const uint8_t *s, size_t s_len)
{
    struct signer *signer = arg;

    (void)unit;
    (void)algorithm;
    (void)data;
    (void)r;
    (void)r_len;
    (void)s;
    (void)s_len;
    assert_true(len > 0);
    signer->calls++;
    return signer->answer[0];
}

/* A signature behind each of many small blocks: each was checked over all before it, and again over its own block. */
static void a_payload_is_given_so_many_checks_of_signatures_and_no_more(void **state)
{
    static const enum signature_state answers[] = {SIGNATURE_GOOD, SIGNATURE_BAD};
    enum { BODIES = 300 };

    (void)state;
    for (size_t a = 0; a < 2; a++) {
        struct signer signer = {.answer = {answers[a]}};
        struct payload p = {.len = 0};
        struct decoding d = {.arena = arena_create()};
        struct codec_input input = {.unit = UNIT,
                                    .received_ms = NOW_MS,
                                    .bytes = p.bytes,
                                    .layout = CODEC_LAYOUT_L2,
                                    .verify = count_checks,
                                    .verify_arg = &signer};
        size_t room = BODIES * sizeof "04" HYBRID SIGNATURE;
        char *data = malloc(room);
        int at = 0;

        assert_non_null(data);
        at = snprintf(data, room, "%s", TIME "0001");
        for (int i = 0; i < BODIES; i++)
            at += snprintf(data + at, room - (size_t)at, "%s", "04" HYBRID SIGNATURE);
        realtime(&p, data);
        input.len = p.len;
        d.err = codec_decode(FORMAT_GB17691, &input, d.arena, &d.result);
        assert_taken(&d, BODIES, 0);
        assert_int_equal(signer.calls, CODEC_CHECKS_MAX);
        assert_int_equal(d.result.samples[0].signature, answers[a]);
        assert_int_equal(d.result.samples[BODIES - 1].signature, SIGNATURE_UNKNOWN);
        decoding_end(&d);
        free(data);
    }
}

static void a_signature_that_covers_nothing_is_not_checked(void **state)
{
    struct signer signer = {.answer = {SIGNATURE_BAD}};
    struct decoding d =
        decode_signed(&signer, TIME "0001 02" SCR SIGNATURE SIGNATURE SIGNATURE SIGNATURE);

    (void)state;
    assert_taken(&d, 1, 0);
    assert_int_equal(signer.calls, 1);
    assert_int_equal(d.result.samples[0].signature, SIGNATURE_BAD);
    decoding_end(&d);
}

static void a_bad_signature_is_evidence_and_no_refusal(void **state)
{
    struct signer signer = {.answer = {SIGNATURE_BAD, SIGNATURE_GOOD, SIGNATURE_GOOD}};
    struct decoding d = decode_signed(&signer, TIME "0001 01" OBD SIGNATURE "02" SCR SIGNATURE);

    (void)state;
    assert_taken(&d, 1, 0); /* two blocks of one instant: as good as the worse */
    assert_int_equal(d.result.samples[0].signature, SIGNATURE_BAD);
    assert_scr(d.result.samples, NOW_MS);
    decoding_end(&d);
    d = decode_realtime(TIME "0001 02" TIME SCR SIGNATURE);
    assert_taken(&d, 1, 0);
    assert_int_equal(d.result.samples[0].signature, SIGNATURE_UNKNOWN);
    decoding_end(&d);
}

static void a_clear_data_unit_is_read_whatever_the_encryption_byte_says(void **state)
{
    static const int bytes[] = {0, 2, 3, 4, 5, 0xfe, 0xff};

    (void)state;
    for (size_t i = 0; i < sizeof bytes / sizeof bytes[0]; i++) {
        struct decoding d = decode_frame(2, 0xfe, bytes[i], TIME "0001 02" TIME SCR);
        assert_taken(&d, 1, 0);
        assert_scr(d.result.samples, NOW_MS);
        assert_null(event_of(&d, CODEC_EVENT_ENCRYPTED));
        decoding_end(&d);
    }
}

static void what_is_encrypted_stays_opaque_and_is_said_so(void **state)
{
    static const char *const units[] = {"8d3a5b6c7d8e9f00112233445566778899aabbccddeeff", "01",
                                        TIME "81 0001 5566778899", NO_TIME "02 0007" SCR};

    (void)state;
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        struct decoding d = decode_frame(2, -1, 3, units[i]);
        const struct codec_event *event = event_of(&d, CODEC_EVENT_ENCRYPTED);
        assert_taken(&d, 0, 0);
        assert_non_null(event);
        assert_int_equal(event->number, 3);
        assert_int_equal(event->at_ms, NOW_MS);
        assert_non_null(event_of(&d, CODEC_EVENT_VIN));
        decoding_end(&d);
    }
}

static void the_other_commands_are_events(void **state)
{
    struct payload p = {.len = 0};
    struct decoding d;
    const struct codec_event *e = NULL;

    (void)state;
    frame_add(&p, 1, -1, VIN, 1, TIME "0102 3839383630333139343732303836363633343036");
    frame_add(&p, 5, -1, VIN, 1, "");
    frame_add(&p, 7, -1, VIN, 1,
              TIME "4348495030303030303030303030303100000000000000000000000000000000000000000000"
                   "0000000000000000000000000000000000000000000000000000000000000000000000000000"
                   "00000000 4c5445535454524b365231303030303032" SIGNATURE);
    frame_add(&p, 6, -1, VIN, 1, TIME "0009 00 06b62ce9 021717f2");
    frame_add(&p, 0xc5, -1, VIN, 1, "010203");
    frame_add(&p, 4, 0xfe, VIN, 1, TIME_NEXT "0103");
    d = decode_payload(&p);
    assert_taken(&d, 1, 0);
    e = d.result.events;
    assert_int_equal(d.result.event_count, 6);
    assert_int_equal(e[0].kind, CODEC_EVENT_VIN);
    assert_int_equal(e[1].kind, CODEC_EVENT_LOGIN);
    assert_int_equal(e[1].number, 0x102);
    assert_int_equal(e[1].at_ms, NOW_MS);
    assert_string_equal(e[1].text, "89860319472086663406");
    assert_int_equal(e[2].kind, CODEC_EVENT_TIME_SYNC);
    assert_int_equal(e[3].kind, CODEC_EVENT_ACTIVATION);
    assert_string_equal(e[3].text, "CHIP000000000001");
    assert_int_equal(e[3].number, SIGNATURE_UNKNOWN);
    assert_int_equal(e[4].kind, CODEC_EVENT_TAMPER);
    assert_int_equal(e[4].number, 9);
    assert_int_equal(e[5].kind, CODEC_EVENT_LOGOUT);
    assert_int_equal(e[5].number, 0x103);
    assert_int_equal(e[5].at_ms, NOW_MS + 1000);
    assert_value(d.result.samples, SIGNAL_LAT, 350678900);
    decoding_end(&d);
}

static void answers_are_refused(void **state)
{
    static const struct {
        int command, response;
        const char *data;
    } answers[] = {
        {2, 1, TIME "02 0007" SCR}, {1, 2, TIME}, {4, 3, ""}, {5, -1, TIME}, {8, -1, "01"}};

    (void)state;
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        struct decoding d =
            decode_frame(answers[i].command, answers[i].response, 1, answers[i].data);
        assert_fault(&d, "answer-frame", 2, 0);
        decoding_end(&d);
    }
}

static void broken_data_units_say_where(void **state)
{
    static const struct {
        int command;
        const char *data, *reason;
        size_t at, samples;
    } broken[] = {
        {2, TIME "02 0007 3e80", "truncated-data-unit", 30, 0},
        {2, TIME "02 0007" SCR "02 0008 3e80", "truncated-data-unit", 70, 1},
        {2, TIME "02 0007" SCR "30 0008 3e80", "unknown-info-type", 70, 1},
        {2, TIME "0007 02" TIME SCR "02" NO_TIME SCR, "impossible-time", 77, 1},
        {2, TIME "0007 02" TIME SCR "20 0102", "bad-signature", 76, 1},
        {2, NO_TIME "02 0007" SCR, "impossible-time", 24, 0},
        {2, "1906", "wrong-data-length", 22, 0},
        {1, TIME "0001", "wrong-data-length", 22, 0},
        {4, TIME "000100", "wrong-data-length", 22, 0},
        {5, "00", "wrong-data-length", 22, 0},
        {6, TIME "0009", "wrong-data-length", 22, 0},
        {4, "190229173b3a0001", "impossible-time", 24, 0},
        {0, "", "unknown-command", 2, 0},
        {9, "", "unknown-command", 2, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
        struct decoding d = decode_frame(broken[i].command, -1, 1, broken[i].data);
        assert_fault(&d, broken[i].reason, broken[i].at, broken[i].samples);
        decoding_end(&d);
    }
}

static void frames_before_a_fault_are_kept(void **state)
{
    struct payload good = {.len = 0};
    struct payload p;
    struct decoding d;
    size_t one = 0;

    (void)state;
    realtime(&good, TIME "02 0007" SCR);
    one = good.len;
    realtime(&good, TIME_NEXT "02 0008" SCR);
    d = decode_payload(&good);
    assert_taken(&d, 2, 0);
    assert_int_equal(d.result.event_count, 1);
    decoding_end(&d);

    p = good;
    p.bytes[p.len - 1] ^= 1;
    d = decode_payload(&p);
    assert_fault(&d, "bad-bcc", p.len - 1, 1);
    decoding_end(&d);

    p = good;
    p.len -= 1;
    d = decode_payload(&p);
    assert_fault(&d, "bad-length", one + 22, 1);
    decoding_end(&d);

    p = good;
    p.len = one + 10;
    d = decode_payload(&p);
    assert_fault(&d, "too-short", one + 10, 1);
    decoding_end(&d);

    p = good;
    payload_hex(&p, "0d0a");
    d = decode_payload(&p);
    assert_fault(&d, "trailing-bytes", p.len - 2, 2);
    decoding_end(&d);
}

static void frames_behind_a_fault_are_kept_too(void **state)
{
    struct payload p = {.len = 0};
    struct decoding d;
    size_t one = 0;

    (void)state;
    realtime(&p, TIME "02 0007" SCR);
    one = p.len;
    realtime(&p, TIME "30 0008");
    frame_add(&p, 4, 2, VIN, 1, "");
    realtime(&p, TIME_NEXT "02 0008" SCR);
    d = decode_payload(&p);
    assert_fault(&d, "unknown-info-type", one + 24 + 8, 2);
    decoding_end(&d);

    p.bytes[one + 22] = 0xff; /* a length that leads beyond the payload */
    d = decode_payload(&p);
    assert_fault(&d, "bad-length", one + 22, 2);
    decoding_end(&d);

    p.bytes[0] = 'x';
    d = decode_payload(&p);
    assert_fault(&d, "bad-start", 0, 1);
    decoding_end(&d);
}

static void what_is_no_frame_is_refused(void **state)
{
    struct payload p = {.len = 0};
    struct decoding d = decode_bytes(FORMAT_GB17691, "$$\x02", 3);

    (void)state;
    assert_refused(&d, "bad-start", 3);
    decoding_end(&d);
    d = decode_bytes(FORMAT_GB17691, "#", 1);
    assert_refused(&d, "bad-start", 1);
    decoding_end(&d);
    frame_add(&p, 2, -1, "LTESTtRK6R1000002", 1, TIME "02 0007" SCR);
    d = decode_payload(&p);
    assert_refused(&d, "bad-vin", p.len);
    decoding_end(&d);
    p.len = 0;
    frame_add(&p, 2, 0x7f, VIN, 1, TIME "02 0007" SCR);
    d = decode_payload(&p);
    assert_refused(&d, "bad-vin", p.len);
    decoding_end(&d);
}

static void the_later_of_two_frames_of_one_instant_holds(void **state)
{
    struct payload p = {.len = 0};
    struct decoding d;

    (void)state;
    realtime(&p, TIME_NEXT "02 0007" SCR);
    frame_add(&p, GB17691_REISSUE, -1, VIN, 1, TIME "02 0008" SCR);
    frame_add(&p, GB17691_REALTIME, -1, "LTESTTRK6R1000003", 1, TIME "0009 04" HYBRID "01" OBD_ON);
    d = decode_payload(&p);
    assert_taken(&d, 2, 0);
    assert_scr(&d.result.samples[0], NOW_MS);
    assert_value(&d.result.samples[0], SIGNAL_SOC, 7300);
    assert_value(&d.result.samples[0], SIGNAL_MIL, 1);
    assert_scr(&d.result.samples[1], NOW_MS + 1000);
    assert_int_equal(d.result.event_count, 2); /* one for each VIN */
    decoding_end(&d);
}

static void a_payload_full_of_frames_is_bounded(void **state)
{
    struct payload p = {.len = 0};
    struct decoding d;

    (void)state;
    while (p.len + 25 <= CODEC_PAYLOAD_MAX)
        frame_add(&p, 5, -1, VIN, 1, "");
    d = decode_payload(&p);
    assert_int_equal(d.err, ERR_INPUT);
    assert_string_equal(d.result.fault.reason, "too-many-events");
    assert_int_equal(d.result.event_count, CODEC_EVENTS_MAX);
    decoding_end(&d);
}

static void one_frame_with_too_many_instants_is_bounded(void **state)
{
    struct payload p = {.len = 0};
    struct decoding d;
    static char data[2 * CODEC_PAYLOAD_MAX];
    size_t at = (size_t)snprintf(data, sizeof data, TIME "0001");

    (void)state;
    for (int i = 0; i < CODEC_SAMPLES_MAX + 1; i++)
        at += (size_t)snprintf(data + at, sizeof data - at, "04" HYBRID);
    realtime(&p, data);
    d = decode_payload(&p);
    assert_int_equal(d.err, ERR_INPUT);
    assert_string_equal(d.result.fault.reason, "too-many-samples");
    assert_int_equal(d.result.count, CODEC_SAMPLES_MAX);
    decoding_end(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_body_reads_the_same_in_every_layout),
        cmocka_unit_test(the_layout_is_found_by_exact_consumption),
        cmocka_unit_test(a_layout_that_is_given_is_not_guessed),
        cmocka_unit_test(the_collection_time_is_the_time_of_a_sample_in_l3),
        cmocka_unit_test(bodies_without_a_time_are_a_second_apart_and_end_at_the_frames),
        cmocka_unit_test(codes_are_no_numbers),
        cmocka_unit_test(the_largest_valid_codes_are_numbers),
        cmocka_unit_test(both_bodies_under_type_03_are_told_apart_by_their_size),
        cmocka_unit_test(blocks_of_makers_are_passed_over),
        cmocka_unit_test(a_signature_covers_the_data_unit_before_it),
        cmocka_unit_test(a_signature_after_each_block_may_cover_that_block_alone),
        cmocka_unit_test(a_payload_is_given_so_many_checks_of_signatures_and_no_more),
        cmocka_unit_test(a_signature_that_covers_nothing_is_not_checked),
        cmocka_unit_test(a_bad_signature_is_evidence_and_no_refusal),
        cmocka_unit_test(a_clear_data_unit_is_read_whatever_the_encryption_byte_says),
        cmocka_unit_test(what_is_encrypted_stays_opaque_and_is_said_so),
        cmocka_unit_test(the_other_commands_are_events),
        cmocka_unit_test(answers_are_refused),
        cmocka_unit_test(broken_data_units_say_where),
        cmocka_unit_test(frames_before_a_fault_are_kept),
        cmocka_unit_test(frames_behind_a_fault_are_kept_too),
        cmocka_unit_test(what_is_no_frame_is_refused),
        cmocka_unit_test(the_later_of_two_frames_of_one_instant_holds),
        cmocka_unit_test(a_payload_full_of_frames_is_bounded),
        cmocka_unit_test(one_frame_with_too_many_instants_is_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

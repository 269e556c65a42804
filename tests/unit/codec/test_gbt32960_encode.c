/* Round trips: what is encoded decodes to what the frame can say of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "shared/codec/gbt32960_encode.h"
#include "tests/unit/codec/gbt32960_frames.h"

#define SEED   0x32960u
#define ROUNDS 20000
#define FIRST  946656000000LL  /* 2000-01-01T00:00:00+08:00 */
#define LAST   4102415999000LL /* 2099-12-31T23:59:59+08:00 */

struct random {
    uint64_t state;
};

static uint64_t next(struct random *r)
{
    uint64_t z = (r->state += 0x9e3779b97f4a7c15u);

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

static int64_t between(struct random *r, int64_t min, int64_t max)
{
    return min + (int64_t)(next(r) % (uint64_t)(max - min + 1));
}

/* What a frame makes of a signal, written from the standard's tables: our fixed-point steps in one
 * raw step, and the range of the value in an edition. */
struct carried {
    enum signal_id id;
    int64_t step;
    int64_t min[2], max[2];
};

static const struct carried carried[] = {
    {SIGNAL_LAT, 10, {-900000000, -900000000}, {900000000, 900000000}},
    {SIGNAL_LON, 10, {-1800000000, -1800000000}, {1800000000, 1800000000}},
    {SIGNAL_SPEED, 100, {0, 0}, {220000, 500000}},
    {SIGNAL_ODO, 100, {0, 0}, {999999900, 999999900}},
    {SIGNAL_SOC, 100, {0, 0}, {10000, 10000}},
    {SIGNAL_BATT_V, 100, {0, 0}, {1000000, 6000000}},
    {SIGNAL_BATT_A, 100, {-1000000, -3000000}, {1000000, 3000000}},
    {SIGNAL_CHARGING, 1, {0, 0}, {1, 1}},
    {SIGNAL_MODE, 1, {1, 1}, {3, 3}},
    {SIGNAL_RPM, 1000, {0, 0}, {60000000, 60000000}},
};

#define CARRIED (sizeof carried / sizeof carried[0])

/* Anywhere, near an edge of the field in either edition, or at an edge of the signal. */
static int64_t random_value(struct random *r, const struct carried *c)
{
    const struct signal_def *def = signal_def(c->id);
    const int64_t near[] = {c->min[0], c->min[1], c->max[0], c->max[1], def->min, def->max, 0};
    int64_t value = between(r, def->min, def->max);

    if (next(r) % 2 == 0)
        value = near[next(r) % 7] + between(r, -2 * c->step, 2 * c->step);
    if (value < def->min)
        return def->min;
    return value > def->max ? def->max : value;
}

static struct sample random_sample(struct random *r)
{
    struct sample s = {.at_ms = between(r, FIRST, LAST + 999)};

    for (size_t i = 0; i < CARRIED; i++) {
        enum quality quality = (enum quality)(next(r) % (QUALITY_COUNT + 3));
        if (quality >= QUALITY_COUNT || quality == QUALITY_GOOD)
            sample_set(&s, carried[i].id, random_value(r, &carried[i]));
        else if (quality != QUALITY_ABSENT)
            sample_mark(&s, carried[i].id, quality);
    }
    return s;
}

static int64_t to_step(int64_t value, int64_t step)
{
    int64_t half = value < 0 ? -step / 2 : step / 2;

    return (value + half) / step * step;
}

static bool is_absent(const struct sample *s, enum signal_id id)
{
    return sample_quality(s, id) == QUALITY_ABSENT;
}

/* Which signals stay absent: those whose block is not sent. */
static bool block_is_sent(const struct sample *s, enum signal_id id)
{
    if (id == SIGNAL_LAT || id == SIGNAL_LON)
        return !is_absent(s, SIGNAL_LAT) || !is_absent(s, SIGNAL_LON);
    return id != SIGNAL_RPM || !is_absent(s, SIGNAL_RPM);
}

static struct sample expected(const struct sample *said, enum gbt32960_edition edition)
{
    struct sample s = {.at_ms = said->at_ms - (said->at_ms % 1000 + 1000) % 1000};

    for (size_t i = 0; i < CARRIED; i++) {
        const struct carried *c = &carried[i];
        int64_t value = to_step(said->value[c->id], c->step);
        if (!block_is_sent(said, c->id))
            continue;
        if (is_absent(said, c->id))
            sample_mark(&s, c->id, QUALITY_INVALID);
        else if (!sample_has(said, c->id))
            sample_mark(&s, c->id, sample_quality(said, c->id));
        else if (value < c->min[edition] || value > c->max[edition])
            sample_mark(&s, c->id, QUALITY_OUT_OF_RANGE);
        else
            sample_set(&s, c->id, value);
    }
    if (edition == GBT32960_2016 && block_is_sent(said, SIGNAL_RPM))
        sample_mark(&s, SIGNAL_FUEL, QUALITY_INVALID); /* the block has it, nothing is known */
    return s;
}

static struct decoding decode_out(const struct wire_out *out)
{
    assert_false(out->failed);
    return decode_bytes(FORMAT_GBT32960, out->base, out->pos);
}

static void assert_same(const struct sample *is, const struct sample *wanted, int round)
{
    for (int id = 0; id < SIGNAL_COUNT; id++) {
        enum signal_id signal = (enum signal_id)id;
        if (sample_quality(is, signal) != sample_quality(wanted, signal) ||
            is->value[id] != wanted->value[id])
            fail_msg("seed %#x round %d, %s: %d %lld, expected %d %lld", SEED, round,
                     signal_def(signal)->name, sample_quality(is, signal), (long long)is->value[id],
                     sample_quality(wanted, signal), (long long)wanted->value[id]);
    }
    assert_int_equal(is->at_ms, wanted->at_ms);
}

static void every_field_comes_back_at_and_beyond_its_edges(void **state)
{
    struct random r = {SEED};
    uint8_t bytes[GBT32960_REPORT_MAX];

    (void)state;
    for (int round = 0; round < ROUNDS; round++) {
        struct gbt32960_sender from = {.edition = (enum gbt32960_edition)(round % 2), .vin = VIN};
        struct wire_out out = wire_into(bytes, sizeof bytes);
        struct sample said = random_sample(&r);
        struct sample wanted = expected(&said, from.edition);
        struct decoding d;
        gbt32960_encode_report(&out, &from, round % 3 ? GBT32960_REALTIME : GBT32960_REISSUE, &said,
                               NULL);
        d = decode_out(&out);
        assert_taken(&d, 1, 0);
        assert_same(&d.result.samples[0], &wanted, round);
        decoding_end(&d);
    }
}

/* Fuel travels as consumption by distance: within half a step of that it comes back. */
static void fuel_comes_back_to_the_resolution_of_the_frame(void **state)
{
    struct gbt32960_sender from = {.edition = GBT32960_2016, .vin = VIN};
    struct random r = {SEED};
    uint8_t bytes[GBT32960_REPORT_MAX];

    (void)state;
    for (int round = 0; round < ROUNDS; round++) {
        struct wire_out out = wire_into(bytes, sizeof bytes);
        struct sample said = {.at_ms = NOW_MS};
        int64_t speed = between(&r, 1, 2200) * 100;
        int64_t most = 60000 * speed / 10000; /* what 600 l/100 km gives */
        int64_t fuel = between(&r, 0, signal_def(SIGNAL_FUEL)->max);
        struct decoding d;
        if (round % 2 == 0)
            fuel = between(&r, 0, most + 2 * (speed / 10000 + 1));
        sample_set(&said, SIGNAL_SPEED, speed);
        sample_set(&said, SIGNAL_FUEL, fuel);
        gbt32960_encode_report(&out, &from, GBT32960_REALTIME, &said, NULL);
        d = decode_out(&out);
        assert_taken(&d, 1, 0);
        if (sample_has(&d.result.samples[0], SIGNAL_FUEL))
            assert_in_range(d.result.samples[0].value[SIGNAL_FUEL] - fuel + 1000000,
                            1000000 - speed / 20000 - 1, 1000000 + speed / 20000 + 1);
        else
            assert_true(sample_quality(&d.result.samples[0], SIGNAL_FUEL) == QUALITY_OUT_OF_RANGE &&
                        fuel >= most);
        decoding_end(&d);
    }
}

static void fuel_of_a_vehicle_that_stands_is_not_sent(void **state)
{
    struct gbt32960_sender from = {.edition = GBT32960_2016, .vin = VIN};
    uint8_t bytes[GBT32960_REPORT_MAX];
    struct wire_out out = wire_into(bytes, sizeof bytes);
    struct sample said = {.at_ms = NOW_MS};
    struct decoding d;

    (void)state;
    sample_set(&said, SIGNAL_SPEED, 40);
    sample_set(&said, SIGNAL_FUEL, 900);
    gbt32960_encode_report(&out, &from, GBT32960_REALTIME, &said, NULL);
    d = decode_out(&out);
    assert_int_equal(sample_quality(&d.result.samples[0], SIGNAL_FUEL), QUALITY_INVALID);
    decoding_end(&d);
}

static void every_kind_of_frame_goes_into_one_payload(void **state)
{
    uint8_t bytes[4096];
    struct wire_out out = wire_into(bytes, sizeof bytes);
    struct gbt32960_sender from = {.edition = GBT32960_2016, .vin = VIN};
    struct gbt32960_alarm alarm = {.level = 3, .flags = 0x800};
    struct sample said = {.at_ms = NOW_MS};
    struct decoding d;

    (void)state;
    for (int edition = 0; edition < 2; edition++) {
        from.edition = (enum gbt32960_edition)edition;
        gbt32960_encode_login(&out, &from, NOW_MS, 65531, "89860924790023166606");
        sample_set(&said, SIGNAL_SPEED, 45200);
        gbt32960_encode_report(&out, &from, GBT32960_REALTIME, &said, &alarm);
        gbt32960_encode_empty(&out, &from, GBT32960_HEARTBEAT);
        gbt32960_encode_empty(&out, &from, GBT32960_TIME_SYNC);
        gbt32960_encode_logout(&out, &from, NOW_MS + 1999, 65531);
    }
    d = decode_out(&out);
    assert_taken(&d, 1, 0);
    assert_int_equal(d.result.event_count, 11);
    assert_int_equal(event_of(&d, CODEC_EVENT_LOGIN)->number, 65531);
    assert_string_equal(event_of(&d, CODEC_EVENT_LOGIN)->text, "89860924790023166606");
    assert_int_equal(event_of(&d, CODEC_EVENT_LOGOUT)->at_ms, NOW_MS + 1000);
    assert_int_equal(event_of(&d, CODEC_EVENT_ALARM)->number, 0x800);
    assert_string_equal(event_of(&d, CODEC_EVENT_ALARM)->text, "3");
    assert_int_equal(events_of(&d, CODEC_EVENT_HEARTBEAT), 2);
    assert_int_equal(events_of(&d, CODEC_EVENT_TIME_SYNC), 2);
    decoding_end(&d);
}

static void a_logout_is_byte_for_byte_what_the_tables_say(void **state)
{
    uint8_t bytes[64];
    struct wire_out out = wire_into(bytes, sizeof bytes);
    struct gbt32960_sender from = {.edition = GBT32960_2016, .vin = VIN};
    struct payload *p = calloc(1, sizeof *p);

    (void)state;
    assert_non_null(p);
    frame_add(p, "2304fe", VIN, 1, TIME "000c");
    gbt32960_encode_logout(&out, &from, NOW_MS, 12);
    assert_int_equal(out.pos, p->len);
    assert_memory_equal(bytes, p->bytes, p->len);
    free(p);
}

/* A signature that can be recomputed: the XOR and the length of what is signed. */
static bool sum_sign(void *arg, const uint8_t *data, size_t len, struct gbt32960_signature *out)
{
    (void)arg;
    out->algorithm = 1;
    out->r_len = 1;
    out->s_len = 2;
    for (size_t i = 0; i < len; i++)
        out->r[0] ^= data[i];
    out->s[0] = (uint8_t)(len >> 8);
    out->s[1] = (uint8_t)len;
    return true;
}

static enum signature_state sum_verify(void *arg, const char *unit, int algorithm,
                                       const uint8_t *data, size_t len, const uint8_t *r,
                                       size_t r_len, const uint8_t *s, size_t s_len)
{
    struct gbt32960_signature again = {0};

    (void)arg;
    (void)unit;
    sum_sign(NULL, data, len, &again);
    return algorithm == 1 && r_len == 1 && s_len == 2 && memcmp(again.r, r, 1) == 0 &&
                   memcmp(again.s, s, 2) == 0
               ? SIGNATURE_GOOD
               : SIGNATURE_BAD;
}

static void what_is_signed_verifies(void **state)
{
    struct gbt32960_sender from = {.edition = GBT32960_2025, .vin = VIN, .sign = sum_sign};
    struct random r = {SEED};
    uint8_t bytes[GBT32960_REPORT_MAX];

    (void)state;
    for (int round = 0; round < 200; round++) {
        struct wire_out out = wire_into(bytes, sizeof bytes);
        struct sample said = random_sample(&r);
        struct codec_input input = {.unit = UNIT, .bytes = bytes, .verify = sum_verify};
        struct decoding d = {.arena = arena_create()};
        gbt32960_encode_report(&out, &from, GBT32960_REALTIME, &said, NULL);
        input.len = out.pos;
        d.err = codec_decode(FORMAT_GBT32960, &input, d.arena, &d.result);
        assert_taken(&d, 1, 0);
        assert_int_equal(d.result.samples[0].signature, SIGNATURE_GOOD);
        decoding_end(&d);
    }
}

static void a_time_outside_the_century_is_sent_as_impossible(void **state)
{
    static const int64_t times[] = {FIRST - 1, LAST + 1000};
    struct gbt32960_sender from = {.edition = GBT32960_2016, .vin = VIN};

    (void)state;
    for (int i = 0; i < 2; i++) {
        uint8_t bytes[GBT32960_REPORT_MAX];
        struct wire_out out = wire_into(bytes, sizeof bytes);
        struct sample said = {.at_ms = times[i]};
        struct decoding d;
        gbt32960_encode_report(&out, &from, GBT32960_REALTIME, &said, NULL);
        d = decode_out(&out);
        assert_refused(&d, "impossible-time", out.pos);
        decoding_end(&d);
    }
}

static void without_room_the_writer_fails_and_writes_nothing_beyond(void **state)
{
    struct gbt32960_sender from = {.edition = GBT32960_2025, .vin = "V", .sign = sum_sign};
    struct random r = {SEED};

    (void)state;
    for (size_t room = 0; room < 90; room++) {
        uint8_t *bytes = malloc(room + 1);
        struct wire_out out = wire_into(bytes, room);
        struct sample said = random_sample(&r);
        assert_non_null(bytes);
        sample_set(&said, SIGNAL_LAT, 1);
        sample_set(&said, SIGNAL_RPM, 1);
        gbt32960_encode_report(&out, &from, GBT32960_REALTIME, &said, NULL);
        assert_int_equal(out.failed, room < 24 + 6 + 19 + 3 + 11 + 9 + 1);
        free(bytes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_field_comes_back_at_and_beyond_its_edges),
        cmocka_unit_test(fuel_comes_back_to_the_resolution_of_the_frame),
        cmocka_unit_test(fuel_of_a_vehicle_that_stands_is_not_sent),
        cmocka_unit_test(every_kind_of_frame_goes_into_one_payload),
        cmocka_unit_test(a_logout_is_byte_for_byte_what_the_tables_say),
        cmocka_unit_test(what_is_signed_verifies),
        cmocka_unit_test(a_time_outside_the_century_is_sent_as_impossible),
        cmocka_unit_test(without_room_the_writer_fails_and_writes_nothing_beyond),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "shared/codec/gb17691_encode.h"
#include "shared/codec/gb17691_frame.h"
#include "tests/unit/codec/decoding.h"

#define VIN  "LTESTTRK6R1000002"
#define SEED 20250630u
#define MOST 40

#define STREAM                                                                                     \
    (1u << SIGNAL_LAT | 1u << SIGNAL_LON | 1u << SIGNAL_SPEED | 1u << SIGNAL_ODO |                 \
     1u << SIGNAL_RPM | 1u << SIGNAL_FUEL | 1u << SIGNAL_NOX | 1u << SIGNAL_UREA)
#define HYBRID (1u << SIGNAL_SOC | 1u << SIGNAL_BATT_V | 1u << SIGNAL_BATT_A)
#define LAMP   (1u << SIGNAL_MIL)

/* What the fields can carry: lowest and highest value, and half a step, in our fixed point. */
static const struct {
    enum signal_id id;
    int64_t low, high, half;
} carried[] = {
    {SIGNAL_LAT, -900000000, 900000000, 5},
    {SIGNAL_LON, -1800000000, 1800000000, 5},
    {SIGNAL_SPEED, 0, 250996, 3},
    {SIGNAL_ODO, 0, 10000000000, 50},
    {SIGNAL_RPM, 0, 8031875, 63},
    {SIGNAL_FUEL, 0, 3212750, 25},
    {SIGNAL_NOX, -20000, 301275, 3},
    {SIGNAL_UREA, 0, 10000, 20},
    {SIGNAL_SOC, 0, 10000, 50},
    {SIGNAL_BATT_V, 0, 6000000, 50},
    {SIGNAL_BATT_A, -1000000, 5425500, 50},
    {SIGNAL_MIL, 0, 1, 0},
};

#define CARRIED (sizeof carried / sizeof carried[0])

static int64_t random_bits(unsigned *seed)
{
    return (int64_t)rand_r(seed) << 31 ^ (int64_t)rand_r(seed);
}

/* At or one step beyond an edge of the field, or anywhere in the signal's range. */
static int64_t random_value(size_t i, unsigned *seed)
{
    const struct signal_def *def = signal_def(carried[i].id);
    int64_t edges[] = {carried[i].low,
                       carried[i].high,
                       carried[i].low - 1,
                       carried[i].high + 1,
                       carried[i].high - 1,
                       def->min,
                       def->max,
                       carried[i].high + 2 * carried[i].half + 1};
    int64_t value = rand_r(seed) % 3 == 0
                        ? edges[rand_r(seed) % 8]
                        : def->min + random_bits(seed) % (def->max - def->min + 1);

    if (value < def->min)
        return def->min;
    return value > def->max ? def->max : value;
}

static void random_sample(struct sample *s, unsigned *seed)
{
    uint32_t blocks = (uint32_t)(1 + rand_r(seed) % 7);
    uint32_t signals =
        (blocks & 1 ? STREAM : 0) | (blocks & 2 ? HYBRID : 0) | (blocks & 4 ? LAMP : 0);

    for (size_t i = 0; i < CARRIED; i++) {
        enum signal_id id = carried[i].id;
        if ((signals >> id & 1u) == 0)
            continue;
        if (rand_r(seed) % 4 != 0)
            sample_set(s, id, random_value(i, seed));
        else if (rand_r(seed) % 4 != 0)
            sample_mark(s, id, (enum quality)(QUALITY_INVALID + rand_r(seed) % 3));
    }
}

static size_t random_samples(struct sample *samples, unsigned *seed)
{
    size_t count = 1 + (size_t)rand_r(seed) % MOST;
    int64_t at_ms = 946684800000 + random_bits(seed) % 6000000000 * 1000;

    memset(samples, 0, count * sizeof samples[0]);
    for (size_t i = 0; i < count; i++) {
        samples[i].at_ms = at_ms;
        at_ms += 1000 * (rand_r(seed) % 4 == 0 ? 1 + rand_r(seed) % 100000 : 1);
        random_sample(&samples[i], seed);
    }
    return count;
}

static uint32_t said(const struct sample *s)
{
    return s->present | s->invalid | s->abnormal | s->out_of_range;
}

/* The state a signal comes back in. */
static enum quality expected(const struct sample *s, size_t i)
{
    enum quality quality = sample_quality(s, carried[i].id);

    if (carried[i].id == SIGNAL_MIL)
        return quality == QUALITY_ABNORMAL ? QUALITY_INVALID : quality;
    if (quality == QUALITY_ABSENT)
        return QUALITY_INVALID;
    if (quality == QUALITY_GOOD && s->value[carried[i].id] > carried[i].high + carried[i].half)
        return QUALITY_OUT_OF_RANGE;
    if (quality == QUALITY_GOOD && s->value[carried[i].id] < carried[i].low - carried[i].half)
        return QUALITY_OUT_OF_RANGE;
    return quality;
}

/* A number may fall on either side of an edge when it lies within half a step of it. */
static bool at_edge(int64_t value, size_t i)
{
    return value > carried[i].high - 2 * carried[i].half - 1 ||
           value < carried[i].low + 2 * carried[i].half + 1;
}

static void assert_same(const struct sample *sent, const struct sample *got, unsigned seed)
{
    static const uint32_t blocks[] = {STREAM, HYBRID, LAMP};

    for (size_t b = 0; b < 3; b++) {
        for (size_t i = 0; i < CARRIED; i++) {
            enum signal_id id = carried[i].id;
            enum quality quality = sample_quality(got, id);
            if ((blocks[b] >> id & 1u) == 0)
                continue;
            if ((said(sent) & blocks[b]) == 0) {
                assert_int_equal(quality, QUALITY_ABSENT);
                continue;
            }
            if (quality != expected(sent, i) &&
                !(sample_has(sent, id) && at_edge(sent->value[id], i)))
                fail_msg("seed %u: %s is %d, was %d (%lld)", seed, signal_def(id)->name, quality,
                         sample_quality(sent, id), (long long)sent->value[id]);
            if (quality == QUALITY_GOOD)
                assert_true(llabs(got->value[id] - sent->value[id]) <= carried[i].half);
        }
    }
}

static bool sign(void *arg, const uint8_t *data, size_t len, uint8_t r[static 32],
                 uint8_t s[static 32])
{
    memset(r, 0x11, 32);
    memset(s, 0x22, 32);
    r[0] = gb17691_check_byte(data, len);
    ++*(size_t *)arg;
    return true;
}

static enum signature_state verify(void *arg, const char *unit, int algorithm, const uint8_t *data,
                                   size_t len, const uint8_t *r, size_t r_len, const uint8_t *s,
                                   size_t s_len)
{
    (void)arg, (void)unit, (void)algorithm, (void)r_len, (void)s_len;
    return r[0] == gb17691_check_byte(data, len) && r[1] == 0x11 && s[31] == 0x22 ? SIGNATURE_GOOD
                                                                                  : SIGNATURE_BAD;
}

static void round_trip(unsigned seed)
{
    unsigned next = seed;
    struct sample samples[MOST];
    size_t count = random_samples(samples, &next);
    size_t signatures = 0;
    bool signs = rand_r(&next) % 2 == 0;
    struct gb17691_encode_options options = {
        .vin = VIN,
        .header = rand_r(&next) % 2 == 0 ? GB17691_HEADER_A : GB17691_HEADER_B,
        .layout = (enum codec_layout)(CODEC_LAYOUT_L1 + rand_r(&next) % 4),
        .serial = (uint16_t)rand_r(&next),
        .sign = signs ? sign : NULL,
        .sign_every_block = rand_r(&next) % 2 == 0,
        .sign_arg = &signatures};
    struct arena *arena = arena_create();
    struct gb17691_bytes bytes = gb17691_encode_samples(
        &options, rand_r(&next) % 2 == 0 ? GB17691_REALTIME : GB17691_REISSUE, samples, count,
        arena);
    struct codec_input input = {.unit = UNIT,
                                .bytes = bytes.at,
                                .len = bytes.len,
                                .layout = options.layout,
                                .verify = verify};
    struct codec_result r;
    size_t got = 0;

    if (codec_decode(FORMAT_GB17691, &input, arena, &r) != ERR_OK)
        fail_msg("seed %u: %s at %zu: %s", seed, r.fault.reason, r.fault.at_byte, r.fault.detail);
    for (size_t i = 0; i < count; i++) {
        if (said(&samples[i]) == 0)
            continue; /* nothing to say, no block */
        assert_true(got < r.count);
        assert_int_equal(r.samples[got].at_ms, samples[i].at_ms);
        assert_int_equal(r.samples[got].signature, signs ? SIGNATURE_GOOD : SIGNATURE_NONE);
        assert_same(&samples[i], &r.samples[got++], seed);
    }
    assert_int_equal(got, r.count);
    assert_true(!signs || signatures > 0 || r.count == 0);
    arena_destroy(arena);
}

static void what_is_encoded_decodes_to_the_same_in_every_layout(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 3000; i++)
        round_trip(SEED + i);
}

static void ten_seconds_of_driving_are_one_frame_that_needs_no_layout(void **state)
{
    struct sample samples[10];
    struct arena *arena = arena_create();

    (void)state;
    memset(samples, 0, sizeof samples);
    for (int i = 0; i < 10; i++) {
        samples[i].at_ms = NOW_MS + i * 1000;
        sample_set(&samples[i], SIGNAL_SPEED, 62500 + i * 125);
        sample_set(&samples[i], SIGNAL_LAT, 350678900);
        sample_set(&samples[i], SIGNAL_LON, 1126023450);
    }
    for (enum codec_layout layout = CODEC_LAYOUT_L1; layout <= CODEC_LAYOUT_L3; layout++) {
        struct gb17691_encode_options options = {.vin = VIN, .layout = layout, .serial = 7};
        struct gb17691_bytes bytes =
            gb17691_encode_samples(&options, GB17691_REALTIME, samples, 10, arena);
        struct decoding d = decode_bytes(FORMAT_GB17691, bytes.at, bytes.len);
        assert_taken(&d, 10, 0);
        assert_true(bytes.len < 520);
        for (int i = 0; i < 10; i++) {
            assert_int_equal(d.result.samples[i].at_ms, NOW_MS + i * 1000);
            assert_value(&d.result.samples[i], SIGNAL_SPEED, 62500 + i * 125);
            assert_value(&d.result.samples[i], SIGNAL_LAT, 350678900);
        }
        decoding_end(&d);
    }
    arena_destroy(arena);
}

static void the_other_frames_decode_to_their_events(void **state)
{
    struct gb17691_encode_options options = {.vin = VIN, .layout = CODEC_LAYOUT_L3, .serial = 513};
    struct sample place = {.at_ms = NOW_MS};
    struct arena *arena = arena_create();
    struct gb17691_bytes frames[4];
    const enum codec_event_kind kinds[] = {CODEC_EVENT_LOGIN, CODEC_EVENT_LOGOUT,
                                           CODEC_EVENT_TIME_SYNC, CODEC_EVENT_TAMPER};

    (void)state;
    sample_set(&place, SIGNAL_LAT, -350678900);
    sample_set(&place, SIGNAL_LON, -1126023450);
    frames[0] = gb17691_encode_login(&options, NOW_MS, "8986031947208666", arena);
    frames[1] = gb17691_encode_logout(&options, NOW_MS, arena);
    frames[2] = gb17691_encode_time_sync(&options, arena);
    frames[3] = gb17691_encode_tamper(&options, &place, arena);
    for (size_t i = 0; i < 4; i++) {
        struct decoding d = decode_bytes(FORMAT_GB17691, frames[i].at, frames[i].len);
        assert_taken(&d, i == 3, 0);
        assert_int_equal(d.result.event_count, 2);
        assert_string_equal(d.result.events[0].text, VIN);
        assert_int_equal(d.result.events[1].kind, kinds[i]);
        assert_int_equal(d.result.events[1].at_ms, NOW_MS);
        if (i != 2)
            assert_int_equal(d.result.events[1].number, 513);
        if (i == 0)
            assert_string_equal(d.result.events[1].text, "89860319472086660000");
        if (i == 3)
            assert_int_equal(sample_compare(d.result.samples, &place), 0);
        decoding_end(&d);
    }
    arena_destroy(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_encoded_decodes_to_the_same_in_every_layout),
        cmocka_unit_test(ten_seconds_of_driving_are_one_frame_that_needs_no_layout),
        cmocka_unit_test(the_other_frames_decode_to_their_events),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

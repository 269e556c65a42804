/* What a batch carries beside samples and rejects: events and evidence. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "shared/batch/batch.h"
#include "tests/unit/batch/random_rows.h"

#define NOON 1750000000000

static const uint8_t journal_id[BATCH_JOURNAL_ID_BYTES] = "0123456789abcdef";

struct world {
    struct batch_builder *builder;
    struct arena *arena;
    struct batch batch; /* after finish */
};

static int set_up(void **state)
{
    static struct world world;

    memset(&world, 0, sizeof world);
    world.builder = batch_builder_create("gw-1", journal_id);
    world.arena = arena_create();
    batch_builder_begin(world.builder, 0, 0);
    *state = &world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *w = *state;

    batch_builder_destroy(w->builder);
    arena_destroy(w->arena);
    return 0;
}

static void finish(struct world *w, uint64_t next)
{
    const uint8_t *bytes = NULL;
    size_t len = 0;
    struct fault fault = {0};

    if (batch_builder_finish(w->builder, next, &bytes, &len, &fault) != ERR_OK ||
        batch_decode(bytes, len, w->arena, &w->batch, &fault) != ERR_OK)
        fail_msg("%s", fault.text);
}

static struct batch_event an_event(uint64_t position, enum codec_event_kind kind, const char *text)
{
    struct batch_event event = {.position = position,
                                .unit = "bus-1",
                                .received_ms = NOON + 5,
                                .at_ms = NOON,
                                .kind = kind,
                                .number = -7};

    snprintf(event.text, sizeof event.text, "%s", text);
    return event;
}

static void say(struct world *w, const char *unit, uint64_t position, enum codec_event_kind kind,
                const char *text)
{
    struct batch_event event = an_event(position, kind, text);

    snprintf(event.unit, sizeof event.unit, "%s", unit);
    batch_builder_add_event(w->builder, &event);
}

static void a_number_said_in_every_frame_travels_once_with_its_count(void **state)
{
    struct world *w = *state;

    for (uint64_t i = 0; i < 30; i++)
        say(w, i % 3 == 0 ? "bus-1" : "bus-2", i, CODEC_EVENT_VIN, "LGHEXAMPLE0000001");
    say(w, "bus-2", 30, CODEC_EVENT_VIN, "LGHEXAMPLE0000002");
    finish(w, 31);
    assert_int_equal(w->batch.event_count, 3);
    assert_string_equal(w->batch.events[0].unit, "bus-1");
    assert_int_equal(w->batch.events[0].number, 10);
    assert_int_equal(w->batch.events[1].number, 20);
    assert_int_equal(w->batch.events[1].position, 1);
    assert_int_equal(w->batch.events[2].number, 1);
}

static void a_new_batch_says_the_number_again(void **state)
{
    struct world *w = *state;

    say(w, "bus-1", 0, CODEC_EVENT_VIN, "LGHEXAMPLE0000001");
    batch_builder_begin(w->builder, 1, 1);
    assert_int_equal(batch_builder_events(w->builder), 0);
    say(w, "bus-1", 1, CODEC_EVENT_VIN, "LGHEXAMPLE0000001");
    finish(w, 2);
    assert_int_equal(w->batch.event_count, 1);
    assert_int_equal(w->batch.events[0].number, 1);
}

static void a_new_number_in_every_frame_costs_no_more_than_its_place(void **state)
{
    struct world *w = *state;

    for (uint64_t i = 0; i < 20000; i++) {
        char vin[18] = "";

        snprintf(vin, sizeof vin, "LGH%014llu", (unsigned long long)(i % 10000));
        say(w, "bus-1", i, CODEC_EVENT_VIN, vin);
    }
    finish(w, 20000);
    assert_int_equal(w->batch.event_count, 10000);
    for (size_t i = 0; i < w->batch.event_count; i++)
        assert_int_equal(w->batch.events[i].number, 2);
}

static void other_events_stay_apart_and_in_order(void **state)
{
    struct world *w = *state;

    say(w, "bus-1", 4, CODEC_EVENT_LOGIN, "8986");
    say(w, "bus-1", 4, CODEC_EVENT_HEARTBEAT, "");
    say(w, "bus-1", 4, CODEC_EVENT_HEARTBEAT, "");
    say(w, "bus-1", 5, (enum codec_event_kind)200, "a kind to come");
    finish(w, 6);
    assert_int_equal(w->batch.event_count, 4);
    assert_int_equal(w->batch.events[0].kind, CODEC_EVENT_LOGIN);
    assert_int_equal(w->batch.events[0].at_ms, NOON);
    assert_int_equal(w->batch.events[0].received_ms, NOON + 5);
    assert_int_equal(w->batch.events[0].number, -7);
    assert_string_equal(w->batch.events[0].text, "8986");
    assert_int_equal(w->batch.events[3].kind, 200);
    assert_null(batch_event_name(w->batch.events[3].kind));
    assert_string_equal(batch_event_name(CODEC_EVENT_TIME_SYNC), "time-sync");
}

static void what_no_batch_may_hold_is_made_fit(void **state)
{
    struct world *w = *state;
    struct batch_event event = an_event(0, CODEC_EVENT_TAMPER,
                                        "odd\x01\x7F\xFF"
                                        "end");

    event.at_ms = INT64_MAX;
    batch_builder_add_event(w->builder, &event);
    finish(w, 1);
    assert_string_equal(w->batch.events[0].text, "odd???end");
    assert_int_equal(w->batch.events[0].at_ms, NOON + 5);
}

static void evidence_comes_back_byte_for_byte(void **state)
{
    struct world *w = *state;
    static uint8_t payload[BATCH_PAYLOAD_MAX];
    uint64_t seed = 3;

    for (size_t i = 0; i < sizeof payload; i++)
        payload[i] = (uint8_t)random_next(&seed);
    for (uint64_t i = 0; i < 5; i++)
        batch_builder_add_evidence(
            w->builder, &(struct batch_evidence){.position = i * 2,
                                                 .unit = "bus-9",
                                                 .format = FORMAT_GB17691,
                                                 .received_ms = NOON,
                                                 .payload = payload + i,
                                                 .payload_len = i == 0 ? 0 : sizeof payload - i});
    assert_int_equal(batch_builder_raw_bytes(w->builder), sizeof payload * 4 - 10);
    finish(w, 9);
    assert_int_equal(w->batch.evidence_count, 5);
    for (size_t i = 0; i < 5; i++) {
        const struct batch_evidence *e = &w->batch.evidence[i];

        assert_int_equal(e->position, i * 2);
        assert_string_equal(e->unit, "bus-9");
        assert_int_equal(e->format, FORMAT_GB17691);
        assert_int_equal(e->payload_len, i == 0 ? 0 : sizeof payload - i);
        if (i > 0)
            assert_memory_equal(e->payload, payload + i, e->payload_len);
    }
}

static void random_event(uint64_t *seed, struct batch_event *event)
{
    event->position = random_below(seed, 50);
    snprintf(event->unit, sizeof event->unit, "u%d", (int)random_below(seed, 4));
    event->received_ms = random_between(seed, BLOCK_INSTANT_MIN_MS, BLOCK_INSTANT_MAX_MS);
    event->at_ms = random_between(seed, BLOCK_INSTANT_MIN_MS, BLOCK_INSTANT_MAX_MS);
    event->kind = (enum codec_event_kind)(1 + random_below(seed, BATCH_EVENT_KIND_MAX));
    event->number = event->kind == CODEC_EVENT_VIN ? random_between(seed, 1, INT32_MAX)
                                                   : (int64_t)random_next(seed);
    memset(event->text, 0, sizeof event->text);
    for (uint64_t i = random_below(seed, CODEC_EVENT_TEXT_MAX + 1); i > 0; i--)
        event->text[i - 1] = (char)(0x20 + random_below(seed, 0x5F));
}

static int by_position(const void *left, const void *right)
{
    const struct batch_event *a = left, *b = right;

    return (a->position > b->position) - (a->position < b->position);
}

static bool events_equal(const struct batch_event *a, const struct batch_event *b)
{
    return a->position == b->position && a->received_ms == b->received_ms && a->at_ms == b->at_ms &&
           a->kind == b->kind && a->number == b->number && strcmp(a->unit, b->unit) == 0 &&
           strcmp(a->text, b->text) == 0;
}

static void any_events_come_back_as_they_were(void **state)
{
    static struct batch_event events[100];
    struct world *w = *state;

    for (uint64_t round = 0; round < 200; round++) {
        uint64_t seed = round;
        struct batch batch = {.gateway = "gw", .next = 50, .events = events};
        struct batch back = {0};
        uint8_t *bytes = NULL;
        size_t len = 0;

        arena_reset(w->arena);
        batch.event_count = (size_t)random_below(&seed, 100);
        for (size_t i = 0; i < batch.event_count; i++)
            random_event(&seed, &events[i]);
        qsort(events, batch.event_count, sizeof events[0], by_position);
        assert_int_equal(batch_encode(&batch, w->arena, &bytes, &len, NULL), ERR_OK);
        if (batch_decode(bytes, len, w->arena, &back, NULL) != ERR_OK ||
            back.event_count != batch.event_count)
            fail_msg("seed %llu: refused", (unsigned long long)round);
        for (size_t i = 0; i < back.event_count; i++)
            if (!events_equal(&back.events[i], &events[i]))
                fail_msg("seed %llu: event %zu changed", (unsigned long long)round, i);
    }
}

static void assert_refused(struct world *w, const struct batch *batch, const char *why)
{
    struct batch back = {0};
    struct fault fault = {0};
    uint8_t *bytes = NULL;
    size_t len = 0;

    assert_int_equal(batch_encode(batch, w->arena, &bytes, &len, &fault), ERR_OK);
    assert_int_equal(batch_decode(bytes, len, w->arena, &back, &fault), ERR_INPUT);
    if (strstr(fault.text, why) == NULL)
        fail_msg("said \"%s\", expected \"%s\"", fault.text, why);
}

static void events_that_break_a_rule_are_refused(void **state)
{
    struct batch_event events[2] = {an_event(4, CODEC_EVENT_LOGIN, ""),
                                    an_event(3, CODEC_EVENT_LOGIN, "")};
    struct batch batch = {.gateway = "gw", .next = 9, .events = events, .event_count = 2};

    assert_refused(*state, &batch, "order of position");
    events[1].position = 9;
    assert_refused(*state, &batch, "outside the batch");
    events[1] = an_event(5, (enum codec_event_kind)0, "");
    assert_refused(*state, &batch, "kind");
    events[1].kind = (enum codec_event_kind)(BATCH_EVENT_KIND_MAX + 1);
    assert_refused(*state, &batch, "kind");
    events[1] = an_event(5, CODEC_EVENT_VIN, "LGHEXAMPLE0000001");
    assert_refused(*state, &batch, "in no payload");
    events[1] = an_event(5, CODEC_EVENT_LOGIN, "a\tb");
    assert_refused(*state, &batch, "text");
    events[1] = an_event(5, CODEC_EVENT_LOGIN, "");
    events[1].at_ms = BLOCK_INSTANT_MAX_MS + 1;
    assert_refused(*state, &batch, "time out of range");
    events[1] = an_event(5, CODEC_EVENT_LOGIN, "");
    events[1].unit[0] = '/';
    assert_refused(*state, &batch, "event 1: a name");
}

static void evidence_that_breaks_a_rule_is_refused(void **state)
{
    struct batch_evidence evidence[2] = {{.position = 3, .unit = "bus-1"},
                                         {.position = 3, .unit = "bus-1"}};
    struct batch batch = {.gateway = "gw", .next = 9, .evidence = evidence, .evidence_count = 2};

    assert_refused(*state, &batch, "two of one");
    evidence[1].position = 2;
    assert_refused(*state, &batch, "order of position");
    evidence[1].position = 10;
    assert_refused(*state, &batch, "outside the batch");
    evidence[1].position = 4;
    evidence[1].format = (enum format)256;
    assert_refused(*state, &batch, "format");
    evidence[1].format = FORMAT_GBT32960;
    evidence[1].payload_len = BATCH_PAYLOAD_MAX + 1;
    evidence[1].payload = arena_alloc(((struct world *)*state)->arena, BATCH_PAYLOAD_MAX + 1, 1);
    assert_refused(*state, &batch, "payload");
}

static void more_parts_than_a_batch_holds_are_not_sent(void **state)
{
    struct world *w = *state;
    struct batch batch = {.gateway = "gw", .next = 9, .event_count = BATCH_PARTS_MAX + 1};
    struct fault fault = {0};
    uint8_t *bytes = NULL;
    size_t len = 0;

    batch.events = ARENA_ARRAY(w->arena, struct batch_event, batch.event_count);
    assert_int_equal(batch_encode(&batch, w->arena, &bytes, &len, &fault), ERR_FULL);
}

#define IN_A_WORLD(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_A_WORLD(a_number_said_in_every_frame_travels_once_with_its_count),
        IN_A_WORLD(a_new_batch_says_the_number_again),
        IN_A_WORLD(a_new_number_in_every_frame_costs_no_more_than_its_place),
        IN_A_WORLD(other_events_stay_apart_and_in_order),
        IN_A_WORLD(what_no_batch_may_hold_is_made_fit),
        IN_A_WORLD(evidence_comes_back_byte_for_byte),
        IN_A_WORLD(any_events_come_back_as_they_were),
        IN_A_WORLD(events_that_break_a_rule_are_refused),
        IN_A_WORLD(evidence_that_breaks_a_rule_is_refused),
        IN_A_WORLD(more_parts_than_a_batch_holds_are_not_sent),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "gateway/coap/body.h"

#define ROOM (1u << 20)
#define MAX  (64u << 10)

struct world {
    struct body body;
    struct body_room room;
    uint8_t bytes[MAX + 2048];
};

static int set_up(void **state)
{
    struct world *w = calloc(1, sizeof *w);

    assert_non_null(w);
    w->room.left = ROOM;
    for (size_t i = 0; i < sizeof w->bytes; i++)
        w->bytes[i] = (uint8_t)(i * 31 >> 3);
    *state = w;
    return 0;
}

/* Whatever happened, nothing is left and the room is whole. */
static int tear_down(void **state)
{
    struct world *w = *state;

    body_clear(&w->body, &w->room);
    assert_int_equal(w->room.left, ROOM);
    assert_null(w->room.first);
    free(w);
    return 0;
}

/* A block of 1,024 at its place, the last one shorter. */
static struct body_block block_at(const struct world *w, uint32_t number, size_t total)
{
    size_t at = (size_t)number * 1024;
    bool more = at + 1024 < total;

    return (struct body_block){.unit = "bus-1",
                               .number = number,
                               .more = more,
                               .size_exponent = 6,
                               .format = FORMAT_SENML_JSON,
                               .bytes = w->bytes + at,
                               .len = more ? 1024 : total - at};
}

static enum body_outcome add(struct world *w, const struct body_block *block)
{
    return body_add(&w->body, block, MAX, 1, &w->room);
}

static enum body_outcome add_at(struct world *w, uint32_t number, size_t total)
{
    struct body_block block = block_at(w, number, total);

    return add(w, &block);
}

static void blocks_in_order_become_the_body_whatever_its_length(void **state)
{
    static const size_t totals[] = {1, 1023, 1024, 1025, 5000, MAX - 1, MAX};
    struct world *w = *state;

    for (size_t i = 0; i < sizeof totals / sizeof totals[0]; i++) {
        uint32_t last = (uint32_t)((totals[i] - 1) / 1024);

        for (uint32_t n = 0; n < last; n++)
            assert_int_equal(add_at(w, n, totals[i]), BODY_MORE);
        assert_int_equal(add_at(w, last, totals[i]), BODY_WHOLE);
        assert_int_equal(w->body.len, totals[i]);
        assert_memory_equal(w->body.bytes, w->bytes, totals[i]);
        body_clear(&w->body, &w->room);
    }
}

static void a_block_that_comes_again_changes_nothing(void **state)
{
    struct world *w = *state;

    assert_int_equal(add_at(w, 0, 3000), BODY_MORE);
    assert_int_equal(add_at(w, 1, 3000), BODY_MORE);
    assert_int_equal(add_at(w, 1, 3000), BODY_MORE);
    assert_int_equal(w->body.len, 2048);
    assert_int_equal(add_at(w, 2, 3000), BODY_WHOLE);
    assert_memory_equal(w->body.bytes, w->bytes, 3000);
}

static void a_missing_block_ends_the_body(void **state)
{
    struct world *w = *state;

    assert_int_equal(add_at(w, 0, 5000), BODY_MORE);
    assert_int_equal(add_at(w, 2, 5000), BODY_GAP);
    assert_null(w->body.bytes);
    assert_int_equal(add_at(w, 1, 5000), BODY_GAP);
}

static void block_zero_begins_anew(void **state)
{
    struct world *w = *state;

    assert_int_equal(add_at(w, 0, 5000), BODY_MORE);
    assert_int_equal(add_at(w, 1, 5000), BODY_MORE);
    assert_int_equal(add_at(w, 0, 1500), BODY_MORE);
    assert_int_equal(add_at(w, 1, 1500), BODY_WHOLE);
    assert_int_equal(w->body.len, 1500);
}

static void blocks_of_another_body_are_not_mixed_in(void **state)
{
    struct world *w = *state;
    struct body_block other = block_at(w, 1, 5000);

    assert_int_equal(add_at(w, 0, 5000), BODY_MORE);
    other.format = FORMAT_SENML_CBOR;
    assert_int_equal(add(w, &other), BODY_GAP);
    assert_int_equal(add_at(w, 0, 5000), BODY_MORE);
    other = block_at(w, 1, 5000);
    other.tag = (const uint8_t *)"tag";
    other.tag_len = 3;
    assert_int_equal(add(w, &other), BODY_GAP);
}

static void what_grows_beyond_the_limit_or_says_so_is_refused(void **state)
{
    struct world *w = *state;
    struct body_block first = block_at(w, 0, 5000);

    for (uint32_t n = 0; n < MAX / 1024; n++)
        assert_int_equal(add_at(w, n, MAX + 1), BODY_MORE);
    assert_int_equal(add_at(w, MAX / 1024, MAX + 1), BODY_TOO_LARGE);
    assert_null(w->body.bytes);
    first.total = MAX + 1;
    assert_int_equal(add(w, &first), BODY_TOO_LARGE);
    first.number = (1u << 20) - 1; /* the largest there is */
    assert_int_equal(add(w, &first), BODY_GAP);
}

/* What a peer says about the size costs nothing until the bytes come. */
static void a_size_that_is_only_said_takes_no_memory(void **state)
{
    struct world *w = *state;
    struct body_block first = block_at(w, 0, 5000);

    first.total = MAX;
    assert_int_equal(add(w, &first), BODY_MORE);
    assert_true(ROOM - w->room.left <= 4096);
}

static void a_block_is_of_the_size_that_it_says(void **state)
{
    struct world *w = *state;
    struct body_block block = block_at(w, 0, 5000);

    block.len = 1000;
    assert_int_equal(add(w, &block), BODY_BAD);
    block.len = 1025;
    block.more = false;
    assert_int_equal(add(w, &block), BODY_BAD);
    block.tag_len = BODY_TAG_MAX + 1;
    block.len = 1024;
    assert_int_equal(add(w, &block), BODY_BAD);
}

static void over_tcp_a_block_may_hold_many_kilobytes(void **state)
{
    struct world *w = *state;
    struct body_block block = {.unit = "bus-1",
                               .more = true,
                               .size_exponent = 7,
                               .format = FORMAT_SENML_JSON,
                               .bytes = w->bytes,
                               .len = 8192};

    assert_int_equal(add(w, &block), BODY_BAD); /* not over UDP */
    block.reliable = true;
    assert_int_equal(add(w, &block), BODY_MORE);
    block.number = 8;
    block.more = false;
    block.bytes = w->bytes + 8192;
    block.len = 100;
    assert_int_equal(add(w, &block), BODY_WHOLE);
    assert_int_equal(w->body.len, 8292);
    assert_memory_equal(w->body.bytes, w->bytes, 8292);
}

static void when_the_room_for_all_is_used_up_a_body_is_refused(void **state)
{
    struct world *w = *state;
    size_t kept = w->room.left - 4096;

    w->room.left = 4096;
    for (uint32_t n = 0; n < 4; n++)
        assert_int_equal(add_at(w, n, 6000), BODY_MORE);
    assert_int_equal(add_at(w, 4, 6000), BODY_NO_ROOM);
    assert_int_equal(w->room.left, 4096);
    w->room.left += kept;
}

/* One certificate may open as many sessions as there may be, each with a body that it never ends. */
static void a_unit_has_two_bodies_under_way_and_no_more(void **state)
{
    struct world *w = *state;
    struct body bodies[4] = {0};
    struct body_block first = block_at(w, 0, 5000), whole = block_at(w, 0, 1000),
                      second = block_at(w, 1, 5000);

    assert_int_equal(body_add(&bodies[0], &first, MAX, 1, &w->room), BODY_MORE);
    assert_int_equal(body_add(&bodies[1], &first, MAX, 2, &w->room), BODY_MORE);
    assert_int_equal(body_add(&bodies[2], &first, MAX, 3, &w->room), BODY_TOO_MANY);
    assert_null(bodies[2].bytes);
    assert_int_equal(body_add(&bodies[2], &second, MAX, 3, &w->room), BODY_GAP);
    assert_int_equal(body_add(&bodies[2], &whole, MAX, 4, &w->room), BODY_WHOLE);
    body_clear(&bodies[2], &w->room);
    assert_int_equal(body_add(&bodies[0], &first, MAX, 5, &w->room), BODY_MORE); /* anew */
    first.unit = "bus-2";
    assert_int_equal(body_add(&bodies[3], &first, MAX, 6, &w->room), BODY_MORE);
    for (size_t i = 0; i < 4; i++)
        body_clear(&bodies[i], &w->room);
}

/* A line that breaks off leaves its session behind, and the body in it. */
static void a_body_that_was_left_lying_gives_way(void **state)
{
    struct world *w = *state;
    struct body bodies[3] = {0};
    struct body_block first = block_at(w, 0, 5000), second = block_at(w, 1, 5000);

    for (int i = 0; i < 2; i++)
        assert_int_equal(body_add(&bodies[i], &first, MAX, 1, &w->room), BODY_MORE);
    assert_int_equal(body_add(&bodies[0], &second, MAX, 10, &w->room), BODY_MORE);
    assert_int_equal(body_add(&bodies[2], &first, MAX, BODY_GIVEN_UP_MS, &w->room), BODY_TOO_MANY);
    assert_int_equal(body_add(&bodies[2], &first, MAX, BODY_GIVEN_UP_MS + 1, &w->room), BODY_MORE);
    assert_null(bodies[1].bytes);
    assert_int_equal(body_add(&bodies[1], &second, MAX, BODY_GIVEN_UP_MS + 2, &w->room), BODY_GAP);
    assert_int_equal(bodies[0].len, 2048);
    for (size_t i = 0; i < 3; i++)
        body_clear(&bodies[i], &w->room);
}

static void the_option_is_read_as_it_is_written(void **state)
{
    const uint8_t value[] = {0x12, 0x3e};
    struct body_block block = {0};

    (void)state;
    assert_true(body_block_parse(value, 2, &block));
    assert_int_equal(block.number, 0x123);
    assert_true(block.more);
    assert_int_equal(block.size_exponent, 6);
    assert_true(body_block_parse(NULL, 0, &block));
    assert_int_equal(block.number, 0);
    assert_false(body_block_parse(value, 4, &block));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(blocks_in_order_become_the_body_whatever_its_length),
        TEST(a_block_that_comes_again_changes_nothing),
        TEST(a_missing_block_ends_the_body),
        TEST(block_zero_begins_anew),
        TEST(blocks_of_another_body_are_not_mixed_in),
        TEST(what_grows_beyond_the_limit_or_says_so_is_refused),
        TEST(a_size_that_is_only_said_takes_no_memory),
        TEST(a_block_is_of_the_size_that_it_says),
        TEST(over_tcp_a_block_may_hold_many_kilobytes),
        TEST(when_the_room_for_all_is_used_up_a_body_is_refused),
        TEST(a_unit_has_two_bodies_under_way_and_no_more),
        TEST(a_body_that_was_left_lying_gives_way),
        cmocka_unit_test(the_option_is_read_as_it_is_written),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

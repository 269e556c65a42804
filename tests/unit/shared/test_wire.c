#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "shared/wire.h"

static void numbers_are_read_in_both_orders(void **state)
{
    static const uint8_t bytes[] = {0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0a,
                                    0x0b, 0x0c, 0x0d, 0x0e, 0x0f, 0x10, 0x11, 0x12, 0x13, 0x14,
                                    0x15, 0x16, 0x17, 0x18, 0x19, 0x1a, 0x1b, 0x1c, 0x1d};
    struct wire w = wire_over(bytes, sizeof bytes);

    (void)state;
    assert_int_equal(wire_u8(&w), 0x01);
    assert_int_equal(wire_be16(&w), 0x0203);
    assert_int_equal(wire_be32(&w), 0x04050607);
    assert_int_equal(wire_le16(&w), 0x0908);
    assert_int_equal(wire_le32(&w), 0x0d0c0b0a);
    assert_true(wire_le64(&w) == 0x1514131211100f0e);
    assert_true(wire_be(&w, 8) == 0x161718191a1b1c1d);
    assert_true(wire_ok(&w));
    assert_int_equal(wire_left(&w), 0);
}

static void the_first_step_beyond_the_end_sticks_and_tells_where(void **state)
{
    static const uint8_t bytes[] = {1, 2, 3, 4};
    struct wire w = wire_over(bytes, sizeof bytes);

    (void)state;
    wire_skip(&w, 1);
    assert_int_equal(wire_be32(&w), 0);
    assert_false(wire_ok(&w));
    assert_int_equal(w.pos, 1);
    assert_int_equal(wire_left(&w), 0);
    assert_int_equal(wire_u8(&w), 0);
    assert_null(wire_bytes(&w, 0));
    assert_int_equal(w.pos, 1);
}

static void lengths_that_lie_do_not_wrap_round(void **state)
{
    static const uint8_t bytes[] = {1, 2, 3, 4};
    struct wire w = wire_over(bytes, sizeof bytes);

    (void)state;
    wire_skip(&w, 2);
    assert_null(wire_bytes(&w, SIZE_MAX));
    assert_false(wire_ok(&w));
    w = wire_over(bytes, sizeof bytes);
    wire_skip(&w, 2);
    assert_null(wire_bytes(&w, SIZE_MAX - 1));
    assert_int_equal(w.pos, 2);
}

static void an_empty_wire_gives_nothing(void **state)
{
    struct wire w = wire_over(NULL, 0);

    (void)state;
    assert_true(wire_ok(&w));
    assert_int_equal(wire_left(&w), 0);
    assert_int_equal(wire_u8(&w), 0);
    assert_false(wire_ok(&w));
}

static void what_is_written_is_read_back(void **state)
{
    uint8_t bytes[19];
    struct wire_out out = wire_into(bytes, sizeof bytes);
    struct wire w;

    (void)state;
    wire_put_be(&out, 0xabcd, 2);
    wire_put_le(&out, 0x0123456789abcdef, 8);
    wire_put_be(&out, 0xfedcba98, 4);
    wire_put(&out, "speed", 5);
    assert_false(out.failed);
    assert_int_equal(out.pos, sizeof bytes);
    w = wire_over(bytes, sizeof bytes);
    assert_int_equal(wire_be16(&w), 0xabcd);
    assert_true(wire_le64(&w) == 0x0123456789abcdef);
    assert_int_equal(wire_be32(&w), 0xfedcba98);
    assert_memory_equal(wire_bytes(&w, 5), "speed", 5);
}

static void writing_stops_at_the_end_for_good(void **state)
{
    uint8_t bytes[4] = {9, 9, 9, 9};
    struct wire_out out = wire_into(bytes, 3);

    (void)state;
    wire_put_be(&out, 0x0102, 2);
    wire_put_be(&out, 0x0304, 2);
    assert_true(out.failed);
    wire_put(&out, "x", 1);
    assert_int_equal(out.pos, 2);
    assert_null(wire_room(&out, 0));
    assert_memory_equal(bytes, "\x01\x02\x09\x09", 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_read_in_both_orders),
        cmocka_unit_test(the_first_step_beyond_the_end_sticks_and_tells_where),
        cmocka_unit_test(lengths_that_lie_do_not_wrap_round),
        cmocka_unit_test(an_empty_wire_gives_nothing),
        cmocka_unit_test(what_is_written_is_read_back),
        cmocka_unit_test(writing_stops_at_the_end_for_good),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

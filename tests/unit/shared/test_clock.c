#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "shared/clock.h"

static void a_fake_moves_only_by_hand(void **state)
{
    struct clock_fake fake;
    int64_t mono = 0;

    (void)state;
    clock_fake_init(&fake, 1750000000123);
    mono = clock_mono_ms(&fake.clock);
    assert_int_equal(clock_wall_ms(&fake.clock), 1750000000123);
    assert_int_equal(clock_wall_ms(&fake.clock), 1750000000123);
    clock_fake_advance(&fake, 5000);
    assert_int_equal(clock_wall_ms(&fake.clock), 1750000005123);
    assert_int_equal(clock_mono_ms(&fake.clock), mono + 5000);
}

static void a_jump_of_the_wall_leaves_deadlines_alone(void **state)
{
    struct clock_fake fake;
    int64_t mono = 0;

    (void)state;
    clock_fake_init(&fake, 0);
    mono = clock_mono_ms(&fake.clock);
    fake.wall_now_ms = -5;
    assert_int_equal(clock_wall_ms(&fake.clock), -5);
    assert_int_equal(clock_mono_ms(&fake.clock), mono);
}

static void the_system_clock_is_of_this_century_and_grows(void **state)
{
    int64_t before = clock_mono_ms(&clock_system);

    (void)state;
    assert_true(clock_wall_ms(&clock_system) > 1700000000000);
    assert_true(clock_wall_ms(&clock_system) < 7258118400000);
    assert_true(clock_mono_ms(&clock_system) >= before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_fake_moves_only_by_hand),
        cmocka_unit_test(a_jump_of_the_wall_leaves_deadlines_alone),
        cmocka_unit_test(the_system_clock_is_of_this_century_and_grows),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

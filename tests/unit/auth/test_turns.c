/* So many at once, then one after the other; what was not used is not saved up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "registry/auth/turns.h"

#define EVERY_MS 200

static void some_have_it_at_once_and_then_one_after_the_other(void **state)
{
    struct clock_fake clock;
    struct turns *turns = NULL;

    (void)state;
    clock_fake_init(&clock, 0);
    turns = turns_create(&clock.clock, 3, EVERY_MS);
    for (int i = 0; i < 3; i++)
        assert_int_equal(turns_take(turns), 0);
    assert_int_equal(turns_take(turns), EVERY_MS);
    clock_fake_advance(&clock, EVERY_MS - 1);
    assert_int_equal(turns_take(turns), 1);
    clock_fake_advance(&clock, 1);
    assert_int_equal(turns_take(turns), 0);
    assert_int_equal(turns_take(turns), EVERY_MS);
    clock_fake_advance(&clock, INT64_C(1000) * EVERY_MS);
    for (int i = 0; i < 3; i++)
        assert_int_equal(turns_take(turns), 0);
    assert_int_equal(turns_take(turns), EVERY_MS);
    turns_destroy(turns);
}

static void without_turns_there_always_is_one(void **state)
{
    (void)state;
    for (int i = 0; i < 1000; i++)
        assert_int_equal(turns_take(NULL), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(some_have_it_at_once_and_then_one_after_the_other),
        cmocka_unit_test(without_turns_there_always_is_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "registry/rollup/pace.h"

static void new_hours_cost_no_rest(void **state)
{
    struct pace pace = {0};
    (void)state;

    assert_true(pace_may_begin(&pace, 1000));
    pace_count(&pace, &(struct rollup_did){.hours = 16}, 4000);
    assert_true(pace_may_begin(&pace, 5000));
}

static void hours_settled_again_are_followed_by_a_rest(void **state)
{
    struct pace pace = {0};
    (void)state;

    pace_count(&pace, &(struct rollup_did){.hours = 16, .again = 16}, 100);
    pace_count(&pace, &(struct rollup_did){.hours = 16, .again = 4}, 100);
    assert_false(pace_may_begin(&pace, 5000)); /* 125 ms of the round were for the same hours */
    assert_false(pace_may_begin(&pace, 5000 + 125 * PACE_REST_TIMES - 1));
    assert_true(pace_may_begin(&pace, 5000 + 125 * PACE_REST_TIMES));
    assert_true(pace_may_begin(&pace, 9000));
}

static void a_rest_has_an_end_however_long_the_round_was(void **state)
{
    struct pace pace = {0};
    (void)state;

    pace_count(&pace, &(struct rollup_did){.hours = 1, .again = 1}, 600000);
    assert_false(pace_may_begin(&pace, 600000));
    assert_false(pace_may_begin(&pace, 600000 + PACE_REST_MAX_MS - 1));
    assert_true(pace_may_begin(&pace, 600000 + PACE_REST_MAX_MS));
}

static void a_step_that_did_nothing_counts_for_nothing(void **state)
{
    struct pace pace = {0};
    (void)state;

    pace_count(&pace, &(struct rollup_did){0}, 700);
    assert_true(pace_may_begin(&pace, 700));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(new_hours_cost_no_rest),
        cmocka_unit_test(hours_settled_again_are_followed_by_a_rest),
        cmocka_unit_test(a_rest_has_an_end_however_long_the_round_was),
        cmocka_unit_test(a_step_that_did_nothing_counts_for_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

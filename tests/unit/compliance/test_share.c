#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "registry/compliance/share.h"

static const struct rule_threshold p80 = {.num = 80, .den = 100};
static const struct rule_threshold p90 = {.num = 90, .den = 100};
static const struct rule_threshold all = {.num = 1, .den = 1};

static void exempt_buses_leave_both_sides_of_the_share(void **state)
{
    (void)state;
    assert_float_equal(share_number((struct share){108, 114}), 0.947368, 0);
    assert_int_equal(share_basis_points((struct share){108, 114}), 9474);
    assert_float_equal(share_number((struct share){108, 120}), 0.9, 0);
    assert_true(share_meets((struct share){108, 114}, COMPARE_GE, &p90));
    assert_true(share_meets((struct share){108, 120}, COMPARE_GE, &p90)); /* 以上 includes it */
    assert_false(share_meets((struct share){107, 120}, COMPARE_GE, &p90));
}

static void a_share_that_prints_as_the_threshold_may_still_miss_it(void **state)
{
    const struct share share = {11999999, 15000000};
    (void)state;

    assert_int_equal(share_basis_points(share), 8000);
    assert_false(share_meets(share, COMPARE_GE, &p80));
    assert_int_equal(share_shortfall(share, COMPARE_GE, &p80), 1);
    assert_true(share_meets((struct share){12000000, 15000000}, COMPARE_GE, &p80));
    assert_true(share_number(share) < 0.8);
}

static void nothing_of_nothing_is_no_share(void **state)
{
    const struct share none = {0, 0};
    (void)state;

    assert_false(share_meets(none, COMPARE_GE, &p80));
    assert_false(share_meets(none, COMPARE_EQ, &all));
    assert_int_equal(share_shortfall(none, COMPARE_GE, &p80), 0);
    assert_int_equal(share_shortfall(none, COMPARE_EQ, &all), 0);
    assert_int_equal(share_basis_points(none), 0);
    assert_float_equal(share_number(none), 0, 0);
}

static void all_means_every_one(void **state)
{
    (void)state;
    assert_true(share_meets((struct share){7, 7}, COMPARE_EQ, &all));
    assert_false(share_meets((struct share){9999999, 10000000}, COMPARE_EQ, &all));
    assert_int_equal(share_shortfall((struct share){9999990, 10000000}, COMPARE_EQ, &all), 10);
}

/* Adding the shortfall meets the threshold, one less does not. */
static void the_shortfall_is_the_least_that_is_enough(void **state)
{
    unsigned seed = 20250630;
    (void)state;

    for (int i = 0; i < 20000; i++) {
        struct share share = {0, rand_r(&seed) % 500 + 1};
        struct rule_threshold threshold = {.den = rand_r(&seed) % 100 + 1};
        share.num = rand_r(&seed) % (share.den + 1);
        threshold.num = rand_r(&seed) % threshold.den + 1;
        int64_t more = share_shortfall(share, COMPARE_GE, &threshold);
        struct share enough = {share.num + more, share.den};
        struct share less = {share.num + more - 1, share.den};
        if (!share_meets(enough, COMPARE_GE, &threshold) ||
            (more > 0 && share_meets(less, COMPARE_GE, &threshold)) ||
            (more == 0) != share_meets(share, COMPARE_GE, &threshold))
            fail_msg("%ld/%ld against %ld/%ld: shortfall %ld", share.num, share.den, threshold.num,
                     threshold.den, more);
    }
}

static void huge_fleets_do_not_overflow(void **state)
{
    const int64_t many = (int64_t)1 << 42;
    const struct rule_threshold fine = {.num = 999999, .den = 1000000};
    (void)state;

    assert_true(share_meets((struct share){many, many}, COMPARE_GE, &fine));
    assert_false(share_meets((struct share){many / 2, many}, COMPARE_GE, &fine));
    assert_true(share_pace_reaches((struct share){many - 1, many}, (struct share){0, many}, 365,
                                   80000, COMPARE_GE, &fine));
    assert_false(share_pace_reaches((struct share){0, many}, (struct share){many, many}, 365, 80000,
                                    COMPARE_GE, &fine));
}

static void the_pace_of_the_past_is_carried_forward(void **state)
{
    const struct share half = {50, 100};
    (void)state;

    /* 30 points in a year: another year reaches exactly 80 %, a day less does not. */
    assert_true(share_pace_reaches(half, (struct share){20, 100}, 365, 365, COMPARE_GE, &p80));
    assert_false(share_pace_reaches(half, (struct share){20, 100}, 365, 364, COMPARE_GE, &p80));
    assert_false(share_pace_reaches(half, half, 365, 10000, COMPARE_GE, &p80));
    assert_false(share_pace_reaches(half, (struct share){0, 0}, 365, 365, COMPARE_GE, &p80));
    assert_false(share_pace_reaches(half, (struct share){20, 100}, 0, 365, COMPARE_GE, &p80));
    /* The denominator may have changed in between. */
    assert_true(share_pace_reaches(half, (struct share){1, 10}, 100, 75, COMPARE_GE, &p80));
    assert_false(share_pace_reaches(half, (struct share){1, 10}, 100, 74, COMPARE_GE, &p80));
    /* Where the threshold itself does not do, a pace that ends there is too slow. */
    assert_false(share_pace_reaches(half, (struct share){20, 100}, 365, 365, COMPARE_GT, &p80));
    assert_true(share_pace_reaches(half, (struct share){20, 100}, 365, 366, COMPARE_GT, &p80));
    assert_false(share_pace_reaches((struct share){80, 100}, (struct share){8, 10}, 365, 92,
                                    COMPARE_GT, &p80));
}

/* The days that are given reach the threshold, and a day less does not. */
static void the_day_of_the_target_is_the_first_that_reaches_it(void **state)
{
    unsigned seed = 20251231;
    int reached = 0;
    (void)state;

    for (int i = 0; i < 20000; i++) {
        struct share now = {0, rand_r(&seed) % 500 + 1};
        struct share before = {0, rand_r(&seed) % 500 + 1};
        struct rule_threshold threshold = {.num = rand_r(&seed) % 100 + 1, .den = 100};
        int32_t span = rand_r(&seed) % 365 + 1;
        enum rule_comparator comparator = i % 2 == 0 ? COMPARE_GE : COMPARE_GT;
        now.num = rand_r(&seed) % (now.den + 1);
        before.num = rand_r(&seed) % (before.den + 1);
        int64_t days = share_pace_days(now, before, span, comparator, &threshold);
        if (days > 80000) {
            assert_false(share_pace_reaches(now, before, span, 80000, comparator, &threshold));
            continue;
        }
        reached++;
        if (!share_pace_reaches(now, before, span, (int32_t)days, comparator, &threshold) ||
            (days > 0 &&
             share_pace_reaches(now, before, span, (int32_t)days - 1, comparator, &threshold)))
            fail_msg("%ld/%ld after %ld/%ld in %d days: %ld", now.num, now.den, before.num,
                     before.den, span, days);
    }
    assert_in_range(reached, 1000, 19000);
}

static void a_share_after_some_days_stays_a_share(void **state)
{
    const struct share half = {50, 100};
    struct share then = share_pace_after(half, (struct share){20, 100}, 365, 365);
    (void)state;

    assert_int_equal(then.num, 80);
    assert_int_equal(then.den, 100);
    assert_int_equal(share_pace_after(half, (struct share){20, 100}, 365, 364).num, 79);
    assert_int_equal(share_pace_after(half, (struct share){20, 100}, 365, 3650).num, 100);
    assert_int_equal(share_pace_after(half, (struct share){80, 100}, 365, 3650).num, 0);
    assert_int_equal(share_pace_sign(half, (struct share){1, 2}), 0);
    assert_int_equal(share_pace_sign(half, (struct share){2, 3}), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exempt_buses_leave_both_sides_of_the_share),
        cmocka_unit_test(a_share_that_prints_as_the_threshold_may_still_miss_it),
        cmocka_unit_test(nothing_of_nothing_is_no_share),
        cmocka_unit_test(all_means_every_one),
        cmocka_unit_test(the_shortfall_is_the_least_that_is_enough),
        cmocka_unit_test(huge_fleets_do_not_overflow),
        cmocka_unit_test(the_pace_of_the_past_is_carried_forward),
        cmocka_unit_test(the_day_of_the_target_is_the_first_that_reaches_it),
        cmocka_unit_test(a_share_after_some_days_stays_a_share),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

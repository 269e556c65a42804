#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/sample.h"

static void a_new_sample_is_empty_and_all_absent(void **state)
{
    struct sample s = {0};

    (void)state;
    assert_true(sample_is_empty(&s));
    for (int id = 0; id < SIGNAL_COUNT; id++) {
        assert_int_equal(sample_quality(&s, (enum signal_id)id), QUALITY_ABSENT);
        assert_false(sample_has(&s, (enum signal_id)id));
    }
}

static void masks_are_disjoint_and_values_only_where_present(const struct sample *s)
{
    uint32_t all = s->present | s->invalid | s->abnormal | s->out_of_range;
    int bits = __builtin_popcount(s->present) + __builtin_popcount(s->invalid) +
               __builtin_popcount(s->abnormal) + __builtin_popcount(s->out_of_range);

    assert_int_equal(bits, __builtin_popcount(all));
    for (int id = 0; id < SIGNAL_COUNT; id++)
        if (!sample_has(s, (enum signal_id)id))
            assert_int_equal(s->value[id], 0);
}

static void each_signal_is_in_one_state_whatever_the_order_of_changes(void **state)
{
    static const enum quality marks[] = {QUALITY_ABSENT, QUALITY_INVALID, QUALITY_ABNORMAL,
                                         QUALITY_OUT_OF_RANGE};
    struct sample s = {0};
    unsigned seed = 20250630;

    (void)state;
    for (int step = 0; step < 20000; step++) {
        enum signal_id id = (enum signal_id)(rand_r(&seed) % SIGNAL_COUNT);
        int kind = rand_r(&seed) % 5;
        enum quality wanted = kind == 4 ? QUALITY_GOOD : marks[kind];

        if (kind == 4)
            sample_set(&s, id, step);
        else
            sample_mark(&s, id, wanted);
        assert_int_equal(sample_quality(&s, id), wanted);
        masks_are_disjoint_and_values_only_where_present(&s);
    }
}

static void numbers_outside_the_range_are_marked_and_never_stored(void **state)
{
    struct sample s = {0};

    (void)state;
    sample_set_number(&s, SIGNAL_SOC, 67.25);
    assert_int_equal(s.value[SIGNAL_SOC], 6725);
    sample_set_number(&s, SIGNAL_SOC, 100.01);
    assert_int_equal(sample_quality(&s, SIGNAL_SOC), QUALITY_OUT_OF_RANGE);
    assert_int_equal(s.value[SIGNAL_SOC], 0);
    assert_false(sample_is_empty(&s));
}

static void qualities_have_the_names_of_the_api(void **state)
{
    (void)state;
    assert_null(quality_name(QUALITY_ABSENT));
    assert_null(quality_name(QUALITY_GOOD));
    assert_string_equal(quality_name(QUALITY_INVALID), "invalid");
    assert_string_equal(quality_name(QUALITY_ABNORMAL), "abnormal");
    assert_string_equal(quality_name(QUALITY_OUT_OF_RANGE), "out_of_range");
}

static struct sample any_sample(unsigned *seed)
{
    struct sample s = {.at_ms = rand_r(seed) % 2};

    for (int i = rand_r(seed) % 3; i > 0; i--)
        sample_set(&s, (enum signal_id)(rand_r(seed) % 2), rand_r(seed) % 2 - 1);
    for (int i = rand_r(seed) % 2; i > 0; i--)
        sample_mark(&s, (enum signal_id)(rand_r(seed) % 2),
                    (enum quality)(QUALITY_INVALID + rand_r(seed) % 3));
    return s;
}

static bool same(const struct sample *a, const struct sample *b)
{
    return a->at_ms == b->at_ms && a->present == b->present && a->invalid == b->invalid &&
           a->abnormal == b->abnormal && a->out_of_range == b->out_of_range &&
           memcmp(a->value, b->value, sizeof a->value) == 0;
}

static void compare_is_a_total_order_that_knows_equal_content(void **state)
{
    unsigned seed = 7;

    (void)state;
    for (int round = 0; round < 20000; round++) {
        struct sample a = any_sample(&seed);
        struct sample b = any_sample(&seed);
        struct sample c = any_sample(&seed);
        int ab = sample_compare(&a, &b);

        assert_int_equal(ab, -sample_compare(&b, &a));
        assert_int_equal(ab == 0, same(&a, &b));
        if (ab <= 0 && sample_compare(&b, &c) <= 0)
            assert_true(sample_compare(&a, &c) <= 0);
        if (a.at_ms < b.at_ms)
            assert_true(ab < 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_sample_is_empty_and_all_absent),
        cmocka_unit_test(each_signal_is_in_one_state_whatever_the_order_of_changes),
        cmocka_unit_test(numbers_outside_the_range_are_marked_and_never_stored),
        cmocka_unit_test(qualities_have_the_names_of_the_api),
        cmocka_unit_test(compare_is_a_total_order_that_knows_equal_content),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

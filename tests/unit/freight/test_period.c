#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "registry/freight/period.h"
#include "shared/when.h"

static struct period period_of(const char *text)
{
    struct period period = {0};

    assert_true(period_parse(text, &period));
    return period;
}

static void assert_days(const char *text, const char *first, const char *last)
{
    char out[WHEN_DAY_TEXT];

    when_day_format(period_first_day(period_of(text)), out);
    assert_string_equal(out, first);
    when_day_format(period_last_day(period_of(text)), out);
    assert_string_equal(out, last);
}

static void a_period_reads_as_it_is_written(void **state)
{
    static const char *const texts[] = {"2025-06", "2025-12", "2025-Q1", "2025-Q4", "2025"};
    char out[PERIOD_TEXT];

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        assert_string_equal(period_format(period_of(texts[i]), out), texts[i]);
}

static void anything_else_is_no_period(void **state)
{
    static const char *const texts[] = {"",        "2025-",   "2025-13",  "2025-00", "2025-Q0",
                                        "2025-Q5", "2025-6",  "2025-061", "25-06",   "2025-q1",
                                        "1899-12", "2200-01", "2025 06",  "20250"};
    struct period period;

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        if (period_parse(texts[i], &period))
            fail_msg("\"%s\" was taken", texts[i]);
}

static void a_period_has_its_first_and_last_day(void **state)
{
    (void)state;
    assert_days("2024-02", "2024-02-01", "2024-02-29");
    assert_days("2025-Q4", "2025-10-01", "2025-12-31");
    assert_days("2025", "2025-01-01", "2025-12-31");
}

static void the_next_period_has_the_same_length(void **state)
{
    char out[PERIOD_TEXT];

    (void)state;
    assert_string_equal(period_format(period_next(period_of("2025-12")), out), "2026-01");
    assert_string_equal(period_format(period_next(period_of("2025-Q4")), out), "2026-Q1");
    assert_string_equal(period_format(period_year_before(period_of("2025-Q1")), out), "2024-Q1");
}

static void only_whole_months_lie_within_days(void **state)
{
    struct period year = period_of("2025");
    struct period within = period_within(period_first_day(year), period_last_day(year));

    (void)state;
    assert_int_equal(within.first_month, year.first_month);
    assert_int_equal(within.months, 12);
    within = period_within(period_first_day(year) + 1, period_last_day(year) - 1);
    assert_int_equal(within.first_month, year.first_month + 1);
    assert_int_equal(within.months, 10);
    within = period_within(period_first_day(year) + 3, period_first_day(year) + 9);
    assert_int_equal(within.months, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_period_reads_as_it_is_written),
        cmocka_unit_test(anything_else_is_no_period),
        cmocka_unit_test(a_period_has_its_first_and_last_day),
        cmocka_unit_test(the_next_period_has_the_same_length),
        cmocka_unit_test(only_whole_months_lie_within_days),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

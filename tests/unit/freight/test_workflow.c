#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "registry/freight/workflow.h"
#include "shared/when.h"

static struct period period_of(const char *text)
{
    struct period period = {0};

    assert_true(period_parse(text, &period));
    return period;
}

static int32_t day_of(const char *text)
{
    int32_t day = 0;

    assert_true(when_day_parse(text, &day));
    return day;
}

static void assert_to(enum freight_action action, enum freight_state from, enum freight_state to)
{
    const struct freight_step *step = freight_step(action, from);

    assert_non_null(step);
    assert_int_equal(step->to, to);
}

static void a_report_goes_its_way_and_back(void **state)
{
    (void)state;
    assert_to(FREIGHT_SUBMIT, FREIGHT_DRAFT, FREIGHT_SUBMITTED);
    assert_to(FREIGHT_RETURN, FREIGHT_SUBMITTED, FREIGHT_RETURNED);
    assert_to(FREIGHT_SUBMIT, FREIGHT_RETURNED, FREIGHT_SUBMITTED);
    assert_to(FREIGHT_ACCEPT, FREIGHT_SUBMITTED, FREIGHT_ACCEPTED);
    assert_to(FREIGHT_AMEND, FREIGHT_ACCEPTED, FREIGHT_AMENDING);
    assert_to(FREIGHT_SUBMIT, FREIGHT_AMENDING, FREIGHT_SUBMITTED);
    assert_to(FREIGHT_LOCK, FREIGHT_ACCEPTED, FREIGHT_LOCKED);
}

static void nothing_else_is_possible(void **state)
{
    size_t possible = 0;

    (void)state;
    for (int action = FREIGHT_CREATE; action < FREIGHT_ACTION_COUNT; action++)
        for (int from = FREIGHT_STATE_NONE; from < FREIGHT_STATE_COUNT; from++)
            possible += freight_step((enum freight_action)action, (enum freight_state)from) != NULL;
    assert_int_equal(possible, 15);
    assert_null(freight_step(FREIGHT_ACCEPT, FREIGHT_DRAFT));
    assert_null(freight_step(FREIGHT_WRITE, FREIGHT_SUBMITTED));
    assert_null(freight_step(FREIGHT_WRITE, FREIGHT_ACCEPTED));
    assert_null(freight_step(FREIGHT_LOCK, FREIGHT_AMENDING));
    assert_null(freight_step(FREIGHT_DISCARD, FREIGHT_RETURNED));
    assert_null(freight_step(FREIGHT_DISCARD, FREIGHT_AMENDING));
    assert_null(freight_step(FREIGHT_IMPORT, FREIGHT_LOCKED));
}

static void only_the_bureau_returns_accepts_locks_and_unlocks(void **state)
{
    (void)state;
    assert_int_equal(freight_step(FREIGHT_RETURN, FREIGHT_SUBMITTED)->parties, FREIGHT_BUREAU);
    assert_int_equal(freight_step(FREIGHT_ACCEPT, FREIGHT_SUBMITTED)->parties, FREIGHT_BUREAU);
    assert_int_equal(freight_step(FREIGHT_LOCK, FREIGHT_ACCEPTED)->parties, FREIGHT_BUREAU);
    assert_int_equal(freight_step(FREIGHT_AMEND, FREIGHT_LOCKED)->parties, FREIGHT_BUREAU);
    assert_true(freight_step(FREIGHT_ACCEPT, FREIGHT_SUBMITTED)->other_hand);
}

static void a_report_is_due_on_the_15th_day_after_its_period(void **state)
{
    const struct freight_calendar *calendar = &freight_calendar_default;

    (void)state;
    assert_int_equal(freight_due(calendar, period_of("2025-06")), day_of("2025-07-15"));
    assert_int_equal(freight_due(calendar, period_of("2025-Q4")), day_of("2026-01-15"));
    assert_int_equal(freight_amend_until(calendar, period_of("2025-Q2")), day_of("2025-07-30"));
}

static void overdue_is_what_waits_for_the_enterprise_after_that_day(void **state)
{
    const struct freight_calendar *calendar = &freight_calendar_default;
    struct period june = period_of("2025-06");
    int32_t late = day_of("2025-07-16");

    (void)state;
    assert_false(freight_overdue(calendar, june, FREIGHT_STATE_NONE, late - 1));
    assert_true(freight_overdue(calendar, june, FREIGHT_STATE_NONE, late));
    assert_true(freight_overdue(calendar, june, FREIGHT_DRAFT, late));
    assert_true(freight_overdue(calendar, june, FREIGHT_RETURNED, late));
    assert_false(freight_overdue(calendar, june, FREIGHT_SUBMITTED, late));
    assert_false(freight_overdue(calendar, june, FREIGHT_AMENDING, late));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_report_goes_its_way_and_back),
        cmocka_unit_test(nothing_else_is_possible),
        cmocka_unit_test(only_the_bureau_returns_accepts_locks_and_unlocks),
        cmocka_unit_test(a_report_is_due_on_the_15th_day_after_its_period),
        cmocka_unit_test(overdue_is_what_waits_for_the_enterprise_after_that_day),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

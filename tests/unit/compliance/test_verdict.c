/* The whole table: every strength, due or continuous, every position of the day, every figure. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "registry/compliance/verdict.h"

#define DUE 20000

enum day_case { BEFORE, ON_DUE, AFTER, DAY_CASES };
enum pace_case { NO_PACE, SLOW, FAST, PACE_CASES };

static const int32_t days[DAY_CASES] = {DUE - 365, DUE, DUE + 1};
static const struct verdict_pace paces[PACE_CASES] = {
    {{0, 0}, 0}, {{49, 100}, 365}, {{10, 100}, 365}};
static const struct share missed = {50, 100};
static const struct share met = {80, 100};
static const struct share none = {0, 0};

static struct rule rule_with(enum rule_strength strength, bool continuous)
{
    return (struct rule){.strength = strength,
                         .comparator = COMPARE_GE,
                         .threshold = {.num = 80, .den = 100},
                         .due = continuous ? WHEN_DAY_NEVER : DUE};
}

static enum verdict expected(enum rule_strength strength, bool continuous, enum day_case day,
                             enum pace_case pace)
{
    if (continuous)
        return VERDICT_NOT_MET;
    if (day == BEFORE)
        return pace == FAST ? VERDICT_ON_TRACK : VERDICT_AT_RISK;
    return strength == STRENGTH_SHALL ? VERDICT_OVERDUE : VERDICT_NOT_MET;
}

static void check_row(enum rule_strength strength, bool continuous, enum day_case day,
                      enum pace_case pace)
{
    struct rule rule = rule_with(strength, continuous);
    enum verdict verdict = verdict_decide(&rule, missed, days[day], &paces[pace]);

    if (verdict != expected(strength, continuous, day, pace))
        fail_msg("strength %s, %s, day %d, pace %d: %s", rule_strength_name(strength),
                 continuous ? "continuous" : "due", (int)day, (int)pace, verdict_name(verdict));
    assert_int_equal(verdict_decide(&rule, met, days[day], &paces[pace]), VERDICT_MET);
    assert_int_equal(verdict_decide(&rule, none, days[day], &paces[pace]), VERDICT_NO_DATA);
    assert_int_equal(verdict_needs_pace(&rule, missed, days[day]), !continuous && day == BEFORE);
    assert_false(verdict_needs_pace(&rule, met, days[day]));
    assert_false(verdict_needs_pace(&rule, none, days[day]));
}

static void every_row_of_the_table_holds(void **state)
{
    int rows = 0;
    (void)state;

    for (int strength = 0; strength < STRENGTH_COUNT; strength++)
        for (int continuous = 0; continuous < 2; continuous++)
            for (int day = 0; day < DAY_CASES; day++)
                for (int pace = 0; pace < PACE_CASES; pace++, rows++)
                    check_row((enum rule_strength)strength, continuous != 0, (enum day_case)day,
                              (enum pace_case)pace);
    assert_int_equal(rows, 4 * 2 * 3 * 3);
}

static void a_rule_for_all_is_missed_by_one(void **state)
{
    struct rule rule = rule_with(STRENGTH_SHALL, true);
    (void)state;

    rule.comparator = COMPARE_EQ;
    rule.threshold = (struct rule_threshold){.num = 1, .den = 1};
    assert_int_equal(verdict_decide(&rule, (struct share){99, 100}, DUE, &paces[FAST]),
                     VERDICT_NOT_MET);
    assert_int_equal(verdict_decide(&rule, (struct share){100, 100}, DUE, &paces[FAST]),
                     VERDICT_MET);
}

static void exceptions_meet_a_rule_in_principle_only_and_a_dispute_comes_first(void **state)
{
    struct rule principle = rule_with(STRENGTH_PRINCIPLE, false);
    struct rule shall = rule_with(STRENGTH_SHALL, false);
    struct verdict_facts facts = {.data = true, .excused = true};
    (void)state;

    assert_int_equal(verdict_of(&principle, &facts, DUE), VERDICT_MET_WITH_EXCEPTIONS);
    assert_int_equal(verdict_of(&principle, &facts, DUE - 1), VERDICT_MET_WITH_EXCEPTIONS);
    assert_int_equal(verdict_of(&shall, &facts, DUE), VERDICT_OVERDUE);
    facts.disputed = true;
    assert_int_equal(verdict_of(&principle, &facts, DUE), VERDICT_DISPUTED);
    facts.met = true;
    assert_int_equal(verdict_of(&principle, &facts, DUE), VERDICT_DISPUTED);
    facts.data = false;
    assert_int_equal(verdict_of(&principle, &facts, DUE), VERDICT_NO_DATA);
}

static void a_missed_effort_is_called_a_gap(void **state)
{
    struct rule strive = rule_with(STRENGTH_STRIVE, false);
    struct rule principle = rule_with(STRENGTH_PRINCIPLE, false);
    struct rule shall = rule_with(STRENGTH_SHALL, true);
    (void)state;

    assert_non_null(strstr(verdict_remark(&strive, VERDICT_NOT_MET), "力争目标未达"));
    assert_non_null(strstr(verdict_remark(&principle, VERDICT_NOT_MET), "exceptions"));
    assert_null(verdict_remark(&shall, VERDICT_NOT_MET));
    assert_null(verdict_remark(&strive, VERDICT_MET));
}

static void verdicts_have_the_names_of_the_interface(void **state)
{
    static const char *const names[VERDICT_COUNT] = {
        "MET",     "MET_WITH_EXCEPTIONS", "ON_TRACK", "AT_RISK", "NOT_MET", "OVERDUE", "NO_DATA",
        "DISPUTED"};
    (void)state;

    for (int i = 0; i < VERDICT_COUNT; i++)
        assert_string_equal(verdict_name((enum verdict)i), names[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_of_the_table_holds),
        cmocka_unit_test(a_rule_for_all_is_missed_by_one),
        cmocka_unit_test(exceptions_meet_a_rule_in_principle_only_and_a_dispute_comes_first),
        cmocka_unit_test(a_missed_effort_is_called_a_gap),
        cmocka_unit_test(verdicts_have_the_names_of_the_interface),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Projections of small registers whose answer is known by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "registry/outlook/projection_answer.h"
#include "tests/unit/vehicles/register_fixture.h"

#define TODAY "2025-06-30"

struct bench {
    struct register_fixture fixture;
    struct plan_set *plans;
    struct arena *arena;
    struct projection answer;
    struct fault fault;
};

static int bench_open(void **state)
{
    struct bench *b = calloc(1, sizeof *b);

    fixture_open(&b->fixture, TODAY);
    assert_int_equal(plan_set_load(NULL, &b->plans, &b->fault), ERR_OK);
    b->arena = arena_create();
    fixture_org(&b->fixture, "org-bus", OWNER_SOE, "2000-01-01");
    *state = b;
    return 0;
}

static int bench_close(void **state)
{
    struct bench *b = *state;

    arena_destroy(b->arena);
    plan_set_free(b->plans);
    fixture_close(&b->fixture);
    free(b);
    return 0;
}

static enum err ask(struct bench *b, const char *rule, const char *as_of, const char *target)
{
    const struct plan *plan = plan_set_find(b->plans, NULL);
    const struct projection_query query = {
        .plan = plan,
        .rule = plan_rule(plan, rule, day_of(as_of)),
        .as_of = day_of(as_of),
        .target_date = target == NULL ? WHEN_DAY_NEVER : day_of(target),
        .replacements = 2,
    };

    return projection_compute(b->fixture.db, &query, b->arena, &b->answer, &b->fault);
}

/* `count` buses ID00, ID01, … */
static void put(struct bench *b, const char *id, int count, const char *energy, const char *added)
{
    for (int i = 0; i < count; i++) {
        char words[3][64];
        snprintf(words[0], 64, "vehicle_id=%s%02d", id, i);
        snprintf(words[1], 64, "energy=%s", energy);
        snprintf(words[2], 64, "added=%s", added);
        fixture_vehicle(&b->fixture, CHANGE_PUT, NULL, words[0], words[1], "category=BUS",
                        "stage=X", "owner_id=org-bus", "area=419001", "built_up=1", words[2], NULL);
    }
}

static void turn_electric(struct bench *b, const char *id, int from, int to, const char *day)
{
    for (int i = from; i < to; i++) {
        char words[2][64];
        snprintf(words[0], 64, "vehicle_id=%s%02d", id, i);
        snprintf(words[1], 64, "effective=%s", day);
        fixture_vehicle(&b->fixture, CHANGE_PATCH, NULL, words[0], "energy=BEV", words[1], NULL);
    }
}

static void a_share_that_grows_reaches_its_target_on_a_day(void **state)
{
    struct bench *b = *state;
    const struct projection *p = &b->answer;

    put(b, "BUS", 100, "DIESEL", "2020-01-01");
    turn_electric(b, "BUS", 0, 20, "2021-01-01");
    turn_electric(b, "BUS", 20, 50, "2025-01-01");
    assert_int_equal(ask(b, "R2-05a", TODAY, NULL), ERR_OK);
    assert_int_equal(p->pace.before.num, 20);
    assert_int_equal(p->pace.span, 365);
    /* 30 points in 365 days; 40 are missing: 486.67 days. */
    assert_int_equal(p->outcome, PROJECTION_REACHED);
    assert_int_equal(p->reached_on, day_of(TODAY) + 487);
    assert_int_equal(p->missing, 40);
    /* Until the rule's due day, 2025-12-31: 184 days, 7 months, 15.1 points. */
    assert_int_equal(p->query.target_date, day_of("2025-12-31"));
    assert_int_equal(p->per_month, 6);
    assert_int_equal(p->target.share.num, 65);
    assert_int_equal(p->target.missing, 25);
    assert_int_equal(ask(b, "R2-05a", TODAY, "2026-10-30"), ERR_OK);
    assert_int_equal(p->target.share.num, 90);
    assert_int_equal(p->target.missing, 0);
}

static void the_history_is_by_month_and_ends_on_the_day(void **state)
{
    struct bench *b = *state;
    const struct projection *p = &b->answer;

    put(b, "OLD", 3, "DIESEL", "2025-02-10");
    put(b, "NEW", 1, "BEV", "2025-04-01");
    assert_int_equal(ask(b, "R2-05a", "2025-05-15", NULL), ERR_OK);
    assert_int_equal(p->history.count, 4);
    assert_int_equal(p->history.months[0].day, day_of("2025-02-28"));
    assert_int_equal(p->history.months[1].day, day_of("2025-03-31"));
    assert_int_equal(p->history.months[1].share.den, 3);
    assert_int_equal(p->history.months[2].day, day_of("2025-04-30"));
    assert_int_equal(p->history.months[2].share.num, 1);
    assert_int_equal(p->history.months[3].day, day_of("2025-05-15"));
    put(b, "AGE", 1, "DIESEL", "2015-01-01");
    assert_int_equal(ask(b, "R2-05a", "2025-05-15", NULL), ERR_OK);
    assert_int_equal(p->history.count, PROJECTION_MONTHS);
    assert_int_equal(p->history.months[0].day, day_of("2022-06-30"));
}

static void a_history_alone_has_as_many_months_as_are_asked_for(void **state)
{
    struct bench *b = *state;
    const struct plan *plan = plan_set_find(b->plans, NULL);
    const struct projection_query query = {
        .plan = plan,
        .rule = plan_rule(plan, "R2-05a", day_of("2025-05-15")),
        .as_of = day_of("2025-05-15"),
    };
    struct projection_history history;

    put(b, "OLD", 3, "DIESEL", "2015-02-10");
    put(b, "NEW", 1, "BEV", "2025-05-01");
    assert_int_equal(sql_begin(b->fixture.db, SQL_READ, &b->fault), ERR_OK);
    assert_int_equal(projection_history(b->fixture.db, &query, 2, b->arena, &history, &b->fault),
                     ERR_OK);
    assert_int_equal(sql_commit(b->fixture.db, &b->fault), ERR_OK);
    assert_int_equal(history.count, 2);
    assert_int_equal(history.months[0].day, day_of("2025-04-30"));
    assert_int_equal(history.months[0].share.num, 0);
    assert_int_equal(history.months[1].share.num, 1);
    assert_int_equal(history.months[1].share.den, 4);
}

static void what_does_not_grow_is_not_reached_and_says_why(void **state)
{
    struct bench *b = *state;

    assert_int_equal(ask(b, "R2-05a", TODAY, NULL), ERR_OK);
    assert_int_equal(b->answer.outcome, PROJECTION_NO_DATA);
    put(b, "BUS", 10, "DIESEL", "2025-06-01");
    assert_int_equal(ask(b, "R2-05a", TODAY, NULL), ERR_OK);
    assert_int_equal(b->answer.outcome, PROJECTION_NOT_REACHED);
    assert_non_null(strstr(b->answer.why, "no pace"));
    put(b, "OLD", 5, "BEV", "2020-01-01");
    assert_int_equal(ask(b, "R2-05a", TODAY, NULL), ERR_OK);
    assert_non_null(strstr(b->answer.why, "fallen since 2024-06-30"));
    assert_int_equal(ask(b, "R2-05a", "2025-05-01", NULL), ERR_OK);
    assert_int_equal(b->answer.outcome, PROJECTION_MET);
}

static void a_share_that_stands_still_is_not_reached(void **state)
{
    struct bench *b = *state;

    put(b, "OLD", 5, "DIESEL", "2020-01-01");
    put(b, "NEW", 5, "BEV", "2020-01-01");
    assert_int_equal(ask(b, "R2-05a", TODAY, NULL), ERR_OK);
    assert_non_null(strstr(b->answer.why, "not moved since 2024-06-30"));
    assert_int_equal(b->answer.reached_on, WHEN_DAY_NEVER);
}

static void an_addition_that_missed_stays_in_the_plan_period(void **state)
{
    struct bench *b = *state;

    put(b, "OLD", 1, "DIESEL", "2023-03-01");
    put(b, "NEW", 9, "BEV", "2025-03-01");
    assert_int_equal(ask(b, "R2-04a", TODAY, NULL), ERR_OK);
    assert_int_equal(b->answer.outcome, PROJECTION_NOT_REACHED);
    assert_non_null(strstr(b->answer.why, "stay in the period"));
}

static void the_answer_shows_what_it_was_made_of(void **state)
{
    struct bench *b = *state;
    json_t *json = NULL;

    put(b, "BUS", 10, "DIESEL", "2020-01-01");
    turn_electric(b, "BUS", 0, 3, "2025-01-01");
    assert_int_equal(ask(b, "R2-05a", TODAY, NULL), ERR_OK);
    json = projection_json(&b->answer, b->arena);
    assert_non_null(json);
    assert_int_equal(json_array_size(json_object_get(json, "history")), 36);
    assert_string_equal(json_string_value(json_object_get(json_object_get(json, "pace"), "since")),
                        "2024-06-30");
    assert_string_equal(json_string_value(json_object_get(json, "outcome")), "REACHED");
    assert_int_equal(json_integer_value(json_object_get(json, "missing")), 6);
    json_decref(json);
}

static void what_has_to_be_replaced_is_named_until_the_target_date(void **state)
{
    struct bench *b = *state;
    json_t *json = NULL, *replace = NULL;

    put(b, "BUS", 10, "DIESEL", "2020-01-01");
    turn_electric(b, "BUS", 0, 3, "2025-01-01");
    assert_int_equal(ask(b, "R2-05a", TODAY, NULL), ERR_OK);
    json = projection_json(&b->answer, b->arena);
    replace = json_object_get(json, "replace");
    assert_int_equal(json_integer_value(json_object_get(replace, "needed")), 6);
    assert_string_equal(json_string_value(json_object_get(replace, "by")), "2025-12-31");
    assert_int_equal(json_array_size(json_object_get(replace, "vehicles")), 2);
    assert_string_equal(json_string_value(json_object_get(
                            json_array_get(json_object_get(replace, "vehicles"), 0), "vehicle_id")),
                        "BUS03");
    assert_true(json_is_true(json_object_get(replace, "more")));
    assert_string_equal(
        json_string_value(json_object_get(replace, "all")),
        "/v1/compliance/R2-05a/replacements?plan=jiyuan-2023-2025&as_of=2025-06-30");
    json_decref(json);
}

static void nothing_is_replaced_for_a_target_that_is_met_or_about_additions(void **state)
{
    struct bench *b = *state;

    put(b, "OLD", 1, "DIESEL", "2023-03-01");
    assert_int_equal(ask(b, "R2-04a", TODAY, NULL), ERR_OK);
    assert_null(b->answer.replacement);
    put(b, "NEW", 9, "BEV", "2025-03-01");
    assert_int_equal(ask(b, "R2-05a", TODAY, NULL), ERR_OK);
    assert_int_equal(b->answer.outcome, PROJECTION_MET);
    assert_null(b->answer.replacement);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_share_that_grows_reaches_its_target_on_a_day, bench_open,
                                        bench_close),
        cmocka_unit_test_setup_teardown(the_history_is_by_month_and_ends_on_the_day, bench_open,
                                        bench_close),
        cmocka_unit_test_setup_teardown(a_history_alone_has_as_many_months_as_are_asked_for,
                                        bench_open, bench_close),
        cmocka_unit_test_setup_teardown(what_does_not_grow_is_not_reached_and_says_why, bench_open,
                                        bench_close),
        cmocka_unit_test_setup_teardown(a_share_that_stands_still_is_not_reached, bench_open,
                                        bench_close),
        cmocka_unit_test_setup_teardown(an_addition_that_missed_stays_in_the_plan_period,
                                        bench_open, bench_close),
        cmocka_unit_test_setup_teardown(what_has_to_be_replaced_is_named_until_the_target_date,
                                        bench_open, bench_close),
        cmocka_unit_test_setup_teardown(
            nothing_is_replaced_for_a_target_that_is_met_or_about_additions, bench_open,
            bench_close),
        cmocka_unit_test_setup_teardown(the_answer_shows_what_it_was_made_of, bench_open,
                                        bench_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

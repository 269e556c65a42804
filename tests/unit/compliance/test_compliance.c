/* The engine on small registers whose answer is known by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "registry/compliance/answer.h"
#include "tests/unit/vehicles/register_fixture.h"

#define TODAY "2025-12-31"

struct bench {
    struct register_fixture fixture;
    struct plan_set *plans;
    struct arena *arena;
    struct compliance answer;
};

static void bench_open(struct bench *b)
{
    struct fault fault;

    fixture_open(&b->fixture, TODAY);
    assert_int_equal(plan_set_load(NULL, &b->plans, &fault), ERR_OK);
    b->arena = arena_create();
    fixture_org(&b->fixture, "org-gov", OWNER_GOVERNMENT, "2000-01-01");
    fixture_org(&b->fixture, "org-bus", OWNER_SOE, "2000-01-01");
}

static void bench_close(struct bench *b)
{
    arena_destroy(b->arena);
    plan_set_free(b->plans);
    fixture_close(&b->fixture);
}

static const struct compliance_rule *ask_with(struct bench *b, const char *rule, const char *as_of,
                                              struct scope_filter filter)
{
    const struct compliance_query query = {
        .plan = plan_set_find(b->plans, NULL),
        .as_of = day_of(as_of),
        .today = day_of(TODAY),
        .filter = filter,
        .rule_id = rule,
    };
    struct fault fault = {0};

    if (compliance_compute(b->fixture.db, &query, b->arena, &b->answer, &fault) != ERR_OK)
        fail_msg("%s", fault.text);
    return &b->answer.rules[0];
}

static const struct compliance_rule *ask(struct bench *b, const char *rule, const char *as_of)
{
    return ask_with(b, rule, as_of, (struct scope_filter){NULL, NULL, 0});
}

/* `count` vehicles ID0000, ID0001, … */
static void put(struct bench *b, const char *id, int count, const char *category,
                const char *energy, const char *built_up, const char *added)
{
    for (int i = 0; i < count; i++) {
        char words[5][64];
        snprintf(words[0], 64, "vehicle_id=%s%04d", id, i);
        snprintf(words[1], 64, "category=%s", category);
        snprintf(words[2], 64, "energy=%s", energy);
        snprintf(words[3], 64, "built_up=%s", built_up);
        snprintf(words[4], 64, "added=%s", added);
        fixture_vehicle(&b->fixture, CHANGE_PUT, NULL, words[0], words[1], words[2], "stage=X",
                        "owner_id=org-bus", "area=419001", words[3], words[4], NULL);
    }
}

static void run_sql(struct bench *b, const char *text)
{
    struct fault fault = {0};

    if (sql_exec(b->fixture.db, text, SQL_NO_VALUES, NULL, &fault) != ERR_OK)
        fail_msg("%s", fault.text);
}

static void emergency_buses_leave_numerator_and_denominator(void **state)
{
    struct bench b;
    (void)state;

    bench_open(&b);
    put(&b, "NEV", 108, "BUS", "BEV", "1", "2020-01-01");
    put(&b, "OLD", 6, "BUS", "DIESEL", "1", "2015-01-01");
    put(&b, "EMG", 6, "BUS", "DIESEL", "1", "2015-01-01");
    const struct compliance_rule *r = ask(&b, "R2-05a", TODAY);
    assert_int_equal(r->share.num, 108);
    assert_int_equal(r->share.den, 120);
    assert_float_equal(share_number(r->share), 0.9, 0);
    assert_int_equal(r->verdict, VERDICT_MET);
    for (int i = 0; i < 6; i++) {
        char id[16];
        snprintf(id, sizeof id, "EMG%04d", i);
        fixture_exemption(&b.fixture, id, EXEMPT_EMERGENCY, "2020-01-01", NULL);
    }
    r = ask(&b, "R2-05a", TODAY);
    assert_int_equal(r->share.num, 108);
    assert_int_equal(r->share.den, 114);
    assert_int_equal(r->tally.n[COUNTS_EXEMPT], 6);
    assert_float_equal(share_number(r->share), 0.947368, 0);
    assert_int_equal(r->shortfall, 0);
    /* An exempt NEV leaves both sides too. */
    fixture_exemption(&b.fixture, "NEV0000", EXEMPT_EMERGENCY, "2020-01-01", NULL);
    r = ask(&b, "R2-05a", TODAY);
    assert_int_equal(r->share.num, 107);
    assert_int_equal(r->share.den, 113);
    /* Special need exempts official cars only. */
    fixture_exemption(&b.fixture, "OLD0000", EXEMPT_SPECIAL_NEED, "2020-01-01", NULL);
    assert_int_equal(ask(&b, "R2-05a", TODAY)->share.den, 113);
    bench_close(&b);
}

static void an_empty_register_is_no_data_everywhere(void **state)
{
    struct bench b;
    (void)state;

    bench_open(&b);
    ask(&b, NULL, TODAY);
    assert_int_equal(b.answer.count, 24);
    for (size_t i = 0; i < b.answer.count; i++) {
        assert_int_equal(b.answer.rules[i].verdict, VERDICT_NO_DATA);
        assert_int_equal(b.answer.rules[i].shortfall, 0);
    }
    assert_non_null(strstr(b.answer.note, "empty"));
    bench_close(&b);
}

static void additions_are_counted_inside_the_plan_period_only(void **state)
{
    struct bench b;
    (void)state;

    bench_open(&b);
    put(&b, "A", 1, "BUS", "DIESEL", "1", "2022-12-31"); /* before */
    put(&b, "B", 3, "BUS", "BEV", "1", "2023-01-01");
    put(&b, "C", 1, "BUS", "DIESEL", "0", "2023-06-01"); /* not built-up */
    put(&b, "D", 1, "TAXI", "PETROL", "1", "2023-06-01");
    const struct compliance_rule *r = ask(&b, "R2-04a", "2024-12-31");
    assert_int_equal(r->share.num, 3);
    assert_int_equal(r->share.den, 3);
    assert_int_equal(r->verdict, VERDICT_MET);
    assert_int_equal(r->scope.query.from, day_of("2023-01-01"));
    assert_int_equal(r->scope.query.to, day_of("2024-12-31"));
    put(&b, "E", 1, "BUS", "HEV", "1", "2025-01-01");
    assert_int_equal(ask(&b, "R2-04a", "2024-12-31")->verdict, VERDICT_MET);
    r = ask(&b, "R2-04a", "2025-01-01");
    assert_int_equal(r->share.num, 3);
    assert_int_equal(r->share.den, 4);
    assert_int_equal(r->verdict, VERDICT_NOT_MET);
    assert_int_equal(r->shortfall, 1);
    assert_int_equal(ask(&b, "R2-04a", "2022-12-31")->verdict, VERDICT_NO_DATA);
    /* After the plan's period the window stays where it ended. */
    assert_int_equal(ask(&b, "R2-04a", "2026-06-30")->scope.query.to, day_of("2025-12-31"));
    bench_close(&b);
}

static void official_cars_are_those_of_government_bodies(void **state)
{
    struct bench b;
    (void)state;

    bench_open(&b);
    put(&b, "S", 2, "OFFICIAL_CAR", "BEV", "1", "2024-01-01"); /* of a company */
    fixture_vehicle(&b.fixture, CHANGE_PUT, NULL, "vehicle_id=G1", "category=OFFICIAL_CAR",
                    "energy=PETROL", "stage=6b", "owner_id=org-gov", "area=419001", "built_up=1",
                    "added=2024-01-01", NULL);
    fixture_vehicle(&b.fixture, CHANGE_PUT, NULL, "vehicle_id=G2", "category=OFFICIAL_CAR",
                    "energy=PHEV", "stage=6b", "owner_id=org-gov", "area=419001", "built_up=1",
                    "added=2024-01-01", NULL);
    const struct compliance_rule *r = ask(&b, "R2-03", TODAY);
    assert_int_equal(r->share.num, 1);
    assert_int_equal(r->share.den, 2);
    assert_int_equal(r->zero_emission.num, 0); /* a PHEV is NEV, but no BEV or FCEV */
    fixture_exemption(&b.fixture, "G1", EXEMPT_SPECIAL_NEED, "2023-01-01", NULL);
    r = ask(&b, "R2-03", TODAY);
    assert_int_equal(r->share.num, 1);
    assert_int_equal(r->share.den, 1);
    assert_int_equal(r->tally.n[COUNTS_EXEMPT], 1);
    bench_close(&b);
}

static void trucks_stand_in_total_and_by_sub_class(void **state)
{
    struct bench b;
    (void)state;

    bench_open(&b);
    put(&b, "MB", 8, "MUCK_TRUCK", "BEV", "1", "2022-01-01");
    put(&b, "MD", 2, "MUCK_TRUCK", "DIESEL", "1", "2018-01-01");
    put(&b, "CD", 3, "CEMENT_TRUCK", "DIESEL", "1", "2018-01-01");
    put(&b, "OB", 1, "OTHER_FREIGHT", "BEV", "1", "2018-01-01");
    put(&b, "XX", 5, "MUCK_TRUCK", "DIESEL", "0", "2018-01-01"); /* outside */
    const struct compliance_rule *r = ask(&b, "R2-05c", TODAY);
    assert_int_equal(r->share.num, 9);
    assert_int_equal(r->share.den, 14);
    assert_int_equal(r->shortfall, 3); /* 11.2 of 14, so 12 */
    assert_int_equal(r->verdict, VERDICT_NOT_MET);
    assert_int_equal(r->part_count, 3);
    assert_int_equal(r->parts[0].share.num, 8);
    assert_int_equal(r->parts[0].share.den, 10);
    assert_true(r->parts[0].met);
    assert_int_equal(r->parts[1].share.num, 0);
    assert_int_equal(r->parts[1].shortfall, 3);
    assert_int_equal(r->parts[2].share.den, 0);
    assert_false(r->parts[2].met);
    bench_close(&b);
}

static void the_figure_is_narrowed_by_owner_and_area(void **state)
{
    struct bench b;
    (void)state;

    bench_open(&b);
    put(&b, "A", 4, "BUS", "BEV", "1", "2020-01-01");
    fixture_vehicle(&b.fixture, CHANGE_PUT, NULL, "vehicle_id=Z1", "category=BUS", "energy=DIESEL",
                    "stage=5", "owner_id=org-gov", "area=410100", "built_up=1", "added=2020-01-01",
                    NULL);
    assert_int_equal(ask(&b, "R2-05a", TODAY)->share.den, 5);
    assert_int_equal(
        ask_with(&b, "R2-05a", TODAY, (struct scope_filter){"org-bus", NULL, 0})->share.den, 4);
    assert_int_equal(
        ask_with(&b, "R2-05a", TODAY, (struct scope_filter){"org-gov", NULL, 0})->share.den, 1);
    assert_int_equal(
        ask_with(&b, "R2-05a", TODAY, (struct scope_filter){NULL, "4190", 0})->share.den, 4);
    assert_int_equal(
        ask_with(&b, "R2-05a", TODAY, (struct scope_filter){"org-gov", "419001", 0})->verdict,
        VERDICT_NO_DATA);
    assert_int_equal(ask_with(&b, "R2-05a", TODAY, (struct scope_filter){NULL, "41", 0})->share.den,
                     5);
    bench_close(&b);
}

static void the_pace_of_four_quarters_decides_before_the_due_day(void **state)
{
    struct bench b;
    (void)state;

    bench_open(&b);
    put(&b, "OLD", 10, "TAXI", "PETROL", "1", "2018-01-01");
    put(&b, "N1", 10, "TAXI", "BEV", "1", "2023-01-01");
    const struct compliance_rule *r = ask(&b, "R2-05b", "2024-12-31");
    assert_int_equal(r->share.den, 20);
    assert_int_equal(r->verdict, VERDICT_AT_RISK); /* half for a year: no pace at all */
    assert_int_equal(r->pace.span, 366);
    /* From 10 of 20 to 30 of 40 within the last year: as much again is enough. */
    put(&b, "N2", 20, "TAXI", "BEV", "1", "2024-06-01");
    r = ask(&b, "R2-05b", "2024-12-31");
    assert_int_equal(r->share.num, 30);
    assert_int_equal(r->share.den, 40);
    assert_int_equal(r->verdict, VERDICT_ON_TRACK);
    assert_int_equal(ask(&b, "R2-05b", "2025-12-30")->verdict, VERDICT_AT_RISK);
    assert_int_equal(ask(&b, "R2-05b", "2025-12-31")->verdict, VERDICT_NOT_MET);
    bench_close(&b);
}

static void telemetry_speaks_for_or_against_a_declared_vehicle(void **state)
{
    struct bench b;
    (void)state;

    bench_open(&b);
    for (int i = 0; i < 5; i++) {
        char id[32];
        char unit[32];
        snprintf(id, sizeof id, "vehicle_id=T%d", i);
        snprintf(unit, sizeof unit, "unit=u%d", i);
        fixture_vehicle(&b.fixture, CHANGE_PUT, NULL, id, "category=BUS",
                        i == 2 ? "energy=DIESEL" : "energy=BEV", "stage=X", "owner_id=org-bus",
                        "area=419001", "built_up=1", "added=2024-01-01", unit, NULL);
    }
    put(&b, "Q", 2, "BUS", "BEV", "1", "2024-01-01");
    /* The hours of 2025-12-31 in China begin 8 hours before the day begins in UTC. */
    char text[1024];
    const long last = (long)(day_of(TODAY) + 1) * 24 - 8 - 1;
    const long first = last - 90 * 24 + 1;
    const struct {
        int unit;
        long hour;
        int engine_ms, fuel_ul;
    } hours[] = {
        {0, last, 0, 0},         /* heard of in the last hour */
        {1, first, 0, 5},        /* a BEV that burned fuel, in the first hour */
        {2, last - 5, 60000, 9}, /* a diesel bus may */
        {3, first - 1, 7, 7},    /* too long ago: silent */
        {4, last + 1, 7, 7},     /* after the day: silent */
        {0, first - 1, 9, 9},    /* its engine ran, but too long ago */
    };
    for (size_t i = 0; i < sizeof hours / sizeof hours[0]; i++) {
        snprintf(text, sizeof text,
                 "INSERT INTO unit_hour (unit_id, hour, rows_received, rows_unique, distance_m, "
                 "electric_m, engine_ms, operating_ms, covered_ms, discharged_mwh, charged_mwh, "
                 "fuel_ul, gaps, gap_ms, anomalies, rpm_max, clock_ahead_ms, first_ms, last_ms, "
                 "last_sample) VALUES ('u%d', %ld, 1, 1, 0, 0, %d, 0, 0, 0, 0, %d, 0, 0, 0, 0, 0, "
                 "0, 0, CAST('' AS BYTEA))",
                 hours[i].unit, hours[i].hour, hours[i].engine_ms, hours[i].fuel_ul);
        run_sql(&b, arena_text(b.arena, text)); /* statements are kept by address */
    }
    fixture_heard(&b.fixture);
    const struct compliance_rule *r = ask(&b, "R2-05a", TODAY);
    assert_int_equal(r->share.den, 7);
    assert_int_equal(r->verified.by_telemetry, 2);
    assert_int_equal(r->verified.contradicted, 1);
    assert_int_equal(r->verified.silent, 4);
    /* The additions see the same vehicles; an exempt one is out of it. */
    fixture_exemption(&b.fixture, "T1", EXEMPT_EMERGENCY, "2023-01-01", NULL);
    r = ask(&b, "R2-05a", TODAY);
    assert_int_equal(r->verified.contradicted, 0);
    assert_int_equal(r->verified.silent, 4);
    r = ask(&b, "R2-04a", TODAY); /* which has no exemption for emergency */
    assert_int_equal(r->verified.by_telemetry, 2);
    assert_int_equal(r->verified.contradicted, 1);
    assert_int_equal(r->verified.silent, 4);
    r = ask_with(&b, "R2-05a", TODAY, (struct scope_filter){"org-gov", NULL, 0});
    assert_int_equal(r->verified.by_telemetry, 0);
    bench_close(&b);
}

static void a_day_outside_the_register_is_remarked(void **state)
{
    struct bench b;
    (void)state;

    bench_open(&b);
    put(&b, "A", 1, "BUS", "BEV", "1", "2021-03-05");
    ask(&b, NULL, TODAY);
    assert_null(b.answer.note);
    ask(&b, NULL, "2026-01-01");
    assert_non_null(strstr(b.answer.note, "after today (2025-12-31)"));
    ask(&b, NULL, "2021-03-04");
    assert_non_null(strstr(b.answer.note, "before the first vehicle of the register (2021-03-05)"));
    ask(&b, NULL, "2022-03-04");
    assert_non_null(strstr(b.answer.note, "before the plan's period"));
    bench_close(&b);
}

static void an_unknown_rule_is_not_found(void **state)
{
    struct bench b;
    struct fault fault;
    (void)state;

    bench_open(&b);
    const struct compliance_query query = {.plan = plan_set_find(b.plans, NULL), .rule_id = "R9"};
    assert_int_equal(compliance_compute(b.fixture.db, &query, b.arena, &b.answer, &fault),
                     ERR_NOT_FOUND);
    assert_non_null(strstr(fault.text, "R9"));
    bench_close(&b);
}

static void the_answer_has_the_members_of_the_interface(void **state)
{
    struct bench b;
    (void)state;

    bench_open(&b);
    put(&b, "A", 9, "BUS", "BEV", "1", "2021-01-01");
    put(&b, "B", 1, "BUS", "DIESEL", "1", "2021-01-01");
    ask(&b, NULL, TODAY);
    json_t *json = answer_json(&b.answer);
    json_t *rule = json_array_get(json_object_get(json, "rules"), 7);
    const char *id = NULL, *comparator = NULL, *source = NULL, *strength = NULL, *due = NULL;
    const char *verdict = NULL, *kind = NULL, *title = NULL;
    json_int_t num = 0, den = 0, exempt = 9, unknown = 9, shortfall = 9, t_num = 0, t_den = 0;
    json_int_t heard = 9, against = 9, silent = 0;
    double value = 0;
    assert_int_equal(
        json_unpack(rule,
                    "{s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:F, s:s, s:[I,I], s:s, s:s, s:s, s:s, "
                    "s:I, s:{s:I, s:I, s:I}}",
                    "id", &id, "title", &title, "kind", &kind, "numerator", &num, "denominator",
                    &den, "exempt", &exempt, "unknown", &unknown, "value", &value, "comparator",
                    &comparator, "threshold", &t_num, &t_den, "threshold_source", &source,
                    "strength", &strength, "due", &due, "verdict", &verdict, "shortfall",
                    &shortfall, "verified", "by_telemetry", &heard, "contradicted", &against,
                    "silent", &silent),
        0);
    assert_string_equal(id, "R2-05a");
    assert_string_equal(kind, "STOCK_SHARE");
    assert_int_equal(num, 9);
    assert_int_equal(den, 10);
    assert_float_equal(value, 0.9, 0);
    assert_int_equal(t_num, 90);
    assert_int_equal(t_den, 100);
    assert_string_equal(verdict, "MET");
    assert_string_equal(due, "2025-12-31");
    assert_int_equal(silent, 10);
    assert_string_equal(json_string_value(json_object_get(json, "as_of")), TODAY);
    assert_string_equal(json_string_value(json_object_get(json, "plan")), "jiyuan-2023-2025");
    assert_true(json_is_null(json_object_get(json_array_get(json_object_get(json, "rules"), 2),
                                             "value"))); /* 0/0 is no number */
    json_decref(json);
    bench_close(&b);
}

/* How many columns of a terminal the text takes up to `end`: a Chinese character takes two. */
static size_t columns_to(const char *text, const char *end)
{
    size_t columns = 0;

    for (; text < end; text++)
        if (((unsigned char)*text & 0xC0u) != 0x80u)
            columns += ((unsigned char)*text & 0x80u) != 0 ? 2 : 1;
    return columns;
}

static void the_table_lines_up_with_wide_characters(void **state)
{
    static const char *const verdicts[] = {"  verdict", "  MET", "  NO_DATA"};
    struct bench b;
    char *text = NULL;
    char *rest = NULL;
    size_t len = 0;
    int lines = 0;
    (void)state;

    bench_open(&b);
    put(&b, "A", 2, "BUS", "BEV", "1", "2024-01-01");
    ask(&b, NULL, TODAY);
    FILE *out = open_memstream(&text, &len);
    answer_table(&b.answer, out);
    fclose(out);
    assert_non_null(strstr(text, "2/2 = 100.00 %  >= 90.00 %"));
    size_t expected = 0;
    for (char *line = strtok_r(text, "\n", &rest); line != NULL; line = strtok_r(NULL, "\n", &rest))
        for (size_t i = 0; i < 3; i++) {
            const char *at = strstr(line, verdicts[i]);
            if (at == NULL)
                continue;
            if (lines++ == 0)
                expected = columns_to(line, at);
            assert_int_equal(columns_to(line, at), expected);
        }
    assert_int_equal(lines, 25);
    free(text);
    bench_close(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(emergency_buses_leave_numerator_and_denominator),
        cmocka_unit_test(an_empty_register_is_no_data_everywhere),
        cmocka_unit_test(additions_are_counted_inside_the_plan_period_only),
        cmocka_unit_test(official_cars_are_those_of_government_bodies),
        cmocka_unit_test(trucks_stand_in_total_and_by_sub_class),
        cmocka_unit_test(the_figure_is_narrowed_by_owner_and_area),
        cmocka_unit_test(the_pace_of_four_quarters_decides_before_the_due_day),
        cmocka_unit_test(telemetry_speaks_for_or_against_a_declared_vehicle),
        cmocka_unit_test(a_day_outside_the_register_is_remarked),
        cmocka_unit_test(an_unknown_rule_is_not_found),
        cmocka_unit_test(the_answer_has_the_members_of_the_interface),
        cmocka_unit_test(the_table_lines_up_with_wide_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * The worked example of the domain's freight: five enterprises, the year 2025, and every verdict
 * that follows from it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "registry/compliance/compliance.h"
#include "registry/freight/period.h"
#include "registry/freight/sums.h"
#include "registry/store/store_freight_sums.h"
#include "tests/unit/vehicles/register_fixture.h"

#define YEAR_END "2025-12-31"

enum { E1, E2, E3, E4, E5, ENTERPRISES };

static const struct {
    const char *id;
    const char *words; /* of org_version: kind, industry, project_status, bulk, siding */
} enterprises[ENTERPRISES] = {
    {"91419001MA9TEA0117", "3, 1, 1, 7500000, 3"}, /* steel, its own siding */
    {"91419001MA9TEA02XY", "3, 2, 1, 3000000, 1"}, /* cement */
    {"91419001MA9TEA038Y", "3, 3, 1, 2000000, 4"}, /* coking, a shared siding */
    {"91419001MA9TEA046R", "3, 5, 2, NULL, 1"},    /* a new logistics park */
    {"91419001MA9TEA054L", "2, 4, 1, 1000000, 1"}, /* a mine */
};

#define MODES 6
static const int modes[MODES] = {FREIGHT_RAIL,      FREIGHT_BELT_ENCLOSED, FREIGHT_BELT_OPEN,
                                 FREIGHT_TRUCK_NEV, FREIGHT_TRUCK_CN6,     FREIGHT_TRUCK_CN5};
static const int64_t tonnes[ENTERPRISES][MODES] = {
    {5200000, 900000, 0, 300000, 1100000, 0},    {0, 1800000, 0, 500000, 700000, 0},
    {700000, 500000, 0, 200000, 500000, 100000}, {0, 0, 0, 300000, 1150000, 50000},
    {400000, 500000, 100000, 0, 0, 0},
};

struct world {
    struct register_fixture fixture;
    struct plan_set *plans;
    struct arena *arena;
    struct compliance answer;
    struct store_freight_report reports[ENTERPRISES];
    int64_t tonnes[ENTERPRISES][MODES];
};

static void run_sql(struct world *w, const char *text)
{
    struct fault fault = {0};

    text = arena_text(w->arena, text); /* statements are kept by address */
    if (sql_exec(w->fixture.db, text, SQL_NO_VALUES, NULL, &fault) != ERR_OK)
        fail_msg("%s: %s", text, fault.text);
}

/* A new version of the enterprise's report in force. */
static void put_report(struct world *w, int e)
{
    struct store_freight_report *report = &w->reports[e];
    struct store_freight_line lines[MODES];
    size_t count = 0;

    for (int m = 0; m < MODES; m++)
        if (w->tonnes[e][m] > 0)
            lines[count++] = (struct store_freight_line){.commodity = COMMODITY_ORE,
                                                         .direction = FREIGHT_IN,
                                                         .mode = modes[m],
                                                         .tonnes = w->tonnes[e][m] * 10,
                                                         .km = FREIGHT_KM_NONE,
                                                         .leg = FREIGHT_MAIN};
    struct store_freight_content content = {
        .head = {.version = ++report->version, .output_t = -1, .throughput_t = -1},
        .lines = lines,
        .line_count = count};
    assert_int_equal(sql_begin(w->fixture.db, SQL_WRITE, NULL), ERR_OK);
    if (report->revision == 0)
        assert_int_equal(store_freight_insert(w->fixture.db, report, NULL), ERR_OK);
    assert_int_equal(store_freight_write(w->fixture.db, &report->key, &content, NULL), ERR_OK);
    report->accepted = report->version;
    assert_int_equal(store_freight_update(w->fixture.db, report, NULL), ERR_OK);
    assert_int_equal(store_freight_sums_put(w->fixture.db, report, lines, count, NULL), ERR_OK);
    assert_int_equal(sql_commit(w->fixture.db, NULL), ERR_OK);
}

static void put_enterprise(struct world *w, int e)
{
    char text[512];
    struct period period = {0};

    snprintf(text, sizeof text,
             "INSERT INTO org_version (org_id, valid_from, version, name, kind, industry, "
             "project_status, bulk_t_per_year, siding, pipeline, recorded_at, author) "
             "VALUES ('%s', -25567, 1, 'E%d', %s, 0, 0, 't')",
             enterprises[e].id, e + 1, enterprises[e].words);
    run_sql(w, text);
    memcpy(w->tonnes[e], tonnes[e], sizeof tonnes[e]);
    assert_true(period_parse("2025-Q4", &period));
    w->reports[e] = (struct store_freight_report){
        .state = FREIGHT_ACCEPTED, .first_month = period.first_month, .months = period.months};
    SET_TEXT(w->reports[e].key.org_id, enterprises[e].id);
    SET_TEXT(w->reports[e].key.period, "2025-Q4");
    put_report(w, e);
}

static int world_open(void **state)
{
    static struct world world;
    struct fault fault;

    world = (struct world){.arena = arena_create()};
    fixture_open(&world.fixture, YEAR_END);
    assert_int_equal(plan_set_load(NULL, &world.plans, &fault), ERR_OK);
    for (int e = 0; e < ENTERPRISES; e++)
        put_enterprise(&world, e);
    *state = &world;
    return 0;
}

static int world_close(void **state)
{
    struct world *w = *state;

    arena_destroy(w->arena);
    plan_set_free(w->plans);
    fixture_close(&w->fixture);
    return 0;
}

static const struct compliance_rule *ask(struct world *w, const char *rule, const char *as_of)
{
    const struct compliance_query query = {
        .plan = plan_set_find(w->plans, NULL),
        .as_of = day_of(as_of),
        .today = day_of(as_of),
        .rule_id = rule,
    };
    struct fault fault = {0};

    if (compliance_compute(w->fixture.db, &query, w->arena, &w->answer, &fault) != ERR_OK)
        fail_msg("%s", fault.text);
    return &w->answer.rules[0];
}

static const struct compliance_view *view_of(const struct compliance_rule *r, const char *id)
{
    for (size_t i = 0; i < r->view_count; i++)
        if (strcmp(r->views[i].id, id) == 0)
            return &r->views[i];
    fail_msg("there is no view %s", id);
    return NULL;
}

static const struct compliance_item *item_of(const struct compliance_rule *r, int e)
{
    for (size_t i = 0; i < r->items.count; i++)
        if (strcmp(r->items.list[i].id, enterprises[e].id) == 0)
            return &r->items.list[i];
    return NULL;
}

static void put_total(struct world *w, const char *value)
{
    char text[512];

    snprintf(text, sizeof text,
             "INSERT INTO statistic_version (indicator, subject, from_day, until_day, version, "
             "value, source, published, recorded_at, author) VALUES (%d, '419001', %d, %d, 1, "
             "%s000, 's', 0, 0, 't')",
             INDICATOR_FREIGHT, day_of("2025-01-01"), day_of("2026-01-01"), value);
    run_sql(w, text);
}

/* ---- R3-04 ---- */

static void the_green_share_of_the_region_depends_on_the_definition(void **state)
{
    const struct compliance_rule *r = ask(*state, "R3-04", YEAR_END);

    assert_int_equal(r->share.num, 113000000); /* 0.1 t */
    assert_int_equal(r->share.den, 150000000);
    assert_float_equal(share_number(r->share), 0.753333, 0);
    assert_int_equal(r->shortfall, 7000000);
    assert_int_equal(r->verdict, VERDICT_OVERDUE);
    const struct compliance_view *d1 = view_of(r, "clean_no_trucks");
    assert_float_equal(share_number(d1->share), 0.666666, 0);
    assert_int_equal(d1->shortfall, 20000000);
    const struct compliance_view *lenient = view_of(r, "green_lenient");
    assert_float_equal(share_number(lenient->share), 0.983333, 0);
    assert_int_equal(lenient->shortfall, 0);
    assert_int_equal(r->coverage.reported, 5);
    assert_int_equal(r->coverage.expected, 5);
    /* The enterprises behind it; never their mean, which is 68.4 %. */
    assert_int_equal(r->items.count, 5);
    assert_float_equal(share_number(item_of(r, E1)->share), 0.853333, 0);
    assert_float_equal(share_number(item_of(r, E2)->share), 0.766666, 0);
    assert_float_equal(share_number(item_of(r, E3)->share), 0.70, 0);
    assert_float_equal(share_number(item_of(r, E4)->share), 0.20, 0);
    assert_float_equal(share_number(item_of(r, E5)->share), 0.90, 0);
    assert_int_equal(item_of(r, E1)->as, COUNTS_YES);
    assert_int_equal(item_of(r, E2)->as, COUNTS_NO);
}

static void exactly_80_percent_meets_and_one_tonne_less_does_not(void **state)
{
    struct world *w = *state;

    w->tonnes[E1][0] += 700000; /* from National VI trucks to rail */
    w->tonnes[E1][4] -= 700000;
    put_report(w, E1);
    const struct compliance_rule *r = ask(w, "R3-04", YEAR_END);
    assert_int_equal(r->share.num, 120000000);
    assert_int_equal(r->verdict, VERDICT_MET);
    assert_int_equal(r->shortfall, 0);
    w->tonnes[E1][0] -= 1;
    w->tonnes[E1][4] += 1;
    put_report(w, E1);
    r = ask(w, "R3-04", YEAR_END);
    assert_int_equal(r->share.num, 119999990);
    assert_int_equal(share_basis_points(r->share), 8000); /* and prints as 80.00 % */
    assert_int_equal(r->shortfall, 10);
    assert_int_equal(r->verdict, VERDICT_OVERDUE);
}

static void before_the_due_day_a_miss_is_at_risk_and_no_report_is_no_data(void **state)
{
    assert_int_equal(ask(*state, "R3-04", "2025-12-30")->verdict, VERDICT_NO_DATA);
    assert_int_equal(ask(*state, "R3-04", "2026-01-01")->verdict, VERDICT_OVERDUE);
    assert_int_equal(ask(*state, "R3-03a", YEAR_END)->verdict, VERDICT_NO_DATA); /* no distances */
}

static void too_few_reports_are_no_data(void **state)
{
    struct world *w = *state;

    run_sql(w, "UPDATE org_version SET bulk_t_per_year = 1");
    /* Two that declare bulk goods and did not report: 5 of 7 is below 80 %. */
    run_sql(w, "INSERT INTO org_version (org_id, valid_from, version, name, kind, industry, "
               "project_status, bulk_t_per_year, siding, pipeline, recorded_at, author) VALUES "
               "('x', -25567, 1, 'x', 3, 11, 1, 9, 1, 0, 0, 't'), "
               "('y', -25567, 1, 'y', 3, 11, 1, 9, 1, 0, 0, 't')");
    const struct compliance_rule *r = ask(w, "R3-04", YEAR_END);
    assert_int_equal(r->coverage.expected, 7);
    assert_int_equal(r->coverage.reported, 5);
    assert_int_equal(r->verdict, VERDICT_NO_DATA);
    assert_non_null(strstr(r->note, "too few"));
    run_sql(w, "UPDATE org_version SET bulk_t_per_year = NULL WHERE org_id = 'x'");
    assert_int_equal(ask(w, "R3-04", YEAR_END)->verdict, VERDICT_OVERDUE);
}

/* ---- R3-05 ---- */

static void rail_is_a_share_of_all_freight_of_the_zone(void **state)
{
    struct world *w = *state;
    const struct compliance_rule *r = ask(w, "R3-05", YEAR_END);

    assert_int_equal(r->verdict, VERDICT_NO_DATA); /* the zone's total was not entered */
    assert_non_null(strstr(r->note, "FREIGHT"));
    put_total(w, "31500000");
    r = ask(w, "R3-05", YEAR_END);
    assert_int_equal(r->share.num, 63000000);
    assert_int_equal(r->share.den, 315000000);
    assert_float_equal(share_number(r->share), 0.2, 0);
    assert_int_equal(r->verdict, VERDICT_MET);
    assert_int_equal(r->values.count, 1);
    /* The figure is that of the year for as long as the year's total is the newest. */
    assert_int_equal(ask(w, "R3-05", "2026-06-30")->share.num, 63000000);
    assert_int_equal(ask(w, "R3-05", "2025-12-30")->verdict, VERDICT_NO_DATA);
}

static void about_20_percent_is_19_and_not_less(void **state)
{
    struct world *w = *state;

    put_total(w, "33157894"); /* 6,300,000 of it are a little more than 19 % */
    assert_int_equal(ask(w, "R3-05", YEAR_END)->verdict, VERDICT_MET);
    run_sql(w, "UPDATE statistic_version SET value = 33157895000");
    const struct compliance_rule *r = ask(w, "R3-05", YEAR_END);
    assert_int_equal(r->verdict, VERDICT_OVERDUE);
    assert_int_equal(r->shortfall, 1);
    run_sql(w, "UPDATE statistic_version SET value = 6299999000"); /* less than rail alone */
    assert_int_equal(ask(w, "R3-05", YEAR_END)->verdict, VERDICT_NO_DATA);
}

static void an_amendment_moves_rail_too(void **state)
{
    struct world *w = *state;

    put_total(w, "31500000");
    w->tonnes[E1][0] += 700000;
    w->tonnes[E1][4] -= 700000;
    put_report(w, E1);
    assert_float_equal(share_number(ask(w, "R3-05", YEAR_END)->share), 0.222222, 0);
}

/* ---- R3-02 ---- */

static void a_new_park_of_1500000_tonnes_needs_a_siding_or_a_pipeline(void **state)
{
    struct world *w = *state;
    const struct compliance_rule *r = ask(w, "R3-02", YEAR_END);

    assert_int_equal(r->share.num, 0);
    assert_int_equal(r->share.den, 1); /* E4; those that were there before are not meant */
    assert_string_equal(r->items.list[0].id, enterprises[E4].id);
    assert_int_equal(r->verdict, VERDICT_NOT_MET);
    assert_non_null(strstr(verdict_remark(r->rule, r->verdict), "exceptions"));
    w->tonnes[E4][4] -= 1; /* 1,499,999 t */
    put_report(w, E4);
    assert_int_equal(ask(w, "R3-02", YEAR_END)->verdict, VERDICT_NO_DATA);
    run_sql(w, "UPDATE org_version SET bulk_t_per_year = 1500000 WHERE name = 'E4'");
    assert_int_equal(ask(w, "R3-02", YEAR_END)->verdict, VERDICT_NOT_MET);
    run_sql(w, "UPDATE org_version SET pipeline = 1 WHERE name = 'E4'");
    assert_int_equal(ask(w, "R3-02", YEAR_END)->verdict, VERDICT_MET);
    run_sql(w, "UPDATE org_version SET pipeline = 0, siding = 2 WHERE name = 'E4'"); /* BUILDING */
    assert_int_equal(ask(w, "R3-02", YEAR_END)->verdict, VERDICT_NOT_MET);
    run_sql(w, "UPDATE org_version SET siding = 4 WHERE name = 'E4'"); /* SHARED */
    assert_int_equal(ask(w, "R3-02", YEAR_END)->verdict, VERDICT_MET);
    run_sql(w, "UPDATE org_version SET project_status = 1 WHERE name = 'E4'"); /* EXISTING */
    assert_int_equal(ask(w, "R3-02", YEAR_END)->verdict, VERDICT_NO_DATA);
}

static void an_approved_exception_meets_a_rule_in_principle(void **state)
{
    struct world *w = *state;
    char text[512];

    snprintf(text, sizeof text,
             "INSERT INTO exception_version (rule, subject_kind, subject, document, from_day, "
             "version, until_day, approved, approved_by, evidence, recorded_at, author) VALUES "
             "('R3-02', %d, '%s', 'D-1', %d, 1, %d, %d, 'a', 'e', 0, 't')",
             EXCEPTION_ORG, enterprises[E4].id, day_of("2025-01-01"), day_of("2026-01-01"),
             day_of("2025-06-01"));
    run_sql(w, text);
    const struct compliance_rule *r = ask(w, "R3-02", YEAR_END);
    assert_int_equal(r->verdict, VERDICT_MET_WITH_EXCEPTIONS);
    assert_int_equal(r->exceptions.count, 1);
    assert_string_equal(r->items.list[0].exception->document, "D-1");
    /* It ended with the year. */
    assert_int_equal(ask(w, "R3-02", "2026-01-01")->verdict, VERDICT_NOT_MET);
    /* It is not enough for one of two. */
    run_sql(w, "UPDATE org_version SET project_status = 3, siding = 1 WHERE name = 'E1'");
    r = ask(w, "R3-02", YEAR_END);
    assert_int_equal(r->share.den, 2);
    assert_int_equal(r->verdict, VERDICT_NOT_MET);
    /* Of another rule it says nothing, and a withdrawn one neither. */
    run_sql(w, "UPDATE org_version SET project_status = 1 WHERE name = 'E1'");
    run_sql(w, "UPDATE exception_version SET rule = 'R2-07'");
    assert_int_equal(ask(w, "R3-02", YEAR_END)->verdict, VERDICT_NOT_MET);
}

/* ---- R7-01 ---- */

static void plants_pass_by_clean_modes_or_by_their_trucks(void **state)
{
    struct world *w = *state;
    const struct compliance_rule *r = ask(w, "R7-01", YEAR_END);

    assert_int_equal(r->share.num, 2);
    assert_int_equal(r->share.den, 3);
    assert_int_equal(item_of(r, E1)->as, COUNTS_YES);
    assert_float_equal(share_number(item_of(r, E1)->share), 0.813333, 0);
    assert_int_equal(item_of(r, E2)->as, COUNTS_YES);
    assert_float_equal(share_number(item_of(r, E2)->share), 0.60, 0);
    assert_int_equal(item_of(r, E3)->as, COUNTS_NO);
    assert_non_null(strstr(item_of(r, E3)->why, "100000 t"));
    assert_null(item_of(r, E4)); /* no plant */
    assert_int_equal(r->verdict, VERDICT_OVERDUE);
}

static void the_test_of_key_regions_is_stricter_from_2026(void **state)
{
    struct world *w = *state;
    const struct compliance_rule *r = ask(w, "R7-01", "2026-01-01");

    assert_int_equal(r->share.num, 1);
    assert_int_equal(item_of(r, E1)->as, COUNTS_YES);
    assert_int_equal(item_of(r, E2)->as, COUNTS_NO); /* 500,000 of 600,000 */
    assert_non_null(strstr(item_of(r, E2)->why, "600000 t missing"));
    w->tonnes[E2][3] += 100000; /* new-energy trucks carry all of it */
    w->tonnes[E2][4] -= 100000;
    put_report(w, E2);
    assert_int_equal(item_of(ask(w, "R7-01", "2026-01-01"), E2)->as, COUNTS_YES);
    /* 60 % of the 600,000 until then: 360,000 are enough and a tonne less is not. */
    w->tonnes[E2][3] = 360000;
    w->tonnes[E2][4] = 840000;
    put_report(w, E2);
    assert_int_equal(item_of(ask(w, "R7-01", YEAR_END), E2)->as, COUNTS_YES);
    w->tonnes[E2][3]--;
    w->tonnes[E2][4]++;
    put_report(w, E2);
    assert_int_equal(item_of(ask(w, "R7-01", YEAR_END), E2)->as, COUNTS_NO);
}

static void a_plant_without_a_report_is_unknown_and_does_not_pass(void **state)
{
    const struct compliance_rule *r = ask(*state, "R7-01", "2025-09-30");

    assert_int_equal(r->share.num, 0);
    assert_int_equal(r->tally.n[COUNTS_UNKNOWN], 3);
    assert_int_equal(r->verdict, VERDICT_OVERDUE); /* the due day is included */
    assert_int_equal(ask(*state, "R7-01", "2025-09-29")->verdict, VERDICT_AT_RISK);
    assert_int_equal(ask(*state, "R7-02", YEAR_END)->verdict, VERDICT_NO_DATA);
}

static void machines_of_a_cement_plant_are_of_stage_3_and_of_stage_4_from_2026(void **state)
{
    struct world *w = *state;

    fixture_vehicle(&w->fixture, CHANGE_PUT, NULL, "vehicle_id=M1", "category=NON_ROAD",
                    "energy=DIESEL", "stage=3", "owner_id=91419001MA9TEA02XY", "area=419001",
                    "built_up=0", "added=2020-01-01", NULL);
    w->tonnes[E2][3] = 700000; /* otherwise it passes, before and after */
    w->tonnes[E2][4] = 500000;
    put_report(w, E2);
    assert_int_equal(item_of(ask(w, "R7-01", YEAR_END), E2)->as, COUNTS_YES);
    const struct compliance_rule *r = ask(w, "R7-01", "2026-01-01");
    assert_int_equal(item_of(r, E2)->as, COUNTS_NO);
    assert_non_null(strstr(item_of(r, E2)->why, "1 of its machines are not NEV_OR_STAGE4"));
}

#define WITH_WORLD(test) cmocka_unit_test_setup_teardown(test, world_open, world_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_WORLD(the_green_share_of_the_region_depends_on_the_definition),
        WITH_WORLD(exactly_80_percent_meets_and_one_tonne_less_does_not),
        WITH_WORLD(before_the_due_day_a_miss_is_at_risk_and_no_report_is_no_data),
        WITH_WORLD(too_few_reports_are_no_data),
        WITH_WORLD(rail_is_a_share_of_all_freight_of_the_zone),
        WITH_WORLD(about_20_percent_is_19_and_not_less),
        WITH_WORLD(an_amendment_moves_rail_too),
        WITH_WORLD(a_new_park_of_1500000_tonnes_needs_a_siding_or_a_pipeline),
        WITH_WORLD(an_approved_exception_meets_a_rule_in_principle),
        WITH_WORLD(plants_pass_by_clean_modes_or_by_their_trucks),
        WITH_WORLD(the_test_of_key_regions_is_stricter_from_2026),
        WITH_WORLD(a_plant_without_a_report_is_unknown_and_does_not_pass),
        WITH_WORLD(machines_of_a_cement_plant_are_of_stage_3_and_of_stage_4_from_2026),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

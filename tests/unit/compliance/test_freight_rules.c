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

#include "registry/freight/period.h"
#include "registry/freight/sums.h"
#include "registry/store/store_freight_sums.h"
#include "tests/unit/compliance/compliance_world.h"

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

struct plants {
    struct world world;
    struct store_freight_report reports[ENTERPRISES];
    int64_t tonnes[ENTERPRISES][MODES];
};

/* A new version of the enterprise's report in force. */
static void put_report(struct plants *p, int e)
{
    struct store_freight_report *report = &p->reports[e];
    struct store_freight_line lines[MODES];
    size_t count = 0;

    for (int m = 0; m < MODES; m++)
        if (p->tonnes[e][m] > 0)
            lines[count++] = (struct store_freight_line){.commodity = COMMODITY_ORE,
                                                         .direction = FREIGHT_IN,
                                                         .mode = modes[m],
                                                         .tonnes = p->tonnes[e][m] * 10,
                                                         .km = FREIGHT_KM_NONE,
                                                         .leg = FREIGHT_MAIN};
    struct store_freight_content content = {
        .head = {.version = ++report->version, .output_t = -1, .throughput_t = -1},
        .lines = lines,
        .line_count = count};
    assert_int_equal(sql_begin(p->world.fixture.db, SQL_WRITE, NULL), ERR_OK);
    if (report->revision == 0)
        assert_int_equal(store_freight_insert(p->world.fixture.db, report, NULL), ERR_OK);
    assert_int_equal(store_freight_write(p->world.fixture.db, &report->key, &content, NULL),
                     ERR_OK);
    report->accepted = report->version;
    assert_int_equal(store_freight_update(p->world.fixture.db, report, NULL), ERR_OK);
    assert_int_equal(store_freight_sums_put(p->world.fixture.db, report, lines, count, NULL),
                     ERR_OK);
    assert_int_equal(sql_commit(p->world.fixture.db, NULL), ERR_OK);
}

static void put_enterprise(struct plants *p, int e)
{
    struct period period = {0};

    world_sql(&p->world,
              "INSERT INTO org_version (org_id, valid_from, version, name, kind, industry, "
              "project_status, bulk_t_per_year, siding, pipeline, recorded_at, author) "
              "VALUES ('%s', -25567, 1, 'E%d', %s, 0, 0, 't')",
              enterprises[e].id, e + 1, enterprises[e].words);
    memcpy(p->tonnes[e], tonnes[e], sizeof tonnes[e]);
    assert_true(period_parse("2025-Q4", &period));
    p->reports[e] = (struct store_freight_report){
        .state = FREIGHT_ACCEPTED, .first_month = period.first_month, .months = period.months};
    SET_TEXT(p->reports[e].key.org_id, enterprises[e].id);
    SET_TEXT(p->reports[e].key.period, "2025-Q4");
    put_report(p, e);
}

static int plants_open(void **state)
{
    static struct plants plants;

    plants = (struct plants){0};
    world_begin(&plants.world);
    for (int e = 0; e < ENTERPRISES; e++)
        put_enterprise(&plants, e);
    *state = &plants; /* which begins with its world */
    return 0;
}

#define WITH_PLANTS(test) cmocka_unit_test_setup_teardown(test, plants_open, world_close)

static const struct compliance_item *item_of(const struct compliance_rule *r, int e)
{
    for (size_t i = 0; i < r->items.count; i++)
        if (strcmp(r->items.list[i].id, enterprises[e].id) == 0)
            return &r->items.list[i];
    return NULL;
}

static void put_total(struct plants *p, const char *value)
{
    world_sql(&p->world,
              "INSERT INTO statistic_version (indicator, subject, from_day, until_day, version, "
              "value, source, published, recorded_at, author) VALUES (%d, '419001', %d, %d, 1, "
              "%s000, 's', 0, 0, 't')",
              INDICATOR_FREIGHT, day_of("2025-01-01"), day_of("2026-01-01"), value);
}

/* ---- R3-04 ---- */

static void the_green_share_of_the_region_depends_on_the_definition(void **state)
{
    const struct compliance_rule *r = world_ask(*state, "R3-04", TODAY);

    assert_int_equal(r->share.num, 113000000); /* 0.1 t */
    assert_int_equal(r->share.den, 150000000);
    assert_float_equal(share_number(r->share), 0.753333, 0);
    assert_int_equal(r->shortfall, 7000000);
    assert_int_equal(r->verdict, VERDICT_OVERDUE);
    const struct compliance_view *d1 = world_view(r, "clean_no_trucks");
    assert_float_equal(share_number(d1->share), 0.666666, 0);
    assert_int_equal(d1->shortfall, 20000000);
    const struct compliance_view *lenient = world_view(r, "green_lenient");
    assert_float_equal(share_number(lenient->share), 0.983333, 0);
    assert_int_equal(lenient->shortfall, 0);
    assert_int_equal(r->coverage.reported, 5);
    assert_int_equal(r->coverage.expected, 5);
    assert_int_equal(r->coverage.complete, 0); /* of a quarter of the year only */
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
    struct plants *p = *state;

    p->tonnes[E1][0] += 700000; /* from National VI trucks to rail */
    p->tonnes[E1][4] -= 700000;
    put_report(p, E1);
    const struct compliance_rule *r = world_ask(&p->world, "R3-04", TODAY);
    assert_int_equal(r->share.num, 120000000);
    assert_int_equal(r->verdict, VERDICT_MET);
    assert_int_equal(r->shortfall, 0);
    p->tonnes[E1][0] -= 1;
    p->tonnes[E1][4] += 1;
    put_report(p, E1);
    r = world_ask(&p->world, "R3-04", TODAY);
    assert_int_equal(r->share.num, 119999990);
    assert_int_equal(share_basis_points(r->share), 8000); /* and prints as 80.00 % */
    assert_int_equal(r->shortfall, 10);
    assert_int_equal(r->verdict, VERDICT_OVERDUE);
}

static void before_the_due_day_a_miss_is_at_risk_and_no_report_is_no_data(void **state)
{
    assert_int_equal(world_ask(*state, "R3-04", "2025-12-30")->verdict, VERDICT_NO_DATA);
    assert_int_equal(world_ask(*state, "R3-04", "2026-01-01")->verdict, VERDICT_OVERDUE);
    assert_int_equal(world_ask(*state, "R3-03a", TODAY)->verdict,
                     VERDICT_NO_DATA); /* no distances */
}

static void too_few_reports_are_no_data(void **state)
{
    struct plants *p = *state;

    world_sql(&p->world, "UPDATE org_version SET bulk_t_per_year = 1");
    /* Two that declare bulk goods and did not report: 5 of 7 is below 80 %. */
    world_sql(&p->world,
              "INSERT INTO org_version (org_id, valid_from, version, name, kind, industry, "
              "project_status, bulk_t_per_year, siding, pipeline, recorded_at, author) VALUES "
              "('x', -25567, 1, 'x', 3, 11, 1, 9, 1, 0, 0, 't'), "
              "('y', -25567, 1, 'y', 3, 11, 1, 9, 1, 0, 0, 't')");
    const struct compliance_rule *r = world_ask(&p->world, "R3-04", TODAY);
    assert_int_equal(r->coverage.expected, 7);
    assert_int_equal(r->coverage.reported, 5);
    assert_int_equal(r->verdict, VERDICT_NO_DATA);
    assert_non_null(strstr(r->note, "too few"));
    world_sql(&p->world, "UPDATE org_version SET bulk_t_per_year = NULL WHERE org_id = 'x'");
    assert_int_equal(world_ask(&p->world, "R3-04", TODAY)->verdict, VERDICT_OVERDUE);
}

/* ---- R3-05 ---- */

static void rail_is_a_share_of_all_freight_of_the_zone(void **state)
{
    struct plants *p = *state;
    const struct compliance_rule *r = world_ask(&p->world, "R3-05", TODAY);

    assert_int_equal(r->verdict, VERDICT_NO_DATA); /* the zone's total was not entered */
    assert_non_null(strstr(r->note, "FREIGHT"));
    put_total(p, "31500000");
    r = world_ask(&p->world, "R3-05", TODAY);
    assert_int_equal(r->share.num, 63000000);
    assert_int_equal(r->share.den, 315000000);
    assert_float_equal(share_number(r->share), 0.2, 0);
    assert_int_equal(r->verdict, VERDICT_MET);
    assert_int_equal(r->values.count, 1);
    /* The figure is that of the year for as long as the year's total is the newest. */
    assert_int_equal(world_ask(&p->world, "R3-05", "2026-06-30")->share.num, 63000000);
    assert_int_equal(world_ask(&p->world, "R3-05", "2025-12-30")->verdict, VERDICT_NO_DATA);
}

static void put_part(struct plants *p, const char *from, const char *until, const char *value)
{
    world_sql(&p->world,
              "INSERT INTO statistic_version (indicator, subject, from_day, until_day, version, "
              "value, source, published, recorded_at, author) VALUES (%d, '419001', %d, %d, 1, "
              "%s000, 's', 0, 0, 't')",
              INDICATOR_FREIGHT, day_of(from), day_of(until), value);
}

/* The reports are of the fourth quarter. */
static void a_total_that_cuts_reports_is_not_compared_with_them(void **state)
{
    struct plants *p = *state;
    const struct compliance_rule *r = NULL;

    put_part(p, "2025-01-01", "2025-12-01",
             "20000000");                         /* as a bulletin has it: so far this year */
    put_part(p, "2025-12-01", "2025-12-31", "1"); /* not a whole month */
    r = world_ask(&p->world, "R3-05", TODAY);
    assert_int_equal(r->verdict, VERDICT_NO_DATA);
    assert_int_equal(r->values.count, 0);
    assert_non_null(strstr(r->note, "cuts none"));
    put_part(p, "2025-12-01", "2026-01-01", "11500000");
    r = world_ask(&p->world, "R3-05", TODAY);
    assert_int_equal(r->values.count, 2);
    assert_int_equal(r->scope.query.from, day_of("2025-01-01"));
    assert_int_equal(r->scope.query.to, day_of("2025-12-31"));
    assert_int_equal(r->share.num, 63000000);
    assert_int_equal(r->share.den, 315000000);
    put_part(p, "2025-10-01", "2026-01-01", "7000000"); /* shorter */
    assert_int_equal(world_ask(&p->world, "R3-05", TODAY)->share.den, 315000000);
}

static void about_20_percent_is_19_and_not_less(void **state)
{
    struct plants *p = *state;

    put_total(p, "33157894"); /* 6,300,000 of it are a little more than 19 % */
    assert_int_equal(world_ask(&p->world, "R3-05", TODAY)->verdict, VERDICT_MET);
    world_sql(&p->world, "UPDATE statistic_version SET value = 33157895000");
    const struct compliance_rule *r = world_ask(&p->world, "R3-05", TODAY);
    assert_int_equal(r->verdict, VERDICT_OVERDUE);
    assert_int_equal(r->shortfall, 1);
    world_sql(&p->world,
              "UPDATE statistic_version SET value = 6299999000"); /* less than rail alone */
    assert_int_equal(world_ask(&p->world, "R3-05", TODAY)->verdict, VERDICT_NO_DATA);
}

static void an_amendment_moves_rail_too(void **state)
{
    struct plants *p = *state;

    put_total(p, "31500000");
    p->tonnes[E1][0] += 700000;
    p->tonnes[E1][4] -= 700000;
    put_report(p, E1);
    assert_float_equal(share_number(world_ask(&p->world, "R3-05", TODAY)->share), 0.222222, 0);
}

/* ---- R3-02 ---- */

static void a_new_park_of_1500000_tonnes_needs_a_siding_or_a_pipeline(void **state)
{
    struct plants *p = *state;
    const struct compliance_rule *r = world_ask(&p->world, "R3-02", TODAY);

    assert_int_equal(r->share.num, 0);
    assert_int_equal(r->share.den, 1); /* E4; those that were there before are not meant */
    assert_string_equal(r->items.list[0].id, enterprises[E4].id);
    assert_int_equal(r->verdict, VERDICT_NOT_MET);
    assert_non_null(strstr(verdict_remark(r->rule, r->verdict), "exceptions"));
    p->tonnes[E4][4] -= 1; /* 1,499,999 t */
    put_report(p, E4);
    assert_int_equal(world_ask(&p->world, "R3-02", TODAY)->verdict, VERDICT_NO_DATA);
    world_sql(&p->world, "UPDATE org_version SET bulk_t_per_year = 1500000 WHERE name = 'E4'");
    assert_int_equal(world_ask(&p->world, "R3-02", TODAY)->verdict, VERDICT_NOT_MET);
    world_sql(&p->world, "UPDATE org_version SET pipeline = 1 WHERE name = 'E4'");
    assert_int_equal(world_ask(&p->world, "R3-02", TODAY)->verdict, VERDICT_MET);
    world_sql(&p->world,
              "UPDATE org_version SET pipeline = 0, siding = 2 WHERE name = 'E4'"); /* BUILDING */
    assert_int_equal(world_ask(&p->world, "R3-02", TODAY)->verdict, VERDICT_NOT_MET);
    world_sql(&p->world, "UPDATE org_version SET siding = 4 WHERE name = 'E4'"); /* SHARED */
    assert_int_equal(world_ask(&p->world, "R3-02", TODAY)->verdict, VERDICT_MET);
    world_sql(&p->world,
              "UPDATE org_version SET project_status = 1 WHERE name = 'E4'"); /* EXISTING */
    assert_int_equal(world_ask(&p->world, "R3-02", TODAY)->verdict, VERDICT_NO_DATA);
}

static void an_approved_exception_meets_a_rule_in_principle(void **state)
{
    struct plants *p = *state;

    world_put_exception(&p->world,
                        &(struct world_exception){"R3-02", EXCEPTION_ORG, enterprises[E4].id,
                                                  "2025-01-01", "2025-12-31"});
    const struct compliance_rule *r = world_ask(&p->world, "R3-02", TODAY);
    assert_int_equal(r->verdict, VERDICT_MET_WITH_EXCEPTIONS);
    assert_int_equal(r->exceptions.count, 1);
    assert_string_equal(r->items.list[0].exception->document, "D");
    /* It ended with the year. */
    assert_int_equal(world_ask(&p->world, "R3-02", "2026-01-01")->verdict, VERDICT_NOT_MET);
    /* It is not enough for one of two. */
    world_sql(&p->world, "UPDATE org_version SET project_status = 3, siding = 1 WHERE name = 'E1'");
    r = world_ask(&p->world, "R3-02", TODAY);
    assert_int_equal(r->share.den, 2);
    assert_int_equal(r->verdict, VERDICT_NOT_MET);
    /* Of another rule it says nothing, and a withdrawn one neither. */
    world_sql(&p->world, "UPDATE org_version SET project_status = 1 WHERE name = 'E1'");
    world_sql(&p->world, "UPDATE exception_version SET rule = 'R2-07'");
    assert_int_equal(world_ask(&p->world, "R3-02", TODAY)->verdict, VERDICT_NOT_MET);
}

/* ---- R7-01 ---- */

static void plants_pass_by_clean_modes_or_by_their_trucks(void **state)
{
    struct plants *p = *state;
    const struct compliance_rule *r = world_ask(&p->world, "R7-01", TODAY);

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
    struct plants *p = *state;
    const struct compliance_rule *r = world_ask(&p->world, "R7-01", "2026-01-01");

    assert_int_equal(r->share.num, 1);
    assert_int_equal(item_of(r, E1)->as, COUNTS_YES);
    assert_int_equal(item_of(r, E2)->as, COUNTS_NO); /* 500,000 of 600,000 */
    assert_non_null(strstr(item_of(r, E2)->why, "600000 t missing"));
    p->tonnes[E2][3] += 100000; /* new-energy trucks carry all of it */
    p->tonnes[E2][4] -= 100000;
    put_report(p, E2);
    assert_int_equal(item_of(world_ask(&p->world, "R7-01", "2026-01-01"), E2)->as, COUNTS_YES);
    /* 60 % of the 600,000 until then: 360,000 are enough and a tonne less is not. */
    p->tonnes[E2][3] = 360000;
    p->tonnes[E2][4] = 840000;
    put_report(p, E2);
    assert_int_equal(item_of(world_ask(&p->world, "R7-01", TODAY), E2)->as, COUNTS_YES);
    p->tonnes[E2][3]--;
    p->tonnes[E2][4]++;
    put_report(p, E2);
    assert_int_equal(item_of(world_ask(&p->world, "R7-01", TODAY), E2)->as, COUNTS_NO);
}

static void a_plant_without_a_report_is_unknown_and_does_not_pass(void **state)
{
    const struct compliance_rule *r = world_ask(*state, "R7-01", "2025-09-30");

    assert_int_equal(r->share.num, 0);
    assert_int_equal(r->tally.n[COUNTS_UNKNOWN], 3);
    assert_int_equal(r->verdict, VERDICT_OVERDUE); /* the due day is included */
    assert_int_equal(world_ask(*state, "R7-01", "2025-09-29")->verdict, VERDICT_AT_RISK);
    assert_int_equal(world_ask(*state, "R7-02", TODAY)->verdict, VERDICT_NO_DATA);
}

static void machines_of_a_cement_plant_are_of_stage_3_and_of_stage_4_from_2026(void **state)
{
    struct plants *p = *state;

    fixture_vehicle(&p->world.fixture, CHANGE_PUT, NULL, "vehicle_id=M1", "category=NON_ROAD",
                    "energy=DIESEL", "stage=3", "owner_id=91419001MA9TEA02XY", "area=419001",
                    "built_up=0", "added=2020-01-01", NULL);
    p->tonnes[E2][3] = 700000; /* otherwise it passes, before and after */
    p->tonnes[E2][4] = 500000;
    put_report(p, E2);
    assert_int_equal(item_of(world_ask(&p->world, "R7-01", TODAY), E2)->as, COUNTS_YES);
    const struct compliance_rule *r = world_ask(&p->world, "R7-01", "2026-01-01");
    assert_int_equal(item_of(r, E2)->as, COUNTS_NO);
    assert_non_null(strstr(item_of(r, E2)->why, "1 of its machines are not NEV_OR_STAGE4"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_PLANTS(the_green_share_of_the_region_depends_on_the_definition),
        WITH_PLANTS(exactly_80_percent_meets_and_one_tonne_less_does_not),
        WITH_PLANTS(before_the_due_day_a_miss_is_at_risk_and_no_report_is_no_data),
        WITH_PLANTS(too_few_reports_are_no_data),
        WITH_PLANTS(rail_is_a_share_of_all_freight_of_the_zone),
        WITH_PLANTS(a_total_that_cuts_reports_is_not_compared_with_them),
        WITH_PLANTS(about_20_percent_is_19_and_not_less),
        WITH_PLANTS(an_amendment_moves_rail_too),
        WITH_PLANTS(a_new_park_of_1500000_tonnes_needs_a_siding_or_a_pipeline),
        WITH_PLANTS(an_approved_exception_meets_a_rule_in_principle),
        WITH_PLANTS(plants_pass_by_clean_modes_or_by_their_trucks),
        WITH_PLANTS(the_test_of_key_regions_is_stricter_from_2026),
        WITH_PLANTS(a_plant_without_a_report_is_unknown_and_does_not_pass),
        WITH_PLANTS(machines_of_a_cement_plant_are_of_stage_3_and_of_stage_4_from_2026),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Where vehicles and machines work, and what was moved: each scenario and its near miss. */
#include "registry/sites/site.h"
#include "registry/store/store_freight_sums.h"
#include "registry/store/store_gate_trips.h"
#include "registry/store/store_visits.h"
#include "tests/unit/findings/findings_world.h"

#define LOADER "LOADER-1"
#define STEEL  "91419001MA9TEA0117"

static void write(struct world *w)
{
    assert_int_equal(sql_begin(w->fixture.db, SQL_WRITE, NULL), ERR_OK);
}

static void done(struct world *w)
{
    assert_int_equal(sql_commit(w->fixture.db, NULL), ERR_OK);
}

static void draw(struct world *w, const char *id, const char *org, int kind)
{
    struct store_site site = {.version = 1,
                              .valid_from = SITE_ALWAYS,
                              .kind = kind,
                              .polygon =
                                  "POLYGON ((112.6 35.0, 112.7 35.0, 112.7 35.1, 112.6 35.0))",
                              .box = {1126000000, 350000000, 1127000000, 351000000}};

    SET_TEXT(site.site_id, id);
    SET_TEXT(site.org_id, org);
    write(w);
    assert_int_equal(store_site_append(w->fixture.db, &site, NULL), ERR_OK);
    done(w);
}

/* An hour of a unit of which so much was operating, at a site or within the built-up area. */
static void work(struct world *w, const char *unit, const char *day, int64_t minutes,
                 const char *site, bool built_up)
{
    const struct store_stay stay = {site, minutes * 60000, minutes * 60000, minutes * 60000};
    const struct store_place place = {.box = STORE_SITE_BOX_NOWHERE,
                                      .operating_ms = minutes * 60000,
                                      .located_ms = minutes * 60000,
                                      .built_up_ms = built_up ? minutes * 60000 : 0,
                                      .state = (const uint8_t *)""};
    const struct store_place_hour hour = {.unit = unit,
                                          .hour = (int64_t)day_of(day) * 24 + 4,
                                          .now = &place,
                                          .stays = &stay,
                                          .stay_count = site == NULL ? 0 : 1};

    write(w);
    assert_int_equal(store_place_put(w->fixture.db, &hour, NULL), ERR_OK);
    done(w);
    say(w, unit, day, (struct said){.hour = {.operating_ms = minutes * 60000}});
}

static void put_loader(struct world *w, const char *stage)
{
    put_vehicle(w, "vehicle_id=" LOADER, "category=NON_ROAD", "energy=DIESEL", stage, "unit=m-1");
}

static void a_stage_2_machine_at_work_on_a_state_owned_site_is_found(void **state)
{
    struct world *w = *state;
    const struct store_finding *finding = NULL;

    draw(w, "steel-works", "org-1", SITE_PLANT);
    put_loader(w, "stage=2");
    work(w, "m-1", "2025-06-01", 15, "steel-works", false);
    work(w, "m-1", "2025-06-02", 14, "steel-works", false);
    assert_null(found(w, "machine-at-site", LOADER));
    work(w, "m-1", "2025-06-03", 1, "steel-works", false);
    finding = found(w, "machine-at-site", LOADER);
    assert_non_null(finding);
    assert_string_equal(finding->about, "steel-works");
    assert_non_null(strstr(finding->evidence, "\"days\":3"));
    assert_non_null(strstr(finding->evidence, "\"minutes_operating\":30"));
}

static void a_stage_3_machine_may_work_there(void **state)
{
    struct world *w = *state;

    draw(w, "steel-works", "org-1", SITE_PLANT);
    put_loader(w, "stage=3");
    work(w, "m-1", "2025-06-01", 60, "steel-works", false);
    assert_null(found(w, "machine-at-site", LOADER));
}

static void a_private_site_is_another_clause(void **state)
{
    struct world *w = *state;

    fixture_org(&w->fixture, "org-2", OWNER_PRIVATE, "2000-01-01");
    draw(w, "quarry", "org-2", SITE_PLANT);
    put_loader(w, "stage=2");
    work(w, "m-1", "2025-06-01", 60, "quarry", false);
    assert_null(found(w, "machine-at-site", LOADER));
}

static void put_truck(struct world *w, const char *built_up)
{
    fixture_vehicle(&w->fixture, CHANGE_PUT, NULL, "vehicle_id=" TRUCK, "category=LOGISTICS",
                    "energy=DIESEL", "stage=6b", "unit=t-1", "owner_id=org-1", "area=419001",
                    built_up, "added=2020-01-01", NULL);
}

/* Twenty hours, half of them in the built-up area; an hour more there tips it. */
static void half_in_town(struct world *w)
{
    draw(w, "town", "", SITE_BUILT_UP);
    for (int i = 0; i < 20; i++) {
        char day[16];
        snprintf(day, sizeof day, "2025-06-%02d", i + 1);
        work(w, "t-1", day, 60, NULL, i % 2 == 0);
    }
}

static void a_truck_that_works_in_town_and_is_declared_outside_is_found(void **state)
{
    struct world *w = *state;

    put_truck(w, "built_up=0");
    half_in_town(w);
    assert_true(stands(w, "built-up-undeclared", TRUCK));
    change_vehicle(w, "vehicle_id=" TRUCK, "built_up=1");
    assert_int_equal(found(w, "built-up-undeclared", TRUCK)->state, FINDING_CLOSED);
}

static void less_than_half_in_town_is_outside(void **state)
{
    struct world *w = *state;

    put_truck(w, "built_up=0");
    half_in_town(w);
    work(w, "t-1", "2025-06-21", 1, NULL, false);
    assert_null(found(w, "built-up-undeclared", TRUCK));
}

/* ---- gates ---- */

static void report(struct world *w, int64_t truck_tonnes, bool accepted)
{
    struct store_freight_report report = {.key = {STEEL, "2025-06"},
                                          .first_month = 2025 * 12 + 5,
                                          .months = 1,
                                          .state = 1,
                                          .version = 1};
    const struct store_freight_line line = {.line = 1,
                                            .tonnes = truck_tonnes * 10,
                                            .km = FREIGHT_KM_NONE,
                                            .commodity = 1,
                                            .direction = STORE_FREIGHT_OUT,
                                            .mode = FREIGHT_TRUCK_CN6,
                                            .leg = STORE_FREIGHT_MAIN};

    write(w);
    assert_int_equal(store_freight_insert(w->fixture.db, &report, NULL), ERR_OK);
    report.accepted = accepted ? 1 : 0;
    assert_int_equal(store_freight_update(w->fixture.db, &report, NULL), ERR_OK);
    if (accepted)
        assert_int_equal(store_freight_sums_put(w->fixture.db, &report, &line, 1, NULL), ERR_OK);
    done(w);
}

static void pass_gate(struct world *w, int64_t tonnes, int minute)
{
    struct store_gate_trip trip = {.at_ms = day_of("2025-06-15") * WHEN_DAY_MS + minute * 60000,
                                   .direction = 2,
                                   .tonnes = tonnes * 10,
                                   .plate = "豫U12345",
                                   .gate = "north"};

    SET_TEXT(trip.site_id, "steel-works");
    write(w);
    assert_int_equal(store_gate_trip_insert(w->fixture.db, &trip, NULL), ERR_OK);
    done(w);
}

static void gates_that_let_more_through_than_was_declared_are_found(void **state)
{
    struct world *w = *state;
    const struct store_finding *finding = NULL;

    fixture_org(&w->fixture, STEEL, OWNER_SOE, "2000-01-01");
    draw(w, "steel-works", STEEL, SITE_PLANT);
    report(w, 100, true);
    assert_null(found(w, "gate-tonnes", STEEL "/2025-06")); /* no ledger: nothing is known */
    pass_gate(w, 110, 1);
    assert_null(found(w, "gate-tonnes", STEEL "/2025-06")); /* exactly 10 % */
    pass_gate(w, 1, 2);
    finding = found(w, "gate-tonnes", STEEL "/2025-06");
    assert_non_null(finding);
    assert_non_null(strstr(finding->evidence, "\"declared_t\":\"100.0\""));
    assert_non_null(strstr(finding->evidence, "\"gate_t\":\"111.0\""));
}

static void a_report_that_is_accepted_is_held_against_the_gates_at_once(void **state)
{
    struct world *w = *state;
    struct store_findings findings;

    fixture_org(&w->fixture, STEEL, OWNER_SOE, "2000-01-01");
    draw(w, "steel-works", STEEL, SITE_PLANT);
    pass_gate(w, 200, 1);
    look(w);
    report(w, 100, true);
    look(w);
    assert_int_equal(store_findings_of(w->fixture.db, w->arena, FINDING_OF_REPORT, STEEL "/2025-06",
                                       &findings, NULL),
                     ERR_OK);
    assert_int_equal(findings.count, 1);
}

static void a_report_that_is_not_accepted_is_not_compared(void **state)
{
    struct world *w = *state;

    fixture_org(&w->fixture, STEEL, OWNER_SOE, "2000-01-01");
    draw(w, "steel-works", STEEL, SITE_PLANT);
    report(w, 100, false);
    pass_gate(w, 200, 1);
    assert_null(found(w, "gate-tonnes", STEEL "/2025-06"));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, world_open, world_close)
    const struct CMUnitTest tests[] = {
        TEST(a_stage_2_machine_at_work_on_a_state_owned_site_is_found),
        TEST(a_stage_3_machine_may_work_there),
        TEST(a_private_site_is_another_clause),
        TEST(a_truck_that_works_in_town_and_is_declared_outside_is_found),
        TEST(less_than_half_in_town_is_outside),
        TEST(gates_that_let_more_through_than_was_declared_are_found),
        TEST(a_report_that_is_accepted_is_held_against_the_gates_at_once),
        TEST(a_report_that_is_not_accepted_is_not_compared),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

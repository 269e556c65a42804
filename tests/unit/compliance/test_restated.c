/* What was said of a closed period and is said otherwise now. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "registry/compliance/restated.h"
#include "registry/freight/sums.h"
#include "registry/store/store_freight.h"
#include "registry/store/store_register.h"
#include "registry/store/store_snapshots.h"
#include "tests/unit/vehicles/register_fixture.h"

struct world {
    struct register_fixture f;
    struct plan_set *plans;
    struct arena *arena;
};

/* Ten buses, one of them a hybrid, on record since before the day that is asked about. */
static int world_open(void **state)
{
    struct world *w = calloc(1, sizeof *w);
    struct fault fault;

    fixture_open(&w->f, "2025-01-10");
    fixture_org(&w->f, "org-1", OWNER_SOE, "2000-01-01");
    for (int i = 0; i < 10; i++) {
        char id[32];
        snprintf(id, sizeof id, "vehicle_id=B-%02d", i);
        fixture_vehicle(&w->f, CHANGE_PUT, NULL, id, "category=BUS",
                        i < 9 ? "energy=BEV" : "energy=HEV", "stage=X", "owner_id=org-1",
                        "area=419001", "built_up=1", "added=2024-01-01", NULL);
    }
    assert_int_equal(plan_set_load(NULL, &w->plans, &fault), ERR_OK);
    w->arena = arena_create();
    *state = w;
    return 0;
}

static int world_close(void **state)
{
    struct world *w = *state;

    arena_destroy(w->arena);
    plan_set_free(w->plans);
    fixture_close(&w->f);
    free(w);
    return 0;
}

static const struct compliance_restated *restated_of(struct world *w, const char *rule,
                                                     const char *today, const char *owner)
{
    const struct compliance_query query = {.plan = plan_set_at(w->plans, 0),
                                           .as_of = day_of("2025-06-30"),
                                           .today = day_of(today),
                                           .rule_id = rule,
                                           .filter = {.owner_id = owner},
                                           .close_days = RESTATED_CLOSE_DAYS};
    struct compliance compliance;
    struct fault fault;

    if (compliance_compute(w->f.db, &query, w->arena, &compliance, &fault) != ERR_OK)
        fail_msg("%s", fault.text);
    assert_int_equal(compliance.count, 1);
    return compliance.rules[0].restated;
}

static const struct compliance_restated *restated(struct world *w, const char *today,
                                                  const char *owner)
{
    return restated_of(w, "R2-05a", today, owner);
}

static void correct(struct world *w, const char *today, const char *id, const char *effective)
{
    char word[40];

    fixture_today(&w->f, today);
    snprintf(word, sizeof word, "effective=%s", effective);
    fixture_vehicle(&w->f, CHANGE_PATCH, NULL, id, "energy=BEV", word, NULL);
}

static void what_nobody_corrected_is_not_restated(void **state)
{
    struct world *w = *state;

    assert_null(restated(w, "2025-12-31", NULL));
}

static void a_correction_after_the_closing_is_shown_with_its_difference(void **state)
{
    struct world *w = *state;
    const struct compliance_restated *r = NULL;

    correct(w, "2025-09-01", "vehicle_id=B-09", "2025-06-01");
    r = restated(w, "2025-12-31", NULL);
    assert_non_null(r);
    assert_int_equal(r->share.num, 9);
    assert_int_equal(r->share.den, 10);
    assert_int_equal(r->causes, 1);
    assert_int_equal(r->known_ms, (day_of("2025-07-16") * WHEN_DAY_MS) - WHEN_ZONE_MS - 1);
    r = restated(w, "2025-12-31", "org-1");
    assert_int_equal(r->share.num, 9);
    assert_int_equal(r->causes, RESTATED_CAUSES_UNKNOWN);
}

static void a_correction_before_the_closing_is_no_restatement(void **state)
{
    struct world *w = *state;

    correct(w, "2025-07-15", "vehicle_id=B-09", "2025-06-01");
    assert_null(restated(w, "2025-12-31", NULL));
}

static void a_change_of_a_later_day_is_no_restatement(void **state)
{
    struct world *w = *state;

    correct(w, "2025-09-01", "vehicle_id=B-09", "2025-07-01");
    assert_null(restated(w, "2025-12-31", NULL));
}

static void a_period_that_is_not_closed_is_not_restated(void **state)
{
    struct world *w = *state;

    correct(w, "2025-07-15", "vehicle_id=B-09", "2025-06-01");
    assert_null(restated(w, "2025-07-15", NULL));
}

static void what_was_taken_back_is_not_restated_and_exemptions_are(void **state)
{
    struct world *w = *state;
    const struct compliance_restated *r = NULL;

    correct(w, "2025-09-01", "vehicle_id=B-09", "2025-06-01");
    fixture_vehicle(&w->f, CHANGE_PATCH, NULL, "vehicle_id=B-09", "energy=HEV",
                    "effective=2025-06-01", NULL);
    assert_null(restated(w, "2025-12-31", NULL));
    fixture_exemption(&w->f, "B-09", EXEMPT_EMERGENCY, "2025-01-01", NULL);
    r = restated(w, "2025-12-31", NULL);
    assert_non_null(r);
    assert_int_equal(r->exempt, 0);
    assert_int_equal(r->share.den, 10);
    assert_int_equal(r->causes, 3);
}

/* A register that was filled later says nothing about what was known before it. */
static void nothing_is_restated_of_before_the_register_began(void **state)
{
    struct world *w = *state;

    assert_int_equal(sql_exec(w->f.db, "UPDATE register_head SET begun_ms = $1",
                              SQL_VALUES(sql_int((day_of("2025-08-01")) * WHEN_DAY_MS)), NULL,
                              NULL),
                     ERR_OK);
    correct(w, "2025-09-01", "vehicle_id=B-09", "2025-06-01");
    assert_null(restated(w, "2025-12-31", NULL));
}

static void state_day(struct world *w, int64_t number)
{
    struct store_register reg;
    struct fault fault;

    assert_int_equal(store_register_read(w->f.db, &reg, &fault), ERR_OK);
    const struct store_snapshot s = {.number = number,
                                     .plan = plan_set_at(w->plans, 0)->id,
                                     .as_of = day_of("2025-06-30"),
                                     .known_ms = reg.recorded_ms,
                                     .author = "officer",
                                     .note = "",
                                     .statement = {"{}", 2},
                                     .signature = {"-", 1},
                                     .vehicles = {"-", 1}};
    assert_int_equal(store_snapshot_insert(w->f.db, &s, &fault), ERR_OK);
}

/* What was signed first is what was published, also when more was signed since. */
static void a_period_is_closed_by_the_first_snapshot_of_its_day(void **state)
{
    struct world *w = *state;
    const struct compliance_restated *r = NULL;
    struct store_register reg;

    assert_int_equal(store_register_read(w->f.db, &reg, NULL), ERR_OK);
    state_day(w, 1);
    correct(w, "2025-07-02", "vehicle_id=B-09", "2025-06-01"); /* before the days for reports end */
    state_day(w, 2);
    r = restated(w, "2025-07-03", NULL);
    assert_non_null(r);
    assert_int_equal(r->known_ms, reg.recorded_ms);
    assert_int_equal(r->share.num, 9);
}

/* ---- what is not of vehicles ---- */

#define IN_TIME "2025-07-01"
#define LATE    "2025-09-01"

static long long instant_of(const char *day)
{
    return day_of(day) * WHEN_DAY_MS;
}

static void run_sql(struct world *w, const char *text)
{
    struct fault fault = {0};

    if (sql_exec(w->f.db, arena_text(w->arena, text), SQL_NO_VALUES, NULL, &fault) != ERR_OK)
        fail_msg("%s: %s", text, fault.text);
}

static void put_value(struct world *w, const char *subject, int version, int value,
                      const char *recorded)
{
    run_sql(w, arena_format(w->arena,
                            "INSERT INTO statistic_version (indicator, subject, from_day, "
                            "until_day, version, value, source, published, recorded_at, author) "
                            "VALUES (%d, '%s', %d, %d, %d, %d, 's', 0, %lld, 't')",
                            INDICATOR_NEV_PROGRESS, subject, day_of("2025-01-01"),
                            day_of("2025-07-01"), version, value, instant_of(recorded)));
}

static void a_value_that_is_corrected_restates_the_place(void **state)
{
    struct world *w = *state;
    const struct compliance_restated *r = NULL;

    put_value(w, "419001", 1, 50000, IN_TIME);
    put_value(w, "410100", 1, 40000, IN_TIME);
    assert_null(restated_of(w, "R2-06", "2025-12-31", NULL));
    put_value(w, "410100", 2, 60000, LATE);
    r = restated_of(w, "R2-06", "2025-12-31", NULL);
    assert_non_null(r);
    assert_int_equal(r->share.num, 1);
    assert_int_equal(r->now.num, 2);
    assert_int_equal(r->causes, RESTATED_CAUSES_UNKNOWN);
}

static void a_clause_without_a_figure_is_restated_by_its_values(void **state)
{
    struct world *w = *state;
    const struct compliance_restated *r = NULL;
    const char *text = "INSERT INTO statistic_version (indicator, subject, from_day, until_day, "
                       "version, value, source, published, recorded_at, author) VALUES "
                       "(%d, '419001', %d, %d, %d, %d, 's', 0, %lld, 't')";

    run_sql(w, arena_format(w->arena, text, INDICATOR_CHARGE_POINTS, day_of("2025-01-01"),
                            day_of("2025-07-01"), 1, 7000, instant_of(IN_TIME)));
    assert_null(restated_of(w, "R2-01", "2025-12-31", NULL));
    run_sql(w, arena_format(w->arena, text, INDICATOR_CHARGE_POINTS, day_of("2025-01-01"),
                            day_of("2025-07-01"), 2, 9000, instant_of(LATE)));
    r = restated_of(w, "R2-01", "2025-12-31", NULL);
    assert_non_null(r);
    assert_int_equal(r->values->items[0].value, 7000);
}

static void put_plant(struct world *w, int version, int siding, const char *recorded)
{
    run_sql(w, arena_format(w->arena,
                            "INSERT INTO org_version (org_id, valid_from, version, name, kind, "
                            "industry, project_status, bulk_t_per_year, siding, pipeline, "
                            "recorded_at, author) VALUES "
                            "('plant', -25567, %d, 'p', 2, 4, 2, 2000000, %d, 0, %lld, 't')",
                            version, siding, instant_of(recorded)));
}

static void an_enterprise_that_is_corrected_restates_its_rule(void **state)
{
    struct world *w = *state;
    const struct compliance_restated *r = NULL;

    put_plant(w, 1, SIDING_NONE, IN_TIME);
    assert_null(restated_of(w, "R3-02", "2025-12-31", NULL));
    put_plant(w, 2, SIDING_OWN, LATE);
    r = restated_of(w, "R3-02", "2025-12-31", NULL);
    assert_non_null(r);
    assert_int_equal(r->share.num, 0);
    assert_int_equal(r->now.num, 1);
    assert_int_equal(r->now.den, 1);
}

static void put_trip(struct world *w, const char *plate, const char *recorded)
{
    run_sql(w, arena_format(w->arena,
                            "INSERT INTO gate_trip (site_id, at_ms, gate, direction, mark, plate, "
                            "vehicle_id, energy, stage, cargo, tonnes, fleet, licence, photo, "
                            "matched, used_energy, used_stage, recorded_at, author) VALUES "
                            "('works', %lld, 'g', 1, '%s', '%s', '', %d, %d, '', 300, '', '', '', "
                            "'', %d, %d, %lld, 't')",
                            instant_of("2025-05-01"), plate, plate, ENERGY_DIESEL, STAGE_5,
                            ENERGY_DIESEL, STAGE_5, instant_of(recorded)));
    run_sql(w, arena_format(w->arena,
                            "INSERT INTO gate_day (site_id, day, direction, matched, energy, "
                            "stage, trips, loaded, tonnes) VALUES ('works', %d, 1, 0, %d, %d, 1, "
                            "1, 300) ON CONFLICT (site_id, day, direction, matched, energy, "
                            "stage) DO UPDATE SET trips = gate_day.trips + 1, "
                            "tonnes = gate_day.tonnes + 300",
                            day_of("2025-05-01"), ENERGY_DIESEL, STAGE_5));
}

static void a_trip_that_comes_late_restates_the_trips(void **state)
{
    struct world *w = *state;
    const struct compliance_restated *r = NULL;

    run_sql(w, "INSERT INTO site_version (site_id, valid_from, version, org_id, name, kind, "
               "polygon, lon_min, lat_min, lon_max, lat_max, recorded_at, author) VALUES "
               "('works', -25567, 1, 'org-1', 's', 1, '', 0, 0, 0, 0, 0, 't')");
    put_trip(w, "豫U00001", "2025-05-02");
    assert_null(restated_of(w, "R2-07", "2025-12-31", NULL));
    put_trip(w, "豫U00002", LATE);
    r = restated_of(w, "R2-07", "2025-12-31", NULL);
    assert_non_null(r);
    assert_int_equal(r->share.den, 1);
    assert_int_equal(r->now.den, 2);
}

/* The counts stay as they are: they have no owner. */
static void a_vehicle_that_was_somebody_elses_restates_the_figures_of_owners(void **state)
{
    struct world *w = *state;
    const struct compliance_restated *r = NULL;

    fixture_org(&w->f, "org-2", OWNER_SOE, "2000-01-01");
    fixture_today(&w->f, LATE);
    fixture_vehicle(&w->f, CHANGE_PATCH, NULL, "vehicle_id=B-09", "owner_id=org-2",
                    "effective=2025-07-01", NULL);
    assert_null(restated(w, "2025-12-31", "org-1"));
    fixture_vehicle(&w->f, CHANGE_PATCH, NULL, "vehicle_id=B-09", "owner_id=org-2",
                    "effective=2025-06-30", NULL);
    r = restated(w, "2025-12-31", "org-1");
    assert_non_null(r);
    assert_int_equal(r->share.den, 10);
    assert_int_equal(r->now.den, 9);
    r = restated(w, "2025-12-31", "org-2");
    assert_non_null(r);
    assert_int_equal(r->share.den, 0);
    assert_null(restated(w, "2025-12-31", NULL));
}

static void put_machine(struct world *w)
{
    fixture_vehicle(&w->f, CHANGE_PUT, NULL, "vehicle_id=M-1", "category=NON_ROAD", "energy=DIESEL",
                    "stage=3", "owner_id=org-1", "area=419001", "built_up=1", "added=2024-01-01",
                    "unit=u-1", NULL);
    run_sql(w, "INSERT INTO site_version (site_id, valid_from, version, org_id, name, kind, "
               "polygon, lon_min, lat_min, lon_max, lat_max, recorded_at, author) VALUES "
               "('works', -25567, 1, 'org-1', 's', 1, '', 0, 0, 0, 0, 0, 't')");
    run_sql(w, arena_format(w->arena,
                            "INSERT INTO unit_hour_site (unit_id, hour, site_id, inside_ms, "
                            "operating_ms, engine_ms) VALUES ('u-1', %d, 'works', 3600000, "
                            "3600000, 0)",
                            day_of("2025-06-01") * 24));
}

static void a_unit_that_was_elsewhere_restates_the_working_time(void **state)
{
    struct world *w = *state;
    const struct compliance_restated *r = NULL;

    put_machine(w);
    assert_null(restated_of(w, "R2-08", "2025-12-31", NULL));
    fixture_today(&w->f, LATE);
    fixture_vehicle(&w->f, CHANGE_PATCH, NULL, "vehicle_id=M-1", "unit=u-2", "effective=2025-05-01",
                    NULL);
    r = restated_of(w, "R2-08", "2025-12-31", NULL);
    assert_non_null(r);
    assert_int_equal(r->share.den, 60);
    assert_int_equal(r->now.den, 0);
}

static void put_freight(struct world *w, int version, int tonnes, const char *accepted)
{
    struct store_freight_report report = {
        .key = {.org_id = "org-1", .period = "2025-Q1"}, .first_month = 2025 * 12, .months = 3};
    const struct store_freight_line line = {.commodity = COMMODITY_ORE,
                                            .direction = FREIGHT_IN,
                                            .mode = FREIGHT_RAIL,
                                            .tonnes = tonnes,
                                            .km = FREIGHT_KM_NONE,
                                            .leg = FREIGHT_MAIN};

    if (version == 1)
        run_sql(w, arena_format(w->arena,
                                "INSERT INTO freight_report (org_id, period, first_month, months, "
                                "state, version, accepted, revision, recorded_at) VALUES "
                                "('org-1', '2025-Q1', %d, 3, %d, 1, 1, 1, 0)",
                                2025 * 12, FREIGHT_ACCEPTED));
    run_sql(w, arena_format(w->arena,
                            "INSERT INTO freight_version (org_id, period, version, no_activity, "
                            "contact, responsible, explanation, reason, author, recorded_at, "
                            "submitter, submitted_at, accepter, accepted_at) VALUES ('org-1', "
                            "'2025-Q1', %d, 0, '', '', '', '', 't', 0, 't', 1, 'u', %lld)",
                            version, instant_of(accepted)));
    run_sql(w,
            arena_format(w->arena,
                         "INSERT INTO freight_line (org_id, period, version, line, commodity, "
                         "note, direction, mode, tonnes, km, container, counterpart, leg, "
                         "station, evidence) VALUES ('org-1', '2025-Q1', %d, 1, %d, '', %d, "
                         "%d, %d, -1, 0, '', %d, '', '')",
                         version, COMMODITY_ORE, FREIGHT_IN, FREIGHT_RAIL, tonnes, FREIGHT_MAIN));
    assert_int_equal(sql_begin(w->f.db, SQL_WRITE, NULL), ERR_OK);
    assert_int_equal(store_freight_sums_put(w->f.db, &report, &line, 1, NULL), ERR_OK);
    assert_int_equal(sql_commit(w->f.db, NULL), ERR_OK);
}

static void a_report_that_is_amended_restates_the_freight(void **state)
{
    struct world *w = *state;
    const struct compliance_restated *r = NULL;

    put_freight(w, 1, 10000, IN_TIME);
    assert_null(restated_of(w, "R3-04", "2025-12-31", NULL));
    put_freight(w, 2, 40000, LATE);
    r = restated_of(w, "R3-04", "2025-12-31", NULL);
    assert_non_null(r);
    assert_int_equal(r->share.den, 10000);
    assert_int_equal(r->now.den, 40000);
    assert_int_equal(r->verdict, VERDICT_MET);
}

#define ON_WORLD(test) cmocka_unit_test_setup_teardown(test, world_open, world_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_WORLD(what_nobody_corrected_is_not_restated),
        ON_WORLD(a_value_that_is_corrected_restates_the_place),
        ON_WORLD(a_clause_without_a_figure_is_restated_by_its_values),
        ON_WORLD(an_enterprise_that_is_corrected_restates_its_rule),
        ON_WORLD(a_trip_that_comes_late_restates_the_trips),
        ON_WORLD(a_vehicle_that_was_somebody_elses_restates_the_figures_of_owners),
        ON_WORLD(a_unit_that_was_elsewhere_restates_the_working_time),
        ON_WORLD(a_report_that_is_amended_restates_the_freight),
        ON_WORLD(a_correction_after_the_closing_is_shown_with_its_difference),
        ON_WORLD(a_correction_before_the_closing_is_no_restatement),
        ON_WORLD(a_change_of_a_later_day_is_no_restatement),
        ON_WORLD(a_period_that_is_not_closed_is_not_restated),
        ON_WORLD(what_was_taken_back_is_not_restated_and_exemptions_are),
        ON_WORLD(nothing_is_restated_of_before_the_register_began),
        ON_WORLD(a_period_is_closed_by_the_first_snapshot_of_its_day),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

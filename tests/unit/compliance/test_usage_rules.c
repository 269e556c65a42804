/* Rules about what is used at sites: trips through gates, machines inside, gates against reports. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "registry/compliance/answer.h"
#include "registry/compliance/uses.h"
#include "registry/freight/sums.h"
#include "registry/store/store_findings.h"
#include "tests/unit/vehicles/register_fixture.h"

#define TODAY "2025-12-31"
#define SOE   "91419001MA9TEA0117"
#define FIRM  "91419001MA9TEA02XY"

struct world {
    struct register_fixture fixture;
    struct plan_set *plans;
    struct arena *arena;
    struct compliance answer;
};

static void run_sql(struct world *w, const char *text)
{
    struct fault fault = {0};

    text = arena_text(w->arena, text); /* statements are kept by address */
    if (sql_exec(w->fixture.db, text, SQL_NO_VALUES, NULL, &fault) != ERR_OK)
        fail_msg("%s: %s", text, fault.text);
}

static void put_site(struct world *w, const char *site, const char *org)
{
    char text[512];

    snprintf(text, sizeof text,
             "INSERT INTO site_version (site_id, valid_from, version, org_id, name, kind, polygon, "
             "lon_min, lat_min, lon_max, lat_max, recorded_at, author) VALUES "
             "('%s', -25567, 1, '%s', 's', 1, '', 0, 0, 0, 0, 0, 't')",
             site, org);
    run_sql(w, text);
}

static int world_open(void **state)
{
    static struct world world;

    world = (struct world){.arena = arena_create()};
    fixture_open(&world.fixture, TODAY);
    assert_int_equal(plan_set_load(NULL, &world.plans, NULL), ERR_OK);
    fixture_org(&world.fixture, SOE, OWNER_SOE, "2000-01-01");
    fixture_org(&world.fixture, FIRM, OWNER_PRIVATE, "2000-01-01");
    put_site(&world, "works", SOE);
    put_site(&world, "yard", SOE);
    put_site(&world, "mill", FIRM);
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
    const struct compliance_query query = {.plan = plan_set_find(w->plans, NULL),
                                           .as_of = day_of(as_of),
                                           .today = day_of(TODAY),
                                           .rule_id = rule};
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

/* Sums of trips, and with a mark one trip itself. Tonnes of a trip: 30. */
static void put_trips(struct world *w, const char *site, const char *day, enum energy energy,
                      enum stage stage, int trips, const char *mark)
{
    char text[1024];

    snprintf(text, sizeof text,
             "INSERT INTO gate_day (site_id, day, direction, matched, energy, stage, trips, "
             "loaded, tonnes) VALUES ('%s', %d, 1, %d, %d, %d, %d, %d, %d)",
             site, day_of(day), mark == NULL, energy, stage, trips, trips, trips * 300);
    run_sql(w, text);
    if (mark == NULL)
        return;
    snprintf(text, sizeof text,
             "INSERT INTO gate_trip (site_id, at_ms, gate, direction, mark, plate, vehicle_id, "
             "energy, stage, cargo, tonnes, fleet, licence, photo, matched, used_energy, "
             "used_stage, recorded_at, author) VALUES ('%s', %lld, 'g', 1, '%s', '%s', '', %d, %d, "
             "'', 300, '', '', '', '', %d, %d, 0, 't')",
             site, ((long long)day_of(day) + 1) * 86400000 - 8 * 3600000 - 1, mark, mark, energy,
             stage, energy, stage);
    run_sql(w, text);
}

static void put_exception(struct world *w, enum exception_subject kind, const char *subject,
                          const char *from, const char *to)
{
    char text[512];

    snprintf(text, sizeof text,
             "INSERT INTO exception_version (rule, subject_kind, subject, document, from_day, "
             "version, until_day, approved, approved_by, evidence, recorded_at, author) VALUES "
             "('R2-07', %d, '%s', 'D', %d, 1, %d, %d, 'a', 'e', 0, 't')",
             kind, subject, day_of(from), day_of(to) + 1, day_of(from));
    run_sql(w, text);
}

/* ---- R2-07 ---- */

static void every_trip_to_a_state_owned_site_is_by_a_clean_truck(void **state)
{
    struct world *w = *state;
    const struct compliance_rule *r = ask(w, "R2-07", TODAY);

    assert_int_equal(r->verdict, VERDICT_NO_DATA);
    put_trips(w, "works", "2025-03-01", ENERGY_BEV, STAGE_ELECTRIC, 40, NULL);
    put_trips(w, "works", "2025-03-02", ENERGY_DIESEL, STAGE_6B, 59, NULL);
    put_trips(w, "mill", "2025-03-02", ENERGY_DIESEL, STAGE_3, 500, NULL); /* no state owner */
    put_trips(w, "works", "2024-12-30", ENERGY_DIESEL, STAGE_3, 9, NULL);  /* before the window */
    r = ask(w, "R2-07", TODAY);
    assert_int_equal(r->share.num, 99);
    assert_int_equal(r->share.den, 99);
    assert_int_equal(r->verdict, VERDICT_MET);
    put_trips(w, "yard", "2025-12-31", ENERGY_DIESEL, STAGE_5, 1, "豫U00001");
    r = ask(w, "R2-07", TODAY);
    assert_int_equal(r->share.num, 99);
    assert_int_equal(r->share.den, 100);
    assert_int_equal(r->shortfall, 1);
    assert_int_equal(r->verdict, VERDICT_NOT_MET);
    assert_int_equal(r->items.count, 2);
    assert_string_equal(r->items.list[1].id, "yard");
    assert_int_equal(r->items.list[1].as, COUNTS_NO);
    assert_int_equal(view_of(r, "tonnes")->share.den, 100 * 300);
    assert_int_equal(view_of(r, "matched")->share.num, 99);
    assert_int_equal(ask(w, "R2-07", "2025-12-30")->verdict, VERDICT_MET);
}

static void a_trip_of_unknown_stage_does_not_count_as_clean(void **state)
{
    struct world *w = *state;

    put_trips(w, "works", "2025-03-01", ENERGY_DIESEL, STAGE_6A, 1, NULL);
    put_trips(w, "works", "2025-03-02", ENERGY_DIESEL, STAGE_NONE, 1, NULL);
    const struct compliance_rule *r = ask(w, "R2-07", TODAY);
    assert_int_equal(r->tally.n[COUNTS_UNKNOWN], 1);
    assert_int_equal(r->share.num, 1);
    assert_int_equal(r->share.den, 2);
}

static void the_own_fleet_stands_beside_the_trips(void **state)
{
    struct world *w = *state;

    put_trips(w, "works", "2025-03-01", ENERGY_BEV, STAGE_ELECTRIC, 1, NULL);
    fixture_vehicle(&w->fixture, CHANGE_PUT, NULL, "vehicle_id=T1", "category=LOGISTICS",
                    "energy=DIESEL", "stage=6b", "owner_id=" SOE, "area=419001", "built_up=0",
                    "added=2022-01-01", NULL);
    fixture_vehicle(&w->fixture, CHANGE_PUT, NULL, "vehicle_id=T2", "category=MUCK_TRUCK",
                    "energy=DIESEL", "stage=4", "owner_id=" SOE, "area=419001", "built_up=0",
                    "added=2022-01-01", NULL);
    fixture_vehicle(&w->fixture, CHANGE_PUT, NULL, "vehicle_id=T3", "category=MUCK_TRUCK",
                    "energy=DIESEL", "stage=4", "owner_id=" FIRM, "area=419001", "built_up=0",
                    "added=2022-01-01", NULL);
    const struct compliance_view *own = view_of(ask(w, "R2-07", TODAY), "own_fleet");
    assert_int_equal(own->share.num, 1);
    assert_int_equal(own->share.den, 2);
}

static void exceptions_of_vehicle_site_and_enterprise_cover_trips_of_their_days(void **state)
{
    struct world *w = *state;

    put_trips(w, "works", "2025-03-01", ENERGY_DIESEL, STAGE_5, 1, "豫U00001");
    put_trips(w, "yard", "2025-04-01", ENERGY_DIESEL, STAGE_4, 1, "豫U00002");
    assert_int_equal(ask(w, "R2-07", TODAY)->verdict, VERDICT_NOT_MET);
    put_exception(w, EXCEPTION_VEHICLE, "豫U00001", "2025-03-01", "2025-03-01");
    const struct compliance_rule *r = ask(w, "R2-07", TODAY);
    assert_int_equal(r->verdict, VERDICT_NOT_MET);
    assert_non_null(strstr(r->note, "1 are not excused"));
    put_exception(w, EXCEPTION_SITE, "yard", "2025-04-02", "2025-12-31"); /* a day too late */
    assert_int_equal(ask(w, "R2-07", TODAY)->verdict, VERDICT_NOT_MET);
    put_exception(w, EXCEPTION_SITE, "yard", "2025-04-01", "2025-04-01");
    r = ask(w, "R2-07", TODAY);
    assert_int_equal(r->verdict, VERDICT_MET_WITH_EXCEPTIONS);
    assert_int_equal(r->exceptions.count, 3);
    put_trips(w, "works", "2025-05-01", ENERGY_PETROL, STAGE_5, 1, "豫U00003");
    assert_int_equal(ask(w, "R2-07", TODAY)->verdict, VERDICT_NOT_MET);
    put_exception(w, EXCEPTION_ORG, SOE, "2025-01-01", "2025-12-31");
    assert_int_equal(ask(w, "R2-07", TODAY)->verdict, VERDICT_MET_WITH_EXCEPTIONS);
}

/* A trip whose truck the register knows. */
static void put_matched_trip(struct world *w, const char *vehicle, int hour, enum energy energy,
                             enum stage stage)
{
    char text[1024];

    snprintf(text, sizeof text,
             "INSERT INTO gate_trip (site_id, at_ms, gate, direction, mark, plate, vehicle_id, "
             "energy, stage, cargo, tonnes, fleet, licence, photo, matched, used_energy, "
             "used_stage, recorded_at, author) VALUES ('works', %lld, 'g', 1, '%s', '', '%s', 0, "
             "0, '', 300, '', '', '', '%s', %d, %d, 0, 't')",
             (day_of("2025-11-01") * 24LL + hour) * 3600000, vehicle, vehicle, vehicle, energy,
             stage);
    run_sql(w, text);
}

static void put_truck(struct world *w, const char *id, const char *energy, const char *stage)
{
    fixture_vehicle(&w->fixture, CHANGE_PUT, NULL, arena_format(w->arena, "vehicle_id=%s", id),
                    "category=LOGISTICS", energy, stage, "owner_id=" FIRM, "area=419001",
                    "built_up=0", "added=2022-01-01", arena_format(w->arena, "unit=u-%s", id),
                    NULL);
}

/* A finding whose span is the whole of 2025. */
static void put_finding(struct world *w, int number, int subject_kind, const char *kind,
                        const char *subject, int state)
{
    char text[1024];

    snprintf(text, sizeof text,
             "INSERT INTO finding (finding_no, kind, subject_kind, subject, about, state, cause, "
             "evidence, first_ms, last_ms, reopened, decision, decided_cause) VALUES "
             "(%d, '%s', %d, '%s', '', %d, 'c', '{}', %lld, %lld, 0, 0, '')",
             number, kind, subject_kind, subject, state, day_of("2025-10-01") * 86400000LL,
             day_of("2025-12-30") * 86400000LL);
    run_sql(w, text);
    snprintf(text, sizeof text,
             "INSERT INTO finding_span (finding_no, cause, from_day, to_day) VALUES "
             "(%d, 'c', %d, %d)",
             number, day_of("2025-01-01"), day_of("2025-12-31"));
    run_sql(w, text);
}

static void a_trip_is_as_sure_as_its_truck(void **state)
{
    struct world *w = *state;
    const struct compliance_rule *r = NULL;

    put_truck(w, "T1", "energy=BEV", "stage=D");
    put_truck(w, "T2", "energy=DIESEL", "stage=6a");
    put_truck(w, "T3", "energy=DIESEL", "stage=6a");
    put_trips(w, "works", "2025-11-01", ENERGY_DIESEL, STAGE_6A, 10, NULL);
    put_matched_trip(w, "T1", 1, ENERGY_BEV, STAGE_ELECTRIC);
    put_matched_trip(w, "T2", 2, ENERGY_DIESEL, STAGE_6A);
    put_matched_trip(w, "T3", 3, ENERGY_DIESEL, STAGE_6A);
    run_sql(w, "INSERT INTO unit_hour (unit_id, hour, rows_received, rows_unique, distance_m, "
               "electric_m, engine_ms, operating_ms, covered_ms, discharged_mwh, charged_mwh, "
               "fuel_ul, gaps, gap_ms, anomalies, rpm_max, clock_ahead_ms, first_ms, last_ms, "
               "last_sample) SELECT 'u-T3', CAST(at_ms / 3600000 AS BIGINT), 1, 1, 0, 0, 0, 0, 0, "
               "0, 0, 0, 0, 0, 0, 0, 0, 0, 0, CAST('' AS BYTEA) FROM gate_trip WHERE mark = 'T3'");
    fixture_heard(&w->fixture);
    put_finding(w, 1, FINDING_OF_VEHICLE, "electric-with-engine", "T1", FINDING_OPEN);
    r = ask(w, "R2-07", TODAY);
    assert_int_equal(r->verified.by_telemetry, 1);
    assert_int_equal(r->verified.contradicted, 1);
    assert_int_equal(r->verified.silent, 8);
    assert_int_equal(r->measured.num, 9);
    assert_int_equal(r->verdict, VERDICT_MET); /* one of ten is just 10 % */
    put_finding(w, 2, FINDING_OF_VEHICLE, "stage-date", "T2", FINDING_OPEN);
    r = ask(w, "R2-07", TODAY);
    assert_int_equal(r->verified.contradicted, 2);
    assert_int_equal(r->verdict, VERDICT_DISPUTED);
}

/* ---- R2-08 ---- */

static void put_machine(struct world *w, const char *id, const char *energy, const char *stage)
{
    char words[4][64];

    snprintf(words[0], sizeof words[0], "vehicle_id=%s", id);
    snprintf(words[1], sizeof words[1], "energy=%s", energy);
    snprintf(words[2], sizeof words[2], "stage=%s", stage);
    snprintf(words[3], sizeof words[3], "unit=u-%s", id);
    fixture_vehicle(&w->fixture, CHANGE_PUT, NULL, words[0], "category=NON_ROAD", words[1],
                    words[2], "owner_id=" FIRM, "area=419001", "built_up=0", "added=2022-01-01",
                    words[3], NULL);
}

static void put_hour(struct world *w, const char *id, const char *site, const char *day, int hour,
                     int operating_ms)
{
    char text[512];

    snprintf(text, sizeof text,
             "INSERT INTO unit_hour_site (unit_id, hour, site_id, inside_ms, operating_ms, "
             "engine_ms) VALUES ('u-%s', %d, '%s', 3600000, %d, 0)",
             id, day_of(day) * 24 - 8 + hour, site, operating_ms);
    run_sql(w, text);
}

static void machines_inside_state_owned_sites_are_of_stage_3_or_better(void **state)
{
    struct world *w = *state;

    assert_int_equal(ask(w, "R2-08", TODAY)->verdict, VERDICT_NO_DATA);
    put_machine(w, "M3", "DIESEL", "3");
    put_machine(w, "ME", "BEV", "D");
    put_machine(w, "M2", "DIESEL", "2");
    put_hour(w, "M3", "works", "2025-06-01", 8, 1800000);
    put_hour(w, "M3", "yard", "2025-06-02", 8, 600000);
    put_hour(w, "ME", "works", "2025-12-31", 23, 3600000);
    put_hour(w, "M2", "mill", "2025-06-01", 8, 3600000);   /* no state owner */
    put_hour(w, "M2", "works", "2025-06-03", 8, 0);        /* inside, and did not work */
    put_hour(w, "M2", "works", "2024-12-31", 23, 3600000); /* before the window */
    const struct compliance_rule *r = ask(w, "R2-08", TODAY);
    assert_int_equal(r->share.num, 100);
    assert_int_equal(r->share.den, 100);
    assert_int_equal(r->verdict, VERDICT_MET);
    assert_int_equal(view_of(r, "machines")->share.den, 2);
    assert_int_equal(r->items.count, 2);
    assert_int_equal(r->verified.by_telemetry, 100);
    put_hour(w, "M2", "works", "2025-06-04", 8, 1); /* a millisecond of Stage II */
    r = ask(w, "R2-08", TODAY);
    assert_int_equal(r->share.num, 100);
    assert_int_equal(r->share.den, 101);
    assert_int_equal(r->verdict, VERDICT_OVERDUE); /* no exception reaches machines */
    assert_string_equal(r->items.list[0].id, "M2");
    assert_non_null(strstr(r->items.list[0].why, "stage 2 is not Stage III or better; at works"));
}

/* ---- gates against reports ---- */

/* A cement plant: 1,800,000 t by belt, 500,000 by new-energy and 700,000 by National VI trucks. */
static void put_cement(struct world *w)
{
    static const struct {
        int mode;
        int64_t tonnes;
    } lines[] = {{FREIGHT_BELT_ENCLOSED, 18000000},
                 {FREIGHT_TRUCK_NEV, 5000000},
                 {FREIGHT_TRUCK_CN6, 7000000}};
    char text[512];

    run_sql(w, "UPDATE org_version SET industry = 2 WHERE org_id = '" FIRM "'");
    snprintf(text, sizeof text,
             "INSERT INTO freight_report (org_id, period, first_month, months, state, version, "
             "accepted, revision, recorded_at) VALUES ('" FIRM "', '2025-Q4', %d, 3, %d, 1, 1, 1, "
             "0)",
             2025 * 12 + 9, FREIGHT_ACCEPTED);
    run_sql(w, text);
    struct store_freight_report report = {
        .key = {.org_id = FIRM, .period = "2025-Q4"}, .first_month = 2025 * 12 + 9, .months = 3};
    struct store_freight_line rows[3];
    for (size_t i = 0; i < 3; i++)
        rows[i] = (struct store_freight_line){.commodity = COMMODITY_LIMESTONE,
                                              .direction = FREIGHT_IN,
                                              .mode = lines[i].mode,
                                              .tonnes = lines[i].tonnes,
                                              .km = FREIGHT_KM_NONE,
                                              .leg = FREIGHT_MAIN};
    assert_int_equal(sql_begin(w->fixture.db, SQL_WRITE, NULL), ERR_OK);
    assert_int_equal(store_freight_sums_put(w->fixture.db, &report, rows, 3, NULL), ERR_OK);
    assert_int_equal(sql_commit(w->fixture.db, NULL), ERR_OK);
}

static void gates_that_count_a_fifth_more_dispute_a_plant(void **state)
{
    struct world *w = *state;

    put_cement(w);
    const struct compliance_rule *r = ask(w, "R7-01", TODAY);
    assert_int_equal(r->verdict, VERDICT_MET);
    assert_int_equal(r->verified.silent, 1);
    /* 1,320,000 t at the gates are 10 % more than declared, and just within. */
    run_sql(w, "INSERT INTO gate_day (site_id, day, direction, matched, energy, stage, trips, "
               "loaded, tonnes) VALUES ('mill', 20400, 1, 0, 6, 7, 42000, 42000, 13200000)");
    r = ask(w, "R7-01", TODAY);
    assert_int_equal(r->verdict, VERDICT_MET);
    assert_int_equal(r->verified.by_telemetry, 1);
    run_sql(w, "UPDATE gate_day SET tonnes = 14280000");
    r = ask(w, "R7-01", TODAY);
    assert_int_equal(r->verdict, VERDICT_DISPUTED);
    assert_int_equal(r->verified.contradicted, 1);
    assert_true(r->items.list[0].disputed);
    assert_non_null(strstr(r->items.list[0].why, "1428000 t by truck and it declares 1200000 t"));
    assert_non_null(strstr(r->items.list[0].why, "55.76 %"));
}

static void the_region_shows_its_share_by_the_gates_beside_the_declared_one(void **state)
{
    struct world *w = *state;

    put_cement(w);
    run_sql(w, "INSERT INTO gate_day (site_id, day, direction, matched, energy, stage, trips, "
               "loaded, tonnes) VALUES ('mill', 20400, 1, 0, 6, 7, 42000, 42000, 12000000)");
    const struct compliance_rule *r = ask(w, "R3-04", TODAY);
    assert_int_equal(r->share.num, 23000000);
    assert_int_equal(r->measured.num, 18000000); /* the gates saw no new-energy truck */
    assert_int_equal(r->measured.den, 30000000);
    assert_int_equal(r->verdict, VERDICT_DISPUTED);
    run_sql(w, "UPDATE gate_day SET energy = 1"); /* only new-energy trucks: 100 % */
    r = ask(w, "R3-04", TODAY);
    assert_int_equal(r->measured.num, 30000000);
    assert_int_equal(r->verdict, VERDICT_DISPUTED);
    json_t *json = answer_json(&w->answer);
    json_t *measured =
        json_object_get(json_array_get(json_object_get(json, "rules"), 0), "measured");
    assert_int_equal(json_integer_value(json_object_get(measured, "numerator")), 3000000);
    json_decref(json);
}

static void
gates_that_say_otherwise_than_the_report_dispute_the_trips_of_an_enterprise(void **state)
{
    struct world *w = *state;
    const struct compliance_rule *r = NULL;

    put_cement(w);
    run_sql(w, "UPDATE org_version SET kind = 2 WHERE org_id = '" FIRM "'"); /* state-owned */
    run_sql(w, "INSERT INTO gate_day (site_id, day, direction, matched, energy, stage, trips, "
               "loaded, tonnes) VALUES ('mill', 20400, 1, 0, 6, 7, 42000, 42000, 7000000)");
    run_sql(w, "INSERT INTO gate_day (site_id, day, direction, matched, energy, stage, trips, "
               "loaded, tonnes) VALUES ('mill', 20400, 1, 0, 1, 9, 42000, 42000, 5000000)");
    r = ask(w, "R2-07", TODAY);
    assert_int_equal(r->verdict, VERDICT_MET);
    assert_int_equal(view_of(r, "declared")->share.num, 12000000);
    assert_int_equal(view_of(r, "declared_by_gates")->share.num, 12000000);
    run_sql(w, "UPDATE gate_day SET tonnes = 3799000 WHERE energy = 1"); /* 10.0 % less and a bit */
    r = ask(w, "R2-07", TODAY);
    assert_int_equal(r->verdict, VERDICT_DISPUTED);
    assert_non_null(strstr(view_of(r, "declared")->note, "1 of 1 say otherwise"));
    run_sql(w, "UPDATE gate_day SET tonnes = 5000000, stage = 6 WHERE energy = 1");
    run_sql(w, "UPDATE gate_day SET stage = 6 WHERE energy = 6"); /* all of Stage V */
    assert_int_equal(ask(w, "R2-07", TODAY)->verdict, VERDICT_DISPUTED);
    run_sql(w, "UPDATE gate_day SET stage = 7, tonnes = 4000000");
    assert_int_equal(ask(w, "R2-07", TODAY)->verdict, VERDICT_DISPUTED);
    put_finding(w, 1, FINDING_OF_REPORT, "gate-tonnes", FIRM "/2025-Q4", FINDING_EXPLAINED);
    assert_int_equal(ask(w, "R2-07", TODAY)->verdict, VERDICT_MET);
    assert_int_equal(ask(w, "R7-01", TODAY)->verified.contradicted, 0);
    put_finding(w, 2, FINDING_OF_REPORT, "gate-tonnes", FIRM "/2025-Q3", FINDING_OPEN);
    assert_int_equal(ask(w, "R2-07", TODAY)->verdict, VERDICT_DISPUTED);
}

/* ---- one by one ---- */

struct listed {
    struct world *w;
    const char *text;
};

static void list_use(void *arg, const struct behind_row *row)
{
    struct listed *l = arg;
    const struct store_use *u = &row->use->use;
    const struct store_exception *e = row->use->exception;

    l->text = arena_format(l->w->arena, "%s%s %s %s %s%s%s; ", l->text, u->site_id,
                           u->vehicle_id[0] == '\0' ? u->plate : u->vehicle_id,
                           counts_as_name(row->as), verified_as_name(row->verification->as),
                           e == NULL ? "" : " ", e == NULL ? "" : e->document);
}

/* The uses behind the rule in pages of `limit`, each page in brackets. */
static const char *uses_of(struct world *w, const char *rule, const char *counts, int64_t limit)
{
    const struct plan *plan = plan_set_find(w->plans, NULL);
    const struct scope_filter none = {0};
    struct behind_query query = {
        .asked = {.plan = plan, .as_of = day_of(TODAY)},
        .all = counts == NULL,
        .as = counts == NULL ? COUNTS_YES : counts_as_parse(counts),
        .limit = limit,
        .evidence = true,
    };
    struct listed l = {w, ""};
    struct fault fault = {0};

    query.scope = scope_of(plan, plan_rule(plan, rule, day_of(TODAY)), day_of(TODAY), &none);
    do {
        const char *next = NULL;
        l.text = arena_format(w->arena, "%s[ ", l.text);
        if (behind_read(w->fixture.db, &query, w->arena, list_use, &l, &next, &fault) != ERR_OK)
            fail_msg("%s", fault.text);
        l.text = arena_format(w->arena, "%s]", l.text);
        query.after = next;
    } while (query.after != NULL);
    return l.text;
}

static void every_trip_says_how_it_counts_and_why(void **state)
{
    struct world *w = *state;

    put_truck(w, "T1", "energy=BEV", "stage=D");
    put_matched_trip(w, "T1", 2, ENERGY_BEV, STAGE_ELECTRIC);
    put_trips(w, "works", "2025-10-01", ENERGY_DIESEL, STAGE_5, 1, "豫U00001");
    put_trips(w, "yard", "2025-03-01", ENERGY_DIESEL, STAGE_6B, 1, "豫U00002");
    put_trips(w, "yard", "2025-03-02", ENERGY_NONE, STAGE_NONE, 1, "豫U00003");
    put_trips(w, "yard", "2024-12-30", ENERGY_DIESEL, STAGE_6B, 1, "豫U00004"); /* too early */
    put_trips(w, "mill", "2025-03-01", ENERGY_DIESEL, STAGE_6B, 1, "豫U00005"); /* private */
    put_exception(w, EXCEPTION_VEHICLE, "豫U00001", "2025-10-01", "2025-10-01");
    put_finding(w, 1, FINDING_OF_VEHICLE, "electric-with-engine", "T1", FINDING_OPEN);
    assert_string_equal(uses_of(w, "R2-07", NULL, 3),
                        "[ works 豫U00001 no silent D; works T1 yes contradicted; "
                        "yard 豫U00002 yes silent; ][ yard 豫U00003 unknown silent; ]");
    assert_string_equal(uses_of(w, "R2-07", "yes", 1),
                        "[ works T1 yes contradicted; ][ yard 豫U00002 yes silent; ]");
    assert_string_equal(uses_of(w, "R2-07", "exempt", 1), "[ ]");
}

static void the_working_time_of_each_machine_comes_by_site_and_day(void **state)
{
    struct world *w = *state;

    put_machine(w, "M2", "DIESEL", "2");
    put_machine(w, "M3", "DIESEL", "3");
    put_hour(w, "M3", "works", "2025-06-01", 8, 1800000);
    put_hour(w, "M3", "works", "2025-06-01", 9, 1800000);
    put_hour(w, "M3", "yard", "2025-06-01", 10, 600000);
    put_hour(w, "M3", "works", "2025-06-02", 8, 600000);
    put_hour(w, "M2", "works", "2025-06-03", 8, 0);
    put_hour(w, "M2", "works", "2025-06-04", 8, 1);
    assert_string_equal(uses_of(w, "R2-08", NULL, 3),
                        "[ works M2 no telemetry; works M3 yes telemetry; yard M3 yes telemetry; "
                        "][ works M3 yes telemetry; ]");
    assert_string_equal(uses_of(w, "R2-08", "no", 9), "[ works M2 no telemetry; ]");
}

#define WITH_WORLD(test) cmocka_unit_test_setup_teardown(test, world_open, world_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_WORLD(every_trip_to_a_state_owned_site_is_by_a_clean_truck),
        WITH_WORLD(a_trip_of_unknown_stage_does_not_count_as_clean),
        WITH_WORLD(a_trip_is_as_sure_as_its_truck),
        WITH_WORLD(every_trip_says_how_it_counts_and_why),
        WITH_WORLD(the_working_time_of_each_machine_comes_by_site_and_day),
        WITH_WORLD(gates_that_say_otherwise_than_the_report_dispute_the_trips_of_an_enterprise),
        WITH_WORLD(the_own_fleet_stands_beside_the_trips),
        WITH_WORLD(exceptions_of_vehicle_site_and_enterprise_cover_trips_of_their_days),
        WITH_WORLD(machines_inside_state_owned_sites_are_of_stage_3_or_better),
        WITH_WORLD(gates_that_count_a_fifth_more_dispute_a_plant),
        WITH_WORLD(the_region_shows_its_share_by_the_gates_beside_the_declared_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

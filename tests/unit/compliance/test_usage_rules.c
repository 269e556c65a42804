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
#include "registry/store/store_register.h"
#include "tests/unit/compliance/compliance_world.h"

/* Two sites of a state-owned enterprise, and one of another. */
static int sites_open(void **state)
{
    world_open(state);
    world_put_site(*state, "works", SOE);
    world_put_site(*state, "yard", SOE);
    world_put_site(*state, "mill", FIRM);
    return 0;
}

#define WITH_SITES(test) cmocka_unit_test_setup_teardown(test, sites_open, world_close)

/* Sums of trips, and with a mark one trip itself. Tonnes of a trip: 30. */
static void put_trips(struct world *w, const char *site, const char *day, enum energy energy,
                      enum stage stage, int trips, const char *mark)
{
    world_sql(w,
              "INSERT INTO gate_day (site_id, day, direction, matched, energy, stage, trips, "
              "loaded, tonnes) VALUES ('%s', %d, 1, %d, %d, %d, %d, %d, %d)",
              site, day_of(day), mark == NULL, energy, stage, trips, trips, trips * 300);
    if (mark == NULL)
        return;
    world_sql(
        w,
        "INSERT INTO gate_trip (site_id, at_ms, gate, direction, mark, plate, vehicle_id, "
        "energy, stage, cargo, tonnes, fleet, licence, photo, matched, used_energy, "
        "used_stage, recorded_at, author) VALUES ('%s', %lld, 'g', 1, '%s', '%s', '', %d, %d, "
        "'', 300, '', '', '', '', %d, %d, 0, 't')",
        site, ((long long)day_of(day) + 1) * 86400000 - 8 * 3600000 - 1, mark, mark, energy, stage,
        energy, stage);
}

static void put_exception(struct world *w, enum exception_subject kind, const char *subject,
                          const char *from, const char *to)
{
    world_put_exception(w, &(struct world_exception){"R2-07", kind, subject, from, to});
}

/* ---- R2-07 ---- */

static void every_trip_to_a_state_owned_site_is_by_a_clean_truck(void **state)
{
    struct world *w = *state;
    const struct compliance_rule *r = world_ask(w, "R2-07", TODAY);

    assert_int_equal(r->verdict, VERDICT_NO_DATA);
    put_trips(w, "works", "2025-03-01", ENERGY_BEV, STAGE_ELECTRIC, 40, NULL);
    put_trips(w, "works", "2025-03-02", ENERGY_DIESEL, STAGE_6B, 59, NULL);
    put_trips(w, "mill", "2025-03-02", ENERGY_DIESEL, STAGE_3, 500, NULL); /* no state owner */
    put_trips(w, "works", "2024-12-30", ENERGY_DIESEL, STAGE_3, 9, NULL);  /* before the window */
    r = world_ask(w, "R2-07", TODAY);
    assert_int_equal(r->share.num, 99);
    assert_int_equal(r->share.den, 99);
    assert_int_equal(r->verdict, VERDICT_MET);
    put_trips(w, "yard", "2025-12-31", ENERGY_DIESEL, STAGE_5, 1, "豫U00001");
    r = world_ask(w, "R2-07", TODAY);
    assert_int_equal(r->share.num, 99);
    assert_int_equal(r->share.den, 100);
    assert_int_equal(r->shortfall, 1);
    assert_int_equal(r->verdict, VERDICT_NOT_MET);
    assert_int_equal(r->items.count, 2);
    assert_string_equal(r->items.list[1].id, "yard");
    assert_int_equal(r->items.list[1].as, COUNTS_NO);
    assert_int_equal(world_view(r, "tonnes")->share.den, 100 * 300);
    assert_int_equal(world_view(r, "matched")->share.num, 99);
    assert_int_equal(world_ask(w, "R2-07", "2025-12-30")->verdict, VERDICT_MET);
}

static void a_trip_of_unknown_stage_does_not_count_as_clean(void **state)
{
    struct world *w = *state;

    put_trips(w, "works", "2025-03-01", ENERGY_DIESEL, STAGE_6A, 1, NULL);
    put_trips(w, "works", "2025-03-02", ENERGY_DIESEL, STAGE_NONE, 1, NULL);
    const struct compliance_rule *r = world_ask(w, "R2-07", TODAY);
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
    const struct compliance_view *own = world_view(world_ask(w, "R2-07", TODAY), "own_fleet");
    assert_int_equal(own->share.num, 1);
    assert_int_equal(own->share.den, 2);
}

static void exceptions_of_vehicle_site_and_enterprise_cover_trips_of_their_days(void **state)
{
    struct world *w = *state;

    put_trips(w, "works", "2025-03-01", ENERGY_DIESEL, STAGE_5, 1, "豫U00001");
    put_trips(w, "yard", "2025-04-01", ENERGY_DIESEL, STAGE_4, 1, "豫U00002");
    assert_int_equal(world_ask(w, "R2-07", TODAY)->verdict, VERDICT_NOT_MET);
    put_exception(w, EXCEPTION_VEHICLE, "豫U00001", "2025-03-01", "2025-03-01");
    const struct compliance_rule *r = world_ask(w, "R2-07", TODAY);
    assert_int_equal(r->verdict, VERDICT_NOT_MET);
    assert_non_null(strstr(r->note, "1 are not excused"));
    put_exception(w, EXCEPTION_SITE, "yard", "2025-04-02", "2025-12-31"); /* a day too late */
    assert_int_equal(world_ask(w, "R2-07", TODAY)->verdict, VERDICT_NOT_MET);
    put_exception(w, EXCEPTION_SITE, "yard", "2025-04-01", "2025-04-01");
    put_exception(w, EXCEPTION_VEHICLE, "豫U09999", "2025-01-01", "2025-12-31"); /* others' */
    put_exception(w, EXCEPTION_ORG, FIRM, "2025-01-01", "2025-12-31");
    put_exception(w, EXCEPTION_SITE, "works", "2025-02-01", "2025-01-31"); /* it is withdrawn */
    r = world_ask(w, "R2-07", TODAY);
    assert_int_equal(r->verdict, VERDICT_MET_WITH_EXCEPTIONS);
    assert_int_equal(r->exceptions.count, 2); /* neither what came too late nor others' */
    put_trips(w, "works", "2025-05-01", ENERGY_PETROL, STAGE_5, 1, "豫U00003");
    assert_int_equal(world_ask(w, "R2-07", TODAY)->verdict, VERDICT_NOT_MET);
    put_exception(w, EXCEPTION_ORG, SOE, "2025-01-01", "2025-12-31");
    assert_int_equal(world_ask(w, "R2-07", TODAY)->verdict, VERDICT_MET_WITH_EXCEPTIONS);
}

#define TRIP_HOUR (day_of("2025-11-01") * 24LL)

/* A trip whose truck the register knows. */
static void put_matched_trip(struct world *w, const char *vehicle, int hour, enum energy energy,
                             enum stage stage)
{
    world_sql(w,
              "INSERT INTO gate_trip (site_id, at_ms, gate, direction, mark, plate, vehicle_id, "
              "energy, stage, cargo, tonnes, fleet, licence, photo, matched, used_energy, "
              "used_stage, recorded_at, author) VALUES ('works', %lld, 'g', 1, '%s', '', '%s', 0, "
              "0, '', 300, '', '', '', '%s', %d, %d, 0, 't')",
              (TRIP_HOUR + hour) * 3600000LL, vehicle, vehicle, vehicle, energy, stage);
}

static void put_truck(struct world *w, const char *id, const char *energy, const char *stage)
{
    fixture_vehicle(&w->fixture, CHANGE_PUT, NULL, arena_format(w->arena, "vehicle_id=%s", id),
                    "category=LOGISTICS", energy, stage, "owner_id=" FIRM, "area=419001",
                    "built_up=0", "added=2022-01-01", arena_format(w->arena, "unit=u-%s", id),
                    NULL);
}

static void put_finding(struct world *w, enum finding_subject subject_kind, const char *kind,
                        const char *subject, enum finding_state state)
{
    world_put_finding(
        w, &(struct world_finding){subject_kind, kind, subject, state, "2025-01-01", "2025-12-31"});
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
    world_put_hour(w, "u-T3", TRIP_HOUR + 3, 0);
    put_finding(w, FINDING_OF_VEHICLE, "electric-with-engine", "T1", FINDING_OPEN);
    r = world_ask(w, "R2-07", TODAY);
    assert_int_equal(r->verified.by_telemetry, 1);
    assert_int_equal(r->verified.contradicted, 1);
    assert_int_equal(r->verified.silent, 8);
    assert_int_equal(r->measured.num, 9);
    assert_int_equal(r->verdict, VERDICT_MET); /* one of ten is just 10 % */
    put_finding(w, FINDING_OF_VEHICLE, "stage-date", "T2", FINDING_OPEN);
    r = world_ask(w, "R2-07", TODAY);
    assert_int_equal(r->verified.contradicted, 2);
    assert_int_equal(r->verdict, VERDICT_DISPUTED);
}

static void a_trip_is_of_the_truck_that_was_known_under_its_plate(void **state)
{
    struct world *w = *state;
    struct store_register before, after;

    put_trips(w, "works", "2025-10-01", ENERGY_DIESEL, STAGE_5, 1, "豫U00001");
    assert_int_equal(store_register_read(w->fixture.db, &before, NULL), ERR_OK);
    fixture_vehicle(&w->fixture, CHANGE_PUT, NULL, "vehicle_id=T1", "plate=豫U00001",
                    "category=LOGISTICS", "energy=BEV", "stage=D", "owner_id=" FIRM, "area=419001",
                    "built_up=0", "added=2022-01-01", NULL);
    assert_int_equal(store_register_read(w->fixture.db, &after, NULL), ERR_OK);
    assert_int_equal(world_ask_known(w, "R2-07", TODAY, before.recorded_ms)->share.num, 0);
    assert_int_equal(world_ask_known(w, "R2-07", TODAY, after.recorded_ms)->share.num, 1);
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
    world_put_site_hour(w, arena_format(w->arena, "u-%s", id), site, day_of(day) * 24 - 8 + hour,
                        operating_ms);
}

static void machines_inside_state_owned_sites_are_of_stage_3_or_better(void **state)
{
    struct world *w = *state;

    assert_int_equal(world_ask(w, "R2-08", TODAY)->verdict, VERDICT_NO_DATA);
    put_machine(w, "M3", "DIESEL", "3");
    put_machine(w, "ME", "BEV", "D");
    put_machine(w, "M2", "DIESEL", "2");
    put_hour(w, "M3", "works", "2025-06-01", 8, 1800000);
    put_hour(w, "M3", "yard", "2025-06-02", 8, 600000);
    put_hour(w, "ME", "works", "2025-12-31", 23, 3600000);
    put_hour(w, "M2", "mill", "2025-06-01", 8, 3600000);   /* no state owner */
    put_hour(w, "M2", "works", "2025-06-03", 8, 0);        /* inside, and did not work */
    put_hour(w, "M2", "works", "2024-12-31", 23, 3600000); /* before the window */
    const struct compliance_rule *r = world_ask(w, "R2-08", TODAY);
    assert_int_equal(r->share.num, 100);
    assert_int_equal(r->share.den, 100);
    assert_int_equal(r->verdict, VERDICT_MET);
    assert_int_equal(world_view(r, "machines")->share.den, 2);
    assert_int_equal(r->items.count, 2);
    assert_int_equal(r->verified.by_telemetry, 100);
    put_hour(w, "M2", "works", "2025-06-04", 8, 1); /* a millisecond of Stage II */
    r = world_ask(w, "R2-08", TODAY);
    assert_int_equal(r->share.num, 100);
    assert_int_equal(r->share.den, 101);
    assert_int_equal(r->verdict, VERDICT_OVERDUE); /* no exception reaches machines */
    assert_string_equal(r->items.list[0].id, "M2");
    assert_non_null(strstr(r->items.list[0].why, "stage 2 is not Stage III or better; at works"));
}

static void the_parts_of_the_working_time_are_the_minutes_of_the_figure(void **state)
{
    struct world *w = *state;

    put_machine(w, "M3", "DIESEL", "3");
    put_machine(w, "M4", "DIESEL", "4");
    put_hour(w, "M3", "works", "2025-06-01", 8, 5430000 / 2);
    put_hour(w, "M3", "works", "2025-06-01", 9, 5430000 / 2);
    put_hour(w, "M4", "works", "2025-06-01", 8, 5430000 / 2);
    put_hour(w, "M4", "works", "2025-06-01", 9, 5430000 / 2);
    const struct compliance_rule *r = world_ask(w, "R2-08", TODAY);
    assert_int_equal(r->share.den, 181); /* 90.5 and 90.5 */
    assert_int_equal(r->verified.by_telemetry, 181);
    assert_int_equal(r->verified.silent, 0);
}

static void a_unit_that_is_said_later_to_have_been_elsewhere_was_known_to_be_there(void **state)
{
    struct world *w = *state;
    const struct compliance_rule *r = NULL;
    struct store_register before;

    put_machine(w, "M2", "DIESEL", "2");
    put_machine(w, "M3", "DIESEL", "3");
    put_hour(w, "M2", "works", "2025-06-01", 8, 3600000);
    assert_int_equal(store_register_read(w->fixture.db, &before, NULL), ERR_OK);
    fixture_vehicle(&w->fixture, CHANGE_PATCH, NULL, "vehicle_id=M2",
                    "unit=", "effective=2025-01-01", NULL);
    fixture_vehicle(&w->fixture, CHANGE_PATCH, NULL, "vehicle_id=M3", "unit=u-M2",
                    "effective=2025-01-01", NULL);
    r = world_ask(w, "R2-08", TODAY);
    assert_int_equal(r->share.num, 60);
    assert_int_equal(r->share.den, 60);
    r = world_ask_known(w, "R2-08", TODAY, before.recorded_ms);
    assert_int_equal(r->share.num, 0);
    assert_int_equal(r->share.den, 60);
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

    world_sql(w, "UPDATE org_version SET industry = 2 WHERE org_id = '" FIRM "'");
    world_sql(w,
              "INSERT INTO freight_report (org_id, period, first_month, months, state, version, "
              "accepted, revision, recorded_at) VALUES ('" FIRM "', '2025-Q4', %d, 3, %d, 1, 1, 1, "
              "0)",
              2025 * 12 + 9, FREIGHT_ACCEPTED);
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
    const struct compliance_rule *r = world_ask(w, "R7-01", TODAY);
    assert_int_equal(r->verdict, VERDICT_MET);
    assert_int_equal(r->verified.silent, 1);
    /* 1,320,000 t at the gates are 10 % more than declared, and just within. */
    world_sql(w, "INSERT INTO gate_day (site_id, day, direction, matched, energy, stage, trips, "
                 "loaded, tonnes) VALUES ('mill', 20400, 1, 0, 6, 7, 42000, 42000, 13200000)");
    r = world_ask(w, "R7-01", TODAY);
    assert_int_equal(r->verdict, VERDICT_MET);
    assert_int_equal(r->verified.by_telemetry, 1);
    world_sql(w, "UPDATE gate_day SET tonnes = 14280000");
    r = world_ask(w, "R7-01", TODAY);
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
    world_sql(w, "INSERT INTO gate_day (site_id, day, direction, matched, energy, stage, trips, "
                 "loaded, tonnes) VALUES ('mill', 20400, 1, 0, 6, 7, 42000, 42000, 12000000)");
    const struct compliance_rule *r = world_ask(w, "R3-04", TODAY);
    assert_int_equal(r->share.num, 23000000);
    assert_int_equal(r->measured.num, 18000000); /* the gates saw no new-energy truck */
    assert_int_equal(r->measured.den, 30000000);
    assert_int_equal(r->verdict, VERDICT_DISPUTED);
    world_sql(w, "UPDATE gate_day SET energy = 1"); /* only new-energy trucks: 100 % */
    r = world_ask(w, "R3-04", TODAY);
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
    world_sql(w, "UPDATE org_version SET kind = 2 WHERE org_id = '" FIRM "'"); /* state-owned */
    world_sql(w, "INSERT INTO gate_day (site_id, day, direction, matched, energy, stage, trips, "
                 "loaded, tonnes) VALUES ('mill', 20400, 1, 0, 6, 7, 42000, 42000, 7000000)");
    world_sql(w, "INSERT INTO gate_day (site_id, day, direction, matched, energy, stage, trips, "
                 "loaded, tonnes) VALUES ('mill', 20400, 1, 0, 1, 9, 42000, 42000, 5000000)");
    r = world_ask(w, "R2-07", TODAY);
    assert_int_equal(r->verdict, VERDICT_MET);
    assert_int_equal(world_view(r, "declared")->share.num, 12000000);
    assert_int_equal(world_view(r, "declared_by_gates")->share.num, 12000000);
    world_sql(w,
              "UPDATE gate_day SET tonnes = 3799000 WHERE energy = 1"); /* 10.0 % less and a bit */
    r = world_ask(w, "R2-07", TODAY);
    assert_int_equal(r->verdict, VERDICT_DISPUTED);
    assert_non_null(strstr(world_view(r, "declared")->note, "1 of 1 say otherwise"));
    world_sql(w, "UPDATE gate_day SET tonnes = 5000000, stage = 6 WHERE energy = 1");
    world_sql(w, "UPDATE gate_day SET stage = 6 WHERE energy = 6"); /* all of Stage V */
    assert_int_equal(world_ask(w, "R2-07", TODAY)->verdict, VERDICT_DISPUTED);
    world_sql(w, "UPDATE gate_day SET stage = 7, tonnes = 4000000");
    assert_int_equal(world_ask(w, "R2-07", TODAY)->verdict, VERDICT_DISPUTED);
    put_finding(w, FINDING_OF_REPORT, "gate-tonnes", FIRM "/2025-Q4", FINDING_EXPLAINED);
    assert_int_equal(world_ask(w, "R2-07", TODAY)->verdict, VERDICT_MET);
    assert_int_equal(world_ask(w, "R7-01", TODAY)->verified.contradicted, 0);
    put_finding(w, FINDING_OF_REPORT, "gate-tonnes", FIRM "/2025-Q3", FINDING_OPEN);
    assert_int_equal(world_ask(w, "R2-07", TODAY)->verdict, VERDICT_DISPUTED);
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

/* All trips were read, and a copy of each kept, until a page was full. */
static void the_few_of_very_many_trips_come_in_short_pages(void **state)
{
    struct world *w = *state;

    world_sql(
        w,
        "INSERT INTO gate_trip (site_id, at_ms, gate, direction, mark, plate, vehicle_id, "
        "energy, stage, cargo, tonnes, fleet, licence, photo, matched, used_energy, "
        "used_stage, recorded_at, author) SELECT 'works', %lld + n, 'g', 1, 'B', 'B', '', %d, "
        "%d, '', 300, '', '', '', '', %d, %d, 0, 't' FROM (WITH RECURSIVE numbers (n) AS "
        "(SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < %d) "
        "SELECT n FROM numbers) AS many",
        TRIP_HOUR * 3600000LL, ENERGY_BEV, STAGE_ELECTRIC, ENERGY_BEV, STAGE_ELECTRIC,
        USES_SCAN_MAX + 10);
    put_trips(w, "works", "2025-12-01", ENERGY_DIESEL, STAGE_5, 1, "豫U00001");
    assert_string_equal(uses_of(w, "R2-07", "no", 5), "[ ][ works 豫U00001 no silent; ]");
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
    put_finding(w, FINDING_OF_VEHICLE, "electric-with-engine", "T1", FINDING_OPEN);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_SITES(every_trip_to_a_state_owned_site_is_by_a_clean_truck),
        WITH_SITES(a_trip_of_unknown_stage_does_not_count_as_clean),
        WITH_SITES(a_trip_is_as_sure_as_its_truck),
        WITH_SITES(a_trip_is_of_the_truck_that_was_known_under_its_plate),
        WITH_SITES(every_trip_says_how_it_counts_and_why),
        WITH_SITES(the_few_of_very_many_trips_come_in_short_pages),
        WITH_SITES(the_working_time_of_each_machine_comes_by_site_and_day),
        WITH_SITES(gates_that_say_otherwise_than_the_report_dispute_the_trips_of_an_enterprise),
        WITH_SITES(the_own_fleet_stands_beside_the_trips),
        WITH_SITES(exceptions_of_vehicle_site_and_enterprise_cover_trips_of_their_days),
        WITH_SITES(machines_inside_state_owned_sites_are_of_stage_3_or_better),
        WITH_SITES(the_parts_of_the_working_time_are_the_minutes_of_the_figure),
        WITH_SITES(a_unit_that_is_said_later_to_have_been_elsewhere_was_known_to_be_there),
        WITH_SITES(gates_that_count_a_fifth_more_dispute_a_plant),
        WITH_SITES(the_region_shows_its_share_by_the_gates_beside_the_declared_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

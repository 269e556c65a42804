/* What findings and telemetry say of a figure: verified, contradicted, silent, disputed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "registry/compliance/answer.h"
#include "registry/store/store_findings.h"
#include "tests/unit/vehicles/register_fixture.h"

#define TODAY "2025-12-31"
#define SOE   "91419001MA9TEA0117"

struct world {
    struct register_fixture fixture;
    struct plan_set *plans;
    struct arena *arena;
    struct compliance answer;
    int64_t findings;
};

static void run_sql(struct world *w, const char *text)
{
    struct fault fault = {0};

    text = arena_text(w->arena, text); /* statements are kept by address */
    if (sql_exec(w->fixture.db, text, SQL_NO_VALUES, NULL, &fault) != ERR_OK)
        fail_msg("%s: %s", text, fault.text);
}

static int world_open(void **state)
{
    static struct world world;

    world = (struct world){.arena = arena_create()};
    fixture_open(&world.fixture, TODAY);
    assert_int_equal(plan_set_load(NULL, &world.plans, NULL), ERR_OK);
    fixture_org(&world.fixture, SOE, OWNER_SOE, "2000-01-01");
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

static const struct compliance_rule *ask_known(struct world *w, const char *rule, const char *as_of,
                                               int64_t known_ms)
{
    const struct compliance_query query = {.plan = plan_set_find(w->plans, NULL),
                                           .as_of = day_of(as_of),
                                           .today = day_of(TODAY),
                                           .filter = {.known_ms = known_ms},
                                           .rule_id = rule};
    struct fault fault = {0};

    if (compliance_compute(w->fixture.db, &query, w->arena, &w->answer, &fault) != ERR_OK)
        fail_msg("%s", fault.text);
    return &w->answer.rules[0];
}

static const struct compliance_rule *ask(struct world *w, const char *rule, const char *as_of)
{
    return ask_known(w, rule, as_of, 0);
}

#define put_vehicle(w, ...)                                                                        \
    fixture_vehicle(&(w)->fixture, CHANGE_PUT, NULL, __VA_ARGS__, "owner_id=" SOE, "area=419001",  \
                    "built_up=1", "added=2022-01-01", NULL)

/* A finding of the vehicle that is so on these days. */
static int64_t put_finding(struct world *w, const char *kind, const char *vehicle, const char *from,
                           const char *to)
{
    char text[1024];

    snprintf(text, sizeof text,
             "INSERT INTO finding (finding_no, kind, subject_kind, subject, about, state, cause, "
             "evidence, first_ms, last_ms, reopened, decision, decided_cause) VALUES "
             "(%lld, '%s', %d, '%s', '', %d, 'c', '{}', 0, 0, 0, 0, '')",
             (long long)++w->findings, kind, FINDING_OF_VEHICLE, vehicle, FINDING_OPEN);
    run_sql(w, text);
    snprintf(text, sizeof text,
             "INSERT INTO finding_span (finding_no, cause, from_day, to_day) VALUES "
             "(%lld, 'c', %d, %d)",
             (long long)w->findings, day_of(from), day_of(to));
    run_sql(w, text);
    return w->findings;
}

static void explain(struct world *w, int64_t number)
{
    char text[256];

    snprintf(text, sizeof text,
             "UPDATE finding SET state = %d, decision = %d, decided_cause = 'c' "
             "WHERE finding_no = %lld",
             FINDING_EXPLAINED, FINDING_EXPLAINED, (long long)number);
    run_sql(w, text);
}

/* The unit of the vehicle sent something on the day. */
static void put_hour(struct world *w, const char *unit, const char *day, int engine_ms)
{
    char text[1024];

    snprintf(text, sizeof text,
             "INSERT INTO unit_hour (unit_id, hour, rows_received, rows_unique, distance_m, "
             "electric_m, engine_ms, operating_ms, covered_ms, discharged_mwh, charged_mwh, "
             "fuel_ul, gaps, gap_ms, anomalies, rpm_max, clock_ahead_ms, first_ms, last_ms, "
             "last_sample) VALUES ('%s', %d, 1, 1, 0, 0, %d, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, "
             "CAST('' AS BYTEA))",
             unit, day_of(day) * 24, engine_ms);
    run_sql(w, text);
    fixture_heard(&w->fixture);
}

static void assert_verified(const struct compliance_rule *r, int64_t by_telemetry,
                            int64_t contradicted, int64_t silent)
{
    assert_int_equal(r->verified.by_telemetry, by_telemetry);
    assert_int_equal(r->verified.contradicted, contradicted);
    assert_int_equal(r->verified.silent, silent);
}

static void put_buses(struct world *w, int count, const char *energy)
{
    for (int i = 0; i < count; i++)
        put_vehicle(w, arena_format(w->arena, "vehicle_id=%s-%d", energy + 7, i), "category=BUS",
                    energy, "stage=X", arena_format(w->arena, "unit=u-%s-%d", energy + 7, i));
}

static void a_finding_contradicts_on_the_days_as_of_which_it_is_so(void **state)
{
    struct world *w = *state;

    put_buses(w, 3, "energy=BEV");
    put_finding(w, "electric-with-engine", "BEV-1", "2025-03-01", "2025-06-30");
    put_hour(w, "u-BEV-2", "2025-05-01", 0);
    assert_verified(ask(w, "R2-05a", "2025-02-28"), 0, 0, 3);
    assert_verified(ask(w, "R2-05a", "2025-03-01"), 0, 1, 2);
    assert_verified(ask(w, "R2-05a", "2025-06-30"), 1, 1, 1);
    assert_verified(ask(w, "R2-05a", "2025-07-01"), 1, 0, 2);
}

static void what_is_explained_contradicts_nothing(void **state)
{
    struct world *w = *state;
    int64_t number = 0;

    put_buses(w, 2, "energy=BEV");
    put_hour(w, "u-BEV-0", "2025-06-01", 60000); /* an engine ran */
    assert_verified(ask(w, "R2-05a", "2025-06-30"), 0, 1, 1);
    number = put_finding(w, "electric-with-engine", "BEV-0", "2025-06-01", "2025-08-29");
    assert_verified(ask(w, "R2-05a", "2025-06-30"), 0, 1, 1);
    explain(w, number);
    assert_verified(ask(w, "R2-05a", "2025-06-30"), 1, 0, 1);
}

static void a_figure_is_disputed_above_the_tolerance_of_the_plan(void **state)
{
    struct world *w = *state;
    const struct compliance_rule *r = NULL;

    put_buses(w, 20, "energy=PHEV");
    put_finding(w, "plugin-on-fuel", "PHEV-3", "2025-06-01", "2025-08-29");
    r = ask(w, "R2-05a", "2025-06-30");
    assert_int_equal(r->verdict, VERDICT_MET); /* one of twenty is just 5 % */
    assert_int_equal(r->measured.num, 19);
    put_finding(w, "plugin-on-fuel", "PHEV-4", "2025-06-01", "2025-08-29");
    r = ask(w, "R2-05a", "2025-06-30");
    assert_int_equal(r->verdict, VERDICT_DISPUTED);
    assert_int_equal(r->share.num, 20);
    assert_int_equal(r->measured.num, 18);
    assert_verified(r, 0, 2, 18);
}

static void what_would_count_if_it_were_right_is_measured_so(void **state)
{
    struct world *w = *state;
    const struct compliance_rule *r = NULL;

    put_buses(w, 2, "energy=PETROL");
    put_finding(w, "combustion-without-engine", "PETROL-0", "2025-06-01", "2025-08-29");
    put_finding(w, "maker-electric", "PETROL-1", "2022-01-01", "2199-12-31");
    r = ask(w, "R2-05a", "2025-06-30");
    assert_int_equal(r->share.num, 0);
    assert_int_equal(r->measured.num, 2);
    assert_verified(r, 0, 2, 0);
}

static void a_finding_that_the_figure_does_not_hang_on_leaves_it_alone(void **state)
{
    struct world *w = *state;

    put_buses(w, 1, "energy=BEV");
    put_buses(w, 1, "energy=DIESEL");
    put_finding(w, "plate-energy", "BEV-0", "2022-01-01", "2199-12-31"); /* new-energy either way */
    put_finding(w, "stage-date", "DIESEL-0", "2022-01-01", "2199-12-31");
    put_finding(w, "plugin-on-fuel", "BEV-0", "2022-01-01", "2199-12-31"); /* was a hybrid once */
    assert_verified(ask(w, "R2-05a", "2025-06-30"), 0, 0, 2);
}

static void with_known_nobody_is_asked(void **state)
{
    struct world *w = *state;

    put_buses(w, 1, "energy=BEV");
    put_finding(w, "electric-with-engine", "BEV-0", "2025-03-01", "2025-06-30");
    assert_verified(ask_known(w, "R2-05a", "2025-06-30", 40000 * WHEN_DAY_MS), 0, 0, 0);
}

/* ---- the vehicles behind it ---- */

struct seen {
    char text[512];
};

static void note_row(void *arg, const struct behind_row *row)
{
    struct seen *seen = arg;
    const struct verification *v = row->verification;
    size_t len = strlen(seen->text);

    assert_non_null(v);
    snprintf(seen->text + len, sizeof seen->text - len, "%s %s %s %d; ", row->vehicle.at.vehicle_id,
             verified_as_name(v->as), v->kind == NULL ? "-" : v->kind, (int)v->number);
}

static void each_vehicle_says_how_it_is_verified_and_by_which_finding(void **state)
{
    struct world *w = *state;
    const struct plan *plan = plan_set_find(w->plans, NULL);
    struct behind_query query = {
        .asked = {.plan = plan, .as_of = day_of("2025-06-30")},
        .all = true,
        .limit = 3,
        .evidence = true,
    };
    const struct scope_filter filter = {0};
    struct seen seen = {.text = ""};
    const char *next = NULL;

    put_buses(w, 4, "energy=BEV");
    put_finding(w, "plate-energy", "BEV-1", "2022-01-01", "2199-12-31");
    put_finding(w, "electric-with-engine", "BEV-1", "2025-06-01", "2025-08-29");
    put_hour(w, "u-BEV-2", "2025-06-01", 0);
    put_hour(w, "u-BEV-3", "2025-06-01", 7);
    query.scope = scope_of(plan, plan_rule(plan, "R2-05a", day_of("2025-06-30")),
                           day_of("2025-06-30"), &filter);
    assert_int_equal(behind_read(w->fixture.db, &query, w->arena, note_row, &seen, &next, NULL),
                     ERR_OK);
    assert_string_equal(seen.text, "BEV-0 silent - 0; BEV-1 contradicted electric-with-engine 2; "
                                   "BEV-2 telemetry - 0; ");
    assert_string_equal(next, "BEV-2");
    query.after = next;
    seen.text[0] = '\0';
    assert_int_equal(behind_read(w->fixture.db, &query, w->arena, note_row, &seen, &next, NULL),
                     ERR_OK);
    assert_string_equal(seen.text, "BEV-3 contradicted electric-with-engine 0; ");
}

/* ---- machines ---- */

static void put_machine_hour(struct world *w, const char *id, const char *stage)
{
    char text[512];

    put_vehicle(w, arena_format(w->arena, "vehicle_id=%s", id), "category=NON_ROAD",
                "energy=DIESEL", stage, arena_format(w->arena, "unit=u-%s", id),
                "disclosure_no=CNFJG200");
    snprintf(text, sizeof text,
             "INSERT INTO unit_hour_site (unit_id, hour, site_id, inside_ms, operating_ms, "
             "engine_ms) VALUES ('u-%s', %d, 'works', 3600000, 3600000, 0)",
             id, day_of("2025-06-01") * 24);
    run_sql(w, text);
}

static void the_minutes_of_a_machine_whose_stage_is_doubtful_are_contradicted(void **state)
{
    struct world *w = *state;
    const struct compliance_rule *r = NULL;

    run_sql(w, "INSERT INTO site_version (site_id, valid_from, version, org_id, name, kind, "
               "polygon, lon_min, lat_min, lon_max, lat_max, recorded_at, author) VALUES "
               "('works', -25567, 1, '" SOE "', 's', 1, '', 0, 0, 0, 0, 0, 't')");
    put_machine_hour(w, "M2", "stage=2");
    put_machine_hour(w, "M3", "stage=3");
    put_machine_hour(w, "M4", "stage=4");
    put_finding(w, "disclosure-stage", "M3", "2022-01-01", "2199-12-31"); /* it says II */
    put_finding(w, "stage-date", "M4", "2022-01-01", "2199-12-31");       /* counts either way */
    r = ask(w, "R2-08", TODAY);
    assert_verified(r, 120, 60, 0);
    assert_int_equal(r->share.num, 120);
    assert_int_equal(r->measured.num, 60);
    assert_int_equal(r->verdict, VERDICT_DISPUTED);
    assert_string_equal(r->items.list[1].verification->kind, "disclosure-stage");
    assert_int_equal(r->items.list[0].verification->as, VERIFIED_BY_TELEMETRY);
}

#define WITH_WORLD(test) cmocka_unit_test_setup_teardown(test, world_open, world_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_WORLD(a_finding_contradicts_on_the_days_as_of_which_it_is_so),
        WITH_WORLD(what_is_explained_contradicts_nothing),
        WITH_WORLD(a_figure_is_disputed_above_the_tolerance_of_the_plan),
        WITH_WORLD(what_would_count_if_it_were_right_is_measured_so),
        WITH_WORLD(a_finding_that_the_figure_does_not_hang_on_leaves_it_alone),
        WITH_WORLD(with_known_nobody_is_asked),
        WITH_WORLD(each_vehicle_says_how_it_is_verified_and_by_which_finding),
        WITH_WORLD(the_minutes_of_a_machine_whose_stage_is_doubtful_are_contradicted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

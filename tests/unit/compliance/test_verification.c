/* What findings and telemetry say of a figure: verified, contradicted, silent, disputed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "registry/compliance/answer.h"
#include "tests/unit/compliance/compliance_world.h"

#define put_vehicle(w, ...)                                                                        \
    fixture_vehicle(&(w)->fixture, CHANGE_PUT, NULL, __VA_ARGS__, "owner_id=" SOE, "area=419001",  \
                    "built_up=1", "added=2022-01-01", NULL)

static int64_t put_finding(struct world *w, const char *kind, const char *vehicle, const char *from,
                           const char *to)
{
    return world_put_finding(
        w, &(struct world_finding){FINDING_OF_VEHICLE, kind, vehicle, FINDING_OPEN, from, to});
}

static void explain(struct world *w, int64_t number)
{
    world_sql(w,
              "UPDATE finding SET state = %d, decision = %d, decided_cause = 'c' "
              "WHERE finding_no = %lld",
              FINDING_EXPLAINED, FINDING_EXPLAINED, (long long)number);
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
    world_put_hour(w, "u-BEV-2", day_of("2025-05-01") * 24, 0);
    assert_verified(world_ask(w, "R2-05a", "2025-02-28"), 0, 0, 3);
    assert_verified(world_ask(w, "R2-05a", "2025-03-01"), 0, 1, 2);
    assert_verified(world_ask(w, "R2-05a", "2025-06-30"), 1, 1, 1);
    assert_verified(world_ask(w, "R2-05a", "2025-07-01"), 1, 0, 2);
}

static void what_is_explained_contradicts_nothing(void **state)
{
    struct world *w = *state;
    int64_t number = 0;

    put_buses(w, 2, "energy=BEV");
    world_put_hour(w, "u-BEV-0", day_of("2025-06-01") * 24, 60000); /* an engine ran */
    assert_verified(world_ask(w, "R2-05a", "2025-06-30"), 0, 1, 1);
    number = put_finding(w, "electric-with-engine", "BEV-0", "2025-06-01", "2025-08-29");
    assert_verified(world_ask(w, "R2-05a", "2025-06-30"), 0, 1, 1);
    explain(w, number);
    assert_verified(world_ask(w, "R2-05a", "2025-06-30"), 1, 0, 1);
}

static void become(struct world *w, const char *id, const char *what, const char *effective)
{
    fixture_vehicle(&w->fixture, CHANGE_PATCH, NULL, id, what, effective, NULL);
}

static void what_ran_before_it_became_electric_contradicts_nothing(void **state)
{
    struct world *w = *state;

    put_buses(w, 1, "energy=DIESEL");
    become(w, "vehicle_id=DIESEL-0", "energy=BEV", "effective=2025-06-01");
    become(w, "vehicle_id=DIESEL-0", "area=410100", "effective=2025-06-20"); /* it stays electric */
    world_put_hour(w, "u-DIESEL-0", day_of("2025-06-01") * 24 - 9, 60000);
    assert_verified(world_ask(w, "R2-05a", "2025-06-30"), 1, 0, 0);
    world_put_hour(w, "u-DIESEL-0", day_of("2025-06-01") * 24 - 8, 60000);
    assert_verified(world_ask(w, "R2-05a", "2025-06-30"), 0, 1, 0);
    /* For a while it was not: what ran until then was right. */
    become(w, "vehicle_id=DIESEL-0", "energy=DIESEL", "effective=2025-06-10");
    become(w, "vehicle_id=DIESEL-0", "energy=BEV", "effective=2025-06-12");
    assert_verified(world_ask(w, "R2-05a", "2025-06-09"), 0, 1, 0);
    assert_verified(world_ask(w, "R2-05a", "2025-06-30"), 1, 0, 0);
}

/* An addition counts by what it was then, telemetry by what it is. */
static void an_addition_that_became_diesel_later_may_have_an_engine(void **state)
{
    struct world *w = *state;

    fixture_vehicle(&w->fixture, CHANGE_PUT, NULL, "vehicle_id=A", "category=BUS", "energy=BEV",
                    "stage=X", "owner_id=" SOE, "area=419001", "built_up=1", "added=2025-01-01",
                    "unit=u-A", NULL);
    world_put_hour(w, "u-A", day_of("2025-06-05") * 24, 60000);
    assert_verified(world_ask(w, "R2-04a", "2025-06-30"), 0, 1, 0);
    become(w, "vehicle_id=A", "energy=DIESEL", "effective=2025-06-02");
    assert_verified(world_ask(w, "R2-04a", "2025-06-30"), 1, 0, 0);
}

static void a_figure_is_disputed_above_the_tolerance_of_the_plan(void **state)
{
    struct world *w = *state;
    const struct compliance_rule *r = NULL;

    put_buses(w, 20, "energy=PHEV");
    put_finding(w, "plugin-on-fuel", "PHEV-3", "2025-06-01", "2025-08-29");
    r = world_ask(w, "R2-05a", "2025-06-30");
    assert_int_equal(r->verdict, VERDICT_MET); /* one of twenty is just 5 % */
    assert_int_equal(r->measured.num, 19);
    put_finding(w, "plugin-on-fuel", "PHEV-4", "2025-06-01", "2025-08-29");
    r = world_ask(w, "R2-05a", "2025-06-30");
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
    r = world_ask(w, "R2-05a", "2025-06-30");
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
    assert_verified(world_ask(w, "R2-05a", "2025-06-30"), 0, 0, 2);
}

static void with_known_nobody_is_asked(void **state)
{
    struct world *w = *state;

    put_buses(w, 1, "energy=BEV");
    put_finding(w, "electric-with-engine", "BEV-0", "2025-03-01", "2025-06-30");
    assert_verified(world_ask_known(w, "R2-05a", "2025-06-30", 40000 * WHEN_DAY_MS), 0, 0, 0);
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
    world_put_hour(w, "u-BEV-2", day_of("2025-06-01") * 24, 0);
    world_put_hour(w, "u-BEV-3", day_of("2025-06-01") * 24, 7);
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
    put_vehicle(w, arena_format(w->arena, "vehicle_id=%s", id), "category=NON_ROAD",
                "energy=DIESEL", stage, arena_format(w->arena, "unit=u-%s", id),
                "disclosure_no=CNFJG200");
    world_put_site_hour(w, arena_format(w->arena, "u-%s", id), "works", day_of("2025-06-01") * 24,
                        3600000);
}

static void the_minutes_of_a_machine_whose_stage_is_doubtful_are_contradicted(void **state)
{
    struct world *w = *state;
    const struct compliance_rule *r = NULL;

    world_put_site(w, "works", SOE);
    put_machine_hour(w, "M2", "stage=2");
    put_machine_hour(w, "M3", "stage=3");
    put_machine_hour(w, "M4", "stage=4");
    put_finding(w, "disclosure-stage", "M3", "2022-01-01", "2199-12-31"); /* it says II */
    put_finding(w, "stage-date", "M4", "2022-01-01", "2199-12-31");       /* counts either way */
    r = world_ask(w, "R2-08", TODAY);
    assert_verified(r, 120, 60, 0);
    assert_int_equal(r->share.num, 120);
    assert_int_equal(r->measured.num, 60);
    assert_int_equal(r->verdict, VERDICT_DISPUTED);
    assert_string_equal(r->items.list[1].verification->kind, "disclosure-stage");
    assert_int_equal(r->items.list[0].verification->as, VERIFIED_BY_TELEMETRY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_WORLD(a_finding_contradicts_on_the_days_as_of_which_it_is_so),
        WITH_WORLD(what_is_explained_contradicts_nothing),
        WITH_WORLD(what_ran_before_it_became_electric_contradicts_nothing),
        WITH_WORLD(an_addition_that_became_diesel_later_may_have_an_engine),
        WITH_WORLD(a_figure_is_disputed_above_the_tolerance_of_the_plan),
        WITH_WORLD(what_would_count_if_it_were_right_is_measured_so),
        WITH_WORLD(a_finding_that_the_figure_does_not_hang_on_leaves_it_alone),
        WITH_WORLD(with_known_nobody_is_asked),
        WITH_WORLD(each_vehicle_says_how_it_is_verified_and_by_which_finding),
        WITH_WORLD(the_minutes_of_a_machine_whose_stage_is_doubtful_are_contradicted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

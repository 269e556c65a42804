/* Trucks of the built-up area count by where telemetry says they work: in the figure, in the
 * vehicles behind it and in every other answer about the same rule. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "registry/compliance/answer.h"
#include "registry/lists/list.h"
#include "registry/outlook/replacement.h"
#include "registry/outlook/what_if.h"
#include "registry/sites/attribution.h"
#include "registry/sites/site.h"
#include "tests/unit/vehicles/register_fixture.h"

#define TODAY "2025-06-30"
#define DAY   "2025-06-20"
#define RULE  "R2-05c"
#define TOWN  "POLYGON ((112 35, 112.1 35, 112.1 35.1, 112 35.1, 112 35))"

/* Minutes in the window; their unit is called as the truck. */
struct truck {
    const char *id, *category, *energy, *owner, *declared;
    int operating, located, inside;
    const char *counts; /* NULL: it is not in the figure */
    const char *by;
};

static const struct truck trucks[] = {
    {"A1", "LOGISTICS", "BEV", "one", "0", 700, 700, 700, "yes", "telemetry"},
    {"A2", "LOGISTICS", "DIESEL", "one", "1", 700, 700, 0, NULL, NULL},
    {"A3", "MUCK_TRUCK", "DIESEL", "one", "1", 700, 300, 0, "no", "declared"},
    {"A4", "LOGISTICS", "DIESEL", "one", "0", 700, 700, 700, "exempt", "telemetry"},
    {"A5", "CEMENT_TRUCK", "BEV", "one", "1", 0, 0, 0, "yes", "declared"},
    {"A6", "MUCK_TRUCK", "BEV", "one", "1", 700, 600, 300, "yes", "telemetry"},
    {"A7", "MUCK_TRUCK", "DIESEL", "one", "0", 0, 0, 0, NULL, NULL},
    {"A8", "OTHER_FREIGHT", "DIESEL", "two", "0", 700, 700, 350, "no", "telemetry"},
    {"B1", "BUS", "BEV", "two", "0", 700, 700, 700, NULL, NULL},
};
#define TRUCKS (sizeof trucks / sizeof trucks[0])

struct bench {
    struct register_fixture fixture;
    struct plan_set *plans;
    struct arena *arena;
};

static struct fault fault;

static void ok(enum err err)
{
    if (err != ERR_OK)
        fail_msg("%s", fault.text);
}

static void put_town(struct bench *b)
{
    struct site_change change = {.mode = CHANGE_PUT, .to = site_blank()};
    struct remarks remarks = {0};
    enum change_outcome outcome;

    SET_TEXT(change.to.site_id, "town");
    SET_TEXT(change.to.name, "town");
    change.to.kind = SITE_BUILT_UP;
    change.to.polygon = TOWN;
    change.fields = (1u << SITE_FIELDS) - 1;
    change.effective = day_of("2025-01-01");
    ok(registrar_begin(b->fixture.registrar, &fault));
    ok(site_put(b->fixture.registrar, &change, &outcome, &remarks, &fault));
    ok(registrar_commit(b->fixture.registrar, &fault));
}

static void put_truck(struct bench *b, const struct truck *t)
{
    const int64_t ms = 60000;

    fixture_vehicle(&b->fixture, CHANGE_PUT, NULL, arena_format(b->arena, "vehicle_id=%s", t->id),
                    arena_format(b->arena, "category=%s", t->category),
                    arena_format(b->arena, "energy=%s", t->energy), "stage=X",
                    arena_format(b->arena, "owner_id=%s", t->owner), "area=419001",
                    arena_format(b->arena, "built_up=%s", t->declared), "added=2025-01-01",
                    arena_format(b->arena, "unit=%s", t->id), NULL);
    if (t->operating == 0)
        return;
    ok(sql_exec(b->fixture.db,
                "INSERT INTO unit_day_place (unit_id, day, operating_ms, located_ms, built_up_ms) "
                "VALUES ($1, $2, $3, $4, $5)",
                SQL_VALUES(sql_text(t->id), sql_int(day_of("2025-06-01")),
                           sql_int(t->operating * ms), sql_int(t->located * ms),
                           sql_int(t->inside * ms)),
                NULL, &fault));
    ok(sql_begin(b->fixture.db, SQL_WRITE, &fault));
    ok(store_built_up_queue_unit(b->fixture.db, t->id, day_of("2025-06-01"), 0, &fault));
    ok(sql_commit(b->fixture.db, &fault));
}

static void decide(struct bench *b)
{
    bool did = true;

    while (did)
        ok(attribution_step(b->fixture.db, INT64_MAX, &did, &fault));
}

static int set_up(void **state)
{
    static struct bench bench;
    struct bench *b = &bench;

    *b = (struct bench){.arena = arena_create()};
    fixture_open(&b->fixture, TODAY);
    ok(plan_set_load(NULL, &b->plans, &fault));
    fixture_org(&b->fixture, "one", OWNER_PRIVATE, "2000-01-01");
    fixture_org(&b->fixture, "two", OWNER_PRIVATE, "2000-01-01");
    put_town(b);
    for (size_t i = 0; i < TRUCKS; i++)
        put_truck(b, &trucks[i]);
    fixture_exemption(&b->fixture, "A4", EXEMPT_EMERGENCY, "2025-01-01", NULL);
    decide(b);
    *state = b;
    return 0;
}

static int tear_down(void **state)
{
    struct bench *b = *state;

    plan_set_free(b->plans);
    fixture_close(&b->fixture);
    arena_destroy(b->arena);
    return 0;
}

static struct compliance_query query_of(const struct bench *b)
{
    return (struct compliance_query){.plan = plan_set_find(b->plans, NULL),
                                     .as_of = day_of(DAY),
                                     .today = day_of(TODAY),
                                     .rule_id = RULE};
}

static const struct compliance_rule *ask(struct bench *b, const struct compliance_query *query)
{
    struct compliance *answer = ARENA_NEW(b->arena, struct compliance);

    ok(compliance_compute(b->fixture.db, query, b->arena, answer, &fault));
    return &answer->rules[0];
}

/* ---- figure and list ---- */

struct seen {
    const char *owner;
    size_t next; /* of the trucks */
    int64_t n[COUNTS_AS_COUNT];
};

static bool belongs(const struct seen *seen, const struct truck *t)
{
    return t->counts != NULL && (seen->owner == NULL || strcmp(seen->owner, t->owner) == 0);
}

static void see(void *arg, const struct behind_row *row)
{
    struct seen *seen = arg;
    const struct truck *t = NULL;

    while (seen->next < TRUCKS && !belongs(seen, &trucks[seen->next]))
        seen->next++;
    assert_true(seen->next < TRUCKS);
    t = &trucks[seen->next++];
    assert_string_equal(row->vehicle.at.vehicle_id, t->id);
    assert_string_equal(counts_as_name(row->as), t->counts);
    assert_non_null(row->where);
    assert_true(row->where->used);
    assert_int_equal(row->where->declared, t->declared[0] == '1');
    assert_int_equal(row->where->operating_ms, t->operating * 60000);
    assert_int_equal(row->where->built_up_ms, t->inside * 60000);
    assert_string_equal(answer_where_by(row->where), t->by);
    seen->n[row->as]++;
}

static void compare(struct bench *b, const char *owner, int64_t limit)
{
    struct compliance_query q = query_of(b);
    struct seen seen = {.owner = owner};
    const struct compliance_rule *r = NULL;

    q.filter.owner_id = owner;
    r = ask(b, &q);
    struct behind_query behind = {
        .asked = q, .scope = r->scope, .all = true, .limit = limit, .evidence = true};
    do {
        const char *next = NULL;
        ok(behind_read(b->fixture.db, &behind, b->arena, see, &seen, &next, &fault));
        behind.after = next;
    } while (behind.after != NULL);
    for (int as = 0; as < COUNTS_AS_COUNT; as++)
        assert_int_equal(r->tally.n[as], seen.n[as]);
    assert_int_equal(r->share.den, seen.n[COUNTS_YES] + seen.n[COUNTS_NO]);
}

static void the_figure_and_the_list_are_of_where_trucks_work(void **state)
{
    const struct compliance_query q = query_of(*state);
    const struct compliance_rule *r = ask(*state, &q);

    assert_int_equal(r->share.num, 3);
    assert_int_equal(r->share.den, 5);
    assert_int_equal(r->tally.n[COUNTS_EXEMPT], 1);
    compare(*state, NULL, 100);
    compare(*state, NULL, 1);
    compare(*state, "one", 2);
    compare(*state, "two", 2);
}

static void the_rule_says_how_many_do_not_count_as_declared(void **state)
{
    const struct compliance_query q = query_of(*state);
    const struct compliance_rule *r = ask(*state, &q);
    int64_t parts = 0;

    assert_true(r->attributed.asked);
    assert_int_equal(r->attributed.into, 3);   /* A1, A4, A8 */
    assert_int_equal(r->attributed.out_of, 1); /* A2 */
    assert_int_equal(tally_share(&r->attributed.declared).num, 2);
    assert_int_equal(tally_share(&r->attributed.declared).den, 4);
    for (size_t i = 0; i < r->part_count; i++)
        parts += r->parts[i].share.den;
    assert_int_equal(parts, 4); /* A8 is of none */
}

static void before_telemetry_decides_the_declared_area_counts(void **state)
{
    struct compliance_query q = query_of(*state);

    q.as_of = day_of("2025-06-01");
    const struct compliance_rule *r = ask(*state, &q);
    assert_int_equal(r->attributed.into + r->attributed.out_of, 0);
    assert_int_equal(r->share.num, 2);
    assert_int_equal(r->share.den, 4);
}

/* ---- what was known; what was heard ---- */

static void what_was_known_is_by_the_declared_area_and_says_so(void **state)
{
    struct compliance_query q = query_of(*state);
    const struct compliance_rule *r = NULL;

    q.filter.known_ms = (day_of(TODAY) + 2) * WHEN_DAY_MS;
    r = ask(*state, &q);
    assert_false(r->attributed.asked);
    assert_int_equal(r->share.num, 2);
    assert_int_equal(r->share.den, 4);
    assert_non_null(strstr(r->note, "declared"));
}

static void where_trucks_work_restates_nothing(void **state)
{
    struct bench *b = *state;
    struct compliance_query q = query_of(b);

    q.today = day_of("2025-09-02");
    q.close_days = 15;
    fixture_today(&b->fixture, "2025-09-01"); /* a correction that is not of the rule */
    fixture_vehicle(&b->fixture, CHANGE_PUT, NULL, "vehicle_id=B2", "category=BUS", "energy=BEV",
                    "stage=X", "owner_id=one", "area=419001", "built_up=1", "added=2025-06-01",
                    NULL);
    assert_null(ask(b, &q)->restated);
    fixture_vehicle(&b->fixture, CHANGE_PUT, NULL, "vehicle_id=A9", "category=LOGISTICS",
                    "energy=BEV", "stage=X", "owner_id=one", "area=419001", "built_up=1",
                    "added=2025-06-01", NULL);
    const struct compliance_rule *r = ask(b, &q);
    assert_non_null(r->restated);
    assert_int_equal(r->restated->now.num - r->restated->share.num, 1);
    assert_int_equal(r->restated->now.den - r->restated->share.den, 1);
}

static void put_hour(struct bench *b, const char *unit, int64_t engine_ms)
{
    ok(sql_exec(b->fixture.db,
                "INSERT INTO unit_hour (unit_id, hour, rows_received, rows_unique, distance_m, "
                "electric_m, engine_ms, operating_ms, covered_ms, discharged_mwh, charged_mwh, "
                "fuel_ul, gaps, gap_ms, anomalies, rpm_max, clock_ahead_ms, first_ms, last_ms, "
                "last_sample) VALUES ($1, $2, 1, 1, 0, 0, $3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, "
                "CAST('' AS BYTEA))",
                SQL_VALUES(sql_text(unit), sql_int((int64_t)day_of(DAY) * 24), sql_int(engine_ms)),
                NULL, &fault));
    fixture_heard(&b->fixture);
}

static void silent_are_those_of_the_figure(void **state)
{
    struct bench *b = *state;
    const struct compliance_query q = query_of(b);

    put_hour(b, "A1", 60000);
    put_hour(b, "A2", 60000);
    put_hour(b, "A3", 60000);
    const struct compliance_rule *r = ask(b, &q);
    assert_int_equal(r->verified.contradicted, 1);
    assert_int_equal(r->verified.by_telemetry, 1); /* A3; A2 is not of it */
    assert_int_equal(r->verified.silent, 3);
}

/* ---- other answers ---- */

static void the_answers_carry_it(void **state)
{
    struct bench *b = *state;
    const struct compliance_query q = query_of(b);
    struct compliance answer;
    json_t *json = NULL, *attributed = NULL;
    int differing = 0, num = 0, den = 0;
    size_t len = 0;
    struct sheet *sheet = sheet_create(SHEET_CSV, &answer_rules_head);

    ok(compliance_compute(b->fixture.db, &q, b->arena, &answer, &fault));
    json = answer_json(&answer);
    attributed = json_object_get(json_array_get(json_object_get(json, "rules"), 0), "attributed");
    assert_int_equal(json_unpack(attributed, "{s:i, s:{s:i, s:i}}", "differing", &differing,
                                 "by_declared", "numerator", &num, "denominator", &den),
                     0);
    assert_int_equal(differing, 4);
    assert_int_equal(num, 2);
    assert_int_equal(den, 4);
    json_decref(json);
    answer_rules(&answer, sheet);
    ok(sheet_finish(sheet, &fault));
    assert_non_null(strstr(arena_format(b->arena, "%.*s", (int)(sheet_bytes(sheet, &len), len),
                                        (const char *)sheet_bytes(sheet, &len)),
                           "vehicles,3,1"));
    sheet_destroy(sheet);
}

static void replacing_begins_with_the_same_share(void **state)
{
    struct bench *b = *state;
    const struct plan *plan = plan_set_find(b->plans, NULL);
    const struct replacement_query q = {.plan = plan,
                                        .rule = plan_rule(plan, RULE, day_of(DAY)),
                                        .as_of = day_of(DAY),
                                        .limit = 10};
    struct replacement out;

    ok(replacement_compute(b->fixture.db, &q, b->arena, &out, &fault));
    assert_int_equal(out.share.num, 3);
    assert_int_equal(out.share.den, 5);
    assert_int_equal(out.exempt, 1);
    assert_int_equal(out.candidates, 2); /* A3, A8 */
}

static void a_truck_that_is_changed_goes_on_counting_where_it_works(void **state)
{
    struct bench *b = *state;
    const struct compliance_query q = query_of(b);
    struct what_if_rows rows = {.arena = b->arena};
    struct what_if out;
    json_t *json = json_pack("[{s:s, s:s}, {s:s, s:s}]", "vehicle_id", "A8", "energy", "BEV",
                             "vehicle_id", "A2", "energy", "HEV");

    ok(what_if_from_json(json, &rows, &fault));
    ok(what_if_compute(b->fixture.db, &q, &rows, b->arena, &out, &fault));
    json_decref(json);
    for (size_t i = 0; i < out.rule_count; i++)
        if (strcmp(out.rules[i].scope.rule->id, RULE) == 0) {
            assert_int_equal(tally_share(&out.rules[i].before).num, 3);
            assert_int_equal(tally_share(&out.rules[i].after).num, 4);
            assert_int_equal(tally_share(&out.rules[i].after).den, 5);
            return;
        }
    fail_msg("%s", "the rule is missing");
}

static void the_ranking_counts_them_too(void **state)
{
    static const char *const ids[] = {"companies", "townships"};
    struct bench *b = *state;

    for (size_t i = 0; i < 2; i++) {
        const struct list *list = list_find(ids[i]);
        struct list_query q = list_query_blank(plan_set_find(b->plans, NULL), day_of(DAY));
        struct list_page page = {.sheet = sheet_create(SHEET_JSON, &list->head), .arena = b->arena};
        json_t *rows = NULL, *row = NULL;
        size_t at = 0;
        int64_t num = 0, den = 0;
        q.rule = plan_rule(q.plan, RULE, q.as_of);
        q.limit = 10;
        ok(list_read(b->fixture.db, list, &q, &page, &fault));
        rows = sheet_rows_json(page.sheet);
        json_array_foreach(rows, at, row)
        {
            num += json_integer_value(json_object_get(row, "numerator"));
            den += json_integer_value(json_object_get(row, "denominator"));
        }
        assert_int_equal(num, 3);
        assert_int_equal(den, 5);
        json_decref(rows);
        sheet_destroy(page.sheet);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(the_figure_and_the_list_are_of_where_trucks_work),
        TEST(the_rule_says_how_many_do_not_count_as_declared),
        TEST(before_telemetry_decides_the_declared_area_counts),
        TEST(what_was_known_is_by_the_declared_area_and_says_so),
        TEST(where_trucks_work_restates_nothing),
        TEST(silent_are_those_of_the_figure),
        TEST(the_answers_carry_it),
        TEST(replacing_begins_with_the_same_share),
        TEST(a_truck_that_is_changed_goes_on_counting_where_it_works),
        TEST(the_ranking_counts_them_too),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

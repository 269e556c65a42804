/* What was said of a closed period and is said otherwise now. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "registry/compliance/restated.h"
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

static const struct compliance_restated *restated(struct world *w, const char *today,
                                                  const char *owner)
{
    const struct compliance_query query = {.plan = plan_set_at(w->plans, 0),
                                           .as_of = day_of("2025-06-30"),
                                           .today = day_of(today),
                                           .rule_id = "R2-05a",
                                           .filter = {.owner_id = owner},
                                           .close_days = RESTATED_CLOSE_DAYS};
    struct compliance compliance;
    struct fault fault;

    if (compliance_compute(w->f.db, &query, w->arena, &compliance, &fault) != ERR_OK)
        fail_msg("%s", fault.text);
    assert_int_equal(compliance.count, 1);
    return compliance.rules[0].restated;
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

#define ON_WORLD(test) cmocka_unit_test_setup_teardown(test, world_open, world_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_WORLD(what_nobody_corrected_is_not_restated),
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

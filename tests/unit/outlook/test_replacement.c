/* Random fleets: the order of replacement, made again by scoring and sorting every vehicle of the
 * scope, must be the one that reads only those it needs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "registry/outlook/replacement.h"
#include "registry/store/store_lists.h"
#include "tests/unit/vehicles/register_fixture.h"

#define TODAY    "2025-06-30"
#define VEHICLES 450 /* of the kind with the most there are more than one query takes */
#define SEED     20250630u

struct plain { /* a candidate as the test counts it */
    char id[VEHICLE_ID_SIZE];
    int64_t score;
};

struct world {
    struct register_fixture fixture;
    struct plan_set *plans;
    struct arena *arena;
    const struct replacement_query *asked;
    struct share share;
    struct plain order[VEHICLES];
    size_t count;
    unsigned seed;
};

static int dice(struct world *w, int sides)
{
    return rand_r(&w->seed) % sides;
}

#define ONE_OF(w, words) (words)[dice(w, (int)(sizeof(words) / sizeof((words)[0])))]

/* Many were registered on few days, some before the scale ends, some on no day or one to come. */
static void put_vehicle(struct world *w, int number)
{
    static const char *const energies[] = {"energy=DIESEL", "energy=DIESEL", "energy=HEV",
                                           "energy=PHEV", "energy=BEV"};
    static const char *const stages[] = {"stage=5", "stage=5", "stage=5", "stage=4", "stage=X"};
    static const char *const owners[] = {"owner_id=one", "owner_id=one", "owner_id=other"};
    static const char *const days[] = {
        "first_registered=",           "first_registered=",           "first_registered=1999-05-01",
        "first_registered=2004-09-01", "first_registered=2009-03-03", "first_registered=2015-01-01",
        "first_registered=2015-01-04", "first_registered=2015-01-09", "first_registered=2025-06-29",
        "first_registered=2025-06-30", "first_registered=2026-01-01"};
    struct remarks remarks = {0};
    const char *id = arena_format(w->arena, "V-%d", dice(w, 10000) * 1000 + number);
    const char *unit = dice(w, 4) == 0 ? arena_format(w->arena, "unit=u%d", number) : "unit=";

    fixture_vehicle(&w->fixture, CHANGE_PUT, &remarks, arena_format(w->arena, "vehicle_id=%s", id),
                    dice(w, 12) == 0 ? "category=TAXI" : "category=BUS", ONE_OF(w, energies),
                    ONE_OF(w, stages), ONE_OF(w, owners), "area=419001", "built_up=1",
                    ONE_OF(w, days), "added=2020-01-01", unit, NULL);
    assert_false(remarks.refused);
    if (dice(w, 8) == 0)
        fixture_exemption(&w->fixture, id, EXEMPT_EMERGENCY, "2020-01-01", NULL);
    if (dice(w, 4) == 0)
        fixture_vehicle(&w->fixture, CHANGE_PATCH, &remarks,
                        arena_format(w->arena, "vehicle_id=%s", id), ONE_OF(w, energies),
                        ONE_OF(w, days), "effective=2024-01-01", NULL);
}

/* Half of the units drove on one day, some of them long ago. */
static void drive(struct world *w, int number)
{
    static const char text[] =
        "INSERT INTO unit_hour (unit_id, hour, rows_received, rows_unique, distance_m, electric_m, "
        "engine_ms, operating_ms, covered_ms, discharged_mwh, charged_mwh, fuel_ul, gaps, gap_ms, "
        "anomalies, rpm_max, clock_ahead_ms, first_ms, last_ms, last_sample) VALUES "
        "($1, $2, 1, 1, $3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, CAST('' AS BYTEA))";
    int64_t day = day_of(dice(w, 5) == 0 ? "2023-01-01" : "2025-02-01");

    assert_int_equal(sql_exec(w->fixture.db, text,
                              SQL_VALUES(sql_text(arena_format(w->arena, "u%d", number)),
                                         sql_int(day * 24), sql_int(dice(w, 4) * 30000000)),
                              NULL, NULL),
                     ERR_OK);
}

static int world_open(void **state)
{
    struct world *w = calloc(1, sizeof *w);

    w->seed = SEED;
    w->arena = arena_create();
    fixture_open(&w->fixture, TODAY);
    assert_int_equal(plan_set_load(NULL, &w->plans, NULL), ERR_OK);
    fixture_org(&w->fixture, "one", OWNER_SOE, "2000-01-01");
    fixture_org(&w->fixture, "other", OWNER_PRIVATE, "2000-01-01");
    for (int i = 0; i < VEHICLES; i++)
        put_vehicle(w, i);
    for (int i = 0; i < VEHICLES; i += 2)
        drive(w, i);
    fixture_heard(&w->fixture);
    *state = w;
    return 0;
}

static int world_close(void **state)
{
    struct world *w = *state;

    arena_destroy(w->arena);
    plan_set_free(w->plans);
    fixture_close(&w->fixture);
    free(w);
    return 0;
}

/* ---- the plain way ---- */

static int64_t scaled(int64_t value, int64_t full)
{
    return value >= full ? 1000 : value * 1000 / full;
}

static int64_t distance_points(struct world *w, const char *id)
{
    struct store_use use;

    assert_int_equal(
        store_lists_use(w->fixture.db, id, w->asked->as_of - 364, w->asked->as_of, &use, NULL),
        ERR_OK);
    return use.hours > 0 ? scaled(use.distance_m, 100000000) : 0;
}

static void keep_vehicle(void *arg, const struct vehicle *vehicle)
{
    struct world *w = arg;
    const struct count_dims dims = vehicle_dims(vehicle);
    enum counts_as as = scope_counts(w->asked->rule, &dims);
    int32_t age = vehicle->at.first_registered == VEHICLE_DAY_NONE
                      ? 0
                      : w->asked->as_of - vehicle->at.first_registered;
    struct plain *p = &w->order[w->count];

    w->share.den += as != COUNTS_EXEMPT;
    w->share.num += as == COUNTS_YES;
    if (as != COUNTS_NO && as != COUNTS_UNKNOWN)
        return;
    SET_TEXT(p->id, vehicle->at.vehicle_id);
    p->score = w->asked->weights.age * scaled(age > 0 ? age : 0, 5475);
    p->score += w->asked->weights.stage * (vehicle->at.stage == STAGE_4   ? 400
                                           : vehicle->at.stage == STAGE_5 ? 200
                                                                          : 0);
    w->count++;
}

static int by_score(const void *left, const void *right)
{
    const struct plain *a = left;
    const struct plain *b = right;

    return a->score != b->score ? (a->score > b->score ? -1 : 1) : strcmp(a->id, b->id);
}

static void order_plainly(struct world *w)
{
    const struct scope scope =
        scope_of(w->asked->plan, w->asked->rule, w->asked->as_of, &w->asked->filter);
    const struct vehicle_scan scan = {.query = scope.query, .owner_id = scope.owner_id};

    w->count = 0;
    w->share = (struct share){0, 0};
    assert_int_equal(vehicles_scan(w->fixture.db, &scan, keep_vehicle, w, NULL), ERR_OK);
    for (size_t i = 0; i < w->count; i++)
        w->order[i].score += w->asked->weights.distance * distance_points(w, w->order[i].id);
    qsort(w->order, w->count, sizeof w->order[0], by_score);
}

/* ---- both ---- */

static void compare(struct world *w, int64_t skip, int64_t limit)
{
    struct replacement_query query = *w->asked;
    struct replacement out;

    query.skip = skip;
    query.limit = limit;
    assert_int_equal(replacement_compute(w->fixture.db, &query, w->arena, &out, NULL), ERR_OK);
    assert_int_equal(out.share.num, w->share.num);
    assert_int_equal(out.share.den, w->share.den);
    assert_int_equal(out.candidates, w->count);
    assert_int_equal(out.count, skip > out.needed           ? 0
                                : out.needed - skip < limit ? out.needed - skip
                                                            : limit);
    assert_int_equal(out.more, skip + limit < out.needed);
    for (size_t i = 0; i < out.count; i++) {
        const struct plain *p = &w->order[skip + (int64_t)i];
        assert_string_equal(out.rows[i].vehicle.vehicle_id, p->id);
        assert_int_equal(out.rows[i].score, p->score);
        assert_int_equal(out.rows[i].rank, skip + (int64_t)i + 1);
    }
}

static void compare_pages(struct world *w, const struct replacement_query *query)
{
    w->asked = query;
    order_plainly(w);
    assert_true(w->count > 20);
    compare(w, 0, 1);
    compare(w, 0, 10);
    compare(w, 7, 3);
    compare(w, 0, VEHICLES);
    compare(w, VEHICLES, 10);
}

static void the_order_equals_that_of_every_vehicle_scored_and_sorted(void **state)
{
    static const struct replacement_weights weights[] = {{4, 4, 2}, {1, 0, 0}, {0, 1, 0},
                                                         {0, 0, 1}, {3, 1, 0}, {0, 0, 0}};
    static const char *const days[] = {TODAY, "2023-12-31"};
    static const char *const owners[] = {NULL, "other"};
    struct world *w = *state;
    const struct plan *plan = plan_set_find(w->plans, NULL);

    for (size_t i = 0; i < sizeof weights / sizeof weights[0] * 4; i++) {
        int32_t day = day_of(days[i % 2]);
        const struct replacement_query query = {.plan = plan,
                                                .rule = plan_rule(plan, "R2-05a", day),
                                                .as_of = day,
                                                .filter = {.owner_id = owners[i / 2 % 2]},
                                                .target = {.num = 9, .den = 10},
                                                .weights = weights[i / 4]};
        compare_pages(w, &query);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_order_equals_that_of_every_vehicle_scored_and_sorted,
                                        world_open, world_close),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

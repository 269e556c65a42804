/*
 * Random registers, counted once more by a loop over a plain array that knows nothing of scopes,
 * counts or plans: figures, and the vehicles behind them, must be those.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "registry/compliance/behind.h"
#include "tests/unit/vehicles/register_fixture.h"

#define VEHICLES 120
#define ROUNDS   4
#define SEED     419001u

static const char *const categories[] = {
    "BUS",        "TAXI",         "RIDEHAIL",  "OFFICIAL_CAR",  "SANITATION",     "POSTAL",
    "MUCK_TRUCK", "CEMENT_TRUCK", "LOGISTICS", "OTHER_FREIGHT", "INTERNAL_TRUCK", "NON_ROAD"};
static const char *const energies[] = {"BEV",    "PHEV", "REEV", "FCEV",     "HEV",  "DIESEL",
                                       "PETROL", "CNG",  "LNG",  "METHANOL", "OTHER"};
static const char *const owners[] = {"gov", "soe", "private"};
static const char *const areas[] = {"419001", "410100"};

/* A vehicle as the test remembers it. */
struct remembered {
    char id[16];
    const char *category, *energy, *owner, *area;
    bool built_up, emergency, special;
    int32_t added, removed;
};

struct world {
    struct register_fixture fixture;
    struct plan_set *plans;
    struct remembered vehicles[VEHICLES];
    unsigned seed;
};

static int dice(struct world *w, int sides)
{
    return rand_r(&w->seed) % sides;
}

static const char *word(struct arena *arena, const char *name, const char *value)
{
    return arena_format(arena, "%s=%s", name, value);
}

static const char *day_word(struct arena *arena, const char *name, int32_t day)
{
    char text[WHEN_DAY_TEXT];

    when_day_format(day, text);
    return word(arena, name, text);
}

static void add_vehicle(struct world *w, int index, struct arena *arena)
{
    struct remembered *v = &w->vehicles[index];

    *v = (struct remembered){
        .category = categories[dice(w, 12)],
        .energy = energies[dice(w, 11)],
        .owner = owners[dice(w, 3)],
        .area = areas[dice(w, 4) == 0],
        .built_up = dice(w, 3) > 0,
        .emergency = dice(w, 8) == 0,
        .special = dice(w, 8) == 0,
        .added = day_of("2021-01-01") + dice(w, 1700),
        .removed = WHEN_DAY_NEVER,
    };
    snprintf(v->id, sizeof v->id, "V%04d", index);
    if (dice(w, 4) == 0)
        v->removed = v->added + 1 + dice(w, 700);
    fixture_vehicle(
        &w->fixture, CHANGE_PUT, NULL, word(arena, "vehicle_id", v->id),
        word(arena, "category", v->category), word(arena, "energy", v->energy), "stage=X",
        word(arena, "owner_id", v->owner), word(arena, "area", v->area),
        word(arena, "built_up", v->built_up ? "1" : "0"), day_word(arena, "added", v->added),
        v->removed < WHEN_DAY_NEVER ? day_word(arena, "removed", v->removed) : NULL, NULL);
    if (v->emergency)
        fixture_exemption(&w->fixture, v->id, EXEMPT_EMERGENCY, "2020-01-01", NULL);
    if (v->special)
        fixture_exemption(&w->fixture, v->id, EXEMPT_SPECIAL_NEED, "2020-01-01", NULL);
}

static void world_open(struct world *w, unsigned seed)
{
    struct arena *arena = arena_create();
    struct fault fault;

    *w = (struct world){.seed = seed};
    fixture_open(&w->fixture, "2026-06-30");
    assert_int_equal(plan_set_load(NULL, &w->plans, &fault), ERR_OK);
    fixture_org(&w->fixture, "gov", OWNER_GOVERNMENT, "2000-01-01");
    fixture_org(&w->fixture, "soe", OWNER_SOE, "2000-01-01");
    fixture_org(&w->fixture, "private", OWNER_PRIVATE, "2000-01-01");
    for (int i = 0; i < VEHICLES; i++)
        add_vehicle(w, i, arena);
    arena_destroy(arena);
}

static void world_close(struct world *w)
{
    plan_set_free(w->plans);
    fixture_close(&w->fixture);
}

/* ---- the second count, from the words of the clauses ---- */

struct clause {
    const char *rule, *categories, *owner;
    bool flow, built_up;
};

static const struct clause clauses[] = {
    {"R2-03", "OFFICIAL_CAR", "gov", true, false},
    {"R2-04a", "BUS", NULL, true, true},
    {"R2-04b", "SANITATION", NULL, true, true},
    {"R2-04c", "TAXI", NULL, true, true},
    {"R2-04d", "RIDEHAIL", NULL, true, false},
    {"R2-05a", "BUS", NULL, false, false},
    {"R2-05b", "TAXI", NULL, false, false},
    {"R2-05c", "MUCK_TRUCK CEMENT_TRUCK LOGISTICS OTHER_FREIGHT", NULL, false, true},
    {"R2-05d", "POSTAL", NULL, false, false},
    {"R2-05e", "SANITATION", NULL, false, false},
    {"R2-05f", "RIDEHAIL", NULL, false, false},
};

static bool in_clause(const struct clause *c, const struct remembered *v, int32_t day,
                      const struct scope_filter *filter)
{
    int32_t end = day < day_of("2025-12-31") ? day : day_of("2025-12-31");
    bool there = c->flow ? v->added >= day_of("2023-01-01") && v->added <= end
                         : v->added <= day && v->removed > day;

    return there && strstr(c->categories, v->category) != NULL &&
           (c->owner == NULL || strcmp(c->owner, v->owner) == 0) && (!c->built_up || v->built_up) &&
           (filter->owner_id == NULL || strcmp(filter->owner_id, v->owner) == 0) &&
           (filter->area == NULL || strncmp(filter->area, v->area, strlen(filter->area)) == 0);
}

static enum counts_as naive_counts(const struct clause *c, const struct remembered *v)
{
    bool exempt = strcmp(c->rule, "R2-03") == 0 ? v->special : !c->flow && v->emergency;

    if (exempt)
        return COUNTS_EXEMPT;
    return strstr("BEV PHEV REEV FCEV", v->energy) != NULL && strcmp(v->energy, "HEV") != 0
               ? COUNTS_YES
               : COUNTS_NO;
}

static void naive_tally(const struct world *w, const struct clause *c, int32_t day,
                        const struct scope_filter *filter, int64_t n[COUNTS_AS_COUNT])
{
    for (int i = 0; i < VEHICLES; i++)
        if (in_clause(c, &w->vehicles[i], day, filter))
            n[naive_counts(c, &w->vehicles[i])]++;
}

/* ---- comparing ---- */

struct seen {
    const struct world *world;
    const struct clause *clause;
    struct scope_filter filter;
    int32_t day;
    int64_t rows;
    char last[VEHICLE_ID_SIZE];
    enum counts_as as;
};

static void see(void *arg, const struct behind_row *row)
{
    struct seen *seen = arg;
    const struct remembered *v = &seen->world->vehicles[atoi(row->vehicle.at.vehicle_id + 1)];

    assert_true(strcmp(row->vehicle.at.vehicle_id, seen->last) > 0);
    memcpy(seen->last, row->vehicle.at.vehicle_id, sizeof seen->last);
    assert_string_equal(row->vehicle.at.vehicle_id, v->id);
    assert_true(in_clause(seen->clause, v, seen->day, &seen->filter));
    assert_int_equal(row->as, naive_counts(seen->clause, v));
    assert_int_equal(row->as, seen->as);
    assert_non_null(strstr(row->why, row->as == COUNTS_EXEMPT ? "exempt: " : v->energy));
    seen->rows++;
}

/* Every page of the vehicles that count as `as`; `limit` small, so that there are many. */
static int64_t rows_behind(struct world *w, const struct clause *c,
                           const struct compliance_rule *rule, struct seen *seen)
{
    struct arena *arena = arena_create();
    struct behind_query query = {.scope = rule->scope, .as = seen->as, .limit = 1 + dice(w, 9)};

    (void)c;
    do {
        struct fault fault = {0};
        int64_t before = seen->rows;
        const char *next = NULL;
        if (behind_read(w->fixture.db, &query, arena, see, seen, &next, &fault) != ERR_OK)
            fail_msg("%s", fault.text);
        assert_true(seen->rows - before <= query.limit);
        assert_true(next == NULL || seen->rows - before == query.limit);
        query.after = next;
    } while (query.after != NULL);
    arena_destroy(arena);
    return seen->rows;
}

static void compare_rule(struct world *w, const struct clause *c,
                         const struct compliance_rule *rule, const struct compliance_query *q)
{
    int64_t n[COUNTS_AS_COUNT] = {0};

    naive_tally(w, c, q->as_of, &q->filter, n);
    for (int as = 0; as < COUNTS_AS_COUNT; as++) {
        struct seen seen = {.world = w,
                            .clause = c,
                            .filter = q->filter,
                            .day = q->as_of,
                            .as = (enum counts_as)as};
        if (rule->tally.n[as] != n[as])
            fail_msg("seed %u, day %d, %s %s: %ld, counted %ld", SEED, q->as_of, c->rule,
                     counts_as_name((enum counts_as)as), rule->tally.n[as], n[as]);
        assert_int_equal(rows_behind(w, c, rule, &seen), n[as]);
    }
    assert_int_equal(rule->share.num, n[COUNTS_YES]);
    assert_int_equal(rule->share.den, n[COUNTS_YES] + n[COUNTS_NO]);
    assert_int_equal(rule->verified.silent, rule->share.den);
}

static void compare_day(struct world *w, int32_t day, struct scope_filter filter)
{
    struct arena *arena = arena_create();
    const struct compliance_query query = {.plan = plan_set_find(w->plans, NULL),
                                           .as_of = day,
                                           .today = day_of("2026-06-30"),
                                           .filter = filter};
    struct compliance answer;
    struct fault fault = {0};

    if (compliance_compute(w->fixture.db, &query, arena, &answer, &fault) != ERR_OK)
        fail_msg("%s", fault.text);
    size_t compared = 0;
    for (size_t i = 0; i < answer.count; i++) {
        if (!behind_is_vehicles(answer.rules[i].rule))
            continue;
        assert_true(compared < sizeof clauses / sizeof clauses[0]);
        assert_string_equal(answer.rules[i].rule->id, clauses[compared].rule);
        compare_rule(w, &clauses[compared++], &answer.rules[i], &query);
    }
    assert_int_equal(compared, sizeof clauses / sizeof clauses[0]);
    arena_destroy(arena);
}

static void figures_and_vehicles_equal_a_naive_recount(void **state)
{
    (void)state;
    for (unsigned round = 0; round < ROUNDS; round++) {
        struct world w;
        world_open(&w, SEED + round);
        for (int i = 0; i < 6; i++) {
            struct scope_filter filter = {dice(&w, 3) == 0 ? owners[dice(&w, 3)] : NULL,
                                          dice(&w, 3) == 0 ? areas[dice(&w, 2)] : NULL, 0};
            compare_day(&w, day_of("2020-12-25") + dice(&w, 2000), filter);
        }
        compare_day(&w, day_of("2025-12-31"), (struct scope_filter){NULL, NULL, 0});
        world_close(&w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(figures_and_vehicles_equal_a_naive_recount),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Stays and visits of a stream of positions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "registry/sites/presence.h"
#include "registry/sites/site.h"
#include "shared/arena.h"

#define SECOND 1000

/* Two plants side by side, one of them within the town, and a second part of the town over it. */
static const char *const sites[][3] = {
    {"a", "1", "POLYGON ((0 0, 1 0, 1 1, 0 1, 0 0))"},
    {"b", "1", "POLYGON ((1 0, 2 0, 2 1, 1 1, 1 0))"},
    {"town", "3", "POLYGON ((0 0, 1 0, 1 1, 0 1, 0 0))"},
    {"town-2", "3", "POLYGON ((0.5 0, 0.9 0, 0.9 1, 0.5 1, 0.5 0))"},
};

struct world {
    struct sql *db;
    struct site_index *index;
    struct arena *arena;
    struct presence *presence;
    struct presence_hour hour; /* of the last one ended */
    int64_t at_ms;
};

static struct store_site_box box_of(const char *wkt)
{
    struct geometry_context *context = geometry_open();
    struct geometry *geometry = NULL;
    struct store_site_box box;

    assert_int_equal(geometry_read(context, wkt, &geometry, NULL), ERR_OK);
    box = geometry_box(geometry);
    geometry_free(geometry);
    geometry_close(context);
    return box;
}

/* Begins an hour with the state of the last one. */
static void begin(struct world *w)
{
    const struct presence_input input = {.rules = &presence_rules_default,
                                         .index = w->index,
                                         .day = 20000,
                                         .box = {-1800000000, -900000000, 1800000000, 900000000},
                                         .state = w->hour.state,
                                         .state_len = w->hour.state_len};

    w->presence = presence_begin(&input, w->arena);
}

static void end(struct world *w)
{
    presence_end(w->presence, &w->hour);
}

static int set_up(void **state)
{
    static struct world world;
    struct fault fault = {.code = ERR_OK};

    world = (struct world){.index = site_index_create(), .arena = arena_create(), .at_ms = 0};
    assert_int_equal(sql_open("sqlite::memory:", &world.db, &fault), ERR_OK);
    assert_int_equal(store_migrate(world.db, NULL, &fault), ERR_OK);
    for (size_t i = 0; i < sizeof sites / sizeof sites[0]; i++) {
        struct store_site site = {.version = 1, .valid_from = SITE_ALWAYS};
        snprintf(site.site_id, sizeof site.site_id, "%s", sites[i][0]);
        site.kind = sites[i][1][0] - '0';
        site.polygon = sites[i][2];
        site.box = box_of(site.polygon);
        assert_int_equal(store_site_append(world.db, &site, &fault), ERR_OK);
    }
    assert_int_equal(site_index_refresh(world.index, world.db, &fault), ERR_OK);
    begin(&world);
    *state = &world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *w = *state;

    site_index_destroy(w->index);
    sql_close(w->db);
    arena_destroy(w->arena);
    return 0;
}

/* `s` seconds later, at a longitude in tenths of a degree, half a degree north; driving. */
static void drive(struct world *w, int s, int lon)
{
    w->at_ms += s * SECOND;
    presence_take(w->presence, &(struct presence_step){.at_ms = w->at_ms,
                                                       .has_fix = lon != INT32_MIN,
                                                       .lat = 5000000,
                                                       .lon = (int64_t)lon * 1000000,
                                                       .dt_ms = s * SECOND,
                                                       .gap = s > 300,
                                                       .operating = true,
                                                       .engine = false});
}

#define NOWHERE INT32_MIN

static int64_t inside_s(const struct world *w, const char *site)
{
    for (size_t i = 0; i < w->hour.stay_count; i++)
        if (strcmp(w->hour.stays[i].site_id, site) == 0)
            return w->hour.stays[i].inside_ms / SECOND;
    return 0;
}

static void assert_visit(const struct presence_visit *v, const char *site, int entered, int left)
{
    assert_string_equal(v->site_id, site);
    assert_int_equal(v->entered_ms, entered * SECOND);
    assert_int_equal(v->left_ms, left * SECOND);
}

static void a_visit_lasts_from_the_first_fix_inside_to_the_last(void **state)
{
    struct world *w = *state;

    drive(w, 10, 25); /* outside */
    for (int i = 0; i < 5; i++)
        drive(w, 10, 15); /* b at 20 … 60 s */
    for (int i = 0; i < 3; i++)
        drive(w, 10, 25);
    end(w);
    assert_int_equal(w->hour.visit_count, 1);
    assert_visit(&w->hour.visits[0], "b", 20, 60);
    assert_int_equal(inside_s(w, "b"), 40);
    assert_int_equal(w->hour.stays[0].operating_ms, 40 * SECOND);
    assert_int_equal(w->hour.stays[0].engine_ms, 0);
    assert_int_equal(w->hour.open_count, 0);
    assert_int_equal(w->hour.located_ms, 80 * SECOND);
}

static void one_or_two_wild_fixes_neither_begin_nor_end_a_visit(void **state)
{
    struct world *w = *state;

    for (int i = 0; i < 10; i++)
        drive(w, 10, i == 4 || i == 5 ? 15 : 25); /* two in b */
    end(w);
    assert_int_equal(w->hour.visit_count + w->hour.open_count, 0);
    assert_int_equal(inside_s(w, "b"), 0);
    begin(w);
    for (int i = 0; i < 10; i++)
        drive(w, 10, i == 4 || i == 5 ? 25 : 15); /* two out of b */
    end(w);
    assert_int_equal(w->hour.visit_count, 0);
    assert_int_equal(w->hour.open_count, 1);
    assert_int_equal(inside_s(w, "b"), 90);
}

static void two_fixes_a_minute_apart_are_enough(void **state)
{
    struct world *w = *state;

    drive(w, 60, 25);
    drive(w, 60, 15);
    drive(w, 60, 15);
    end(w);
    assert_int_equal(w->hour.open_count, 1);
    assert_visit(&w->hour.open[0], "b", 120, 180);
}

static void a_gap_toggles_nothing_and_counts_nothing(void **state)
{
    struct world *w = *state;

    for (int i = 0; i < 4; i++)
        drive(w, 10, 15); /* 10 … 40 */
    drive(w, 7200, 15);   /* 7240 */
    drive(w, 10, 15);     /* 7250 */
    drive(w, 7200, 25);   /* one fix outside, and silence again */
    drive(w, 7200, 25);   /* a second one: neither three of them nor a minute */
    end(w);
    assert_int_equal(w->hour.visit_count, 0);
    assert_visit(&w->hour.open[0], "b", 10, 7250);
    assert_int_equal(inside_s(w, "b"), 40);
}

static void instants_without_a_position_count_when_both_fixes_around_are_inside(void **state)
{
    struct world *w = *state;

    for (int i = 0; i < 3; i++)
        drive(w, 10, 15);
    for (int i = 0; i < 5; i++)
        drive(w, 10, NOWHERE);
    drive(w, 10, 15);
    end(w);
    assert_int_equal(inside_s(w, "b"), 80);
    begin(w);
    for (int i = 0; i < 40; i++)
        drive(w, 10, NOWHERE); /* 400 s without one are longer than fix_gap_ms */
    drive(w, 10, 15);
    end(w);
    assert_int_equal(inside_s(w, "b"), 0);
    assert_int_equal(w->hour.open_count, 1);
}

static void from_one_site_into_the_next_is_two_visits(void **state)
{
    struct world *w = *state;

    for (int i = 0; i < 4; i++)
        drive(w, 10, 2);
    for (int i = 0; i < 4; i++)
        drive(w, 10, 15);
    end(w);
    assert_int_equal(w->hour.visit_count, 2); /* the plant, and the town around it */
    assert_visit(&w->hour.visits[0], "a", 10, 40);
    assert_visit(&w->hour.visits[1], "town", 10, 40);
    assert_int_equal(w->hour.open_count, 1);
    assert_visit(&w->hour.open[0], "b", 50, 80);
}

static void time_in_two_built_up_areas_counts_once(void **state)
{
    struct world *w = *state;

    for (int i = 0; i < 6; i++)
        drive(w, 10, i < 3 ? 7 : 2); /* in both, then in one of them */
    end(w);
    assert_int_equal(inside_s(w, "town"), 50);
    assert_int_equal(inside_s(w, "town-2"), 20);
    assert_int_equal(w->hour.built_up_ms, 50 * SECOND);
    assert_int_equal(w->hour.located_ms, 50 * SECOND);
}

/* ---- hours ---- */

static uint32_t dice(uint64_t *seed, uint32_t sides)
{
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(*seed >> 33) % sides;
}

struct totals {
    int64_t inside_ms, operating_ms, located_ms, built_up_ms, in_visits_ms;
    size_t visits, open;
};

static void add_hour(struct totals *t, const struct presence_hour *hour)
{
    for (size_t i = 0; i < hour->stay_count; i++) {
        t->inside_ms += hour->stays[i].inside_ms;
        t->operating_ms += hour->stays[i].operating_ms;
    }
    for (size_t i = 0; i < hour->visit_count; i++)
        t->in_visits_ms += hour->visits[i].left_ms - hour->visits[i].entered_ms;
    t->located_ms += hour->located_ms;
    t->built_up_ms += hour->built_up_ms;
    t->visits += hour->visit_count;
    t->open = hour->open_count;
}

/* A walk of 300 fixes, cut into hours after each `cut` of them. */
static struct totals walk(struct world *w, uint64_t seed, int cut, bool gaps)
{
    struct totals totals = {0};
    int lon = 12;

    w->hour = (struct presence_hour){0};
    w->at_ms = 0;
    begin(w);
    for (int i = 0; i < 300; i++) {
        int pause = gaps && dice(&seed, 20) == 0 ? 400 : 1 + (int)dice(&seed, 50);
        lon += (int)dice(&seed, 5) - 2;
        lon = lon < 0 ? 5 : lon;
        drive(w, pause, dice(&seed, 8) == 0 ? NOWHERE : lon);
        if ((i + 1) % cut == 0) {
            end(w);
            add_hour(&totals, &w->hour);
            begin(w);
        }
    }
    end(w);
    add_hour(&totals, &w->hour);
    for (size_t i = 0; i < w->hour.open_count; i++)
        totals.in_visits_ms += w->hour.open[i].left_ms - w->hour.open[i].entered_ms;
    return totals;
}

static void where_the_hours_are_cut_changes_no_sum(void **state)
{
    struct world *w = *state;

    for (uint64_t seed = 0; seed < 50; seed++) {
        struct totals whole = walk(w, seed, 1000, true);
        for (int cut = 1; cut < 40; cut += 6) {
            struct totals parts = walk(w, seed, cut, true);
            assert_memory_equal(&whole, &parts, sizeof whole);
        }
    }
}

static void without_gaps_time_inside_is_the_length_of_the_visits(void **state)
{
    struct world *w = *state;
    size_t visits = 0;

    for (uint64_t seed = 0; seed < 50; seed++) {
        struct totals t = walk(w, seed, 17, false);
        assert_int_equal(t.inside_ms, t.in_visits_ms);
        assert_int_equal(t.operating_ms, t.inside_ms);
        assert_true(t.built_up_ms <= t.located_ms);
        visits += t.visits;
    }
    assert_true(visits > 50); /* it was about something */
}

static void a_state_that_cannot_be_read_is_as_none(void **state)
{
    struct world *w = *state;

    for (int i = 0; i < 4; i++)
        drive(w, 10, 15);
    end(w);
    w->hour.state_len--;
    begin(w);
    end(w);
    assert_int_equal(w->hour.open_count, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_visit_lasts_from_the_first_fix_inside_to_the_last),
        TEST(one_or_two_wild_fixes_neither_begin_nor_end_a_visit),
        TEST(two_fixes_a_minute_apart_are_enough),
        TEST(a_gap_toggles_nothing_and_counts_nothing),
        TEST(instants_without_a_position_count_when_both_fixes_around_are_inside),
        TEST(from_one_site_into_the_next_is_two_visits),
        TEST(time_in_two_built_up_areas_counts_once),
        TEST(where_the_hours_are_cut_changes_no_sum),
        TEST(without_gaps_time_inside_is_the_length_of_the_visits),
        TEST(a_state_that_cannot_be_read_is_as_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

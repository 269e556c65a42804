#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "registry/freight/outside.h"
#include "registry/freight/shares.h"
#include "registry/store/store_statistics.h"
#include "tests/unit/freight/freight_file.h"

#define E1 "91419001MA9TEA0117"

struct world {
    struct register_fixture f;
    struct arena *arena;
};

static int set_up(void **state)
{
    struct world *w = calloc(1, sizeof *w);

    w->arena = arena_create();
    fixture_open(&w->f, "2026-01-10");
    fixture_org(&w->f, E1, OWNER_SOE, NULL);
    *state = w;
    return 0;
}

static int tear_down(void **state)
{
    struct world *w = *state;

    fixture_close(&w->f);
    arena_destroy(w->arena);
    free(w);
    return 0;
}

static struct period period_of(const char *text)
{
    struct period period = {0};

    assert_true(period_parse(text, &period));
    return period;
}

/* So many tonnes of a period, by a source. */
static void state_tonnes(struct world *w, enum indicator indicator, const char *subject,
                         const char *period, int64_t tonnes)
{
    struct store_statistic s = {.indicator = (int)indicator,
                                .from = period_first_day(period_of(period)),
                                .until = period_last_day(period_of(period)) + 1,
                                .version = 1,
                                .value = tonnes * STATISTIC_ONE};

    SET_TEXT(s.subject, subject);
    SET_TEXT(s.source, "bulletin");
    assert_int_equal(sql_begin(w->f.db, SQL_WRITE, NULL), ERR_OK);
    assert_int_equal(store_statistic_append(w->f.db, &s, NULL), ERR_OK);
    assert_int_equal(sql_commit(w->f.db, NULL), ERR_OK);
}

static int64_t zone_tonnes(struct world *w, const char *zone, const char *period)
{
    int64_t tonnes = 0;

    assert_int_equal(outside_zone(w->f.db, zone, period_of(period), w->arena, &tonnes, NULL),
                     ERR_OK);
    return tonnes;
}

static void a_statistic_speaks_for_its_own_days(void **state)
{
    struct world *w = *state;

    assert_int_equal(zone_tonnes(w, NULL, "2025"), OUTSIDE_UNKNOWN);
    state_tonnes(w, INDICATOR_FREIGHT, "419001", "2025", 31500000);
    assert_int_equal(zone_tonnes(w, NULL, "2025"), 315000000);
    assert_int_equal(zone_tonnes(w, NULL, "2025-Q1"), OUTSIDE_UNKNOWN);
}

static void several_that_follow_one_another_speak_together(void **state)
{
    struct world *w = *state;

    state_tonnes(w, INDICATOR_FREIGHT, "419001", "2025-01", 100);
    state_tonnes(w, INDICATOR_FREIGHT, "419001", "2025-02", 20);
    assert_int_equal(zone_tonnes(w, NULL, "2025-Q1"), OUTSIDE_UNKNOWN);
    state_tonnes(w, INDICATOR_FREIGHT, "419001", "2025-03", 3);
    assert_int_equal(zone_tonnes(w, NULL, "2025-Q1"), 1230);
}

static void of_several_zones_one_must_be_named(void **state)
{
    struct world *w = *state;

    state_tonnes(w, INDICATOR_FREIGHT, "410100", "2025", 7);
    state_tonnes(w, INDICATOR_FREIGHT, "419001", "2025", 5);
    assert_int_equal(zone_tonnes(w, NULL, "2025"), OUTSIDE_UNKNOWN);
    assert_int_equal(zone_tonnes(w, "419001", "2025"), 50);
}

static void rail_of_all_freight_takes_the_statistic(void **state)
{
    struct world *w = *state;
    struct shares_query query = {.period = period_of("2025"),
                                 .today = day_of("2026-01-10"),
                                 .distances = freight_distances_default,
                                 .definitions = green_definitions};
    struct freight_shares shares;

    import(&w->f, HEADER E1 ",2025-Q1,COAL,IN,RAIL,6300000,,0,\n");
    state_tonnes(w, INDICATOR_FREIGHT, "419001", "2025", 31500000);
    assert_int_equal(freight_shares(w->f.db, &query, w->arena, &shares, NULL), ERR_OK);
    assert_int_equal(shares.region.all.tonnes[FREIGHT_RAIL] * 5, shares.zone_freight);
}

static void the_railways_list_is_by_enterprise(void **state)
{
    struct world *w = *state;
    int64_t tonnes = 0;

    state_tonnes(w, INDICATOR_RAIL_FREIGHT, E1, "2025-Q1", 12);
    assert_int_equal(outside_railway(w->f.db, E1, period_of("2025-Q1"), w->arena, &tonnes, NULL),
                     ERR_OK);
    assert_int_equal(tonnes, 120);
    assert_int_equal(
        outside_railway(w->f.db, "other", period_of("2025-Q1"), w->arena, &tonnes, NULL), ERR_OK);
    assert_int_equal(tonnes, OUTSIDE_UNKNOWN);
}

#define SITE                                                                                       \
    "INSERT INTO site_version (site_id, valid_from, version, org_id, name, kind, polygon, "        \
    "lon_min, lat_min, lon_max, lat_max, recorded_at, author) "                                    \
    "VALUES ('s', -25567, 1, '" E1 "', 's', 1, '', 0, 0, 0, 0, 0, '')"
#define TRIPS                                                                                      \
    "INSERT INTO gate_day (site_id, day, direction, matched, energy, stage, trips, loaded, "       \
    "tonnes) VALUES ('s', $1, 1, 1, 1, 1, 40, 40, 1360)"

static void the_gates_of_an_enterprise_add_up(void **state)
{
    struct world *w = *state;
    struct period june = period_of("2025-06");
    int64_t tonnes = 0;

    assert_int_equal(outside_gate(w->f.db, E1, june, &tonnes, NULL), ERR_OK);
    assert_int_equal(tonnes, OUTSIDE_UNKNOWN); /* no trip at all is no ledger */
    assert_int_equal(sql_exec(w->f.db, SITE, SQL_NO_VALUES, NULL, NULL), ERR_OK);
    for (int32_t day = period_first_day(june) - 1; day < period_first_day(june) + 2; day++)
        assert_int_equal(sql_exec(w->f.db, TRIPS, SQL_VALUES(sql_int(day)), NULL, NULL), ERR_OK);
    assert_int_equal(outside_gate(w->f.db, E1, june, &tonnes, NULL), ERR_OK);
    assert_int_equal(tonnes, 2 * 1360);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_statistic_speaks_for_its_own_days),
        TEST(several_that_follow_one_another_speak_together),
        TEST(of_several_zones_one_must_be_named),
        TEST(rail_of_all_freight_takes_the_statistic),
        TEST(the_railways_list_is_by_enterprise),
        TEST(the_gates_of_an_enterprise_add_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

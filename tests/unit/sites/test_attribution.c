/* Where a vehicle belongs: telemetry of the last 90 days, else what is declared. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "registry/sites/attribution.h"
#include "registry/sites/site.h"
#include "shared/arena.h"
#include "shared/when.h"
#include "tests/unit/vehicles/register_fixture.h"

#define SOE   "91419001MA9TEA0117"
#define TRUCK "LTESTTRK6R1000002"
#define TOWN  "POLYGON ((112 35, 112.1 35, 112.1 35.1, 112 35.1, 112 35))"

static struct register_fixture fixture;

static void put_town(const char *polygon, const char *effective)
{
    struct site_change change = {.mode = CHANGE_PUT, .to = site_blank()};
    struct remarks remarks = {0};
    enum change_outcome outcome;
    struct fault fault = {.code = ERR_OK};

    SET_TEXT(change.to.site_id, "town");
    SET_TEXT(change.to.name, "town");
    change.to.kind = SITE_BUILT_UP;
    change.to.polygon = polygon;
    change.fields = (1u << SITE_FIELDS) - 1;
    change.effective = effective == NULL ? VEHICLE_DAY_NONE : day_of(effective);
    assert_int_equal(registrar_begin(fixture.registrar, &fault), ERR_OK);
    if (site_put(fixture.registrar, &change, &outcome, &remarks, &fault) != ERR_OK)
        fail_msg("%s", fault.text);
    assert_int_equal(registrar_commit(fixture.registrar, &fault), ERR_OK);
}

static int set_up(void **state)
{
    (void)state;
    fixture_open(&fixture, "2025-06-30");
    fixture_org(&fixture, SOE, OWNER_SOE, NULL);
    fixture_vehicle(&fixture, CHANGE_PUT, NULL, "vehicle_id=" TRUCK, "category=LOGISTICS",
                    "energy=DIESEL", "stage=6b", "owner_id=" SOE, "area=419001", "built_up=0",
                    "added=2024-01-01", "unit=truck-1", NULL);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    fixture_close(&fixture);
    return 0;
}

/* A day's minutes of the unit: operating, with a known place, in the town. */
static void put_day(int32_t day, int64_t operating, int64_t located, int64_t built_up)
{
    assert_int_equal(sql_exec(fixture.db,
                              "INSERT INTO unit_day_place (unit_id, day, operating_ms, located_ms, "
                              "built_up_ms) VALUES ('truck-1', $1, $2, $3, $4)",
                              SQL_VALUES(sql_int(day), sql_int(operating * 60000),
                                         sql_int(located * 60000), sql_int(built_up * 60000)),
                              NULL, NULL),
                     ERR_OK);
}

static void settle(void)
{
    struct fault fault = {.code = ERR_OK};
    bool did = true;

    assert_int_equal(sql_begin(fixture.db, SQL_WRITE, NULL), ERR_OK);
    assert_int_equal(
        store_built_up_queue_unit(fixture.db, "truck-1", day_of("2025-01-01"), 0, NULL), ERR_OK);
    assert_int_equal(sql_commit(fixture.db, NULL), ERR_OK);
    while (did)
        if (attribution_step(fixture.db, INT64_MAX, &did, &fault) != ERR_OK)
            fail_msg("%s", fault.text);
}

static struct attribution ask(const char *day)
{
    struct arena *arena = arena_create();
    struct attribution a;

    assert_int_equal(attribution_of(fixture.db, arena, TRUCK, day_of(day), &a, NULL), ERR_OK);
    arena_destroy(arena);
    return a;
}

struct differing {
    size_t count;
    bool derived;
    struct count_dims dims;
};

static void take(void *arg, const struct store_built_up_difference *difference)
{
    struct differing *d = arg;

    assert_string_equal(difference->vehicle_id, TRUCK);
    assert_string_equal(difference->owner_id, SOE);
    d->count++;
    d->derived = difference->derived;
    d->dims = difference->dims;
}

static struct differing differing_on(int32_t day)
{
    struct differing d = {0};
    struct fault fault = {.code = ERR_OK};

    if (attribution_differing(fixture.db, day, take, &d, &fault) != ERR_OK)
        fail_msg("%s", fault.text);
    return d;
}

static void half_of_the_time_in_the_town_is_enough(void **state)
{
    struct differing d;

    (void)state;
    put_town(TOWN, NULL);
    put_day(day_of("2025-03-01"), 600, 600, 300);
    settle();
    assert_true(ask("2025-03-02").decided);
    assert_true(ask("2025-03-02").derived);
    assert_false(ask("2025-03-02").declared);
    assert_true(ask("2025-03-02").used);
    assert_int_equal(ask("2025-03-02").built_up_ms, 300 * 60000);
    d = differing_on(day_of("2025-03-02"));
    assert_int_equal(d.count, 1);
    assert_true(d.derived);
    assert_int_equal(d.dims.category, CATEGORY_LOGISTICS);
    assert_int_equal(d.dims.owner_kind, OWNER_SOE);
    assert_int_equal(differing_on(day_of("2025-03-01")).count, 0); /* the day itself is not over */
    assert_int_equal(differing_on(day_of("2025-03-01") + 90).count, 1);
    assert_int_equal(differing_on(day_of("2025-03-01") + 91).count, 0);
}

static void a_minute_less_is_not_and_then_it_does_not_differ(void **state)
{
    (void)state;
    put_town(TOWN, NULL);
    put_day(day_of("2025-03-01"), 601, 601, 300);
    settle();
    assert_true(ask("2025-03-02").decided);
    assert_false(ask("2025-03-02").used);
    assert_int_equal(differing_on(day_of("2025-03-02")).count, 0);
}

static void too_little_time_or_too_little_of_it_with_a_place_decides_nothing(void **state)
{
    (void)state;
    put_town(TOWN, NULL);
    put_day(day_of("2024-03-01"), 599, 599, 599);
    put_day(day_of("2025-03-01"), 1000, 799, 799);
    settle();
    assert_false(ask("2024-03-02").decided);
    assert_false(ask("2025-03-02").decided);
    assert_false(ask("2025-03-02").used);
    put_day(day_of("2025-03-02"), 5, 5, 5); /* 804 of 1005 */
    settle();
    assert_true(ask("2025-03-03").decided);
}

static void days_without_a_built_up_area_do_not_count(void **state)
{
    (void)state;
    put_day(day_of("2025-03-01"), 600, 600, 0);
    settle();
    assert_false(ask("2025-03-02").decided);
    put_town(TOWN, "2025-03-02");
    settle();
    assert_false(ask("2025-03-03").decided);
    put_town(TOWN, "2025-03-02");
    put_day(day_of("2025-03-02"), 600, 600, 600);
    settle();
    assert_true(ask("2025-03-03").derived); /* the day before is left out */
    assert_int_equal(differing_on(day_of("2025-03-03")).count, 1);
    put_town("POLYGON EMPTY", "2025-03-02");
    settle();
    assert_int_equal(differing_on(day_of("2025-03-03")).count, 0);
}

static void a_declaration_that_is_corrected_no_longer_differs(void **state)
{
    (void)state;
    put_town(TOWN, NULL);
    put_day(day_of("2025-03-01"), 600, 600, 600);
    settle();
    fixture_vehicle(&fixture, CHANGE_PUT, NULL, "vehicle_id=" TRUCK, "built_up=1",
                    "effective=2025-03-15", NULL);
    assert_int_equal(differing_on(day_of("2025-03-15")).count, 0); /* at once */
    settle();
    assert_int_equal(differing_on(day_of("2025-03-14")).count, 1);
    assert_int_equal(differing_on(day_of("2025-03-15")).count, 0);
    assert_true(ask("2025-03-15").declared);
}

static void a_vehicle_out_of_the_fleet_does_not_differ(void **state)
{
    (void)state;
    put_town(TOWN, NULL);
    put_day(day_of("2025-03-01"), 600, 600, 600);
    settle();
    fixture_vehicle(&fixture, CHANGE_PUT, NULL, "vehicle_id=" TRUCK, "removed=2025-03-15", NULL);
    settle();
    assert_int_equal(differing_on(day_of("2025-03-14")).count, 1);
    assert_int_equal(differing_on(day_of("2025-03-15")).count, 0);
}

static void what_is_prepared_says_what_each_day_says(void **state)
{
    const int32_t begin = day_of("2024-06-01");
    uint64_t seed = 7;
    size_t differing = 0;

    (void)state;
    put_town(TOWN, NULL);
    for (int32_t day = begin; day < begin + 300; day += 1 + (int32_t)(seed >> 40) % 9) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        int64_t located = 70 + (int64_t)(seed >> 33) % 31;
        put_day(day, 100, located, (int64_t)(seed >> 50) % (located + 1));
    }
    settle();
    for (int32_t day = begin - 5; day < begin + 450; day++) {
        struct arena *arena = arena_create();
        struct attribution a;
        assert_int_equal(attribution_of(fixture.db, arena, TRUCK, day, &a, NULL), ERR_OK);
        assert_int_equal(differing_on(day).count, a.used != a.declared);
        differing += a.used != a.declared;
        arena_destroy(arena);
    }
    assert_true(differing > 10 && differing < 400); /* it was about something */
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(half_of_the_time_in_the_town_is_enough),
        TEST(a_minute_less_is_not_and_then_it_does_not_differ),
        TEST(too_little_time_or_too_little_of_it_with_a_place_decides_nothing),
        TEST(days_without_a_built_up_area_do_not_count),
        TEST(a_declaration_that_is_corrected_no_longer_differs),
        TEST(a_vehicle_out_of_the_fleet_does_not_differ),
        TEST(what_is_prepared_says_what_each_day_says),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

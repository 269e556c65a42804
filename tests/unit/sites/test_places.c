/* Places in the rollup: hours, late data, and sites that change afterwards. */
#include "tests/unit/rollup/delivery.h"

#include <stdlib.h>

#include "registry/rollup/rollup.h"
#include "registry/rollup/vehicle_activity.h"
#include "registry/sites/site.h"
#include "registry/sites/upkeep.h"
#include "registry/store/store_queue.h"
#include "registry/store/store_visits.h"
#include "shared/when.h"
#include "tests/unit/vehicles/register_fixture.h"

#define SOE     "91419001MA9TEA0117"
#define TRUCK   "LTESTTRK6R1000002"
#define PLANT   "POLYGON ((112 35, 112.1 35, 112.1 35.1, 112 35.1, 112 35))"
#define FAR     "POLYGON ((113 35, 113.1 35, 113.1 35.1, 113 35.1, 113 35))"
#define SAMPLES 240

static struct register_fixture fixture;

static void put_site(const char *id, int kind, const char *polygon, const char *effective)
{
    struct site_change change = {.mode = CHANGE_PUT, .to = site_blank()};
    struct remarks remarks = {0};
    enum change_outcome outcome;
    struct fault fault = {.code = ERR_OK};

    SET_TEXT(change.to.site_id, id);
    SET_TEXT(change.to.org_id, kind == SITE_BUILT_UP ? "" : SOE);
    SET_TEXT(change.to.name, id);
    change.to.kind = kind;
    change.to.polygon = polygon;
    change.fields = (1u << SITE_FIELDS) - 1;
    change.effective = effective == NULL ? VEHICLE_DAY_NONE : day_of(effective);
    assert_int_equal(registrar_begin(fixture.registrar, &fault), ERR_OK);
    if (site_put(fixture.registrar, &change, &outcome, &remarks, &fault) != ERR_OK)
        fail_msg("%s", fault.text);
    assert_false(remarks.refused);
    assert_int_equal(registrar_commit(fixture.registrar, &fault), ERR_OK);
}

static int set_up(void **state)
{
    (void)state;
    fixture_open(&fixture, "2025-06-30");
    fixture_org(&fixture, SOE, OWNER_SOE, NULL);
    fixture_vehicle(&fixture, CHANGE_PUT, NULL, "vehicle_id=" TRUCK, "category=LOGISTICS",
                    "energy=DIESEL", "stage=6b", "owner_id=" SOE, "area=419001", "built_up=0",
                    "added=2025-01-01", "unit=truck-1", NULL);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    fixture_close(&fixture);
    return 0;
}

static void settle(struct sql *db)
{
    struct fault fault = {.code = ERR_OK};
    bool did = true;

    while (did) {
        size_t hours = 0;
        if (rollup_step(db, &clock_system, 7, &hours, &fault) != ERR_OK ||
            upkeep_step(db, &clock_system, 0, &did, &fault) != ERR_OK)
            fail_msg("%s", fault.text);
        did = did || hours > 0;
    }
}

/* Everything the rollup says of places, as text. */
static char *places_of(struct sql *db, struct arena *arena)
{
    static const char *const texts[] = {
        "SELECT unit_id || ' ' || hour || ' ' || lon_min || ' ' || lat_max || ' ' || located_ms "
        "|| ' ' || built_up_ms || ' ' || hex(state) FROM unit_hour_place ORDER BY unit_id, hour",
        "SELECT unit_id || ' ' || hour || ' ' || site_id || ' ' || inside_ms || ' ' || "
        "operating_ms || ' ' || engine_ms FROM unit_hour_site ORDER BY unit_id, hour, site_id",
        "SELECT unit_id || ' ' || hour || ' ' || site_id || ' ' || entered_ms || ' ' || left_ms "
        "FROM site_visit ORDER BY unit_id, hour, site_id, entered_ms",
        "SELECT unit_id || ' ' || site_id || ' ' || entered_ms || ' ' || last_ms "
        "FROM site_presence ORDER BY unit_id, site_id",
        "SELECT unit_id || ' ' || day || ' ' || operating_ms || ' ' || located_ms || ' ' || "
        "built_up_ms FROM unit_day_place ORDER BY unit_id, day",
    };
    char *all = arena_text(arena, "");

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct sql_rows *rows = sql_query(db, texts[i], SQL_NO_VALUES);
        while (sql_next(rows))
            all = arena_format(arena, "%s%s\n", all, sql_column_text(rows, 0));
        assert_int_equal(sql_done(rows, NULL), ERR_OK);
    }
    return all;
}

static struct sample at(int64_t at_ms, double lon)
{
    struct sample s = {.at_ms = at_ms};

    sample_set(&s, SIGNAL_LAT, 350500000);
    sample_set(&s, SIGNAL_LON, (int64_t)(lon * 1e7));
    sample_set(&s, SIGNAL_SPEED, 20000);
    sample_set(&s, SIGNAL_RPM, 900000);
    return s;
}

static uint32_t dice(uint64_t *seed, uint32_t sides)
{
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(*seed >> 33) % sides;
}

/* Some hours around the edge of the plant, with pauses. */
static void drive(uint64_t seed, struct sample *samples)
{
    int64_t when = day_of("2025-06-01") * WHEN_DAY_MS;
    double lon = 112.09;

    for (size_t i = 0; i < SAMPLES; i++) {
        when += 1000 * (10 + (int64_t)dice(&seed, 120)) +
                (dice(&seed, 60) == 0 ? WHEN_HOUR_MS + 60000 : 0);
        lon += ((double)dice(&seed, 101) - 50) / 10000;
        samples[i] = at(when, lon);
        if (dice(&seed, 10) == 0)
            sample_mark(&samples[i], SIGNAL_LAT, QUALITY_INVALID);
    }
}

static struct sql *another_database(void)
{
    struct sql *db = NULL;
    struct arena *arena = arena_create();
    struct store_sites sites;

    assert_int_equal(sql_open("sqlite::memory:", &db, NULL), ERR_OK);
    assert_int_equal(store_migrate(db, NULL, NULL), ERR_OK);
    assert_int_equal(store_site_all(fixture.db, arena, &sites, NULL), ERR_OK);
    for (size_t i = 0; i < sites.count; i++)
        assert_int_equal(store_site_append(db, &sites.items[i], NULL), ERR_OK);
    arena_destroy(arena);
    return db;
}

static void the_places_depend_on_the_set_of_samples_alone(void **state)
{
    struct arena *arena = arena_create();
    struct sample samples[SAMPLES];

    (void)state;
    put_site("plant", SITE_PLANT, PLANT, NULL);
    put_site("town", SITE_BUILT_UP, PLANT, NULL);
    for (uint64_t seed = 1; seed <= 12; seed++) {
        struct sql *one = another_database(), *other = another_database();
        struct delivery whole, pieces;
        uint64_t chance = seed;

        drive(seed, samples);
        delivery_open(&whole, "gw-1", 1);
        for (size_t i = 0; i < SAMPLES; i++)
            delivery_add(&whole, "truck-1", &samples[i]);
        delivery_send(&whole, one);
        settle(one);
        for (size_t i = SAMPLES; i > 1; i--) { /* shuffled */
            size_t j = dice(&chance, (uint32_t)i);
            struct sample swap = samples[i - 1];
            samples[i - 1] = samples[j];
            samples[j] = swap;
        }
        delivery_open(&pieces, "gw-2", 2);
        for (size_t i = 0; i < SAMPLES; i++) {
            delivery_add(&pieces, "truck-1", &samples[i]);
            if (dice(&chance, 5) == 0) /* repeated */
                delivery_add(&pieces, "truck-1", &samples[dice(&chance, SAMPLES)]);
            if (dice(&chance, 30) == 0) { /* split, and rolled up in between */
                delivery_send(&pieces, other);
                settle(other);
            }
        }
        delivery_send(&pieces, other);
        settle(other);
        assert_string_equal(places_of(one, arena), places_of(other, arena));
        delivery_close(&whole);
        delivery_close(&pieces);
        sql_close(one);
        sql_close(other);
    }
    arena_destroy(arena);
}

struct visits {
    struct store_visit items[8];
    size_t count;
};

static void keep_visit(void *arg, const struct store_visit *visit)
{
    struct visits *v = arg;

    assert_true(v->count < 8);
    v->items[v->count++] = *visit;
}

static struct visits visits_of(const char *vehicle, const char *site)
{
    struct visits visits = {.count = 0};
    struct fault fault = {.code = ERR_OK};
    const struct store_visit_search search = {
        .vehicle_id = vehicle, .site_id = site, .from_ms = 0, .to_ms = INT64_MAX, .limit = 8};

    if (store_visit_find(fixture.db, &search, keep_visit, &visits, &fault) != ERR_OK)
        fail_msg("%s", fault.text);
    return visits;
}

/* From 07:30 to 09:30 UTC inside, every minute, then outside till 10:00. */
static void deliver_morning(struct delivery *delivery)
{
    int64_t begin = day_of("2025-06-02") * WHEN_DAY_MS + 7 * WHEN_HOUR_MS;

    for (int minute = 0; minute < 180; minute++) {
        bool inside = minute >= 30 && minute <= 150;
        struct sample s = at(begin + minute * 60000, inside ? 112.05 : 112.2);
        delivery_add(delivery, "truck-1", &s);
    }
    delivery_send(delivery, fixture.db);
    settle(fixture.db);
}

static int64_t begin_of_morning(int minute)
{
    return day_of("2025-06-02") * WHEN_DAY_MS + 7 * WHEN_HOUR_MS + minute * 60000;
}

static void assert_morning(void)
{
    struct visits visits = visits_of(TRUCK, NULL);
    struct vehicle_activity activity;
    struct arena *arena = arena_create();

    assert_int_equal(visits.count, 1);
    assert_string_equal(visits.items[0].site_id, "plant");
    assert_string_equal(visits.items[0].vehicle_id, TRUCK);
    assert_int_equal(visits.items[0].entered_ms, begin_of_morning(30));
    assert_int_equal(visits.items[0].left_ms, begin_of_morning(150));
    assert_false(visits.items[0].inside);
    assert_int_equal(vehicle_activity(fixture.db, arena, TRUCK, day_of("2025-06-01"),
                                      day_of("2025-07-01"), ACTIVITY_BY_HOUR, &activity, NULL),
                     ERR_OK);
    assert_int_equal(activity.count, 3);
    assert_int_equal(activity.total.sites.count, 1);
    assert_int_equal(activity.total.sites.items[0].inside_ms, 120 * 60000);
    assert_int_equal(activity.total.sites.items[0].engine_ms, 120 * 60000);
    assert_int_equal(activity.periods[0].sites.items[0].inside_ms, 29 * 60000);
    assert_int_equal(activity.periods[1].sites.items[0].inside_ms, 60 * 60000);
    assert_int_equal(activity.periods[2].sites.items[0].inside_ms, 31 * 60000);
    arena_destroy(arena);
}

static void a_visit_goes_on_over_the_hours(void **state)
{
    struct delivery delivery;

    (void)state;
    put_site("plant", SITE_PLANT, PLANT, NULL);
    delivery_open(&delivery, "gw-1", 1);
    deliver_morning(&delivery);
    assert_morning();
    assert_int_equal(visits_of(NULL, "plant").count, 1);
    delivery_close(&delivery);
}

static void a_site_that_is_drawn_later_finds_its_visits(void **state)
{
    struct delivery delivery;

    (void)state;
    put_site("plant", SITE_PLANT, FAR, NULL);
    delivery_open(&delivery, "gw-1", 1);
    deliver_morning(&delivery);
    assert_int_equal(visits_of(TRUCK, NULL).count, 0);
    put_site("plant", SITE_PLANT, PLANT, "2025-06-02");
    settle(fixture.db);
    assert_morning();
    put_site("plant", SITE_PLANT, "POLYGON EMPTY", "2025-06-02");
    settle(fixture.db);
    assert_int_equal(visits_of(TRUCK, NULL).count, 0);
    put_site("plant", SITE_PLANT, PLANT, "2025-06-03"); /* from the day after */
    settle(fixture.db);
    assert_int_equal(visits_of(TRUCK, NULL).count, 0);
    delivery_close(&delivery);
}

static void only_hours_whose_box_meets_the_polygon_are_done_again(void **state)
{
    struct delivery delivery;
    struct store_queued *queued = NULL;
    const struct store_queue_ask ask = {10, INT64_MAX, INT64_MAX};
    struct arena *arena = arena_create();
    size_t count = 0;
    bool did = false;

    (void)state;
    delivery_open(&delivery, "gw-1", 1);
    deliver_morning(&delivery);
    put_site("far", SITE_PLANT, FAR, NULL);
    assert_int_equal(upkeep_step(fixture.db, &clock_system, 0, &did, NULL), ERR_OK);
    assert_int_equal(store_queue_list(fixture.db, arena, &ask, &queued, &count, NULL), ERR_OK);
    assert_int_equal(count, 0);
    put_site("plant", SITE_PLANT, PLANT, NULL);
    assert_int_equal(upkeep_step(fixture.db, &clock_system, 0, &did, NULL), ERR_OK);
    assert_int_equal(store_queue_list(fixture.db, arena, &ask, &queued, &count, NULL), ERR_OK);
    assert_int_equal(count, 3);
    delivery_close(&delivery);
    arena_destroy(arena);
}

static void who_is_still_inside_is_told_until_later_data_says_otherwise(void **state)
{
    struct delivery delivery;
    struct visits visits;

    (void)state;
    put_site("plant", SITE_PLANT, PLANT, NULL);
    delivery_open(&delivery, "gw-1", 1);
    for (int minute = 40; minute < 70; minute++) {
        struct sample s = at(begin_of_morning(minute), 112.05);
        delivery_add(&delivery, "truck-1", &s);
    }
    delivery_send(&delivery, fixture.db);
    settle(fixture.db);
    visits = visits_of(TRUCK, NULL);
    assert_int_equal(visits.count, 1);
    assert_true(visits.items[0].inside);
    assert_int_equal(visits.items[0].left_ms, begin_of_morning(69));
    for (int minute = 70; minute < 80; minute++) {
        struct sample s = at(begin_of_morning(minute), 112.2);
        delivery_add(&delivery, "truck-1", &s);
    }
    delivery_send(&delivery, fixture.db);
    settle(fixture.db);
    visits = visits_of(TRUCK, NULL);
    assert_int_equal(visits.count, 1);
    assert_false(visits.items[0].inside);
    assert_int_equal(visits.items[0].entered_ms, begin_of_morning(40));
    assert_int_equal(visits.items[0].left_ms, begin_of_morning(69));
    delivery_close(&delivery);
}

static void an_hour_whose_samples_are_gone_keeps_what_was_made_of_them(void **state)
{
    struct delivery delivery;

    (void)state;
    put_site("plant", SITE_PLANT, PLANT, NULL);
    delivery_open(&delivery, "gw-1", 1);
    deliver_morning(&delivery);
    assert_int_equal(sql_exec(fixture.db, "DELETE FROM block", SQL_NO_VALUES, NULL, NULL), ERR_OK);
    put_site("plant", SITE_PLANT, FAR, NULL);
    settle(fixture.db);
    assert_morning();
    delivery_close(&delivery);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(the_places_depend_on_the_set_of_samples_alone),
        TEST(a_visit_goes_on_over_the_hours),
        TEST(a_site_that_is_drawn_later_finds_its_visits),
        TEST(only_hours_whose_box_meets_the_polygon_are_done_again),
        TEST(who_is_still_inside_is_told_until_later_data_says_otherwise),
        TEST(an_hour_whose_samples_are_gone_keeps_what_was_made_of_them),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

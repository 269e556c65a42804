/* The gate ledger: said twice is there once, and vehicles are matched whenever they are registered. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "registry/sites/gate.h"
#include "registry/sites/site.h"
#include "registry/store/store_gate_usage.h"
#include "registry/store/store_usage.h"
#include "registry/vehicles/import.h"
#include "shared/when.h"
#include "tests/unit/vehicles/register_fixture.h"

#define SOE    "91419001MA9TEA0117"
#define OTHER  "91419001MA9TEA0125"
#define HEADER "site_id,gate,direction,at,plate,vehicle_id,energy,stage,cargo,tonnes\n"
#define TRUCK  "LTESTTRK6R1000002"

static struct register_fixture fixture;

struct told {
    struct import_counts counts;
    char text[1024];
};

static void take_row(void *arg, const struct import_row *row)
{
    struct told *told = arg;

    for (size_t i = 0; i < row->remarks->count; i++) {
        size_t len = strlen(told->text);
        snprintf(told->text + len, sizeof told->text - len, "%d %s: %s\n", (int)row->line,
                 row->remarks->items[i].column, row->remarks->items[i].reason);
    }
}

static struct told import(const char *text)
{
    static const struct import_kind *const kinds[] = {&import_sites, &import_gate_trips, NULL};
    struct csv_text source = {.bytes = text, .len = strlen(text)};
    struct told told = {.text = ""};
    struct fault fault = {.code = ERR_OK};
    const struct import_options options = {.db = fixture.db,
                                           .clock = &fixture.clock.clock,
                                           .author = "clerk",
                                           .kinds = kinds,
                                           .source = csv_from_text,
                                           .source_arg = &source,
                                           .arg = &told,
                                           .row = take_row};

    if (import_run(&options, &told.counts, &fault) != ERR_OK)
        fail_msg("%s", fault.text);
    return told;
}

static int set_up(void **state)
{
    (void)state;
    fixture_open(&fixture, "2025-06-30");
    fixture_org(&fixture, SOE, OWNER_SOE, NULL);
    fixture_org(&fixture, OTHER, OWNER_PRIVATE, NULL);
    import("site_id,org_id,name,kind,polygon\n"
           "steel," SOE ",Steel,PLANT,\"POLYGON ((0 0, 1 0, 1 1, 0 0))\"\n"
           "mine," OTHER ",Mine,PLANT,\"POLYGON ((0 0, 1 0, 1 1, 0 0))\"\n");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    fixture_close(&fixture);
    return 0;
}

struct sums {
    int64_t rows, trips, loaded, tonnes, unmatched, clean;
};

static void add(void *arg, const struct store_gate_sum *sum)
{
    struct sums *s = arg;

    s->rows++;
    s->trips += sum->trips;
    s->loaded += sum->loaded;
    s->tonnes += sum->tonnes;
    s->unmatched += sum->matched ? 0 : sum->trips;
    if (energy_is_nev((enum energy)sum->energy) || sum->stage == STAGE_6A || sum->stage == STAGE_6B)
        s->clean += sum->trips;
}

static struct sums usage(struct store_gate_query query)
{
    struct sums sums = {0};
    struct fault fault = {.code = ERR_OK};

    query.from = day_of("2025-01-01");
    query.to = day_of("2025-12-31");
    if (store_gate_usage(fixture.db, &query, add, &sums, &fault) != ERR_OK)
        fail_msg("%s", fault.text);
    return sums;
}

static void add_use(void *arg, const struct store_use *use)
{
    add(arg, &(struct store_gate_sum){.matched = use->vehicle_id[0] != '\0',
                                      .energy = use->energy,
                                      .stage = use->stage,
                                      .trips = 1,
                                      .loaded = use->tonnes > 0,
                                      .tonnes = use->tonnes > 0 ? use->tonnes : 0});
}

/* The list of trips adds up to the figure of the same instant; 0: now. */
static void assert_listed(int64_t known_ms)
{
    const struct store_uses_query all = {
        .use = {.from = day_of("2025-01-01"), .to = day_of("2025-12-31"), .known_ms = known_ms},
        .limit = 100};
    struct sums figure = usage((struct store_gate_query){.known_ms = known_ms}), list = {0};
    struct fault fault = {.code = ERR_OK};

    if (store_trips_behind(fixture.db, &all, add_use, &list, &fault) != ERR_OK)
        fail_msg("%s", fault.text);
    assert_int_equal(list.rows, figure.trips);
    list.rows = figure.rows;
    assert_memory_equal(&list, &figure, sizeof list);
}

/* Trips by other than electric trucks; there is no exception. */
static int64_t unexcused(int64_t known_ms)
{
    const struct store_excuse_query query = {
        .rule = "R2-07",
        .use = {.from = day_of("2025-01-01"), .to = day_of("2025-12-31"), .known_ms = known_ms},
        .energies = 1u << ENERGY_BEV};
    struct fault fault = {.code = ERR_OK};
    int64_t trips = 0;

    if (store_trips_unexcused(fixture.db, &query, &trips, &fault) != ERR_OK)
        fail_msg("%s", fault.text);
    return trips;
}

static void rematch(void)
{
    struct fault fault = {.code = ERR_OK};
    bool did = true;

    while (did) {
        assert_int_equal(sql_begin(fixture.db, SQL_WRITE, &fault), ERR_OK);
        if (store_gate_rematch_step(fixture.db, &did, &fault) != ERR_OK)
            fail_msg("%s", fault.text);
        assert_int_equal(sql_commit(fixture.db, &fault), ERR_OK);
    }
}

static void register_truck(const char *plate, const char *energy, const char *stage)
{
    char words[3][64];

    snprintf(words[0], sizeof words[0], "plate=%s", plate);
    snprintf(words[1], sizeof words[1], "energy=%s", energy);
    snprintf(words[2], sizeof words[2], "stage=%s", stage);
    fixture_vehicle(&fixture, CHANGE_PUT, NULL, "vehicle_id=" TRUCK, words[0], words[1], words[2],
                    "category=LOGISTICS", "owner_id=" OTHER, "area=419001", "built_up=0",
                    "added=2025-02-01", "effective=2025-02-01", NULL);
}

/* The sums by day say what a scan of the trips says. */
static void assert_balanced(void)
{
    static const char DIFFERENT[] =
        "SELECT COUNT(*) FROM (SELECT site_id, (at_ms + 28800000) / 86400000 AS day, direction, "
        "CASE WHEN matched = '' THEN 0 ELSE 1 END AS m, used_energy, used_stage, COUNT(*) AS n, "
        "SUM(CASE WHEN tonnes > 0 THEN 1 ELSE 0 END) AS l, COALESCE(SUM(tonnes), 0) AS t "
        "FROM gate_trip GROUP BY site_id, day, direction, m, used_energy, used_stage) AS x "
        "LEFT JOIN gate_day g ON g.site_id = x.site_id AND g.day = x.day "
        "AND g.direction = x.direction AND g.matched = x.m AND g.energy = x.used_energy "
        "AND g.stage = x.used_stage WHERE g.trips IS NULL OR g.trips <> x.n OR g.loaded <> x.l "
        "OR g.tonnes <> x.t";
    struct sql_rows *rows = sql_query(fixture.db, DIFFERENT, SQL_NO_VALUES);
    int64_t trips = 0, unmatched = 0, counted = 0;

    assert_true(sql_next(rows));
    assert_int_equal(sql_column_int(rows, 0), 0);
    assert_int_equal(sql_done(rows, NULL), ERR_OK);
    assert_int_equal(store_gate_totals(fixture.db, &unmatched, &trips, NULL), ERR_OK);
    rows = sql_query(fixture.db, "SELECT COUNT(*) FROM gate_trip", SQL_NO_VALUES);
    assert_true(sql_next(rows));
    counted = sql_column_int(rows, 0);
    assert_int_equal(sql_done(rows, NULL), ERR_OK);
    assert_int_equal(trips, counted);
}

/* What is known now is what was known when nothing came after. */
static void assert_known_alike(void)
{
    for (int by = GATE_BY_NOTHING; by <= GATE_BY_ORG; by++) {
        struct sums now = usage((struct store_gate_query){.by = (enum gate_by)by});
        struct sums then =
            usage((struct store_gate_query){.by = (enum gate_by)by, .known_ms = INT64_MAX});
        assert_memory_equal(&now, &then, sizeof now);
    }
}

static const char day_file[] =
    HEADER "steel,g1,IN,2025-03-01T08:00:00+08:00,豫U12345,,DIESEL,5,coke,34.0\n"
           "steel,g1,OUT,2025-03-01 09:30:00,豫U12345,,DIESEL,5,,\n"
           "steel,g1,IN,2025-03-01T08:00:01+08:00,豫U12346,,LNG,6b,coke,30.5\n"
           "mine,north,OUT,2025-03-02T10:00:00Z,,PIN-7,DIESEL,3,ore,999.9\n";

static void the_same_file_twice_changes_nothing_the_second_time(void **state)
{
    struct told first = import(day_file), second = import(day_file);
    struct sums all = usage((struct store_gate_query){.by = GATE_BY_NOTHING});

    (void)state;
    assert_int_equal(first.counts.created, 4);
    assert_int_equal(second.counts.unchanged, 4);
    assert_int_equal(all.trips, 4);
    assert_int_equal(all.loaded, 3);
    assert_int_equal(all.tonnes, 340 + 305 + 9999);
    assert_int_equal(all.unmatched, 4);
    assert_int_equal(all.clean, 1);
    assert_balanced();
}

static void a_corrected_row_replaces_its_trip_and_keeps_what_it_said(void **state)
{
    struct sums all;
    struct sql_rows *rows = NULL;

    (void)state;
    import(day_file);
    fixture_today(&fixture, "2025-07-01");
    assert_int_equal(
        import(HEADER "steel,g1,IN,2025-03-01T08:00:00+08:00,豫U12345,,DIESEL,5,coke,35.5\n")
            .counts.changed,
        1);
    all = usage((struct store_gate_query){.site_id = "steel"});
    assert_int_equal(all.tonnes, 355 + 305);
    assert_int_equal(all.trips, 3);
    rows = sql_query(fixture.db, "SELECT tonnes FROM gate_trip_replaced", SQL_NO_VALUES);
    assert_true(sql_next(rows));
    assert_int_equal(sql_column_int(rows, 0), 340);
    assert_int_equal(sql_done(rows, NULL), ERR_OK);
    assert_balanced();
}

static void a_trip_is_matched_when_its_vehicle_is_registered(void **state)
{
    struct sums soe;

    (void)state;
    import(day_file);
    import(HEADER "steel,g1,IN,2025-01-10T08:00:00+08:00,豫U12345,,DIESEL,5,coke,1\n");
    register_truck("豫U12345", "BEV", "D");
    rematch();
    soe = usage((struct store_gate_query){.owner_kinds = 1u << OWNER_SOE});
    assert_int_equal(soe.trips, 4);
    assert_int_equal(soe.unmatched, 2); /* the other truck, and the day before it was there */
    assert_int_equal(soe.clean, 3);     /* two as BEV by the register, one as 6b by the ledger */
    assert_balanced();
    assert_known_alike();
    register_truck("豫U12345", "DIESEL", "4"); /* corrected from the same day on */
    rematch();
    soe = usage((struct store_gate_query){.owner_kinds = 1u << OWNER_SOE});
    assert_int_equal(soe.clean, 1);
    register_truck("豫U99999", "DIESEL", "4"); /* the plate was wrong */
    rematch();
    assert_int_equal(usage((struct store_gate_query){.site_id = "steel"}).unmatched, 4);
    assert_balanced();
}

static void what_the_ledger_had_at_an_instant_stays_so(void **state)
{
    const struct store_gate_query june = {.by = GATE_BY_SITE,
                                          .known_ms = day_of("2025-07-01") * WHEN_DAY_MS};
    struct sums first, now;

    (void)state;
    register_truck("豫U12346", "LNG", "6b");
    import(day_file);
    assert_known_alike();
    first = usage(june);
    assert_int_equal(first.trips, 4);
    assert_int_equal(first.unmatched, 3);
    assert_int_equal(first.clean, 1);
    fixture_today(&fixture, "2025-08-01");
    import(HEADER "steel,g1,IN,2025-03-01T08:00:00+08:00,豫U12345,,BEV,D,coke,35.5\n"
                  "steel,g1,IN,2025-03-01T12:00:00+08:00,豫U12347,,BEV,D,coke,35.5\n");
    register_truck("豫U12346", "DIESEL", "4"); /* corrected from its first day on */
    rematch();
    assert_known_alike();
    now = usage((struct store_gate_query){.by = GATE_BY_SITE});
    assert_int_equal(now.trips, 5);
    assert_int_equal(now.clean, 2);
    now = usage(june);
    assert_memory_equal(&now, &first, sizeof now);
    assert_listed(0);
    assert_listed(june.known_ms);
    assert_int_equal(unexcused(0), 3);
    assert_int_equal(unexcused(june.known_ms), 4);
}

static void a_trip_that_comes_after_its_vehicle_is_matched_at_once(void **state)
{
    (void)state;
    register_truck("豫U12345", "BEV", "D");
    import(day_file);
    assert_int_equal(usage((struct store_gate_query){.site_id = "steel"}).unmatched, 1);
    import(HEADER "mine,n,IN,2025-03-05T08:00:00+08:00,," TRUCK ",,,,\n");
    assert_int_equal(usage((struct store_gate_query){.site_id = "mine"}).unmatched, 1);
    assert_balanced();
}

static void sums_are_told_by_site_day_and_direction(void **state)
{
    (void)state;
    import(day_file);
    assert_int_equal(usage((struct store_gate_query){.by = GATE_BY_SITE}).rows, 4);
    assert_int_equal(usage((struct store_gate_query){.by = GATE_BY_DAY}).rows, 4);
    assert_int_equal(usage((struct store_gate_query){.direction = GATE_OUT}).trips, 2);
    assert_int_equal(usage((struct store_gate_query){.org_id = OTHER}).trips, 1);
    assert_int_equal(usage((struct store_gate_query){.owner_kinds = 1u << OWNER_SOE}).trips, 3);
}

static void bad_rows_come_back_with_their_reason(void **state)
{
    struct told told = import(HEADER "nowhere,g1,IN,2025-03-01 08:00:00,豫U12345,,,,,\n"
                                     "steel,g1,SIDEWAYS,2025-03-01 08:00:00,豫U12345,,,,,\n"
                                     "steel,g1,IN,2025-03-01,豫U12345,,,,,\n"
                                     "steel,g1,IN,2025-03-01 08:00:00,,,,,,\n"
                                     "steel,g1,IN,2025-03-01 08:00:00,豫U12345,,,,coke,34.05\n"
                                     "steel,g1,IN,2025-03-01 08:00:00,豫U12345,,,,coke,1000\n"
                                     "steel,g1,IN,2027-03-01 08:00:00,豫U12345,,,,coke,1\n"
                                     "steel,g1,IN,2025-03-01 08:00:00,12,,,,coke,200\n");

    (void)state;
    assert_int_equal(told.counts.rejected, 7);
    assert_int_equal(told.counts.created, 1);
    assert_int_equal(told.counts.warnings, 2);
    assert_non_null(strstr(told.text, "2 site_id: there is no site"));
    assert_non_null(strstr(told.text, "3 direction: "));
    assert_non_null(strstr(told.text, "4 at: \"2025-03-01\" is no instant"));
    assert_non_null(strstr(told.text, "5 plate: is empty and vehicle_id too"));
    assert_non_null(strstr(told.text, "6 tonnes: \"34.05\""));
    assert_non_null(strstr(told.text, "7 tonnes: is more than 999.9"));
    assert_non_null(strstr(told.text, "8 at: is in the future"));
}

static void a_ledger_with_proofs_warns_of_a_passage_without(void **state)
{
    struct told told = import("site_id,gate,direction,at,plate,photo,licence\n"
                              "steel,g1,IN,2025-03-01 08:00:00,豫U12345,p/1.jpg,\n"
                              "steel,g1,IN,2025-03-01 08:01:00,豫U12345,,\n");

    (void)state;
    assert_int_equal(told.counts.created, 2);
    assert_int_equal(told.counts.warnings, 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(the_same_file_twice_changes_nothing_the_second_time),
        TEST(a_corrected_row_replaces_its_trip_and_keeps_what_it_said),
        TEST(a_trip_is_matched_when_its_vehicle_is_registered),
        TEST(what_the_ledger_had_at_an_instant_stays_so),
        TEST(a_trip_that_comes_after_its_vehicle_is_matched_at_once),
        TEST(sums_are_told_by_site_day_and_direction),
        TEST(bad_rows_come_back_with_their_reason),
        TEST(a_ledger_with_proofs_warns_of_a_passage_without),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Sites change by versions that hold from a day, and a change of place opens hours again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "registry/sites/site.h"
#include "registry/sites/site_index.h"
#include "registry/vehicles/import.h"
#include "shared/arena.h"
#include "tests/unit/vehicles/register_fixture.h"

#define PLANT  "91419001MA9TEA0117"
#define SQUARE "POLYGON ((112 35, 113 35, 113 36, 112 36, 112 35))"
#define WIDER  "POLYGON ((112 35, 114 35, 114 36, 112 36, 112 35))"
#define HEADER "site_id,org_id,name,kind,polygon\n"
#define DATED  "site_id,org_id,name,kind,polygon,effective\n"

static struct register_fixture fixture;

static int set_up(void **state)
{
    (void)state;
    fixture_open(&fixture, "2025-06-30");
    fixture_org(&fixture, PLANT, OWNER_SOE, NULL);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    fixture_close(&fixture);
    return 0;
}

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
    static const struct import_kind *const kinds[] = {&import_sites, NULL};
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

static int64_t number(const char *text)
{
    struct sql_rows *rows = sql_query(fixture.db, text, SQL_NO_VALUES);
    struct fault fault = {.code = ERR_OK};
    int64_t got = sql_next(rows) ? sql_column_int(rows, 0) : -1;

    if (sql_done(rows, &fault) != ERR_OK)
        fail_msg("%s", fault.text);
    return got;
}

static const struct store_site *on_day(struct arena *arena, const char *site, const char *day)
{
    struct store_sites versions;

    assert_int_equal(store_site_versions(fixture.db, site, arena, &versions, NULL), ERR_OK);
    return site_state(&versions, day_of(day));
}

static void the_same_file_twice_is_the_same_as_once(void **state)
{
    static const char file[] = HEADER "gate-1," PLANT ",Plant,PLANT,\"" SQUARE "\"\n"
                                      "town,,济源城区,BUILT_UP,\"" WIDER "\"\n";
    struct told first = import(file), second = import(file);

    (void)state;
    assert_int_equal(first.counts.created, 2);
    assert_int_equal(second.counts.unchanged, 2);
    assert_int_equal(number("SELECT COUNT(*) FROM site_version"), 2);
    assert_int_equal(number("SELECT changes FROM site_changes"), 2);
}

static void bad_rows_come_back_with_their_reason_and_good_ones_are_in(void **state)
{
    struct told told =
        import(HEADER "bow," PLANT ",Plant,PLANT,\"POLYGON ((0 0, 1 1, 0 1, 1 0, 0 0))\"\n"
                      "none,,Plant,PLANT,\"" SQUARE "\"\n"
                      "far,91410000000000000X,Plant,PLANT,\"" SQUARE "\"\n"
                      "a b," PLANT ",Plant,PLANT,\"" SQUARE "\"\n"
                      "void,,Town,BUILT_UP,POLYGON EMPTY\n"
                      "good," PLANT ",Plant,PARK,\"" SQUARE "\"\n");

    (void)state;
    assert_int_equal(told.counts.created, 1);
    assert_int_equal(told.counts.rejected, 5);
    assert_non_null(strstr(told.text, "2 polygon: Self-intersection at 0.5 0.5"));
    assert_non_null(strstr(told.text, "3 org_id: is empty"));
    assert_non_null(strstr(told.text, "4 org_id: there is no org"));
    assert_non_null(strstr(told.text, "5 site_id: takes"));
    assert_non_null(strstr(told.text, "6 polygon: is empty"));
}

static void a_change_holds_from_its_day_and_is_carried_forward_field_by_field(void **state)
{
    struct arena *arena = arena_create();

    (void)state;
    import(HEADER "p," PLANT ",Old,PLANT,\"" SQUARE "\"\n");
    import(DATED "p," PLANT ",Old,PLANT,\"" WIDER "\",2025-03-01\n");
    import(DATED "p," PLANT ",New,PLANT,\"" SQUARE "\",2025-01-01\n");
    assert_string_equal(on_day(arena, "p", "2000-01-01")->name, "Old");
    assert_string_equal(on_day(arena, "p", "2025-01-01")->name, "New");
    assert_string_equal(on_day(arena, "p", "2025-02-28")->polygon, SQUARE);
    assert_string_equal(on_day(arena, "p", "2025-03-01")->polygon, WIDER);
    assert_string_equal(on_day(arena, "p", "2025-03-01")->name, "New");
    assert_int_equal(on_day(arena, "p", "2025-03-01")->box.lon_max, 1140000000);
    assert_int_equal(on_day(arena, "p", "2025-02-28")->box.lon_max, 1130000000);
    arena_destroy(arena);
}

static void only_a_change_of_place_opens_hours_again(void **state)
{
    (void)state;
    import(HEADER "p," PLANT ",Old,PLANT,\"" SQUARE "\"\n");
    assert_int_equal(number("SELECT COUNT(*) FROM site_reopen"), 1);
    import(HEADER "p," PLANT ",New,PLANT,\"" SQUARE "\"\n");
    assert_int_equal(number("SELECT COUNT(*) FROM site_reopen"), 1);
    import(DATED "p," PLANT ",New,PLANT,\"" WIDER "\",2025-03-01\n");
    /* carried into the version of today, which changed the name only */
    assert_int_equal(number("SELECT COUNT(*) FROM site_reopen"), 3);
    assert_int_equal(
        number("SELECT from_hour FROM site_reopen ORDER BY from_hour LIMIT 1 OFFSET 1"),
        day_of("2025-03-01") * 24 - 8);
    assert_int_equal(number("SELECT to_hour FROM site_reopen ORDER BY from_hour LIMIT 1 OFFSET 1"),
                     day_of("2025-06-30") * 24 - 8);
    assert_int_equal(number("SELECT lon_max FROM site_reopen ORDER BY from_hour DESC LIMIT 1"),
                     1140000000);
}

static void the_index_knows_the_sites_of_each_day(void **state)
{
    const struct store_site_box here = {1135000000, 355000000, 1135000000, 355000000};
    const struct site_area **areas = NULL;
    struct site_index *index = site_index_create();
    struct arena *arena = arena_create();

    (void)state;
    import(HEADER "p," PLANT ",Old,PLANT,\"" SQUARE "\"\ntown,,Town,BUILT_UP,\"" WIDER "\"\n");
    import(DATED "p," PLANT ",Old,PLANT,\"" WIDER "\",2025-03-01\n"
                 "town,,Town,BUILT_UP,POLYGON EMPTY,2025-03-02\n");
    assert_int_equal(site_index_refresh(index, fixture.db, NULL), ERR_OK);
    assert_int_equal(site_index_find(index, day_of("2025-02-28"), &here, arena, &areas), 1);
    assert_string_equal(areas[0]->site_id, "town");
    assert_true(site_area_contains(areas[0], 355000000, 1135000000));
    assert_int_equal(site_index_find(index, day_of("2025-03-01"), &here, arena, &areas), 2);
    assert_int_equal(site_index_find(index, day_of("2025-03-02"), &here, arena, &areas), 1);
    assert_string_equal(areas[0]->site_id, "p");
    assert_true(site_index_has_built_up(index, day_of("2025-03-01")));
    assert_false(site_index_has_built_up(index, day_of("2025-03-02")));
    site_index_destroy(index);
    arena_destroy(arena);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(the_same_file_twice_is_the_same_as_once),
        TEST(bad_rows_come_back_with_their_reason_and_good_ones_are_in),
        TEST(a_change_holds_from_its_day_and_is_carried_forward_field_by_field),
        TEST(only_a_change_of_place_opens_hours_again),
        TEST(the_index_knows_the_sites_of_each_day),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

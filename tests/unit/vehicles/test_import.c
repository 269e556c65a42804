#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "register_fixture.h"
#include "registry/store/store_bindings.h"
#include "registry/vehicles/import.h"
#include "registry/vehicles/unit_change.h"
#include "shared/arena.h"
#include "shared/when.h"

#define ORGS "org_id,name,kind,industry,project_status,bulk_t_per_year,siding,pipeline\n"
#define VEHICLES                                                                                   \
    "vehicle_id,plate,category,energy,stage,owner_id,area,built_up,first_registered,added,"        \
    "removed,unit\n"
#define EXEMPTIONS "vehicle_id,reason,document,from,to\n"

static const char orgs[] =
    "\xEF\xBB\xBF" ORGS "91419001MA9TEA0117,\"济源公交, 总公司\",SOE,TRANSIT,EXISTING,,NONE,0\r\n"
    "91350100M0001TGQXM,Early pilot,PRIVATE,STEEL,NEW,1500000,OWN,1\r\n";
static const char vehicles[] = VEHICLES
    "LTESTBEV5P1000001,豫U12345D,BUS,BEV,D,91419001MA9TEA0117,419001,1,2023-01-05,2023-02-01,,"
    "bus1\n"
    "LTESTBUS3N1000003,豫U00001,BUS,DIESEL,5,91419001MA9TEA0117,419001,1,,2019-02-01,2024-01-01,\n"
    "PIN 7/机,,NON_ROAD,DIESEL,3,91350100M0001TGQXM,419001,0,,2020-01-01,,\n";

struct run {
    struct import_counts counts;
    struct fault fault;
    struct arena *arena;
    char *told; /* "line:column:R\n" a remark; R refused, W warned */
};

static void take_row(void *arg, const struct import_row *row)
{
    struct run *run = arg;

    for (size_t i = 0; i < row->remarks->count; i++)
        run->told =
            arena_format(run->arena, "%s%d:%s:%c\n", run->told, (int)row->line,
                         row->remarks->items[i].column, row->remarks->items[i].refusal ? 'R' : 'W');
}

static enum err import(struct register_fixture *f, const char *text, struct run *run)
{
    struct csv_text source = {.bytes = text, .len = strlen(text)};
    static const struct import_kind *const kinds[] = {
        &import_orgs,       &import_vehicles,   &import_units, &import_exemptions,
        &import_exceptions, &import_statistics, NULL};
    const struct import_options options = {.db = f->db,
                                           .clock = &f->clock.clock,
                                           .author = "clerk",
                                           .kinds = kinds,
                                           .source = csv_from_text,
                                           .source_arg = &source,
                                           .arg = run,
                                           .row = take_row};

    run->told = arena_text(run->arena, "");
    return import_run(&options, &run->counts, &run->fault);
}

static void assert_counts(const struct run *run, int created, int changed, int unchanged,
                          int rejected, int warnings)
{
    const struct import_counts *c = &run->counts;

    if (c->created != created || c->changed != changed || c->unchanged != unchanged ||
        c->rejected != rejected || c->warnings != warnings)
        fail_msg("created %d changed %d unchanged %d rejected %d warnings %d\n%s", (int)c->created,
                 (int)c->changed, (int)c->unchanged, (int)c->rejected, (int)c->warnings, run->told);
    assert_int_equal(c->rows, created + changed + unchanged + rejected);
}

static struct register_fixture fixture;

static int set_up(void **state)
{
    static struct run run;

    fixture_open(&fixture, "2025-06-30");
    run = (struct run){.arena = arena_create()};
    assert_int_equal(import(&fixture, orgs, &run), ERR_OK);
    assert_counts(&run, 2, 0, 0, 0, 1);
    assert_int_equal(import(&fixture, vehicles, &run), ERR_OK);
    assert_counts(&run, 3, 0, 0, 0, 0);
    *state = &run;
    return 0;
}

static int tear_down(void **state)
{
    struct run *run = *state;

    arena_destroy(run->arena);
    fixture_close(&fixture);
    return 0;
}

static void statistics_and_exceptions_come_by_file_too(void **state)
{
    static const char statistics[] =
        "indicator,subject,from,to,value,source,published\n"
        "NEV_PROGRESS,419001,2024-01-01,2024-12-31,41.25,全省通报,2025-02-01\n"
        "NEV_PROGRESS,410100,2024-01-01,2024-12-31,55,全省通报,2025-02-01\n"
        "NEV_PROGRESS,410100,2024-01-01,2024-12-31,56,全省通报,2025-02-01\n" /* against line 3 */
        "NEV_PROGRES,410200,2024-01-01,2024-12-31,1,全省通报,2025-02-01\n"
        "FREIGHT,419001,2024-01-01,2024-12-31,1,,2025-02-01\n"; /* no source */
    static const char exceptions[] =
        "rule,subject_kind,subject,document,from,to,approved,approved_by,evidence\n"
        "R3-02,ORG,91419001MA9TEA0117,济交〔2025〕3号,2025-01-01,,2024-12-01,交通运输局,地形\n"
        "R3-02,ORG,91419001MA9TEA0117,济交〔2025〕4号,2025-01-01,,2024-12-01,交通运输局,\n";
    struct run *run = *state;

    assert_int_equal(import(&fixture, statistics, run), ERR_OK);
    assert_counts(run, 2, 0, 0, 3, 0);
    assert_string_equal(run->told, "4:indicator:R\n5:indicator:R\n6:source:R\n");
    assert_int_equal(import(&fixture, statistics, run), ERR_OK);
    assert_counts(run, 0, 0, 2, 3, 0);
    assert_int_equal(import(&fixture, exceptions, run), ERR_OK);
    assert_counts(run, 1, 0, 0, 1, 0);
    assert_string_equal(run->told, "3:evidence:R\n");
}

static void the_same_file_twice_changes_nothing_the_second_time(void **state)
{
    struct run *run = *state;

    assert_int_equal(import(&fixture, orgs, run), ERR_OK);
    assert_counts(run, 0, 0, 2, 0, 1);
    assert_int_equal(import(&fixture, vehicles, run), ERR_OK);
    assert_counts(run, 0, 0, 3, 0, 0);
    fixture_today(&fixture, "2026-01-01");
    assert_int_equal(import(&fixture, vehicles, run), ERR_OK);
    assert_counts(run, 0, 0, 3, 0, 0);
    assert_int_equal(fixture_stock(&fixture, "2025-06-30", (struct count_filter){0}), 2);
}

static void bad_rows_are_named_and_the_good_ones_are_in(void **state)
{
    struct run *run = *state;

    assert_int_equal(
        import(&fixture,
               VEHICLES
               "CHI-6986TAXI,IL 1,TAXI,PETROL,X,91419001MA9TEA0117,419001,1,,2024-01-01,,\n"
               "CHI-1,,TAXI,STEAM,X,91419001MA9TEA0117,419001,1,,2024-01-01,,\n"
               "CHI-2,,TAXI,PETROL,X,91419001MA9TEA0117,419001,1,,2024-02-30,,\n"
               "CHI-3,,TAXI,PETROL,X,91419001MA9TEA0117,419001,1,,2024-01-01,2023-01-01,\n"
               "CHI-4,,TAXI,PETROL,X,NOBODY,419001,1,,2024-01-01,,\n"
               "CHI-5,,,PETROL,X,91419001MA9TEA0117,419001,1,,2024-01-01,,\n"
               "CHI-6,\"x\"y,TAXI,PETROL,X,91419001MA9TEA0117,419001,1,,2024-01-01,,\n"
               "CHI-7,TAXI\n"
               "CHI-8,,TAXI,PETROL,X,91419001MA9TEA0117,419001,1,,2024-01-01,,bus1\n"
               "CHI-9,,TAXI,PETROL,X,91419001MA9TEA0117,419001,1,,2024-01-01,,\n",
               run),
        ERR_OK);
    assert_string_equal(run->told, "2:vehicle_id:W\n2:plate:W\n"
                                   "3:energy:R\n"
                                   "4:added:R\n"
                                   "5:vehicle_id:W\n5:removed:R\n"
                                   "6:vehicle_id:W\n6:owner_id:R\n"
                                   "7:category:R\n"
                                   "8::R\n"
                                   "9::R\n"
                                   "10:vehicle_id:W\n10:unit:R\n"
                                   "11:vehicle_id:W\n");
    assert_counts(run, 2, 0, 0, 8, 6);
    assert_int_equal(fixture_stock(&fixture, "2025-06-30",
                                   (struct count_filter){.categories = 1u << CATEGORY_TAXI}),
                     2);
}

static void a_changed_row_holds_from_today_or_from_its_effective_day(void **state)
{
    const struct count_filter soe = {.owner_kinds = 1u << OWNER_SOE,
                                     .categories = 1u << CATEGORY_BUS};
    struct run *run = *state;

    assert_int_equal(import(&fixture,
                            "vehicle_id,category,energy,stage,owner_id,area,built_up,added,"
                            "effective\nLTESTBEV5P1000001,BUS,BEV,D,91350100M0001TGQXM,419001,1,"
                            "2023-02-01,2025-03-01\n",
                            run),
                     ERR_OK);
    assert_counts(run, 0, 1, 0, 0, 0);
    assert_int_equal(fixture_stock(&fixture, "2025-02-28", soe), 1);
    assert_int_equal(fixture_stock(&fixture, "2025-03-01", soe), 0);
    assert_int_equal(import(&fixture,
                            VEHICLES "LTESTBEV5P1000001,,BUS,BEV,D,91419001MA9TEA0117,419001,1,"
                                     "2023-01-05,2023-02-01,,bus1\n",
                            run),
                     ERR_OK);
    assert_counts(run, 0, 1, 0, 0, 0);
    assert_int_equal(fixture_stock(&fixture, "2025-06-29", soe), 0);
    assert_int_equal(fixture_stock(&fixture, "2025-06-30", soe), 1);
}

static void exemptions_come_in_by_file(void **state)
{
    static const char text[] =
        EXEMPTIONS "LTESTBEV5P1000001,EMERGENCY,济应急1号,2024-01-01,\n"
                   "NO-SUCH,EMERGENCY,1,2024-01-01,\n"
                   "LTESTBEV5P1000001,HOLIDAY,1,2024-01-01,\n"
                   "LTESTBEV5P1000001,SPECIAL_NEED,,2024-01-01,\n"
                   "LTESTBEV5P1000001,SPECIAL_NEED,2,2024-01-03,2024-01-01\n";
    struct run *run = *state;

    assert_int_equal(import(&fixture, text, run), ERR_OK);
    assert_string_equal(run->told, "3:vehicle_id:R\n4:reason:R\n5:document:R\n6:to:R\n");
    assert_counts(run, 1, 0, 0, 4, 0);
    assert_int_equal(import(&fixture, text, run), ERR_OK);
    assert_counts(run, 0, 0, 1, 4, 0);
}

static const char *vehicle_of(struct run *run, const char *unit)
{
    struct store_bindings bindings;
    const char *found = "";

    assert_int_equal(store_bindings_of_unit(fixture.db, unit, run->arena, &bindings, NULL), ERR_OK);
    for (size_t i = 0; i < bindings.count; i++)
        if (bindings.items[i].to == WHEN_DAY_NEVER)
            found = arena_text(run->arena, bindings.items[i].vehicle_id);
    return found;
}

static void units_are_registered_put_in_and_taken_out_by_file(void **state)
{
    static const char text[] = "unit,vehicle_id,effective\n"
                               "spare-1,,\n"
                               "dig-1,PIN 7/机,2024-02-01\n"
                               "no name,,\n"
                               "lost-1,NOWHERE,\n"
                               "bus1,PIN 7/机,\n"; /* it is in a bus */
    struct run *run = *state;

    assert_int_equal(import(&fixture, text, run), ERR_OK);
    assert_counts(run, 2, 0, 0, 3, 0);
    assert_string_equal(run->told, "4:unit:R\n5:vehicle_id:R\n6:vehicle_id:R\n");
    assert_string_equal(vehicle_of(run, "dig-1"), "PIN 7/机");
    assert_string_equal(vehicle_of(run, "bus1"), "LTESTBEV5P1000001");
    assert_int_equal(import(&fixture, text, run), ERR_OK);
    assert_counts(run, 0, 0, 2, 3, 0);
    assert_int_equal(import(&fixture, "unit,vehicle_id\nbus1,\n", run), ERR_OK);
    assert_counts(run, 1, 0, 0, 0, 0); /* it was in a bus, and nobody had registered it */
    assert_string_equal(vehicle_of(run, "bus1"), "");
    assert_int_equal(import(&fixture, "unit,vehicle_id\nspare-1,LTESTBEV5P1000001\n", run), ERR_OK);
    assert_counts(run, 0, 1, 0, 0, 0);
}

static void a_row_that_contradicts_an_earlier_one_is_refused(void **state)
{
    static const char text[] = VEHICLES
        "LTESTBUS3N1000003,,BUS,STEAM,5,91419001MA9TEA0117,419001,1,,2019-02-01,2024-01-01,\n"
        "LTESTBUS3N1000003,,BUS,LNG,5,91419001MA9TEA0117,419001,1,,2019-02-01,2024-01-01,\n"
        "LTESTBUS3N1000003,,BUS,CNG,5,91419001MA9TEA0117,419001,1,,2019-02-01,2024-01-01,\n"
        " LTESTBUS3N1000003 ,,BUS,LNG,5,91419001MA9TEA0117,419001,1,,2019-02-01,2024-01-01,\n";
    struct run *run = *state;

    assert_int_equal(import(&fixture, text, run), ERR_OK);
    assert_string_equal(run->told, "2:energy:R\n4:vehicle_id:R\n");
    assert_counts(run, 0, 1, 1, 2, 0);
    assert_int_equal(import(&fixture, text, run), ERR_OK);
    assert_counts(run, 0, 0, 2, 2, 0);
    assert_int_equal(import(&fixture,
                            EXEMPTIONS "LTESTBEV5P1000001,EMERGENCY,1,2024-01-01,\n"
                                       "LTESTBEV5P1000001,EMERGENCY,1,2024-01-01,2024-12-31\n"
                                       "LTESTBEV5P1000001,EMERGENCY,1,2025-01-01,2025-12-31\n",
                            run),
                     ERR_OK);
    assert_string_equal(run->told, "3:vehicle_id:R\n");
}

static void rows_about_other_days_do_not_contradict_each_other(void **state)
{
    static const char text[] =
        "vehicle_id,category,energy,stage,owner_id,area,built_up,added,effective\n"
        "H-1,NON_ROAD,DIESEL,2,91419001MA9TEA0117,419001,1,2020-01-01,2020-01-01\n"
        "H-1,NON_ROAD,DIESEL,4,91419001MA9TEA0117,419001,1,2020-01-01,2023-01-01\n"
        "H-1,NON_ROAD,BEV,D,91419001MA9TEA0117,419001,1,2020-01-01,2025-01-01\n";
    struct run *run = *state;

    assert_int_equal(import(&fixture, text, run), ERR_OK);
    assert_counts(run, 1, 2, 0, 0, 0);
    assert_int_equal(import(&fixture, text, run), ERR_OK);
    assert_counts(run, 0, 0, 3, 0, 0);
}

static void rows_that_go_back_in_time_or_move_the_first_day_are_refused(void **state)
{
    static const char text[] =
        "vehicle_id,category,energy,stage,owner_id,area,built_up,added,effective\n"
        "H-1,NON_ROAD,DIESEL,2,91419001MA9TEA0117,419001,1,2020-01-01,2023-01-01\n"
        "H-1,NON_ROAD,DIESEL,4,91419001MA9TEA0117,419001,1,2020-01-01,2021-01-01\n"
        "H-1,NON_ROAD,DIESEL,2,91419001MA9TEA0117,419001,0,2020-02-01,2024-01-01\n"
        "H-2,NON_ROAD,DIESEL,2,91419001MA9TEA0117,419001,0,2020-02-01,2018-01-01\n"
        "H-2,NON_ROAD,DIESEL,4,91419001MA9TEA0117,419001,0,2020-02-01,2019-01-01\n"
        "H-2,NON_ROAD,DIESEL,4,91419001MA9TEA0117,419001,0,2020-02-01,\n";
    struct run *run = *state;

    assert_int_equal(import(&fixture, text, run), ERR_OK);
    assert_string_equal(run->told, "3:vehicle_id:R\n4:vehicle_id:R\n6:vehicle_id:R\n");
    assert_counts(run, 2, 1, 0, 3, 0);
    assert_int_equal(import(&fixture, text, run), ERR_OK);
    assert_counts(run, 0, 0, 3, 3, 0);
}

static void assert_header_refused(struct run *run, const char *text, const char *named)
{
    assert_int_equal(import(&fixture, text, run), ERR_INPUT);
    assert_int_equal(run->counts.rows, 0);
    if (strstr(run->fault.text, named) == NULL)
        fail_msg("%s", run->fault.text);
}

static void a_wrong_header_is_named_and_nothing_is_read(void **state)
{
    struct run *run = *state;

    assert_header_refused(run, "", "empty");
    assert_header_refused(run, "a,b\n1,2\n", "no file known");
    assert_header_refused(run, "org_id,name,kind,colour\n", "\"colour\"");
    assert_header_refused(run, "org_id,kind\n", "\"name\"");
    assert_header_refused(run, "org_id,name,kind,name\n", "\"name\" is there twice");
    assert_header_refused(run, "vehicle_id,\"category\"x\n", "column 22");
}

static void a_file_of_rejected_rows_can_be_mended_and_imported(void **state)
{
    struct run *run = *state;

    assert_int_equal(import(&fixture,
                            "vehicle_id,reason,document,from,to,line,column,reason\n"
                            "LTESTBEV5P1000001,EMERGENCY,1,2024-01-01,,4,reason,none of\n",
                            run),
                     ERR_OK);
    assert_counts(run, 1, 0, 0, 0, 0);
}

static void many_rows_go_in_by_several_transactions(void **state)
{
    enum { ROWS = 12000, ROW_SIZE = 120 };
    struct run *run = *state;
    char *text = mem_alloc(ROWS + 1, ROW_SIZE);
    size_t len = (size_t)snprintf(text, ROW_SIZE, VEHICLES);

    for (int i = 0; i < ROWS; i++)
        len += (size_t)snprintf(text + len, ROW_SIZE,
                                "M-%05d,,NON_ROAD,BEV,D,91419001MA9TEA0117,419001,1,,"
                                "20%02d-01-01,,\n",
                                i, 10 + i % 15);
    assert_int_equal(import(&fixture, text, run), ERR_OK);
    assert_counts(run, 12000, 0, 0, 0, 0);
    assert_int_equal(fixture_stock(&fixture, "2019-12-31",
                                   (struct count_filter){.categories = 1u << CATEGORY_NON_ROAD}),
                     8000);
    free(text);
}

#define WITH_FIXTURE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FIXTURE(the_same_file_twice_changes_nothing_the_second_time),
        WITH_FIXTURE(bad_rows_are_named_and_the_good_ones_are_in),
        WITH_FIXTURE(a_changed_row_holds_from_today_or_from_its_effective_day),
        WITH_FIXTURE(exemptions_come_in_by_file),
        WITH_FIXTURE(units_are_registered_put_in_and_taken_out_by_file),
        WITH_FIXTURE(statistics_and_exceptions_come_by_file_too),
        WITH_FIXTURE(a_row_that_contradicts_an_earlier_one_is_refused),
        WITH_FIXTURE(rows_about_other_days_do_not_contradict_each_other),
        WITH_FIXTURE(rows_that_go_back_in_time_or_move_the_first_day_are_refused),
        WITH_FIXTURE(a_wrong_header_is_named_and_nothing_is_read),
        WITH_FIXTURE(a_file_of_rejected_rows_can_be_mended_and_imported),
        WITH_FIXTURE(many_rows_go_in_by_several_transactions),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

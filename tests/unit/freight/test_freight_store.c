#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "registry/freight/period.h"
#include "registry/freight/sums.h"
#include "registry/store/sql.h"
#include "registry/store/store_freight_files.h"
#include "tests/conformance/scratch.h"

#define E1 "91419001MA9TEA0117"
#define E2 "91419001MA9TEA02XY"

struct world {
    struct sql *db;
    struct arena *arena;
};

static int set_up(void **state)
{
    struct world *w = calloc(1, sizeof *w);

    w->arena = arena_create();
    *state = w;
    w->db = scratch_open("sqlite::memory:");
    return 0;
}

static int tear_down(void **state)
{
    struct world *w = *state;

    sql_close(w->db);
    arena_destroy(w->arena);
    free(w);
    return 0;
}

static struct store_freight_report report_of(const char *org, const char *text)
{
    struct store_freight_report report = {.state = FREIGHT_DRAFT, .version = 1};
    struct period period;

    assert_true(period_parse(text, &period));
    snprintf(report.key.org_id, sizeof report.key.org_id, "%s", org);
    snprintf(report.key.period, sizeof report.key.period, "%s", text);
    report.first_month = period.first_month;
    report.months = period.months;
    return report;
}

static void begin(struct world *w)
{
    assert_int_equal(sql_begin(w->db, SQL_WRITE, NULL), ERR_OK);
}

static void commit(struct world *w)
{
    assert_int_equal(sql_commit(w->db, NULL), ERR_OK);
}

static struct store_freight_line line_of(int mode, int64_t tonnes)
{
    return (struct store_freight_line){.commodity = COMMODITY_COAL,
                                       .direction = FREIGHT_IN,
                                       .mode = mode,
                                       .tonnes = tonnes,
                                       .km = FREIGHT_KM_NONE,
                                       .leg = FREIGHT_MAIN};
}

/* Puts a version with these lines in force at an instant. */
static void put(struct world *w, struct store_freight_report *report, int64_t at_ms,
                struct store_freight_line *lines, size_t count)
{
    struct store_freight_content content = {
        .head = {.version = report->version, .output_t = -1, .throughput_t = -1},
        .lines = lines,
        .line_count = count};

    begin(w);
    if (report->revision == 0)
        assert_int_equal(store_freight_insert(w->db, report, NULL), ERR_OK);
    assert_int_equal(store_freight_write(w->db, &report->key, &content, NULL), ERR_OK);
    content.head.submitted_at = content.head.accepted_at = at_ms;
    assert_int_equal(store_freight_mark(w->db, &report->key, &content.head, NULL), ERR_OK);
    report->accepted = report->version;
    assert_int_equal(store_freight_update(w->db, report, NULL), ERR_OK);
    assert_int_equal(store_freight_sums_put(w->db, report, lines, count, NULL), ERR_OK);
    commit(w);
}

static struct freight_modes modes_of(struct world *w, struct freight_scope scope)
{
    struct period year = {2025 * INT64_C(12), 12};
    struct freight_modes modes, recount;

    scope.from = period_first_day(year);
    scope.to = period_last_day(year);
    assert_int_equal(freight_sums(w->db, &scope, &modes, NULL), ERR_OK);
    if (scope.known_at == 0) {
        scope.known_at = INT64_MAX;
        assert_int_equal(freight_sums(w->db, &scope, &recount, NULL), ERR_OK);
        assert_memory_equal(&modes, &recount, sizeof modes);
    }
    return modes;
}

static void a_month_belongs_to_one_report_of_an_enterprise(void **state)
{
    struct world *w = *state;
    struct store_freight_report quarter = report_of(E1, "2025-Q2");
    struct store_freight_report month = report_of(E1, "2025-06");
    struct store_freight_report other = report_of(E2, "2025-06");
    char period[FREIGHT_PERIOD_SIZE];

    begin(w);
    assert_int_equal(store_freight_insert(w->db, &quarter, NULL), ERR_OK);
    assert_int_equal(store_freight_insert(w->db, &other, NULL), ERR_OK);
    assert_int_equal(store_freight_overlap(w->db, &month, period, NULL), ERR_OK);
    assert_string_equal(period, "2025-Q2");
    commit(w);
    begin(w);
    assert_int_equal(store_freight_insert(w->db, &month, NULL), ERR_CONFLICT);
    sql_rollback(w->db);
    assert_int_equal(store_freight_get(w->db, &month.key, &month, NULL), ERR_NOT_FOUND);
}

static void a_change_of_what_another_changed_is_refused(void **state)
{
    struct world *w = *state;
    struct store_freight_report mine = report_of(E1, "2025-06");
    struct store_freight_report theirs;

    begin(w);
    assert_int_equal(store_freight_insert(w->db, &mine, NULL), ERR_OK);
    theirs = mine;
    theirs.state = FREIGHT_SUBMITTED;
    assert_int_equal(store_freight_update(w->db, &theirs, NULL), ERR_OK);
    commit(w);
    begin(w);
    mine.state = FREIGHT_RETURNED;
    assert_int_equal(store_freight_update(w->db, &mine, NULL), ERR_CONFLICT);
    sql_rollback(w->db);
    assert_int_equal(store_freight_get(w->db, &mine.key, &mine, NULL), ERR_OK);
    assert_int_equal(mine.state, FREIGHT_SUBMITTED);
    assert_int_equal(mine.revision, 2);
}

static void a_version_that_was_submitted_is_never_written_again(void **state)
{
    struct world *w = *state;
    struct store_freight_report report = report_of(E1, "2025-06");
    struct store_freight_line line = line_of(FREIGHT_RAIL, 10);
    struct store_freight_content content = {
        .head = {.version = 1}, .lines = &line, .line_count = 1};

    begin(w);
    assert_int_equal(store_freight_insert(w->db, &report, NULL), ERR_OK);
    assert_int_equal(store_freight_write(w->db, &report.key, &content, NULL), ERR_OK);
    line.tonnes = 20;
    assert_int_equal(store_freight_write(w->db, &report.key, &content, NULL), ERR_OK);
    content.head.submitted_at = 1;
    assert_int_equal(store_freight_mark(w->db, &report.key, &content.head, NULL), ERR_OK);
    commit(w);
    begin(w);
    line.tonnes = 30;
    assert_int_equal(store_freight_write(w->db, &report.key, &content, NULL), ERR_CONFLICT);
    sql_rollback(w->db);
    assert_int_equal(store_freight_read(w->db, &report.key, 1, w->arena, &content, NULL), ERR_OK);
    assert_int_equal(content.line_count, 1);
    assert_int_equal(content.lines[0].tonnes, 20);
}

static void an_amendment_takes_the_place_of_what_it_amends(void **state)
{
    struct world *w = *state;
    struct store_freight_report report = report_of(E1, "2025-Q2");
    struct store_freight_line lines[] = {line_of(FREIGHT_RAIL, 10), line_of(FREIGHT_TRUCK_CN6, 70)};
    struct freight_modes modes;

    put(w, &report, 1000, lines, 2);
    lines[0].tonnes = 50;
    lines[1].tonnes = 30;
    report.version = 2;
    put(w, &report, 2000, lines, 2);
    modes = modes_of(w, (struct freight_scope){.goods = FREIGHT_BULK});
    assert_int_equal(modes.tonnes[FREIGHT_RAIL], 50);
    assert_int_equal(freight_tonnes(&modes, FREIGHT_MODES_ALL), 80);
    modes = modes_of(w, (struct freight_scope){.known_at = 1500});
    assert_int_equal(modes.tonnes[FREIGHT_RAIL], 10);
    modes = modes_of(w, (struct freight_scope){.known_at = 999});
    assert_int_equal(freight_tonnes(&modes, FREIGHT_MODES_ALL), 0);
}

static void the_way_to_the_railhead_is_no_second_tonne(void **state)
{
    struct world *w = *state;
    struct store_freight_report report = report_of(E1, "2025-01");
    struct store_freight_line lines[] = {line_of(FREIGHT_RAIL, 40), line_of(FREIGHT_TRUCK_CN6, 40)};
    struct freight_modes modes;

    lines[1].leg = FREIGHT_DRAYAGE;
    put(w, &report, 1, lines, 2);
    modes = modes_of(w, (struct freight_scope){.goods = FREIGHT_BULK});
    assert_int_equal(freight_tonnes(&modes, FREIGHT_MODES_ALL), 40);
}

static void what_two_enterprises_report_of_one_way_counts_once(void **state)
{
    struct world *w = *state;
    struct store_freight_report sender = report_of(E1, "2025-Q1");
    struct store_freight_report receiver = report_of(E2, "2025-02");
    struct store_freight_line sent[] = {line_of(FREIGHT_RAIL, 100)};
    struct store_freight_line got[] = {line_of(FREIGHT_TRUCK_CN6, 90), line_of(FREIGHT_RAIL, 7)};
    struct freight_modes modes;

    sent[0].direction = FREIGHT_OUT;
    snprintf(sent[0].counterpart, sizeof sent[0].counterpart, E2);
    snprintf(got[0].counterpart, sizeof got[0].counterpart, E1);
    put(w, &receiver, 1, got, 2);
    modes = modes_of(w, (struct freight_scope){.goods = FREIGHT_BULK});
    assert_int_equal(freight_tonnes(&modes, FREIGHT_MODES_ALL), 97);
    put(w, &sender, 2, sent, 1);
    modes = modes_of(w, (struct freight_scope){.goods = FREIGHT_BULK});
    assert_int_equal(modes.tonnes[FREIGHT_RAIL], 107);
    assert_int_equal(modes.tonnes[FREIGHT_TRUCK_CN6], 0);
    modes = modes_of(w, (struct freight_scope){.org_id = E2});
    assert_int_equal(freight_tonnes(&modes, FREIGHT_MODES_ALL), 97);
}

static void goods_direction_and_distance_choose_the_tonnes(void **state)
{
    struct world *w = *state;
    struct store_freight_report report = report_of(E1, "2025-03");
    struct store_freight_line lines[] = {line_of(FREIGHT_RAIL, 1), line_of(FREIGHT_RAIL, 20),
                                         line_of(FREIGHT_TRUCK_NEV, 300),
                                         line_of(FREIGHT_WATER, 4000)};
    struct freight_modes modes;

    lines[0].commodity = COMMODITY_OTHER;
    lines[1].commodity = COMMODITY_OTHER;
    lines[1].container = true;
    lines[2].direction = FREIGHT_OUT;
    lines[2].km = 5000;
    lines[3].km = 4999;
    put(w, &report, 1, lines, 4);
#define TONNES(...)                                                                                \
    (modes = modes_of(w, (struct freight_scope){__VA_ARGS__}),                                     \
     freight_tonnes(&modes, FREIGHT_MODES_ALL))
    assert_int_equal(TONNES(.goods = FREIGHT_ALL_GOODS), 4321);
    assert_int_equal(TONNES(.goods = FREIGHT_BULK), 4300);
    assert_int_equal(TONNES(.goods = FREIGHT_BULK_AND_CONTAINERS), 4320);
    assert_int_equal(TONNES(.directions = 1u << FREIGHT_OUT), 300);
    assert_int_equal(TONNES(.km_min = 500), 300);
    assert_int_equal(TONNES(.km_max = 499), 0);
    assert_int_equal(TONNES(.km_max = 500), 4300);
#undef TONNES
    assert_int_equal(modes.tonne_km[FREIGHT_TRUCK_NEV], 300 * 5000);
    assert_int_equal(modes.measured[FREIGHT_WATER], 4000);
}

static void a_file_is_kept_once_and_comes_back_as_it_was(void **state)
{
    struct world *w = *state;
    struct store_freight_report one = report_of(E1, "2025-06");
    struct store_freight_report two = report_of(E2, "2025-06");
    struct store_freight_file file = {.name = "a.csv", .bytes = 3};
    const void *content = NULL;

    begin(w);
    assert_int_equal(store_freight_insert(w->db, &one, NULL), ERR_OK);
    assert_int_equal(store_freight_insert(w->db, &two, NULL), ERR_OK);
    assert_int_equal(store_freight_file_add(w->db, &one.key, &file, "abc", NULL), ERR_OK);
    assert_string_equal(file.digest,
                        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_int_equal(store_freight_file_add(w->db, &two.key, &file, "abc", NULL), ERR_OK);
    commit(w);
    assert_int_equal(store_freight_file_read(w->db, &two.key, 1, w->arena, &file, &content, NULL),
                     ERR_OK);
    assert_memory_equal(content, "abc", 3);
    begin(w);
    assert_int_equal(store_freight_file_add(w->db, &one.key, &file, "abc", NULL), ERR_CONFLICT);
    sql_rollback(w->db);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_month_belongs_to_one_report_of_an_enterprise),
        TEST(a_change_of_what_another_changed_is_refused),
        TEST(a_version_that_was_submitted_is_never_written_again),
        TEST(an_amendment_takes_the_place_of_what_it_amends),
        TEST(the_way_to_the_railhead_is_no_second_tonne),
        TEST(what_two_enterprises_report_of_one_way_counts_once),
        TEST(goods_direction_and_distance_choose_the_tonnes),
        TEST(a_file_is_kept_once_and_comes_back_as_it_was),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

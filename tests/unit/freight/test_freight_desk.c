#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "registry/freight/desk.h"
#include "registry/freight/sums.h"
#include "registry/store/store_freight_files.h"
#include "tests/unit/freight/freight_file.h"

#define E1 "91419001MA9TEA0117"
#define E2 "91419001MA9TEA02XY"

struct world {
    struct register_fixture f;
    struct registrar *clerk, *officer;
    struct arena *arena;
    struct store_freight_report report; /* after the last order */
    struct checks checks;
    struct remarks remarks;
};

static int set_up(void **state)
{
    struct world *w = calloc(1, sizeof *w);

    w->arena = arena_create();
    fixture_open(&w->f, "2025-07-10");
    fixture_org(&w->f, E1, OWNER_SOE, NULL);
    w->clerk = registrar_create(w->f.db, &w->f.clock.clock, "clerk");
    w->officer = registrar_create(w->f.db, &w->f.clock.clock, "officer");
    *state = w;
    return 0;
}

static int tear_down(void **state)
{
    struct world *w = *state;

    registrar_destroy(w->clerk);
    registrar_destroy(w->officer);
    fixture_close(&w->f);
    arena_destroy(w->arena);
    free(w);
    return 0;
}

/* Does it; gives the code of a refusal, or ERR_OK. */
static enum err order(struct world *w, struct registrar *who, struct desk_order order)
{
    struct fault fault;

    if (order.key.org_id[0] == '\0')
        order.key = (struct freight_key){E1, "2025-Q2"};
    order.party = who == w->clerk ? FREIGHT_ENTERPRISE : FREIGHT_BUREAU;
    order.reason = order.reason == NULL ? "" : order.reason;
    order.calendar = &freight_calendar_default;
    order.arena = w->arena;
    w->remarks = (struct remarks){0};
    w->f.clock.wall_now_ms++;
    assert_int_equal(registrar_begin(who, NULL), ERR_OK);
    if (desk_do(who, &order, &w->report, &w->checks, &w->remarks, &fault) != ERR_OK)
        fail_msg("%s", fault.text);
    if (w->remarks.refused) {
        registrar_rollback(who);
        return w->remarks.code;
    }
    assert_int_equal(registrar_commit(who, NULL), ERR_OK);
    return ERR_OK;
}

static enum err act(struct world *w, struct registrar *who, enum freight_action action)
{
    return order(w, who, (struct desk_order){.action = action, .reason = "because"});
}

/* One line by water, so that no siding is asked for. */
static enum err write_tonnes(struct world *w, struct registrar *who, enum freight_action action,
                             int64_t tonnes)
{
    struct store_freight_line *line = ARENA_NEW(w->arena, struct store_freight_line);
    struct store_freight_content *content = ARENA_NEW(w->arena, struct store_freight_content);

    *line = (struct store_freight_line){.commodity = COMMODITY_COAL,
                                        .direction = FREIGHT_IN,
                                        .mode = FREIGHT_WATER,
                                        .tonnes = tonnes,
                                        .km = FREIGHT_KM_NONE,
                                        .leg = FREIGHT_MAIN};
    content->head.output_t = content->head.throughput_t = FREIGHT_TONNES_NONE;
    content->lines = line;
    content->line_count = 1;
    return order(w, who, (struct desk_order){.action = action, .content = content});
}

static int64_t tonnes_in_force(struct world *w)
{
    const struct freight_scope scope = {.from = day_of("2025-01-01"), .to = day_of("2025-12-31")};
    struct freight_modes modes;

    assert_int_equal(freight_sums(w->f.db, &scope, &modes, NULL), ERR_OK);
    return freight_tonnes(&modes, FREIGHT_MODES_ALL);
}

static void add_file(struct world *w, struct freight_key key, const char *bytes)
{
    struct store_freight_file file = {.name = "f.csv", .bytes = (int64_t)strlen(bytes)};

    assert_int_equal(store_freight_file_add(w->f.db, &key, &file, bytes, NULL), ERR_OK);
}

static void accept_first(struct world *w, int64_t tonnes)
{
    assert_int_equal(write_tonnes(w, w->clerk, FREIGHT_CREATE, tonnes), ERR_OK);
    assert_int_equal(act(w, w->clerk, FREIGHT_SUBMIT), ERR_OK);
    assert_int_equal(act(w, w->officer, FREIGHT_ACCEPT), ERR_OK);
}

static void only_accepted_tonnes_count(void **state)
{
    struct world *w = *state;

    assert_int_equal(write_tonnes(w, w->clerk, FREIGHT_CREATE, 100), ERR_OK);
    assert_int_equal(tonnes_in_force(w), 0);
    assert_int_equal(act(w, w->clerk, FREIGHT_SUBMIT), ERR_OK);
    assert_int_equal(tonnes_in_force(w), 0);
    assert_int_equal(act(w, w->officer, FREIGHT_ACCEPT), ERR_OK);
    assert_int_equal(tonnes_in_force(w), 100);
    assert_int_equal(w->report.state, FREIGHT_ACCEPTED);
    assert_int_equal(w->report.accepted, 1);
}

static void an_amendment_leaves_the_old_figure_in_force_until_it_is_accepted(void **state)
{
    struct world *w = *state;
    struct store_freight_content old;

    accept_first(w, 100);
    assert_int_equal(act(w, w->clerk, FREIGHT_AMEND), ERR_OK);
    assert_int_equal(w->report.version, 2);
    assert_int_equal(write_tonnes(w, w->clerk, FREIGHT_WRITE, 120), ERR_OK);
    assert_int_equal(w->report.version, 2);
    assert_int_equal(act(w, w->clerk, FREIGHT_SUBMIT), ERR_OK);
    assert_int_equal(tonnes_in_force(w), 100);
    assert_int_equal(act(w, w->officer, FREIGHT_ACCEPT), ERR_OK);
    assert_int_equal(tonnes_in_force(w), 120);
    assert_int_equal(store_freight_read(w->f.db, &w->report.key, 1, w->arena, &old, NULL), ERR_OK);
    assert_int_equal(old.lines[0].tonnes, 100);
    assert_int_equal(store_freight_read(w->f.db, &w->report.key, 2, w->arena, &old, NULL), ERR_OK);
    assert_string_equal(old.head.reason, "because");
}

static void what_was_returned_is_mended_in_a_new_version(void **state)
{
    struct world *w = *state;
    struct store_freight_content old;

    assert_int_equal(write_tonnes(w, w->clerk, FREIGHT_CREATE, 100), ERR_OK);
    assert_int_equal(act(w, w->clerk, FREIGHT_SUBMIT), ERR_OK);
    assert_int_equal(act(w, w->officer, FREIGHT_RETURN), ERR_OK);
    assert_int_equal(write_tonnes(w, w->clerk, FREIGHT_WRITE, 90), ERR_OK);
    assert_int_equal(w->report.version, 2);
    assert_int_equal(store_freight_read(w->f.db, &w->report.key, 1, w->arena, &old, NULL), ERR_OK);
    assert_int_equal(old.lines[0].tonnes, 100);
    assert_int_equal(act(w, w->clerk, FREIGHT_SUBMIT), ERR_OK);
    assert_int_equal(act(w, w->officer, FREIGHT_ACCEPT), ERR_OK);
    assert_int_equal(tonnes_in_force(w), 90);
}

static void nobody_accepts_his_own(void **state)
{
    struct world *w = *state;

    assert_int_equal(write_tonnes(w, w->officer, FREIGHT_CREATE, 100), ERR_OK);
    assert_int_equal(act(w, w->clerk, FREIGHT_SUBMIT), ERR_OK);
    assert_int_equal(act(w, w->officer, FREIGHT_ACCEPT), ERR_DENIED); /* wrote it */
    assert_int_equal(act(w, w->officer, FREIGHT_RETURN), ERR_OK);
    assert_int_equal(act(w, w->officer, FREIGHT_SUBMIT), ERR_OK);
    assert_int_equal(act(w, w->officer, FREIGHT_ACCEPT), ERR_DENIED); /* submitted it */
    assert_int_equal(act(w, w->f.registrar, FREIGHT_ACCEPT), ERR_OK); /* another officer */
}

static void the_enterprise_does_not_decide(void **state)
{
    struct world *w = *state;

    assert_int_equal(write_tonnes(w, w->officer, FREIGHT_CREATE, 100), ERR_OK);
    assert_int_equal(act(w, w->officer, FREIGHT_SUBMIT), ERR_OK);
    assert_int_equal(act(w, w->clerk, FREIGHT_ACCEPT), ERR_DENIED);
    assert_int_equal(act(w, w->clerk, FREIGHT_RETURN), ERR_DENIED);
    assert_int_equal(act(w, w->clerk, FREIGHT_LOCK), ERR_CONFLICT);
}

static void a_return_and_an_amendment_say_why(void **state)
{
    struct world *w = *state;

    assert_int_equal(write_tonnes(w, w->clerk, FREIGHT_CREATE, 100), ERR_OK);
    assert_int_equal(act(w, w->clerk, FREIGHT_SUBMIT), ERR_OK);
    assert_int_equal(order(w, w->officer, (struct desk_order){.action = FREIGHT_RETURN}),
                     ERR_INPUT);
    assert_string_equal(w->remarks.items[0].column, "reason");
}

static void after_the_window_only_the_bureau_opens_a_report(void **state)
{
    struct world *w = *state;

    accept_first(w, 100);
    fixture_today(&w->f, "2025-07-31");
    assert_int_equal(act(w, w->clerk, FREIGHT_AMEND), ERR_DENIED);
    assert_int_equal(act(w, w->officer, FREIGHT_LOCK), ERR_OK);
    assert_int_equal(act(w, w->clerk, FREIGHT_AMEND), ERR_DENIED);
    assert_int_equal(act(w, w->officer, FREIGHT_AMEND), ERR_OK);
    assert_int_equal(write_tonnes(w, w->clerk, FREIGHT_WRITE, 50), ERR_OK);
}

static void a_report_with_errors_is_not_submitted(void **state)
{
    struct world *w = *state;

    assert_int_equal(write_tonnes(w, w->clerk, FREIGHT_CREATE, 0), ERR_OK);
    assert_int_equal(act(w, w->clerk, FREIGHT_SUBMIT), ERR_INPUT);
    assert_int_equal(w->checks.errors, 1);
    assert_string_equal(w->checks.items[0].key, "freight.v3.empty");
}

static void an_order_made_from_an_old_state_is_refused(void **state)
{
    struct world *w = *state;

    assert_int_equal(write_tonnes(w, w->clerk, FREIGHT_CREATE, 100), ERR_OK);
    assert_int_equal(write_tonnes(w, w->clerk, FREIGHT_WRITE, 110), ERR_OK);
    assert_int_equal(
        order(w, w->clerk, (struct desk_order){.action = FREIGHT_SUBMIT, .revision = 1}),
        ERR_CONFLICT);
    assert_string_equal(w->remarks.items[0].column, "revision");
    assert_int_equal(
        order(w, w->clerk, (struct desk_order){.action = FREIGHT_SUBMIT, .revision = 2}), ERR_OK);
}

static void a_quarter_and_its_month_do_not_both_report(void **state)
{
    struct world *w = *state;
    struct store_freight_content content = {.head = {.output_t = -1, .throughput_t = -1}};

    accept_first(w, 100);
    assert_int_equal(order(w, w->clerk,
                           (struct desk_order){.action = FREIGHT_CREATE,
                                               .key = {E1, "2025-06"},
                                               .content = &content}),
                     ERR_CONFLICT);
    assert_int_equal(order(w, w->clerk,
                           (struct desk_order){.action = FREIGHT_CREATE,
                                               .key = {E1, "2025-Q2"},
                                               .content = &content}),
                     ERR_CONFLICT);
    assert_int_equal(order(w, w->clerk,
                           (struct desk_order){
                               .action = FREIGHT_CREATE, .key = {E1, "2025"}, .content = &content}),
                     ERR_INPUT);
    assert_int_equal(order(w, w->clerk,
                           (struct desk_order){.action = FREIGHT_CREATE,
                                               .key = {"nobody", "2025-06"},
                                               .content = &content}),
                     ERR_NOT_FOUND);
}

static int64_t count(struct world *w, const char *text)
{
    struct sql_rows *rows = sql_query(w->f.db, text, SQL_NO_VALUES);
    int64_t found = sql_next(rows) ? sql_column_int(rows, 0) : -1;

    assert_int_equal(sql_done(rows, NULL), ERR_OK);
    return found;
}

/* Two drafts with a file of the same bytes, and one of its own for the second. */
static void a_draft_for_the_wrong_period_is_discarded_and_frees_its_months(void **state)
{
    static const char *const counts[] = {
        "SELECT COUNT(*) FROM freight_report",  "SELECT COUNT(*) FROM freight_month",
        "SELECT COUNT(*) FROM freight_version", "SELECT COUNT(*) FROM freight_line",
        "SELECT COUNT(*) FROM freight_event",   "SELECT COUNT(*) FROM freight_file",
        "SELECT COUNT(*) FROM freight_blob"};
    struct world *w = *state;
    struct store_freight_line line = {.commodity = COMMODITY_COAL, .mode = FREIGHT_WATER};
    struct store_freight_content content = {
        .head = {.output_t = -1, .throughput_t = -1}, .lines = &line, .line_count = 1};
    struct desk_order month = {
        .action = FREIGHT_CREATE, .key = {E1, "2025-06"}, .content = &content};
    const struct desk_order earlier = {
        .action = FREIGHT_CREATE, .key = {E1, "2025-03"}, .content = &content};

    assert_int_equal(order(w, w->clerk, earlier), ERR_OK);
    add_file(w, earlier.key, "one");
    assert_int_equal(order(w, w->clerk, month), ERR_OK);
    add_file(w, month.key, "one");
    add_file(w, month.key, "two");
    assert_int_equal(write_tonnes(w, w->clerk, FREIGHT_CREATE, 100), ERR_CONFLICT);
    month.action = FREIGHT_DISCARD;
    assert_int_equal(order(w, w->clerk, month), ERR_OK);
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
        assert_int_equal(count(w, counts[i]), 1);
    assert_int_equal(order(w, w->clerk, month), ERR_NOT_FOUND);
    accept_first(w, 100);
    assert_int_equal(act(w, w->officer, FREIGHT_DISCARD), ERR_CONFLICT);
}

static void a_report_is_begun_for_a_period_of_the_last_years(void **state)
{
    static const struct {
        const char *period;
        enum err said;
    } cases[] = {{"2025-08", ERR_INPUT}, {"2025-Q4", ERR_INPUT}, {"2025-Q3", ERR_OK},
                 {"2020-06", ERR_INPUT}, {"1900-01", ERR_INPUT}, {"2020-Q4", ERR_OK}};
    struct world *w = *state;
    struct store_freight_content content = {.head = {.output_t = -1, .throughput_t = -1}};

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct desk_order begin = {
            .action = FREIGHT_CREATE, .key = {.org_id = E1}, .content = &content};
        snprintf(begin.key.period, sizeof begin.key.period, "%s", cases[i].period);
        assert_int_equal(order(w, w->clerk, begin), cases[i].said);
    }
}

static void the_history_says_who_did_what(void **state)
{
    struct world *w = *state;
    struct store_freight_event *events = NULL;
    size_t count = 0;

    accept_first(w, 100);
    assert_int_equal(store_freight_events(w->f.db, &w->report.key, w->arena, &events, &count, NULL),
                     ERR_OK);
    assert_int_equal(count, 3);
    assert_string_equal(events[2].author, "officer");
    assert_int_equal(events[2].action, FREIGHT_ACCEPT);
    assert_int_equal(events[2].from_state, FREIGHT_SUBMITTED);
    assert_int_equal(events[2].to_state, FREIGHT_ACCEPTED);
    assert_true(events[0].at < events[2].at);
}

/* ---- freight.csv ---- */

static void a_file_makes_accepted_reports_and_twice_is_once(void **state)
{
    struct world *w = *state;
    const char *text =
        HEADER E1 ",2025-05,COAL,IN,RAIL,12.5,420,0,\n" E1
                  ",2025-05,ORE,IN,TRUCK_CN6,3,,0,晋城\n" E1 ",2025-06,COAL,IN,RAIL,7,420,0,\n";
    struct freight_key may = {E1, "2025-05"};

    assert_int_equal(import(&w->f, text).created, 3);
    assert_int_equal(import(&w->f, text).unchanged, 3);
    assert_int_equal(tonnes_in_force(w), 225);
    assert_int_equal(store_freight_get(w->f.db, &may, &w->report, NULL), ERR_OK);
    assert_int_equal(w->report.state, FREIGHT_ACCEPTED);
    assert_int_equal(w->report.version, 1);
}

static void a_changed_row_makes_a_new_version_beside_the_old(void **state)
{
    struct world *w = *state;
    struct freight_key may = {E1, "2025-05"};
    struct store_freight_content content;

    import(&w->f, HEADER E1 ",2025-05,COAL,IN,RAIL,10,,0,\n" E1 ",2025-05,ORE,IN,RAIL,5,,0,\n");
    assert_int_equal(import(&w->f, HEADER E1 ",2025-05,COAL,IN,RAIL,11,,0,\n").changed, 1);
    assert_int_equal(tonnes_in_force(w), 160);
    assert_int_equal(store_freight_read(w->f.db, &may, 1, w->arena, &content, NULL), ERR_OK);
    assert_int_equal(content.lines[0].tonnes, 100);
    assert_int_equal(store_freight_read(w->f.db, &may, 2, w->arena, &content, NULL), ERR_OK);
    assert_int_equal(content.lines[0].tonnes, 110);
    assert_int_equal(content.line_count, 2);
}

/* The receiver's word counts again when the sender takes back what it said of the same way. */
static void a_row_that_is_corrected_to_nothing_hides_nothing(void **state)
{
    struct world *w = *state;

    fixture_org(&w->f, E2, OWNER_SOE, NULL);
    import(&w->f, HEADER E1 ",2025-05,COAL,OUT,RAIL,100,,0," E2 "\n" E2
                            ",2025-05,COAL,IN,TRUCK_CN6,90,,0," E1 "\n");
    assert_int_equal(tonnes_in_force(w), 1000);
    assert_int_equal(import(&w->f, HEADER E1 ",2025-05,COAL,OUT,RAIL,0,,0," E2 "\n").changed, 1);
    assert_int_equal(tonnes_in_force(w), 900);
}

static void bad_rows_of_a_file_stay_out(void **state)
{
    struct world *w = *state;
    struct import_counts counts =
        import(&w->f, HEADER E1 ",2025-05,COAL,IN,TRUCK,10,,0,\n"      /* which stage? */
                                "nobody,2025-05,COAL,IN,RAIL,10,,0,\n" /* who? */
               E1 ",2025-07,COAL,IN,RAIL,10,,0,\n"                     /* not over */
               E1 ",2025,COAL,IN,RAIL,10,,0,\n"                        /* a year */
               E1 ",2025-05,COAL,IN,RAIL,10.55,,0,\n"                  /* two decimals */
               E1 ",2025-05,COAL,IN,RAIL,-1,,0,\n" E1                  /* below 0 */
                                ",2025-Q1,COAL,IN,RAIL,10,,0,\n" E1
                                ",2025-03,COAL,IN,RAIL,10,,0,\n" E1 /* in Q1 already */
                                ",2025-Q1,COAL,IN,RAIL,11,,0,\n");  /* twice, otherwise */

    assert_int_equal(counts.created, 1);
    assert_int_equal(counts.rejected, 8);
    assert_int_equal(tonnes_in_force(w), 100);
}

static void a_file_does_not_touch_what_the_enterprise_is_reporting(void **state)
{
    struct world *w = *state;

    assert_int_equal(write_tonnes(w, w->clerk, FREIGHT_CREATE, 100), ERR_OK);
    assert_int_equal(import(&w->f, HEADER E1 ",2025-Q2,COAL,IN,RAIL,10,,0,\n").rejected, 1);
}

static void an_unknown_commodity_is_other_bulk_with_a_note(void **state)
{
    struct world *w = *state;
    struct freight_key may = {E1, "2025-05"};
    struct store_freight_content content;
    struct import_counts counts = import(&w->f, HEADER E1 ",2025-05,铝矾土,IN,RAIL,10,,0,\n");

    assert_int_equal(counts.created, 1);
    assert_int_equal(counts.warnings, 1);
    assert_int_equal(store_freight_read(w->f.db, &may, 1, w->arena, &content, NULL), ERR_OK);
    assert_int_equal(content.lines[0].commodity, COMMODITY_OTHER_BULK);
    assert_string_equal(content.lines[0].note, "铝矾土");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(only_accepted_tonnes_count),
        TEST(an_amendment_leaves_the_old_figure_in_force_until_it_is_accepted),
        TEST(what_was_returned_is_mended_in_a_new_version),
        TEST(nobody_accepts_his_own),
        TEST(the_enterprise_does_not_decide),
        TEST(a_return_and_an_amendment_say_why),
        TEST(after_the_window_only_the_bureau_opens_a_report),
        TEST(a_report_with_errors_is_not_submitted),
        TEST(an_order_made_from_an_old_state_is_refused),
        TEST(a_quarter_and_its_month_do_not_both_report),
        TEST(a_draft_for_the_wrong_period_is_discarded_and_frees_its_months),
        TEST(a_report_is_begun_for_a_period_of_the_last_years),
        TEST(the_history_says_who_did_what),
        TEST(a_file_makes_accepted_reports_and_twice_is_once),
        TEST(a_changed_row_makes_a_new_version_beside_the_old),
        TEST(a_row_that_is_corrected_to_nothing_hides_nothing),
        TEST(bad_rows_of_a_file_stay_out),
        TEST(a_file_does_not_touch_what_the_enterprise_is_reporting),
        TEST(an_unknown_commodity_is_other_bulk_with_a_note),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* How a finding lives: opened, decided, closed, opened again; and that looking changes nothing. */
#include "registry/findings/thresholds.h"
#include "registry/store/sql_failing.h"
#include "registry/store/store_finding_spans.h"
#include "tests/unit/findings/findings_world.h"

static const struct said engine = {.hour = {.engine_ms = 60000, .rpm_max = 900},
                                   .signals = {.sums = {.running_rows = 6}}};

#define KIND "electric-with-engine"

static void put_car(struct world *w, const char *energy)
{
    put_vehicle(w, "vehicle_id=" CAR, "category=TAXI", energy, "stage=X", "unit=u-1");
}

static void raise_one(struct world *w)
{
    put_car(w, "energy=BEV");
    say(w, "u-1", "2025-06-30", engine);
    assert_true(stands(w, KIND, CAR));
}

/* The number of the finding of KIND; others may have come with it. */
static int64_t number(struct world *w)
{
    struct store_findings findings;

    assert_int_equal(
        store_findings_of(w->fixture.db, w->arena, FINDING_OF_VEHICLE, CAR, &findings, NULL),
        ERR_OK);
    for (size_t i = 0; i < findings.count; i++)
        if (strcmp(findings.items[i].kind, KIND) == 0)
            return findings.items[i].number;
    fail_msg("there is no finding of " KIND);
    return 0;
}

static enum err decide(struct world *w, enum finding_state state, struct fault *fault)
{
    const struct finding_decision decision = {number(w), state, "officer", "seen on the spot"};
    struct store_finding finding;
    enum err err = ERR_OK;

    assert_int_equal(sql_begin(w->fixture.db, SQL_WRITE, NULL), ERR_OK);
    err = findings_decide(w->fixture.db, w->arena, w->fixture.clock.wall_now_ms, &decision,
                          &finding, fault);
    if (err == ERR_OK)
        assert_int_equal(sql_commit(w->fixture.db, NULL), ERR_OK);
    else
        sql_rollback(w->fixture.db);
    return err;
}

/* "open officer: reason; …" */
static const char *history(struct world *w)
{
    static const char *const words[] = {"", "open", "explained", "confirmed", "closed"};
    struct store_finding_step *steps = NULL;
    const char *text = "";
    size_t count = 0;

    assert_int_equal(
        store_finding_history(w->fixture.db, w->arena, number(w), &steps, &count, NULL), ERR_OK);
    for (size_t i = 0; i < count; i++)
        text = arena_format(w->arena, "%s%s%s %s: %s", text, i == 0 ? "" : "; ",
                            words[steps[i].state], steps[i].author, steps[i].reason);
    return text;
}

/* Every table of findings as one text. */
static const char *everything(struct world *w)
{
    static const char *const queries[] = {
        "SELECT finding_no || kind || subject || about || state || cause || evidence || first_ms "
        "|| last_ms || reopened || decision || decided_cause FROM finding ORDER BY finding_no",
        "SELECT finding_no || ' ' || step || ' ' || at_ms || state || author || reason || cause "
        "FROM finding_history ORDER BY finding_no, step",
        "SELECT finding_no || cause || ' ' || from_day || ' ' || to_day FROM finding_span "
        "ORDER BY finding_no, cause, from_day",
        "SELECT unit_id || day || rows_unique || running_rows FROM unit_day ORDER BY unit_id, day"};
    const char *text = "";

    for (size_t i = 0; i < sizeof queries / sizeof queries[0]; i++) {
        struct sql_rows *rows = sql_query(w->fixture.db, queries[i], SQL_NO_VALUES);
        while (sql_next(rows))
            text = arena_format(w->arena, "%s%s\n", text, sql_column_text(rows, 0));
        assert_int_equal(sql_done(rows, NULL), ERR_OK);
    }
    return text;
}

static void looking_twice_changes_nothing(void **state)
{
    struct world *w = *state;
    const char *once = NULL;

    fixture_today(&w->fixture, "2025-12-30");
    raise_one(w);
    once = everything(w);
    fixture_today(&w->fixture, TODAY);
    look_at_all(w);
    assert_string_equal(everything(w), once);
}

static void a_finding_closes_itself_when_the_register_is_put_right(void **state)
{
    struct world *w = *state;

    raise_one(w);
    change_vehicle(w, "vehicle_id=" CAR, "energy=PHEV");
    look(w); /* the change put the vehicle into the queue */
    assert_string_equal(history(w), "open : seen; closed : its cause is gone");
}

static void it_comes_back_as_the_same_finding(void **state)
{
    struct world *w = *state;
    const struct store_finding *finding = NULL;
    int64_t first = 0;

    raise_one(w);
    first = number(w);
    change_vehicle(w, "vehicle_id=" CAR, "energy=PHEV");
    look(w);
    change_vehicle(w, "vehicle_id=" CAR, "energy=BEV");
    finding = found(w, KIND, CAR);
    assert_int_equal(finding->number, first);
    assert_int_equal(finding->state, FINDING_OPEN);
    assert_int_equal(finding->reopened, 1);
    assert_string_equal(history(w), "open : seen; closed : its cause is gone; open : seen again");
}

static void what_is_explained_stays_so_while_its_cause_is_the_same(void **state)
{
    struct world *w = *state;

    raise_one(w);
    assert_int_equal(decide(w, FINDING_EXPLAINED, NULL), ERR_OK);
    say(w, "u-1", "2025-07-01", engine);
    assert_int_equal(found(w, KIND, CAR)->state, FINDING_EXPLAINED);
    change_vehicle(w, "vehicle_id=" CAR, "energy=PHEV");
    assert_int_equal(found(w, KIND, CAR)->state, FINDING_CLOSED);
    change_vehicle(w, "vehicle_id=" CAR, "energy=BEV");
    assert_int_equal(found(w, KIND, CAR)->state, FINDING_EXPLAINED);
    assert_int_equal(found(w, KIND, CAR)->reopened, 1);
}

static void another_cause_opens_what_was_explained(void **state)
{
    struct world *w = *state;

    raise_one(w);
    assert_int_equal(decide(w, FINDING_EXPLAINED, NULL), ERR_OK);
    change_vehicle(w, "vehicle_id=" CAR, "energy=FCEV", "effective=2020-01-01");
    assert_int_equal(found(w, KIND, CAR)->state, FINDING_OPEN);
    assert_string_equal(history(w), "open : seen; explained officer: seen on the spot; "
                                    "open : the cause changed");
}

static void a_confirmed_finding_that_comes_back_is_open_again(void **state)
{
    struct world *w = *state;

    raise_one(w);
    assert_int_equal(decide(w, FINDING_CONFIRMED, NULL), ERR_OK);
    assert_int_equal(found(w, KIND, CAR)->state, FINDING_CONFIRMED);
    change_vehicle(w, "vehicle_id=" CAR, "energy=PHEV");
    look(w);
    change_vehicle(w, "vehicle_id=" CAR, "energy=BEV");
    assert_int_equal(found(w, KIND, CAR)->state, FINDING_OPEN);
}

static void a_closed_finding_takes_no_decision(void **state)
{
    struct world *w = *state;
    struct fault fault;

    raise_one(w);
    change_vehicle(w, "vehicle_id=" CAR, "energy=PHEV");
    look(w);
    assert_int_equal(decide(w, FINDING_CONFIRMED, &fault), ERR_CONFLICT);
    assert_non_null(strstr(fault.text, "closed"));
}

static void a_vehicle_that_left_the_fleet_has_no_finding(void **state)
{
    struct world *w = *state;

    raise_one(w);
    change_vehicle(w, "vehicle_id=" CAR, "removed=2026-01-10");
    look(w);
    assert_true(stands(w, KIND, CAR));
    fixture_today(&w->fixture, "2026-01-10");
    look(w); /* the day of the removal was put into the queue */
    assert_string_equal(history(w), "open : seen; closed : its cause is gone");
}

static void a_threshold_that_is_changed_holds_for_everybody(void **state)
{
    struct world *w = *state;
    const struct store_finding_parameter change = {KIND, "samples", 7, "order 12 of the bureau",
                                                   1,    "admin",   0};
    const struct store_finding *finding = NULL;

    raise_one(w);
    assert_int_equal(sql_begin(w->fixture.db, SQL_WRITE, NULL), ERR_OK);
    assert_int_equal(thresholds_change(w->fixture.db, &change, NULL), ERR_OK);
    assert_int_equal(sql_commit(w->fixture.db, NULL), ERR_OK);
    look(w);
    assert_string_equal(history(w), "open : seen; closed : its cause is gone");
    say(w, "u-1", "2025-07-01", engine);
    finding = found(w, KIND, CAR);
    assert_int_equal(finding->state, FINDING_OPEN);
    assert_non_null(strstr(finding->evidence, "\"samples\":7"));
}

static void a_threshold_out_of_its_range_is_refused(void **state)
{
    struct world *w = *state;
    const struct store_finding_parameter wrong[] = {{KIND, "samples", 0, "", 1, "", 0},
                                                    {KIND, "sample", 1, "", 1, "", 0},
                                                    {"none", "x", 1, "", 1, "", 0}};
    const enum err expected[] = {ERR_INPUT, ERR_INPUT, ERR_NOT_FOUND};

    for (size_t i = 0; i < 3; i++)
        assert_int_equal(thresholds_change(w->fixture.db, &wrong[i], NULL), expected[i]);
}

/* What is so as of the day: "kind", "kind explained"; "" when nothing is. */
static const char *as_of(struct world *w, const char *day)
{
    struct store_contradictions found;
    const char *text = "";

    assert_int_equal(store_contradictions_on(w->fixture.db, day_of(day), "", VEHICLE_ID_LAST,
                                             w->arena, &found, NULL),
                     ERR_OK);
    for (size_t i = 0; i < found.count; i++)
        text = arena_format(w->arena, "%s%s%s%s", text, i == 0 ? "" : "; ", found.items[i].kind,
                            found.items[i].explained ? " explained" : "");
    return text;
}

static void what_telemetry_contradicts_is_so_for_the_days_that_rest_on_it(void **state)
{
    struct world *w = *state;

    raise_one(w);
    assert_string_equal(as_of(w, "2025-06-29"), "");
    assert_string_equal(as_of(w, "2025-06-30"), KIND);
    assert_string_equal(as_of(w, "2025-09-27"), KIND); /* the 90th day */
    assert_string_equal(as_of(w, "2025-09-28"), "");
    say(w, "u-1", "2025-12-01", engine); /* what is seen later changes no earlier day */
    look(w);
    assert_string_equal(as_of(w, "2025-09-27"), KIND);
    assert_string_equal(as_of(w, "2025-09-28"), "");
    assert_string_equal(as_of(w, "2025-12-01"), KIND);
}

static void what_is_explained_is_explained_for_all_days_of_its_cause(void **state)
{
    struct world *w = *state;

    raise_one(w);
    assert_int_equal(decide(w, FINDING_CONFIRMED, NULL), ERR_OK);
    assert_string_equal(as_of(w, "2025-07-30"), KIND);
    assert_int_equal(decide(w, FINDING_EXPLAINED, NULL), ERR_OK);
    assert_string_equal(as_of(w, "2025-07-30"), KIND " explained");
    assert_int_equal(decide(w, FINDING_OPEN, NULL), ERR_OK);
    assert_string_equal(as_of(w, "2025-07-30"), KIND);
}

static void a_finding_that_closes_stays_so_for_the_days_before(void **state)
{
    struct world *w = *state;

    raise_one(w);
    say(w, "u-1", "2025-07-20", (struct said){.hour = {.distance_m = 1000}});
    look(w);
    change_vehicle(w, "vehicle_id=" CAR, "energy=PHEV", "effective=2025-08-01");
    look(w);
    assert_string_equal(history(w), "open : seen; closed : its cause is gone");
    assert_string_equal(as_of(w, "2025-07-31"), KIND);
    assert_string_equal(as_of(w, "2025-08-01"), "");
}

static void a_paper_that_is_wrong_is_so_until_the_register_is_put_right(void **state)
{
    struct world *w = *state;

    put_vehicle(w, "vehicle_id=" TRUCK, "category=MUCK_TRUCK", "energy=DIESEL", "stage=5",
                "first_registered=2022-01-01");
    look(w);
    assert_string_equal(as_of(w, "2019-12-31"), "");
    assert_string_equal(as_of(w, "2020-01-01"), "stage-date");
    assert_string_equal(as_of(w, "2030-01-01"), "stage-date");
    change_vehicle(w, "vehicle_id=" TRUCK, "stage=4", "effective=2025-03-01");
    look(w); /* wrong in another way */
    assert_string_equal(as_of(w, "2025-02-28"), "stage-date");
    assert_string_equal(as_of(w, "2025-03-01"), "stage-date");
    change_vehicle(w, "vehicle_id=" TRUCK, "stage=6b", "effective=2025-06-01");
    look(w);
    assert_string_equal(as_of(w, "2025-05-31"), "stage-date");
    assert_string_equal(as_of(w, "2025-06-01"), "");
}

/* Another plate, or the day on which somebody entered the correction, has nothing to do with it. */
static void a_paper_is_wrong_on_the_days_on_which_the_register_says_so_by_now(void **state)
{
    struct world *w = *state;

    put_vehicle(w, "vehicle_id=" TRUCK, "category=MUCK_TRUCK", "energy=DIESEL", "stage=5",
                "first_registered=2022-03-01");
    change_vehicle(w, "vehicle_id=" TRUCK, "plate=豫U12345", "effective=2025-05-01");
    look(w);
    assert_string_equal(as_of(w, "2024-12-31"), "stage-date");
    change_vehicle(w, "vehicle_id=" TRUCK, "stage=6b", "effective=2025-06-01");
    look(w);
    assert_string_equal(as_of(w, "2025-05-31"), "stage-date");
    assert_string_equal(as_of(w, "2025-06-01"), "");
    change_vehicle(w, "vehicle_id=" TRUCK, "stage=6b", "effective=2024-01-01"); /* it is closed */
    look(w);
    assert_string_equal(as_of(w, "2023-12-31"), "stage-date");
    assert_string_equal(as_of(w, "2024-01-01"), "");
    change_vehicle(w, "vehicle_id=" TRUCK, "stage=6b", "effective=2020-01-01");
    look(w);
    assert_string_equal(as_of(w, "2022-12-31"), "");
}

static void a_correction_from_the_first_day_on_ends_a_paper_finding_for_all_days(void **state)
{
    struct world *w = *state;

    put_vehicle(w, "vehicle_id=" TRUCK, "category=MUCK_TRUCK", "energy=DIESEL", "stage=5",
                "first_registered=2022-03-01");
    change_vehicle(w, "vehicle_id=" TRUCK, "plate=豫U12345", "effective=2025-05-01");
    look(w);
    change_vehicle(w, "vehicle_id=" TRUCK, "stage=6b", "effective=2020-01-01");
    look(w);
    assert_string_equal(as_of(w, "2024-12-31"), "");
    assert_string_equal(as_of(w, "2025-06-30"), "");
}

static void a_paper_is_right_until_what_contradicts_it_is_entered(void **state)
{
    struct world *w = *state;

    put_vehicle(w, "vehicle_id=BUS", "category=BUS", "energy=HEV", "stage=X", "plate=豫U00001");
    change_vehicle(w, "vehicle_id=BUS", "plate=豫UD12345", "effective=2025-06-01");
    look(w);
    assert_string_equal(as_of(w, "2025-05-31"), "");
    assert_string_equal(as_of(w, "2025-06-01"), "plate-energy");
    assert_int_equal(found(w, "plate-energy", "BUS")->first_ms,
                     day_of("2025-06-01") * WHEN_DAY_MS - WHEN_ZONE_MS);
    put_vehicle(w, "vehicle_id=LOADER", "category=NON_ROAD", "energy=DIESEL", "stage=3");
    change_vehicle(w, "vehicle_id=LOADER", "disclosure_no=CNFJG200TEST", "effective=2025-03-01");
    look(w);
    assert_string_equal(as_of(w, "2025-02-28"), "");
    assert_string_equal(as_of(w, "2025-03-01"), "disclosure-stage");
    put_vehicle(w, "vehicle_id=CAR-1", "category=TAXI", "energy=PETROL", "stage=X");
    change_vehicle(w, "vehicle_id=CAR-1", "make=TESLA", "effective=2025-01-01");
    look(w);
    assert_string_equal(as_of(w, "2024-12-31"), "");
    assert_string_equal(as_of(w, "2025-01-01"), "maker-electric");
}

static void what_was_wrong_before_it_left_the_fleet_stays_so_for_these_days(void **state)
{
    struct world *w = *state;

    put_vehicle(w, "vehicle_id=" TRUCK, "category=MUCK_TRUCK", "energy=DIESEL", "stage=5",
                "first_registered=2022-03-01");
    look(w);
    change_vehicle(w, "vehicle_id=" TRUCK, "removed=2025-04-01");
    look(w);
    assert_string_equal(as_of(w, "2025-03-31"), "stage-date");
    assert_string_equal(as_of(w, "2025-04-01"), "");
}

static void what_telemetry_contradicts_ends_where_another_energy_is_declared(void **state)
{
    struct world *w = *state;

    raise_one(w);
    say(w, "u-1", "2025-07-20", (struct said){.hour = {.distance_m = 1000}});
    change_vehicle(w, "vehicle_id=" CAR, "energy=PHEV", "effective=2025-08-01");
    change_vehicle(w, "vehicle_id=" CAR, "plate=豫U12345", "effective=2025-08-15");
    look(w);
    assert_string_equal(as_of(w, "2025-07-31"), KIND);
    assert_string_equal(as_of(w, "2025-08-01"), "");
}

static void put_due(struct world *w, int64_t due_ms)
{
    assert_int_equal(sql_begin(w->fixture.db, SQL_WRITE, NULL), ERR_OK);
    assert_int_equal(store_finding_queue_put(w->fixture.db, FINDING_OF_UNIT, "u-1",
                                             day_of("2025-06-30"), due_ms, NULL),
                     ERR_OK);
    assert_int_equal(sql_commit(w->fixture.db, NULL), ERR_OK);
}

static size_t look_once(struct world *w)
{
    size_t did = 0;

    assert_int_equal(findings_step(w->fixture.db, &w->fixture.clock.clock, 0, &did, NULL), ERR_OK);
    return did;
}

/* The clock was a day ahead when the unit was first put in. */
static void who_is_due_at_two_times_is_looked_at_at_the_earlier_one(void **state)
{
    struct world *w = *state;
    int64_t now_ms = w->fixture.clock.wall_now_ms;

    look(w);
    put_due(w, now_ms + WHEN_DAY_MS);
    assert_int_equal(look_once(w), 0);
    put_due(w, now_ms);
    put_due(w, now_ms + 2 * WHEN_DAY_MS);
    assert_int_equal(look_once(w), 1);
    assert_int_equal(look_once(w), 0);
}

static int64_t days_made(struct world *w)
{
    struct sql_rows *rows =
        sql_query(w->fixture.db, "SELECT COUNT(*) FROM unit_day", SQL_NO_VALUES);
    int64_t count = sql_next(rows) ? sql_column_int(rows, 0) : -1;

    assert_int_equal(sql_done(rows, NULL), ERR_OK);
    return count;
}

/* The lock that all writers wait for was held for as many days as a unit had sent. */
static void a_unit_of_many_days_is_looked_at_once_when_all_were_made_anew(void **state)
{
    struct world *w = *state;

    put_car(w, "energy=BEV");
    look(w);
    say_days(w, "u-1", "2025-01-01", 2 * FINDINGS_DAYS + 10, engine);
    for (int64_t step = 1; step <= 2; step++) {
        struct store_findings findings;
        assert_int_not_equal(look_once(w), 0);
        assert_int_equal(days_made(w), step * FINDINGS_DAYS);
        assert_int_equal(
            store_findings_of(w->fixture.db, w->arena, FINDING_OF_VEHICLE, CAR, &findings, NULL),
            ERR_OK);
        assert_int_equal(findings.count, 0);
    }
    look(w);
    assert_int_equal(days_made(w), 2 * FINDINGS_DAYS + 10);
    (void)number(w);
}

static void exactly_as_many_days_as_a_step_takes_are_looked_at_in_it(void **state)
{
    struct world *w = *state;

    put_car(w, "energy=BEV");
    look(w);
    say_days(w, "u-1", "2025-06-01", FINDINGS_DAYS, engine);
    assert_int_not_equal(look_once(w), 0);
    (void)number(w);
}

static void forget(struct sql *db)
{
    static const char *const tables[] = {"DELETE FROM finding", "DELETE FROM finding_history",
                                         "DELETE FROM finding_span", "DELETE FROM unit_day"};

    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++)
        assert_int_equal(sql_exec(db, tables[i], SQL_NO_VALUES, NULL, NULL), ERR_OK);
}

static void being_cut_off_anywhere_makes_no_difference(void **state)
{
    struct world *w = *state;
    const char *whole = NULL;
    bool fired = true;

    raise_one(w);
    whole = everything(w);
    w->fixture.db = sql_open_failing(w->fixture.db);
    for (unsigned nth = 1; fired; nth++) {
        size_t did = 0;
        enum err err = ERR_OK;
        forget(w->fixture.db);
        say(w, "u-1", "2025-06-30", engine);
        sql_failing_arm(w->fixture.db, (struct sql_failure){SQL_CALL_ANY, nth, ERR_IO, false});
        err = findings_step(w->fixture.db, &w->fixture.clock.clock, 0, &did, NULL);
        fired = sql_failing_fired(w->fixture.db);
        assert_true(err == ERR_OK || fired);
        sql_failing_arm(w->fixture.db, (struct sql_failure){.nth = 0});
        look(w);
        assert_string_equal(everything(w), whole);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, world_open, world_close)
    const struct CMUnitTest tests[] = {
        TEST(looking_twice_changes_nothing),
        TEST(a_finding_closes_itself_when_the_register_is_put_right),
        TEST(it_comes_back_as_the_same_finding),
        TEST(what_is_explained_stays_so_while_its_cause_is_the_same),
        TEST(another_cause_opens_what_was_explained),
        TEST(a_confirmed_finding_that_comes_back_is_open_again),
        TEST(a_closed_finding_takes_no_decision),
        TEST(a_vehicle_that_left_the_fleet_has_no_finding),
        TEST(a_threshold_that_is_changed_holds_for_everybody),
        TEST(a_threshold_out_of_its_range_is_refused),
        TEST(what_telemetry_contradicts_is_so_for_the_days_that_rest_on_it),
        TEST(what_is_explained_is_explained_for_all_days_of_its_cause),
        TEST(a_finding_that_closes_stays_so_for_the_days_before),
        TEST(a_paper_that_is_wrong_is_so_until_the_register_is_put_right),
        TEST(a_paper_is_wrong_on_the_days_on_which_the_register_says_so_by_now),
        TEST(a_correction_from_the_first_day_on_ends_a_paper_finding_for_all_days),
        TEST(a_paper_is_right_until_what_contradicts_it_is_entered),
        TEST(what_was_wrong_before_it_left_the_fleet_stays_so_for_these_days),
        TEST(what_telemetry_contradicts_ends_where_another_energy_is_declared),
        TEST(who_is_due_at_two_times_is_looked_at_at_the_earlier_one),
        TEST(a_unit_of_many_days_is_looked_at_once_when_all_were_made_anew),
        TEST(exactly_as_many_days_as_a_step_takes_are_looked_at_in_it),
        TEST(being_cut_off_anywhere_makes_no_difference),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

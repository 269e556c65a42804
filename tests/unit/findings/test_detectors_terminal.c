/* Onboard terminals: each scenario and its near miss. */
#include "tests/unit/findings/findings_world.h"

static const struct said drive = {.hour = {.distance_m = 1000}};

static void put_car(struct world *w)
{
    put_vehicle(w, "vehicle_id=" CAR, "category=TAXI", "energy=BEV", "stage=D", "unit=u-1");
}

/* TODAY begins on 2025-12-30T16:00Z; 72 hours before is 2025-12-27T16:00Z. */
static void a_unit_that_is_silent_for_more_than_72_hours_is_found(void **state)
{
    struct world *w = *state;
    struct said last = drive;

    put_car(w);
    last.hour.last_ms = ((int64_t)day_of("2025-12-28") * 24 - 8) * WHEN_HOUR_MS;
    say(w, "u-1", "2025-12-27", last);
    assert_null(found(w, "terminal-silent", "u-1"));
    last.hour.last_ms--;
    say(w, "u-1", "2025-12-27", last);
    assert_true(stands(w, "terminal-silent", "u-1"));
    say(w, "u-1", "2025-12-30", drive);
    look(w);
    assert_int_equal(found(w, "terminal-silent", "u-1")->state, FINDING_CLOSED);
}

static void silence_is_found_by_the_walk_of_the_day_alone(void **state)
{
    struct world *w = *state;
    struct store_findings findings;

    put_car(w);
    say(w, "u-1", "2025-12-30", drive);
    look(w);
    fixture_today(&w->fixture, "2026-01-04");
    look(w);
    assert_int_equal(
        store_findings_of(w->fixture.db, w->arena, FINDING_OF_UNIT, "u-1", &findings, NULL),
        ERR_OK);
    assert_int_equal(findings.count, 1);
    assert_string_equal(findings.items[0].kind, "terminal-silent");
}

static void a_unit_in_no_vehicle_may_be_silent(void **state)
{
    struct world *w = *state;

    say(w, "u-9", "2025-06-01", drive);
    assert_null(found(w, "terminal-silent", "u-9"));
}

static void a_unit_that_never_reported_is_silent_since_it_was_bound(void **state)
{
    struct world *w = *state;

    put_car(w);
    assert_true(stands(w, "terminal-silent", "u-1"));
    put_vehicle(w, "vehicle_id=" TRUCK, "category=MUCK_TRUCK", "energy=DIESEL", "stage=6b");
    change_vehicle(w, "vehicle_id=" TRUCK, "unit=u-2", "effective=2025-12-30");
    assert_null(found(w, "terminal-silent", "u-2"));
}

static void one_unit_with_two_numbers_is_found(void **state)
{
    struct world *w = *state;

    put_car(w);
    carry(w, "u-1", CAR, "2025-06-01", "2025-06-30");
    say(w, "u-1", "2025-06-30", drive);
    assert_null(found(w, "terminal-two-vehicles", "u-1"));
    assert_null(found(w, "terminal-other-vin", "u-1"));
    carry(w, "u-1", TRUCK, "2025-06-20", "2025-06-29");
    assert_true(stands(w, "terminal-two-vehicles", "u-1"));
    assert_string_equal(found(w, "terminal-other-vin", "u-1")->about, TRUCK);
}

static void a_unit_that_was_moved_by_the_register_is_in_order(void **state)
{
    struct world *w = *state;

    put_car(w);
    put_vehicle(w, "vehicle_id=" TRUCK, "category=MUCK_TRUCK", "energy=DIESEL", "stage=6b");
    change_vehicle(w, "vehicle_id=" CAR, "unit=", "effective=2025-06-15");
    change_vehicle(w, "vehicle_id=" TRUCK, "unit=u-1", "effective=2025-06-15");
    carry(w, "u-1", CAR, "2025-06-01", "2025-06-15");
    carry(w, "u-1", TRUCK, "2025-06-15", "2025-06-30");
    say(w, "u-1", "2025-06-30", drive);
    assert_null(found(w, "terminal-two-vehicles", "u-1"));
    assert_null(found(w, "terminal-other-vin", "u-1"));
}

static void a_machine_with_a_number_of_its_own_kind_is_not_compared(void **state)
{
    struct world *w = *state;

    put_vehicle(w, "vehicle_id=LOADER-1", "category=NON_ROAD", "energy=DIESEL", "stage=3",
                "unit=m-1");
    carry(w, "m-1", TRUCK, "2025-06-01", "2025-06-30");
    say(w, "m-1", "2025-06-30", drive);
    assert_null(found(w, "terminal-other-vin", "m-1"));
}

static void tamper(struct world *w, const char *day, int64_t kind)
{
    const struct store_event event = {.unit = "u-1",
                                      .at_ms = day_of(day) * WHEN_DAY_MS,
                                      .journal_no = 1,
                                      .position = kind,
                                      .kind = kind,
                                      .text = ""};

    assert_int_equal(store_event_insert(w->fixture.db, &event, NULL), ERR_OK);
}

static void a_removal_alarm_is_found_for_30_days(void **state)
{
    struct world *w = *state;

    put_car(w);
    tamper(w, "2025-12-31", 2); /* a login is none */
    assert_null(found(w, "terminal-removed", "u-1"));
    tamper(w, "2025-12-02", 7);
    assert_true(stands(w, "terminal-removed", "u-1"));
    fixture_today(&w->fixture, "2026-01-01");
    assert_int_equal(found(w, "terminal-removed", "u-1")->state, FINDING_CLOSED);
}

static void a_clock_that_is_off_is_found_in_both_directions(void **state)
{
    struct world *w = *state;
    struct said off = drive;

    put_car(w);
    off.hour.clock_ahead_ms = 300000;
    off.signals.sums.clock_behind_ms = 300000;
    say(w, "u-1", "2025-12-29", off);
    assert_null(found(w, "terminal-clock", "u-1"));
    off.hour.clock_ahead_ms = 301000;
    say(w, "u-1", "2025-12-29", off);
    assert_true(stands(w, "terminal-clock", "u-1"));
    off.hour.clock_ahead_ms = 0;
    off.signals.sums.clock_behind_ms = 301000;
    say(w, "u-1", "2025-12-29", off);
    assert_true(stands(w, "terminal-clock", "u-1"));
    say(w, "u-1", "2025-12-29", drive);
    assert_int_equal(found(w, "terminal-clock", "u-1")->state, FINDING_CLOSED);
}

static void a_clock_that_is_days_ahead_is_found_today(void **state)
{
    struct world *w = *state;
    struct said ahead = drive;

    put_car(w);
    ahead.hour.clock_ahead_ms = 10 * WHEN_DAY_MS;
    say(w, "u-1", "2026-01-10", ahead);
    assert_true(stands(w, "terminal-clock", "u-1"));
}

static void a_clock_that_is_an_hour_ahead_is_found_in_the_last_hour_of_the_day(void **state)
{
    struct world *w = *state;
    struct said ahead = drive;

    put_car(w);
    ahead.hour.clock_ahead_ms = WHEN_HOUR_MS;
    say_at(w, "u-1", ((int64_t)day_of("2026-01-02")) * 24 - 8, ahead);
    fixture_today(&w->fixture, "2025-12-31");
    assert_null(found(w, "terminal-clock", "u-1"));
    fixture_today(&w->fixture, "2026-01-01");
    assert_true(stands(w, "terminal-clock", "u-1"));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, world_open, world_close)
    const struct CMUnitTest tests[] = {
        TEST(a_unit_that_is_silent_for_more_than_72_hours_is_found),
        TEST(silence_is_found_by_the_walk_of_the_day_alone),
        TEST(a_unit_in_no_vehicle_may_be_silent),
        TEST(a_unit_that_never_reported_is_silent_since_it_was_bound),
        TEST(one_unit_with_two_numbers_is_found),
        TEST(a_unit_that_was_moved_by_the_register_is_in_order),
        TEST(a_machine_with_a_number_of_its_own_kind_is_not_compared),
        TEST(a_removal_alarm_is_found_for_30_days),
        TEST(a_clock_that_is_off_is_found_in_both_directions),
        TEST(a_clock_that_is_days_ahead_is_found_today),
        TEST(a_clock_that_is_an_hour_ahead_is_found_in_the_last_hour_of_the_day),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

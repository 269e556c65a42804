/* National VI trucks: each scenario and its near miss. */
#include "tests/unit/findings/findings_world.h"

/* A day of 360 samples with a running engine, 100 ppm, a tank at half, the lamp off. */
static const struct said good = {.hour = {.engine_ms = 3600000, .distance_m = 40000},
                                 .signals = {.sums = {.running_rows = 360,
                                                      .nox_rows = 360,
                                                      .nox_sum = 360 * 10000,
                                                      .urea_rows = 360,
                                                      .urea_max = 5000,
                                                      .mil_rows = 360}}};

static void put_truck(struct world *w, const char *stage)
{
    put_vehicle(w, "vehicle_id=" TRUCK, "category=MUCK_TRUCK", "energy=DIESEL", stage, "unit=t-1");
}

static void a_truck_in_order_has_no_finding(void **state)
{
    static const char *const kinds[] = {"nox-missing", "nox-high", "reagent-empty", "lamp-on"};
    struct world *w = *state;

    put_truck(w, "stage=6b");
    say_days(w, "t-1", "2025-06-01", 14, good);
    for (size_t i = 0; i < 4; i++)
        assert_null(found(w, kinds[i], TRUCK));
}

static void a_truck_that_does_not_report_nox_is_found_after_an_hour_of_engine(void **state)
{
    struct world *w = *state;
    struct said mute = {.signals = {.sums = {.running_rows = 180}}};

    put_truck(w, "stage=6a");
    say(w, "t-1", "2025-06-01", mute);
    assert_null(found(w, "nox-missing", TRUCK));
    say(w, "t-1", "2025-06-02", mute);
    assert_true(stands(w, "nox-missing", TRUCK));
    say(w, "t-1", "2025-06-03", good);
    assert_int_equal(found(w, "nox-missing", TRUCK)->state, FINDING_CLOSED);
}

static void an_older_truck_has_no_nox_to_report(void **state)
{
    struct world *w = *state;
    const struct said mute = {.signals = {.sums = {.running_rows = 720}}};

    put_truck(w, "stage=5");
    say(w, "t-1", "2025-06-01", mute);
    assert_null(found(w, "nox-missing", TRUCK));
}

static void high_nox_is_found_on_the_third_day(void **state)
{
    struct world *w = *state;
    struct said high = good;

    put_truck(w, "stage=6b");
    high.signals.sums.nox_sum = 360 * 50000; /* a mean of 500 ppm */
    say_days(w, "t-1", "2025-06-01", 2, high);
    assert_null(found(w, "nox-high", TRUCK));
    high.signals.sums.nox_sum--;
    say(w, "t-1", "2025-06-03", high);
    assert_null(found(w, "nox-high", TRUCK));
    high.signals.sums.nox_sum++;
    say(w, "t-1", "2025-06-04", high);
    assert_true(stands(w, "nox-high", TRUCK));
}

static void a_few_samples_make_no_day_of_high_nox(void **state)
{
    struct world *w = *state;
    struct said few = good;

    put_truck(w, "stage=6b");
    few.signals.sums.nox_rows = 59;
    few.signals.sums.nox_sum = 59 * 90000;
    say_days(w, "t-1", "2025-06-01", 7, few);
    assert_null(found(w, "nox-high", TRUCK));
}

static void a_tank_that_is_empty_for_a_week_is_found_and_a_filling_ends_it(void **state)
{
    struct world *w = *state;
    struct said empty = good;

    put_truck(w, "stage=6b");
    empty.signals.sums.urea_max = 200;
    say_days(w, "t-1", "2025-06-01", 6, empty);
    assert_null(found(w, "reagent-empty", TRUCK));
    say(w, "t-1", "2025-06-07", empty);
    assert_true(stands(w, "reagent-empty", TRUCK));
    say(w, "t-1", "2025-06-08", good);
    assert_int_equal(found(w, "reagent-empty", TRUCK)->state, FINDING_CLOSED);
}

static void a_filling_in_between_begins_the_week_anew(void **state)
{
    struct world *w = *state;
    struct said empty = good;

    put_truck(w, "stage=6b");
    empty.signals.sums.urea_max = 0;
    say_days(w, "t-1", "2025-06-01", 10, empty);
    say(w, "t-1", "2025-06-05", good);
    assert_null(found(w, "reagent-empty", TRUCK));
}

static void a_lamp_that_is_on_for_a_week_is_found(void **state)
{
    struct world *w = *state;
    struct said lit = good;

    put_truck(w, "stage=6b");
    lit.signals.sums.mil_on = 324; /* nine in ten */
    say_days(w, "t-1", "2025-06-01", 7, lit);
    assert_true(stands(w, "lamp-on", TRUCK));
    lit.signals.sums.mil_on = 323;
    say(w, "t-1", "2025-06-07", lit);
    assert_int_equal(found(w, "lamp-on", TRUCK)->state, FINDING_CLOSED);
}

static void days_on_which_the_truck_stood_do_not_break_a_run(void **state)
{
    struct world *w = *state;
    struct said lit = good;
    const struct said silent = {.hour = {.distance_m = 1}};

    put_truck(w, "stage=6b");
    lit.signals.sums.mil_on = 360;
    say(w, "t-1", "2025-06-01", lit);
    say(w, "t-1", "2025-06-03", silent);
    say(w, "t-1", "2025-06-07", lit);
    assert_true(stands(w, "lamp-on", TRUCK));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, world_open, world_close)
    const struct CMUnitTest tests[] = {
        TEST(a_truck_in_order_has_no_finding),
        TEST(a_truck_that_does_not_report_nox_is_found_after_an_hour_of_engine),
        TEST(an_older_truck_has_no_nox_to_report),
        TEST(high_nox_is_found_on_the_third_day),
        TEST(a_few_samples_make_no_day_of_high_nox),
        TEST(a_tank_that_is_empty_for_a_week_is_found_and_a_filling_ends_it),
        TEST(a_filling_in_between_begins_the_week_anew),
        TEST(a_lamp_that_is_on_for_a_week_is_found),
        TEST(days_on_which_the_truck_stood_do_not_break_a_run),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

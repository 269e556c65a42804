/* What a vehicle is declared to burn, against what it reports: each scenario and its near miss. */
#include "tests/unit/findings/findings_world.h"

static const struct said engine = {
    .hour = {.engine_ms = 60000, .rpm_max = 900, .distance_m = 5000, .operating_ms = 60000},
    .signals = {.sums = {.running_rows = 6}}};
static const struct said battery = {
    .hour = {.distance_m = 20000, .operating_ms = 1800000, .electric_m = 20000},
    .signals = {.sums = {.battery_rows = 360}}};

static void put_car(struct world *w, const char *energy)
{
    put_vehicle(w, "vehicle_id=" CAR, "category=TAXI", energy, "stage=X", "unit=u-1");
}

static void an_electric_vehicle_whose_engine_turned_once_is_found(void **state)
{
    struct world *w = *state;
    const struct store_finding *finding = NULL;

    put_car(w, "energy=BEV");
    say(w, "u-1", "2025-06-30", engine);
    finding = found(w, "electric-with-engine", CAR);
    assert_non_null(finding);
    assert_int_equal(finding->state, FINDING_OPEN);
    assert_int_equal(when_day_of(finding->first_ms), day_of("2025-06-30"));
    assert_non_null(strstr(finding->evidence, "\"engine_samples\":6"));
    assert_non_null(
        strstr(finding->evidence, "\"samples\":\"/v1/units/u-1/samples?from=2025-06-30"));
    assert_non_null(strstr(finding->evidence, "\"thresholds\":{\"samples\":1,\"window\":90}"));
}

static void an_electric_vehicle_whose_engine_signal_stays_zero_is_not(void **state)
{
    struct world *w = *state;

    put_car(w, "energy=BEV");
    say(w, "u-1", "2025-06-30", battery);
    assert_null(found(w, "electric-with-engine", CAR));
}

static void a_hybrid_may_have_an_engine(void **state)
{
    struct world *w = *state;

    put_car(w, "energy=PHEV");
    say(w, "u-1", "2025-06-30", engine);
    assert_null(found(w, "electric-with-engine", CAR));
}

static void what_ran_before_the_vehicle_was_electric_counts_for_nothing(void **state)
{
    struct world *w = *state;

    put_car(w, "energy=DIESEL");
    say(w, "u-1", "2025-06-30", engine);
    change_vehicle(w, "vehicle_id=" CAR, "energy=BEV", "effective=2025-07-01");
    say(w, "u-1", "2025-07-02", battery);
    assert_null(found(w, "electric-with-engine", CAR));
    say(w, "u-1", "2025-07-03", engine);
    assert_true(stands(w, "electric-with-engine", CAR));
}

static void an_engine_that_is_older_than_the_window_counts_no_more(void **state)
{
    struct world *w = *state;

    put_car(w, "energy=BEV");
    say(w, "u-1", "2025-06-30", engine);
    assert_true(stands(w, "electric-with-engine", CAR));
    say(w, "u-1", "2025-09-27", battery); /* the 90th day */
    assert_true(stands(w, "electric-with-engine", CAR));
    say(w, "u-1", "2025-09-28", battery);
    assert_int_equal(found(w, "electric-with-engine", CAR)->state, FINDING_CLOSED);
}

static void a_petrol_car_with_a_battery_and_never_an_engine_is_questioned(void **state)
{
    struct world *w = *state;

    put_car(w, "energy=PETROL");
    say(w, "u-1", "2025-06-30", battery);
    assert_true(stands(w, "combustion-without-engine", CAR));
    say(w, "u-1", "2025-06-29", engine); /* late, but it has one */
    assert_int_equal(found(w, "combustion-without-engine", CAR)->state, FINDING_CLOSED);
}

static void a_petrol_car_that_says_little_is_not_questioned(void **state)
{
    struct world *w = *state;
    struct said little = battery;

    put_car(w, "energy=PETROL");
    little.signals.sums.battery_rows = 59;
    say(w, "u-1", "2025-06-30", little);
    assert_null(found(w, "combustion-without-engine", CAR));
    little.signals.sums.battery_rows = 60;
    little.hour.distance_m = 4999;
    say(w, "u-1", "2025-06-30", little);
    assert_null(found(w, "combustion-without-engine", CAR));
    little.hour.distance_m = 5000;
    say(w, "u-1", "2025-06-30", little);
    assert_true(stands(w, "combustion-without-engine", CAR));
}

static void a_battery_car_registered_as_one_is_in_order(void **state)
{
    struct world *w = *state;

    put_car(w, "energy=BEV");
    say(w, "u-1", "2025-06-30", battery);
    assert_null(found(w, "combustion-without-engine", CAR));
}

/* Days of the quarter before today's: October to December are not over on their last day. */
static void a_new_energy_vehicle_that_hardly_runs_is_found_for_its_quarter(void **state)
{
    struct world *w = *state;
    const struct store_finding *finding = NULL;

    put_car(w, "energy=BEV");
    say_days(w, "u-1", "2025-07-01", 19, battery); /* 380 km, but 19 days */
    finding = found(w, "nev-hardly-runs", CAR);
    assert_non_null(finding);
    assert_string_equal(finding->cause, "2025-Q3");
    assert_non_null(strstr(finding->evidence, "\"operating_days\":19"));
    say(w, "u-1", "2025-09-30", battery);
    assert_int_equal(found(w, "nev-hardly-runs", CAR)->state, FINDING_CLOSED);
}

static void twenty_days_and_300_km_are_enough_and_a_metre_less_is_not(void **state)
{
    struct world *w = *state;
    struct said short_way = battery;

    put_car(w, "energy=BEV");
    short_way.hour.distance_m = 15000;
    say_days(w, "u-1", "2025-07-01", 20, short_way);
    assert_null(found(w, "nev-hardly-runs", CAR));
    short_way.hour.distance_m = 14999;
    say(w, "u-1", "2025-07-20", short_way);
    assert_true(stands(w, "nev-hardly-runs", CAR));
}

static void who_was_not_there_for_the_whole_quarter_is_not_judged(void **state)
{
    struct world *w = *state;

    fixture_vehicle(&w->fixture, CHANGE_PUT, NULL, "vehicle_id=" CAR, "category=TAXI", "energy=BEV",
                    "stage=D", "unit=u-1", "owner_id=org-1", "area=419001", "built_up=1",
                    "added=2025-07-02", NULL);
    say(w, "u-1", "2025-08-01", battery);
    assert_null(found(w, "nev-hardly-runs", CAR));
}

static void a_petrol_car_may_stand_still(void **state)
{
    struct world *w = *state;

    put_car(w, "energy=PETROL");
    say(w, "u-1", "2025-08-01", engine);
    assert_null(found(w, "nev-hardly-runs", CAR));
}

static void a_plug_in_hybrid_on_fuel_is_found_above_four_fifths(void **state)
{
    struct world *w = *state;
    struct said drive = {.hour = {.distance_m = 100000, .electric_m = 20000},
                         .signals = {.sums = {.mode_rows = 360}}};

    put_car(w, "energy=PHEV");
    say_days(w, "u-1", "2025-06-01", 5, drive);
    assert_null(found(w, "plugin-on-fuel", CAR));
    drive.hour.electric_m = 19999;
    say(w, "u-1", "2025-06-05", drive);
    assert_true(stands(w, "plugin-on-fuel", CAR));
}

static void days_that_do_not_say_how_it_drove_do_not_count(void **state)
{
    struct world *w = *state;
    const struct said silent = {.hour = {.distance_m = 100000}};

    put_car(w, "energy=PHEV");
    say_days(w, "u-1", "2025-06-01", 9, silent);
    assert_null(found(w, "plugin-on-fuel", CAR));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, world_open, world_close)
    const struct CMUnitTest tests[] = {
        TEST(an_electric_vehicle_whose_engine_turned_once_is_found),
        TEST(an_electric_vehicle_whose_engine_signal_stays_zero_is_not),
        TEST(a_hybrid_may_have_an_engine),
        TEST(what_ran_before_the_vehicle_was_electric_counts_for_nothing),
        TEST(an_engine_that_is_older_than_the_window_counts_no_more),
        TEST(a_petrol_car_with_a_battery_and_never_an_engine_is_questioned),
        TEST(a_petrol_car_that_says_little_is_not_questioned),
        TEST(a_battery_car_registered_as_one_is_in_order),
        TEST(a_new_energy_vehicle_that_hardly_runs_is_found_for_its_quarter),
        TEST(twenty_days_and_300_km_are_enough_and_a_metre_less_is_not),
        TEST(who_was_not_there_for_the_whole_quarter_is_not_judged),
        TEST(a_petrol_car_may_stand_still),
        TEST(a_plug_in_hybrid_on_fuel_is_found_above_four_fifths),
        TEST(days_that_do_not_say_how_it_drove_do_not_count),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Position and odometer that cannot both be right: each scenario and its near miss. */
#include "tests/unit/findings/findings_world.h"

static void put_car(struct world *w)
{
    put_vehicle(w, "vehicle_id=" CAR, "category=TAXI", "energy=BEV", "stage=D", "unit=u-1");
}

static void a_position_that_stands_still_while_the_odometer_grows_is_found(void **state)
{
    struct world *w = *state;
    struct said still = {.signals = {.sums = {.frozen_m = 9999}}};

    put_car(w);
    say(w, "u-1", "2025-06-01", still);
    assert_null(found(w, "position-frozen", CAR));
    still.signals.sums.frozen_m++;
    say(w, "u-1", "2025-06-02", still);
    assert_true(stands(w, "position-frozen", CAR));
}

static void an_odometer_that_goes_back_is_found_from_a_kilometre_on(void **state)
{
    struct world *w = *state;
    struct said back = {.signals = {.sums = {.odo_back_m = 999, .odo_backs = 1}}};

    put_car(w);
    say(w, "u-1", "2025-06-01", back);
    assert_null(found(w, "odometer-back", CAR));
    back.signals.sums.odo_back_m++;
    say(w, "u-1", "2025-06-02", back);
    assert_true(stands(w, "odometer-back", CAR));
}

static void a_position_that_jumps_is_found_from_300_km_an_hour_on(void **state)
{
    struct world *w = *state;
    struct said jump = {.signals = {.sums = {.jump_m = 9000, .jump_kmh = 299}}};

    put_car(w);
    say(w, "u-1", "2025-06-01", jump);
    assert_null(found(w, "two-places", CAR));
    jump.signals.sums.jump_kmh++;
    say(w, "u-1", "2025-06-02", jump);
    assert_true(stands(w, "two-places", CAR));
}

/* A quarter of an hour in a square of 0.01° that begins at the latitude. */
static void drive_at(struct world *w, const char *unit, int64_t minute, int64_t lat)
{
    int64_t hour = (int64_t)day_of("2025-12-20") * 24;
    struct said said = {.hour = {.first_ms = hour * WHEN_HOUR_MS + minute * 60000}};

    said.hour.last_ms = said.hour.first_ms + 900000;
    said.signals.box = (struct store_extent){true, lat, lat + 100000, 1126000000, 1126100000};
    say_at(w, unit, hour, said);
}

static void two_units_of_one_vehicle_that_are_apart_at_once_are_found(void **state)
{
    struct world *w = *state;

    put_car(w);
    carry(w, "u-2", CAR, "2025-12-01", "2025-12-30");
    drive_at(w, "u-1", 0, 350000000);
    drive_at(w, "u-2", 5, 350540000); /* 4.9 km between the squares */
    assert_null(found(w, "two-places", CAR));
    drive_at(w, "u-2", 5, 350560000); /* 5.1 km */
    assert_string_equal(found(w, "two-places", CAR)->about, "u-2, u-1");
}

static void two_units_that_are_apart_one_after_the_other_are_in_order(void **state)
{
    struct world *w = *state;

    put_car(w);
    carry(w, "u-2", CAR, "2025-12-01", "2025-12-30");
    drive_at(w, "u-1", 0, 350000000);
    drive_at(w, "u-2", 35, 350900000); /* 8.9 km, 20 minutes later */
    assert_null(found(w, "two-places", CAR));
}

static void units_of_different_vehicles_may_be_anywhere(void **state)
{
    struct world *w = *state;

    put_car(w);
    put_vehicle(w, "vehicle_id=" TRUCK, "category=MUCK_TRUCK", "energy=DIESEL", "stage=6b",
                "unit=u-2");
    carry(w, "u-2", TRUCK, "2025-12-01", "2025-12-30");
    drive_at(w, "u-1", 0, 350000000);
    drive_at(w, "u-2", 0, 360000000);
    assert_null(found(w, "two-places", CAR));
    assert_null(found(w, "two-places", TRUCK));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, world_open, world_close)
    const struct CMUnitTest tests[] = {
        TEST(a_position_that_stands_still_while_the_odometer_grows_is_found),
        TEST(an_odometer_that_goes_back_is_found_from_a_kilometre_on),
        TEST(a_position_that_jumps_is_found_from_300_km_an_hour_on),
        TEST(two_units_of_one_vehicle_that_are_apart_at_once_are_found),
        TEST(two_units_that_are_apart_one_after_the_other_are_in_order),
        TEST(units_of_different_vehicles_may_be_anywhere),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "registry/rollup/activity.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "shared/when.h"

#define BEGIN (480000 * WHEN_HOUR_MS)

/* An hour in the making. */
struct hour {
    struct block_row rows[64];
    struct block block;
};

static struct sample *add(struct hour *hour, int64_t second)
{
    struct block_row *row = &hour->rows[hour->block.count++];

    *row = (struct block_row){.sample.at_ms = BEGIN + second * 1000,
                              .received_ms = BEGIN + second * 1000 + 50};
    hour->block.rows = hour->rows;
    return &row->sample;
}

static struct activity of(const struct sample *before, struct hour *hour)
{
    struct activity activity;
    struct sample last;

    activity_of_hour(&activity_rules_default,
                     &(struct activity_input){.before = before, .rows = &hour->block}, &activity,
                     &last);
    assert_int_equal(last.at_ms, hour->rows[hour->block.count - 1].sample.at_ms);
    return activity;
}

static void add_odo(struct hour *hour, int64_t second, double km)
{
    sample_set_number(add(hour, second), SIGNAL_ODO, km);
}

static void add_place(struct hour *hour, int64_t second, double lat, double lon)
{
    struct sample *s = add(hour, second);

    sample_set_number(s, SIGNAL_LAT, lat);
    sample_set_number(s, SIGNAL_LON, lon);
}

static void one_sample_alone_does_nothing(void **state)
{
    struct hour hour = {.block.count = 0};
    struct activity a;
    (void)state;

    add_odo(&hour, 10, 1234);
    a = of(NULL, &hour);
    assert_int_equal(a.samples, 1);
    assert_int_equal(a.distance_m, 0);
    assert_int_equal(a.covered_ms, 0);
    assert_int_equal(a.first_ms, a.last_ms);
}

static void distance_is_what_the_odometer_grew(void **state)
{
    struct hour hour = {.block.count = 0};
    struct activity a;
    (void)state;

    add_odo(&hour, 0, 1000.0);
    add_odo(&hour, 60, 1000.7);
    add_odo(&hour, 120, 1001.5);
    a = of(NULL, &hour);
    assert_int_equal(a.distance_m, 1500);
    assert_int_equal(a.covered_ms, 120000);
    assert_int_equal(a.anomalies, 0);
}

static void the_first_interval_begins_in_the_hour_before(void **state)
{
    struct sample before = {.at_ms = BEGIN - 30000};
    struct hour hour = {.block.count = 0};
    struct activity a;
    (void)state;

    sample_set_number(&before, SIGNAL_ODO, 999.6);
    add_odo(&hour, 30, 1000.0);
    a = of(&before, &hour);
    assert_int_equal(a.distance_m, 400);
    assert_int_equal(a.covered_ms, 60000);
}

static void a_gap_counts_its_kilometres_and_not_its_time(void **state)
{
    struct hour hour = {.block.count = 0};
    struct activity a;
    (void)state;

    add_odo(&hour, 0, 1000);
    add_odo(&hour, 300, 1003);
    add_odo(&hour, 900, 1010);
    for (size_t i = 0; i < 3; i++) {
        sample_set_number(&hour.rows[i].sample, SIGNAL_SPEED, 40);
        sample_set_number(&hour.rows[i].sample, SIGNAL_RPM, 1500);
    }
    a = of(NULL, &hour);
    assert_int_equal(a.distance_m, 10000);
    assert_int_equal(a.gaps, 1);
    assert_int_equal(a.gap_ms, 600000);
    assert_int_equal(a.covered_ms, 300000);
    assert_int_equal(a.engine_ms, 300000);
    assert_int_equal(a.operating_ms, 300000);
    assert_int_equal(a.rpm_max, 1500);
}

static void an_odometer_that_falls_or_flies_is_an_anomaly(void **state)
{
    struct hour hour = {.block.count = 0};
    struct activity a;
    (void)state;

    add_odo(&hour, 0, 1000);
    add_odo(&hour, 60, 9000); /* 8000 km in a minute */
    add_odo(&hour, 120, 1001);
    add_odo(&hour, 180, 1002);
    for (size_t i = 0; i < 4; i++)
        sample_set_number(&hour.rows[i].sample, SIGNAL_SPEED, 36);
    a = of(NULL, &hour);
    assert_int_equal(a.anomalies, 2);
    assert_int_equal(a.distance_m, 600 + 600 + 1000); /* by speed, by speed, by odometer */
}

static void without_an_odometer_the_way_over_the_ground_counts(void **state)
{
    struct hour hour = {.block.count = 0};
    struct activity a;
    (void)state;

    /* A degree of latitude is 111.195 km on the sphere: 0.01 degree in a minute is 66.7 km/h. */
    add_place(&hour, 0, 35.00, 112.6);
    add_place(&hour, 60, 35.01, 112.6);
    add_place(&hour, 120, 35.02, 112.6);
    a = of(NULL, &hour);
    assert_in_range(a.distance_m, 2223, 2224);
}

static void noise_at_standstill_adds_nothing(void **state)
{
    struct hour hour = {.block.count = 0};
    struct activity a;
    (void)state;

    for (int64_t i = 0; i < 60; i++) /* 5 m to and fro */
        add_place(&hour, i * 10, 35.0 + (i % 2 == 0 ? 0.0 : 0.00005), 112.6);
    a = of(NULL, &hour);
    assert_int_equal(a.distance_m, 0);
}

static void slow_steps_add_up(void **state)
{
    struct hour hour = {.block.count = 0};
    struct activity a;
    (void)state;

    for (int64_t i = 0; i < 61; i++) /* 5.56 m a second, 20 km/h: 333.6 m in a minute */
        add_place(&hour, i, 35.0 + (double)i * 0.00005, 112.6);
    a = of(NULL, &hour);
    assert_in_range(a.distance_m, 320, 334);
}

static void a_leap_of_the_position_is_an_anomaly(void **state)
{
    struct hour hour = {.block.count = 0};
    struct activity a;
    (void)state;

    add_place(&hour, 0, 35.0, 112.6);
    add_place(&hour, 10, 36.0, 112.6);
    add_place(&hour, 20, 35.0, 112.6);
    a = of(NULL, &hour);
    assert_int_equal(a.anomalies, 2);
    assert_int_equal(a.distance_m, 0);
}

static void with_nothing_else_speed_times_time_counts(void **state)
{
    struct hour hour = {.block.count = 0};
    struct activity a;
    (void)state;

    sample_set_number(add(&hour, 0), SIGNAL_SPEED, 20);
    sample_set_number(add(&hour, 60), SIGNAL_SPEED, 40); /* mean 30: 500 m */
    sample_set_number(add(&hour, 90), SIGNAL_SPEED, 0);  /* mean 20: 166.7 m */
    a = of(NULL, &hour);
    assert_int_equal(a.distance_m, 667);
    assert_int_equal(a.operating_ms, 60000);
}

static void electric_is_what_the_mode_says_or_the_battery_shows(void **state)
{
    struct hour hour = {.block.count = 0};
    struct activity a;
    (void)state;

    add_odo(&hour, 0, 100);
    add_odo(&hour, 60, 101); /* mode electric, though the engine reports */
    sample_set(&hour.rows[1].sample, SIGNAL_MODE, RUN_MODE_ELECTRIC);
    sample_set_number(&hour.rows[1].sample, SIGNAL_RPM, 0);
    add_odo(&hour, 120, 103); /* mode hybrid, though there is a battery */
    sample_set(&hour.rows[2].sample, SIGNAL_MODE, RUN_MODE_HYBRID);
    sample_set_number(&hour.rows[2].sample, SIGNAL_SOC, 50);
    add_odo(&hour, 180, 105.5); /* no mode: battery, no engine */
    sample_set_number(&hour.rows[3].sample, SIGNAL_SOC, 50);
    add_odo(&hour, 240, 107.5); /* no mode: both */
    sample_set_number(&hour.rows[4].sample, SIGNAL_SOC, 50);
    sample_set_number(&hour.rows[4].sample, SIGNAL_RPM, 900);
    add_odo(&hour, 300, 109); /* no mode, neither */
    a = of(NULL, &hour);
    assert_int_equal(a.distance_m, 9000);
    assert_int_equal(a.electric_m, 1000 + 2500);
}

static void add_power(struct hour *hour, int64_t second, double volt, double ampere)
{
    struct sample *s = add(hour, second);

    sample_set_number(s, SIGNAL_BATT_V, volt);
    sample_set_number(s, SIGNAL_BATT_A, ampere);
}

static void energy_is_split_by_its_sign(void **state)
{
    struct hour hour = {.block.count = 0};
    struct activity a;
    (void)state;

    add_power(&hour, 0, 400, 100);
    add_power(&hour, 60, 400, 50);   /* mean 30 kW for 60 s: 500 Wh */
    add_power(&hour, 120, 400, -80); /* mean -6 kW for 60 s: 100 Wh back */
    add_power(&hour, 180, 400, -80); /* -32 kW for 60 s: 533.333 Wh back */
    a = of(NULL, &hour);
    assert_int_equal(a.discharged_mwh, 500000);
    assert_int_equal(a.charged_mwh, 633333);
}

static void the_largest_power_does_not_overflow(void **state)
{
    struct hour hour = {.block.count = 0};
    struct activity a;
    (void)state;

    add_power(&hour, 0, 6000, 6000);
    add_power(&hour, 300, 6000, 6000); /* 36 MW for 5 minutes: 3 MWh */
    a = of(NULL, &hour);
    assert_true(a.discharged_mwh == INT64_C(3000000000));
}

static void fuel_is_rate_times_time(void **state)
{
    struct hour hour = {.block.count = 0};
    struct activity a;
    (void)state;

    sample_set_number(add(&hour, 0), SIGNAL_FUEL, 10);
    sample_set_number(add(&hour, 180), SIGNAL_FUEL, 20); /* 15 l/h for 3 minutes: 0.75 l */
    a = of(NULL, &hour);
    assert_int_equal(a.fuel_ul, 750000);
}

static void hours_that_grow_are_operation_without_speed(void **state)
{
    struct hour hour = {.block.count = 0};
    struct activity a;
    (void)state;

    sample_set_number(add(&hour, 0), SIGNAL_HOURS, 5000.1);
    sample_set_number(add(&hour, 200), SIGNAL_HOURS, 5000.2);
    sample_set_number(add(&hour, 400), SIGNAL_HOURS, 5000.2);
    a = of(NULL, &hour);
    assert_int_equal(a.operating_ms, 200000);
    assert_int_equal(a.engine_ms, 0);
}

static void samples_of_one_instant_count_as_one(void **state)
{
    struct hour hour = {.block.count = 0};
    struct activity a;
    (void)state;

    add_odo(&hour, 0, 10);
    sample_set_number(add(&hour, 0), SIGNAL_SOC, 80);
    sample_set_number(add(&hour, 60), SIGNAL_SOC, 79);
    add_odo(&hour, 60, 10.5);
    a = of(NULL, &hour);
    assert_int_equal(a.samples, 4);
    assert_int_equal(a.distance_m, 500);
    assert_int_equal(a.electric_m, 500);
    assert_int_equal(a.covered_ms, 60000);
}

static void invalid_signals_count_for_nothing(void **state)
{
    struct hour hour = {.block.count = 0};
    struct activity a;
    (void)state;

    add_odo(&hour, 0, 10);
    sample_mark(add(&hour, 60), SIGNAL_ODO, QUALITY_INVALID);
    sample_mark(&hour.rows[1].sample, SIGNAL_SPEED, QUALITY_ABNORMAL);
    sample_mark(&hour.rows[1].sample, SIGNAL_RPM, QUALITY_OUT_OF_RANGE);
    a = of(NULL, &hour);
    assert_int_equal(a.distance_m, 0);
    assert_int_equal(a.operating_ms, 0);
    assert_int_equal(a.anomalies, 0);
}

static void a_clock_that_runs_ahead_is_seen(void **state)
{
    struct hour hour = {.block.count = 0};
    struct activity a;
    (void)state;

    add_odo(&hour, 0, 10);
    add_odo(&hour, 60, 10);
    hour.rows[1].received_ms = BEGIN + 48000;
    a = of(NULL, &hour);
    assert_int_equal(a.clock_ahead_ms, 12000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_sample_alone_does_nothing),
        cmocka_unit_test(distance_is_what_the_odometer_grew),
        cmocka_unit_test(the_first_interval_begins_in_the_hour_before),
        cmocka_unit_test(a_gap_counts_its_kilometres_and_not_its_time),
        cmocka_unit_test(an_odometer_that_falls_or_flies_is_an_anomaly),
        cmocka_unit_test(without_an_odometer_the_way_over_the_ground_counts),
        cmocka_unit_test(noise_at_standstill_adds_nothing),
        cmocka_unit_test(slow_steps_add_up),
        cmocka_unit_test(a_leap_of_the_position_is_an_anomaly),
        cmocka_unit_test(with_nothing_else_speed_times_time_counts),
        cmocka_unit_test(electric_is_what_the_mode_says_or_the_battery_shows),
        cmocka_unit_test(energy_is_split_by_its_sign),
        cmocka_unit_test(the_largest_power_does_not_overflow),
        cmocka_unit_test(fuel_is_rate_times_time),
        cmocka_unit_test(hours_that_grow_are_operation_without_speed),
        cmocka_unit_test(samples_of_one_instant_count_as_one),
        cmocka_unit_test(invalid_signals_count_for_nothing),
        cmocka_unit_test(a_clock_that_runs_ahead_is_seen),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

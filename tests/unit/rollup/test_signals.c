#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "registry/rollup/signals.h"
#include "shared/when.h"

#define HOUR     480000
#define START    (HOUR * WHEN_HOUR_MS)
#define ROWS_MAX 64

struct hour {
    struct block_row rows[ROWS_MAX];
    size_t count;
};

/* A sample `at_s` seconds into the hour that arrives a second later. */
static struct sample *say(struct hour *hour, int64_t at_s)
{
    struct block_row *row = &hour->rows[hour->count++];

    *row = (struct block_row){.sample = {.at_ms = START + at_s * 1000},
                              .received_ms = START + at_s * 1000 + 1000};
    return &row->sample;
}

static void place(struct sample *s, double lat, double lon)
{
    sample_set_number(s, SIGNAL_LAT, lat);
    sample_set_number(s, SIGNAL_LON, lon);
}

static struct store_hour_signals measure(struct hour *hour, const struct sample *before)
{
    const struct block rows = {hour->rows, hour->count};
    struct store_hour_signals out = {.hour = HOUR};

    signals_of_hour(before, &rows, &out);
    return out;
}

static void signals_are_counted_where_they_are_numbers(void **state)
{
    struct hour hour = {0};
    struct store_signals sums;
    (void)state;

    sample_set_number(say(&hour, 0), SIGNAL_RPM, 0);
    sample_set_number(say(&hour, 10), SIGNAL_RPM, 900);
    sample_mark(say(&hour, 20), SIGNAL_RPM, QUALITY_INVALID);
    sample_set_number(say(&hour, 30), SIGNAL_FUEL, 0);
    sample_set_number(say(&hour, 40), SIGNAL_FUEL, 2);
    sample_set_number(say(&hour, 50), SIGNAL_SOC, 0);
    sample_mark(say(&hour, 60), SIGNAL_SOC, QUALITY_ABNORMAL);
    sample_set(say(&hour, 70), SIGNAL_MODE, RUN_MODE_HYBRID);
    sums = measure(&hour, NULL).sums;
    assert_int_equal(sums.running_rows, 1);
    assert_int_equal(sums.fuel_rows, 1);
    assert_int_equal(sums.battery_rows, 1);
    assert_int_equal(sums.mode_rows, 1);
}

static void nox_counts_while_the_engine_runs(void **state)
{
    struct hour hour = {0};
    struct sample *s = say(&hour, 0);
    struct store_signals sums;
    (void)state;

    sample_set_number(s, SIGNAL_NOX, 900); /* engine off */
    s = say(&hour, 10);
    sample_set_number(s, SIGNAL_NOX, 400);
    sample_set_number(s, SIGNAL_RPM, 1300);
    s = say(&hour, 20);
    sample_set_number(s, SIGNAL_NOX, 600);
    sample_set_number(s, SIGNAL_RPM, 1300);
    sums = measure(&hour, NULL).sums;
    assert_int_equal(sums.nox_rows, 2);
    assert_int_equal(sums.nox_sum, 100000);
}

static void the_tank_counts_by_its_fullest_and_the_lamp_by_how_often_it_is_on(void **state)
{
    struct hour hour = {0};
    struct store_signals sums;
    (void)state;

    for (int i = 0; i < 4; i++) {
        struct sample *s = say(&hour, i * 10);
        sample_set_number(s, SIGNAL_UREA, i == 2 ? 40 : 1);
        sample_set(s, SIGNAL_MIL, i != 3);
    }
    sums = measure(&hour, NULL).sums;
    assert_int_equal(sums.urea_rows, 4);
    assert_int_equal(sums.urea_max, 4000);
    assert_int_equal(sums.mil_rows, 4);
    assert_int_equal(sums.mil_on, 3);
}

static void an_odometer_that_grows_at_one_position_is_frozen_distance(void **state)
{
    struct hour hour = {0};
    (void)state;

    for (int i = 0; i < 4; i++) {
        struct sample *s = say(&hour, i * 60);
        place(s, 35.0, i < 3 ? 112.0 : 112.0001);
        sample_set_number(s, SIGNAL_ODO, 100 + i);
    }
    assert_int_equal(measure(&hour, NULL).sums.frozen_m, 2000);
}

static void an_odometer_that_falls_says_how_deep_also_across_the_hour(void **state)
{
    struct hour hour = {0};
    struct sample before = {.at_ms = START - 60000};
    struct store_signals sums;
    (void)state;

    sample_set_number(&before, SIGNAL_ODO, 900);
    sample_set_number(say(&hour, 0), SIGNAL_ODO, 100);
    sample_set_number(say(&hour, 60), SIGNAL_ODO, 99.5);
    sample_set_number(say(&hour, 120), SIGNAL_ODO, 101);
    sums = measure(&hour, &before).sums;
    assert_int_equal(sums.odo_backs, 2);
    assert_int_equal(sums.odo_back_m, 800000);
    sums = measure(&hour, NULL).sums;
    assert_int_equal(sums.odo_backs, 1);
    assert_int_equal(sums.odo_back_m, 500);
}

static void a_jump_has_the_speed_it_would_need_and_short_steps_are_none(void **state)
{
    struct hour hour = {0};
    struct store_hour_signals out;
    (void)state;

    place(say(&hour, 0), 35.00, 112.0);
    place(say(&hour, 60), 35.01, 112.0);   /* 1.1 km */
    place(say(&hour, 1860), 35.28, 112.0); /* 30 km in half an hour */
    place(say(&hour, 1920), 35.46, 112.0); /* 20 km in a minute */
    out = measure(&hour, NULL);
    assert_in_range(out.sums.jump_m, 19900, 20100);
    assert_in_range(out.sums.jump_kmh, 1190, 1210);
    assert_true(out.box.known);
    assert_int_equal(out.box.lat_min, 350000000);
    assert_int_equal(out.box.lat_max, 354600000);
    hour.count = 2;
    assert_int_equal(measure(&hour, NULL).sums.jump_kmh, 0);
}

static void a_clock_is_behind_only_when_the_hour_came_as_it_was_measured(void **state)
{
    struct hour hour = {0};
    (void)state;

    for (int i = 0; i < 20; i++)
        (void)say(&hour, i * 60);
    for (size_t i = 0; i < hour.count; i++)
        hour.rows[i].received_ms += 900000;
    assert_int_equal(measure(&hour, NULL).sums.clock_behind_ms, 901000);
    for (size_t i = 0; i < hour.count; i++)
        hour.rows[i].received_ms = START + 2 * WHEN_HOUR_MS + (int64_t)i; /* out of a store */
    assert_int_equal(measure(&hour, NULL).sums.clock_behind_ms, 0);
}

static void an_hour_without_a_position_has_no_box(void **state)
{
    struct hour hour = {0};
    (void)state;

    sample_set_number(say(&hour, 0), SIGNAL_SPEED, 10);
    assert_false(measure(&hour, NULL).box.known);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signals_are_counted_where_they_are_numbers),
        cmocka_unit_test(nox_counts_while_the_engine_runs),
        cmocka_unit_test(the_tank_counts_by_its_fullest_and_the_lamp_by_how_often_it_is_on),
        cmocka_unit_test(an_odometer_that_grows_at_one_position_is_frozen_distance),
        cmocka_unit_test(an_odometer_that_falls_says_how_deep_also_across_the_hour),
        cmocka_unit_test(a_jump_has_the_speed_it_would_need_and_short_steps_are_none),
        cmocka_unit_test(a_clock_is_behind_only_when_the_hour_came_as_it_was_measured),
        cmocka_unit_test(an_hour_without_a_position_has_no_box),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

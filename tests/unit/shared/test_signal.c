#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "shared/signal.h"

static const struct signal_def *find(const char *name)
{
    bool by_vss = false;

    return signal_find(name, strlen(name), &by_vss);
}

static void rows_stand_at_their_own_number_with_sane_columns(void **state)
{
    (void)state;
    for (int i = 0; i < SIGNAL_COUNT; i++) {
        const struct signal_def *def = signal_def((enum signal_id)i);
        assert_int_equal(def->id, i);
        assert_true(def->min < def->max);
        assert_true(def->digits >= 0 && def->digits <= 7);
        assert_true(def->kind == SIGNAL_NUMBER ? def->unit[0] != '\0' : def->unit[0] == '\0');
        assert_true(def->vss_factor != 0);
        assert_non_null(def->vss_unit);
        assert_true(strlen(def->meaning) > 0);
    }
}

static void names_and_paths_find_their_row_and_no_other(void **state)
{
    bool by_vss = false;

    (void)state;
    for (int i = 0; i < SIGNAL_COUNT; i++) {
        const struct signal_def *def = signal_def((enum signal_id)i);
        assert_ptr_equal(signal_find(def->name, strlen(def->name), &by_vss), def);
        assert_false(by_vss);
        if (def->vss == NULL)
            continue;
        assert_ptr_equal(signal_find(def->vss, strlen(def->vss), &by_vss), def);
        assert_true(by_vss);
    }
    assert_null(find(""));
    assert_null(find("Speed"));
    assert_null(find("spee"));
    assert_null(find("speeds"));
    assert_null(find("Vehicle.Speed.X"));
    assert_null(find("Vehicle."));
    assert_null(signal_find("speed", 0, &by_vss));
    assert_ptr_equal(signal_find("speedy", 5, &by_vss), signal_def(SIGNAL_SPEED));
}

static bool unit_is(enum signal_id id, const char *unit)
{
    return signal_unit_is(signal_def(id), unit, strlen(unit));
}

static bool vss_unit_is(enum signal_id id, const char *unit)
{
    return signal_vss_unit_is(signal_def(id), unit, strlen(unit));
}

static void units_are_known_in_each_spelling_and_nothing_else(void **state)
{
    (void)state;
    assert_true(unit_is(SIGNAL_SOC, "%"));
    assert_true(unit_is(SIGNAL_SOC, "%EL"));
    assert_true(unit_is(SIGNAL_SOC, "/100"));
    assert_false(unit_is(SIGNAL_SOC, "%EL /100"));
    assert_false(unit_is(SIGNAL_SOC, ""));
    assert_false(unit_is(SIGNAL_SOC, "/10"));
    assert_true(unit_is(SIGNAL_LAT, "deg"));
    assert_true(unit_is(SIGNAL_LAT, "lat"));
    assert_false(unit_is(SIGNAL_LAT, "lon"));
    assert_false(unit_is(SIGNAL_SPEED, "m/s"));
    assert_true(unit_is(SIGNAL_MIL, ""));
}

static void a_vss_path_has_the_unit_of_vss(void **state)
{
    (void)state;
    assert_true(vss_unit_is(SIGNAL_ODO, "m"));
    assert_false(vss_unit_is(SIGNAL_ODO, "km"));
    assert_true(vss_unit_is(SIGNAL_SOC, "percent"));
    assert_true(vss_unit_is(SIGNAL_SOC, "%EL"));
    assert_true(vss_unit_is(SIGNAL_LAT, "degrees"));
    assert_true(vss_unit_is(SIGNAL_LAT, "lat"));
    assert_true(vss_unit_is(SIGNAL_BATT_A, "A"));
    assert_false(vss_unit_is(SIGNAL_BATT_A, "mA"));
}

static void every_edge_of_every_range_is_kept_and_one_step_beyond_is_not(void **state)
{
    int64_t fixed = 0;

    (void)state;
    for (int i = 0; i < SIGNAL_COUNT; i++) {
        const struct signal_def *def = signal_def((enum signal_id)i);
        const int64_t inside[] = {def->min, def->min + 1, 0, def->max - 1, def->max};
        for (size_t k = 0; k < sizeof inside / sizeof inside[0]; k++) {
            if (inside[k] < def->min || inside[k] > def->max)
                continue;
            assert_true(signal_from_number(def, signal_to_number(def, inside[k]), &fixed));
            assert_int_equal(fixed, inside[k]);
        }
        assert_false(signal_from_number(def, signal_to_number(def, def->min - 1), &fixed));
        assert_false(signal_from_number(def, signal_to_number(def, def->max + 1), &fixed));
    }
}

static void halves_are_rounded_away_from_zero(void **state)
{
    int64_t fixed = 0;

    (void)state;
    assert_true(signal_from_number(signal_def(SIGNAL_NOX), 0.125, &fixed));
    assert_int_equal(fixed, 13);
    assert_true(signal_from_number(signal_def(SIGNAL_NOX), -0.125, &fixed));
    assert_int_equal(fixed, -13);
    assert_true(signal_from_number(signal_def(SIGNAL_SPEED), -0.0004, &fixed));
    assert_int_equal(fixed, 0);
}

static void what_is_not_finite_is_no_value(void **state)
{
    int64_t fixed = 0;

    (void)state;
    for (int i = 0; i < SIGNAL_COUNT; i++) {
        const struct signal_def *def = signal_def((enum signal_id)i);
        assert_false(signal_from_number(def, (double)NAN, &fixed));
        assert_false(signal_from_number(def, HUGE_VAL, &fixed));
        assert_false(signal_from_number(def, -HUGE_VAL, &fixed));
        assert_false(signal_from_number(def, 1.7e308, &fixed));
    }
}

static void run_modes_are_words(void **state)
{
    (void)state;
    for (int mode = RUN_MODE_ELECTRIC; mode <= RUN_MODE_FUEL; mode++)
        assert_int_equal(run_mode_parse(run_mode_name(mode), strlen(run_mode_name(mode))), mode);
    assert_int_equal(run_mode_parse("Electric", 8), 0);
    assert_int_equal(run_mode_parse("", 0), 0);
    assert_null(run_mode_name(0));
    assert_null(run_mode_name(4));
    assert_null(run_mode_name(INT64_MAX));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_stand_at_their_own_number_with_sane_columns),
        cmocka_unit_test(names_and_paths_find_their_row_and_no_other),
        cmocka_unit_test(units_are_known_in_each_spelling_and_nothing_else),
        cmocka_unit_test(a_vss_path_has_the_unit_of_vss),
        cmocka_unit_test(every_edge_of_every_range_is_kept_and_one_step_beyond_is_not),
        cmocka_unit_test(halves_are_rounded_away_from_zero),
        cmocka_unit_test(what_is_not_finite_is_no_value),
        cmocka_unit_test(run_modes_are_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

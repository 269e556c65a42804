#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit_tool/told.h"

static struct told told_text(const char *text)
{
    return told_read(text, strlen(text));
}

static void an_interval_and_signals_are_read(void **state)
{
    struct told told =
        told_text("{\"interval_s\":20,\"signals\":[\"soc\",\"odo\",\"a signal of tomorrow\",7]}");

    (void)state;
    assert_int_equal(told.interval_ms, 20000);
    assert_int_equal(told.signals, 1u << SIGNAL_SOC | 1u << SIGNAL_ODO);
}

static void what_is_no_configuration_sets_nothing(void **state)
{
    static const char *const texts[] = {"", "{}", "[]", "{\"interval_s\":\"20\"",
                                        "{\"signals\":1}"};

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct told told = told_text(texts[i]);
        assert_int_equal(told.interval_ms, 0);
        assert_int_equal(told.signals, 0);
    }
}

static void samples_come_no_sooner_than_wanted(void **state)
{
    struct told told = {.interval_ms = 20000};

    (void)state;
    assert_false(told_too_soon(told, 0, 1000)); /* the first */
    assert_true(told_too_soon(told, 1000, 20999));
    assert_false(told_too_soon(told, 1000, 21000));
    assert_false(told_too_soon((struct told){0}, 1000, 1001));
}

static void only_wanted_signals_stay_in_a_sample(void **state)
{
    struct sample sample = {.at_ms = 1};

    (void)state;
    sample_set(&sample, SIGNAL_SOC, 50);
    sample_set(&sample, SIGNAL_SPEED, 420);
    sample_mark(&sample, SIGNAL_ODO, QUALITY_INVALID);
    told_keep((struct told){0}, &sample);
    assert_true(sample_has(&sample, SIGNAL_SPEED));
    told_keep(told_text("{\"signals\":[\"soc\"]}"), &sample);
    assert_true(sample_has(&sample, SIGNAL_SOC));
    assert_int_equal(sample_quality(&sample, SIGNAL_SPEED), QUALITY_ABSENT);
    assert_int_equal(sample_quality(&sample, SIGNAL_ODO), QUALITY_ABSENT);
    assert_int_equal(sample.value[SIGNAL_SPEED], 0);
    told_keep(told_text("{\"signals\":[\"rpm\"]}"), &sample);
    assert_true(sample_is_empty(&sample));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_interval_and_signals_are_read),
        cmocka_unit_test(what_is_no_configuration_sets_nothing),
        cmocka_unit_test(samples_come_no_sooner_than_wanted),
        cmocka_unit_test(only_wanted_signals_stay_in_a_sample),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

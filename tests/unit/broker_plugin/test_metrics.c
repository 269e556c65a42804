#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "gateway/broker_plugin/metrics.h"

static void the_file_holds_every_counter_and_replaces_the_old_one(void **state)
{
    struct metrics m = {.accepted = 12345678901, .kicked = 2, .connected = 7};
    char dir[] = "/tmp/evroll-metrics-XXXXXX", file[64], fresh[80], text[8192] = {0};
    FILE *in = NULL;

    (void)state;
    m.refused[VERDICT_JOURNAL_FULL] = 3;
    assert_non_null(mkdtemp(dir));
    snprintf(file, sizeof file, "%s/broker.prom", dir);
    snprintf(fresh, sizeof fresh, "%s.new", file);
    for (int i = 0; i < 2; i++)
        assert_int_equal(metrics_write(&m, file, NULL), ERR_OK);
    assert_int_not_equal(access(fresh, F_OK), 0);
    in = fopen(file, "r");
    assert_non_null(in);
    assert_true(fread(text, 1, sizeof text - 1, in) > 0);
    fclose(in);
    assert_non_null(strstr(text, "\nevroll_broker_accepted_total 12345678901\n"));
    assert_non_null(strstr(text, "\nevroll_broker_refused_total{reason=\"journal_full\"} 3\n"));
    assert_non_null(strstr(text, "\nevroll_broker_refused_total{reason=\"revoked\"} 0\n"));
    assert_non_null(strstr(text, "\nevroll_broker_units_connected 7\n"));
    assert_non_null(strstr(text, "\nevroll_broker_kicked_total 2\n"));
    unlink(file);
    rmdir(dir);
}

static void a_place_that_cannot_be_written_is_named(void **state)
{
    struct metrics m = {0};
    struct fault fault;

    (void)state;
    assert_int_equal(metrics_write(&m, "/nowhere/broker.prom", &fault), ERR_IO);
    assert_non_null(strstr(fault.text, "/nowhere/broker.prom"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_file_holds_every_counter_and_replaces_the_old_one),
        cmocka_unit_test(a_place_that_cannot_be_written_is_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

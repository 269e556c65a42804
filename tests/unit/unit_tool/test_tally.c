#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit_tool/tally.h"

static void what_was_counted_is_there_after_opening_again(void **state)
{
    char dir[] = "/tmp/evroll-tally-XXXXXX";
    char file[64];
    struct tally *tally = NULL;
    struct tally_unit *unit = NULL;
    struct fault fault = {0};

    (void)state;
    assert_non_null(mkdtemp(dir));
    snprintf(file, sizeof file, "%s/tally", dir);
    assert_int_equal(tally_open(file, 42, &tally, &fault), ERR_OK);
    assert_int_equal(tally_get(tally, "bus-1", &unit, &fault), ERR_OK);
    unit->sent = 10;
    unit->acknowledged = 8;
    assert_int_equal(tally_get(tally, "bus-2", &unit, &fault), ERR_OK);
    unit->sent = 5;
    unit->acknowledged = 5;
    tally_close(tally);

    assert_int_equal(tally_open(file, 42, &tally, &fault), ERR_OK);
    assert_int_equal(tally_count(tally), 2);
    assert_int_equal(tally_get(tally, "bus-1", &unit, &fault), ERR_OK);
    assert_int_equal(unit->acknowledged, 8);
    assert_int_equal(tally_total(tally).sent, 15);
    assert_int_equal(tally_total(tally).acknowledged, 13);
    tally_close(tally);
    unlink(file);
    rmdir(dir);
}

static void a_file_of_other_settings_or_of_something_else_is_refused(void **state)
{
    char file[] = "/tmp/evroll-tally-XXXXXX";
    struct tally *tally = NULL;
    struct fault fault = {0};
    int fd = mkstemp(file);

    (void)state;
    assert_true(fd >= 0);
    assert_int_equal(tally_open(file, 1, &tally, &fault), ERR_OK);
    tally_close(tally);
    assert_int_equal(tally_open(file, 2, &tally, &fault), ERR_CONFLICT);
    assert_non_null(strstr(fault.text, "other settings"));
    assert_int_equal(pwrite(fd, "something", 9, 0), 9);
    assert_int_equal(tally_open(file, 1, &tally, &fault), ERR_INPUT);
    close(fd);
    unlink(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_counted_is_there_after_opening_again),
        cmocka_unit_test(a_file_of_other_settings_or_of_something_else_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

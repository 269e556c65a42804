/* What anybody may ask for is read once for all who ask in a while. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "registry/readings.h"

struct reading {
    struct clock_fake clock;
    int64_t takes_ms;
    int times;
};

static void read_it(FILE *out, void *arg)
{
    struct reading *reading = arg;

    reading->clock.mono_now_ms += reading->takes_ms;
    fprintf(out, "read %d\n", ++reading->times);
}

static void says(struct readings *readings, struct reading *reading, const char *expected)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);

    readings_write(readings, read_it, reading, out);
    fclose(out);
    assert_string_equal(text, expected);
    free(text);
}

static void what_was_just_read_is_not_read_again(void **state)
{
    struct reading reading = {.takes_ms = 1};
    struct readings *readings = NULL;

    (void)state;
    clock_fake_init(&reading.clock, 0);
    readings = readings_create(&reading.clock.clock);
    says(readings, &reading, "read 1\n");
    reading.clock.mono_now_ms += READINGS_AGE_MS - 1;
    says(readings, &reading, "read 1\n");
    reading.clock.mono_now_ms += 1;
    says(readings, &reading, "read 2\n");
    readings_destroy(readings);
}

static void what_takes_long_is_read_the_more_seldom(void **state)
{
    struct reading reading = {.takes_ms = 3000};
    struct readings *readings = NULL;

    (void)state;
    clock_fake_init(&reading.clock, 0);
    readings = readings_create(&reading.clock.clock);
    says(readings, &reading, "read 1\n");
    reading.clock.mono_now_ms += 29999;
    says(readings, &reading, "read 1\n");
    reading.clock.mono_now_ms += 1;
    says(readings, &reading, "read 2\n");
    readings_destroy(readings);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_just_read_is_not_read_again),
        cmocka_unit_test(what_takes_long_is_read_the_more_seldom),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

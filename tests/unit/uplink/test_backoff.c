#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "gateway/uplink/backoff.h"

/* The longest of many waits after `tries` failures in a row. */
static int64_t longest(unsigned tries)
{
    int64_t most = 0;

    for (uint64_t seed = 0; seed < 400; seed++) {
        struct backoff backoff = {.seed = seed};
        int64_t wait_ms = 0;

        for (unsigned i = 0; i < tries; i++)
            wait_ms = backoff_next(&backoff, -1);
        assert_true(wait_ms >= 0);
        most = wait_ms > most ? wait_ms : most;
    }
    return most;
}

static void the_ceiling_doubles_from_1_s_to_60_s(void **state)
{
    static const int64_t ceilings[] = {1000, 2000, 4000, 8000, 16000, 32000, 60000, 60000, 60000};

    (void)state;
    for (unsigned i = 0; i < sizeof ceilings / sizeof ceilings[0]; i++) {
        assert_true(longest(i + 1) <= ceilings[i]);
        assert_true(longest(i + 1) > ceilings[i] * 9 / 10);
    }
}

static void waits_are_spread_over_the_whole_range(void **state)
{
    int below_half = 0;

    (void)state;
    for (uint64_t seed = 0; seed < 1000; seed++)
        below_half += backoff_next(&(struct backoff){.seed = seed}, -1) < 500 ? 1 : 0;
    assert_in_range(below_half, 400, 600);
}

static void what_the_registry_asks_for_is_waited_out(void **state)
{
    struct backoff backoff = {.seed = 1};

    (void)state;
    assert_true(backoff_next(&backoff, 7) >= 7000);
    assert_true(backoff_next(&backoff, INT64_MAX) <= BACKOFF_RETRY_AFTER_MS + BACKOFF_LAST_MS);
}

static void success_begins_anew(void **state)
{
    struct backoff backoff = {.seed = 1, .tries = 6};

    (void)state;
    backoff_reset(&backoff);
    assert_true(backoff_next(&backoff, -1) <= BACKOFF_FIRST_MS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_ceiling_doubles_from_1_s_to_60_s),
        cmocka_unit_test(waits_are_spread_over_the_whole_range),
        cmocka_unit_test(what_the_registry_asks_for_is_waited_out),
        cmocka_unit_test(success_begins_anew),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "gateway/coap/flood.h"

static void a_unit_may_send_its_burst_and_then_its_rate(void **state)
{
    struct flood *flood = flood_create(10, 20);

    (void)state;
    for (int i = 0; i < 20; i++)
        assert_int_equal(flood_take(flood, "bus-1", FLOOD_MESSAGE, 1000), 0);
    assert_int_equal(flood_take(flood, "bus-1", FLOOD_MESSAGE, 1000), 1);
    assert_int_equal(flood_take(flood, "bus-2", FLOOD_MESSAGE, 1000), 0);
    assert_int_equal(flood_take(flood, "bus-1", FLOOD_MESSAGE, 1100), 0);
    assert_int_equal(flood_take(flood, "bus-1", FLOOD_MESSAGE, 1100), 1);
    flood_destroy(flood);
}

static void blocks_cost_less_than_messages(void **state)
{
    struct flood *flood = flood_create(1, 1);

    (void)state;
    for (unsigned i = 0; i < FLOOD_MESSAGE / FLOOD_BLOCK; i++)
        assert_int_equal(flood_take(flood, "bus-1", FLOOD_BLOCK, 0), 0);
    assert_true(flood_take(flood, "bus-1", FLOOD_BLOCK, 0) > 0);
    flood_destroy(flood);
}

static void the_wait_is_as_long_as_the_token_takes(void **state)
{
    struct flood *flood = flood_create(1, 1);
    uint32_t wait_s = 0;

    (void)state;
    assert_int_equal(flood_take(flood, "bus-1", FLOOD_MESSAGE, 0), 0);
    wait_s = flood_take(flood, "bus-1", FLOOD_MESSAGE, 0);
    assert_true(wait_s >= 1);
    assert_int_equal(flood_take(flood, "bus-1", FLOOD_MESSAGE, wait_s * 1000), 0);
    flood_destroy(flood);
}

static void units_with_a_full_bucket_are_forgotten_and_others_not(void **state)
{
    struct flood *flood = flood_create(10, 10);
    char name[16] = "";

    (void)state;
    for (int i = 0; i < 1000; i++) {
        snprintf(name, sizeof name, "bus-%d", i);
        assert_int_equal(flood_take(flood, name, FLOOD_MESSAGE, 0), 0);
    }
    for (int i = 0; i < 9; i++)
        assert_int_equal(flood_take(flood, "bus-500", FLOOD_MESSAGE, 0), 0);
    assert_int_equal(flood_units(flood), 1000);
    flood_sweep(flood, 200);
    assert_int_equal(flood_units(flood), 1);
    flood_sweep(flood, 2000);
    assert_int_equal(flood_units(flood), 0);
    flood_sweep(flood, 3000);
    flood_destroy(flood);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_unit_may_send_its_burst_and_then_its_rate),
        cmocka_unit_test(blocks_cost_less_than_messages),
        cmocka_unit_test(the_wait_is_as_long_as_the_token_takes),
        cmocka_unit_test(units_with_a_full_bucket_are_forgotten_and_others_not),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

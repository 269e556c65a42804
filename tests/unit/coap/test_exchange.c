#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "gateway/coap/exchange.h"

static void a_message_is_known_until_its_lifetime_is_over(void **state)
{
    struct exchange_ring ring = {0};

    (void)state;
    assert_null(exchange_find(&ring, 7, 1000));
    exchange_begin(&ring, 7, 1000);
    assert_non_null(exchange_find(&ring, 7, 1000 + EXCHANGE_LIFETIME_MS - 1));
    assert_null(exchange_find(&ring, 8, 1000));
    assert_null(exchange_find(&ring, 7, 1000 + EXCHANGE_LIFETIME_MS));
    exchange_clear(&ring);
}

static void the_answer_is_kept_for_a_message_that_comes_again(void **state)
{
    struct exchange_ring ring = {0};
    const struct exchange *known = NULL;

    (void)state;
    exchange_begin(&ring, 0, 0);
    assert_int_equal(exchange_find(&ring, 0, 1)->code, 0);
    exchange_answer(&ring, 0, 0x80, 30, "json-syntax");
    known = exchange_find(&ring, 0, 1);
    assert_int_equal(known->code, 0x80);
    assert_int_equal(known->max_age, 30);
    assert_string_equal(known->text, "json-syntax");
    exchange_answer(&ring, 0, 0x44, 0, NULL);
    assert_null(exchange_find(&ring, 0, 1)->text);
    exchange_clear(&ring);
}

static void what_is_forgotten_may_come_as_new(void **state)
{
    struct exchange_ring ring = {0};

    (void)state;
    exchange_begin(&ring, 9, 5);
    exchange_forget(&ring, 9);
    exchange_forget(&ring, 10);
    assert_null(exchange_find(&ring, 9, 6));
    exchange_clear(&ring);
}

static void the_oldest_makes_room(void **state)
{
    struct exchange_ring ring = {0};

    (void)state;
    for (uint16_t id = 0; id < EXCHANGE_KEPT + 1; id++) {
        exchange_begin(&ring, id, 1);
        exchange_answer(&ring, id, 0x80, 0, "text");
    }
    assert_null(exchange_find(&ring, 0, 2));
    for (uint16_t id = 1; id < EXCHANGE_KEPT + 1; id++)
        assert_non_null(exchange_find(&ring, id, 2));
    exchange_answer(&ring, 0, 0x44, 0, NULL); /* answered after it was pushed out */
    exchange_clear(&ring);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_is_known_until_its_lifetime_is_over),
        cmocka_unit_test(the_answer_is_kept_for_a_message_that_comes_again),
        cmocka_unit_test(what_is_forgotten_may_come_as_new),
        cmocka_unit_test(the_oldest_makes_room),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <string.h>

#include "gateway/relay/address_book.h"
#include "gateway/relay/hostport.h"
#include "gateway/relay/relay.h"

static enum address_answer enter(struct address_book *book, const char *from, int64_t now_ms,
                                 struct address **address)
{
    struct hostport hostport;

    assert_true(hostport_parse(from, &hostport));
    return address_enter(book, (struct sockaddr *)&hostport.address, now_ms, address);
}

static void a_bucket_holds_two_seconds_and_fills_with_time(void **state)
{
    struct address_book book;
    struct address *address = NULL;
    int64_t now_ms = 1000;

    (void)state;
    address_book_init(&book, 10, 1000);
    for (int i = 0; i < 20; i++)
        assert_int_equal(enter(&book, "192.0.2.1:1", now_ms, &address), ADDRESS_WELCOME);
    assert_int_equal(enter(&book, "192.0.2.1:1", now_ms, &address), ADDRESS_TOO_FAST);
    assert_int_equal(enter(&book, "192.0.2.2:1", now_ms, &address), ADDRESS_WELCOME);
    assert_int_equal(enter(&book, "192.0.2.1:1", now_ms + 99, &address), ADDRESS_TOO_FAST);
    assert_int_equal(enter(&book, "192.0.2.1:1", now_ms + 100, &address), ADDRESS_WELCOME);
    assert_int_equal(enter(&book, "192.0.2.1:1", now_ms + 100, &address), ADDRESS_TOO_FAST);
    address_book_clear(&book);
}

static void an_address_of_ipv6_counts_by_its_64(void **state)
{
    struct address_book book;
    struct address *first = NULL, *second = NULL;

    (void)state;
    address_book_init(&book, 10, 1);
    assert_int_equal(enter(&book, "[2001:db8::1]:1", 0, &first), ADDRESS_WELCOME);
    assert_int_equal(enter(&book, "[2001:db8::ffff]:2", 0, &second), ADDRESS_TOO_MANY);
    assert_int_equal(enter(&book, "[2001:db8:0:1::1]:1", 0, &second), ADDRESS_WELCOME);
    address_leave(first);
    assert_int_equal(enter(&book, "[2001:db8::ffff]:2", 0, &second), ADDRESS_WELCOME);
    address_book_clear(&book);
}

static void who_has_gone_and_waited_is_forgotten(void **state)
{
    struct address_book book;
    struct address *address = NULL;

    (void)state;
    address_book_init(&book, 10, 10);
    assert_int_equal(enter(&book, "192.0.2.1:1", 0, &address), ADDRESS_WELCOME);
    address_book_sweep(&book, 60000);
    assert_int_equal(book.count, 1);
    address_leave(address);
    assert_int_equal(enter(&book, "192.0.2.1:1", 60000, &address), ADDRESS_WELCOME);
    address_leave(address);
    address_book_sweep(&book, 60001);
    assert_int_equal(book.count, 1);
    address_book_sweep(&book, 60100);
    assert_int_equal(book.count, 0);
    address_book_clear(&book);
}

static void the_book_has_an_end(void **state)
{
    struct address_book book;
    struct address *address = NULL;
    struct sockaddr_in from = {.sin_family = AF_INET};

    (void)state;
    address_book_init(&book, 10, 10);
    for (uint32_t i = 0; i < ADDRESS_BOOK_MOST; i++) {
        from.sin_addr.s_addr = i * 2654435761u;
        assert_int_equal(address_enter(&book, (struct sockaddr *)&from, 0, &address),
                         ADDRESS_WELCOME);
    }
    assert_int_equal(enter(&book, "[2001:db8::1]:1", 0, &address), ADDRESS_TOO_FAST);
    address_book_clear(&book);
}

static void an_address_is_spelled_out_with_its_port(void **state)
{
    static const char *const bad[] = {
        "",          "8883",           "127.0.0.1",   "127.0.0.1:",   "127.0.0.1:0",
        "1.2.3:1",   "127.0.0.1:x",    "::1:8883",    "[::1]",        "[::1]:65536",
        "[::1:8883", "localhost:8883", "[1.2.3.4]:1", "127.0.0.1:-1", "[]:1"};
    static const char *const good[] = {"0.0.0.0:8883", "[::]:8883", "[2001:db8::1]:1",
                                       "127.0.0.1:65535"};
    char text[HOSTPORT_TEXT_MAX];

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (relay_address_ok(bad[i]))
            fail_msg("taken: %s", bad[i]);
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        struct hostport hostport;
        assert_true(hostport_parse(good[i], &hostport));
        assert_string_equal(hostport_text((struct sockaddr *)&hostport.address, text), good[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bucket_holds_two_seconds_and_fills_with_time),
        cmocka_unit_test(an_address_of_ipv6_counts_by_its_64),
        cmocka_unit_test(who_has_gone_and_waited_is_forgotten),
        cmocka_unit_test(the_book_has_an_end),
        cmocka_unit_test(an_address_is_spelled_out_with_its_port),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

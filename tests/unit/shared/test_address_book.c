#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <string.h>

#include "shared/address_book.h"

static enum address_answer enter(struct address_book *book, const char *from, int64_t now_ms,
                                 struct address **address)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};

    if (inet_pton(AF_INET, from, &v4.sin_addr) == 1)
        return address_enter(book, (struct sockaddr *)&v4, now_ms, address);
    assert_int_equal(inet_pton(AF_INET6, from, &v6.sin6_addr), 1);
    return address_enter(book, (struct sockaddr *)&v6, now_ms, address);
}

static void a_bucket_holds_two_seconds_and_fills_with_time(void **state)
{
    struct address_book book;
    struct address *address = NULL;
    int64_t now_ms = 1000;

    (void)state;
    address_book_init(&book, 10, 1000);
    for (int i = 0; i < 20; i++)
        assert_int_equal(enter(&book, "192.0.2.1", now_ms, &address), ADDRESS_WELCOME);
    assert_int_equal(enter(&book, "192.0.2.1", now_ms, &address), ADDRESS_TOO_FAST);
    assert_int_equal(enter(&book, "192.0.2.2", now_ms, &address), ADDRESS_WELCOME);
    assert_int_equal(enter(&book, "192.0.2.1", now_ms + 99, &address), ADDRESS_TOO_FAST);
    assert_int_equal(enter(&book, "192.0.2.1", now_ms + 100, &address), ADDRESS_WELCOME);
    assert_int_equal(enter(&book, "192.0.2.1", now_ms + 100, &address), ADDRESS_TOO_FAST);
    address_book_clear(&book);
}

static void an_address_of_ipv6_counts_by_its_64(void **state)
{
    struct address_book book;
    struct address *first = NULL, *second = NULL;

    (void)state;
    address_book_init(&book, 10, 1);
    assert_int_equal(enter(&book, "2001:db8::1", 0, &first), ADDRESS_WELCOME);
    assert_int_equal(enter(&book, "2001:db8::ffff", 0, &second), ADDRESS_TOO_MANY);
    assert_int_equal(enter(&book, "2001:db8:0:1::1", 0, &second), ADDRESS_WELCOME);
    address_leave(first);
    assert_int_equal(enter(&book, "2001:db8::ffff", 0, &second), ADDRESS_WELCOME);
    address_book_clear(&book);
}

static void an_address_of_ipv4_is_itself_by_either_family(void **state)
{
    struct address_book book;
    struct address *one = NULL, *other = NULL;

    (void)state;
    address_book_init(&book, 100, 2);
    assert_int_equal(enter(&book, "192.0.2.1", 0, &one), ADDRESS_WELCOME);
    assert_int_equal(enter(&book, "::ffff:192.0.2.1", 0, &other), ADDRESS_WELCOME);
    assert_ptr_equal(one, other);
    assert_int_equal(enter(&book, "::ffff:192.0.2.2", 0, &other), ADDRESS_WELCOME);
    assert_ptr_not_equal(one, other);
    assert_int_equal(enter(&book, "::ffff:192.0.2.1", 0, &other), ADDRESS_TOO_MANY);
    address_book_clear(&book);
}

static void who_has_gone_and_waited_is_forgotten(void **state)
{
    struct address_book book;
    struct address *address = NULL;

    (void)state;
    address_book_init(&book, 10, 10);
    assert_int_equal(enter(&book, "192.0.2.1", 0, &address), ADDRESS_WELCOME);
    address_book_sweep(&book, 60000);
    assert_int_equal(book.count, 1);
    address_leave(address);
    assert_int_equal(enter(&book, "192.0.2.1", 60000, &address), ADDRESS_WELCOME);
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
    assert_int_equal(enter(&book, "2001:db8::1", 0, &address), ADDRESS_TOO_FAST);
    address_book_clear(&book);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bucket_holds_two_seconds_and_fills_with_time),
        cmocka_unit_test(an_address_of_ipv6_counts_by_its_64),
        cmocka_unit_test(an_address_of_ipv4_is_itself_by_either_family),
        cmocka_unit_test(who_has_gone_and_waited_is_forgotten),
        cmocka_unit_test(the_book_has_an_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "gateway/relay/hostport.h"
#include "gateway/relay/relay.h"

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
        cmocka_unit_test(an_address_is_spelled_out_with_its_port),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

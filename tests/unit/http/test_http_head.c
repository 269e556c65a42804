#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "registry/http/http_head.h"

#define HOST "Host: a\r\n"

static struct arena *arena;
static struct http_head head;
static struct http_refusal refusal;

static int setup(void **state)
{
    (void)state;
    arena = arena_create();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_destroy(arena);
    return 0;
}

static bool parse_bytes(const char *bytes, size_t len)
{
    refusal = (struct http_refusal){.status = 0};
    return http_head_parse(arena, bytes, len, &head, &refusal);
}

static bool parse(const char *text)
{
    return parse_bytes(text, strlen(text));
}

static void refused(int status, const char *text)
{
    if (parse(text))
        fail_msg("taken, but should get %d: %s", status, text);
    if (refusal.status != status)
        fail_msg("%d (%s) instead of %d for: %s", refusal.status, refusal.detail, status, text);
    assert_true(strlen(refusal.detail) > 5);
}

static void a_plain_head_is_read_as_it_stands(void **state)
{
    (void)state;
    assert_true(parse("POST /v1/x?a=b HTTP/1.1\r\nHost: registry.example:8443\r\n"
                      "content-LENGTH: 0042\r\nX-Odd:  \t value with  spaces \t\r\nExpect: "
                      "100-continue\r\n\r\n"));
    assert_string_equal(head.method, "POST");
    assert_string_equal(head.target, "/v1/x?a=b");
    assert_int_equal(head.minor, 1);
    assert_int_equal(head.content_length, 42);
    assert_true(head.expects_continue);
    assert_false(head.wants_close);
    assert_string_equal(http_head_field(&head, "x-odd"), "value with  spaces");
    assert_null(http_head_field(&head, "absent"));
}

static void version_and_connection_say_when_to_close(void **state)
{
    (void)state;
    assert_true(parse("GET / HTTP/1.0\r\n\r\n"));
    assert_true(head.wants_close);
    assert_true(parse("GET / HTTP/1.1\r\n" HOST "Connection: keep-alive, Close\r\n\r\n"));
    assert_true(head.wants_close);
    assert_true(parse("GET / HTTP/1.1\r\n" HOST "Connection: closed\r\n\r\n"));
    assert_false(head.wants_close);
}

static void the_end_of_a_head_is_found_in_any_line_ending(void **state)
{
    (void)state;
    assert_int_equal(http_head_end("a\r\nb\r\n\r\nrest", 12), 8);
    assert_int_equal(http_head_end("a\n\nrest", 7), 3);
    assert_int_equal(http_head_end("a\n\r\nrest", 8), 4);
    assert_int_equal(http_head_end("a\r\nb\r\n\r", 7), 0);
    assert_int_equal(http_head_end("a\r\nb\r\n", 6), 0);
    assert_int_equal(http_head_end("", 0), 0);
    assert_int_equal(http_head_end("\n", 1), 0);
}

static const struct {
    int status;
    const char *text;
} bad[] = {
    /* the request line */
    {400, "GET /\r\n" HOST "\r\n"},
    {400, "GET  / HTTP/1.1\r\n" HOST "\r\n"},
    {400, "GET /  HTTP/1.1\r\n" HOST "\r\n"},
    {400, "GET / HTTP/1.1 \r\n" HOST "\r\n"},
    {400, " GET / HTTP/1.1\r\n" HOST "\r\n"},
    {400, "GET\t/ HTTP/1.1\r\n" HOST "\r\n"},
    {400, "GET / a HTTP/1.1\r\n" HOST "\r\n"},
    {400, "G(T / HTTP/1.1\r\n" HOST "\r\n"},
    {400, "GET / http/1.1\r\n" HOST "\r\n"},
    {505, "GET / HTTP/2.0\r\n" HOST "\r\n"},
    {505, "GET / HTTP/1.10\r\n" HOST "\r\n"},
    {505, "GET / HTTP/+1.1\r\n" HOST "\r\n"},
    {501, "BREW / HTTP/1.1\r\n" HOST "\r\n"},
    {501, "get / HTTP/1.1\r\n" HOST "\r\n"},
    {501, "TRACE / HTTP/1.1\r\n" HOST "\r\n"},
    {501, "CONNECT / HTTP/1.1\r\n" HOST "\r\n"},
    /* the target */
    {400, "GET https://elsewhere/x HTTP/1.1\r\n" HOST "\r\n"},
    {400, "GET * HTTP/1.1\r\n" HOST "\r\n"},
    {400, "GET elsewhere:443 HTTP/1.1\r\n" HOST "\r\n"},
    {400, "GET /a#b HTTP/1.1\r\n" HOST "\r\n"},
    {400, "GET /a\\b HTTP/1.1\r\n" HOST "\r\n"},
    {400, "GET /\xe6\xb5\x8e HTTP/1.1\r\n" HOST "\r\n"},
    /* lines and fields */
    {400, "GET / HTTP/1.1\n" HOST "\r\n"},
    {400, "GET / HTTP/1.1\r\nHost: a\n\r\n"},
    {400, "GET / HTTP/1.1\r\nHost: a\r\n\n"},
    {400, "GET / HTTP/1.1\r\nX: a\rb\r\n" HOST "\r\n"},
    {400, "GET / HTTP/1.1\r\nX: a\x01\r\n" HOST "\r\n"},
    {400, "GET / HTTP/1.1\r\nX: a\x7f\r\n" HOST "\r\n"},
    {400, "GET / HTTP/1.1\r\nX : a\r\n" HOST "\r\n"},
    {400, "GET / HTTP/1.1\r\nContent-Length : 5\r\n" HOST "\r\n"},
    {400, "GET / HTTP/1.1\r\nX\t: a\r\n" HOST "\r\n"},
    {400, "GET / HTTP/1.1\r\n: a\r\n" HOST "\r\n"},
    {400, "GET / HTTP/1.1\r\nX\r\n" HOST "\r\n"},
    {400, "GET / HTTP/1.1\r\nX Y: a\r\n" HOST "\r\n"},
    {400, "GET / HTTP/1.1\r\n" HOST "X: a\r\n b\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\n X: a\r\n" HOST "\r\n"},
    /* Host */
    {400, "GET / HTTP/1.1\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\n" HOST HOST "\r\n"},
    {400, "GET / HTTP/1.1\r\nHost: a b\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\nHost: a/b@c\r\n\r\n"},
    /* framing */
    {400, "POST / HTTP/1.1\r\n" HOST "Content-Length: 5\r\nContent-Length: 5\r\n\r\n"},
    {400, "POST / HTTP/1.1\r\n" HOST "Content-Length: 5\r\ncontent-length: 6\r\n\r\n"},
    {400, "POST / HTTP/1.1\r\n" HOST "Content-Length: 5, 5\r\n\r\n"},
    {400, "POST / HTTP/1.1\r\n" HOST "Content-Length: +5\r\n\r\n"},
    {400, "POST / HTTP/1.1\r\n" HOST "Content-Length: -5\r\n\r\n"},
    {400, "POST / HTTP/1.1\r\n" HOST "Content-Length: 0x5\r\n\r\n"},
    {400, "POST / HTTP/1.1\r\n" HOST "Content-Length: \r\n\r\n"},
    {400, "POST / HTTP/1.1\r\n" HOST "Content-Length: 18446744073709551621\r\n\r\n"},
    {400, "POST / HTTP/1.1\r\n" HOST "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"},
    {400, "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n\r\n"},
    {400, "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"},
    {411, "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n"},
    {411, "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: identity\r\n\r\n"},
    {417, "POST / HTTP/1.1\r\n" HOST "Expect: tea\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\n" HOST "Authorization: a\r\nAuthorization: b\r\n\r\n"},
};

static void everything_that_can_be_read_in_two_ways_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        refused(bad[i].status, bad[i].text);
}

static void a_nul_anywhere_is_refused(void **state)
{
    static const char good[] = "GET /a HTTP/1.1\r\nHost: a\r\nX: value\r\n\r\n";
    char bytes[sizeof good];
    size_t len = sizeof good - 1;

    (void)state;
    assert_true(parse_bytes(good, len));
    for (size_t i = 0; i < len; i++) {
        memcpy(bytes, good, len);
        bytes[i] = '\0';
        assert_false(parse_bytes(bytes, len));
        assert_int_equal(refusal.status, 400);
    }
}

static const char *head_of_fields(unsigned count)
{
    const char *text = "GET / HTTP/1.1\r\nHost: a\r\n";

    for (unsigned i = 1; i < count; i++)
        text = arena_format(arena, "%sX: y\r\n", text);
    return arena_format(arena, "%s\r\n", text);
}

static void too_many_fields_are_refused(void **state)
{
    (void)state;
    assert_true(parse(head_of_fields(HTTP_HEAD_FIELDS_MAX)));
    assert_int_equal(head.field_count, HTTP_HEAD_FIELDS_MAX);
    refused(431, head_of_fields(HTTP_HEAD_FIELDS_MAX + 1));
}

/* Whatever is flipped, the parser ends, and what it takes has no control character in it. */
static void no_change_of_a_byte_gets_a_control_character_through(void **state)
{
    static const char good[] = "PATCH /v1/vehicles/LB1 HTTP/1.1\r\nHost: a\r\nContent-Length: "
                               "12\r\nAuthorization: Bearer x\r\n\r\n";
    char bytes[sizeof good];
    size_t len = sizeof good - 1;

    (void)state;
    for (size_t i = 0; i < len; i++)
        for (int c = 0; c < 256; c++) {
            memcpy(bytes, good, len);
            bytes[i] = (char)c;
            if (!parse_bytes(bytes, len))
                continue;
            for (const char *p = head.target; *p != '\0'; p++)
                assert_true(*p > 0x20 && *p < 0x7f);
            for (size_t f = 0; f < head.field_count; f++)
                for (const char *p = head.fields[f].value; *p != '\0'; p++)
                    assert_true((unsigned char)*p >= 0x20 || *p == '\t');
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_plain_head_is_read_as_it_stands),
        cmocka_unit_test(version_and_connection_say_when_to_close),
        cmocka_unit_test(the_end_of_a_head_is_found_in_any_line_ending),
        cmocka_unit_test(everything_that_can_be_read_in_two_ways_is_refused),
        cmocka_unit_test(a_nul_anywhere_is_refused),
        cmocka_unit_test(too_many_fields_are_refused),
        cmocka_unit_test(no_change_of_a_byte_gets_a_control_character_through),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}

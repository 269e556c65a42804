/* What must never reach a handler, sent through TLS byte for byte. The parser's own cases are in
 * test_http_head; here is what the server around it makes of them. */
#include "tests/unit/http/https_world.h"

#define HOST "Host: localhost\r\n"

static _Atomic int served;

static void count_and_answer(struct http_call *call)
{
    served++;
    http_reply_text(call, 200, "text/plain", "served");
}

static const struct http_route routes[] = {
    {"GET", "/", HTTP_ANYONE, 0, count_and_answer},
    {"POST", "/", HTTP_ANYONE, 1000, count_and_answer},
    {"POST", "/secret", HTTP_ADMIN, 1000000000, count_and_answer},
};

static int setup(void **state)
{
    struct https_world *w = world_create();

    w->options.routes = routes;
    w->options.route_count = sizeof routes / sizeof routes[0];
    w->options.workers = 1;
    world_start(w);
    *state = w;
    return 0;
}

static int teardown(void **state)
{
    world_destroy(*state);
    return 0;
}

/* The request is refused with a problem, no handler runs, and nothing behind it is read. */
static void refused_and_closed(const struct https_world *w, int status, const char *bytes,
                               size_t len)
{
    struct https_client c = client_open(w, NULL);
    struct https_answer *a = NULL;
    int before = served;

    client_send_bytes(&c, bytes, len);
    a = client_answer(&c, strncmp(bytes, "HEAD ", 5) == 0);
    if (a->status != status)
        fail_msg("%d instead of %d for %s", a->status, status, bytes);
    assert_string_equal(answer_field(a, "Content-Type"), "application/problem+json");
    assert_string_equal(answer_field(a, "Connection"), "close");
    assert_true(client_closed(&c));
    assert_int_equal(served, before);
    client_close(&c);
}

#define SMUGGLED "GET / HTTP/1.1\r\n" HOST "\r\n"

static const struct {
    int status;
    const char *text;
    size_t len;
} cases[] = {
#define CASE(status, text)                                                                         \
    {                                                                                              \
        status, text, sizeof(text) - 1                                                             \
    }
    CASE(400,
         "POST / HTTP/1.1\r\n" HOST "Content-Length: 0\r\nContent-Length: 35\r\n\r\n" SMUGGLED),
    CASE(400,
         "POST / HTTP/1.1\r\n" HOST "Content-Length: 35\r\nContent-Length: 0\r\n\r\n" SMUGGLED),
    CASE(400, "POST / HTTP/1.1\r\n" HOST "Content-Length : 35\r\n\r\n" SMUGGLED),
    CASE(400, "POST / HTTP/1.1\r\n" HOST
              "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" SMUGGLED),
    CASE(411, "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" SMUGGLED),
    CASE(400, "GET / HTTP/1.1\r\n" HOST "X: a\0b\r\n\r\n" SMUGGLED),
    CASE(400, "GET / HTTP/1.1\r\n" HOST "X\0: b\r\n\r\n" SMUGGLED),
    CASE(400, "GET /\0 HTTP/1.1\r\n" HOST "\r\n" SMUGGLED),
    CASE(400, "GET / HTTP/1.1\n" HOST "\r\n" SMUGGLED),
    CASE(400, "GET / HTTP/1.1\n\n" SMUGGLED),
    CASE(400, "GET / HTTP/1.1\r\n" HOST "X: a\r\n\tfolded\r\n\r\n" SMUGGLED),
    CASE(400, "GET / HTTP/1.1\r\n\r\n" SMUGGLED),
    CASE(400, "GET https://localhost/ HTTP/1.1\r\n" HOST "\r\n" SMUGGLED),
    CASE(501, "CONNECT / HTTP/1.1\r\n" HOST "\r\n" SMUGGLED),
    CASE(501, "TRACE / HTTP/1.1\r\n" HOST "\r\n" SMUGGLED),
    CASE(505, "GET / HTTP/3.0\r\n" HOST "\r\n" SMUGGLED),
    CASE(501, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    CASE(400, "\x16\x03\x01\x02\x00\x01\n\n"),
};

static void nothing_ambiguous_reaches_a_handler(void **state)
{
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        refused_and_closed(*state, cases[i].status, cases[i].text, cases[i].len);
}

static void a_head_without_end_is_cut_at_its_limit(void **state)
{
    static char text[20000] = "GET / HTTP/1.1\r\nX: ";

    memset(text + 19, 'a', sizeof text - 19);
    refused_and_closed(*state, 431, text, sizeof text);
}

/* Not ambiguous, so the connection lives on. */
static void a_refused_target_leaves_the_connection_usable(void **state)
{
    static const char *const targets[] = {"/../x", "/%2e%2e/x", "//x", "/%zz", "/a%00", "/?a=%ff"};
    struct https_client c = client_open(*state, NULL);
    char request[128];

    for (size_t i = 0; i < sizeof targets / sizeof targets[0]; i++) {
        snprintf(request, sizeof request, "GET %s HTTP/1.1\r\n" HOST "\r\n", targets[i]);
        client_send(&c, request);
        assert_int_equal(client_answer(&c, false)->status, 400);
    }
    client_send(&c, "GET / HTTP/1.1\r\n" HOST "\r\n");
    assert_string_equal(client_answer(&c, false)->body, "served");
    client_close(&c);
}

static void a_body_over_its_routes_limit_is_413(void **state)
{
    struct https_client c = client_open(*state, NULL);
    char body[1001];

    memset(body, 'x', sizeof body);
    client_send(&c, "POST / HTTP/1.1\r\n" HOST "Content-Length: 1001\r\n\r\n");
    client_send_bytes(&c, body, 1001);
    assert_int_equal(client_answer(&c, false)->status, 413);
    client_send(&c, "GET / HTTP/1.1\r\n" HOST "Content-Length: 1\r\n\r\nx");
    assert_int_equal(client_answer(&c, false)->status, 413);
    client_send(&c, "POST / HTTP/1.1\r\n" HOST "Content-Length: 1000\r\n\r\n");
    client_send_bytes(&c, body, 1000);
    assert_int_equal(client_answer(&c, false)->status, 200);
    client_close(&c);
}

/* The sender of a gigabyte is told at once, and not one byte of it is waited for. */
static void an_unwelcome_body_is_refused_before_it_is_sent(void **state)
{
    static const char head[] =
        "POST /secret HTTP/1.1\r\n" HOST "Content-Length: 1000000000\r\n\r\n";
    static const char polite[] =
        "POST /secret HTTP/1.1\r\n" HOST "Content-Length: 10\r\nExpect: 100-continue\r\n\r\n";

    refused_and_closed(*state, 401, head, sizeof head - 1);
    refused_and_closed(*state, 401, polite, sizeof polite - 1);
}

static void plain_http_gets_no_answer(void **state)
{
    struct https_world *w = *state;
    int fd = tcp_connect(http_server_port(w->server));
    char bytes[512];
    ssize_t n = 0;
    int before = served;

    assert_true(write(fd, SMUGGLED, sizeof SMUGGLED - 1) > 0);
    while ((n = read(fd, bytes, sizeof bytes)) > 0)
        assert_null(memmem(bytes, (size_t)n, "HTTP/", 5));
    assert_int_equal(served, before);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_ambiguous_reaches_a_handler),
        cmocka_unit_test(a_head_without_end_is_cut_at_its_limit),
        cmocka_unit_test(a_refused_target_leaves_the_connection_usable),
        cmocka_unit_test(a_body_over_its_routes_limit_is_413),
        cmocka_unit_test(an_unwelcome_body_is_refused_before_it_is_sent),
        cmocka_unit_test(plain_http_gets_no_answer),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}

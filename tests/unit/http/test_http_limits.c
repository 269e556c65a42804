#include "tests/unit/http/https_world.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "registry/http/http_internal.h"

#define HOST "Host: localhost\r\n"

static _Atomic int inside;
static _Atomic int may_go;

static void hello(struct http_call *call)
{
    http_reply_text(call, 200, "text/plain", "hello");
}

/* Holds its worker until the test lets it go. */
static void slow(struct http_call *call)
{
    inside = 1;
    while (!may_go)
        usleep(1000);
    http_reply_text(call, 200, "text/plain", "slow");
}

static void nodelay(struct http_call *call)
{
    int on = 0;
    socklen_t len = sizeof on;

    getsockopt(bufferevent_getfd(call->conn->bev), IPPROTO_TCP, TCP_NODELAY, &on, &len);
    http_reply_text(call, 200, "text/plain", on != 0 ? "on" : "off");
}

static const struct http_route routes[] = {
    {"GET", "/nodelay", HTTP_ANYONE, 0, nodelay},
    {"GET", "/hello", HTTP_ANYONE, 0, hello},
    {"GET", "/slow", HTTP_ANYONE, 0, slow},
    {"POST", "/hello", HTTP_ANYONE, 1000, hello},
};

static int setup(void **state)
{
    struct https_world *w = world_create();

    inside = 0;
    may_go = 0;
    w->options.routes = routes;
    w->options.route_count = sizeof routes / sizeof routes[0];
    w->options.workers = 1;
    *state = w;
    return 0;
}

static int teardown(void **state)
{
    world_destroy(*state);
    return 0;
}

/* Reads plain bytes until the server ends the connection. */
static void wait_for_end(int fd)
{
    char bytes[512];
    ssize_t n = 0;

    while ((n = read(fd, bytes, sizeof bytes)) > 0)
        ;
    assert_true(n == 0 || errno != EAGAIN);
}

/* Sends `text` a byte at a time with pauses, until the server has enough. */
static void drip(struct https_client *c, const char *text)
{
    while (*text != '\0' && SSL_write(c->ssl, text++, 1) == 1)
        usleep(100000);
    assert_int_not_equal(*text, '\0');
}

static uint64_t metric(const struct https_world *w, const char *name)
{
    struct arena *arena = arena_create();
    const char *text = http_server_metrics(w->server, arena);
    char line[128];
    uint64_t value = 0;

    snprintf(line, sizeof line, "\n%s ", name);
    assert_non_null(strstr(text, line));
    value = strtoull(strstr(text, line) + strlen(line), NULL, 10);
    arena_destroy(arena);
    return value;
}

static void metric_reaches(const struct https_world *w, const char *name, uint64_t value)
{
    time_t until = time(NULL) + PATIENCE_S;

    while (metric(w, name) != value && time(NULL) < until)
        usleep(1000);
    assert_int_equal(metric(w, name), value);
}

/* ---- deadlines ---- */

static void a_client_that_never_speaks_tls_is_cut_off(void **state)
{
    struct https_world *w = *state;
    int fd = 0;

    w->options.request_deadline_s = 1;
    world_start(w);
    fd = tcp_connect(http_server_port(w->server));
    wait_for_end(fd);
    close(fd);
    metric_reaches(w, "evroll_http_deadlines_total", 1);
    metric_reaches(w, "evroll_http_handshake_failures_total", 1);
    metric_reaches(w, "evroll_http_connections", 0);
}

static void a_client_that_drips_its_head_or_body_is_cut_off(void **state)
{
    struct https_world *w = *state;
    struct https_client c;

    w->options.request_deadline_s = 1;
    world_start(w);
    c = client_open(w, NULL);
    drip(&c,
         "GET /hello HTTP/1.1\r\n" HOST "X: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
    client_close(&c);
    c = client_open(w, NULL);
    client_send(&c, "POST /hello HTTP/1.1\r\n" HOST "Content-Length: 900\r\n\r\n");
    drip(&c, "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb");
    client_close(&c);
    metric_reaches(w, "evroll_http_deadlines_total", 2);
}

/* An idle connection ends at the idle limit, and the deadline of an answered request is over. */
static void an_idle_connection_lives_by_its_own_limit(void **state)
{
    struct https_world *w = *state;
    struct https_client c;
    time_t began = 0;

    w->options.request_deadline_s = 1;
    w->options.idle_s = 3;
    world_start(w);
    c = client_open(w, NULL);
    client_send(&c, "GET /hello HTTP/1.1\r\n" HOST "\r\n");
    assert_int_equal(client_answer(&c, false)->status, 200);
    began = time(NULL);
    assert_true(client_closed(&c));
    assert_true(time(NULL) - began >= 2);
    client_close(&c);
}

/* A handler that takes longer than the deadline is ours; its answer is sent all the same. */
static void a_slow_handler_does_not_cost_the_answer(void **state)
{
    struct https_world *w = *state;
    struct https_client c;
    struct timespec two_seconds = {.tv_sec = 2};

    w->options.request_deadline_s = 1;
    world_start(w);
    c = client_open(w, NULL);
    client_send(&c, "GET /slow HTTP/1.1\r\n" HOST "\r\n");
    while (!inside)
        usleep(1000);
    nanosleep(&two_seconds, NULL); /* what is tested is that this time passes */
    may_go = 1;
    assert_string_equal(client_answer(&c, false)->body, "slow");
    client_close(&c);
}

/* ---- connections ---- */

/* With Nagle's algorithm an answer would wait for a delayed acknowledgement. */
static void accepted_sockets_send_at_once(void **state)
{
    struct https_world *w = *state;

    world_start(w);
    assert_string_equal(world_ask(w, "GET /nodelay HTTP/1.1\r\n" HOST "\r\n")->body, "on");
}

static void a_connection_too_many_is_closed_and_a_free_place_is_taken(void **state)
{
    struct https_world *w = *state;
    struct https_client c[3];
    int fd = 0;

    w->options.connections_max = 3;
    world_start(w);
    for (size_t i = 0; i < 3; i++)
        c[i] = client_open(w, NULL);
    fd = tcp_connect(http_server_port(w->server));
    wait_for_end(fd);
    close(fd);
    assert_int_equal(metric(w, "evroll_http_connections_turned_away_total"), 1);
    client_close(&c[1]);
    metric_reaches(w, "evroll_http_connections", 2);
    c[1] = client_open(w, NULL);
    for (size_t i = 0; i < 3; i++) {
        client_send(&c[i], "GET /hello HTTP/1.1\r\n" HOST "\r\n");
        assert_int_equal(client_answer(&c[i], false)->status, 200);
        client_close(&c[i]);
    }
    metric_reaches(w, "evroll_http_connections", 0);
}

/* Every worker's listener is one port, and all of them answer. */
static void hundreds_of_connections_are_held_by_all_workers(void **state)
{
    enum { CLIENTS = 200 };
    struct https_world *w = *state;
    static struct https_client c[CLIENTS];

    w->options.workers = 3;
    world_start(w);
    for (size_t i = 0; i < CLIENTS; i++)
        c[i] = client_open(w, NULL);
    metric_reaches(w, "evroll_http_connections", CLIENTS);
    for (size_t i = 0; i < CLIENTS; i++) {
        client_send(&c[i], "GET /hello HTTP/1.1\r\n" HOST "\r\n");
        assert_int_equal(client_answer(&c[i], false)->status, 200);
    }
    for (size_t i = 0; i < CLIENTS; i++)
        client_close(&c[i]);
    metric_reaches(w, "evroll_http_connections", 0);
}

/* ---- start and stop ---- */

/* The server of a process that may have 120 open files: says its port, lives until `until` ends. */
static void serve_with_few_files(struct https_world *w, int port_to, int until)
{
    const struct rlimit few = {.rlim_cur = 120, .rlim_max = 120};
    uint16_t port = 0;
    char byte = 0;

    w->options.connections_max = 1000;
    if (setrlimit(RLIMIT_NOFILE, &few) == 0 &&
        http_server_start(&w->options, &w->server, NULL) == ERR_OK)
        port = http_server_port(w->server);
    if (write(port_to, &port, sizeof port) == sizeof port)
        (void)!read(until, &byte, 1);
    _exit(0);
}

static void connections_without_a_file_for_them_are_turned_away(void **state)
{
    enum { CLIENTS = 150 };
    struct https_world *w = *state;
    uint16_t port = 0;
    int from[2], to[2], fd[CLIENTS];
    pid_t child = 0;

    assert_int_equal(pipe(from), 0);
    assert_int_equal(pipe(to), 0);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        close(to[1]);
        serve_with_few_files(w, from[1], to[0]);
    }
    assert_int_equal(read(from[0], &port, sizeof port), sizeof port);
    assert_int_not_equal(port, 0);
    for (size_t i = 0; i < CLIENTS; i++)
        fd[i] = tcp_connect(port);
    wait_for_end(fd[CLIENTS - 1]);
    for (size_t i = 0; i < CLIENTS; i++)
        close(fd[i]);
    close(to[1]);
    assert_int_equal(waitpid(child, NULL, 0), child);
    close(to[0]);
    close(from[0]);
    close(from[1]);
}

static void the_limit_of_open_files_is_raised_to_the_connections(void **state)
{
    struct https_world *w = *state;
    struct rlimit before, limit;

    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    limit = before;
    limit.rlim_cur = 100;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    w->options.connections_max = 300;
    world_start(w);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    assert_true(limit.rlim_cur > 300);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
}

static void *stop_server(void *arg)
{
    http_server_stop(arg, 30);
    return NULL;
}

static void a_running_request_is_answered_before_the_server_stops(void **state)
{
    struct https_world *w = *state;
    struct https_client busy;
    struct https_client idle;
    struct https_answer *a = NULL;
    pthread_t stopper;

    world_start(w);
    idle = client_open(w, NULL);
    client_send(&idle, "GET /hello HTTP/1.1\r\n" HOST "\r\n");
    assert_int_equal(client_answer(&idle, false)->status, 200);
    busy = client_open(w, NULL);
    client_send(&busy, "GET /slow HTTP/1.1\r\n" HOST "\r\n");
    while (!inside)
        usleep(1000);
    assert_int_equal(pthread_create(&stopper, NULL, stop_server, w->server), 0);
    may_go = 1;
    a = client_answer(&busy, false);
    assert_string_equal(a->body, "slow");
    assert_true(client_closed(&busy));
    assert_true(client_closed(&idle));
    pthread_join(stopper, NULL);
    w->server = NULL;
    client_close(&busy);
    client_close(&idle);
}

static void a_half_sent_request_does_not_hold_up_the_stop(void **state)
{
    struct https_world *w = *state;
    struct https_client c;

    world_start(w);
    c = client_open(w, NULL);
    client_send(&c, "GET /hello HTTP/1.1\r\n" HOST);
    http_server_stop(w->server, 1);
    w->server = NULL;
    assert_true(client_closed(&c));
    client_close(&c);
}

static void a_port_in_use_is_said_not_shared(void **state)
{
    struct https_world *w = *state;
    struct http_server *second = NULL;
    struct fault fault;

    world_start(w);
    w->options.port = http_server_port(w->server);
    assert_int_equal(http_server_start(&w->options, &second, &fault), ERR_IO);
    assert_non_null(strstr(fault.text, "in use"));
}

static void wrong_options_are_said_at_start(void **state)
{
    struct https_world *w = *state;
    struct fault fault;

    w->options.address = "localhost";
    assert_int_equal(http_server_start(&w->options, &w->server, &fault), ERR_INPUT);
    assert_non_null(strstr(fault.text, "localhost"));
    w->options.address = "127.0.0.1";
    w->options.cert_file = "/nonexistent/cert.pem";
    assert_int_equal(http_server_start(&w->options, &w->server, &fault), ERR_INPUT);
    assert_non_null(strstr(fault.text, "/nonexistent/cert.pem"));
}

static void *no_context(void *shared, unsigned worker, struct fault *fault)
{
    static int first;

    (void)shared;
    if (worker == 0)
        return &first;
    fault_set(fault, ERR_BUSY, "no database for worker %u", worker);
    return NULL;
}

static void context_end(void *context)
{
    (void)context;
}

static void a_worker_without_context_fails_the_start(void **state)
{
    struct https_world *w = *state;
    struct fault fault;

    w->options.workers = 2;
    w->options.context_create = no_context;
    w->options.context_destroy = context_end;
    assert_int_equal(http_server_start(&w->options, &w->server, &fault), ERR_BUSY);
    assert_string_equal(fault.text, "no database for worker 1");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_client_that_never_speaks_tls_is_cut_off),
        TEST(a_client_that_drips_its_head_or_body_is_cut_off),
        TEST(an_idle_connection_lives_by_its_own_limit),
        TEST(a_slow_handler_does_not_cost_the_answer),
        TEST(accepted_sockets_send_at_once),
        TEST(a_connection_too_many_is_closed_and_a_free_place_is_taken),
        TEST(hundreds_of_connections_are_held_by_all_workers),
        TEST(connections_without_a_file_for_them_are_turned_away),
        TEST(the_limit_of_open_files_is_raised_to_the_connections),
        TEST(a_running_request_is_answered_before_the_server_stops),
        TEST(a_half_sent_request_does_not_hold_up_the_stop),
        TEST(a_port_in_use_is_said_not_shared),
        TEST(wrong_options_are_said_at_start),
        TEST(a_worker_without_context_fails_the_start),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "tests/unit/http/https_world.h"

#include <stdatomic.h>

#include "registry/http/http_events.h"

#define HOST       "Host: localhost\r\n"
#define AS(token)  "Authorization: Bearer " token "\r\n"
#define WATCH(who) "GET /stream HTTP/1.1\r\n" HOST AS(who) "\r\n"

static _Atomic bool admin_is_known;

static void stream(struct http_call *call)
{
    http_reply_events(call);
}

static void hello(struct http_call *call)
{
    http_reply_text(call, 200, "text/plain", "hello");
}

static const struct http_route routes[] = {
    {"GET", "/stream", HTTP_VIEWER | HTTP_ALSO(HTTP_REPORTER), 0, stream},
    {"GET", "/hello", HTTP_ANYONE, 0, hello},
};

static const struct {
    const char *token;
    struct http_principal principal;
} people[] = {
    {"viewer", {.role = HTTP_VIEWER, .name = "viewer"}},
    {"officer", {.role = HTTP_OFFICER, .name = "officer"}},
    {"admin", {.role = HTTP_ADMIN, .name = "admin"}},
    {"mill", {.role = HTTP_REPORTER, .name = "mill", .org = "MILL"}},
    {"mine", {.role = HTTP_REPORTER, .name = "mine", .org = "MINE"}},
};

static enum err authenticate(void *context, const char *token, struct http_principal *principal)
{
    (void)context;
    for (size_t i = 0; i < sizeof people / sizeof people[0]; i++)
        if (strcmp(token, people[i].token) == 0 &&
            (people[i].principal.role != HTTP_ADMIN || admin_is_known)) {
            *principal = people[i].principal;
            return ERR_OK;
        }
    return ERR_DENIED;
}

static int setup(void **state)
{
    struct https_world *w = world_create();

    admin_is_known = true;
    w->options.routes = routes;
    w->options.route_count = sizeof routes / sizeof routes[0];
    w->options.authenticate = authenticate;
    w->options.workers = 1;
    *state = w;
    return 0;
}

static int teardown(void **state)
{
    world_destroy(*state);
    return 0;
}

/* Reads on until `text` has come, and takes all before it and itself away. */
static void wait_for(struct https_client *c, const char *text)
{
    char *at = NULL;

    while ((at = strstr(c->got, text)) == NULL)
        if (!client_read(c))
            fail_msg("the stream ended before \"%s\"; so far: %s", text, c->got);
    client_take(c, (size_t)(at + strlen(text) - c->got));
}

/* A stream whose beginning was read. */
static struct https_client watch(const struct https_world *w, const char *request)
{
    struct https_client c = client_open(w, NULL);

    client_send(&c, request);
    wait_for(&c, "retry: 3000\n\n");
    return c;
}

static void say(const struct https_world *w, const char *name, const char *data, unsigned role,
                const char *org)
{
    http_server_publish(w->server, &(struct http_event){name, data, role, org});
}

static void an_event_reaches_everybody_who_watches(void **state)
{
    struct https_world *w = *state;
    struct https_answer *head = NULL;
    struct https_client a, b;

    w->options.workers = 2;
    world_start(w);
    a = client_open(w, NULL);
    client_send(&a, WATCH("viewer"));
    head = client_answer(&a, true);
    assert_int_equal(head->status, 200);
    assert_string_equal(answer_field(head, "Transfer-Encoding"), "chunked");
    assert_string_equal(answer_field(head, "Content-Type"), "text/event-stream");
    assert_string_equal(answer_field(head, "Cache-Control"), "no-store");
    wait_for(&a, "retry: 3000\n\n");
    b = watch(w, WATCH("officer"));
    say(w, "ingest", "{\"messages\":7}", HTTP_VIEWER, NULL);
    wait_for(&a, "\nevent: ingest\ndata: {\"messages\":7}\n\n");
    wait_for(&b, "\nevent: ingest\ndata: {\"messages\":7}\n\n");
    say(w, "figures", "{}", HTTP_VIEWER, NULL);
    wait_for(&a, "\nevent: figures\ndata: {}\n\n");
    client_close(&a);
    client_close(&b);
}

static void a_watcher_is_told_only_what_is_for_it(void **state)
{
    struct https_world *w = *state;
    struct https_client mill, viewer;

    world_start(w);
    mill = watch(w, WATCH("mill"));
    viewer = watch(w, WATCH("viewer"));
    say(w, "drafts", "1", HTTP_OFFICER | HTTP_ALSO(HTTP_REPORTER), "MINE");
    say(w, "drafts", "2", HTTP_OFFICER | HTTP_ALSO(HTTP_REPORTER), "MILL");
    say(w, "figures", "3", HTTP_VIEWER | HTTP_ALSO(HTTP_REPORTER), NULL);
    say(w, "reports", "4", HTTP_VIEWER | HTTP_ALSO(HTTP_REPORTER), "MILL");
    wait_for(&mill, "data: 2\n\n");
    assert_null(strstr(mill.got, "data: 3"));
    wait_for(&mill, "data: 4\n\n");
    wait_for(&viewer, "data: 3\n\n");
    wait_for(&viewer, "data: 4\n\n");
    client_close(&mill);
    client_close(&viewer);
}

/* What wait_for took away would hide an event for somebody else, so here all that came is looked at. */
static void another_enterprise_hears_nothing_of_a_report(void **state)
{
    struct https_world *w = *state;
    struct https_client mine;

    world_start(w);
    mine = watch(w, WATCH("mine"));
    say(w, "reports", "\"theirs\"", HTTP_VIEWER | HTTP_ALSO(HTTP_REPORTER), "MILL");
    say(w, "reports", "\"own\"", HTTP_VIEWER | HTTP_ALSO(HTTP_REPORTER), "MINE");
    while (strstr(mine.got, "own") == NULL)
        assert_true(client_read(&mine));
    assert_null(strstr(mine.got, "theirs"));
    client_close(&mine);
}

/* The id of the next event, as a field for the next request. */
static void take_id(struct https_client *c, char *field, size_t size)
{
    wait_for(c, "id: ");
    while (strchr(c->got, '\n') == NULL)
        assert_true(client_read(c));
    snprintf(field, size,
             "GET /stream HTTP/1.1\r\n" HOST AS("viewer") "Last-Event-ID: %.*s\r\n\r\n",
             (int)strcspn(c->got, "\n"), c->got);
}

static void who_comes_back_is_told_what_came_meanwhile(void **state)
{
    struct https_world *w = *state;
    struct https_client c;
    char again[256];

    world_start(w);
    c = watch(w, WATCH("viewer"));
    say(w, "one", "1", HTTP_VIEWER, NULL);
    take_id(&c, again, sizeof again);
    client_close(&c);
    say(w, "two", "2", HTTP_VIEWER, NULL);
    c = watch(w, again);
    while (strstr(c.got, "event: two") == NULL)
        assert_true(client_read(&c));
    assert_null(strstr(c.got, "event: one"));
    assert_null(strstr(c.got, "event: missed"));
    client_close(&c);
}

static void who_comes_back_too_late_is_told_so(void **state)
{
    struct https_world *w = *state;
    struct https_client c;
    char again[256];

    world_start(w);
    c = watch(w, WATCH("viewer"));
    say(w, "first", "1", HTTP_VIEWER, NULL);
    take_id(&c, again, sizeof again);
    client_close(&c);
    for (unsigned i = 0; i < HTTP_EVENTS_KEPT + 1; i++)
        say(w, "more", "1", HTTP_VIEWER, NULL);
    c = watch(w, again);
    wait_for(&c, "event: missed\ndata: {}\n\n");
    client_close(&c);
    c = watch(w, "GET /stream HTTP/1.1\r\n" HOST AS("viewer") "Last-Event-ID: 5-9999\r\n\r\n");
    wait_for(&c, "event: missed\ndata: {}\n\n");
    client_close(&c);
}

static void a_stream_holds_no_thread(void **state)
{
    struct https_world *w = *state;
    struct https_client c;

    world_start(w);
    c = watch(w, WATCH("viewer"));
    assert_int_equal(world_ask(w, "GET /hello HTTP/1.1\r\n" HOST "\r\n")->status, 200);
    say(w, "after", "1", HTTP_VIEWER, NULL);
    wait_for(&c, "event: after\n");
    client_close(&c);
}

static void one_caller_has_only_so_many_streams(void **state)
{
    struct https_world *w = *state;
    struct https_client open[HTTP_EVENTS_PER_CALLER];
    struct https_answer *a = NULL;

    world_start(w);
    for (size_t i = 0; i < HTTP_EVENTS_PER_CALLER; i++)
        open[i] = watch(w, WATCH("viewer"));
    a = world_ask(w, WATCH("viewer"));
    assert_int_equal(a->status, 429);
    assert_string_equal(answer_field(a, "Retry-After"), "30");
    for (size_t i = 1; i < HTTP_EVENTS_PER_CALLER; i++)
        client_close(&open[i]);
    /* Another's places are his own; and a place that was left is free again. */
    client_close(&open[0]);
    open[1] = watch(w, WATCH("officer"));
    do
        open[0] = client_open(w, NULL), client_send(&open[0], WATCH("viewer")),
        a = client_answer(&open[0], true), client_close(&open[0]);
    while (a->status == 429);
    assert_int_equal(a->status, 200);
    client_close(&open[1]);
}

static void streams_leave_half_of_the_connections_to_requests(void **state)
{
    struct https_world *w = *state;
    struct https_client a, b;

    w->options.connections_max = 4;
    world_start(w);
    a = watch(w, WATCH("viewer"));
    b = watch(w, WATCH("officer"));
    assert_int_equal(world_ask(w, WATCH("admin"))->status, 503);
    assert_int_equal(world_ask(w, "GET /hello HTTP/1.1\r\n" HOST "\r\n")->status, 200);
    client_close(&a);
    client_close(&b);
}

static void a_quiet_stream_shows_that_it_lives(void **state)
{
    struct https_world *w = *state;
    struct https_client c;

    w->options.beat_s = 1;
    w->options.request_deadline_s = 1;
    world_start(w);
    c = watch(w, WATCH("viewer"));
    wait_for(&c, ": \n\n");
    wait_for(&c, ": \n\n");
    say(w, "after", "1", HTTP_VIEWER, NULL);
    wait_for(&c, "event: after\n");
    client_close(&c);
}

static void a_stream_ends_with_what_it_was_opened_by(void **state)
{
    struct https_world *w = *state;
    struct https_client c;

    w->options.beat_s = 1;
    world_start(w);
    c = watch(w, WATCH("admin"));
    admin_is_known = false;
    wait_for(&c, "0\r\n\r\n");
    assert_true(client_closed(&c));
    client_close(&c);
}

static void a_server_that_stops_ends_its_streams(void **state)
{
    struct https_world *w = *state;
    struct https_client c;

    world_start(w);
    c = watch(w, WATCH("viewer"));
    http_server_stop(w->server, 20);
    w->server = NULL;
    wait_for(&c, "0\r\n\r\n");
    client_close(&c);
}

static void an_old_client_gets_its_events_without_chunks(void **state)
{
    struct https_world *w = *state;
    struct https_client c;

    world_start(w);
    c = client_open(w, NULL);
    client_send(&c, "GET /stream HTTP/1.0\r\n" AS("viewer") "\r\n");
    wait_for(&c, "\r\n\r\nretry: 3000\n\n");
    say(w, "one", "1", HTTP_VIEWER, NULL);
    wait_for(&c, "event: one\ndata: 1\n\n");
    client_close(&c);
    assert_int_equal(world_ask(w, "HEAD /stream HTTP/1.1\r\n" HOST AS("viewer") "\r\n")->status,
                     200);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_event_reaches_everybody_who_watches),
        TEST(a_watcher_is_told_only_what_is_for_it),
        TEST(another_enterprise_hears_nothing_of_a_report),
        TEST(who_comes_back_is_told_what_came_meanwhile),
        TEST(who_comes_back_too_late_is_told_so),
        TEST(a_stream_holds_no_thread),
        TEST(one_caller_has_only_so_many_streams),
        TEST(streams_leave_half_of_the_connections_to_requests),
        TEST(a_quiet_stream_shows_that_it_lives),
        TEST(a_stream_ends_with_what_it_was_opened_by),
        TEST(a_server_that_stops_ends_its_streams),
        TEST(an_old_client_gets_its_events_without_chunks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

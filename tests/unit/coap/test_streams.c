#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gateway/coap/streams.h"
#include "shared/clock.h"

#define DEADLINE_MS 10000
#define CLIENTS     4
#define NOW_MS      1000

/* Plain TCP: what is counted does not depend on what is spoken. */
struct world {
    coap_context_t *context;
    struct sockaddr_in at;
    struct streams *streams;
    int clients[CLIENTS];
    int64_t now_ms;
};

static int on_event(coap_session_t *session, const coap_event_t event)
{
    struct world *w = coap_get_app_data(coap_session_get_context(session));

    if (event == COAP_EVENT_SERVER_SESSION_NEW)
        streams_enter(w->streams, session, w->now_ms);
    if (event == COAP_EVENT_SERVER_SESSION_DEL)
        streams_leave(w->streams, session);
    return 0;
}

static int set_up(void **state)
{
    static struct world world;
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof at;
    int probe = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    coap_address_t address;

    assert_int_equal(bind(probe, (struct sockaddr *)&at, len), 0);
    assert_int_equal(getsockname(probe, (struct sockaddr *)&at, &len), 0);
    close(probe);
    coap_startup();
    coap_address_init(&address);
    address.size = sizeof at;
    address.addr.sin = at;
    world = (struct world){.context = coap_new_context(NULL), .at = at, .now_ms = NOW_MS};
    assert_non_null(world.context);
    coap_set_app_data(world.context, &world);
    coap_register_event_handler(world.context, on_event);
    assert_non_null(coap_new_endpoint(world.context, &address, COAP_PROTO_TCP));
    for (int i = 0; i < CLIENTS; i++)
        world.clients[i] = -1;
    *state = &world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *w = *state;

    for (int i = 0; i < CLIENTS; i++)
        if (w->clients[i] >= 0)
            close(w->clients[i]);
    coap_free_context(w->context);
    streams_destroy(w->streams);
    coap_cleanup();
    return 0;
}

static void limit(struct world *w, uint32_t most, uint32_t of_an_address)
{
    const struct streams_limits limits = {most, of_an_address, 100};

    w->streams = streams_create(&limits);
}

static void serve_until(struct world *w, size_t count)
{
    int64_t end_ms = clock_mono_ms(&clock_system) + DEADLINE_MS;

    while (streams_count(w->streams) != count) {
        assert_true(clock_mono_ms(&clock_system) < end_ms);
        (void)coap_io_process(w->context, COAP_IO_NO_WAIT);
    }
}

/* The next client, taken by the library. */
static void join(struct world *w, int number)
{
    size_t before = streams_count(w->streams);

    w->clients[number] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(w->clients[number], (struct sockaddr *)&w->at, sizeof w->at), 0);
    serve_until(w, before + 1);
}

/* Reads what the server sent until there is nothing more: false when it closed the connection. */
static bool is_open(const struct world *w, int number)
{
    char bytes[256];
    ssize_t got = 0;

    do
        got = recv(w->clients[number], bytes, sizeof bytes, MSG_DONTWAIT);
    while (got > 0);
    return got < 0 && errno == EAGAIN;
}

static void those_beyond_the_limit_are_ended_and_leave_room(void **state)
{
    struct world *w = *state;

    limit(w, 2, 100);
    for (int i = 0; i < 3; i++)
        join(w, i);
    assert_int_equal(streams_turn_away(w->streams), 1);
    assert_int_equal(streams_turn_away(w->streams), 0);
    assert_true(is_open(w, 0) && is_open(w, 1));
    assert_false(is_open(w, 2));
    serve_until(w, 2);
    close(w->clients[0]);
    w->clients[0] = -1;
    serve_until(w, 1);
    join(w, 3);
    assert_int_equal(streams_turn_away(w->streams), 0);
    assert_true(is_open(w, 3));
}

static void an_address_has_a_limit_of_its_own(void **state)
{
    struct world *w = *state;

    limit(w, 100, 1);
    join(w, 0);
    join(w, 1);
    assert_int_equal(streams_turn_away(w->streams), 1);
    assert_true(is_open(w, 0));
    assert_false(is_open(w, 1));
    serve_until(w, 1);
    close(w->clients[0]);
    w->clients[0] = -1;
    serve_until(w, 0);
    join(w, 2);
    assert_int_equal(streams_turn_away(w->streams), 0);
}

static void one_that_is_not_ready_in_time_is_ended(void **state)
{
    /* An empty message 7.01, with which each side begins (RFC 8323, 5.3). */
    static const char csm[] = {0x00, (char)0xE1};
    struct world *w = *state;
    int64_t end_ms = clock_mono_ms(&clock_system) + DEADLINE_MS;

    limit(w, 100, 100);
    join(w, 0);
    join(w, 1);
    assert_int_equal(send(w->clients[1], csm, sizeof csm, 0), sizeof csm);
    w->now_ms = NOW_MS + STREAMS_HANDSHAKE_MS - 1;
    assert_int_equal(streams_hurry(w->streams, w->now_ms), 0);
    join(w, 2);
    while (streams_hurry(w->streams, NOW_MS + STREAMS_HANDSHAKE_MS) != 1) {
        assert_true(is_open(w, 0) && clock_mono_ms(&clock_system) < end_ms);
        (void)coap_io_process(w->context, COAP_IO_NO_WAIT);
    }
    assert_false(is_open(w, 0));
    assert_true(is_open(w, 1) && is_open(w, 2));
    serve_until(w, 2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(those_beyond_the_limit_are_ended_and_leave_room),
        TEST(an_address_has_a_limit_of_its_own),
        TEST(one_that_is_not_ready_in_time_is_ended),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gateway/coap/walk.h"
#include "shared/clock.h"

#define DEADLINE_MS 10000

struct world {
    coap_context_t *context;
    int clients[2]; /* connected to the context's socket */
};

static int set_up(void **state)
{
    static struct world world;
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof at;
    int probe = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    coap_address_t address;

    assert_int_equal(bind(probe, (struct sockaddr *)&at, len), 0);
    assert_int_equal(getsockname(probe, (struct sockaddr *)&at, &len), 0);
    close(probe);
    coap_startup();
    coap_address_init(&address);
    address.size = sizeof at;
    address.addr.sin = at;
    world.context = coap_new_context(NULL);
    assert_non_null(world.context);
    assert_non_null(coap_new_endpoint(world.context, &address, COAP_PROTO_UDP));
    for (int i = 0; i < 2; i++) {
        world.clients[i] = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        assert_int_equal(connect(world.clients[i], (struct sockaddr *)&at, len), 0);
    }
    *state = &world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *w = *state;

    for (int i = 0; i < 2; i++)
        close(w->clients[i]);
    coap_free_context(w->context);
    coap_cleanup();
    return 0;
}

/* A confirmable GET, for which there is no resource. */
static void serve_one_datagram(struct world *w, int client)
{
    static uint8_t message_id;
    const uint8_t get[] = {0x40, 0x01, 0x12, message_id++};
    uint8_t answer[64];
    struct epoll_event event;

    assert_int_equal(send(client, get, sizeof get, 0), sizeof get);
    while (recv(client, answer, sizeof answer, MSG_DONTWAIT) < 4) {
        assert_int_equal(epoll_wait(coap_context_get_coap_fd(w->context), &event, 1, DEADLINE_MS),
                         1);
        coap_io_do_epoll(w->context, &event, 1);
    }
    assert_int_equal(answer[1], 0x84);
}

static int sessions_ended;

static int on_event(coap_session_t *session, const coap_event_t event)
{
    (void)session;
    sessions_ended += event == COAP_EVENT_SERVER_SESSION_DEL;
    return 0;
}

/* Fails with a libcoap that does not call its function through the linker: the endpoint still works
 * then, but each request pays for all sessions. */
static void a_datagram_is_served_without_a_walk_over_the_sessions(void **state)
{
    struct world *w = *state;
    struct walk walk;

    walk_watch(&walk, w->context);
    for (int i = 0; i < 3; i++) {
        serve_one_datagram(w, w->clients[0]);
        assert_true(walk.owed);
    }
    walk_pay(&walk);
    assert_false(walk.owed);
    walk_leave(&walk);
}

/* A second client goes on sending, so that the session that ends is the first one's. */
static void the_first_session_ends(struct world *w, struct walk *walk)
{
    int64_t until_ms = clock_mono_ms(&clock_system) + DEADLINE_MS;

    coap_register_event_handler(w->context, on_event);
    coap_context_set_session_timeout(w->context, 1);
    sessions_ended = 0;
    serve_one_datagram(w, w->clients[0]);
    while (sessions_ended == 0) {
        assert_true(clock_mono_ms(&clock_system) < until_ms);
        serve_one_datagram(w, w->clients[1]);
        if (walk != NULL)
            walk_pay(walk);
    }
    assert_int_equal(sessions_ended, 1);
}

static void what_time_brings_comes_with_the_walk(void **state)
{
    struct walk walk;

    walk_watch(&walk, ((struct world *)*state)->context);
    the_first_session_ends(*state, &walk);
    walk_leave(&walk);
}

static void a_context_that_is_not_watched_is_walked_by_the_library(void **state)
{
    the_first_session_ends(*state, NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_datagram_is_served_without_a_walk_over_the_sessions),
        TEST(what_time_brings_comes_with_the_walk),
        TEST(a_context_that_is_not_watched_is_walked_by_the_library),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Bytes through the relay while all is well. */
#include "tests/unit/relay/relay_place.h"

static void bytes_go_up_at_once_and_come_down_when_synced(void **state)
{
    struct place *p = *state;
    struct ends e;

    relay_begin(p);
    e = ends_open(p);
    say(e.unit, "publish");
    hear(e.broker, "publish");
    append(p);
    say(e.broker, "puback");
    UNTIL(counted(p).held_bytes == strlen("puback"));
    assert_int_equal(counted(p).held_connections, 1);
    look_again(p);
    assert_true(silent(e.unit));
    sync_now(p);
    hear(e.unit, "puback");
    UNTIL(counted(p).held_bytes == 0);
    ends_close(e);
}

static void what_is_synced_already_passes_without_a_sync(void **state)
{
    struct place *p = *state;
    struct ends e;

    relay_begin(p);
    append(p);
    sync_now(p);
    e = ends_open(p);
    say(e.broker, "ping response");
    hear(e.unit, "ping response");
    assert_int_equal(p->wants, 0);
    ends_close(e);
}

static void one_sync_releases_everybody(void **state)
{
    enum { COUNT = 20 };
    struct place *p = *state;
    struct ends e[COUNT];
    uint64_t releases = 0;

    relay_begin(p);
    for (int i = 0; i < COUNT; i++)
        e[i] = ends_open(p);
    releases = counted(p).releases;
    for (int i = 0; i < COUNT; i++) {
        append(p);
        say(e[i].broker, "puback");
    }
    UNTIL(counted(p).held_connections == COUNT);
    assert_int_equal(p->wants, 1);
    sync_now(p);
    for (int i = 0; i < COUNT; i++) {
        hear(e[i].unit, "puback");
        ends_close(e[i]);
    }
    UNTIL(counted(p).releases == releases + 1);
}

static void a_lone_unit_asks_for_a_sync_at_once_and_many_share_one(void **state)
{
    struct place *p = *state;
    struct ends a, b;

    relay_begin(p);
    a = ends_open(p);
    b = ends_open(p);
    append(p);
    say(a.broker, "1");
    UNTIL(p->wants == 1);
    assert_int_equal(p->alone, 1);
    say(b.broker, "2");
    UNTIL(counted(p).held_connections == 2);
    sync_now(p);
    hear(a.unit, "1");
    hear(b.unit, "2");
    append(p);
    say(a.broker, "3");
    UNTIL(p->wants == 2);
    assert_int_equal(p->alone, 1); /* the last one served two */
    ends_close(a);
    ends_close(b);
}

static void process_crash_passes_at_once(void **state)
{
    struct place *p = *state;
    struct ends e;

    p->options.journal_dir = NULL;
    relay_begin(p);
    e = ends_open(p);
    append(p);
    say(e.broker, "puback");
    hear(e.unit, "puback");
    assert_int_equal(p->wants, 0);
    ends_close(e);
}

static void a_unit_at_an_ipv6_address_is_served(void **state)
{
    struct place *p = *state;
    struct sockaddr_in6 at = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    int unit = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0), broker = -1;

    if (unit < 0)
        skip();
    p->options.listen_count = 2;
    relay_begin(p);
    at.sin6_port = htons(p->port);
    assert_int_equal(connect(unit, (struct sockaddr *)&at, sizeof at), 0);
    say(unit, "hello");
    broker = broker_accept(p);
    hear(broker, "hello");
    say(broker, "welcome");
    hear(unit, "welcome");
    close(unit);
    close(broker);
}

/* Whatever the order of appending, sending and syncing: no byte leaves before what was appended when
 * it arrived is synced, and all leave, in order, when it is. */
static void no_byte_is_ever_ahead_of_the_journal(void **state)
{
    struct place *p = *state;
    uint64_t random = 20261;
    size_t sent = 0, heard = 0, waiting = 0;
    struct ends e;

    relay_begin(p);
    e = ends_open(p);
    for (int step = 0; step < 400; step++) {
        char byte[2] = {(char)('a' + sent % 26), '\0'};
        random = random * 6364136223846793005u + 1442695040888963407u;
        if (random >> 61 < 5 || waiting == 0) {
            append(p);
            say(e.broker, byte);
            sent++;
            waiting++;
            UNTIL(counted(p).held_bytes == waiting);
            assert_true(silent(e.unit));
            continue;
        }
        sync_now(p);
        for (; heard < sent; heard++) {
            byte[0] = (char)('a' + heard % 26);
            hear(e.unit, byte);
        }
        waiting = 0;
    }
    ends_close(e);
}

/* ---- closing ---- */

static void a_unit_that_has_said_all_still_hears_the_answer(void **state)
{
    struct place *p = *state;
    struct ends e;

    relay_begin(p);
    e = ends_open(p);
    say(e.unit, "bye");
    shutdown(e.unit, SHUT_WR);
    hear(e.broker, "bye");
    hear_end(e.broker);
    say(e.broker, "good bye");
    close(e.broker);
    hear(e.unit, "good bye");
    hear_end(e.unit);
    close(e.unit);
    UNTIL(counted(p).connections == 0);
}

static void what_the_broker_said_last_is_held_and_then_heard(void **state)
{
    struct place *p = *state;
    struct ends e;

    relay_begin(p);
    e = ends_open(p);
    append(p);
    say(e.broker, "last");
    close(e.broker);
    UNTIL(counted(p).held_bytes == 4);
    assert_true(silent(e.unit));
    say(e.unit, "nobody hears this");
    sync_now(p);
    hear(e.unit, "last");
    hear_end(e.unit);
    close(e.unit);
    UNTIL(counted(p).connections == 0);
    UNTIL(counted(p).ended[RELAY_ENDED_BY_BROKER] == 1);
}

static void a_broker_that_is_down_costs_the_connection_and_no_more(void **state)
{
    struct place *p = *state;
    struct ends e;
    int unit = -1;

    relay_begin(p);
    close(p->broker);
    unit = unit_open(p);
    say(unit, "hello");
    hear_end(unit);
    close(unit);
    UNTIL(counted(p).ended[RELAY_ENDED_NO_BROKER] == 1);
    p->broker = listen_on(p->broker_port);
    e = ends_open(p);
    ends_close(e);
}

static void stopping_ends_all_connections(void **state)
{
    struct place *p = *state;
    struct ends e;

    relay_begin(p);
    e = ends_open(p);
    relay_stop(p->relay);
    p->relay = NULL;
    hear_end(e.unit);
    hear_end(e.broker);
    ends_close(e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        PLACE_TEST(bytes_go_up_at_once_and_come_down_when_synced),
        PLACE_TEST(what_is_synced_already_passes_without_a_sync),
        PLACE_TEST(one_sync_releases_everybody),
        PLACE_TEST(a_lone_unit_asks_for_a_sync_at_once_and_many_share_one),
        PLACE_TEST(process_crash_passes_at_once),
        PLACE_TEST(a_unit_at_an_ipv6_address_is_served),
        PLACE_TEST(no_byte_is_ever_ahead_of_the_journal),
        PLACE_TEST(a_unit_that_has_said_all_still_hears_the_answer),
        PLACE_TEST(what_the_broker_said_last_is_held_and_then_heard),
        PLACE_TEST(a_broker_that_is_down_costs_the_connection_and_no_more),
        PLACE_TEST(stopping_ends_all_connections),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

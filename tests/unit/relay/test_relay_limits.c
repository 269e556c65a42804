/* What one peer can cost the others: memory, connections, the broker's time. */
#include "tests/unit/relay/relay_place.h"

#define MUCH (64u << 20)

static uint8_t byte_at(size_t i)
{
    return (uint8_t)(i * 31 + i / 256);
}

/* Sends until the other side has taken nothing for a while, or MUCH is sent. */
static size_t flood(int fd)
{
    static uint8_t bytes[16384];
    size_t sent = 0;

    while (sent < MUCH) {
        struct pollfd takes = {.fd = fd, .events = POLLOUT};
        ssize_t more = 0;
        if (poll(&takes, 1, 300) != 1)
            break;
        for (size_t i = 0; i < sizeof bytes; i++)
            bytes[i] = byte_at(sent + i);
        more = send(fd, bytes, sizeof bytes, MSG_DONTWAIT | MSG_NOSIGNAL);
        assert_true(more > 0);
        sent += (size_t)more;
    }
    return sent;
}

static void take_all(int fd, size_t len)
{
    static uint8_t bytes[65536];

    for (size_t taken = 0; taken < len;) {
        struct pollfd coming = {.fd = fd, .events = POLLIN};
        ssize_t more = 0;
        assert_int_equal(poll(&coming, 1, DEADLINE_MS), 1);
        more = recv(fd, bytes, sizeof bytes, 0);
        assert_true(more > 0);
        for (ssize_t i = 0; i < more; i++)
            if (bytes[i] != byte_at(taken + (size_t)i))
                fail_msg("byte %zu came out wrong", taken + (size_t)i);
        taken += (size_t)more;
    }
}

static void a_unit_that_does_not_read_stops_the_broker_and_loses_nothing(void **state)
{
    struct place *p = *state;
    struct ends e;
    size_t sent = 0;

    p->options.journal_dir = NULL;
    relay_begin(p);
    e = ends_open(p);
    sent = flood(e.broker);
    assert_true(sent < MUCH); /* buffers of three sockets and ours */
    take_all(e.unit, sent);
    ends_close(e);
}

static void a_broker_that_does_not_read_stops_the_unit_and_loses_nothing(void **state)
{
    struct place *p = *state;
    struct ends e;
    size_t sent = 0;

    relay_begin(p);
    e = ends_open(p);
    sent = flood(e.unit);
    assert_true(sent < MUCH);
    take_all(e.broker, sent);
    ends_close(e);
}

static void no_more_than_64_kib_are_held_for_a_unit(void **state)
{
    struct place *p = *state;
    struct ends e;
    size_t sent = 0;

    relay_begin(p);
    e = ends_open(p);
    append(p);
    sent = flood(e.broker);
    assert_true(sent < MUCH);
    assert_true(counted(p).held_bytes <= 65536);
    sync_now(p);
    take_all(e.unit, sent);
    ends_close(e);
}

static void an_address_gets_no_more_than_its_share(void **state)
{
    struct place *p = *state;
    struct ends a, b;
    int third = -1;

    p->options.connections_per_address = 2;
    relay_begin(p);
    a = ends_open(p);
    b = ends_open(p);
    third = unit_open(p);
    hear_end(third);
    close(third);
    UNTIL(counted(p).refused[RELAY_REFUSED_PER_ADDRESS] == 1);
    ends_close(a);
    UNTIL(counted(p).connections == 1);
    a = ends_open(p);
    ends_close(a);
    ends_close(b);
}

static void no_more_are_taken_than_there_is_room_for(void **state)
{
    struct place *p = *state;
    struct ends e;
    int second = -1;

    p->options.connections_max = 1;
    relay_begin(p);
    e = ends_open(p);
    second = unit_open(p);
    hear_end(second);
    close(second);
    UNTIL(counted(p).refused[RELAY_REFUSED_FULL] == 1);
    ends_close(e);
}

static void an_address_that_connects_too_fast_is_turned_away(void **state)
{
    struct place *p = *state;

    p->options.new_per_second = 2;
    relay_begin(p);
    for (int i = 0; i < 40; i++)
        close(unit_open(p));
    UNTIL(counted(p).accepted + counted(p).refused[RELAY_REFUSED_RATE] == 40);
    assert_true(counted(p).refused[RELAY_REFUSED_RATE] >= 20);
    assert_true(counted(p).accepted >= 4);
    /* And is welcome again when it has waited. */
    UNTIL((close(unit_open(p)), counted(p).accepted > 4));
}

static void who_says_nothing_is_closed_and_never_reaches_the_broker(void **state)
{
    struct place *p = *state;
    struct pollfd coming = {.fd = p->broker, .events = POLLIN};
    int unit = -1;

    p->options.handshake_ms = 200;
    relay_begin(p);
    unit = unit_open(p);
    hear_end(unit);
    close(unit);
    UNTIL(counted(p).ended[RELAY_ENDED_SLOW] == 1);
    assert_int_equal(poll(&coming, 1, 0), 0);
}

static void a_handshake_that_dawdles_is_closed(void **state)
{
    struct place *p = *state;
    int unit = -1, broker = -1;

    p->options.handshake_ms = 200;
    relay_begin(p);
    unit = unit_open(p);
    say(unit, "hello");
    broker = broker_accept(p);
    hear(broker, "hello");
    say(broker, "welcome");
    hear(unit, "welcome");
    hear_end(unit);
    UNTIL(counted(p).ended[RELAY_ENDED_SLOW] == 1);
    close(unit);
    close(broker);
}

static void an_open_connection_may_be_silent_for_as_long_as_it_likes(void **state)
{
    struct place *p = *state;
    struct ends e;
    int unit = -1;

    p->options.handshake_ms = 100;
    relay_begin(p);
    e = ends_open(p);
    unit = unit_open(p); /* whose deadline passes meanwhile */
    hear_end(unit);
    close(unit);
    say(e.unit, "still here");
    hear(e.broker, "still here");
    ends_close(e);
}

static void a_side_that_never_closes_is_closed(void **state)
{
    struct place *p = *state;
    struct ends e;

    p->options.ending_ms = 200;
    relay_begin(p);
    e = ends_open(p);
    shutdown(e.unit, SHUT_WR);
    hear_end(e.broker);
    hear_end(e.unit);
    UNTIL(counted(p).connections == 0);
    ends_close(e);
}

static void new_connections_reach_the_broker_one_by_one(void **state)
{
    enum { COUNT = 30, PACE_MS = 10 };
    struct place *p = *state;
    int units[COUNT];
    int64_t begun_ms = 0;

    p->options.pace_ms = PACE_MS;
    relay_begin(p);
    begun_ms = clock_mono_ms(&clock_system);
    for (int i = 0; i < COUNT; i++) {
        units[i] = unit_open(p);
        say(units[i], "hello");
    }
    for (int i = 0; i < COUNT; i++)
        close(broker_accept(p));
    assert_true(clock_mono_ms(&clock_system) - begun_ms >= (COUNT - 1) * PACE_MS);
    for (int i = 0; i < COUNT; i++)
        close(units[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        PLACE_TEST(a_unit_that_does_not_read_stops_the_broker_and_loses_nothing),
        PLACE_TEST(a_broker_that_does_not_read_stops_the_unit_and_loses_nothing),
        PLACE_TEST(no_more_than_64_kib_are_held_for_a_unit),
        PLACE_TEST(an_address_gets_no_more_than_its_share),
        PLACE_TEST(no_more_are_taken_than_there_is_room_for),
        PLACE_TEST(an_address_that_connects_too_fast_is_turned_away),
        PLACE_TEST(who_says_nothing_is_closed_and_never_reaches_the_broker),
        PLACE_TEST(a_handshake_that_dawdles_is_closed),
        PLACE_TEST(an_open_connection_may_be_silent_for_as_long_as_it_likes),
        PLACE_TEST(a_side_that_never_closes_is_closed),
        PLACE_TEST(new_connections_reach_the_broker_one_by_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

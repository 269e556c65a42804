/*
 * relay_place: a relay in this process between plain sockets, and a journal that the test writes and
 * syncs itself. Every wait has a deadline; that something is held is seen in the counters, not by
 * waiting.
 */
#ifndef EVROLL_TESTS_UNIT_RELAY_RELAY_PLACE_H
#define EVROLL_TESTS_UNIT_RELAY_RELAY_PLACE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gateway/journal/journal_internal.h"
#include "gateway/relay/relay.h"
#include "shared/clock.h"
#include "shared/log.h"

#define DEADLINE_MS 20000

struct place {
    char dir[64];
    struct journal_writer *writer;
    struct journal_syncer *syncer;
    struct relay *relay;
    int broker; /* listens; -1: the broker is down */
    uint16_t broker_port, port;
    char listen[2][32], broker_text[32];
    const char *listens[2];
    struct relay_options options;
    _Atomic uint32_t wants, alone;
};

static inline void wanted(void *arg, bool alone)
{
    struct place *p = arg;

    p->alone += alone;
    p->wants++;
}

/* ---- sockets ---- */

static inline struct sockaddr_in loopback(uint16_t port)
{
    return (struct sockaddr_in){
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static inline int listen_on(uint16_t port)
{
    struct sockaddr_in at = loopback(port);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;

    assert_true(fd >= 0);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(listen(fd, 64), 0);
    return fd;
}

static inline uint16_t port_of(int fd)
{
    struct sockaddr_in at;
    socklen_t len = sizeof at;

    assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &len), 0);
    return ntohs(at.sin_port);
}

static inline int unit_open(const struct place *p)
{
    struct sockaddr_in at = loopback(p->port);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_int_equal(connect(fd, (struct sockaddr *)&at, sizeof at), 0);
    return fd;
}

static inline int broker_accept(const struct place *p)
{
    struct pollfd coming = {.fd = p->broker, .events = POLLIN};

    assert_int_equal(poll(&coming, 1, DEADLINE_MS), 1);
    return accept4(p->broker, NULL, NULL, SOCK_CLOEXEC);
}

static inline void say(int fd, const char *text)
{
    assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

static inline void hear(int fd, const char *text)
{
    char got[256] = "";
    size_t len = 0;

    while (len < strlen(text)) {
        struct pollfd coming = {.fd = fd, .events = POLLIN};
        ssize_t more = 0;
        if (poll(&coming, 1, DEADLINE_MS) != 1)
            fail_msg("waited for \"%s\", heard \"%s\"", text, got);
        more = recv(fd, got + len, strlen(text) - len, 0);
        if (more <= 0)
            fail_msg("closed; waited for \"%s\", heard \"%s\"", text, got);
        len += (size_t)more;
    }
    assert_string_equal(got, text);
}

/* Now, and without waiting. */
static inline bool silent(int fd)
{
    struct pollfd coming = {.fd = fd, .events = POLLIN};

    return poll(&coming, 1, 0) == 0;
}

/* The other side closes, and has said nothing before. */
static inline void hear_end(int fd)
{
    struct pollfd coming = {.fd = fd, .events = POLLIN};
    char byte = 0;

    assert_int_equal(poll(&coming, 1, DEADLINE_MS), 1);
    assert_true(recv(fd, &byte, 1, 0) <= 0);
}

/* ---- the journal ---- */

static inline void writer_open(struct place *p)
{
    struct journal_options options = {
        .dir = p->dir, .segment_bytes = 64u << 10, .budget_bytes = 1u << 20};

    assert_int_equal(journal_writer_open(&options, &p->writer, NULL), ERR_OK);
}

static inline void append(struct place *p)
{
    struct journal_entry entry = {.unit = "bus-1",
                                  .format = FORMAT_SENML_JSON,
                                  .payload = (const uint8_t *)"[]",
                                  .payload_len = 2};

    assert_int_equal(journal_append(p->writer, &entry, NULL), ERR_OK);
}

static inline void sync_now(struct place *p)
{
    uint64_t synced = 0;

    assert_int_equal(journal_sync(p->syncer, &synced, NULL), ERR_OK);
    relay_synced(p->relay);
}

/* ---- what the relay says of itself ---- */

static inline struct relay_counts counted(const struct place *p)
{
    struct relay_counts counts;

    relay_counted(p->relay, &counts);
    return counts;
}

#define UNTIL(condition)                                                                           \
    do {                                                                                           \
        int64_t until_ms = clock_mono_ms(&clock_system) + DEADLINE_MS;                             \
        while (!(condition)) {                                                                     \
            if (clock_mono_ms(&clock_system) > until_ms)                                           \
                fail_msg("%s:%d: waited for " #condition, __FILE__, __LINE__);                     \
            (void)poll(NULL, 0, 1);                                                                \
        }                                                                                          \
    } while (0)

/* The writer beats until the relay has seen it. */
static inline void beat(struct place *p)
{
    UNTIL((journal_writer_prepare(p->writer), counted(p).open == 1));
}

/* The relay has looked at the journal since the call. */
static inline void look_again(struct place *p)
{
    uint32_t wants = p->wants;

    relay_synced(p->relay);
    UNTIL(p->wants > wants); /* something is held, so it asks again */
}

/* ---- life ---- */

static inline void relay_begin(struct place *p)
{
    p->options.listen = p->listens;
    p->options.broker = p->broker_text;
    p->options.want_sync = wanted;
    p->options.arg = p;
    assert_int_equal(relay_start(&p->options, &p->relay, NULL), ERR_OK);
    if (p->options.journal_dir != NULL)
        beat(p);
}

static inline int place_up(void **state)
{
    struct place *p = calloc(1, sizeof *p);
    int spare = listen_on(0);

    log_set_level(LOG_LEVEL_ERROR);
    strcpy(p->dir, "/tmp/evroll-relay-XXXXXX");
    assert_non_null(mkdtemp(p->dir));
    writer_open(p);
    assert_int_equal(journal_syncer_open(p->dir, &p->syncer, NULL), ERR_OK);
    p->broker = listen_on(0);
    p->broker_port = port_of(p->broker);
    p->port = port_of(spare);
    close(spare);
    snprintf(p->listen[0], sizeof p->listen[0], "127.0.0.1:%u", p->port);
    snprintf(p->listen[1], sizeof p->listen[1], "[::1]:%u", p->port);
    snprintf(p->broker_text, sizeof p->broker_text, "127.0.0.1:%u", p->broker_port);
    p->listens[0] = p->listen[0];
    p->listens[1] = p->listen[1];
    p->options = (struct relay_options){.listen_count = 1, .journal_dir = p->dir};
    *state = p;
    return 0;
}

static inline int place_down(void **state)
{
    struct place *p = *state;
    char command[128];

    relay_stop(p->relay);
    journal_syncer_close(p->syncer);
    journal_writer_close(p->writer);
    if (p->broker >= 0)
        close(p->broker);
    snprintf(command, sizeof command, "rm -rf %s", p->dir);
    assert_int_equal(system(command), 0); /* a path of our own. NOLINT */
    free(p);
    return 0;
}

/* A unit and the broker's end of its connection, past the handshake. */
struct ends {
    int unit, broker;
};

static inline struct ends ends_open(struct place *p)
{
    struct ends e = {.unit = unit_open(p)};

    for (int i = 0; i < 2; i++) {
        say(e.unit, "hello");
        if (i == 0)
            e.broker = broker_accept(p);
        hear(e.broker, "hello");
        say(e.broker, "welcome");
        hear(e.unit, "welcome");
    }
    return e;
}

static inline void ends_close(struct ends e)
{
    close(e.unit);
    close(e.broker);
}

#define PLACE_TEST(test) cmocka_unit_test_setup_teardown(test, place_up, place_down)

#endif

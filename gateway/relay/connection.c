#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gateway/relay/relay_internal.h"
#include "shared/arena.h"
#include "shared/log.h"

/* A handshake is over when bytes have gone up, down, up and down again: TLS needs the first three,
 * MQTT the last. */
#define TURNS_OF_HANDSHAKE 4

static void on_unit(int fd, short what, void *arg);
static void on_broker(int fd, short what, void *arg);

/* ---- what is waited for ---- */

static void stage_enter(struct connection *c, enum stage stage)
{
    if (c->stage == stage)
        return;
    TAILQ_REMOVE(&c->relay->stages[c->stage], c, in_stage);
    c->stage = (uint8_t)stage;
    c->since_ms = c->relay->now_ms;
    TAILQ_INSERT_TAIL(&c->relay->stages[stage], c, in_stage);
}

static void side_watch(struct connection *c, struct side *side, short what)
{
    if (side->watched == what)
        return;
    if (side->watched != 0)
        (void)event_del(&side->event);
    side->watched = what;
    if (what == 0)
        return;
    (void)event_assign(&side->event, c->relay->base, side->fd, (short)(what | EV_PERSIST),
                       side == &c->unit ? on_unit : on_broker, c);
    (void)event_add(&side->event, NULL);
}

static void watch(struct connection *c)
{
    short unit = 0, broker = 0;

    if (c->stage == STAGE_HELLO)
        unit = EV_READ;
    else if (c->connecting)
        broker = EV_WRITE;
    else if (c->broker.fd >= 0) {
        if (!c->unit.eof && c->up.len == 0)
            unit |= EV_READ;
        if (c->free > 0)
            unit |= EV_WRITE;
        if (!c->broker.eof && c->down.len < RELAY_HELD_MOST)
            broker |= EV_READ;
        if (c->up.len > 0)
            broker |= EV_WRITE;
    }
    side_watch(c, &c->unit, unit);
    if (c->broker.fd >= 0)
        side_watch(c, &c->broker, broker);
}

/* ---- beginning and end ---- */

static void no_delay(int fd)
{
    int on = 1;

    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

void connection_begin(struct relay *relay, int fd, const struct sockaddr *peer,
                      struct address *address)
{
    struct connection *c = mem_alloc(1, sizeof *c);

    c->relay = relay;
    c->address = address;
    c->unit.fd = fd;
    c->broker.fd = -1;
    c->begun_ms = c->since_ms = relay->now_ms;
    (void)hostport_text(peer, c->name);
    no_delay(fd);
    TAILQ_INSERT_TAIL(&relay->stages[STAGE_HELLO], c, in_stage);
    tally_add(&relay->tally.accepted, 1);
    tally_add(&relay->tally.connections, 1);
    watch(c);
}

static void held_leave(struct connection *c)
{
    if (!c->held)
        return;
    TAILQ_REMOVE(&c->relay->held, c, in_held);
    c->held = false;
    tally_sub(&c->relay->tally.held_connections, 1);
}

static uint32_t held_bytes(const struct connection *c)
{
    return c->down.len - c->free;
}

static void side_close(struct connection *c, struct side *side)
{
    if (side->fd < 0)
        return;
    side_watch(c, side, 0);
    close(side->fd);
    side->fd = -1;
}

void connection_end(struct connection *c, enum relay_ending why)
{
    struct relay *relay = c->relay;

    if (c->broker_port != 0)
        log_info(RELAY_PART,
                 "%s, port %u, ended after %lld s: %s; %llu bytes up, %llu down, %u dropped",
                 c->name, c->broker_port, (long long)(relay->now_ms - c->begun_ms) / 1000,
                 relay_ending_word(why), (unsigned long long)c->bytes_up,
                 (unsigned long long)c->bytes_down, c->down.len);
    tally_sub(&relay->tally.held_bytes, held_bytes(c));
    held_leave(c);
    side_close(c, &c->unit);
    side_close(c, &c->broker);
    byte_queue_drop(&c->up, c->up.len);
    byte_queue_drop(&c->down, c->down.len);
    TAILQ_REMOVE(&relay->stages[c->stage], c, in_stage);
    address_leave(c->address);
    tally_add(&relay->tally.ended[why], 1);
    tally_sub(&relay->tally.connections, 1);
    free(c);
}

/* One side has said its last word and the other has it: both ways, or only one? */
static bool settle(struct connection *c)
{
    if (c->unit.eof && c->up.len == 0 && !c->broker.deaf) {
        (void)shutdown(c->broker.fd, SHUT_WR);
        c->broker.deaf = true;
    }
    if (c->broker.eof && c->down.len == 0 && !c->unit.deaf) {
        (void)shutdown(c->unit.fd, SHUT_WR);
        c->unit.deaf = true;
    }
    if (c->unit.eof && c->broker.eof && c->unit.deaf) {
        connection_end(c, c->ending);
        return false;
    }
    if (c->stage != STAGE_ENDING && (c->unit.eof || c->broker.eof)) {
        c->ending = c->unit.eof ? RELAY_ENDED_BY_UNIT : RELAY_ENDED_BY_BROKER;
        stage_enter(c, STAGE_ENDING);
    }
    watch(c);
    return true;
}

/* ---- bytes ---- */

static void turn(struct connection *c, bool up)
{
    if (c->stage != STAGE_HANDSHAKE || (c->turns > 0 && c->last_was_up == up))
        return;
    c->last_was_up = up;
    if (++c->turns >= TURNS_OF_HANDSHAKE)
        stage_enter(c, STAGE_OPEN);
}

/* Sends what goes without waiting. -1: the other side is gone. */
static ssize_t pass(struct side *to, const uint8_t *bytes, size_t len)
{
    ssize_t sent = send(to->fd, bytes, len, MSG_NOSIGNAL | MSG_DONTWAIT);

    if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
        return 0;
    return sent;
}

/* The broker takes no more: what units say is read and thrown away until they close, so that the
 * last words to them are not lost with a reset. */
static void up_give_up(struct connection *c)
{
    c->broker.deaf = true;
    byte_queue_drop(&c->up, c->up.len);
}

static void up_send(struct connection *c, const uint8_t *bytes, size_t len)
{
    ssize_t sent = c->broker.deaf ? (ssize_t)len : pass(&c->broker, bytes, len);

    if (sent < 0) {
        up_give_up(c);
        return;
    }
    c->bytes_up += (uint64_t)sent;
    tally_add(&c->relay->tally.bytes_up, (uint64_t)sent);
    turn(c, true);
    if (c->up.len > 0)
        byte_queue_drop(&c->up, (size_t)sent);
    else if ((size_t)sent < len)
        byte_queue_put(&c->up, bytes + sent, len - (size_t)sent);
}

/* False: the connection has ended. */
static bool down_send(struct connection *c, const uint8_t *bytes, size_t len, size_t *taken)
{
    ssize_t sent = pass(&c->unit, bytes, len);

    if (sent < 0) {
        connection_end(c, RELAY_ENDED_BY_UNIT);
        return false;
    }
    c->bytes_down += (uint64_t)sent;
    tally_add(&c->relay->tally.bytes_down, (uint64_t)sent);
    if (sent > 0)
        turn(c, false);
    *taken = (size_t)sent;
    return true;
}

static bool down_flush(struct connection *c)
{
    size_t taken = 0;

    if (c->free == 0)
        return true;
    if (!down_send(c, byte_queue_front(&c->down), c->free, &taken))
        return false;
    byte_queue_drop(&c->down, taken);
    c->free -= (uint32_t)taken;
    return true;
}

/* Moves marks: what the journal's stable part covers is free. */
static void marks_move(struct connection *c)
{
    const struct relay_gate *gate = &c->relay->gate;
    uint32_t before = held_bytes(c);

    while (held_bytes(c) > 0 && relay_gate_passes(gate, c->first_until)) {
        c->free += c->first;
        c->first = held_bytes(c);
        c->first_until = c->rest_until;
    }
    tally_sub(&c->relay->tally.held_bytes, before - held_bytes(c));
}

static void hold(struct connection *c, const uint8_t *bytes, size_t len, uint64_t until)
{
    struct relay *relay = c->relay;

    if (held_bytes(c) == 0 || c->first_until == until) {
        c->first = held_bytes(c) + (uint32_t)len;
        c->first_until = until;
    }
    c->rest_until = until;
    byte_queue_put(&c->down, bytes, len);
    tally_add(&relay->tally.held_bytes, len);
    if (!c->held) {
        c->held = true;
        TAILQ_INSERT_TAIL(&relay->held, c, in_held);
        tally_add(&relay->tally.held_connections, 1);
    }
    relay_want_sync(relay);
}

/* Bytes from the broker have just been read. False: the connection has ended. */
static bool down_take(struct connection *c, const uint8_t *bytes, size_t len)
{
    struct relay *relay = c->relay;
    uint64_t until = 0;
    size_t taken = 0;

    if (!relay_gate_mark(&relay->gate, relay->now_ms, &until) ||
        (c->epoch != 0 && c->epoch != relay->gate.epoch)) {
        relay_look_soon(relay);
        connection_end(c, RELAY_ENDED_JOURNAL);
        return false;
    }
    c->epoch = relay->gate.epoch;
    if (held_bytes(c) > 0 || !relay_gate_passes(&relay->gate, until)) {
        hold(c, bytes, len, until);
        return true;
    }
    if (c->free == 0 && !down_send(c, bytes, len, &taken))
        return false;
    if (taken < len)
        byte_queue_put(&c->down, bytes + taken, len - taken);
    c->free += (uint32_t)(len - taken);
    return true;
}

bool connection_release(struct connection *c)
{
    marks_move(c);
    if (held_bytes(c) == 0)
        held_leave(c);
    return down_flush(c) && settle(c);
}

/* ---- events ---- */

static bool would_block(void)
{
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

/* False: the connection has ended. */
static bool up_read(struct connection *c)
{
    ssize_t got = recv(c->unit.fd, c->relay->scratch, RELAY_READ_MOST, MSG_DONTWAIT);

    if (got > 0)
        up_send(c, c->relay->scratch, (size_t)got);
    else if (got == 0)
        c->unit.eof = true;
    else if (!would_block()) {
        connection_end(c, RELAY_ENDED_BY_UNIT);
        return false;
    }
    return true;
}

/* False: the connection has ended. */
static bool down_read(struct connection *c)
{
    size_t room = RELAY_HELD_MOST - c->down.len;
    ssize_t got = recv(c->broker.fd, c->relay->scratch,
                       room < RELAY_READ_MOST ? room : RELAY_READ_MOST, MSG_DONTWAIT);

    if (got > 0)
        return down_take(c, c->relay->scratch, (size_t)got);
    if (got < 0 && would_block())
        return true;
    c->broker.eof = true;
    if (got < 0)
        up_give_up(c);
    return true;
}

/* First bytes have come, or none will. */
static void hello(struct connection *c)
{
    uint8_t first = 0;
    ssize_t got = recv(c->unit.fd, &first, 1, MSG_PEEK | MSG_DONTWAIT);

    if (got < 0 && would_block())
        return;
    if (got <= 0) {
        connection_end(c, RELAY_ENDED_BY_UNIT);
        return;
    }
    stage_enter(c, STAGE_QUEUED);
    watch(c);
    relay_queue_soon(c->relay);
}

static void on_unit(int fd, short what, void *arg)
{
    struct connection *c = arg;

    (void)fd;
    (void)relay_now(c->relay);
    if (c->stage == STAGE_HELLO) {
        hello(c);
        return;
    }
    if ((what & EV_READ) != 0 && !up_read(c))
        return;
    if ((what & EV_WRITE) != 0 && !down_flush(c))
        return;
    (void)settle(c);
}

static void no_broker(struct connection *c, int code)
{
    char text[HOSTPORT_TEXT_MAX];

    if (c->relay->lines_left > 0) {
        c->relay->lines_left--;
        log_warn(RELAY_PART, "%s: the broker at %s does not answer: %s", c->name,
                 hostport_text((struct sockaddr *)&c->relay->broker.address, text),
                 strerrordesc_np(code));
    }
    connection_end(c, RELAY_ENDED_NO_BROKER);
}

/* False: the connection has ended. */
static bool connected(struct connection *c)
{
    int code = 0;
    socklen_t len = sizeof code;

    if (getsockopt(c->broker.fd, SOL_SOCKET, SO_ERROR, &code, &len) != 0)
        code = errno;
    if (code != 0) {
        no_broker(c, code);
        return false;
    }
    c->connecting = false;
    return true;
}

static void on_broker(int fd, short what, void *arg)
{
    struct connection *c = arg;

    (void)fd;
    (void)relay_now(c->relay);
    if (c->connecting) {
        if (connected(c))
            watch(c);
        return;
    }
    if ((what & EV_READ) != 0 && !down_read(c))
        return;
    if ((what & EV_WRITE) != 0 && c->up.len > 0)
        up_send(c, byte_queue_front(&c->up), c->up.len);
    (void)settle(c);
}

/* ---- to the broker ---- */

/* On Linux the port lies at the same place in the addresses of both families. */
static uint16_t own_port(int fd)
{
    struct sockaddr_in6 own = {0};
    socklen_t len = sizeof own;

    /* The analyser does not see that the call fills it. NOLINTNEXTLINE(clang-analyzer-core.CallAndMessage) */
    return getsockname(fd, (struct sockaddr *)&own, &len) == 0 ? ntohs(own.sin6_port) : 0;
}

void connection_to_broker(struct connection *c)
{
    const struct hostport *broker = &c->relay->broker;

    c->broker.fd = socket(broker->address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (c->broker.fd < 0) {
        no_broker(c, errno);
        return;
    }
    if (connect(c->broker.fd, (const struct sockaddr *)&broker->address, broker->len) != 0 &&
        errno != EINPROGRESS) {
        no_broker(c, errno);
        return;
    }
    no_delay(c->broker.fd);
    c->broker_port = own_port(c->broker.fd);
    c->connecting = true;
    log_info(RELAY_PART, "%s goes to the broker from port %u", c->name, c->broker_port);
    stage_enter(c, STAGE_HANDSHAKE);
    watch(c);
}

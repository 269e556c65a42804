/*
 * relay_internal: what the files of this folder share. Everything but the counters belongs to the
 * relay's thread.
 *
 *     relay.c       life, the thread, timers, what the gate's state means for connections
 *     doorman.c     listeners, limits, refusals
 *     connection.c  bytes between a unit and the broker
 */
#ifndef EVROLL_GATEWAY_RELAY_RELAY_INTERNAL_H
#define EVROLL_GATEWAY_RELAY_RELAY_INTERNAL_H

#include <event2/event.h>
#include <event2/event_struct.h>
#include <event2/listener.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/queue.h>

#include "gateway/relay/byte_queue.h"
#include "gateway/relay/hostport.h"
#include "gateway/relay/relay.h"
#include "gateway/relay/relay_gate.h"
#include "shared/address_book.h"

#define RELAY_PART      "relay"
#define RELAY_READ_MOST (16u << 10) /* in one go; also the most that waits for the broker */
#define RELAY_HELD_MOST (64u << 10) /* for the unit */

/*
 *  HELLO ─ first bytes ─▶ QUEUED ─ its turn ─▶ HANDSHAKE ─ two exchanges ─▶ OPEN
 *    │ late                                      │ late        a side closed │
 *    ▼                                           ▼                           ▼
 *  (ended) ◀──────────────────────────────────────────── drained, or late ─ ENDING
 */
enum stage { STAGE_HELLO, STAGE_QUEUED, STAGE_HANDSHAKE, STAGE_OPEN, STAGE_ENDING, STAGE_COUNT };

struct side {
    int fd; /* -1: none */
    short watched;
    bool eof;  /* it sends no more */
    bool deaf; /* it takes no more */
    struct event event;
};

struct connection {
    TAILQ_ENTRY(connection) in_stage; /* in the order of since_ms */
    TAILQ_ENTRY(connection) in_held;
    struct relay *relay;
    struct address *address;
    struct side unit, broker;
    struct byte_queue up, down;
    int64_t since_ms, begun_ms; /* in this stage; at all */
    uint64_t bytes_up, bytes_down;

    /* `down`: first `free` bytes may leave; then `first` bytes held until the journal is synced up
     * to `first_until`, the rest until `rest_until`. Two marks are enough: what comes while one sync
     * is under way is covered by the next. */
    uint32_t free, first;
    uint64_t first_until, rest_until;
    uint64_t epoch; /* of the journal when bytes first came from the broker; 0: none yet */

    uint8_t stage, turns, ending; /* ending: who closed first, enum relay_ending */
    bool connecting, held, last_was_up;
    uint16_t broker_port; /* ours, towards the broker: joins the two logs */
    char name[HOSTPORT_TEXT_MAX];
};

TAILQ_HEAD(connections, connection);

struct relay_tally {
    _Atomic uint64_t connections, held_connections, held_bytes, open;
    _Atomic uint64_t accepted, bytes_up, bytes_down, syncs_wanted, releases;
    _Atomic uint64_t refused[RELAY_REFUSAL_COUNT];
    _Atomic uint64_t ended[RELAY_ENDING_COUNT];
};

struct relay {
    struct relay_options options;
    struct hostport broker;
    pthread_t thread;
    int wake_fd; /* eventfd: look at `stop`, and at the journal */
    _Atomic bool stop;
    struct relay_tally tally;

    struct event_base *base;
    struct event *wake, *tick, *pace;
    struct evconnlistener *listeners[RELAY_LISTEN_MOST];
    struct address_book addresses;
    struct relay_gate gate;
    struct connections stages[STAGE_COUNT];
    struct connections held;
    int64_t now_ms, pace_due_ms, sweep_due_ms, lines_due_ms;
    unsigned lines_left; /* about refusals, in this second */
    uint64_t hushed;
    bool wanted;                     /* a sync was asked for and has not ended */
    uint32_t served;                 /* connections that the last release was for */
    enum relay_gate_state gate_said; /* in the log */
    int64_t waits_since_ms;          /* WAITING; 0: not */
    uint64_t gate_epoch;             /* connections of others have been ended */
    uint8_t scratch[RELAY_READ_MOST];
};

static inline void tally_add(_Atomic uint64_t *counter, uint64_t more)
{
    atomic_fetch_add_explicit(counter, more, memory_order_relaxed);
}

static inline void tally_sub(_Atomic uint64_t *counter, uint64_t less)
{
    atomic_fetch_sub_explicit(counter, less, memory_order_relaxed);
}

int64_t relay_now(struct relay *relay); /* and notes it in now_ms */

/* The gate has changed without a sync: act upon it, but not now: connections are being worked on. */
void relay_look_soon(struct relay *relay);

/* Asks for a sync unless one is under way. */
void relay_want_sync(struct relay *relay);

/* Connections wait for their turn at the broker. */
void relay_queue_soon(struct relay *relay);

/* ---- doorman ---- */

enum err doorman_open(struct relay *relay, struct fault *fault) ERR_CHECKED;
void doorman_close(struct relay *relay);
void doorman_tick(struct relay *relay); /* from time to time: log lines, addresses */

/* ---- connection ---- */

/* Takes over the descriptor. */
void connection_begin(struct relay *relay, int fd, const struct sockaddr *peer,
                      struct address *address);
void connection_end(struct connection *connection, enum relay_ending why);

/* HELLO or QUEUED before: goes to the broker. */
void connection_to_broker(struct connection *connection);

/* The journal has moved on: sends what may leave. False: it has ended. */
bool connection_release(struct connection *connection);

#endif

/*
 * relay: the public MQTT port. Bytes go between units and the broker on loopback; TLS and MQTT stay
 * with the two of them, nothing here looks into a byte.
 *
 *     unit ──▶ listener ─▶ limits ─▶ first bytes ─▶ queue, one each 2 ms ─▶ broker
 *          up: at once ────────────────────────────────────────────────────▶
 *          down: ◀── released when the journal is synced so far ◀── held ◀──
 *
 * An acknowledgement is somewhere among the bytes that come from the broker, and what it
 * acknowledges was appended before it was sent. So bytes that arrive from the broker are held until
 * the journal is on stable storage up to where it stood when they arrived; one sync serves all that
 * wait. With `journal_dir` NULL they pass at once.
 *
 * It fails closed. Nothing is released while the writer's heartbeat stands still or sync.page is not
 * of the writer's epoch. When the writer's page is not right, or the epoch ended in a failed sync,
 * everything held is dropped with its connections and new ones are refused until that is over; a
 * new epoch ends the connections of the old one. The log says so.
 *
 * Memory: per connection about half a KiB when nothing is under way; 16 KiB up and 64 KiB down at
 * most, then reading pauses. Threads: one of its own, with an event loop of its own; the functions
 * here may be called from any other thread, relay_synced from several.
 */
#ifndef EVROLL_GATEWAY_RELAY_RELAY_H
#define EVROLL_GATEWAY_RELAY_RELAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/err.h"

#define RELAY_LISTEN_MOST 8

struct relay;

struct relay_options {
    const char *const *listen; /* "HOST:PORT" or "[HOST]:PORT", addresses, no names */
    size_t listen_count;
    const char *broker;      /* the same, on loopback */
    const char *journal_dir; /* of the broker plugin; NULL: nothing is held */

    /* Something is held that needs a sync; `alone`: nobody else waits. Called from the relay's
     * thread; answered by relay_synced. */
    void (*want_sync)(void *arg, bool alone);
    void *arg;

    /* 0 means the default */
    uint32_t connections_max;         /* 16384 */
    uint32_t connections_per_address; /* 4096; an IPv6 address counts by its /64 */
    uint32_t new_per_second;          /* 100 of one address; twice as many in one burst */
    uint32_t handshake_ms;            /* 10000: for the first bytes; then for two exchanges */
    uint32_t ending_ms;               /* 10000: one side has closed, the other takes its rest */
    uint32_t pace_ms;                 /* 2: between connections to the broker */
    uint32_t heartbeat_ms;            /* 5000: the writer is not trusted without one so long */
};

/* Listens when it returns ERR_OK. ERR_INPUT: an address is none; ERR_BUSY: it is in use; ERR_IO. */
enum err relay_start(const struct relay_options *options, struct relay **relay,
                     struct fault *fault) ERR_CHECKED;

/* Ends the thread and all connections, and waits for it. NULL is allowed. */
void relay_stop(struct relay *relay);

/* A sync has ended, well or not: look again. */
void relay_synced(struct relay *relay);

/* Is `text` an address as `listen` wants it? */
bool relay_address_ok(const char *text);

/* ---- counters ---- */

enum relay_refusal {
    RELAY_REFUSED_RATE,        /* too many new connections a second from its address */
    RELAY_REFUSED_PER_ADDRESS, /* its address has too many */
    RELAY_REFUSED_FULL,        /* too many in all */
    RELAY_REFUSED_JOURNAL,     /* nothing could be acknowledged */
    RELAY_REFUSAL_COUNT
};

enum relay_ending {
    RELAY_ENDED_BY_UNIT,
    RELAY_ENDED_BY_BROKER,
    RELAY_ENDED_NO_BROKER, /* the broker does not answer */
    RELAY_ENDED_SLOW,      /* the handshake dawdled */
    RELAY_ENDED_JOURNAL,   /* failed sync, bad page, or the end of an epoch */
    RELAY_ENDED_STOPPED,
    RELAY_ENDING_COUNT
};

/* "rate", "per-address", …; "unit", "broker", … */
const char *relay_refusal_word(enum relay_refusal refusal);
const char *relay_ending_word(enum relay_ending ending);

struct relay_counts {
    uint64_t connections, held_connections, held_bytes; /* now */
    uint64_t open; /* 1: what is synced is released; 0: nothing is */
    uint64_t accepted, bytes_up, bytes_down, syncs_wanted, releases;
    uint64_t refused[RELAY_REFUSAL_COUNT];
    uint64_t ended[RELAY_ENDING_COUNT];
};

void relay_counted(const struct relay *relay, struct relay_counts *counts);

#endif

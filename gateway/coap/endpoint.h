/*
 * endpoint: the way in for units that speak CoAP, over DTLS 1.2 (UDP) and TLS (TCP) on the same
 * port number, with client certificates.
 *
 *     datagram ─┐                      ┌─ refused: 4.03 4.04 4.05 4.08 4.13 4.15 4.29 5.03
 *               ├▶ libcoap ─▶ intake ──┤
 *     stream  ──┘                      └─ journaled ─▶ held ── synced ─▶ 2.04, or 4.00 with the reason
 *
 * 2.04 says: decoded, and in the journal; under power-loss on stable storage too. Answers wait for
 * that without holding up other requests, and one sync serves all that wait. A payload that does
 * not decode is journaled as well, so that the ordinary way makes the reject.
 *
 * Standards: RFC 7252, 7959 (Block1), 7967 (No-Response), 8323 (TCP, TLS), 8516 (4.29).
 *
 * One thread of its own, two libcoap contexts. What a request costs does not depend on how many
 * sessions there are (walk.h).
 */
#ifndef EVROLL_GATEWAY_COAP_ENDPOINT_H
#define EVROLL_GATEWAY_COAP_ENDPOINT_H

#include <stdbool.h>
#include <stdint.h>

#include "shared/codec/codec.h"
#include "shared/err.h"

#define ENDPOINT_PAYLOAD_MAX   (64u << 10)
#define ENDPOINT_RATE_DEFAULT  200u  /* messages a second of a unit */
#define ENDPOINT_BURST_DEFAULT 1000u /* messages that a unit may send at once */

/* Of TLS (TCP) alone: how many connections there may be, of one address, and new ones of it a second. */
#define ENDPOINT_STREAMS_DEFAULT             4096u
#define ENDPOINT_STREAMS_PER_ADDRESS_DEFAULT 1024u
#define ENDPOINT_NEW_STREAMS_DEFAULT         100u

struct endpoint;

/* The texts must outlive the endpoint. */
struct endpoint_options {
    const char *listen; /* "0.0.0.0:5684", "[::]:5684" */
    const char *cert_file, *key_file, *ca_file;
    const char *crl_file;       /* NULL: nobody is revoked */
    const char *directory_file; /* what the registry says of units; NULL: it is not asked */
    bool registered_only;       /* and lets no others in */
    const char *journal_dir;    /* the endpoint is its writer */
    uint64_t budget_bytes;
    uint32_t segment_bytes;
    bool power_loss;      /* answers wait for stable storage */
    uint32_t payload_max; /* 0: ENDPOINT_PAYLOAD_MAX */
    uint32_t rate, burst; /* 0: the defaults, as of the next three */
    uint32_t streams_max, streams_per_address, new_streams_per_s;
    const struct codec_layout_rule *layouts; /* of GB 17691 frames */
    size_t layout_count;

    /* Asks for a sync of the journal soon; `alone`: at once. endpoint_synced is called after it. */
    void (*want_sync)(void *arg, bool alone);
    void *sync_arg;
};

/* Opens everything and begins to serve. ERR_INPUT: an address, certificate or list that cannot be
 * used; ERR_BUSY: another process has the port or the journal; ERR_IO. */
enum err endpoint_start(const struct endpoint_options *options, struct endpoint **endpoint,
                        struct fault *fault) ERR_CHECKED;

/* Ends the thread, waits for it, frees all. What was not answered was not promised. NULL is
 * allowed. */
void endpoint_stop(struct endpoint *endpoint);

/* After each sync of the journal, successful or not. Any thread. */
void endpoint_synced(struct endpoint *endpoint);

struct endpoint_counts {
    uint64_t accepted;  /* answered with 2.04 */
    uint64_t malformed; /* 4.00, journaled */
    uint64_t refused;   /* every other error */
    uint64_t repeated;  /* under a message id that was seen before */
    uint64_t full;      /* 5.03 among the refused */
    uint64_t flooding;  /* 4.29 among the refused */
    uint64_t sessions;  /* now, with their handshake done */
    uint64_t streams;   /* connections over TLS (TCP) now */
    uint64_t ended;     /* of either, because they were too many or slow to begin */
};

/* Any thread. */
void endpoint_counted(struct endpoint *endpoint, struct endpoint_counts *counts);

#endif

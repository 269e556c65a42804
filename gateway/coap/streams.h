/*
 * streams: the sessions over TLS (TCP): how many there are, in all and of one address, how fast new ones come,
 * and how long one may take until it is ready for requests. libcoap's own limits count datagrams alone, and its
 * sessions that say nothing stay for a quarter of an hour.
 *
 * A session that is too many is ended in the next round: while libcoap makes it, it cannot be told so.
 *
 * Thread safety: the endpoint's thread.
 */
#ifndef EVROLL_GATEWAY_COAP_STREAMS_H
#define EVROLL_GATEWAY_COAP_STREAMS_H

#include <coap3/coap.h>

#define STREAMS_HANDSHAKE_MS 10000

struct streams;

/* At most `most`, of one address `of_an_address`, and `new_per_s` new ones of it a second. */
struct streams_limits {
    uint32_t most, of_an_address, new_per_s;
};
struct streams *streams_create(const struct streams_limits *limits);
void streams_destroy(struct streams *streams); /* NULL is allowed */

/* libcoap has made the session; it is about to free it (one that never entered may leave). */
void streams_enter(struct streams *streams, coap_session_t *session, int64_t now_ms);
void streams_leave(struct streams *streams, const coap_session_t *session);

/* Ends those that were too many: each round. How many. */
size_t streams_turn_away(struct streams *streams);

/* Ends those that are not ready for requests in time: once a second. How many. */
size_t streams_hurry(struct streams *streams, int64_t now_ms);

size_t streams_count(const struct streams *streams);

#endif

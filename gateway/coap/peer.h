/*
 * peer: what is known about the other end of a session: who it is by its certificate, what it sent
 * last, the body it is sending. Made when the handshake is over and kept as the session's application
 * data. Thread safety: the endpoint's thread.
 *
 * A unit has at most PEER_SESSIONS_MAX sessions. One more, and the oldest is ended, in the next round:
 * it is what a unit left behind whose address has changed, or one of many that somebody opens with a
 * unit's certificate.
 */
#ifndef EVROLL_GATEWAY_COAP_PEER_H
#define EVROLL_GATEWAY_COAP_PEER_H

#include <coap3/coap.h>

#include "gateway/coap/body.h"
#include "gateway/coap/exchange.h"
#include "shared/tls/bar.h"

#define PEER_SESSIONS_MAX 4

struct peer {
    coap_session_t *session;
    struct tls_identity identity;
    bool may_send; /* a unit by its certificate, not kept out */
    bool surplus;  /* its unit has newer sessions enough */
    struct exchange_ring exchanges;
    struct body body;
    struct peer *next, **link;
};

struct peer_list {
    struct peer *first; /* the newest */
    size_t count;
    size_t surplus; /* not ended yet */
};

/* The session's peer, made when there is none. */
struct peer *peer_of(struct peer_list *list, coap_session_t *session, const struct bar *bar);

/* The session ends. `peer` may be NULL. */
void peer_forget(struct peer_list *list, struct peer *peer, struct body_room *body_room);

/* Ends those that are too many of one unit: each round. How many. */
size_t peer_turn_away(struct peer_list *list);

/* Ends the sessions of those who may not, or no longer, send. How many. */
size_t peer_expel(struct peer_list *list, const struct bar *bar);

/* Gives back the memory of bodies that were not continued. */
void peer_tidy(struct peer_list *list, int64_t now_ms, struct body_room *body_room);

#endif

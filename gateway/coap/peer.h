/*
 * peer: what is known about the other end of a session: who it is by its certificate, what it sent
 * last, the body it is sending. Made at the first request of a session and kept as the session's
 * application data. Thread safety: the endpoint's thread.
 */
#ifndef EVROLL_GATEWAY_COAP_PEER_H
#define EVROLL_GATEWAY_COAP_PEER_H

#include <coap3/coap.h>

#include "gateway/coap/body.h"
#include "gateway/coap/exchange.h"
#include "shared/tls/bar.h"

struct peer {
    coap_session_t *session;
    struct tls_identity identity;
    bool may_send; /* a unit by its certificate, not kept out */
    struct exchange_ring exchanges;
    struct body body;
    struct peer *next, **link;
};

struct peer_list {
    struct peer *first;
    size_t count;
};

/* Who is at the other end, by his certificate. False: nobody who may send; the log says why. */
bool peer_identify(coap_session_t *session, struct tls_identity *identity);

/* The session's peer, made when there is none. */
struct peer *peer_of(struct peer_list *list, coap_session_t *session, const struct bar *bar);

/* The session ends. `peer` may be NULL. */
void peer_forget(struct peer_list *list, struct peer *peer, struct body_room *body_room);

/* Ends the sessions of those who may not, or no longer, send. How many. */
size_t peer_expel(struct peer_list *list, const struct bar *bar);

/* Gives back the memory of bodies that were not continued. */
void peer_tidy(struct peer_list *list, int64_t now_ms, struct body_room *body_room);

#endif

#include "gateway/coap/peer.h"

#include <stdlib.h>
#include <string.h>

#include "gateway/coap/admission.h"
#include "gateway/coap/walk.h"
#include "shared/arena.h"
#include "shared/log.h"

#define PART "coap"

/* libcoap's callback for names gives the first DNS name before the CN, and is called for the
 * authority too: the certificate itself is asked. */
static bool identify(coap_session_t *session, struct tls_identity *identity)
{
    coap_tls_library_t library = COAP_TLS_LIBRARY_NOTLS;
    const struct ssl_st *tls = coap_session_get_tls(session, &library);
    struct fault fault = {0};

    if (library != COAP_TLS_LIBRARY_OPENSSL ||
        tls_session_identity(tls, identity, &fault) != ERR_OK) {
        log_info(PART, "refused %s: %s", coap_session_str(session), fault.text);
        *identity = (struct tls_identity){0};
        return false;
    }
    return admission_unit(identity);
}

/* As the handshake costs a thousand times what a look at all sessions does, they are not sorted by unit. */
static void mark_surplus(struct peer_list *list, const struct peer *newest)
{
    struct peer *oldest = NULL;
    size_t count = 0;

    for (struct peer *peer = list->first; peer != NULL; peer = peer->next)
        if (peer->may_send && !peer->surplus && !walk_will_free(peer->session) &&
            strcmp(peer->identity.name, newest->identity.name) == 0) {
            oldest = peer;
            count++;
        }
    if (count <= PEER_SESSIONS_MAX)
        return;
    oldest->surplus = true;
    list->surplus++;
}

struct peer *peer_of(struct peer_list *list, coap_session_t *session, const struct bar *bar)
{
    struct peer *peer = coap_session_get_app_data(session);

    if (peer != NULL)
        return peer;
    peer = mem_alloc(1, sizeof *peer);
    peer->session = session;
    peer->may_send = identify(session, &peer->identity) && !bar_keeps_out(bar, &peer->identity);
    peer->next = list->first;
    peer->link = &list->first;
    if (peer->next != NULL)
        peer->next->link = &peer->next;
    list->first = peer;
    list->count++;
    coap_session_set_app_data(session, peer);
    if (peer->may_send)
        mark_surplus(list, peer);
    return peer;
}

void peer_forget(struct peer_list *list, struct peer *peer, struct body_room *body_room)
{
    if (peer == NULL)
        return;
    coap_session_set_app_data(peer->session, NULL);
    *peer->link = peer->next;
    if (peer->next != NULL)
        peer->next->link = peer->link;
    list->count--;
    exchange_clear(&peer->exchanges);
    body_clear(&peer->body, body_room);
    free(peer);
}

size_t peer_turn_away(struct peer_list *list)
{
    size_t count = 0;

    if (list->surplus == 0)
        return 0;
    for (struct peer *peer = list->first; peer != NULL; peer = peer->next) {
        if (!peer->surplus || walk_will_free(peer->session))
            continue;
        log_info(PART, "ended %s: %s has %d newer sessions", coap_session_str(peer->session),
                 peer->identity.name, PEER_SESSIONS_MAX);
        coap_session_disconnected(peer->session, COAP_NACK_NOT_DELIVERABLE);
        count++;
    }
    list->surplus = 0;
    return count;
}

size_t peer_expel(struct peer_list *list, const struct bar *bar)
{
    size_t count = 0;

    for (struct peer *peer = list->first; peer != NULL; peer = peer->next) {
        if (bar_keeps_out(bar, &peer->identity))
            peer->may_send = false;
        if (peer->may_send || walk_will_free(peer->session))
            continue;
        log_info(PART, "ended the session of %s with %s: it may not send", peer->identity.name,
                 coap_session_str(peer->session));
        coap_session_disconnected(peer->session, COAP_NACK_TLS_FAILED);
        count++;
    }
    return count;
}

void peer_tidy(struct peer_list *list, int64_t now_ms, struct body_room *body_room)
{
    for (struct peer *peer = list->first; peer != NULL; peer = peer->next)
        if (peer->body.bytes != NULL && now_ms - peer->body.touched_ms > EXCHANGE_LIFETIME_MS)
            body_clear(&peer->body, body_room);
}

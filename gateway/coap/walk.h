/*
 * walk: how often libcoap looks at all sessions of a context.
 *
 * libcoap 4.3.1 ends each coap_io_do_epoll with a walk over every session of the context, for what
 * time brings: handshakes to repeat, idle sessions to end, closed ones to free. With 3,000 sessions
 * the walk costs many times what the datagram before it did. It is a call of a public function,
 * coap_io_prepare_epoll, through the dynamic linker; walk.c defines a function of that name, which
 * stands before the library's in this program. It notes that a walk is owed, and walk_pay, called a
 * few times a second, has the library do it: its own times are seconds.
 *
 * A library that no longer calls through the linker walks each time again, and nothing but the
 * saving is lost.
 *
 * Thread safety: what is watched is known to the thread that calls walk_watch, so this is the one
 * that serves the context. Contexts that are not watched are walked as ever.
 */
#ifndef EVROLL_GATEWAY_COAP_WALK_H
#define EVROLL_GATEWAY_COAP_WALK_H

#include <stdbool.h>

#include <coap3/coap.h>

struct walk {
    coap_context_t *context;
    bool owed;
    struct walk *next; /* of this thread */
};

/* The context's walks wait for walk_pay, until walk_leave. */
void walk_watch(struct walk *walk, coap_context_t *context);
void walk_leave(struct walk *walk);

/* Walks when a walk is owed. */
void walk_pay(struct walk *walk);

/* Libcoap ended the session, or we did: it is freed with the next walk. */
static inline bool walk_will_free(const coap_session_t *session)
{
    return coap_session_get_state(session) == COAP_SESSION_STATE_NONE;
}

#endif

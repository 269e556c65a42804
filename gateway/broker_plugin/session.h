/*
 * session: the units that are connected now, so that one whose certificate is revoked can be ended.
 *
 * Keyed by the broker's client, not by name: when a unit connects again the broker announces the
 * new client before it ends the old one. A table of a few thousand is searched from end to end,
 * which is small beside the TLS handshake of the connection it is searched for. One thread.
 */
#ifndef EVROLL_GATEWAY_BROKER_PLUGIN_SESSION_H
#define EVROLL_GATEWAY_BROKER_PLUGIN_SESSION_H

#include <stdbool.h>
#include <stddef.h>

#include "shared/tls/bar.h"

struct session_table {
    struct session *sessions;
    size_t count, room;
};

struct session {
    const void *client;
    struct tls_identity identity;
};

/* Adds the client, or gives the one there another identity. */
void session_put(struct session_table *table, const void *client,
                 const struct tls_identity *identity);
/* A client that is not in the table is ignored. */
void session_remove(struct session_table *table, const void *client);
/* Some session of somebody who is to be kept out, or NULL. Valid until the next put or remove. */
const struct session *session_find_barred(const struct session_table *table, const struct bar *bar);
void session_clear(struct session_table *table);

#endif

/*
 * link: one onboard unit's MQTT session: TLS with the unit's own certificate, QoS 1, a bounded
 * number of messages in flight, reconnecting with growing, jittered pauses. libmosquitto keeps what
 * is in flight and repeats it after a reconnect, so that a message is acknowledged at least once.
 *
 * links: all sessions of one run and the poll(2) loop that serves them. One thread.
 */
#ifndef EVROLL_TESTS_UNIT_TOOL_LINK_H
#define EVROLL_TESTS_UNIT_TOOL_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/err.h"
#include "shared/unit.h"

struct link_options {
    const char *host;
    int port;
    const char *pki; /* ca.pem, units/NAME.pem, units/NAME.key */
    int version;     /* 4: MQTT 3.1.1; 5 */
    unsigned window; /* messages in flight, per unit */
    enum format format;
    const char *bare_topic; /* NULL, or a topic to publish to instead of the unit's own (peer
                               measurements) */
    bool tls;
};

struct links;
struct link;

/* Called for each acknowledged message, in the order in which a unit sent them. */
typedef void link_acknowledged(void *context, struct link *link);

struct links *links_create(const struct link_options *options, link_acknowledged *acknowledged,
                           void *context);
void links_destroy(struct links *links);

/* The session of a unit, begun at the first call. ERR_NOT_FOUND when it has no certificate. */
enum err links_get(struct links *links, const char *unit, struct link **link,
                   struct fault *fault) ERR_CHECKED;

const char *link_unit(const struct link *link);
void *link_data(const struct link *link); /* the caller's, NULL at first */
void link_set_data(struct link *link, void *data);

/* Connected, and fewer than `window` messages in flight. */
bool link_has_room(const struct link *link);
enum err link_send(struct link *link, const uint8_t *bytes, size_t len,
                   struct fault *fault) ERR_CHECKED;

/* Serves all sessions for at most `timeout_ms` (returns early when something happened). */
void links_serve(struct links *links, int timeout_ms);

size_t links_in_flight(const struct links *links);
size_t links_connected(const struct links *links);
size_t links_count(const struct links *links);
uint64_t links_reconnects(const struct links *links);
/* The last reason the broker or the network gave for ending a session; "" when none did. */
const char *links_last_trouble(const struct links *links);

/* Ends every session in order (DISCONNECT), waiting at most `timeout_ms`. */
void links_disconnect(struct links *links, int timeout_ms);

#endif

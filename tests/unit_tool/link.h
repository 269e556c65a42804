/*
 * link: one onboard unit's session with the gateway: TLS with the unit's own certificate, every
 * message acknowledged, a bounded number of them in flight, reconnecting with growing, jittered
 * pauses. One interface, two back ends: MQTT with QoS 1 (link_mqtt.c) and CoAP over DTLS or TLS
 * (link_coap.c). What is in flight is repeated after a reconnect, so that a message is acknowledged
 * at least once.
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
#include "tests/unit_tool/told.h"

#define LINK_CONNECT_MS 15000
#define LINK_ANSWER_MS  15000 /* libcoap repeats after 2–3, 6–9 and 14–21 s */

enum link_transport { LINK_MQTT, LINK_COAP, LINK_COAP_TCP };

struct link_options {
    enum link_transport transport;
    const char *host;
    int port;
    const char *pki; /* ca.pem, units/NAME.pem, units/NAME.key */
    int version;     /* of MQTT, 4: 3.1.1; 5 */
    unsigned window; /* messages in flight, per unit */
    unsigned nstart; /* CoAP over DTLS: those of them that are on the line at a time */
    enum format format;
    const char *bare_topic; /* NULL, or a topic (path) to publish to instead of the unit's own (peer
                               measurements) */
    bool tls;
    bool obey;      /* listen to what the registry sets for the unit */
    int connect_ms; /* for a whole handshake; 0: LINK_CONNECT_MS */
    int answer_ms;  /* CoAP: an answer later than that does not come; 0: LINK_ANSWER_MS */
};

struct links;
struct link;

/* Called for each acknowledged message, in the order in which a unit sent them. `refused`: the
 * gateway has said that it will never take this one; sending it again would not help. */
typedef void link_acknowledged(void *context, struct link *link, bool refused);

/* ERR_NOT_FOUND when the host has no address. */
enum err links_create(const struct link_options *options, link_acknowledged *acknowledged,
                      void *context, struct links **links, struct fault *fault) ERR_CHECKED;
void links_destroy(struct links *links);

/* The session of a unit, begun at the first call. ERR_NOT_FOUND when it has no certificate. */
enum err links_get(struct links *links, const char *unit, struct link **link,
                   struct fault *fault) ERR_CHECKED;

const char *link_unit(const struct link *link);
void *link_data(const struct link *link); /* the caller's, NULL at first */
void link_set_data(struct link *link, void *data);

/* What the registry wants the unit to report; nothing is set before the unit was told. */
struct told link_told(const struct link *link);

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
/* The last reason the gateway or the network gave for ending a session or refusing a message; ""
 * when none did. */
const char *links_last_trouble(const struct links *links);

/* Ends every session in order, waiting at most `timeout_ms`. */
void links_disconnect(struct links *links, int timeout_ms);

#endif

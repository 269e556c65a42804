/*
 * policy: who may do what at the broker, as pure functions of names, topics and sizes. What the
 * broker is told, and what it then does to the client, is in plugin.c.
 *
 * A unit writes its own telemetry and reads its own "errors" and "config"; nobody reads telemetry,
 * so the broker never queues or keeps any. No allocation, no state, any pointer may be NULL.
 */
#ifndef EVROLL_GATEWAY_BROKER_PLUGIN_POLICY_H
#define EVROLL_GATEWAY_BROKER_PLUGIN_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/tls/tls.h"
#include "shared/unit.h"

#define POLICY_TOPIC_PREFIX "evroll/v1/units/"
#define POLICY_TOPIC_MAX    (sizeof POLICY_TOPIC_PREFIX + UNIT_NAME_MAX + sizeof "/senml-json")

enum verdict {
    VERDICT_OK,
    /* at CONNECT */
    VERDICT_NO_CERTIFICATE,
    VERDICT_BAD_CERTIFICATE, /* no usable name in it, or it is for something else than a unit */
    VERDICT_WRONG_CLIENT_ID,
    VERDICT_REVOKED,
    VERDICT_NOT_READY,
    /* at PUBLISH, SUBSCRIBE */
    VERDICT_NOT_SIGNED_IN, /* the user name is not the one that CONNECT gave it */
    VERDICT_FOREIGN_TOPIC,
    VERDICT_RETAINED,
    VERDICT_QOS,
    VERDICT_TOO_LARGE,
    VERDICT_JOURNAL_FULL,
    VERDICT_JOURNAL_ERROR,
    VERDICT_COUNT
};

/* Short fixed name for logs and metrics: "foreign_topic", … */
const char *policy_verdict_name(enum verdict verdict);

/* May the holder of this certificate connect under this client id? Revocation is asked elsewhere.
 */
enum verdict policy_connect(const struct tls_identity *identity, const char *client_id);

struct policy_publish {
    const char *client_id, *username, *topic;
    size_t payload_len, payload_max;
    int qos;
    bool retain;
};

/* `format` is set when the answer is VERDICT_OK. */
enum verdict policy_publish(const struct policy_publish *publish, enum format *format);

/* Subscribing to a topic, and being sent a message of it. Wildcards are nobody's own topic. */
enum verdict policy_read(const char *client_id, const char *username, const char *topic);

#endif

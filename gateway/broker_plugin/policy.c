#include "gateway/broker_plugin/policy.h"

#include <string.h>

static const char *const verdict_names[VERDICT_COUNT] = {
    [VERDICT_OK] = "ok",
    [VERDICT_NO_CERTIFICATE] = "no_certificate",
    [VERDICT_BAD_CERTIFICATE] = "bad_certificate",
    [VERDICT_WRONG_CLIENT_ID] = "wrong_client_id",
    [VERDICT_REVOKED] = "revoked",
    [VERDICT_NOT_READY] = "not_ready",
    [VERDICT_NOT_SIGNED_IN] = "not_signed_in",
    [VERDICT_FOREIGN_TOPIC] = "foreign_topic",
    [VERDICT_RETAINED] = "retained",
    [VERDICT_QOS] = "qos",
    [VERDICT_TOO_LARGE] = "too_large",
    [VERDICT_JOURNAL_FULL] = "journal_full",
    [VERDICT_JOURNAL_ERROR] = "journal_error",
};

const char *policy_verdict_name(enum verdict verdict)
{
    return verdict_names[verdict];
}

enum verdict policy_connect(const struct tls_identity *identity, const char *client_id)
{
    if (identity == NULL)
        return VERDICT_NO_CERTIFICATE;
    if (!unit_name_ok(identity->name, strlen(identity->name)))
        return VERDICT_BAD_CERTIFICATE;
    /* A certificate of another authority has no kind; one of evroll-ca for a gateway is no unit's.
     */
    if (identity->kind[0] != '\0' && strcmp(identity->kind, "unit") != 0)
        return VERDICT_BAD_CERTIFICATE;
    if (client_id == NULL || strcmp(client_id, identity->name) != 0)
        return VERDICT_WRONG_CLIENT_ID;
    return VERDICT_OK;
}

/* CONNECT gives every client its own name as its user name. Asking for both again costs nothing and
 * holds when the broker is configured past the plugin. */
static bool signed_in(const char *client_id, const char *username)
{
    return client_id != NULL && username != NULL && strcmp(client_id, username) == 0 &&
           unit_name_ok(client_id, strlen(client_id));
}

/* What follows "evroll/v1/units/{unit}/", or NULL when the topic is another one. */
static const char *own_leaf(const char *topic, const char *unit)
{
    size_t prefix = sizeof POLICY_TOPIC_PREFIX - 1, len = strlen(unit);

    if (topic == NULL || strncmp(topic, POLICY_TOPIC_PREFIX, prefix) != 0 ||
        strncmp(topic + prefix, unit, len) != 0 || topic[prefix + len] != '/')
        return NULL;
    return topic + prefix + len + 1;
}

enum verdict policy_publish(const struct policy_publish *publish, enum format *format)
{
    const char *leaf = NULL;

    if (!signed_in(publish->client_id, publish->username))
        return VERDICT_NOT_SIGNED_IN;
    leaf = own_leaf(publish->topic, publish->client_id);
    *format = leaf == NULL ? FORMAT_NONE : format_parse(leaf, strlen(leaf));
    if (*format == FORMAT_NONE)
        return VERDICT_FOREIGN_TOPIC;
    if (publish->retain)
        return VERDICT_RETAINED;
    if (publish->qos < 0 || publish->qos > 1)
        return VERDICT_QOS;
    if (publish->payload_len > publish->payload_max)
        return VERDICT_TOO_LARGE;
    return VERDICT_OK;
}

enum verdict policy_read(const char *client_id, const char *username, const char *topic)
{
    const char *leaf = NULL;

    if (!signed_in(client_id, username))
        return VERDICT_NOT_SIGNED_IN;
    leaf = own_leaf(topic, client_id);
    if (leaf == NULL || (strcmp(leaf, "errors") != 0 && strcmp(leaf, "config") != 0))
        return VERDICT_FOREIGN_TOPIC;
    return VERDICT_OK;
}

/*
 * evroll-broker.so: what Mosquitto 2.0 calls, and what it is answered.
 *
 *     BASIC_AUTH   certificate ─▶ name, revoked? ─▶ client id must be the name ─▶ user name
 *     ACL_CHECK    may this client write or read this topic (policy.c)
 *     MESSAGE      the same again, then append to the journal; only after that comes PUBACK
 *     DISCONNECT   the session leaves the table
 *     RELOAD       SIGHUP: the broker asks BASIC_AUTH again for all, offline sessions too
 *     TICK         each second: who is kept out, and ends his session; outbox; metrics; watchdog
 *
 * The broker is told to refuse by an error code, and what the client sees depends on it (2.0.11,
 * src/handle_publish.c, read_handle.c): MOSQ_ERR_ACL_DENIED sends an MQTT 5 client PUBACK 0x87 and
 * an older one an ordinary PUBACK, which would be a lie; every other code closes the connection
 * without a PUBACK, and some of them with a DISCONNECT reason for MQTT 5. The table `answers` holds
 * it all. Wills never reach MESSAGE: they are ignored, that is neither journaled nor delivered,
 * because only telemetry topics pass ACL_CHECK for writing and nobody can subscribe to those.
 *
 * No payload is looked into. Nothing here waits for a disk; TICK makes the next segment ready, and
 * writes small files each second or rarer. One thread: the broker's.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mosquitto.h>
#include <mosquitto_broker.h>
#include <mosquitto_plugin.h>
#include <systemd/sd-daemon.h>

#include "gateway/broker_plugin/metrics.h"
#include "gateway/broker_plugin/outbox.h"
#include "gateway/broker_plugin/policy.h"
#include "gateway/broker_plugin/session.h"
#include "gateway/broker_plugin/settings.h"
#include "gateway/journal/journal.h"
#include "shared/arena.h"
#include "shared/clock.h"
#include "shared/tls/bar.h"

#define HOUSEKEEPING_MS  1000
#define OUTBOX_MS        100
#define OUTBOX_MOST      64
#define METRICS_MS       5000
#define ALIVE_MS         5000 /* far below WatchdogSec of evroll-broker.service */
#define LINES_PER_SECOND 10

struct plugin {
    struct settings settings;
    struct journal_writer *journal;
    struct bar bar;
    struct session_table sessions;
    struct outbox *outbox; /* NULL without outbox_dir */
    struct metrics metrics;
    bool ticked;    /* the broker ticks, as it does not with per_listener_settings */
    bool reloading; /* between RELOAD and the next TICK */
    bool outbox_failed, metrics_failed; /* said already */
    size_t config_at;                   /* whose settings are looked at next */
    int64_t housekeeping_due_ms, outbox_due_ms, metrics_due_ms, alive_due_ms;
    unsigned lines_left; /* about refusals, in this second */
    uint64_t hushed;
};

static const struct {
    int v3; /* MQTT 3.1 and 3.1.1 */
    int v5;
} answers[VERDICT_COUNT] = {
    [VERDICT_OK] = {MOSQ_ERR_SUCCESS, MOSQ_ERR_SUCCESS},
    [VERDICT_NO_CERTIFICATE] = {MOSQ_ERR_AUTH, MOSQ_ERR_AUTH}, /* CONNACK 5, 0x87 */
    [VERDICT_BAD_CERTIFICATE] = {MOSQ_ERR_AUTH, MOSQ_ERR_AUTH},
    [VERDICT_WRONG_CLIENT_ID] = {MOSQ_ERR_AUTH, MOSQ_ERR_AUTH},
    [VERDICT_REVOKED] = {MOSQ_ERR_AUTH, MOSQ_ERR_AUTH},
    [VERDICT_NOT_READY] = {MOSQ_ERR_AUTH, MOSQ_ERR_AUTH},
    [VERDICT_NOT_SIGNED_IN] = {MOSQ_ERR_AUTH, MOSQ_ERR_AUTH},       /* closed */
    [VERDICT_FOREIGN_TOPIC] = {MOSQ_ERR_AUTH, MOSQ_ERR_ACL_DENIED}, /* closed; PUBACK 0x87 */
    [VERDICT_RETAINED] = {MOSQ_ERR_NOT_SUPPORTED, MOSQ_ERR_RETAIN_NOT_SUPPORTED}, /* 0x9A */
    [VERDICT_QOS] = {MOSQ_ERR_NOT_SUPPORTED, MOSQ_ERR_QOS_NOT_SUPPORTED},         /* 0x9B */
    /* There is no code that makes the broker say 0x95 or 0x97; it says 0x80, unspecified. */
    [VERDICT_TOO_LARGE] = {MOSQ_ERR_PAYLOAD_SIZE, MOSQ_ERR_UNKNOWN},
    [VERDICT_JOURNAL_FULL] = {MOSQ_ERR_UNKNOWN, MOSQ_ERR_UNKNOWN},
    [VERDICT_JOURNAL_ERROR] = {MOSQ_ERR_UNKNOWN, MOSQ_ERR_UNKNOWN},
};

/* Counts a refusal, says so unless too much has been said this second, and gives the broker's code.
 */
static int refuse(struct plugin *plugin, const struct mosquitto *client, enum verdict verdict,
                  const char *detail)
{
    const char *id = mosquitto_client_id(client), *address = mosquitto_client_address(client);

    plugin->metrics.refused[verdict]++;
    if (plugin->lines_left > 0) {
        plugin->lines_left--;
        mosquitto_log_printf(MOSQ_LOG_NOTICE, "evroll: refused %s from %s: %s%s%s",
                             id == NULL ? "a client" : id, address == NULL ? "nowhere" : address,
                             policy_verdict_name(verdict), detail == NULL ? "" : ", ",
                             detail == NULL ? "" : detail);
    } else {
        plugin->hushed++;
    }
    return mosquitto_client_protocol_version(client) == 5 ? answers[verdict].v5
                                                          : answers[verdict].v3;
}

/* ---- CONNECT ---- */

static enum verdict sign_in(struct plugin *plugin, struct mosquitto *client, struct fault *fault)
{
    struct x509_st *certificate = mosquitto_client_certificate(client);
    struct tls_identity identity;
    enum verdict verdict = VERDICT_OK;

    if (certificate == NULL)
        return VERDICT_NO_CERTIFICATE;
    if (tls_identity_of(certificate, &identity, fault) != ERR_OK)
        verdict = VERDICT_BAD_CERTIFICATE;
    else
        verdict = policy_connect(&identity, mosquitto_client_id(client));
    tls_certificate_free(certificate);
    if (verdict == VERDICT_OK && bar_keeps_out(&plugin->bar, &identity))
        verdict = VERDICT_REVOKED;
    if (verdict == VERDICT_OK && mosquitto_set_username(client, identity.name) != MOSQ_ERR_SUCCESS)
        verdict = VERDICT_NOT_READY;
    if (verdict == VERDICT_OK)
        session_put(&plugin->sessions, client, &identity);
    return verdict;
}

static int on_basic_auth(int event, void *event_data, void *userdata)
{
    const struct mosquitto_evt_basic_auth *auth = event_data;
    struct plugin *plugin = userdata;
    struct fault fault = {0};
    enum verdict verdict = VERDICT_OK;

    (void)event;
    /* The broker ticks between accepting a connection and reading from it. Without ticks revocation
     * would not work, so nobody comes in. */
    if (!plugin->ticked)
        return refuse(plugin, auth->client, VERDICT_NOT_READY, "set per_listener_settings false");
    verdict = sign_in(plugin, auth->client, &fault);
    /* A reload asks for sessions whose unit is away: they signed in once, and will have to again.
     */
    if (verdict == VERDICT_NO_CERTIFICATE && plugin->reloading)
        return MOSQ_ERR_SUCCESS;
    if (verdict != VERDICT_OK)
        return refuse(plugin, auth->client, verdict, fault.text[0] == '\0' ? NULL : fault.text);
    return MOSQ_ERR_SUCCESS;
}

static int on_disconnect(int event, void *event_data, void *userdata)
{
    const struct mosquitto_evt_disconnect *gone = event_data;
    struct plugin *plugin = userdata;

    (void)event;
    session_remove(&plugin->sessions, gone->client);
    return MOSQ_ERR_SUCCESS;
}

static int on_reload(int event, void *event_data, void *userdata)
{
    struct plugin *plugin = userdata;

    (void)event;
    (void)event_data;
    plugin->reloading = true;
    return MOSQ_ERR_SUCCESS;
}

/* ---- PUBLISH and SUBSCRIBE ---- */

static int on_acl_check(int event, void *event_data, void *userdata)
{
    const struct mosquitto_evt_acl_check *check = event_data;
    struct plugin *plugin = userdata;
    const char *id = mosquitto_client_id(check->client);
    const char *username = mosquitto_client_username(check->client);
    enum format format = FORMAT_NONE;
    enum verdict verdict = VERDICT_OK;

    (void)event;
    if (check->access == MOSQ_ACL_WRITE)
        verdict =
            policy_publish(&(struct policy_publish){.client_id = id,
                                                    .username = username,
                                                    .topic = check->topic,
                                                    .payload_len = check->payloadlen,
                                                    .payload_max = plugin->settings.payload_max,
                                                    .qos = check->qos,
                                                    .retain = check->retain},
                           &format);
    else if (check->access == MOSQ_ACL_READ || check->access == MOSQ_ACL_SUBSCRIBE)
        verdict = policy_read(id, username, check->topic);
    if (verdict == VERDICT_OK)
        return MOSQ_ERR_SUCCESS;
    if (check->access == MOSQ_ACL_WRITE)
        return refuse(plugin, check->client, verdict, check->topic);
    /* SUBACK has a code for "no" in every version. */
    (void)refuse(plugin, check->client, verdict, check->topic);
    return MOSQ_ERR_ACL_DENIED;
}

static enum verdict append(struct plugin *plugin, const struct mosquitto_evt_message *message,
                           const char *unit, enum format format)
{
    struct journal_entry entry = {.received_ms = clock_wall_ms(&clock_system),
                                  .format = format,
                                  .payload = message->payload,
                                  .payload_len = message->payloadlen};
    uint64_t position = 0;

    /* The policy has made sure that the name fits. */
    memcpy(entry.unit, unit, strlen(unit) + 1);
    switch (journal_append(plugin->journal, &entry, &position)) {
    case ERR_OK:
        return VERDICT_OK;
    case ERR_FULL:
        return VERDICT_JOURNAL_FULL;
    default:
        return VERDICT_JOURNAL_ERROR;
    }
}

static int on_message(int event, void *event_data, void *userdata)
{
    const struct mosquitto_evt_message *message = event_data;
    struct plugin *plugin = userdata;
    struct policy_publish publish = {.client_id = mosquitto_client_id(message->client),
                                     .username = mosquitto_client_username(message->client),
                                     .topic = message->topic,
                                     .payload_len = message->payloadlen,
                                     .payload_max = plugin->settings.payload_max,
                                     .qos = message->qos,
                                     .retain = message->retain};
    enum format format = FORMAT_NONE;
    enum verdict verdict = policy_publish(&publish, &format);

    (void)event;
    if (verdict == VERDICT_OK)
        verdict = append(plugin, message, publish.client_id, format);
    if (verdict != VERDICT_OK)
        return refuse(plugin, message->client, verdict, message->topic);
    plugin->metrics.accepted++;
    return MOSQ_ERR_SUCCESS;
}

/* ---- TICK ---- */

static void barred_kick(struct plugin *plugin)
{
    const struct session *session = NULL;

    while ((session = session_find_barred(&plugin->sessions, &plugin->bar)) != NULL) {
        const void *client = session->client;
        struct tls_identity identity = session->identity;

        mosquitto_log_printf(MOSQ_LOG_NOTICE,
                             "evroll: ended the session of %s: revoked, or not admitted",
                             identity.name);
        mosquitto_kick_client_by_clientid(identity.name, false);
        plugin->metrics.kicked++;
        /* DISCONNECT has removed it already, unless the broker did not know the client. */
        session_remove(&plugin->sessions, client);
    }
}

static void housekeep(struct plugin *plugin)
{
    if (bar_refresh(&plugin->bar)) {
        barred_kick(plugin);
        plugin->config_at = 0;
    }
    if (plugin->hushed > 0)
        mosquitto_log_printf(MOSQ_LOG_NOTICE, "evroll: and %llu more refusals",
                             (unsigned long long)plugin->hushed);
    plugin->hushed = 0;
    plugin->lines_left = LINES_PER_SECOND;
}

/* The broker frees the payload with its own allocator, so it must come from there. */
static bool publish(const char *topic, const void *payload, size_t len, bool retain)
{
    void *copy = mosquitto_malloc(len + 1);

    if (copy == NULL)
        return false;
    memcpy(copy, payload, len);
    if (mosquitto_broker_publish(NULL, topic, (int)len, copy, 1, retain, NULL) == MOSQ_ERR_SUCCESS)
        return true;
    mosquitto_free(copy);
    return false;
}

static bool publish_to_unit(void *context, const char *topic, const void *payload, size_t len)
{
    (void)context;
    return publish(topic, payload, len, false);
}

/* What units are to report, a few in a tick. The broker keeps the last for each unit, and forgets it
 * with an empty one; after its restart all are news again. */
static void config_work(struct plugin *plugin)
{
    char topic[POLICY_TOPIC_MAX], text[ROSTER_CONFIG_MAX];
    struct roster *roster = plugin->bar.roster;
    struct roster_entry entry;

    for (size_t told = 0; told < OUTBOX_MOST && plugin->config_at < roster_count(roster);
         plugin->config_at++) {
        roster_at(roster, plugin->config_at, &entry);
        if (!entry.news)
            continue;
        snprintf(topic, sizeof topic, POLICY_TOPIC_PREFIX "%s/config", entry.unit);
        if (!publish(topic, text, roster_config(&entry, text), true))
            return;
        roster_told(roster, plugin->config_at);
        told++;
    }
}

/* Says what failed once, until it works again. */
static void outcome_say(bool *failed, enum err err, const struct fault *fault)
{
    if (err != ERR_OK && !*failed)
        mosquitto_log_printf(MOSQ_LOG_WARNING, "evroll: %s", fault->text);
    *failed = err != ERR_OK;
}

static void outbox_work(struct plugin *plugin, bool release)
{
    struct outbox_result result;
    struct fault fault = {0};
    enum err err =
        outbox_deliver(plugin->outbox, OUTBOX_MOST, publish_to_unit, NULL, &result, &fault);

    plugin->metrics.errors_published += result.published;
    plugin->metrics.outbox_skipped += result.skipped;
    if (err == ERR_OK && release)
        err = outbox_release(plugin->outbox, &fault);
    outcome_say(&plugin->outbox_failed, err, &fault);
}

static void metrics_work(struct plugin *plugin)
{
    struct fault fault = {0};

    plugin->metrics.connected = plugin->sessions.count;
    outcome_say(&plugin->metrics_failed,
                metrics_write(&plugin->metrics, plugin->settings.metrics_file, &fault), &fault);
}

/* True once `due_ms` has come, and sets it to the next time. */
static bool due(int64_t *due_ms, int64_t now_ms, int64_t every_ms)
{
    if (now_ms < *due_ms)
        return false;
    *due_ms = now_ms + every_ms;
    return true;
}

static int on_tick(int event, void *event_data, void *userdata)
{
    struct plugin *plugin = userdata;
    int64_t now_ms = clock_mono_ms(&clock_system);
    bool second = due(&plugin->housekeeping_due_ms, now_ms, HOUSEKEEPING_MS);

    (void)event;
    (void)event_data;
    plugin->ticked = true;
    plugin->reloading = false;
    journal_writer_prepare(plugin->journal);
    if (second)
        housekeep(plugin);
    if (plugin->bar.roster != NULL)
        config_work(plugin);
    if (plugin->outbox != NULL && due(&plugin->outbox_due_ms, now_ms, OUTBOX_MS))
        outbox_work(plugin, second);
    if (plugin->settings.metrics_file != NULL && due(&plugin->metrics_due_ms, now_ms, METRICS_MS))
        metrics_work(plugin);
    if (due(&plugin->alive_due_ms, now_ms, ALIVE_MS))
        (void)sd_notify(0, "WATCHDOG=1"); /* that it is ready the broker says itself */
    return MOSQ_ERR_SUCCESS;
}

/* ---- the plugin's life ---- */

/* While the broker runs a bad list leaves the last good one in force. At the start there is no last
 * one, and going on without would let every revoked unit in. */
static enum err revoked_open(struct plugin *plugin, struct fault *fault)
{
    if (plugin->settings.crl_file == NULL)
        return ERR_OK;
    plugin->bar.revoked = tls_revoked_create(plugin->settings.crl_file, plugin->settings.ca_file);
    tls_revoked_refresh(plugin->bar.revoked);
    if (!tls_revoked_known(plugin->bar.revoked))
        return fault_set(fault, ERR_INPUT,
                         "no revocation list in %s; make one (evroll-ca crl) or take out "
                         "plugin_opt_crl_file",
                         plugin->settings.crl_file);
    return ERR_OK;
}

/* The registry's word is there once the gateway asked for it. */
static void roster_open(struct plugin *plugin)
{
    const struct settings *settings = &plugin->settings;

    if (settings->directory_file == NULL)
        return;
    plugin->bar.roster = roster_create(settings->directory_file);
    plugin->bar.admit = settings->admit != NULL && strcmp(settings->admit, "registered") == 0
                            ? ROSTER_ADMIT_REGISTERED
                            : ROSTER_ADMIT_ALL;
    (void)roster_refresh(plugin->bar.roster);
}

static enum err plugin_open(struct plugin *plugin, const struct mosquitto_opt *options, int count,
                            struct fault *fault)
{
    enum err err = settings_read(options, count, &plugin->settings, fault);

    if (err == ERR_OK)
        err = revoked_open(plugin, fault);
    roster_open(plugin);
    if (err == ERR_OK)
        err = journal_writer_open(
            &(struct journal_options){.dir = plugin->settings.journal_dir,
                                      .budget_bytes = plugin->settings.journal_budget_bytes,
                                      .segment_bytes =
                                          (uint32_t)plugin->settings.journal_segment_bytes},
            &plugin->journal, fault);
    if (err == ERR_OK && plugin->settings.outbox_dir != NULL)
        plugin->outbox = outbox_create(plugin->settings.outbox_dir);
    plugin->lines_left = LINES_PER_SECOND;
    return err;
}

static void plugin_close(struct plugin *plugin)
{
    struct fault fault = {0};

    if (plugin->outbox != NULL)
        outcome_say(&plugin->outbox_failed, outbox_release(plugin->outbox, &fault), &fault);
    outbox_destroy(plugin->outbox);
    if (plugin->journal != NULL)
        journal_writer_close(plugin->journal);
    bar_clear(&plugin->bar);
    session_clear(&plugin->sessions);
    free(plugin);
}

static int plugin_listen(struct plugin *plugin, mosquitto_plugin_id_t *identifier)
{
    static const struct {
        int event;
        MOSQ_FUNC_generic_callback callback;
    } events[] = {
        {MOSQ_EVT_BASIC_AUTH, on_basic_auth}, {MOSQ_EVT_ACL_CHECK, on_acl_check},
        {MOSQ_EVT_MESSAGE, on_message},       {MOSQ_EVT_DISCONNECT, on_disconnect},
        {MOSQ_EVT_RELOAD, on_reload},         {MOSQ_EVT_TICK, on_tick},
    };
    int rc = MOSQ_ERR_SUCCESS;

    for (size_t i = 0; i < sizeof events / sizeof events[0] && rc == MOSQ_ERR_SUCCESS; i++)
        rc = mosquitto_callback_register(identifier, events[i].event, events[i].callback, NULL,
                                         plugin);
    return rc;
}

int mosquitto_plugin_version(int supported_version_count, const int *supported_versions)
{
    for (int i = 0; i < supported_version_count; i++)
        if (supported_versions[i] == MOSQ_PLUGIN_VERSION)
            return MOSQ_PLUGIN_VERSION;
    return -1;
}

int mosquitto_plugin_init(mosquitto_plugin_id_t *identifier, void **userdata,
                          struct mosquitto_opt *options, int option_count)
{
    struct plugin *plugin = mem_alloc(1, sizeof *plugin);
    struct fault fault = {0};

    if (plugin_open(plugin, options, option_count, &fault) != ERR_OK) {
        mosquitto_log_printf(MOSQ_LOG_ERR, "evroll: %s", fault.text);
        plugin_close(plugin);
        return MOSQ_ERR_INVAL;
    }
    *userdata = plugin;
    return plugin_listen(plugin, identifier);
}

int mosquitto_plugin_cleanup(void *userdata, struct mosquitto_opt *options, int option_count)
{
    (void)options;
    (void)option_count;
    if (userdata != NULL)
        plugin_close(userdata);
    return MOSQ_ERR_SUCCESS;
}

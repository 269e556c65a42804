/*
 * link_mqtt: the back end of link.h over MQTT, QoS 1, with libmosquitto, which keeps what is in
 * flight and repeats it after a reconnect.
 */
#include <mosquitto.h>
#include <stdio.h>
#include <stdlib.h>

#include "shared/arena.h"
#include "shared/clock.h"
#include "tests/unit_tool/link_internal.h"

#define KEEPALIVE_S   60
#define MISC_EVERY_MS 500
#define REASON_REFUSE 0x80 /* MQTT 5: reason codes from here on are refusals */

struct session {
    struct mosquitto *mosq;
    char topic[128];
    bool known; /* mosquitto_connect was called once: from then on it is mosquitto_reconnect */
    bool left;
    int64_t misc_at_ms;
};

static enum err library_start(struct links *links, struct fault *fault)
{
    (void)links;
    if (mosquitto_lib_init() != MOSQ_ERR_SUCCESS)
        return fault_set(fault, ERR_IO, "libmosquitto could not be set up: %m");
    return ERR_OK;
}

static void library_stop(struct links *links)
{
    (void)links;
    mosquitto_lib_cleanup();
}

/* ---- what the library tells ---- */

static void on_publish(struct mosquitto *mosq, void *arg, int mid, int reason,
                       const mosquitto_property *properties)
{
    struct link *link = arg;

    (void)mosq;
    (void)properties;
    if (reason >= REASON_REFUSE)
        link_trouble(link, mosquitto_reason_string(reason));
    link_settle(link, mid, reason >= REASON_REFUSE);
}

static void on_connect(struct mosquitto *mosq, void *arg, int code)
{
    struct link *link = arg;
    char topic[128];

    if (code != 0) {
        link_trouble(link, mosquitto_connack_string(code));
        return;
    }
    link_up(link);
    link_steady(link);
    if (link->links->options.obey) {
        snprintf(topic, sizeof topic, "evroll/v1/units/%s/config", link->unit);
        (void)mosquitto_subscribe(mosq, NULL, topic, 1); /* in vain: nothing is told */
    }
}

static void on_message(struct mosquitto *mosq, void *arg, const struct mosquitto_message *message)
{
    struct link *link = arg;

    (void)mosq;
    link->told = told_read(message->payload, (size_t)message->payloadlen);
}

static void on_disconnect(struct mosquitto *mosq, void *arg, int code)
{
    struct link *link = arg;

    (void)mosq;
    if (code != 0)
        link_trouble(link, mosquitto_strerror(code));
    link_lost(link);
}

/* ---- a session ---- */

static enum err set_up_tls(struct link *link, struct fault *fault)
{
    struct session *session = link->session;
    struct link_files files;
    enum err err = link_files_find(link, &files, fault);
    int rc = 0;

    if (err != ERR_OK)
        return err;
    rc = mosquitto_tls_set(session->mosq, files.ca, NULL, files.cert, files.key, NULL);
    if (rc != MOSQ_ERR_SUCCESS)
        return fault_set(fault, ERR_INPUT, "%s: %s", files.cert, mosquitto_strerror(rc));
    return ERR_OK;
}

static enum err session_open(struct link *link, struct fault *fault)
{
    const struct link_options *options = &link->links->options;
    struct session *session = mem_alloc(1, sizeof *session);

    link->session = session;
    if (options->bare_topic != NULL)
        snprintf(session->topic, sizeof session->topic, "%s/%s", options->bare_topic, link->unit);
    else
        snprintf(session->topic, sizeof session->topic, "evroll/v1/units/%s/%s", link->unit,
                 format_name(options->format));
    session->mosq = mosquitto_new(link->unit, true, link);
    if (session->mosq == NULL)
        return fault_set(fault, ERR_IO, "%s: mosquitto_new: %m", link->unit);
    mosquitto_int_option(session->mosq, MOSQ_OPT_PROTOCOL_VERSION, options->version);
    mosquitto_int_option(session->mosq, MOSQ_OPT_TCP_NODELAY, 1);
    mosquitto_max_inflight_messages_set(session->mosq, options->window);
    mosquitto_connect_callback_set(session->mosq, on_connect);
    mosquitto_message_callback_set(session->mosq, on_message);
    mosquitto_disconnect_callback_set(session->mosq, on_disconnect);
    mosquitto_publish_v5_callback_set(session->mosq, on_publish);
    return options->tls ? set_up_tls(link, fault) : ERR_OK;
}

static void session_close(struct link *link)
{
    struct session *session = link->session;

    if (session != NULL)
        mosquitto_destroy(session->mosq);
    free(session);
}

static bool session_begin(struct link *link)
{
    const struct link_options *options = &link->links->options;
    struct session *session = link->session;
    char said[96];
    int rc = session->known
                 ? mosquitto_reconnect(session->mosq)
                 : mosquitto_connect(session->mosq, options->host, options->port, KEEPALIVE_S);

    if (rc == MOSQ_ERR_SUCCESS) {
        session->known = true;
        return true;
    }
    /* %m: the description is thread-safe, strerror's is not. */
    snprintf(said, sizeof said, "%m");
    link_trouble(link, rc == MOSQ_ERR_ERRNO ? said : mosquitto_strerror(rc));
    return false;
}

static enum err session_send(struct link *link, size_t slot, const uint8_t *bytes, size_t len,
                             struct fault *fault)
{
    struct session *session = link->session;
    int rc = mosquitto_publish(session->mosq, &link->flights[slot].id, session->topic, (int)len,
                               bytes, 1, false);

    switch (rc) {
    case MOSQ_ERR_INVAL:
    case MOSQ_ERR_NOMEM:
    case MOSQ_ERR_PAYLOAD_SIZE:
    case MOSQ_ERR_OVERSIZE_PACKET:
    case MOSQ_ERR_MALFORMED_UTF8:
    case MOSQ_ERR_QOS_NOT_SUPPORTED:
        return fault_set(fault, ERR_PEER, "%s: publish: %s", link->unit, mosquitto_strerror(rc));
    default:
        /* Whatever the network said (lost, TLS, errno), libmosquitto has queued the message before it
         * tried, and repeats it after the next connect: that counts as sent. */
        return ERR_OK;
    }
}

static int session_watch(struct link *link, short *events)
{
    struct session *session = link->session;

    *events = POLLIN;
    if (mosquitto_want_write(session->mosq))
        *events |= POLLOUT;
    return mosquitto_socket(session->mosq);
}

static void session_serve(struct link *link, short events)
{
    struct session *session = link->session;

    if (events & POLLOUT)
        mosquitto_loop_write(session->mosq, 1);
    if (events & (POLLIN | POLLERR | POLLHUP))
        mosquitto_loop_read(session->mosq, (int)link->links->options.window);
    /* A peer that goes away during the TLS handshake is not noticed by libmosquitto 2.0.11: the call
     * above reports nothing, for ever. The next connection closes the old socket. */
    if (link->state == LINK_CONNECTING && (events & (POLLERR | POLLHUP)))
        link_lost(link);
}

static void session_tend(struct link *link, int64_t now_ms)
{
    struct session *session = link->session;

    if (now_ms >= session->misc_at_ms) {
        session->misc_at_ms = now_ms + MISC_EVERY_MS;
        mosquitto_loop_misc(session->mosq);
    }
    /* A session can end inside a library call without the callback: the socket is the truth. */
    if (mosquitto_socket(session->mosq) < 0)
        link_lost(link);
}

static bool session_leave(struct link *link)
{
    struct session *session = link->session;

    if (!session->left)
        mosquitto_disconnect(session->mosq);
    session->left = true;
    return !mosquitto_want_write(session->mosq) ||
           mosquitto_loop_write(session->mosq, 1) != MOSQ_ERR_SUCCESS;
}

const struct link_backend link_mqtt = {
    .start = library_start,
    .stop = library_stop,
    .open = session_open,
    .close = session_close,
    .begin = session_begin,
    .send = session_send,
    .watch = session_watch,
    .serve = session_serve,
    .tend = session_tend,
    .leave = session_leave,
};

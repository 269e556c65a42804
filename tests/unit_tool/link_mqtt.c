/*
 * A session's states: WAITING (no connection; tries again at `retry_at_ms`) → CONNECTING (TCP and
 * TLS under way, no CONNACK yet) → CONNECTED → back to WAITING when it ends.
 */
#include "tests/unit_tool/link.h"

#include <mosquitto.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shared/arena.h"
#include "shared/clock.h"
#include "shared/log.h"
#include "tests/unit_tool/random.h"

#define RETRY_FIRST_MS 200
#define RETRY_MOST_MS  10000
#define KEEPALIVE_S    60
#define MISC_EVERY_MS  500
#define CONNECT_MS     15000 /* for TCP, TLS and CONNACK together */

enum link_state { LINK_WAITING, LINK_CONNECTING, LINK_CONNECTED };

struct link {
    struct links *links;
    char unit[UNIT_NAME_MAX + 1];
    char topic[128];
    struct mosquitto *mosq;
    enum link_state state;
    bool begun; /* mosquitto_connect was called once: from then on it is mosquitto_reconnect */
    int64_t retry_at_ms;
    int64_t retry_pause_ms;
    int64_t connect_until_ms;
    int64_t misc_at_ms;
    void *data;
    /* Message ids in flight in the order sent; `done` ones wait for those before them. */
    struct flight {
        int mid;
        bool done;
    } * flights;
    size_t flight_first, flight_count;
};

struct links {
    struct link_options options;
    link_acknowledged *acknowledged;
    void *context;
    struct link **items;
    size_t count, cap;
    struct pollfd *polls;
    size_t *
        slots; /* open addressing by unit name: index into items + 1, 0 is empty; 2 × cap of them */
    size_t in_flight;
    uint64_t reconnects;
    char trouble[160];
    struct random jitter;
};

struct links *links_create(const struct link_options *options, link_acknowledged *acknowledged,
                           void *context)
{
    struct links *links = mem_alloc(1, sizeof *links);

    mosquitto_lib_init();
    links->options = *options;
    links->acknowledged = acknowledged;
    links->context = context;
    links->jitter.state = (uint64_t)getpid() ^ (uint64_t)clock_mono_ms(&clock_system);
    return links;
}

static void link_destroy(struct link *link)
{
    mosquitto_destroy(link->mosq);
    free(link->flights);
    free(link);
}

void links_destroy(struct links *links)
{
    if (links == NULL)
        return;
    for (size_t i = 0; i < links->count; i++)
        link_destroy(links->items[i]);
    free(links->items);
    free(links->polls);
    free(links->slots);
    free(links);
    mosquitto_lib_cleanup();
}

static struct flight *flight_at(struct link *link, size_t i)
{
    return &link->flights[(link->flight_first + i) % link->links->options.window];
}

/* The broker acknowledges in order; a repeat after a reconnect may come out of order, so
 * acknowledgements are passed on only up to the first message that still waits. */
static void on_publish(struct mosquitto *mosq, void *arg, int mid)
{
    struct link *link = arg;

    (void)mosq;
    for (size_t i = 0; i < link->flight_count; i++)
        if (flight_at(link, i)->mid == mid && !flight_at(link, i)->done) {
            flight_at(link, i)->done = true;
            break;
        }
    while (link->flight_count > 0 && flight_at(link, 0)->done) {
        link->flight_first = (link->flight_first + 1) % link->links->options.window;
        link->flight_count--;
        link->links->in_flight--;
        link->links->acknowledged(link->links->context, link);
    }
}

static void trouble(struct link *link, const char *what)
{
    snprintf(link->links->trouble, sizeof link->links->trouble, "%s: %s", link->unit, what);
    log_debug("link", "%s", link->links->trouble);
}

static void wait_and_retry(struct link *link)
{
    uint32_t spread = (uint32_t)link->retry_pause_ms + 1;

    link->state = LINK_WAITING;
    link->retry_at_ms = clock_mono_ms(&clock_system) + link->retry_pause_ms / 2 +
                        random_below(&link->links->jitter, spread);
    link->retry_pause_ms *= 2;
    if (link->retry_pause_ms > RETRY_MOST_MS)
        link->retry_pause_ms = RETRY_MOST_MS;
}

static void on_connect(struct mosquitto *mosq, void *arg, int code)
{
    struct link *link = arg;

    (void)mosq;
    if (code != 0) {
        trouble(link, mosquitto_connack_string(code));
        return;
    }
    link->state = LINK_CONNECTED;
    link->retry_pause_ms = RETRY_FIRST_MS;
}

static void on_disconnect(struct mosquitto *mosq, void *arg, int code)
{
    struct link *link = arg;

    (void)mosq;
    if (code != 0)
        trouble(link, mosquitto_strerror(code));
    wait_and_retry(link);
}

static enum err set_up_tls(struct link *link, const struct link_options *options,
                           struct fault *fault)
{
    char ca[512], cert[512], key[512];
    int rc = 0;

    snprintf(ca, sizeof ca, "%s/ca.pem", options->pki);
    snprintf(cert, sizeof cert, "%s/units/%s.pem", options->pki, link->unit);
    snprintf(key, sizeof key, "%s/units/%s.key", options->pki, link->unit);
    if (access(ca, R_OK) != 0)
        return fault_set(fault, ERR_NOT_FOUND, "%s: %m; name the PKI folder with --pki", ca);
    if (access(cert, R_OK) != 0 || access(key, R_OK) != 0)
        return fault_set(fault, ERR_NOT_FOUND,
                         "unit %s has no certificate in %s/units; issue it with: certs/evroll-ca "
                         "--dir %s unit %s",
                         link->unit, options->pki, options->pki, link->unit);
    rc = mosquitto_tls_set(link->mosq, ca, NULL, cert, key, NULL);
    if (rc != MOSQ_ERR_SUCCESS)
        return fault_set(fault, ERR_INPUT, "%s: %s", cert, mosquitto_strerror(rc));
    return ERR_OK;
}

static enum err link_create(struct links *links, const char *unit, struct link **out,
                            struct fault *fault)
{
    const struct link_options *options = &links->options;
    struct link *link = mem_alloc(1, sizeof *link);
    enum err err = ERR_OK;

    link->links = links;
    link->retry_pause_ms = RETRY_FIRST_MS;
    link->flights = mem_alloc(options->window, sizeof *link->flights);
    snprintf(link->unit, sizeof link->unit, "%s", unit);
    if (options->bare_topic != NULL)
        snprintf(link->topic, sizeof link->topic, "%s/%s", options->bare_topic, unit);
    else
        snprintf(link->topic, sizeof link->topic, "evroll/v1/units/%s/%s", unit,
                 format_name(options->format));
    link->mosq = mosquitto_new(unit, true, link);
    if (link->mosq == NULL) {
        link_destroy(link);
        return fault_set(fault, ERR_IO, "%s: mosquitto_new: %m", unit);
    }
    mosquitto_int_option(link->mosq, MOSQ_OPT_PROTOCOL_VERSION, options->version);
    mosquitto_int_option(link->mosq, MOSQ_OPT_TCP_NODELAY, 1);
    mosquitto_max_inflight_messages_set(link->mosq, options->window);
    mosquitto_connect_callback_set(link->mosq, on_connect);
    mosquitto_disconnect_callback_set(link->mosq, on_disconnect);
    mosquitto_publish_callback_set(link->mosq, on_publish);
    err = options->tls ? set_up_tls(link, options, fault) : ERR_OK;
    if (err != ERR_OK) {
        link_destroy(link);
        return err;
    }
    *out = link;
    return ERR_OK;
}

/* FNV-1a */
static size_t hash(const char *text)
{
    uint64_t h = 0xcbf29ce484222325u;

    for (; *text != '\0'; text++)
        h = (h ^ (unsigned char)*text) * 0x100000001b3u;
    return (size_t)h;
}

/* The slot that holds `unit`, or the empty one where it belongs. */
static size_t *slot_of(struct links *links, const char *unit)
{
    size_t slots = links->cap * 2;
    size_t i = hash(unit) % slots;

    while (links->slots[i] != 0 && strcmp(links->items[links->slots[i] - 1]->unit, unit) != 0)
        i = (i + 1) % slots;
    return &links->slots[i];
}

static void links_grow(struct links *links)
{
    links->cap = links->cap == 0 ? 64 : links->cap * 2;
    links->items = mem_grow(links->items, links->cap, sizeof(struct link *));
    links->polls = mem_grow(links->polls, links->cap, sizeof(struct pollfd));
    free(links->slots);
    links->slots = mem_alloc(links->cap * 2, sizeof *links->slots);
    for (size_t i = 0; i < links->count; i++)
        *slot_of(links, links->items[i]->unit) = i + 1;
}

enum err links_get(struct links *links, const char *unit, struct link **link, struct fault *fault)
{
    size_t *slot = NULL;
    enum err err = ERR_OK;

    if (links->count == links->cap)
        links_grow(links);
    slot = slot_of(links, unit);
    if (*slot != 0) {
        *link = links->items[*slot - 1];
        return ERR_OK;
    }
    err = link_create(links, unit, link, fault);
    if (err != ERR_OK)
        return err;
    links->items[links->count++] = *link;
    *slot = links->count;
    return ERR_OK;
}

const char *link_unit(const struct link *link)
{
    return link->unit;
}

void *link_data(const struct link *link)
{
    return link->data;
}

void link_set_data(struct link *link, void *data)
{
    link->data = data;
}

bool link_has_room(const struct link *link)
{
    return link->state == LINK_CONNECTED && link->flight_count < link->links->options.window;
}

enum err link_send(struct link *link, const uint8_t *bytes, size_t len, struct fault *fault)
{
    int mid = 0;
    int rc = MOSQ_ERR_SUCCESS;

    rc = mosquitto_publish(link->mosq, &mid, link->topic, (int)len, bytes, 1, false);
    /* After a lost connection libmosquitto has the message and repeats it: that counts as sent. */
    if (rc != MOSQ_ERR_SUCCESS && rc != MOSQ_ERR_NO_CONN && rc != MOSQ_ERR_CONN_LOST)
        return fault_set(fault, ERR_PEER, "%s: publish: %s", link->unit, mosquitto_strerror(rc));
    *flight_at(link, link->flight_count) = (struct flight){.mid = mid, .done = false};
    link->flight_count++;
    link->links->in_flight++;
    return ERR_OK;
}

/* ---- the loop ---- */

static void link_begin(struct link *link)
{
    const struct link_options *options = &link->links->options;
    char said[96];
    int rc = 0;

    if (link->begun) {
        link->links->reconnects++;
        rc = mosquitto_reconnect(link->mosq);
    } else {
        rc = mosquitto_connect(link->mosq, options->host, options->port, KEEPALIVE_S);
        link->begun = rc == MOSQ_ERR_SUCCESS;
    }
    if (rc == MOSQ_ERR_SUCCESS) {
        link->state = LINK_CONNECTING;
        link->connect_until_ms = clock_mono_ms(&clock_system) + CONNECT_MS;
        return;
    }
    /* %m: the description is thread-safe, strerror's is not. */
    snprintf(said, sizeof said, "%m");
    trouble(link, rc == MOSQ_ERR_ERRNO ? said : mosquitto_strerror(rc));
    wait_and_retry(link);
}

static void link_tend(struct link *link, int64_t now_ms)
{
    if (link->state == LINK_WAITING) {
        if (now_ms >= link->retry_at_ms)
            link_begin(link);
        return;
    }
    if (now_ms >= link->misc_at_ms) {
        link->misc_at_ms = now_ms + MISC_EVERY_MS;
        mosquitto_loop_misc(link->mosq);
    }
    /* A session can end inside a library call without the callback: the socket is the truth. */
    if (link->state != LINK_WAITING && mosquitto_socket(link->mosq) < 0)
        wait_and_retry(link);
    if (link->state == LINK_CONNECTING && now_ms > link->connect_until_ms)
        wait_and_retry(link);
}

static void link_serve(struct link *link, short events)
{
    if (events & POLLOUT)
        mosquitto_loop_write(link->mosq, 1);
    if (events & (POLLIN | POLLERR | POLLHUP))
        mosquitto_loop_read(link->mosq, (int)link->links->options.window);
    /* A peer that goes away during the TLS handshake is not noticed by libmosquitto 2.0.11: the call
     * above reports nothing, for ever. The next connection closes the old socket. */
    if (link->state == LINK_CONNECTING && (events & (POLLERR | POLLHUP)))
        wait_and_retry(link);
}

void links_serve(struct links *links, int timeout_ms)
{
    int64_t now_ms = clock_mono_ms(&clock_system);
    int ready = 0;

    for (size_t i = 0; i < links->count; i++) {
        struct link *link = links->items[i];
        link_tend(link, now_ms);
        links->polls[i].fd = link->state == LINK_WAITING ? -1 : mosquitto_socket(link->mosq);
        links->polls[i].events = POLLIN;
        if (links->polls[i].fd >= 0 && mosquitto_want_write(link->mosq))
            links->polls[i].events |= POLLOUT;
    }
    ready = poll(links->polls, links->count, timeout_ms);
    for (size_t i = 0; i < links->count && ready > 0; i++)
        if (links->polls[i].revents != 0)
            link_serve(links->items[i], links->polls[i].revents);
}

size_t links_in_flight(const struct links *links)
{
    return links->in_flight;
}

size_t links_connected(const struct links *links)
{
    size_t connected = 0;

    for (size_t i = 0; i < links->count; i++)
        connected += links->items[i]->state == LINK_CONNECTED;
    return connected;
}

size_t links_count(const struct links *links)
{
    return links->count;
}

uint64_t links_reconnects(const struct links *links)
{
    return links->reconnects;
}

const char *links_last_trouble(const struct links *links)
{
    return links->trouble;
}

void links_disconnect(struct links *links, int timeout_ms)
{
    int64_t until_ms = clock_mono_ms(&clock_system) + timeout_ms;

    for (size_t i = 0; i < links->count; i++)
        if (links->items[i]->state == LINK_CONNECTED)
            mosquitto_disconnect(links->items[i]->mosq);
    for (size_t i = 0; i < links->count; i++)
        while (mosquitto_want_write(links->items[i]->mosq) &&
               clock_mono_ms(&clock_system) < until_ms)
            if (mosquitto_loop_write(links->items[i]->mosq, 1) != MOSQ_ERR_SUCCESS)
                break;
}

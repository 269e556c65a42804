#include "tests/unit_tool/link.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shared/arena.h"
#include "shared/clock.h"
#include "shared/log.h"
#include "tests/unit_tool/link_internal.h"

#define RETRY_FIRST_MS 200
#define RETRY_MOST_MS  10000

static const struct link_backend *const backends[] = {
    [LINK_MQTT] = &link_mqtt,
    [LINK_COAP] = &link_coap,
    [LINK_COAP_TCP] = &link_coap,
};

enum err links_create(const struct link_options *options, link_acknowledged *acknowledged,
                      void *context, struct links **links, struct fault *fault)
{
    struct links *made = mem_alloc(1, sizeof *made);
    enum err err = ERR_OK;

    made->backend = backends[options->transport];
    made->options = *options;
    if (options->connect_ms == 0)
        made->options.connect_ms = LINK_CONNECT_MS;
    if (options->answer_ms == 0)
        made->options.answer_ms = LINK_ANSWER_MS;
    made->acknowledged = acknowledged;
    made->context = context;
    made->jitter.state = (uint64_t)getpid() ^ (uint64_t)clock_mono_ms(&clock_system);
    err = made->backend->start(made, fault);
    if (err != ERR_OK) {
        free(made);
        return err;
    }
    *links = made;
    return ERR_OK;
}

static void link_destroy(struct link *link)
{
    link->links->backend->close(link);
    free(link->flights);
    free(link);
}

void links_destroy(struct links *links)
{
    if (links == NULL)
        return;
    for (size_t i = 0; i < links->count; i++)
        link_destroy(links->items[i]);
    links->backend->stop(links);
    free(links->items);
    free(links->polls);
    free(links->slots);
    free(links);
}

/* ---- what the back ends tell ---- */

static struct flight *flight_at(struct link *link, size_t i)
{
    return &link->flights[link_slot(link, i)];
}

/* A repeat after a reconnect may be answered out of order, so acknowledgements are passed on only up
 * to the first message that still waits. */
void link_settle(struct link *link, int id, bool refused)
{
    for (size_t i = 0; i < link->flight_count; i++) {
        struct flight *flight = flight_at(link, i);
        if (flight->id != id || flight->done)
            continue;
        flight->done = true;
        flight->refused = refused;
        break;
    }
    while (link->flight_count > 0 && flight_at(link, 0)->done) {
        refused = flight_at(link, 0)->refused;
        link->flight_first = link_slot(link, 1);
        link->flight_count--;
        link->links->in_flight--;
        link->links->acknowledged(link->links->context, link, refused);
    }
}

void link_trouble(struct link *link, const char *what)
{
    snprintf(link->links->trouble, sizeof link->links->trouble, "%s: %s", link->unit, what);
    log_debug("link", "%s", link->links->trouble);
}

void link_up(struct link *link)
{
    link->state = LINK_CONNECTED;
}

void link_steady(struct link *link)
{
    link->retry_pause_ms = RETRY_FIRST_MS;
}

void link_lost(struct link *link)
{
    uint32_t spread = (uint32_t)link->retry_pause_ms + 1;

    if (link->state == LINK_WAITING)
        return;
    link->state = LINK_WAITING;
    link->retry_at_ms = clock_mono_ms(&clock_system) + link->retry_pause_ms / 2 +
                        random_below(&link->links->jitter, spread);
    link->retry_pause_ms *= 2;
    if (link->retry_pause_ms > RETRY_MOST_MS)
        link->retry_pause_ms = RETRY_MOST_MS;
}

enum err link_files_find(const struct link *link, struct link_files *files, struct fault *fault)
{
    const char *pki = link->links->options.pki;

    snprintf(files->ca, sizeof files->ca, "%s/ca.pem", pki);
    snprintf(files->cert, sizeof files->cert, "%s/units/%s.pem", pki, link->unit);
    snprintf(files->key, sizeof files->key, "%s/units/%s.key", pki, link->unit);
    if (access(files->ca, R_OK) != 0)
        return fault_set(fault, ERR_NOT_FOUND, "%s: %m; name the PKI folder with --pki", files->ca);
    if (access(files->cert, R_OK) != 0 || access(files->key, R_OK) != 0)
        return fault_set(fault, ERR_NOT_FOUND,
                         "unit %s has no certificate in %s/units; issue it with: certs/evroll-ca "
                         "--dir %s unit %s",
                         link->unit, pki, pki, link->unit);
    return ERR_OK;
}

/* ---- sessions by name ---- */

static enum err link_create(struct links *links, const char *unit, struct link **out,
                            struct fault *fault)
{
    struct link *link = mem_alloc(1, sizeof *link);
    enum err err = ERR_OK;

    link->links = links;
    link->retry_pause_ms = RETRY_FIRST_MS;
    link->flights = mem_alloc(links->options.window, sizeof *link->flights);
    snprintf(link->unit, sizeof link->unit, "%s", unit);
    err = links->backend->open(link, fault);
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

struct told link_told(const struct link *link)
{
    return link->told;
}

bool link_has_room(const struct link *link)
{
    return link->state == LINK_CONNECTED && link->flight_count < link->links->options.window;
}

enum err link_send(struct link *link, const uint8_t *bytes, size_t len, struct fault *fault)
{
    size_t slot = link_slot(link, link->flight_count);
    enum err err = ERR_OK;

    link->flights[slot] = (struct flight){0};
    err = link->links->backend->send(link, slot, bytes, len, fault);
    if (err != ERR_OK)
        return err;
    link->flight_count++;
    link->links->in_flight++;
    return ERR_OK;
}

/* ---- the loop ---- */

static void link_begin(struct link *link)
{
    link->links->reconnects += link->begun;
    link->state = LINK_CONNECTING;
    link->connect_until_ms = clock_mono_ms(&clock_system) + link->links->options.connect_ms;
    if (link->links->backend->begin(link))
        link->begun = true;
    else
        link_lost(link);
}

static void link_tend(struct link *link, int64_t now_ms)
{
    if (link->state == LINK_WAITING && now_ms >= link->retry_at_ms)
        link_begin(link);
    if (link->state == LINK_WAITING)
        return;
    link->links->backend->tend(link, now_ms);
    if (link->state == LINK_CONNECTING && now_ms > link->connect_until_ms) {
        link_trouble(link, "the handshake took too long");
        link_lost(link);
    }
}

void links_serve(struct links *links, int timeout_ms)
{
    int64_t now_ms = clock_mono_ms(&clock_system);
    int ready = 0;

    for (size_t i = 0; i < links->count; i++) {
        struct link *link = links->items[i];
        struct pollfd *wanted = &links->polls[i];
        link_tend(link, now_ms);
        *wanted = (struct pollfd){.fd = -1};
        if (link->state != LINK_WAITING)
            wanted->fd = links->backend->watch(link, &wanted->events);
    }
    ready = poll(links->polls, links->count, timeout_ms);
    for (size_t i = 0; i < links->count && ready > 0; i++)
        if (links->polls[i].revents != 0)
            links->backend->serve(links->items[i], links->polls[i].revents);
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
        while (links->items[i]->state == LINK_CONNECTED &&
               !links->backend->leave(links->items[i]) && clock_mono_ms(&clock_system) < until_ms)
            poll(NULL, 0, 1);
}

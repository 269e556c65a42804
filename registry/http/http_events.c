#include "registry/http/http_events.h"

#include <assert.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct kept {
    uint64_t number;
    unsigned role;
    char org[sizeof((struct http_principal *)NULL)->org];
    char *text; /* as it goes out */
};

/* Numbers begin at 1; number n is at n % HTTP_EVENTS_KEPT. `origin` tells processes apart, since
 * their numbers have nothing to do with each other. */
struct http_events {
    pthread_mutex_t lock;
    int64_t origin;
    uint64_t last;
    struct kept ring[HTTP_EVENTS_KEPT];
    LIST_HEAD(http_watchers, http_watcher) watchers;
};

struct http_events *http_events_create(const struct clock *clock)
{
    struct http_events *events = mem_alloc(1, sizeof *events);

    pthread_mutex_init(&events->lock, NULL);
    events->origin = clock_wall_ms(clock);
    LIST_INIT(&events->watchers);
    return events;
}

void http_events_destroy(struct http_events *events)
{
    for (size_t i = 0; i < HTTP_EVENTS_KEPT; i++)
        free(events->ring[i].text);
    pthread_mutex_destroy(&events->lock);
    free(events);
}

/* WHATWG HTML 9.2.6. The data is one line, so nothing in it can begin another field. */
static char *event_text(int64_t origin, uint64_t number, const struct http_event *event)
{
    char *text = NULL;
    int len = 0;

    assert(strpbrk(event->data, "\r\n") == NULL && strpbrk(event->name, "\r\n") == NULL);
    len = asprintf(&text, "id: %" PRId64 "-%" PRIu64 "\nevent: %s\ndata: %s\n\n", origin, number,
                   event->name, event->data);
    if (len < 0)
        mem_exhausted(strlen(event->data));
    return text;
}

void http_events_add(struct http_events *events, const struct http_event *event)
{
    struct kept *kept = NULL;

    pthread_mutex_lock(&events->lock);
    kept = &events->ring[++events->last % HTTP_EVENTS_KEPT];
    free(kept->text);
    kept->number = events->last;
    kept->role = event->role;
    snprintf(kept->org, sizeof kept->org, "%s", event->org == NULL ? "" : event->org);
    kept->text = event_text(events->origin, kept->number, event);
    pthread_mutex_unlock(&events->lock);
}

static uint64_t oldest(const struct http_events *events)
{
    return events->last < HTTP_EVENTS_KEPT ? 1 : events->last - HTTP_EVENTS_KEPT + 1;
}

static bool id_read(const char *text, int64_t *origin, uint64_t *number)
{
    char *end = NULL;

    *origin = strtoll(text, &end, 10);
    if (*end != '-')
        return false;
    *number = strtoull(end + 1, &end, 10);
    return *end == '\0';
}

bool http_events_begin(struct http_events *events, const char *last_id, uint64_t *seen)
{
    int64_t origin = 0;
    uint64_t number = 0;
    bool here = true;

    pthread_mutex_lock(&events->lock);
    *seen = events->last;
    if (last_id != NULL) {
        here = id_read(last_id, &origin, &number) && origin == events->origin &&
               number <= events->last && number + 1 >= oldest(events);
        *seen = here ? number : events->last;
    }
    pthread_mutex_unlock(&events->lock);
    return here;
}

static bool may_see(const struct http_principal *principal, const struct kept *kept)
{
    return http_role_admits(kept->role, principal->role) &&
           (principal->role != HTTP_REPORTER ||
            (kept->org[0] != '\0' && strcmp(kept->org, principal->org) == 0));
}

void http_events_write(struct http_events *events, const struct http_principal *principal,
                       uint64_t *seen, struct evbuffer *out)
{
    pthread_mutex_lock(&events->lock);
    if (*seen + 1 < oldest(events)) {
        evbuffer_add_printf(out, HTTP_EVENT_MISSED);
        *seen = oldest(events) - 1;
    }
    while (*seen < events->last) {
        const struct kept *kept = &events->ring[++*seen % HTTP_EVENTS_KEPT];
        if (may_see(principal, kept))
            evbuffer_add(out, kept->text, strlen(kept->text));
    }
    pthread_mutex_unlock(&events->lock);
}

bool http_events_enter(struct http_events *events, struct http_watcher *watcher, const char *name)
{
    const struct http_watcher *other = NULL;
    unsigned count = 0;

    snprintf(watcher->name, sizeof watcher->name, "%s", name);
    pthread_mutex_lock(&events->lock);
    LIST_FOREACH(other, &events->watchers, links)
    count += strcmp(other->name, name) == 0;
    if (count < HTTP_EVENTS_PER_CALLER)
        LIST_INSERT_HEAD(&events->watchers, watcher, links);
    pthread_mutex_unlock(&events->lock);
    return count < HTTP_EVENTS_PER_CALLER;
}

void http_events_leave(struct http_events *events, struct http_watcher *watcher)
{
    pthread_mutex_lock(&events->lock);
    LIST_REMOVE(watcher, links);
    pthread_mutex_unlock(&events->lock);
}

/*
 * http_events: the latest things that happened, kept for those who watch. Each has a number; a
 * watcher says which was the last it has seen, and what came since is written for it. Any thread:
 * one lock, held for a copy.
 */
#ifndef EVROLL_REGISTRY_HTTP_HTTP_EVENTS_H
#define EVROLL_REGISTRY_HTTP_HTTP_EVENTS_H

#include <event2/buffer.h>
#include <sys/queue.h>

#include "registry/http/http.h"

#define HTTP_EVENTS_KEPT       256u
#define HTTP_EVENTS_PER_CALLER 6u /* streams that one account or token may have open */

/* What a watcher is sent in place of what is gone. */
#define HTTP_EVENT_MISSED "event: missed\ndata: {}\n\n"

struct http_events;

struct http_events *http_events_create(const struct clock *clock);
void http_events_destroy(struct http_events *events);

void http_events_add(struct http_events *events, const struct http_event *event);

/* The number after which a watcher begins: `last_id` as it was written before, or NULL. False: what
 * came since is not here any more (or was another process's): it has to read everything again. */
bool http_events_begin(struct http_events *events, const char *last_id, uint64_t *seen);

/* Writes what came after `*seen` and may be seen by `principal`, and moves `*seen`. Where some of it
 * is not here any more there is an event `missed` in its place. */
void http_events_write(struct http_events *events, const struct http_principal *principal,
                       uint64_t *seen, struct evbuffer *out);

/* A caller's place among the watchers. */
struct http_watcher {
    LIST_ENTRY(http_watcher) links;
    char name[sizeof((struct http_principal *)NULL)->name];
};

/* False: the caller has HTTP_EVENTS_PER_CALLER already. */
bool http_events_enter(struct http_events *events, struct http_watcher *watcher, const char *name);
void http_events_leave(struct http_events *events, struct http_watcher *watcher);

#endif

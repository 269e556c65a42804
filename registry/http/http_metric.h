/*
 * http_metric: counters of one worker. Its own thread adds, any thread reads; the reader sums over
 * the workers. Relaxed atomics: a figure may be a moment old, never torn.
 */
#ifndef EVROLL_REGISTRY_HTTP_HTTP_METRIC_H
#define EVROLL_REGISTRY_HTTP_HTTP_METRIC_H

#include <stdatomic.h>
#include <stdint.h>

#include "registry/http/http.h"

#define HTTP_METRIC_CLASSES 5 /* 1xx … 5xx */
#define HTTP_METRIC_BUCKETS 6 /* the last one is +Inf */

struct http_route_metric {
    _Atomic uint64_t status[HTTP_METRIC_CLASSES];
    _Atomic uint64_t bucket[HTTP_METRIC_BUCKETS]; /* each request in exactly one */
    _Atomic uint64_t total_ms;
};

struct http_metric {
    struct http_route_metric *routes; /* route_count of them, and one for what met no route */
    size_t route_count;
    _Atomic uint64_t connections; /* open now */
    _Atomic uint64_t accepted;
    _Atomic uint64_t turned_away;      /* over the limit of connections */
    _Atomic uint64_t handshake_failed; /* ended before the TLS handshake was done */
    _Atomic uint64_t cut_off;          /* a deadline passed */
    _Atomic uint64_t streams;          /* answers that go on, now */
};

void http_metric_init(struct http_metric *metric, size_t route_count);
void http_metric_free(struct http_metric *metric);

/* `route` is the index of the route, or route_count for none. */
void http_metric_count(struct http_metric *metric, size_t route, int status, int64_t ms);

static inline void http_metric_add(_Atomic uint64_t *counter, uint64_t n)
{
    atomic_fetch_add_explicit(counter, n, memory_order_relaxed);
}

static inline uint64_t http_metric_get(const _Atomic uint64_t *counter)
{
    return atomic_load_explicit(counter, memory_order_relaxed);
}

/* Prometheus text of the sum of `count` workers' counters. */
char *http_metric_text(const struct http_metric *const *metrics, size_t count,
                       const struct http_route *routes, struct arena *arena);

#endif

#include "registry/http/http_metric.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const int64_t bounds_ms[HTTP_METRIC_BUCKETS - 1] = {5, 25, 100, 500, 2500};
static const char *const bound_names[HTTP_METRIC_BUCKETS] = {"0.005", "0.025", "0.1",
                                                             "0.5",   "2.5",   "+Inf"};

void http_metric_init(struct http_metric *metric, size_t route_count)
{
    metric->routes = mem_alloc(route_count + 1, sizeof metric->routes[0]);
    metric->route_count = route_count;
}

void http_metric_free(struct http_metric *metric)
{
    free(metric->routes);
    metric->routes = NULL;
}

void http_metric_count(struct http_metric *metric, size_t route, int status, int64_t ms)
{
    struct http_route_metric *here = &metric->routes[route];
    size_t bucket = 0;

    while (bucket < HTTP_METRIC_BUCKETS - 1 && ms > bounds_ms[bucket])
        bucket++;
    http_metric_add(&here->status[status / 100 - 1], 1);
    http_metric_add(&here->bucket[bucket], 1);
    http_metric_add(&here->total_ms, ms > 0 ? (uint64_t)ms : 0);
}

/* ---- the sum of all workers ---- */

struct totals {
    uint64_t status[HTTP_METRIC_CLASSES];
    uint64_t bucket[HTTP_METRIC_BUCKETS];
    uint64_t total_ms;
    uint64_t count;
};

static struct totals totals_of(const struct http_metric *const *metrics, size_t count, size_t route)
{
    struct totals sum = {.count = 0};

    for (size_t w = 0; w < count; w++) {
        const struct http_route_metric *here = &metrics[w]->routes[route];
        for (size_t i = 0; i < HTTP_METRIC_CLASSES; i++)
            sum.status[i] += http_metric_get(&here->status[i]);
        for (size_t i = 0; i < HTTP_METRIC_BUCKETS; i++)
            sum.bucket[i] += http_metric_get(&here->bucket[i]);
        sum.total_ms += http_metric_get(&here->total_ms);
    }
    for (size_t i = 0; i < HTTP_METRIC_BUCKETS; i++)
        sum.count += sum.bucket[i];
    return sum;
}

struct label {
    const char *method;
    const char *pattern;
};

/* Requests that met no route share one line: what strangers ask for must not become labels. */
static struct label label_of(const struct http_route *routes, size_t route_count, size_t route)
{
    if (route == route_count)
        return (struct label){"other", "none"};
    return (struct label){routes[route].method, routes[route].pattern};
}

static void write_requests(FILE *out, const struct label *label, const struct totals *sum)
{
    for (size_t i = 0; i < HTTP_METRIC_CLASSES; i++)
        if (sum->status[i] > 0)
            fprintf(
                out,
                "evroll_http_requests_total{method=\"%s\",route=\"%s\",status=\"%zuxx\"} %llu\n",
                label->method, label->pattern, i + 1, (unsigned long long)sum->status[i]);
}

static void write_duration(FILE *out, const struct label *label, const struct totals *sum)
{
    static const char name[] = "evroll_http_request_duration_seconds";
    uint64_t below = 0;

    if (sum->count == 0)
        return;
    for (size_t i = 0; i < HTTP_METRIC_BUCKETS; i++) {
        below += sum->bucket[i];
        fprintf(out, "%s_bucket{method=\"%s\",route=\"%s\",le=\"%s\"} %llu\n", name, label->method,
                label->pattern, bound_names[i], (unsigned long long)below);
    }
    fprintf(out, "%s_sum{method=\"%s\",route=\"%s\"} %.3f\n", name, label->method, label->pattern,
            (double)sum->total_ms / 1000.0);
    fprintf(out, "%s_count{method=\"%s\",route=\"%s\"} %llu\n", name, label->method, label->pattern,
            (unsigned long long)sum->count);
}

typedef void write_route(FILE *out, const struct label *label, const struct totals *sum);

static void write_routes(FILE *out, const struct http_metric *const *metrics, size_t count,
                         const struct http_route *routes, write_route *write)
{
    size_t route_count = metrics[0]->route_count;

    for (size_t route = 0; route <= route_count; route++) {
        struct label label = label_of(routes, route_count, route);
        struct totals sum = totals_of(metrics, count, route);
        write(out, &label, &sum);
    }
}

static const struct {
    const char *name;
    const char *type;
    const char *help;
    size_t offset;
} singles[] = {
    {"evroll_http_connections", "gauge", "Open connections.",
     offsetof(struct http_metric, connections)},
    {"evroll_http_connections_accepted_total", "counter", "Connections accepted.",
     offsetof(struct http_metric, accepted)},
    {"evroll_http_connections_turned_away_total", "counter",
     "Connections closed at once because there were too many.",
     offsetof(struct http_metric, turned_away)},
    {"evroll_http_handshake_failures_total", "counter",
     "Connections that ended before the TLS handshake was done.",
     offsetof(struct http_metric, handshake_failed)},
    {"evroll_http_deadlines_total", "counter", "Connections cut off by a deadline.",
     offsetof(struct http_metric, cut_off)},
    {"evroll_http_streams", "gauge", "Open streams of events.",
     offsetof(struct http_metric, streams)},
};

static void write_singles(FILE *out, const struct http_metric *const *metrics, size_t count)
{
    for (size_t i = 0; i < sizeof singles / sizeof singles[0]; i++) {
        uint64_t sum = 0;
        for (size_t w = 0; w < count; w++)
            sum += http_metric_get(
                (const _Atomic uint64_t *)((const char *)metrics[w] + singles[i].offset));
        fprintf(out, "# HELP %s %s\n# TYPE %s %s\n%s %llu\n", singles[i].name, singles[i].help,
                singles[i].name, singles[i].type, singles[i].name, (unsigned long long)sum);
    }
}

char *http_metric_text(const struct http_metric *const *metrics, size_t count,
                       const struct http_route *routes, struct arena *arena)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    char *kept = NULL;

    if (out == NULL)
        return arena_text(arena, "");
    fputs("# HELP evroll_http_requests_total Requests answered.\n"
          "# TYPE evroll_http_requests_total counter\n",
          out);
    write_routes(out, metrics, count, routes, write_requests);
    fputs("# HELP evroll_http_request_duration_seconds From the request's head to its answer.\n"
          "# TYPE evroll_http_request_duration_seconds histogram\n",
          out);
    write_routes(out, metrics, count, routes, write_duration);
    write_singles(out, metrics, count);
    fclose(out);
    kept = arena_text(arena, text == NULL ? "" : text);
    free(text);
    return kept;
}

/*
 * http_route: which route a method and a path mean. Patterns are literal segments and placeholders
 * "{name}", which take one whole segment, or "{name}:verb", which takes a segment with that ending.
 * Where several patterns fit, the one with more literal text is meant. No shared state.
 */
#ifndef EVROLL_REGISTRY_HTTP_HTTP_ROUTE_H
#define EVROLL_REGISTRY_HTTP_HTTP_ROUTE_H

#include "registry/http/http.h"
#include "registry/http/http_target.h"

#define HTTP_ROUTE_VALUES_MAX 4u

struct http_match {
    const struct http_route *route; /* NULL: none */
    size_t index;                   /* in the table; its length: none */
    struct http_param values[HTTP_ROUTE_VALUES_MAX];
    size_t value_count;
};

/* HEAD means GET. True with `match`; false with `refusal`: 404, or 405 with the field Allow. For
 * OPTIONS on a path that has routes it is false with status 204 and Allow. */
bool http_route_find(struct arena *arena, const struct http_route *routes, size_t count,
                     const char *method, const struct http_target *target, struct http_match *match,
                     struct http_refusal *refusal);

#endif

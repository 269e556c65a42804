/*
 * lists_api: GET /v1/lists and GET /v1/lists/{id}, for viewers. registry/http/openapi.yaml describes
 * them; the lists themselves say what they take.
 */
#ifndef EVROLL_REGISTRY_LISTS_LISTS_API_H
#define EVROLL_REGISTRY_LISTS_LISTS_API_H

#include "registry/http/http.h"
#include "registry/lists/list.h"

extern const struct http_route lists_routes[];
extern const size_t lists_route_count;

/* What a list is: its titles, columns and parameters. The caller owns the reference. */
json_t *list_json(const struct list *list);

#endif

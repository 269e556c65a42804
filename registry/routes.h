/*
 * routes: the one table of everything the registry answers, put together from the tables of its
 * parts. openapi.yaml describes exactly these; a test compares them.
 */
#ifndef EVROLL_REGISTRY_ROUTES_H
#define EVROLL_REGISTRY_ROUTES_H

#include "registry/http/http.h"

/* Belongs to the arena. */
struct http_route *routes_all(struct arena *arena, size_t *count);

#endif

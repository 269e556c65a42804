/*
 * outlook_api: the routes that look ahead: projection, replacement order, what-if, avoided
 * emissions. registry/http/openapi.yaml describes them.
 */
#ifndef EVROLL_REGISTRY_OUTLOOK_OUTLOOK_API_H
#define EVROLL_REGISTRY_OUTLOOK_OUTLOOK_API_H

#include "registry/http/http.h"

extern const struct http_route outlook_routes[];
extern const size_t outlook_route_count;

#endif

/*
 * directory_api: GET /v1/gateway/units, what the registry tells a gateway about units. For gateways'
 * certificates only. Each page has an ETag, so that a gateway that asks often is mostly answered
 * with 304.
 */
#ifndef EVROLL_REGISTRY_VEHICLES_DIRECTORY_API_H
#define EVROLL_REGISTRY_VEHICLES_DIRECTORY_API_H

#include "registry/http/http.h"

extern const struct http_route directory_routes[];
extern const size_t directory_route_count;

#endif

/*
 * activity_api: what a vehicle did. Context: struct registry_context.
 *
 *   GET /v1/vehicles/{id}/activity?from=&to=&by=hour|day|month
 *
 * Days are China's; `to` is the first day that is not counted; without them: the last 31 days.
 */
#ifndef EVROLL_REGISTRY_ROLLUP_ACTIVITY_API_H
#define EVROLL_REGISTRY_ROLLUP_ACTIVITY_API_H

#include "registry/http/http.h"

extern const struct http_route activity_routes[];
extern const size_t activity_route_count;

#endif

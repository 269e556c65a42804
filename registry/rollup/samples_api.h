/*
 * samples_api: what a unit sent, and what was refused. Context: struct registry_context.
 *
 *   GET /v1/units/{unit}/samples?from=&to=&limit=&cursor=   from ≤ at < to, oldest first
 *   GET /v1/units/{unit}/rejects?limit=&cursor=             newest first, payload in base64
 *
 * `next` is the cursor of the next page, null on the last.
 */
#ifndef EVROLL_REGISTRY_ROLLUP_SAMPLES_API_H
#define EVROLL_REGISTRY_ROLLUP_SAMPLES_API_H

#include "registry/http/http.h"

extern const struct http_route samples_routes[];
extern const size_t samples_route_count;

#endif

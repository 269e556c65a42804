/*
 * system_api: the routes for those who run the registry. Context: struct registry_worker.
 *
 *   GET /healthz       200 as long as a worker answers; asks nobody else
 *   GET /readyz        200 when the database answers and has this program's schema, else 503
 *   GET /metrics       Prometheus text
 *   GET /openapi.yaml  the description of the API
 */
#ifndef EVROLL_REGISTRY_SYSTEM_API_H
#define EVROLL_REGISTRY_SYSTEM_API_H

#include "registry/http/http.h"

extern const struct http_route system_routes[];
extern const size_t system_route_count;

/* registry/http/openapi.yaml, built into the program. */
extern const char openapi_text[];

#endif

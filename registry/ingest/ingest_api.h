/*
 * ingest_api: the route by which gateways deliver. Context: struct registry_context.
 *
 *   POST /v1/ingest/batches   200 {"next": N, "stored": true|false}
 *                             400 the batch is malformed            409 + "expected": N
 *                             403 another gateway's name            415 another type or encoding
 *                             503 + Retry-After: send it again
 */
#ifndef EVROLL_REGISTRY_INGEST_INGEST_API_H
#define EVROLL_REGISTRY_INGEST_INGEST_API_H

#include "registry/http/http.h"

extern const struct http_route ingest_routes[];
extern const size_t ingest_route_count;

#endif

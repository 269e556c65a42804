/*
 * balance_api: where messages and samples went. Context: struct registry_context.
 *
 *   GET /v1/ingest/journals   every gateway's journals: how far delivered, and what came of it
 *   GET /v1/balance           the sums over all of them and over the hours made of them
 */
#ifndef EVROLL_REGISTRY_ROLLUP_BALANCE_API_H
#define EVROLL_REGISTRY_ROLLUP_BALANCE_API_H

#include "registry/http/http.h"

extern const struct http_route balance_routes[];
extern const size_t balance_route_count;

#endif

/*
 * ledger_api: GET /v1/units/{unit}/ledger. Context: struct registry_context. What the figures mean:
 * ledger.h, docs/ledger.md.
 */
#ifndef EVROLL_REGISTRY_ROLLUP_LEDGER_API_H
#define EVROLL_REGISTRY_ROLLUP_LEDGER_API_H

#include "registry/http/http.h"

extern const struct http_route ledger_routes[];
extern const size_t ledger_route_count;

#endif

/*
 * snapshot_api: POST /v1/snapshots, for officers; GET /v1/snapshots and /v1/snapshots/{id}, for
 * viewers. Without a key (serve --snapshot-key) the first answers 503. The worker's context is a
 * struct registry_context.
 */
#ifndef EVROLL_REGISTRY_SNAPSHOT_SNAPSHOT_API_H
#define EVROLL_REGISTRY_SNAPSHOT_SNAPSHOT_API_H

#include "registry/http/http.h"

extern const struct http_route snapshot_routes[];
extern const size_t snapshot_route_count;

#endif

/*
 * audit_api: GET /v1/audit, for admins: the newest entries first. The worker's context is a struct
 * registry_context.
 */
#ifndef EVROLL_REGISTRY_AUDIT_AUDIT_API_H
#define EVROLL_REGISTRY_AUDIT_AUDIT_API_H

#include "registry/http/http.h"

extern const struct http_route audit_routes[];
extern const size_t audit_route_count;

#endif

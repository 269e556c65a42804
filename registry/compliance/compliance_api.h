/*
 * compliance_api: GET /v1/compliance and GET /v1/compliance/{rule}/vehicles, for viewers. The
 * worker's context is a struct registry_context. docs and openapi.yaml have the members.
 */
#ifndef EVROLL_REGISTRY_COMPLIANCE_COMPLIANCE_API_H
#define EVROLL_REGISTRY_COMPLIANCE_COMPLIANCE_API_H

#include "registry/compliance/compliance.h"
#include "registry/http/http.h"

extern const struct http_route compliance_routes[];
extern const size_t compliance_route_count;

/* Reads plan, as_of, known, owner, area. False: answered with what is wrong. */
bool compliance_api_query(struct http_call *call, struct compliance_query *query);

#endif

/*
 * vehicles_api: the register over HTTP: /v1/vehicles, /v1/orgs, /v1/exemptions, /v1/units. Viewers
 * read, officers write; the author of a change is the principal's name. The worker's context is a
 * struct registry_context. docs and openapi.yaml have the members.
 */
#ifndef EVROLL_REGISTRY_VEHICLES_VEHICLES_API_H
#define EVROLL_REGISTRY_VEHICLES_VEHICLES_API_H

#include "registry/http/http.h"

extern const struct http_route vehicles_routes[];
extern const size_t vehicles_route_count;

#endif

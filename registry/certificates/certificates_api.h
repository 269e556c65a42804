/*
 * certificates_api: requests of units and what came of them, over HTTP (issue.h). The authority's
 * operator reads what waits and brings what was signed, or a directory does (signed_dir.h).
 */
#ifndef EVROLL_REGISTRY_CERTIFICATES_CERTIFICATES_API_H
#define EVROLL_REGISTRY_CERTIFICATES_CERTIFICATES_API_H

#include "registry/http/http.h"

extern const struct http_route certificates_routes[];
extern const size_t certificates_route_count;

#endif

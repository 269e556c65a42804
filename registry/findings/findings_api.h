/*
 * findings_api: what was found, and what people decide about it. Context: struct registry_context.
 *
 *   GET  /v1/findings?kind=&status=&subject=&subject_kind=&from=&to=&limit=&cursor=
 *   GET  /v1/findings/{id}                      with its history
 *   POST /v1/findings/{id}:decide               {"decision": "explained", "note": "…"}
 *   GET  /v1/finding-kinds                      titles, thresholds, sources
 *   POST /v1/finding-kinds/{kind}               {"name": "samples", "value": 5, "source": "…"}
 *
 * A reporter sees what was found about the own enterprise, its reports, sites and vehicles; others
 * are not there. `status` is one state, or "current": all but closed. from and to are days on which it was seen.
 */
#ifndef EVROLL_REGISTRY_FINDINGS_FINDINGS_API_H
#define EVROLL_REGISTRY_FINDINGS_FINDINGS_API_H

#include "registry/http/http.h"

extern const struct http_route findings_routes[];
extern const size_t findings_route_count;

#endif

/*
 * evidence_api: what stands behind a unit's samples. Context: struct registry_context.
 *
 *   GET /v1/units/{unit}/events                         logins, alarms …; the numbers in its frames
 *   GET /v1/units/{unit}/evidence                       which raw payloads are kept
 *   GET /v1/units/{unit}/evidence/{journal}/{position}  one of them, byte for byte
 */
#ifndef EVROLL_REGISTRY_ROLLUP_EVIDENCE_API_H
#define EVROLL_REGISTRY_ROLLUP_EVIDENCE_API_H

#include "registry/http/http.h"

extern const struct http_route evidence_routes[];
extern const size_t evidence_route_count;

/* The path of one payload, as samples link to it. */
char *evidence_path(struct arena *arena, const char *unit, int64_t journal_no, int64_t position);

#endif

/*
 * http_target: a request target in origin-form, taken apart: the path's segments and the query's
 * parameters, percent-decoded. Everything lives in the arena; no shared state.
 *
 * Refused (400): bad percent-encoding, what decodes to a control character or is not UTF-8, empty,
 * "." and ".." segments (no path here has one; whoever sends one hopes for a file system).
 * In the query "+" is a space, as browsers and HTTP libraries write it; a plus sign is "%2B".
 */
#ifndef EVROLL_REGISTRY_HTTP_HTTP_TARGET_H
#define EVROLL_REGISTRY_HTTP_HTTP_TARGET_H

#include "registry/http/http_head.h"

#define HTTP_TARGET_SEGMENTS_MAX 16u
#define HTTP_TARGET_PARAMS_MAX   32u

struct http_param {
    const char *name;
    const char *value;
};

struct http_target {
    const char *segments[HTTP_TARGET_SEGMENTS_MAX]; /* "/" has none */
    size_t segment_count;
    struct http_param params[HTTP_TARGET_PARAMS_MAX];
    size_t param_count;
};

bool http_target_parse(struct arena *arena, const char *text, struct http_target *target,
                       struct http_refusal *refusal);

#endif

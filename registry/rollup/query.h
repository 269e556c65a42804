/*
 * query: the query parameters of this folder's routes. Each function leaves the default when the
 * parameter is absent; when it cannot be read it answers 400 and returns false.
 */
#ifndef EVROLL_REGISTRY_ROLLUP_QUERY_H
#define EVROLL_REGISTRY_ROLLUP_QUERY_H

#include "registry/http/http.h"

bool query_limit(struct http_call *call, size_t max, size_t *limit);
bool query_instant(struct http_call *call, const char *name, int64_t *instant_ms);
bool query_day(struct http_call *call, const char *name, int32_t *day);

/* `cursor`: `count` integers with "." between them. */
bool query_cursor(struct http_call *call, int64_t *numbers, size_t count);
char *query_cursor_text(struct arena *arena, const int64_t *numbers, size_t count);

#endif

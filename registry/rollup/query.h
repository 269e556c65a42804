/*
 * query: the query parameters of this folder's routes. Each function leaves the default when the
 * parameter is absent; when it cannot be read it answers 400 and returns false.
 */
#ifndef EVROLL_REGISTRY_ROLLUP_QUERY_H
#define EVROLL_REGISTRY_ROLLUP_QUERY_H

#include "registry/http/http.h"

/* The {unit} of the path; NULL: answered 404, it cannot be the name of one. */
const char *query_unit(struct http_call *call);

/* A whole number from `min` to `max`. */
bool query_number(struct http_call *call, const char *name, int64_t min, int64_t max,
                  int64_t *number);
/* Text that is a whole number from 0 on and nothing else; answers nothing. */
bool query_whole(const char *text, int64_t *number);

bool query_limit(struct http_call *call, size_t max, size_t *limit);
bool query_instant(struct http_call *call, const char *name, int64_t *instant_ms);
bool query_day(struct http_call *call, const char *name, int32_t *day);

/* `cursor`: `count` integers with "." between them. */
bool query_cursor(struct http_call *call, int64_t *numbers, size_t count);
char *query_cursor_text(struct arena *arena, const int64_t *numbers, size_t count);

#endif

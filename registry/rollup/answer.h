/*
 * answer: what the JSON of this folder's routes has in common.
 */
#ifndef EVROLL_REGISTRY_ROLLUP_ANSWER_H
#define EVROLL_REGISTRY_ROLLUP_ANSWER_H

#include <jansson.h>
#include <stdint.h>

#include "registry/http/http.h"

json_t *answer_instant(int64_t instant_ms); /* RFC 3339 */
json_t *answer_day(int32_t day);            /* YYYY-MM-DD */
json_t *answer_format(int64_t format);      /* its word; null when it has none */

/* As http_reply_fault, but 422 for ERR_INPUT: it is the stored samples that cannot be shown. */
void answer_fault(struct http_call *call, const struct fault *fault);

/* False: answered 410, everything before `to_ms` was removed (store_retention.h). */
bool answer_kept(struct http_call *call, int64_t to_ms, int64_t kept_from_ms);

#endif

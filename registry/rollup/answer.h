/*
 * answer: what the JSON of this folder's routes has in common.
 */
#ifndef EVROLL_REGISTRY_ROLLUP_ANSWER_H
#define EVROLL_REGISTRY_ROLLUP_ANSWER_H

#include <jansson.h>
#include <stdint.h>

json_t *answer_instant(int64_t instant_ms); /* RFC 3339 */
json_t *answer_day(int32_t day);            /* YYYY-MM-DD */
json_t *answer_format(int64_t format);      /* its word; null when it has none */

#endif

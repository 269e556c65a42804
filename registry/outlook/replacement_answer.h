/*
 * replacement_answer: an order of replacement as JSON and as a sheet.
 */
#ifndef EVROLL_REGISTRY_OUTLOOK_REPLACEMENT_ANSWER_H
#define EVROLL_REGISTRY_OUTLOOK_REPLACEMENT_ANSWER_H

#include <jansson.h>

#include "registry/outlook/replacement.h"
#include "registry/sheet/sheet.h"

/* What stands beside the rows: share, target, weights, how many are needed. */
json_t *replacement_json(const struct replacement *replacement);

extern const struct sheet_head replacement_head;
void replacement_rows(const struct replacement *replacement, struct sheet *sheet);

#endif

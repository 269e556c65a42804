/*
 * avoided_answer: avoided emissions as JSON, with every input and factor, and as a sheet.
 */
#ifndef EVROLL_REGISTRY_OUTLOOK_AVOIDED_ANSWER_H
#define EVROLL_REGISTRY_OUTLOOK_AVOIDED_ANSWER_H

#include <jansson.h>

#include "registry/outlook/avoided.h"
#include "registry/sheet/sheet.h"

/* One parameter by the name it has in the API. ERR_INPUT: unknown, or no such value. */
enum err avoided_take(struct avoided_query *query, const char *name, const char *text,
                      struct fault *fault) ERR_CHECKED;
extern const char *const avoided_params[]; /* NULL at the end */

/* One vehicle, from CN5 to BEV, the default grid, nothing else given. */
struct avoided_query avoided_blank(const struct factor_set *factors, int32_t as_of);

/* The caller owns the reference. */
json_t *avoided_json(const struct avoided *avoided);

extern const struct sheet_head avoided_head; /* a row a substance */
void avoided_rows(const struct avoided *avoided, struct sheet *sheet);
extern const struct sheet_head avoided_inputs_head; /* what went into it: inputs, then factors */
void avoided_input_rows(const struct avoided *avoided, struct sheet *sheet);

#endif

/*
 * projection_answer: a projection as JSON and its months as a sheet: what API and command line give.
 */
#ifndef EVROLL_REGISTRY_OUTLOOK_PROJECTION_ANSWER_H
#define EVROLL_REGISTRY_OUTLOOK_PROJECTION_ANSWER_H

#include <jansson.h>
#include <stdio.h>

#include "registry/outlook/projection.h"
#include "registry/sheet/sheet.h"

/* The caller owns the reference; the arena is for the making. */
json_t *projection_json(const struct projection *projection, struct arena *arena);

json_t *projection_history_json(const struct projection_history *history);

extern const struct sheet_head projection_head;
void projection_rows(const struct projection *projection, struct sheet *sheet);

/* The lines above and below the months on a terminal. */
void projection_print_head(const struct projection *projection, FILE *out);
void projection_print_end(const struct projection *projection, FILE *out);

#endif

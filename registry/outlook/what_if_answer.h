/*
 * what_if_answer: the figures before and after as JSON and as a sheet.
 */
#ifndef EVROLL_REGISTRY_OUTLOOK_WHAT_IF_ANSWER_H
#define EVROLL_REGISTRY_OUTLOOK_WHAT_IF_ANSWER_H

#include "registry/outlook/what_if.h"
#include "registry/sheet/sheet.h"

extern const struct sheet_head what_if_head; /* a row a rule */
void what_if_put(const struct what_if *what_if, struct sheet *sheet);

/* What is to be said about the rows: line, vehicle, column, reason, whether it was refused. The
 * caller owns the reference. */
json_t *what_if_remarks(const struct what_if_rows *rows);
int64_t what_if_refused(const struct what_if_rows *rows);

json_t *what_if_json(const struct what_if *what_if, const struct what_if_rows *rows,
                     const struct compliance_query *query);

#endif

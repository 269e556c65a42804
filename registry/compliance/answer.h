/*
 * answer: compliance as JSON, as CSV and as a table of text: what the API and the command line
 * give. Both give the same, because both ask here.
 */
#ifndef EVROLL_REGISTRY_COMPLIANCE_ANSWER_H
#define EVROLL_REGISTRY_COMPLIANCE_ANSWER_H

#include <jansson.h>
#include <stdio.h>

#include "registry/compliance/behind.h"
#include "registry/compliance/compliance.h"
#include "shared/csv.h"

/* The body of GET /v1/compliance. The caller owns the reference. */
json_t *answer_json(const struct compliance *compliance);

/* One row a rule, with a head. */
void answer_csv(const struct compliance *compliance, struct csv_writer *out);

/* One line a rule, the columns aligned for terminals that show a Chinese character two columns
 * wide. */
void answer_table(const struct compliance *compliance, FILE *out);

/* The vehicles behind a figure. */
json_t *answer_vehicle_json(const struct behind_row *row);
void answer_vehicle_csv_head(struct csv_writer *out);
void answer_vehicle_csv(const struct behind_row *row, struct csv_writer *out);

#endif

/*
 * answer: compliance as JSON, as a sheet (CSV, XLSX) and as a table of text: what the API and the
 * command line give. Both give the same, because both ask here.
 */
#ifndef EVROLL_REGISTRY_COMPLIANCE_ANSWER_H
#define EVROLL_REGISTRY_COMPLIANCE_ANSWER_H

#include <jansson.h>
#include <stdio.h>

#include "registry/compliance/behind.h"
#include "registry/compliance/compliance.h"
#include "registry/sheet/sheet.h"

/* The body of GET /v1/compliance. The caller owns the reference. */
json_t *answer_json(const struct compliance *compliance);

/* One row a rule. */
extern const struct sheet_head answer_rules_head;
void answer_rules(const struct compliance *compliance, struct sheet *sheet);

/* One line a rule, the columns aligned for terminals that show a Chinese character two columns
 * wide. */
void answer_table(const struct compliance *compliance, FILE *out);

/* By what the area of a vehicle was decided that counts: "telemetry" or "declared". */
const char *answer_where_by(const struct attribution *where);

/* What stands behind a figure: rows of one list, all of them vehicles or all of them items. In a
 * sheet amounts are whole units: tonnes without their tenths. */
json_t *answer_behind_json(const struct rule *rule, const struct behind_row *row);
const struct sheet_head *answer_behind_head(const struct behind_query *query);
void answer_behind(const struct behind_row *row, struct sheet *sheet);

/* The part of it for trips and working time (answer_uses.c). */
json_t *answer_use_json(const struct rule *rule, const struct behind_row *row);
const struct sheet_head *answer_uses_head(const struct rule *rule);
void answer_use(const struct behind_row *row, struct sheet *sheet);

/* "telemetry", "contradicted", "silent" and what contradicts; null when it was not asked for. */
json_t *answer_verified_json(const struct verification *verification);
json_t *answer_finding_json(const struct verification *verification);

#endif

/*
 * report_json: a freight report as the API tells it, and what its handlers share: the report an
 * address names, and whether the caller may see it. A function that returns false has answered.
 */
#ifndef EVROLL_REGISTRY_FREIGHT_REPORT_JSON_H
#define EVROLL_REGISTRY_FREIGHT_REPORT_JSON_H

#include <jansson.h>

#include "registry/freight/access.h"
#include "registry/freight/checks.h"
#include "registry/store/store_freight.h"
#include "registry/vehicles/remark.h"

/* "91419001MA9TEA0117~2025-Q2" */
#define REPORT_ID_SIZE 80
const char *report_id(const struct freight_key *key, char out[static REPORT_ID_SIZE]);
bool report_id_parse(const char *text, struct freight_key *key);

/* The report of {id} in the path, and what the caller may do with it. What he may not see is answered
 * with 404, as if it were not there. */
bool report_of_call(struct http_call *call, struct store_freight_report *report,
                    struct freight_access *access);

/* The version that the caller is shown: the newest, or for who sees no drafts the newest that was
 * submitted. Drafts have no submitted version. */
enum err report_shown(struct sql *db, const struct store_freight_report *report,
                      const struct freight_access *access, struct arena *arena,
                      struct store_freight_content *content, struct fault *fault) ERR_CHECKED;

/* A line of a list. */
json_t *report_summary(const struct store_freight_report *report, int32_t today);
/* Answers with the whole report and its ETag. */
void report_reply(struct http_call *call, int status, const struct store_freight_report *report,
                  const struct freight_access *access, const struct remarks *remarks);

int32_t freight_today(const struct http_call *call);

#endif

/*
 * pace: how fast a rule's share moves, from the shares of the last four quarters. The verdict and
 * the projection both ask here, so they cannot differ.
 */
#ifndef EVROLL_REGISTRY_COMPLIANCE_PACE_H
#define EVROLL_REGISTRY_COMPLIANCE_PACE_H

#include "registry/compliance/tally.h"
#include "registry/compliance/verdict.h"

/* The same day of the month so many months before; the month's last day where it has no such. */
int32_t pace_months_before(int32_t day, int months);

/* From four quarters before `as_of`, or the oldest quarter since then that has anything to count.
 * `span` stays 0 when there is none. Inside the caller's transaction. */
enum err pace_find(struct sql *db, const struct plan *plan, const struct rule *rule, int32_t as_of,
                   const struct scope_filter *filter, struct verdict_pace *pace,
                   struct fault *fault) ERR_CHECKED;

#endif

/*
 * restated: what has changed in the figures of a day since its period was closed.
 *
 * A period is closed when it was first stated in a signed snapshot; where it was not, when the days in
 * which its reports come in have passed (close_days after it). What was known then is asked again, as
 * it was known (scope.h), and each rule whose figure is another one now says so. Nothing is restated of
 * a period that is not closed, or whose closing lies before the register began. Where nothing was
 * recorded late, that is one look into an index.
 */
#ifndef EVROLL_REGISTRY_COMPLIANCE_RESTATED_H
#define EVROLL_REGISTRY_COMPLIANCE_RESTATED_H

#include "registry/compliance/compliance.h"

#define RESTATED_CLOSE_DAYS     15 /* the last day for reports after a period's end */
#define RESTATED_CLOSE_DAYS_MAX 366

/* Fills `restated` of the rules of `now`, which was computed with close_days, in its transaction. */
enum err restated_compute(struct sql *db, struct arena *arena, struct compliance *now,
                          struct fault *fault) ERR_CHECKED;

#endif

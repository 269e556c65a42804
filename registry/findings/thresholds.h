/*
 * thresholds: the values of all detectors' parameters: the defaults, and what somebody changed.
 */
#ifndef EVROLL_REGISTRY_FINDINGS_THRESHOLDS_H
#define EVROLL_REGISTRY_FINDINGS_THRESHOLDS_H

#include "registry/findings/detector.h"

struct threshold {
    int64_t value;
    const struct store_finding_parameter *changed; /* NULL: the default holds */
};

struct thresholds { /* by the index in `detectors` */
    struct threshold (*of)[DETECTOR_PARAMETERS];
};

enum err thresholds_load(struct sql *db, struct arena *arena, struct thresholds *thresholds,
                         struct fault *fault) ERR_CHECKED;

/* How often it was changed, and once more: the default is the first. 0: there is none of the name. */
int64_t thresholds_version(const struct thresholds *thresholds, const char *kind, const char *name);
int64_t threshold_version(const struct threshold *threshold);

/* Checks the value's range and the name; everything is looked at again. Inside SQL_WRITE.
 * ERR_NOT_FOUND, ERR_INPUT. */
enum err thresholds_change(struct sql *db, const struct store_finding_parameter *change,
                           struct fault *fault) ERR_CHECKED;

#endif

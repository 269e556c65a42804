/*
 * reconcile: what the detectors see of a subject now, against the findings there are of it. Opens,
 * re-opens, brings up to date and closes; writes nothing when nothing changed.
 */
#ifndef EVROLL_REGISTRY_FINDINGS_RECONCILE_H
#define EVROLL_REGISTRY_FINDINGS_RECONCILE_H

#include "registry/findings/detector.h"
#include "registry/findings/thresholds.h"

/* Inside SQL_WRITE. */
enum err reconcile(struct sql *db, struct arena *arena, const struct facts *facts,
                   const struct thresholds *thresholds, int64_t now_ms,
                   struct fault *fault) ERR_CHECKED;

#endif

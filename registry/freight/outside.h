/*
 * outside: what others say of the freight that enterprises report: the gate ledger, the railway's list,
 * the statistics of the zone. Tonnes are in 0.1 t; OUTSIDE_UNKNOWN where nobody says anything. A
 * statistic speaks for a period when one is for exactly these days, or several follow one another through
 * them. Blocking: one query each. Threads: those of the connection.
 */
#ifndef EVROLL_REGISTRY_FREIGHT_OUTSIDE_H
#define EVROLL_REGISTRY_FREIGHT_OUTSIDE_H

#include "registry/freight/period.h"
#include "shared/arena.h"
#include "shared/err.h"

struct sql;

#define OUTSIDE_UNKNOWN (-1)

/* Through the enterprise's gates, both ways; unknown when its ledger has no trip in the period. */
enum err outside_gate(struct sql *db, const char *org_id, struct period period, int64_t *tonnes,
                      struct fault *fault) ERR_CHECKED;
/* By rail, as the railway lists it. */
enum err outside_railway(struct sql *db, const char *org_id, struct period period,
                         struct arena *arena, int64_t *tonnes, struct fault *fault) ERR_CHECKED;
/* All freight of the zone. `zone` NULL: of the one division that has this statistic. */
enum err outside_zone(struct sql *db, const char *zone, struct period period, struct arena *arena,
                      int64_t *tonnes, struct fault *fault) ERR_CHECKED;

#endif

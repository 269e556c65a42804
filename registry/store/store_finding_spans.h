/*
 * store_finding_spans: the days as of which findings that contradict a vehicle's paper were so. A
 * figure of a day asks them, so its answer does not change when a finding closes or comes back
 * later; what a person explains is set aside for all days of the same cause. Days are UTC+8. Errors
 * as in sql.h.
 */
#ifndef EVROLL_REGISTRY_STORE_STORE_FINDING_SPANS_H
#define EVROLL_REGISTRY_STORE_STORE_FINDING_SPANS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "registry/store/store_vehicles.h"
#include "shared/arena.h"
#include "shared/err.h"

struct sql;

struct store_finding_span { /* from ≤ day ≤ to */
    const char *cause;
    int32_t from, to;
};
struct store_finding_spans { /* in order of days */
    struct store_finding_span *items;
    size_t count;
};

/* It is so on these days and on no others; writes nothing when that is known already. Inside SQL_WRITE. */
enum err store_finding_spans_put(struct sql *db, int64_t number,
                                 const struct store_finding_spans *spans,
                                 struct fault *fault) ERR_CHECKED;
/* It is so from ≤ day ≤ to, for this cause; joined with what is known already. Inside SQL_WRITE. */
enum err store_finding_span_add(struct sql *db, int64_t number, const char *cause, int32_t from,
                                int32_t to, struct fault *fault) ERR_CHECKED;
/* From this day on it is not so. Inside SQL_WRITE. */
enum err store_finding_span_cut(struct sql *db, int64_t number, int32_t day,
                                struct fault *fault) ERR_CHECKED;

struct store_contradiction {
    char vehicle_id[VEHICLE_ID_SIZE];
    const char *kind;
    int64_t number;
    bool explained; /* somebody says that it is all right */
};
struct store_contradictions { /* by vehicle, then number; in the arena */
    struct store_contradiction *items;
    size_t count, room;
};

/* What is so as of the day, of the vehicles first ≤ id ≤ last. */
enum err store_contradictions_on(struct sql *db, int32_t day, const char *first, const char *last,
                                 struct arena *arena, struct store_contradictions *out,
                                 struct fault *fault) ERR_CHECKED;

#endif

/*
 * verification: what telemetry and findings say of a vehicle, as far as a rule's figure hangs on it.
 *
 * A finding contradicts a figure only where the vehicle would count otherwise if it were right: a
 * plug-in hybrid that runs on fuel contradicts a share of new-energy vehicles, a truck whose stage
 * cannot be so does not. docs/findings.md has the table. Threads: those of the connection.
 */
#ifndef EVROLL_REGISTRY_COMPLIANCE_VERIFICATION_H
#define EVROLL_REGISTRY_COMPLIANCE_VERIFICATION_H

#include "registry/plans/plan.h"
#include "registry/store/store_finding_spans.h"
#include "registry/store/store_verified.h"

/* Telemetry of this many days up to the day of the figure speaks for or against a vehicle. */
#define HEARD_DAYS 90

enum verified_as {
    VERIFIED_BY_TELEMETRY,
    VERIFIED_CONTRADICTED,
    VERIFIED_SILENT,
    VERIFIED_AS_COUNT
};
const char *verified_as_name(enum verified_as as);

struct verification {
    enum verified_as as;
    const char *kind; /* of the finding that contradicts; NULL: none */
    int64_t number;   /* its number; 0: telemetry says so, and the finding is not written yet */
};

/* Who was heard of, and what is found as of query.heard_to. In an arena. */
struct heard {
    struct store_heard *items; /* by id */
    size_t count, room;
    struct store_contradictions found;
};
/* Vehicles as in `vehicles` by telemetry of the days up to the day. */
struct store_heard_query heard_query(const struct count_query *vehicles, int32_t as_of);
enum err heard_read(struct sql *db, const struct store_heard_query *query, struct arena *arena,
                    struct heard *heard, struct fault *fault) ERR_CHECKED;
/* NULL: nothing is known of it. */
const struct store_heard *heard_find(const struct heard *heard, const char *vehicle_id);

/* `one` is the vehicle's row of `heard`, NULL: it has none, and is silent. `dims` is what it counts
 * by; of a trip that is what the truck was then. */
struct verification verification_of(const struct rule *rule, const struct count_dims *dims,
                                    const struct heard *heard, const struct store_heard *one);

#endif

/*
 * replacement: which vehicles to replace first so that a stock share reaches a target.
 *
 * The candidates are the vehicles of the rule's scope that do not count as "yes" and are not exempt.
 * Each has a score, the sum of weight × points over three parts of 0 to 1000 points:
 *
 *     age       days since the first registration, 1000 points at 15 years (5,475 days)
 *     stage     0, 1: 1000, 2: 800, 3: 600, 4: 400, 5: 200, 6a: 100, 6b: 50, D: 0
 *     distance  telemetry's of the last 365 days, 1000 points at 100,000 km
 *
 * cut at 1000 and rounded down. A part that is not known (no first registration, stage X, no
 * telemetry) adds nothing and is said to be unknown. The highest score comes first, equal ones in
 * the order of their ids (by bytes). With the same register and parameters the order is the same.
 *
 * The list ends with the vehicle whose replacement by an NEV reaches the target: the denominator
 * stays, each adds one to the numerator. How many that takes comes from the counts; of the vehicles
 * those are read that may stand on the page or before it (candidates.h), 100 bytes each. Everything
 * is read in one read transaction. Threads: those of the connection.
 */
#ifndef EVROLL_REGISTRY_OUTLOOK_REPLACEMENT_H
#define EVROLL_REGISTRY_OUTLOOK_REPLACEMENT_H

#include "registry/compliance/compliance.h"

#define REPLACEMENT_POINTS      1000
#define REPLACEMENT_AGE_DAYS    5475
#define REPLACEMENT_DISTANCE_KM 100000
#define REPLACEMENT_USE_DAYS    365
#define REPLACEMENT_WEIGHT_MAX  1000

struct replacement_weights {
    int64_t age, stage, distance; /* 0 to REPLACEMENT_WEIGHT_MAX */
};

extern const struct replacement_weights replacement_weights_default; /* 4, 4, 2 */

struct replacement_query {
    const struct plan *plan;
    const struct rule *rule;
    int32_t as_of;
    struct scope_filter filter;
    struct rule_threshold target; /* num/den; den 0: the rule's own */
    struct replacement_weights weights;
    int64_t skip, limit; /* the page: so many rows of the order are passed over */
};

struct replacement_row {
    struct store_vehicle vehicle; /* as it stands on the day */
    int64_t rank;                 /* from 1 */
    int64_t score;
    int64_t age_days, distance_m;                      /* -1: not known */
    int64_t age_points, stage_points, distance_points; /* -1: not known */
    struct share after;                                /* the share once it is replaced too */
};

struct replacement {
    struct replacement_query query; /* with the target that was used */
    struct share share;             /* of the day */
    int64_t candidates, exempt;
    int64_t needed;               /* how many reach the target */
    struct replacement_row *rows; /* of the page */
    size_t count;
    bool more;
};

/* ERR_INPUT: a rule that is no STOCK_SHARE: only a stock changes by replacing. */
enum err replacement_compute(struct sql *db, const struct replacement_query *query,
                             struct arena *arena, struct replacement *out,
                             struct fault *fault) ERR_CHECKED;

/* The same inside the caller's transaction. */
enum err replacement_read(struct sql *db, const struct replacement_query *query,
                          struct arena *arena, struct replacement *out,
                          struct fault *fault) ERR_CHECKED;

/* "90/100" or "0.9" or "90%" is not taken: only NUM/DEN with 0 < NUM <= DEN <= 1,000,000. */
bool replacement_target_parse(const char *text, struct rule_threshold *target);

#endif

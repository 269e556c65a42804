/*
 * share: a numerator and a denominator, compared as integers. 11,999,999 of 15,000,000 prints as
 * 80.00 % and is not 80 %; 0 of 0 is no share at all. Plain values, any thread.
 */
#ifndef EVROLL_REGISTRY_COMPLIANCE_SHARE_H
#define EVROLL_REGISTRY_COMPLIANCE_SHARE_H

#include <stdbool.h>
#include <stdint.h>

#include "registry/plans/plan.h"

struct share {
    int64_t num, den; /* 0 <= num <= den */
};

/* A denominator of zero meets nothing. GE: num/den >= threshold; GT: more than it; EQ: all of them;
 * WITHIN: at least the threshold less its tolerance. */
bool share_meets(struct share share, enum rule_comparator comparator,
                 const struct rule_threshold *threshold);

/* How many more of the denominator must become "yes" to meet the threshold; 0 when it is met or
 * there is no denominator. */
int64_t share_shortfall(struct share share, enum rule_comparator comparator,
                        const struct rule_threshold *threshold);

/* For people and JSON only, never for a decision: rounded down to 10^-6; 0 when den is 0. */
int64_t share_millionths(struct share share);
double share_number(struct share share);

/* Hundredths of a percent, rounded half up, for "80.00 %"; 0 when den is 0. */
int64_t share_basis_points(struct share share);

/* The share as it would be after `days` more at the pace since `before`, which was measured `span`
 * days ago: does it meet the threshold? False when either has no denominator. */
bool share_pace_reaches(struct share now, struct share before, int32_t span, int32_t days,
                        enum rule_comparator comparator, const struct rule_threshold *threshold);

/* Has the share grown (1), fallen (-1) or stayed (0)? Both have denominators. */
int share_pace_sign(struct share now, struct share before);

/* The days until the share meets the threshold at that pace: the smallest for which
 * share_pace_reaches says yes; 0 when it is there, INT64_MAX when it does not grow. Both have
 * denominators and `span` is more than 0. */
int64_t share_pace_days(struct share now, struct share before, int32_t span,
                        enum rule_comparator comparator, const struct rule_threshold *threshold);

/* The share after so many days at that pace, of the same denominator, rounded down, never below
 * nothing or above all. */
struct share share_pace_after(struct share now, struct share before, int32_t span, int32_t days);

#endif

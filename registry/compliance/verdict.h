/*
 * verdict: what a figure means for a rule on a day. A pure function; docs/plan-format.md has its
 * table.
 *
 *     no denominator, too few reports                 NO_DATA
 *     telemetry or gates contradict it                DISPUTED
 *     met                                             MET
 *     missed, PRINCIPLE, exceptions cover each miss   MET_WITH_EXCEPTIONS
 *     missed, continuous rule                         NOT_MET
 *     missed, before the due day, pace reaches it     ON_TRACK
 *     missed, before the due day, pace does not       AT_RISK
 *     missed, on or after the due day, SHALL          OVERDUE
 *     missed, on or after the due day, otherwise      NOT_MET
 *
 * A figure of a day is that of its end, so on the due day itself the rule is decided. A miss of a
 * STRIVE rule is a gap, not a violation; of a PRINCIPLE rule it asks for approved exceptions.
 */
#ifndef EVROLL_REGISTRY_COMPLIANCE_VERDICT_H
#define EVROLL_REGISTRY_COMPLIANCE_VERDICT_H

#include "registry/compliance/share.h"
#include "registry/plans/plan.h"

enum verdict {
    VERDICT_MET,
    VERDICT_MET_WITH_EXCEPTIONS,
    VERDICT_ON_TRACK,
    VERDICT_AT_RISK,
    VERDICT_NOT_MET,
    VERDICT_OVERDUE,
    VERDICT_NO_DATA,
    VERDICT_DISPUTED,
    VERDICT_COUNT
};

const char *verdict_name(enum verdict verdict);

/* The share of an earlier day, from which the pace is taken. `span` 0: there is none. */
struct verdict_pace {
    struct share before;
    int32_t span; /* days from then to now */
};

/* What decides. */
struct verdict_facts {
    bool data; /* there is something to measure, and enough of it */
    bool met;
    bool reaches;  /* at its pace it will be met on the due day */
    bool excused;  /* approved exceptions cover every miss */
    bool disputed; /* what is measured contradicts what is declared by more than the tolerance */
};
enum verdict verdict_of(const struct rule *rule, const struct verdict_facts *facts, int32_t as_of);
/* Those of a share, without exceptions and disputes. */
struct verdict_facts verdict_facts(const struct rule *rule, struct share share, int32_t as_of,
                                   const struct verdict_pace *pace);

/* Is the rule still running, so that a miss depends on the pace? */
bool verdict_needs_pace(const struct rule *rule, struct share share, int32_t as_of);

enum verdict verdict_decide(const struct rule *rule, struct share share, int32_t as_of,
                            const struct verdict_pace *pace);

/* One line for people about a verdict that needs one ("a gap, not a violation: …"); NULL else. */
const char *verdict_remark(const struct rule *rule, enum verdict verdict);

#endif

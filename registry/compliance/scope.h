/*
 * scope: which vehicles a rule is about on a day, and how each of them counts. The engine's figures
 * and the list of vehicles behind them both go through here, so they cannot differ.
 */
#ifndef EVROLL_REGISTRY_COMPLIANCE_SCOPE_H
#define EVROLL_REGISTRY_COMPLIANCE_SCOPE_H

#include "registry/plans/plan.h"
#include "registry/vehicles/counts.h"
#include "shared/arena.h"

/* Exempt vehicles stand neither in numerator nor denominator. Unknown ones stand in the
 * denominator: what is not shown to qualify does not qualify. */
enum counts_as { COUNTS_YES, COUNTS_NO, COUNTS_EXEMPT, COUNTS_UNKNOWN, COUNTS_AS_COUNT };

const char *counts_as_name(enum counts_as as);
/* COUNTS_AS_COUNT when it is none of the four words. */
enum counts_as counts_as_parse(const char *word);

/* What is asked for beside the rule; NULL: no narrowing. */
struct scope_filter {
    const char *owner_id;
    const char *area; /* division code or its beginning */
    int64_t known_ms; /* by what was recorded up to this instant; 0: by all that is known now */
};

struct scope {
    const struct rule *rule;
    const char *owner_id;
    struct count_query query;
    bool
        nothing; /* no vehicle can be in it: the window is empty, or the areas exclude each other */
};

/* The four whole quarters up to the day. */
void scope_quarters(int32_t as_of, int32_t *from, int32_t *to);

struct scope scope_of(const struct plan *plan, const struct rule *rule, int32_t as_of,
                      const struct scope_filter *filter);

/* Does a vehicle with these dimensions and owner lie in the scope's filter? For rows that were not
 * read through the query. */
bool scope_holds(const struct scope *scope, const struct count_dims *dims, const char *owner_id);

/* By what a vehicle is, exemptions aside. A stage D without an electric drive is no stage: NO. */
enum counts_as scope_qualifies(enum rule_metric metric, const struct count_dims *dims);

enum counts_as scope_counts(const struct rule *rule, const struct count_dims *dims);

/* Why it counts as it does: "energy HEV is not NEV". */
const char *scope_why(const struct rule *rule, const struct count_dims *dims, struct arena *arena);

#endif

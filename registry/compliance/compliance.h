/*
 * compliance: every rule of a plan as of a day: figure, verdict, and what stands beside them.
 *
 *     plan ─ plan_rules ─▶ rule ─ scope_of ─▶ scope ─┬ fleet.c: counts_read ─▶ tally ┬▶ share, facts ─ verdict_of ─▶ verdict
 *                                                     ├ region.c, plant.c: freight_sums ┤
 *                                                     ├ entity.c: store_org_subjects    ┤
 *                                                     ├ usage.c: store_gate_usage       ┤
 *                                                     └ rank.c, trend.c: statistics     ┘
 *
 * A pure function of stored facts, a plan and a day: no clock. Results of rules are never added up:
 * one vehicle may count under several. Everything is read in one read transaction, which this
 * module opens and ends. Memory comes from the arena. Threads: those of the connection.
 */
#ifndef EVROLL_REGISTRY_COMPLIANCE_COMPLIANCE_H
#define EVROLL_REGISTRY_COMPLIANCE_COMPLIANCE_H

#include "registry/compliance/scope.h"
#include "registry/compliance/share.h"
#include "registry/compliance/tally.h"
#include "registry/compliance/verdict.h"
#include "registry/compliance/verification.h"
#include "registry/store/sql.h"
#include "registry/store/store_exceptions.h"
#include "registry/store/store_statistics.h"
#include "shared/arena.h"

struct compliance_part {
    const struct rule_part *part;
    struct tally tally;
    struct share share;
    bool met;
    int64_t shortfall;
};

/* In what numerator and denominator are counted. Kept as integers of 0.1 t and 0.01 t·km. */
enum compliance_unit {
    UNIT_VEHICLES,
    UNIT_ENTERPRISES,
    UNIT_TONNES,
    UNIT_TONNE_KM,
    UNIT_TRIPS,
    UNIT_MINUTES,
    UNIT_PLACE,
    UNIT_COUNT
};
const char *compliance_unit_name(enum compliance_unit unit);
/* How many of the integers make one of the unit. */
int64_t compliance_unit_scale(enum compliance_unit unit);
/* In whole units, a started one counted. */
int64_t compliance_units_up(enum compliance_unit unit, int64_t n);

/* A figure beside the one that decides. */
struct compliance_view {
    const char *id, *title;
    enum compliance_unit unit;
    struct share share;
    int64_t shortfall; /* to the rule's threshold; -1: it does not apply */
    const char *note;  /* NULL: none */
};
#define COMPLIANCE_VIEWS 6

/* What stands behind a figure that is not made of vehicles: an enterprise, a site, another unit of
 * the province. */
struct compliance_item {
    const char *id, *name;
    enum counts_as as;
    enum compliance_unit unit;
    struct share share; /* its own; 0/0: none */
    bool disputed;
    const char *why;
    const struct store_exception *exception; /* that excuses its miss; NULL: none */
    const struct verification *verification; /* of a machine; NULL: not asked for */
};

struct compliance_items { /* by id */
    struct compliance_item *list;
    size_t count, room;
};

/* Of those that should report, how many did. `expected` 0: it is not asked for. */
struct compliance_coverage {
    int64_t reported, expected;
    int64_t complete; /* of those that reported, for every month of the figure */
};

/* The vehicles of the denominator, by what they themselves say. Of enterprises: those whose gates
 * agree with their reports, those whose do not, those without a gate ledger. Telemetry comes late and
 * is not asked about what was known earlier (filter.known_ms): all zero then. */
struct compliance_verified {
    int64_t by_telemetry; /* heard of, nothing against what is declared */
    int64_t contradicted; /* what is found would make it count otherwise (verification.h) */
    int64_t silent;       /* not heard of */
    int64_t against_yes;  /* of the contradicted, those that count as yes */
};

/* The trucks of a stock of the built-up area that do not count as the register declares. */
struct compliance_attributed {
    bool asked;            /* does it decide? Else all is zero */
    int64_t into, out_of;  /* the figure: declared outside and inside */
    struct tally declared; /* the figure by the declared area */
};

/* The figure as it was when the period was closed (restated.h). */
struct compliance_restated {
    int64_t known_ms;
    struct share share;
    struct share now; /* what it is compared with: where vehicles work has no memory */
    int64_t exempt, unknown;
    enum verdict verdict;
    int64_t causes; /* transactions of the register that moved it since then */
    const struct store_statistics *values; /* on which it rested */
};
#define RESTATED_CAUSES_UNKNOWN (-1)

struct compliance_rule {
    const struct rule *rule;
    struct scope scope;
    struct tally tally;
    struct share share;
    struct share zero_emission; /* the same with BEV and FCEV only */
    enum compliance_unit unit;
    struct verdict_facts facts;
    enum verdict verdict;
    int64_t shortfall;
    struct verdict_pace pace; /* span 0: not asked for, or nothing to take it from */
    struct compliance_verified verified;
    struct compliance_attributed attributed;
    struct compliance_part *parts;
    size_t part_count;
    struct compliance_view views[COMPLIANCE_VIEWS];
    size_t view_count;
    struct compliance_items items;
    struct store_statistics values;     /* entered by hand, that the figure rests on */
    struct store_exceptions exceptions; /* that excuse its misses */
    struct compliance_coverage coverage;
    struct share measured; /* the figure by what was measured, beside the declared one; 0/0: none */
    const char *note;      /* about this figure; NULL: none */
    const struct compliance_restated *restated; /* NULL: it is what it was, or not asked for */
};

struct compliance_query {
    const struct plan *plan;
    int32_t as_of;
    int32_t today;
    struct scope_filter filter;
    const char *rule_id; /* NULL: every rule */
    int32_t close_days;  /* a period is closed so many days after its end; 0: do not ask what was
                          * restated */
};

struct compliance {
    struct compliance_query query;
    struct compliance_rule *rules;
    size_t count;
    const char *note; /* about the day: before the register or plan begins, after today; or NULL */
};

/* Why the rule's figure cannot be asked for with this owner or area; NULL: it can. Without rule_id such
 * a rule has no figure and says why; with it the question is refused. */
const char *compliance_refusal(const struct rule *rule, const struct scope_filter *filter);

/* ERR_INPUT: the above; ERR_NOT_FOUND when rule_id is no rule of the plan; else the store's errors. */
enum err compliance_compute(struct sql *db, const struct compliance_query *query,
                            struct arena *arena, struct compliance *out,
                            struct fault *fault) ERR_CHECKED;

/* The same inside a transaction of the caller's. */
enum err compliance_compute_within(struct sql *db, const struct compliance_query *query,
                                   struct arena *arena, struct compliance *out,
                                   struct fault *fault) ERR_CHECKED;

/* The exception that holds for the subject on the day; NULL: none. */
const struct store_exception *compliance_exception(const struct store_exceptions *exceptions,
                                                   enum exception_subject kind, const char *subject,
                                                   int32_t day);

/* Only digits, at most 12: what `area` may be. */
bool compliance_area_ok(const char *area);

#endif

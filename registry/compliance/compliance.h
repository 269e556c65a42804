/*
 * compliance: every rule of a plan as of a day: figure, verdict, and what stands beside them.
 *
 *     plan ─ plan_rules ─▶ rule ─ scope_of ─▶ scope ─ counts_read ─▶ tally ─▶ share ─ verdict_decide ─▶ verdict
 *                                               └ store_heard_read ─▶ verified
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
#include "registry/store/sql.h"
#include "shared/arena.h"

/* Telemetry of this many days up to the day of the figure speaks for or against a vehicle. */
#define COMPLIANCE_HEARD_DAYS 90

struct compliance_part {
    const struct rule_part *part;
    struct tally tally;
    struct share share;
    bool met;
    int64_t shortfall;
};

/* The vehicles of the denominator, by what they themselves say. */
struct compliance_verified {
    int64_t by_telemetry; /* heard of, nothing against what is declared */
    int64_t contradicted; /* BEV or FCEV, and an engine ran or fuel was burned */
    int64_t silent;       /* not heard of */
};

struct compliance_rule {
    const struct rule *rule;
    struct scope scope;
    struct tally tally;
    struct share share;
    struct share zero_emission; /* the same with BEV and FCEV only */
    enum verdict verdict;
    int64_t shortfall;
    struct verdict_pace pace; /* span 0: not asked for, or nothing to take it from */
    struct compliance_verified verified;
    struct compliance_part *parts;
    size_t part_count;
};

struct compliance_query {
    const struct plan *plan;
    int32_t as_of;
    int32_t today;
    struct scope_filter filter;
    const char *rule_id; /* NULL: every rule */
};

struct compliance {
    struct compliance_query query;
    struct compliance_rule *rules;
    size_t count;
    const char *note; /* about the day: before the register or plan begins, after today; or NULL */
};

/* ERR_NOT_FOUND when rule_id is no rule of the plan; else the store's errors. */
enum err compliance_compute(struct sql *db, const struct compliance_query *query,
                            struct arena *arena, struct compliance *out,
                            struct fault *fault) ERR_CHECKED;

/* Only digits, at most 12: what `area` may be. */
bool compliance_area_ok(const char *area);

#endif

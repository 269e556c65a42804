/*
 * checks: what must and what should be true of a report before it is submitted: V1 to V12, and that
 * nothing is missing. Each finding names its line and column and speaks English and Chinese; `key` and
 * `args` let a page put it in its own words. An error keeps the report from being submitted, a warning
 * does not.
 *
 *     V1  the enterprise's code has its check character      V7  trucks are split by stage
 *     V2  the period has ended                               V8  trucks agree with the gate (±10 %)
 *     V3  there are tonnes, unless nothing moved             V9  rail agrees with the railway (±10 %)
 *     V4  rail has a siding or a station                     V10 1.5 Mt: siding or pipeline
 *     V5  sums agree with output and throughput (±10 %)      V11 conveyors: enclosed or open
 *     V6  a change of more than 30 % is explained            V12 no line stands twice
 *
 * checks_run is pure; checks_facts asks the store. Findings belong to the arena.
 */
#ifndef EVROLL_REGISTRY_FREIGHT_CHECKS_H
#define EVROLL_REGISTRY_FREIGHT_CHECKS_H

#include <jansson.h>

#include "registry/freight/outside.h"
#include "registry/freight/period.h"
#include "registry/store/store_freight.h"
#include "registry/store/store_orgs.h"

#define CHECK_ARGS 2

struct check {
    const char *rule;   /* "V4"; "" for what no rule is about */
    bool error;         /* else a warning */
    int64_t line;       /* 0: the head */
    const char *column; /* "" when it is about the whole */
    const char *key;    /* "freight.v4.siding" */
    const char *args[CHECK_ARGS];
    const char *en, *zh;
};

struct checks {
    struct check *items;
    size_t count;
    size_t errors;
};

#define CHECK_UNKNOWN OUTSIDE_UNKNOWN

struct check_facts {
    const struct store_org *org; /* as the register has it on the period's last day */
    struct period period;
    int32_t today;
    const struct store_freight_content *content;
    size_t files;           /* how many the report has */
    int64_t year_before;    /* 0.1 t, main legs, the same period; CHECK_UNKNOWN: no report */
    int64_t bulk_elsewhere; /* 0.1 t of bulk in the calendar year beside this report */
    int64_t gate_trucks;    /* 0.1 t through the enterprise's gates; CHECK_UNKNOWN */
    int64_t railway;        /* 0.1 t by the railway's own list; CHECK_UNKNOWN */
};

struct checks checks_run(const struct check_facts *facts, struct arena *arena);

struct sql;
/* Everything but `content`. ERR_NOT_FOUND: the register does not have the enterprise. */
enum err checks_facts(struct sql *db, const struct store_freight_report *report, int32_t today,
                      struct arena *arena, struct check_facts *facts,
                      struct fault *fault) ERR_CHECKED;

json_t *checks_json(const struct checks *checks);
/* The report's tonnes beside what V6, V8 and V9 hold them against; null where nobody says. */
json_t *checks_beside(const struct check_facts *facts);

#endif

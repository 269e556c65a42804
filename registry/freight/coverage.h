/*
 * coverage: who should report for a period, and who has. A share says little without it.
 *
 * Expected are the enterprises of the industries that move bulk goods (steel, cement, coking, mining,
 * logistics parks, power), as the register has them on the period's last day, and whoever reports
 * without being one. An enterprise has reported when a report of it is in force for some of the
 * period, and completely when they speak for every month of it that is over. Belongs to the arena.
 */
#ifndef EVROLL_REGISTRY_FREIGHT_COVERAGE_H
#define EVROLL_REGISTRY_FREIGHT_COVERAGE_H

#include "registry/freight/workflow.h"
#include "registry/store/store_freight.h"

struct coverage_org {
    const char *org_id, *name;
    int industry;
    unsigned accepted; /* mask of 1u << month of the period: a report in force speaks for it */
    unsigned closed;   /* the months of the period that are over */
    /* The first report of the period that still waits; state FREIGHT_STATE_NONE: none. */
    struct store_freight_report waiting;
};

struct coverage {
    struct coverage_org *orgs; /* by org_id */
    size_t expected;
    size_t reported, complete;
};

struct sql;
/* `org_id` NULL: all. */
enum err coverage_read(struct sql *db, struct period period, const char *org_id, int32_t today,
                       struct arena *arena, struct coverage *coverage,
                       struct fault *fault) ERR_CHECKED;

bool coverage_complete(const struct coverage_org *org);

#endif

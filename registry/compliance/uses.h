/*
 * uses: the trips, or the working time of machines by site and day, behind a figure about use. Each
 * says how it counts and why, what excuses it and what speaks against it. As many come as the figure
 * counts: nothing is left out, and a trip whose truck the register does not know is there too.
 *
 * Where few of many are wanted, a page ends after USES_SCAN_MAX that were looked at: it can be short, or
 * empty, and have a next one.
 */
#ifndef EVROLL_REGISTRY_COMPLIANCE_USES_H
#define EVROLL_REGISTRY_COMPLIANCE_USES_H

#include "registry/compliance/behind.h"
#include "registry/store/store_usage.h"

#define USES_SCAN_MAX 100000

struct behind_use {
    struct store_use use;
    const struct store_exception *exception; /* NULL: none holds */
};

/* A page as behind_read gives it. ERR_INPUT: the cursor is none. */
enum err uses_read(struct sql *db, const struct behind_query *query, struct arena *arena,
                   behind_each *each, void *arg, const char **next,
                   struct fault *fault) ERR_CHECKED;

#endif

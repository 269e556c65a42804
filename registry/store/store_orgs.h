/*
 * store_orgs: the versions of owners and enterprises in the database. Like those of vehicles
 * (store_vehicles.h): only ever added, the greatest (valid_from, version) not after a day holds.
 * The first version of an org holds from ORG_ALWAYS, for nobody asks what it was before it was
 * known.
 */
#ifndef EVROLL_REGISTRY_STORE_STORE_ORGS_H
#define EVROLL_REGISTRY_STORE_STORE_ORGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/arena.h"
#include "shared/err.h"

struct sql;

#define ORG_ALWAYS    (-25567) /* 1900-01-01, the first day there is (shared/when.h) */
#define ORG_BULK_NONE (-1)

struct store_org {
    char org_id[65];
    int64_t version;
    int32_t valid_from;
    char name[257];                             /* UTF-8 */
    int kind, industry, project_status, siding; /* 0 where it was not given */
    int64_t bulk_t_per_year;                    /* tonnes; ORG_BULK_NONE when not known */
    bool pipeline;
    int64_t recorded_at;
    char author[65];
};

struct store_orgs { /* in the arena of the call that gave it */
    struct store_org *items;
    size_t count;
};

/* In the order (valid_from, version); none when it is not known. */
enum err store_org_versions(struct sql *db, const char *org_id, struct arena *arena,
                            struct store_orgs *versions, struct fault *fault) ERR_CHECKED;
enum err store_org_append(struct sql *db, const struct store_org *version,
                          struct fault *fault) ERR_CHECKED;

typedef void store_org_row(void *arg, const struct store_org *org);

/* The orgs that on a day have one of the industries, or project statuses, of a mask of 1u << code;
 * by id within each. The cost follows those orgs and not all. known_ms as in
 * store_known.h. */
enum store_org_by { STORE_ORG_INDUSTRY, STORE_ORG_STATUS };
enum err store_org_subjects(struct sql *db, int32_t as_of, enum store_org_by by, uint32_t mask,
                            int64_t known_ms, store_org_row *each, void *arg,
                            struct fault *fault) ERR_CHECKED;
/* How many orgs declare bulk goods on a day, and have no report in force for any of the months. */
enum err store_org_bulk_unreported(struct sql *db, int32_t as_of, int64_t from_month,
                                   int64_t to_month, int64_t known_ms, int64_t *count,
                                   struct fault *fault) ERR_CHECKED;

struct store_org_search {
    int32_t as_of;
    const char *after, *part; /* NULL: from the start; any */
    int kind, industry;       /* 0: any */
    int64_t limit;
};
enum err store_org_find(struct sql *db, const struct store_org_search *search, store_org_row *each,
                        void *arg, struct fault *fault) ERR_CHECKED;

#endif

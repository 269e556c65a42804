/*
 * store_sites: the versions of sites in the database: plants, parks, built-up areas, with their
 * polygons. Like those of vehicles (store_vehicles.h): only ever added, the greatest (valid_from,
 * version) not after a day holds. The first version of a site holds from SITE_ALWAYS unless a day
 * was given: what units did there before it was drawn counts too.
 */
#ifndef EVROLL_REGISTRY_STORE_STORE_SITES_H
#define EVROLL_REGISTRY_STORE_STORE_SITES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/arena.h"
#include "shared/err.h"

struct sql;

#define SITE_ALWAYS (-25567) /* 1900-01-01, the first day there is (shared/when.h) */

/* In 10⁻⁷ degree, both ends included; nothing in it when lon_min > lon_max. */
struct store_site_box {
    int64_t lon_min, lat_min, lon_max, lat_max;
};
#define STORE_SITE_BOX_NOWHERE ((struct store_site_box){INT64_MAX, INT64_MAX, INT64_MIN, INT64_MIN})

struct store_site {
    char site_id[65];
    int64_t version;
    int32_t valid_from;
    char org_id[65];     /* "" for none */
    char name[257];      /* UTF-8 */
    int kind;            /* enum site_kind */
    const char *polygon; /* WKT; in the arena, or borrowed when it is written */
    struct store_site_box box;
    int64_t recorded_at;
    char author[65];
};

struct store_sites { /* in the arena of the call that gave it */
    struct store_site *items;
    size_t count;
};

/* In the order (valid_from, version); none when it is not known. */
enum err store_site_versions(struct sql *db, const char *site_id, struct arena *arena,
                             struct store_sites *versions, struct fault *fault) ERR_CHECKED;
/* The versions of all sites, by site. */
enum err store_site_all(struct sql *db, struct arena *arena, struct store_sites *versions,
                        struct fault *fault) ERR_CHECKED;
/* Is there a site of this id as of any day? */
enum err store_site_known(struct sql *db, const char *site_id, bool *known,
                          struct fault *fault) ERR_CHECKED;
/* Also moves the count of changes. Inside SQL_WRITE. */
enum err store_site_append(struct sql *db, const struct store_site *version,
                           struct fault *fault) ERR_CHECKED;
enum err store_site_changes(struct sql *db, int64_t *changes, struct fault *fault) ERR_CHECKED;

typedef void store_site_row(void *arg, const struct store_site *site);

struct store_site_search {
    int32_t as_of;
    const char *after, *org_id; /* NULL: from the start; any */
    int kind;                   /* 0: any */
    int64_t limit;
};
/* The sites as they stand on a day, by id. */
enum err store_site_find(struct sql *db, const struct store_site_search *search,
                         store_site_row *each, void *arg, struct fault *fault) ERR_CHECKED;

/* ---- hours to be done again because a site changed ---- */
struct store_site_reopen {
    const struct store_site *site; /* the version that made it necessary */
    int64_t from_hour, to_hour;
    struct store_site_box box; /* of the place before and after */
};
enum err store_site_reopen_put(struct sql *db, const struct store_site_reopen *reopen,
                               struct fault *fault) ERR_CHECKED;
enum err store_site_reopen_waits(struct sql *db, bool *waits, struct fault *fault) ERR_CHECKED;
/* Puts the hours of the next `units` units into the rollup's queue; `*did` false: nothing is left.
 * Inside SQL_WRITE. */
enum err store_site_reopen_step(struct sql *db, int64_t units, int64_t now_ms, bool *did,
                                struct fault *fault) ERR_CHECKED;

#endif

/*
 * store_exemptions: exemptions of vehicles in the database. An exemption is known by vehicle,
 * reason, document and first day; a newer version of it may move its end. Nothing is overwritten.
 */
#ifndef EVROLL_REGISTRY_STORE_STORE_EXEMPTIONS_H
#define EVROLL_REGISTRY_STORE_STORE_EXEMPTIONS_H

#include <stddef.h>
#include <stdint.h>

#include "registry/store/store_vehicles.h"
#include "shared/arena.h"
#include "shared/err.h"

struct store_exemption {
    char vehicle_id[VEHICLE_ID_SIZE];
    int reason; /* enum exempt_reason */
    char document[129];
    int32_t from;
    int64_t version; /* from 1, of this exemption */
    int32_t until;   /* the first day on which it holds no more; WHEN_DAY_NEVER: no end */
    int64_t recorded_at;
    char author[65];
};

struct store_exemptions { /* in the arena of the call that gave it */
    struct store_exemption *items;
    size_t count;
};

/* The newest version of each exemption of a vehicle. */
enum err store_exemptions_of(struct sql *db, const char *vehicle_id, struct arena *arena,
                             struct store_exemptions *out, struct fault *fault) ERR_CHECKED;
enum err store_exemption_append(struct sql *db, const struct store_exemption *exemption,
                                struct fault *fault) ERR_CHECKED;

typedef void store_exemption_row(void *arg, const struct store_exemption *exemption);

/* The place of an exemption in a list. */
struct store_exemption_key {
    const char *vehicle_id;
    int32_t from;
    int reason;
    const char *document;
};

/* The newest versions of those that hold on `as_of`, by vehicle. `ends_by`: only those whose last
 * day is not after it (WHEN_DAY_NEVER: all). */
struct store_exemption_search {
    int32_t as_of, ends_by;
    int reason;                              /* 0: any */
    const char *vehicle_id;                  /* NULL: any */
    const struct store_exemption_key *after; /* NULL: from the start */
    int64_t limit;
};
enum err store_exemption_find(struct sql *db, const struct store_exemption_search *search,
                              store_exemption_row *each, void *arg,
                              struct fault *fault) ERR_CHECKED;

#endif

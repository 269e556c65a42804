/*
 * store_built_up: what is kept of vehicles' attribution to the built-up area
 * (registry/sites/attribution.h): operating time by day, the days on which telemetry decides, and
 * the vehicles that wait to be decided anew. Errors as in sql.h.
 */
#ifndef EVROLL_REGISTRY_STORE_STORE_BUILT_UP_H
#define EVROLL_REGISTRY_STORE_STORE_BUILT_UP_H

#include "registry/store/sql.h"
#include "registry/store/store_counts.h"
#include "registry/store/store_vehicles.h"
#include "shared/arena.h"

/* ---- the queue; inside SQL_WRITE ---- */

/* The vehicle that the unit sat in on the day. */
enum err store_built_up_queue_unit(struct sql *db, const char *unit, int32_t day, int64_t now_ms,
                                   struct fault *fault) ERR_CHECKED;
/* A vehicle whose register changed, if telemetry knows it. */
enum err store_built_up_queue_vehicle(struct sql *db, const char *vehicle_id, int64_t now_ms,
                                      struct fault *fault) ERR_CHECKED;
/* All that telemetry knows: a built-up area changed. */
enum err store_built_up_queue_all(struct sql *db, int64_t now_ms, struct fault *fault) ERR_CHECKED;
/* The vehicle that waits longest, of those put in at or before `until_ms`. */
enum err store_built_up_next(struct sql *db, int64_t until_ms, bool *found,
                             char vehicle_id[static VEHICLE_ID_SIZE],
                             struct fault *fault) ERR_CHECKED;

enum err store_built_up_take(struct sql *db, const char *vehicle_id,
                             struct fault *fault) ERR_CHECKED;

/* ---- what it is decided from ---- */

struct store_day_place {
    int32_t day;
    int64_t operating_ms, located_ms, built_up_ms;
};
/* The days of a vehicle from ≤ day < to, over the units bound to it on each, in order. */
enum err store_day_places(struct sql *db, struct arena *arena, const char *vehicle_id, int32_t from,
                          int32_t to, struct store_day_place **days, size_t *count,
                          struct fault *fault) ERR_CHECKED;

/* The versions of sites that were ever of a kind, without polygons: by site, then as they hold. */
struct store_area_version {
    char site_id[65];
    int32_t valid_from;
    bool is; /* of the kind, and with a place */
};
enum err store_area_versions(struct sql *db, struct arena *arena, int kind,
                             struct store_area_version **versions, size_t *count,
                             struct fault *fault) ERR_CHECKED;

/* ---- what was decided ---- */

struct store_built_up {
    int32_t from, to; /* `to` is the first day after it */
    bool derived, declared;
};
/* In place of what is known of the vehicle. Inside SQL_WRITE. */
enum err store_built_up_put(struct sql *db, const char *vehicle_id,
                            const struct store_built_up *spans, size_t count,
                            struct fault *fault) ERR_CHECKED;

/* A vehicle in the fleet on a day, of which telemetry says otherwise than the register. */
struct store_built_up_difference {
    const char *vehicle_id; /* valid during the call */
    const char *owner_id;
    struct count_dims dims; /* as the register has them: built_up is the declared value */
    bool derived;
};
typedef void store_built_up_row(void *arg, const struct store_built_up_difference *difference);
/* By vehicle. */
enum err store_built_up_differing(struct sql *db, int32_t day, store_built_up_row *each, void *arg,
                                  struct fault *fault) ERR_CHECKED;

#endif

/*
 * vehicle_activity: what a vehicle did, by hours, days or months, from the hours of the units that
 * were bound to it on each day. The binding is joined when asked, so a binding that is entered later
 * shows at once. Days and months are China's (UTC+8). Errors as in sql.h.
 */
#ifndef EVROLL_REGISTRY_ROLLUP_VEHICLE_ACTIVITY_H
#define EVROLL_REGISTRY_ROLLUP_VEHICLE_ACTIVITY_H

#include "registry/store/sql.h"
#include "registry/store/store_hours.h"
#include "registry/store/store_visits.h"
#include "shared/arena.h"

enum activity_by { ACTIVITY_BY_HOUR, ACTIVITY_BY_DAY, ACTIVITY_BY_MONTH };

struct vehicle_sites { /* by site id */
    struct store_stay *items;
    size_t count, room;
};

struct vehicle_period {
    int64_t from_hour, to_hour; /* hours since 1970, UTC; cut to what was asked for */
    struct store_hour sum;      /* its `hour` is that of the first one with samples */
    struct vehicle_sites sites; /* where it was meanwhile */
};

struct vehicle_activity {
    struct vehicle_period *periods; /* those with samples, in order */
    size_t count;
    struct vehicle_period total;
};

/* From the day `from` to the day before `to`. ERR_NOT_FOUND: the register has no such vehicle. */
enum err vehicle_activity(struct sql *db, struct arena *arena, const char *vehicle, int32_t from,
                          int32_t to, enum activity_by by, struct vehicle_activity *activity,
                          struct fault *fault) ERR_CHECKED;

#endif

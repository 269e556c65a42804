/*
 * store_visits: where units were: time at sites by hour, visits, and the state between hours.
 * Written by the rollup, hour by hour; the figures are registry/sites/presence.h's. Questions about
 * vehicles go through the bindings of each day. Errors as in sql.h.
 */
#ifndef EVROLL_REGISTRY_STORE_STORE_VISITS_H
#define EVROLL_REGISTRY_STORE_STORE_VISITS_H

#include "registry/store/sql.h"
#include "registry/store/store_sites.h"
#include "registry/store/store_vehicles.h"
#include "shared/unit.h"

/* ---- an hour of a unit ---- */

struct store_place {
    struct store_site_box box; /* of its positions */
    int64_t operating_ms;      /* as in unit_hour; for the sums by day */
    int64_t located_ms, built_up_ms;
    const uint8_t *state;
    size_t state_len;
};

struct store_stay {
    const char *site_id;
    int64_t inside_ms, operating_ms, engine_ms;
};

struct store_visit_times {
    const char *site_id;
    int64_t entered_ms, left_ms;
};

/* `*found` false: that hour has no place. `operating_ms` is not filled; `state` is in the arena. */
enum err store_place_find(struct sql *db, struct arena *arena, const char *unit, int64_t hour,
                          bool *found, struct store_place *place, struct fault *fault) ERR_CHECKED;

struct store_place_hour {
    const char *unit;
    int64_t hour;
    const struct store_place *old; /* NULL: the hour had none */
    const struct store_place *now;
    const struct store_stay *stays;
    size_t stay_count;
    const struct store_visit_times *visits; /* that ended */
    size_t visit_count;
};
/* Writes the hour in place of what it had, and moves the day's sums. Inside SQL_WRITE. */
enum err store_place_put(struct sql *db, const struct store_place_hour *hour,
                         struct fault *fault) ERR_CHECKED;
/* The visits that go on after the unit's last hour, in place of those known. Inside SQL_WRITE. */
enum err store_presence_put(struct sql *db, const char *unit, const struct store_visit_times *open,
                            size_t count, struct fault *fault) ERR_CHECKED;

/* ---- questions ---- */

/* Time of a vehicle at sites in the hours from ≤ hour < to, by hour and site. */
struct store_stay_hour {
    int64_t hour;
    struct store_stay stay; /* its site_id is valid during the call */
};
typedef void store_stay_row(void *arg, const struct store_stay_hour *stay);
enum err store_stays_of_vehicle(struct sql *db, const char *vehicle, int64_t from, int64_t to,
                                store_stay_row *each, void *arg, struct fault *fault) ERR_CHECKED;

struct store_visit {
    char vehicle_id[VEHICLE_ID_SIZE]; /* bound to the unit on the day it entered; "" for none */
    char unit[UNIT_NAME_MAX + 1];
    char site_id[65];
    int64_t entered_ms;
    int64_t left_ms; /* of one that goes on: the last position inside */
    bool inside;     /* it goes on */
};
typedef void store_visit_row(void *arg, const struct store_visit *visit);

/* Visits that touch the span from ≤ t < to, in the order (entered, site, unit). `after`: the last of
 * the page before, NULL for the start. One of vehicle and site is given. */
struct store_visit_search {
    const char *vehicle_id, *site_id;
    int64_t from_ms, to_ms;
    const struct store_visit *after;
    int64_t limit;
};
enum err store_visit_find(struct sql *db, const struct store_visit_search *search,
                          store_visit_row *each, void *arg, struct fault *fault) ERR_CHECKED;

#endif

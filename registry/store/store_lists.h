/*
 * store_lists: queries of the lists and outlooks that no other part of the store has. Each reads
 * through an index and gives its rows in a fixed order. Errors as in sql.h.
 */
#ifndef EVROLL_REGISTRY_STORE_STORE_LISTS_H
#define EVROLL_REGISTRY_STORE_STORE_LISTS_H

#include "registry/store/sql.h"
#include "registry/store/store_vehicles.h"

/* What a vehicle did on the days `from` to `to` (UTC+8), as its units at the time said. */
struct store_use {
    int64_t hours; /* with samples; 0: nothing is known */
    int64_t distance_m, electric_m;
    int64_t discharged_mwh, charged_mwh;
    int64_t fuel_ul;
};
enum err store_lists_use(struct sql *db, const char *vehicle_id, int32_t from, int32_t to,
                         struct store_use *use, struct fault *fault) ERR_CHECKED;

/* How far the vehicles went on these days, as their units at the time said: those of which there are
 * samples, by id. */
struct store_distance_search {
    int32_t from, to;
    uint32_t categories;  /* that a vehicle was ever of: mask of 1u << enum category; 0: any */
    const char *owner_id; /* that ever owned it; NULL: anybody */
};
typedef void store_distance_row(void *arg, const char *vehicle_id, int64_t distance_m);
enum err store_lists_distances(struct sql *db, const struct store_distance_search *search,
                               store_distance_row *each, void *arg,
                               struct fault *fault) ERR_CHECKED;

/* A change of owner while the vehicle was in the fleet. A page begins after (day, vehicle_id). */
struct store_transfer {
    struct store_vehicle now; /* as it stands from the day on */
    char from_owner[65];
};
struct store_transfer_search {
    int32_t from, to; /* days, both included */
    int32_t after_day;
    const char *after_id; /* "" with after_day before `from`: from the start */
    int64_t limit;
};
typedef void store_transfer_row(void *arg, const struct store_transfer *transfer);
enum err store_lists_transfers(struct sql *db, const struct store_transfer_search *search,
                               store_transfer_row *each, void *arg,
                               struct fault *fault) ERR_CHECKED;

typedef void store_id_row(void *arg, const char *vehicle_id);
/* How many units there are of a plate now or ever: the ids, by id. */
enum err store_lists_by_plate(struct sql *db, const char *plate, store_id_row *each, void *arg,
                              struct fault *fault) ERR_CHECKED;

#endif

/*
 * vehicle: a vehicle or machine as it stands on one day, with what its owner and its exemptions add
 * to it.
 *
 * This is what stands behind a figure: vehicles_scan (registry/vehicles/counts.h) gives one for
 * each unit of a count. Plain values; nothing to free.
 */
#ifndef EVROLL_REGISTRY_VEHICLES_VEHICLE_H
#define EVROLL_REGISTRY_VEHICLES_VEHICLE_H

#include "registry/store/store_exemptions.h"
#include "registry/store/store_vehicles.h"
#include "registry/vehicles/vocabulary.h"

struct vehicle {
    struct store_vehicle at; /* the version that holds on the day asked for */
    enum owner_kind owner_kind;
    unsigned exempt; /* mask of 1u << enum exempt_reason */
};

/* The dimensions by which the vehicle is counted. */
struct count_dims vehicle_dims(const struct vehicle *vehicle);

/* The reasons of those exemptions that hold on a day, as a mask. */
unsigned vehicle_exempt_on(const struct store_exemptions *exemptions, int32_t day);

#endif

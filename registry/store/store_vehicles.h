/*
 * store_vehicles: the versions of vehicles and machines in the database.
 *
 * A version says what holds from its day on. The state as of a day is the version with the greatest
 * (valid_from, version) whose valid_from is not after that day. Versions are only ever added. The
 * numbers of category, energy and stage are those of registry/vehicles/vocabulary.h; this folder
 * gives them no meaning.
 */
#ifndef EVROLL_REGISTRY_STORE_STORE_VEHICLES_H
#define EVROLL_REGISTRY_STORE_STORE_VEHICLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "registry/store/store_counts.h"
#include "shared/arena.h"
#include "shared/err.h"
#include "shared/unit.h"

#define VEHICLE_ID_CHARS 64        /* characters of an id; a character has at most 4 bytes */
#define VEHICLE_ID_SIZE  257       /* bytes of a buffer for one, with its NUL */
#define VEHICLE_DAY_NONE INT32_MIN /* a day that was not given */

struct sql;

struct store_vehicle {
    char vehicle_id[VEHICLE_ID_SIZE];
    int64_t version;    /* from 1, in the order of recording */
    int32_t valid_from; /* day */
    char plate[64];     /* UTF-8; "" when there is none */
    int category, energy, stage;
    char owner_id[65];
    char area[13]; /* division code */
    bool built_up;
    int32_t first_registered;     /* VEHICLE_DAY_NONE when not known */
    int32_t added;                /* first day in the local fleet */
    int32_t removed;              /* first day out of it; WHEN_DAY_NEVER while it is there */
    char unit[UNIT_NAME_MAX + 1]; /* the onboard unit; "" for none */
    int64_t recorded_at;          /* ms */
    char author[65];
};

#endif

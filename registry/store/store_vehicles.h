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

#define VEHICLE_ID_CHARS 64  /* characters of an id; a character has at most 4 bytes */
#define VEHICLE_ID_SIZE  257 /* bytes of a buffer for one, with its NUL */
#define VEHICLE_ID_LAST  "\xF4\x8F\xBF\xBF" /* after every id: the last code point */
#define VEHICLE_DAY_NONE INT32_MIN          /* a day that was not given */

struct sql;

struct store_vehicle {
    int64_t version;          /* from 1, in the order of recording */
    int64_t recorded_at;      /* ms */
    int32_t valid_from;       /* day */
    int32_t first_registered; /* VEHICLE_DAY_NONE when not known */
    int32_t added;            /* first day in the local fleet */
    int32_t removed;          /* first day out of it; WHEN_DAY_NEVER while it is there */
    int category, energy, stage;
    bool built_up;
    char area[13];                /* division code */
    char unit[UNIT_NAME_MAX + 1]; /* the onboard unit; "" for none */
    char owner_id[65];
    char plate[64];         /* UTF-8; "" when there is none */
    char disclosure_no[33]; /* of the type's emissions (环保信息公开编号); "" when not given */
    char make[65];          /* UTF-8; "" when not given */
    char author[65];
    char vehicle_id[VEHICLE_ID_SIZE];
};

struct store_vehicles { /* in the arena of the call that gave it */
    struct store_vehicle *items;
    size_t count;
};

/* All versions of a vehicle in the order (valid_from, version); none when it is not known. */
enum err store_vehicle_versions(struct sql *db, const char *vehicle_id, struct arena *arena,
                                struct store_vehicles *versions, struct fault *fault) ERR_CHECKED;
enum err store_vehicle_known(struct sql *db, const char *vehicle_id, bool *known,
                             struct fault *fault) ERR_CHECKED;
enum err store_vehicle_append(struct sql *db, const struct store_vehicle *version,
                              struct fault *fault) ERR_CHECKED;
/* The ids of vehicles that have ever had this owner, `after` exclusive ("" for the start). */
enum err store_vehicle_ids_of_owner(struct sql *db, const char *owner_id, const char *after,
                                    int64_t limit, struct arena *arena, const char ***ids,
                                    size_t *count, struct fault *fault) ERR_CHECKED;

/* A version with what others say about the vehicle on the same day. */
typedef void store_vehicle_row(void *arg, const struct store_vehicle *version, int owner_kind,
                               unsigned exempt);

/* The vehicles behind a figure (registry/vehicles/counts.h), in the order of their ids. NULL owner:
 * any; NULL after: from the start; limit 0: all. */
struct store_vehicle_scan {
    const struct count_query *query;
    const char *owner_id, *after;
    int64_t limit;
};
enum err store_vehicle_scan(struct sql *db, const struct store_vehicle_scan *scan,
                            store_vehicle_row *each, void *arg, struct fault *fault) ERR_CHECKED;

/* The same vehicles counted by owner and dimensions, in no order. */
typedef void store_owner_row(void *arg, const char *owner_id, const struct count_dims *dims,
                             int64_t n);
enum err store_vehicle_by_owner(struct sql *db, const struct count_query *query,
                                store_owner_row *each, void *arg, struct fault *fault) ERR_CHECKED;

/* Of one category and stage, in the fleet on a day, the oldest by first registration first, then by
 * id: those after (after_day, after_id) and not after last_day. Ageless: those without a first
 * registration, by id after after_id. So that a page reads what it gives and not the category. */
struct store_vehicle_oldest {
    int32_t as_of;
    int64_t known_ms; /* as in struct count_query */
    int category, stage;
    bool ageless;
    int32_t after_day, last_day;
    const char *after_id;
    int64_t limit;
};
enum err store_vehicle_oldest(struct sql *db, const struct store_vehicle_oldest *oldest,
                              store_vehicle_row *each, void *arg, struct fault *fault) ERR_CHECKED;

/* In the fleet on a day, those that had a unit on any of the days `from` to `to` which was ever heard
 * of, by id. */
struct store_vehicle_heard {
    int32_t as_of, from, to;
    int64_t known_ms;
};
enum err store_vehicle_heard(struct sql *db, const struct store_vehicle_heard *heard,
                             store_vehicle_row *each, void *arg, struct fault *fault) ERR_CHECKED;

/* Looks for vehicles as a person does: as they stand on a day, in the fleet or not. Strings are
 * NULL for any, numbers 0. `plate` finds plates of other days too; `part` is any part of the id or
 * of a plate. */
struct store_vehicle_search {
    int32_t as_of;
    const char *plate, *owner_id, *unit, *area_prefix, *part, *after;
    int category, energy;
    int64_t limit;
};
enum err store_vehicle_find(struct sql *db, const struct store_vehicle_search *search,
                            store_vehicle_row *each, void *arg, struct fault *fault) ERR_CHECKED;

#endif

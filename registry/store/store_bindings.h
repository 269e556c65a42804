/*
 * store_bindings: which vehicle a unit sits in, by days. Made of the vehicles' versions by the
 * register; the activity of a vehicle joins it with what its units sent.
 */
#ifndef EVROLL_REGISTRY_STORE_STORE_BINDINGS_H
#define EVROLL_REGISTRY_STORE_STORE_BINDINGS_H

#include <stddef.h>
#include <stdint.h>

#include "registry/store/store_vehicles.h"
#include "shared/arena.h"
#include "shared/err.h"
#include "shared/unit.h"

struct store_binding {
    char unit[UNIT_NAME_MAX + 1];
    char vehicle_id[VEHICLE_ID_SIZE];
    int32_t from, to; /* days; `to` is the first day it is not bound; WHEN_DAY_NEVER: open */
};

struct store_bindings { /* in the arena of the call that gave it */
    struct store_binding *items;
    size_t count;
};

/* By from. */
enum err store_bindings_of_vehicle(struct sql *db, const char *vehicle_id, struct arena *arena,
                                   struct store_bindings *out, struct fault *fault) ERR_CHECKED;
enum err store_bindings_of_unit(struct sql *db, const char *unit, struct arena *arena,
                                struct store_bindings *out, struct fault *fault) ERR_CHECKED;
/* The bindings of all units on a day, by unit; `after` exclusive, NULL for the start. */
enum err store_bindings_on(struct sql *db, int32_t day, const char *after, int64_t limit,
                           struct arena *arena, struct store_bindings *out,
                           struct fault *fault) ERR_CHECKED;
/* A binding of the same unit to another vehicle on any of the same days; `found` tells. */
enum err store_binding_clash(struct sql *db, const struct store_binding *wanted,
                             struct store_binding *clash, bool *found,
                             struct fault *fault) ERR_CHECKED;
enum err store_binding_put(struct sql *db, const struct store_binding *binding,
                           struct fault *fault) ERR_CHECKED;
enum err store_binding_drop(struct sql *db, const struct store_binding *binding,
                            struct fault *fault) ERR_CHECKED;

#endif

/*
 * store_directory: what a gateway is told about units: those that sit in a vehicle on a day, and those
 * that are registered. Errors as in sql.h.
 */
#ifndef EVROLL_REGISTRY_STORE_STORE_DIRECTORY_H
#define EVROLL_REGISTRY_STORE_STORE_DIRECTORY_H

#include <stddef.h>
#include <stdint.h>

#include "registry/store/store_settings.h"
#include "shared/arena.h"
#include "shared/unit.h"

struct store_directory_unit {
    char unit[UNIT_NAME_MAX + 1];
    int category;       /* of its vehicle on that day: registry/vehicles/vocabulary.h; 0: none */
    int64_t interval_s; /* how often it is to report; 0: not set */
    char signals[STORE_SIGNALS_SIZE]; /* which, with commas between; "": not set */
    bool denied;                      /* gateways are not to let it in */
};

struct store_directory { /* in the arena of the call that gave it */
    struct store_directory_unit *items;
    size_t count;
};

/* By unit; `after` exclusive, NULL for the start. At most `limit`. */
enum err store_directory_read(struct sql *db, int32_t day, const char *after, int64_t limit,
                              struct arena *arena, struct store_directory *out,
                              struct fault *fault) ERR_CHECKED;

#endif

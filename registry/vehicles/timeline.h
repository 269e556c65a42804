/*
 * timeline: the life of one vehicle, cut into spans of days on which nothing changes. Pure
 * functions of versions, owners' kinds and exemptions; what is counted and bound is made of it.
 */
#ifndef EVROLL_REGISTRY_VEHICLES_TIMELINE_H
#define EVROLL_REGISTRY_VEHICLES_TIMELINE_H

#include "registry/store/store_bindings.h"
#include "registry/store/store_counts.h"
#include "registry/store/store_exemptions.h"
#include "registry/store/store_vehicles.h"
#include "shared/arena.h"

struct kind_change {
    int32_t from;
    int kind; /* enum owner_kind */
};

struct owner_kinds { /* in the order of days; an empty one is OWNER_NONE */
    const struct kind_change *items;
    size_t count;
};

/* The kinds of an owner: asked for each owner that occurs. */
typedef const struct owner_kinds *kinds_of(void *arg, const char *owner_id);

struct timeline_sources {
    const struct store_vehicle *versions; /* in the order (valid_from, version) */
    size_t version_count;
    const struct store_exemption *exemptions;
    size_t exemption_count;
    kinds_of *kinds;
    void *kinds_arg;
};

struct segment {
    int32_t from, to; /* `to` is the first day after it; WHEN_DAY_NEVER: open */
    struct count_dims dims;
    const char *unit; /* of the version; "" for none */
};

struct timeline {
    struct segment *segments; /* days in the fleet only, in order, without overlap */
    size_t count;
    bool added; /* is there an addition? */
    int32_t added_day;
    struct count_dims added_dims;
};

/* The version that holds on a day; NULL before the first. */
const struct store_vehicle *timeline_state(const struct store_vehicle *versions, size_t count,
                                           int32_t day);

struct timeline timeline_make(const struct timeline_sources *sources, struct arena *arena);

/* Which units the vehicle has, by days: adjoining segments with the same unit are one. */
struct store_bindings timeline_bindings(const struct timeline *timeline, const char *vehicle_id,
                                        struct arena *arena);

#endif

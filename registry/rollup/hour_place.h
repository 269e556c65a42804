/*
 * hour_place: the part of an hour's rollup that is about places: the state of the hour before in,
 * the walk over the samples (activity.h) through presence.h, the result into the store. Belongs to
 * one hour of one transaction; memory from its arena.
 *
 *     hour_place_load ▶ hour_place_begin ▶ the walk calls hour_place_watch ▶ hour_place_end
 *                     ▶ hour_place_store
 */
#ifndef EVROLL_REGISTRY_ROLLUP_HOUR_PLACE_H
#define EVROLL_REGISTRY_ROLLUP_HOUR_PLACE_H

#include "registry/rollup/activity.h"
#include "registry/sites/presence.h"
#include "registry/store/store_visits.h"

struct hour_place {
    struct sql *db;
    struct arena *arena;
    const struct site_index *sites;
    const char *unit;
    int64_t hour;
    bool has_old, has_before;
    struct store_place old, before; /* of this hour, and of the one before */
    struct presence *presence;      /* NULL: no sample, no walk */
    struct presence_hour out;
    int64_t operating_ms;
};

/* `before`: the unit's hour before this one; NULL: there is none. */
enum err hour_place_load(struct hour_place *place, const int64_t *before,
                         struct fault *fault) ERR_CHECKED;
void hour_place_begin(struct hour_place *place, const struct block *rows);
activity_watch hour_place_watch; /* arg: the struct hour_place */
void hour_place_end(struct hour_place *place, int64_t operating_ms);
/* Does the next hour begin otherwise than before? */
bool hour_place_changed(const struct hour_place *place);
/* `has_next`: the unit has later hours, so what goes on is theirs to say. */
enum err hour_place_store(const struct hour_place *place, bool has_next, int64_t now_ms,
                          struct fault *fault) ERR_CHECKED;

#endif

/* Candidates that telemetry does not know: the oldest of each category and stage, or all of an owner. */
#include <string.h>

#include "registry/outlook/candidates_internal.h"
#include "registry/vehicles/counts.h"

#define CHUNK 100 /* vehicles of one query: most orders end within it */

/* Of one category and stage, in the order in which they are asked for. */
struct stream {
    struct search *search;
    struct store_vehicle_oldest at; /* where it stands */
    char after_id[VEHICLE_ID_SIZE];
    int64_t rows;  /* of the chunk */
    int64_t taken; /* candidates */
    int64_t level; /* what age adds to the score of the last of them */
    bool done;     /* nothing behind can come before what was taken */
};

static int64_t level_of(const struct search *s, const struct vehicle *vehicle)
{
    int64_t points = candidate_points_of(candidates_age(s, vehicle), REPLACEMENT_AGE_DAYS);

    return s->query->asked->weights.age * candidate_known(points);
}

/* Equal scores stand by id, as the ageless come; the aged have to be read to the end of a level. */
static bool is_enough(const struct stream *t, int64_t level)
{
    return t->taken >= t->search->query->wanted && (t->at.ageless || level < t->level);
}

static void take_aged(void *arg, const struct vehicle *vehicle)
{
    struct stream *t = arg;
    int64_t level = level_of(t->search, vehicle);

    t->rows++;
    t->at.after_day = vehicle->at.first_registered;
    memcpy(t->after_id, vehicle->at.vehicle_id, sizeof t->after_id);
    t->done = t->done || is_enough(t, level);
    if (t->done || candidates_heard(t->search, vehicle) || !candidates_take(t->search, vehicle))
        return;
    t->taken++;
    t->level = level;
}

static enum err read_stream(struct sql *db, struct stream *t, struct fault *fault)
{
    const int64_t *left = &t->search->left[t->at.category][t->at.stage];
    enum err err = ERR_OK;

    do {
        char after_id[VEHICLE_ID_SIZE]; /* apart: it moves while the chunk is read */
        struct store_vehicle_oldest chunk = t->at;
        memcpy(after_id, t->after_id, sizeof after_id);
        chunk.after_id = after_id;
        chunk.limit = CHUNK;
        t->rows = 0;
        err = vehicles_oldest(db, &chunk, take_aged, t, fault);
    } while (err == ERR_OK && !t->done && t->rows == CHUNK && *left > 0);
    return err;
}

/* The aged, and where they leave room or add nothing, those whose age is not known or to come. */
static enum err read_stage(struct sql *db, struct search *s, int category, int stage,
                           struct fault *fault)
{
    const struct scope *scope = s->query->scope;
    struct stream aged = {.search = s,
                          .at = {.as_of = scope->query.to,
                                 .known_ms = scope->query.known_ms,
                                 .category = category,
                                 .stage = stage,
                                 .after_day = INT32_MIN,
                                 .last_day = s->query->asked->as_of}};
    struct stream ageless = aged, later = aged;
    enum err err = read_stream(db, &aged, fault);

    if (err != ERR_OK || aged.done || (aged.taken >= s->query->wanted && aged.level > 0))
        return err;
    ageless.at.ageless = true;
    later.at.after_day = s->query->asked->as_of + 1;
    later.at.last_day = INT32_MAX;
    err = read_stream(db, &ageless, fault);
    return err == ERR_OK ? read_stream(db, &later, fault) : err;
}

static enum err read_stages(struct sql *db, struct search *s, struct fault *fault)
{
    enum err err = ERR_OK;

    for (int category = 0; category < CATEGORY_COUNT; category++)
        for (int stage = 0; stage < STAGE_COUNT && err == ERR_OK; stage++)
            if (s->left[category][stage] > 0)
                err = read_stage(db, s, category, stage, fault);
    return err;
}

static void take_owned(void *arg, const struct vehicle *vehicle)
{
    struct search *s = arg;

    if (!candidates_heard(s, vehicle))
        (void)candidates_take(s, vehicle);
}

enum err candidates_others(struct sql *db, struct search *s, struct fault *fault)
{
    const struct vehicle_scan owned = {.query = attributed_query(s->query->scope),
                                       .owner_id = s->query->scope->owner_id};

    return owned.owner_id != NULL ? vehicles_scan(db, &owned, take_owned, s, fault)
                                  : read_stages(db, s, fault);
}

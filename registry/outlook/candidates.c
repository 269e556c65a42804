#include "registry/outlook/candidates.h"

#include <stdlib.h>
#include <string.h>

#include "registry/compliance/attributed.h"
#include "registry/store/store_lists.h"
#include "registry/vehicles/counts.h"

#define CHUNK 100 /* vehicles of one query: most orders end within it */

static const int64_t stage_points[STAGE_COUNT] = {
    [STAGE_NONE] = -1, [STAGE_0] = 1000,     [STAGE_1] = 1000,    [STAGE_2] = 800,
    [STAGE_3] = 600,   [STAGE_4] = 400,      [STAGE_5] = 200,     [STAGE_6A] = 100,
    [STAGE_6B] = 50,   [STAGE_ELECTRIC] = 0, [STAGE_UNKNOWN] = -1};

struct search {
    const struct candidates_query *query;
    struct attributed attributed;
    struct candidates *out;
    struct arena *arena;
    size_t heard; /* so many of out stand first, by id: telemetry knows them */
    int64_t left[CATEGORY_COUNT][STAGE_COUNT]; /* not found yet */
};

/* ---- points ---- */

static int64_t points_of(int64_t value, int64_t full)
{
    if (value < 0)
        return -1;
    return value >= full ? REPLACEMENT_POINTS : value * REPLACEMENT_POINTS / full;
}

static int64_t known(int64_t points)
{
    return points < 0 ? 0 : points;
}

struct candidate_points candidate_points(const struct candidate *c)
{
    return (struct candidate_points){
        points_of(c->age_days, REPLACEMENT_AGE_DAYS), stage_points[c->stage],
        points_of(c->distance_m, INT64_C(1000) * REPLACEMENT_DISTANCE_KM)};
}

static int64_t score_of(const struct candidate *c, const struct replacement_weights *weights)
{
    struct candidate_points points = candidate_points(c);

    return weights->age * known(points.age) + weights->stage * known(points.stage) +
           weights->distance * known(points.distance);
}

/* ---- counting ---- */

struct counting {
    struct candidates_count *count;
    const struct rule *rule;
};

static void add_row(void *arg, const struct count_dims *dims, int64_t n)
{
    const struct counting *c = arg;
    enum counts_as as = scope_counts(c->rule, dims);

    tally_add(&c->count->tally, c->rule, dims, n);
    if (as == COUNTS_NO || as == COUNTS_UNKNOWN)
        c->count->by_stage[dims->category][dims->stage] += n;
}

enum err candidates_count(struct sql *db, const struct scope *scope, struct candidates_count *count,
                          struct fault *fault)
{
    struct counting counting = {count, scope->rule};

    *count = (struct candidates_count){0};
    return tally_rows(db, scope, add_row, &counting, fault);
}

/* ---- taking ---- */

static int32_t age_of(const struct search *s, const struct vehicle *vehicle)
{
    int32_t first = vehicle->at.first_registered;
    int32_t as_of = s->query->asked->as_of;

    return first == VEHICLE_DAY_NONE || first > as_of ? -1 : as_of - first;
}

static struct candidate *add(struct candidates *list)
{
    if (list->count == list->room) {
        list->room = list->room == 0 ? 256 : list->room * 2;
        list->all = mem_grow(list->all, list->room, sizeof *list->all);
    }
    return &list->all[list->count++];
}

/* Is it a candidate? */
static bool take(struct search *s, const struct vehicle *vehicle)
{
    const struct scope *scope = s->query->scope;
    struct count_dims dims = attributed_dims(&s->attributed, vehicle);
    enum counts_as as = scope_counts(scope->rule, &dims);

    if (!scope_holds(scope, &dims, vehicle->at.owner_id) || as == COUNTS_YES || as == COUNTS_EXEMPT)
        return false;
    s->left[dims.category][dims.stage]--;
    *add(s->out) = (struct candidate){
        .id = arena_text(s->arena, vehicle->at.vehicle_id),
        .stage = vehicle->at.stage,
        .age_days = age_of(s, vehicle),
        .distance_m = -1,
    };
    return true;
}

/* ---- those that telemetry knows ---- */

static void take_heard(void *arg, const struct vehicle *vehicle)
{
    struct search *s = arg;

    s->heard += take(s, vehicle);
}

static int by_id(const void *key, const void *item)
{
    return strcmp(key, ((const struct candidate *)item)->id);
}

static bool was_heard(const struct search *s, const struct vehicle *vehicle)
{
    return s->heard > 0 && bsearch(vehicle->at.vehicle_id, s->out->all, s->heard,
                                   sizeof *s->out->all, by_id) != NULL;
}

static enum err read_heard(struct sql *db, struct search *s, struct fault *fault)
{
    int32_t to = s->query->asked->as_of;
    int32_t from = to - REPLACEMENT_USE_DAYS + 1;
    const struct store_vehicle_heard heard = {.as_of = s->query->scope->query.to,
                                              .from = from,
                                              .to = to,
                                              .known_ms = s->query->scope->query.known_ms};
    enum err err = vehicles_heard(db, &heard, take_heard, s, fault);

    for (size_t i = 0; i < s->heard && err == ERR_OK; i++) {
        struct candidate *c = &s->out->all[i];
        struct store_use use;
        err = store_lists_use(db, c->id, from, to, &use, fault);
        if (err == ERR_OK && use.hours > 0)
            c->distance_m = use.distance_m;
    }
    return err;
}

/* ---- the others ---- */

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
    int64_t points = points_of(age_of(s, vehicle), REPLACEMENT_AGE_DAYS);

    return s->query->asked->weights.age * known(points);
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
    if (t->done || was_heard(t->search, vehicle) || !take(t->search, vehicle))
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

    if (!was_heard(s, vehicle))
        (void)take(s, vehicle);
}

static enum err read_others(struct sql *db, struct search *s, struct fault *fault)
{
    const struct vehicle_scan owned = {.query = attributed_query(s->query->scope),
                                       .owner_id = s->query->scope->owner_id};

    return owned.owner_id != NULL ? vehicles_scan(db, &owned, take_owned, s, fault)
                                  : read_stages(db, s, fault);
}

/* ---- the order ---- */

static int in_order(const void *left, const void *right)
{
    const struct candidate *a = left;
    const struct candidate *b = right;

    if (a->score != b->score)
        return a->score > b->score ? -1 : 1;
    return strcmp(a->id, b->id);
}

enum err candidates_read(struct sql *db, const struct candidates_query *query, struct arena *arena,
                         struct candidates *out, struct fault *fault)
{
    struct search s = {.query = query, .out = out, .arena = arena};
    enum err err = ERR_OK;

    *out = (struct candidates){0};
    if (query->wanted == 0 || query->scope->nothing)
        return ERR_OK;
    memcpy(s.left, query->count.by_stage, sizeof s.left);
    err = attributed_read(db, query->scope, arena, &s.attributed, fault);
    if (err == ERR_OK)
        err = read_heard(db, &s, fault);
    if (err == ERR_OK)
        err = read_others(db, &s, fault);
    for (size_t i = 0; i < out->count; i++)
        out->all[i].score = score_of(&out->all[i], &query->asked->weights);
    if (out->count > 0)
        qsort(out->all, out->count, sizeof *out->all, in_order);
    return err;
}

#include "registry/outlook/candidates.h"

#include <stdlib.h>
#include <string.h>

#include "registry/outlook/candidates_internal.h"
#include "registry/store/store_lists.h"
#include "registry/vehicles/counts.h"

static const int64_t stage_points[STAGE_COUNT] = {
    [STAGE_NONE] = -1, [STAGE_0] = 1000,     [STAGE_1] = 1000,    [STAGE_2] = 800,
    [STAGE_3] = 600,   [STAGE_4] = 400,      [STAGE_5] = 200,     [STAGE_6A] = 100,
    [STAGE_6B] = 50,   [STAGE_ELECTRIC] = 0, [STAGE_UNKNOWN] = -1};

/* ---- points ---- */

int64_t candidate_points_of(int64_t value, int64_t full)
{
    if (value < 0)
        return -1;
    return value >= full ? REPLACEMENT_POINTS : value * REPLACEMENT_POINTS / full;
}

int64_t candidate_known(int64_t points)
{
    return points < 0 ? 0 : points;
}

struct candidate_points candidate_points(const struct candidate *c)
{
    return (struct candidate_points){
        candidate_points_of(c->age_days, REPLACEMENT_AGE_DAYS), stage_points[c->stage],
        candidate_points_of(c->distance_m, INT64_C(1000) * REPLACEMENT_DISTANCE_KM)};
}

static int64_t score_of(const struct candidate *c, const struct replacement_weights *weights)
{
    struct candidate_points points = candidate_points(c);

    return weights->age * candidate_known(points.age) +
           weights->stage * candidate_known(points.stage) +
           weights->distance * candidate_known(points.distance);
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

int32_t candidates_age(const struct search *s, const struct vehicle *vehicle)
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

bool candidates_take(struct search *s, const struct vehicle *vehicle)
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
        .age_days = candidates_age(s, vehicle),
        .distance_m = -1,
    };
    return true;
}

/* ---- those that telemetry knows ---- */

static void take_heard(void *arg, const struct vehicle *vehicle)
{
    struct search *s = arg;

    s->heard += candidates_take(s, vehicle);
}

static int by_id(const void *key, const void *item)
{
    return strcmp(key, ((const struct candidate *)item)->id);
}

bool candidates_heard(const struct search *s, const struct vehicle *vehicle)
{
    return s->heard > 0 && bsearch(vehicle->at.vehicle_id, s->out->all, s->heard,
                                   sizeof *s->out->all, by_id) != NULL;
}

static void take_distance(void *arg, const char *vehicle_id, int64_t distance_m)
{
    struct search *s = arg;
    struct candidate *c =
        s->heard == 0 ? NULL
                      : bsearch(vehicle_id, s->out->all, s->heard, sizeof *s->out->all, by_id);

    if (c != NULL)
        c->distance_m = distance_m;
}

static enum err read_heard(struct sql *db, struct search *s, struct fault *fault)
{
    int32_t to = s->query->asked->as_of;
    int32_t from = to - REPLACEMENT_USE_DAYS + 1;
    const struct store_vehicle_heard heard = {.as_of = s->query->scope->query.to,
                                              .from = from,
                                              .to = to,
                                              .known_ms = s->query->scope->query.known_ms};
    const struct store_distance_search distances = {.from = from,
                                                    .to = to,
                                                    .categories =
                                                        s->query->scope->query.filter.categories,
                                                    .owner_id = s->query->scope->owner_id};
    enum err err = vehicles_heard(db, &heard, take_heard, s, fault);

    return err == ERR_OK && s->heard > 0
               ? store_lists_distances(db, &distances, take_distance, s, fault)
               : err;
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
        err = candidates_others(db, &s, fault);
    for (size_t i = 0; i < out->count; i++)
        out->all[i].score = score_of(&out->all[i], &query->asked->weights);
    if (out->count > 0)
        qsort(out->all, out->count, sizeof *out->all, in_order);
    return err;
}

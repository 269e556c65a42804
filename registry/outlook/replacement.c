#include "registry/outlook/replacement.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "registry/compliance/attributed.h"
#include "registry/store/store_lists.h"
#include "registry/vehicles/timeline.h"
#include "registry/vehicles/vocabulary.h"

#define TARGET_MAX 1000000

const struct replacement_weights replacement_weights_default = {4, 4, 2};

static const int64_t stage_points[STAGE_COUNT] = {
    [STAGE_NONE] = -1, [STAGE_0] = 1000,     [STAGE_1] = 1000,    [STAGE_2] = 800,
    [STAGE_3] = 600,   [STAGE_4] = 400,      [STAGE_5] = 200,     [STAGE_6A] = 100,
    [STAGE_6B] = 50,   [STAGE_ELECTRIC] = 0, [STAGE_UNKNOWN] = -1};

/* As little as the order needs: there can be a million of them. */
struct candidate {
    const char *id; /* in the scan's arena */
    int64_t distance_m;
    int32_t age_days;
    int stage;
    int64_t score;
};

struct work {
    const struct replacement_query *query;
    struct replacement *out;
    struct candidate *all; /* by id until they are sorted */
    size_t count, room;
    size_t next;         /* the candidate that the bindings have come to */
    struct arena *arena; /* of the answer */
    struct arena *ids;   /* of the scan */
    struct scope scope;
    struct attributed attributed;
};

bool replacement_target_parse(const char *text, struct rule_threshold *target)
{
    char *end = NULL;

    if (text[0] < '0' || text[0] > '9')
        return false;
    target->num = strtoll(text, &end, 10);
    if (*end != '/' || end[1] < '0' || end[1] > '9')
        return false;
    target->den = strtoll(end + 1, &end, 10);
    return *end == '\0' && target->num > 0 && target->num <= target->den &&
           target->den <= TARGET_MAX;
}

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

static int64_t age_points(const struct candidate *c)
{
    return points_of(c->age_days, REPLACEMENT_AGE_DAYS);
}

static int64_t distance_points(const struct candidate *c)
{
    return points_of(c->distance_m, INT64_C(1000) * REPLACEMENT_DISTANCE_KM);
}

static int64_t score_of(const struct candidate *c, const struct replacement_weights *weights)
{
    return weights->age * known(age_points(c)) + weights->stage * known(stage_points[c->stage]) +
           weights->distance * known(distance_points(c));
}

/* ---- candidates ---- */

static void take_vehicle(void *arg, const struct vehicle *vehicle)
{
    struct work *w = arg;
    struct count_dims dims = attributed_dims(&w->attributed, vehicle);
    enum counts_as as = scope_counts(w->query->rule, &dims);
    int32_t first = vehicle->at.first_registered;

    if (!scope_holds(&w->scope, &dims, vehicle->at.owner_id))
        return;
    w->out->share.den += as != COUNTS_EXEMPT;
    w->out->share.num += as == COUNTS_YES;
    w->out->exempt += as == COUNTS_EXEMPT;
    if (as == COUNTS_YES || as == COUNTS_EXEMPT)
        return;
    if (w->count == w->room) {
        w->room = w->room == 0 ? 256 : w->room * 2;
        w->all = mem_grow(w->all, w->room, sizeof *w->all);
    }
    w->all[w->count++] = (struct candidate){
        .id = arena_text(w->ids, vehicle->at.vehicle_id),
        .stage = vehicle->at.stage,
        .age_days =
            first == VEHICLE_DAY_NONE || first > w->query->as_of ? -1 : w->query->as_of - first,
        .distance_m = -1,
    };
}

/* Bindings come in the order of the candidates: those of vehicles that are none are passed over. */
static void take_heard(void *arg, const char *vehicle_id)
{
    struct work *w = arg;

    while (w->next < w->count && strcmp(w->all[w->next].id, vehicle_id) < 0)
        w->next++;
    if (w->next < w->count && strcmp(w->all[w->next].id, vehicle_id) == 0)
        w->all[w->next].distance_m = 0;
}

static enum err read_distances(struct sql *db, struct work *w, struct fault *fault)
{
    int32_t to = w->query->as_of;
    int32_t from = to - REPLACEMENT_USE_DAYS + 1;
    enum err err = store_lists_bound(db, from, to, take_heard, w, fault);

    for (size_t i = 0; i < w->count && err == ERR_OK; i++) {
        struct store_use use;
        if (w->all[i].distance_m < 0)
            continue;
        err = store_lists_use(db, w->all[i].id, from, to, &use, fault);
        w->all[i].distance_m = err == ERR_OK && use.hours > 0 ? use.distance_m : -1;
    }
    return err;
}

/* ---- the order ---- */

static int candidate_compare(const void *left, const void *right)
{
    const struct candidate *a = left;
    const struct candidate *b = right;

    if (a->score != b->score)
        return a->score > b->score ? -1 : 1;
    return strcmp(a->id, b->id);
}

static enum err fill_row(struct sql *db, const struct work *w, int64_t place,
                         struct replacement_row *row, struct fault *fault)
{
    const struct candidate *c = &w->all[place];
    struct store_vehicles versions;
    const struct store_vehicle *state = NULL;
    enum err err = store_vehicle_versions(db, c->id, w->arena, &versions, fault);

    if (err != ERR_OK)
        return err;
    state = timeline_state(versions.items, versions.count, w->query->as_of);
    assert(state != NULL); /* the scan found it, in the same transaction */
    *row = (struct replacement_row){
        .vehicle = *state,
        .rank = place + 1,
        .score = c->score,
        .age_days = c->age_days,
        .distance_m = c->distance_m,
        .age_points = age_points(c),
        .stage_points = stage_points[c->stage],
        .distance_points = distance_points(c),
        .after = {w->out->share.num + place + 1, w->out->share.den},
    };
    return ERR_OK;
}

static enum err cut_page(struct sql *db, struct work *w, struct fault *fault)
{
    struct replacement *out = w->out;
    int64_t begin = w->query->skip < out->needed ? w->query->skip : out->needed;
    int64_t left = out->needed - begin;
    size_t count = (size_t)(left < w->query->limit ? left : w->query->limit);
    enum err err = ERR_OK;

    out->rows = ARENA_ARRAY(w->arena, struct replacement_row, count + 1);
    out->more = (int64_t)count < left;
    while (err == ERR_OK && out->count < count) {
        err = fill_row(db, w, begin + (int64_t)out->count, &out->rows[out->count], fault);
        out->count++;
    }
    return err;
}

static enum err compute(struct sql *db, struct work *w, struct fault *fault)
{
    const struct replacement_query *q = w->query;
    struct vehicle_scan scan = {0};
    enum err err = ERR_OK;

    w->scope = scope_of(q->plan, q->rule, q->as_of, &q->filter);
    scan.query = attributed_query(&w->scope);
    scan.owner_id = w->scope.owner_id;
    err = attributed_read(db, &w->scope, w->ids, &w->attributed, fault);
    if (err == ERR_OK && !w->scope.nothing)
        err = vehicles_scan(db, &scan, take_vehicle, w, fault);
    if (err == ERR_OK)
        err = read_distances(db, w, fault);
    if (err != ERR_OK)
        return err;
    for (size_t i = 0; i < w->count; i++)
        w->all[i].score = score_of(&w->all[i], &q->weights);
    if (w->count > 0)
        qsort(w->all, w->count, sizeof *w->all, candidate_compare);
    w->out->candidates = (int64_t)w->count;
    w->out->needed = share_shortfall(w->out->share, COMPARE_GE, &q->target);
    return cut_page(db, w, fault);
}

enum err replacement_read(struct sql *db, const struct replacement_query *query,
                          struct arena *arena, struct replacement *out, struct fault *fault)
{
    struct work w = {.query = &out->query, .out = out, .arena = arena};
    enum err err = ERR_OK;

    *out = (struct replacement){.query = *query};
    if (query->rule->kind != RULE_STOCK_SHARE)
        return fault_set(fault, ERR_INPUT,
                         "%s is a %s; an order of replacement needs a STOCK_SHARE: replacing does "
                         "not change what was added",
                         query->rule->id, rule_kind_name(query->rule->kind));
    if (query->target.den == 0)
        out->query.target = query->rule->threshold;
    w.ids = arena_create();
    err = compute(db, &w, fault);
    free(w.all);
    arena_destroy(w.ids);
    return err;
}

enum err replacement_compute(struct sql *db, const struct replacement_query *query,
                             struct arena *arena, struct replacement *out, struct fault *fault)
{
    enum err err = sql_begin(db, SQL_READ, fault);

    if (err != ERR_OK)
        return err;
    err = replacement_read(db, query, arena, out, fault);
    if (err == ERR_OK)
        err = sql_commit(db, fault);
    if (err != ERR_OK)
        sql_rollback(db);
    return err;
}

#include "registry/compliance/attributed.h"

#include <stdlib.h>
#include <string.h>

#include "registry/sites/attribution.h"
#include "registry/vehicles/vocabulary.h"

bool attributed_concerns(const struct rule *rule)
{
    uint32_t categories = rule->subject.categories;

    if (rule->kind != RULE_STOCK_SHARE || !rule->subject.built_up)
        return false;
    for (int code = 1; code < vocabulary_category.count; code++)
        if (category_is_truck((enum category)code) &&
            (categories == 0 || (categories >> code & 1u) != 0))
            return true;
    return false;
}

bool attributed_matters(const struct scope *scope)
{
    return attributed_concerns(scope->rule) && scope->query.known_ms == 0 && !scope->nothing;
}

static bool is_truck(const struct count_dims *dims)
{
    return category_is_truck((enum category)dims->category);
}

/* ---- moves ---- */

struct moving {
    const struct scope *scope;
    attributed_move *each;
    void *arg;
};

static void move(void *arg, const struct store_built_up_difference *difference)
{
    const struct moving *m = arg;
    struct count_dims used = difference->dims;

    if (!is_truck(&used))
        return;
    if (scope_holds(m->scope, &used, difference->owner_id))
        m->each(m->arg, difference->owner_id, &used, -1);
    used.built_up = difference->derived;
    if (scope_holds(m->scope, &used, difference->owner_id))
        m->each(m->arg, difference->owner_id, &used, 1);
}

enum err attributed_moves(struct sql *db, const struct scope *scope, attributed_move *each,
                          void *arg, struct fault *fault)
{
    struct moving m = {scope, each, arg};

    return attributed_matters(scope) ? attribution_differing(db, scope->query.to, move, &m, fault)
                                     : ERR_OK;
}

/* ---- vehicles ---- */

struct reading {
    struct attributed *attributed;
    struct arena *arena;
};

static void keep(void *arg, const struct store_built_up_difference *difference)
{
    const struct reading *r = arg;
    struct attributed *a = r->attributed;

    if (!is_truck(&difference->dims))
        return;
    if (a->count == a->room) {
        char **old = a->ids;
        a->room = a->room * 2 + 64;
        a->ids = ARENA_ARRAY(r->arena, char *, a->room);
        if (old != NULL)
            memcpy(a->ids, old, a->count * sizeof *old);
    }
    a->ids[a->count++] = arena_text(r->arena, difference->vehicle_id);
}

enum err attributed_read(struct sql *db, const struct scope *scope, struct arena *arena,
                         struct attributed *attributed, struct fault *fault)
{
    struct reading r = {attributed, arena};

    *attributed = (struct attributed){0};
    return attributed_matters(scope) ? attribution_differing(db, scope->query.to, keep, &r, fault)
                                     : ERR_OK;
}

static int by_id(const void *key, const void *item)
{
    return strcmp(key, *(char *const *)item);
}

bool attributed_has(const struct attributed *attributed, const char *vehicle_id)
{
    return attributed->count > 0 && bsearch(vehicle_id, attributed->ids, attributed->count,
                                            sizeof *attributed->ids, by_id) != NULL;
}

struct count_query attributed_query(const struct scope *scope)
{
    struct count_query query = scope->query;

    if (attributed_matters(scope))
        query.filter.built_up = COUNT_ANYWHERE;
    return query;
}

struct count_dims attributed_dims(const struct attributed *attributed,
                                  const struct vehicle *vehicle)
{
    struct count_dims dims = vehicle_dims(vehicle);

    if (attributed_has(attributed, vehicle->at.vehicle_id))
        dims.built_up = !dims.built_up;
    return dims;
}

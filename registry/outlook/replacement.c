#include "registry/outlook/replacement.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "registry/outlook/candidates.h"
#include "registry/vehicles/timeline.h"

#define TARGET_MAX 1000000

const struct replacement_weights replacement_weights_default = {4, 4, 2};

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

static enum err fill_row(struct sql *db, struct replacement *out, const struct candidate *c,
                         int64_t rank, struct arena *arena, struct fault *fault)
{
    struct candidate_points points = candidate_points(c);
    struct store_vehicles versions;
    const struct store_vehicle *state = NULL;
    enum err err = store_vehicle_versions(db, c->id, arena, &versions, fault);

    if (err != ERR_OK)
        return err;
    state = timeline_state(versions.items, versions.count, out->query.as_of);
    assert(state != NULL); /* it was found in the same transaction */
    out->rows[out->count++] = (struct replacement_row){
        .vehicle = *state,
        .rank = rank,
        .score = c->score,
        .age_days = c->age_days,
        .distance_m = c->distance_m,
        .age_points = points.age,
        .stage_points = points.stage,
        .distance_points = points.distance,
        .after = {out->share.num + rank, out->share.den},
    };
    return ERR_OK;
}

/* ---- the page: begin ≤ place < end in the order ---- */

static int64_t page_begin(const struct replacement *out)
{
    return out->query.skip < out->needed ? out->query.skip : out->needed;
}

static int64_t page_end(const struct replacement *out)
{
    int64_t begin = page_begin(out);

    return out->needed - begin < out->query.limit ? out->needed : begin + out->query.limit;
}

static enum err fill_page(struct sql *db, struct replacement *out, const struct candidate *order,
                          struct arena *arena, struct fault *fault)
{
    int64_t end = page_end(out);
    enum err err = ERR_OK;

    out->rows = ARENA_ARRAY(arena, struct replacement_row, (size_t)(end - page_begin(out)) + 1);
    out->more = end < out->needed;
    for (int64_t i = page_begin(out); i < end && err == ERR_OK; i++)
        err = fill_row(db, out, &order[i], i + 1, arena, fault);
    return err;
}

/* ---- the whole ---- */

static void take_count(struct replacement *out, const struct tally *tally)
{
    out->share = tally_share(tally);
    out->exempt = tally->n[COUNTS_EXEMPT];
    out->candidates = out->share.den - out->share.num;
    out->needed = share_shortfall(out->share, COMPARE_GE, &out->query.target);
}

static enum err compute(struct sql *db, struct replacement *out, struct arena *arena,
                        struct fault *fault)
{
    const struct replacement_query *q = &out->query;
    const struct scope scope = scope_of(q->plan, q->rule, q->as_of, &q->filter);
    struct candidates_query query = {.asked = q, .scope = &scope};
    struct arena *ids = arena_create();
    struct candidates order = {0};
    enum err err = candidates_count(db, &scope, &query.count, fault);

    take_count(out, &query.count.tally);
    query.wanted = page_begin(out) < page_end(out) ? page_end(out) : 0;
    if (err == ERR_OK)
        err = candidates_read(db, &query, ids, &order, fault);
    assert(err != ERR_OK || (int64_t)order.count >= query.wanted);
    if (err == ERR_OK)
        err = fill_page(db, out, order.all, arena, fault);
    free(order.all);
    arena_destroy(ids);
    return err;
}

enum err replacement_read(struct sql *db, const struct replacement_query *query,
                          struct arena *arena, struct replacement *out, struct fault *fault)
{
    *out = (struct replacement){.query = *query};
    if (query->rule->kind != RULE_STOCK_SHARE)
        return fault_set(fault, ERR_INPUT,
                         "%s is a %s; an order of replacement needs a STOCK_SHARE: replacing does "
                         "not change what was added",
                         query->rule->id, rule_kind_name(query->rule->kind));
    if (query->target.den == 0)
        out->query.target = query->rule->threshold;
    return compute(db, out, arena, fault);
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

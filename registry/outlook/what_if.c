#include "registry/outlook/what_if.h"

#include <stdlib.h>
#include <string.h>

#include "registry/compliance/attributed.h"
#include "registry/compliance/pace.h"
#include "registry/store/store_exemptions.h"
#include "registry/store/store_orgs.h"
#include "registry/vehicles/timeline.h"
#include "registry/vehicles/vocabulary.h"

struct work {
    struct sql *db;
    const struct compliance_query *query;
    struct arena *arena;
    struct what_if *out;
    struct fault *fault;
    struct attributed attributed; /* one list: every stock is of the same day */
};

/* A vehicle as it stands on the day, before or after. */
struct state {
    struct vehicle vehicle;
    bool there;        /* in the fleet */
    bool works_inside; /* of a vehicle that does not count as declared */
};

/* ---- the rules ---- */

static bool is_counted(const struct rule *rule)
{
    return rule->kind == RULE_STOCK_SHARE || rule->kind == RULE_FLOW_SHARE;
}

static enum err begin_rule(void *arg, const struct rule *rule)
{
    struct work *w = arg;
    struct what_if_rule *r = &w->out->rules[w->out->rule_count];
    enum err err = ERR_OK;

    if (!is_counted(rule))
        return ERR_OK;
    w->out->rule_count++;
    r->scope = scope_of(w->query->plan, rule, w->query->as_of, &w->query->filter);
    err = tally_read(w->db, &r->scope, &r->before, w->fault);
    r->after = r->before;
    if (err == ERR_OK && attributed_matters(&r->scope))
        err = attributed_read(w->db, &r->scope, w->arena, &w->attributed, w->fault);
    return err;
}

static enum err end_rule(struct work *w, struct what_if_rule *r)
{
    const struct rule *rule = r->scope.rule;
    int32_t as_of = w->query->as_of;
    struct share before = tally_share(&r->before);
    struct share after = tally_share(&r->after);
    struct verdict_pace pace = {0};
    enum err err = ERR_OK;

    if (verdict_needs_pace(rule, before, as_of) || verdict_needs_pace(rule, after, as_of))
        err = pace_find(w->db, w->query->plan, rule, as_of, &w->query->filter, &pace, w->fault);
    r->verdict_before = verdict_decide(rule, before, as_of, &pace);
    r->verdict_after = verdict_decide(rule, after, as_of, &pace);
    return err;
}

static void count(const struct work *w, struct what_if_rule *r, const struct state *state,
                  int64_t n)
{
    const struct vehicle *vehicle = &state->vehicle;
    struct count_dims dims = vehicle_dims(vehicle);

    if (attributed_matters(&r->scope) && category_is_truck((enum category)dims.category) &&
        attributed_has(&w->attributed, vehicle->at.vehicle_id))
        dims.built_up = state->works_inside;

    if (scope_holds(&r->scope, &dims, vehicle->at.owner_id))
        tally_add(&r->after, r->scope.rule, &dims, n);
}

/* An addition counts by what was true on its day: of those before, only one on the day itself can
 * still change. */
static void apply_added(const struct work *w, struct what_if_rule *r, const struct state *before,
                        const struct state *after, bool is_new)
{
    int32_t as_of = w->query->as_of;
    int32_t added = after->vehicle.at.added;

    if (added < r->scope.query.from || added > r->scope.query.to || (!is_new && added != as_of))
        return;
    if (!is_new)
        count(w, r, before, -1);
    count(w, r, after, 1);
}

static void apply(struct work *w, const struct state *before, const struct state *after,
                  bool is_new)
{
    for (size_t i = 0; i < w->out->rule_count; i++) {
        struct what_if_rule *r = &w->out->rules[i];
        if (r->scope.query.measure == COUNT_ADDED) {
            apply_added(w, r, before, after, is_new);
            continue;
        }
        if (before->there)
            count(w, r, before, -1);
        if (after->there)
            count(w, r, after, 1);
    }
    w->out->applied++;
}

/* ---- one row ---- */

static enum err finish_state(struct work *w, struct state *s)
{
    struct store_exemptions exemptions;
    struct store_orgs orgs;
    int32_t as_of = w->query->as_of;
    enum err err =
        store_exemptions_of(w->db, s->vehicle.at.vehicle_id, w->arena, &exemptions, w->fault);

    if (err == ERR_OK)
        err = store_org_versions(w->db, s->vehicle.at.owner_id, w->arena, &orgs, w->fault);
    if (err != ERR_OK)
        return err;
    s->there = s->vehicle.at.added <= as_of && as_of < s->vehicle.at.removed;
    s->vehicle.exempt = vehicle_exempt_on(&exemptions, as_of);
    s->vehicle.owner_kind = OWNER_NONE;
    for (size_t i = 0; i < orgs.count && orgs.items[i].valid_from <= as_of; i++)
        s->vehicle.owner_kind = (enum owner_kind)orgs.items[i].kind;
    return ERR_OK;
}

static void need_fields(struct what_if_row *row)
{
    for (int i = 0; i < VEHICLE_FIELDS; i++)
        if (vehicle_fields[i].required && i != VEHICLE_ADDED && (row->fields >> i & 1u) == 0)
            remark_refuse(&row->remarks, vehicle_fields[i].name,
                          "is required: the vehicle is not in the register on the day");
}

/* What the row says over what is there. */
static struct store_vehicle changed(const struct work *w, struct what_if_row *row,
                                    const struct store_vehicle *now)
{
    struct store_vehicle to = now != NULL ? *now : row->to;

    for (int i = 0; now != NULL && i < VEHICLE_FIELDS; i++)
        if ((row->fields >> i & 1u) != 0)
            field_copy(&vehicle_fields[i], &to, &row->to);
    if (now != NULL && to.added != now->added)
        remark_refuse(&row->remarks, "added",
                      "is the day the vehicle was added; leave it out, it cannot change");
    if (now == NULL && to.added == VEHICLE_DAY_NONE)
        to.added = w->query->as_of;
    if (row->leaves)
        to.removed = w->query->as_of;
    else if ((row->fields >> VEHICLE_REMOVED & 1u) != 0 && to.removed > w->query->as_of)
        remark_warn(&row->remarks, "removed", "is after the day, so the vehicle is still there");
    return to;
}

static enum err take_change(struct work *w, struct what_if_row *row,
                            const struct store_vehicle *now)
{
    struct state before = {0};
    struct state after = {.vehicle.at = changed(w, row, now)};
    enum err err = ERR_OK;

    if (!row->leaves)
        vehicle_check(&after.vehicle.at, &row->remarks);
    if (row->remarks.refused)
        return ERR_OK;
    if (now != NULL) {
        before.vehicle.at = *now;
        before.works_inside = after.works_inside = !now->built_up;
        err = finish_state(w, &before);
    }
    if (err == ERR_OK)
        err = finish_state(w, &after);
    if (err == ERR_OK && after.vehicle.owner_kind == OWNER_NONE)
        remark_refuse(&row->remarks, "owner_id", "\"%s\" is not in the register",
                      after.vehicle.at.owner_id);
    else if (err == ERR_OK)
        apply(w, &before, &after, now == NULL);
    return err;
}

static enum err take_row(struct work *w, struct what_if_row *row)
{
    struct store_vehicles versions;
    const struct store_vehicle *now = NULL;
    enum err err = ERR_OK;

    if (row->remarks.refused)
        return ERR_OK;
    err = store_vehicle_versions(w->db, row->to.vehicle_id, w->arena, &versions, w->fault);
    if (err != ERR_OK)
        return err;
    now = timeline_state(versions.items, versions.count, w->query->as_of);
    if (now == NULL && (row->leaves || versions.count > 0)) {
        remark_refuse(&row->remarks, row->leaves ? "replaces" : "vehicle_id",
                      versions.count == 0 ? "there is no such vehicle in the register"
                                          : "enters the register after the day");
        return ERR_OK;
    }
    if (now == NULL)
        need_fields(row);
    return row->remarks.refused ? ERR_OK : take_change(w, row, now);
}

/* ---- the whole ---- */

struct place {
    const char *id;
    struct what_if_row *row;
};

static int place_compare(const void *left, const void *right)
{
    const struct place *a = left;
    const struct place *b = right;
    int by_id = strcmp(a->id, b->id);

    return by_id != 0 ? by_id : (a->row > b->row) - (a->row < b->row);
}

/* A vehicle can be changed once. */
static void refuse_repeats(struct what_if_rows *rows, struct arena *arena)
{
    struct place *sorted = ARENA_ARRAY(arena, struct place, rows->count + 1);

    for (size_t i = 0; i < rows->count; i++)
        sorted[i] = (struct place){rows->items[i].to.vehicle_id, &rows->items[i]};
    if (rows->count > 0)
        qsort(sorted, rows->count, sizeof *sorted, place_compare);
    for (size_t i = 1; i < rows->count; i++)
        if (sorted[i].id[0] != '\0' && strcmp(sorted[i].id, sorted[i - 1].id) == 0)
            remark_refuse(&sorted[i].row->remarks,
                          sorted[i].row->leaves ? "replaces" : "vehicle_id",
                          "stands in line %lld too", (long long)sorted[i - 1].row->line);
}

static enum err compute(struct work *w, struct what_if_rows *rows)
{
    enum err err = plan_rules(w->query->plan, w->query->as_of, begin_rule, w);

    for (size_t i = 0; i < rows->count && err == ERR_OK; i++)
        err = take_row(w, &rows->items[i]);
    for (size_t i = 0; i < w->out->rule_count && err == ERR_OK; i++)
        err = end_rule(w, &w->out->rules[i]);
    return err;
}

enum err what_if_compute(struct sql *db, const struct compliance_query *query,
                         struct what_if_rows *rows, struct arena *arena, struct what_if *out,
                         struct fault *fault)
{
    struct work w = {.db = db, .query = query, .arena = arena, .out = out, .fault = fault};
    enum err err = sql_begin(db, SQL_READ, fault);

    *out = (struct what_if){
        .rules = ARENA_ARRAY(arena, struct what_if_rule, query->plan->rule_count + 1)};
    refuse_repeats(rows, arena);
    if (err == ERR_OK)
        err = compute(&w, rows);
    if (err == ERR_OK)
        err = sql_commit(db, fault);
    if (err != ERR_OK)
        sql_rollback(db);
    return err;
}

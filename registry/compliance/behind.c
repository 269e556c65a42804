#include "registry/compliance/behind.h"

#include <string.h>

#include "registry/compliance/attributed.h"
#include "registry/compliance/uses.h"
#include "registry/vehicles/vocabulary.h"

struct page {
    const struct behind_query *query;
    struct arena *arena;
    behind_each *each;
    void *arg;
    struct attributed attributed;
    /* Rows that wait for their evidence: the database answers one question after the other. */
    struct behind_row *rows;
    size_t count, room;
};

static bool is_wanted(void *arg, const struct vehicle *vehicle)
{
    const struct page *page = arg;
    const struct behind_query *query = page->query;
    struct count_dims dims = attributed_dims(&page->attributed, vehicle);

    return scope_holds(&query->scope, &dims, vehicle->at.owner_id) &&
           (query->all || scope_counts(query->scope.rule, &dims) == query->as);
}

static void keep_row(struct page *page, const struct behind_row *row)
{
    if (page->count == page->room) {
        struct behind_row *old = page->rows;
        page->room = page->room * 2 + 64;
        page->rows = ARENA_ARRAY(page->arena, struct behind_row, page->room);
        if (old != NULL)
            memcpy(page->rows, old, page->count * sizeof *old);
    }
    page->rows[page->count++] = *row;
}

static void give_vehicle(void *arg, const struct vehicle *vehicle)
{
    struct page *page = arg;
    const struct rule *rule = page->query->scope.rule;
    struct count_dims dims = attributed_dims(&page->attributed, vehicle);
    const struct behind_row row = {.vehicle = *vehicle,
                                   .as = scope_counts(rule, &dims),
                                   .why = scope_why(rule, &dims, page->arena)};

    if (page->query->evidence)
        keep_row(page, &row);
    else
        page->each(page->arg, &row);
}

/* `used` is what the figure used: a decision that is being made anew does not count yet. */
static enum err find_where(struct sql *db, struct page *page, struct behind_row *row,
                           struct attribution *where, struct fault *fault)
{
    const char *vehicle_id = row->vehicle.at.vehicle_id;
    enum err err = ERR_OK;

    if (!attributed_matters(&page->query->scope))
        return ERR_OK;
    err = attribution_of(db, page->arena, vehicle_id, page->query->scope.query.to, where, fault);
    where->declared = row->vehicle.at.built_up;
    where->used = where->declared != attributed_has(&page->attributed, vehicle_id);
    if (category_is_truck((enum category)row->vehicle.at.category))
        row->where = where;
    return err;
}

static enum err read_heard(struct sql *db, const struct page *page, struct heard *heard,
                           struct fault *fault)
{
    struct store_heard_query query =
        heard_query(&page->query->scope.query, page->query->asked.as_of);

    query.first = page->rows[0].vehicle.at.vehicle_id;
    query.last = page->rows[page->count - 1].vehicle.at.vehicle_id;
    return heard_read(db, &query, page->arena, heard, fault);
}

static enum err give_rows(struct sql *db, struct page *page, struct fault *fault)
{
    const struct scope *scope = &page->query->scope;
    bool ask = page->count > 0 && scope->query.known_ms == 0;
    struct heard heard = {0};
    enum err err = ask ? read_heard(db, page, &heard, fault) : ERR_OK;

    for (size_t i = 0; i < page->count && err == ERR_OK; i++) {
        struct behind_row row = page->rows[i];
        struct count_dims dims = attributed_dims(&page->attributed, &row.vehicle);
        struct attribution where;
        struct verification verification = verification_of(
            scope->rule, &dims, &heard, heard_find(&heard, row.vehicle.at.vehicle_id));
        if (ask)
            row.verification = &verification;
        err = find_where(db, page, &row, &where, fault);
        if (err == ERR_OK)
            page->each(page->arg, &row);
    }
    return err;
}

bool behind_is_vehicles(const struct rule *rule)
{
    return rule->kind == RULE_STOCK_SHARE || rule->kind == RULE_FLOW_SHARE;
}

bool behind_is_uses(const struct behind_query *query)
{
    return query->scope.rule->kind == RULE_USAGE_SHARE && !query->items;
}

/* Items are few: they are computed with the figure, and a page is cut out of them. */
static enum err read_items(struct sql *db, const struct behind_query *query, struct arena *arena,
                           behind_each *each, void *arg, const char **next, struct fault *fault)
{
    struct compliance compliance;
    enum err err = compliance_compute(db, &query->asked, arena, &compliance, fault);
    const struct compliance_items *items =
        err == ERR_OK ? &compliance.rules[0].items : &(struct compliance_items){0};
    const char *last = NULL;
    int64_t given = 0;

    for (size_t i = 0; i < items->count && *next == NULL; i++) {
        const struct compliance_item *item = &items->list[i];
        if ((query->after != NULL && strcmp(item->id, query->after) <= 0) ||
            (!query->all && item->as != query->as))
            continue;
        if (given++ == query->limit) {
            *next = last;
            break;
        }
        last = item->id;
        each(arg, &(struct behind_row){.item = item, .as = item->as, .why = item->why});
    }
    return err;
}

enum err behind_read(struct sql *db, const struct behind_query *query, struct arena *arena,
                     behind_each *each, void *arg, const char **next, struct fault *fault)
{
    struct page page = {.query = query, .arena = arena, .each = each, .arg = arg};
    enum err err = ERR_OK;
    const struct vehicle_page wanted = {
        .scan = {.query = attributed_query(&query->scope),
                 .owner_id = query->scope.owner_id,
                 .after = query->after,
                 .limit = query->limit},
        .keep = is_wanted,
        .keep_arg = &page,
        .each = give_vehicle,
        .arg = &page,
    };

    const char *refusal = compliance_refusal(query->scope.rule, &query->asked.filter);

    *next = NULL;
    if (refusal != NULL)
        return fault_set(fault, ERR_INPUT, "%s (rule %s)", refusal, query->scope.rule->id);
    if (behind_is_uses(query))
        return uses_read(db, query, arena, each, arg, next, fault);
    if (!behind_is_vehicles(query->scope.rule))
        return read_items(db, query, arena, each, arg, next, fault);
    if (query->scope.nothing)
        return ERR_OK;
    err = attributed_read(db, &query->scope, arena, &page.attributed, fault);
    if (err == ERR_OK)
        err = vehicles_page(db, &wanted, arena, next, fault);
    return err == ERR_OK ? give_rows(db, &page, fault) : err;
}

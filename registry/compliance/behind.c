#include "registry/compliance/behind.h"

#include <string.h>

struct page {
    const struct behind_query *query;
    struct arena *arena;
    behind_each *each;
    void *arg;
};

static bool is_wanted(void *arg, const struct vehicle *vehicle)
{
    const struct behind_query *query = arg;
    struct count_dims dims = vehicle_dims(vehicle);

    return query->all || scope_counts(query->scope.rule, &dims) == query->as;
}

static void give_vehicle(void *arg, const struct vehicle *vehicle)
{
    struct page *page = arg;
    const struct rule *rule = page->query->scope.rule;
    struct count_dims dims = vehicle_dims(vehicle);
    const struct behind_row row = {.vehicle = *vehicle,
                                   .as = scope_counts(rule, &dims),
                                   .why = scope_why(rule, &dims, page->arena)};

    page->each(page->arg, &row);
}

bool behind_is_vehicles(const struct rule *rule)
{
    return rule->kind == RULE_STOCK_SHARE || rule->kind == RULE_FLOW_SHARE;
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
    struct page page = {query, arena, each, arg};
    const struct vehicle_page wanted = {
        .scan = {.query = query->scope.query,
                 .owner_id = query->scope.owner_id,
                 .after = query->after,
                 .limit = query->limit},
        .keep = is_wanted,
        .keep_arg = (void *)query,
        .each = give_vehicle,
        .arg = &page,
    };

    *next = NULL;
    if (!behind_is_vehicles(query->scope.rule))
        return read_items(db, query, arena, each, arg, next, fault);
    return query->scope.nothing ? ERR_OK : vehicles_page(db, &wanted, arena, next, fault);
}

#include "registry/compliance/behind.h"

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
    return query->scope.nothing ? ERR_OK : vehicles_page(db, &wanted, arena, next, fault);
}

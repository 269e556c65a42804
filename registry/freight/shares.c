#include "registry/freight/shares.h"

#include <stdlib.h>
#include <string.h>

#include "registry/freight/outside.h"
#include "shared/ident/uscc.h"

const struct freight_distances freight_distances_default = {.long_km = 500, .short_km = 50};

static const char *const by_words[] = {"org", "commodity", "zone", "period"};

bool freight_by_parse(const char *text, enum freight_by *by)
{
    for (size_t i = 0; i < sizeof by_words / sizeof by_words[0]; i++)
        if (strcmp(by_words[i], text) == 0) {
            *by = (enum freight_by)i;
            return true;
        }
    return false;
}

struct grouping {
    struct freight_shares *shares;
    struct arena *arena;
    size_t cap;
};

static void add(struct share_group *group, const struct store_freight_sum *sum)
{
    freight_modes_add(&group->all, sum);
    if ((COMMODITIES_BULK >> sum->commodity & 1u) != 0)
        freight_modes_add(&group->bulk, sum);
}

static const char *zone_of(const char *org_id, char out[static 7])
{
    enum uscc_verdict verdict = uscc_check(org_id).verdict;

    out[0] = '\0';
    if (verdict != USCC_BAD_LENGTH && verdict != USCC_BAD_CHARACTER) {
        memcpy(out, org_id + 2, 6);
        out[6] = '\0';
    }
    return out;
}

static const char *group_id(enum freight_by by, const struct store_freight_sum *sum,
                            char out[static PERIOD_TEXT])
{
    switch (by) {
    case FREIGHT_BY_ORG:
        return sum->org_id;
    case FREIGHT_BY_COMMODITY:
        return vocabulary_word(&vocabulary_commodity, sum->commodity);
    case FREIGHT_BY_ZONE:
        return zone_of(sum->org_id, out);
    case FREIGHT_BY_PERIOD:
        return period_format((struct period){sum->first_month, sum->months}, out);
    }
    return "";
}

static struct share_group *group_of(struct grouping *g, const char *id)
{
    struct freight_shares *s = g->shares;

    for (size_t i = s->group_count; i > 0; i--) /* mostly the last one again */
        if (strcmp(s->groups[i - 1].id, id) == 0)
            return &s->groups[i - 1];
    s->groups = arena_grow(g->arena, s->groups, s->group_count, 1, &g->cap, sizeof *s->groups);
    s->groups[s->group_count] = (struct share_group){.id = arena_text(g->arena, id)};
    return &s->groups[s->group_count++];
}

static void take_region(void *arg, const struct store_freight_sum *sum)
{
    struct freight_shares *shares = arg;

    add(&shares->region, sum);
}

static void take_group(void *arg, const struct store_freight_sum *sum)
{
    struct grouping *g = arg;
    char text[PERIOD_TEXT];

    add(group_of(g, group_id(g->shares->query.by, sum, text)), sum);
}

static int by_id(const void *left, const void *right)
{
    return strcmp(((const struct share_group *)left)->id, ((const struct share_group *)right)->id);
}

static enum err read_groups(struct sql *db, struct store_freight_query query, struct grouping *g,
                            struct fault *fault)
{
    struct freight_shares *s = g->shares;
    enum err err = ERR_OK;

    if (s->query.by == FREIGHT_BY_ORG)
        query.once = false; /* all that each of them moved */
    err = store_freight_sums_read(db, &query, take_group, g, fault);
    if (s->group_count > 1)
        qsort(s->groups, s->group_count, sizeof s->groups[0], by_id);
    return err;
}

static enum err read_distances(struct sql *db, struct freight_scope scope, struct freight_shares *s,
                               struct fault *fault)
{
    enum err err = ERR_OK;

    scope.goods = FREIGHT_BULK_AND_CONTAINERS;
    scope.km_min = s->query.distances.long_km;
    err = freight_sums(db, &scope, &s->far, fault);
    scope.goods = FREIGHT_BULK;
    scope.km_min = 0;
    scope.km_max = s->query.distances.short_km;
    return err == ERR_OK ? freight_sums(db, &scope, &s->near, fault) : err;
}

enum err freight_shares(struct sql *db, const struct shares_query *query, struct arena *arena,
                        struct freight_shares *s, struct fault *fault)
{
    struct grouping grouping = {.shares = s, .arena = arena};
    const struct freight_scope scope = {.from = period_first_day(query->period),
                                        .to = period_last_day(query->period),
                                        .org_id = query->org_id,
                                        .known_at = query->known_at};
    const struct store_freight_query sums = freight_scope_query(&scope);
    enum err err = ERR_OK;

    *s = (struct freight_shares){.query = *query, .zone_freight = FREIGHT_UNKNOWN};
    s->region.id = "";
    err = store_freight_sums_read(db, &sums, take_region, s, fault);
    if (err == ERR_OK)
        err = read_groups(db, sums, &grouping, fault);
    if (err == ERR_OK)
        err = read_distances(db, scope, s, fault);
    if (err == ERR_OK && query->org_id == NULL)
        err = outside_zone(db, query->zone, query->period, arena, &s->zone_freight, fault);
    return err == ERR_OK ? coverage_read(db, query->period, query->org_id, query->today, arena,
                                         &s->coverage, fault)
                         : err;
}

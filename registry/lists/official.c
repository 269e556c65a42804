/* official.c: official cars bought, by body. */
#include <stdlib.h>
#include <string.h>

#include "registry/compliance/share.h"
#include "registry/lists/lists_internal.h"
#include "registry/vehicles/vocabulary.h"

enum { BOUGHT, SPECIAL, NEV };

static const struct sheet_column columns[] = {
    {"owner", "机关代码", "body", SHEET_TEXT},
    {"name", "机关名称", "name", SHEET_TEXT},
    {"bought", "新购", "bought", SHEET_INT},
    {"special_need", "特殊需求", "special need", SHEET_INT},
    {"numerator", "新能源", "NEV", SHEET_INT},
    {"denominator", "应计", "counted", SHEET_INT},
    {"value", "比例", "share", SHEET_SHARE},
};

static void take_car(void *arg, const struct vehicle *vehicle)
{
    struct lists_group *g = lists_group_of(arg, vehicle->at.owner_id);
    bool special = (vehicle->exempt >> EXEMPT_SPECIAL_NEED & 1u) != 0;

    g->n[BOUGHT]++;
    g->n[SPECIAL] += special;
    g->n[NEV] += !special && energy_is_nev((enum energy)vehicle->at.energy);
}

static int key_compare(const void *left, const void *right)
{
    const struct lists_group *a = left;
    const struct lists_group *b = right;

    return strcmp(a->key, b->key);
}

static enum err put_body(struct sql *db, const struct lists_group *g, int32_t day,
                         struct list_page *page, struct fault *fault)
{
    struct share share = {g->n[NEV], g->n[BOUGHT] - g->n[SPECIAL]};
    const char *name = NULL;
    enum err err = lists_owner_name(db, g->key, day, page->arena, &name, fault);

    if (err != ERR_OK)
        return err;
    const struct sheet_cell cells[LISTS_COUNT(columns)] = {
        sheet_text(g->key),
        sheet_text(name),
        sheet_int(g->n[BOUGHT]),
        sheet_int(g->n[SPECIAL]),
        sheet_int(share.num),
        sheet_int(share.den),
        share.den > 0 ? sheet_share(share_millionths(share)) : sheet_none(),
    };
    sheet_row(page->sheet, cells);
    return ERR_OK;
}

static enum err put_bodies(struct sql *db, const struct lists_groups *groups,
                           const struct list_query *q, struct list_page *page, struct fault *fault)
{
    size_t given = 0;
    enum err err = ERR_OK;

    for (size_t i = 0; i < groups->count && err == ERR_OK; i++) {
        if (q->after != NULL && strcmp(groups->items[i].key, q->after) <= 0)
            continue;
        if ((int64_t)given++ == q->limit) {
            page->next = groups->items[i - 1].key;
            break;
        }
        err = put_body(db, &groups->items[i], q->to, page, fault);
    }
    return err;
}

static enum err read_official(struct sql *db, const struct list_query *q, struct list_page *page,
                              struct fault *fault)
{
    struct lists_groups groups = lists_groups_make(page->arena);
    const struct vehicle_scan scan = {
        .query = {.measure = COUNT_ADDED,
                  .from = q->from != VEHICLE_DAY_NONE
                              ? q->from
                              : when_day((struct when_date){when_date(q->to).year, 1, 1}),
                  .to = q->to,
                  .filter = {.categories = 1u << CATEGORY_OFFICIAL_CAR,
                             .owner_kinds = 1u << OWNER_GOVERNMENT,
                             .area_prefix = q->area}},
    };
    enum err err = vehicles_scan(db, &scan, take_car, &groups, fault);

    if (err != ERR_OK)
        return err;
    qsort(groups.items, groups.count, sizeof *groups.items, key_compare);
    return put_bodies(db, &groups, q, page, fault);
}

const struct list list_official_cars = {
    .head = {"official-cars", "各机关新购公务用车", "official cars bought, by body", columns,
             LISTS_COUNT(columns)},
    .note_zh = "本年各级党政机关新购公务用车及新能源比例；特殊需求车辆不计入分子分母",
    .note_en = "official cars bought by government bodies this year (or from..to); those of "
               "special need stand in neither side of the share",
    .params = LIST_AS_OF | LIST_SPAN | LIST_AREA,
    .read = read_official,
};

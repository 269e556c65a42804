/* composition.c: what each fleet is made of on a day, from the prepared counts. */
#include <string.h>

#include "registry/compliance/share.h"
#include "registry/lists/lists_internal.h"
#include "registry/vehicles/vocabulary.h"

static const struct sheet_column columns[] = {
    {"category", "类别", "category", SHEET_TEXT},
    {"vehicles", "在册", "vehicles", SHEET_INT},
    {"nev", "新能源", "NEVs", SHEET_INT},
    {"value", "新能源占比", "share of NEVs", SHEET_SHARE},
    {"zero_emission", "纯电动和燃料电池", "BEV and FCEV", SHEET_INT},
    {"plugin", "插电式和增程式", "plug-in and range extender", SHEET_INT},
    {"stage_6", "国六", "stage VI", SHEET_INT},
    {"stage_5", "国五", "stage V", SHEET_INT},
    {"stage_4", "国四", "stage IV", SHEET_INT},
    {"stage_3", "国三及以下", "stage III and below", SHEET_INT},
    {"stage_unknown", "排放阶段不明", "stage unknown", SHEET_INT},
    {"exempt", "豁免", "exempt", SHEET_INT},
};

struct fleet {
    int64_t all, nev, zero_emission, exempt;
    int64_t stages[STAGE_COUNT]; /* of what is no NEV */
};

static void add(void *arg, const struct count_dims *dims, int64_t n)
{
    struct fleet *fleet = (struct fleet *)arg + dims->category;
    bool nev = energy_is_nev((enum energy)dims->energy);

    fleet->all += n;
    fleet->exempt += dims->exempt != 0 ? n : 0;
    if (dims->energy == ENERGY_BEV || dims->energy == ENERGY_FCEV)
        fleet->zero_emission += n;
    if (nev)
        fleet->nev += n;
    else
        fleet->stages[dims->stage] += n;
}

static void put(const struct fleet *f, int category, struct sheet *sheet)
{
    const int64_t *s = f->stages;
    const struct sheet_cell cells[LISTS_COUNT(columns)] = {
        sheet_text(vocabulary_word(&vocabulary_category, category)),
        sheet_int(f->all),
        sheet_int(f->nev),
        sheet_share(share_millionths((struct share){f->nev, f->all})),
        sheet_int(f->zero_emission),
        sheet_int(f->nev - f->zero_emission),
        sheet_int(s[STAGE_6A] + s[STAGE_6B]),
        sheet_int(s[STAGE_5]),
        sheet_int(s[STAGE_4]),
        sheet_int(s[STAGE_3] + s[STAGE_2] + s[STAGE_1] + s[STAGE_0]),
        sheet_int(s[STAGE_UNKNOWN] + s[STAGE_ELECTRIC] + s[STAGE_NONE]),
        sheet_int(f->exempt),
    };

    sheet_row(sheet, cells);
}

static enum count_built_up built_up_of(int given)
{
    if (given < 0)
        return COUNT_ANYWHERE;
    return given == 1 ? COUNT_BUILT_UP : COUNT_OUTSIDE;
}

/* The key of a page is the last category that it has. */
static enum err read_composition(struct sql *db, const struct list_query *q, struct list_page *page,
                                 struct fault *fault)
{
    const struct count_query query = {
        .measure = COUNT_STOCK,
        .to = q->as_of,
        .filter = {.built_up = built_up_of(q->built_up), .area_prefix = q->area}};
    struct fleet fleets[CATEGORY_COUNT] = {{0}};
    int64_t last = 0, given = 0;
    enum err err = lists_skip(q, &last, fault);

    if (err == ERR_OK)
        err = counts_read(db, &query, add, fleets, fault);
    for (int category = 1; category < CATEGORY_COUNT && err == ERR_OK; category++) {
        if (category <= last || fleets[category].all == 0)
            continue;
        if (given++ == q->limit) {
            page->next = arena_format(page->arena, "%lld", (long long)last);
            break;
        }
        put(&fleets[category], category, page->sheet);
        last = category;
    }
    return err;
}

const struct list list_composition = {
    .head = {"fleet-composition", "各车队构成", "what fleets are made of", columns,
             LISTS_COUNT(columns)},
    .note_zh = "各类别车辆和机械截至当日的构成；排放阶段只计非新能源车辆",
    .note_en = "what is in the fleet on the day, by category; stages are of those that are no "
               "new-energy vehicles",
    .params = LIST_AS_OF | LIST_AREA | LIST_BUILT_UP,
    .read = read_composition,
};

/* fleet.c: lists whose rows are vehicles of a figure. */
#include "registry/lists/lists_internal.h"
#include "registry/vehicles/vocabulary.h"

static const struct sheet_column columns[] = {
    {"vehicle_id", "车辆识别代号", "vehicle", SHEET_TEXT},
    {"plate", "号牌", "plate", SHEET_TEXT},
    {"category", "类别", "category", SHEET_TEXT},
    {"energy", "能源", "energy", SHEET_TEXT},
    {"stage", "排放阶段", "stage", SHEET_TEXT},
    {"owner", "所有人", "owner", SHEET_TEXT},
    {"area", "区划", "area", SHEET_TEXT},
    {"built_up", "建成区", "built-up area", SHEET_BOOL},
    {"first_registered", "初次登记日期", "first registered", SHEET_DAY},
    {"added", "进入日期", "added", SHEET_DAY},
};

static void put_vehicle(void *arg, const struct vehicle *vehicle)
{
    const struct store_vehicle *v = &vehicle->at;
    struct list_page *page = arg;
    const struct sheet_cell cells[LISTS_COUNT(columns)] = {
        sheet_text(v->vehicle_id),
        sheet_text(v->plate),
        sheet_text(vocabulary_word(&vocabulary_category, v->category)),
        sheet_text(vocabulary_word(&vocabulary_energy, v->energy)),
        sheet_text(vocabulary_word(&vocabulary_stage, v->stage)),
        sheet_text(v->owner_id),
        sheet_text(v->area),
        sheet_bool(v->built_up),
        sheet_day(v->first_registered),
        sheet_day(v->added),
    };

    sheet_row(page->sheet, cells);
}

/* What every list of vehicles narrows by. */
static struct vehicle_scan scan_of(const struct list_query *q, enum count_measure measure)
{
    return (struct vehicle_scan){
        .query = {.measure = measure,
                  .from = q->from,
                  .to = measure == COUNT_STOCK ? q->as_of : q->to,
                  .filter = {.categories = q->category == 0 ? 0 : 1u << q->category,
                             .built_up = q->built_up < 0    ? COUNT_ANYWHERE
                                         : q->built_up == 1 ? COUNT_BUILT_UP
                                                            : COUNT_OUTSIDE,
                             .area_prefix = q->area}},
        .owner_id = q->owner,
        .after = q->after,
        .limit = q->limit,
    };
}

static int32_t month_begin(int32_t day)
{
    return day - when_date(day).day + 1;
}

/* ---- additions that are not NEV ---- */

static bool is_not_nev(void *arg, const struct vehicle *vehicle)
{
    const struct list_query *q = arg;

    return !energy_is_nev((enum energy)vehicle->at.energy) &&
           (q->energy == 0 || q->energy == vehicle->at.energy);
}

static enum err read_additions(struct sql *db, const struct list_query *query,
                               struct list_page *page, struct fault *fault)
{
    struct list_query q = *query;
    struct vehicle_scan scan;

    if (q.from == VEHICLE_DAY_NONE)
        q.from = month_begin(q.to);
    if (q.built_up < 0)
        q.built_up = 1;
    scan = scan_of(&q, COUNT_ADDED);
    if (q.category == 0)
        scan.query.filter.categories = 1u << CATEGORY_BUS | 1u << CATEGORY_SANITATION |
                                       1u << CATEGORY_TAXI | 1u << CATEGORY_RIDEHAIL;
    const struct vehicle_page wanted = {
        .scan = scan, .keep = is_not_nev, .keep_arg = &q, .each = put_vehicle, .arg = page};
    return vehicles_page(db, &wanted, page->arena, &page->next, fault);
}

const struct list list_additions_not_nev = {
    .head = {"additions-not-nev", "新增或更新的非新能源车辆", "additions that are not NEV", columns,
             LISTS_COUNT(columns)},
    .note_zh = "本月在城市建成区新增或更新的公交车、环卫车、巡游出租车、网约车，应为空",
    .note_en = "buses, sanitation vehicles, taxis and ride-hailing cars added in the built-up area "
               "this month (or from..to); must be empty. built_up=1 unless given",
    .params = LIST_AS_OF | LIST_SPAN | LIST_CATEGORY | LIST_ENERGY | LIST_BUILT_UP | LIST_AREA |
              LIST_OWNER,
    .read = read_additions,
};

/* ---- official cars of special need ---- */

static bool is_special(void *arg, const struct vehicle *vehicle)
{
    (void)arg;
    return (vehicle->exempt >> EXEMPT_SPECIAL_NEED & 1u) != 0;
}

static enum err read_special(struct sql *db, const struct list_query *query, struct list_page *page,
                             struct fault *fault)
{
    struct list_query q = *query;
    struct vehicle_page wanted = {.keep = is_special, .each = put_vehicle, .arg = page};

    if (q.from == VEHICLE_DAY_NONE)
        q.from = when_day((struct when_date){when_date(q.to).year, 1, 1});
    q.category = CATEGORY_OFFICIAL_CAR;
    wanted.scan = scan_of(&q, COUNT_ADDED);
    wanted.scan.query.filter.owner_kinds = 1u << OWNER_GOVERNMENT;
    return vehicles_page(db, &wanted, page->arena, &page->next, fault);
}

const struct list list_special_need = {
    .head = {"official-cars-special-need", "特殊需求公务用车", "official cars of special need",
             columns, LISTS_COUNT(columns)},
    .note_zh = "本年新购的公务用车中按特殊需求豁免的车辆",
    .note_en = "official cars bought this year (or from..to) that are exempt for special need",
    .params = LIST_AS_OF | LIST_SPAN | LIST_AREA | LIST_OWNER,
    .read = read_special,
};

/* ---- vehicles without a terminal ---- */

static bool has_no_unit(void *arg, const struct vehicle *vehicle)
{
    const struct list_query *q = arg;

    return vehicle->at.unit[0] == '\0' && (q->energy == 0 || q->energy == vehicle->at.energy);
}

static enum err read_no_terminal(struct sql *db, const struct list_query *query,
                                 struct list_page *page, struct fault *fault)
{
    struct list_query q = *query;
    const struct vehicle_page wanted = {.scan = scan_of(query, COUNT_STOCK),
                                        .keep = has_no_unit,
                                        .keep_arg = &q,
                                        .each = put_vehicle,
                                        .arg = page};

    return vehicles_page(db, &wanted, page->arena, &page->next, fault);
}

const struct list list_no_terminal = {
    .head = {"no-terminal", "未安装终端的车辆", "vehicles without a terminal", columns,
             LISTS_COUNT(columns)},
    .note_zh = "在用且没有绑定车载终端的车辆和机械",
    .note_en = "vehicles and machines in the fleet that have no unit on the day",
    .params = LIST_AS_OF | LIST_CATEGORY | LIST_ENERGY | LIST_BUILT_UP | LIST_AREA | LIST_OWNER,
    .read = read_no_terminal,
};

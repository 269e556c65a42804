/*
 * province.c: the units of the province by what it ranks them by, as entered by hand with source and
 * day, and in which third each stands. The period is the newest that has the zone's value, as in the
 * rule's verdict (registry/compliance/rank.c): greater is better, equal values share the better place.
 * A unit without a value may stand before or behind; where that changes the third, there is none.
 */
#include <stdlib.h>
#include <string.h>

#include "registry/compliance/pace.h"
#include "registry/lists/lists_internal.h"
#include "registry/store/store_statistics.h"
#include "registry/vehicles/vocabulary.h"

#define MONTHS_BACK 12
/* A value is in thousandths of a percent: so many millionths of the whole. */
#define MILLIONTHS 10

static const struct sheet_column columns[] = {
    {"rank", "名次", "rank", SHEET_INT},
    {"rank_at_worst", "最低名次", "rank at worst", SHEET_INT},
    {"third", "所处三分位", "third", SHEET_TEXT},
    {"area", "区划", "area", SHEET_TEXT},
    {"zone", "本区", "the zone", SHEET_BOOL},
    {"value", "数值", "value", SHEET_SHARE},
    {"from", "期间起", "from", SHEET_DAY},
    {"to", "期间止", "to", SHEET_DAY},
    {"source", "来源", "source", SHEET_TEXT},
    {"published", "发布日期", "published", SHEET_DAY},
};

struct ranking {
    const struct rule *rule; /* how many units there are, and which of them is the zone */
    struct store_statistics values;
};

/* The rule that ranks the zone; NULL: the plan has none. */
static const struct rule *rule_of(const struct list_query *q)
{
    for (size_t i = 0; i < q->plan->rule_count; i++)
        if (q->plan->rules[i].kind == RULE_RANK)
            return plan_rule(q->plan, q->plan->rules[i].id, q->as_of);
    return NULL;
}

/* The newest value of the zone, else of anybody. They come in the order of subject and last day. */
static const struct store_statistic *newest(const struct ranking *r)
{
    const struct store_statistic *own = NULL, *any = NULL;

    for (size_t i = 0; i < r->values.count; i++) {
        const struct store_statistic *value = &r->values.items[i];
        if (strcmp(value->subject, r->rule->subject.area) == 0)
            own = value;
        if (any == NULL || value->until >= any->until)
            any = value;
    }
    return own != NULL ? own : any;
}

/* Leaves the values of one period. */
static void keep_newest(struct ranking *r)
{
    const struct store_statistic *value = newest(r);
    struct store_statistic period;
    size_t kept = 0;

    if (value == NULL)
        return;
    period = *value;
    for (size_t i = 0; i < r->values.count; i++)
        if (r->values.items[i].from == period.from && r->values.items[i].until == period.until)
            r->values.items[kept++] = r->values.items[i];
    r->values.count = kept;
}

static int by_value(const void *left, const void *right)
{
    const struct store_statistic *a = left;
    const struct store_statistic *b = right;

    if (a->value != b->value)
        return a->value > b->value ? -1 : 1;
    return strcmp(a->subject, b->subject);
}

static const char *third_of(int64_t place, int64_t units)
{
    if (place * 3 <= units)
        return "upper";
    return place * 3 <= units * 2 ? "middle" : "lower";
}

static void put_unit(const struct ranking *r, size_t i, struct sheet *sheet)
{
    const struct store_statistic *value = &r->values.items[i];
    int64_t count = (int64_t)r->values.count;
    int64_t units = r->rule->threshold.den > count ? r->rule->threshold.den : count;
    size_t first = i;

    while (first > 0 && r->values.items[first - 1].value == value->value)
        first--;
    int64_t place = (int64_t)first + 1;
    int64_t worst = place + units - count;
    const char *third = third_of(place, units);
    const struct sheet_cell cells[LISTS_COUNT(columns)] = {
        sheet_int(place),
        sheet_int(worst),
        third == third_of(worst, units) ? sheet_text(third) : sheet_none(),
        sheet_text(value->subject),
        sheet_bool(strcmp(value->subject, r->rule->subject.area) == 0),
        sheet_share(value->value * MILLIONTHS),
        sheet_day(value->from),
        sheet_day(value->until - 1),
        sheet_text(value->source),
        sheet_day(value->published),
    };
    sheet_row(sheet, cells);
}

static enum err read_province(struct sql *db, const struct list_query *q, struct list_page *page,
                              struct fault *fault)
{
    struct ranking r = {.rule = rule_of(q)};
    const struct store_statistic_span span = {.indicator = INDICATOR_NEV_PROGRESS,
                                              .from = pace_months_before(q->as_of, MONTHS_BACK) + 1,
                                              .to = q->as_of};
    int64_t skip = 0;
    enum err err = lists_skip(q, &skip, fault);

    if (err != ERR_OK || r.rule == NULL)
        return err;
    err = store_statistics_of(db, &span, page->arena, &r.values, fault);
    if (err != ERR_OK)
        return err;
    keep_newest(&r);
    if (r.values.count > 0)
        qsort(r.values.items, r.values.count, sizeof r.values.items[0], by_value);
    for (int64_t i = skip; i < (int64_t)r.values.count; i++) {
        if (i - skip == q->limit) {
            page->next = arena_format(page->arena, "%lld", (long long)i);
            break;
        }
        put_unit(&r, (size_t)i, page->sheet);
    }
    return ERR_OK;
}

const struct list list_province = {
    .head = {"provincial-ranking", "全省新能源车推广进度排名", "ranking in the province", columns,
             LISTS_COUNT(columns)},
    .note_zh = "全省各地推广进度的名次、来源与发布日期，及所处的三分位（中游即中间三分之一）；"
               "缺少数值的地区可能使名次后移，三分位因此不定时不列",
    .note_en = "the units of the province by what it ranks them by, with source and day, and the "
               "third in which each stands; units without a value may push a place back, and where "
               "that changes the third none is given",
    .params = LIST_AS_OF,
    .read = read_province,
};

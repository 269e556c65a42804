/* ranking.c: companies and townships by their share under a rule and by its change since a quarter
 * ago. Townships come from the prepared counts; the counts have no owner, so the database counts
 * companies over the vehicles themselves. */
#include <stdlib.h>
#include <string.h>

#include "registry/compliance/attributed.h"
#include "registry/compliance/pace.h"
#include "registry/lists/lists_internal.h"

enum { NUM, DEN, NUM_BEFORE, DEN_BEFORE };

#define QUARTER_MONTHS 3

#define FIGURE_COLUMNS                                                                             \
    {"numerator", "分子", "numerator", SHEET_INT},                                                 \
        {"denominator", "分母", "denominator", SHEET_INT},                                         \
        {"value", "比例", "share", SHEET_SHARE},                                                   \
        {"numerator_before", "上季分子", "numerator a quarter ago", SHEET_INT},                    \
        {"denominator_before", "上季分母", "denominator a quarter ago", SHEET_INT},                \
        {"value_before", "上季比例", "share a quarter ago", SHEET_SHARE},                          \
    {                                                                                              \
        "change", "变化", "change", SHEET_SHARE                                                    \
    }

static const struct sheet_column company_columns[] = {
    {"rank", "名次", "rank", SHEET_INT},
    {"owner", "企业代码", "owner", SHEET_TEXT},
    {"name", "企业名称", "name", SHEET_TEXT},
    FIGURE_COLUMNS,
};
static const struct sheet_column township_columns[] = {
    {"rank", "名次", "rank", SHEET_INT},
    {"area", "区划", "area", SHEET_TEXT},
    FIGURE_COLUMNS,
};

/* ---- counting ---- */

struct count {
    const struct rule *rule;
    struct lists_groups *groups;
    bool before, by_owner;
};

static void count_one(const struct count *c, const char *key, const struct count_dims *dims,
                      int64_t n)
{
    enum counts_as as = scope_counts(c->rule, dims);
    struct lists_group *g = NULL;

    if (as == COUNTS_EXEMPT)
        return;
    g = lists_group_of(c->groups, key);
    g->n[c->before ? DEN_BEFORE : DEN] += n;
    if (as == COUNTS_YES)
        g->n[c->before ? NUM_BEFORE : NUM] += n;
}

static void count_dims(void *arg, const struct count_dims *dims, int64_t n)
{
    count_one(arg, dims->area, dims, n);
}

static void count_owned(void *arg, const char *owner_id, const struct count_dims *dims, int64_t n)
{
    const struct count *c = arg;

    count_one(c, c->by_owner ? owner_id : dims->area, dims, n);
}

static enum err count_on(struct sql *db, const struct list_query *q, int32_t day,
                         struct count *count, struct fault *fault)
{
    const struct scope_filter filter = {.area = q->area};
    const struct scope scope = scope_of(q->plan, q->rule, day, &filter);
    enum err err = ERR_OK;

    if (scope.nothing)
        return ERR_OK;
    err = count->by_owner ? store_vehicle_by_owner(db, &scope.query, count_owned, count, fault)
                          : counts_read(db, &scope.query, count_dims, count, fault);
    return err == ERR_OK ? attributed_moves(db, &scope, count_owned, count, fault) : err;
}

/* ---- the order ---- */

static struct share now_of(const struct lists_group *g)
{
    return (struct share){g->n[NUM], g->n[DEN]};
}

static struct share before_of(const struct lists_group *g)
{
    return (struct share){g->n[NUM_BEFORE], g->n[DEN_BEFORE]};
}

/* Has it a change? Both shares have to be there. */
static bool moves(const struct lists_group *g)
{
    return g->n[DEN] > 0 && g->n[DEN_BEFORE] > 0;
}

/* In millionths, as it is shown: shares that print alike stand together. */
static int64_t change_of(const struct lists_group *g)
{
    return share_millionths(now_of(g)) - share_millionths(before_of(g));
}

/* Falling; what has no such figure comes last; ties by key. */
static int by_figure(bool left_has, int64_t left, bool right_has, int64_t right)
{
    if (left_has != right_has)
        return left_has ? -1 : 1;
    return left_has && left != right ? (left > right ? -1 : 1) : 0;
}

static int by_share(const void *left, const void *right)
{
    const struct lists_group *a = left;
    const struct lists_group *b = right;
    int order = by_figure(a->n[DEN] > 0, share_millionths(now_of(a)), b->n[DEN] > 0,
                          share_millionths(now_of(b)));

    return order != 0 ? order : strcmp(a->key, b->key);
}

static int by_change(const void *left, const void *right)
{
    const struct lists_group *a = left;
    const struct lists_group *b = right;
    int order = by_figure(moves(a), change_of(a), moves(b), change_of(b));

    return order != 0 ? order : strcmp(a->key, b->key);
}

/* ---- rows ---- */

static struct sheet_cell share_cell(struct share share)
{
    return share.den > 0 ? sheet_share(share_millionths(share)) : sheet_none();
}

static enum err put_group(struct sql *db, const struct lists_group *g, int64_t rank, bool by_owner,
                          const struct list_query *q, struct list_page *page, struct fault *fault)
{
    struct sheet_cell cells[LISTS_COUNT(company_columns)] = {sheet_int(rank), sheet_text(g->key)};
    size_t at = 2;
    const char *name = NULL;
    enum err err =
        by_owner ? lists_owner_name(db, g->key, q->as_of, page->arena, &name, fault) : ERR_OK;

    if (by_owner)
        cells[at++] = sheet_text(name);
    cells[at++] = sheet_int(g->n[NUM]);
    cells[at++] = sheet_int(g->n[DEN]);
    cells[at++] = share_cell(now_of(g));
    cells[at++] = sheet_int(g->n[NUM_BEFORE]);
    cells[at++] = sheet_int(g->n[DEN_BEFORE]);
    cells[at++] = share_cell(before_of(g));
    cells[at] = moves(g) ? sheet_share(change_of(g)) : sheet_none();
    sheet_row(page->sheet, cells);
    return err;
}

static enum err put_groups(struct sql *db, const struct lists_groups *groups, bool by_owner,
                           const struct list_query *q, struct list_page *page, struct fault *fault)
{
    int64_t skip = 0;
    enum err err = lists_skip(q, &skip, fault);

    for (int64_t i = skip; i < (int64_t)groups->count && err == ERR_OK; i++) {
        if (i - skip == q->limit) {
            page->next = arena_format(page->arena, "%lld", (long long)i);
            break;
        }
        err = put_group(db, &groups->items[i], i + 1, by_owner, q, page, fault);
    }
    return err;
}

static enum err read_ranking(struct sql *db, const struct list_query *q, bool by_owner,
                             struct list_page *page, struct fault *fault)
{
    struct lists_groups groups = lists_groups_make(page->arena);
    struct count count = {.rule = q->rule, .groups = &groups, .by_owner = by_owner};
    bool change = q->sort != NULL && strcmp(q->sort, "change") == 0;
    enum err err = ERR_OK;

    if (q->rule->kind != RULE_STOCK_SHARE && q->rule->kind != RULE_FLOW_SHARE)
        return fault_set(fault, ERR_INPUT, "rule=%s is a %s; a ranking needs a share of vehicles",
                         q->rule->id, rule_kind_name(q->rule->kind));
    err = count_on(db, q, q->as_of, &count, fault);
    count.before = true;
    if (err == ERR_OK)
        err = count_on(db, q, pace_months_before(q->as_of, QUARTER_MONTHS), &count, fault);
    if (err != ERR_OK)
        return err;
    qsort(groups.items, groups.count, sizeof *groups.items, change ? by_change : by_share);
    return put_groups(db, &groups, by_owner, q, page, fault);
}

static enum err read_companies(struct sql *db, const struct list_query *q, struct list_page *page,
                               struct fault *fault)
{
    return read_ranking(db, q, true, page, fault);
}

static enum err read_townships(struct sql *db, const struct list_query *q, struct list_page *page,
                               struct fault *fault)
{
    return read_ranking(db, q, false, page, fault);
}

const struct list list_companies = {
    .head = {"companies", "企业排名", "ranking of companies", company_columns,
             LISTS_COUNT(company_columns)},
    .note_zh = "各企业在某条款下的比例及较上季度的变化",
    .note_en = "owners by their share under a rule, or by its change since the same day three "
               "months ago (sort=change); reads the vehicles of the rule's scope twice",
    .params = LIST_AS_OF | LIST_RULE | LIST_AREA | LIST_SORT,
    .required = LIST_RULE,
    .read = read_companies,
};

const struct list list_townships = {
    .head = {"townships", "镇（街道）排名", "ranking of townships", township_columns,
             LISTS_COUNT(township_columns)},
    .note_zh = "各区划在某条款下的比例及较上季度的变化",
    .note_en = "division codes by their share under a rule, or by its change since the same day "
               "three months ago (sort=change)",
    .params = LIST_AS_OF | LIST_RULE | LIST_AREA | LIST_SORT,
    .required = LIST_RULE,
    .read = read_townships,
};

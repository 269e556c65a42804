/* reports.c: the months for which an enterprise has no freight report in force, with the report that
 * still waits. Each month is asked by itself, so that who was in another industry then owes none. */
#include "registry/compliance/pace.h"
#include "registry/freight/coverage.h"
#include "registry/freight/report_json.h"
#include "registry/lists/lists_internal.h"
#include "registry/vehicles/vocabulary.h"

#define MONTHS_DEFAULT 12
#define MONTHS_MAX     36

static const struct sheet_column columns[] = {
    {"month", "月份", "month", SHEET_TEXT},       {"org_id", "企业代码", "enterprise", SHEET_TEXT},
    {"name", "企业名称", "name", SHEET_TEXT},     {"industry", "行业", "industry", SHEET_TEXT},
    {"report", "待办填报", "report", SHEET_TEXT}, {"state", "状态", "state", SHEET_TEXT},
    {"due", "应报日期", "due", SHEET_DAY},        {"overdue", "逾期", "overdue", SHEET_BOOL},
};

struct search {
    const struct list_query *query;
    struct list_page *page;
    int64_t skip, seen;
};

static void put_org(const struct search *s, const struct coverage_org *org, struct period month)
{
    const struct freight_calendar *calendar = &freight_calendar_default;
    const struct store_freight_report *w = &org->waiting;
    bool there = w->state != FREIGHT_STATE_NONE;
    struct period own = there ? (struct period){w->first_month, w->months} : month;
    char text[PERIOD_TEXT], id[REPORT_ID_SIZE];
    const struct sheet_cell cells[LISTS_COUNT(columns)] = {
        sheet_text(period_format(month, text)),
        sheet_text(org->org_id),
        sheet_text(org->name),
        sheet_text(vocabulary_word(&vocabulary_industry, org->industry)),
        there ? sheet_text(report_id(&w->key, id)) : sheet_none(),
        there ? sheet_text(vocabulary_word(&vocabulary_freight_state, w->state)) : sheet_none(),
        sheet_day(freight_due(calendar, own)),
        sheet_bool(freight_overdue(calendar, own, (enum freight_state)w->state, s->query->as_of)),
    };

    sheet_row(s->page->sheet, cells);
}

static enum err put_month(struct sql *db, struct search *s, struct period month,
                          struct fault *fault)
{
    const struct list_query *q = s->query;
    struct coverage coverage;
    enum err err = coverage_read(db, month, q->owner, q->as_of, s->page->arena, &coverage, fault);

    for (size_t i = 0; err == ERR_OK && i < coverage.expected && s->page->next == NULL; i++) {
        if (coverage_complete(&coverage.orgs[i]) || s->seen++ < s->skip)
            continue;
        if (s->seen - 1 - s->skip == q->limit)
            s->page->next = arena_format(s->page->arena, "%lld", (long long)s->seen - 1);
        else
            put_org(s, &coverage.orgs[i], month);
    }
    return err;
}

static enum err read_reports(struct sql *db, const struct list_query *q, struct list_page *page,
                             struct fault *fault)
{
    int32_t from =
        q->from != VEHICLE_DAY_NONE ? q->from : pace_months_before(q->to, MONTHS_DEFAULT) + 1;
    struct period span = period_within(from, q->to);
    struct search s = {.query = q, .page = page};
    enum err err = lists_skip(q, &s.skip, fault);

    if (err == ERR_OK && span.months > MONTHS_MAX)
        err = fault_set(fault, ERR_INPUT, "from, to: %d months at most", MONTHS_MAX);
    for (int64_t i = 0; err == ERR_OK && i < span.months && page->next == NULL; i++)
        err = put_month(db, &s, (struct period){span.first_month + i, 1}, fault);
    return err;
}

const struct list list_reports = {
    .head = {"freight-reports-missing", "未填报运量的月份", "months without a freight report",
             columns, LISTS_COUNT(columns)},
    .note_zh = "近12个月内各企业尚无生效运量填报的月份，及待办的填报",
    .note_en = "the months of the last twelve (from, to) that are over and for which an enterprise "
               "has no freight report in force, with the report that still waits",
    .params = LIST_AS_OF | LIST_SPAN | LIST_OWNER,
    .read = read_reports,
};

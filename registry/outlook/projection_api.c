#include "registry/outlook/outlook_api_internal.h"

#include "registry/outlook/projection_answer.h"
#include "registry/vehicles/api.h"

static const char *const known[] = {"plan", "as_of", "owner", "area", "target_date", NULL};

static bool take_query(struct http_call *call, struct projection_query *query)
{
    struct compliance_query base;
    const struct rule *rule = NULL;
    bool given = false;

    if (!http_query_known(call, known) || !outlook_rule(call, &base, &rule) ||
        !api_day(call, "target_date", &query->target_date, &given))
        return false;
    query->plan = base.plan;
    query->rule = rule;
    query->as_of = base.as_of;
    query->filter = base.filter;
    if (!given)
        query->target_date = WHEN_DAY_NEVER;
    query->replacements = api_format(call) == SHEET_JSON ? PROJECTION_REPLACEMENTS : 0;
    return true;
}

static void reply_months(struct http_call *call, const struct projection *p,
                         enum sheet_format format)
{
    struct sheet *sheet = sheet_create(format, &projection_head);
    const struct api_sheet answer = {
        .sheet = sheet, .format = format, .name = "projection", .known = known};

    projection_rows(p, sheet);
    api_reply_sheet(call, &answer);
    sheet_destroy(sheet);
}

void projection_get(struct http_call *call)
{
    enum sheet_format format = api_format(call);
    struct projection_query query = {0};
    struct projection projection;
    struct fault fault = {0};

    if (!take_query(call, &query))
        return;
    if (projection_compute(api_context(call)->db, &query, http_arena(call), &projection, &fault) !=
        ERR_OK)
        http_reply_fault(call, &fault);
    else if (format == SHEET_JSON)
        http_reply_json(call, 200, projection_json(&projection, http_arena(call)));
    else
        reply_months(call, &projection, format);
}

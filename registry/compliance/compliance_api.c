#include "registry/compliance/compliance_api.h"

#include <string.h>

#include "registry/compliance/answer.h"
#include "registry/compliance/kept.h"
#include "registry/compliance/restated.h"
#include "registry/context.h"
#include "registry/vehicles/api.h"

/* An instant that has passed: what is known later nobody knows. */
static bool take_known(struct http_call *call, struct compliance_query *query)
{
    const struct registry_context *context = http_context(call);
    const char *text = http_query(call, "known");

    if (text == NULL ||
        (when_instant_parse(text, &query->filter.known_ms) && query->filter.known_ms > 0 &&
         query->filter.known_ms <= clock_wall_ms(context->clock)))
        return true;
    http_reply_problem(call, 400,
                       "known: \"%s\" is no instant that has passed; expected "
                       "YYYY-MM-DDTHH:MM:SSZ",
                       text);
    return false;
}

bool compliance_api_query(struct http_call *call, struct compliance_query *query)
{
    const struct registry_context *context = http_context(call);
    const char *plan = http_query(call, "plan");
    const char *as_of = http_query(call, "as_of");
    const char *own = http_own_org(http_principal(call)); /* whoever's figures are asked for */

    *query = (struct compliance_query){
        .plan = plan_set_find(context->plans, plan),
        .today = when_day_of(clock_wall_ms(context->clock)),
        .filter = {.owner_id = own != NULL ? own : http_query(call, "owner"),
                   .area = http_query(call, "area")},
    };
    query->as_of = query->today;
    if (query->plan == NULL)
        http_reply_problem(call, 404, "there is no plan \"%s\"", plan);
    else if (as_of != NULL && !when_day_parse(as_of, &query->as_of))
        http_reply_problem(call, 400, "as_of: \"%s\" is no day; expected YYYY-MM-DD", as_of);
    else if (query->filter.area != NULL && !compliance_area_ok(query->filter.area))
        http_reply_problem(call, 400, "area: \"%s\" is no division code; expected 1 to 12 digits",
                           query->filter.area);
    else
        return take_known(call, query);
    return false;
}

static void reply_rules(struct http_call *call, const struct compliance *compliance,
                        enum sheet_format format, const char *const *known)
{
    struct sheet *sheet = sheet_create(format, &answer_rules_head);
    const struct api_sheet answer = {
        .sheet = sheet, .format = format, .name = "compliance", .known = known};

    answer_rules(compliance, sheet);
    api_reply_sheet(call, &answer);
    sheet_destroy(sheet);
}

static bool take_close_days(struct http_call *call, struct compliance_query *query)
{
    const char *text = http_query(call, "close_days");
    char *end = NULL;
    long days = text == NULL ? RESTATED_CLOSE_DAYS : strtol(text, &end, 10);

    query->close_days = (int32_t)days;
    if (text == NULL ||
        (end != text && *end == '\0' && days >= 1 && days <= RESTATED_CLOSE_DAYS_MAX))
        return true;
    http_reply_problem(call, 400, "close_days: \"%s\" is no number of days; expected 1 to %d", text,
                       RESTATED_CLOSE_DAYS_MAX);
    return false;
}

/* A request for the whole plan. */
struct plan_call {
    struct compliance_query query;
    struct sql *db;
    struct arena *arena;
};

static enum err compute_json(void *arg, json_t **answer, struct fault *fault)
{
    struct plan_call *p = arg;
    struct compliance compliance;
    enum err err = compliance_compute(p->db, &p->query, p->arena, &compliance, fault);

    if (err == ERR_OK)
        *answer = answer_json(&compliance);
    return err;
}

static void get_compliance(struct http_call *call)
{
    static const char *const known[] = {"plan",  "as_of", "known", "close_days",
                                        "owner", "area",  NULL};
    const struct registry_context *context = http_context(call);
    enum sheet_format format = api_format(call);
    struct plan_call p = {.db = context->db, .arena = http_arena(call)};
    struct compliance compliance;
    struct fault fault = {0};

    if (!http_query_known(call, known) || !compliance_api_query(call, &p.query) ||
        !take_close_days(call, &p.query))
        return;
    if (format == SHEET_JSON)
        kept_reply(call,
                   &(struct kept_question){kept_question_text(p.arena, "compliance", &p.query),
                                           compute_json, &p});
    else if (compliance_compute(p.db, &p.query, p.arena, &compliance, &fault) != ERR_OK)
        http_reply_fault(call, &fault);
    else
        reply_rules(call, &compliance, format, known);
}

/* A request for the vehicles behind a figure. */
struct behind_call {
    struct compliance_query query;
    struct behind_query behind;
    enum sheet_format format;
};

static const char *const behind_known[] = {"plan",   "as_of", "known", "owner",  "area",
                                           "counts", "by",    "limit", "cursor", NULL};

/* Each trip or stay, or their sums. */
static bool take_by(struct http_call *call, const struct rule *rule, bool *items)
{
    const char *word = rule->usage == USE_MACHINE_TIME ? "machine" : "site";
    const char *by = http_query(call, "by");

    *items = by != NULL;
    if (by == NULL || (rule->kind == RULE_USAGE_SHARE && strcmp(by, word) == 0))
        return true;
    if (rule->kind == RULE_USAGE_SHARE)
        http_reply_problem(call, 400, "by: \"%s\" is unknown; expected %s, or nothing", by, word);
    else
        http_reply_problem(call, 400, "by: only trips and working time have sums; leave it out");
    return false;
}

static bool take_behind(struct http_call *call, struct behind_call *b)
{
    const char *rule_id = http_path_value(call, "rule");
    const char *counts = http_query(call, "counts");
    const struct rule *rule = plan_rule(b->query.plan, rule_id, b->query.as_of);
    struct api_page page;

    if (rule == NULL) {
        http_reply_problem(call, 404, "the plan \"%s\" has no rule \"%s\"", b->query.plan->id,
                           rule_id);
        return false;
    }
    b->format = api_format(call);
    b->behind.asked = b->query;
    b->behind.asked.rule_id = rule->id;
    b->behind.scope = scope_of(b->query.plan, rule, b->query.as_of, &b->query.filter);
    b->behind.all = counts == NULL;
    b->behind.as = counts == NULL ? COUNTS_YES : counts_as_parse(counts);
    if (b->behind.as == COUNTS_AS_COUNT) {
        http_reply_problem(
            call, 400, "counts: \"%s\" is unknown; expected yes, no, exempt or unknown", counts);
        return false;
    }
    if (!take_by(call, rule, &b->behind.items) || !api_sheet_page(call, b->format, &page))
        return false;
    b->behind.after = page.after;
    b->behind.limit = page.limit;
    b->behind.evidence = true;
    return true;
}

struct json_sink {
    const struct rule *rule;
    json_t *list;
};

static void add_json(void *arg, const struct behind_row *row)
{
    const struct json_sink *sink = arg;

    json_array_append_new(sink->list, answer_behind_json(sink->rule, row));
}

static void reply_json(struct http_call *call, const struct behind_call *b)
{
    const struct registry_context *context = http_context(call);
    struct json_sink sink = {b->behind.scope.rule, json_array()};
    const char *next = NULL;
    struct fault fault = {0};
    char day[WHEN_DAY_TEXT];

    if (behind_read(context->db, &b->behind, http_arena(call), add_json, &sink, &next, &fault) !=
        ERR_OK) {
        json_decref(sink.list);
        http_reply_fault(call, &fault);
        return;
    }
    when_day_format(b->query.as_of, day);
    http_reply_json(call, 200,
                    json_pack("{s:s, s:s, s:s, s:o, s:o}", "plan", b->query.plan->id, "rule",
                              b->behind.scope.rule->id, "as_of", day, "vehicles", sink.list, "next",
                              next != NULL ? api_cursor(call, next) : json_null()));
}

static void add_row(void *arg, const struct behind_row *row)
{
    answer_behind(row, arg);
}

static void reply_sheet(struct http_call *call, const struct behind_call *b)
{
    struct sheet *sheet = sheet_create(b->format, answer_behind_head(&b->behind));
    struct api_sheet answer = {
        .sheet = sheet, .format = b->format, .name = "vehicles", .known = behind_known};
    struct fault fault = {0};

    if (behind_read(api_context(call)->db, &b->behind, http_arena(call), add_row, sheet,
                    &answer.next, &fault) != ERR_OK)
        http_reply_fault(call, &fault);
    else
        api_reply_sheet(call, &answer);
    sheet_destroy(sheet);
}

static void get_vehicles(struct http_call *call)
{
    struct behind_call b = {0};

    if (!http_query_known(call, behind_known) || !compliance_api_query(call, &b.query) ||
        !take_behind(call, &b))
        return;
    if (b.format == SHEET_JSON)
        reply_json(call, &b);
    else
        reply_sheet(call, &b);
}

const struct http_route compliance_routes[] = {
    {"GET", "/v1/compliance", HTTP_VIEWER | HTTP_ALSO(HTTP_REPORTER), 0, get_compliance},
    {"GET", "/v1/compliance/{rule}/vehicles", HTTP_VIEWER, 0, get_vehicles},
};
const size_t compliance_route_count = sizeof compliance_routes / sizeof compliance_routes[0];

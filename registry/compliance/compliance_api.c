#include "registry/compliance/compliance_api.h"

#include <stdlib.h>
#include <string.h>

#include "registry/compliance/answer.h"
#include "registry/context.h"
#include "registry/vehicles/api.h"

#define PAGE_DEFAULT 100
#define PAGE_MAX     1000
#define CSV_PAGE_MAX 100000 /* a sheet's worth; the rest is behind the Link header */

/* Reads plan, as_of, owner, area. False: answered with what is wrong. */
static bool take_query(struct http_call *call, struct compliance_query *query)
{
    const struct registry_context *context = http_context(call);
    const char *plan = http_query(call, "plan");
    const char *as_of = http_query(call, "as_of");

    *query = (struct compliance_query){
        .plan = plan_set_find(context->plans, plan),
        .today = when_day_of(clock_wall_ms(context->clock)),
        .filter = {http_query(call, "owner"), http_query(call, "area")},
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
        return true;
    return false;
}

static void get_compliance(struct http_call *call)
{
    static const char *const known[] = {"plan", "as_of", "owner", "area", NULL};
    const struct registry_context *context = http_context(call);
    struct compliance_query query;
    struct compliance compliance;
    struct fault fault = {0};

    if (!http_query_known(call, known) || !take_query(call, &query))
        return;
    if (compliance_compute(context->db, &query, http_arena(call), &compliance, &fault) != ERR_OK)
        http_reply_fault(call, &fault);
    else
        http_reply_json(call, 200, answer_json(&compliance));
}

/* A request for the vehicles behind a figure. */
struct behind_call {
    struct compliance_query query;
    struct behind_query behind;
    bool csv;
};

static bool take_limit(struct http_call *call, struct behind_call *b)
{
    const char *text = http_query(call, "limit");
    int64_t max = b->csv ? CSV_PAGE_MAX : PAGE_MAX;
    char *end = NULL;

    b->behind.limit = b->csv ? CSV_PAGE_MAX : PAGE_DEFAULT;
    if (text == NULL)
        return true;
    b->behind.limit = strtol(text, &end, 10);
    if (end != text && *end == '\0' && b->behind.limit >= 1 && b->behind.limit <= max)
        return true;
    http_reply_problem(call, 400, "limit: \"%s\" is no limit; expected 1 to %d", text, (int)max);
    return false;
}

static bool take_cursor(struct http_call *call, struct behind_call *b)
{
    const char *text = http_query(call, "cursor");

    b->behind.after = text == NULL ? NULL : api_cursor_read(http_arena(call), text);
    if (text == NULL || b->behind.after != NULL)
        return true;
    http_reply_problem(call, 400, "cursor is none that this list gave; leave it out");
    return false;
}

static bool take_behind(struct http_call *call, struct behind_call *b)
{
    const char *rule_id = http_path_value(call, "rule");
    const char *counts = http_query(call, "counts");
    const struct rule *rule = plan_rule(b->query.plan, rule_id, b->query.as_of);

    if (rule == NULL) {
        http_reply_problem(call, 404, "the plan \"%s\" has no rule \"%s\"", b->query.plan->id,
                           rule_id);
        return false;
    }
    b->csv = http_accepts(call, "text/csv") && !http_accepts(call, "application/json");
    b->behind.scope = scope_of(b->query.plan, rule, b->query.as_of, &b->query.filter);
    b->behind.all = counts == NULL;
    b->behind.as = counts == NULL ? COUNTS_YES : counts_as_parse(counts);
    if (b->behind.as == COUNTS_AS_COUNT) {
        http_reply_problem(
            call, 400, "counts: \"%s\" is unknown; expected yes, no, exempt or unknown", counts);
        return false;
    }
    return take_cursor(call, b) && take_limit(call, b);
}

static void add_json(void *arg, const struct behind_row *row)
{
    json_array_append_new(arg, answer_vehicle_json(row));
}

static void reply_json(struct http_call *call, const struct behind_call *b)
{
    const struct registry_context *context = http_context(call);
    json_t *vehicles = json_array();
    const char *next = NULL;
    struct fault fault = {0};
    char day[WHEN_DAY_TEXT];

    if (behind_read(context->db, &b->behind, http_arena(call), add_json, vehicles, &next, &fault) !=
        ERR_OK) {
        json_decref(vehicles);
        http_reply_fault(call, &fault);
        return;
    }
    when_day_format(b->query.as_of, day);
    http_reply_json(call, 200,
                    json_pack("{s:s, s:s, s:s, s:o, s:o}", "plan", b->query.plan->id, "rule",
                              b->behind.scope.rule->id, "as_of", day, "vehicles", vehicles, "next",
                              next != NULL ? api_cursor(call, next) : json_null()));
}

static void add_csv(void *arg, const struct behind_row *row)
{
    answer_vehicle_csv(row, arg);
}

/* The query of this request again, with the next cursor, for the Link header. */
static const char *next_link(struct http_call *call, const char *last_key)
{
    static const char *const kept[] = {"plan", "as_of", "owner", "area", "counts", "limit"};
    struct arena *arena = http_arena(call);
    const char *link = "";
    json_t *cursor = api_cursor(call, last_key);
    const char *next = arena_text(arena, json_string_value(cursor));
    const char *plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";

    for (size_t i = 0; i <= sizeof kept / sizeof kept[0]; i++) {
        const char *name = i < sizeof kept / sizeof kept[0] ? kept[i] : "cursor";
        const char *value = i < sizeof kept / sizeof kept[0] ? http_query(call, name) : next;
        if (value == NULL)
            continue;
        link = arena_format(arena, "%s%s%s=", link, link[0] != '\0' ? "&" : "?", name);
        for (; *value != '\0'; value++)
            link = strchr(plain, *value) != NULL
                       ? arena_format(arena, "%s%c", link, *value)
                       : arena_format(arena, "%s%%%02X", link, (unsigned char)*value);
    }
    json_decref(cursor);
    return arena_format(arena, "<%s>; rel=\"next\"", link);
}

static void reply_csv(struct http_call *call, const struct behind_call *b)
{
    const struct registry_context *context = http_context(call);
    struct csv_writer writer = {0};
    const char *next = NULL;
    struct fault fault = {0};
    enum err err = ERR_OK;

    answer_vehicle_csv_head(&writer);
    err = behind_read(context->db, &b->behind, http_arena(call), add_csv, &writer, &next, &fault);
    if (next != NULL)
        http_add_header(call, "Link", next_link(call, next));
    if (err != ERR_OK)
        http_reply_fault(call, &fault);
    else
        http_reply_bytes(call, 200, "text/csv; charset=utf-8", writer.text, writer.len);
    csv_writer_free(&writer);
}

static void get_vehicles(struct http_call *call)
{
    static const char *const known[] = {"plan",   "as_of", "owner",  "area",
                                        "counts", "limit", "cursor", NULL};
    struct behind_call b = {0};

    if (!http_query_known(call, known) || !take_query(call, &b.query) || !take_behind(call, &b))
        return;
    if (b.csv)
        reply_csv(call, &b);
    else
        reply_json(call, &b);
}

const struct http_route compliance_routes[] = {
    {"GET", "/v1/compliance", HTTP_VIEWER, 0, get_compliance},
    {"GET", "/v1/compliance/{rule}/vehicles", HTTP_VIEWER, 0, get_vehicles},
};
const size_t compliance_route_count = sizeof compliance_routes / sizeof compliance_routes[0];

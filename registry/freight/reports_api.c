#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "registry/freight/desk.h"
#include "registry/freight/form.h"
#include "registry/freight/freight_api.h"
#include "registry/freight/import_freight.h"
#include "registry/freight/report_json.h"
#include "registry/vehicles/api.h"
#include "shared/when.h"

/* ---- the list ---- */

struct listing {
    json_t *list;
    int64_t limit;
    int32_t today;
    char last[REPORT_ID_SIZE];
    bool more;
};

static void list_report(void *arg, const struct store_freight_report *report)
{
    struct listing *l = arg;

    if ((int64_t)json_array_size(l->list) == l->limit) {
        l->more = true;
        return;
    }
    json_array_append_new(l->list, report_summary(report, l->today));
    report_id(&report->key, l->last);
}

static bool take_period(struct http_call *call, struct store_freight_search *search)
{
    const char *text = http_query(call, "period");
    struct period period;

    search->from_month = 0;
    search->to_month = INT32_MAX;
    if (text == NULL)
        return true;
    if (!period_parse(text, &period)) {
        http_reply_problem(call, 400,
                           "period=%.20s is no month, quarter or year: 2025-06, "
                           "2025-Q2, 2025",
                           text);
        return false;
    }
    search->from_month = period.first_month;
    search->to_month = period.first_month + period.months - 1;
    return true;
}

/* What of all reports the caller may see. */
static bool take_access(struct http_call *call, struct store_freight_search *search)
{
    const char *own = http_own_org(http_principal(call));
    int state = 0;

    if (!api_word(call, "state", &vocabulary_freight_state, &state))
        return false;
    search->org_id = own != NULL ? own : http_query(call, "org_id");
    search->states = state != 0 ? 1u << state : 0;
    if (freight_access(http_principal(call), own != NULL ? own : "").drafts)
        return true;
    search->states = search->states != 0 ? search->states : (1u << FREIGHT_STATE_COUNT) - 2;
    search->states &= ~(1u << FREIGHT_DRAFT);
    search->states = search->states != 0 ? search->states : 1u << FREIGHT_STATE_COUNT; /* none */
    return true;
}

void freight_reports_list(struct http_call *call)
{
    static const char *const known[] = {"period", "org_id", "state", "limit", "cursor", NULL};
    struct store_freight_search search = {0};
    struct freight_key after;
    struct api_page page;
    struct listing l = {.today = freight_today(call)};
    struct fault fault;

    if (!http_query_known(call, known) || !api_page(call, &page) || !take_period(call, &search) ||
        !take_access(call, &search))
        return;
    if (page.after != NULL && !report_id_parse(page.after, &after)) {
        http_reply_problem(call, 400, "cursor is none that this list gave; leave it out");
        return;
    }
    search.after = page.after != NULL ? &after : NULL;
    search.limit = page.limit + 1;
    l.list = json_array();
    l.limit = page.limit;
    if (store_freight_find(api_context(call)->db, &search, list_report, &l, &fault) != ERR_OK) {
        json_decref(l.list);
        http_reply_fault(call, &fault);
        return;
    }
    http_reply_json(call, 200,
                    json_pack("{s:o, s:o}", "reports", l.list, "next",
                              l.more ? api_cursor(call, l.last) : json_null()));
}

void freight_report_get(struct http_call *call)
{
    static const char *const known[] = {NULL};
    struct store_freight_report report;
    struct freight_access access;

    if (http_query_known(call, known) && report_of_call(call, &report, &access))
        report_reply(call, 200, &report, &access, NULL);
}

/* ---- orders ---- */

struct order_call {
    struct desk_order order;
    struct store_freight_report report;
    struct checks checks;
};

static enum err apply_order(struct registrar *registrar, void *arg, struct remarks *remarks,
                            struct fault *fault)
{
    struct order_call *o = arg;

    return desk_do(registrar, &o->order, &o->report, &o->checks, remarks, fault);
}

/* If-Match: "5", or * for whichever. */
static bool take_match(struct http_call *call, int64_t *revision)
{
    const char *text = http_header(call, "If-Match");
    char *end = NULL;

    *revision = 0;
    if (text == NULL || strcmp(text, "*") == 0)
        return true;
    if (text[0] == '"') {
        *revision = strtoll(text + 1, &end, 10);
        if (*revision > 0 && strcmp(end, "\"") == 0)
            return true;
    }
    http_reply_problem(call, 400, "If-Match: %.40s is no ETag of a freight report", text);
    return false;
}

static bool is_about(const struct remarks *remarks, const char *column)
{
    for (size_t i = 0; i < remarks->count; i++)
        if (remarks->items[i].refusal && strcmp(remarks->items[i].column, column) == 0)
            return true;
    return false;
}

/* The answers that api_refuse does not know. */
static void refuse_order(struct http_call *call, const struct order_call *o,
                         const struct remarks *remarks)
{
    if (is_about(remarks, "revision"))
        http_reply_problem(call, 412, "somebody else changed the report meanwhile; read it again");
    else if (is_about(remarks, "checks"))
        http_reply_problem_with(call, 422,
                                "the report has errors and was not submitted; see \"checks\"",
                                json_pack("{s:o}", "checks", checks_json(&o->checks)));
    else
        api_refuse(call, remarks);
}

static void run_order(struct http_call *call, struct order_call *o, struct remarks *remarks)
{
    struct freight_access access = freight_access(http_principal(call), o->order.key.org_id);
    char id[REPORT_ID_SIZE];

    o->order.party = access.party;
    o->order.arena = http_arena(call);
    o->order.calendar = &freight_calendar_default;
    if (o->order.reason == NULL)
        o->order.reason = "";
    if (!api_try(call, apply_order, o, remarks))
        return;
    if (remarks->refused) {
        refuse_order(call, o, remarks);
        return;
    }
    if (o->order.action == FREIGHT_DISCARD) {
        http_reply_empty(call, 204);
        return;
    }
    if (o->order.action == FREIGHT_CREATE)
        http_add_header(call, "Location",
                        arena_format(http_arena(call), "/v1/freight/reports/%s",
                                     report_id(&o->report.key, id)));
    report_reply(call, o->order.action == FREIGHT_CREATE ? 201 : 200, &o->report, &access, remarks);
}

/* ---- making and writing ---- */

static void take_key(struct http_call *call, const json_t *body, struct freight_key *key,
                     struct remarks *remarks)
{
    const char *own = http_own_org(http_principal(call));
    const char *org = json_string_value(json_object_get(body, "org_id"));
    const char *period = json_string_value(json_object_get(body, "period"));

    org = org == NULL ? own : org;
    if (org == NULL || org[0] == '\0' || strlen(org) >= sizeof key->org_id)
        remark_refuse(remarks, "org_id", "is required: the enterprise's id in the register");
    else if (!freight_access(http_principal(call), org).drafts)
        remark_refuse_as(remarks, ERR_DENIED, "org_id", "is not your enterprise");
    else
        snprintf(key->org_id, sizeof key->org_id, "%s", org);
    if (period == NULL || strlen(period) >= sizeof key->period)
        remark_refuse(remarks, "period", "is required: 2025-06 or 2025-Q2");
    else
        snprintf(key->period, sizeof key->period, "%s", period);
}

void freight_report_post(struct http_call *call)
{
    struct store_freight_content content;
    struct order_call o = {.order = {.action = FREIGHT_CREATE, .content = &content}};
    struct remarks remarks = {0};
    json_t *body = api_body(call);

    if (body == NULL)
        return;
    take_key(call, body, &o.order.key, &remarks);
    freight_form_read(body, http_arena(call), &content, &remarks);
    json_decref(body);
    if (remarks.refused)
        api_refuse(call, &remarks);
    else
        run_order(call, &o, &remarks);
}

/* Which revision was changed: If-Match, or the member of an answer that is sent back. */
static bool take_revision(struct http_call *call, const json_t *body, int64_t *revision)
{
    const json_t *member = json_object_get(body, "revision");

    if (!take_match(call, revision))
        return false;
    if (*revision == 0 && json_is_integer(member))
        *revision = json_integer_value(member);
    if (*revision > 0 || http_header(call, "If-Match") != NULL)
        return true;
    http_reply_problem(call, 428,
                       "say which revision you changed: If-Match with the ETag you read, "
                       "or the member \"revision\"");
    return false;
}

void freight_report_put(struct http_call *call)
{
    struct store_freight_content content;
    struct order_call o = {.order = {.action = FREIGHT_WRITE, .content = &content}};
    struct freight_access access;
    struct remarks remarks = {0};
    json_t *body = NULL;

    if (!report_of_call(call, &o.report, &access) || (body = api_body(call)) == NULL)
        return;
    o.order.key = o.report.key;
    if (!take_revision(call, body, &o.order.revision)) {
        json_decref(body);
        return;
    }
    freight_form_read(body, http_arena(call), &content, &remarks);
    json_decref(body);
    if (remarks.refused)
        api_refuse(call, &remarks);
    else
        run_order(call, &o, &remarks);
}

/* ---- the other actions ---- */

/* The body may be empty, or {"reason": …}. */
static bool take_reason(struct http_call *call, const char **reason)
{
    char *text = arena_alloc(http_arena(call), 513, 1);
    struct remarks remarks = {0};
    size_t len = 0;
    json_t *body = NULL;
    const char *name = NULL;
    json_t *value = NULL;

    *reason = text;
    (void)http_body(call, &len);
    if (len == 0)
        return true;
    body = api_body(call);
    if (body == NULL)
        return false;
    json_object_foreach(body, name, value)
    {
        if (strcmp(name, "reason") == 0)
            freight_text_read(value, "reason", text, 513, &remarks);
        else if (strcmp(name, "revision") != 0)
            remark_refuse(&remarks, "", "there is no member \"%.60s\" here", name);
    }
    json_decref(body);
    if (remarks.refused)
        api_refuse(call, &remarks);
    return !remarks.refused;
}

static void act(struct http_call *call, enum freight_action action)
{
    struct order_call o = {.order = {.action = action}};
    struct freight_access access;
    struct remarks remarks = {0};

    if (!report_of_call(call, &o.report, &access) || !take_match(call, &o.order.revision) ||
        !take_reason(call, &o.order.reason))
        return;
    o.order.key = o.report.key;
    run_order(call, &o, &remarks);
}

void freight_report_submit(struct http_call *call)
{
    act(call, FREIGHT_SUBMIT);
}

void freight_report_return(struct http_call *call)
{
    act(call, FREIGHT_RETURN);
}

void freight_report_accept(struct http_call *call)
{
    act(call, FREIGHT_ACCEPT);
}

void freight_report_amend(struct http_call *call)
{
    act(call, FREIGHT_AMEND);
}

void freight_report_lock(struct http_call *call)
{
    act(call, FREIGHT_LOCK);
}

void freight_report_discard(struct http_call *call)
{
    act(call, FREIGHT_DISCARD);
}

void freight_reports_import(struct http_call *call)
{
    api_import(call, &import_freight);
}

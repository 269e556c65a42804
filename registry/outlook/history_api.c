/* GET /v1/compliance/history: how every share of vehicles in the plan came to where it is. */
#include <stdlib.h>

#include "registry/compliance/compliance_api.h"
#include "registry/outlook/outlook_api_internal.h"
#include "registry/outlook/projection_answer.h"
#include "registry/vehicles/api.h"

#define MONTHS_DEFAULT 12

struct work {
    struct sql *db;
    struct projection_query query;
    int months;
    struct arena *arena;
    json_t *rules;
    struct fault *fault;
};

static enum err add_rule(void *arg, const struct rule *rule)
{
    struct work *w = arg;
    struct projection_history history;
    enum err err = ERR_OK;

    if (!projection_fits(rule))
        return ERR_OK;
    w->query.rule = rule;
    err = projection_history(w->db, &w->query, w->months, w->arena, &history, w->fault);
    if (err == ERR_OK)
        json_array_append_new(w->rules, json_pack("{s:s, s:o}", "id", rule->id, "history",
                                                  projection_history_json(&history)));
    return err;
}

static enum err read_rules(struct work *w)
{
    enum err err = sql_begin(w->db, SQL_READ, w->fault);

    if (err != ERR_OK)
        return err;
    err = plan_rules(w->query.plan, w->query.as_of, add_rule, w);
    if (err == ERR_OK)
        err = sql_commit(w->db, w->fault);
    if (err != ERR_OK)
        sql_rollback(w->db);
    return err;
}

static bool take_months(struct http_call *call, int *months)
{
    const char *text = http_query(call, "months");
    char *end = NULL;
    long given = text == NULL ? MONTHS_DEFAULT : strtol(text, &end, 10);

    *months = (int)given;
    if (text == NULL || (end != text && *end == '\0' && given >= 1 && given <= PROJECTION_MONTHS))
        return true;
    http_reply_problem(call, 400, "months: \"%s\" is no number of months; expected 1 to %d", text,
                       PROJECTION_MONTHS);
    return false;
}

static void reply(struct http_call *call, const struct compliance_query *q, json_t *steals_rules)
{
    http_reply_json(call, 200,
                    json_pack("{s:s, s:o, s:s?, s:s?, s:o}", "plan", q->plan->id, "as_of",
                              api_day_json(q->as_of), "owner", q->filter.owner_id, "area",
                              q->filter.area, "rules", steals_rules));
}

void history_get(struct http_call *call)
{
    static const char *const known[] = {"plan", "as_of", "owner", "area", "months", NULL};
    struct compliance_query query;
    struct fault fault = {0};
    struct work w = {
        .db = api_context(call)->db, .arena = http_arena(call), .rules = NULL, .fault = &fault};

    if (!http_query_known(call, known) || !compliance_api_query(call, &query) ||
        !take_months(call, &w.months))
        return;
    w.query =
        (struct projection_query){.plan = query.plan, .as_of = query.as_of, .filter = query.filter};
    w.rules = json_array();
    if (read_rules(&w) == ERR_OK) {
        reply(call, &query, w.rules);
    } else {
        json_decref(w.rules);
        http_reply_fault(call, &fault);
    }
}

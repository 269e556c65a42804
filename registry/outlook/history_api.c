/* GET /v1/compliance/history: how every share of vehicles in the plan came to where it is. */
#include <stdlib.h>

#include "registry/compliance/compliance_api.h"
#include "registry/compliance/kept.h"
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

static enum err compute(void *arg, json_t **answer, struct fault *fault)
{
    struct work *w = arg;
    enum err err = ERR_OK;

    w->fault = fault;
    w->rules = json_array();
    err = read_rules(w);
    if (err != ERR_OK) {
        json_decref(w->rules);
        return err;
    }
    *answer = json_pack("{s:s, s:o, s:s?, s:s?, s:o}", "plan", w->query.plan->id, "as_of",
                        api_day_json(w->query.as_of), "owner", w->query.filter.owner_id, "area",
                        w->query.filter.area, "rules", w->rules);
    return ERR_OK;
}

void history_get(struct http_call *call)
{
    static const char *const known[] = {"plan", "as_of", "owner", "area", "months", NULL};
    struct compliance_query query;
    struct work w = {.db = api_context(call)->db, .arena = http_arena(call)};
    const char *what = NULL;

    if (!http_query_known(call, known) || !compliance_api_query(call, &query) ||
        !take_months(call, &w.months))
        return;
    w.query =
        (struct projection_query){.plan = query.plan, .as_of = query.as_of, .filter = query.filter};
    what = arena_format(w.arena, "history of %d months", w.months);
    kept_reply(call,
               &(struct kept_question){kept_question_text(w.arena, what, &query), compute, &w});
}

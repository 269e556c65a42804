#include "registry/outlook/projection_answer.h"

#include <inttypes.h>

#include "registry/outlook/replacement_answer.h"
#include "registry/vehicles/api.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static const struct sheet_column columns[] = {
    {"as_of", "截至", "as of", SHEET_DAY},
    {"numerator", "分子", "numerator", SHEET_INT},
    {"denominator", "分母", "denominator", SHEET_INT},
    {"exempt", "豁免", "exempt", SHEET_INT},
    {"unknown", "不明", "unknown", SHEET_INT},
    {"value", "比例", "share", SHEET_SHARE},
};

const struct sheet_head projection_head = {"projection", "逐月历史", "history by month", columns,
                                           COUNT(columns)};

static void add_months(const struct projection_history *history, struct sheet *sheet)
{
    for (size_t i = 0; i < history->count; i++) {
        const struct projection_month *m = &history->months[i];
        const struct sheet_cell cells[COUNT(columns)] = {
            sheet_day(m->day),
            sheet_int(m->share.num),
            sheet_int(m->share.den),
            sheet_int(m->tally.n[COUNTS_EXEMPT]),
            sheet_int(m->tally.n[COUNTS_UNKNOWN]),
            m->share.den > 0 ? sheet_share(share_millionths(m->share)) : sheet_none(),
        };
        sheet_row(sheet, cells);
    }
}

void projection_rows(const struct projection *p, struct sheet *sheet)
{
    add_months(&p->history, sheet);
}

/* ---- JSON ---- */

static json_t *share_json(struct share share)
{
    return json_pack("{s:I, s:I, s:o}", "numerator", (json_int_t)share.num, "denominator",
                     (json_int_t)share.den, "value",
                     share.den > 0 ? json_real(share_number(share)) : json_null());
}

static json_t *text_json(const char *text)
{
    return text != NULL ? json_string(text) : json_null();
}

json_t *projection_history_json(const struct projection_history *history)
{
    struct sheet *sheet = sheet_create(SHEET_JSON, &projection_head);
    json_t *rows = NULL;

    add_months(history, sheet);
    rows = sheet_rows_json(sheet);
    sheet_destroy(sheet);
    return rows;
}

static json_t *pace_json(const struct projection *p)
{
    json_t *pace = NULL;

    if (p->pace.span == 0)
        return json_null();
    pace = share_json(p->pace.before);
    json_object_set_new(pace, "since", api_day_json(p->query.as_of - p->pace.span));
    json_object_set_new(pace, "days", json_integer(p->pace.span));
    return pace;
}

static json_t *target_json(const struct projection *p)
{
    const struct rule *rule = p->query.rule;
    json_t *expected = json_null();

    if (p->target.given) {
        expected = share_json(p->target.share);
        json_object_set_new(expected, "missing", json_integer(p->target.missing));
    }
    return json_pack(
        "{s:s, s:[I,I], s:s, s:o, s:o, s:I, s:o}", "comparator",
        rule_comparator_name(rule->comparator), "threshold", (json_int_t)rule->threshold.num,
        (json_int_t)rule->threshold.den, "threshold_source", rule->threshold.source, "due",
        rule->due == WHEN_DAY_NEVER ? json_string("continuous") : api_day_json(rule->due),
        "target_date", api_day_json(p->query.target_date), "needed_per_month",
        (json_int_t)p->per_month, "expected", expected);
}

/* Where the whole order is, and each vehicle of its beginning. */
static json_t *replace_json(const struct projection *p, struct arena *arena)
{
    const struct projection_query *q = &p->query;
    struct sheet *sheet = NULL;
    const char *query = "";
    char day[WHEN_DAY_TEXT];
    json_t *vehicles = NULL;

    if (p->replacement == NULL)
        return json_null();
    when_day_format(q->as_of, day);
    query = api_query_add(arena, query, "plan", q->plan->id);
    query = api_query_add(arena, query, "as_of", day);
    if (q->filter.owner_id != NULL)
        query = api_query_add(arena, query, "owner", q->filter.owner_id);
    if (q->filter.area != NULL)
        query = api_query_add(arena, query, "area", q->filter.area);
    sheet = sheet_create(SHEET_JSON, &replacement_head);
    replacement_rows(p->replacement, sheet);
    vehicles = sheet_rows_json(sheet);
    sheet_destroy(sheet);
    return json_pack("{s:I, s:o, s:o, s:b, s:o}", "needed", (json_int_t)p->replacement->needed,
                     "by", api_day_json(q->target_date), "vehicles", vehicles, "more",
                     p->replacement->more, "all",
                     json_sprintf("/v1/compliance/%s/replacements%s", q->rule->id, query));
}

json_t *projection_json(const struct projection *p, struct arena *arena)
{
    const struct projection_query *q = &p->query;
    json_t *answer = share_json(p->share);

    json_object_update_new(
        answer,
        json_pack("{s:s, s:s, s:s, s:s, s:s, s:o, s:o, s:o, s:I, s:I, s:o, s:o, s:o, s:s, s:o, "
                  "s:s, s:I, s:o}",
                  "plan", q->plan->id, "rule", q->rule->id, "title", q->rule->title_zh, "title_en",
                  q->rule->title_en, "kind", rule_kind_name(q->rule->kind), "as_of",
                  api_day_json(q->as_of), "owner", text_json(q->filter.owner_id), "area",
                  text_json(q->filter.area), "exempt", (json_int_t)p->tally.n[COUNTS_EXEMPT],
                  "unknown", (json_int_t)p->tally.n[COUNTS_UNKNOWN], "history",
                  projection_history_json(&p->history), "pace", pace_json(p), "target",
                  target_json(p), "outcome", projection_outcome_name(p->outcome), "reached_on",
                  api_day_json(p->reached_on), "why", p->why, "missing", (json_int_t)p->missing,
                  "replace", replace_json(p, arena)));
    return answer;
}

/* ---- a terminal ---- */

void projection_print_head(const struct projection *p, FILE *out)
{
    char day[WHEN_DAY_TEXT];

    when_day_format(p->query.as_of, day);
    fprintf(out, "%s %s, as of %s\n\n", p->query.rule->id, p->query.rule->title_zh, day);
}

static void print_target(const struct projection *p, FILE *out)
{
    char day[WHEN_DAY_TEXT];

    if (p->query.target_date == WHEN_DAY_NEVER)
        return;
    when_day_format(p->query.target_date, day);
    if (p->target.given)
        fprintf(out, "on %s at this pace: %" PRId64 "/%" PRId64 ", %" PRId64 " missing\n", day,
                p->target.share.num, p->target.share.den, p->target.missing);
    if (p->per_month > 0)
        fprintf(out, "needed each month until %s: %" PRId64 "\n", day, p->per_month);
}

static void print_replacements(const struct projection *p, FILE *out)
{
    const struct replacement *r = p->replacement;

    if (r == NULL)
        return;
    fprintf(out, "to replace, %" PRId64 " in all:", r->needed);
    for (size_t i = 0; i < r->count; i++)
        fprintf(out, " %s", r->rows[i].vehicle.vehicle_id);
    fprintf(out, "%s\n", r->more ? " … (evroll-registry replacements)" : "");
}

void projection_print_end(const struct projection *p, FILE *out)
{
    const struct rule_threshold *threshold = &p->query.rule->threshold;
    char day[WHEN_DAY_TEXT] = "";

    fprintf(out, "\ntarget: %s %" PRId64 "/%" PRId64 " (%s)\n",
            rule_comparator_name(p->query.rule->comparator), threshold->num, threshold->den,
            threshold->source);
    if (p->reached_on != WHEN_DAY_NEVER)
        when_day_format(p->reached_on, day);
    fprintf(out, "%s%s%s: %s\n", projection_outcome_name(p->outcome), day[0] != '\0' ? " on " : "",
            day, p->why);
    if (p->missing > 0)
        fprintf(out, "missing now: %" PRId64 "\n", p->missing);
    print_target(p, out);
    print_replacements(p, out);
}

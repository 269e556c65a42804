#include "registry/compliance/compliance.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "registry/compliance/compliance_internal.h"
#include "registry/compliance/pace.h"
#include "registry/compliance/restated.h"
#include "registry/store/store_verified.h"

bool compliance_area_ok(const char *area)
{
    return area[0] != '\0' && strlen(area) <= 12 && strspn(area, "0123456789") == strlen(area);
}

const char *compliance_unit_name(enum compliance_unit unit)
{
    static const char *const names[UNIT_COUNT] = {
        [UNIT_VEHICLES] = "vehicles", [UNIT_ENTERPRISES] = "enterprises",
        [UNIT_TONNES] = "t",          [UNIT_TONNE_KM] = "t_km",
        [UNIT_TRIPS] = "trips",       [UNIT_MINUTES] = "min",
        [UNIT_PLACE] = "place"};

    return names[unit];
}

int64_t compliance_unit_scale(enum compliance_unit unit)
{
    return unit == UNIT_TONNES ? 10 : unit == UNIT_TONNE_KM ? 100 : 1;
}

int64_t compliance_units_up(enum compliance_unit unit, int64_t n)
{
    int64_t scale = compliance_unit_scale(unit);

    return (n + scale - 1) / scale;
}

/* ---- what the kinds share ---- */

struct compliance_item *compliance_item_add(struct work *w, struct compliance_rule *result)
{
    struct compliance_items *items = &result->items;

    if (items->count == items->room) {
        struct compliance_item *old = items->list;
        items->room = items->room == 0 ? 16 : items->room * 2;
        items->list = ARENA_ARRAY(w->arena, struct compliance_item, items->room);
        if (old != NULL)
            memcpy(items->list, old, items->count * sizeof *old);
    }
    return &items->list[items->count++];
}

void compliance_view_add(struct compliance_rule *result, const struct compliance_view *view)
{
    assert(result->view_count < COMPLIANCE_VIEWS);
    result->views[result->view_count++] = *view;
}

enum err compliance_exceptions(struct work *w, const struct compliance_rule *result,
                               struct store_exceptions *out)
{
    const struct count_query *days = &result->scope.query;

    *out = (struct store_exceptions){0};
    if (result->rule->strength != STRENGTH_PRINCIPLE)
        return ERR_OK;
    return store_exceptions_of(w->db, result->rule->id, days->from, w->out->query.as_of,
                               days->known_ms, w->arena, out, w->fault);
}

const struct store_exception *compliance_exception(const struct store_exceptions *exceptions,
                                                   enum exception_subject kind, const char *subject,
                                                   int32_t day)
{
    for (size_t i = 0; i < exceptions->count; i++) {
        const struct store_exception *e = &exceptions->items[i];
        if (e->subject_kind == (int)kind && strcmp(e->subject, subject) == 0 && e->from <= day &&
            day < e->until)
            return e;
    }
    return NULL;
}

static int by_id(const void *left, const void *right)
{
    return strcmp(((const struct compliance_item *)left)->id,
                  ((const struct compliance_item *)right)->id);
}

/* ---- one rule ---- */

static compliance_kind *const kinds[RULE_KIND_COUNT] = {
    [RULE_STOCK_SHARE] = compliance_fleet,   [RULE_FLOW_SHARE] = compliance_fleet,
    [RULE_USAGE_SHARE] = compliance_usage,   [RULE_ENTITY_BOOL] = compliance_entity,
    [RULE_REGION_SHARE] = compliance_region, [RULE_RANK] = compliance_rank,
    [RULE_QUALITATIVE] = compliance_trend,
};

/* Kinds whose earlier share is the same figure asked about an earlier day. */
#define PACE_OF_FIGURE (1u << RULE_USAGE_SHARE | 1u << RULE_ENTITY_BOOL)

static enum err share_on(struct work *w, const struct rule *rule, int32_t day, struct share *share)
{
    struct compliance then = {.query = w->out->query};
    struct work past = {.db = w->db,
                        .arena = w->arena,
                        .out = &then,
                        .fault = w->fault,
                        .books = w->books,
                        .past = true};
    struct compliance_rule result = {.rule = rule};
    enum err err = ERR_OK;

    then.query.as_of = day;
    result.scope = scope_of(then.query.plan, rule, day, &then.query.filter);
    err = kinds[rule->kind](&past, &result);
    *share = result.share;
    return err;
}

/* From the oldest of the last four quarters that has anything to count. */
static enum err find_pace(struct work *w, struct compliance_rule *result)
{
    int32_t as_of = w->out->query.as_of;
    bool disputed = result->facts.disputed, excused = result->facts.excused;
    struct share before = {0, 0};
    int32_t day = as_of;
    enum err err = ERR_OK;

    for (int months = 12; months > 0 && before.den == 0 && err == ERR_OK; months -= 3) {
        day = pace_months_before(as_of, months);
        err = share_on(w, result->rule, day, &before);
    }
    if (err != ERR_OK || before.den == 0)
        return err;
    result->pace = (struct verdict_pace){before, as_of - day};
    result->facts = verdict_facts(result->rule, result->share, as_of, &result->pace);
    result->facts.disputed = disputed;
    result->facts.excused = excused;
    return ERR_OK;
}

const char *compliance_refusal(const struct rule *rule, const struct scope_filter *filter)
{
    static const char *const no_area[RULE_KIND_COUNT] = {
        [RULE_USAGE_SHARE] =
            "area: trips and working time are of sites and their enterprises, which "
            "have no division code; ask for an owner",
        [RULE_ENTITY_BOOL] = "area: enterprises have no division code; ask for an owner",
        [RULE_REGION_SHARE] = "area: reports are of enterprises, which have no division code; ask "
                              "for an owner",
        [RULE_RANK] = "area: the place is that of the whole zone",
        [RULE_QUALITATIVE] = "area: the values are of the whole zone",
    };

    if (filter->area != NULL && no_area[rule->kind] != NULL)
        return no_area[rule->kind];
    if (filter->owner_id != NULL && (rule->kind == RULE_RANK || rule->kind == RULE_QUALITATIVE))
        return "owner: the values are of the whole zone, not of an enterprise";
    return NULL;
}

static enum compliance_unit unit_of(const struct rule *rule)
{
    static const enum compliance_unit units[RULE_KIND_COUNT] = {
        [RULE_STOCK_SHARE] = UNIT_VEHICLES, [RULE_FLOW_SHARE] = UNIT_VEHICLES,
        [RULE_USAGE_SHARE] = UNIT_TRIPS,    [RULE_ENTITY_BOOL] = UNIT_ENTERPRISES,
        [RULE_REGION_SHARE] = UNIT_TONNES,  [RULE_RANK] = UNIT_PLACE,
        [RULE_QUALITATIVE] = UNIT_PLACE,
    };

    return rule->usage == USE_MACHINE_TIME ? UNIT_MINUTES : units[rule->kind];
}

static enum err compute_rule(void *arg, const struct rule *rule)
{
    struct work *w = arg;
    const struct compliance_query *q = &w->out->query;
    struct compliance_rule *result = &w->out->rules[w->out->count];
    enum err err = ERR_OK;

    if (q->rule_id != NULL && strcmp(q->rule_id, rule->id) != 0)
        return ERR_OK;
    w->out->count++;
    result->rule = rule;
    result->unit = unit_of(rule);
    result->scope = scope_of(q->plan, rule, q->as_of, &q->filter);
    result->note = compliance_refusal(rule, &q->filter);
    if (result->note == NULL)
        err = kinds[rule->kind](w, result);
    if (err == ERR_OK && (PACE_OF_FIGURE >> rule->kind & 1u) != 0 &&
        verdict_needs_pace(rule, result->share, q->as_of))
        err = find_pace(w, result);
    if (result->items.count > 1)
        qsort(result->items.list, result->items.count, sizeof *result->items.list, by_id);
    result->verdict = verdict_of(rule, &result->facts, q->as_of);
    return err;
}

/* ---- the whole ---- */

static const char *day_text(struct arena *arena, int32_t day)
{
    char text[WHEN_DAY_TEXT];

    when_day_format(day, text);
    return arena_text(arena, text);
}

static enum err take_note(struct work *w)
{
    struct compliance *out = w->out;
    const struct compliance_query *q = &out->query;
    bool found = false;
    int32_t begin = 0;
    enum err err = store_register_begin(w->db, &found, &begin, w->fault);

    if (err != ERR_OK)
        return err;
    if (q->as_of > q->today)
        out->note =
            arena_format(w->arena, "as_of is after today (%s): this is what is known so far",
                         day_text(w->arena, q->today));
    else if (!found)
        out->note = "the register is empty: there is nothing to count";
    else if (q->as_of < begin)
        out->note = arena_format(w->arena, "as_of is before the first vehicle of the register (%s)",
                                 day_text(w->arena, begin));
    else if (q->as_of < q->plan->from)
        out->note = arena_format(w->arena, "as_of is before the plan's period, which begins on %s",
                                 day_text(w->arena, q->plan->from));
    else if (q->filter.known_ms != 0)
        out->note =
            "this is what was known at the instant asked for; telemetry and what was found have no "
            "such memory and are as they are known now";
    return ERR_OK;
}

static enum err compute_all(struct work *w)
{
    const struct compliance_query *q = &w->out->query;
    enum err err = take_note(w);

    if (err == ERR_OK)
        err = plan_rules(q->plan, q->as_of, compute_rule, w);
    return err;
}

enum err compliance_compute_within(struct sql *db, const struct compliance_query *query,
                                   struct arena *arena, struct compliance *out, struct fault *fault)
{
    struct books books = {0};
    struct work w = {.db = db, .arena = arena, .out = out, .fault = fault, .books = &books};
    enum err err = ERR_OK;

    *out = (struct compliance){.query = *query};
    if (query->rule_id != NULL && plan_rule(query->plan, query->rule_id, query->as_of) == NULL)
        return fault_set(fault, ERR_NOT_FOUND, "the plan \"%s\" has no rule \"%s\"",
                         query->plan->id, query->rule_id);
    if (query->rule_id != NULL) {
        const struct rule *rule = plan_rule(query->plan, query->rule_id, query->as_of);
        const char *refusal = compliance_refusal(rule, &query->filter);
        if (refusal != NULL)
            return fault_set(fault, ERR_INPUT, "%s (rule %s)", refusal, rule->id);
    }
    out->rules = ARENA_ARRAY(arena, struct compliance_rule, query->plan->rule_count);
    err = compute_all(&w);
    if (err == ERR_OK && query->close_days > 0 && query->filter.known_ms == 0)
        err = restated_compute(db, arena, out, fault);
    return err;
}

enum err compliance_compute(struct sql *db, const struct compliance_query *query,
                            struct arena *arena, struct compliance *out, struct fault *fault)
{
    enum err err = sql_begin(db, SQL_READ, fault);

    if (err != ERR_OK)
        return err;
    err = compliance_compute_within(db, query, arena, out, fault);
    if (err == ERR_OK)
        err = sql_commit(db, fault);
    if (err != ERR_OK)
        sql_rollback(db);
    return err;
}

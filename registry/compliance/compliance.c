#include "registry/compliance/compliance.h"

#include <string.h>

#include "registry/compliance/pace.h"
#include "registry/store/store_verified.h"

bool compliance_area_ok(const char *area)
{
    return area[0] != '\0' && strlen(area) <= 12 && strspn(area, "0123456789") == strlen(area);
}

/* One computation: what all its rules share. */
struct work {
    struct sql *db;
    struct arena *arena;
    struct compliance *out;
    struct fault *fault;
    /* What was heard of lately, read once for all rules with the same measure and days. */
    struct store_heard_query heard_query;
    struct store_heard *heard;
    size_t heard_count, heard_room;
    bool heard_read;
};

static void add_row(void *arg, const struct count_dims *dims, int64_t n)
{
    struct compliance_rule *result = arg;

    tally_add(&result->tally, result->rule, dims, n);
    for (size_t i = 0; i < result->part_count; i++)
        if ((result->parts[i].part->categories >> dims->category & 1u) != 0)
            tally_add(&result->parts[i].tally, result->rule, dims, n);
}

/* ---- verified ---- */

static void keep_heard(void *arg, const struct store_heard *heard)
{
    struct work *w = arg;

    if (w->heard_count == w->heard_room) {
        struct store_heard *old = w->heard;
        w->heard_room = w->heard_room == 0 ? 256 : w->heard_room * 2;
        w->heard = ARENA_ARRAY(w->arena, struct store_heard, w->heard_room);
        if (old != NULL)
            memcpy(w->heard, old, w->heard_count * sizeof *old);
    }
    w->heard[w->heard_count++] = *heard;
}

static enum err read_heard(struct work *w, const struct scope *scope)
{
    struct store_heard_query query = {
        .measure = scope->query.measure,
        .from = scope->query.from,
        .to = scope->query.to,
        .heard_from = w->out->query.as_of - COMPLIANCE_HEARD_DAYS + 1,
        .heard_to = w->out->query.as_of,
    };

    if (w->heard_read && memcmp(&query, &w->heard_query, sizeof query) == 0)
        return ERR_OK;
    w->heard_query = query;
    w->heard_count = 0;
    w->heard_read = true;
    return store_heard_read(w->db, &query, keep_heard, w, w->fault);
}

static enum err verify(struct work *w, struct compliance_rule *result)
{
    struct compliance_verified *v = &result->verified;
    enum err err = result->scope.nothing ? ERR_OK : read_heard(w, &result->scope);

    for (size_t i = 0; i < w->heard_count && err == ERR_OK; i++) {
        const struct store_heard *heard = &w->heard[i];
        if (!scope_holds(&result->scope, &heard->dims, heard->owner_id) ||
            scope_counts(result->rule, &heard->dims) == COUNTS_EXEMPT)
            continue;
        if (heard->burned && tally_is_zero_emission(&heard->dims))
            v->contradicted++;
        else
            v->by_telemetry++;
    }
    v->silent = result->share.den - v->by_telemetry - v->contradicted;
    return err;
}

/* ---- one rule ---- */

static void begin_parts(struct work *w, struct compliance_rule *result)
{
    const struct rule *rule = result->rule;

    result->parts = ARENA_ARRAY(w->arena, struct compliance_part, rule->part_count + 1);
    result->part_count = rule->part_count;
    for (size_t i = 0; i < rule->part_count; i++)
        result->parts[i].part = &rule->parts[i];
}

static void finish_parts(struct compliance_rule *result)
{
    const struct rule *rule = result->rule;

    for (size_t i = 0; i < result->part_count; i++) {
        struct compliance_part *part = &result->parts[i];
        part->share = tally_share(&part->tally);
        part->met = share_meets(part->share, rule->comparator, &rule->threshold);
        part->shortfall = share_shortfall(part->share, rule->comparator, &rule->threshold);
    }
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
    result->scope = scope_of(q->plan, rule, q->as_of, &q->filter);
    begin_parts(w, result);
    err = tally_rows(w->db, &result->scope, add_row, result, w->fault);
    if (err != ERR_OK)
        return err;
    result->share = tally_share(&result->tally);
    result->zero_emission = (struct share){result->tally.zero_emission, result->share.den};
    finish_parts(result);
    if (verdict_needs_pace(rule, result->share, q->as_of))
        err = pace_find(w->db, q->plan, rule, q->as_of, &q->filter, &result->pace, w->fault);
    result->verdict = verdict_decide(rule, result->share, q->as_of, &result->pace);
    result->shortfall = share_shortfall(result->share, rule->comparator, &rule->threshold);
    return err == ERR_OK ? verify(w, result) : err;
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

enum err compliance_compute(struct sql *db, const struct compliance_query *query,
                            struct arena *arena, struct compliance *out, struct fault *fault)
{
    struct work w = {.db = db, .arena = arena, .out = out, .fault = fault};
    enum err err = ERR_OK;

    *out = (struct compliance){.query = *query};
    if (query->rule_id != NULL && plan_rule(query->plan, query->rule_id, query->as_of) == NULL)
        return fault_set(fault, ERR_NOT_FOUND, "the plan \"%s\" has no rule \"%s\"",
                         query->plan->id, query->rule_id);
    out->rules = ARENA_ARRAY(arena, struct compliance_rule, query->plan->rule_count);
    err = sql_begin(db, SQL_READ, fault);
    if (err != ERR_OK)
        return err;
    err = compute_all(&w);
    if (err == ERR_OK)
        err = sql_commit(db, fault);
    if (err != ERR_OK)
        sql_rollback(db);
    return err;
}

#include "registry/outlook/projection.h"

#include <assert.h>

#include "registry/compliance/pace.h"
#include "registry/store/store_verified.h"

const char *projection_outcome_name(enum projection_outcome outcome)
{
    static const char *const names[PROJECTION_OUTCOME_COUNT] = {"MET", "REACHED", "NOT_REACHED",
                                                                "NO_DATA"};

    assert((unsigned)outcome < PROJECTION_OUTCOME_COUNT);
    return names[outcome];
}

/* ---- history ---- */

static int32_t month_begin(int32_t day)
{
    return day - when_date(day).day + 1;
}

/* The last day of the month so many months before that of `day`; `day` itself for 0. */
static int32_t month_end_before(int32_t day, int months)
{
    return months == 0 ? day : month_begin(pace_months_before(month_begin(day), months - 1)) - 1;
}

static enum err read_month(struct sql *db, const struct projection_query *q, int32_t day,
                           struct projection_month *month, struct fault *fault)
{
    const struct rule *rule = plan_rule(q->plan, q->rule->id, day);
    struct scope scope = scope_of(q->plan, rule, day, &q->filter);
    enum err err = tally_read(db, &scope, &month->tally, fault);

    month->day = day;
    month->share = tally_share(&month->tally);
    return err;
}

enum err projection_history(struct sql *db, const struct projection_query *q, int count,
                            struct arena *arena, struct projection_history *out,
                            struct fault *fault)
{
    bool found = false;
    int32_t begin = 0;
    enum err err = store_register_begin(db, &found, &begin, fault);

    out->months = ARENA_ARRAY(arena, struct projection_month, (size_t)count);
    out->count = 0;
    for (int back = count - 1; err == ERR_OK && back >= 0; back--) {
        int32_t day = month_end_before(q->as_of, back);
        if (back > 0 && (!found || day < begin))
            continue;
        err = read_month(db, q, day, &out->months[out->count++], fault);
    }
    return err;
}

/* ---- the outcome ---- */

static const char *day_text(struct arena *arena, int32_t day)
{
    char text[WHEN_DAY_TEXT];

    when_day_format(day, text);
    return arena_text(arena, text);
}

/* One that misses a rule about all additions of a period stays in that period. */
static bool is_lost(const struct projection *p)
{
    const struct rule *rule = p->query.rule;

    return rule->kind == RULE_FLOW_SHARE && rule->comparator == COMPARE_EQ &&
           rule->window == WINDOW_PLAN_PERIOD;
}

/* Why there is no day; NULL when there is one. */
static const char *why_not(const struct projection *p, struct arena *arena)
{
    int sign = share_pace_sign(p->share, p->pace.before);

    if (is_lost(p))
        return arena_format(arena,
                            "every addition of the plan period must qualify, and %lld did not: "
                            "they stay in the period",
                            (long long)p->missing);
    if (p->pace.span == 0)
        return "none of the last four quarters had anything to count, so there is no pace";
    if (sign < 0)
        return arena_format(arena, "the share has fallen since %s",
                            day_text(arena, p->query.as_of - p->pace.span));
    if (sign == 0)
        return arena_format(arena, "the share has not moved since %s",
                            day_text(arena, p->query.as_of - p->pace.span));
    return NULL;
}

static void decide(struct projection *p, struct arena *arena)
{
    const struct rule *rule = p->query.rule;
    int64_t days = 0;

    p->reached_on = WHEN_DAY_NEVER;
    p->outcome = PROJECTION_NOT_REACHED;
    if (p->share.den == 0) {
        p->outcome = PROJECTION_NO_DATA;
        p->why = "there is nothing to count on this day";
        return;
    }
    if (share_meets(p->share, rule->comparator, &rule->threshold)) {
        p->outcome = PROJECTION_MET;
        p->why = "the target is met on this day";
        return;
    }
    p->why = why_not(p, arena);
    if (p->why != NULL)
        return;
    days =
        share_pace_days(p->share, p->pace.before, p->pace.span, rule->comparator, &rule->threshold);
    p->why = "at the pace of the last four quarters";
    if (days >= WHEN_DAY_NEVER - p->query.as_of) {
        p->why = "at the pace of the last four quarters it would take until after 2199";
        return;
    }
    p->outcome = PROJECTION_REACHED;
    p->reached_on = p->query.as_of + (int32_t)days;
}

/* Whole months up to the target date, begun ones included. */
static int64_t months_left(int32_t as_of, int32_t target)
{
    struct when_date from = when_date(as_of);
    struct when_date to = when_date(target);

    return (to.year - from.year) * 12 + to.month - from.month + (to.day > from.day);
}

static void look_at_target(struct projection *p)
{
    const struct rule *rule = p->query.rule;
    int32_t days = p->query.target_date - p->query.as_of;

    if (p->query.target_date == WHEN_DAY_NEVER || days <= 0 || p->share.den == 0)
        return;
    p->per_month = (p->missing + months_left(p->query.as_of, p->query.target_date) - 1) /
                   months_left(p->query.as_of, p->query.target_date);
    if (p->pace.span == 0)
        return;
    p->target.given = true;
    p->target.share = share_pace_after(p->share, p->pace.before, p->pace.span, days);
    p->target.missing = share_shortfall(p->target.share, rule->comparator, &rule->threshold);
}

static enum err read_replacements(struct sql *db, struct projection *p, struct arena *arena,
                                  struct fault *fault)
{
    const struct projection_query *q = &p->query;
    const struct replacement_query query = {.plan = q->plan,
                                            .rule = q->rule,
                                            .as_of = q->as_of,
                                            .filter = q->filter,
                                            .weights = replacement_weights_default,
                                            .limit = q->replacements};
    struct replacement *replacement = NULL;

    if (q->replacements == 0 || q->rule->kind != RULE_STOCK_SHARE || p->missing == 0)
        return ERR_OK;
    replacement = arena_alloc(arena, 1, sizeof *replacement);
    p->replacement = replacement;
    return replacement_read(db, &query, arena, replacement, fault);
}

/* ---- the whole ---- */

static enum err compute(struct sql *db, struct projection *p, struct arena *arena,
                        struct fault *fault)
{
    const struct projection_query *q = &p->query;
    const struct projection_month *last = NULL;
    enum err err = projection_history(db, q, PROJECTION_MONTHS, arena, &p->history, fault);

    if (err != ERR_OK)
        return err;
    last = &p->history.months[p->history.count - 1];
    p->tally = last->tally;
    p->share = last->share;
    p->missing = share_shortfall(p->share, q->rule->comparator, &q->rule->threshold);
    err = pace_find(db, q->plan, q->rule, q->as_of, &q->filter, &p->pace, fault);
    if (err != ERR_OK)
        return err;
    decide(p, arena);
    look_at_target(p);
    return read_replacements(db, p, arena, fault);
}

bool projection_fits(const struct rule *rule)
{
    return rule->kind == RULE_STOCK_SHARE || rule->kind == RULE_FLOW_SHARE;
}

enum err projection_compute(struct sql *db, const struct projection_query *query,
                            struct arena *arena, struct projection *out, struct fault *fault)
{
    enum err err = ERR_OK;

    *out = (struct projection){.query = *query};
    if (!projection_fits(query->rule))
        return fault_set(fault, ERR_INPUT,
                         "%s is a %s; a projection needs a share of vehicles: STOCK_SHARE or "
                         "FLOW_SHARE",
                         query->rule->id, rule_kind_name(query->rule->kind));
    if (query->target_date == WHEN_DAY_NEVER)
        out->query.target_date = query->rule->due;
    err = sql_begin(db, SQL_READ, fault);
    if (err != ERR_OK)
        return err;
    err = compute(db, out, arena, fault);
    if (err == ERR_OK)
        err = sql_commit(db, fault);
    if (err != ERR_OK)
        sql_rollback(db);
    return err;
}

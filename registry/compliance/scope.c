#include "registry/compliance/scope.h"

#include <assert.h>
#include <string.h>

#include "registry/vehicles/vocabulary.h"

static const char *const counts_names[COUNTS_AS_COUNT] = {"yes", "no", "exempt", "unknown"};

const char *counts_as_name(enum counts_as as)
{
    assert((unsigned)as < COUNTS_AS_COUNT);
    return counts_names[as];
}

enum counts_as counts_as_parse(const char *word)
{
    enum counts_as as = COUNTS_YES;

    while (as < COUNTS_AS_COUNT && strcmp(counts_names[as], word) != 0)
        as++;
    return as;
}

/* The narrower of two areas, each a code or its beginning; false when they exclude each other. */
static bool narrow_area(const char *a, const char *b, const char **area)
{
    if (a == NULL || b == NULL) {
        *area = a == NULL ? b : a;
        return true;
    }
    *area = strlen(a) > strlen(b) ? a : b;
    return strncmp(a, b, strlen(a) < strlen(b) ? strlen(a) : strlen(b)) == 0;
}

static int32_t window_begin(const struct plan *plan, enum rule_window window, int32_t as_of)
{
    struct when_date date = when_date(as_of);

    switch (window) {
    case WINDOW_PLAN_PERIOD:
        return plan->from;
    case WINDOW_CALENDAR_YEAR:
        return when_day((struct when_date){date.year, 1, 1});
    case WINDOW_ROLLING_12M:
        if (date.month == 2 && date.day == 29) /* 12 months before it end with a 28th */
            date.day = 28;
        return when_day((struct when_date){date.year - 1, date.month, date.day}) + 1;
    default:
        return as_of;
    }
}

void scope_quarters(int32_t as_of, int32_t *from, int32_t *to)
{
    struct when_date next = when_date(as_of + 1); /* on a quarter's last day it is whole */
    int month = (next.month - 1) / 3 * 3 + 1;

    *to = when_day((struct when_date){next.year, month, 1}) - 1;
    *from = when_day((struct when_date){next.year - 1, month, 1});
}

struct scope scope_of(const struct plan *plan, const struct rule *rule, int32_t as_of,
                      const struct scope_filter *filter)
{
    struct scope scope = {.rule = rule, .owner_id = filter->owner_id};
    struct count_query *query = &scope.query;

    query->measure = rule->kind == RULE_FLOW_SHARE ? COUNT_ADDED : COUNT_STOCK;
    query->to = rule->window == WINDOW_PLAN_PERIOD && as_of > plan->to ? plan->to : as_of;
    query->from = window_begin(plan, rule->window, as_of);
    query->known_ms = filter->known_ms;
    query->filter.categories = rule->subject.categories;
    query->filter.owner_kinds = rule->subject.owner_kinds;
    query->filter.built_up = rule->subject.built_up ? COUNT_BUILT_UP : COUNT_ANYWHERE;
    if (rule->window == WINDOW_FOUR_QUARTERS)
        scope_quarters(as_of, &query->from, &query->to);
    scope.nothing = !narrow_area(rule->subject.area, filter->area, &query->filter.area_prefix) ||
                    query->to < query->from;
    return scope;
}

bool scope_holds(const struct scope *scope, const struct count_dims *dims, const char *owner_id)
{
    const struct count_filter *f = &scope->query.filter;

    return !scope->nothing && (f->categories == 0 || (f->categories >> dims->category & 1u) != 0) &&
           (f->owner_kinds == 0 || (f->owner_kinds >> dims->owner_kind & 1u) != 0) &&
           (f->built_up == COUNT_ANYWHERE || dims->built_up == (f->built_up == COUNT_BUILT_UP)) &&
           (f->area_prefix == NULL ||
            strncmp(dims->area, f->area_prefix, strlen(f->area_prefix)) == 0) &&
           (scope->owner_id == NULL || strcmp(scope->owner_id, owner_id) == 0);
}

static bool stage_unknown(const struct count_dims *dims)
{
    return dims->stage == STAGE_NONE || dims->stage == STAGE_UNKNOWN;
}

/* The least stage that counts beside NEV, and how it is called. */
static const struct {
    enum stage least;
    const char *name;
} stages[METRIC_COUNT] = {
    [METRIC_NEV_OR_CN6] = {STAGE_6A, "National VI"},
    [METRIC_NEV_OR_STAGE3] = {STAGE_3, "Stage III or better"},
    [METRIC_NEV_OR_STAGE4] = {STAGE_4, "Stage IV or better"},
};

static bool stage_meets(enum rule_metric metric, int stage)
{
    return metric != METRIC_NEV && stage >= (int)stages[metric].least && stage <= STAGE_6B;
}

/* Of good enough a stage it qualifies whatever it burns, known or not. */
enum counts_as scope_qualifies(enum rule_metric metric, const struct count_dims *dims)
{
    enum energy energy = (enum energy)dims->energy;

    if (energy_is_nev(energy) || stage_meets(metric, dims->stage))
        return COUNTS_YES;
    if (energy == ENERGY_NONE)
        return COUNTS_UNKNOWN;
    return metric != METRIC_NEV && stage_unknown(dims) ? COUNTS_UNKNOWN : COUNTS_NO;
}

enum counts_as scope_counts(const struct rule *rule, const struct count_dims *dims)
{
    return (dims->exempt & rule->exempt) != 0 ? COUNTS_EXEMPT
                                              : scope_qualifies(rule->qualifies, dims);
}

static const char *exempt_why(unsigned reasons, struct arena *arena)
{
    const char *why = "exempt:";

    for (int code = 1; code < vocabulary_exempt.count; code++)
        if ((reasons >> code & 1u) != 0)
            why = arena_format(arena, "%s %s", why, vocabulary_word(&vocabulary_exempt, code));
    return why;
}

const char *scope_why(const struct rule *rule, const struct count_dims *dims, struct arena *arena)
{
    const char *energy = vocabulary_word(&vocabulary_energy, dims->energy);
    const char *stage = vocabulary_word(&vocabulary_stage, dims->stage);
    enum counts_as as = scope_counts(rule, dims);

    if (as == COUNTS_EXEMPT)
        return exempt_why(dims->exempt & rule->exempt, arena);
    if (as == COUNTS_UNKNOWN)
        return dims->energy == ENERGY_NONE
                   ? "energy is not known"
                   : arena_format(arena, "energy %s is not NEV, and the stage is not known",
                                  energy);
    if (energy_is_nev((enum energy)dims->energy))
        return arena_format(arena, "energy %s is NEV", energy);
    if (rule->qualifies == METRIC_NEV)
        return arena_format(arena, "energy %s is not NEV", energy);
    if (as == COUNTS_YES)
        return arena_format(arena, "stage %s is %s", stage, stages[rule->qualifies].name);
    return arena_format(arena, "energy %s is not NEV, stage %s is not %s", energy, stage,
                        stages[rule->qualifies].name);
}

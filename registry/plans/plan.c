#include "registry/plans/plan.h"

#include <assert.h>
#include <string.h>

static const char *const kinds[RULE_KIND_COUNT] = {"STOCK_SHARE", "FLOW_SHARE",   "USAGE_SHARE",
                                                   "ENTITY_BOOL", "REGION_SHARE", "RANK",
                                                   "QUALITATIVE"};
static const char *const metrics[METRIC_COUNT] = {"NEV", "NEV_OR_CN6", "NEV_OR_STAGE3"};
static const char *const comparators[COMPARE_COUNT] = {"GE", "EQ", "GT", "WITHIN"};
static const char *const strengths[STRENGTH_COUNT] = {"SHALL", "PRINCIPLE", "STRIVE"};
static const char *const approxes[APPROX_COUNT] = {"EXACT", "BASIC", "ABOUT"};
static const char *const authorities[AUTHORITY_COUNT] = {"national", "province", "local"};
static const char *const windows[WINDOW_COUNT] = {"none", "plan_period", "calendar_year",
                                                  "rolling_12m"};

static const char *name_of(const char *const *names, int count, int code)
{
    assert(code >= 0 && code < count);
    return names[code];
}

const char *rule_kind_name(enum rule_kind kind)
{
    return name_of(kinds, RULE_KIND_COUNT, (int)kind);
}

const char *rule_metric_name(enum rule_metric metric)
{
    return name_of(metrics, METRIC_COUNT, (int)metric);
}

const char *rule_comparator_name(enum rule_comparator comparator)
{
    return name_of(comparators, COMPARE_COUNT, (int)comparator);
}

const char *rule_strength_name(enum rule_strength strength)
{
    return name_of(strengths, STRENGTH_COUNT, (int)strength);
}

const char *rule_approx_name(enum rule_approx approx)
{
    return name_of(approxes, APPROX_COUNT, (int)approx);
}

const char *rule_authority_name(enum rule_authority authority)
{
    return name_of(authorities, AUTHORITY_COUNT, (int)authority);
}

const char *rule_window_name(enum rule_window window)
{
    return name_of(windows, WINDOW_COUNT, (int)window);
}

/* How far the day lies from the days of the version, before or after. */
static int32_t distance(const struct rule *rule, int32_t day)
{
    if (day < rule->valid_from)
        return rule->valid_from - day;
    return day > rule->valid_to ? day - rule->valid_to : 0;
}

const struct rule *plan_rule(const struct plan *plan, const char *rule_id, int32_t day)
{
    const struct rule *best = NULL;

    for (size_t i = 0; i < plan->rule_count; i++) {
        const struct rule *rule = &plan->rules[i];
        if (strcmp(rule->id, rule_id) == 0 &&
            (best == NULL || distance(rule, day) < distance(best, day)))
            best = rule;
    }
    return best;
}

enum err plan_rules(const struct plan *plan, int32_t day, plan_rule_each *each, void *arg)
{
    enum err err = ERR_OK;

    for (size_t i = 0; i < plan->rule_count && err == ERR_OK; i++) {
        const struct rule *rule = plan_rule(plan, plan->rules[i].id, day);
        if (rule == &plan->rules[i])
            err = each(arg, rule);
    }
    return err;
}

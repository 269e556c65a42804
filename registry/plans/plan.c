#include "registry/plans/plan.h"

#include <assert.h>
#include <string.h>

static const char *const kinds[RULE_KIND_COUNT] = {"STOCK_SHARE", "FLOW_SHARE",   "USAGE_SHARE",
                                                   "ENTITY_BOOL", "REGION_SHARE", "RANK",
                                                   "QUALITATIVE"};
static const char *const metrics[METRIC_COUNT] = {"NEV",
                                                  "NEV_OR_CN6",
                                                  "NEV_OR_STAGE3",
                                                  "NEV_OR_STAGE4",
                                                  "FREIGHT_MODES",
                                                  "HAS_SIDING_OR_PIPELINE",
                                                  "CLEAN_TRANSPORT_PLANT",
                                                  "PLACE",
                                                  "TREND"};
static const char *const comparators[COMPARE_COUNT] = {"none", "GE", "EQ", "GT", "WITHIN"};
static const char *const strengths[STRENGTH_COUNT] = {"SHALL", "PRINCIPLE", "STRIVE", "none"};
static const char *const approxes[APPROX_COUNT] = {"EXACT", "BASIC", "ABOUT"};
static const char *const authorities[AUTHORITY_COUNT] = {"national", "province", "local"};
static const char *const windows[WINDOW_COUNT] = {"none",        "plan_period",   "calendar_year",
                                                  "rolling_12m", "four_quarters", "statistic"};
static const char *const goods_names[GOODS_COUNT] = {"ALL", "BULK", "BULK_AND_CONTAINERS"};
static const char *const bases[BASE_COUNT] = {"REPORTED", "ZONE"};
static const char *const uses[USE_COUNT] = {"none", "TRIPS", "MACHINE_TIME"};

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

const char *rule_goods_name(enum rule_goods goods)
{
    return name_of(goods_names, GOODS_COUNT, (int)goods);
}

const char *rule_base_name(enum rule_base base)
{
    return name_of(bases, BASE_COUNT, (int)base);
}

const char *rule_use_name(enum rule_use use)
{
    return name_of(uses, USE_COUNT, (int)use);
}

/* How far the day lies from the days of a version, before or after. */
static int32_t distance(int32_t valid_from, int32_t valid_to, int32_t day)
{
    if (day < valid_from)
        return valid_from - day;
    return day > valid_to ? day - valid_to : 0;
}

static int32_t rule_distance(const struct rule *rule, int32_t day)
{
    return distance(rule->valid_from, rule->valid_to, day);
}

const struct plan_green *plan_green(const struct plan *plan, const char *id, int32_t day)
{
    const struct plan_green *best = NULL;

    for (size_t i = 0; i < plan->green_count; i++) {
        const struct plan_green *green = &plan->greens[i];
        if (strcmp(green->id, id) == 0 &&
            (best == NULL || distance(green->valid_from, green->valid_to, day) <
                                 distance(best->valid_from, best->valid_to, day)))
            best = green;
    }
    return best;
}

const struct rule *plan_rule(const struct plan *plan, const char *rule_id, int32_t day)
{
    const struct rule *best = NULL;

    for (size_t i = 0; i < plan->rule_count; i++) {
        const struct rule *rule = &plan->rules[i];
        if (strcmp(rule->id, rule_id) == 0 &&
            (best == NULL || rule_distance(rule, day) < rule_distance(best, day)))
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

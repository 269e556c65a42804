/*
 * From the file's form to the plan's: what a schema cannot check. A fault's place is found by the
 * way down to the value ("rules/3/threshold"), looked up in the text once more (config_place).
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "registry/plans/plan_internal.h"

#define RATIO_MAX 1000000 /* keeps every comparison of shares inside 128 bits */

struct loading {
    const char *name;
    const char *text;
    size_t len;
    const struct raw_plan *raw;
    struct arena *arena;
    struct plan *plan;
    struct fault *fault;
};

static enum err refuse(const struct loading *l, const char *path, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static enum err refuse(const struct loading *l, const char *path, const char *format, ...)
{
    char said[384];
    size_t line = 1;
    size_t column = 1;
    va_list args;

    va_start(args, format);
    vsnprintf(said, sizeof said, format, args);
    va_end(args);
    config_place(l->text, l->len, path, &line, &column);
    return fault_set(l->fault, ERR_INPUT, "%s:%zu:%zu: %s", l->name, line, column, said);
}

static enum err take_day(const struct loading *l, const char *path, const char *text, int32_t *day)
{
    if (!when_day_parse(text, day))
        return refuse(l, path, "\"%s\" is no day; expected YYYY-MM-DD", text);
    return ERR_OK;
}

static enum err take_ratio(const struct loading *l, const char *path, uint32_t num, uint32_t den)
{
    if (den == 0 || num == 0 || num > den || den > RATIO_MAX)
        return refuse(l, path, "%u/%u is no share; expected 1 <= num <= den <= %d", num, den,
                      RATIO_MAX);
    return ERR_OK;
}

static enum err take_head(const struct loading *l)
{
    const struct raw_head *head = &l->raw->head;
    struct plan *plan = l->plan;
    enum err err = ERR_OK;

    plan->id = head->id;
    plan->title_zh = head->title_zh;
    plan->title_en = head->title_en;
    plan->document = head->document;
    err = take_day(l, "plan/issued", head->issued, &plan->issued);
    if (err == ERR_OK)
        err = take_day(l, "plan/from", head->from, &plan->from);
    if (err == ERR_OK)
        err = take_day(l, "plan/to", head->to, &plan->to);
    if (err == ERR_OK && plan->to < plan->from)
        return refuse(l, "plan/to", "the plan ends before it begins (%s)", head->from);
    return err;
}

static const struct plan_parameter *find_parameter(const struct plan *plan, const char *id)
{
    for (size_t i = 0; i < plan->parameter_count; i++)
        if (strcmp(plan->parameters[i].id, id) == 0)
            return &plan->parameters[i];
    return NULL;
}

/* A ratio, or a value with its unit. */
static enum err check_parameter(const struct loading *l, const char *path,
                                const struct raw_parameter *raw)
{
    if (raw->value == 0 && raw->unit == NULL)
        return take_ratio(l, path, raw->num, raw->den);
    if (raw->num != 0 || raw->den != 0 || raw->value == 0 || raw->unit == NULL)
        return refuse(l, path,
                      "the parameter \"%s\" is neither a ratio (num, den) nor a value with a unit",
                      raw->id);
    return ERR_OK;
}

static enum err take_parameters(const struct loading *l)
{
    struct plan_parameter *list =
        ARENA_ARRAY(l->arena, struct plan_parameter, l->raw->parameters_count + 1u);

    l->plan->parameters = list;
    for (uint32_t i = 0; i < l->raw->parameters_count; i++) {
        const struct raw_parameter *raw = &l->raw->parameters[i];
        char path[64];
        snprintf(path, sizeof path, "parameters/%u", i);
        enum err err = check_parameter(l, path, raw);
        if (err != ERR_OK)
            return err;
        if (find_parameter(l->plan, raw->id) != NULL)
            return refuse(l, path, "the parameter \"%s\" is given twice", raw->id);
        list[i] = (struct plan_parameter){.id = raw->id,
                                          .num = raw->num,
                                          .den = raw->den,
                                          .value = raw->value,
                                          .unit = raw->unit,
                                          .source = raw->source,
                                          .note = raw->note};
        l->plan->parameter_count = i + 1;
    }
    return ERR_OK;
}

/* ---- definitions of green freight ---- */

static enum err check_green_versions(const struct loading *l, const char *path,
                                     const struct plan_green *green)
{
    for (size_t i = 0; i < l->plan->green_count; i++) {
        const struct plan_green *other = &l->plan->greens[i];
        if (strcmp(other->id, green->id) != 0)
            continue;
        if (other->version == green->version)
            return refuse(l, path, "the definition \"%s\": version %u is given twice", green->id,
                          (unsigned)green->version);
        if (other->valid_from <= green->valid_to && green->valid_from <= other->valid_to)
            return refuse(l, path,
                          "the definition \"%s\": versions %u and %u hold on the same days",
                          green->id, (unsigned)other->version, (unsigned)green->version);
    }
    return ERR_OK;
}

static enum err take_green(const struct loading *l, uint32_t index, struct plan_green *green)
{
    const struct raw_green *raw = &l->raw->greens[index];
    enum err err = ERR_OK;
    char path[64];

    *green = (struct plan_green){.id = raw->id,
                                 .version = raw->version,
                                 .valid_to = WHEN_DAY_NEVER - 1,
                                 .title_zh = raw->title_zh,
                                 .title_en = raw->title_en,
                                 .modes = raw->modes,
                                 .source = raw->source,
                                 .note = raw->note};
    snprintf(path, sizeof path, "green_definitions/%u/valid_from", index);
    err = take_day(l, path, raw->valid_from, &green->valid_from);
    snprintf(path, sizeof path, "green_definitions/%u/valid_to", index);
    if (err == ERR_OK && raw->valid_to != NULL)
        err = take_day(l, path, raw->valid_to, &green->valid_to);
    if (err == ERR_OK && green->valid_to < green->valid_from)
        return refuse(l, path, "the definition \"%s\" ends before it begins", green->id);
    snprintf(path, sizeof path, "green_definitions/%u/id", index);
    return err == ERR_OK ? check_green_versions(l, path, green) : err;
}

static enum err take_greens(const struct loading *l)
{
    struct plan_green *greens = ARENA_ARRAY(l->arena, struct plan_green, l->raw->greens_count + 1u);
    enum err err = ERR_OK;

    l->plan->greens = greens;
    for (uint32_t i = 0; i < l->raw->greens_count && err == ERR_OK; i++) {
        err = take_green(l, i, &greens[i]);
        l->plan->green_count = i + 1;
    }
    return err;
}

/* ---- rules ---- */

/* A rule on its way: where it stands in the file, what was read, what it becomes. */
struct rule_loading {
    const struct loading *l;
    const struct raw_rule *raw;
    struct rule *rule;
    uint32_t index;
    char path[64]; /* the place of the member under `rule_path` */
};

static const char *rule_path(struct rule_loading *r, const char *member)
{
    snprintf(r->path, sizeof r->path, "rules/%u/%s", r->index, member);
    return r->path;
}

/* A parameter by its id; a NULL id gives NULL. `unit` NULL: a ratio is wanted. */
static enum err take_parameter(struct rule_loading *r, const char *member, const char *id,
                               const char *unit, const struct plan_parameter **parameter)
{
    *parameter = id == NULL ? NULL : find_parameter(r->l->plan, id);
    if (id == NULL)
        return ERR_OK;
    if (*parameter == NULL)
        return refuse(r->l, rule_path(r, member),
                      "rule %s: there is no parameter \"%s\" in this plan", r->raw->id, id);
    if (unit == NULL ? (*parameter)->unit != NULL
                     : (*parameter)->unit == NULL || strcmp((*parameter)->unit, unit) != 0)
        return refuse(r->l, rule_path(r, member), "rule %s: the parameter \"%s\" is no %s",
                      r->raw->id, id, unit == NULL ? "ratio" : unit);
    return ERR_OK;
}

static int64_t common_divisor(int64_t a, int64_t b)
{
    while (b != 0) {
        int64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

/* num/den less the tolerance, in lowest terms. */
static enum err take_tolerance(struct rule_loading *r)
{
    struct rule_threshold *to = &r->rule->threshold;
    enum err err =
        take_parameter(r, "threshold/tolerance", r->raw->threshold.tolerance, NULL, &to->tolerance);
    int64_t divisor = 1;

    to->pass_num = to->num;
    to->pass_den = to->den;
    if (err != ERR_OK || to->tolerance == NULL)
        return err;
    to->pass_num = to->num * to->tolerance->den - to->tolerance->num * to->den;
    to->pass_den = to->den * to->tolerance->den;
    divisor = to->pass_num > 0 ? common_divisor(to->pass_num, to->pass_den) : 1;
    to->pass_num /= divisor;
    to->pass_den /= divisor;
    if (to->pass_num <= 0 || to->pass_den > RATIO_MAX)
        return refuse(r->l, rule_path(r, "threshold/tolerance"),
                      "rule %s: nothing sensible is left of the threshold less the tolerance",
                      r->raw->id);
    return ERR_OK;
}

static enum err take_threshold(struct rule_loading *r)
{
    const struct raw_threshold *raw = &r->raw->threshold;
    struct rule_threshold *to = &r->rule->threshold;
    const struct plan_parameter *parameter = NULL;
    enum err err = take_parameter(r, "threshold/parameter", raw->parameter, NULL, &parameter);

    if (err != ERR_OK || r->raw->kind == RULE_QUALITATIVE)
        return err;
    if (parameter != NULL && (raw->num != 0 || raw->den != 0 || raw->source != NULL))
        return refuse(r->l, rule_path(r, "threshold"),
                      "rule %s: expected either a parameter, or num, den and source", r->raw->id);
    if (parameter == NULL) {
        err = take_ratio(r->l, rule_path(r, "threshold"), raw->num, raw->den);
        if (err != ERR_OK)
            return err;
        if (raw->source == NULL)
            return refuse(r->l, rule_path(r, "threshold"),
                          "rule %s: the threshold has no source; expected the key \"source\"",
                          r->raw->id);
    }
    *to = parameter == NULL
              ? (struct rule_threshold){.num = raw->num,
                                        .den = raw->den,
                                        .source = raw->source,
                                        .note = raw->note}
              : (struct rule_threshold){.num = parameter->num,
                                        .den = parameter->den,
                                        .parameter = parameter->id,
                                        .source = parameter->source,
                                        .note = raw->note != NULL ? raw->note : parameter->note};
    return take_tolerance(r);
}

/* ---- what goes with what ---- */

#define FLEET_METRICS                                                                              \
    (1u << METRIC_NEV | 1u << METRIC_NEV_OR_CN6 | 1u << METRIC_NEV_OR_STAGE3 |                     \
     1u << METRIC_NEV_OR_STAGE4)

static const struct {
    uint32_t metrics, windows;
} fits[RULE_KIND_COUNT] = {
    [RULE_STOCK_SHARE] = {FLEET_METRICS, 1u << WINDOW_NONE},
    [RULE_FLOW_SHARE] = {FLEET_METRICS, 1u << WINDOW_PLAN_PERIOD | 1u << WINDOW_CALENDAR_YEAR |
                                            1u << WINDOW_ROLLING_12M},
    [RULE_USAGE_SHARE] = {FLEET_METRICS, 1u << WINDOW_PLAN_PERIOD | 1u << WINDOW_CALENDAR_YEAR |
                                             1u << WINDOW_ROLLING_12M},
    [RULE_ENTITY_BOOL] = {1u << METRIC_HAS_SIDING_OR_PIPELINE | 1u << METRIC_CLEAN_TRANSPORT_PLANT,
                          1u << WINDOW_FOUR_QUARTERS},
    [RULE_REGION_SHARE] = {1u << METRIC_FREIGHT_MODES, 1u << WINDOW_FOUR_QUARTERS |
                                                           1u << WINDOW_CALENDAR_YEAR |
                                                           1u << WINDOW_STATISTIC},
    [RULE_RANK] = {1u << METRIC_PLACE, 1u << WINDOW_STATISTIC},
    [RULE_QUALITATIVE] = {1u << METRIC_TREND, 1u << WINDOW_NONE},
};

static const char *fitting(uint32_t mask, int count, const char *(*name)(int), char *out,
                           size_t size)
{
    size_t len = 0;

    out[0] = '\0';
    for (int i = 0; i < count && len < size; i++)
        if ((mask >> i & 1u) != 0)
            len += (size_t)snprintf(out + len, size - len, "%s%s", len == 0 ? "" : ", ", name(i));
    return out;
}

static const char *metric_name(int metric)
{
    return rule_metric_name((enum rule_metric)metric);
}

static const char *window_name(int window)
{
    return rule_window_name((enum rule_window)window);
}

static enum err check_fits(struct rule_loading *r)
{
    const struct raw_rule *raw = r->raw;
    char list[200];

    if ((fits[raw->kind].metrics >> raw->qualifies & 1u) == 0)
        return refuse(
            r->l, rule_path(r, "qualifies"),
            "rule %s: a %s cannot be of the metric %s; it takes %s", raw->id,
            rule_kind_name(raw->kind), rule_metric_name(raw->qualifies),
            fitting(fits[raw->kind].metrics, METRIC_COUNT, metric_name, list, sizeof list));
    if ((fits[raw->kind].windows >> raw->window & 1u) == 0)
        return refuse(
            r->l, rule_path(r, raw->window == WINDOW_NONE ? "" : "window"),
            "rule %s: a %s cannot have the window %s; it takes %s", raw->id,
            rule_kind_name(raw->kind), rule_window_name(raw->window),
            fitting(fits[raw->kind].windows, WINDOW_COUNT, window_name, list, sizeof list));
    return ERR_OK;
}

/* A member that only one kind reads. */
static enum err check_member(struct rule_loading *r, const char *member, bool given, bool wanted)
{
    if (given == wanted)
        return ERR_OK;
    return refuse(r->l, rule_path(r, given ? member : ""), "rule %s: a %s of %s %s \"%s\"",
                  r->raw->id, rule_kind_name(r->raw->kind), rule_metric_name(r->raw->qualifies),
                  wanted ? "needs the key" : "does not read the key", member);
}

static enum err check_members(struct rule_loading *r)
{
    const struct raw_rule *raw = r->raw;
    const struct {
        const char *member;
        bool given, wanted;
    } checks[] = {
        {"freight", raw->freight != NULL, raw->kind == RULE_REGION_SHARE},
        {"usage", raw->usage != USE_NONE, raw->kind == RULE_USAGE_SHARE},
        {"plant", raw->plant != NULL, raw->qualifies == METRIC_CLEAN_TRANSPORT_PLANT},
        {"indicators", raw->indicators != 0,
         raw->kind == RULE_RANK || raw->kind == RULE_QUALITATIVE},
        {"cmp", raw->comparator != COMPARE_NONE, raw->kind != RULE_QUALITATIVE},
        {"threshold",
         raw->threshold.num != 0 || raw->threshold.parameter != NULL ||
             raw->threshold.source != NULL,
         raw->kind != RULE_QUALITATIVE},
        {"parts", raw->parts_count > 0,
         raw->parts_count > 0 && (raw->kind == RULE_STOCK_SHARE || raw->kind == RULE_FLOW_SHARE)},
    };
    enum err err = ERR_OK;

    for (size_t i = 0; i < sizeof checks / sizeof checks[0] && err == ERR_OK; i++)
        err = check_member(r, checks[i].member, checks[i].given, checks[i].wanted);
    return err;
}

static enum err check_comparison(struct rule_loading *r)
{
    const struct raw_rule *raw = r->raw;
    const struct rule_threshold *threshold = &r->rule->threshold;

    if (raw->comparator == COMPARE_EQ && threshold->num != threshold->den)
        return refuse(r->l, rule_path(r, "threshold"),
                      "rule %s: EQ means all of them; expected num equal to den, or cmp: GE",
                      raw->id);
    if (raw->kind == RULE_RANK && raw->comparator != COMPARE_WITHIN)
        return refuse(r->l, rule_path(r, "cmp"), "rule %s: a place is compared by WITHIN", raw->id);
    if (raw->kind != RULE_RANK &&
        (raw->comparator == COMPARE_WITHIN) != (threshold->tolerance != NULL))
        return refuse(r->l, rule_path(r, "threshold"),
                      "rule %s: WITHIN and a tolerance belong together", raw->id);
    return ERR_OK;
}

static enum err check_sense(struct rule_loading *r)
{
    const struct raw_rule *raw = r->raw;
    const struct rule *rule = r->rule;

    if (raw->version == 0)
        return refuse(r->l, rule_path(r, "version"), "rule %s: versions begin with 1", raw->id);
    if (raw->subject.area != NULL &&
        (strlen(raw->subject.area) > 12 ||
         strspn(raw->subject.area, "0123456789") != strlen(raw->subject.area)))
        return refuse(r->l, rule_path(r, "subject/area"),
                      "rule %s: \"%s\" is no division code; expected up to 12 digits", raw->id,
                      raw->subject.area);
    if (raw->kind != RULE_ENTITY_BOOL &&
        (raw->subject.industries != 0 || raw->subject.project_statuses != 0 ||
         raw->subject.min_bulk_t != 0))
        return refuse(r->l, rule_path(r, "subject"),
                      "rule %s: industries, project_statuses and min_bulk_t choose enterprises; "
                      "expected the kind ENTITY_BOOL",
                      raw->id);
    if (raw->kind == RULE_RANK && (raw->indicators & (raw->indicators - 1)) != 0)
        return refuse(r->l, rule_path(r, "indicators"), "rule %s: a place is one by one indicator",
                      raw->id);
    if (raw->kind == RULE_RANK && raw->subject.area == NULL)
        return refuse(r->l, rule_path(r, "subject"),
                      "rule %s: whose place? expected the key \"area\"", raw->id);
    if (rule->valid_to < rule->valid_from)
        return refuse(r->l, rule_path(r, "valid_to"), "rule %s: ends before it begins", raw->id);
    return ERR_OK;
}

/* ---- freight and plants ---- */

static enum err check_definition(struct rule_loading *r, const char *member, const char *id)
{
    if (id == NULL || plan_green(r->l->plan, id, r->rule->valid_from) != NULL)
        return ERR_OK;
    return refuse(r->l, rule_path(r, member),
                  "rule %s: there is no definition \"%s\" in green_definitions", r->raw->id, id);
}

static enum err take_freight(struct rule_loading *r)
{
    const struct raw_freight *raw = r->raw->freight;
    struct rule_freight *to = &r->rule->freight;
    enum err err = ERR_OK;

    if (raw == NULL)
        return ERR_OK;
    *to = (struct rule_freight){.goods = raw->goods,
                                .modes = raw->modes,
                                .definition = raw->definition,
                                .beside = (const char *const *)raw->beside,
                                .beside_count = raw->beside_count,
                                .base = raw->base};
    if ((raw->modes == 0) == (raw->definition == NULL))
        return refuse(r->l, rule_path(r, "freight"),
                      "rule %s: expected either modes or a definition", r->raw->id);
    if (raw->base == BASE_ZONE && r->raw->window != WINDOW_STATISTIC)
        return refuse(r->l, rule_path(r, "window"),
                      "rule %s: a share of the zone's freight has the window statistic",
                      r->raw->id);
    err = check_definition(r, "freight/definition", raw->definition);
    for (uint32_t i = 0; i < raw->beside_count && err == ERR_OK; i++)
        err = check_definition(r, "freight/beside", raw->beside[i]);
    if (err == ERR_OK)
        err = take_parameter(r, "freight/km_min", raw->km_min, "km", &to->km_min);
    return err == ERR_OK ? take_parameter(r, "freight/km_max", raw->km_max, "km", &to->km_max)
                         : err;
}

static enum err take_plant(struct rule_loading *r)
{
    const struct raw_plant *raw = r->raw->plant;
    struct rule_plant *to = &r->rule->plant;
    enum err err = ERR_OK;

    if (raw == NULL)
        return ERR_OK;
    *to = (struct rule_plant){.definition = raw->definition,
                              .gap_industries = raw->gap_industries,
                              .machines = raw->machines,
                              .machine_industries = raw->machine_industries};
    if ((FLEET_METRICS >> raw->machines & 1u) == 0)
        return refuse(r->l, rule_path(r, "plant/machines"), "rule %s: %s is nothing of machines",
                      r->raw->id, rule_metric_name(raw->machines));
    err = check_definition(r, "plant/definition", raw->definition);
    if (err == ERR_OK)
        err = take_parameter(r, "plant/share", raw->share, NULL, &to->share);
    return err == ERR_OK
               ? take_parameter(r, "plant/nev_of_gap", raw->nev_of_gap, NULL, &to->nev_of_gap)
               : err;
}

static enum err take_limits(struct rule_loading *r)
{
    enum err err = take_parameter(r, "coverage", r->raw->coverage, NULL, &r->rule->coverage);

    return err == ERR_OK ? take_parameter(r, "dispute", r->raw->dispute, NULL, &r->rule->dispute)
                         : err;
}

static enum err take_days(struct rule_loading *r)
{
    const struct raw_rule *raw = r->raw;
    struct rule *rule = r->rule;
    enum err err = take_day(r->l, rule_path(r, "valid_from"), raw->valid_from, &rule->valid_from);

    rule->valid_to = WHEN_DAY_NEVER - 1;
    rule->due = WHEN_DAY_NEVER;
    if (err == ERR_OK && raw->valid_to != NULL)
        err = take_day(r->l, rule_path(r, "valid_to"), raw->valid_to, &rule->valid_to);
    if (err == ERR_OK && strcmp(raw->due, "continuous") != 0 &&
        !when_day_parse(raw->due, &rule->due))
        err = refuse(r->l, rule_path(r, "due"),
                     "\"%s\" is no day; expected YYYY-MM-DD or continuous", raw->due);
    return err;
}

static enum err take_parts(struct rule_loading *r)
{
    const struct raw_rule *raw = r->raw;
    struct rule_part *parts = ARENA_ARRAY(r->l->arena, struct rule_part, raw->parts_count + 1u);
    uint32_t within = raw->subject.categories;

    for (uint32_t i = 0; i < raw->parts_count; i++) {
        const struct raw_part *part = &raw->parts[i];
        char member[32];
        snprintf(member, sizeof member, "parts/%u/categories", i);
        if (part->categories == 0 || (within != 0 && (part->categories & ~within) != 0))
            return refuse(r->l, rule_path(r, member),
                          "rule %s: part \"%s\" has categories that the rule's subject has not",
                          raw->id, part->id);
        parts[i] = (struct rule_part){part->id, part->title_zh, part->title_en, part->categories};
    }
    r->rule->parts = parts;
    r->rule->part_count = raw->parts_count;
    return ERR_OK;
}

/* Versions of one rule differ in number, and no day belongs to two. */
static enum err check_versions(struct rule_loading *r)
{
    for (uint32_t i = 0; i < r->index; i++) {
        const struct rule *other = &r->l->plan->rules[i];
        const struct rule *rule = r->rule;
        if (strcmp(other->id, rule->id) != 0)
            continue;
        if (other->version == rule->version)
            return refuse(r->l, rule_path(r, "id"), "rule %s: version %u is given twice", rule->id,
                          r->raw->version);
        if (other->valid_from <= rule->valid_to && rule->valid_from <= other->valid_to)
            return refuse(r->l, rule_path(r, "id"),
                          "rule %s: versions %u and %u hold on the same days; expected valid_from "
                          "after the other's valid_to",
                          rule->id, (unsigned)other->version, r->raw->version);
    }
    return ERR_OK;
}

static void copy_rule(const struct raw_rule *raw, struct rule *rule)
{
    rule->id = raw->id;
    rule->version = raw->version;
    rule->title_zh = raw->title_zh;
    rule->title_en = raw->title_en;
    rule->text_zh = raw->text_zh;
    rule->text_en = raw->text_en;
    rule->source_doc = raw->source_doc;
    rule->authority = raw->authority;
    rule->kind = raw->kind;
    rule->subject = (struct rule_subject){.categories = raw->subject.categories,
                                          .owner_kinds = raw->subject.owner_kinds,
                                          .built_up = raw->subject.built_up,
                                          .area = raw->subject.area,
                                          .industries = raw->subject.industries,
                                          .project_statuses = raw->subject.project_statuses,
                                          .min_bulk_t = raw->subject.min_bulk_t};
    rule->qualifies = raw->qualifies;
    rule->exempt = raw->exempt;
    rule->comparator = raw->comparator;
    rule->strength = raw->strength;
    rule->approx = raw->approx;
    rule->window = raw->window;
    rule->lead = raw->lead;
    rule->support = (const char *const *)raw->support;
    rule->support_count = raw->support_count;
    rule->note = raw->note;
    rule->usage = raw->usage;
    rule->indicators = raw->indicators;
}

static enum err take_rule(const struct loading *l, uint32_t index, struct rule *rule)
{
    static enum err (*const steps[])(struct rule_loading *) = {
        check_fits,   check_members, take_days,   take_threshold, check_comparison, check_sense,
        take_freight, take_plant,    take_limits, take_parts,     check_versions};
    struct rule_loading r = {.l = l, .raw = &l->raw->rules[index], .rule = rule, .index = index};
    enum err err = ERR_OK;

    copy_rule(r.raw, rule);
    for (size_t i = 0; i < sizeof steps / sizeof steps[0] && err == ERR_OK; i++)
        err = steps[i](&r);
    return err;
}

enum err plan_from_raw(const char *name, const char *text, size_t len, const struct raw_plan *raw,
                       struct arena *arena, struct plan *plan, struct fault *fault)
{
    struct loading l = {name, text, len, raw, arena, plan, fault};
    struct rule *rules = ARENA_ARRAY(arena, struct rule, raw->rules_count);
    enum err err = take_head(&l);

    if (err == ERR_OK)
        err = take_parameters(&l);
    if (err == ERR_OK)
        err = take_greens(&l);
    plan->rules = rules;
    for (uint32_t i = 0; i < raw->rules_count && err == ERR_OK; i++) {
        err = take_rule(&l, i, &rules[i]);
        plan->rule_count = i + 1;
    }
    return err;
}

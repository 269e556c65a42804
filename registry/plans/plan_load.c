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

static enum err take_parameters(const struct loading *l)
{
    struct plan_parameter *list =
        ARENA_ARRAY(l->arena, struct plan_parameter, l->raw->parameters_count + 1u);

    l->plan->parameters = list;
    for (uint32_t i = 0; i < l->raw->parameters_count; i++) {
        const struct raw_parameter *raw = &l->raw->parameters[i];
        char path[64];
        snprintf(path, sizeof path, "parameters/%u", i);
        enum err err = take_ratio(l, path, raw->num, raw->den);
        if (err != ERR_OK)
            return err;
        if (find_parameter(l->plan, raw->id) != NULL)
            return refuse(l, path, "the parameter \"%s\" is given twice", raw->id);
        list[i] = (struct plan_parameter){.id = raw->id,
                                          .num = raw->num,
                                          .den = raw->den,
                                          .source = raw->source,
                                          .note = raw->note};
        l->plan->parameter_count = i + 1;
    }
    return ERR_OK;
}

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

static enum err take_threshold(struct rule_loading *r)
{
    const struct raw_threshold *raw = &r->raw->threshold;
    struct rule_threshold *to = &r->rule->threshold;
    const struct plan_parameter *parameter = NULL;
    enum err err = ERR_OK;

    if (raw->parameter == NULL) {
        err = take_ratio(r->l, rule_path(r, "threshold"), raw->num, raw->den);
        if (err != ERR_OK)
            return err;
        if (raw->source == NULL)
            return refuse(r->l, rule_path(r, "threshold"),
                          "rule %s: the threshold has no source; expected the key \"source\"",
                          r->raw->id);
        *to = (struct rule_threshold){raw->num, raw->den, NULL, raw->source, raw->note};
        return ERR_OK;
    }
    parameter = find_parameter(r->l->plan, raw->parameter);
    if (parameter == NULL)
        return refuse(r->l, rule_path(r, "threshold/parameter"),
                      "rule %s: there is no parameter \"%s\" in this plan", r->raw->id,
                      raw->parameter);
    if (raw->num != 0 || raw->den != 0 || raw->source != NULL)
        return refuse(r->l, rule_path(r, "threshold"),
                      "rule %s: expected either a parameter, or num, den and source", r->raw->id);
    *to = (struct rule_threshold){parameter->num, parameter->den, parameter->id, parameter->source,
                                  raw->note != NULL ? raw->note : parameter->note};
    return ERR_OK;
}

/* What the engine cannot compute is refused here, so that no rule is ever left out in silence. */
static enum err check_known(struct rule_loading *r)
{
    const struct raw_rule *raw = r->raw;

    if (raw->kind != RULE_STOCK_SHARE && raw->kind != RULE_FLOW_SHARE)
        return refuse(r->l, rule_path(r, "kind"),
                      "rule %s: this program cannot compute the kind %s; it knows STOCK_SHARE and "
                      "FLOW_SHARE",
                      raw->id, rule_kind_name(raw->kind));
    if (raw->qualifies != METRIC_NEV && raw->qualifies != METRIC_NEV_OR_CN6)
        return refuse(r->l, rule_path(r, "qualifies"),
                      "rule %s: this program cannot compute the metric %s; it knows NEV and "
                      "NEV_OR_CN6",
                      raw->id, rule_metric_name(raw->qualifies));
    if (raw->comparator != COMPARE_GE && raw->comparator != COMPARE_EQ)
        return refuse(r->l, rule_path(r, "cmp"),
                      "rule %s: this program cannot compare by %s; it knows GE and EQ", raw->id,
                      rule_comparator_name(raw->comparator));
    return ERR_OK;
}

static enum err check_sense(struct rule_loading *r)
{
    const struct raw_rule *raw = r->raw;
    const struct rule *rule = r->rule;

    if (raw->version == 0)
        return refuse(r->l, rule_path(r, "version"), "rule %s: versions begin with 1", raw->id);
    if (raw->comparator == COMPARE_EQ && rule->threshold.num != rule->threshold.den)
        return refuse(r->l, rule_path(r, "threshold"),
                      "rule %s: EQ means all of them; expected num equal to den, or cmp: GE",
                      raw->id);
    if (raw->kind == RULE_FLOW_SHARE && raw->window == WINDOW_NONE)
        return refuse(r->l, rule_path(r, ""),
                      "rule %s: a FLOW_SHARE needs a window; expected plan_period, calendar_year "
                      "or rolling_12m",
                      raw->id);
    if (raw->kind == RULE_STOCK_SHARE && raw->window != WINDOW_NONE)
        return refuse(r->l, rule_path(r, "window"), "rule %s: a STOCK_SHARE has no window",
                      raw->id);
    if (raw->subject.area != NULL &&
        (strlen(raw->subject.area) > 12 ||
         strspn(raw->subject.area, "0123456789") != strlen(raw->subject.area)))
        return refuse(r->l, rule_path(r, "subject/area"),
                      "rule %s: \"%s\" is no division code; expected up to 12 digits", raw->id,
                      raw->subject.area);
    if (rule->valid_to < rule->valid_from)
        return refuse(r->l, rule_path(r, "valid_to"), "rule %s: ends before it begins", raw->id);
    return ERR_OK;
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
    rule->subject = (struct rule_subject){raw->subject.categories, raw->subject.owner_kinds,
                                          raw->subject.built_up, raw->subject.area};
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
}

static enum err take_rule(const struct loading *l, uint32_t index, struct rule *rule)
{
    static enum err (*const steps[])(struct rule_loading *) = {
        check_known, take_days, take_threshold, check_sense, take_parts, check_versions};
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
    plan->rules = rules;
    for (uint32_t i = 0; i < raw->rules_count && err == ERR_OK; i++) {
        err = take_rule(&l, i, &rules[i]);
        plan->rule_count = i + 1;
    }
    return err;
}

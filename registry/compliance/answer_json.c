#include "registry/compliance/answer.h"
#include "registry/vehicles/vocabulary.h"

static json_t *day_json(int32_t day)
{
    char text[WHEN_DAY_TEXT];

    if (day >= WHEN_DAY_NEVER - 1 || day == VEHICLE_DAY_NONE)
        return json_null();
    when_day_format(day, text);
    return json_string(text);
}

static json_t *instant_json(int64_t instant_ms)
{
    char text[WHEN_INSTANT_TEXT];

    if (instant_ms == 0)
        return json_null();
    when_instant_format(instant_ms, text);
    return json_string(text);
}

static json_t *text_json(const char *text)
{
    return text != NULL ? json_string(text) : json_null();
}

static json_t *mask_json(const struct vocabulary *list, uint32_t mask)
{
    json_t *words = json_array();

    for (int code = 1; code < list->count; code++)
        if ((mask >> code & 1u) != 0)
            json_array_append_new(words, json_string(vocabulary_word(list, code)));
    return words;
}

static json_t *share_value(struct share share)
{
    return share.den > 0 ? json_real(share_number(share)) : json_null();
}

/* A whole number stays one. */
static json_t *amount_json(enum compliance_unit unit, int64_t n)
{
    int64_t scale = compliance_unit_scale(unit);

    return n % scale == 0 ? json_integer(n / scale) : json_real((double)n / (double)scale);
}

static json_t *ratio_json(const struct plan_parameter *parameter)
{
    return parameter == NULL
               ? json_null()
               : json_pack("[I,I]", (json_int_t)parameter->num, (json_int_t)parameter->den);
}

static json_t *subject_json(const struct rule_subject *subject)
{
    return json_pack("{s:o, s:o, s:b, s:o, s:o, s:o, s:o}", "categories",
                     mask_json(&vocabulary_category, subject->categories), "owner_kinds",
                     mask_json(&vocabulary_owner_kind, subject->owner_kinds), "built_up",
                     subject->built_up, "area", text_json(subject->area), "industries",
                     mask_json(&vocabulary_industry, subject->industries), "project_statuses",
                     mask_json(&vocabulary_project_status, subject->project_statuses), "min_bulk_t",
                     subject->min_bulk_t > 0 ? json_integer(subject->min_bulk_t) : json_null());
}

static json_t *window_json(const struct compliance_rule *r)
{
    if (r->rule->window == WINDOW_NONE)
        return json_null();
    return json_pack("{s:s, s:o, s:o}", "kind", rule_window_name(r->rule->window), "from",
                     day_json(r->scope.query.from), "to", day_json(r->scope.query.to));
}

static json_t *parts_json(const struct compliance_rule *r)
{
    json_t *parts = json_array();

    for (size_t i = 0; i < r->part_count; i++) {
        const struct compliance_part *p = &r->parts[i];
        json_array_append_new(
            parts,
            json_pack("{s:s, s:s, s:s, s:o, s:I, s:I, s:I, s:I, s:o, s:o, s:I}", "id", p->part->id,
                      "title", p->part->title_zh, "title_en", p->part->title_en, "categories",
                      mask_json(&vocabulary_category, p->part->categories), "numerator",
                      (json_int_t)p->share.num, "denominator", (json_int_t)p->share.den, "exempt",
                      (json_int_t)p->tally.n[COUNTS_EXEMPT], "unknown",
                      (json_int_t)p->tally.n[COUNTS_UNKNOWN], "value", share_value(p->share), "met",
                      p->share.den > 0 ? json_boolean(p->met) : json_null(), "shortfall",
                      (json_int_t)p->shortfall));
    }
    return parts;
}

static json_t *pace_json(const struct verdict_pace *pace, int32_t as_of)
{
    if (pace->span == 0)
        return json_null();
    return json_pack("{s:o, s:I, s:I}", "since", day_json(as_of - pace->span), "numerator",
                     (json_int_t)pace->before.num, "denominator", (json_int_t)pace->before.den);
}

static json_t *share_json(enum compliance_unit unit, struct share share)
{
    if (share.den == 0)
        return json_null();
    return json_pack("{s:o, s:o, s:o}", "numerator", amount_json(unit, share.num), "denominator",
                     amount_json(unit, share.den), "value", share_value(share));
}

static json_t *views_json(const struct compliance_rule *r)
{
    json_t *views = json_array();

    for (size_t i = 0; i < r->view_count; i++) {
        const struct compliance_view *v = &r->views[i];
        json_array_append_new(
            views, json_pack("{s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:o}", "id", v->id, "title",
                             v->title, "unit", compliance_unit_name(v->unit), "numerator",
                             amount_json(v->unit, v->share.num), "denominator",
                             amount_json(v->unit, v->share.den), "value", share_value(v->share),
                             "shortfall",
                             v->shortfall < 0 ? json_null() : amount_json(v->unit, v->shortfall),
                             "note", text_json(v->note)));
    }
    return views;
}

static json_t *values_json(const struct store_statistics *list)
{
    json_t *values = json_array();

    for (size_t i = 0; i < list->count; i++) {
        const struct store_statistic *s = &list->items[i];
        json_array_append_new(
            values,
            json_pack("{s:s, s:s, s:o, s:o, s:f, s:s, s:s, s:o, s:I}", "indicator",
                      vocabulary_word(&vocabulary_indicator, s->indicator), "subject", s->subject,
                      "from", day_json(s->from), "to", day_json(s->until - 1), "value",
                      (double)s->value / STATISTIC_ONE, "unit",
                      indicator_unit((enum indicator)s->indicator), "source", s->source,
                      "published", day_json(s->published), "version", (json_int_t)s->version));
    }
    return values;
}

static json_t *exceptions_json(const struct compliance_rule *r)
{
    json_t *list = json_array();

    for (size_t i = 0; i < r->exceptions.count; i++) {
        const struct store_exception *e = &r->exceptions.items[i];
        json_array_append_new(
            list,
            json_pack("{s:s, s:s, s:s, s:o, s:o, s:o, s:s, s:s}", "subject_kind",
                      vocabulary_word(&vocabulary_exception_subject, e->subject_kind), "subject",
                      e->subject, "document", e->document, "from", day_json(e->from), "to",
                      day_json(e->until - 1), "approved", day_json(e->approved), "approved_by",
                      e->approved_by, "evidence", e->evidence));
    }
    return list;
}

static json_t *coverage_json(const struct compliance_coverage *coverage)
{
    if (coverage->expected == 0)
        return json_null();
    return json_pack("{s:I, s:I, s:I}", "reported", (json_int_t)coverage->reported, "expected",
                     (json_int_t)coverage->expected, "complete", (json_int_t)coverage->complete);
}

static json_t *attributed_json(const struct compliance_rule *r)
{
    const struct compliance_attributed *a = &r->attributed;

    if (!a->asked)
        return json_null();
    return json_pack("{s:I, s:I, s:I, s:o}", "differing",
                     (json_int_t)a->into + (json_int_t)a->out_of, "declared_outside",
                     (json_int_t)a->into, "declared_inside", (json_int_t)a->out_of, "by_declared",
                     share_json(r->unit, tally_share(&a->declared)));
}

/* What the kinds beyond the fleet add. */
static json_t *beside_json(const struct compliance_rule *r)
{
    return json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "unit",
                     compliance_unit_name(r->unit), "attributed", attributed_json(r), "views",
                     views_json(r), "values", values_json(&r->values), "exceptions",
                     exceptions_json(r), "coverage", coverage_json(&r->coverage), "measured",
                     share_json(r->unit, r->measured), "note_figure", text_json(r->note));
}

/* What was found. */
static json_t *figures_json(const struct compliance_rule *r, int32_t as_of)
{
    return json_pack(
        "{s:o, s:o, s:I, s:I, s:o, s:s, s:o, s:o, s:{s:I, s:I, s:I}, s:{s:I, s:I, s:o}, s:o, s:o, "
        "s:o}",
        "numerator", amount_json(r->unit, r->share.num), "denominator",
        amount_json(r->unit, r->share.den), "exempt", (json_int_t)r->tally.n[COUNTS_EXEMPT],
        "unknown", (json_int_t)r->tally.n[COUNTS_UNKNOWN], "value", share_value(r->share),
        "verdict", verdict_name(r->verdict), "verdict_note",
        text_json(verdict_remark(r->rule, r->verdict)), "shortfall",
        amount_json(r->unit, r->shortfall), "verified", "by_telemetry",
        (json_int_t)r->verified.by_telemetry, "contradicted", (json_int_t)r->verified.contradicted,
        "silent", (json_int_t)r->verified.silent, "zero_emission", "numerator",
        (json_int_t)r->zero_emission.num, "denominator", (json_int_t)r->zero_emission.den, "value",
        share_value(r->zero_emission), "window", window_json(r), "breakdown", parts_json(r), "pace",
        pace_json(&r->pace, as_of));
}

static json_t *threshold_json(const struct rule *rule)
{
    if (rule->threshold.den == 0)
        return json_null();
    return json_pack("[I,I]", (json_int_t)rule->threshold.num, (json_int_t)rule->threshold.den);
}

/* The modes that count: the rule's own, or those of its definition. */
static json_t *modes_json(const struct plan *plan, const struct rule *rule, int32_t as_of)
{
    const char *id =
        rule->freight.definition != NULL ? rule->freight.definition : rule->plant.definition;
    const struct plan_green *green = id == NULL ? NULL : plan_green(plan, id, as_of);

    if (green == NULL)
        return rule->freight.modes == 0
                   ? json_null()
                   : json_pack("{s:o}", "modes",
                               mask_json(&vocabulary_freight_mode, rule->freight.modes));
    return json_pack("{s:s, s:I, s:s, s:s, s:o, s:s, s:o}", "id", green->id, "version",
                     (json_int_t)green->version, "title", green->title_zh, "title_en",
                     green->title_en, "modes", mask_json(&vocabulary_freight_mode, green->modes),
                     "source", green->source, "note", text_json(green->note));
}

static json_t *support_json(const struct rule *rule)
{
    json_t *support = json_array();

    for (size_t i = 0; i < rule->support_count; i++)
        json_array_append_new(support, json_string(rule->support[i]));
    return support;
}

/* What the plan says. */
static json_t *rule_json(const struct plan *plan, const struct rule *rule, int32_t as_of)
{
    return json_pack(
        "{s:s, s:I, s:o, s:o, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:s, s:o, s:s, s:o, s:o, "
        "s:o, s:o, s:o, s:o, s:s, s:s, s:o, s:s, s:o, s:o, s:o}",
        "id", rule->id, "version", (json_int_t)rule->version, "valid_from",
        day_json(rule->valid_from), "valid_to", day_json(rule->valid_to), "title", rule->title_zh,
        "title_en", rule->title_en, "text", rule->text_zh, "text_en", rule->text_en, "source_doc",
        rule->source_doc, "authority", rule_authority_name(rule->authority), "kind",
        rule_kind_name(rule->kind), "subject", subject_json(&rule->subject), "qualifies",
        rule_metric_name(rule->qualifies), "exempt_reasons",
        mask_json(&vocabulary_exempt, rule->exempt), "comparator",
        rule_comparator_name(rule->comparator), "threshold", threshold_json(rule), "tolerance",
        ratio_json(rule->threshold.tolerance), "dispute_tolerance", ratio_json(rule->dispute),
        "threshold_parameter", text_json(rule->threshold.parameter), "threshold_source",
        text_json(rule->threshold.source), "threshold_note", text_json(rule->threshold.note),
        "strength", rule_strength_name(rule->strength), "approx", rule_approx_name(rule->approx),
        "due", rule->due == WHEN_DAY_NEVER ? json_string("continuous") : day_json(rule->due),
        "lead", rule->lead, "support", support_json(rule), "note", text_json(rule->note),
        "definition", modes_json(plan, rule, as_of));
}

/* What the figure was when the period was closed, and what has come to it since. */
static json_t *restated_json(const struct compliance_rule *r)
{
    const struct compliance_restated *s = r->restated;

    if (s == NULL)
        return json_null();
    return json_pack("{s:{s:o, s:o, s:I, s:I, s:o, s:s, s:o, s:o}, s:{s:o, s:o}, s:o}", "from",
                     "numerator", amount_json(r->unit, s->share.num), "denominator",
                     amount_json(r->unit, s->share.den), "exempt", (json_int_t)s->exempt, "unknown",
                     (json_int_t)s->unknown, "value", share_value(s->share), "verdict",
                     verdict_name(s->verdict), "known_at", instant_json(s->known_ms), "values",
                     values_json(s->values), "difference", "numerator",
                     amount_json(r->unit, s->now.num - s->share.num), "denominator",
                     amount_json(r->unit, s->now.den - s->share.den), "causes",
                     s->causes == RESTATED_CAUSES_UNKNOWN ? json_null() : json_integer(s->causes));
}

json_t *answer_json(const struct compliance *compliance)
{
    const struct compliance_query *q = &compliance->query;
    json_t *rules = json_array();

    for (size_t i = 0; i < compliance->count; i++) {
        json_t *rule = rule_json(q->plan, compliance->rules[i].rule, q->as_of);
        json_object_update_new(rule, figures_json(&compliance->rules[i], q->as_of));
        json_object_update_new(rule, beside_json(&compliance->rules[i]));
        json_object_set_new(rule, "restated", restated_json(&compliance->rules[i]));
        if (q->filter.known_ms != 0)
            json_object_set_new(rule, "verified", json_null());
        json_array_append_new(rules, rule);
    }
    return json_pack("{s:s, s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o}", "plan", q->plan->id,
                     "title", q->plan->title_zh, "title_en", q->plan->title_en, "document",
                     q->plan->document, "as_of", day_json(q->as_of), "known",
                     instant_json(q->filter.known_ms), "owner", text_json(q->filter.owner_id),
                     "area", text_json(q->filter.area), "note", text_json(compliance->note),
                     "rules", rules);
}

/* What an item's id is called. */
static const char *item_key(const struct rule *rule)
{
    static const char *const keys[RULE_KIND_COUNT] = {[RULE_USAGE_SHARE] = "site_id",
                                                      [RULE_ENTITY_BOOL] = "org_id",
                                                      [RULE_REGION_SHARE] = "org_id",
                                                      [RULE_RANK] = "area",
                                                      [RULE_QUALITATIVE] = "area"};

    return rule->usage == USE_MACHINE_TIME ? "vehicle_id" : keys[rule->kind];
}

json_t *answer_verified_json(const struct verification *v)
{
    return v == NULL ? json_null() : json_string(verified_as_name(v->as));
}

json_t *answer_finding_json(const struct verification *v)
{
    if (v == NULL || v->kind == NULL)
        return json_null();
    return json_pack("{s:s, s:o}", "kind", v->kind, "number",
                     v->number == 0 ? json_null() : json_integer(v->number));
}

static json_t *item_json(const struct rule *rule, const struct compliance_item *item)
{
    return json_pack("{s:s, s:o, s:s, s:o, s:o, s:o, s:b, s:o, s:s, s:s, s:o, s:o}", item_key(rule),
                     item->id, "name", text_json(item->name[0] != '\0' ? item->name : NULL), "unit",
                     compliance_unit_name(item->unit), "numerator",
                     amount_json(item->unit, item->share.num), "denominator",
                     amount_json(item->unit, item->share.den), "value", share_value(item->share),
                     "disputed", item->disputed, "exception",
                     text_json(item->exception == NULL ? NULL : item->exception->document),
                     "counts", counts_as_name(item->as), "why", item->why, "verified",
                     answer_verified_json(item->verification), "finding",
                     answer_finding_json(item->verification));
}

static json_t *minutes_json(int64_t ms)
{
    return json_integer(ms / (WHEN_HOUR_MS / 60));
}

/* To which area a vehicle belongs, by what, and what telemetry knows of it. */
static json_t *where_json(const struct attribution *a)
{
    if (a == NULL)
        return json_null();
    return json_pack("{s:b, s:o, s:b, s:s, s:o, s:o, s:o, s:o, s:o}", "declared", a->declared,
                     "derived", a->decided ? json_boolean(a->derived) : json_null(), "used",
                     a->used, "by", answer_where_by(a), "from", day_json(a->from), "to",
                     day_json(a->to - 1), "operating_min", minutes_json(a->operating_ms),
                     "located_min", minutes_json(a->located_ms), "built_up_min",
                     minutes_json(a->built_up_ms));
}

json_t *answer_behind_json(const struct rule *rule, const struct behind_row *row)
{
    if (row->item != NULL)
        return item_json(rule, row->item);
    if (row->use != NULL)
        return answer_use_json(rule, row);
    const struct store_vehicle *v = &row->vehicle.at;

    return json_pack(
        "{s:s, s:o, s:s, s:s, s:s, s:s, s:s, s:b, s:o, s:o, s:s, s:s, s:o, s:o, s:o}", "vehicle_id",
        v->vehicle_id, "plate", text_json(v->plate[0] != '\0' ? v->plate : NULL), "category",
        vocabulary_word(&vocabulary_category, v->category), "energy",
        vocabulary_word(&vocabulary_energy, v->energy), "stage",
        vocabulary_word(&vocabulary_stage, v->stage), "owner", v->owner_id, "area", v->area,
        "built_up", v->built_up, "added", day_json(v->added), "removed", day_json(v->removed),
        "counts", counts_as_name(row->as), "why", row->why, "attribution", where_json(row->where),
        "verified", answer_verified_json(row->verification), "finding",
        answer_finding_json(row->verification));
}

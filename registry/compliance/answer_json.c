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

static json_t *subject_json(const struct rule_subject *subject)
{
    return json_pack("{s:o, s:o, s:b, s:o}", "categories",
                     mask_json(&vocabulary_category, subject->categories), "owner_kinds",
                     mask_json(&vocabulary_owner_kind, subject->owner_kinds), "built_up",
                     subject->built_up, "area", text_json(subject->area));
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

/* What was found. */
static json_t *figures_json(const struct compliance_rule *r, int32_t as_of)
{
    return json_pack(
        "{s:I, s:I, s:I, s:I, s:o, s:s, s:o, s:I, s:{s:I, s:I, s:I}, s:{s:I, s:I, s:o}, s:o, s:o, "
        "s:o}",
        "numerator", (json_int_t)r->share.num, "denominator", (json_int_t)r->share.den, "exempt",
        (json_int_t)r->tally.n[COUNTS_EXEMPT], "unknown", (json_int_t)r->tally.n[COUNTS_UNKNOWN],
        "value", share_value(r->share), "verdict", verdict_name(r->verdict), "verdict_note",
        text_json(verdict_remark(r->rule, r->verdict)), "shortfall", (json_int_t)r->shortfall,
        "verified", "by_telemetry", (json_int_t)r->verified.by_telemetry, "contradicted",
        (json_int_t)r->verified.contradicted, "silent", (json_int_t)r->verified.silent,
        "zero_emission", "numerator", (json_int_t)r->zero_emission.num, "denominator",
        (json_int_t)r->zero_emission.den, "value", share_value(r->zero_emission), "window",
        window_json(r), "breakdown", parts_json(r), "pace", pace_json(&r->pace, as_of));
}

static json_t *support_json(const struct rule *rule)
{
    json_t *support = json_array();

    for (size_t i = 0; i < rule->support_count; i++)
        json_array_append_new(support, json_string(rule->support[i]));
    return support;
}

/* What the plan says. */
static json_t *rule_json(const struct rule *rule)
{
    return json_pack(
        "{s:s, s:I, s:o, s:o, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:s, s:o, s:s, s:[I,I], "
        "s:o, s:s, s:o, s:s, s:s, s:o, s:s, s:o, s:o}",
        "id", rule->id, "version", (json_int_t)rule->version, "valid_from",
        day_json(rule->valid_from), "valid_to", day_json(rule->valid_to), "title", rule->title_zh,
        "title_en", rule->title_en, "text", rule->text_zh, "text_en", rule->text_en, "source_doc",
        rule->source_doc, "authority", rule_authority_name(rule->authority), "kind",
        rule_kind_name(rule->kind), "subject", subject_json(&rule->subject), "qualifies",
        rule_metric_name(rule->qualifies), "exempt_reasons",
        mask_json(&vocabulary_exempt, rule->exempt), "comparator",
        rule_comparator_name(rule->comparator), "threshold", (json_int_t)rule->threshold.num,
        (json_int_t)rule->threshold.den, "threshold_parameter",
        text_json(rule->threshold.parameter), "threshold_source", rule->threshold.source,
        "threshold_note", text_json(rule->threshold.note), "strength",
        rule_strength_name(rule->strength), "approx", rule_approx_name(rule->approx), "due",
        rule->due == WHEN_DAY_NEVER ? json_string("continuous") : day_json(rule->due), "lead",
        rule->lead, "support", support_json(rule), "note", text_json(rule->note));
}

json_t *answer_json(const struct compliance *compliance)
{
    const struct compliance_query *q = &compliance->query;
    json_t *rules = json_array();

    for (size_t i = 0; i < compliance->count; i++) {
        json_t *rule = rule_json(compliance->rules[i].rule);
        json_object_update_new(rule, figures_json(&compliance->rules[i], q->as_of));
        json_array_append_new(rules, rule);
    }
    return json_pack("{s:s, s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:o}", "plan", q->plan->id, "title",
                     q->plan->title_zh, "title_en", q->plan->title_en, "document",
                     q->plan->document, "as_of", day_json(q->as_of), "owner",
                     text_json(q->filter.owner_id), "area", text_json(q->filter.area), "note",
                     text_json(compliance->note), "rules", rules);
}

json_t *answer_vehicle_json(const struct behind_row *row)
{
    const struct store_vehicle *v = &row->vehicle.at;

    return json_pack("{s:s, s:o, s:s, s:s, s:s, s:s, s:s, s:b, s:o, s:o, s:s, s:s}", "vehicle_id",
                     v->vehicle_id, "plate", text_json(v->plate[0] != '\0' ? v->plate : NULL),
                     "category", vocabulary_word(&vocabulary_category, v->category), "energy",
                     vocabulary_word(&vocabulary_energy, v->energy), "stage",
                     vocabulary_word(&vocabulary_stage, v->stage), "owner", v->owner_id, "area",
                     v->area, "built_up", v->built_up, "added", day_json(v->added), "removed",
                     day_json(v->removed), "counts", counts_as_name(row->as), "why", row->why);
}

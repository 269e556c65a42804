#include "registry/snapshot/statement.h"

#include <string.h>

#include "registry/audit/canonical.h"

bool statement_lists(const struct rule *rule)
{
    return rule->kind == RULE_STOCK_SHARE || rule->kind == RULE_FLOW_SHARE;
}

static json_t *day_json(int32_t day)
{
    char text[WHEN_DAY_TEXT];

    when_day_format(day, text);
    return json_string(text);
}

static json_t *instant_json(int64_t instant_ms)
{
    char text[WHEN_INSTANT_TEXT];

    when_instant_format(instant_ms, text);
    return json_string(text);
}

static json_t *figure_json(const struct compliance_rule *r)
{
    const struct rule *rule = r->rule;

    return json_pack(
        "{s:s, s:I, s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:s, s:I, s:s, s:[I,I], s:s?, s:s, "
        "s:o, "
        "s:b, "
        "s:{s:I, s:I, s:I}}",
        "rule", rule->id, "version", (json_int_t)rule->version, "title", rule->title_zh, "kind",
        rule_kind_name(rule->kind), "unit", compliance_unit_name(r->unit), "scale",
        (json_int_t)compliance_unit_scale(r->unit), "numerator", (json_int_t)r->share.num,
        "denominator", (json_int_t)r->share.den, "exempt", (json_int_t)r->tally.n[COUNTS_EXEMPT],
        "unknown", (json_int_t)r->tally.n[COUNTS_UNKNOWN], "verdict", verdict_name(r->verdict),
        "shortfall", (json_int_t)r->shortfall, "comparator", rule_comparator_name(rule->comparator),
        "threshold", (json_int_t)rule->threshold.num, (json_int_t)rule->threshold.den,
        "threshold_source", rule->threshold.source, "strength", rule_strength_name(rule->strength),
        "due", rule->due == WHEN_DAY_NEVER ? json_string("continuous") : day_json(rule->due),
        "vehicles", statement_lists(rule), "verified", "by_telemetry",
        (json_int_t)r->verified.by_telemetry, "contradicted", (json_int_t)r->verified.contradicted,
        "silent", (json_int_t)r->verified.silent);
}

static json_t *figures_json(const struct compliance *compliance)
{
    json_t *figures = json_array();

    for (size_t i = 0; i < compliance->count; i++)
        json_array_append_new(figures, figure_json(&compliance->rules[i]));
    return figures;
}

static json_t *plan_json(const struct plan *plan)
{
    char sha256[65];

    canonical_digest(plan->text, strlen(plan->text), sha256);
    return json_pack("{s:s, s:s, s:s, s:s, s:s}", "id", plan->id, "title", plan->title_zh,
                     "document", plan->document, "text", plan->text, "sha256", sha256);
}

static json_t *member_json(const struct packed *packed, int64_t rows)
{
    return json_pack("{s:s, s:I, s:s, s:I, s:I}", "sha256", packed->sha256, "bytes",
                     (json_int_t)packed->len, "content_sha256", packed->content_sha256,
                     "content_bytes", (json_int_t)packed->content_len, "rows", (json_int_t)rows);
}

static json_t *members_json(const struct snapshot_facts *facts)
{
    return json_pack("{s:o, s:o}", SNAPSHOT_VEHICLES,
                     member_json(&facts->vehicles, facts->vehicle_rows), SNAPSHOT_SOURCES,
                     member_json(&facts->sources, facts->source_rows));
}

static json_t *register_json(const struct store_register_size *size)
{
    return json_pack("{s:I, s:I, s:I, s:I}", "vehicles", (json_int_t)size->vehicles,
                     "vehicle_versions", (json_int_t)size->vehicle_versions, "org_versions",
                     (json_int_t)size->org_versions, "exemption_versions",
                     (json_int_t)size->exemption_versions);
}

json_t *statement_json(const struct snapshot_request *request, const struct snapshot_facts *facts,
                       int64_t number, int64_t created_ms)
{
    return json_pack(
        "{s:s, s:I, s:o, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:{s:I, s:s}, s:o, s:s, s:s}", "format",
        SNAPSHOT_FORMAT, "number", (json_int_t)number, "created", instant_json(created_ms),
        "created_by", request->who, "note", request->note, "plan", plan_json(request->plan),
        "as_of", day_json(request->as_of), "known", instant_json(facts->known_ms), "figures",
        figures_json(&facts->compliance), "members", members_json(facts), "audit", "number",
        (json_int_t)facts->head.number, "hash", facts->head.hash, "register",
        register_json(&facts->size), "program", "evroll " EVROLL_VERSION, "key",
        sign_key_id(request->key));
}

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "registry/compliance/answer.h"
#include "registry/vehicles/vocabulary.h"

/* What somebody typed, for a file that is opened in a spreadsheet: one that begins like a formula
 * gets an apostrophe in front, so that it is shown and not computed. */
static void put_typed(struct csv_writer *out, const char *text)
{
    char guarded[VEHICLE_ID_SIZE + 1];

    if (text[0] == '\0' || strchr("=+-@", text[0]) == NULL) {
        csv_put(out, text);
        return;
    }
    snprintf(guarded, sizeof guarded, "'%s", text);
    csv_put(out, guarded);
}

static void put_row(struct csv_writer *out, const char *const *fields, size_t count)
{
    for (size_t i = 0; i < count; i++)
        csv_put(out, fields[i]);
}

static void put_day(struct csv_writer *out, int32_t day)
{
    char text[WHEN_DAY_TEXT] = "";

    if (day < WHEN_DAY_NEVER && day != VEHICLE_DAY_NONE)
        when_day_format(day, text);
    csv_put(out, text);
}

static void put_figures(struct csv_writer *out, const struct compliance_rule *r)
{
    char value[24] = "";

    csv_put_int(out, r->share.num);
    csv_put_int(out, r->share.den);
    csv_put_int(out, r->tally.n[COUNTS_EXEMPT]);
    csv_put_int(out, r->tally.n[COUNTS_UNKNOWN]);
    if (r->share.den > 0)
        snprintf(value, sizeof value, "%.6f", share_number(r->share));
    csv_put(out, value);
}

static void put_target(struct csv_writer *out, const struct rule *rule)
{
    char ratio[48];

    snprintf(ratio, sizeof ratio, "%" PRId64 "/%" PRId64, rule->threshold.num, rule->threshold.den);
    csv_put(out, rule_comparator_name(rule->comparator));
    csv_put(out, ratio);
    csv_put(out, rule->threshold.source);
    csv_put(out, rule_strength_name(rule->strength));
    if (rule->due == WHEN_DAY_NEVER)
        csv_put(out, "continuous");
    else
        put_day(out, rule->due);
}

static void put_rule(struct csv_writer *out, const struct compliance_rule *r)
{
    csv_put(out, r->rule->id);
    csv_put(out, r->rule->title_zh);
    csv_put(out, rule_kind_name(r->rule->kind));
    put_figures(out, r);
    put_target(out, r->rule);
    csv_put(out, verdict_name(r->verdict));
    csv_put_int(out, r->shortfall);
    csv_put_int(out, r->verified.by_telemetry);
    csv_put_int(out, r->verified.contradicted);
    csv_put_int(out, r->verified.silent);
    csv_end_row(out);
}

void answer_csv(const struct compliance *compliance, struct csv_writer *out)
{
    static const char *const head[] = {
        "id",      "title",   "kind",       "numerator",    "denominator",      "exempt",
        "unknown", "value",   "comparator", "threshold",    "threshold_source", "strength",
        "due",     "verdict", "shortfall",  "by_telemetry", "contradicted",     "silent"};

    put_row(out, head, sizeof head / sizeof head[0]);
    csv_end_row(out);
    for (size_t i = 0; i < compliance->count; i++)
        put_rule(out, &compliance->rules[i]);
}

void answer_vehicle_csv_head(struct csv_writer *out)
{
    static const char *const head[] = {"vehicle_id", "plate",  "category", "energy",
                                       "stage",      "owner",  "area",     "built_up",
                                       "added",      "counts", "why"};

    put_row(out, head, sizeof head / sizeof head[0]);
    csv_end_row(out);
}

void answer_vehicle_csv(const struct behind_row *row, struct csv_writer *out)
{
    const struct store_vehicle *v = &row->vehicle.at;

    put_typed(out, v->vehicle_id);
    put_typed(out, v->plate);
    csv_put(out, vocabulary_word(&vocabulary_category, v->category));
    csv_put(out, vocabulary_word(&vocabulary_energy, v->energy));
    csv_put(out, vocabulary_word(&vocabulary_stage, v->stage));
    put_typed(out, v->owner_id);
    csv_put(out, v->area);
    csv_put(out, v->built_up ? "1" : "0");
    put_day(out, v->added);
    csv_put(out, counts_as_name(row->as));
    csv_put(out, row->why);
    csv_end_row(out);
}

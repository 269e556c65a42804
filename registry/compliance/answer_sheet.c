#include <inttypes.h>
#include <stdio.h>

#include "registry/compliance/answer.h"
#include "registry/vehicles/vocabulary.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static const struct sheet_column rule_columns[] = {
    {"id", "条款", "rule", SHEET_TEXT},
    {"title", "名称", "title", SHEET_TEXT},
    {"kind", "类型", "kind", SHEET_TEXT},
    {"numerator", "分子", "numerator", SHEET_INT},
    {"denominator", "分母", "denominator", SHEET_INT},
    {"exempt", "豁免", "exempt", SHEET_INT},
    {"unknown", "不明", "unknown", SHEET_INT},
    {"value", "比例", "share", SHEET_SHARE},
    {"comparator", "比较", "comparator", SHEET_TEXT},
    {"threshold", "目标", "threshold", SHEET_TEXT},
    {"threshold_source", "目标依据", "source of the threshold", SHEET_TEXT},
    {"strength", "约束力", "strength", SHEET_TEXT},
    {"due", "期限", "due", SHEET_TEXT},
    {"verdict", "结论", "verdict", SHEET_TEXT},
    {"shortfall", "缺口", "shortfall", SHEET_INT},
    {"by_telemetry", "遥测印证", "by telemetry", SHEET_INT},
    {"contradicted", "遥测矛盾", "contradicted", SHEET_INT},
    {"silent", "无遥测", "silent", SHEET_INT},
};

const struct sheet_head answer_rules_head = {"compliance", "达标情况", "compliance", rule_columns,
                                             COUNT(rule_columns)};

static const struct sheet_column vehicle_columns[] = {
    {"vehicle_id", "车辆识别代号", "vehicle", SHEET_TEXT},
    {"plate", "号牌", "plate", SHEET_TEXT},
    {"category", "类别", "category", SHEET_TEXT},
    {"energy", "能源", "energy", SHEET_TEXT},
    {"stage", "排放阶段", "stage", SHEET_TEXT},
    {"owner", "所有人", "owner", SHEET_TEXT},
    {"area", "区划", "area", SHEET_TEXT},
    {"built_up", "建成区", "built-up area", SHEET_BOOL},
    {"added", "进入日期", "added", SHEET_DAY},
    {"counts", "计为", "counts as", SHEET_TEXT},
    {"why", "原因", "why", SHEET_TEXT},
};

const struct sheet_head answer_vehicles_head = {"vehicles", "车辆", "vehicles", vehicle_columns,
                                                COUNT(vehicle_columns)};

static const char *due_text(int32_t due, char out[static WHEN_DAY_TEXT])
{
    if (due == WHEN_DAY_NEVER)
        return "continuous";
    when_day_format(due, out);
    return out;
}

static struct sheet_cell value_cell(struct share share)
{
    return share.den > 0 ? sheet_share(share_millionths(share)) : sheet_none();
}

static void put_rule(struct sheet *sheet, const struct compliance_rule *r)
{
    const struct rule *rule = r->rule;
    char ratio[48];
    char due[WHEN_DAY_TEXT];

    snprintf(ratio, sizeof ratio, "%" PRId64 "/%" PRId64, rule->threshold.num, rule->threshold.den);
    const struct sheet_cell cells[COUNT(rule_columns)] = {
        sheet_text(rule->id),
        sheet_text(rule->title_zh),
        sheet_text(rule_kind_name(rule->kind)),
        sheet_int(r->share.num),
        sheet_int(r->share.den),
        sheet_int(r->tally.n[COUNTS_EXEMPT]),
        sheet_int(r->tally.n[COUNTS_UNKNOWN]),
        value_cell(r->share),
        sheet_text(rule_comparator_name(rule->comparator)),
        sheet_text(ratio),
        sheet_text(rule->threshold.source),
        sheet_text(rule_strength_name(rule->strength)),
        sheet_text(due_text(rule->due, due)),
        sheet_text(verdict_name(r->verdict)),
        sheet_int(r->shortfall),
        sheet_int(r->verified.by_telemetry),
        sheet_int(r->verified.contradicted),
        sheet_int(r->verified.silent),
    };
    sheet_row(sheet, cells);
}

void answer_rules(const struct compliance *compliance, struct sheet *sheet)
{
    for (size_t i = 0; i < compliance->count; i++)
        put_rule(sheet, &compliance->rules[i]);
}

void answer_vehicle(const struct behind_row *row, struct sheet *sheet)
{
    const struct store_vehicle *v = &row->vehicle.at;
    const struct sheet_cell cells[COUNT(vehicle_columns)] = {
        sheet_text(v->vehicle_id),
        sheet_text(v->plate),
        sheet_text(vocabulary_word(&vocabulary_category, v->category)),
        sheet_text(vocabulary_word(&vocabulary_energy, v->energy)),
        sheet_text(vocabulary_word(&vocabulary_stage, v->stage)),
        sheet_text(v->owner_id),
        sheet_text(v->area),
        sheet_bool(v->built_up),
        sheet_day(v->added),
        sheet_text(counts_as_name(row->as)),
        sheet_text(row->why),
    };

    sheet_row(sheet, cells);
}

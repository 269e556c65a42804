#include <inttypes.h>
#include <stdio.h>

#include "registry/compliance/answer.h"
#include "registry/compliance/attributed.h"
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
    {"unit", "单位", "unit", SHEET_TEXT},
    {"declared_outside", "登记在外而计入", "counted though declared outside", SHEET_INT},
    {"declared_inside", "登记在内而不计", "left out though declared inside", SHEET_INT},
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
    {"verified", "核实", "verified", SHEET_TEXT},
    {"finding", "疑点", "finding", SHEET_TEXT},
    {"built_up_derived", "遥测所在建成区", "built-up area by telemetry", SHEET_BOOL},
    {"built_up_used", "采用的建成区", "built-up area that counts", SHEET_BOOL},
    {"built_up_by", "采用依据", "by", SHEET_TEXT},
    {"operating_min", "运行分钟", "operating minutes", SHEET_INT},
    {"located_min", "位置已知分钟", "minutes with a place", SHEET_INT},
    {"built_up_min", "建成区内分钟", "minutes in the built-up area", SHEET_INT},
};

/* The last of them are for figures that count by where vehicles work. */
#define WHERE_COLUMNS 6
static const struct sheet_head vehicles_head = {"vehicles", "车辆", "vehicles", vehicle_columns,
                                                COUNT(vehicle_columns) - WHERE_COLUMNS};
static const struct sheet_head where_head = {"vehicles", "车辆", "vehicles", vehicle_columns,
                                             COUNT(vehicle_columns)};

static const struct sheet_column item_columns[] = {
    {"id", "代码", "id", SHEET_TEXT},
    {"name", "名称", "name", SHEET_TEXT},
    {"unit", "单位", "unit", SHEET_TEXT},
    {"numerator", "分子", "numerator", SHEET_INT},
    {"denominator", "分母", "denominator", SHEET_INT},
    {"value", "比例", "share", SHEET_SHARE},
    {"disputed", "有争议", "disputed", SHEET_BOOL},
    {"exception", "例外文件", "exception", SHEET_TEXT},
    {"counts", "计为", "counts as", SHEET_TEXT},
    {"why", "原因", "why", SHEET_TEXT},
};

static const struct sheet_head items_head = {"items", "构成", "items", item_columns,
                                             COUNT(item_columns)};

const struct sheet_head *answer_behind_head(const struct behind_query *query)
{
    const struct rule *rule = query->scope.rule;

    if (behind_is_uses(query))
        return answer_uses_head(rule);
    if (!behind_is_vehicles(rule))
        return &items_head;
    return attributed_concerns(rule) ? &where_head : &vehicles_head;
}

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
    int64_t scale = compliance_unit_scale(r->unit);
    char ratio[48];
    char due[WHEN_DAY_TEXT];

    snprintf(ratio, sizeof ratio, "%" PRId64 "/%" PRId64, rule->threshold.num, rule->threshold.den);
    const struct sheet_cell cells[COUNT(rule_columns)] = {
        sheet_text(rule->id),
        sheet_text(rule->title_zh),
        sheet_text(rule_kind_name(rule->kind)),
        sheet_int(r->share.num / scale),
        sheet_int(r->share.den / scale),
        sheet_int(r->tally.n[COUNTS_EXEMPT]),
        sheet_int(r->tally.n[COUNTS_UNKNOWN]),
        value_cell(r->share),
        sheet_text(rule_comparator_name(rule->comparator)),
        rule->threshold.den == 0 ? sheet_none() : sheet_text(ratio),
        sheet_text(rule->threshold.source),
        sheet_text(rule_strength_name(rule->strength)),
        sheet_text(due_text(rule->due, due)),
        sheet_text(verdict_name(r->verdict)),
        sheet_int(compliance_units_up(r->unit, r->shortfall)),
        sheet_int(r->verified.by_telemetry),
        sheet_int(r->verified.contradicted),
        sheet_int(r->verified.silent),
        sheet_text(compliance_unit_name(r->unit)),
        r->attributed.asked ? sheet_int(r->attributed.into) : sheet_none(),
        r->attributed.asked ? sheet_int(r->attributed.out_of) : sheet_none(),
    };
    sheet_row(sheet, cells);
}

void answer_rules(const struct compliance *compliance, struct sheet *sheet)
{
    for (size_t i = 0; i < compliance->count; i++)
        put_rule(sheet, &compliance->rules[i]);
}

static void put_item(const struct compliance_item *item, struct sheet *sheet)
{
    int64_t scale = compliance_unit_scale(item->unit);
    const struct sheet_cell cells[COUNT(item_columns)] = {
        sheet_text(item->id),
        sheet_text(item->name),
        sheet_text(compliance_unit_name(item->unit)),
        sheet_int(item->share.num / scale),
        sheet_int(item->share.den / scale),
        value_cell(item->share),
        sheet_bool(item->disputed),
        sheet_text(item->exception == NULL ? NULL : item->exception->document),
        sheet_text(counts_as_name(item->as)),
        sheet_text(item->why),
    };

    sheet_row(sheet, cells);
}

const char *answer_where_by(const struct attribution *where)
{
    return where->decided && where->used == where->derived ? "telemetry" : "declared";
}

static struct sheet_cell minutes_cell(const struct attribution *where, int64_t ms)
{
    return where == NULL ? sheet_none() : sheet_int(ms / (WHEN_HOUR_MS / 60));
}

static void put_vehicle(const struct behind_row *row, struct sheet *sheet)
{
    static const struct attribution nowhere;
    const struct store_vehicle *v = &row->vehicle.at;
    const struct attribution *where = row->where;
    const struct attribution *a = where == NULL ? &nowhere : where;
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
        sheet_text(row->verification == NULL ? NULL : verified_as_name(row->verification->as)),
        sheet_text(row->verification == NULL ? NULL : row->verification->kind),
        a->decided ? sheet_bool(a->derived) : sheet_none(),
        where == NULL ? sheet_none() : sheet_bool(a->used),
        sheet_text(where == NULL ? NULL : answer_where_by(a)),
        minutes_cell(where, a->operating_ms),
        minutes_cell(where, a->located_ms),
        minutes_cell(where, a->built_up_ms),
    };

    sheet_row(sheet, cells);
}

void answer_behind(const struct behind_row *row, struct sheet *sheet)
{
    if (row->item != NULL)
        put_item(row->item, sheet);
    else if (row->use != NULL)
        answer_use(row, sheet);
    else
        put_vehicle(row, sheet);
}

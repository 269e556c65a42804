#include "registry/outlook/what_if_answer.h"

#include "registry/vehicles/api.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

#define SIDE(id, zh, en)                                                                           \
    {"numerator_" id, zh "分子", "numerator " en, SHEET_INT},                                      \
        {"denominator_" id, zh "分母", "denominator " en, SHEET_INT},                              \
        {"value_" id, zh "比例", "share " en, SHEET_SHARE},                                        \
        {"shortfall_" id, zh "缺口", "shortfall " en, SHEET_INT},                                  \
    {                                                                                              \
        "verdict_" id, zh "结论", "verdict " en, SHEET_TEXT                                        \
    }

static const struct sheet_column columns[] = {
    {"id", "条款", "rule", SHEET_TEXT},   {"title", "名称", "title", SHEET_TEXT},
    {"kind", "类型", "kind", SHEET_TEXT}, SIDE("before", "现", "before"),
    SIDE("after", "后", "after"),         {"changed", "有变化", "changed", SHEET_BOOL},
};
const struct sheet_head what_if_head = {"what-if", "情景测算", "what if", columns, COUNT(columns)};

static size_t put_side(struct sheet_cell *cells, const struct rule *rule, const struct tally *tally,
                       enum verdict verdict)
{
    struct share share = tally_share(tally);

    cells[0] = sheet_int(share.num);
    cells[1] = sheet_int(share.den);
    cells[2] = share.den > 0 ? sheet_share(share_millionths(share)) : sheet_none();
    cells[3] = sheet_int(share_shortfall(share, rule->comparator, &rule->threshold));
    cells[4] = sheet_text(verdict_name(verdict));
    return 5;
}

void what_if_put(const struct what_if *what_if, struct sheet *sheet)
{
    for (size_t i = 0; i < what_if->rule_count; i++) {
        const struct what_if_rule *r = &what_if->rules[i];
        const struct rule *rule = r->scope.rule;
        struct share before = tally_share(&r->before);
        struct share after = tally_share(&r->after);
        struct sheet_cell cells[COUNT(columns)] = {sheet_text(rule->id), sheet_text(rule->title_zh),
                                                   sheet_text(rule_kind_name(rule->kind))};
        size_t at = 3;
        at += put_side(cells + at, rule, &r->before, r->verdict_before);
        at += put_side(cells + at, rule, &r->after, r->verdict_after);
        cells[at] = sheet_bool(before.num != after.num || before.den != after.den);
        sheet_row(sheet, cells);
    }
}

json_t *what_if_remarks(const struct what_if_rows *rows)
{
    json_t *list = json_array();

    for (size_t i = 0; i < rows->count; i++)
        for (size_t k = 0; k < rows->items[i].remarks.count; k++) {
            const struct what_if_row *row = &rows->items[i];
            const struct remark *remark = &row->remarks.items[k];
            json_array_append_new(
                list, json_pack("{s:I, s:s, s:s, s:s, s:b}", "line", (json_int_t)row->line,
                                "vehicle_id", row->to.vehicle_id, "column", remark->column,
                                "reason", remark->reason, "refused", remark->refusal));
        }
    return list;
}

int64_t what_if_refused(const struct what_if_rows *rows)
{
    int64_t refused = 0;

    for (size_t i = 0; i < rows->count; i++)
        refused += rows->items[i].remarks.refused;
    return refused;
}

json_t *what_if_json(const struct what_if *what_if, const struct what_if_rows *rows,
                     const struct compliance_query *query)
{
    struct sheet *sheet = sheet_create(SHEET_JSON, &what_if_head);
    json_t *rules = NULL;

    what_if_put(what_if, sheet);
    rules = sheet_rows_json(sheet);
    sheet_destroy(sheet);
    return json_pack("{s:s, s:o, s:I, s:I, s:o, s:o}", "plan", query->plan->id, "as_of",
                     api_day_json(query->as_of), "applied", (json_int_t)what_if->applied, "refused",
                     (json_int_t)what_if_refused(rows), "remarks", what_if_remarks(rows), "rules",
                     rules);
}

#include "registry/outlook/replacement_answer.h"

#include <stdio.h>
#include <string.h>

#include "registry/vehicles/api.h"
#include "registry/vehicles/vocabulary.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static const struct sheet_column columns[] = {
    {"rank", "次序", "rank", SHEET_INT},
    {"vehicle_id", "车辆识别代号", "vehicle", SHEET_TEXT},
    {"plate", "号牌", "plate", SHEET_TEXT},
    {"category", "类别", "category", SHEET_TEXT},
    {"energy", "能源", "energy", SHEET_TEXT},
    {"stage", "排放阶段", "stage", SHEET_TEXT},
    {"owner", "所有人", "owner", SHEET_TEXT},
    {"area", "区划", "area", SHEET_TEXT},
    {"first_registered", "初次登记日期", "first registered", SHEET_DAY},
    {"age_days", "车龄（天）", "age in days", SHEET_INT},
    {"distance_m", "近365天里程（米）", "metres in 365 days", SHEET_INT},
    {"age_points", "车龄得分", "points for age", SHEET_INT},
    {"stage_points", "阶段得分", "points for stage", SHEET_INT},
    {"distance_points", "里程得分", "points for distance", SHEET_INT},
    {"score", "总分", "score", SHEET_INT},
    {"unknown", "未知项", "not known", SHEET_TEXT},
    {"numerator_after", "更新后分子", "numerator after", SHEET_INT},
    {"value_after", "更新后比例", "share after", SHEET_SHARE},
};

const struct sheet_head replacement_head = {"replacements", "更新次序", "order of replacement",
                                            columns, COUNT(columns)};

static struct sheet_cell known_cell(int64_t number)
{
    return number < 0 ? sheet_none() : sheet_int(number);
}

/* "age stage distance", as far as they are not known. */
static const char *unknown_parts(const struct replacement_row *r, char *out, size_t size)
{
    snprintf(out, size, "%s%s%s", r->age_points < 0 ? "age " : "",
             r->stage_points < 0 ? "stage " : "", r->distance_points < 0 ? "distance " : "");
    if (out[0] != '\0')
        out[strlen(out) - 1] = '\0';
    return out;
}

void replacement_rows(const struct replacement *replacement, struct sheet *sheet)
{
    for (size_t i = 0; i < replacement->count; i++) {
        const struct replacement_row *r = &replacement->rows[i];
        const struct store_vehicle *v = &r->vehicle;
        char unknown[32];
        const struct sheet_cell cells[COUNT(columns)] = {
            sheet_int(r->rank),
            sheet_text(v->vehicle_id),
            sheet_text(v->plate),
            sheet_text(vocabulary_word(&vocabulary_category, v->category)),
            sheet_text(vocabulary_word(&vocabulary_energy, v->energy)),
            sheet_text(vocabulary_word(&vocabulary_stage, v->stage)),
            sheet_text(v->owner_id),
            sheet_text(v->area),
            sheet_day(v->first_registered),
            known_cell(r->age_days),
            known_cell(r->distance_m),
            known_cell(r->age_points),
            known_cell(r->stage_points),
            known_cell(r->distance_points),
            sheet_int(r->score),
            sheet_text(unknown_parts(r, unknown, sizeof unknown)),
            sheet_int(r->after.num),
            sheet_share(share_millionths(r->after)),
        };
        sheet_row(sheet, cells);
    }
}

json_t *replacement_json(const struct replacement *r)
{
    const struct replacement_query *q = &r->query;

    return json_pack(
        "{s:s, s:s, s:o, s:o, s:o, s:I, s:I, s:o, s:I, s:[I,I], s:I, s:I, s:{s:I, s:I, s:I}, "
        "s:{s:I, s:I, s:I, s:I}}",
        "plan", q->plan->id, "rule", q->rule->id, "as_of", api_day_json(q->as_of), "owner",
        q->filter.owner_id != NULL ? json_string(q->filter.owner_id) : json_null(), "area",
        q->filter.area != NULL ? json_string(q->filter.area) : json_null(), "numerator",
        (json_int_t)r->share.num, "denominator", (json_int_t)r->share.den, "value",
        r->share.den > 0 ? json_real(share_number(r->share)) : json_null(), "exempt",
        (json_int_t)r->exempt, "target", (json_int_t)q->target.num, (json_int_t)q->target.den,
        "needed", (json_int_t)r->needed, "candidates", (json_int_t)r->candidates, "weights", "age",
        (json_int_t)q->weights.age, "stage", (json_int_t)q->weights.stage, "distance",
        (json_int_t)q->weights.distance, "scale", "points_max", (json_int_t)REPLACEMENT_POINTS,
        "age_days_full", (json_int_t)REPLACEMENT_AGE_DAYS, "distance_km_full",
        (json_int_t)REPLACEMENT_DISTANCE_KM, "distance_days", (json_int_t)REPLACEMENT_USE_DAYS);
}

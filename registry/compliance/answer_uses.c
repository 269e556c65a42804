/* Trips, and the working time of machines, one by one. */
#include "registry/compliance/answer.h"
#include "registry/compliance/uses.h"
#include "registry/vehicles/vocabulary.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))
#define MINUTE_MS   60000

static json_t *text_json(const char *text)
{
    return text == NULL || text[0] == '\0' ? json_null() : json_string(text);
}

static json_t *word_json(const struct vocabulary *list, int code)
{
    return code == 0 ? json_null() : json_string(vocabulary_word(list, code));
}

static json_t *instant_json(int64_t ms)
{
    char text[WHEN_INSTANT_TEXT];

    when_instant_format(ms, text);
    return json_string(text);
}

static json_t *day_json(int64_t ms)
{
    char text[WHEN_DAY_TEXT];

    when_day_format(when_day_of(ms), text);
    return json_string(text);
}

static json_t *tonnes_json(int64_t tonnes)
{
    if (tonnes < 0)
        return json_null();
    return tonnes % 10 == 0 ? json_integer(tonnes / 10) : json_real((double)tonnes / 10);
}

static json_t *trip_json(const struct store_use *u)
{
    return json_pack(
        "{s:o, s:o, s:o, s:b, s:o, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:{s:s, s:o, s:s}}",
        "vehicle_id", text_json(u->vehicle_id), "plate", text_json(u->plate), "named_id",
        text_json(u->named_id), "matched", u->vehicle_id[0] != '\0', "at", instant_json(u->at_ms),
        "gate", u->gate, "direction", word_json(&vocabulary_freight_direction, u->direction),
        "energy", word_json(&vocabulary_energy, u->energy), "stage",
        word_json(&vocabulary_stage, u->stage), "declared_energy",
        word_json(&vocabulary_energy, u->declared_energy), "declared_stage",
        word_json(&vocabulary_stage, u->declared_stage), "cargo", text_json(u->cargo), "tonnes",
        tonnes_json(u->tonnes), "source", "ledger", "gate-trips", "recorded",
        instant_json(u->recorded_at), "author", u->author);
}

static json_t *stay_json(const struct store_use *u)
{
    return json_pack("{s:s, s:o, s:o, s:o, s:o, s:{s:s, s:s}}", "vehicle_id", u->vehicle_id, "day",
                     day_json(u->at_ms), "energy", word_json(&vocabulary_energy, u->energy),
                     "stage", word_json(&vocabulary_stage, u->stage), "operating_min",
                     json_integer((u->operating_ms + MINUTE_MS - 1) / MINUTE_MS), "source",
                     "ledger", "telemetry", "unit", u->unit);
}

json_t *answer_use_json(const struct rule *rule, const struct behind_row *row)
{
    const struct behind_use *b = row->use;
    json_t *json = rule->usage == USE_MACHINE_TIME ? stay_json(&b->use) : trip_json(&b->use);

    json_object_set_new(json, "site_id", json_string(b->use.site_id));
    json_object_set_new(json, "org_id", json_string(b->use.org_id));
    json_object_set_new(json, "counts", json_string(counts_as_name(row->as)));
    json_object_set_new(json, "why", json_string(row->why));
    json_object_set_new(json, "exception",
                        text_json(b->exception == NULL ? NULL : b->exception->document));
    json_object_set_new(json, "verified", answer_verified_json(row->verification));
    json_object_set_new(json, "finding", answer_finding_json(row->verification));
    return json;
}

/* ---- sheets ---- */

static const struct sheet_column columns[] = {
    {"vehicle_id", "车辆识别代号", "vehicle", SHEET_TEXT},
    {"plate", "号牌", "plate", SHEET_TEXT},
    {"unit", "终端", "unit", SHEET_TEXT},
    {"at", "时间", "time", SHEET_TEXT},
    {"site_id", "场区", "site", SHEET_TEXT},
    {"org_id", "企业", "enterprise", SHEET_TEXT},
    {"gate", "门", "gate", SHEET_TEXT},
    {"direction", "方向", "direction", SHEET_TEXT},
    {"energy", "能源", "energy", SHEET_TEXT},
    {"stage", "排放阶段", "stage", SHEET_TEXT},
    {"declared_energy", "台账能源", "energy by the ledger", SHEET_TEXT},
    {"declared_stage", "台账排放阶段", "stage by the ledger", SHEET_TEXT},
    {"cargo", "货物", "cargo", SHEET_TEXT},
    {"tonnes_tenths", "吨数（0.1吨）", "tenths of a tonne", SHEET_INT},
    {"operating_min", "运行分钟", "operating minutes", SHEET_INT},
    {"counts", "计为", "counts as", SHEET_TEXT},
    {"why", "原因", "why", SHEET_TEXT},
    {"exception", "例外文件", "exception", SHEET_TEXT},
    {"verified", "核实", "verified", SHEET_TEXT},
    {"finding", "疑点", "finding", SHEET_TEXT},
    {"recorded", "记录时间", "recorded", SHEET_TEXT},
    {"author", "记录人", "recorded by", SHEET_TEXT},
};

static const struct sheet_head trips_head = {"trips", "车次", "trips", columns, COUNT(columns)};
static const struct sheet_head stays_head = {"working-time", "作业时间", "working time", columns,
                                             COUNT(columns)};

const struct sheet_head *answer_uses_head(const struct rule *rule)
{
    return rule->usage == USE_MACHINE_TIME ? &stays_head : &trips_head;
}

static struct sheet_cell word_cell(const struct vocabulary *list, int code)
{
    return code == 0 ? sheet_none() : sheet_text(vocabulary_word(list, code));
}

static const char *instant_text(int64_t ms, char out[static WHEN_INSTANT_TEXT])
{
    if (ms == 0)
        return NULL;
    when_instant_format(ms, out);
    return out;
}

void answer_use(const struct behind_row *row, struct sheet *sheet)
{
    const struct store_use *u = &row->use->use;
    const struct store_exception *exception = row->use->exception;
    const struct verification *v = row->verification;
    char at[WHEN_INSTANT_TEXT], recorded[WHEN_INSTANT_TEXT];
    const struct sheet_cell cells[COUNT(columns)] = {
        sheet_text(u->vehicle_id),
        sheet_text(u->plate),
        sheet_text(u->unit),
        sheet_text(instant_text(u->at_ms, at)),
        sheet_text(u->site_id),
        sheet_text(u->org_id),
        sheet_text(u->gate),
        word_cell(&vocabulary_freight_direction, u->direction),
        word_cell(&vocabulary_energy, u->energy),
        word_cell(&vocabulary_stage, u->stage),
        word_cell(&vocabulary_energy, u->declared_energy),
        word_cell(&vocabulary_stage, u->declared_stage),
        sheet_text(u->cargo),
        u->tonnes < 0 ? sheet_none() : sheet_int(u->tonnes),
        u->unit[0] == '\0' ? sheet_none()
                           : sheet_int((u->operating_ms + MINUTE_MS - 1) / MINUTE_MS),
        sheet_text(counts_as_name(row->as)),
        sheet_text(row->why),
        sheet_text(exception == NULL ? NULL : exception->document),
        sheet_text(v == NULL ? NULL : verified_as_name(v->as)),
        sheet_text(v == NULL ? NULL : v->kind),
        sheet_text(instant_text(u->recorded_at, recorded)),
        sheet_text(u->author),
    };

    sheet_row(sheet, cells);
}

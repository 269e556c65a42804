#include "registry/outlook/avoided_answer.h"

#include <string.h>

#include "shared/when.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

/* ---- parameters ---- */

const char *const avoided_params[] = {"vehicles", "from", "to",      "distance_km", "fuel_l_100km",
                                      "kwh_km",   "grid", "vehicle", "as_of",       NULL};

struct avoided_query avoided_blank(const struct factor_set *factors, int32_t as_of)
{
    return (struct avoided_query){
        .factors = factors,
        .vehicles = 1,
        .from = AVOIDED_CN5,
        .to = AVOIDED_TO_BEV,
        .distance_m = -1,
        .fuel_ml_100km = -1,
        .wh_km = -1,
        .grid = FACTOR_GRID_DEFAULT,
        .as_of = as_of,
    };
}

/* A decimal of at most three places that is not more than `max`, in thousandths. */
static bool take_decimal(const char *text, int64_t max, int64_t *out)
{
    *out = factors_decimal(text, 3);
    return *out >= 0 && *out <= max * 1000;
}

static bool take_vehicles(const char *text, int64_t *vehicles)
{
    *vehicles = factors_decimal(text, 0);
    return *vehicles >= 1 && *vehicles <= AVOIDED_VEHICLES_MAX;
}

static bool take_text(const char *text, const char **out)
{
    *out = text;
    return text[0] != '\0';
}

static bool take(struct avoided_query *q, const char *name, const char *text, const char **wanted)
{
    *wanted = "a whole number from 1 to 1000000";
    if (strcmp(name, "vehicles") == 0)
        return take_vehicles(text, &q->vehicles);
    *wanted = "CN5 or CN6";
    if (strcmp(name, "from") == 0)
        return (q->from = avoided_from_parse(text)) != AVOIDED_FROM_COUNT;
    *wanted = "CN6 or BEV";
    if (strcmp(name, "to") == 0)
        return (q->to = avoided_to_parse(text)) != AVOIDED_TO_COUNT;
    *wanted = "kilometres of one vehicle, at most 1000000";
    if (strcmp(name, "distance_km") == 0)
        return take_decimal(text, 1000000, &q->distance_m);
    *wanted = "litres, at most 1000";
    if (strcmp(name, "fuel_l_100km") == 0)
        return take_decimal(text, 1000, &q->fuel_ml_100km);
    *wanted = "kilowatt-hours, at most 100";
    if (strcmp(name, "kwh_km") == 0)
        return take_decimal(text, 100, &q->wh_km);
    *wanted = "a day, YYYY-MM-DD";
    if (strcmp(name, "as_of") == 0)
        return when_day_parse(text, &q->as_of);
    *wanted = "an id";
    return take_text(text, strcmp(name, "grid") == 0 ? &q->grid : &q->vehicle_id);
}

enum err avoided_take(struct avoided_query *query, const char *name, const char *text,
                      struct fault *fault)
{
    const char *wanted = NULL;

    if (take(query, name, text, &wanted))
        return ERR_OK;
    return fault_set(fault, ERR_INPUT, "%s=%.60s: expected %s", name, text, wanted);
}

/* ---- sheets ---- */

static const struct sheet_column columns[] = {
    {"substance", "物质", "substance", SHEET_TEXT},
    {"before_g", "更新前（克）", "grams before", SHEET_INT},
    {"after_g", "更新后（克）", "grams after", SHEET_INT},
    {"avoided_g", "减少（克）", "grams avoided", SHEET_INT},
    {"why", "说明", "why not known", SHEET_TEXT},
};
const struct sheet_head avoided_head = {"avoided-emissions", "减排量", "avoided emissions", columns,
                                        COUNT(columns)};

static const struct sheet_column input_columns[] = {
    {"name", "名称", "name", SHEET_TEXT},     {"value", "数值", "value", SHEET_TEXT},
    {"unit", "单位", "unit", SHEET_TEXT},     {"origin", "来历", "origin", SHEET_TEXT},
    {"source", "依据", "source", SHEET_TEXT},
};
const struct sheet_head avoided_inputs_head = {"avoided-inputs", "输入与因子", "inputs and factors",
                                               input_columns, COUNT(input_columns)};

static void put_substance(struct sheet *sheet, const char *name, const struct avoided_substance *s)
{
    const struct sheet_cell cells[COUNT(columns)] = {
        sheet_text(name),
        s->known ? sheet_int(s->before_g) : sheet_none(),
        s->known ? sheet_int(s->after_g) : sheet_none(),
        s->known ? sheet_int(s->avoided_g) : sheet_none(),
        sheet_text(s->why),
    };

    sheet_row(sheet, cells);
}

void avoided_rows(const struct avoided *avoided, struct sheet *sheet)
{
    put_substance(sheet, "NOx", &avoided->nox);
    put_substance(sheet, "CO2", &avoided->co2);
}

static void put_input(struct sheet *sheet, const char *name, const struct avoided_input *input,
                      const char *unit)
{
    static const char *const origins[] = {
        [AVOIDED_MISSING] = "missing", [AVOIDED_GIVEN] = "given", [AVOIDED_MEASURED] = "measured"};
    char value[24];

    snprintf(value, sizeof value, "%lld", (long long)input->value);
    const struct sheet_cell cells[COUNT(input_columns)] = {
        sheet_text(name),
        input->origin == AVOIDED_MISSING ? sheet_none() : sheet_text(value),
        sheet_text(unit),
        sheet_text(origins[input->origin]),
        sheet_text(input->origin == AVOIDED_MEASURED ? "telemetry of the 365 days up to as_of"
                                                     : NULL),
    };
    sheet_row(sheet, cells);
}

static void put_factor(struct sheet *sheet, const struct factor_set *factors, const char *id)
{
    const struct factor *f = factors_find(factors, id);
    const struct sheet_cell cells[COUNT(input_columns)] = {
        sheet_text(f->id), sheet_text(f->value), sheet_text(f->unit), sheet_text(f->confidence),
        sheet_text(f->source)};

    sheet_row(sheet, cells);
}

void avoided_input_rows(const struct avoided *a, struct sheet *sheet)
{
    const struct avoided_query *q = &a->query;
    const struct avoided_input vehicles = {q->vehicles, AVOIDED_GIVEN};

    put_input(sheet, "vehicles", &vehicles, "");
    put_input(sheet, "distance", &a->distance_m, "m of one vehicle");
    put_input(sheet, "fuel", &a->fuel_ml, "ml of one vehicle");
    put_input(sheet, "energy", &a->energy_wh, "Wh of one vehicle");
    put_factor(sheet, q->factors, q->from == AVOIDED_CN5 ? "nox_cn5" : "nox_cn6");
    if (q->to == AVOIDED_TO_CN6)
        put_factor(sheet, q->factors, "nox_cn6");
    put_factor(sheet, q->factors, "diesel_co2");
    put_factor(sheet, q->factors, "diesel_density");
    put_factor(sheet, q->factors, q->grid);
}

/* ---- JSON ---- */

static json_t *substance_json(const struct avoided_substance *s)
{
    if (!s->known)
        return json_pack("{s:n, s:n, s:n, s:s}", "before_g", "after_g", "avoided_g", "why", s->why);
    return json_pack("{s:I, s:I, s:I, s:n}", "before_g", (json_int_t)s->before_g, "after_g",
                     (json_int_t)s->after_g, "avoided_g", (json_int_t)s->avoided_g, "why");
}

json_t *avoided_json(const struct avoided *a)
{
    static const char *const from[] = {"CN5", "CN6"};
    static const char *const to[] = {"CN6", "BEV"};
    const struct avoided_query *q = &a->query;
    struct sheet *sheet = sheet_create(SHEET_JSON, &avoided_inputs_head);
    char day[WHEN_DAY_TEXT];
    json_t *inputs = NULL;

    avoided_input_rows(a, sheet);
    inputs = sheet_rows_json(sheet);
    sheet_destroy(sheet);
    when_day_format(q->as_of, day);
    return json_pack("{s:s, s:s, s:I, s:o, s:s, s:o, s:o, s:o}", "from", from[q->from], "to",
                     to[q->to], "vehicles", (json_int_t)q->vehicles, "vehicle",
                     q->vehicle_id != NULL ? json_string(q->vehicle_id) : json_null(), "as_of", day,
                     "nox", substance_json(&a->nox), "co2", substance_json(&a->co2), "inputs",
                     inputs);
}

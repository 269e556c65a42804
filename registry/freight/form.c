#include "registry/freight/form.h"

#include <stdio.h>
#include <string.h>

#include "registry/vehicles/api.h"
#include "shared/utf8.h"

#define TONNES_MAX INT64_C(1000000000) /* 0.1 t */
#define KM_MAX     INT64_C(200000)     /* 0.1 km */

#define IN_ROW(member)                                                                             \
    offsetof(struct freight_row, member), sizeof(((struct freight_row *)0)->member)
#define IN_HEAD(member)                                                                            \
    offsetof(struct store_freight_version, member),                                                \
        sizeof(((struct store_freight_version *)0)->member)

#define COMMODITY(required)                                                                        \
    {                                                                                              \
        "commodity", FIELD_TEXT, IN_ROW(commodity), required, 0, NULL                              \
    }
#define DIRECTION(required)                                                                        \
    {                                                                                              \
        "direction", FIELD_WORD, IN_ROW(line.direction), required, 0,                              \
            &vocabulary_freight_direction                                                          \
    }
#define MODE(required)                                                                             \
    {                                                                                              \
        "mode", FIELD_WORD, IN_ROW(line.mode), required, 0, &vocabulary_freight_mode               \
    }
#define TONNES(required)                                                                           \
    {                                                                                              \
        "tonnes", FIELD_TENTHS, IN_ROW(line.tonnes), required, FREIGHT_TONNES_NONE, NULL           \
    }
#define REST                                                                                       \
    {"km", FIELD_TENTHS, IN_ROW(line.km), false, FREIGHT_KM_NONE, NULL},                           \
        {"container", FIELD_BOOL, IN_ROW(line.container), false, 0, NULL},                         \
        {"counterpart", FIELD_TEXT, IN_ROW(line.counterpart), false, 0, NULL},                     \
        {"note", FIELD_TEXT, IN_ROW(line.note), false, 0, NULL},                                   \
        {"leg", FIELD_WORD, IN_ROW(line.leg), false, 0, &vocabulary_freight_leg},                  \
    {                                                                                              \
        "station", FIELD_TEXT, IN_ROW(line.station), false, 0, NULL                                \
    }

const struct field freight_row_fields[FREIGHT_ROW_FIELDS] = {
    {"org_id", FIELD_TEXT, IN_ROW(org_id), true, 0, NULL},
    {"period", FIELD_TEXT, IN_ROW(period), true, 0, NULL},
    COMMODITY(true),
    DIRECTION(true),
    MODE(true),
    TONNES(true),
    REST,
};

const struct field freight_line_fields[FREIGHT_LINE_FIELDS] = {
    COMMODITY(false),
    DIRECTION(false),
    MODE(false),
    TONNES(false),
    REST,
    {"evidence", FIELD_TEXT, IN_ROW(line.evidence), false, 0, NULL},
};

const struct field freight_head_fields[FREIGHT_HEAD_FIELDS] = {
    {"no_activity", FIELD_BOOL, IN_HEAD(no_activity), false, 0, NULL},
    {"output_t", FIELD_TENTHS, IN_HEAD(output_t), false, FREIGHT_TONNES_NONE, NULL},
    {"throughput_t", FIELD_TENTHS, IN_HEAD(throughput_t), false, FREIGHT_TONNES_NONE, NULL},
    {"contact", FIELD_TEXT, IN_HEAD(contact), false, 0, NULL},
    {"responsible", FIELD_TEXT, IN_HEAD(responsible), false, 0, NULL},
};

/* ---- lines ---- */

bool freight_line_same_way(const struct store_freight_line *a, const struct store_freight_line *b)
{
    return a->commodity == b->commodity && strcmp(a->note, b->note) == 0 &&
           a->direction == b->direction && a->mode == b->mode && a->container == b->container &&
           a->leg == b->leg && strcmp(a->counterpart, b->counterpart) == 0;
}

struct freight_row freight_row_blank(void)
{
    return (struct freight_row){
        .line = {.tonnes = FREIGHT_TONNES_NONE, .km = FREIGHT_KM_NONE, .leg = FREIGHT_MAIN}};
}

void freight_row_settle(struct freight_row *row, struct remarks *remarks)
{
    struct store_freight_line *line = &row->line;

    if (line->tonnes > TONNES_MAX)
        remark_refuse(remarks, "tonnes", "is more than a line can have (100,000,000 t)");
    if (line->km > KM_MAX)
        remark_refuse(remarks, "km", "is longer than a way can be (20,000 km)");
    line->leg = line->leg == FREIGHT_LEG_NONE ? FREIGHT_MAIN : line->leg;
    line->commodity = vocabulary_code(&vocabulary_commodity, row->commodity);
    if (line->commodity != COMMODITY_NONE || row->commodity[0] == '\0')
        return;
    line->commodity = COMMODITY_OTHER_BULK;
    if (line->note[0] == '\0')
        memcpy(line->note, row->commodity, sizeof line->note);
    remark_warn(remarks, "commodity",
                "\"%.60s\" is not in the list; taken as OTHER_BULK with the word as its note",
                row->commodity);
}

_Static_assert(sizeof(((struct freight_row *)0)->commodity) ==
                   sizeof(((struct store_freight_line *)0)->note),
               "a commodity becomes a note");

/* ---- reading ---- */

static bool text_ok(const char *text)
{
    for (const char *c = text; *c != '\0'; c++)
        if (((unsigned char)*c < 0x20 && *c != '\n' && *c != '\t') || *c == 0x7f)
            return false;
    return utf8_ok(text);
}

void freight_text_read(const json_t *value, const char *name, char *out, size_t size,
                       struct remarks *remarks)
{
    const char *text = json_is_null(value) ? "" : json_string_value(value);

    if (text == NULL)
        remark_refuse(remarks, name, "must be a string");
    else if (strlen(text) >= size)
        remark_refuse(remarks, name, "is longer than %zu bytes", size - 1);
    else if (!text_ok(text))
        remark_refuse(remarks, name, "holds a control character or is not UTF-8");
    else
        memcpy(out, text, strlen(text) + 1);
}

/* What is wrong with a line, with its number before the reason. */
static void pass_on(const struct remarks *of_line, size_t number, struct remarks *remarks)
{
    for (size_t i = 0; i < of_line->count; i++) {
        const struct remark *r = &of_line->items[i];
        if (r->refusal)
            remark_refuse(remarks, r->column, "line %zu: %.180s", number, r->reason);
        else
            remark_warn(remarks, r->column, "line %zu: %.180s", number, r->reason);
    }
}

static struct store_freight_line read_line(json_t *value, size_t number, struct remarks *remarks)
{
    struct freight_row row = freight_row_blank();
    struct remarks own = {0};
    unsigned given = 0;

    json_object_del(value, "line"); /* its number in an answer */
    api_form(value, freight_line_fields, FREIGHT_LINE_FIELDS, &row, &given, NULL, &own);
    freight_row_settle(&row, &own);
    pass_on(&own, number, remarks);
    return row.line;
}

static void read_lines(json_t *list, struct arena *arena, struct store_freight_content *content,
                       struct remarks *remarks)
{
    size_t count = json_array_size(list);

    if (list != NULL && !json_is_array(list)) {
        remark_refuse(remarks, "lines", "must be an array of objects");
        return;
    }
    if (count > FREIGHT_LINES_MAX) {
        remark_refuse(remarks, "lines", "a report has at most %d lines", FREIGHT_LINES_MAX);
        return;
    }
    content->lines = ARENA_ARRAY(arena, struct store_freight_line, count + 1);
    for (size_t i = 0; i < count; i++) {
        json_t *value = json_array_get(list, i);
        if (json_is_object(value))
            content->lines[content->line_count++] = read_line(value, i + 1, remarks);
        else
            remark_refuse(remarks, "lines", "line %zu is no object", i + 1);
    }
}

/* An answer that is sent back changed has these too. */
static void drop_answer_members(json_t *body)
{
    static const char *const names[] = {
        "id",          "org_id",      "name",        "period",       "state",
        "overdue",     "due",         "amend_until", "version",      "revision",
        "author",      "recorded_at", "submitter",   "submitted_at", "accepter",
        "accepted_at", "actions",     "checks",      "files",        "history",
        "versions",    "warnings",    "accepted",    "reason",       "beside"};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        json_object_del(body, names[i]);
}

void freight_form_read(json_t *body, struct arena *arena, struct store_freight_content *content,
                       struct remarks *remarks)
{
    json_t *lines = json_incref(json_object_get(body, "lines"));
    json_t *explanation = json_object_get(body, "explanation");
    unsigned given = 0;

    *content = (struct store_freight_content){
        .head = {.output_t = FREIGHT_TONNES_NONE, .throughput_t = FREIGHT_TONNES_NONE}};
    drop_answer_members(body);
    if (explanation != NULL)
        freight_text_read(explanation, "explanation", content->head.explanation,
                          sizeof content->head.explanation, remarks);
    json_object_del(body, "explanation");
    json_object_del(body, "lines");
    api_form(body, freight_head_fields, FREIGHT_HEAD_FIELDS, &content->head, &given, NULL, remarks);
    read_lines(lines, arena, content, remarks);
    json_decref(lines);
}

/* ---- writing ---- */

json_t *freight_line_json(const struct store_freight_line *line)
{
    struct freight_row row = {.line = *line};
    json_t *object = NULL;

    snprintf(row.commodity, sizeof row.commodity, "%s",
             vocabulary_word(&vocabulary_commodity, line->commodity));
    object = api_record(freight_line_fields, FREIGHT_LINE_FIELDS, &row);
    json_object_set_new(object, "line", json_integer(line->line));
    return object;
}

static json_t *instant(int64_t at)
{
    return at == 0 ? json_null() : api_instant_json(at);
}

static json_t *text(const char *value)
{
    return value[0] == '\0' ? json_null() : json_string(value);
}

json_t *freight_version_json(const struct store_freight_version *head)
{
    json_t *object = api_record(freight_head_fields, FREIGHT_HEAD_FIELDS, head);

    json_object_set_new(object, "version", json_integer(head->version));
    json_object_set_new(object, "explanation", text(head->explanation));
    json_object_set_new(object, "reason", text(head->reason));
    json_object_set_new(object, "author", json_string(head->author));
    json_object_set_new(object, "recorded_at", api_instant_json(head->recorded_at));
    json_object_set_new(object, "submitter", text(head->submitter));
    json_object_set_new(object, "submitted_at", instant(head->submitted_at));
    json_object_set_new(object, "accepter", text(head->accepter));
    json_object_set_new(object, "accepted_at", instant(head->accepted_at));
    return object;
}

json_t *freight_content_json(const struct store_freight_content *content)
{
    json_t *object = freight_version_json(&content->head);
    json_t *lines = json_array();

    for (size_t i = 0; i < content->line_count; i++)
        json_array_append_new(lines, freight_line_json(&content->lines[i]));
    json_object_set_new(object, "lines", lines);
    return object;
}

/* what_if_rows.c: rows from CSV and JSON. Both end in add_row; what is wrong with a row is kept with
 * it. */
#include <stdio.h>
#include <string.h>

#include "registry/outlook/what_if.h"
#include "registry/vehicles/api.h"

#define COLUMN_REPLACES VEHICLE_FIELDS
#define COLUMNS_MAX     32

static struct what_if_row *new_row(struct what_if_rows *rows, int64_t line)
{
    if (rows->count == rows->room) {
        struct what_if_row *old = rows->items;
        rows->room = rows->room == 0 ? 64 : rows->room * 2;
        rows->items = ARENA_ARRAY(rows->arena, struct what_if_row, rows->room);
        if (old != NULL)
            memcpy(rows->items, old, rows->count * sizeof *old);
    }
    rows->items[rows->count] = (struct what_if_row){.line = line, .to = vehicle_blank()};
    return &rows->items[rows->count++];
}

static enum err too_many(struct fault *fault)
{
    return fault_set(fault, ERR_INPUT, "more than %d rows; ask in parts", WHAT_IF_ROWS_MAX);
}

/* The vehicle that the row replaces leaves, as a row of its own. */
static void add_leaving(struct what_if_rows *rows, int64_t line, const char *id)
{
    struct what_if_row *row = NULL;

    if (id == NULL || id[0] == '\0')
        return;
    row = new_row(rows, line);
    row->leaves = true;
    field_parse(&vehicle_fields[VEHICLE_ID], id, &row->to, &row->remarks);
}

static void need_id(struct what_if_row *row)
{
    if (!row->remarks.refused && row->to.vehicle_id[0] == '\0')
        remark_refuse(&row->remarks, "vehicle_id", "is required");
}

/* ---- CSV ---- */

struct header {
    int columns[COLUMNS_MAX]; /* enum vehicle_field, or COLUMN_REPLACES */
    size_t count;
};

static enum err read_header(const struct csv_record *record, struct header *header,
                            struct fault *fault)
{
    unsigned seen = 0;

    for (size_t i = 0; i < record->count; i++) {
        const char *name = record->fields[i].text;
        int column = strcmp(name, "replaces") == 0
                         ? COLUMN_REPLACES
                         : field_find(vehicle_fields, VEHICLE_FIELDS, name);
        if (column < 0 || i == COLUMNS_MAX)
            return fault_set(fault, ERR_INPUT,
                             "line 1: \"%.40s\" is no column; expected those of vehicles.csv, and "
                             "replaces",
                             name);
        if ((seen >> column & 1u) != 0)
            return fault_set(fault, ERR_INPUT, "line 1: the column \"%.40s\" stands there twice",
                             name);
        seen |= 1u << column;
        header->columns[header->count++] = column;
    }
    if ((seen >> VEHICLE_ID & 1u) == 0)
        return fault_set(fault, ERR_INPUT, "line 1: the column vehicle_id is missing");
    return ERR_OK;
}

static void take_record(struct what_if_rows *rows, const struct header *header,
                        const struct csv_record *record)
{
    struct what_if_row *row = new_row(rows, (int64_t)record->line);
    const char *replaces = NULL;

    if (record->count != header->count) {
        remark_refuse(&row->remarks, "row", "has %zu fields and the header %zu", record->count,
                      header->count);
        return;
    }
    for (size_t i = 0; i < header->count; i++) {
        int column = header->columns[i];
        const char *text = record->fields[i].text;
        if (text[0] == '\0')
            continue;
        if (column == COLUMN_REPLACES)
            replaces = text;
        else if (field_parse(&vehicle_fields[column], text, &row->to, &row->remarks))
            row->fields |= 1u << column;
    }
    need_id(row);
    add_leaving(rows, (int64_t)record->line, row->remarks.refused ? NULL : replaces);
}

static enum err read_records(struct csv_reader *reader, struct what_if_rows *rows,
                             struct fault *fault)
{
    struct header header = {0};
    struct csv_record record;
    enum csv_got got = csv_next(reader, &record, fault);

    if (got == CSV_END)
        return fault_set(fault, ERR_INPUT, "the list is empty; expected a header");
    if (got != CSV_RECORD)
        return ERR_INPUT;
    enum err err = read_header(&record, &header, fault);
    while (err == ERR_OK && (got = csv_next(reader, &record, fault)) != CSV_END) {
        if (got == CSV_BROKEN)
            return fault->code;
        if (rows->count >= WHAT_IF_ROWS_MAX)
            return too_many(fault);
        if (got == CSV_BAD)
            remark_refuse(&new_row(rows, (int64_t)record.line)->remarks, "row", "%.180s",
                          fault->text);
        else
            take_record(rows, &header, &record);
    }
    return err;
}

enum err what_if_from_csv(csv_source *source, void *arg, struct what_if_rows *rows,
                          struct fault *fault)
{
    struct csv_reader *reader = csv_reader_create(source, arg, NULL);
    enum err err = read_records(reader, rows, fault);

    csv_reader_destroy(reader);
    return err;
}

/* ---- JSON ---- */

static void take_object(struct what_if_rows *rows, int64_t line, json_t *object)
{
    struct what_if_row *row = new_row(rows, line);
    const json_t *replaces = json_object_get(object, "replaces");
    const char *id = NULL;

    if (!json_is_object(object)) {
        remark_refuse(&row->remarks, "row", "is no object");
        return;
    }
    if (replaces != NULL && !json_is_null(replaces) && !json_is_string(replaces))
        remark_refuse(&row->remarks, "replaces", "must be the id of a vehicle");
    if (json_is_string(replaces))
        id = arena_text(rows->arena, json_string_value(replaces));
    json_object_del(object, "replaces");
    api_form(object, vehicle_fields, VEHICLE_FIELDS, &row->to, &row->fields, NULL, &row->remarks);
    need_id(row);
    add_leaving(rows, line, row->remarks.refused ? NULL : id);
}

enum err what_if_from_json(json_t *json, struct what_if_rows *rows, struct fault *fault)
{
    json_t *list = json_is_object(json) ? json_object_get(json, "vehicles") : json;

    if (!json_is_array(list))
        return fault_set(fault, ERR_INPUT,
                         "expected a list of vehicles, or an object with the list \"vehicles\"");
    if (json_array_size(list) > WHAT_IF_ROWS_MAX)
        return too_many(fault);
    for (size_t i = 0; i < json_array_size(list); i++)
        take_object(rows, (int64_t)i + 1, json_array_get(list, i));
    return ERR_OK;
}

#include "registry/sheet/sheet_internal.h"

static void begin(struct sheet *sheet)
{
    sheet->list = json_array();
}

static json_t *cell_json(enum sheet_type type, const struct sheet_cell *cell)
{
    char buffer[SHEET_CELL_TEXT];

    if (!cell->given)
        return json_null();
    switch (type) {
    case SHEET_INT:
        return json_integer(cell->number);
    case SHEET_SHARE:
        return json_real((double)cell->number / 1e6);
    case SHEET_BOOL:
        return json_boolean(cell->number != 0);
    default:
        return json_string(sheet_cell_text(type, cell, buffer));
    }
}

static void row(struct sheet *sheet, const struct sheet_cell *cells)
{
    json_t *object = json_object();

    for (size_t i = 0; i < sheet->head->column_count; i++)
        json_object_set_new(object, sheet->head->columns[i].id,
                            cell_json(sheet->head->columns[i].type, &cells[i]));
    json_array_append_new(sheet->list, object);
}

static void finish(struct sheet *sheet)
{
    (void)sheet; /* the list is complete */
}

static void destroy(struct sheet *sheet)
{
    json_decref(sheet->list);
}

json_t *sheet_rows_json(const struct sheet *sheet)
{
    return json_incref(sheet->list);
}

const struct sheet_writer sheet_writer_json = {
    .word = "json",
    .type = "application/json",
    .begin = begin,
    .row = row,
    .finish = finish,
    .destroy = destroy,
};

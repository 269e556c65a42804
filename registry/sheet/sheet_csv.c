#include <stdlib.h>
#include <string.h>

#include "registry/sheet/sheet_internal.h"
#include "shared/arena.h"

static void begin(struct sheet *sheet)
{
    for (size_t i = 0; i < sheet->head->column_count; i++)
        csv_put(&sheet->csv, sheet->head->columns[i].id);
    csv_end_row(&sheet->csv);
}

/* A spreadsheet computes what begins like this, also behind quotes. */
static void put_text(struct csv_writer *csv, const char *text)
{
    char *guarded = NULL;
    size_t len = strlen(text);

    if (text[0] == '\0' || strchr("=+-@\t\r", text[0]) == NULL) {
        csv_put(csv, text);
        return;
    }
    guarded = mem_alloc(len + 2, 1);
    snprintf(guarded, len + 2, "'%s", text);
    csv_put(csv, guarded);
    free(guarded);
}

static void row(struct sheet *sheet, const struct sheet_cell *cells)
{
    char buffer[SHEET_CELL_TEXT];

    for (size_t i = 0; i < sheet->head->column_count; i++) {
        enum sheet_type type = sheet->head->columns[i].type;
        const char *text = sheet_cell_text(type, &cells[i], buffer);
        if (type == SHEET_TEXT)
            put_text(&sheet->csv, text);
        else
            csv_put(&sheet->csv, text);
    }
    csv_end_row(&sheet->csv);
}

static void finish(struct sheet *sheet)
{
    (void)sheet; /* the text is complete */
}

static void destroy(struct sheet *sheet)
{
    csv_writer_free(&sheet->csv);
}

static const void *bytes(const struct sheet *sheet, size_t *len)
{
    *len = sheet->csv.len;
    return sheet->csv.text;
}

const struct sheet_writer sheet_writer_csv = {
    .word = "csv",
    .type = "text/csv; charset=utf-8",
    .begin = begin,
    .row = row,
    .finish = finish,
    .destroy = destroy,
    .bytes = bytes,
};

#include "registry/sheet/sheet.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "registry/sheet/sheet_internal.h"
#include "shared/arena.h"
#include "shared/when.h"

static const struct sheet_writer *const writers[SHEET_FORMAT_COUNT] = {
    [SHEET_TABLE] = &sheet_writer_table,
    [SHEET_JSON] = &sheet_writer_json,
    [SHEET_CSV] = &sheet_writer_csv,
    [SHEET_XLSX] = &sheet_writer_xlsx,
};

/* ---- cells ---- */

struct sheet_cell sheet_none(void)
{
    return (struct sheet_cell){0};
}

struct sheet_cell sheet_text(const char *text)
{
    return (struct sheet_cell){.given = text != NULL && text[0] != '\0', .text = text};
}

struct sheet_cell sheet_int(int64_t number)
{
    return (struct sheet_cell){.given = true, .number = number};
}

struct sheet_cell sheet_share(int64_t millionths)
{
    return sheet_int(millionths);
}

struct sheet_cell sheet_bool(bool yes)
{
    return sheet_int(yes);
}

struct sheet_cell sheet_day(int32_t day)
{
    static const struct when_date first = {1900, 1, 1};

    return day >= when_day(first) && day < WHEN_DAY_NEVER ? sheet_int(day) : sheet_none();
}

static int64_t magnitude(int64_t number)
{
    return number < 0 ? -number : number;
}

const char *sheet_cell_text(enum sheet_type type, const struct sheet_cell *cell,
                            char buffer[static SHEET_CELL_TEXT])
{
    if (!cell->given)
        return "";
    switch (type) {
    case SHEET_TEXT:
        return cell->text;
    case SHEET_SHARE:
        snprintf(buffer, SHEET_CELL_TEXT, "%s%lld.%06lld", cell->number < 0 ? "-" : "",
                 (long long)(magnitude(cell->number) / 1000000),
                 (long long)(magnitude(cell->number) % 1000000));
        return buffer;
    case SHEET_DAY:
        when_day_format((int32_t)cell->number, buffer);
        return buffer;
    default:
        snprintf(buffer, SHEET_CELL_TEXT, "%lld", (long long)cell->number);
        return buffer;
    }
}

/* ---- formats ---- */

enum sheet_format sheet_format_parse(const char *word)
{
    enum sheet_format format = SHEET_TABLE;

    while (format < SHEET_FORMAT_COUNT && strcmp(writers[format]->word, word) != 0)
        format++;
    return format;
}

const char *sheet_format_type(enum sheet_format format)
{
    assert((unsigned)format < SHEET_FORMAT_COUNT);
    return writers[format]->type;
}

/* ---- the sheet ---- */

struct sheet *sheet_create(enum sheet_format format, const struct sheet_head *head)
{
    struct sheet *sheet = mem_alloc(1, sizeof *sheet);

    assert((unsigned)format < SHEET_FORMAT_COUNT);
    assert(head->column_count >= 1 && head->column_count <= SHEET_COLUMNS_MAX);
    sheet->head = head;
    sheet->format = format;
    writers[format]->begin(sheet);
    return sheet;
}

void sheet_destroy(struct sheet *sheet)
{
    if (sheet == NULL)
        return;
    writers[sheet->format]->destroy(sheet);
    free(sheet);
}

void sheet_row(struct sheet *sheet, const struct sheet_cell *cells)
{
    if (sheet->fault.code != ERR_OK)
        return;
    if (sheet->rows == SHEET_ROWS_MAX) {
        (void)fault_set(&sheet->fault, ERR_FULL, "%s: more than %d rows; ask for less of it",
                        sheet->head->id, SHEET_ROWS_MAX);
        return;
    }
    writers[sheet->format]->row(sheet, cells);
    sheet->rows++;
}

size_t sheet_row_count(const struct sheet *sheet)
{
    return sheet->rows;
}

enum err sheet_flush(struct sheet *sheet, FILE *out, struct fault *fault)
{
    assert(sheet->format == SHEET_CSV);
    return csv_flush(&sheet->csv, out, fault);
}

enum err sheet_finish(struct sheet *sheet, struct fault *fault)
{
    if (sheet->fault.code == ERR_OK)
        writers[sheet->format]->finish(sheet);
    if (sheet->fault.code != ERR_OK && fault != NULL)
        *fault = sheet->fault;
    return sheet->fault.code;
}

const void *sheet_bytes(const struct sheet *sheet, size_t *len)
{
    assert(sheet->format != SHEET_JSON);
    return writers[sheet->format]->bytes(sheet, len);
}

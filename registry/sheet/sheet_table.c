/* sheet_table.c: every cell is kept as text until the widths are known; then the lines are written
 * once. Numbers stand to the right, and a Chinese character takes two columns of a terminal. */
#include <stdlib.h>
#include <string.h>

#include "registry/sheet/sheet_internal.h"
#include "shared/arena.h"
#include "shared/utf8.h"

struct sheet_table {
    struct arena *arena;
    const char **cells; /* row by row, the head first */
    size_t count, room;
    size_t width[SHEET_COLUMNS_MAX];
    char *text;
    size_t len;
};

static void put(struct sheet *sheet, size_t column, const char *text)
{
    struct sheet_table *t = sheet->table;
    size_t width = utf8_columns(text);

    if (t->count == t->room) {
        t->room = t->room == 0 ? 256 : t->room * 2;
        t->cells = mem_grow(t->cells, t->room, sizeof *t->cells);
    }
    t->cells[t->count++] = arena_text(t->arena, text);
    if (width > t->width[column])
        t->width[column] = width;
}

static void begin(struct sheet *sheet)
{
    sheet->table = mem_alloc(1, sizeof *sheet->table);
    sheet->table->arena = arena_create();
    for (size_t i = 0; i < sheet->head->column_count; i++)
        put(sheet, i, sheet->head->columns[i].id);
}

/* Hundredths of a percent, rounded half away from zero. */
static const char *percent(int64_t millionths, char buffer[static SHEET_CELL_TEXT])
{
    int64_t size = millionths < 0 ? -millionths : millionths;
    int64_t points = (size + 50) / 100;

    snprintf(buffer, SHEET_CELL_TEXT, "%s%lld.%02lld %%", millionths < 0 ? "-" : "",
             (long long)(points / 100), (long long)(points % 100));
    return buffer;
}

static void row(struct sheet *sheet, const struct sheet_cell *cells)
{
    char buffer[SHEET_CELL_TEXT];

    for (size_t i = 0; i < sheet->head->column_count; i++) {
        enum sheet_type type = sheet->head->columns[i].type;
        if (!cells[i].given)
            put(sheet, i, "-");
        else if (type == SHEET_SHARE)
            put(sheet, i, percent(cells[i].number, buffer));
        else if (type == SHEET_BOOL)
            put(sheet, i, cells[i].number != 0 ? "yes" : "no");
        else
            put(sheet, i, sheet_cell_text(type, &cells[i], buffer));
    }
}

static bool stands_right(enum sheet_type type)
{
    return type == SHEET_INT || type == SHEET_SHARE;
}

static void print_row(FILE *out, const struct sheet *sheet, const char *const *cells)
{
    size_t count = sheet->head->column_count;

    for (size_t i = 0; i < count; i++) {
        int space = (int)(sheet->table->width[i] - utf8_columns(cells[i]));
        bool right = stands_right(sheet->head->columns[i].type);
        bool last = i + 1 == count;
        fprintf(out, "%*s%s%*s%s", right ? space : 0, "", cells[i], right || last ? 0 : space, "",
                last ? "\n" : "  ");
    }
}

static void finish(struct sheet *sheet)
{
    struct sheet_table *t = sheet->table;
    FILE *out = open_memstream(&t->text, &t->len);

    if (out == NULL)
        mem_exhausted(t->count);
    for (size_t i = 0; i < t->count; i += sheet->head->column_count)
        print_row(out, sheet, t->cells + i);
    if (fclose(out) != 0)
        mem_exhausted(t->len);
}

static void destroy(struct sheet *sheet)
{
    arena_destroy(sheet->table->arena);
    free(sheet->table->cells);
    free(sheet->table->text);
    free(sheet->table);
}

static const void *bytes(const struct sheet *sheet, size_t *len)
{
    *len = sheet->table->len;
    return sheet->table->text;
}

const struct sheet_writer sheet_writer_table = {
    .word = "table",
    .type = "text/plain; charset=utf-8",
    .begin = begin,
    .row = row,
    .finish = finish,
    .destroy = destroy,
    .bytes = bytes,
};

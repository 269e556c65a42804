/* sheet_xlsx.c: libxlsxwriter in its constant-memory mode: each row goes to its temporary file when
 * the next one begins, strings stand in their cells. The workbook is put together in a temporary
 * file of ours, read into memory for the answer and removed. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xlsxwriter.h>

#include "registry/sheet/sheet_internal.h"
#include "shared/arena.h"
#include "shared/when.h"

#define HEAD_ROWS 2
#define TEXT_MAX  32767 /* characters of a cell */
#define BYTES_MAX ((off_t)256 << 20)
/* Days of a spreadsheet count from 1899-12-30; it believes in a 29th of February 1900, so that days
 * before March of that year would show as another. */
#define DAY_BASE  25569
#define DAY_FIRST (-25508) /* 1900-03-01 */

struct sheet_xlsx {
    char path[256];
    lxw_workbook *book; /* NULL: closed, or never opened */
    lxw_worksheet *page;
    lxw_format *day, *share;
    char *bytes;
    size_t len;
};

static void fail(struct sheet *sheet, lxw_error error)
{
    if (error == LXW_NO_ERROR || sheet->fault.code != ERR_OK)
        return;
    if (error == LXW_ERROR_MAX_STRING_LENGTH_EXCEEDED)
        (void)fault_set(&sheet->fault, ERR_INPUT,
                        "%s, row %zu: a text is longer than the %d characters of a cell; "
                        "ask for CSV",
                        sheet->head->id, sheet->rows + 1, TEXT_MAX);
    else
        (void)fault_set(&sheet->fault, ERR_IO, "%s as XLSX: %s", sheet->head->id,
                        lxw_strerror(error));
}

static bool open_file(struct sheet *sheet)
{
    const char *folder = secure_getenv("TMPDIR");
    struct sheet_xlsx *x = sheet->xlsx;
    int fd = -1;
    int len = snprintf(x->path, sizeof x->path, "%s/evroll-sheet-XXXXXX",
                       folder != NULL && folder[0] != '\0' ? folder : "/tmp");

    if (len > 0 && (size_t)len < sizeof x->path)
        fd = mkostemp(x->path, O_CLOEXEC);
    if (fd >= 0) {
        close(fd);
        return true;
    }
    (void)fault_set(&sheet->fault, errno == ENOSPC ? ERR_FULL : ERR_IO,
                    "%s: a temporary file cannot be made: %m; set TMPDIR to a folder that can be "
                    "written",
                    x->path);
    x->path[0] = '\0';
    return false;
}

static void write_head(struct sheet *sheet)
{
    struct sheet_xlsx *x = sheet->xlsx;
    lxw_format *bold = workbook_add_format(x->book);
    lxw_format *grey = workbook_add_format(x->book);

    format_set_bold(bold);
    format_set_font_color(grey, LXW_COLOR_GRAY);
    for (size_t i = 0; i < sheet->head->column_count; i++) {
        lxw_col_t column = (lxw_col_t)i;
        fail(sheet, worksheet_set_column(x->page, column, column, 16, NULL));
    }
    worksheet_freeze_panes(x->page, HEAD_ROWS, 0);
    for (size_t i = 0; i < sheet->head->column_count; i++)
        fail(sheet, worksheet_write_string(x->page, 0, (lxw_col_t)i,
                                           sheet->head->columns[i].title_zh, bold));
    for (size_t i = 0; i < sheet->head->column_count; i++)
        fail(sheet,
             worksheet_write_string(x->page, 1, (lxw_col_t)i, sheet->head->columns[i].id, grey));
}

static void begin(struct sheet *sheet)
{
    lxw_workbook_options options = {.constant_memory = LXW_TRUE};
    struct sheet_xlsx *x = sheet->xlsx = mem_alloc(1, sizeof *x);

    if (!open_file(sheet))
        return;
    options.tmpdir = secure_getenv("TMPDIR");
    x->book = workbook_new_opt(x->path, &options);
    if (x->book == NULL)
        mem_exhausted(sizeof *x->book);
    x->page = workbook_add_worksheet(x->book, sheet->head->id);
    x->day = workbook_add_format(x->book);
    x->share = workbook_add_format(x->book);
    if (x->page == NULL || x->day == NULL || x->share == NULL) {
        fail(sheet, LXW_ERROR_MEMORY_MALLOC_FAILED);
        return;
    }
    format_set_num_format(x->day, "yyyy-mm-dd");
    format_set_num_format(x->share, "0.00%");
    write_head(sheet);
}

static lxw_error write_cell(const struct sheet_xlsx *x, lxw_row_t row, lxw_col_t column,
                            enum sheet_type type, const struct sheet_cell *cell)
{
    char buffer[SHEET_CELL_TEXT];

    switch (type) {
    case SHEET_INT:
        return worksheet_write_number(x->page, row, column, (double)cell->number, NULL);
    case SHEET_SHARE:
        return worksheet_write_number(x->page, row, column, (double)cell->number / 1e6, x->share);
    case SHEET_BOOL:
        return worksheet_write_boolean(x->page, row, column, cell->number != 0, NULL);
    case SHEET_DAY:
        if (cell->number >= DAY_FIRST)
            return worksheet_write_number(x->page, row, column, (double)(cell->number + DAY_BASE),
                                          x->day);
        break;
    default:
        break;
    }
    return worksheet_write_string(x->page, row, column, sheet_cell_text(type, cell, buffer), NULL);
}

static void row(struct sheet *sheet, const struct sheet_cell *cells)
{
    lxw_row_t place = (lxw_row_t)(sheet->rows + HEAD_ROWS);

    for (size_t i = 0; i < sheet->head->column_count; i++)
        if (cells[i].given)
            fail(sheet, write_cell(sheet->xlsx, place, (lxw_col_t)i, sheet->head->columns[i].type,
                                   &cells[i]));
}

static bool read_whole(int fd, char *bytes, size_t len)
{
    size_t got = 0;

    while (got < len) {
        ssize_t n = read(fd, bytes + got, len - got);
        if (n <= 0)
            return false;
        got += (size_t)n;
    }
    return true;
}

static void read_file(struct sheet *sheet)
{
    struct sheet_xlsx *x = sheet->xlsx;
    int fd = open(x->path, O_RDONLY | O_CLOEXEC);
    struct stat status = {0};

    if (fd < 0 || fstat(fd, &status) != 0) {
        (void)fault_set(&sheet->fault, ERR_IO, "%s: %m", x->path);
    } else if (status.st_size > BYTES_MAX) {
        (void)fault_set(&sheet->fault, ERR_FULL, "%s as XLSX has more than %lld bytes; ask for CSV",
                        sheet->head->id, (long long)BYTES_MAX);
    } else {
        x->len = (size_t)status.st_size;
        x->bytes = mem_alloc(x->len + 1, 1);
        if (!read_whole(fd, x->bytes, x->len))
            (void)fault_set(&sheet->fault, ERR_IO, "%s: cannot be read back", x->path);
    }
    if (fd >= 0)
        close(fd);
}

static void finish(struct sheet *sheet)
{
    lxw_error error = workbook_close(sheet->xlsx->book);

    sheet->xlsx->book = NULL;
    fail(sheet, error);
    if (sheet->fault.code == ERR_OK)
        read_file(sheet);
}

static void destroy(struct sheet *sheet)
{
    struct sheet_xlsx *x = sheet->xlsx;

    if (x->book != NULL)
        lxw_workbook_free(x->book);
    if (x->path[0] != '\0')
        unlink(x->path);
    free(x->bytes);
    free(x);
}

static const void *bytes(const struct sheet *sheet, size_t *len)
{
    *len = sheet->xlsx->len;
    return sheet->xlsx->bytes;
}

const struct sheet_writer sheet_writer_xlsx = {
    .word = "xlsx",
    .type = SHEET_XLSX_TYPE,
    .begin = begin,
    .row = row,
    .finish = finish,
    .destroy = destroy,
    .bytes = bytes,
};

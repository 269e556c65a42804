/*
 * sheet: rows of typed cells, given once and written as JSON, CSV, XLSX or a table for a terminal:
 * the same content in each, because every list, figure and page that has several formats goes
 * through here.
 *
 *     sheet = sheet_create(SHEET_XLSX, &head, &fault);
 *     for (…) sheet_row(sheet, cells);            a sticky error: nothing more is written
 *     err = sheet_finish(sheet, &fault);          then sheet_rows_json or sheet_write, sheet_bytes
 *     sheet_destroy(sheet);
 *
 *              JSON          CSV           XLSX                          table
 *     TEXT     string        text          string                        text
 *     INT      number        digits        number                        digits
 *     SHARE    number        0.947368      number, shown as a percentage 94.74 %
 *     DAY      "YYYY-MM-DD"  YYYY-MM-DD    date                          YYYY-MM-DD
 *     BOOL     true, false   1, 0          TRUE, FALSE                   yes, no
 *     none     null          empty         empty                         -
 *
 * JSON and CSV name columns by their ids; an XLSX has the Chinese titles in its first row and the
 * ids in its second. What somebody typed must not run in a spreadsheet: in CSV a text that begins
 * with = + - @, a tab or a carriage return gets an apostrophe in front; in XLSX every text is a
 * string cell, never a formula, and stays as it is.
 *
 * JSON, CSV and the table are held in memory; an XLSX is written row by row into a temporary file
 * (TMPDIR, else /tmp) that is removed by sheet_destroy. Limits: SHEET_ROWS_MAX rows, what a
 * spreadsheet holds; 32,767 characters a cell in XLSX. Errors: ERR_FULL (too many rows, disk),
 * ERR_INPUT (a cell too long), ERR_IO. Threads: a sheet belongs to one.
 */
#ifndef EVROLL_REGISTRY_SHEET_SHEET_H
#define EVROLL_REGISTRY_SHEET_SHEET_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "shared/err.h"

#define SHEET_ROWS_MAX    1000000
#define SHEET_COLUMNS_MAX 40

enum sheet_type {
    SHEET_TEXT,
    SHEET_INT,
    SHEET_SHARE, /* in millionths, may be negative: 947368 */
    SHEET_DAY,   /* days since 1970-01-01 */
    SHEET_BOOL
};

struct sheet_column {
    const char *id; /* of JSON and CSV */
    const char *title_zh, *title_en;
    enum sheet_type type;
};

/* What a sheet is about. Borrowed until sheet_destroy. */
struct sheet_head {
    const char *id; /* names the XLSX's sheet: at most 31 characters of a-z 0-9 - */
    const char *title_zh, *title_en;
    const struct sheet_column *columns;
    size_t column_count; /* 1 to SHEET_COLUMNS_MAX */
};

/* Of the type of its column. */
struct sheet_cell {
    bool given; /* false: none */
    const char *text;
    int64_t number;
};

struct sheet_cell sheet_text(const char *text); /* NULL and "" are none */
struct sheet_cell sheet_int(int64_t number);
struct sheet_cell sheet_share(int64_t millionths);
struct sheet_cell sheet_bool(bool yes);
struct sheet_cell sheet_day(int32_t day); /* outside 1900 to 2199: none */
struct sheet_cell sheet_none(void);

enum sheet_format { SHEET_TABLE, SHEET_JSON, SHEET_CSV, SHEET_XLSX, SHEET_FORMAT_COUNT };

/* "table", "json", "csv", "xlsx"; SHEET_FORMAT_COUNT when it is none of them. */
enum sheet_format sheet_format_parse(const char *word);
const char *sheet_format_type(enum sheet_format format); /* the media type */

#define SHEET_XLSX_TYPE "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

struct sheet;

/* Always gives a sheet; what went wrong shows in sheet_finish. */
struct sheet *sheet_create(enum sheet_format format, const struct sheet_head *head);
void sheet_destroy(struct sheet *sheet); /* NULL is allowed */

void sheet_row(struct sheet *sheet, const struct sheet_cell *cells);
size_t sheet_row_count(const struct sheet *sheet);
/* CSV only: moves what is there so far to `out`, so that a long list needs no memory. */
enum err sheet_flush(struct sheet *sheet, FILE *out, struct fault *fault) ERR_CHECKED;

enum err sheet_finish(struct sheet *sheet, struct fault *fault) ERR_CHECKED;
/* After sheet_finish. JSON: a list of objects. The caller owns the reference. */
json_t *sheet_rows_json(const struct sheet *sheet);
/* After sheet_finish, all but JSON: the document. Valid until sheet_destroy. */
const void *sheet_bytes(const struct sheet *sheet, size_t *len);

#endif

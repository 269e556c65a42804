/* sheet_internal: what the formats share. Each is a table of functions; sheet.c checks and calls. */
#ifndef EVROLL_REGISTRY_SHEET_SHEET_INTERNAL_H
#define EVROLL_REGISTRY_SHEET_SHEET_INTERNAL_H

#include "registry/sheet/sheet.h"
#include "shared/csv.h"

struct sheet_xlsx; /* sheet_xlsx.c: the only file that knows libxlsxwriter */
struct sheet_table;

struct sheet {
    const struct sheet_head *head;
    enum sheet_format format;
    size_t rows;
    struct fault fault; /* the first error; code ERR_OK: none */
    json_t *list;
    struct csv_writer csv;
    struct sheet_xlsx *xlsx;
    struct sheet_table *table;
};

/* One format. `begin` may refuse by setting the sheet's fault; so may `row` and `finish`. */
struct sheet_writer {
    const char *word, *type;
    void (*begin)(struct sheet *sheet);
    void (*row)(struct sheet *sheet, const struct sheet_cell *cells);
    void (*finish)(struct sheet *sheet);
    void (*destroy)(struct sheet *sheet);
    const void *(*bytes)(const struct sheet *sheet, size_t *len);
};

extern const struct sheet_writer sheet_writer_table, sheet_writer_json, sheet_writer_csv,
    sheet_writer_xlsx;

#define SHEET_CELL_TEXT 32

/* The cell as CSV has it; numbers are written into `buffer`. "" for none. */
const char *sheet_cell_text(enum sheet_type type, const struct sheet_cell *cell,
                            char buffer[static SHEET_CELL_TEXT]);

#endif

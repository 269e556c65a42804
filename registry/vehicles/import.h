/*
 * import: files (orgs.csv, vehicles.csv, …) into the registry, row by row; import_kind.h says what a
 * kind of file is.
 *
 * Good rows go in, bad rows come back with line, column and reason. A row that says what the
 * register says already changes nothing, so the same file twice is the same as once. A row about a
 * vehicle or org that is known makes a new version for what it changes, from the day in the
 * optional column `effective`, or from today. A second row of the file about the same vehicle, org
 * or exemption is refused when it says something else for the same day, or goes back in time.
 * Columns of optional values may be left out: what they say stays as it is. The header is checked
 * first; with a wrong one nothing is read. The three columns (line, column, reason) behind the rows
 * of a file of rejected rows are passed over.
 *
 * The import is one entry of the audit log, with its counts and the file's SHA-256, in the
 * transaction of its last rows; the transactions before it are entered as its parts.
 *
 * Rows go in by transactions of a few thousand; a row is reported after the commit that holds it.
 * When the store fails, what was committed stays, and the same file again does the rest. In memory
 * are one transaction's rows, and 80 bytes for each thing that rows before them are about.
 */
#ifndef EVROLL_REGISTRY_VEHICLES_IMPORT_H
#define EVROLL_REGISTRY_VEHICLES_IMPORT_H

#include "registry/store/sql.h"
#include "registry/vehicles/import_kind.h"
#include "shared/csv.h"

struct import_counts {
    int64_t rows, created, changed, unchanged, rejected;
    int64_t warnings; /* not rows: a row may have several */
};

/* A row that needs attention: refused or with warnings. Valid during the call. */
struct import_row {
    int64_t line;
    enum change_outcome outcome;
    const char *const *values; /* as in the file, `columns` of them; NULL when it was malformed */
    const char *raw;           /* the line of a malformed row */
    const struct remarks *remarks;
};

struct import_options {
    struct sql *db;
    const struct clock *clock;
    const char *author, *role;              /* NULL role: of the command line */
    const char *file;                       /* its name, for the audit log; NULL: none */
    const struct import_kind *kind;         /* NULL: told by the header, among `kinds` */
    const struct import_kind *const *kinds; /* ends with NULL; not read when `kind` is given */
    csv_source *source;
    void *source_arg;
    void *arg;
    /* All may be NULL. `header` comes once, before any row; `progress` after each commit. */
    void (*header)(void *arg, const struct import_kind *kind, const char *const *columns,
                   size_t count);
    void (*row)(void *arg, const struct import_row *row);
    void (*progress)(void *arg, const struct import_counts *counts, uint64_t bytes);
};

/* ERR_INPUT: the header is wrong. Bad rows are no error. `counts` is set in any case. */
enum err import_run(const struct import_options *options, struct import_counts *counts,
                    struct fault *fault) ERR_CHECKED;

#endif

/* import_internal: the kinds of files: their columns and what a row of each does. */
#ifndef EVROLL_REGISTRY_VEHICLES_IMPORT_INTERNAL_H
#define EVROLL_REGISTRY_VEHICLES_IMPORT_INTERNAL_H

#include "registry/vehicles/import.h"

#define COLUMN_EFFECTIVE (-2)

struct import_columns {
    const char **names;
    int *fields; /* index in the kind's table, or COLUMN_EFFECTIVE */
    size_t count;
    size_t width; /* fields of a row: `count`, and three more in a file of rejected rows */
};

struct import_kind {
    const char *name;
    const struct field *fields;
    size_t field_count;
    const char *mark; /* with fields[0], the column by which the kind is known */
    unsigned key;     /* mask of the fields that say what a row is about */
    unsigned lasting; /* mask of the days that hold for its whole life */
    bool effective;   /* is there an optional column `effective`? */
    enum err (*apply)(struct registrar *registrar, const struct import_columns *columns,
                      const char *const *values, enum change_outcome *outcome,
                      struct remarks *remarks, struct fault *fault);
};

const struct import_kind *import_kind_guess(const struct import_columns *columns);
/* A file of rejected rows has three columns more (line, column, reason), which say nothing here. */
void import_columns_cut(struct import_columns *columns);
/* Fills columns->fields; names what is unknown, missing or there twice. */
enum err import_columns_bind(const struct import_kind *kind, struct import_columns *columns,
                             struct arena *arena, struct fault *fault) ERR_CHECKED;

#endif

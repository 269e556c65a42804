/*
 * import_kind: what a kind of file is: its columns and what a row of it does. Each part of the
 * registry that takes files has its kinds; registry/import_kinds.h has them all.
 *
 * `apply` runs inside the registrar's transaction, gives the outcome, and says in `remarks` why it
 * refused the row; a refused row has written nothing. Plain constants, any thread.
 */
#ifndef EVROLL_REGISTRY_VEHICLES_IMPORT_KIND_H
#define EVROLL_REGISTRY_VEHICLES_IMPORT_KIND_H

#include "registry/vehicles/registrar.h"

#define COLUMN_EFFECTIVE (-2)

struct import_columns {
    const char **names;
    int *fields; /* index in the kind's table, or COLUMN_EFFECTIVE */
    size_t count;
    size_t width; /* fields of a row: `count`, and three more in a file of rejected rows */
};

struct import_kind {
    const char *name; /* of the file, without .csv */
    const struct field *fields;
    size_t field_count;
    const char *mark;    /* with fields[0], the column by which the kind is known */
    unsigned key;        /* mask of the fields that say what a row is about */
    unsigned lasting;    /* mask of the days that hold for its whole life */
    bool effective;      /* is there an optional column `effective`? */
    size_t record_bytes; /* the longest row; 0: csv.h's own limit */
    enum err (*apply)(struct registrar *registrar, const struct import_columns *columns,
                      const char *const *values, enum change_outcome *outcome,
                      struct remarks *remarks, struct fault *fault);
};

/* The register's own. */
extern const struct import_kind import_orgs, import_vehicles, import_exemptions, import_exceptions,
    import_statistics;

/* For `apply`: the row into a record; gives the mask of the fields that were there. `effective` may
 * be NULL for kinds without that column. */
unsigned import_parse(const struct field *fields, const struct import_columns *columns,
                      const char *const *values, void *record, int32_t *effective,
                      struct remarks *remarks);

/* Kinds in a list that ends with NULL. NULL when it is none of them. */
const struct import_kind *import_kind_named(const struct import_kind *const *kinds,
                                            const char *name);
const struct import_kind *import_kind_guess(const struct import_kind *const *kinds,
                                            const struct import_columns *columns);
/* "orgs, vehicles, …" for a refusal. */
const char *import_kinds_join(const struct import_kind *const *kinds, struct arena *arena);

/* A file of rejected rows has three columns more (line, column, reason), which say nothing here. */
void import_columns_cut(struct import_columns *columns);
/* Fills columns->fields; names what is unknown, missing or there twice. */
enum err import_columns_bind(const struct import_kind *kind, struct import_columns *columns,
                             struct arena *arena, struct fault *fault) ERR_CHECKED;

#endif

/* migrations: the schema's numbered steps, built into the program from migrations/NNNN_name.sql at
 * build time. */
#ifndef EVROLL_REGISTRY_STORE_MIGRATIONS_H
#define EVROLL_REGISTRY_STORE_MIGRATIONS_H

#include <stddef.h>

struct migration {
    int number; /* from 1, without gaps */
    const char *name;
    const char *sql; /* statements separated by ";" at the end of a line */
};

extern const struct migration migrations[];
extern const size_t migration_count;

#endif

/*
 * import_seen: what the rows of one file have said so far, so that two rows that contradict each
 * other are noticed: each would change the register back at every import. Kept as hashes, about 50
 * bytes a row. Owned by the caller; one thread.
 */
#ifndef EVROLL_REGISTRY_VEHICLES_IMPORT_SEEN_H
#define EVROLL_REGISTRY_VEHICLES_IMPORT_SEEN_H

#include <stdint.h>

#include "registry/vehicles/import_internal.h"

struct import_seen;

struct import_seen_row {
    uint64_t key; /* of the columns that say what the row is about; never 0 */
    uint64_t all; /* of all columns */
    int64_t line;
};

struct import_seen *import_seen_create(void);
void import_seen_destroy(struct import_seen *seen);

struct import_seen_row import_seen_row(const struct import_kind *kind,
                                       const struct import_columns *columns,
                                       const char *const *values, int64_t line);
/* The line of an earlier row that says something else about the same; 0 when there is none. */
int64_t import_seen_other(const struct import_seen *seen, const struct import_seen_row *row);
void import_seen_put(struct import_seen *seen, const struct import_seen_row *row);

#endif

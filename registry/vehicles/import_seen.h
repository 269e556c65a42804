/*
 * import_seen: what the rows of one file have said so far, so that two rows that contradict each
 * other are noticed: each would change the register back at every import. Kept as hashes, about 80
 * bytes for each vehicle, org or exemption. Owned by the caller; one thread.
 */
#ifndef EVROLL_REGISTRY_VEHICLES_IMPORT_SEEN_H
#define EVROLL_REGISTRY_VEHICLES_IMPORT_SEEN_H

#include <stdint.h>

#include "registry/vehicles/import_kind.h"

struct import_seen;

struct import_seen_row {
    uint64_t key;     /* of the columns that say what the row is about; never 0 */
    uint64_t lasting; /* of those that hold for its whole life */
    uint64_t all;     /* of all but `effective` */
    int64_t line;
    int32_t day; /* from which the row holds */
};

struct import_seen *import_seen_create(void);
void import_seen_destroy(struct import_seen *seen);

struct import_seen_row import_seen_row(const struct import_kind *kind,
                                       const struct import_columns *columns,
                                       const char *const *values, int64_t line, int32_t today);
/* Why the row does not go with an earlier one about the same, whose line is set; NULL: it does. */
const char *import_seen_clash(const struct import_seen *seen, const struct import_seen_row *row,
                              int64_t *line);
void import_seen_put(struct import_seen *seen, const struct import_seen_row *row);

#endif

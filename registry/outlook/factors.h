/*
 * factors: emission factors as data, each with its source and how sure it is. The built-in table is
 * registry/outlook/factors.yaml; a file of the same form takes its place as a whole.
 *
 * A value is a decimal of at most four places, kept as an integer of ten-thousandths of its unit.
 * The ids that the computation knows have a fixed unit; ids that begin with "grid_" are kinds of
 * electricity, in kg/kWh. A set is never changed after loading and may be read by any thread.
 */
#ifndef EVROLL_REGISTRY_OUTLOOK_FACTORS_H
#define EVROLL_REGISTRY_OUTLOOK_FACTORS_H

#include <stddef.h>
#include <stdint.h>

#include "shared/err.h"

#define FACTOR_SCALE        10000
#define FACTOR_GRID_DEFAULT "grid_national_2023"

struct factor {
    const char *id, *value, *unit, *title_zh, *title_en, *source, *confidence;
    int64_t scaled; /* in 1/FACTOR_SCALE of the unit */
};

struct factor_set;

/* `path` NULL: the built-in table. ERR_INPUT names file, line and column where it can: an id that is
 * missing, unknown or given twice, a unit that is not the id's, a value that is no such decimal. */
enum err factors_load(const char *path, struct factor_set **set, struct fault *fault) ERR_CHECKED;
void factors_free(struct factor_set *set); /* NULL is allowed */

const struct factor *factors_find(const struct factor_set *set, const char *id); /* NULL: none */
size_t factors_count(const struct factor_set *set);
const struct factor *factors_at(const struct factor_set *set, size_t index);

/* A decimal without sign of at most `places` (0 to 6) places, as an integer of 10^-places; -1 when
 * it is none or more than 10^9. */
int64_t factors_decimal(const char *text, int places);

#endif

/*
 * definition: what counts as green freight. The plan's clause does not say, and the figure hangs on
 * it, so a definition is data with a version and a source, and every answer names the one it used.
 * Immutable, any thread.
 */
#ifndef EVROLL_REGISTRY_FREIGHT_DEFINITION_H
#define EVROLL_REGISTRY_FREIGHT_DEFINITION_H

#include <stddef.h>
#include <stdint.h>

struct green_definition {
    const char *id; /* "clean_no_trucks" */
    int64_t version;
    const char *title_zh, *title_en;
    uint32_t modes; /* mask of 1u << enum freight_mode: those that count */
    const char *source;
    const char *note; /* NULL: none */
};

/* The built-in set, by the names of the API: clean_no_trucks, green, green_lenient. */
#define GREEN_DEFINITIONS 3
extern const struct green_definition green_definitions[GREEN_DEFINITIONS];
/* The plan's own as of a day, the built-in one where it has none of that name. `plan` NULL: the built-in
 * set. */
struct plan;
void green_definitions_of(const struct plan *plan, int32_t day,
                          struct green_definition out[static GREEN_DEFINITIONS]);
/* NULL: there is none of that id. */
const struct green_definition *green_definition_find(const char *id);

#endif

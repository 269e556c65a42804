/*
 * config_internal: what the config files share. A step is one way down into a document: into a
 * mapping by key, or into a list by index. Steps borrow their keys.
 */
#ifndef EVROLL_SHARED_CONFIG_INTERNAL_H
#define EVROLL_SHARED_CONFIG_INTERNAL_H

#include "shared/config.h"

struct config_step {
    const char *key; /* NULL: a list's entry */
    size_t index;
};

#define CONFIG_STEPS_MAX (CONFIG_DEPTH_MAX + 2)

/* Where something stands, and what is written there. */
struct config_spot {
    size_t line, column; /* from 1 */
    char said[48];       /* the scalar, cut; empty for a mapping or list */
    bool scalar;
};

enum config_part { CONFIG_VALUE, CONFIG_KEY };

/* What libyaml alone can find wrong: syntax, aliases, depth, a second document, nothing at all. */
enum err config_check(const char *name, const char *text, size_t len,
                      struct fault *fault) ERR_CHECKED;

/* The value (or its key) at the end of the steps. `repeat` 1 asks for the second time the last key
 * is given. False: the spot is that of the nearest thing above. */
bool config_find(const char *text, size_t len, const struct config_step *steps, size_t count,
                 enum config_part part, unsigned repeat, struct config_spot *spot);

/* "a whole number from 0 to 65535", "one of: a, b", … for the value that the steps lead to. */
void config_expected(const cyaml_schema_value_t *schema, const struct config_step *steps,
                     size_t count, char *out, size_t size);

#endif

/*
 * config: a YAML file read into a struct, checked against a schema. A thin wrapper of libcyaml; the
 * schema is written with libcyaml's own macros (CYAML_VALUE_MAPPING, CYAML_FIELD_STRING_PTR, …),
 * which this header brings along. Include this header, never <cyaml/cyaml.h>.
 *
 *     static const cyaml_schema_field_t fields[] = {
 *         CYAML_FIELD_STRING_PTR("listen", CYAML_FLAG_POINTER, struct settings, listen, 1, 64),
 *         CYAML_FIELD_UINT("port", CYAML_FLAG_DEFAULT, struct settings, port),
 *         CYAML_FIELD_ENUM("durability", CYAML_FLAG_OPTIONAL | CYAML_FLAG_STRICT, …),
 *         CYAML_FIELD_END,
 *     };
 *     static const cyaml_schema_value_t schema = {
 *         CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct settings, fields),
 *     };
 *     err = config_load(path, &schema, &data, fault);   … config_free(&schema, data);
 *
 * The top of the schema is a mapping with CYAML_FLAG_POINTER. Keys that are OPTIONAL and not given
 * leave zero bytes. The loaded struct and all it points to belong to the caller until config_free.
 *
 * Every fault reads "NAME:LINE:COLUMN: what is wrong; expected …", with line and column from 1, the
 * column in characters, pointing at the key or value itself. libcyaml alone points at the value
 * before the wrong key and loses the place of syntax errors; libyaml, on which it stands, knows.
 *
 * Refused beyond the schema: more than CONFIG_BYTES_MAX, aliases (a small file could grow to fill
 * the memory), a second document, an empty document, nesting deeper than CONFIG_DEPTH_MAX.
 *
 * Errors: ERR_INPUT (the file's fault), ERR_NOT_FOUND (no such file), ERR_IO, ERR_FULL (memory).
 * Blocks on the disk only. Thread safety: no shared state.
 */
#ifndef EVROLL_SHARED_CONFIG_H
#define EVROLL_SHARED_CONFIG_H

#include <cyaml/cyaml.h>
#include <stdbool.h>
#include <stddef.h>

#include "shared/err.h"

#define CONFIG_BYTES_MAX (1u << 20)
#define CONFIG_DEPTH_MAX 32

enum err config_load(const char *path, const cyaml_schema_value_t *schema, void **data,
                     struct fault *fault) ERR_CHECKED;

/* `name` stands for the file in faults. `text` need not end in NUL. */
enum err config_load_text(const char *name, const char *text, size_t len,
                          const cyaml_schema_value_t *schema, void **data,
                          struct fault *fault) ERR_CHECKED;

/* `data` may be NULL. */
void config_free(const cyaml_schema_value_t *schema, void *data);

/* Reads a whole file of at most CONFIG_BYTES_MAX for config_load_text: for callers that want the
 * text too, to say where in it something is (config_place). `*text` ends in NUL (not counted); free
 * it with free(). */
enum err config_read(const char *path, char **text, size_t *len, struct fault *fault) ERR_CHECKED;

/* Where the value at `path` stands in `text`, for faults that a schema cannot find. `path` is keys
 * and list indexes from 0, separated by '/': "rules/3/threshold". False when there is none; then
 * line and column are those of the nearest thing above it that there is (1:1 at worst). */
bool config_place(const char *text, size_t len, const char *path, size_t *line, size_t *column);

/* libcyaml takes every word but false, no, 0 … as true. Here a boolean is true, false, yes or no,
 * and anything else is a fault. Members are `bool`. */
extern const cyaml_strval_t config_bool_words[4];
#undef CYAML_FIELD_BOOL
#define CYAML_FIELD_BOOL(_key, _flags, _structure, _member)                                        \
    CYAML_FIELD_ENUM(_key, (_flags) | CYAML_FLAG_STRICT, _structure, _member, config_bool_words, 4)

#endif

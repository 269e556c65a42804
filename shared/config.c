/*
 * The way of a file: read whole, checked by libyaml for what needs no schema (config_place.c),
 * loaded by libcyaml. When libcyaml refuses, its log holds the reason and a backtrace of keys and
 * list entries; the places in it are those of the last value it took, which is often the line
 * before. So only the keys and entries are used, as steps down the document, and libyaml says where
 * they lead.
 */
#include "shared/config.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/config_internal.h"

const cyaml_strval_t config_bool_words[4] = {{"true", 1}, {"false", 0}, {"yes", 1}, {"no", 0}};

/* libcyaml's complaint: the first error line, then the backtrace, innermost first. */
struct complaint {
    char reason[256];
    char keys[CONFIG_STEPS_MAX][64];
    struct config_step steps[CONFIG_STEPS_MAX]; /* outermost first, after complaint_settle */
    size_t count;
};

static void complaint_step(struct complaint *c, const char *line)
{
    unsigned entry = 0;
    struct config_step *step = &c->steps[c->count];

    if (c->count == CONFIG_STEPS_MAX)
        return;
    if (sscanf(line, " in mapping field '%63[^']'", c->keys[c->count]) == 1)
        *step = (struct config_step){.key = c->keys[c->count]};
    else if (sscanf(line, " in sequence entry '%u'", &entry) == 1)
        *step = (struct config_step){.index = entry > 0 ? entry - 1 : 0};
    else
        return; /* "in mapping": no key of it was taken */
    c->count++;
}

static void complaint_log(cyaml_log_t level, void *arg, const char *format, va_list args)
{
    struct complaint *c = arg;
    char line[256] = "";
    const char *text = line;

    if (level < CYAML_LOG_ERROR)
        return;
    vsnprintf(line, sizeof line, format, args);
    line[strcspn(line, "\n")] = '\0';
    if (strncmp(line, "  in ", 5) == 0) {
        complaint_step(c, line);
        return;
    }
    if (strncmp(text, "Load: ", 6) == 0)
        text += 6;
    if (c->reason[0] == '\0')
        snprintf(c->reason, sizeof c->reason, "%s", text);
}

static void complaint_settle(struct complaint *c)
{
    for (size_t i = 0; i < c->count / 2; i++) {
        struct config_step other = c->steps[c->count - 1 - i];
        c->steps[c->count - 1 - i] = c->steps[i];
        c->steps[i] = other;
    }
}

static const char *complaint_word(const struct complaint *c)
{
    const char *colon = strstr(c->reason, ": ");
    return colon != NULL ? colon + 2 : "";
}

/* What a fault is made of, whatever its kind. */
struct scene {
    const char *name;
    const char *text;
    size_t len;
    const cyaml_schema_value_t *schema;
    struct complaint complaint;
};

static enum err fault_unknown_key(struct scene *scene, struct fault *fault)
{
    struct complaint *c = &scene->complaint;
    struct config_spot spot;
    char key[64];
    char expected[384];

    snprintf(key, sizeof key, "%s", complaint_word(c));
    config_expected(scene->schema, c->steps, c->count, expected, sizeof expected);
    if (c->count < CONFIG_STEPS_MAX)
        c->steps[c->count++] = (struct config_step){.key = complaint_word(c)};
    config_find(scene->text, scene->len, c->steps, c->count, CONFIG_KEY, 0, &spot);
    return fault_set(fault, ERR_INPUT, "%s:%zu:%zu: unknown key \"%s\"; expected %s", scene->name,
                     spot.line, spot.column, key, expected);
}

static enum err fault_missing_key(struct scene *scene, struct fault *fault)
{
    struct complaint *c = &scene->complaint;
    struct config_spot spot;
    char expected[256];
    size_t above = c->count > 0 ? c->count - 1 : 0; /* the last step is the last key taken */

    config_find(scene->text, scene->len, c->steps, above, CONFIG_VALUE, 0, &spot);
    c->steps[above] = (struct config_step){.key = complaint_word(c)};
    config_expected(scene->schema, c->steps, above + 1, expected, sizeof expected);
    return fault_set(fault, ERR_INPUT,
                     "%s:%zu:%zu: the key \"%s\" is missing in the mapping that begins here; "
                     "expected %s",
                     scene->name, spot.line, spot.column, complaint_word(c), expected);
}

static enum err fault_repeated_key(struct scene *scene, struct fault *fault)
{
    struct complaint *c = &scene->complaint;
    struct config_spot spot;

    config_find(scene->text, scene->len, c->steps, c->count, CONFIG_KEY, 1, &spot);
    return fault_set(fault, ERR_INPUT,
                     "%s:%zu:%zu: the key \"%s\" is given twice in one mapping; expected once",
                     scene->name, spot.line, spot.column, complaint_word(c));
}

/* Of a list of words libcyaml says which is wrong, but not where: one step further down. */
static void find_flag(struct scene *scene)
{
    struct complaint *c = &scene->complaint;
    struct config_spot spot;

    if (strncmp(c->reason, "Unknown flag: ", 14) != 0 || c->count == CONFIG_STEPS_MAX)
        return;
    for (size_t i = 0;; i++) {
        c->steps[c->count] = (struct config_step){.index = i};
        if (!config_find(scene->text, scene->len, c->steps, c->count + 1, CONFIG_VALUE, 0, &spot))
            return;
        if (strncmp(spot.said, complaint_word(c), sizeof spot.said - 1) == 0) {
            c->count++;
            return;
        }
    }
}

static enum err fault_value(struct scene *scene, struct fault *fault)
{
    struct complaint *c = &scene->complaint;
    struct config_spot spot;
    char expected[384];
    char where[80] = "the file";

    find_flag(scene);
    config_find(scene->text, scene->len, c->steps, c->count, CONFIG_VALUE, 0, &spot);
    config_expected(scene->schema, c->steps, c->count, expected, sizeof expected);
    if (c->count > 0 && c->steps[c->count - 1].key != NULL)
        snprintf(where, sizeof where, "\"%s\"", c->steps[c->count - 1].key);
    else if (c->count > 0)
        snprintf(where, sizeof where, "entry %zu of the list", c->steps[c->count - 1].index + 1);
    if (spot.scalar)
        return fault_set(fault, ERR_INPUT, "%s:%zu:%zu: \"%s\" is no value for %s; expected %s",
                         scene->name, spot.line, spot.column, spot.said, where, expected);
    return fault_set(fault, ERR_INPUT,
                     "%s:%zu:%zu: a mapping or list is no value for %s; "
                     "expected %s",
                     scene->name, spot.line, spot.column, where, expected);
}

/* Too many or too few entries: the place is the first one too many, or the list. */
static enum err fault_list(struct scene *scene, struct fault *fault)
{
    struct complaint *c = &scene->complaint;
    struct config_spot spot;
    struct config_step steps[CONFIG_STEPS_MAX];
    char expected[256];
    unsigned max = 0;
    bool many = sscanf(c->reason, "Excessive entries (%u", &max) == 1;

    /* The last entry that was taken, if any, stands innermost; the list is above it. */
    if (c->count > 0 && c->steps[c->count - 1].key == NULL)
        c->count--;
    memcpy(steps, c->steps, sizeof steps);
    steps[c->count] = (struct config_step){.index = max};
    config_find(scene->text, scene->len, steps, c->count + (many ? 1 : 0), CONFIG_VALUE, 0, &spot);
    config_expected(scene->schema, c->steps, c->count, expected, sizeof expected);
    return fault_set(fault, ERR_INPUT, "%s:%zu:%zu: too %s entries; expected %s", scene->name,
                     spot.line, spot.column, many ? "many" : "few", expected);
}

static enum err fault_refused(cyaml_err_t refused, struct scene *scene, struct fault *fault)
{
    complaint_settle(&scene->complaint);
    switch (refused) {
    case CYAML_ERR_OOM:
        return fault_set(fault, ERR_FULL, "%s: memory is used up", scene->name);
    case CYAML_ERR_INVALID_KEY:
        return fault_unknown_key(scene, fault);
    case CYAML_ERR_MAPPING_FIELD_MISSING:
        return fault_missing_key(scene, fault);
    case CYAML_ERR_UNEXPECTED_EVENT:
        return fault_repeated_key(scene, fault);
    case CYAML_ERR_SEQUENCE_ENTRIES_MIN:
    case CYAML_ERR_SEQUENCE_ENTRIES_MAX:
        return fault_list(scene, fault);
    default:
        return fault_value(scene, fault);
    }
}

static const cyaml_config_t cyaml_base = {
    .mem_fn = cyaml_mem,
    .log_level = CYAML_LOG_ERROR,
    .flags = CYAML_CFG_NO_ALIAS,
};

enum err config_load_text(const char *name, const char *text, size_t len,
                          const cyaml_schema_value_t *schema, void **data, struct fault *fault)
{
    struct scene scene = {.name = name, .text = text, .len = len, .schema = schema};
    cyaml_config_t cyaml = cyaml_base;
    cyaml_err_t refused = CYAML_OK;
    enum err err = ERR_OK;

    *data = NULL;
    if (len > CONFIG_BYTES_MAX)
        return fault_set(fault, ERR_INPUT, "%s:1:1: longer than %u bytes", name, CONFIG_BYTES_MAX);
    err = config_check(name, text, len, fault);
    if (err != ERR_OK)
        return err;
    cyaml.log_fn = complaint_log;
    cyaml.log_ctx = &scene.complaint;
    refused = cyaml_load_data((const uint8_t *)text, len, &cyaml, schema, data, NULL);
    return refused == CYAML_OK ? ERR_OK : fault_refused(refused, &scene, fault);
}

void config_free(const cyaml_schema_value_t *schema, void *data)
{
    if (data != NULL)
        cyaml_free(&cyaml_base, schema, data, 0);
}

static enum err read_all(const char *path, FILE *file, char **text, size_t *len,
                         struct fault *fault)
{
    char *bytes = malloc(CONFIG_BYTES_MAX + 2);

    if (bytes == NULL)
        return fault_set(fault, ERR_FULL, "%s: memory is used up", path);
    *len = fread(bytes, 1, CONFIG_BYTES_MAX + 1, file);
    if (ferror(file)) {
        free(bytes);
        return fault_set(fault, ERR_IO, "%s: cannot be read: %m", path);
    }
    if (*len > CONFIG_BYTES_MAX) {
        free(bytes);
        return fault_set(fault, ERR_INPUT, "%s:1:1: longer than %u bytes", path, CONFIG_BYTES_MAX);
    }
    bytes[*len] = '\0';
    *text = bytes;
    return ERR_OK;
}

enum err config_read(const char *path, char **text, size_t *len, struct fault *fault)
{
    enum err err = ERR_OK;
    FILE *file = fopen(path, "rbe");

    if (file == NULL)
        return fault_set(fault, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, "%s: cannot open: %m",
                         path);
    err = read_all(path, file, text, len, fault);
    fclose(file);
    return err;
}

enum err config_load(const char *path, const cyaml_schema_value_t *schema, void **data,
                     struct fault *fault)
{
    char *text = NULL;
    size_t len = 0;
    enum err err = config_read(path, &text, &len, fault);

    *data = NULL;
    if (err == ERR_OK)
        err = config_load_text(path, text, len, schema, data, fault);
    free(text);
    return err;
}

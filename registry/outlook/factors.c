#include "registry/outlook/factors.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/config.h"

#define PLACES     4
#define DIGITS_MAX 9

/* The factors that the computation asks for. */
static const struct {
    const char *id, *unit;
} wanted[] = {
    {"nox_cn5", "g/km"},
    {"nox_cn6", "g/km"},
    {"diesel_co2", "kg/kg"},
    {"diesel_density", "kg/l"},
    {FACTOR_GRID_DEFAULT, "kg/kWh"},
};

struct factor_set {
    struct factor *factors;
    uint32_t factors_count;
};

extern const char outlook_factors_text[]; /* registry/outlook/factors.yaml */

#define TEXT_FIELD(name)                                                                           \
    CYAML_FIELD_STRING_PTR(#name, CYAML_FLAG_POINTER, struct factor, name, 1, 1000)

static const cyaml_schema_field_t factor_fields[] = {
    TEXT_FIELD(id),       TEXT_FIELD(value),  TEXT_FIELD(unit),       TEXT_FIELD(title_zh),
    TEXT_FIELD(title_en), TEXT_FIELD(source), TEXT_FIELD(confidence), CYAML_FIELD_END,
};
static const cyaml_schema_value_t factor_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct factor, factor_fields),
};
static const cyaml_schema_field_t set_fields[] = {
    CYAML_FIELD_SEQUENCE("factors", CYAML_FLAG_POINTER, struct factor_set, factors, &factor_schema,
                         1, 200),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t set_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct factor_set, set_fields),
};

int64_t factors_decimal(const char *text, int places)
{
    int64_t number = 0;
    int after = -1; /* places seen; -1: no point yet */
    int digits = 0;

    for (; *text != '\0'; text++) {
        if (*text == '.' && after < 0 && digits > 0) {
            after = 0;
            continue;
        }
        if (*text < '0' || *text > '9' || (after < 0 && ++digits > DIGITS_MAX) ||
            (after >= 0 && ++after > places))
            return -1;
        number = number * 10 + (*text - '0');
    }
    if (digits == 0 || after == 0)
        return -1;
    for (int i = after < 0 ? 0 : after; i < places; i++)
        number *= 10;
    return number;
}

/* ---- loading ---- */

static const char *unit_of(const char *id)
{
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++)
        if (strcmp(wanted[i].id, id) == 0)
            return wanted[i].unit;
    return strncmp(id, "grid_", 5) == 0 ? "kg/kWh" : NULL;
}

static bool is_confidence(const char *word)
{
    return strcmp(word, "found") == 0 || strcmp(word, "known") == 0 || strcmp(word, "assumed") == 0;
}

static enum err refuse(const char *name, const char *text, size_t len, size_t index,
                       const char *key, const char *why, struct fault *fault)
{
    char path[64];
    size_t line = 1;
    size_t column = 1;

    snprintf(path, sizeof path, "factors/%zu/%s", index, key);
    config_place(text, len, path, &line, &column);
    return fault_set(fault, ERR_INPUT, "%s:%zu:%zu: %s", name, line, column, why);
}

/* The key that is wrong, and why; NULL when the factor is good. */
static const char *wrong_key(const struct factor_set *set, size_t index, const char **why)
{
    struct factor *f = &set->factors[index];
    const char *unit = unit_of(f->id);

    *why = "expected a decimal without sign of at most four places, in quotes";
    f->scaled = factors_decimal(f->value, PLACES);
    if (f->scaled < 0)
        return "value";
    *why =
        "no such factor is used; expected nox_cn5, nox_cn6, diesel_co2, diesel_density or grid_…";
    if (unit == NULL)
        return "id";
    *why = "this id stands in the file twice";
    if (factors_find(set, f->id) != f)
        return "id";
    *why = "not the unit of this id: g/km for nox_…, kg/kWh for grid_…, kg/kg, kg/l";
    if (strcmp(unit, f->unit) != 0)
        return "unit";
    *why = "expected found, known or assumed";
    return is_confidence(f->confidence) ? NULL : "confidence";
}

static enum err check(const char *name, const char *text, size_t len, const struct factor_set *set,
                      struct fault *fault)
{
    const char *why = NULL;

    for (size_t i = 0; i < set->factors_count; i++) {
        const char *key = wrong_key(set, i, &why);
        if (key != NULL)
            return refuse(name, text, len, i, key, why, fault);
    }
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++)
        if (factors_find(set, wanted[i].id) == NULL)
            return fault_set(fault, ERR_INPUT, "%s:1:1: the factor \"%s\" is missing", name,
                             wanted[i].id);
    return ERR_OK;
}

static enum err load_text(const char *name, const char *text, size_t len, struct factor_set **set,
                          struct fault *fault)
{
    void *data = NULL;
    enum err err = config_load_text(name, text, len, &set_schema, &data, fault);

    *set = data;
    if (err == ERR_OK)
        err = check(name, text, len, *set, fault);
    if (err != ERR_OK) {
        factors_free(*set);
        *set = NULL;
    }
    return err;
}

enum err factors_load(const char *path, struct factor_set **set, struct fault *fault)
{
    char *text = NULL;
    size_t len = 0;
    enum err err = ERR_OK;

    *set = NULL;
    if (path == NULL)
        return load_text("factors.yaml", outlook_factors_text, strlen(outlook_factors_text), set,
                         fault);
    err = config_read(path, &text, &len, fault);
    if (err == ERR_OK)
        err = load_text(path, text, len, set, fault);
    free(text);
    return err;
}

void factors_free(struct factor_set *set)
{
    config_free(&set_schema, set);
}

const struct factor *factors_find(const struct factor_set *set, const char *id)
{
    for (size_t i = 0; i < set->factors_count; i++)
        if (strcmp(set->factors[i].id, id) == 0)
            return &set->factors[i];
    return NULL;
}

size_t factors_count(const struct factor_set *set)
{
    return set->factors_count;
}

const struct factor *factors_at(const struct factor_set *set, size_t index)
{
    return &set->factors[index];
}

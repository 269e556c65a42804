#include "tests/unit_tool/mapping.h"

#include <string.h>

#include "shared/config.h"

static const cyaml_schema_value_t column_schema = {
    CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char, 1, 128)};

static const cyaml_schema_field_t time_fields[] = {
    CYAML_FIELD_SEQUENCE("columns", CYAML_FLAG_POINTER, struct mapping_time, columns,
                         &column_schema, 1, 4),
    CYAML_FIELD_STRING_PTR("format", CYAML_FLAG_POINTER, struct mapping_time, format, 1, 64),
    CYAML_FIELD_INT("zone_minutes", CYAML_FLAG_OPTIONAL, struct mapping_time, zone_minutes),
    CYAML_FIELD_END,
};

static const cyaml_schema_field_t signal_fields[] = {
    CYAML_FIELD_STRING_PTR("signal", CYAML_FLAG_POINTER, struct mapping_signal, signal, 1, 64),
    CYAML_FIELD_STRING_PTR("column", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL,
                           struct mapping_signal, column, 1, 128),
    CYAML_FIELD_STRING_PTR("value", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct mapping_signal,
                           value, 1, 64),
    CYAML_FIELD_FLOAT("factor", CYAML_FLAG_OPTIONAL, struct mapping_signal, factor),
    CYAML_FIELD_FLOAT("offset", CYAML_FLAG_OPTIONAL, struct mapping_signal, offset),
    CYAML_FIELD_END,
};

static const cyaml_schema_value_t signal_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct mapping_signal, signal_fields),
};

static const cyaml_schema_field_t mapping_fields[] = {
    CYAML_FIELD_STRING_PTR("unit", CYAML_FLAG_POINTER, struct mapping, unit, 1, 128),
    CYAML_FIELD_MAPPING("time", CYAML_FLAG_DEFAULT, struct mapping, time, time_fields),
    CYAML_FIELD_SEQUENCE("signals", CYAML_FLAG_POINTER, struct mapping, signals, &signal_schema, 1,
                         SIGNAL_COUNT),
    CYAML_FIELD_END,
};

static const cyaml_schema_value_t schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct mapping, mapping_fields)};

static enum err check_signal(const char *file, const struct mapping_signal *s, struct fault *fault)
{
    bool by_vss = false;

    if (signal_find(s->signal, strlen(s->signal), &by_vss) == NULL || by_vss)
        return fault_set(fault, ERR_INPUT,
                         "%s: there is no signal \"%s\"; see evroll-unit --signals", file,
                         s->signal);
    if ((s->column == NULL) == (s->value == NULL))
        return fault_set(fault, ERR_INPUT, "%s: signal %s needs either a column or a value", file,
                         s->signal);
    return ERR_OK;
}

enum err mapping_load(const char *file, struct mapping **mapping, struct fault *fault)
{
    void *data = NULL;
    struct mapping *read = NULL;
    enum err err = config_load(file, &schema, &data, fault);

    if (err != ERR_OK)
        return err;
    read = data;
    for (unsigned i = 0; err == ERR_OK && i < read->signals_count; i++)
        err = check_signal(file, &read->signals[i], fault);
    if (err != ERR_OK) {
        mapping_free(read);
        return err;
    }
    *mapping = read;
    return ERR_OK;
}

void mapping_free(struct mapping *mapping)
{
    config_free(&schema, mapping);
}

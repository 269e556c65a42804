#include <string.h>

#include "registry/vehicles/import_internal.h"
#include "shared/arena.h"
#include "shared/when.h"

static const struct field effective_field = {"effective", FIELD_DAY,        0,   sizeof(int32_t),
                                             false,       VEHICLE_DAY_NONE, NULL};

/* Parses a row into a record; gives the mask of the fields that were there. */
static unsigned parse_row(const struct field *fields, const struct import_columns *columns,
                          const char *const *values, void *record, int32_t *effective,
                          struct remarks *remarks)
{
    unsigned given = 0;

    for (size_t i = 0; i < columns->count; i++) {
        if (columns->fields[i] == COLUMN_EFFECTIVE) {
            field_parse(&effective_field, values[i], effective, remarks);
            continue;
        }
        if (field_parse(&fields[columns->fields[i]], values[i], record, remarks))
            given |= 1u << columns->fields[i];
    }
    return given;
}

static enum err apply_vehicle(struct registrar *registrar, const struct import_columns *columns,
                              const char *const *values, enum change_outcome *outcome,
                              struct remarks *remarks, struct fault *fault)
{
    struct vehicle_change change = {
        .mode = CHANGE_PUT, .to = vehicle_blank(), .effective = VEHICLE_DAY_NONE};

    change.fields =
        parse_row(vehicle_fields, columns, values, &change.to, &change.effective, remarks);
    return registrar_vehicle(registrar, &change, NULL, outcome, remarks, fault);
}

static enum err apply_org(struct registrar *registrar, const struct import_columns *columns,
                          const char *const *values, enum change_outcome *outcome,
                          struct remarks *remarks, struct fault *fault)
{
    struct org_change change = {
        .mode = CHANGE_PUT, .to = org_blank(), .effective = VEHICLE_DAY_NONE};

    change.fields = parse_row(org_fields, columns, values, &change.to, &change.effective, remarks);
    return registrar_org(registrar, &change, outcome, remarks, fault);
}

static enum err apply_exemption(struct registrar *registrar, const struct import_columns *columns,
                                const char *const *values, enum change_outcome *outcome,
                                struct remarks *remarks, struct fault *fault)
{
    struct store_exemption exemption = exemption_blank();

    *outcome = CHANGE_REFUSED;
    parse_row(exemption_fields, columns, values, &exemption, NULL, remarks);
    if (remarks->refused)
        return ERR_OK;
    return registrar_exemption(registrar, CHANGE_PUT, &exemption, outcome, remarks, fault);
}

static enum err apply_exception(struct registrar *registrar, const struct import_columns *columns,
                                const char *const *values, enum change_outcome *outcome,
                                struct remarks *remarks, struct fault *fault)
{
    struct store_exception exception = exception_blank();

    *outcome = CHANGE_REFUSED;
    parse_row(exception_fields, columns, values, &exception, NULL, remarks);
    if (remarks->refused)
        return ERR_OK;
    return registrar_exception(registrar, &exception, outcome, remarks, fault);
}

static enum err apply_statistic(struct registrar *registrar, const struct import_columns *columns,
                                const char *const *values, enum change_outcome *outcome,
                                struct remarks *remarks, struct fault *fault)
{
    struct store_statistic statistic = statistic_blank();

    *outcome = CHANGE_REFUSED;
    parse_row(statistic_fields, columns, values, &statistic, NULL, remarks);
    if (remarks->refused)
        return ERR_OK;
    return registrar_statistic(registrar, &statistic, outcome, remarks, fault);
}

static const struct import_kind kinds[] = {
    {"orgs", org_fields, ORG_FIELDS, "kind", 1u, 0, true, apply_org},
    {"vehicles", vehicle_fields, VEHICLE_FIELDS, "category", 1u << VEHICLE_ID, 1u << VEHICLE_ADDED,
     true, apply_vehicle},
    {"exemptions", exemption_fields, EXEMPTION_FIELDS, "reason", 0xFu, 0, false, apply_exemption},
    {"exceptions", exception_fields, EXCEPTION_FIELDS, "approved_by", 0x1Fu, 0, false,
     apply_exception},
    {"statistics", statistic_fields, STATISTIC_FIELDS, "published", 0xFu, 0, false,
     apply_statistic},
};

const struct import_kind *import_kind_named(const char *name)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(kinds[i].name, name) == 0)
            return &kinds[i];
    return NULL;
}

const char *import_kind_name(const struct import_kind *kind)
{
    return kind->name;
}

static bool has_column(const struct import_columns *columns, const char *name)
{
    for (size_t i = 0; i < columns->count; i++)
        if (strcmp(columns->names[i], name) == 0)
            return true;
    return false;
}

const struct import_kind *import_kind_guess(const struct import_columns *columns)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (has_column(columns, kinds[i].fields[0].name) && has_column(columns, kinds[i].mark))
            return &kinds[i];
    return NULL;
}

void import_columns_cut(struct import_columns *columns)
{
    static const char *const behind[] = {"line", "column", "reason"};
    size_t from = columns->count - 3;

    columns->width = columns->count;
    if (columns->count <= 3)
        return;
    for (size_t i = 0; i < 3; i++)
        if (strcmp(columns->names[from + i], behind[i]) != 0)
            return;
    columns->count = from;
}

static enum err bind_column(const struct import_kind *kind, struct import_columns *columns,
                            size_t at, struct fault *fault)
{
    const char *name = columns->names[at];

    for (size_t i = 0; i < at; i++)
        if (strcmp(columns->names[i], name) == 0)
            return fault_set(fault, ERR_INPUT, "line 1: the column \"%.60s\" is there twice", name);
    columns->fields[at] = field_find(kind->fields, kind->field_count, name);
    if (columns->fields[at] < 0 && kind->effective && strcmp(name, effective_field.name) == 0)
        columns->fields[at] = COLUMN_EFFECTIVE;
    if (columns->fields[at] == -1)
        return fault_set(fault, ERR_INPUT, "line 1: %s.csv has no column \"%.60s\"", kind->name,
                         name);
    return ERR_OK;
}

enum err import_columns_bind(const struct import_kind *kind, struct import_columns *columns,
                             struct arena *arena, struct fault *fault)
{
    enum err err = ERR_OK;

    columns->fields = ARENA_ARRAY(arena, int, columns->count);
    for (size_t i = 0; i < columns->count && err == ERR_OK; i++)
        err = bind_column(kind, columns, i, fault);
    for (size_t i = 0; i < kind->field_count && err == ERR_OK; i++)
        if (kind->fields[i].required && !has_column(columns, kind->fields[i].name))
            err = fault_set(fault, ERR_INPUT, "line 1: the column \"%s\" of %s.csv is missing",
                            kind->fields[i].name, kind->name);
    return err;
}

#include "registry/vehicles/import_kind.h"

#include <string.h>

#include "shared/arena.h"
#include "shared/when.h"

static const struct field effective_field = {"effective", FIELD_DAY,        0,   sizeof(int32_t),
                                             false,       VEHICLE_DAY_NONE, NULL};

unsigned import_parse(const struct field *fields, const struct import_columns *columns,
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
        import_parse(vehicle_fields, columns, values, &change.to, &change.effective, remarks);
    return registrar_vehicle(registrar, &change, NULL, outcome, remarks, fault);
}

static enum err apply_org(struct registrar *registrar, const struct import_columns *columns,
                          const char *const *values, enum change_outcome *outcome,
                          struct remarks *remarks, struct fault *fault)
{
    struct org_change change = {
        .mode = CHANGE_PUT, .to = org_blank(), .effective = VEHICLE_DAY_NONE};

    change.fields =
        import_parse(org_fields, columns, values, &change.to, &change.effective, remarks);
    return registrar_org(registrar, &change, outcome, remarks, fault);
}

static enum err apply_exemption(struct registrar *registrar, const struct import_columns *columns,
                                const char *const *values, enum change_outcome *outcome,
                                struct remarks *remarks, struct fault *fault)
{
    struct store_exemption exemption = exemption_blank();

    *outcome = CHANGE_REFUSED;
    import_parse(exemption_fields, columns, values, &exemption, NULL, remarks);
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
    import_parse(exception_fields, columns, values, &exception, NULL, remarks);
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
    import_parse(statistic_fields, columns, values, &statistic, NULL, remarks);
    if (remarks->refused)
        return ERR_OK;
    return registrar_statistic(registrar, &statistic, outcome, remarks, fault);
}

const struct import_kind import_orgs = {
    .name = "orgs",
    .fields = org_fields,
    .field_count = ORG_FIELDS,
    .mark = "kind",
    .key = 1u,
    .effective = true,
    .apply = apply_org,
};

const struct import_kind import_vehicles = {
    .name = "vehicles",
    .fields = vehicle_fields,
    .field_count = VEHICLE_FIELDS,
    .mark = "category",
    .key = 1u << VEHICLE_ID,
    .lasting = 1u << VEHICLE_ADDED,
    .effective = true,
    .apply = apply_vehicle,
};

const struct import_kind import_exemptions = {
    .name = "exemptions",
    .fields = exemption_fields,
    .field_count = EXEMPTION_FIELDS,
    .mark = "reason",
    .key = 0xFu,
    .apply = apply_exemption,
};

const struct import_kind import_exceptions = {
    .name = "exceptions",
    .fields = exception_fields,
    .field_count = EXCEPTION_FIELDS,
    .mark = "approved_by",
    .key = 0x1Fu,
    .apply = apply_exception,
};

const struct import_kind import_statistics = {
    .name = "statistics",
    .fields = statistic_fields,
    .field_count = STATISTIC_FIELDS,
    .mark = "published",
    .key = 0xFu,
    .apply = apply_statistic,
};

const struct import_kind *import_kind_named(const struct import_kind *const *kinds,
                                            const char *name)
{
    while (*kinds != NULL && strcmp((*kinds)->name, name) != 0)
        kinds++;
    return *kinds;
}

const char *import_kinds_join(const struct import_kind *const *kinds, struct arena *arena)
{
    const char *list = (*kinds)->name;

    for (kinds++; *kinds != NULL; kinds++)
        list = arena_format(arena, "%s, %s", list, (*kinds)->name);
    return list;
}

static bool has_column(const struct import_columns *columns, const char *name)
{
    for (size_t i = 0; i < columns->count; i++)
        if (strcmp(columns->names[i], name) == 0)
            return true;
    return false;
}

const struct import_kind *import_kind_guess(const struct import_kind *const *kinds,
                                            const struct import_columns *columns)
{
    while (*kinds != NULL &&
           !(has_column(columns, (*kinds)->fields[0].name) && has_column(columns, (*kinds)->mark)))
        kinds++;
    return *kinds;
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

#include "registry/vehicles/unit_change.h"

#include <stdio.h>
#include <string.h>

#include "registry/store/store_bindings.h"
#include "registry/store/store_terminals.h"
#include "registry/vehicles/vehicle.h"

const struct field unit_fields[UNIT_FIELDS] = {
    {"unit", FIELD_TEXT, offsetof(struct unit_form, unit), UNIT_NAME_MAX + 1, true, 0, NULL},
    {"vehicle_id", FIELD_TEXT, offsetof(struct unit_form, vehicle_id), VEHICLE_ID_SIZE, false, 0,
     NULL},
};

void unit_check(const struct unit_form *form, struct remarks *remarks)
{
    if (!unit_name_ok(form->unit, strlen(form->unit)))
        remark_refuse(remarks, "unit", "is no unit's name: [A-Za-z0-9._-]{1,%d}", UNIT_NAME_MAX);
}

static int32_t day_of(const struct registrar *registrar, const struct unit_change *change)
{
    return change->effective == VEHICLE_DAY_NONE ? registrar_today(registrar) : change->effective;
}

struct moving {
    struct registrar *registrar;
    const struct unit_change *change;
    int32_t day;
    bool moved;
    struct remarks *remarks;
};

static enum err set_unit(struct moving *m, const char *vehicle_id, const char *unit,
                         struct fault *fault)
{
    struct vehicle_change change = {.mode = CHANGE_PATCH,
                                    .to = vehicle_blank(),
                                    .fields = 1u << VEHICLE_UNIT,
                                    .effective = m->day};
    enum change_outcome outcome = CHANGE_UNCHANGED;
    enum err err = ERR_OK;

    snprintf(change.to.vehicle_id, sizeof change.to.vehicle_id, "%s", vehicle_id);
    snprintf(change.to.unit, sizeof change.to.unit, "%s", unit);
    err = registrar_vehicle(m->registrar, &change, NULL, &outcome, m->remarks, fault);
    m->moved = m->moved || outcome == CHANGE_CHANGED;
    return err;
}

static enum err leave(struct moving *m, const struct store_bindings *bindings, struct fault *fault)
{
    enum err err = ERR_OK;

    for (size_t i = 0; err == ERR_OK && !m->remarks->refused && i < bindings->count; i++) {
        const struct store_binding *b = &bindings->items[i];
        if (b->from <= m->day && m->day < b->to &&
            strcmp(b->vehicle_id, m->change->to.vehicle_id) != 0)
            err = set_unit(m, b->vehicle_id, "", fault);
    }
    return err;
}

static enum err move(struct moving *m, struct fault *fault)
{
    const struct unit_form *to = &m->change->to;
    struct arena *arena = arena_create();
    struct store_bindings bindings;
    enum err err =
        store_bindings_of_unit(registrar_db(m->registrar), to->unit, arena, &bindings, fault);

    if (err == ERR_OK)
        err = leave(m, &bindings, fault);
    if (err == ERR_OK && !m->remarks->refused && to->vehicle_id[0] != '\0')
        err = set_unit(m, to->vehicle_id, to->unit, fault);
    arena_destroy(arena);
    return err;
}

static enum err register_unit(struct registrar *registrar, const char *unit, bool *added,
                              struct fault *fault)
{
    struct store_terminal terminal = {.registered_ms = registrar_recorded_ms(registrar)};
    enum err err = ERR_OK;

    snprintf(terminal.unit, sizeof terminal.unit, "%s", unit);
    snprintf(terminal.author, sizeof terminal.author, "%s", registrar_author(registrar));
    err = store_terminal_add(registrar_db(registrar), &terminal, added, fault);
    if (err == ERR_OK && *added)
        registrar_note(registrar, "unit.register", unit, NULL);
    return err;
}

enum err unit_change_put(struct registrar *registrar, const struct unit_change *change,
                         enum change_outcome *outcome, struct remarks *remarks, struct fault *fault)
{
    struct moving m = {.registrar = registrar,
                       .change = change,
                       .day = day_of(registrar, change),
                       .remarks = remarks};
    bool added = false;
    enum err err = ERR_OK;

    *outcome = CHANGE_REFUSED;
    if (change->moves)
        err = move(&m, fault);
    if (err != ERR_OK || remarks->refused)
        return err;
    err = register_unit(registrar, change->to.unit, &added, fault);
    if (err == ERR_OK && m.moved && !added)
        err = store_terminal_touch(registrar_db(registrar), change->to.unit, fault);
    if (m.moved)
        registrar_note(registrar, "unit.bind", change->to.unit,
                       json_pack("{s:s}", "vehicle_id", change->to.vehicle_id));
    *outcome = added ? CHANGE_CREATED : m.moved ? CHANGE_CHANGED : CHANGE_UNCHANGED;
    return err;
}

/* ---- units.csv ---- */

/* A row is one change or none: who moves a unit from vehicle to vehicle takes it out first. */
static enum err check_free(struct registrar *registrar, const struct unit_change *change,
                           struct remarks *remarks, struct fault *fault)
{
    int32_t day = day_of(registrar, change);
    struct arena *arena = arena_create();
    struct store_bindings bindings = {.count = 0};
    enum err err =
        store_bindings_of_unit(registrar_db(registrar), change->to.unit, arena, &bindings, fault);

    for (size_t i = 0; err == ERR_OK && i < bindings.count; i++) {
        const struct store_binding *b = &bindings.items[i];
        if (b->from <= day && day < b->to && strcmp(b->vehicle_id, change->to.vehicle_id) != 0)
            remark_refuse(
                remarks, "vehicle_id",
                "the unit is in vehicle \"%.80s\"; take it out first, by a row without one",
                b->vehicle_id);
    }
    arena_destroy(arena);
    return err;
}

static enum err apply_row(struct registrar *registrar, const struct import_columns *columns,
                          const char *const *values, enum change_outcome *outcome,
                          struct remarks *remarks, struct fault *fault)
{
    struct unit_change change = {.effective = VEHICLE_DAY_NONE};
    unsigned given =
        import_parse(unit_fields, columns, values, &change.to, &change.effective, remarks);

    enum err err = ERR_OK;

    *outcome = CHANGE_REFUSED;
    change.moves = (given & 1u << UNIT_FIELD_VEHICLE) != 0;
    if (!remarks->refused)
        unit_check(&change.to, remarks);
    if (!remarks->refused && change.to.vehicle_id[0] != '\0')
        err = check_free(registrar, &change, remarks, fault);
    if (err != ERR_OK || remarks->refused)
        return err;
    return unit_change_put(registrar, &change, outcome, remarks, fault);
}

const struct import_kind import_units = {
    .name = "units",
    .fields = unit_fields,
    .field_count = UNIT_FIELDS,
    .mark = "vehicle_id",
    .key = 1u << UNIT_FIELD_NAME,
    .effective = true,
    .apply = apply_row,
};

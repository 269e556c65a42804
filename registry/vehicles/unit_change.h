/*
 * unit_change: the one way in which units are registered, put into vehicles and taken out, and the columns of
 * units.csv.
 *
 * Whoever administers a unit registers it with that. The vehicle that the unit leaves gets a version without it, in
 * the same transaction. Goes through the register's registrar: begin, changes, commit. Threads: the connection's.
 */
#ifndef EVROLL_REGISTRY_VEHICLES_UNIT_CHANGE_H
#define EVROLL_REGISTRY_VEHICLES_UNIT_CHANGE_H

#include "registry/vehicles/import_kind.h"
#include "shared/unit.h"

enum unit_field { UNIT_FIELD_NAME, UNIT_FIELD_VEHICLE, UNIT_FIELDS };
extern const struct field unit_fields[UNIT_FIELDS];

extern const struct import_kind import_units;

struct unit_form {
    char unit[UNIT_NAME_MAX + 1];
    char vehicle_id[VEHICLE_ID_SIZE]; /* "": none */
};

struct unit_change {
    struct unit_form to;
    bool moves;        /* vehicle_id was given */
    int32_t effective; /* VEHICLE_DAY_NONE: today */
};

/* Refuses a name that is none. */
void unit_check(const struct unit_form *form, struct remarks *remarks);

/* CHANGE_CREATED: it was not registered. */
enum err unit_change_put(struct registrar *registrar, const struct unit_change *change,
                         enum change_outcome *outcome, struct remarks *remarks,
                         struct fault *fault) ERR_CHECKED;

#endif

#include "registry/sites/gate.h"

#include <string.h>

#include "registry/store/store_sites.h"
#include "shared/ident/plate.h"
#include "shared/when.h"

#define OF(member)                                                                                 \
    offsetof(struct store_gate_trip, member), sizeof(((struct store_gate_trip *)NULL)->member)

#define TONNES_UNLIKELY 1000 /* 100 t: far above what 49 t of gross weight can carry */
#define TONNES_MAX      9999 /* 数字(4,1) */

static const char *const direction_words[] = {NULL, "IN", "OUT"};
_Static_assert(sizeof direction_words / sizeof *direction_words == GATE_DIRECTION_COUNT,
               "a word a code");
const struct vocabulary vocabulary_gate_direction = {"direction", direction_words,
                                                     GATE_DIRECTION_COUNT};

enum { LICENCE = 11, PHOTO = 12 };

const struct field gate_fields[GATE_FIELDS] = {
    {"site_id", FIELD_TEXT, OF(site_id), true, 0, NULL},
    {"gate", FIELD_TEXT, OF(gate), true, 0, NULL},
    {"direction", FIELD_WORD, OF(direction), true, 0, &vocabulary_gate_direction},
    {"at", FIELD_INSTANT, OF(at_ms), true, 0, NULL},
    {"plate", FIELD_TEXT, OF(plate), false, 0, NULL},
    {"vehicle_id", FIELD_TEXT, OF(vehicle_id), false, 0, NULL},
    {"energy", FIELD_WORD, OF(energy), false, 0, &vocabulary_energy},
    {"stage", FIELD_WORD, OF(stage), false, 0, &vocabulary_stage},
    {"cargo", FIELD_TEXT, OF(cargo), false, 0, NULL},
    {"tonnes", FIELD_TENTHS, OF(tonnes), false, GATE_TONNES_NONE, NULL},
    {"fleet", FIELD_TEXT, OF(fleet), false, 0, NULL},
    [LICENCE] = {"licence", FIELD_TEXT, OF(licence), false, 0, NULL},
    [PHOTO] = {"photo", FIELD_TEXT, OF(photo), false, 0, NULL},
};

#define GATE_KEY 0x3Fu /* site_id to vehicle_id */
#define GATE_ALL ((1u << GATE_FIELDS) - 1)

struct store_gate_trip gate_blank(void)
{
    return (struct store_gate_trip){.tonnes = GATE_TONNES_NONE};
}

/* ---- checks ---- */

static void check_vehicle(const struct store_gate_trip *trip, struct remarks *remarks)
{
    if (trip->plate[0] == '\0' && trip->vehicle_id[0] == '\0')
        remark_refuse(remarks, "plate", "is empty and vehicle_id too; one of them is needed");
    if (trip->plate[0] != '\0' && plate_read(trip->plate).kind == PLATE_UNKNOWN)
        remark_warn(remarks, "plate", "\"%s\" has no known pattern (GA 36-2018)", trip->plate);
}

static void check_rest(const struct store_gate_trip *trip, int64_t now_ms, struct remarks *remarks)
{
    if (trip->tonnes > TONNES_MAX)
        remark_refuse(remarks, "tonnes", "is more than 999.9, which the ledger's field can hold");
    else if (trip->tonnes > TONNES_UNLIKELY)
        remark_warn(remarks, "tonnes", "is more than 100 t; are they kilograms or a day's sum?");
    if (trip->at_ms > now_ms + WHEN_DAY_MS)
        remark_refuse(remarks, "at", "is in the future");
}

static enum err check_site(struct registrar *registrar, const struct store_gate_trip *trip,
                           struct remarks *remarks, struct fault *fault)
{
    bool known = false;
    enum err err = store_site_known(registrar_db(registrar), trip->site_id, &known, fault);

    if (err == ERR_OK && !known)
        remark_refuse(remarks, "site_id", "there is no site \"%s\"; import it first",
                      trip->site_id);
    return err;
}

/* ---- a passage ---- */

static bool same(const struct store_gate_trip *a, const struct store_gate_trip *b)
{
    for (size_t i = 0; i < GATE_FIELDS; i++)
        if (!field_same(&gate_fields[i], a, b))
            return false;
    return true;
}

static enum err write(struct registrar *registrar, struct store_gate_trip *trip,
                      enum change_outcome *outcome, struct fault *fault)
{
    struct sql *db = registrar_db(registrar);
    struct store_gate_trip known;
    bool found = false;
    enum err err = store_gate_trip_find(db, trip, &found, &known, fault);

    if (err != ERR_OK)
        return err;
    if (found && same(&known, trip)) {
        *trip = known;
        *outcome = CHANGE_UNCHANGED;
        return ERR_OK;
    }
    trip->recorded_at = registrar_recorded_ms(registrar);
    memcpy(trip->author, registrar_author(registrar), sizeof trip->author);
    *outcome = found ? CHANGE_CHANGED : CHANGE_CREATED;
    registrar_note_change(
        registrar, "gate-trip.change", trip->site_id,
        &(struct noted){gate_fields, GATE_FIELDS, GATE_ALL, trip, VEHICLE_DAY_NONE, !found});
    err = store_gate_trip_match(db, trip, fault);
    if (err != ERR_OK)
        return err;
    return found ? store_gate_trip_replace(db, &known, trip, fault)
                 : store_gate_trip_insert(db, trip, fault);
}

enum err gate_put(struct registrar *registrar, struct store_gate_trip *trip,
                  enum change_outcome *outcome, struct remarks *remarks, struct fault *fault)
{
    enum err err = ERR_OK;

    *outcome = CHANGE_REFUSED;
    if (remarks->refused)
        return ERR_OK;
    check_vehicle(trip, remarks);
    check_rest(trip, registrar_recorded_ms(registrar), remarks);
    err = check_site(registrar, trip, remarks, fault);
    return err == ERR_OK && !remarks->refused ? write(registrar, trip, outcome, fault) : err;
}

/* ---- gate-trips.csv ---- */

static enum err apply_row(struct registrar *registrar, const struct import_columns *columns,
                          const char *const *values, enum change_outcome *outcome,
                          struct remarks *remarks, struct fault *fault)
{
    struct store_gate_trip trip = gate_blank();
    unsigned given = import_parse(gate_fields, columns, values, &trip, NULL, remarks);
    unsigned proofs = given & (1u << LICENCE | 1u << PHOTO);

    if (proofs != 0 && trip.licence[0] == '\0' && trip.photo[0] == '\0')
        remark_warn(remarks, "photo", "neither photo nor licence shows this passage");
    return gate_put(registrar, &trip, outcome, remarks, fault);
}

const struct import_kind import_gate_trips = {
    .name = "gate-trips",
    .fields = gate_fields,
    .field_count = GATE_FIELDS,
    .mark = "gate",
    .key = GATE_KEY,
    .apply = apply_row,
};

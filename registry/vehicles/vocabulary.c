#include "registry/vehicles/vocabulary.h"

#include <stdio.h>
#include <string.h>

static const char *const category_words[] = {
    NULL,      "BUS",        "TAXI",         "RIDEHAIL",  "OFFICIAL_CAR",  "SANITATION",
    "POSTAL",  "MUCK_TRUCK", "CEMENT_TRUCK", "LOGISTICS", "OTHER_FREIGHT", "INTERNAL_TRUCK",
    "NON_ROAD"};
static const char *const energy_words[] = {NULL,     "BEV",    "PHEV", "REEV", "FCEV",     "HEV",
                                           "DIESEL", "PETROL", "CNG",  "LNG",  "METHANOL", "OTHER"};
static const char *const stage_words[] = {NULL, "0", "1", "2", "3", "4", "5", "6a", "6b", "D", "X"};
static const char *const owner_words[] = {NULL, "GOVERNMENT", "SOE", "PRIVATE", "INDIVIDUAL"};
static const char *const exempt_words[] = {NULL, "EMERGENCY", "SPECIAL_NEED"};
static const char *const industry_words[] = {NULL,     "STEEL",          "CEMENT",     "COKING",
                                             "MINING", "LOGISTICS_PARK", "POWER",      "TRANSIT",
                                             "TAXI",   "POSTAL",         "SANITATION", "OTHER"};
static const char *const status_words[] = {NULL, "EXISTING", "NEW", "RELOCATED", "EXTENDED"};
static const char *const siding_words[] = {NULL, "NONE", "BUILDING", "OWN", "SHARED"};
static const char *const mode_words[] = {
    NULL,        "RAIL",      "WATER",     "PIPELINE",  "PIPE_CONVEYOR", "BELT_ENCLOSED",
    "BELT_OPEN", "TRUCK_NEV", "TRUCK_CN6", "TRUCK_CN5", "TRUCK_LE4",     "TRUCK",
    "BELT"};
static const char *const direction_words[] = {NULL, "IN", "OUT"};
static const char *const commodity_words[] = {
    NULL,    "COAL",       "ORE",  "COKE", "STEEL", "CEMENT", "LIMESTONE", "BUILDING_MATERIAL",
    "GRAIN", "OTHER_BULK", "OTHER"};
static const char *const leg_words[] = {NULL, "MAIN", "DRAYAGE"};
static const char *const state_words[] = {NULL,       "DRAFT",    "SUBMITTED", "RETURNED",
                                          "ACCEPTED", "AMENDING", "LOCKED"};
static const char *const exception_words[] = {NULL, "VEHICLE", "ORG", "SITE"};
static const char *const indicator_words[] = {NULL,
                                              "FREIGHT",
                                              "RAIL_FREIGHT",
                                              "NEV_PROGRESS",
                                              "CHARGE_POINTS",
                                              "SWAP_STATIONS",
                                              "H2_STATIONS",
                                              "CHARGED_ENERGY",
                                              "SUBSIDISED_VEHICLES",
                                              "SUBSIDISED_RUNNING",
                                              "SUBSIDY",
                                              "SIDINGS_BUILT",
                                              "SIDINGS_BUILDING"};
static const char *const indicator_units[] = {"",      "t", "t", "%",   "", "", "",
                                              "kWh/d", "",  "",  "CNY", "", ""};

#define LIST(name, words)                                                                          \
    {                                                                                              \
        name, words, (int)(sizeof(words) / sizeof *(words))                                        \
    }

const struct vocabulary vocabulary_category = LIST("category", category_words);
const struct vocabulary vocabulary_energy = LIST("energy", energy_words);
const struct vocabulary vocabulary_stage = LIST("stage", stage_words);
const struct vocabulary vocabulary_owner_kind = LIST("kind", owner_words);
const struct vocabulary vocabulary_exempt = LIST("reason", exempt_words);
const struct vocabulary vocabulary_industry = LIST("industry", industry_words);
const struct vocabulary vocabulary_project_status = LIST("project_status", status_words);
const struct vocabulary vocabulary_siding = LIST("siding", siding_words);
const struct vocabulary vocabulary_freight_mode = LIST("mode", mode_words);
const struct vocabulary vocabulary_freight_direction = LIST("direction", direction_words);
const struct vocabulary vocabulary_commodity = LIST("commodity", commodity_words);
const struct vocabulary vocabulary_freight_leg = LIST("leg", leg_words);
const struct vocabulary vocabulary_freight_state = LIST("state", state_words);
const struct vocabulary vocabulary_exception_subject = LIST("subject_kind", exception_words);
const struct vocabulary vocabulary_indicator = LIST("indicator", indicator_words);

_Static_assert(sizeof category_words / sizeof *category_words == CATEGORY_COUNT, "a word a code");
_Static_assert(sizeof energy_words / sizeof *energy_words == ENERGY_COUNT, "a word a code");
_Static_assert(sizeof stage_words / sizeof *stage_words == STAGE_COUNT, "a word a code");
_Static_assert(sizeof owner_words / sizeof *owner_words == OWNER_COUNT, "a word a code");
_Static_assert(sizeof mode_words / sizeof *mode_words == FREIGHT_MODE_COUNT, "a word a code");
_Static_assert(sizeof commodity_words / sizeof *commodity_words == COMMODITY_COUNT,
               "a word a code");
_Static_assert(sizeof state_words / sizeof *state_words == FREIGHT_STATE_COUNT, "a word a code");
_Static_assert(sizeof exempt_words / sizeof *exempt_words == EXEMPT_COUNT, "a word a code");
_Static_assert(sizeof industry_words / sizeof *industry_words == INDUSTRY_COUNT, "a word a code");
_Static_assert(sizeof status_words / sizeof *status_words == PROJECT_COUNT, "a word a code");
_Static_assert(sizeof siding_words / sizeof *siding_words == SIDING_COUNT, "a word a code");
_Static_assert(sizeof exception_words / sizeof *exception_words == EXCEPTION_COUNT,
               "a word a code");
_Static_assert(sizeof indicator_words / sizeof *indicator_words == INDICATOR_COUNT,
               "a word a code");
_Static_assert(sizeof indicator_units / sizeof *indicator_units == INDICATOR_COUNT,
               "a unit a code");

const char *vocabulary_word(const struct vocabulary *list, int code)
{
    return code > 0 && code < list->count ? list->words[code] : "";
}

int vocabulary_code(const struct vocabulary *list, const char *word)
{
    for (int code = 1; code < list->count; code++)
        if (strcmp(list->words[code], word) == 0)
            return code;
    return 0;
}

const char *vocabulary_join(const struct vocabulary *list, char *out, size_t size)
{
    size_t len = 0;

    out[0] = '\0';
    for (int code = 1; code < list->count && len < size; code++)
        len += (size_t)snprintf(out + len, size - len, "%s%s", code == 1 ? "" : ", ",
                                list->words[code]);
    return out;
}

bool energy_is_nev(enum energy energy)
{
    return energy == ENERGY_BEV || energy == ENERGY_PHEV || energy == ENERGY_REEV ||
           energy == ENERGY_FCEV;
}

bool category_is_truck(enum category category)
{
    return category == CATEGORY_MUCK_TRUCK || category == CATEGORY_CEMENT_TRUCK ||
           category == CATEGORY_LOGISTICS || category == CATEGORY_OTHER_FREIGHT;
}

const char *indicator_unit(enum indicator indicator)
{
    return indicator_units[indicator];
}

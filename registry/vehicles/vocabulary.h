/*
 * vocabulary: the closed lists of words that the register's files and its API share. One table a
 * list feeds reading, writing, refusals ("takes BEV, PHEV, …") and the numbers in the database.
 *
 * The numbers are part of the schema and of masks (1u << code): they are only ever added, never
 * changed. 0 is "no such word" everywhere. Plain values, any thread.
 */
#ifndef EVROLL_REGISTRY_VEHICLES_VOCABULARY_H
#define EVROLL_REGISTRY_VEHICLES_VOCABULARY_H

#include <stdbool.h>
#include <stddef.h>

enum category {
    CATEGORY_NONE,
    CATEGORY_BUS,
    CATEGORY_TAXI,
    CATEGORY_RIDEHAIL,
    CATEGORY_OFFICIAL_CAR,
    CATEGORY_SANITATION,
    CATEGORY_POSTAL,
    CATEGORY_MUCK_TRUCK,
    CATEGORY_CEMENT_TRUCK,
    CATEGORY_LOGISTICS,
    CATEGORY_OTHER_FREIGHT,
    CATEGORY_INTERNAL_TRUCK,
    CATEGORY_NON_ROAD,
    CATEGORY_COUNT
};

enum energy {
    ENERGY_NONE,
    ENERGY_BEV,
    ENERGY_PHEV,
    ENERGY_REEV,
    ENERGY_FCEV,
    ENERGY_HEV,
    ENERGY_DIESEL,
    ENERGY_PETROL,
    ENERGY_CNG,
    ENERGY_LNG,
    ENERGY_METHANOL,
    ENERGY_OTHER,
    ENERGY_COUNT
};

enum stage {
    STAGE_NONE,
    STAGE_0,
    STAGE_1,
    STAGE_2,
    STAGE_3,
    STAGE_4,
    STAGE_5,
    STAGE_6A,
    STAGE_6B,
    STAGE_ELECTRIC, /* D */
    STAGE_UNKNOWN,  /* X */
    STAGE_COUNT
};

enum owner_kind {
    OWNER_NONE,
    OWNER_GOVERNMENT,
    OWNER_SOE,
    OWNER_PRIVATE,
    OWNER_INDIVIDUAL,
    OWNER_COUNT
};

enum industry {
    INDUSTRY_NONE,
    INDUSTRY_STEEL,
    INDUSTRY_CEMENT,
    INDUSTRY_COKING,
    INDUSTRY_MINING,
    INDUSTRY_LOGISTICS_PARK,
    INDUSTRY_POWER,
    INDUSTRY_TRANSIT,
    INDUSTRY_TAXI,
    INDUSTRY_POSTAL,
    INDUSTRY_SANITATION,
    INDUSTRY_OTHER,
    INDUSTRY_COUNT
};

enum project_status {
    PROJECT_NONE,
    PROJECT_EXISTING,
    PROJECT_NEW,
    PROJECT_RELOCATED,
    PROJECT_EXTENDED,
    PROJECT_COUNT
};

enum siding {
    SIDING_NONE_GIVEN,
    SIDING_NONE,
    SIDING_BUILDING,
    SIDING_OWN,
    SIDING_SHARED,
    SIDING_COUNT
};

enum exempt_reason { EXEMPT_NONE, EXEMPT_EMERGENCY, EXEMPT_SPECIAL_NEED, EXEMPT_COUNT };

/* How goods move. TRUCK and BELT say too little to count: a draft may hold them, a report that is
 * submitted may not. */
enum freight_mode {
    FREIGHT_MODE_NONE,
    FREIGHT_RAIL,
    FREIGHT_WATER,
    FREIGHT_PIPELINE,
    FREIGHT_PIPE_CONVEYOR,
    FREIGHT_BELT_ENCLOSED,
    FREIGHT_BELT_OPEN,
    FREIGHT_TRUCK_NEV,
    FREIGHT_TRUCK_CN6,
    FREIGHT_TRUCK_CN5,
    FREIGHT_TRUCK_LE4,
    FREIGHT_TRUCK,
    FREIGHT_BELT,
    FREIGHT_MODE_COUNT
};

enum freight_direction { FREIGHT_DIRECTION_NONE, FREIGHT_IN, FREIGHT_OUT, FREIGHT_DIRECTION_COUNT };

enum commodity {
    COMMODITY_NONE,
    COMMODITY_COAL,
    COMMODITY_ORE,
    COMMODITY_COKE,
    COMMODITY_STEEL,
    COMMODITY_CEMENT,
    COMMODITY_LIMESTONE,
    COMMODITY_BUILDING_MATERIAL,
    COMMODITY_GRAIN,
    COMMODITY_OTHER_BULK, /* its note says which */
    COMMODITY_OTHER,      /* no bulk goods */
    COMMODITY_COUNT
};
#define COMMODITIES_BULK                                                                           \
    (((1u << COMMODITY_COUNT) - 1) & ~(1u << COMMODITY_OTHER) & ~(1u << COMMODITY_NONE))

/* The longest leg of a way carries the tonnes; the way to the railhead is told beside it. */
enum freight_leg { FREIGHT_LEG_NONE, FREIGHT_MAIN, FREIGHT_DRAYAGE, FREIGHT_LEG_COUNT };

enum freight_state {
    FREIGHT_STATE_NONE,
    FREIGHT_DRAFT,
    FREIGHT_SUBMITTED,
    FREIGHT_RETURNED,
    FREIGHT_ACCEPTED,
    FREIGHT_AMENDING,
    FREIGHT_LOCKED,
    FREIGHT_STATE_COUNT
};

/* What a rule's exception is about. */
enum exception_subject {
    EXCEPTION_NONE,
    EXCEPTION_VEHICLE,
    EXCEPTION_ORG,
    EXCEPTION_SITE,
    EXCEPTION_COUNT
};

/* Figures that are entered by hand. */
enum indicator {
    INDICATOR_NONE,
    INDICATOR_FREIGHT,      /* all freight of a zone */
    INDICATOR_RAIL_FREIGHT, /* as the railway lists it, dispatch and arrival, of a zone or an org */
    INDICATOR_NEV_PROGRESS, /* what the province ranks its units by */
    INDICATOR_CHARGE_POINTS, /* public ones */
    INDICATOR_SWAP_STATIONS,
    INDICATOR_H2_STATIONS,
    INDICATOR_CHARGED_ENERGY,
    INDICATOR_SUBSIDISED_VEHICLES, /* that got a subsidy */
    INDICATOR_SUBSIDISED_RUNNING,  /* those of them that run */
    INDICATOR_SUBSIDY,
    INDICATOR_SIDINGS_BUILT,
    INDICATOR_SIDINGS_BUILDING,
    INDICATOR_COUNT
};

/* A list: its name for sentences ("energy") and its words by code; words[0] is NULL. */
struct vocabulary {
    const char *what;
    const char *const *words;
    int count;
};

extern const struct vocabulary vocabulary_category;
extern const struct vocabulary vocabulary_energy;
extern const struct vocabulary vocabulary_stage;
extern const struct vocabulary vocabulary_owner_kind;
extern const struct vocabulary vocabulary_exempt;
extern const struct vocabulary vocabulary_industry;
extern const struct vocabulary vocabulary_project_status;
extern const struct vocabulary vocabulary_siding;
extern const struct vocabulary vocabulary_freight_mode;
extern const struct vocabulary vocabulary_freight_direction;
extern const struct vocabulary vocabulary_commodity;
extern const struct vocabulary vocabulary_freight_leg;
extern const struct vocabulary vocabulary_freight_state;
extern const struct vocabulary vocabulary_exception_subject;
extern const struct vocabulary vocabulary_indicator;

/* The unit of an indicator: "t", "kWh/d"; "" for counts. */
const char *indicator_unit(enum indicator indicator);

/* The word of a code; "" for 0 and for codes outside the list. */
const char *vocabulary_word(const struct vocabulary *list, int code);
/* The code of a word, exact in case; 0 when it is none. */
int vocabulary_code(const struct vocabulary *list, const char *word);
/* "BUS, TAXI, …" for a refusal; cut at `size`. Returns `out`. */
const char *vocabulary_join(const struct vocabulary *list, char *out, size_t size);

/* BEV, PHEV, REEV, FCEV (domain: plug-in or hydrogen; an HEV without a plug is not one). */
bool energy_is_nev(enum energy energy);
/* Trucks on the road: those of the truck rules (not INTERNAL_TRUCK, which never leaves its site). */
bool category_is_truck(enum category category);

#endif

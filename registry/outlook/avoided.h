/*
 * avoided: NOx and CO2 that are not emitted when heavy diesel trucks are replaced, from the factors
 * (factors.h) and inputs that all stand in the answer.
 *
 *     NOx   factor of the stage (g/km) × km; a BEV has none
 *     CO2   diesel: litres × density (kg/l) × factor (kg/kg); BEV: kWh × factor of the grid (kg/kWh)
 *
 * each for all vehicles together. Inputs are per vehicle and span: metres, millilitres, watt-hours.
 * For a vehicle of the register they are measured where telemetry has them: its kilometres, its fuel
 * (a diesel) or the energy out of its traction battery (a BEV; charging losses are not in it). What
 * is measured stands before what was given.
 *
 * Everything is an integer: sums are kept in 10^-8 g and rounded once, half up, to grams; avoided is
 * the difference before rounding. CO2 of a diesel that is replaced by another diesel is not
 * computed: what the other one burns is not known. Pure, but for avoided_measure, which reads.
 */
#ifndef EVROLL_REGISTRY_OUTLOOK_AVOIDED_H
#define EVROLL_REGISTRY_OUTLOOK_AVOIDED_H

#include "registry/outlook/factors.h"
#include "registry/store/sql.h"
#include "shared/arena.h"

#define AVOIDED_VEHICLES_MAX 1000000
#define AVOIDED_DAYS         365

enum avoided_from { AVOIDED_CN5, AVOIDED_CN6, AVOIDED_FROM_COUNT };
enum avoided_to { AVOIDED_TO_CN6, AVOIDED_TO_BEV, AVOIDED_TO_COUNT };

/* The words: CN5, CN6; CN6, BEV. The COUNT when it is none. */
enum avoided_from avoided_from_parse(const char *word);
enum avoided_to avoided_to_parse(const char *word);

enum avoided_origin { AVOIDED_MISSING, AVOIDED_GIVEN, AVOIDED_MEASURED };

struct avoided_input {
    int64_t value; /* of one vehicle */
    enum avoided_origin origin;
};

struct avoided_query {
    const struct factor_set *factors;
    int64_t vehicles;
    enum avoided_from from;
    enum avoided_to to;
    int64_t distance_m;     /* -1: not given */
    int64_t fuel_ml_100km;  /* -1: not given */
    int64_t wh_km;          /* -1: not given */
    const char *grid;       /* a factor's id */
    const char *vehicle_id; /* measured for this one; NULL: for none */
    int32_t as_of;          /* the last of the AVOIDED_DAYS days that are measured */
};

struct avoided_substance {
    bool known;
    int64_t before_g, after_g, avoided_g;
    const char *why; /* not known: what is missing */
};

struct avoided {
    struct avoided_query query;
    struct avoided_input distance_m, fuel_ml, energy_wh;
    struct avoided_substance nox, co2;
};

/* ERR_INPUT: a grid that is no factor, a replacement of CN6 by CN6; ERR_NOT_FOUND: no such vehicle.
 */
enum err avoided_compute(struct sql *db, const struct avoided_query *query, struct avoided *out,
                         struct fault *fault) ERR_CHECKED;

#endif

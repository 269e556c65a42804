/*
 * vehicle_model: one simulated vehicle. It drives a route of waypoints around a depot, stops at
 * each, and goes back to charge or rest. Stepped by a fixed interval from a seed, it gives the same
 * samples each time.
 *
 * What it is good for: load, demonstrations, and signals no public recording has (pack voltage and
 * current, plug-in hybrids driving electrically, NOx and reagent). The figures are plausible, not
 * measured: consumption and speeds are round numbers of each class. One thread; plain value.
 */
#ifndef EVROLL_TESTS_UNIT_TOOL_VEHICLE_MODEL_H
#define EVROLL_TESTS_UNIT_TOOL_VEHICLE_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#include "shared/sample.h"
#include "tests/unit_tool/random.h"

enum model_class {
    MODEL_BUS,
    MODEL_TAXI,
    MODEL_RIDEHAIL,
    MODEL_SANITATION,
    MODEL_TRUCK,
    MODEL_LOADER,
    MODEL_COUNT
};
enum model_drive { DRIVE_BEV, DRIVE_PHEV, DRIVE_DIESEL, DRIVE_PETROL };

#define MODEL_WAYPOINTS 8

struct vehicle_model {
    enum model_class class;
    enum model_drive drive;
    struct random random;
    double lat[MODEL_WAYPOINTS], lon[MODEL_WAYPOINTS]; /* the route; 0 is the depot */
    int leg;                                           /* driving from waypoint `leg` to the next */
    double leg_done_m;
    double dwell_s; /* left to stand at a waypoint */
    bool charging;
    double speed_kmh, cruise_kmh;
    double odo_km, soc, hours, urea;
    double power_kw; /* at the wheels in the last step; negative brakes */
};

/* `class` and `drive` are chosen by the caller; everything else follows from the seed. */
void vehicle_model_init(struct vehicle_model *model, enum model_class class, enum model_drive drive,
                        uint64_t seed);

/* Moves it by `seconds` and says what its unit would report at `at_ms`. */
void vehicle_model_step(struct vehicle_model *model, double seconds, int64_t at_ms,
                        struct sample *sample);

#endif

/*
 * store_signals: what the samples of each hour and each civil day say beyond activity
 * (registry/rollup/signals.h), by unit. Hours are written by the rollup; days are made of hours when
 * the findings look. Errors as in sql.h.
 */
#ifndef EVROLL_REGISTRY_STORE_STORE_SIGNALS_H
#define EVROLL_REGISTRY_STORE_STORE_SIGNALS_H

#include "registry/store/sql.h"
#include "shared/arena.h"
#include "shared/unit.h"

struct store_signals {
    int64_t clock_behind_ms;
    int64_t battery_rows, mode_rows;
    int64_t running_rows, fuel_rows;
    int64_t nox_rows, nox_sum;   /* ppm × 100 */
    int64_t urea_rows, urea_max; /* % × 100 */
    int64_t mil_rows, mil_on;
    int64_t frozen_m;
    int64_t odo_back_m, odo_backs;
    int64_t jump_m, jump_kmh;
};

/* Where a unit was; `known` false: nowhere that it said. */
struct store_extent {
    bool known;
    int64_t lat_min, lat_max, lon_min, lon_max; /* deg × 10⁷ */
};

struct store_hour_signals {
    int64_t hour;
    struct store_signals sums;
    struct store_extent box;
};

/* A unit's civil day. */
struct store_day {
    char unit[UNIT_NAME_MAX + 1];
    int32_t day;
    int64_t rows_unique;
    int64_t distance_m, electric_m;
    int64_t engine_ms, operating_ms;
    int64_t fuel_ul;
    int64_t rpm_max;
    int64_t clock_ahead_ms;
    int64_t first_ms, last_ms;
    struct store_signals sums;
};

struct store_days { /* in the arena of the call that gave it */
    struct store_day *items;
    size_t count;
};

/* An hour in which two units were, each somewhere else. */
struct store_meeting {
    int64_t hour;
    int64_t first_ms[2], last_ms[2];
    struct store_extent box[2];
};

/* Inside SQL_WRITE. */
enum err store_hour_signals_put(struct sql *db, const char *unit,
                                const struct store_hour_signals *hour,
                                struct fault *fault) ERR_CHECKED;

/* Makes a unit's day anew from its hours. Inside SQL_WRITE. */
enum err store_day_refresh(struct sql *db, const char *unit, int32_t day,
                           struct fault *fault) ERR_CHECKED;

/* The days of a unit, or of the units while they were bound to a vehicle, from ≤ day ≤ to: by day
 * and unit. */
enum err store_days_of_unit(struct sql *db, struct arena *arena, const char *unit, int32_t from,
                            int32_t to, struct store_days *days, struct fault *fault) ERR_CHECKED;
enum err store_days_of_vehicle(struct sql *db, struct arena *arena, const char *vehicle,
                               int32_t from, int32_t to, struct store_days *days,
                               struct fault *fault) ERR_CHECKED;
/* The last day not after `to` on which the vehicle, or the unit, was heard of; `found` false: never,
 * and the day is `to`. */
enum err store_day_last(struct sql *db, const char *vehicle, int32_t to, bool *found, int32_t *day,
                        struct fault *fault) ERR_CHECKED;

enum err store_day_last_of_unit(struct sql *db, const char *unit, int32_t to, bool *found,
                                int32_t *day, struct fault *fault) ERR_CHECKED;

/* The hours from ≤ hour < to in which both units have positions whose boxes do not touch. */
enum err store_meetings(struct sql *db, struct arena *arena, const char *const units[2],
                        int64_t from, int64_t to, struct store_meeting **meetings, size_t *count,
                        struct fault *fault) ERR_CHECKED;

#endif

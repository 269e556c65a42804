/*
 * store_hours: what each unit did in each hour, and the sums over its hours. Written by the rollup,
 * read by everybody; the figures are registry/rollup/activity.h's. Errors as in sql.h.
 */
#ifndef EVROLL_REGISTRY_STORE_STORE_HOURS_H
#define EVROLL_REGISTRY_STORE_STORE_HOURS_H

#include "registry/store/sql.h"
#include "shared/arena.h"

struct store_hour {
    int64_t hour;
    int64_t rows_received; /* every row that ever arrived for the hour */
    int64_t rows_unique;   /* what is left after de-duplication */
    int64_t distance_m, electric_m;
    int64_t engine_ms, operating_ms, covered_ms;
    int64_t discharged_mwh, charged_mwh;
    int64_t fuel_ul;
    int64_t gaps, gap_ms;
    int64_t anomalies;
    int64_t rpm_max;
    int64_t clock_ahead_ms;
    int64_t first_ms, last_ms;
    const uint8_t *last_sample; /* a block of one row */
    size_t last_sample_len;
};

/* `*found` false: the hour was never rolled up. */
enum err store_hour_find(struct sql *db, struct arena *arena, const char *unit, int64_t hour,
                         bool *found, struct store_hour *found_hour,
                         struct fault *fault) ERR_CHECKED;

/* The last hour before `hour`, in the same form. */
enum err store_hour_before(struct sql *db, struct arena *arena, const char *unit, int64_t hour,
                           bool *found, struct store_hour *found_hour,
                           struct fault *fault) ERR_CHECKED;

/* Writes the hour in place of `old` (NULL: there was none) and moves the unit's sums by the
 * difference. Inside SQL_WRITE. */
enum err store_hour_put(struct sql *db, const char *unit, const struct store_hour *hour,
                        const struct store_hour *old, struct fault *fault) ERR_CHECKED;

/* The hours from ≤ hour < to of a vehicle, over the units bound to it on the day (UTC+8) of each
 * hour; one entry an hour, in order. last_sample is not filled. */
enum err store_hours_of_vehicle(struct sql *db, struct arena *arena, const char *vehicle,
                                int64_t from, int64_t to, struct store_hour **hours, size_t *count,
                                struct fault *fault) ERR_CHECKED;

/* Every row that ever arrived for the unit's hours from ≤ hour < to, those that wait for the rollup
 * included. Inside a transaction: the rollup moves them from one to the other. */
enum err store_hours_received(struct sql *db, const char *unit, int64_t from, int64_t to,
                              int64_t *rows_received, struct fault *fault) ERR_CHECKED;

/* Sums over all units. */
struct store_totals {
    int64_t units, hours, rows_received, rows_unique;
};
enum err store_totals(struct sql *db, struct store_totals *totals, struct fault *fault) ERR_CHECKED;

#endif

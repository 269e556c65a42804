/*
 * activity: what a unit did in an hour, from its settled samples of that hour and the last one
 * before it. A pure function: the same samples give the same figures, whatever order they came in.
 *
 * Samples of one instant count as one (a signal's value is the first one's that has it). An
 * interval lies between two consecutive instants, lasts dt, and belongs wholly to the hour of the
 * later one; the last instant before the hour begins the first interval.
 *
 *   gap        dt > gap_ms. Nothing that grows with time is counted in a gap; the odometer is.
 *   distance   1. odometer at both ends, not falling, and not faster than speed_max_kmh on average
 *                 over dt (with odo_slack_m for coarse odometers): its difference. An odometer that
 *                 does not hold to that is an anomaly, and the next rule is tried.
 *              2. no gap, good positions at both ends: great circle from the last position that
 *                 counted, once it is step_min_m away (noise at standstill adds nothing). Faster
 *                 than speed_max_kmh (with position_slack_m): an anomaly, and the next rule is
 * tried.
 *              3. no gap, speed at the later end: mean speed of the ends that have one, × dt.
 *   electric   distance whose later end says mode electric; without a mode: one that has a traction
 *              battery signal (soc, batt_v, batt_a, charging) and no engine signal (rpm, fuel).
 *   engine     dt where the later end has rpm > 0.
 *   operating  dt where the later end has rpm > 0 or speed > 0, or `hours` grew.
 *   energy     mean of batt_v × batt_a at the ends that have both, × dt; positive is discharged,
 *              negative charged. The later end must have both.
 *   fuel       mean fuel rate of the ends that have one, × dt. The later end must have it.
 *   covered    dt of all intervals that are no gap.
 *
 * All figures are integers; sums are kept finer than what is returned and rounded once, half up.
 * Who needs more of an hour than sums watches the walk: registry/sites/presence.h does. No state,
 * any thread.
 */
#ifndef EVROLL_REGISTRY_ROLLUP_ACTIVITY_H
#define EVROLL_REGISTRY_ROLLUP_ACTIVITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/batch/block.h"

struct activity_rules {
    int64_t gap_ms;
    int64_t speed_max_kmh;
    int64_t odo_slack_m;
    int64_t step_min_m;
    int64_t position_slack_m;
};

/* 300 s, 200 km/h, 1000 m, 15 m, 100 m. */
extern const struct activity_rules activity_rules_default;

struct activity {
    int64_t samples; /* rows, several of one instant included */
    int64_t distance_m, electric_m;
    int64_t engine_ms, operating_ms, covered_ms;
    int64_t discharged_mwh, charged_mwh; /* 10⁻³ Wh */
    int64_t fuel_ul;                     /* 10⁻⁶ l */
    int64_t gaps, gap_ms;
    int64_t anomalies;
    int64_t rpm_max;           /* 1/min */
    int64_t clock_ahead_ms;    /* the most by which a sample claims to be later than its arrival */
    int64_t first_ms, last_ms; /* instants of the first and last sample */
};

/* An instant of the walk and the interval that ends at it. */
struct activity_step {
    const struct sample *at;
    int64_t dt_ms; /* 0 for an instant without one before it */
    bool gap;
    bool operating, engine; /* in a gap: neither */
};
typedef void activity_watch(void *arg, const struct activity_step *step);

struct activity_input {
    const struct sample *before; /* the last instant of the hour before; NULL: none */
    const struct block *rows;    /* out of block_settle, at least one */
    activity_watch *watch;       /* NULL: nobody. Called for each instant of the hour, in order */
    void *watch_arg;
};

/* `last` receives the last instant of the hour. */
void activity_of_hour(const struct activity_rules *rules, const struct activity_input *input,
                      struct activity *activity, struct sample *last);

#endif

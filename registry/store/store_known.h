/*
 * store_known: questions about what was known at an instant. A query's known_ms is 0 for all that is
 * known now; else only what was recorded up to it counts, as if nothing had been recorded after.
 */
#ifndef EVROLL_REGISTRY_STORE_STORE_KNOWN_H
#define EVROLL_REGISTRY_STORE_STORE_KNOWN_H

#include <stdbool.h>
#include <stdint.h>

#include "shared/err.h"

struct sql;

/* For "recorded_at <= $n". */
static inline int64_t store_known(int64_t known_ms)
{
    return known_ms == 0 ? INT64_MAX : known_ms;
}

/* Was anything recorded after the instant that a figure of the day rests on, other than counts of
 * vehicles and telemetry: owners, plates and units of vehicles, enterprises, sites, statistics, reports,
 * exceptions, trips? The instant is at least a day after the day's end: trips and versions of vehicles
 * that came so late are indexed. */
enum err store_known_changed(struct sql *db, int32_t day, int64_t known_ms, bool *changed,
                             struct fault *fault) ERR_CHECKED;

#endif

/*
 * earth: distances between positions on a sphere of the mean radius (IUGG), within 0.5 % of the
 * ellipsoid. Degrees × 10⁷, WGS-84. Pure functions, any thread.
 */
#ifndef EVROLL_REGISTRY_ROLLUP_EARTH_H
#define EVROLL_REGISTRY_ROLLUP_EARTH_H

#include "shared/sample.h"

struct earth_place {
    int64_t lat, lon;
};

/* Great circle, by the haversine formula. */
int64_t earth_distance_mm(struct earth_place from, struct earth_place to);

static inline bool earth_has_position(const struct sample *s)
{
    return sample_has(s, SIGNAL_LAT) && sample_has(s, SIGNAL_LON);
}

static inline struct earth_place earth_place_of(const struct sample *s)
{
    return (struct earth_place){s->value[SIGNAL_LAT], s->value[SIGNAL_LON]};
}

#endif

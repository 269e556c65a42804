#include "registry/rollup/earth.h"

#include <math.h>

#define EARTH_RADIUS_M 6371008.8 /* mean radius, IUGG */

static double radians(int64_t fixed)
{
    return (double)fixed * (M_PI / 180 / 1e7);
}

int64_t earth_distance_mm(struct earth_place from, struct earth_place to)
{
    double lat1 = radians(from.lat), lat2 = radians(to.lat);
    double dlon = radians(to.lon - from.lon);
    double a = sin((lat2 - lat1) / 2), b = sin(dlon / 2);
    double h = a * a + cos(lat1) * cos(lat2) * b * b;

    return llround(2000 * EARTH_RADIUS_M * asin(sqrt(h < 1 ? h : 1)));
}

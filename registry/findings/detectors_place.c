/* Position and odometer that cannot both be right. */
#include <stdio.h>

#include "registry/findings/detector.h"
#include "registry/findings/evidence.h"
#include "registry/rollup/earth.h"
#include "shared/when.h"

/* ---- odometer ---- */

static bool frozen(const struct store_day *day, const int64_t *values)
{
    return day->sums.frozen_m >= values[0] * 1000;
}

static bool fell(const struct store_day *day, const int64_t *values)
{
    return day->sums.odo_back_m >= values[0] * 1000;
}

static bool jumped(const struct store_day *day, const int64_t *values)
{
    return day->sums.jump_kmh >= values[0];
}

/* Days of the window for which the test holds; the window is the last threshold. */
static void look_days(const struct facts *facts, const int64_t *values, int64_t window,
                      day_test *test, const struct day_figure figures[static 2],
                      const struct seen *what, struct sink *sink)
{
    struct seen seen = *what;
    struct store_days days;

    if (facts->vehicle == NULL || !facts->heard)
        return;
    days = facts_window(facts, window, INT32_MIN);
    if (days_where(&days, test, values, &seen.first_ms, &seen.last_ms) == 0)
        return;
    seen.evidence = evidence_days(&days, test, values, figures, 2);
    detector_raise(sink, &seen);
}

static void look_position_frozen(const struct facts *facts, const int64_t *values,
                                 struct sink *sink)
{
    static const struct day_figure figures[2] = {DAY_FIGURE("frozen_m", sums.frozen_m),
                                                 DAY_FIGURE("distance_m", distance_m)};
    const struct seen seen = {.about = "", .cause = "the position stands still"};

    look_days(facts, values, values[1], frozen, figures, &seen, sink);
}

const struct detector detector_position_frozen = {
    .kind = "position-frozen",
    .subject = FINDING_OF_VEHICLE,
    .zh = "里程增长而定位不变",
    .en = "The odometer grows while the position stands still",
    .needs = "odo, lat and lon of a bound unit",
    .parameters = {{"distance", "km", 10, 1, 100000,
                    "convention: in a day; longer than the tunnels here"},
                   {"window", "d", 30, 1, FACTS_DAYS_MAX, "convention"}},
    .look = look_position_frozen,
};

static void look_odometer_back(const struct facts *facts, const int64_t *values, struct sink *sink)
{
    static const struct day_figure figures[2] = {DAY_FIGURE("fell_m", sums.odo_back_m),
                                                 DAY_FIGURE("falls", sums.odo_backs)};
    const struct seen seen = {.about = "", .cause = "the odometer falls"};

    look_days(facts, values, values[1], fell, figures, &seen, sink);
}

const struct detector detector_odometer_back = {
    .kind = "odometer-back",
    .subject = FINDING_OF_VEHICLE,
    .zh = "里程表倒退",
    .en = "The odometer goes back",
    .needs = "odo of a bound unit",
    .parameters = {{"fall", "km", 1, 1, 100000, "convention: more than a coarse odometer wavers"},
                   {"window", "d", 90, 1, FACTS_DAYS_MAX, "convention"}},
    .look = look_odometer_back,
};

/* ---- two places ---- */

static int64_t outside(int64_t a_min, int64_t a_max, int64_t b_min, int64_t b_max, int64_t *from)
{
    if (a_min > b_max) {
        *from = a_min;
        return b_max;
    }
    *from = a_max < b_min ? a_max : b_min;
    return b_min;
}

/* Between the nearest points of two boxes. */
static int64_t gap_m(const struct store_extent *a, const struct store_extent *b)
{
    struct earth_place here, there;

    there.lat = outside(a->lat_min, a->lat_max, b->lat_min, b->lat_max, &here.lat);
    there.lon = outside(a->lon_min, a->lon_max, b->lon_min, b->lon_max, &here.lon);
    if (a->lat_min <= b->lat_max && b->lat_min <= a->lat_max)
        here.lat = there.lat;
    if (a->lon_min <= b->lon_max && b->lon_min <= a->lon_max)
        here.lon = there.lon;
    return earth_distance_mm(here, there) / 1000;
}

/* What lies between the two spans of time; 0 when they overlap. */
static int64_t between_ms(const struct store_meeting *m)
{
    int64_t from = m->last_ms[0] < m->last_ms[1] ? m->last_ms[0] : m->last_ms[1];
    int64_t to = m->first_ms[0] > m->first_ms[1] ? m->first_ms[0] : m->first_ms[1];

    return to > from ? to - from : 0;
}

/* Farther apart than the vehicle could have driven between the two. */
static bool cannot_be(const struct store_meeting *m, const int64_t *values)
{
    return gap_m(&m->box[0], &m->box[1]) > values[1] * 1000 + values[0] * between_ms(m) / 3600;
}

static json_t *meeting_json(const struct store_meeting *m)
{
    return json_pack("{s:o, s:I}", "hour", evidence_instant(m->hour * WHEN_HOUR_MS), "apart_m",
                     (json_int_t)gap_m(&m->box[0], &m->box[1]));
}

static void look_pair(const struct facts_pair *pair, const int64_t *values, struct sink *sink)
{
    char about[2 * UNIT_NAME_MAX + 4];
    struct seen seen = {.about = about, .cause = about};
    json_t *hours = json_array();
    size_t count = 0;

    snprintf(about, sizeof about, "%s, %s", pair->units[0], pair->units[1]);
    for (size_t i = 0; i < pair->count; i++) {
        const struct store_meeting *m = &pair->meetings[i];
        if (!cannot_be(m, values))
            continue;
        if (count++ == 0)
            seen.first_ms = m->hour * WHEN_HOUR_MS;
        seen.last_ms = (m->hour + 1) * WHEN_HOUR_MS - 1;
        if (json_array_size(hours) < EVIDENCE_MAX)
            json_array_append_new(hours, meeting_json(m));
    }
    seen.evidence = json_pack("{s:[s, s], s:o, s:I}", "units", pair->units[0], pair->units[1],
                              "hours", hours, "hour_count", (json_int_t)count);
    if (count > 0)
        detector_raise(sink, &seen);
    else
        json_decref(seen.evidence);
}

static void look_two_places(const struct facts *facts, const int64_t *values, struct sink *sink)
{
    static const struct day_figure figures[2] = {DAY_FIGURE("jump_m", sums.jump_m),
                                                 DAY_FIGURE("jump_kmh", sums.jump_kmh)};
    const struct seen seen = {.about = "", .cause = "the position jumps"};

    look_days(facts, values, values[2], jumped, figures, &seen, sink);
    for (size_t i = 0; facts->vehicle != NULL && i < facts->pair_count; i++)
        look_pair(&facts->pairs[i], values, sink);
}

const struct detector detector_two_places = {
    .kind = "two-places",
    .subject = FINDING_OF_VEHICLE,
    .zh = "同一车辆同时出现在两地",
    .en = "One vehicle at two places at once",
    .needs = "lat and lon; a step of at least 5 km, or two units that carry one VIN",
    .parameters = {{"speed", "km/h", 300, 1, 10000, "convention: faster than any vehicle here"},
                   {"apart", "km", 5, 1, 10000, "convention: between two units of one vehicle"},
                   {"window", "d", 30, 1, FACTS_DAYS_MAX, "convention; pairs: 90 d"}},
    .look = look_two_places,
};

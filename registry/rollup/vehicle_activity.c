#include "registry/rollup/vehicle_activity.h"

#include <string.h>

#include "registry/store/store_vehicles.h"
#include "shared/when.h"

#define ZONE_HOURS (WHEN_ZONE_MS / WHEN_HOUR_MS)

/* The hour in which a civil day begins. */
static int64_t hour_of_day(int32_t day)
{
    return (int64_t)day * 24 - ZONE_HOURS;
}

static int32_t day_of_hour(int64_t hour)
{
    return when_day_of(hour * WHEN_HOUR_MS);
}

/* The period of the given kind around an hour. */
static struct vehicle_period period_around(int64_t hour, enum activity_by by)
{
    int32_t day = day_of_hour(hour);
    struct when_date date = when_date(day);
    int32_t first = 0, after = 0;

    if (by == ACTIVITY_BY_HOUR)
        return (struct vehicle_period){.from_hour = hour, .to_hour = hour + 1};
    first = by == ACTIVITY_BY_DAY ? day : day - date.day + 1;
    after = day + 1;
    if (by == ACTIVITY_BY_MONTH)
        after = date.month == 12 ? when_day((struct when_date){date.year + 1, 1, 1})
                                 : when_day((struct when_date){date.year, date.month + 1, 1});
    return (struct vehicle_period){.from_hour = hour_of_day(first), .to_hour = hour_of_day(after)};
}

static int64_t larger(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static int64_t smaller(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static void add(struct store_hour *sum, const struct store_hour *hour)
{
    bool first = sum->rows_received == 0;

    sum->hour = first ? hour->hour : sum->hour;
    sum->first_ms = first ? hour->first_ms : smaller(sum->first_ms, hour->first_ms);
    sum->last_ms = first ? hour->last_ms : larger(sum->last_ms, hour->last_ms);
    sum->rpm_max = larger(sum->rpm_max, hour->rpm_max);
    sum->clock_ahead_ms = larger(sum->clock_ahead_ms, hour->clock_ahead_ms);
    sum->rows_received += hour->rows_received;
    sum->rows_unique += hour->rows_unique;
    sum->distance_m += hour->distance_m;
    sum->electric_m += hour->electric_m;
    sum->engine_ms += hour->engine_ms;
    sum->operating_ms += hour->operating_ms;
    sum->covered_ms += hour->covered_ms;
    sum->discharged_mwh += hour->discharged_mwh;
    sum->charged_mwh += hour->charged_mwh;
    sum->fuel_ul += hour->fuel_ul;
    sum->gaps += hour->gaps;
    sum->gap_ms += hour->gap_ms;
    sum->anomalies += hour->anomalies;
}

static void group(const struct store_hour *hours, size_t count, enum activity_by by,
                  struct vehicle_activity *activity)
{
    struct vehicle_period *last = NULL;

    for (size_t i = 0; i < count; i++) {
        if (last == NULL || hours[i].hour >= last->to_hour) {
            last = &activity->periods[activity->count++];
            *last = period_around(hours[i].hour, by);
            last->from_hour = larger(last->from_hour, activity->total.from_hour);
            last->to_hour = smaller(last->to_hour, activity->total.to_hour);
        }
        add(&last->sum, &hours[i]);
        add(&activity->total.sum, &hours[i]);
    }
}

/* ---- sites ---- */

struct sites {
    struct vehicle_activity *activity;
    struct arena *arena;
    size_t at; /* the period of the last stay; stays come by hour */
};

static struct store_stay *place_for(struct vehicle_sites *sites, const char *site_id,
                                    struct arena *arena)
{
    size_t at = 0;

    while (at < sites->count && strcmp(sites->items[at].site_id, site_id) < 0)
        at++;
    if (at < sites->count && strcmp(sites->items[at].site_id, site_id) == 0)
        return &sites->items[at];
    if (sites->count == sites->room) {
        struct store_stay *old = sites->items;
        sites->room = sites->room * 2 + 4;
        sites->items = ARENA_ARRAY(arena, struct store_stay, sites->room);
        if (old != NULL)
            memcpy(sites->items, old, sites->count * sizeof *old);
    }
    memmove(&sites->items[at + 1], &sites->items[at], (sites->count - at) * sizeof sites->items[0]);
    sites->count++;
    sites->items[at] = (struct store_stay){.site_id = arena_text(arena, site_id)};
    return &sites->items[at];
}

static void add_stay(struct vehicle_sites *sites, const struct store_stay *stay,
                     struct arena *arena)
{
    struct store_stay *sum = place_for(sites, stay->site_id, arena);

    sum->inside_ms += stay->inside_ms;
    sum->operating_ms += stay->operating_ms;
    sum->engine_ms += stay->engine_ms;
}

static void take_stay(void *arg, const struct store_stay_hour *stay)
{
    struct sites *s = arg;
    struct vehicle_activity *activity = s->activity;

    while (s->at < activity->count && stay->hour >= activity->periods[s->at].to_hour)
        s->at++;
    if (s->at < activity->count)
        add_stay(&activity->periods[s->at].sites, &stay->stay, s->arena);
    add_stay(&activity->total.sites, &stay->stay, s->arena);
}

enum err vehicle_activity(struct sql *db, struct arena *arena, const char *vehicle, int32_t from,
                          int32_t to, enum activity_by by, struct vehicle_activity *activity,
                          struct fault *fault)
{
    struct store_hour *hours = NULL;
    size_t count = 0;
    bool known = false;
    enum err err = store_vehicle_known(db, vehicle, &known, fault);

    if (err == ERR_OK && !known)
        err = fault_set(fault, ERR_NOT_FOUND, "there is no vehicle \"%.80s\" in the register",
                        vehicle);
    if (err != ERR_OK)
        return err;
    *activity = (struct vehicle_activity){
        .total = {.from_hour = hour_of_day(from), .to_hour = hour_of_day(to)}};
    err = store_hours_of_vehicle(db, arena, vehicle, activity->total.from_hour,
                                 activity->total.to_hour, &hours, &count, fault);
    if (err != ERR_OK)
        return err;
    activity->periods = ARENA_ARRAY(arena, struct vehicle_period, count + 1);
    group(hours, count, by, activity);
    return store_stays_of_vehicle(db, vehicle, activity->total.from_hour, activity->total.to_hour,
                                  take_stay, &(struct sites){.activity = activity, .arena = arena},
                                  fault);
}

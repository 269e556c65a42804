#include "registry/rollup/activity_api.h"

#include <stdio.h>
#include <string.h>

#include "registry/audit/audit.h"
#include "registry/context.h"
#include "registry/rollup/query.h"
#include "registry/rollup/vehicle_activity.h"
#include "shared/when.h"

#define DAYS_DEFAULT   31
#define DAYS_MAX       3660 /* ten years */
#define DAYS_MAX_HOURS 366  /* a year, hour by hour */

static const char *const by_names[] = {
    [ACTIVITY_BY_HOUR] = "hour", [ACTIVITY_BY_DAY] = "day", [ACTIVITY_BY_MONTH] = "month"};

static bool query_by(struct http_call *call, enum activity_by *by)
{
    const char *text = http_query(call, "by");

    if (text == NULL)
        return true;
    for (size_t i = 0; i < sizeof by_names / sizeof by_names[0]; i++) {
        if (strcmp(text, by_names[i]) == 0) {
            *by = (enum activity_by)i;
            return true;
        }
    }
    http_reply_problem(call, 400, "by: hour, day or month is expected");
    return false;
}

static bool check_days(struct http_call *call, int32_t from, int32_t to, enum activity_by by)
{
    int32_t most = by == ACTIVITY_BY_HOUR ? DAYS_MAX_HOURS : DAYS_MAX;

    if (from < to && to - from <= most)
        return true;
    http_reply_problem(call, 400, "from, to: from is before to, by at most %d days", (int)most);
    return false;
}

static json_t *day_json(int32_t day)
{
    char text[WHEN_DAY_TEXT];

    when_day_format(day, text);
    return json_string(text);
}

/* "2025-06-30T07:00:00.000Z", "2025-06-30" or "2025-06". */
static json_t *period_name(const struct vehicle_period *period, enum activity_by by)
{
    char text[WHEN_INSTANT_TEXT];
    int64_t at = period->sum.hour * WHEN_HOUR_MS;

    when_instant_format(at, text);
    if (by != ACTIVITY_BY_HOUR)
        when_day_format(when_day_of(at), text);
    if (by == ACTIVITY_BY_MONTH)
        text[strlen("2025-06")] = '\0';
    return json_string(text);
}

/* Several units in one vehicle may cover an hour more than once. */
static json_t *coverage_json(const struct vehicle_period *period)
{
    int64_t whole_s = (period->to_hour - period->from_hour) * 3600;
    int64_t covered_s = period->sum.covered_ms / 1000;

    if (covered_s > whole_s)
        covered_s = whole_s;
    return json_pack("[I, I, f]", (json_int_t)covered_s, (json_int_t)whole_s,
                     (double)covered_s / (double)whole_s);
}

static json_t *sites_json(const struct vehicle_sites *sites)
{
    json_t *list = json_array();

    for (size_t i = 0; i < sites->count; i++) {
        const struct store_stay *s = &sites->items[i];
        json_array_append_new(list, json_pack("{s:s, s:f, s:f, s:f}", "site_id", s->site_id,
                                              "minutes", (double)s->inside_ms / 6e4,
                                              "operating_minutes", (double)s->operating_ms / 6e4,
                                              "engine_minutes", (double)s->engine_ms / 6e4));
    }
    return list;
}

static json_t *period_json(const struct vehicle_period *period)
{
    const struct store_hour *s = &period->sum;
    const struct {
        const char *name;
        int64_t fixed;
        double unit;
    } figures[] = {
        {"km", s->distance_m, 1e3},
        {"electric_km", s->electric_m, 1e3},
        {"engine_h", s->engine_ms, 3.6e6},
        {"operating_h", s->operating_ms, 3.6e6},
        {"energy_kwh", s->discharged_mwh, 1e6},
        {"charged_kwh", s->charged_mwh, 1e6},
        {"fuel_l", s->fuel_ul, 1e6},
    };
    json_t *json = json_object();

    for (size_t i = 0; i < sizeof figures / sizeof figures[0]; i++)
        json_object_set_new(json, figures[i].name,
                            json_real((double)figures[i].fixed / figures[i].unit));
    json_object_set_new(json, "samples", json_integer(s->rows_unique));
    json_object_set_new(json, "duplicates", json_integer(s->rows_received - s->rows_unique));
    json_object_set_new(json, "gaps", json_integer(s->gaps));
    json_object_set_new(json, "gap_h", json_real((double)s->gap_ms / 3.6e6));
    json_object_set_new(json, "anomalies", json_integer(s->anomalies));
    json_object_set_new(json, "rpm_max", json_integer(s->rpm_max));
    json_object_set_new(json, "clock_ahead_s", json_real((double)s->clock_ahead_ms / 1e3));
    json_object_set_new(json, "coverage", coverage_json(period));
    json_object_set_new(json, "sites", sites_json(&period->sites));
    return json;
}

static json_t *activity_json(const struct vehicle_activity *activity, enum activity_by by)
{
    json_t *list = json_array();

    for (size_t i = 0; i < activity->count; i++) {
        json_t *period = period_json(&activity->periods[i]);
        json_object_set_new(period, "period", period_name(&activity->periods[i], by));
        json_array_append_new(list, period);
    }
    return list;
}

/* Sites say where the vehicle was: reading them is a look, as reading visits is. */
static bool note_look(struct http_call *call, const char *vehicle, int32_t from, int32_t to,
                      enum activity_by by)
{
    json_t *details = json_pack("{s:o, s:o, s:s}", "from", day_json(from), "to", day_json(to), "by",
                                by_names[by]);

    return audit_look(call, "vehicle.activity", vehicle, details);
}

static void get_activity(struct http_call *call)
{
    static const char *const known[] = {"from", "to", "by", NULL};
    const struct registry_context *context = http_context(call);
    const char *vehicle = http_path_value(call, "id");
    int32_t to = when_day_of(clock_wall_ms(context->clock)) + 1, from = INT32_MIN;
    enum activity_by by = ACTIVITY_BY_DAY;
    struct vehicle_activity activity;
    struct fault fault;

    if (!http_query_known(call, known) || !query_day(call, "to", &to) ||
        !query_day(call, "from", &from) || !query_by(call, &by))
        return;
    from = from == INT32_MIN ? to - DAYS_DEFAULT : from;
    if (!check_days(call, from, to, by))
        return;
    if (vehicle_activity(context->db, http_arena(call), vehicle, from, to, by, &activity, &fault) !=
        ERR_OK) {
        http_reply_fault(call, &fault);
        return;
    }
    if (activity.total.sites.count > 0 && !note_look(call, vehicle, from, to, by))
        return;
    http_reply_json(call, 200,
                    json_pack("{s:s, s:o, s:o, s:s, s:o, s:o}", "vehicle", vehicle, "from",
                              day_json(from), "to", day_json(to), "by", by_names[by], "activity",
                              activity_json(&activity, by), "total", period_json(&activity.total)));
}

const struct http_route activity_routes[] = {
    {"GET", "/v1/vehicles/{id}/activity", HTTP_VIEWER, 0, get_activity},
};

const size_t activity_route_count = sizeof activity_routes / sizeof activity_routes[0];

#include "registry/sites/sites_api.h"

#include "registry/sites/geometry.h"
#include "registry/vehicles/api.h"

#define FORM_MAX     (64u << 10)
#define IMPORT_MAX   (32u << 20)
#define DAYS_DEFAULT 31

const struct http_route sites_routes[] = {
    {"GET", "/v1/sites", HTTP_VIEWER, 0, sites_list},
    {"POST", "/v1/sites", HTTP_OFFICER, GEOMETRY_BYTES_MAX + FORM_MAX, site_post},
    {"POST", "/v1/sites:import", HTTP_OFFICER, IMPORT_MAX, sites_import},
    {"GET", "/v1/sites/{id}", HTTP_VIEWER, 0, site_get},
    {"GET", "/v1/sites/{id}/visits", HTTP_VIEWER, 0, site_visits},
    {"GET", "/v1/vehicles/{id}/visits", HTTP_VIEWER, 0, vehicle_visits},
    {"GET", "/v1/gate-trips", HTTP_VIEWER, 0, gate_trips_list},
    {"POST", "/v1/gate-trips", HTTP_OFFICER, FORM_MAX, gate_trip_post},
    {"POST", "/v1/gate-trips:import", HTTP_OFFICER, IMPORT_MAX, gate_trips_import},
    {"GET", "/v1/gate-usage", HTTP_VIEWER, 0, gate_usage_get},
};
const size_t sites_route_count = sizeof sites_routes / sizeof *sites_routes;

bool sites_days(struct http_call *call, int32_t *from, int32_t *to)
{
    bool given = false;

    if (!api_day(call, "to", to, &given))
        return false;
    *to += given ? 0 : 1;
    if (!api_day(call, "from", from, &given))
        return false;
    if (!given)
        *from = *to - DAYS_DEFAULT;
    if (*from < *to)
        return true;
    http_reply_problem(call, 400, "from, to: from is before to");
    return false;
}

/*
 * sites_api: sites, visits and the gate ledger over HTTP. The shapes are in openapi.yaml.
 *
 *   GET  /v1/sites                 the sites as of a day, without their polygons
 *   POST /v1/sites                 a new site, or a change of one
 *   POST /v1/sites:import          sites.csv
 *   GET  /v1/sites/{id}            one with its polygon
 *   GET  /v1/sites/{id}/visits     who was there; GET /v1/vehicles/{id}/visits: where it was
 *   GET  /v1/gate-trips            the ledger, newest last; POST one, :import gate-trips.csv
 *   GET  /v1/gate-usage            trips and tonnes by energy and stage
 */
#ifndef EVROLL_REGISTRY_SITES_SITES_API_H
#define EVROLL_REGISTRY_SITES_SITES_API_H

#include <stdint.h>

#include "registry/http/http.h"

extern const struct http_route sites_routes[];
extern const size_t sites_route_count;

/* The days `from` (the first) and `to` (the first not counted); the last 31 when they are left out.
 * False: answered. */
bool sites_days(struct http_call *call, int32_t *from, int32_t *to);

/* The handlers; sites_api.c has their table. */
http_handler sites_list, site_get, site_post, sites_import;
http_handler site_visits, vehicle_visits;
http_handler gate_trips_list, gate_trip_post, gate_trips_import, gate_usage_get;

#endif

/*
 * store_usage: what rules about use ask that sums by site and day do not tell: which machines worked
 * on whose sites, and which trips no exception excuses. Days are UTC+8. Whose a site is, and what a
 * vehicle is, is told as of the last day. Errors as in sql.h; threads: the connection's.
 */
#ifndef EVROLL_REGISTRY_STORE_STORE_USAGE_H
#define EVROLL_REGISTRY_STORE_STORE_USAGE_H

#include <stdint.h>

#include "registry/store/store_counts.h"
#include "registry/store/store_exceptions.h"
#include "registry/store/store_vehicles.h"
#include "shared/err.h"

struct sql;

struct store_use_query {
    int32_t from, to;     /* days, both included */
    uint32_t owner_kinds; /* of the sites' orgs: mask of 1u << enum owner_kind; 0: any */
    uint32_t categories;  /* of the vehicles; 0: any */
    const char *org_id;   /* of the sites; NULL: any */
    int64_t known_ms;     /* store_known.h; telemetry has no such memory */
};

struct store_machine_use {
    const char *vehicle_id, *site_id; /* valid during the call */
    const char *owner_id;
    struct count_dims dims; /* owner_kind and exempt are not filled */
    int64_t operating_ms;   /* inside the site */
};
typedef void store_machine_row(void *arg, const struct store_machine_use *use);

/* One row for each vehicle and site where it operated, by vehicle and site. */
enum err store_machine_use(struct sql *db, const struct store_use_query *query,
                           store_machine_row *each, void *arg, struct fault *fault) ERR_CHECKED;

/* What stands behind a figure about use: a trip through a gate, or the time that a machine worked at a
 * site on a day. Texts are valid during the call. */
struct store_use {
    const char *site_id, *org_id;
    const char *vehicle_id;      /* of the register; "" when it knows none */
    int category, energy, stage; /* by which it counts */
    int64_t at_ms;               /* of a machine's time: when the day begins */
    /* A trip. */
    const char *gate, *plate, *named_id; /* the ledger's vehicle id; "" */
    int direction, declared_energy, declared_stage;
    const char *cargo, *fleet, *author;
    int64_t tonnes; /* 0.1 t; -1 when the ledger has none */
    int64_t recorded_at;
    /* A machine's time. */
    const char *unit;
    int64_t operating_ms;
};
typedef void store_use_row(void *arg, const struct store_use *use);

/* `after`: one that came before; NULL: from the start. */
struct store_uses_query {
    struct store_use_query use;
    const struct store_use *after;
    int64_t limit;
};
/* By site, time, gate, direction and what names the truck. */
enum err store_trips_behind(struct sql *db, const struct store_uses_query *query,
                            store_use_row *each, void *arg, struct fault *fault) ERR_CHECKED;
/* By vehicle, day, site and unit. */
enum err store_stays_behind(struct sql *db, const struct store_uses_query *query,
                            store_use_row *each, void *arg, struct fault *fault) ERR_CHECKED;

/* The trips of vehicles that had a unit, or of which something is found (store_finding_spans.h). */
struct store_trips_query {
    struct store_use_query use;
    int32_t heard_from,
        heard_to; /* days with a unit, both included; of the latter, what is found */
};
struct store_vehicle_trips {
    const char *vehicle_id; /* valid during the call */
    int energy, stage;      /* by which the trips count */
    int64_t trips;
};
typedef void store_vehicle_trips_row(void *arg, const struct store_vehicle_trips *trips);
enum err store_trips_of_vehicles(struct sql *db, const struct store_trips_query *query,
                                 store_vehicle_trips_row *each, void *arg,
                                 struct fault *fault) ERR_CHECKED;

/* Trips by vehicles with none of these energies and none of these stages (masks of 1u << code) that
 * no exception of the rule excuses on their day: neither one of the vehicle or plate, nor of the
 * site, nor of its org. */
struct store_excuse_query {
    const char *rule;
    struct store_use_query use;
    uint32_t energies, stages;
};
enum err store_trips_unexcused(struct sql *db, const struct store_excuse_query *query,
                               int64_t *trips, struct fault *fault) ERR_CHECKED;

/* The exceptions that excuse such a trip, each once, in no order: what names one is set in it (rule, subject,
 * document, from), and nothing else. */
enum err store_trips_excusing(struct sql *db, const struct store_excuse_query *query,
                              store_exception_row *each, void *arg,
                              struct fault *fault) ERR_CHECKED;

#endif

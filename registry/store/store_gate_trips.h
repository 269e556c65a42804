/*
 * store_gate_trips: the gate ledger, a row a passage, and its sums by day, which are kept in the
 * same transaction as the rows (store_gate_usage.h reads them).
 *
 * A trip is known by site, gate, direction, instant and mark: its plate, or its vehicle id when it
 * has no plate. Given again with other words it is corrected, and what it said before is kept.
 * `matched` is the vehicle of the register that had this id or plate on the day of the trip (UTC+8)
 * while it was in the fleet. It is looked up when the trip comes and again when a vehicle changes
 * that has trips: those wait in gate_rematch. Errors as in sql.h.
 */
#ifndef EVROLL_REGISTRY_STORE_STORE_GATE_TRIPS_H
#define EVROLL_REGISTRY_STORE_STORE_GATE_TRIPS_H

#include <stdbool.h>
#include <stdint.h>

#include "registry/store/store_vehicles.h"
#include "shared/err.h"

#define GATE_TONNES_NONE (-1)

struct store_gate_trip {
    char site_id[65];
    int64_t at_ms;
    char gate[65];
    int direction;                    /* 1 in, 2 out */
    char plate[64];                   /* UTF-8; "" when there is none */
    char vehicle_id[VEHICLE_ID_SIZE]; /* "" when the ledger has none */
    int energy, stage;                /* declared; 0 for nothing */
    char cargo[129];
    int64_t tonnes; /* 0.1 t; GATE_TONNES_NONE when the ledger has none */
    char fleet[257], licence[65], photo[257];
    char matched[VEHICLE_ID_SIZE]; /* "" when the register has no such vehicle */
    int used_energy, used_stage;   /* the register's when it is matched, else the declared ones */
    int64_t recorded_at;
    char author[65];
};

/* The plate, or the vehicle id when there is none. */
const char *store_gate_mark(const struct store_gate_trip *trip);

/* The trip with the same key. */
enum err store_gate_trip_find(struct sql *db, const struct store_gate_trip *like, bool *found,
                              struct store_gate_trip *trip, struct fault *fault) ERR_CHECKED;
/* Fills matched, used_energy and used_stage. */
enum err store_gate_trip_match(struct sql *db, struct store_gate_trip *trip,
                               struct fault *fault) ERR_CHECKED;
/* Inside SQL_WRITE; the trip is matched already. */
enum err store_gate_trip_insert(struct sql *db, const struct store_gate_trip *trip,
                                struct fault *fault) ERR_CHECKED;
/* Puts `to` in place of `from`, which has the same key and is kept aside. */
enum err store_gate_trip_replace(struct sql *db, const struct store_gate_trip *from,
                                 const struct store_gate_trip *to, struct fault *fault) ERR_CHECKED;

typedef void store_gate_trip_row(void *arg, const struct store_gate_trip *trip);

/* By site, by plate, or (both NULL) the unmatched ones of all sites; in the order of at, site, gate,
 * direction, mark. */
struct store_gate_search {
    const char *site_id, *plate;
    bool unmatched;                      /* only those */
    int64_t from_ms, to_ms;              /* `to_ms` exclusive */
    const struct store_gate_trip *after; /* exclusive; NULL: from the start */
    int64_t limit;
};
enum err store_gate_trip_search(struct sql *db, const struct store_gate_search *search,
                                store_gate_trip_row *each, void *arg,
                                struct fault *fault) ERR_CHECKED;

/* A vehicle changed: if the ledger has trips of it, they wait for another match. Inside SQL_WRITE. */
enum err store_gate_rematch_put(struct sql *db, const char *vehicle_id, int64_t now_ms,
                                struct fault *fault) ERR_CHECKED;
enum err store_gate_rematch_waits(struct sql *db, bool *waits, struct fault *fault) ERR_CHECKED;
/* Matches the trips of the vehicle that waits longest; `*did` false: none waits. Inside SQL_WRITE. */
enum err store_gate_rematch_step(struct sql *db, bool *did, struct fault *fault) ERR_CHECKED;

#endif

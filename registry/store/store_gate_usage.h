/*
 * store_gate_usage: sums of the gate ledger, prepared by site and day: trips and tonnes by
 * direction, energy and stage. A year's answer reads some thousand rows, not the trips.
 *
 * Energy and stage are those of the register on the day of the trip where the vehicle was in it
 * (`matched`), else those that the ledger declares; 0 where it declares none. Numbers are
 * vocabulary.h's. Whose a site is, is told as of the last day of the span. Days are UTC+8. Errors as
 * in sql.h; threads: the connection's.
 *
 *     const struct store_gate_query q = {.from = from, .to = to, .owner_kinds = 1u << OWNER_SOE};
 *     err = store_gate_usage(db, &q, add_row, &share, fault);
 */
#ifndef EVROLL_REGISTRY_STORE_STORE_GATE_USAGE_H
#define EVROLL_REGISTRY_STORE_STORE_GATE_USAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "shared/err.h"

struct sql;

enum gate_by { GATE_BY_NOTHING, GATE_BY_SITE, GATE_BY_DAY, GATE_BY_ORG };

struct store_gate_query {
    int32_t from, to;             /* days, both included */
    const char *site_id, *org_id; /* NULL: any */
    uint32_t owner_kinds;         /* of the sites' orgs: mask of 1u << enum owner_kind; 0: any */
    int direction;                /* enum direction; 0: both */
    enum gate_by by;
    int64_t
        known_ms; /* store_known.h; then from the trips: slow. Whose a plate is, is as known now */
};

struct store_gate_sum {
    const char *site_id; /* GATE_BY_SITE, valid during the call; else "" */
    const char *org_id;  /* the same of GATE_BY_ORG */
    int32_t day;         /* GATE_BY_DAY; else 0 */
    int direction;
    bool matched;
    int energy, stage;
    int64_t trips;
    int64_t loaded; /* trips with more than 0 t */
    int64_t tonnes; /* 0.1 t */
};

typedef void store_gate_row(void *arg, const struct store_gate_sum *sum);

/* One row for each combination that occurs, by site, day or org, then direction, matched, energy,
 * stage. */
enum err store_gate_usage(struct sql *db, const struct store_gate_query *query,
                          store_gate_row *each, void *arg, struct fault *fault) ERR_CHECKED;

/* Trips whose vehicle is not in the register, over all sites and days, and trips altogether. */
enum err store_gate_totals(struct sql *db, int64_t *unmatched, int64_t *trips,
                           struct fault *fault) ERR_CHECKED;

#endif

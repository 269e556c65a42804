/*
 * shares: the rail share and the green share of a period under each definition, for the region and by
 * enterprise, commodity, zone or period, with the coverage beside it.
 *
 * Tonnes decide; tonne-kilometres stand beside them, over the lines whose distance is known. Bulk goods
 * are the denominator; rail of all freight takes the freight of the zone from the statistics, for
 * reports do not have it. The region is summed, never averaged over enterprises, and counts a way
 * between two of them once; an enterprise's own figure has all that it moved. A zone is the division
 * code in the enterprise's unified code. Belongs to the arena.
 */
#ifndef EVROLL_REGISTRY_FREIGHT_SHARES_H
#define EVROLL_REGISTRY_FREIGHT_SHARES_H

#include <jansson.h>

#include "registry/freight/coverage.h"
#include "registry/freight/definition.h"
#include "registry/freight/sums.h"
#include "shared/csv.h"

enum freight_by { FREIGHT_BY_ORG, FREIGHT_BY_COMMODITY, FREIGHT_BY_ZONE, FREIGHT_BY_PERIOD };
/* "org", "commodity", "zone", "period"; false when it is none of them. */
bool freight_by_parse(const char *text, enum freight_by *by);

/* Where long and short begin and end, in km (parameters). The clause gives no number: 500 km is the
 * national text's for coal of three provinces; short has no source. */
struct freight_distances {
    int64_t long_km, short_km;
};
extern const struct freight_distances freight_distances_default; /* the plan's: 500 and 50 */

struct shares_query {
    struct period period;
    enum freight_by by;
    const char *org_id; /* NULL: the region */
    const char *zone;   /* whose statistics; NULL: of the one division that has them */
    int32_t today;
    int64_t known_at; /* 0: now */
    struct freight_distances distances;
    const struct green_definition *definitions; /* GREEN_DEFINITIONS of them */
};

struct share_group {
    const char *id; /* org_id, word of the commodity, division code, period */
    struct freight_modes bulk, all;
};

#define FREIGHT_UNKNOWN (-1)

struct freight_shares {
    struct shares_query query;
    struct share_group region;
    struct share_group *groups; /* by id */
    size_t group_count;
    struct freight_modes far;  /* bulk and containers, at long_km or more */
    struct freight_modes near; /* bulk, at short_km or less */
    int64_t zone_freight;      /* 0.1 t of all freight; FREIGHT_UNKNOWN */
    struct coverage coverage;
};

/* Several queries: inside SQL_READ they see one moment. */
enum err freight_shares(struct sql *db, const struct shares_query *query, struct arena *arena,
                        struct freight_shares *shares, struct fault *fault) ERR_CHECKED;

json_t *freight_shares_json(const struct freight_shares *shares);
/* A row for the region and each group. */
void freight_shares_csv(const struct freight_shares *shares, struct csv_writer *csv);

#endif

/*
 * store_verified: the vehicles of a figure that were heard of lately, or of which something is found
 * that contradicts their papers (store_finding_spans.h): which of them have telemetry in a span of
 * days, and whether an engine ran or fuel was burned in it since they are declared with their energy.
 *
 * It begins at the units that are bound to vehicles and looks into their hours by key, so that its
 * cost follows the units that report, not the size of the register. The vehicles and their state
 * are those of store_vehicle_scan with the same measure and days, without its filter.
 */
#ifndef EVROLL_REGISTRY_STORE_STORE_VERIFIED_H
#define EVROLL_REGISTRY_STORE_STORE_VERIFIED_H

#include "registry/store/sql.h"
#include "registry/store/store_counts.h"
#include "registry/store/store_vehicles.h"

struct store_heard_query {
    enum count_measure measure;
    int32_t from, to;             /* as in struct count_query */
    int32_t heard_from, heard_to; /* days in UTC+8, both included; of the latter, what is found */
    const char *first, *last;     /* of the ids, both included; NULL: any */
};

struct store_heard {
    char vehicle_id[VEHICLE_ID_SIZE];
    struct count_dims dims;
    char owner_id[65];
    char disclosure_no[33];
    bool heard;  /* else something is found */
    bool burned; /* an engine ran or fuel was burned since dims.energy is declared */
};

typedef void store_heard_row(void *arg, const struct store_heard *heard);

/* One row for each vehicle, by id. */
enum err store_heard_read(struct sql *db, const struct store_heard_query *query,
                          store_heard_row *each, void *arg, struct fault *fault) ERR_CHECKED;

/* The first day on which any vehicle is in the register; `found` false: it is empty. */
enum err store_register_begin(struct sql *db, bool *found, int32_t *day,
                              struct fault *fault) ERR_CHECKED;

#endif

/*
 * what_if: the figures of a plan as they would be with another list of vehicles: some replaced,
 * removed, added, or of another energy. Nothing is stored; the register is only read.
 *
 * A row names a vehicle and what would be true of it on the day; what it does not say stays as it
 * is. A vehicle that is not known is an addition on the day, unless the row says another `added`. A
 * vehicle leaves by a `removed` day not after the day, or as what another row `replaces`. Stock
 * rules see all of it; flow rules see what is added, and changes of what was added on the day
 * itself: what was added before stays added as it was. Rules that are no share of vehicles do not
 * change and are left out.
 *
 * A row that cannot be is refused with line, column and reason, and the others are counted. Memory
 * comes from the arena. Everything is read in one read transaction. Threads: those of the connection.
 */
#ifndef EVROLL_REGISTRY_OUTLOOK_WHAT_IF_H
#define EVROLL_REGISTRY_OUTLOOK_WHAT_IF_H

#include <jansson.h>

#include "registry/compliance/compliance.h"
#include "registry/vehicles/records.h"
#include "shared/csv.h"

#define WHAT_IF_ROWS_MAX 10000

struct what_if_row {
    int64_t line; /* of the file; in JSON the place in the list, from 1 */
    bool leaves;  /* replaced by another row */
    struct store_vehicle to;
    unsigned fields; /* mask of 1u << enum vehicle_field: which are given */
    struct remarks remarks;
};

struct what_if_rows {
    struct arena *arena;
    struct what_if_row *items;
    size_t count, room;
};

/* vehicles.csv, any of its columns but vehicle_id may be missing, and `replaces`: the id of a
 * vehicle that leaves. An empty field says nothing. ERR_INPUT: the header, or too many rows. */
enum err what_if_from_csv(csv_source *source, void *arg, struct what_if_rows *rows,
                          struct fault *fault) ERR_CHECKED;
/* A list of objects, or an object with the list `vehicles`. */
enum err what_if_from_json(json_t *json, struct what_if_rows *rows,
                           struct fault *fault) ERR_CHECKED;

struct what_if_rule {
    struct scope scope;
    struct tally before, after;
    enum verdict verdict_before, verdict_after;
};

struct what_if {
    int64_t applied; /* vehicles that the rows changed, added or took away */
    struct what_if_rule *rules;
    size_t rule_count;
};

/* Remarks go to the rows. */
enum err what_if_compute(struct sql *db, const struct compliance_query *query,
                         struct what_if_rows *rows, struct arena *arena, struct what_if *out,
                         struct fault *fault) ERR_CHECKED;

#endif

/*
 * store_freight_sums: the tonnes of the report versions in force, summed beforehand.
 *
 * A sum is written in the transaction that puts a version in force and takes the place of the one
 * before, so what is read equals a recount of the lines (`known_at` INT64_MAX recounts). Main legs
 * only: a tonne that was brought to the railhead by truck counts once. A way between two enterprises
 * that both report stands in two reports; `once` takes the dispatcher's word for it and leaves out
 * the receiver's line of the same goods. Tonnes are in 0.1 t, tonne-kilometres in 0.01 t·km.
 */
#ifndef EVROLL_REGISTRY_STORE_STORE_FREIGHT_SUMS_H
#define EVROLL_REGISTRY_STORE_STORE_FREIGHT_SUMS_H

#include "registry/store/store_freight.h"

/* Puts the lines of a version in force, in place of those of an earlier one. Inside SQL_WRITE. */
enum err store_freight_sums_put(struct sql *db, const struct store_freight_report *report,
                                const struct store_freight_line *lines, size_t count,
                                struct fault *fault) ERR_CHECKED;

/* Adds a line to what is in force, or takes one out (sign -1). Inside SQL_WRITE. */
enum err store_freight_sums_add(struct sql *db, const struct store_freight_report *report,
                                const struct store_freight_line *line, int sign,
                                struct fault *fault) ERR_CHECKED;

struct store_freight_query {
    /* Reports that lie wholly within these months, both included. */
    int64_t from_month, to_month;
    uint32_t commodities; /* mask of 1u << enum commodity; 0: all */
    bool containers;      /* what moves in containers too, whatever it is */
    uint32_t directions;  /* mask of 1u << enum freight_direction; 0: both */
    /* 0.1 km, both included; -1: no bound. With a bound, an unknown distance is left out. */
    int64_t km_min, km_max;
    const char *org_id;  /* NULL: all */
    uint32_t industries; /* mask of 1u << industry, as the register has it on `day`; 0: all */
    int32_t day;
    bool once;
    int64_t known_at; /* 0: now. Else what was in force at that instant, from the lines */
};

struct store_freight_sum {
    char org_id[65];
    int64_t first_month, months;
    int commodity, mode, direction;
    int64_t tonnes;
    int64_t measured; /* tonnes whose distance is known */
    int64_t tonne_km;
};

typedef void store_freight_sum_row(void *arg, const struct store_freight_sum *sum);

/* By enterprise, month, commodity, mode and direction. */
enum err store_freight_sums_read(struct sql *db, const struct store_freight_query *query,
                                 store_freight_sum_row *each, void *arg,
                                 struct fault *fault) ERR_CHECKED;

#endif

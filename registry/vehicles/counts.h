/*
 * counts: figures of the register and the vehicles behind them.
 *
 * Two measures. STOCK: the vehicles that are in the fleet on a day (added <= day < removed). ADDED:
 * additions in a span of days; a vehicle is added once, on its `added` day, and counts by what was
 * true of it on that day. A transfer to another owner or a return after a removal is no addition.
 *
 * Each as it is known now, or as it was known at an instant (query.known_ms): by the versions recorded
 * up to then. The answer to a day and an instant never changes.
 *
 * counts_read answers from the prepared counts: its cost depends on the number of different
 * dimensions, not of vehicles. counts_read_owner and vehicles_scan read versions; for one owner
 * through the owner's index. All three agree: the sum of n equals the vehicles that the scan of the
 * same query gives; so does store_vehicle_by_owner for all owners at once.
 *
 *     struct count_query q = {.measure = COUNT_STOCK, .to = day,
 *                             .filter = {.categories = 1u << CATEGORY_BUS}};
 *     err = counts_read(db, &q, add_to_share, &share, fault);
 *
 * For figures that must fit together, call them inside one sql_begin(db, SQL_READ). Errors: the
 * store's. Threads: those of the connection.
 */
#ifndef EVROLL_REGISTRY_VEHICLES_COUNTS_H
#define EVROLL_REGISTRY_VEHICLES_COUNTS_H

#include "registry/store/sql.h"
#include "registry/store/store_counts.h"
#include "registry/vehicles/vehicle.h"
#include "shared/arena.h"

/* Calls `each` for every combination of dimensions with n != 0, in no particular order. */
enum err counts_read(struct sql *db, const struct count_query *query, count_row *each, void *arg,
                     struct fault *fault) ERR_CHECKED;

/* The same for the vehicles of one owner (their owner on the day that counts). A combination may
 * come several times, with n = 1 each. */
enum err counts_read_owner(struct sql *db, const struct count_query *query, const char *owner_id,
                           count_row *each, void *arg, struct fault *fault) ERR_CHECKED;

struct vehicle_scan {
    struct count_query query;
    const char *owner_id; /* NULL: any */
    const char *after;    /* the last vehicle_id of the page before; NULL: from the start */
    int64_t limit;        /* vehicles at most; 0: all */
};

typedef void vehicle_row(void *arg, const struct vehicle *vehicle);

/* Calls `each` for the vehicles behind a figure, in the order of their ids (by bytes): for STOCK as
 * they stand on the day, for ADDED as they stood on the day they were added. */
enum err vehicles_scan(struct sql *db, const struct vehicle_scan *scan, vehicle_row *each,
                       void *arg, struct fault *fault) ERR_CHECKED;

/* As store_vehicle_oldest and store_vehicle_heard say: vehicles in the fleet on a day. */
enum err vehicles_oldest(struct sql *db, const struct store_vehicle_oldest *oldest,
                         vehicle_row *each, void *arg, struct fault *fault) ERR_CHECKED;
enum err vehicles_heard(struct sql *db, const struct store_vehicle_heard *heard, vehicle_row *each,
                        void *arg, struct fault *fault) ERR_CHECKED;

/* A page of those that `keep` wants: the database cannot tell them apart, so the page is filled from
 * several scans. `scan.limit` (at least 1) is that of the page. */
typedef bool vehicle_keep(void *arg, const struct vehicle *vehicle);
struct vehicle_page {
    struct vehicle_scan scan;
    vehicle_keep *keep;
    void *keep_arg;
    vehicle_row *each;
    void *arg;
};
/* `*next` is the id after which the next page begins, from the arena, or NULL at the end. */
enum err vehicles_page(struct sql *db, const struct vehicle_page *page, struct arena *arena,
                       const char **next, struct fault *fault) ERR_CHECKED;

#endif

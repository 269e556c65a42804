/*
 * store_counts: how many vehicles there are, by day and by the dimensions that rules ask for, kept
 * beside the versions so that a figure never scans the register.
 *
 * count_day holds changes by day, count_month running totals at the end of each month that has a
 * change. A total up to a day is the last month before it plus the days of its own month. Both
 * measures are read that way: STOCK changes by +1 and -1 as vehicles come, change and go, so its
 * running total is the fleet; ADDED gets +1 on each vehicle's first day, so the difference of two
 * running totals is the additions between them.
 *
 * count_change holds every change by the instant at which it was recorded (store_register.h). What
 * was known at an instant is the present counts less the changes recorded after it; asking about a
 * day that was over by then costs what was corrected since, and nothing else.
 */
#ifndef EVROLL_REGISTRY_STORE_STORE_COUNTS_H
#define EVROLL_REGISTRY_STORE_STORE_COUNTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/err.h"

struct sql;

enum count_measure { COUNT_STOCK = 1, COUNT_ADDED = 2 };

struct count_dims {
    int category, energy, stage; /* enum category, energy, stage */
    int owner_kind;              /* enum owner_kind */
    unsigned exempt;             /* mask of 1u << enum exempt_reason; 0: not exempt */
    bool built_up;
    char area[13];
};

enum count_built_up { COUNT_ANYWHERE, COUNT_BUILT_UP, COUNT_OUTSIDE };

/* Which dimensions are wanted. A mask of 0 means all. */
struct count_filter {
    uint32_t categories;  /* 1u << enum category */
    uint32_t owner_kinds; /* 1u << enum owner_kind */
    enum count_built_up built_up;
    const char *area_prefix; /* "419001"; NULL: all */
};

/* STOCK: as of the day `to` (`from` is not read). ADDED: additions from `from` to `to`, both
 * included. */
struct count_query {
    enum count_measure measure;
    int32_t from, to;
    int64_t known_ms; /* as it was known at this instant; 0: as it is known now */
    struct count_filter filter;
};

/* Deltas collected in memory until they are worth writing. Add in any order; deltas that cancel out
 * cost nothing. Flush before the commit; after a rollback, drop. Belongs to one transaction at a
 * time. */
struct count_batch;

struct count_batch *count_batch_create(void);
void count_batch_destroy(struct count_batch *batch);
void count_batch_drop(struct count_batch *batch);
/* The instant at which what follows is recorded. */
void count_batch_record_at(struct count_batch *batch, int64_t recorded_ms);
/* Flushes by itself when it holds very many; therefore it needs the transaction. */
enum err count_batch_add(struct count_batch *batch, struct sql *db, enum count_measure measure,
                         const struct count_dims *dims, int32_t day, int64_t n,
                         struct fault *fault) ERR_CHECKED;
enum err count_batch_flush(struct count_batch *batch, struct sql *db,
                           struct fault *fault) ERR_CHECKED;

typedef void count_row(void *arg, const struct count_dims *dims, int64_t n);

/* Calls `each` for every combination with n != 0. known_ms must not lie before the counted_ms of
 * store_register.h. */
enum err store_counts_read(struct sql *db, const struct count_query *query, count_row *each,
                           void *arg, struct fault *fault) ERR_CHECKED;

/* The changes recorded after the query's known_ms that bear on its figure, in the order in which they
 * were recorded. */
typedef void count_change_row(void *arg, const struct count_dims *dims, int64_t recorded_ms,
                              int64_t n);
enum err store_count_changes(struct sql *db, const struct count_query *query,
                             count_change_row *each, void *arg, struct fault *fault) ERR_CHECKED;
/* Was anything about days up to `day`, which was over by then, recorded after an instant? */
enum err store_count_changed(struct sql *db, int32_t day, int64_t after_ms, bool *changed,
                             struct fault *fault) ERR_CHECKED;

#endif

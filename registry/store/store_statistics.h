/*
 * store_statistics: figures entered by hand in the database, each with its source. A statistic is
 * known by indicator, subject and period; a correction is a newer version. Nothing is overwritten.
 *
 * The subject is a division code (the zone, another unit of the province) or an org.
 */
#ifndef EVROLL_REGISTRY_STORE_STORE_STATISTICS_H
#define EVROLL_REGISTRY_STORE_STORE_STATISTICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/arena.h"
#include "shared/err.h"

struct sql;

#define STATISTIC_ONE        1000 /* `value` is in thousandths, never negative */
#define STATISTIC_VALUE_NONE (-1)

struct store_statistic {
    int indicator; /* enum indicator */
    char subject[65];
    int32_t from;    /* first day of the period */
    int32_t until;   /* the day after its last */
    int64_t version; /* from 1, of this statistic */
    int64_t value;
    char source[257];
    int32_t published; /* the day of the source */
    int64_t recorded_at;
    char author[65];
};

struct store_statistics { /* in the arena of the call that gave it */
    struct store_statistic *items;
    size_t count;
};

/* The newest version of one; `found` false: there is none. */
enum err store_statistic_get(struct sql *db, const struct store_statistic *key, bool *found,
                             struct store_statistic *out, struct fault *fault) ERR_CHECKED;
enum err store_statistic_append(struct sql *db, const struct store_statistic *statistic,
                                struct fault *fault) ERR_CHECKED;

/* The newest versions of an indicator whose periods end from `from` to `to` (days, both included),
 * in the order of subject, last day, first day. `subject` NULL: any. */
struct store_statistic_span {
    int indicator;
    const char *subject;
    int32_t from, to;
    int64_t known_ms; /* store_known.h */
};
enum err store_statistics_of(struct sql *db, const struct store_statistic_span *span,
                             struct arena *arena, struct store_statistics *out,
                             struct fault *fault) ERR_CHECKED;

typedef void store_statistic_row(void *arg, const struct store_statistic *statistic);

struct store_statistic_search {
    int indicator;                       /* 0: any */
    const char *subject;                 /* NULL: any */
    int32_t from, to;                    /* periods that end in these days, both included */
    bool all_versions;                   /* else the newest of each */
    const struct store_statistic *after; /* NULL: from the start */
    int64_t limit;
};
/* In the order of indicator, subject, from, until, version. */
enum err store_statistic_find(struct sql *db, const struct store_statistic_search *search,
                              store_statistic_row *each, void *arg,
                              struct fault *fault) ERR_CHECKED;

#endif

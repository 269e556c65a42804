/*
 * store_rejects: payloads that could not be decoded, with the reason and the raw bytes, so that
 * somebody sees them. Errors as in sql.h. What is listed belongs to the arena.
 */
#ifndef EVROLL_REGISTRY_STORE_STORE_REJECTS_H
#define EVROLL_REGISTRY_STORE_STORE_REJECTS_H

#include "registry/store/sql.h"
#include "shared/arena.h"

struct store_reject {
    const char *unit;
    int64_t received_ms;
    int64_t journal_no;
    int64_t position;
    int64_t format; /* enum format */
    const char *reason;
    const char *detail;
    int64_t at_byte;
    const uint8_t *payload;
    size_t payload_len;
    const char *gateway; /* listing only */
};

/* Where a page ends: the last reject on it. The first page begins after STORE_REJECTS_NEWEST. */
struct store_reject_place {
    int64_t received_ms, journal_no, position;
};
#define STORE_REJECTS_NEWEST ((struct store_reject_place){INT64_MAX, INT64_MAX, INT64_MAX})

/* Stores and counts it. Inside SQL_WRITE. */
enum err store_reject_insert(struct sql *db, const struct store_reject *reject,
                             struct fault *fault) ERR_CHECKED;

/* The same for `samples` samples that were decoded and refused together; a reject that is there
 * already stays as it is. */
enum err store_reject_insert_samples(struct sql *db, const struct store_reject *reject,
                                     int64_t samples, struct fault *fault) ERR_CHECKED;

/* A unit's rejects, newest first, those older than `after`; at most `limit`. */
enum err store_rejects_list(struct sql *db, struct arena *arena, const char *unit,
                            struct store_reject_place after, size_t limit,
                            struct store_reject **rejects, size_t *count,
                            struct fault *fault) ERR_CHECKED;

/* How many payloads were refused for one reason. */
struct store_reject_count {
    const char *reason;
    int64_t payloads;
};

/* By reason, of one unit or (NULL) of all together, the commonest first; at most `limit`. */
enum err store_reject_counts(struct sql *db, struct arena *arena, const char *unit, size_t limit,
                             struct store_reject_count **counts, size_t *count,
                             struct fault *fault) ERR_CHECKED;

/* How many of a unit's rejects arrived from ≤ received < to. */
enum err store_rejects_between(struct sql *db, const char *unit, int64_t from_ms, int64_t to_ms,
                               int64_t *payloads, struct fault *fault) ERR_CHECKED;

#endif

/*
 * store_retention: how far back raw data is kept, and the removal of what is older.
 *
 *     kind      table       time                    also
 *     samples   block       hour of the samples
 *     evidence  evidence    arrival                 sums of unit_evidence
 *     events    unit_event  what the event says
 *     rejects   reject      arrival                 counts in reject_count stay
 *
 * What is kept begins at `kept_from`, which only grows. It is moved first, then what lies before it
 * goes, in slices; so whoever finds samples missing also finds that they were removed. What was made
 * of samples (hours, stays, findings, counts) is not touched here.
 *
 * Errors as in sql.h.
 */
#ifndef EVROLL_REGISTRY_STORE_STORE_RETENTION_H
#define EVROLL_REGISTRY_STORE_STORE_RETENTION_H

#include "registry/store/sql.h"
#include "shared/arena.h"

enum store_kept_kind {
    STORE_KEPT_SAMPLES,
    STORE_KEPT_EVIDENCE,
    STORE_KEPT_EVENTS,
    STORE_KEPT_REJECTS,
    STORE_KEPT_COUNT
};

#define STORE_KEPT_ALL INT64_MIN /* as an instant: nothing was removed yet */

struct store_kept {
    int64_t kept_from_ms;
    int64_t rows, bytes; /* removed so far */
};

/* "samples", "evidence", … */
const char *store_kept_name(enum store_kept_kind kind);

enum err store_kept_read(struct sql *db, struct store_kept kept[static STORE_KEPT_COUNT],
                         struct fault *fault) ERR_CHECKED;

/* Removed so far, of one kind. */
struct store_removed {
    int64_t rows, bytes;
};
enum err store_kept_counted(struct sql *db, enum store_kept_kind kind,
                            struct store_removed *removed, struct fault *fault) ERR_CHECKED;

/* Of samples alone. In a transaction: read after the samples, it says whether some may be missing. */
enum err store_kept_samples(struct sql *db, int64_t *kept_from_ms, struct fault *fault) ERR_CHECKED;

/* Moves what is kept forward to `to_ms`, for samples at most to the oldest hour that waits for the
 * rollup; `*from_ms`: where it stands then. Inside SQL_WRITE_SHARED. */
enum err store_kept_advance(struct sql *db, enum store_kept_kind kind, int64_t to_ms,
                            int64_t *from_ms, struct fault *fault) ERR_CHECKED;

/* The first unit after `after` that has any of it; NULL: there is no other. */
enum err store_kept_next_unit(struct sql *db, struct arena *arena, enum store_kept_kind kind,
                              const char *after, const char **unit,
                              struct fault *fault) ERR_CHECKED;

/* Removes the oldest of a unit's rows before `before_ms`, about `limit` of them, and counts them.
 * `removed` is what went; no rows: there are none left. Inside SQL_WRITE_SHARED. */
struct store_removal {
    enum store_kept_kind kind;
    const char *unit;
    int64_t before_ms;
    size_t limit;
};
enum err store_kept_remove(struct sql *db, const struct store_removal *removal,
                           struct store_removed *removed, struct fault *fault) ERR_CHECKED;

/* What there is before an instant, by month (UTC+8), the oldest first: `note` is told each. Reads all
 * of it. */
struct store_kept_month {
    int32_t first_day;
    int64_t rows, bytes;
};
typedef void store_kept_note(void *arg, const struct store_kept_month *month);
enum err store_kept_months(struct sql *db, enum store_kept_kind kind, int64_t before_ms,
                           store_kept_note *note, void *arg, struct fault *fault) ERR_CHECKED;

#endif

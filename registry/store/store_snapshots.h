/*
 * store_snapshots: signed statements in the database. Only ever added. Errors as in sql.h.
 */
#ifndef EVROLL_REGISTRY_STORE_STORE_SNAPSHOTS_H
#define EVROLL_REGISTRY_STORE_STORE_SNAPSHOTS_H

#include "registry/store/sql.h"
#include "shared/arena.h"

struct store_bytes {
    const void *bytes;
    size_t len;
};

struct store_snapshot { /* texts and bytes are the caller's, or live in an arena */
    int64_t number;
    const char *plan;
    int32_t as_of;
    int64_t known_ms, created_ms;
    const char *author, *note;
    struct store_bytes statement, signature, vehicles; /* a list leaves them empty */
    struct store_bytes sources;                        /* empty: it has none */
};

/* Inside SQL_WRITE: the number of the next one. */
enum err store_snapshot_next(struct sql *db, int64_t *number, struct fault *fault) ERR_CHECKED;
enum err store_snapshot_insert(struct sql *db, const struct store_snapshot *snapshot,
                               struct fault *fault) ERR_CHECKED;

/* ERR_NOT_FOUND: there is none of this number. */
enum err store_snapshot_find(struct sql *db, int64_t number, struct arena *arena,
                             struct store_snapshot *snapshot, struct fault *fault) ERR_CHECKED;
/* Only the text that is signed. */
enum err store_snapshot_statement(struct sql *db, int64_t number, struct arena *arena,
                                  struct store_bytes *statement, struct fault *fault) ERR_CHECKED;
/* The newest first, `before` exclusive; plan NULL: any. */
enum err store_snapshots_list(struct sql *db, const char *plan, int64_t before, int64_t limit,
                              struct arena *arena, struct store_snapshot **snapshots, size_t *count,
                              struct fault *fault) ERR_CHECKED;
/* What was known when a plan's day was first stated; 0 when it was not. */
enum err store_snapshot_first_known(struct sql *db, const char *plan, int32_t as_of,
                                    int64_t *known_ms, struct fault *fault) ERR_CHECKED;

/* How much there is in the register, for a statement. */
struct store_register_size {
    int64_t vehicles, vehicle_versions, org_versions, exemption_versions;
};
enum err store_register_size(struct sql *db, struct store_register_size *size,
                             struct fault *fault) ERR_CHECKED;

#endif

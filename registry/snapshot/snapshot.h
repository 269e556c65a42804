/*
 * snapshot: a plan's figures as of a day as one signed statement, with what stands behind them.
 *
 *     one read transaction: figures, vehicles, heads of register and audit log
 *         ─▶ statement (canonical JSON) ─ Ed25519 ─▶ signature
 *     one write transaction: statement, signature, vehicles, and the entry in the audit log
 *
 * docs/snapshots.md is the manual of the statement and says how to check it without this program.
 * Every figure can be taken apart in it. Threads: those of the connection.
 */
#ifndef EVROLL_REGISTRY_SNAPSHOT_SNAPSHOT_H
#define EVROLL_REGISTRY_SNAPSHOT_SNAPSHOT_H

#include "registry/audit/audit.h"
#include "registry/plans/plan.h"
#include "registry/store/store_snapshots.h"
#include "shared/tls/sign.h"

#define SNAPSHOT_FORMAT   "evroll-snapshot-1"
#define SNAPSHOT_NOTE_MAX 2000

/* The files of an exported one. */
#define SNAPSHOT_STATEMENT "statement.json"
#define SNAPSHOT_SIGNATURE "statement.sig"
#define SNAPSHOT_VEHICLES  "vehicles.csv.gz"
#define SNAPSHOT_SOURCES   "sources.csv.gz"

struct snapshot_request {
    const struct plan *plan;
    int32_t as_of;
    const char *note;       /* "" for none */
    const char *who, *role; /* for the audit log */
    const struct clock *clock;
    const struct sign_key *key;
};

/* ERR_INPUT: a day that has not come, a note that is too long or no text. */
enum err snapshot_make(struct sql *db, const struct snapshot_request *request, int64_t *number,
                       struct fault *fault) ERR_CHECKED;

/* The archive of one, from the arena. */
uint8_t *snapshot_archive(const struct store_snapshot *snapshot, struct arena *arena, size_t *len);

#endif

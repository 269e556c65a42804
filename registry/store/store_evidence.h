/*
 * store_evidence: raw payloads beside the samples made of them, for units whose evidence a gateway
 * is told to keep. Each unit's payloads stay within STORE_EVIDENCE_BYTES: what arrived first goes
 * first. Errors as in sql.h. What is read belongs to the arena.
 */
#ifndef EVROLL_REGISTRY_STORE_STORE_EVIDENCE_H
#define EVROLL_REGISTRY_STORE_STORE_EVIDENCE_H

#include "registry/store/sql.h"
#include "shared/arena.h"

#define STORE_EVIDENCE_BYTES (64ll << 20) /* of payloads, a unit */

struct store_evidence {
    const char *unit;
    int64_t journal_no, position;
    int64_t received_ms;
    int64_t format; /* enum format */
    const uint8_t *payload;
    size_t len;          /* of the payload */
    const char *gateway; /* reading only */
};

/* A page begins behind this place. */
struct store_evidence_place {
    int64_t received_ms, journal_no, position;
};

/* Stores it and deletes the unit's oldest until at most `keep_bytes` are left. Inside SQL_WRITE. */
enum err store_evidence_insert(struct sql *db, const struct store_evidence *evidence,
                               int64_t keep_bytes, struct fault *fault) ERR_CHECKED;

/* ERR_NOT_FOUND: none is kept of that payload. */
enum err store_evidence_find(struct sql *db, struct arena *arena, const char *unit,
                             int64_t journal_no, int64_t position, struct store_evidence *evidence,
                             struct fault *fault) ERR_CHECKED;

/* What arrived behind `after` and before `to_ms`, oldest first, without the payloads; at most
 * `limit`. */
enum err store_evidence_list(struct sql *db, struct arena *arena, const char *unit,
                             struct store_evidence_place after, int64_t to_ms, size_t limit,
                             struct store_evidence **list, size_t *count,
                             struct fault *fault) ERR_CHECKED;

#endif

/*
 * snapshot_verify: checks an exported snapshot with nothing but the public key: the signature, the
 * spelling of the statement, the digests of its parts, and that each figure is the count of the
 * vehicles listed behind it. It reads no database. What does not fit is said, every thing of it up
 * to a bound. Plain function, any thread.
 */
#ifndef EVROLL_REGISTRY_SNAPSHOT_SNAPSHOT_VERIFY_H
#define EVROLL_REGISTRY_SNAPSHOT_SNAPSHOT_VERIFY_H

#include "registry/store/store_audit.h"
#include "shared/arena.h"
#include "shared/tls/sign.h"

#define SNAPSHOT_REASONS_MAX 20

struct snapshot_verdict { /* texts are the arena's */
    bool good;
    const char *reasons[SNAPSHOT_REASONS_MAX]; /* why not */
    size_t reason_count;
    /* What it states, for people; meaningful when it is good. */
    int64_t number;
    const char *plan, *as_of, *known;
    int64_t figures, rows;
    struct store_audit_head audit;
};

/* ERR_INPUT: it is no archive of a snapshot at all. */
enum err snapshot_verify(const uint8_t *bytes, size_t len, const struct sign_key *public_key,
                         struct arena *arena, struct snapshot_verdict *verdict,
                         struct fault *fault) ERR_CHECKED;

#endif

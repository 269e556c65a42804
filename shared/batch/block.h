/*
 * block: the samples of one unit in one hour as columns. The unit of storage and of travel: the
 * gateway builds blocks, the registry stores them as they came and merges an hour's blocks into
 * one.
 *
 * A row is a sample with where it came from. `source` is 0 on the line (the batch says whose
 * journal it is) and the registry's number of the journal in a merged block. Rows are unique by
 * (at_ms, source, position) within a unit — except that one payload may say two things about one
 * instant.
 *
 * Encoding: protobuf (shared/batch/batch.proto), one zigzag delta column a field, each column
 * divided by the greatest common divisor of its deltas; states as run lengths. Decoding what was
 * encoded gives the same rows in the same order; anything truncated or inconsistent is refused
 * (ERR_INPUT), with counts checked before memory is taken. All memory comes from the arena. No
 * shared state.
 */
#ifndef EVROLL_SHARED_BATCH_BLOCK_H
#define EVROLL_SHARED_BATCH_BLOCK_H

#include <stddef.h>
#include <stdint.h>

#include "shared/arena.h"
#include "shared/err.h"
#include "shared/sample.h"
#include "shared/unit.h"
#include "shared/when.h"

#define BLOCK_ROWS_MAX 65536

/* Times and arrivals that a block can hold: the years that shared/when.h takes. */
#define BLOCK_INSTANT_MIN_MS (-25567 * WHEN_DAY_MS)
#define BLOCK_INSTANT_MAX_MS (WHEN_DAY_NEVER * WHEN_DAY_MS - 1)

struct block_row {
    struct sample sample;
    int64_t received_ms; /* arrival at the gateway */
    uint64_t position;   /* in the gateway's journal */
    uint32_t source;
    enum format format;
};

struct block {
    struct block_row *rows;
    size_t count;
};

/* Encodes rows[0..count) into arena memory. `count` is 1..BLOCK_ROWS_MAX (more is a bug). Values
 * outside a signal's range are written, and refused by block_decode. */
void block_encode(const struct block *block, struct arena *arena, uint8_t **bytes, size_t *len);
enum err block_decode(const uint8_t *bytes, size_t len, struct arena *arena, struct block *block,
                      struct fault *fault) ERR_CHECKED;

/* Sorts by time, then content, then origin, and drops rows whose sample equals the one before: what
 * a unit said twice counts once, and the earliest origin is kept. The result does not depend on the
 * order or the grouping in which rows came. Returns how many rows were dropped. */
size_t block_settle(struct block *block);

#endif

/*
 * store_blocks: samples at rest, as encoded blocks by unit and hour. The bytes are not looked at
 * here (shared/batch/block.h knows them).
 *
 * Errors as in sql.h. What is loaded belongs to the arena.
 */
#ifndef EVROLL_REGISTRY_STORE_STORE_BLOCKS_H
#define EVROLL_REGISTRY_STORE_STORE_BLOCKS_H

#include "registry/store/sql.h"
#include "shared/arena.h"

struct store_block {
    const char *unit;
    int64_t hour;
    int64_t journal_no;     /* 0: merged by the rollup */
    int64_t first_position; /* of the batch; 0 in a merged block */
    int64_t part;           /* counts blocks that share the rest of the key */
    int64_t row_count;
    const uint8_t *bytes;
    size_t len;
};

/* Inside SQL_WRITE. */
enum err store_block_insert(struct sql *db, const struct store_block *block,
                            struct fault *fault) ERR_CHECKED;

/* The same for several, eight a statement: half the server's work for a batch of small blocks. */
enum err store_blocks_insert(struct sql *db, const struct store_block *blocks, size_t count,
                             struct fault *fault) ERR_CHECKED;

/* How many rows the blocks of one hour hold. */
enum err store_blocks_rows(struct sql *db, const char *unit, int64_t hour, int64_t *rows,
                           struct fault *fault) ERR_CHECKED;

/* All blocks of one hour, merged ones first. Inside a transaction: the rollup merges blocks. */
enum err store_blocks_load(struct sql *db, struct arena *arena, const char *unit, int64_t hour,
                           struct store_block **blocks, size_t *count,
                           struct fault *fault) ERR_CHECKED;

/* All blocks of one hour. Inside SQL_WRITE. */
enum err store_blocks_delete(struct sql *db, const char *unit, int64_t hour,
                             struct fault *fault) ERR_CHECKED;

/* The first hour ≥ `from` that holds blocks; `*found` false: none. */
enum err store_blocks_next_hour(struct sql *db, const char *unit, int64_t from, bool *found,
                                int64_t *hour, struct fault *fault) ERR_CHECKED;

#endif

/*
 * arrival: the blocks of a batch in one piece, as they wait to be sorted in (sorting.h).
 *
 *     version (1)
 *     for each block:  length of unit (1) │ unit │ hour (8) │ part (4) │ rows (4) │ length (4) │ bytes
 *
 * Numbers are little-endian. It is read by the registry that wrote it, or by a later one, moments
 * afterwards. Not compressed: the columns of a block are small already. All memory comes from the arena.
 */
#ifndef EVROLL_REGISTRY_INGEST_ARRIVAL_H
#define EVROLL_REGISTRY_INGEST_ARRIVAL_H

#include <stddef.h>
#include <stdint.h>

#include "registry/store/store_arrivals.h"
#include "registry/store/store_blocks.h"

/* Fills in the arrival's bytes, hours and rows. At least one block. */
void arrival_encode(const struct store_block *blocks, size_t count, struct arena *arena,
                    struct store_arrival *arrival);

/* The blocks, with the journal and position of the batch; their bytes lie in the arrival's. ERR_INPUT:
 * the database is damaged, and those before the damage are there. */
enum err arrival_decode(const struct store_arrival *arrival, struct arena *arena,
                        struct store_block **blocks, size_t *count,
                        struct fault *fault) ERR_CHECKED;

#endif

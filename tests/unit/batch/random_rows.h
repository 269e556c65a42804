/*
 * random_rows: rows for property tests, the same for the same seed. Values cover the whole range of
 * each signal with its ends, every state, and times at both ends of what a block takes.
 */
#ifndef EVROLL_TESTS_UNIT_BATCH_RANDOM_ROWS_H
#define EVROLL_TESTS_UNIT_BATCH_RANDOM_ROWS_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "shared/batch/block.h"

/* splitmix64 */
static inline uint64_t random_next(uint64_t *seed)
{
    uint64_t z = *seed += 0x9E3779B97F4A7C15u;

    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return z ^ z >> 31;
}

static inline uint64_t random_below(uint64_t *seed, uint64_t limit)
{
    return random_next(seed) % limit;
}

static inline int64_t random_between(uint64_t *seed, int64_t min, int64_t max)
{
    switch (random_below(seed, 8)) {
    case 0:
        return min;
    case 1:
        return max;
    default:
        return min + (int64_t)random_below(seed, (uint64_t)max - (uint64_t)min);
    }
}

static inline void random_sample(uint64_t *seed, struct sample *s)
{
    for (unsigned id = 0; id < SIGNAL_COUNT; id++) {
        const struct signal_def *def = signal_def((enum signal_id)id);
        enum quality state = (enum quality)random_below(seed, QUALITY_COUNT + 3);

        if (state >= QUALITY_COUNT || state == QUALITY_GOOD)
            sample_set(s, (enum signal_id)id, random_between(seed, def->min, def->max));
        else
            sample_mark(s, (enum signal_id)id, state);
    }
}

/* Runs of each state, and of rows without, as blocks of mixed senders have them. */
static inline uint8_t random_signature(uint64_t *seed)
{
    return (uint8_t)(random_below(seed, 3) == 0 ? random_below(seed, SIGNATURE_COUNT)
                                                : SIGNATURE_NONE);
}

static inline struct block_row random_row(uint64_t *seed)
{
    struct block_row row = {0};

    row.sample.at_ms = random_between(seed, BLOCK_INSTANT_MIN_MS, BLOCK_INSTANT_MAX_MS);
    row.received_ms = random_between(seed, BLOCK_INSTANT_MIN_MS, BLOCK_INSTANT_MAX_MS);
    row.position = (uint64_t)random_between(seed, 0, INT64_MAX);
    row.source = (uint32_t)random_between(seed, 0, UINT32_MAX);
    row.format = (enum format)random_below(seed, 256);
    random_sample(seed, &row.sample);
    row.sample.signature = random_signature(seed);
    return row;
}

static inline bool rows_equal(const struct block_row *a, const struct block_row *b)
{
    return sample_compare(&a->sample, &b->sample) == 0 && a->received_ms == b->received_ms &&
           a->position == b->position && a->source == b->source && a->format == b->format &&
           a->sample.signature == b->sample.signature;
}

#endif

/*
 * entry: what every reject, event and piece of evidence in a batch says first: position, unit,
 * arrival. Private to shared/batch.
 */
#ifndef EVROLL_SHARED_BATCH_ENTRY_H
#define EVROLL_SHARED_BATCH_ENTRY_H

#include <stdbool.h>
#include <stdint.h>

#include "shared/batch/batch.h"

/* Copies a unit's or gateway's name, when it is one. */
enum err entry_name(const char *from, char to[static UNIT_NAME_MAX + 1],
                    struct fault *fault) ERR_CHECKED;

static inline bool entry_inside(const struct batch *batch, uint64_t position)
{
    return position >= batch->first && position < batch->next;
}

static inline bool entry_instant_ok(int64_t instant_ms)
{
    return instant_ms >= BLOCK_INSTANT_MIN_MS && instant_ms <= BLOCK_INSTANT_MAX_MS;
}

#endif

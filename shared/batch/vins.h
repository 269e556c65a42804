/*
 * vins: which identification numbers each unit has said in a batch so far, so that one that stands
 * in every frame travels once. Private to shared/batch. A hash table: neither many units nor a
 * unit that changes its number in every frame makes it slow.
 */
#ifndef EVROLL_SHARED_BATCH_VINS_H
#define EVROLL_SHARED_BATCH_VINS_H

#include <stddef.h>
#include <stdint.h>

#include "shared/batch/batch.h"

struct vins {
    uint32_t *slots; /* indices of events; VINS_NONE is free */
    size_t slot_count, used;
};

#define VINS_NONE UINT32_MAX

/* Where (unit, text) stands in `events`; VINS_NONE when it is new: it is then taken to be at
 * `index`. */
uint32_t vins_find_or_add(struct vins *vins, const struct batch_event *events,
                          const struct batch_event *wanted, uint32_t index);
void vins_clear(struct vins *vins);
void vins_free(struct vins *vins);

#endif

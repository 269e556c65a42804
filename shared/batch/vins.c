#include "shared/batch/vins.h"

#include <stdlib.h>
#include <string.h>

#define SLOTS_FIRST 64u

/* FNV-1a over both texts. A unit chooses its numbers, so where they fall depends on an address that
 * it does not know. */
static uint64_t hash(const struct vins *vins, const struct batch_event *event)
{
    uint64_t h =
        0xCBF29CE484222325u ^ ((uint64_t)(uintptr_t)vins->slots >> 4) * 0x9E3779B97F4A7C15u;

    for (const char *c = event->unit; *c != '\0'; c++)
        h = (h ^ (uint8_t)*c) * 0x100000001B3u;
    h *= 0x100000001B3u;
    for (const char *c = event->text; *c != '\0'; c++)
        h = (h ^ (uint8_t)*c) * 0x100000001B3u;
    return h ^ h >> 32;
}

static size_t find_slot(const struct vins *vins, const struct batch_event *events,
                        const struct batch_event *wanted)
{
    size_t slot = (size_t)hash(vins, wanted) & (vins->slot_count - 1);

    while (vins->slots[slot] != VINS_NONE) {
        const struct batch_event *there = &events[vins->slots[slot]];

        if (strcmp(there->unit, wanted->unit) == 0 && strcmp(there->text, wanted->text) == 0)
            break;
        slot = (slot + 1) & (vins->slot_count - 1);
    }
    return slot;
}

static void widen(struct vins *vins, const struct batch_event *events)
{
    struct vins wider = {.slot_count = vins->slot_count == 0 ? SLOTS_FIRST : vins->slot_count * 2,
                         .used = vins->used};

    wider.slots = mem_alloc(wider.slot_count, sizeof wider.slots[0]);
    memset(wider.slots, 0xFF, wider.slot_count * sizeof wider.slots[0]);
    for (size_t i = 0; i < vins->slot_count; i++)
        if (vins->slots[i] != VINS_NONE)
            wider.slots[find_slot(&wider, events, &events[vins->slots[i]])] = vins->slots[i];
    free(vins->slots);
    *vins = wider;
}

uint32_t vins_find_or_add(struct vins *vins, const struct batch_event *events,
                          const struct batch_event *wanted, uint32_t index)
{
    uint32_t found = VINS_NONE;
    size_t slot = 0;

    if (vins->used * 2 >= vins->slot_count)
        widen(vins, events);
    slot = find_slot(vins, events, wanted);
    found = vins->slots[slot];
    if (found == VINS_NONE) {
        vins->slots[slot] = index;
        vins->used++;
    }
    return found;
}

void vins_clear(struct vins *vins)
{
    if (vins->slot_count > 0)
        memset(vins->slots, 0xFF, vins->slot_count * sizeof vins->slots[0]);
    vins->used = 0;
}

void vins_free(struct vins *vins)
{
    free(vins->slots);
    *vins = (struct vins){0};
}

/* store_freight_internal: what the files of the freight store share. */
#ifndef EVROLL_REGISTRY_STORE_STORE_FREIGHT_INTERNAL_H
#define EVROLL_REGISTRY_STORE_STORE_FREIGHT_INTERNAL_H

#include <string.h>

#include "shared/arena.h"

/* `items` with room for one more behind `count`; moved within the arena when it was full. */
static inline void *freight_room(struct arena *arena, void *items, size_t count, size_t *cap,
                                 size_t size)
{
    void *more = items;

    if (count == *cap) {
        *cap = *cap == 0 ? 4 : *cap * 2;
        more = arena_alloc(arena, *cap, size);
        if (count > 0)
            memcpy(more, items, count * size);
    }
    return more;
}

#endif

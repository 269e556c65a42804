#include "registry/store/sql_cache.h"

#include <stdint.h>
#include <stdlib.h>

#include "shared/arena.h"

#define FIRST 256 /* slots, a power of two */

/* Where `text` is, or the free slot where it belongs. */
static struct sql_cached *slot_of(const struct sql_cache *cache, const char *text)
{
    uint64_t hash = (uint64_t)(uintptr_t)text * UINT64_C(0x9E3779B97F4A7C15);
    size_t slot = (size_t)(hash >> 32) & (cache->size - 1);

    while (cache->slots[slot].text != NULL && cache->slots[slot].text != text)
        slot = (slot + 1) & (cache->size - 1);
    return &cache->slots[slot];
}

static void grow(struct sql_cache *cache)
{
    struct sql_cached *old = cache->slots;
    size_t old_size = cache->size;

    cache->size = old_size == 0 ? FIRST : old_size * 2;
    cache->slots = mem_alloc(cache->size, sizeof *cache->slots);
    for (size_t i = 0; i < old_size; i++)
        if (old[i].text != NULL)
            *slot_of(cache, old[i].text) = old[i];
    free(old);
}

void *sql_cache_find(const struct sql_cache *cache, const char *text)
{
    return cache->size == 0 ? NULL : slot_of(cache, text)->statement;
}

void sql_cache_add(struct sql_cache *cache, const char *text, void *statement)
{
    if (cache->used * 2 >= cache->size)
        grow(cache);
    *slot_of(cache, text) = (struct sql_cached){text, statement};
    cache->used++;
}

void sql_cache_clear(struct sql_cache *cache, void (*end)(void *statement))
{
    for (size_t i = 0; i < cache->size; i++)
        if (cache->slots[i].text != NULL)
            end(cache->slots[i].statement);
    free(cache->slots);
    *cache = (struct sql_cache){.slots = NULL};
}

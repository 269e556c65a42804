#include <string.h>

#include "registry/lists/lists_internal.h"

#define SIZE_FIRST 64

static size_t hash_of(const char *key)
{
    uint64_t hash = UINT64_C(1469598103934665603);

    for (; *key != '\0'; key++)
        hash = (hash ^ (unsigned char)*key) * UINT64_C(1099511628211);
    return (size_t)(hash ^ hash >> 29);
}

struct lists_groups lists_groups_make(struct arena *arena)
{
    return (struct lists_groups){
        .arena = arena,
        .size = SIZE_FIRST,
        .items = ARENA_ARRAY(arena, struct lists_group, SIZE_FIRST / 2),
        .slots = ARENA_ARRAY(arena, size_t, SIZE_FIRST),
    };
}

/* The slot of a key: its own, or the free one where it goes. */
static size_t *slot_of(const struct lists_groups *g, const char *key)
{
    size_t slot = hash_of(key) & (g->size - 1);

    while (g->slots[slot] != 0 && strcmp(g->items[g->slots[slot] - 1].key, key) != 0)
        slot = (slot + 1) & (g->size - 1);
    return &g->slots[slot];
}

static void grow(struct lists_groups *g)
{
    struct lists_group *old = g->items;

    g->size *= 2;
    g->items = ARENA_ARRAY(g->arena, struct lists_group, g->size / 2);
    memcpy(g->items, old, g->count * sizeof *old);
    g->slots = ARENA_ARRAY(g->arena, size_t, g->size);
    for (size_t i = 0; i < g->count; i++)
        *slot_of(g, g->items[i].key) = i + 1;
}

struct lists_group *lists_group_of(struct lists_groups *g, const char *key)
{
    size_t *slot = slot_of(g, key);

    if (*slot != 0)
        return &g->items[*slot - 1];
    if (g->count == g->size / 2) {
        grow(g);
        slot = slot_of(g, key);
    }
    g->items[g->count] = (struct lists_group){.key = arena_text(g->arena, key)};
    *slot = ++g->count;
    return &g->items[g->count - 1];
}

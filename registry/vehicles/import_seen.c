#include "registry/vehicles/import_seen.h"

#include <stdlib.h>
#include <string.h>

#include "shared/arena.h"

#define SLOTS_FIRST 1024u /* a power of two */

struct import_seen {
    struct import_seen_row *slots; /* key 0: free */
    size_t size, used;
};

struct import_seen *import_seen_create(void)
{
    struct import_seen *seen = mem_alloc(1, sizeof *seen);

    seen->size = SLOTS_FIRST;
    seen->slots = mem_alloc(seen->size, sizeof seen->slots[0]);
    return seen;
}

void import_seen_destroy(struct import_seen *seen)
{
    free(seen->slots);
    free(seen);
}

/* FNV-1a, over the text without the blanks at its ends, which say nothing, and a separator. */
static uint64_t add_text(uint64_t hash, const char *text)
{
    size_t len = 0;

    text += strspn(text, " \t");
    len = strlen(text);
    while (len > 0 && strchr(" \t", text[len - 1]) != NULL)
        len--;
    for (size_t i = 0; i < len; i++)
        hash = (hash ^ (unsigned char)text[i]) * UINT64_C(1099511628211);
    return (hash ^ 0x1F) * UINT64_C(1099511628211);
}

struct import_seen_row import_seen_row(const struct import_kind *kind,
                                       const struct import_columns *columns,
                                       const char *const *values, int64_t line)
{
    const uint64_t basis = UINT64_C(14695981039346656037);
    struct import_seen_row row = {.key = basis, .all = basis, .line = line};

    for (size_t i = 0; i < columns->count; i++) {
        int field = columns->fields[i];
        row.all = add_text(row.all, values[i]);
        if (field == COLUMN_EFFECTIVE || (kind->key >> field & 1u) != 0)
            row.key = add_text(row.key, values[i]);
    }
    row.key += row.key == 0;
    return row;
}

static struct import_seen_row *slot_of(const struct import_seen *seen, uint64_t key)
{
    size_t slot = (size_t)(key ^ key >> 32) & (seen->size - 1);

    while (seen->slots[slot].key != 0 && seen->slots[slot].key != key)
        slot = (slot + 1) & (seen->size - 1);
    return &seen->slots[slot];
}

int64_t import_seen_other(const struct import_seen *seen, const struct import_seen_row *row)
{
    const struct import_seen_row *before = slot_of(seen, row->key);

    return before->key != 0 && before->all != row->all && before->line < row->line ? before->line
                                                                                   : 0;
}

static void grow(struct import_seen *seen)
{
    const struct import_seen old = *seen;

    seen->size *= 2;
    seen->slots = mem_alloc(seen->size, sizeof seen->slots[0]);
    for (size_t i = 0; i < old.size; i++)
        if (old.slots[i].key != 0)
            *slot_of(seen, old.slots[i].key) = old.slots[i];
    free(old.slots);
}

void import_seen_put(struct import_seen *seen, const struct import_seen_row *row)
{
    struct import_seen_row *slot = NULL;

    if (seen->used >= seen->size / 4 * 3)
        grow(seen);
    slot = slot_of(seen, row->key);
    seen->used += slot->key == 0;
    *slot = *row;
}

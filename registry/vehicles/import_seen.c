#include "registry/vehicles/import_seen.h"

#include <stdlib.h>
#include <string.h>

#include "shared/arena.h"
#include "shared/when.h"

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

/* Without the blanks at its ends, which say nothing. */
static const char *trimmed(const char *text, size_t *len)
{
    text += strspn(text, " \t");
    *len = strlen(text);
    while (*len > 0 && strchr(" \t", text[*len - 1]) != NULL)
        (*len)--;
    return text;
}

/* FNV-1a, with a separator behind the text. */
static uint64_t add_text(uint64_t hash, const char *text)
{
    size_t len = 0;

    text = trimmed(text, &len);
    for (size_t i = 0; i < len; i++)
        hash = (hash ^ (unsigned char)text[i]) * UINT64_C(1099511628211);
    return (hash ^ 0x1F) * UINT64_C(1099511628211);
}

static void take_later(int32_t *day, const char *text)
{
    char word[WHEN_DAY_TEXT] = "";
    int32_t given = 0;
    size_t len = 0;

    text = trimmed(text, &len);
    if (len >= sizeof word)
        return;
    memcpy(word, text, len);
    if (when_day_parse(word, &given) && given > *day)
        *day = given;
}

struct import_seen_row import_seen_row(const struct import_kind *kind,
                                       const struct import_columns *columns,
                                       const char *const *values, int64_t line, int32_t today)
{
    const uint64_t basis = UINT64_C(14695981039346656037);
    struct import_seen_row row = {basis, basis, basis, line, INT32_MIN};
    int32_t begin = INT32_MIN;

    for (size_t i = 0; i < columns->count; i++) {
        int field = columns->fields[i];
        if (field == COLUMN_EFFECTIVE) {
            take_later(&row.day, values[i]);
            continue;
        }
        row.all = add_text(row.all, values[i]);
        if ((kind->key >> field & 1u) != 0)
            row.key = add_text(row.key, values[i]);
        if ((kind->lasting >> field & 1u) != 0) {
            row.lasting = add_text(row.lasting, values[i]);
            take_later(&begin, values[i]);
        }
    }
    row.day = row.day == INT32_MIN ? today : row.day;
    row.day = row.day < begin ? begin : row.day; /* nothing holds before its first day */
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

const char *import_seen_clash(const struct import_seen *seen, const struct import_seen_row *row,
                              int64_t *line)
{
    const struct import_seen_row *before = slot_of(seen, row->key);

    *line = before->line;
    if (before->key == 0 || before->line >= row->line)
        return NULL;
    if (before->lasting != row->lasting)
        return "gives it another first day; keep one of the two";
    if (before->day > row->day)
        return "is about a later day of it; put its rows in the order of `effective`";
    if (before->day == row->day && before->all != row->all)
        return "says something else about it for the same day; keep one of the two";
    return NULL;
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

#include "registry/vehicles/amend.h"

#include <string.h>

#include "registry/vehicles/timeline.h"

unsigned amend_difference(const struct store_vehicle *left, const struct store_vehicle *right,
                          unsigned fields)
{
    unsigned differ = 0;

    for (unsigned i = 0; i < VEHICLE_FIELDS; i++)
        if ((fields & 1u << i) != 0 && !field_same(&vehicle_fields[i], left, right))
            differ |= 1u << i;
    return differ;
}

static void copy_fields(struct store_vehicle *to, const struct store_vehicle *from, unsigned fields)
{
    for (unsigned i = 0; i < VEHICLE_FIELDS; i++)
        if ((fields & 1u << i) != 0)
            field_copy(&vehicle_fields[i], to, from);
}

static int64_t next_number(const struct store_vehicles *versions)
{
    int64_t number = 0;

    for (size_t i = 0; i < versions->count; i++)
        if (versions->items[i].version > number)
            number = versions->items[i].version;
    return number + 1;
}

/* Behind all that begin on the same day or before. */
static void insert(struct store_vehicles *versions, const struct store_vehicle *added)
{
    size_t at = versions->count;

    while (at > 0 && versions->items[at - 1].valid_from > added->valid_from)
        at--;
    memmove(&versions->items[at + 1], &versions->items[at],
            (versions->count - at) * sizeof *versions->items);
    versions->items[at] = *added;
    versions->count++;
}

/* The state on `day` with the fields of `to`, as a new version of that day if it makes any. */
static void restate(struct store_vehicles *versions, const struct store_vehicle *state,
                    const struct store_vehicle *to, unsigned fields, int32_t day)
{
    struct store_vehicle version = *state;

    if (amend_difference(state, to, fields) == 0 && state->valid_from <= day)
        return;
    copy_fields(&version, to, fields);
    version.valid_from = day;
    version.version = next_number(versions);
    insert(versions, &version);
}

void amend(struct store_vehicles *versions, const struct store_vehicle *to, unsigned fields,
           int32_t day, struct arena *arena)
{
    const struct store_vehicles old = *versions;
    const struct store_vehicle *state = timeline_state(old.items, old.count, day);
    size_t next = 0;

    /* At most one new version for each old one and the day itself. */
    versions->items = ARENA_ARRAY(arena, struct store_vehicle, old.count * 2 + 1);
    memcpy(versions->items, old.items, old.count * sizeof *old.items);
    if (state == NULL)
        state = timeline_state(old.items, old.count, old.items[0].valid_from);
    restate(versions, state, to, fields, day);

    while (next < old.count && old.items[next].valid_from <= day)
        next++;
    while (next < old.count && fields != 0) {
        int32_t from = old.items[next].valid_from;
        const struct store_vehicle *later = timeline_state(old.items, old.count, from);

        fields &= ~amend_difference(state, later, fields);
        restate(versions, later, to, fields, from);
        state = later;
        while (next < old.count && old.items[next].valid_from == from)
            next++;
    }
}

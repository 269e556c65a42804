#include "registry/sites/site_index.h"

#include <stdlib.h>
#include <string.h>

#include "registry/sites/site.h"
#include "shared/log.h"
#include "shared/when.h"

struct site_shape {
    const char *wkt;
    struct geometry_context *context;
    struct geometry *geometry; /* NULL: not parsed yet */
    bool broken;               /* it could not be; logged */
};

struct entry {
    struct site_area area;
    int32_t from, to; /* `to` is the first day after it */
    struct site_shape shape;
};

struct site_index {
    struct geometry_context *context;
    struct arena *arena;
    struct entry *entries; /* by site, then by day */
    size_t count;
    int64_t changes; /* of the store, when it was read; -1: never */
};

struct site_index *site_index_create(void)
{
    struct site_index *index = mem_alloc(1, sizeof *index);

    index->context = geometry_open();
    index->arena = arena_create();
    index->changes = -1;
    return index;
}

static void forget(struct site_index *index)
{
    for (size_t i = 0; i < index->count; i++)
        geometry_free(index->entries[i].shape.geometry);
    index->count = 0;
    arena_reset(index->arena);
}

void site_index_destroy(struct site_index *index)
{
    if (index == NULL)
        return;
    forget(index);
    arena_destroy(index->arena);
    geometry_close(index->context);
    free(index);
}

/* ---- building ---- */

/* The day on which the next version of the same site begins. */
static int32_t end_of(const struct store_sites *all, size_t at)
{
    bool last =
        at + 1 == all->count || strcmp(all->items[at].site_id, all->items[at + 1].site_id) != 0;

    return last ? WHEN_DAY_NEVER : all->items[at + 1].valid_from;
}

static void add(struct site_index *index, const struct store_site *site, int32_t to)
{
    if (site->valid_from >= to || site->box.lon_min > site->box.lon_max)
        return; /* written over by a later version, or closed */
    struct entry *entry = &index->entries[index->count++];
    *entry = (struct entry){
        .area = {site->site_id, site->kind, site->box, &entry->shape},
        .from = site->valid_from,
        .to = to,
        .shape = {.wkt = site->polygon, .context = index->context},
    };
}

static enum err load(struct site_index *index, struct sql *db, struct fault *fault)
{
    struct store_sites all;
    enum err err = ERR_OK;

    forget(index);
    err = store_site_all(db, index->arena, &all, fault);
    if (err != ERR_OK)
        return err;
    index->entries = ARENA_ARRAY(index->arena, struct entry, all.count);
    for (size_t i = 0; i < all.count; i++)
        add(index, &all.items[i], end_of(&all, i));
    return ERR_OK;
}

enum err site_index_refresh(struct site_index *index, struct sql *db, struct fault *fault)
{
    int64_t changes = 0;
    enum err err = store_site_changes(db, &changes, fault);

    if (err != ERR_OK || changes == index->changes)
        return err;
    index->changes = -1;
    err = load(index, db, fault);
    if (err == ERR_OK)
        index->changes = changes;
    return err;
}

/* ---- asking ---- */

static bool holds_on(const struct entry *entry, int32_t day)
{
    return entry->from <= day && day < entry->to;
}

size_t site_index_find(const struct site_index *index, int32_t day,
                       const struct store_site_box *box, struct arena *arena,
                       const struct site_area ***list)
{
    size_t found = 0;

    for (size_t i = 0; i < index->count; i++)
        found += holds_on(&index->entries[i], day) &&
                 geometry_boxes_meet(&index->entries[i].area.box, box);
    *list = ARENA_ARRAY(arena, const struct site_area *, found + 1);
    found = 0;
    for (size_t i = 0; i < index->count; i++)
        if (holds_on(&index->entries[i], day) &&
            geometry_boxes_meet(&index->entries[i].area.box, box))
            (*list)[found++] = &index->entries[i].area;
    return found;
}

bool site_index_has_built_up(const struct site_index *index, int32_t day)
{
    for (size_t i = 0; i < index->count; i++)
        if (index->entries[i].area.kind == SITE_BUILT_UP && holds_on(&index->entries[i], day))
            return true;
    return false;
}

static void parse(const struct site_area *area)
{
    struct site_shape *shape = area->shape;
    struct fault fault;

    if (geometry_read(shape->context, shape->wkt, &shape->geometry, &fault) == ERR_OK)
        return;
    shape->broken = true;
    log_error("sites", "site %s: its stored polygon cannot be read, nothing lies in it: %s",
              area->site_id, fault.text);
}

bool site_area_contains(const struct site_area *area, int64_t lat, int64_t lon)
{
    struct site_shape *shape = area->shape;

    if (!geometry_box_contains(&area->box, lat, lon))
        return false;
    if (shape->geometry == NULL && !shape->broken)
        parse(area);
    return shape->geometry != NULL && geometry_contains(shape->geometry, lat, lon);
}

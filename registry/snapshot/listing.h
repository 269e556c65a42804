/* listing: rows of CSV on their way into a member of a snapshot. Private to registry/snapshot. */
#ifndef EVROLL_REGISTRY_SNAPSHOT_LISTING_H
#define EVROLL_REGISTRY_SNAPSHOT_LISTING_H

#include "registry/snapshot/pack.h"
#include "shared/csv.h"

struct listing {
    struct pack *pack;
    struct csv_writer csv;
    const char *rule; /* whose rows come */
    int64_t rows;
};

/* What was written goes into the pack. */
static inline void listing_move(struct listing *l)
{
    pack_write(l->pack, l->csv.text, l->csv.len);
    l->csv.len = 0;
}

static inline void listing_head(struct listing *l, const char *const *columns, size_t count)
{
    for (size_t i = 0; i < count; i++)
        csv_put(&l->csv, columns[i]);
    csv_end_row(&l->csv);
}

#endif

/*
 * samples: a unit's samples between two instants, page by page, merged and de-duplicated whether or
 * not the rollup came by yet. What is found belongs to the arena. Errors as in sql.h.
 */
#ifndef EVROLL_REGISTRY_ROLLUP_SAMPLES_H
#define EVROLL_REGISTRY_ROLLUP_SAMPLES_H

#include <stdbool.h>

#include "registry/store/store_retention.h"
#include "shared/arena.h"
#include "shared/batch/block.h"

#define SAMPLES_LIMIT_MAX 10000

/* Where a page begins: at this instant, behind the first `skip` samples of it. Late samples that
 * arrive before it do not move it. */
struct samples_place {
    int64_t at_ms;
    size_t skip;
};

struct samples_page {
    int64_t kept_from_ms; /* samples before it were removed; STORE_KEPT_ALL: none */
    struct block rows;    /* from ≤ at < to, in order of time */
    bool more;
    struct samples_place next; /* when there is more */
};

enum err samples_page(struct sql *db, struct arena *arena, const char *unit,
                      struct samples_place from, int64_t to_ms, size_t limit,
                      struct samples_page *page, struct fault *fault) ERR_CHECKED;

#endif

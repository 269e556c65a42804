/*
 * hour_rows: the stored samples of one unit in one hour, merged and de-duplicated, whether or not
 * the rollup came by yet. Everything belongs to the arena. Errors as in sql.h.
 */
#ifndef EVROLL_REGISTRY_ROLLUP_HOUR_ROWS_H
#define EVROLL_REGISTRY_ROLLUP_HOUR_ROWS_H

#include "registry/store/sql.h"
#include "shared/arena.h"
#include "shared/batch/block.h"

struct hour_rows {
    struct block rows;  /* settled; each row's source is its journal's number */
    size_t blocks;      /* how many they stand in */
    size_t unmerged;    /* of those, as the gateway sent them */
    size_t undecodable; /* blocks that could not be read: left out, logged */
};

enum err hour_rows_load(struct sql *db, struct arena *arena, const char *unit, int64_t hour,
                        struct hour_rows *loaded, struct fault *fault) ERR_CHECKED;

#endif

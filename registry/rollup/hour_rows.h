/*
 * hour_rows: the stored samples of one unit in one hour, merged and de-duplicated, whether or not
 * the rollup came by yet. Everything belongs to the arena. Errors as in sql.h.
 */
#ifndef EVROLL_REGISTRY_ROLLUP_HOUR_ROWS_H
#define EVROLL_REGISTRY_ROLLUP_HOUR_ROWS_H

#include <stdbool.h>

#include "registry/store/sql.h"
#include "shared/arena.h"
#include "shared/batch/block.h"

/* 72 a second. A unit chooses its times; what it sends for one hour is held in memory, several times. */
#define HOUR_ROWS_MAX 262144

struct hour_rows {
    struct block rows;  /* settled; each row's source is its journal's number */
    size_t blocks;      /* how many they stand in */
    size_t unmerged;    /* of those, as the gateway sent them */
    size_t undecodable; /* blocks that could not be read: left out, logged */
    bool too_many; /* more rows than HOUR_ROWS_MAX, repeated ones included: nothing is loaded */
};

enum err hour_rows_load(struct sql *db, struct arena *arena, const char *unit, int64_t hour,
                        struct hour_rows *loaded, struct fault *fault) ERR_CHECKED;

/* ERR_INPUT: what to say to who asks for the samples of an hour with too many. */
enum err hour_rows_refuse(const char *unit, int64_t hour, struct fault *fault) ERR_CHECKED;

#endif

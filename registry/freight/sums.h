/*
 * sums: tonnes by mode of the reports in force, for rules, shares and findings.
 *
 * A report counts when its whole period lies within the days asked for. Main legs only. A way between
 * two enterprises that both report counts once, by the word of the one that sends
 * (store_freight_sums.h); a sum over one enterprise has all that this one moved. Tonnes are in 0.1 t,
 * tonne-kilometres in 0.01 t·km. Blocking: one query. Threads: those of the connection.
 */
#ifndef EVROLL_REGISTRY_FREIGHT_SUMS_H
#define EVROLL_REGISTRY_FREIGHT_SUMS_H

#include "registry/store/store_freight_sums.h"
#include "registry/vehicles/vocabulary.h"

enum freight_goods {
    FREIGHT_ALL_GOODS,
    FREIGHT_BULK,
    FREIGHT_BULK_AND_CONTAINERS /* and what moves in containers, whatever it is */
};

struct freight_scope {
    int32_t from, to; /* days, both included */
    enum freight_goods goods;
    uint32_t directions;    /* mask of 1u << enum freight_direction; 0: both */
    int64_t km_min, km_max; /* whole km, both included; 0: no bound */
    const char *org_id;     /* NULL: the region */
    uint32_t industries;    /* mask of 1u << industry as the register has it on `to`; 0: all */
    int64_t known_at;       /* 0: now; else an instant: what was in force then */
};

/* Indexed by enum freight_mode. */
struct freight_modes {
    int64_t tonnes[FREIGHT_MODE_COUNT];
    int64_t measured[FREIGHT_MODE_COUNT]; /* tonnes whose distance is known */
    int64_t tonne_km[FREIGHT_MODE_COUNT];
};

#define FREIGHT_MODES_ALL ((1u << FREIGHT_MODE_COUNT) - 2)

enum err freight_sums(struct sql *db, const struct freight_scope *scope,
                      struct freight_modes *modes, struct fault *fault) ERR_CHECKED;
/* The store's query of a scope, for who wants the rows. */
struct store_freight_query freight_scope_query(const struct freight_scope *scope);
void freight_modes_add(struct freight_modes *modes, const struct store_freight_sum *sum);
/* The tonnes of the modes of a mask of 1u << enum freight_mode. */
int64_t freight_tonnes(const struct freight_modes *modes, uint32_t mask);
int64_t freight_tonne_km(const struct freight_modes *modes, uint32_t mask);

#endif

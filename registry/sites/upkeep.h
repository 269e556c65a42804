/*
 * upkeep: what changes of sites and of the register leave to be done later, in small transactions
 * between those of the rollup: hours that a moved polygon concerns are put into its queue, trips of
 * vehicles that changed are matched again, vehicles are attributed anew. Hours are put in while nobody
 * rolls up (store_queue.h). Being killed at any point
 * repeats a step. Errors as in sql.h; threads: the connection's.
 */
#ifndef EVROLL_REGISTRY_SITES_UPKEEP_H
#define EVROLL_REGISTRY_SITES_UPKEEP_H

#include "registry/store/sql.h"
#include "shared/clock.h"

/* One step of each kind of work that there is; `*did` false: nothing waits. A vehicle is attributed
 * when it waits for `settle_ms`, so that the hours of a day are looked at together. */
enum err upkeep_step(struct sql *db, const struct clock *clock, int64_t settle_ms, bool *did,
                     struct fault *fault) ERR_CHECKED;

#endif

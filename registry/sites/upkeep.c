#include "registry/sites/upkeep.h"

#include "registry/sites/attribution.h"
#include "registry/store/store_gate_trips.h"
#include "registry/store/store_queue.h"
#include "registry/store/store_sites.h"

#define REOPEN_UNITS 16 /* a slice; a unit has some thousand hours a year */

static enum err work(struct sql *db, int64_t now_ms, bool *did, struct fault *fault)
{
    bool reopened = false, matched = false;
    enum err err = store_site_reopen_step(db, REOPEN_UNITS, now_ms, &reopened, fault);

    if (err == ERR_OK)
        err = store_gate_rematch_step(db, &matched, fault);
    *did = reopened || matched;
    return err;
}

/* Looked at without a lock first: mostly there is nothing. */
static enum err waits(struct sql *db, bool *there, struct fault *fault)
{
    bool reopen = false, rematch = false;
    enum err err = store_site_reopen_waits(db, &reopen, fault);

    if (err == ERR_OK && !reopen)
        err = store_gate_rematch_waits(db, &rematch, fault);
    *there = reopen || rematch;
    return err;
}

/* Not while another process rolls up a share of the units: what it does with the sites of before must be there to be
 * found. */
static enum err transact(struct sql *db, int64_t now_ms, bool *did, struct fault *fault)
{
    bool alone = false;
    enum err err = sql_begin(db, SQL_WRITE_SHARED, fault);

    if (err != ERR_OK)
        return err;
    err = store_queue_lock_all(db, &alone, fault);
    if (err == ERR_OK && alone)
        err = work(db, now_ms, did, fault);
    if (err == ERR_OK)
        err = sql_commit(db, fault);
    if (err != ERR_OK)
        sql_rollback(db);
    return err;
}

enum err upkeep_step(struct sql *db, const struct clock *clock, int64_t settle_ms, bool *did,
                     struct fault *fault)
{
    int64_t now_ms = clock_wall_ms(clock);
    bool there = false, attributed = false;
    enum err err = waits(db, &there, fault);

    *did = false;
    if (err == ERR_OK && there)
        err = transact(db, now_ms, did, fault);
    if (err == ERR_OK)
        err = attribution_step(db, now_ms - settle_ms, &attributed, fault);
    *did = *did || attributed;
    return err;
}

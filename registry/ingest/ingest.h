/*
 * ingest: a gateway's batch becomes stored samples, events and rejects, exactly once.
 *
 *     one transaction:  cursor lost_from → next ─ samples ─ rejects ─ events ─ evidence ─ counters
 *
 * The samples are stored in one piece, as they came; sorting.h makes blocks of several such pieces at
 * once, behind the gateway's back.
 *
 * The cursor moves first, and only from where the batch begins. When it does not stand there,
 * nothing is written: either the batch is there already (the cursor is at its end or beyond), or it
 * does not fit (ERR_CONFLICT, the gateway is told where to go on). A gateway that sends again,
 * after a lost answer or a restart, therefore never stores a sample twice.
 *
 * A gateway has a journal for each data directory that it ever had: of more than INGEST_JOURNALS_MAX the
 * next is not accepted (ERR_FULL; the gateway keeps its data), because a row of each stays for ever.
 *
 * A journal begins at position 0. What a gateway no longer has it declares as lost, from exactly
 * where the cursor stands.
 *
 * Samples of hours whose samples were removed (store_retention.h) are not stored: they count as
 * rejects, and one reject for each unit and hour says so, with the reason "past-retention".
 *
 * Errors: ERR_CONFLICT as above; ERR_INPUT will never be accepted; anything else: send it
 * again.
 * Blocking: until `deadline_ms`. Threads: as the connection.
 */
#ifndef EVROLL_REGISTRY_INGEST_INGEST_H
#define EVROLL_REGISTRY_INGEST_INGEST_H

#include <stdbool.h>

#include "registry/store/sql.h"
#include "shared/batch/batch.h"
#include "shared/clock.h"

#define INGEST_JOURNALS_MAX 1000

struct ingest_result {
    bool stored;   /* now; false: it was there already, or it did not fit */
    uint64_t next; /* where the cursor stands; set with ERR_OK and ERR_CONFLICT */
};

/* `batch` came out of batch_decode, which checked it. `deadline_ms` is on the clock's mono_ms:
 * until then a busy database and an unknown outcome are tried again. */
enum err ingest_batch(struct sql *db, const struct clock *clock, int64_t deadline_ms,
                      const struct batch *batch, struct ingest_result *result,
                      struct fault *fault) ERR_CHECKED;

#endif

/*
 * uplink: brings the journal to the registry, in order, each entry once.
 *
 *               ┌──────────────── nothing new ───────────────┐
 *               ▼                                            │
 *     ┌──▶ collecting ── full, or lingered long enough ──▶ sealed ── posted ──┐
 *     │      ▲   ▲                                           ▲                │
 *     │      │   └── cut: 400, 413, 422 (half as many) ──────│────────────────┤
 *     │      └────── moved: 409, to where the registry waits │                │
 *     │                                                      └── later: wait, │
 *     │                                                          same again ──┤
 *     └────────────── stored: 200, release the journal ───────────────────────┘
 *
 * The cursor on disk moves only when the registry said "stored". A batch that was sent is sent
 * again byte for byte until an answer comes, so an answer that got lost costs nothing: the registry
 * knows the batch by its name. Nothing in memory is worth keeping; the process may end at any time.
 *
 * A batch that is refused for good is cut in halves until the one entry at fault is alone; that one
 * is sent as a reject with reason "registry-refused", and should even that be refused, as a damaged
 * position, so that the line never stands still for one entry. 401, 403 and answers that are no
 * registry's are never taken as a reason to drop anything.
 *
 * Only entries on stable storage are sent: a power cut must not take back what the registry has.
 *
 * The uplink owns neither reader, decoder nor transport. One thread; uplink_step blocks in the
 * transport only.
 */
#ifndef EVROLL_GATEWAY_UPLINK_UPLINK_H
#define EVROLL_GATEWAY_UPLINK_UPLINK_H

#include <stddef.h>
#include <stdint.h>

#include "gateway/decode/decode.h"
#include "gateway/journal/journal.h"
#include "gateway/uplink/transport.h"
#include "shared/clock.h"
#include "shared/err.h"

#define UPLINK_LINGER_MS      30000 /* three samples of a unit that says one in 10 s: half the bytes */
#define UPLINK_ROWS_MAX       5000
#define UPLINK_BYTES_MAX      (1u << 20)
#define UPLINK_BACKLOG_FACTOR 4   /* batches are this much larger while a backlog drains */
#define UPLINK_IDLE_MS        20  /* how often an idle uplink looks at the journal */
#define UPLINK_STEP_MS        500 /* how long a step decodes: others wait behind it */

/* A post that failed after so long was too much for the line: half of it is tried, down to a few entries.
 * (A registry gives a request 30 s.) */
#define UPLINK_SLOW_MS    20000
#define UPLINK_SLOW_LEAST 100

struct uplink_options {
    const char *gateway; /* CN of the certificate */
    struct journal_reader *reader;
    struct decode *decode;
    struct transport *transport;
    const struct clock *clock;
    int64_t linger_ms; /* after the first entry of a batch */
    size_t rows_max;
    size_t bytes_max; /* of payload */
    uint64_t seed;    /* of the jitter */
};

struct uplink_counts {
    uint64_t batches;    /* stored */
    uint64_t line_bytes; /* of these, as they travelled */
    uint64_t retries;    /* posts that have to be repeated */
    uint64_t refused;    /* batches refused for good and cut */
    uint64_t set_aside;  /* entries sent as rejects or damaged because the registry refused them */
    uint64_t lost;       /* positions that are gone and of which the registry was told so */
    uint64_t cursor;     /* everything before it is stored */
    uint64_t position;   /* the next entry to be read */
};

struct uplink;

/* Begins at the reader's cursor. */
enum err uplink_create(const struct uplink_options *options, struct uplink **uplink,
                       struct fault *fault) ERR_CHECKED;
void uplink_destroy(struct uplink *uplink);

/*
 * One step: reads some entries, for UPLINK_STEP_MS at most, or posts a batch and acts on the
 * answer. `*wait_ms` says how long nothing is to be done; call again then. ERR_OK, ERR_STOPPED (the
 * transport was asked to stop), ERR_CONFLICT (another journal has taken this one's place: begin
 * anew), or what the journal said.
 */
enum err uplink_step(struct uplink *uplink, int64_t *wait_ms, struct fault *fault) ERR_CHECKED;

const struct uplink_counts *uplink_counted(const struct uplink *uplink);

#endif

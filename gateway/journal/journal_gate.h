/*
 * journal_gate: how far a journal is appended and how far synced, for one who holds something back
 * until it is on stable storage. Cheap enough for every packet: two system calls, no allocation.
 *
 * What it says is to be believed only together: a position belongs to its epoch, and an epoch to a
 * writer whose heartbeat still moves. Who sees no ERR_OK, another epoch or a heartbeat that stands
 * still lets nothing through.
 *
 * Opens the directory when it is there, and again when a writer has replaced its page. Thread
 * safety: one gate, one thread; any number of gates.
 */
#ifndef EVROLL_GATEWAY_JOURNAL_JOURNAL_GATE_H
#define EVROLL_GATEWAY_JOURNAL_JOURNAL_GATE_H

#include <stdbool.h>
#include <stdint.h>

#include "shared/err.h"

struct journal_gate;

/* What the writer says. */
struct journal_stand {
    uint64_t epoch;     /* new each time a writer opens; never 0 */
    uint64_t appended;  /* one past the last entry */
    uint64_t heartbeat; /* grows while the writer lives */
};

struct journal_gate *journal_gate_create(const char *dir); /* `dir` need not exist yet */
void journal_gate_destroy(struct journal_gate *gate);      /* NULL is allowed */

/* The next look opens the directory by its name again: for when the heartbeat stands still and
 * another journal may have taken this one's place. */
void journal_gate_reopen(struct journal_gate *gate);

/* Every entry that was accepted before the call lies below `stand->appended`. ERR_NOT_FOUND: no
 * journal or no page yet; ERR_INPUT: the page has not the right magic, version, checksum or journal
 * id; ERR_IO. `stand` is zeroed then. */
enum err journal_gate_look(struct journal_gate *gate, struct journal_stand *stand,
                           struct fault *fault) ERR_CHECKED;

/* Everything of `epoch` below *synced is on stable storage; 0 when sync.page is missing, damaged or
 * of another epoch. True: the epoch ended in a failed fdatasync. */
bool journal_gate_synced(struct journal_gate *gate, uint64_t epoch, uint64_t *synced);

#endif

/*
 * store_copy: everything from one database into another, whichever drivers they have.
 *
 * Tables are found in the database's own catalog, so that one that a later migration adds is copied
 * too. Each is read in the order of its primary key, in one moment of the source, and written in
 * slices: what the destination holds is always the beginning of the table, and a copy that was cut
 * off goes on behind the last row that is there. At the end both sides are read again and compared,
 * by count and by a SHA-256 over every value. Until then the table copy_unfinished stands in the
 * destination, and store_check_schema refuses it.
 *
 * A source that changes between two runs of one copy is found by the comparison, one that changes during
 * a run at its end: stop the registries that write to it first.
 *
 * Blocking: for as long as it takes. Both connections are used, outside of transactions of the
 * caller's. Statements are made in `arena`, which outlives both connections.
 */
#ifndef EVROLL_REGISTRY_STORE_STORE_COPY_H
#define EVROLL_REGISTRY_STORE_STORE_COPY_H

#include "registry/store/sql.h"
#include "shared/arena.h"

/* How far it is: `rows` of the table are in the destination; `compared` once both sides agree. */
typedef void store_copy_note(void *arg, const char *table, int64_t rows, bool compared);

/* The source has this program's schema; the destination is brought to it, and holds either nothing
 * that anybody entered or the beginning of the same copy. ERR_CONFLICT: the two sides differ, or
 * the source was written to meanwhile. */
enum err store_copy(struct sql *from, struct sql *to, struct arena *arena, store_copy_note *note,
                    void *arg, struct fault *fault) ERR_CHECKED;

#endif

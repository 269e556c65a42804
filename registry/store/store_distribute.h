/*
 * store_distribute: the tables over the nodes of a Citus cluster. What a table is to be stands in one
 * place, the list in store_distribute.c, and every table of the schema stands in it.
 *
 *     by unit     telemetry: rows in shards by unit_id, those of a unit on one node in all such tables,
 *                 so that they are joined where they lie, and a batch or an hour writes to few nodes
 *     everywhere  what telemetry is joined with: a copy on each node, written to all of them at once
 *     one place   at the coordinator, a table like any other: cursors, accounts, logs, counts, reports
 *
 * A database is distributed as a whole or not at all: store_check_schema refuses one that is so in
 * part. Tables that a later migration makes are distributed by the next store_distribute.
 *
 * Errors as in sql.h; ERR_INPUT also for a database that cannot be distributed.
 */
#ifndef EVROLL_REGISTRY_STORE_STORE_DISTRIBUTE_H
#define EVROLL_REGISTRY_STORE_STORE_DISTRIBUTE_H

#include "registry/store/sql.h"

enum store_spread { STORE_ONE_PLACE, STORE_BY_UNIT, STORE_EVERYWHERE };

/* `*known` false: the list does not have this table. */
enum store_spread store_spread_of(const char *table, bool *known);

/* Before a table is distributed (`done` false), which moves its rows, and after. */
typedef void store_distribute_note(void *arg, const char *table, enum store_spread spread,
                                   bool done);

/* Distributes what is not distributed yet, each table in a transaction of its own; what is so already
 * stays. The database has this program's schema. Blocking: for as long as the rows take, and whoever
 * uses the table waits. `note` may be NULL. Outside of transactions. */
enum err store_distribute(struct sql *db, store_distribute_note *note, void *arg,
                          struct fault *fault) ERR_CHECKED;

/* Whether some table of ours is distributed. */
enum err store_is_distributed(struct sql *db, bool *is, struct fault *fault) ERR_CHECKED;

/* ERR_INPUT: some tables are distributed and others not; names one and says what to do. */
enum err store_check_distributed(struct sql *db, struct fault *fault) ERR_CHECKED;

#endif

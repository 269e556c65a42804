/*
 * replica: a standby of the database that answers queries (serve --db-read), and when it may.
 *
 * A thread asks the primary and the standby four times a second how far each is; the standby's answers
 * are as of the last moment at which the primary was no further than the standby is now. A query goes
 * to it while
 *   - that moment is at most REPLICA_LAG_MAX_MS ago, and
 *   - it is later than the last change that a person made through this registry, who thus finds what
 *     he changed.
 * Else, and when it does not answer, the primary is asked: nobody notices but the log and /metrics.
 * Where the address leads to several servers, one that is less far than the one that was looked at is
 * passed over too.
 * What is no standby of this primary at the start ends the program; one that becomes a primary, or
 * lags, or is away, is passed over until it is one again.
 *
 * Threads: a replica is shared; a reader (its connection of one thread) belongs to that thread.
 */
#ifndef EVROLL_REGISTRY_REPLICA_REPLICA_H
#define EVROLL_REGISTRY_REPLICA_REPLICA_H

#include <stdio.h>

#include "registry/store/sql.h"
#include "shared/clock.h"

#define REPLICA_LAG_MAX_MS 10000

struct replica;
struct replica_reader;

/* ERR_INPUT: `read_url` is no address, or not that of a standby of `db_url`. That it does not answer now
 * is no error. Both addresses outlive the replica. */
enum err replica_start(const char *db_url, const char *read_url, const struct clock *clock,
                       struct replica **replica, struct fault *fault) ERR_CHECKED;
void replica_stop(struct replica *replica); /* NULL is allowed; behind its readers */

/* A person changed something: it is committed. Any thread; NULL is allowed. */
void replica_changed(const struct replica *replica);

/* NULL for no replica: then there is never a database. */
struct replica_reader *replica_reader_open(const struct replica *replica);
void replica_reader_close(struct replica_reader *reader); /* NULL is allowed */

/* The standby's database, connected, for the queries of one request; NULL: ask the primary. */
struct sql *replica_reader_db(struct replica_reader *reader);

/* Prometheus text. */
void replica_metrics(const struct replica *replica, FILE *out); /* NULL is allowed */

#endif

/*
 * sql: one door to a database, two thin drivers behind it (SQLite; PostgreSQL).
 *
 * One SQL text serves both. What that asks of the text: parameters are $1, $2 …; casts are CAST(x
 * AS type); types are BIGINT, TEXT, BYTEA (SQLite stores blobs under any name); days, instants,
 * money and shares are integers; upserts name their conflict columns; no AUTOINCREMENT, no
 * triggers, no foreign key across tables that are distributed by different columns. Statements are
 * string literals with static life: drivers keep them prepared by address.
 *
 * It serves a Citus cluster too (store_distribute.h says where a table lies): telemetry is joined with
 * telemetry by unit_id alone, two units each in a subquery of its own; a subquery that asks about an
 * outer row stays among tables by unit and tables that are everywhere, and begins at one by unit.
 *
 * Errors: ERR_BUSY (locked, serialization failure: repeat the whole transaction), ERR_CONFLICT (a
 * constraint said no), ERR_FULL (disk or quota), ERR_PEER (connection lost, nothing committed),
 * ERR_UNKNOWN_OUTCOME (lost in COMMIT: repeat, made safe by the batch's identity), ERR_IO,
 * ERR_INPUT (not our database, a newer schema, read-only). After any error inside a transaction
 * only sql_rollback is allowed. Threads: one connection, one thread. Blocking: every call may block
 * up to the connection's busy timeout.
 */
#ifndef EVROLL_REGISTRY_STORE_SQL_H
#define EVROLL_REGISTRY_STORE_SQL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/err.h"

struct sql;      /* a connection */
struct sql_rows; /* the answer of a query, read row by row */

enum sql_type { SQL_TYPE_NULL, SQL_TYPE_INT, SQL_TYPE_TEXT, SQL_TYPE_BYTES };

struct sql_value {
    enum sql_type type;
    int64_t number;
    const void *bytes; /* borrowed for the call */
    size_t len;
};

struct sql_value sql_null(void);
struct sql_value sql_int(int64_t number);
struct sql_value sql_text(const char *text); /* NULL becomes SQL NULL */
struct sql_value sql_bytes(const void *bytes, size_t len);

/* `url`: "sqlite:FILE" ("sqlite::memory:" too) or "postgresql://…" as libpq reads it. Does not
 * create the schema. Faults never show a password of the address. */
enum err sql_open(const char *url, struct sql **db, struct fault *fault) ERR_CHECKED;
/* For reading only: a standby of PostgreSQL is good enough. A writing transaction fails with ERR_INPUT. */
enum err sql_open_reader(const char *url, struct sql **db, struct fault *fault) ERR_CHECKED;
void sql_close(struct sql *db); /* NULL is allowed; rolls back what is open */
/* How long a call waits for a lock that somebody else holds, before ERR_BUSY. Default: 10 s. */
void sql_set_busy_timeout(struct sql *db, unsigned timeout_ms);

/*
 * SQL_READ sees one moment throughout (PostgreSQL: REPEATABLE READ, READ ONLY).
 *
 * SQL_WRITE is alone among its kind: what it reads, no other SQL_WRITE changes before it ends. It
 * takes its lock at once, so that it cannot fail half-way for want of one. For everything that
 * reads and then writes what follows from it: the register, its counts, numbers given out.
 *
 * SQL_WRITE_SHARED runs beside other writers where the database can do that (SQLite cannot and takes
 * its one lock). Its statements must be right whatever commits between them; each sees what was
 * committed when it began, and waits for a row that another is changing (PostgreSQL: READ
 * COMMITTED). That is enough for "cursor first": the UPDATE … WHERE next = $old of a second
 * transaction for the same journal waits at the row, looks again once the first has ended, and
 * changes it only when it still says $old; so of two that carry the same batch one stores it. And
 * it is enough for the sorting and the rollup: of two that take a batch of the arrivals one waits and
 * then finds nothing; and the row of the queue that the rollup deletes is the hour's lock, because
 * whoever adds a block to the hour also puts that row and waits for it.
 */
enum sql_mode { SQL_READ, SQL_WRITE, SQL_WRITE_SHARED };
enum err sql_begin(struct sql *db, enum sql_mode mode, struct fault *fault) ERR_CHECKED;
enum err sql_commit(struct sql *db, struct fault *fault) ERR_CHECKED;
void sql_rollback(
    struct sql *db); /* also ends what an error left; harmless outside a transaction */

/* A statement without rows. `changed` may be NULL. */
enum err sql_exec(struct sql *db, const char *text, const struct sql_value *values, size_t count,
                  int64_t *changed, struct fault *fault) ERR_CHECKED;

/* A statement of a writing transaction whose answer nobody needs now: several are on their way at
 * once. Its error may show in a later call, in sql_commit at the latest. The values are
 * copied. Outside a transaction it is sql_exec. */
enum err sql_send(struct sql *db, const char *text, const struct sql_value *values, size_t count,
                  struct fault *fault) ERR_CHECKED;

/* Work that only one process is to do at a time: tries to take a lock of the database until the end
 * of this writing transaction. Never waits. A process that dies gives it back. */
enum sql_lock {
    SQL_LOCK_RETENTION = 1,
    SQL_LOCK_SORTING,
    SQL_LOCK_ROLLUP = 16 /* and on: one for each share (store_queue.h) */
};
enum err sql_try_lock(struct sql *db, enum sql_lock lock, bool *taken,
                      struct fault *fault) ERR_CHECKED;

/* Bytes of a database's file that are free and will be used again; 0 where a server sees to that. Outside of
 * transactions, as the next one. */
enum err sql_unused(struct sql *db, int64_t *bytes, struct fault *fault) ERR_CHECKED;
/* Gives them back to the disk, in one transaction: nobody else writes meanwhile, and what is moved from the
 * end of the file into the gaps is written twice. ERR_INPUT: this database does not need it, or cannot. */
enum err sql_shrink(struct sql *db, struct fault *fault) ERR_CHECKED;

/* How far a server of PostgreSQL is in the log of its cluster: what it wrote itself, or as a standby what it
 * repeated. Whatever was committed before a primary was asked shows at each standby that is as far. ERR_INPUT:
 * this database has no standbys. */
struct sql_position {
    bool standby;
    int64_t cluster, database; /* the same at a primary and its standbys, and nowhere else */
    int64_t at;                /* bytes */
};
enum err sql_position(struct sql *db, struct sql_position *position,
                      struct fault *fault) ERR_CHECKED;

/* A statement with rows:
 *     rows = sql_query(db, TEXT, SQL_VALUES(sql_int(day)));
 *     while (sql_next(rows)) use(sql_column_int(rows, 0));
 *     err = sql_done(rows, fault);
 * sql_query never returns NULL; an error shows in sql_next (false) and sql_done (the error). */
struct sql_rows *sql_query(struct sql *db, const char *text, const struct sql_value *values,
                           size_t count);
bool sql_next(struct sql_rows *rows);
bool sql_column_null(const struct sql_rows *rows, int column);
int64_t sql_column_int(const struct sql_rows *rows, int column);
/* Valid until the next sql_next or sql_done. NULL for SQL NULL. */
const char *sql_column_text(const struct sql_rows *rows, int column);
const uint8_t *sql_column_bytes(const struct sql_rows *rows, int column, size_t *len);
enum err sql_done(struct sql_rows *rows, struct fault *fault) ERR_CHECKED;

/* The two arguments `values, count` of sql_exec and sql_query, written in place. */
#define SQL_VALUES(...)                                                                            \
    (const struct sql_value[]){__VA_ARGS__},                                                       \
        sizeof((const struct sql_value[]){__VA_ARGS__}) / sizeof(struct sql_value)
#define SQL_NO_VALUES NULL, 0

/* Schema: numbered migrations (registry/store/migrations/NNNN_name.sql, built into the program),
 * applied in order, each in its own transaction with its number. */
enum err store_migrate(struct sql *db, int *applied, struct fault *fault) ERR_CHECKED;
/* ERR_INPUT when the schema is older (says: run migrate) or newer (says: newer program) than this
 * program. */
enum err store_check_schema(struct sql *db, struct fault *fault) ERR_CHECKED;

#endif

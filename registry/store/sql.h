/*
 * sql: one door to a database, two thin drivers behind it (SQLite; PostgreSQL).
 *
 * One SQL text serves both. What that asks of the text: parameters are $1, $2 …; casts are CAST(x
 * AS type); types are BIGINT, TEXT, BYTEA (SQLite stores blobs under any name); days, instants,
 * money and shares are integers; upserts name their conflict columns; no AUTOINCREMENT, no
 * triggers, no foreign key across tables that are distributed by different columns. Statements are
 * string literals with static life: drivers keep them prepared by address.
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

/* `url`: "sqlite:FILE" ("sqlite::memory:" too), later "postgresql://…". Does not create the schema.
 */
enum err sql_open(const char *url, struct sql **db, struct fault *fault) ERR_CHECKED;
void sql_close(struct sql *db); /* NULL is allowed; rolls back what is open */
/* How long a call waits for a lock that somebody else holds, before ERR_BUSY. Default: 10 s. */
void sql_set_busy_timeout(struct sql *db, unsigned timeout_ms);

/* A writing transaction takes its lock at once, so that it cannot fail half-way for want of one. */
enum sql_mode { SQL_READ, SQL_WRITE };
enum err sql_begin(struct sql *db, enum sql_mode mode, struct fault *fault) ERR_CHECKED;
enum err sql_commit(struct sql *db, struct fault *fault) ERR_CHECKED;
void sql_rollback(
    struct sql *db); /* also ends what an error left; harmless outside a transaction */

/* A statement without rows. `changed` may be NULL. */
enum err sql_exec(struct sql *db, const char *text, const struct sql_value *values, size_t count,
                  int64_t *changed, struct fault *fault) ERR_CHECKED;

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

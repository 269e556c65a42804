/*
 * sql_driver: what a driver provides to sql.c. Private to registry/store.
 *
 * A driver embeds `struct sql` as the first member of its connection and `struct sql_rows` as the
 * first member of its answers. sql.c keeps the state of the transaction, so that every driver
 * behaves alike after an error:
 *
 *     IDLE ──begin──▶ OPEN ──error──▶ BROKEN
 *      ▲               │               │
 *      ├──commit───────┘               │   commit in BROKEN rolls back and repeats the first error
 *      └──rollback─────────────────────┘
 *
 * A driver is never asked for anything but rollback in BROKEN, and never for begin outside IDLE.
 */
#ifndef EVROLL_REGISTRY_STORE_SQL_DRIVER_H
#define EVROLL_REGISTRY_STORE_SQL_DRIVER_H

#include "registry/store/sql.h"

struct sql_driver {
    /* "sqlite", "postgresql": as migrations name it. */
    const char *(*name)(const struct sql *db);
    void (*close)(struct sql *db);
    void (*set_busy_timeout)(struct sql *db, unsigned timeout_ms);
    enum err (*begin)(struct sql *db, enum sql_mode mode, struct fault *fault);
    /* On failure the transaction is still to be rolled back, which sql.c does. */
    enum err (*commit)(struct sql *db, struct fault *fault);
    void (*rollback)(struct sql *db);
    /* One statement that is not kept prepared: schema changes. */
    enum err (*run)(struct sql *db, const char *text, struct fault *fault);
    enum err (*has_table)(struct sql *db, const char *name, bool *has, struct fault *fault);
    enum err (*exec)(struct sql *db, const char *text, const struct sql_value *values, size_t count,
                     int64_t *changed, struct fault *fault);
    /* May leave its answer for a later call, commit at the latest, which then fails with its error.
     */
    enum err (*send)(struct sql *db, const char *text, const struct sql_value *values, size_t count,
                     struct fault *fault);
    enum err (*try_lock)(struct sql *db, enum sql_lock lock, bool *taken, struct fault *fault);
    /* Never NULL; a failure is left in rows->err and rows->fault. */
    struct sql_rows *(*query)(struct sql *db, const char *text, const struct sql_value *values,
                              size_t count);
    bool (*next)(struct sql_rows *rows);
    bool (*column_null)(const struct sql_rows *rows, int column);
    int64_t (*column_int)(const struct sql_rows *rows, int column);
    const char *(*column_text)(const struct sql_rows *rows, int column);
    const uint8_t *(*column_bytes)(const struct sql_rows *rows, int column, size_t *len);
    /* The text of a query for our tables' columns, by table and place: table, column, declared type,
     * place in the primary key (0: not in it). */
    const char *(*catalog)(const struct sql *db);
    /* The text of a query for table block's partitions that have an end, the oldest first: name, first
     * hour (or less), the hour behind the last. NULL: this database has none. */
    const char *(*partitions)(const struct sql *db);
    /* The text of a query for the names of our tables that are distributed over several servers. NULL:
     * this database cannot do that. */
    const char *(*distributed)(const struct sql *db);
    /* The text of a query for struct sql_position, its members in their order. NULL: no standbys. */
    const char *(*position)(const struct sql *db);
    enum err (*unused)(struct sql *db, int64_t *bytes, struct fault *fault);
    enum err (*shrink)(struct sql *db, struct fault *fault);
    /* Reads what is left of the answer, where more than rows may come: an error behind them goes into
     * `err`. */
    void (*rest)(struct sql_rows *rows);
    /* Frees or puts back the answer. */
    void (*done)(struct sql_rows *rows);
};

enum sql_state { SQL_STATE_IDLE, SQL_STATE_OPEN, SQL_STATE_BROKEN };

struct sql {
    const struct sql_driver *driver;
    enum sql_state state;
    enum sql_mode mode;    /* of the open transaction */
    enum err broken;       /* the first error of the transaction */
    char broken_text[160]; /* and the beginning of its sentence */
    unsigned answers;      /* queries between sql_query and sql_done */
};

struct sql_rows {
    struct sql *db;
    enum err err;
    bool refused;       /* never reached the driver: the transaction was broken */
    struct fault fault; /* meaningful when err is not ERR_OK */
};

/* A statement that is not a string literal: it is prepared, run and forgotten. Used for schema
 * changes only. */
enum err sql_run(struct sql *db, const char *text, struct fault *fault) ERR_CHECKED;

/* Whether the database has this table. */
enum err sql_has_table(struct sql *db, const char *name, bool *has,
                       struct fault *fault) ERR_CHECKED;

/* The driver's answers. */
const char *sql_driver_name(const struct sql *db);
const char *sql_catalog(const struct sql *db);
const char *sql_partitions(const struct sql *db);
const char *sql_distributed(const struct sql *db);
const char *sql_position_text(const struct sql *db);

/* What stands behind "sqlite:"; the whole address. */
enum err sql_open_sqlite(const char *path, struct sql **out, struct fault *fault) ERR_CHECKED;
enum err sql_open_postgres(const char *url, struct sql **out, struct fault *fault) ERR_CHECKED;
enum err sql_open_postgres_reader(const char *url, struct sql **out,
                                  struct fault *fault) ERR_CHECKED;

#endif

/*
 * sql_postgres_internal: what the files of the PostgreSQL driver share.
 *
 *     sql_postgres.c          the driver: transactions, statements, answers
 *     sql_postgres_connect.c  addresses, connecting and connecting anew, whose database it is
 *     sql_postgres_value.c    numbers in the server's binary form
 */
#ifndef EVROLL_REGISTRY_STORE_SQL_POSTGRES_INTERNAL_H
#define EVROLL_REGISTRY_STORE_SQL_POSTGRES_INTERNAL_H

#include <libpq-fe.h>

#include "registry/store/sql_cache.h"
#include "registry/store/sql_driver.h"

/* Object identifiers of types, from the server's catalog (pg_type.dat); they never change. */
enum {
    PG_BOOL = 16,
    PG_BYTEA = 17,
    PG_INT8 = 20,
    PG_INT2 = 21,
    PG_INT4 = 23,
    PG_TEXT = 25,
    PG_NUMERIC = 1700
};

extern const struct sql_driver pg_driver;

struct pg_rows;

struct pg_db {
    struct sql sql; /* first */
    PGconn *conn;   /* NULL when connecting anew failed */
    bool reader;    /* nothing is written: a standby will do */
    bool lost;      /* the connection is of no use; the next call outside a transaction makes one */
    bool citus;     /* the database has the extension: tables may be distributed */
    unsigned busy_timeout_ms;
    int schema;                  /* the object identifier of our schema, half of our locks' names */
    struct sql_cache statements; /* of this connection */
    unsigned named;              /* how many statements it was given */
    unsigned sent;               /* answers on their way, of sql_send */
    struct pg_rows *streaming;   /* the answer that is being received */
    char name[128];              /* "NAME at HOST", for people */
    char url[];
};

/* ---- connect ---- */

/* A usable connection, made anew when it is lost or was closed by the server meanwhile. Outside
 * transactions only. */
enum err pg_connected(struct pg_db *db, struct fault *fault) ERR_CHECKED;
/* What the server said, as an error; notes a lost connection. `text` is the statement, or NULL. */
enum err pg_fault(struct pg_db *db, const PGresult *result, const char *text, struct fault *fault);
void pg_statement_free(void *statement);

/* ---- value ---- */

uint64_t pg_encode_int(int64_t number);
/* Of any of the number types above. A sum that exceeds an int64 is an error of the statement that
 * asked for it. */
int64_t pg_decode_int(Oid type, const char *bytes, int len);

#endif

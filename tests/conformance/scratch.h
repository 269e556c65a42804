/*
 * scratch: an empty database for one test. With EVROLL_TEST_POSTGRES_URL in the environment it is a
 * schema of its own on that server, which scratch_remove drops; else a SQLite file in a folder of
 * its own. With EVROLL_TEST_DISTRIBUTED as well the server is the coordinator of a Citus cluster, and
 * the schema's tables are distributed once they are there (tests/harness/citus.py).
 */
#ifndef EVROLL_TESTS_CONFORMANCE_SCRATCH_H
#define EVROLL_TESTS_CONFORMANCE_SCRATCH_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "registry/store/sql.h"
#include "registry/store/sql_driver.h"
#include "registry/store/store_distribute.h"

#define SCRATCH_DIR    "{dir}"
#define SCRATCH_SCHEMA "{schema}"

struct scratch {
    char url[512];
    char dir[64];    /* "": none */
    char schema[64]; /* "": none */
};

/* Whether the tables of this test are distributed. */
static inline bool scratch_distributed(void)
{
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): before there are threads */
    return getenv("EVROLL_TEST_DISTRIBUTED") != NULL;
}

/* The address of a fresh schema on the test's server; NULL without one. Thread: the main one. */
static inline const char *scratch_postgres(void)
{
    static char address[512];
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): before there are threads */
    const char *url = getenv("EVROLL_TEST_POSTGRES_URL");

    if (url == NULL)
        return NULL;
    snprintf(address, sizeof address, "%s%soptions=-csearch_path%%3D" SCRATCH_SCHEMA "%s", url,
             strchr(url, '?') == NULL ? "?" : "&",
             scratch_distributed() ? "%20-ccitus.shard_count%3D2" : "");
    return address;
}

/* One statement on the test's server. */
static inline void scratch_server(const char *text)
{
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): before there are threads */
    PGconn *conn = PQconnectdb(getenv("EVROLL_TEST_POSTGRES_URL"));
    PGresult *result = NULL;

    if (PQstatus(conn) != CONNECTION_OK)
        fail_msg("%s", PQerrorMessage(conn));
    result = PQexec(conn, text);
    if (PQresultStatus(result) != PGRES_COMMAND_OK)
        fail_msg("%s: %s", text, PQerrorMessage(conn));
    PQclear(result);
    PQfinish(conn);
}

static inline void scratch_name_schema(struct scratch *scratch)
{
    static unsigned made;
    char text[128];

    snprintf(scratch->schema, sizeof scratch->schema, "test_%ld_%u", (long)getpid(), ++made);
    snprintf(text, sizeof text, "CREATE SCHEMA %s", scratch->schema);
    scratch_server(text);
}

/* `address` with its mark, if it has one, replaced by a folder or schema that is made. */
static inline void scratch_create_at(struct scratch *scratch, const char *address)
{
    const char *dir = strstr(address, SCRATCH_DIR), *schema = strstr(address, SCRATCH_SCHEMA);
    const char *mark = dir != NULL ? SCRATCH_DIR : SCRATCH_SCHEMA, *at = dir != NULL ? dir : schema;

    *scratch = (struct scratch){.url = ""};
    snprintf(scratch->dir, sizeof scratch->dir, "/tmp/evroll-sql-XXXXXX");
    if (dir != NULL)
        assert_non_null(mkdtemp(scratch->dir));
    else
        scratch->dir[0] = '\0';
    if (schema != NULL)
        scratch_name_schema(scratch);
    if (at == NULL)
        snprintf(scratch->url, sizeof scratch->url, "%s", address);
    else
        snprintf(scratch->url, sizeof scratch->url, "%.*s%s%s", (int)(at - address), address,
                 dir != NULL ? scratch->dir : scratch->schema, at + strlen(mark));
}

/* A copy of the database that the server keeps with the schema already made, in place of the copy
 * before; false where it keeps none. Copying takes a fifth of the time that the migrations take. */
static inline bool scratch_copy(char *url, size_t size)
{
    static unsigned made;
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): before there are threads */
    const char *from = getenv("EVROLL_TEST_POSTGRES_TEMPLATE");
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): before there are threads */
    const char *server = getenv("EVROLL_TEST_POSTGRES_URL");
    char text[256];

    if (from == NULL || server == NULL)
        return false;
    snprintf(text, sizeof text, "DROP DATABASE IF EXISTS copy_%ld_%u WITH (FORCE)", (long)getpid(),
             made++);
    if (made > 1)
        scratch_server(text);
    snprintf(text, sizeof text, "CREATE DATABASE copy_%ld_%u TEMPLATE %s STRATEGY file_copy",
             (long)getpid(), made, from);
    scratch_server(text);
    snprintf(url, size, "%s%sdbname=copy_%ld_%u", server, strchr(server, '?') == NULL ? "?" : "&",
             (long)getpid(), made);
    return true;
}

/* For tests that need any database: one of their own where there is a server, which has the schema
 * or nothing (it is left to the server's end), else the SQLite address that is given. */
static inline void scratch_url(char *url, size_t size, const char *sqlite)
{
    const char *postgres = scratch_postgres();
    struct scratch scratch = {.url = ""};

    if (scratch_copy(url, size))
        return;
    if (postgres != NULL)
        scratch_create_at(&scratch, postgres);
    snprintf(url, size, "%s", postgres != NULL ? scratch.url : sqlite);
}

/* Brings a database of a test to the schema. */
static inline void scratch_migrate(struct sql *db)
{
    struct fault fault = {.code = ERR_OK};
    enum err err = store_migrate(db, NULL, &fault);

    if (err == ERR_OK && scratch_distributed() && strcmp(sql_driver_name(db), "postgresql") == 0)
        err = store_distribute(db, NULL, NULL, &fault);
    if (err != ERR_OK)
        fail_msg("%s", fault.text);
}

/* The same, opened and with the schema. */
static inline struct sql *scratch_open(const char *sqlite)
{
    char url[512];
    struct sql *db = NULL;
    struct fault fault = {.code = ERR_OK};

    scratch_url(url, sizeof url, sqlite);
    if (sql_open(url, &db, &fault) != ERR_OK)
        fail_msg("%s", fault.text);
    scratch_migrate(db);
    return db;
}

/* Its connections are closed by now. */
static inline void scratch_remove(struct scratch *scratch)
{
    static const char *const names[] = {"test.db", "test.db-wal", "test.db-shm", "test.db-journal"};
    char text[128];

    if (scratch->schema[0] != '\0') {
        snprintf(text, sizeof text, "SET client_min_messages = error; DROP SCHEMA %s CASCADE",
                 scratch->schema);
        scratch_server(text);
    }
    if (scratch->dir[0] == '\0')
        return;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        snprintf(text, sizeof text, "%s/%s", scratch->dir, names[i]);
        (void)unlink(text);
    }
    (void)rmdir(scratch->dir);
}

#endif

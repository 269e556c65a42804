/*
 * sql_postgres_connect.c: which server, is it one we can work with, is the database ours.
 *
 * Our own settings stand before the address, so that the address can change them, or behind it where
 * it must not. Every connection is checked: version, encoding, order of text by bytes as in SQLite,
 * not read-only where it is to write, and the table evroll_mark, which says that the schema is ours; an
 * empty schema gets it. A commit is on the disk when it returned: synchronous_commit is put back on
 * where the server's configuration has it off.
 *
 * No sentence shows what libpq says of an address it cannot read: a part of a password that was not
 * written with percent signs may be in it.
 */
#include <assert.h>
#include <ctype.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "registry/store/sql_postgres_internal.h"
#include "shared/arena.h"

#define BUSY_TIMEOUT_MS 10000
#define OLDEST_SERVER   150000

/* ---- errors ---- */

/* By the SQLSTATE's beginning (PostgreSQL 15, appendix A); the first that fits. */
static const struct {
    const char *state;
    enum err err;
    const char *advice;
} states[] = {
    {"40003", ERR_UNKNOWN_OUTCOME, "not known whether it was carried out"},
    {"40", ERR_BUSY, "another connection changed the same rows; try again"},
    {"55P03", ERR_BUSY, "another connection is writing; try again"},
    {"57014", ERR_BUSY, "the server cancelled the statement; try again"},
    {"53100", ERR_FULL, "the server's disk is full; free some space"},
    {"53300", ERR_PEER, "the server has too many connections; raise max_connections"},
    {"54", ERR_FULL, "a value is larger than PostgreSQL takes"},
    {"23", ERR_CONFLICT, NULL},
    {"22", ERR_CONFLICT, NULL},
    {"25006", ERR_PEER, "it is read-only, a standby perhaps; name the primary"},
    {"42501", ERR_INPUT, "the user lacks a right; make it the owner of database and schema"},
    {"28", ERR_INPUT, "the server refuses the user; check name, password and pg_hba.conf"},
    {"3D000", ERR_INPUT, "there is no such database; createdb makes one"},
    {"57P", ERR_PEER, "the server stops or starts; try again"},
    {"08", ERR_PEER, "the connection failed; try again"},
};

static void one_line(char *out, size_t size, const char *text)
{
    size_t len = strcspn(text, "\n");

    snprintf(out, size, "%.*s", (int)len, text);
}

static enum err lost_fault(struct pg_db *db, struct fault *fault)
{
    char said[256];

    db->lost = true;
    one_line(said, sizeof said, db->conn == NULL ? "" : PQerrorMessage(db->conn));
    return fault_set(fault, ERR_PEER, "database %s: the connection is lost (%s)", db->name, said);
}

static enum err state_fault(const struct pg_db *db, const char *state, const char *said,
                            struct fault *fault)
{
    for (size_t i = 0; i < sizeof states / sizeof states[0]; i++) {
        if (strncmp(state, states[i].state, strlen(states[i].state)) != 0)
            continue;
        if (states[i].advice == NULL)
            return fault_set(fault, states[i].err, "database %s: %s", db->name, said);
        return fault_set(fault, states[i].err, "database %s: %s (%s)", db->name, states[i].advice,
                         said);
    }
    return fault_set(fault, ERR_IO, "database %s: %s (SQLSTATE %s)", db->name, said, state);
}

/* A server that ends a session says so before it closes. One that became a standby is left, so that
 * an address with several hosts finds the new primary. */
static bool ends_session(const char *state)
{
    return strncmp(state, "57P", 3) == 0 || strncmp(state, "08", 2) == 0 ||
           strcmp(state, "25006") == 0;
}

enum err pg_fault(struct pg_db *db, const PGresult *result, const char *text, struct fault *fault)
{
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char *said = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    enum err err = ERR_OK;

    if (state == NULL)
        return lost_fault(db, fault);
    if (ends_session(state) || PQstatus(db->conn) == CONNECTION_BAD)
        db->lost = true;
    err = state_fault(db, state, said == NULL ? "no reason given" : said, fault);
    if (text != NULL)
        fault_prefix(fault, "in \"%.60s…\"", text);
    return err;
}

/* ---- the address ---- */

static const char *option_value(const PQconninfoOption *options, const char *key)
{
    for (const PQconninfoOption *o = options; o->keyword != NULL; o++)
        if (strcmp(o->keyword, key) == 0)
            return o->val;
    return NULL;
}

static bool is_plain(const char *value, const char *allowed, const char *refused)
{
    if (value == NULL)
        return true;
    return (allowed == NULL || value[strspn(value, allowed)] == '\0') &&
           (refused == NULL || strpbrk(value, refused) == NULL);
}

/* A password with unescaped marks is cut at the wrong place; the rest of it lands in host, port or
 * name, which faults show. */
static bool parts_are_plain(const PQconninfoOption *options)
{
    return is_plain(option_value(options, "port"), "0123456789,", NULL) &&
           is_plain(option_value(options, "host"), NULL, "@:") &&
           is_plain(option_value(options, "dbname"), NULL, "@");
}

static void name_fill(struct pg_db *db, const PQconninfoOption *options)
{
    const char *host = option_value(options, "host"), *name = option_value(options, "dbname");

    snprintf(db->name, sizeof db->name, "%.60s at %.60s",
             name == NULL ? "of the user's name" : name, host == NULL ? "this machine" : host);
}

static enum err address_check(struct pg_db *db, struct fault *fault)
{
    char *said = NULL;
    PQconninfoOption *options = PQconninfoParse(db->url, &said);
    bool good = options != NULL && parts_are_plain(options);

    if (good)
        name_fill(db, options);
    PQconninfoFree(options);
    PQfreemem(said);
    if (good)
        return ERR_OK;
    return fault_set(
        fault, ERR_INPUT,
        "the database's address cannot be read; write it as "
        "postgresql://USER:PASSWORD@HOST:PORT/NAME, with / : @ and %% in a password as "
        "%%2F %%3A %%40 %%25");
}

/* ---- connecting ---- */

static PGconn *dial(const char *url)
{
    const char *const keys[] = {
        "connect_timeout",           "keepalives_idle",  "keepalives_interval",
        "keepalives_count",          "tcp_user_timeout", "dbname",
        "fallback_application_name", "client_encoding",  NULL};
    const char *const values[] = {"5",    "10", "5", "3", "20000", url, "evroll-registry",
                                  "UTF8", NULL};

    return PQconnectdbParams(keys, values, 1);
}

static void no_notice(void *arg, const PGresult *result)
{
    (void)arg;
    (void)result;
}

/* A server that refuses says why with its SQLSTATE only in the text; the usual reasons are told
 * apart by what can be tried again and what cannot. */
static enum err refused(const struct pg_db *db, const char *message, struct fault *fault)
{
    static const char *const lasting[] = {"authentication failed", "does not exist",
                                          "no pg_hba.conf", "no password supplied",
                                          "certificate verify failed"};
    char said[320];

    one_line(said, sizeof said, message);
    for (size_t i = 0; i < sizeof lasting / sizeof lasting[0]; i++)
        if (strstr(said, lasting[i]) != NULL)
            return fault_set(fault, ERR_INPUT, "database %s: %s", db->name, said);
    return fault_set(fault, ERR_PEER, "database %s: the server does not answer (%s)", db->name,
                     said);
}

/* One statement of connecting, its answer as text. NULL when it failed. */
static PGresult *ask(struct pg_db *db, const char *text, enum err *err, struct fault *fault)
{
    PGresult *result = PQexec(db->conn, text);
    ExecStatusType status = PQresultStatus(result);

    *err = ERR_OK;
    if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK)
        return result;
    *err = pg_fault(db, result, NULL, fault);
    PQclear(result);
    return NULL;
}

/* The server is to notice within half a minute, too, that this machine is gone: its locks are held
 * until then, and nobody else sorts or rolls up. */
#define SERVER_KEEPALIVE                                                                           \
    "SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; "                              \
    "SET tcp_keepalives_count = 3; SET tcp_user_timeout = 20000; "

static enum err settle(struct pg_db *db, struct fault *fault)
{
    char text[512];
    enum err err = ERR_OK;

    snprintf(
        text, sizeof text,
        "SET client_min_messages = warning; SET jit = off; SET lock_timeout = %u; " SERVER_KEEPALIVE
        "%s"
        "SELECT set_config('synchronous_commit', 'on', false) "
        "WHERE current_setting('synchronous_commit') = 'off'",
        db->busy_timeout_ms, db->citus ? "SET citus.propagate_set_commands = 'local'; " : "");
    PQclear(ask(db, text, &err, fault));
    return err;
}

/* ---- what kind of server and database ---- */

static const char LOOK[] =
    "SELECT current_setting('server_encoding'), "
    "CASE d.datlocprovider WHEN 'c' THEN d.datcollate ELSE 'of ICU' END, "
    "current_setting('transaction_read_only'), "
    "COALESCE((SELECT n.oid FROM pg_namespace n WHERE n.nspname = current_schema()), 0), "
    "(SELECT COUNT(*) FROM pg_extension WHERE extname = 'citus') "
    "FROM pg_database d WHERE d.datname = current_database()";

static bool orders_by_bytes(const char *collation)
{
    static const char *const good[] = {"C", "POSIX", "C.UTF-8", "C.utf8"};

    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        if (strcmp(collation, good[i]) == 0)
            return true;
    return false;
}

static enum err judge(struct pg_db *db, const PGresult *look, struct fault *fault)
{
    if (strcmp(PQgetvalue(look, 0, 0), "UTF8") != 0 || !orders_by_bytes(PQgetvalue(look, 0, 1)))
        return fault_set(fault, ERR_INPUT,
                         "database %s: its encoding is %s and its collation %s; evroll needs UTF8 "
                         "and C (createdb -T template0 -E UTF8 --locale=C)",
                         db->name, PQgetvalue(look, 0, 0), PQgetvalue(look, 0, 1));
    if (!db->reader && strcmp(PQgetvalue(look, 0, 2), "on") == 0)
        return fault_set(fault, ERR_INPUT,
                         "database %s: it is read-only, a standby perhaps; name the primary",
                         db->name);
    db->schema = (int)strtoul(PQgetvalue(look, 0, 3), NULL, 10);
    db->citus = strcmp(PQgetvalue(look, 0, 4), "0") != 0;
    if (db->schema == 0)
        return fault_set(fault, ERR_INPUT,
                         "database %s: no schema of the search_path exists; create it", db->name);
    return ERR_OK;
}

static enum err look(struct pg_db *db, struct fault *fault)
{
    enum err err = ERR_OK;
    PGresult *answer = NULL;

    if (PQserverVersion(db->conn) < OLDEST_SERVER)
        return fault_set(fault, ERR_INPUT,
                         "database %s: the server is PostgreSQL %d; evroll needs 15 or later",
                         db->name, PQserverVersion(db->conn) / 10000);
    answer = ask(db, LOOK, &err, fault);
    if (err == ERR_OK)
        err = judge(db, answer, fault);
    PQclear(answer);
    return err;
}

/* Tables of the schema, those of extensions aside, and whether the mark is among them. */
static enum err find_mark(struct pg_db *db, bool *marked, bool *empty, struct fault *fault)
{
    char text[384];
    enum err err = ERR_OK;
    PGresult *answer = NULL;

    snprintf(text, sizeof text,
             "SELECT COUNT(*), COUNT(*) FILTER (WHERE c.relname = 'evroll_mark') FROM pg_class c "
             "WHERE c.relnamespace = %u AND c.relkind IN ('r', 'p') AND NOT EXISTS "
             "(SELECT 1 FROM pg_depend x WHERE x.objid = c.oid AND x.deptype = 'e')",
             (unsigned)db->schema);
    answer = ask(db, text, &err, fault);
    if (err == ERR_OK) {
        *empty = strcmp(PQgetvalue(answer, 0, 0), "0") == 0;
        *marked = strcmp(PQgetvalue(answer, 0, 1), "0") != 0;
    }
    PQclear(answer);
    return err;
}

/* Under the lock, so that of several that come first one makes the mark. */
static enum err make_mark(struct pg_db *db, struct fault *fault)
{
    char text[192];
    enum err err = ERR_OK;

    snprintf(text, sizeof text,
             "BEGIN; SELECT pg_advisory_xact_lock(%d, 0); "
             "CREATE TABLE IF NOT EXISTS evroll_mark (version BIGINT NOT NULL); COMMIT",
             db->schema);
    PQclear(ask(db, text, &err, fault));
    if (err != ERR_OK && !db->lost)
        PQclear(PQexec(db->conn, "ROLLBACK"));
    return err;
}

static enum err claim(struct pg_db *db, struct fault *fault)
{
    bool marked = false, empty = false;
    enum err err = find_mark(db, &marked, &empty, fault);

    if (err != ERR_OK || marked)
        return err;
    if (!empty)
        return fault_set(fault, ERR_INPUT,
                         "database %s: it belongs to another program; name an empty database",
                         db->name);
    return db->reader ? ERR_OK : make_mark(db, fault);
}

/* ---- the connection ---- */

void pg_statement_free(void *statement)
{
    free(statement);
}

static void hang_up(struct pg_db *db)
{
    sql_cache_clear(&db->statements, pg_statement_free);
    PQfinish(db->conn);
    db->conn = NULL;
    db->sent = 0;
    db->lost = true;
}

static enum err connect_anew(struct pg_db *db, struct fault *fault)
{
    enum err err = ERR_OK;

    hang_up(db);
    db->conn = dial(db->url);
    if (PQstatus(db->conn) != CONNECTION_OK)
        err = refused(db, PQerrorMessage(db->conn), fault);
    else
        PQsetNoticeReceiver(db->conn, no_notice, NULL);
    db->lost = err != ERR_OK;
    if (err == ERR_OK)
        err = look(db, fault);
    if (err == ERR_OK)
        err = settle(db, fault);
    if (err == ERR_OK)
        err = claim(db, fault);
    if (err != ERR_OK)
        hang_up(db);
    return err;
}

/* A server that ended the session while nobody asked has left its last words on the line. */
static bool is_closed(const struct pg_db *db)
{
    struct pollfd line = {.fd = PQsocket(db->conn), .events = POLLIN};

    while (poll(&line, 1, 0) > 0)
        if ((line.revents & (POLLHUP | POLLERR)) != 0 || PQconsumeInput(db->conn) == 0 ||
            PQstatus(db->conn) == CONNECTION_BAD)
            return true;
    return false;
}

/* It was the right database when it was opened. While servers change places its address can lead to
 * one that is none, for a while: that is no reason to give up. */
enum err pg_connected(struct pg_db *db, struct fault *fault)
{
    struct fault why = {0};
    enum err err = ERR_OK;

    if (!db->lost && !is_closed(db))
        return ERR_OK;
    err = connect_anew(db, &why);
    if (err == ERR_OK)
        return ERR_OK;
    return fault_set(fault, err == ERR_INPUT ? ERR_PEER : err, "%s", why.text);
}

static enum err open_as(const char *url, bool reader, struct sql **out, struct fault *fault)
{
    size_t size = strlen(url) + 1;
    struct pg_db *db = mem_alloc(1, sizeof *db + size);
    enum err err = ERR_OK;

    memcpy(db->url, url, size);
    db->sql.driver = &pg_driver;
    db->reader = reader;
    db->busy_timeout_ms = BUSY_TIMEOUT_MS;
    err = address_check(db, fault);
    if (err == ERR_OK)
        err = connect_anew(db, fault);
    if (err != ERR_OK) {
        pg_driver.close(&db->sql);
        return err;
    }
    *out = &db->sql;
    return ERR_OK;
}

enum err sql_open_postgres(const char *url, struct sql **out, struct fault *fault)
{
    return open_as(url, false, out, fault);
}

enum err sql_open_postgres_reader(const char *url, struct sql **out, struct fault *fault)
{
    return open_as(url, true, out, fault);
}

/*
 * sql_postgres.c: the PostgreSQL driver (libpq).
 *
 * Statements are prepared once a connection, by the address of their text, with the types of the
 * values they were first called with; parameters and answers travel in binary.
 *
 * Answers come row by row (single-row mode), so that a long one needs no memory here. The line
 * carries one thing at a time: before anything else is asked, what is left of an open answer is
 * read and kept.
 *
 * sql_send uses the pipeline: statements go out without waiting, and the next call that needs an
 * answer, or the commit, which travels behind them, reads theirs first. After a statement that
 * failed the server skips the rest of the pipeline, COMMIT included.
 *
 * A connection that is lost in COMMIT leaves open whether it was committed; anywhere else in a
 * transaction nothing was. The next call outside a transaction connects anew.
 */
#include <assert.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "registry/store/sql_postgres_internal.h"
#include "shared/arena.h"

#define PARAMETERS_MAX 99
#define SENT_MAX       1024 /* answers on their way, before they are read */

struct statement {
    char name[16];
    size_t count; /* of parameters */
    Oid types[];
};

struct pg_rows {
    struct sql_rows rows; /* first */
    PGresult *row;        /* the current one */
    PGresult *ahead;      /* received, not asked for yet; then `kept` */
    PGresult **kept;      /* what was read because the line was needed */
    size_t kept_count, kept_room, kept_next;
    const char *text;
};

static struct pg_db *self(struct sql *sql)
{
    return (struct pg_db *)sql;
}

/* ---- the line is free ---- */

/* The next row of the answer that is being received; NULL at its end. */
static PGresult *receive(struct pg_db *db, struct pg_rows *rows)
{
    PGresult *result = PQgetResult(db->conn);
    ExecStatusType status = PQresultStatus(result);

    if (status == PGRES_SINGLE_TUPLE)
        return result;
    if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK && result != NULL)
        rows->rows.err = pg_fault(db, result, rows->text, &rows->rows.fault);
    while (result != NULL) {
        PQclear(result);
        result = PQgetResult(db->conn);
    }
    db->streaming = NULL;
    return NULL;
}

static void keep(struct pg_rows *rows, PGresult *row)
{
    if (rows->kept_count == rows->kept_room) {
        PGresult **old = rows->kept;

        rows->kept_room = rows->kept_room == 0 ? 16 : rows->kept_room * 2;
        rows->kept = mem_alloc(rows->kept_room, sizeof(PGresult *));
        if (old != NULL)
            memcpy(rows->kept, old, rows->kept_count * sizeof(PGresult *));
        free(old);
    }
    rows->kept[rows->kept_count++] = row;
}

static void finish_streaming(struct pg_db *db)
{
    struct pg_rows *rows = db->streaming;
    PGresult *row = NULL;

    while (db->streaming != NULL && (row = receive(db, rows)) != NULL)
        keep(rows, row);
}

/* COMMIT of a transaction that failed before: the server calls it no error. */
static bool is_rollback(PGresult *result)
{
    return result != NULL && strcmp(PQcmdStatus(result), "ROLLBACK") == 0;
}

static enum err rolled_back(const struct pg_db *db, struct fault *fault)
{
    return fault_set(fault, ERR_BUSY,
                     "database %s: the transaction had failed and was rolled back; try again",
                     db->name);
}

/* Reads the answers of the pipeline up to its end; the first error of them. */
static enum err drain(struct pg_db *db, struct fault *fault)
{
    bool ended = PQpipelineSync(db->conn) == 0;
    enum err err = ended ? pg_fault(db, NULL, NULL, fault) : ERR_OK;

    while (!ended) {
        PGresult *result = PQgetResult(db->conn);
        ExecStatusType status = PQresultStatus(result);

        if (result != NULL && status == PGRES_FATAL_ERROR && err == ERR_OK)
            err = pg_fault(db, result, NULL, fault);
        else if (err == ERR_OK && is_rollback(result))
            err = rolled_back(db, fault);
        ended = status == PGRES_PIPELINE_SYNC || PQstatus(db->conn) == CONNECTION_BAD;
        PQclear(result);
    }
    if (PQstatus(db->conn) == CONNECTION_BAD && err == ERR_OK)
        err = pg_fault(db, NULL, NULL, fault);
    db->sent = 0;
    (void)PQexitPipelineMode(db->conn);
    return err;
}

static enum err free_line(struct pg_db *db, struct fault *fault)
{
    finish_streaming(db);
    return db->sent > 0 ? drain(db, fault) : ERR_OK;
}

/* What every call begins with. Inside a transaction a lost connection is its end. */
static enum err begin_call(struct pg_db *db, struct fault *fault)
{
    if (db->streaming == NULL && db->sent == 0 && db->sql.state == SQL_STATE_IDLE)
        return pg_connected(db, fault);
    if (db->lost)
        return pg_fault(db, NULL, NULL, fault);
    return free_line(db, fault);
}

/* ---- statements ---- */

static const Oid types[] = {
    [SQL_TYPE_NULL] = 0, /* the server finds out */
    [SQL_TYPE_INT] = PG_INT8,
    [SQL_TYPE_TEXT] = PG_TEXT,
    [SQL_TYPE_BYTES] = PG_BYTEA,
};

/* Whether the statement was prepared for values of these types. */
static bool fits(const struct statement *st, const struct sql_value *values, size_t count)
{
    assert(st->count == count);
    for (size_t i = 0; i < count; i++)
        if (values[i].type != SQL_TYPE_NULL && st->types[i] != types[values[i].type])
            return false;
    return true;
}

/* Prepares it, again when the first values left a type open. */
static enum err prepare(struct pg_db *db, struct statement *st, const char *text,
                        const struct sql_value *values, struct fault *fault)
{
    enum err err = ERR_OK;
    PGresult *result = NULL;
    Oid wanted[PARAMETERS_MAX];
    char name[sizeof st->name];

    for (size_t i = 0; i < st->count; i++)
        wanted[i] = values[i].type != SQL_TYPE_NULL ? types[values[i].type] : st->types[i];
    snprintf(name, sizeof name, "s%u", ++db->named);
    result = PQprepare(db->conn, name, text, (int)st->count, wanted);
    if (PQresultStatus(result) == PGRES_COMMAND_OK) {
        memcpy(st->name, name, sizeof name);
        memcpy(st->types, wanted, st->count * sizeof(Oid));
    } else { /* what was prepared before stays */
        err = pg_fault(db, result, text, fault);
    }
    PQclear(result);
    return err;
}

static enum err statement_new(struct pg_db *db, const char *text, const struct sql_value *values,
                              size_t count, struct statement **out, struct fault *fault)
{
    struct statement *st = mem_alloc(1, sizeof *st + count * sizeof(Oid));
    enum err err = ERR_OK;

    st->count = count;
    err = prepare(db, st, text, values, fault);
    if (err != ERR_OK) {
        free(st);
        return err;
    }
    sql_cache_add(&db->statements, text, st);
    *out = st;
    return ERR_OK;
}

static enum err statement_find(struct pg_db *db, const char *text, const struct sql_value *values,
                               size_t count, struct statement **out, struct fault *fault)
{
    struct statement *st = sql_cache_find(&db->statements, text);
    enum err err = ERR_OK;

    *out = st;
    if (st != NULL && fits(st, values, count))
        return ERR_OK;
    err = free_line(db, fault);
    if (err != ERR_OK)
        return err;
    if (st == NULL)
        return statement_new(db, text, values, count, out, fault);
    return prepare(db, st, text, values, fault);
}

/* The values as libpq takes them. */
struct parameters {
    uint64_t numbers[PARAMETERS_MAX];
    const char *values[PARAMETERS_MAX];
    int lengths[PARAMETERS_MAX];
    int formats[PARAMETERS_MAX];
};

static void parameter_set(struct parameters *p, size_t i, const struct sql_value *value)
{
    p->formats[i] = 1;
    p->lengths[i] = (int)value->len;
    if (value->type == SQL_TYPE_NULL) {
        p->values[i] = NULL;
    } else if (value->type == SQL_TYPE_INT) {
        p->numbers[i] = pg_encode_int(value->number);
        p->values[i] = (const char *)&p->numbers[i];
        p->lengths[i] = sizeof p->numbers[i];
    } else { /* a NULL pointer would become SQL NULL, not an empty value */
        p->values[i] = value->len == 0 ? "" : value->bytes;
    }
}

static enum err parameters_fill(struct parameters *p, const struct sql_value *values, size_t count,
                                const char *text, struct fault *fault)
{
    assert(count <= PARAMETERS_MAX);
    for (size_t i = 0; i < count; i++) {
        if (values[i].len > INT_MAX / 2)
            return fault_set(fault, ERR_FULL,
                             "in \"%.60s…\": a value is larger than PostgreSQL takes", text);
        parameter_set(p, i, &values[i]);
    }
    return ERR_OK;
}

static enum err ship(struct pg_db *db, const struct statement *st, const char *text,
                     const struct sql_value *values, struct fault *fault)
{
    struct parameters p;
    enum err err = parameters_fill(&p, values, st->count, text, fault);

    if (err != ERR_OK)
        return err;
    if (PQsendQueryPrepared(db->conn, st->name, (int)st->count, p.values, p.lengths, p.formats, 1))
        return ERR_OK;
    return pg_fault(db, NULL, NULL, fault);
}

/* A statement on its way; its answer is to be read by the caller. */
static enum err dispatch(struct pg_db *db, const char *text, const struct sql_value *values,
                         size_t count, struct fault *fault)
{
    struct statement *st = NULL;
    enum err err = statement_find(db, text, values, count, &st, fault);

    return err == ERR_OK ? ship(db, st, text, values, fault) : err;
}

/* ---- the driver ---- */

/* One statement, or several, in simple form. A comment alone is none, and no error. */
static enum err simple(struct pg_db *db, const char *text, struct fault *fault)
{
    PGresult *result = PQexec(db->conn, text);
    ExecStatusType status = PQresultStatus(result);
    enum err err = ERR_OK;

    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK && status != PGRES_EMPTY_QUERY)
        err = pg_fault(db, result, text, fault);
    PQclear(result);
    return err;
}

static enum err pg_run(struct sql *sql, const char *text, struct fault *fault)
{
    enum err err = begin_call(self(sql), fault);

    return err == ERR_OK ? simple(self(sql), text, fault) : err;
}

static void pg_set_busy_timeout(struct sql *sql, unsigned timeout_ms)
{
    char text[48];

    self(sql)->busy_timeout_ms = timeout_ms == 0 ? 1 : timeout_ms; /* 0 would be without end */
    snprintf(text, sizeof text, "SET lock_timeout = %u", self(sql)->busy_timeout_ms);
    (void)pg_run(sql, text, NULL); /* a connection made anew sets it by itself */
}

static int64_t rows_changed(PGresult *result)
{
    if (strncmp(PQcmdStatus(result), "SELECT", 6) == 0)
        return 0;
    return strtoll(PQcmdTuples(result), NULL, 10);
}

/* The answer of one statement without rows. Outside a transaction it is its own, and a connection
 * lost under it may have been lost behind its commit. */
static enum err finish(struct pg_db *db, const char *text, int64_t *changed, struct fault *fault)
{
    PGresult *result = PQgetResult(db->conn), *rest = NULL;
    ExecStatusType status = PQresultStatus(result);
    enum err err = ERR_OK;

    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
        err = pg_fault(db, result, text, fault);
    else if (changed != NULL)
        *changed = rows_changed(result);
    PQclear(result);
    while ((rest = PQgetResult(db->conn)) != NULL)
        PQclear(rest);
    if (err == ERR_PEER && db->sql.state == SQL_STATE_IDLE)
        err = fault_set(
            fault, ERR_UNKNOWN_OUTCOME,
            "database %s: the connection was lost; not known whether it was carried out", db->name);
    return err;
}

static enum err pg_exec(struct sql *sql, const char *text, const struct sql_value *values,
                        size_t count, int64_t *changed, struct fault *fault)
{
    struct pg_db *db = self(sql);
    enum err err = begin_call(db, fault);

    if (err == ERR_OK)
        err = dispatch(db, text, values, count, fault);
    return err == ERR_OK ? finish(db, text, changed, fault) : err;
}

static enum err pg_send(struct sql *sql, const char *text, const struct sql_value *values,
                        size_t count, struct fault *fault)
{
    struct pg_db *db = self(sql);
    struct statement *st = NULL;
    enum err err = ERR_OK;

    finish_streaming(db);
    if (db->lost)
        return pg_fault(db, NULL, NULL, fault);
    if (db->sent >= SENT_MAX)
        err = drain(db, fault);
    if (err == ERR_OK)
        err = statement_find(db, text, values, count, &st, fault);
    if (err == ERR_OK && db->sent == 0 && PQenterPipelineMode(db->conn) == 0)
        err = pg_fault(db, NULL, NULL, fault);
    if (err != ERR_OK)
        return err;
    db->sent++;
    return ship(db, st, text, values, fault);
}

/* ---- answers ---- */

static struct sql_rows *pg_query(struct sql *sql, const char *text, const struct sql_value *values,
                                 size_t count)
{
    struct pg_rows *rows = mem_alloc(1, sizeof *rows);
    struct pg_db *db = self(sql);
    struct fault *fault = &rows->rows.fault;
    enum err err = begin_call(db, fault);

    rows->text = text;
    if (err == ERR_OK)
        err = dispatch(db, text, values, count, fault);
    rows->rows.err = err;
    if (err != ERR_OK)
        return &rows->rows;
    (void)PQsetSingleRowMode(db->conn);
    db->streaming = rows;
    rows->ahead = receive(db, rows);
    return &rows->rows;
}

static bool pg_next(struct sql_rows *sql_rows)
{
    struct pg_rows *rows = (struct pg_rows *)sql_rows;
    struct pg_db *db = self(sql_rows->db);

    PQclear(rows->row);
    rows->row = NULL;
    if (rows->ahead != NULL) {
        rows->row = rows->ahead;
        rows->ahead = NULL;
    } else if (rows->kept_next < rows->kept_count) {
        rows->row = rows->kept[rows->kept_next++];
    } else if (db->streaming == rows) {
        rows->row = receive(db, rows);
    }
    return rows->row != NULL;
}

static PGresult *row_of(const struct sql_rows *rows)
{
    return ((const struct pg_rows *)rows)->row;
}

static bool pg_column_null(const struct sql_rows *rows, int column)
{
    return PQgetisnull(row_of(rows), 0, column) != 0;
}

static int64_t pg_column_int(const struct sql_rows *rows, int column)
{
    const PGresult *row = row_of(rows);

    if (PQgetisnull(row, 0, column))
        return 0;
    return pg_decode_int(PQftype(row, column), PQgetvalue(row, 0, column),
                         PQgetlength(row, 0, column));
}

/* libpq ends every value with a NUL. */
static const char *pg_column_text(const struct sql_rows *rows, int column)
{
    return pg_column_null(rows, column) ? NULL : PQgetvalue(row_of(rows), 0, column);
}

static const uint8_t *pg_column_bytes(const struct sql_rows *rows, int column, size_t *len)
{
    *len = (size_t)PQgetlength(row_of(rows), 0, column);
    return (const uint8_t *)pg_column_text(rows, column);
}

static void pg_rest(struct sql_rows *rows)
{
    while (pg_next(rows))
        continue;
}

static void pg_done(struct sql_rows *sql_rows)
{
    struct pg_rows *rows = (struct pg_rows *)sql_rows;

    free(rows->kept);
    free(rows);
}

/* ---- transactions ---- */

/* A worker of a cluster waits for a lock as long as this transaction says, and else for ever. */
static enum err limit_workers(struct pg_db *db, struct fault *fault)
{
    char text[64];

    snprintf(text, sizeof text, "SET LOCAL lock_timeout = %u", db->busy_timeout_ms);
    return simple(db, text, fault);
}

static enum err begin_once(struct pg_db *db, enum sql_mode mode, struct fault *fault)
{
    char text[128] = "BEGIN ISOLATION LEVEL READ COMMITTED";
    enum err err = pg_connected(db, fault);

    if (mode == SQL_READ)
        snprintf(text, sizeof text, "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY");
    else if (mode == SQL_WRITE)
        snprintf(text, sizeof text,
                 "BEGIN ISOLATION LEVEL READ COMMITTED; SELECT pg_advisory_xact_lock(%d, 0)",
                 db->schema);
    if (err != ERR_OK)
        return err;
    err = simple(db, text, fault);
    if (err == ERR_OK && db->citus && mode != SQL_READ)
        err = limit_workers(db, fault);
    if (err != ERR_OK && !db->lost)
        (void)simple(db, "ROLLBACK", NULL);
    return err;
}

/* Nothing was done yet: a connection that is found to be lost here is made anew. */
static enum err pg_begin(struct sql *sql, enum sql_mode mode, struct fault *fault)
{
    enum err err = begin_once(self(sql), mode, fault);

    return err == ERR_PEER && self(sql)->conn != NULL ? begin_once(self(sql), mode, fault) : err;
}

/* Number 0 is that of the writers. */
static enum err pg_try_lock(struct sql *sql, enum sql_lock lock, bool *taken, struct fault *fault)
{
    static const char TEXT[] =
        "SELECT pg_try_advisory_xact_lock(CAST($1 AS INTEGER), CAST($2 AS INTEGER))";
    struct sql_rows *rows =
        sql_query(sql, TEXT, SQL_VALUES(sql_int(self(sql)->schema), sql_int(lock)));

    *taken = sql_next(rows) && sql_column_int(rows, 0) != 0;
    return sql_done(rows, fault);
}

static enum err commit_simple(struct pg_db *db, struct fault *fault)
{
    PGresult *result = PQexec(db->conn, "COMMIT");
    enum err err = ERR_OK;

    if (PQresultStatus(result) != PGRES_COMMAND_OK)
        err = pg_fault(db, result, NULL, fault);
    else if (is_rollback(result))
        err = rolled_back(db, fault);
    PQclear(result);
    return err;
}

/* Behind what was sent, so that all of it is one way there and back. */
static enum err commit_sent(struct pg_db *db, struct fault *fault)
{
    if (PQsendQueryParams(db->conn, "COMMIT", 0, NULL, NULL, NULL, NULL, 1) == 0)
        return pg_fault(db, NULL, NULL, fault);
    return drain(db, fault);
}

static enum err pg_commit(struct sql *sql, struct fault *fault)
{
    struct pg_db *db = self(sql);
    enum err err = ERR_OK;

    finish_streaming(db);
    if (db->lost)
        return pg_fault(db, NULL, NULL, fault);
    err = db->sent > 0 ? commit_sent(db, fault) : commit_simple(db, fault);
    if (err != ERR_OK && db->lost)
        err = fault_set(fault, ERR_UNKNOWN_OUTCOME,
                        "database %s: the connection was lost in COMMIT; not known whether it was "
                        "committed",
                        db->name);
    return err;
}

static void pg_rollback(struct sql *sql)
{
    struct pg_db *db = self(sql);

    if (db->lost)
        return;
    (void)free_line(db, NULL);
    if (!db->lost && PQtransactionStatus(db->conn) != PQTRANS_IDLE)
        (void)simple(db, "ROLLBACK", NULL);
}

static void pg_close(struct sql *sql)
{
    struct pg_db *db = self(sql);

    sql_cache_clear(&db->statements, pg_statement_free);
    PQfinish(db->conn);
    free(db);
}

static enum err pg_has_table(struct sql *sql, const char *name, bool *has, struct fault *fault)
{
    static const char TEXT[] = "SELECT COUNT(*) FROM pg_tables WHERE schemaname = current_schema() "
                               "AND tablename = $1";
    struct sql_rows *rows = sql_query(sql, TEXT, SQL_VALUES(sql_text(name)));

    *has = sql_next(rows) && sql_column_int(rows, 0) > 0;
    return sql_done(rows, fault);
}

/* Partitions are parts of their tables. */
static const char *pg_catalog_text(const struct sql *sql)
{
    (void)sql;
    return "SELECT CAST(c.relname AS TEXT), CAST(a.attname AS TEXT), "
           "format_type(a.atttypid, NULL), "
           "COALESCE(array_position(CAST(i.indkey AS SMALLINT[]), a.attnum) + 1, 0) "
           "FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid "
           "LEFT JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary "
           "WHERE c.relnamespace = (SELECT n.oid FROM pg_namespace n "
           "WHERE n.nspname = current_schema()) AND c.relkind IN ('r', 'p') "
           "AND NOT c.relispartition AND a.attnum > 0 AND NOT a.attisdropped "
           "ORDER BY c.relname, a.attnum";
}

static const char *pg_name(const struct sql *sql)
{
    (void)sql;
    return "postgresql";
}

/* Bounds are told as "FOR VALUES FROM (MINVALUE) TO ('486471')"; the rest has none. */
static const char *pg_partitions(const struct sql *sql)
{
    (void)sql;
    return "SELECT name, COALESCE(CAST(substring(bound FROM 'FROM \\(''?(-?[0-9]+)') AS BIGINT), "
           "CAST('-9223372036854775808' AS BIGINT)), "
           "CAST(substring(bound FROM 'TO \\(''?(-?[0-9]+)') AS BIGINT) AS ended "
           "FROM (SELECT CAST(c.relname AS TEXT) AS name, pg_get_expr(c.relpartbound, c.oid) AS "
           "bound FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid "
           "WHERE i.inhparent = CAST('block' AS REGCLASS)) AS parts "
           "WHERE bound LIKE '%TO (%' ORDER BY ended";
}

/* Those of the extension Citus; a table that only its metadata knows is not one. */
static const char *pg_distributed(const struct sql *sql)
{
    if (!((const struct pg_db *)sql)->citus)
        return NULL;
    return "SELECT CAST(c.relname AS TEXT) FROM pg_dist_partition p "
           "JOIN pg_class c ON c.oid = p.logicalrelid "
           "WHERE (p.partmethod = 'h' OR p.repmodel = 't') AND c.relnamespace = "
           "(SELECT n.oid FROM pg_namespace n WHERE n.nspname = current_schema())";
}

/* Only a primary can say how far it wrote, and only a standby how far it repeated. */
static const char *pg_position(const struct sql *sql)
{
    (void)sql;
    return "SELECT pg_is_in_recovery(), system_identifier, CAST(d.oid AS BIGINT), CAST(CASE WHEN "
           "pg_is_in_recovery() THEN pg_last_wal_replay_lsn() "
           "ELSE pg_current_wal_lsn() END - CAST('0/0' AS pg_lsn) AS BIGINT) "
           "FROM pg_control_system(), pg_database d WHERE d.datname = current_database()";
}

/* The server's autovacuum sees to it. */
static enum err pg_unused(struct sql *sql, int64_t *bytes, struct fault *fault)
{
    (void)sql;
    (void)fault;
    *bytes = 0;
    return ERR_OK;
}

static enum err pg_shrink(struct sql *sql, struct fault *fault)
{
    return fault_set(fault, ERR_INPUT, "database %s: PostgreSQL gives space back by itself",
                     ((const struct pg_db *)sql)->name);
}

const struct sql_driver pg_driver = {
    .close = pg_close,
    .set_busy_timeout = pg_set_busy_timeout,
    .begin = pg_begin,
    .commit = pg_commit,
    .rollback = pg_rollback,
    .run = pg_run,
    .has_table = pg_has_table,
    .catalog = pg_catalog_text,
    .name = pg_name,
    .partitions = pg_partitions,
    .distributed = pg_distributed,
    .position = pg_position,
    .unused = pg_unused,
    .shrink = pg_shrink,
    .exec = pg_exec,
    .send = pg_send,
    .try_lock = pg_try_lock,
    .query = pg_query,
    .next = pg_next,
    .column_null = pg_column_null,
    .column_int = pg_column_int,
    .column_text = pg_column_text,
    .column_bytes = pg_column_bytes,
    .rest = pg_rest,
    .done = pg_done,
};

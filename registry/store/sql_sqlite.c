/*
 * sql_sqlite.c: the SQLite driver.
 *
 * WAL with synchronous=FULL: a commit that returned is on the disk. Readers never wait for the
 * writer. A file that is not ours is refused by its application_id before anything is written to
 * it. Parameters are bound by their names ("$2"), so a text may use them in any order and more than
 * once, as in PostgreSQL.
 *
 * Statements are kept prepared in a table keyed by the address of their text. A statement that is
 * being read while the same text is asked again (a query inside the loop over itself) gets a
 * second, short-lived one.
 */
#include <assert.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "registry/store/sql_cache.h"
#include "registry/store/sql_driver.h"
#include "shared/arena.h"

#define APPLICATION_ID  0x4556524C /* "EVRL" */
#define BUSY_TIMEOUT_MS 10000
#define PARAMETERS_MAX  99

struct statement {
    struct sql_rows rows; /* first: an answer is its statement */
    const char *key;      /* address of the text; NULL: not kept */
    sqlite3_stmt *stmt;
    uint8_t index[PARAMETERS_MAX + 1]; /* of the parameter $1, $2 … */
    bool in_use;
    bool ended;     /* stepping again would run it again */
    bool ahead;     /* sqlite_query stepped already … */
    bool ahead_row; /* … and found this */
};

struct sqlite_db {
    struct sql sql; /* first */
    sqlite3 *handle;
    unsigned busy_timeout_ms;
    struct sql_cache cache;
    char path[];
};

static const struct sql_driver sqlite_driver;

static struct sqlite_db *self(struct sql *sql)
{
    return (struct sqlite_db *)sql;
}

/* ---- errors ---- */

static const struct {
    int code; /* primary result code */
    enum err err;
    const char *advice;
} results[] = {
    {SQLITE_BUSY, ERR_BUSY, "another process is writing; try again"},
    {SQLITE_LOCKED, ERR_BUSY, "another connection is writing; try again"},
    {SQLITE_CONSTRAINT, ERR_CONFLICT, NULL},
    {SQLITE_MISMATCH, ERR_CONFLICT, NULL},
    {SQLITE_FULL, ERR_FULL, "the disk or its quota is full; free some space"},
    {SQLITE_TOOBIG, ERR_FULL, "a value is larger than SQLite takes"},
    {SQLITE_READONLY, ERR_INPUT,
     "it is read-only for this user; give the service's user write access to file and folder"},
    {SQLITE_CANTOPEN, ERR_IO, "it cannot be opened; check that the folder exists and is writable"},
    {SQLITE_PERM, ERR_IO, "access is denied; check owner and mode"},
    {SQLITE_NOTADB, ERR_INPUT, "this file is no SQLite database; name another one"},
    {SQLITE_CORRUPT, ERR_IO, "it is damaged; restore it from a backup"},
    {SQLITE_IOERR, ERR_IO, "reading or writing failed; check the disk"},
};

static enum err sqlite_fault(struct sqlite_db *db, struct fault *fault)
{
    int code = sqlite3_errcode(db->handle) & 0xff;

    for (size_t i = 0; i < sizeof results / sizeof results[0]; i++) {
        if (results[i].code != code)
            continue;
        if (results[i].advice == NULL)
            return fault_set(fault, results[i].err, "database %s: %s", db->path,
                             sqlite3_errmsg(db->handle));
        return fault_set(fault, results[i].err, "database %s: %s (%s)", db->path, results[i].advice,
                         sqlite3_errmsg(db->handle));
    }
    return fault_set(fault, ERR_IO, "database %s: %s", db->path, sqlite3_errmsg(db->handle));
}

/* ---- prepared statements ---- */

static void statement_free(void *statement)
{
    struct statement *st = statement;

    sqlite3_finalize(st->stmt);
    free(st);
}

/* Puts a statement back: kept ones are reset, the others end. */
static void statement_release(struct statement *st)
{
    if (st->key == NULL) {
        statement_free(st);
        return;
    }
    sqlite3_reset(st->stmt);
    sqlite3_clear_bindings(st->stmt);
    st->in_use = st->ended = st->ahead = false;
}

/* $1 → the index SQLite gave to that name. */
static void statement_index(struct statement *st)
{
    int count = sqlite3_bind_parameter_count(st->stmt);

    assert(count <= PARAMETERS_MAX);
    for (int i = 1; i <= count; i++) {
        char name[8];
        int index = 0;

        snprintf(name, sizeof name, "$%d", i);
        index = sqlite3_bind_parameter_index(st->stmt, name);
        assert(index > 0); /* the text names them $1 … without gaps */
        st->index[i] = (uint8_t)index;
    }
}

/* A statement for `text`, in use. Its `rows.err` says whether it could be prepared. */
static struct statement *statement_take(struct sqlite_db *db, const char *text, bool keep)
{
    struct statement *kept = sql_cache_find(&db->cache, text);
    struct statement *st = NULL;
    unsigned flags = keep ? SQLITE_PREPARE_PERSISTENT : 0;

    if (kept != NULL && !kept->in_use) {
        assert(strcmp(sqlite3_sql(kept->stmt), text) == 0); /* texts are literals */
        kept->in_use = true;
        kept->rows.err = ERR_OK;
        return kept;
    }
    st = mem_alloc(1, sizeof *st);
    st->in_use = true;
    if (sqlite3_prepare_v3(db->handle, text, -1, flags, &st->stmt, NULL) != SQLITE_OK) {
        st->rows.err = sqlite_fault(db, &st->rows.fault);
        fault_prefix(&st->rows.fault, "in \"%.60s…\"", text);
        return st;
    }
    statement_index(st);
    if (!keep || kept != NULL || st->stmt == NULL)
        return st;
    st->key = text;
    sql_cache_add(&db->cache, text, st);
    return st;
}

static int bind_value(sqlite3_stmt *stmt, int index, const struct sql_value *value)
{
    switch (value->type) {
    case SQL_TYPE_INT:
        return sqlite3_bind_int64(stmt, index, value->number);
    case SQL_TYPE_TEXT:
        return sqlite3_bind_text64(stmt, index, value->bytes, value->len, SQLITE_STATIC,
                                   SQLITE_UTF8);
    case SQL_TYPE_BYTES: /* a NULL pointer would become SQL NULL, not an empty blob */
        return sqlite3_bind_blob64(stmt, index, value->len == 0 ? "" : value->bytes, value->len,
                                   SQLITE_STATIC);
    default:
        return sqlite3_bind_null(stmt, index);
    }
}

static void statement_bind(struct sqlite_db *db, struct statement *st,
                           const struct sql_value *values, size_t count)
{
    assert((size_t)sqlite3_bind_parameter_count(st->stmt) == count);
    assert(db->sql.state == SQL_STATE_IDLE || db->sql.mode != SQL_READ ||
           sqlite3_stmt_readonly(st->stmt));
    for (size_t i = 0; i < count && st->rows.err == ERR_OK; i++)
        if (bind_value(st->stmt, st->index[i + 1], &values[i]) != SQLITE_OK)
            st->rows.err = sqlite_fault(db, &st->rows.fault);
}

/* True while there is a row. */
static bool statement_step(struct sqlite_db *db, struct statement *st)
{
    int code = SQLITE_DONE;

    if (st->rows.err != ERR_OK || st->ended || st->stmt == NULL)
        return false;
    code = sqlite3_step(st->stmt);
    st->ended = code != SQLITE_ROW;
    if (code != SQLITE_ROW && code != SQLITE_DONE)
        st->rows.err = sqlite_fault(db, &st->rows.fault);
    return code == SQLITE_ROW;
}

/* ---- the driver ---- */

static void pause_ms(long ms)
{
    const struct timespec pause = {.tv_nsec = ms * 1000000};

    nanosleep(&pause, NULL);
}

/* SQLite's own waiting backs off to 100 ms and then misses the moments between the transactions of
 * a busy writer. This one looks every millisecond at first. */
static int wait_for_lock(void *arg, int tries)
{
    const struct sqlite_db *db = arg;
    int waited_ms = tries <= 500 ? tries : 500 + (tries - 500) * 5;

    if (waited_ms >= (int)db->busy_timeout_ms)
        return 0;
    pause_ms(tries < 500 ? 1 : 5);
    return 1;
}

static void sqlite_set_busy_timeout(struct sql *sql, unsigned timeout_ms)
{
    self(sql)->busy_timeout_ms = timeout_ms;
}

static enum err sqlite_run(struct sql *sql, const char *text, struct fault *fault)
{
    struct sqlite_db *db = self(sql);
    struct statement *st = statement_take(db, text, false);
    enum err err = ERR_OK;

    while (statement_step(db, st))
        continue;
    err = st->rows.err;
    if (err != ERR_OK)
        (void)fault_set(fault, err, "%s", st->rows.fault.text);
    statement_release(st);
    return err;
}

static enum err sqlite_exec(struct sql *sql, const char *text, const struct sql_value *values,
                            size_t count, int64_t *changed, struct fault *fault)
{
    struct sqlite_db *db = self(sql);
    struct statement *st = statement_take(db, text, true);
    enum err err = st->rows.err;

    if (err == ERR_OK) {
        statement_bind(db, st, values, count);
        while (statement_step(db, st))
            continue;
        err = st->rows.err;
        if (changed != NULL)
            *changed = sqlite3_stmt_readonly(st->stmt) ? 0 : sqlite3_changes64(db->handle);
    }
    if (err != ERR_OK)
        (void)fault_set(fault, err, "%s", st->rows.fault.text);
    statement_release(st);
    return err;
}

static enum err sqlite_has_table(struct sql *sql, const char *name, bool *has, struct fault *fault)
{
    static const char TEXT[] =
        "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = $1";
    struct sql_rows *rows = sql_query(sql, TEXT, SQL_VALUES(sql_text(name)));

    *has = sql_next(rows) && sql_column_int(rows, 0) > 0;
    return sql_done(rows, fault);
}

static enum err sqlite_send(struct sql *sql, const char *text, const struct sql_value *values,
                            size_t count, struct fault *fault)
{
    return sqlite_exec(sql, text, values, count, NULL, fault);
}

static const char *sqlite_catalog(const struct sql *sql)
{
    (void)sql;
    return "SELECT m.name, c.name, c.type, c.pk FROM sqlite_master m "
           "JOIN pragma_table_info(m.name) c WHERE m.type = 'table' "
           "AND m.name NOT LIKE 'sqlite!_%' ESCAPE '!' ORDER BY m.name, c.cid";
}

/* Carried out here and not at the first sql_next, so that an INSERT … RETURNING whose rows nobody
 * reads has been done, as in PostgreSQL. */
static struct sql_rows *sqlite_query(struct sql *sql, const char *text,
                                     const struct sql_value *values, size_t count)
{
    struct sqlite_db *db = self(sql);
    struct statement *st = statement_take(db, text, true);

    if (st->rows.err == ERR_OK)
        statement_bind(db, st, values, count);
    st->ahead_row = statement_step(db, st);
    st->ahead = true;
    return &st->rows;
}

static bool sqlite_next(struct sql_rows *rows)
{
    struct statement *st = (struct statement *)rows;

    if (!st->ahead)
        return statement_step(self(rows->db), st);
    st->ahead = false;
    return st->ahead_row;
}

static sqlite3_stmt *stmt_of(const struct sql_rows *rows)
{
    return ((const struct statement *)rows)->stmt;
}

static bool sqlite_column_null(const struct sql_rows *rows, int column)
{
    return sqlite3_column_type(stmt_of(rows), column) == SQLITE_NULL;
}

static int64_t sqlite_column_int(const struct sql_rows *rows, int column)
{
    return sqlite3_column_int64(stmt_of(rows), column);
}

static const char *sqlite_column_text(const struct sql_rows *rows, int column)
{
    return (const char *)sqlite3_column_text(stmt_of(rows), column);
}

/* SQLite gives NULL for an empty blob; here that is a value of no bytes. */
static const uint8_t *sqlite_column_bytes(const struct sql_rows *rows, int column, size_t *len)
{
    static const uint8_t nothing[1];
    const uint8_t *bytes = sqlite3_column_blob(stmt_of(rows), column);

    *len = (size_t)sqlite3_column_bytes(stmt_of(rows), column);
    if (bytes == NULL && !sqlite_column_null(rows, column))
        return nothing;
    return bytes;
}

/* Rows that nobody reads are not made. */
static void sqlite_rest(struct sql_rows *rows)
{
    (void)rows;
}

static void sqlite_done(struct sql_rows *rows)
{
    statement_release((struct statement *)rows);
}

static enum err sqlite_begin(struct sql *sql, enum sql_mode mode, struct fault *fault)
{
    static const char *const texts[] = {[SQL_READ] = "BEGIN",
                                        [SQL_WRITE] = "BEGIN IMMEDIATE",
                                        [SQL_WRITE_SHARED] = "BEGIN IMMEDIATE"};

    return sqlite_exec(sql, texts[mode], SQL_NO_VALUES, NULL, fault);
}

/* The writing transaction has the whole database already. */
static enum err sqlite_try_lock(struct sql *sql, enum sql_lock lock, bool *taken,
                                struct fault *fault)
{
    (void)sql;
    (void)lock;
    (void)fault;
    *taken = true;
    return ERR_OK;
}

/* A COMMIT that fails on the disk may or may not stand in the log that a restart reads. */
static enum err sqlite_commit(struct sql *sql, struct fault *fault)
{
    enum err err = sqlite_exec(sql, "COMMIT", SQL_NO_VALUES, NULL, fault);

    if (err == ERR_IO) {
        fault_prefix(fault, "not known whether it was committed");
        if (fault != NULL)
            fault->code = ERR_UNKNOWN_OUTCOME;
        err = ERR_UNKNOWN_OUTCOME;
    }
    return err;
}

/* Some errors end the transaction by themselves; then there is nothing to roll back. */
static void sqlite_rollback(struct sql *sql)
{
    if (!sqlite3_get_autocommit(self(sql)->handle))
        (void)sqlite_run(sql, "ROLLBACK", NULL);
}

static void sqlite_close(struct sql *sql)
{
    struct sqlite_db *db = self(sql);

    sql_cache_clear(&db->cache, statement_free);
    sqlite3_close(db->handle);
    free(db);
}

static const char *sqlite_name(const struct sql *sql)
{
    (void)sql;
    return "sqlite";
}

static const char *sqlite_partitions(const struct sql *sql)
{
    (void)sql;
    return NULL;
}

static const char *sqlite_distributed(const struct sql *sql)
{
    (void)sql;
    return NULL;
}

static const char *sqlite_position(const struct sql *sql)
{
    (void)sql;
    return NULL;
}

static enum err number_of(struct sqlite_db *db, const char *text, int64_t *number,
                          struct fault *fault)
{
    struct sql_rows *rows = sql_query(&db->sql, text, SQL_NO_VALUES);

    if (sql_next(rows))
        *number = sql_column_int(rows, 0);
    return sql_done(rows, fault);
}

static enum err sqlite_unused(struct sql *sql, int64_t *bytes, struct fault *fault)
{
    struct sqlite_db *db = self(sql);
    int64_t pages = 0, size = 0;
    enum err err = number_of(db, "PRAGMA freelist_count", &pages, fault);

    if (err == ERR_OK)
        err = number_of(db, "PRAGMA page_size", &size, fault);
    *bytes = pages * size;
    return err;
}

/* A commit in the mode FULL moves the pages at the end of the file into its gaps and cuts it. The incremental
 * way looks for each page in the whole list of free ones: days, where a year of samples was removed. */
static enum err sqlite_shrink(struct sql *sql, struct fault *fault)
{
    struct sqlite_db *db = self(sql);
    int64_t mode = 0;
    enum err err = number_of(db, "PRAGMA auto_vacuum", &mode, fault);

    if (err == ERR_OK && mode == 0)
        return fault_set(
            fault, ERR_INPUT,
            "database %s: it was made by an earlier version; stop the registry and run "
            "\"PRAGMA auto_vacuum = INCREMENTAL; VACUUM;\" in the sqlite3 shell",
            db->path);
    if (err == ERR_OK)
        err = sqlite_run(sql, "PRAGMA auto_vacuum = FULL", fault);
    if (err == ERR_OK)
        err = sqlite_run(sql, "PRAGMA auto_vacuum = INCREMENTAL", fault);
    if (err == ERR_OK)
        err = sqlite_run(sql, "PRAGMA wal_checkpoint(TRUNCATE)", fault);
    return err;
}

static const struct sql_driver sqlite_driver = {
    .close = sqlite_close,
    .set_busy_timeout = sqlite_set_busy_timeout,
    .begin = sqlite_begin,
    .commit = sqlite_commit,
    .rollback = sqlite_rollback,
    .run = sqlite_run,
    .has_table = sqlite_has_table,
    .catalog = sqlite_catalog,
    .name = sqlite_name,
    .partitions = sqlite_partitions,
    .distributed = sqlite_distributed,
    .position = sqlite_position,
    .unused = sqlite_unused,
    .shrink = sqlite_shrink,
    .exec = sqlite_exec,
    .send = sqlite_send,
    .try_lock = sqlite_try_lock,
    .query = sqlite_query,
    .next = sqlite_next,
    .column_null = sqlite_column_null,
    .column_int = sqlite_column_int,
    .column_text = sqlite_column_text,
    .column_bytes = sqlite_column_bytes,
    .rest = sqlite_rest,
    .done = sqlite_done,
};

/* ---- opening ---- */

/* A new file becomes ours; a file of somebody else's is left alone. That it can be made smaller is
 * chosen before anything is written. */
static enum err claim(struct sqlite_db *db, struct fault *fault)
{
    int64_t id = 0, tables = 0;
    enum err err = number_of(db, "PRAGMA application_id", &id, fault);

    if (err == ERR_OK)
        err = number_of(db, "SELECT COUNT(*) FROM sqlite_master", &tables, fault);
    if (err != ERR_OK || id == APPLICATION_ID)
        return err;
    if (id != 0 || tables > 0)
        return fault_set(fault, ERR_INPUT,
                         "database %s: it belongs to another program; name another file", db->path);
    err = sqlite_run(&db->sql, "PRAGMA auto_vacuum = INCREMENTAL", fault);
    if (err != ERR_OK)
        return err;
    return sqlite_run(&db->sql, "PRAGMA application_id = 1163285068", fault);
}

_Static_assert(APPLICATION_ID == 1163285068, "the pragma takes no parameter");

static enum err check_writable(struct sqlite_db *db, struct fault *fault)
{
    if (sqlite3_db_readonly(db->handle, "main") != 1)
        return ERR_OK;
    return fault_set(fault, ERR_INPUT,
                     "database %s: it is read-only for this user; give the service's user write "
                     "access to file and folder",
                     db->path);
}

/* Changing to WAL does not wait for other connections by itself. */
static enum err enter_wal(struct sqlite_db *db, struct fault *fault)
{
    enum err err = ERR_BUSY;

    for (unsigned waited_ms = 0; waited_ms <= db->busy_timeout_ms; waited_ms += 20) {
        err = sqlite_run(&db->sql, "PRAGMA journal_mode = WAL", fault);
        if (err != ERR_BUSY)
            break;
        pause_ms(20);
    }
    return err;
}

static enum err prepare(struct sqlite_db *db, struct fault *fault)
{
    static const char *const pragmas[] = {
        "PRAGMA synchronous = FULL",
        "PRAGMA foreign_keys = OFF",
        "PRAGMA temp_store = MEMORY",
        "PRAGMA cache_size = -65536",
        /* 32 MiB: pages that many batches touch are written back once */
        "PRAGMA wal_autocheckpoint = 8192",
        "PRAGMA journal_size_limit = 67108864",
    };
    enum err err = check_writable(db, fault);

    if (err == ERR_OK)
        err = claim(db, fault);
    if (err == ERR_OK)
        err = enter_wal(db, fault);
    for (size_t i = 0; err == ERR_OK && i < sizeof pragmas / sizeof pragmas[0]; i++)
        err = sqlite_run(&db->sql, pragmas[i], fault);
    return err;
}

enum err sql_open_sqlite(const char *path, struct sql **out, struct fault *fault)
{
    size_t path_size = strlen(path) + 1;
    struct sqlite_db *db = mem_alloc(1, sizeof *db + path_size);
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    enum err err = ERR_OK;

    memcpy(db->path, path, path_size);
    db->sql.driver = &sqlite_driver;
    if (path[0] == '\0')
        err = fault_set(fault, ERR_INPUT, "database \"sqlite:\": name a file after the colon");
    else if (sqlite3_open_v2(path, &db->handle, flags, NULL) != SQLITE_OK)
        err = sqlite_fault(db, fault);
    if (err == ERR_OK) {
        sqlite_set_busy_timeout(&db->sql, BUSY_TIMEOUT_MS);
        sqlite3_busy_handler(db->handle, wait_for_lock, db);
        err = prepare(db, fault);
    }
    if (err != ERR_OK) {
        sqlite_close(&db->sql);
        return err;
    }
    *out = &db->sql;
    return ERR_OK;
}

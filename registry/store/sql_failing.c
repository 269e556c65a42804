#include "registry/store/sql_failing.h"

#include <assert.h>
#include <stdlib.h>

#include "registry/store/sql_driver.h"
#include "shared/arena.h"

struct failing_db {
    struct sql sql; /* first */
    struct sql *inner;
    struct sql_failure failure;
    unsigned count;
    bool fired;
};

struct failing_rows {
    struct sql_rows rows; /* first */
    struct sql_rows *inner;
};

static struct failing_db *self(struct sql *sql)
{
    return (struct failing_db *)sql;
}

static struct sql_rows *inner_rows(const struct sql_rows *rows)
{
    return ((const struct failing_rows *)rows)->inner;
}

/* True when this is the call that fails. */
static bool fails(struct failing_db *db, enum sql_call call)
{
    if (db->fired || (db->failure.call != SQL_CALL_ANY && db->failure.call != call))
        return false;
    db->count++;
    db->fired = db->failure.nth != 0 && db->count == db->failure.nth;
    return db->fired;
}

static enum err fail(const struct failing_db *db, struct fault *fault)
{
    return fault_set(fault, db->failure.error, "call %u fails as asked", db->failure.nth);
}

static void failing_close(struct sql *sql)
{
    sql_close(self(sql)->inner);
    free(sql);
}

static void failing_set_busy_timeout(struct sql *sql, unsigned timeout_ms)
{
    sql_set_busy_timeout(self(sql)->inner, timeout_ms);
}

static enum err failing_begin(struct sql *sql, enum sql_mode mode, struct fault *fault)
{
    if (fails(self(sql), SQL_CALL_BEGIN))
        return fail(self(sql), fault);
    return sql_begin(self(sql)->inner, mode, fault);
}

static enum err failing_commit(struct sql *sql, struct fault *fault)
{
    struct failing_db *db = self(sql);
    enum err err = ERR_OK;

    if (!fails(db, SQL_CALL_COMMIT))
        return sql_commit(db->inner, fault);
    if (db->failure.done_first)
        err = sql_commit(db->inner, fault);
    return err != ERR_OK ? err : fail(db, fault);
}

static void failing_rollback(struct sql *sql)
{
    sql_rollback(self(sql)->inner);
}

static enum err failing_run(struct sql *sql, const char *text, struct fault *fault)
{
    if (fails(self(sql), SQL_CALL_EXEC))
        return fail(self(sql), fault);
    return sql_run(self(sql)->inner, text, fault);
}

static enum err failing_has_table(struct sql *sql, const char *name, bool *has, struct fault *fault)
{
    if (fails(self(sql), SQL_CALL_QUERY))
        return fail(self(sql), fault);
    return sql_has_table(self(sql)->inner, name, has, fault);
}

static const char *failing_catalog(const struct sql *sql)
{
    return sql_catalog(((const struct failing_db *)sql)->inner);
}

static const char *failing_name(const struct sql *sql)
{
    return sql_driver_name(((const struct failing_db *)sql)->inner);
}

static const char *failing_partitions(const struct sql *sql)
{
    return sql_partitions(((const struct failing_db *)sql)->inner);
}

static const char *failing_distributed(const struct sql *sql)
{
    return sql_distributed(((const struct failing_db *)sql)->inner);
}

static const char *failing_position(const struct sql *sql)
{
    return sql_position_text(((const struct failing_db *)sql)->inner);
}

static enum err failing_unused(struct sql *sql, int64_t *bytes, struct fault *fault)
{
    if (fails(self(sql), SQL_CALL_QUERY))
        return fail(self(sql), fault);
    return sql_unused(self(sql)->inner, bytes, fault);
}

static enum err failing_shrink(struct sql *sql, struct fault *fault)
{
    if (fails(self(sql), SQL_CALL_EXEC))
        return fail(self(sql), fault);
    return sql_shrink(self(sql)->inner, fault);
}

static enum err failing_exec(struct sql *sql, const char *text, const struct sql_value *values,
                             size_t count, int64_t *changed, struct fault *fault)
{
    struct failing_db *db = self(sql);
    bool failing = fails(db, SQL_CALL_EXEC);
    enum err err = ERR_OK;

    if (!failing || db->failure.done_first)
        err = sql_exec(db->inner, text, values, count, changed, fault);
    return failing && err == ERR_OK ? fail(db, fault) : err;
}

static enum err failing_send(struct sql *sql, const char *text, const struct sql_value *values,
                             size_t count, struct fault *fault)
{
    struct failing_db *db = self(sql);
    bool failing = fails(db, SQL_CALL_EXEC);
    enum err err = ERR_OK;

    if (!failing || db->failure.done_first)
        err = sql_send(db->inner, text, values, count, fault);
    return failing && err == ERR_OK ? fail(db, fault) : err;
}

static enum err failing_try_lock(struct sql *sql, enum sql_lock lock, bool *taken,
                                 struct fault *fault)
{
    if (fails(self(sql), SQL_CALL_QUERY))
        return fail(self(sql), fault);
    return sql_try_lock(self(sql)->inner, lock, taken, fault);
}

static struct sql_rows *failing_query(struct sql *sql, const char *text,
                                      const struct sql_value *values, size_t count)
{
    struct failing_rows *rows = mem_alloc(1, sizeof *rows);
    struct failing_db *db = self(sql);
    bool failing = fails(db, SQL_CALL_QUERY);

    if (!failing || db->failure.done_first)
        rows->inner = sql_query(db->inner, text, values, count);
    if (failing)
        rows->rows.err = fail(db, &rows->rows.fault);
    return &rows->rows;
}

/* The inner answer keeps its error until it is closed; it is asked for early, so that the outer
 * answer knows it. */
static bool failing_next(struct sql_rows *rows)
{
    struct failing_rows *outer = (struct failing_rows *)rows;

    if (outer->inner == NULL)
        return false;
    if (sql_next(outer->inner))
        return true;
    rows->err = sql_done(outer->inner, &rows->fault);
    outer->inner = NULL;
    return false;
}

static bool failing_column_null(const struct sql_rows *rows, int column)
{
    return sql_column_null(inner_rows(rows), column);
}

static int64_t failing_column_int(const struct sql_rows *rows, int column)
{
    return sql_column_int(inner_rows(rows), column);
}

static const char *failing_column_text(const struct sql_rows *rows, int column)
{
    return sql_column_text(inner_rows(rows), column);
}

static const uint8_t *failing_column_bytes(const struct sql_rows *rows, int column, size_t *len)
{
    return sql_column_bytes(inner_rows(rows), column, len);
}

static void failing_rest(struct sql_rows *rows)
{
    struct failing_rows *outer = (struct failing_rows *)rows;
    struct fault fault;
    enum err err = outer->inner != NULL ? sql_done(outer->inner, &fault) : ERR_OK;

    outer->inner = NULL;
    if (rows->err == ERR_OK && err != ERR_OK) {
        rows->err = err;
        rows->fault = fault;
    }
}

static void failing_done(struct sql_rows *rows)
{
    free(rows);
}

static const struct sql_driver failing_driver = {
    .close = failing_close,
    .set_busy_timeout = failing_set_busy_timeout,
    .begin = failing_begin,
    .commit = failing_commit,
    .rollback = failing_rollback,
    .run = failing_run,
    .has_table = failing_has_table,
    .catalog = failing_catalog,
    .name = failing_name,
    .partitions = failing_partitions,
    .distributed = failing_distributed,
    .position = failing_position,
    .unused = failing_unused,
    .shrink = failing_shrink,
    .exec = failing_exec,
    .send = failing_send,
    .try_lock = failing_try_lock,
    .query = failing_query,
    .next = failing_next,
    .column_null = failing_column_null,
    .column_int = failing_column_int,
    .column_text = failing_column_text,
    .column_bytes = failing_column_bytes,
    .rest = failing_rest,
    .done = failing_done,
};

struct sql *sql_open_failing(struct sql *inner)
{
    struct failing_db *db = mem_alloc(1, sizeof *db);

    db->sql.driver = &failing_driver;
    db->inner = inner;
    return &db->sql;
}

void sql_failing_arm(struct sql *failing, struct sql_failure failure)
{
    struct failing_db *db = self(failing);

    assert(failing->driver == &failing_driver);
    db->failure = failure;
    db->count = 0;
    db->fired = false;
}

bool sql_failing_fired(const struct sql *failing)
{
    assert(failing->driver == &failing_driver);
    return ((const struct failing_db *)failing)->fired;
}

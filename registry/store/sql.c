/*
 * sql.c: the part of sql.h that is the same for every driver: which driver an address names, and
 * the state of the transaction (sql_driver.h has the picture).
 *
 * After an error inside a transaction SQLite would often go on and PostgreSQL never does. Here
 * nobody goes on: the first error is remembered, every further call repeats it, and a commit rolls
 * back. So code that is right on one driver is right on the other.
 */
#include "registry/store/sql.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "registry/store/sql_driver.h"
#include "shared/arena.h"

struct sql_value sql_null(void)
{
    return (struct sql_value){.type = SQL_TYPE_NULL};
}

struct sql_value sql_int(int64_t number)
{
    return (struct sql_value){.type = SQL_TYPE_INT, .number = number};
}

struct sql_value sql_text(const char *text)
{
    if (text == NULL)
        return sql_null();
    return (struct sql_value){.type = SQL_TYPE_TEXT, .bytes = text, .len = strlen(text)};
}

struct sql_value sql_bytes(const void *bytes, size_t len)
{
    return (struct sql_value){.type = SQL_TYPE_BYTES, .bytes = bytes, .len = len};
}

typedef enum err opener(const char *rest, struct sql **db, struct fault *fault);

/* A file has no standby, and nothing would be gained by reading it twice. */
static enum err open_no_reader(const char *rest, struct sql **db, struct fault *fault)
{
    (void)rest;
    (void)db;
    return fault_set(fault, ERR_INPUT,
                     "a SQLite file has no standby that could answer; name one of PostgreSQL");
}

static const struct {
    const char *scheme;
    size_t cut; /* what the driver is not shown */
    opener *open, *open_reader;
} schemes[] = {
    {"sqlite:", 7, sql_open_sqlite, open_no_reader},
    {"postgresql://", 0, sql_open_postgres, sql_open_postgres_reader},
    {"postgres://", 0, sql_open_postgres, sql_open_postgres_reader},
};

/* An address that is not understood is shown up to its first mark only: behind it may stand a
 * password. */
static enum err open_by(const char *url, bool reader, struct sql **db, struct fault *fault)
{
    for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++) {
        opener *chosen = reader ? schemes[i].open_reader : schemes[i].open;

        if (strncmp(url, schemes[i].scheme, strlen(schemes[i].scheme)) == 0)
            return chosen(url + schemes[i].cut, db, fault);
    }
    return fault_set(fault, ERR_INPUT,
                     "database \"%.*s…\": write it as sqlite:FILE or postgresql://HOST/NAME",
                     (int)strcspn(url, ":/@"), url);
}

enum err sql_open(const char *url, struct sql **db, struct fault *fault)
{
    return open_by(url, false, db, fault);
}

enum err sql_open_reader(const char *url, struct sql **db, struct fault *fault)
{
    return open_by(url, true, db, fault);
}

void sql_close(struct sql *db)
{
    if (db == NULL)
        return;
    assert(db->answers == 0);
    sql_rollback(db);
    db->driver->close(db);
}

void sql_set_busy_timeout(struct sql *db, unsigned timeout_ms)
{
    db->driver->set_busy_timeout(db, timeout_ms);
}

/* Notes the first error of a transaction. */
static enum err broke(struct sql *db, enum err err, const struct fault *fault)
{
    if (err != ERR_OK && db->state == SQL_STATE_OPEN) {
        db->state = SQL_STATE_BROKEN;
        db->broken = err;
        snprintf(db->broken_text, sizeof db->broken_text, "%.*s", (int)sizeof db->broken_text - 1,
                 fault->text);
    }
    return err;
}

/* Every call in a broken transaction answers with what broke it. */
static enum err still_broken(const struct sql *db, struct fault *fault)
{
    return fault_set(fault, db->broken, "the transaction failed before: %s", db->broken_text);
}

enum err sql_begin(struct sql *db, enum sql_mode mode, struct fault *fault)
{
    enum err err = ERR_OK;

    assert(db->state == SQL_STATE_IDLE && db->answers == 0);
    err = db->driver->begin(db, mode, fault);
    if (err != ERR_OK)
        return err;
    db->state = SQL_STATE_OPEN;
    db->mode = mode;
    return ERR_OK;
}

enum err sql_commit(struct sql *db, struct fault *fault)
{
    enum err err = ERR_OK;

    assert(db->state != SQL_STATE_IDLE && db->answers == 0);
    err = db->state == SQL_STATE_BROKEN ? still_broken(db, fault) : db->driver->commit(db, fault);
    if (err != ERR_OK)
        db->driver->rollback(db);
    db->state = SQL_STATE_IDLE;
    return err;
}

void sql_rollback(struct sql *db)
{
    if (db->state == SQL_STATE_IDLE)
        return;
    db->driver->rollback(db);
    db->state = SQL_STATE_IDLE;
}

/* The fault to write into: the caller's, or `spare` when nobody will read it but broke() must. */
static struct fault *readable(struct fault *fault, struct fault *spare)
{
    return fault != NULL ? fault : spare;
}

enum err sql_run(struct sql *db, const char *text, struct fault *fault)
{
    struct fault spare;

    fault = readable(fault, &spare);
    if (db->state == SQL_STATE_BROKEN)
        return still_broken(db, fault);
    return broke(db, db->driver->run(db, text, fault), fault);
}

enum err sql_has_table(struct sql *db, const char *name, bool *has, struct fault *fault)
{
    struct fault spare;

    fault = readable(fault, &spare);
    if (db->state == SQL_STATE_BROKEN)
        return still_broken(db, fault);
    return broke(db, db->driver->has_table(db, name, has, fault), fault);
}

const char *sql_driver_name(const struct sql *db)
{
    return db->driver->name(db);
}

const char *sql_catalog(const struct sql *db)
{
    return db->driver->catalog(db);
}

const char *sql_partitions(const struct sql *db)
{
    return db->driver->partitions(db);
}

const char *sql_distributed(const struct sql *db)
{
    return db->driver->distributed(db);
}

const char *sql_position_text(const struct sql *db)
{
    return db->driver->position(db);
}

enum err sql_exec(struct sql *db, const char *text, const struct sql_value *values, size_t count,
                  int64_t *changed, struct fault *fault)
{
    struct fault spare;

    fault = readable(fault, &spare);
    if (db->state == SQL_STATE_BROKEN)
        return still_broken(db, fault);
    return broke(db, db->driver->exec(db, text, values, count, changed, fault), fault);
}

enum err sql_send(struct sql *db, const char *text, const struct sql_value *values, size_t count,
                  struct fault *fault)
{
    struct fault spare;

    if (db->state == SQL_STATE_IDLE)
        return sql_exec(db, text, values, count, NULL, fault);
    assert(db->mode != SQL_READ);
    fault = readable(fault, &spare);
    if (db->state == SQL_STATE_BROKEN)
        return still_broken(db, fault);
    return broke(db, db->driver->send(db, text, values, count, fault), fault);
}

enum err sql_try_lock(struct sql *db, enum sql_lock lock, bool *taken, struct fault *fault)
{
    struct fault spare;

    assert(db->state != SQL_STATE_IDLE && db->mode != SQL_READ);
    *taken = false;
    fault = readable(fault, &spare);
    if (db->state == SQL_STATE_BROKEN)
        return still_broken(db, fault);
    return broke(db, db->driver->try_lock(db, lock, taken, fault), fault);
}

enum err sql_unused(struct sql *db, int64_t *bytes, struct fault *fault)
{
    assert(db->state == SQL_STATE_IDLE && db->answers == 0);
    *bytes = 0;
    return db->driver->unused(db, bytes, fault);
}

enum err sql_shrink(struct sql *db, struct fault *fault)
{
    assert(db->state == SQL_STATE_IDLE && db->answers == 0);
    return db->driver->shrink(db, fault);
}

/* The answer of a query that was never asked, because the transaction is broken. */
static struct sql_rows *refused(const struct sql *db)
{
    struct sql_rows *rows = mem_alloc(1, sizeof *rows);

    rows->refused = true;
    rows->err = still_broken(db, &rows->fault);
    return rows;
}

struct sql_rows *sql_query(struct sql *db, const char *text, const struct sql_value *values,
                           size_t count)
{
    struct sql_rows *rows =
        db->state == SQL_STATE_BROKEN ? refused(db) : db->driver->query(db, text, values, count);

    rows->db = db;
    db->answers++;
    (void)broke(db, rows->err, &rows->fault);
    return rows;
}

bool sql_next(struct sql_rows *rows)
{
    bool more = rows->err == ERR_OK && rows->db->driver->next(rows);

    (void)broke(rows->db, rows->err, &rows->fault);
    return more;
}

bool sql_column_null(const struct sql_rows *rows, int column)
{
    return rows->db->driver->column_null(rows, column);
}

int64_t sql_column_int(const struct sql_rows *rows, int column)
{
    return rows->db->driver->column_int(rows, column);
}

const char *sql_column_text(const struct sql_rows *rows, int column)
{
    return rows->db->driver->column_text(rows, column);
}

const uint8_t *sql_column_bytes(const struct sql_rows *rows, int column, size_t *len)
{
    return rows->db->driver->column_bytes(rows, column, len);
}

enum err sql_done(struct sql_rows *rows, struct fault *fault)
{
    struct sql *db = rows->db;
    enum err err = ERR_OK;

    if (!rows->refused)
        db->driver->rest(rows);
    err = broke(db, rows->err, &rows->fault);
    if (err != ERR_OK)
        (void)fault_set(fault, err, "%s", rows->fault.text);
    db->answers--;
    if (rows->refused)
        free(rows);
    else
        db->driver->done(rows);
    return err;
}

enum err sql_position(struct sql *db, struct sql_position *position, struct fault *fault)
{
    const char *text = sql_position_text(db);
    struct sql_rows *rows = NULL;

    if (text == NULL)
        return fault_set(fault, ERR_INPUT, "this kind of database has no standbys");
    rows = sql_query(db, text, SQL_NO_VALUES);
    if (sql_next(rows))
        *position = (struct sql_position){.standby = sql_column_int(rows, 0) != 0,
                                          .cluster = sql_column_int(rows, 1),
                                          .database = sql_column_int(rows, 2),
                                          .at = sql_column_int(rows, 3)};
    return sql_done(rows, fault);
}

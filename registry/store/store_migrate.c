/*
 * store_migrate.c: brings a database to the schema of this program, or says why not.
 *
 * Table schema_migration holds one row for each step that was applied. A step and its row are one
 * transaction, and the row is looked for inside that transaction: two programs that migrate at once
 * apply each step once, and a program killed in the middle leaves whole steps.
 */
#include <stdio.h>
#include <string.h>

#include "registry/store/migrations.h"
#include "registry/store/sql.h"
#include "registry/store/sql_driver.h"
#include "registry/store/store_distribute.h"
#include "shared/arena.h"
#include "shared/clock.h"

static const char CREATE_TABLE[] =
    "CREATE TABLE IF NOT EXISTS schema_migration ("
    "number BIGINT PRIMARY KEY, name TEXT NOT NULL, applied_ms BIGINT NOT NULL)";
static const char COUNT_APPLIED[] = "SELECT COUNT(*), MAX(number) FROM schema_migration";
static const char FIND_NAME[] = "SELECT name FROM schema_migration WHERE number = $1";
static const char NOTE_APPLIED[] =
    "INSERT INTO schema_migration (number, name, applied_ms) VALUES ($1, $2, $3)";

static enum err check_numbers(struct fault *fault)
{
    for (size_t i = 0; i < migration_count; i++)
        if (migrations[i].number != (int)i + 1)
            return fault_set(fault, ERR_INPUT,
                             "this program was built without migration %zu (found %s instead); "
                             "build it again",
                             i + 1, migrations[i].name);
    return ERR_OK;
}

/* How many steps were applied; the last one must be the step of that number in this program. */
static enum err find_version(struct sql *db, size_t *version, struct fault *fault)
{
    struct sql_rows *rows = sql_query(db, COUNT_APPLIED, SQL_NO_VALUES);
    int64_t count = 0, last = 0;
    enum err err = ERR_OK;

    if (sql_next(rows)) {
        count = sql_column_int(rows, 0);
        last = sql_column_int(rows, 1);
    }
    err = sql_done(rows, fault);
    if (err == ERR_OK && (count != last || count > (int64_t)migration_count))
        return fault_set(fault, ERR_INPUT,
                         "the database has schema %lld and this program knows %zu; use the newer "
                         "program that migrated it",
                         (long long)last, migration_count);
    *version = (size_t)count;
    return err;
}

static enum err check_name(struct sql *db, size_t version, struct fault *fault)
{
    const struct migration *step = &migrations[version - 1];
    struct sql_rows *rows = sql_query(db, FIND_NAME, SQL_VALUES(sql_int(step->number)));
    char found[128] = "";
    enum err err = ERR_OK;

    if (sql_next(rows))
        snprintf(found, sizeof found, "%s", sql_column_text(rows, 0));
    err = sql_done(rows, fault);
    if (err == ERR_OK && strcmp(found, step->name) != 0)
        return fault_set(fault, ERR_INPUT,
                         "the database has migration %s where this program has %s; it was made by "
                         "another version",
                         found, step->name);
    return err;
}

/* The next statement of a script: up to a ";" that ends a line, or the rest. NULL at the end. */
static char *next_statement(char **script)
{
    char *begin = *script, *end = NULL;

    begin += strspn(begin, " \t\r\n");
    if (*begin == '\0')
        return NULL;
    end = strstr(begin, ";\n");
    if (end != NULL) {
        *end = '\0';
        *script = end + 2;
    } else {
        *script = begin + strlen(begin);
    }
    return begin;
}

/* "-- only NAME" before a statement: it is for the databases of that driver. */
static bool is_for(const struct sql *db, const char *statement)
{
    static const char only[] = "-- only ";
    const char *name = sql_driver_name(db);
    size_t len = strlen(name);

    if (strncmp(statement, only, sizeof only - 1) != 0)
        return true;
    statement += sizeof only - 1;
    return strncmp(statement, name, len) == 0 && statement[len] == '\n';
}

static enum err run_script(struct sql *db, const struct migration *step, struct fault *fault)
{
    struct arena *arena = arena_create();
    char *rest = arena_text(arena, step->sql), *statement = NULL;
    enum err err = ERR_OK;

    while (err == ERR_OK && (statement = next_statement(&rest)) != NULL)
        err = is_for(db, statement) ? sql_run(db, statement, fault) : ERR_OK;
    if (err != ERR_OK)
        fault_prefix(fault, "migration %s", step->name);
    arena_destroy(arena);
    return err;
}

static enum err apply(struct sql *db, const struct migration *step, struct fault *fault)
{
    enum err err = run_script(db, step, fault);

    if (err != ERR_OK)
        return err;
    return sql_exec(db, NOTE_APPLIED,
                    SQL_VALUES(sql_int(step->number), sql_text(step->name),
                               sql_int(clock_wall_ms(&clock_system))),
                    NULL, fault);
}

/* One transaction: the next step that is missing, or none. */
static enum err step_once(struct sql *db, bool *stepped, struct fault *fault)
{
    size_t version = 0;
    enum err err = sql_begin(db, SQL_WRITE, fault);

    *stepped = false;
    if (err != ERR_OK)
        return err;
    err = sql_run(db, CREATE_TABLE, fault);
    if (err == ERR_OK)
        err = find_version(db, &version, fault);
    if (err == ERR_OK && version > 0)
        err = check_name(db, version, fault);
    if (err == ERR_OK && version < migration_count) {
        err = apply(db, &migrations[version], fault);
        *stepped = true;
    }
    if (err == ERR_OK)
        return sql_commit(db, fault);
    sql_rollback(db);
    return err;
}

/* A database that is distributed stays so. */
static enum err distribute_new(struct sql *db, struct fault *fault)
{
    bool is = false;
    enum err err = store_is_distributed(db, &is, fault);

    return err == ERR_OK && is ? store_distribute(db, NULL, NULL, fault) : err;
}

enum err store_migrate(struct sql *db, int *applied, struct fault *fault)
{
    bool more = true;
    enum err err = check_numbers(fault);

    if (applied != NULL)
        *applied = 0;
    while (err == ERR_OK && more) {
        err = step_once(db, &more, fault);
        if (err == ERR_OK && more && applied != NULL)
            *applied += 1;
    }
    return err == ERR_OK ? distribute_new(db, fault) : err;
}

/* store_copy.h: what is there so far is the beginning of another database. */
static enum err check_copied(struct sql *db, struct fault *fault)
{
    bool unfinished = false;
    enum err err = sql_has_table(db, "copy_unfinished", &unfinished, fault);

    if (err == ERR_OK && unfinished)
        return fault_set(fault, ERR_INPUT,
                         "a copy into this database was not finished; run evroll-registry copy "
                         "again");
    return err;
}

enum err store_check_schema(struct sql *db, struct fault *fault)
{
    size_t version = 0;
    bool has = false;
    enum err err = check_numbers(fault);

    if (err == ERR_OK)
        err = sql_has_table(db, "schema_migration", &has, fault);
    if (err == ERR_OK && has)
        err = find_version(db, &version, fault);
    if (err == ERR_OK && version > 0)
        err = check_name(db, version, fault);
    if (err == ERR_OK && version < migration_count)
        return fault_set(fault, ERR_INPUT,
                         "the database has schema %zu and this program needs %zu; run "
                         "evroll-registry migrate",
                         version, migration_count);
    if (err == ERR_OK)
        err = store_check_distributed(db, fault);
    return err == ERR_OK ? check_copied(db, fault) : err;
}

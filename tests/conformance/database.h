/*
 * database: a fresh database for one test, at each of the addresses the suite is run over. A test's
 * state is a struct database; `db` is its first connection.
 */
#ifndef EVROLL_TESTS_CONFORMANCE_DATABASE_H
#define EVROLL_TESTS_CONFORMANCE_DATABASE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "registry/store/sql.h"
#include "tests/conformance/scratch.h"

struct database {
    struct scratch scratch;
    char *url;  /* of the scratch */
    bool alone; /* nobody else can open it */
    struct sql *db;
};

static inline struct sql *database_connect(const struct database *database)
{
    struct sql *db = NULL;
    struct fault fault = {.code = ERR_OK};

    if (sql_open(database->url, &db, &fault) != ERR_OK)
        fail_msg("%s: %s", database->url, fault.text);
    sql_set_busy_timeout(db, 50);
    return db;
}

/* *state: the address, then the database. */
static inline int database_setup(void **state)
{
    struct database *database = calloc(1, sizeof *database);
    const char *address = *state;

    assert_non_null(database);
    scratch_create_at(&database->scratch, address);
    database->url = database->scratch.url;
    database->alone = strstr(address, ":memory:") != NULL;
    database->db = database_connect(database);
    *state = database;
    return 0;
}

static inline int database_teardown(void **state)
{
    struct database *database = *state;

    sql_close(database->db);
    scratch_remove(&database->scratch);
    free(database);
    return 0;
}

/* With the schema. */
static inline int database_setup_migrated(void **state)
{
    if (database_setup(state) != 0)
        return -1;
    scratch_migrate(((struct database *)*state)->db);
    return 0;
}

#define DATABASE_TEST(test) cmocka_unit_test_setup_teardown(test, database_setup, database_teardown)
#define DATABASE_TEST_MIGRATED(test)                                                               \
    cmocka_unit_test_setup_teardown(test, database_setup_migrated, database_teardown)

/* Runs `tests` over each address of the command line, or over the built-in ones. */
static inline int database_run(struct CMUnitTest *tests, size_t count, int argc, char **argv)
{
    static char file[] = "sqlite:" SCRATCH_DIR "/test.db", memory[] = "sqlite::memory:";
    char *built_in[] = {file, memory};
    char *postgres[] = {(char *)scratch_postgres()};
    char **addresses = argc > 1 ? argv + 1 : postgres[0] != NULL ? postgres : built_in;
    int address_count = argc > 1 ? argc - 1 : postgres[0] != NULL ? 1 : 2, failed = 0;

    for (int i = 0; i < address_count; i++) {
        for (size_t t = 0; t < count; t++)
            tests[t].initial_state = addresses[i];
        failed += _cmocka_run_group_tests(addresses[i], tests, count, NULL, NULL);
    }
    return failed;
}

#define DATABASE_RUN(tests, argc, argv)                                                            \
    database_run(tests, sizeof(tests) / sizeof(tests)[0], argc, argv)

static inline void database_exec(struct sql *db, const char *text)
{
    struct fault fault = {.code = ERR_OK};

    if (sql_exec(db, text, SQL_NO_VALUES, NULL, &fault) != ERR_OK)
        fail_msg("%s: %s", text, fault.text);
}

static inline int64_t database_number(struct sql *db, const char *text)
{
    struct sql_rows *rows = sql_query(db, text, SQL_NO_VALUES);
    struct fault fault = {.code = ERR_OK};
    int64_t number = sql_next(rows) ? sql_column_int(rows, 0) : INT64_MIN;

    if (sql_done(rows, &fault) != ERR_OK)
        fail_msg("%s: %s", text, fault.text);
    return number;
}

#endif

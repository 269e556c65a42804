/* The schema comes into being once, whoever else is at it, and a wrong one is refused. */
#include "registry/store/migrations.h"
#include "registry/store/sql_failing.h"
#include "tests/conformance/database.h"

#include <pthread.h>

static struct sql *db_of(void **state)
{
    return ((struct database *)*state)->db;
}

static void a_new_database_gets_every_step_once(void **state)
{
    struct sql *db = db_of(state);
    int applied = -1;

    assert_int_equal(store_migrate(db, &applied, NULL), ERR_OK);
    assert_int_equal(applied, migration_count);
    assert_int_equal(store_migrate(db, &applied, NULL), ERR_OK);
    assert_int_equal(applied, 0);
    assert_int_equal(store_check_schema(db, NULL), ERR_OK);
    assert_int_equal(database_number(db, "SELECT COUNT(*) FROM block"), 0);
}

static void an_empty_database_is_told_to_be_migrated(void **state)
{
    struct fault fault = {.code = ERR_OK};

    assert_int_equal(store_check_schema(db_of(state), &fault), ERR_INPUT);
    assert_non_null(strstr(fault.text, "evroll-registry migrate"));
}

static void an_older_schema_is_told_to_be_migrated(void **state)
{
    struct sql *db = db_of(state);
    struct fault fault = {.code = ERR_OK};

    assert_int_equal(store_migrate(db, NULL, NULL), ERR_OK);
    database_exec(db, "DELETE FROM schema_migration WHERE number = "
                      "(SELECT MAX(number) FROM schema_migration)");
    assert_int_equal(store_check_schema(db, &fault), ERR_INPUT);
    assert_non_null(strstr(fault.text, "evroll-registry migrate"));
}

static void a_newer_schema_is_left_alone(void **state)
{
    static const char NEWER[] = "INSERT INTO schema_migration (number, name, applied_ms) "
                                "SELECT MAX(number) + 1, 'of tomorrow', 0 FROM schema_migration";
    struct sql *db = db_of(state);
    struct fault fault = {.code = ERR_OK};

    assert_int_equal(store_migrate(db, NULL, NULL), ERR_OK);
    database_exec(db, NEWER);
    assert_int_equal(store_migrate(db, NULL, &fault), ERR_INPUT);
    assert_non_null(strstr(fault.text, "newer"));
    assert_int_equal(store_check_schema(db, NULL), ERR_INPUT);
}

static void a_schema_of_another_version_is_refused(void **state)
{
    struct sql *db = db_of(state);

    assert_int_equal(store_migrate(db, NULL, NULL), ERR_OK);
    database_exec(db, "UPDATE schema_migration SET name = 'something else'");
    assert_int_equal(store_check_schema(db, NULL), ERR_INPUT);
    assert_int_equal(store_migrate(db, NULL, NULL), ERR_INPUT);
}

/* Fails each call in turn; after each failure the schema holds whole steps, and the rest follows.
 */
static void a_migration_that_is_cut_off_anywhere_is_completed_later(void **state)
{
    struct database *database = *state;
    struct sql *db = database->db = sql_open_failing(database->db);
    unsigned nth = 0;
    enum err err = ERR_OK;

    do {
        nth++;
        sql_failing_arm(db, (struct sql_failure){SQL_CALL_ANY, nth, ERR_IO, nth % 2 == 0});
        err = store_migrate(db, NULL, NULL);
        assert_true(err == ERR_OK || sql_failing_fired(db));
    } while (err != ERR_OK);
    sql_failing_arm(db, (struct sql_failure){.nth = 0});
    assert_true(nth > 5);
    assert_int_equal(store_check_schema(db, NULL), ERR_OK);
    assert_int_equal(database_number(db, "SELECT COUNT(*) FROM schema_migration"), migration_count);
}

struct racer {
    const struct database *database;
    int applied;
    enum err err;
};

static void *race(void *arg)
{
    struct racer *racer = arg;
    struct sql *db = NULL;

    racer->err = sql_open(racer->database->url, &db, NULL);
    if (racer->err == ERR_OK)
        racer->err = store_migrate(db, &racer->applied, NULL);
    sql_close(db);
    return NULL;
}

static void two_that_migrate_at_once_apply_each_step_once(void **state)
{
    struct database *database = *state;
    struct racer racers[4];
    pthread_t threads[4];
    int applied = 0;

    if (database->alone)
        skip();
    for (int i = 0; i < 4; i++) {
        racers[i] = (struct racer){.database = database};
        assert_int_equal(pthread_create(&threads[i], NULL, race, &racers[i]), 0);
    }
    for (int i = 0; i < 4; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(racers[i].err, ERR_OK);
        applied += racers[i].applied;
    }
    assert_int_equal(applied, migration_count);
}

int main(int argc, char **argv)
{
    struct CMUnitTest tests[] = {
        DATABASE_TEST(a_new_database_gets_every_step_once),
        DATABASE_TEST(an_empty_database_is_told_to_be_migrated),
        DATABASE_TEST(an_older_schema_is_told_to_be_migrated),
        DATABASE_TEST(a_newer_schema_is_left_alone),
        DATABASE_TEST(a_schema_of_another_version_is_refused),
        DATABASE_TEST(a_migration_that_is_cut_off_anywhere_is_completed_later),
        DATABASE_TEST(two_that_migrate_at_once_apply_each_step_once),
    };

    return DATABASE_RUN(tests, argc, argv);
}

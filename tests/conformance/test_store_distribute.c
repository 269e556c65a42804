/* Where each table lies over a cluster is decided for every table, and distributing loses nothing; a
 * database that cannot be distributed is told what it lacks. */
#include "registry/store/store_distribute.h"

#include "registry/store/store_blocks.h"
#include "tests/conformance/database.h"

static struct sql *db_of(void **state)
{
    return ((struct database *)*state)->db;
}

static void must(enum err err, const struct fault *fault)
{
    if (err != ERR_OK)
        fail_msg("%s", fault->text);
}

static void every_table_of_the_schema_has_its_place(void **state)
{
    struct sql *db = db_of(state);
    struct sql_rows *rows = NULL;
    struct fault fault = {.code = ERR_OK};

    must(store_migrate(db, NULL, &fault), &fault);
    rows = sql_query(db, sql_catalog(db), SQL_NO_VALUES);
    while (sql_next(rows)) {
        bool known = false;

        (void)store_spread_of(sql_column_text(rows, 0), &known);
        if (!known)
            fail_msg("table %s is not in the list of store_distribute.c", sql_column_text(rows, 0));
    }
    must(sql_done(rows, &fault), &fault);
}

/* Else two rows of one key could lie on two nodes. */
static void what_lies_by_unit_has_the_unit_first_in_its_key(void **state)
{
    struct sql *db = db_of(state);
    struct sql_rows *rows = NULL;
    struct fault fault = {.code = ERR_OK};

    must(store_migrate(db, NULL, &fault), &fault);
    rows = sql_query(db, sql_catalog(db), SQL_NO_VALUES);
    while (sql_next(rows)) {
        bool known = false;

        if (store_spread_of(sql_column_text(rows, 0), &known) == STORE_BY_UNIT &&
            sql_column_int(rows, 3) == 1)
            assert_string_equal(sql_column_text(rows, 1), "unit_id");
    }
    must(sql_done(rows, &fault), &fault);
}

static void a_database_that_cannot_is_told_what_it_lacks(void **state)
{
    struct sql *db = db_of(state);
    struct fault fault = {.code = ERR_OK};
    bool is = true;

    if (scratch_distributed())
        skip();
    assert_int_equal(store_migrate(db, NULL, NULL), ERR_OK);
    assert_int_equal(store_distribute(db, NULL, NULL, &fault), ERR_INPUT);
    assert_non_null(strstr(fault.text, "citus"));
    assert_int_equal(store_is_distributed(db, &is, NULL), ERR_OK);
    assert_false(is);
}

static void put_block(struct sql *db, const char *unit)
{
    const struct store_block block = {.unit = unit,
                                      .hour = 480000,
                                      .journal_no = 1,
                                      .row_count = 1,
                                      .bytes = (const uint8_t *)"123",
                                      .len = 3};

    assert_int_equal(sql_begin(db, SQL_WRITE_SHARED, NULL), ERR_OK);
    assert_int_equal(store_block_insert(db, &block, NULL), ERR_OK);
    assert_int_equal(sql_commit(db, NULL), ERR_OK);
}

static void count_done(void *arg, const char *table, enum store_spread spread, bool done)
{
    int *tables = arg;

    assert_true(spread != STORE_ONE_PLACE && table[0] != '\0');
    *tables += done;
}

static void rows_that_are_there_are_distributed_and_twice_changes_nothing(void **state)
{
    struct sql *db = db_of(state);
    struct fault fault = {.code = ERR_OK};
    int tables = 0;

    if (!scratch_distributed())
        skip();
    must(store_migrate(db, NULL, &fault), &fault);
    put_block(db, "bus-1");
    put_block(db, "bus-2");
    must(store_distribute(db, count_done, &tables, &fault), &fault);
    assert_true(tables > 20);
    put_block(db, "bus-3");
    must(store_distribute(db, count_done, &tables, &fault), &fault);
    assert_true(tables > 20 && tables < 40);
    assert_int_equal(database_number(db, "SELECT COUNT(*) FROM block"), 3);
    assert_int_equal(database_number(db, "SELECT COUNT(*) FROM block WHERE unit_id = 'bus-2'"), 1);
    must(store_check_schema(db, &fault), &fault);
}

static void a_database_that_is_so_in_part_is_refused_until_it_is_migrated(void **state)
{
    struct sql *db = db_of(state);
    struct fault fault = {.code = ERR_OK};

    if (!scratch_distributed())
        skip();
    must(store_migrate(db, NULL, &fault), &fault);
    must(sql_run(db, "SELECT create_distributed_table('unit_total', 'unit_id')", &fault), &fault);
    assert_int_equal(store_check_schema(db, &fault), ERR_INPUT);
    assert_non_null(strstr(fault.text, "migrate --distributed"));
    must(store_migrate(db, NULL, &fault), &fault);
    must(store_check_schema(db, &fault), &fault);
}

int main(int argc, char **argv)
{
    struct CMUnitTest tests[] = {
        DATABASE_TEST(every_table_of_the_schema_has_its_place),
        DATABASE_TEST(what_lies_by_unit_has_the_unit_first_in_its_key),
        DATABASE_TEST(a_database_that_cannot_is_told_what_it_lacks),
        DATABASE_TEST(rows_that_are_there_are_distributed_and_twice_changes_nothing),
        DATABASE_TEST(a_database_that_is_so_in_part_is_refused_until_it_is_migrated),
    };

    return DATABASE_RUN(tests, argc, argv);
}

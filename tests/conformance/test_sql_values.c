/* What goes into a database comes out of it again: values, statements, answers. */
#include "tests/conformance/database.h"

#define LARGE (1u << 20)

static const char CREATE[] = "CREATE TABLE thing (id BIGINT NOT NULL PRIMARY KEY, number BIGINT, "
                             "name TEXT, bytes BYTEA)";
static const char INSERT[] = "INSERT INTO thing (id, number, name, bytes) VALUES ($1, $2, $3, $4)";
static const char FIND[] = "SELECT number, name, bytes FROM thing WHERE id = $1";

static int with_table(void **state)
{
    if (database_setup(state) != 0)
        return -1;
    database_exec(((struct database *)*state)->db, CREATE);
    return 0;
}

static struct sql *db_of(void **state)
{
    return ((struct database *)*state)->db;
}

static void put(struct sql *db, int64_t id, struct sql_value number, struct sql_value name,
                struct sql_value bytes)
{
    struct fault fault = {.code = ERR_OK};

    if (sql_exec(db, INSERT, SQL_VALUES(sql_int(id), number, name, bytes), NULL, &fault) != ERR_OK)
        fail_msg("%s", fault.text);
}

static void integers_keep_their_extremes(void **state)
{
    const int64_t numbers[] = {INT64_MIN, INT64_MAX, 0, -1, 1, INT64_C(1) << 53 | 1};
    struct sql *db = db_of(state);

    for (int64_t i = 0; i < 6; i++)
        put(db, i, sql_int(numbers[i]), sql_null(), sql_null());
    for (int64_t i = 0; i < 6; i++) {
        struct sql_rows *rows = sql_query(db, FIND, SQL_VALUES(sql_int(i)));
        assert_true(sql_next(rows));
        assert_true(sql_column_int(rows, 0) == numbers[i]);
        assert_false(sql_next(rows));
        assert_int_equal(sql_done(rows, NULL), ERR_OK);
    }
}

static void null_and_empty_are_two_things(void **state)
{
    struct sql *db = db_of(state);
    struct sql_rows *rows = NULL;
    size_t len = 99;

    put(db, 1, sql_int(0), sql_text(""), sql_bytes("", 0));
    put(db, 2, sql_null(), sql_text(NULL), sql_null());
    put(db, 3, sql_null(), sql_null(), sql_bytes(NULL, 0));
    rows = sql_query(db, FIND, SQL_VALUES(sql_int(1)));
    assert_true(sql_next(rows));
    assert_false(sql_column_null(rows, 0) || sql_column_null(rows, 1) || sql_column_null(rows, 2));
    assert_string_equal(sql_column_text(rows, 1), "");
    assert_non_null(sql_column_bytes(rows, 2, &len));
    assert_int_equal(len, 0);
    assert_int_equal(sql_done(rows, NULL), ERR_OK);
    rows = sql_query(db, FIND, SQL_VALUES(sql_int(2)));
    assert_true(sql_next(rows));
    assert_true(sql_column_null(rows, 0) && sql_column_null(rows, 1) && sql_column_null(rows, 2));
    assert_null(sql_column_text(rows, 1));
    assert_null(sql_column_bytes(rows, 2, &len));
    assert_int_equal(sql_done(rows, NULL), ERR_OK);
    rows = sql_query(db, FIND, SQL_VALUES(sql_int(3)));
    assert_true(sql_next(rows));
    assert_false(sql_column_null(rows, 2));
    assert_int_equal(sql_done(rows, NULL), ERR_OK);
}

static void text_is_utf8_and_compares_by_bytes(void **state)
{
    static const char NAME[] = "济源市 🚌 O'Brien \"x\" \\ %s $1 ;";
    static const char BY_NAME[] = "SELECT id FROM thing WHERE name = $1";
    struct sql *db = db_of(state);
    struct sql_rows *rows = NULL;

    put(db, 7, sql_null(), sql_text(NAME), sql_null());
    rows = sql_query(db, BY_NAME, SQL_VALUES(sql_text(NAME)));
    assert_true(sql_next(rows));
    assert_int_equal(sql_column_int(rows, 0), 7);
    assert_int_equal(sql_done(rows, NULL), ERR_OK);
    rows = sql_query(db, FIND, SQL_VALUES(sql_int(7)));
    assert_true(sql_next(rows));
    assert_string_equal(sql_column_text(rows, 1), NAME);
    assert_int_equal(sql_done(rows, NULL), ERR_OK);
}

static void a_mebibyte_of_every_byte_comes_back(void **state)
{
    struct sql *db = db_of(state);
    uint8_t *bytes = malloc(LARGE);
    struct sql_rows *rows = NULL;
    size_t len = 0;

    assert_non_null(bytes);
    for (size_t i = 0; i < LARGE; i++)
        bytes[i] = (uint8_t)(i * 31 + i / 251);
    put(db, 1, sql_null(), sql_null(), sql_bytes(bytes, LARGE));
    rows = sql_query(db, FIND, SQL_VALUES(sql_int(1)));
    assert_true(sql_next(rows));
    assert_memory_equal(sql_column_bytes(rows, 2, &len), bytes, LARGE);
    assert_int_equal(len, LARGE);
    assert_int_equal(sql_done(rows, NULL), ERR_OK);
    free(bytes);
}

static void parameters_go_by_number_not_by_place(void **state)
{
    static const char TEXT[] =
        "SELECT CAST($2 AS BIGINT) - CAST($1 AS BIGINT), CAST($2 AS BIGINT), CAST($1 AS BIGINT)";
    struct sql_rows *rows = sql_query(db_of(state), TEXT, SQL_VALUES(sql_int(3), sql_int(10)));

    assert_true(sql_next(rows));
    assert_int_equal(sql_column_int(rows, 0), 7);
    assert_int_equal(sql_column_int(rows, 1), 10);
    assert_int_equal(sql_column_int(rows, 2), 3);
    assert_int_equal(sql_done(rows, NULL), ERR_OK);
}

static void an_upsert_writes_the_second_value(void **state)
{
    static const char UPSERT[] =
        "INSERT INTO thing (id, number) VALUES ($1, $2) "
        "ON CONFLICT (id) DO UPDATE SET number = thing.number + excluded.number";
    struct sql *db = db_of(state);
    int64_t changed = 0;

    for (int64_t i = 1; i <= 3; i++) {
        assert_int_equal(sql_exec(db, UPSERT, SQL_VALUES(sql_int(5), sql_int(i)), &changed, NULL),
                         ERR_OK);
        assert_int_equal(changed, 1);
    }
    assert_int_equal(database_number(db, "SELECT number FROM thing"), 6);
    assert_int_equal(database_number(db, "SELECT COUNT(*) FROM thing"), 1);
}

static void returning_gives_the_rows_that_changed(void **state)
{
    static const char UPDATE[] =
        "UPDATE thing SET number = number + 1 WHERE number < $1 RETURNING number";
    struct sql *db = db_of(state);
    struct sql_rows *rows = NULL;
    int64_t sum = 0;

    for (int64_t i = 0; i < 5; i++)
        put(db, i, sql_int(i), sql_null(), sql_null());
    rows = sql_query(db, UPDATE, SQL_VALUES(sql_int(3)));
    while (sql_next(rows))
        sum += sql_column_int(rows, 0);
    assert_int_equal(sql_done(rows, NULL), ERR_OK);
    assert_int_equal(sum, 1 + 2 + 3);
    rows = sql_query(db, UPDATE, SQL_VALUES(sql_int(-100)));
    assert_false(sql_next(rows));
    assert_int_equal(sql_done(rows, NULL), ERR_OK);
}

static void what_a_query_changes_is_changed_though_nobody_reads_the_answer(void **state)
{
    static const char TEXT[] = "INSERT INTO thing (id) VALUES (1), (2), (3) RETURNING id";
    struct sql *db = db_of(state);
    struct sql_rows *rows = sql_query(db, TEXT, SQL_NO_VALUES);

    assert_int_equal(sql_done(rows, NULL), ERR_OK);
    assert_int_equal(database_number(db, "SELECT COUNT(*) FROM thing"), 3);
}

static void changed_counts_the_rows(void **state)
{
    static const char UPDATE[] = "UPDATE thing SET number = 1 WHERE id >= $1";
    struct sql *db = db_of(state);
    int64_t changed = -1;

    for (int64_t i = 0; i < 4; i++)
        put(db, i, sql_null(), sql_null(), sql_null());
    assert_int_equal(sql_exec(db, UPDATE, SQL_VALUES(sql_int(1)), &changed, NULL), ERR_OK);
    assert_int_equal(changed, 3);
    assert_int_equal(sql_exec(db, UPDATE, SQL_VALUES(sql_int(9)), &changed, NULL), ERR_OK);
    assert_int_equal(changed, 0);
}

static void a_statement_may_run_while_its_own_answer_is_open(void **state)
{
    static const char ABOVE[] = "SELECT id FROM thing WHERE id > $1 ORDER BY id";
    struct sql *db = db_of(state);
    struct sql_rows *outer = NULL;
    int pairs = 0;

    for (int64_t i = 0; i < 4; i++)
        put(db, i, sql_null(), sql_null(), sql_null());
    outer = sql_query(db, ABOVE, SQL_VALUES(sql_int(-1)));
    while (sql_next(outer)) {
        struct sql_rows *inner =
            sql_query(db, ABOVE, SQL_VALUES(sql_int(sql_column_int(outer, 0))));
        while (sql_next(inner))
            pairs++;
        assert_int_equal(sql_done(inner, NULL), ERR_OK);
    }
    assert_int_equal(sql_done(outer, NULL), ERR_OK);
    assert_int_equal(pairs, 6);
}

static void an_answer_that_ended_stays_ended(void **state)
{
    struct sql *db = db_of(state);
    struct sql_rows *rows = NULL;

    put(db, 1, sql_null(), sql_null(), sql_null());
    rows = sql_query(db, FIND, SQL_VALUES(sql_int(1)));
    assert_true(sql_next(rows));
    for (int i = 0; i < 3; i++)
        assert_false(sql_next(rows));
    assert_int_equal(sql_done(rows, NULL), ERR_OK);
}

static void statements_are_used_again_a_thousand_times(void **state)
{
    struct sql *db = db_of(state);

    for (int64_t i = 0; i < 1000; i++)
        put(db, i, sql_int(i), sql_text("x"), sql_null());
    assert_int_equal(database_number(db, "SELECT COUNT(*) FROM thing WHERE number = id"), 1000);
}

static void a_statement_that_makes_no_sense_is_an_error_with_a_sentence(void **state)
{
    struct fault fault = {.code = ERR_OK};
    struct sql *db = db_of(state);
    struct sql_rows *rows = sql_query(db, "SELECT nothing FROM nowhere", SQL_NO_VALUES);

    assert_false(sql_next(rows));
    assert_int_not_equal(sql_done(rows, &fault), ERR_OK);
    assert_non_null(strstr(fault.text, "nowhere"));
    assert_int_equal(database_number(db, "SELECT COUNT(*) FROM thing"), 0);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, with_table, database_teardown)

int main(int argc, char **argv)
{
    struct CMUnitTest tests[] = {
        TEST(integers_keep_their_extremes),
        TEST(null_and_empty_are_two_things),
        TEST(text_is_utf8_and_compares_by_bytes),
        TEST(a_mebibyte_of_every_byte_comes_back),
        TEST(parameters_go_by_number_not_by_place),
        TEST(an_upsert_writes_the_second_value),
        TEST(returning_gives_the_rows_that_changed),
        TEST(what_a_query_changes_is_changed_though_nobody_reads_the_answer),
        TEST(changed_counts_the_rows),
        TEST(a_statement_may_run_while_its_own_answer_is_open),
        TEST(an_answer_that_ended_stays_ended),
        TEST(statements_are_used_again_a_thousand_times),
        TEST(a_statement_that_makes_no_sense_is_an_error_with_a_sentence),
    };

    return DATABASE_RUN(tests, argc, argv);
}

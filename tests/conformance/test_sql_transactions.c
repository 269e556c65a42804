/* All or nothing, what others see of it, and what an error leaves. */
#include "registry/store/sql_failing.h"
#include "tests/conformance/database.h"

static const char CREATE[] =
    "CREATE TABLE thing (id BIGINT NOT NULL PRIMARY KEY, number BIGINT NOT NULL)";
static const char INSERT[] = "INSERT INTO thing (id, number) VALUES ($1, $2)";
static const char UPDATE[] = "UPDATE thing SET number = number + 1 WHERE id = $1";
static const char COUNT[] = "SELECT COUNT(*) FROM thing";

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

/* A second connection to the same database; skips where there can be none. */
static struct sql *another(void **state)
{
    struct database *database = *state;

    if (database->alone)
        skip();
    return database_connect(database);
}

static enum err put(struct sql *db, int64_t id)
{
    return sql_exec(db, INSERT, SQL_VALUES(sql_int(id), sql_int(0)), NULL, NULL);
}

static void a_commit_keeps_and_a_rollback_drops(void **state)
{
    struct sql *db = db_of(state);

    assert_int_equal(sql_begin(db, SQL_WRITE, NULL), ERR_OK);
    assert_int_equal(put(db, 1), ERR_OK);
    assert_int_equal(sql_commit(db, NULL), ERR_OK);
    assert_int_equal(sql_begin(db, SQL_WRITE, NULL), ERR_OK);
    assert_int_equal(put(db, 2), ERR_OK);
    sql_rollback(db);
    assert_int_equal(database_number(db, COUNT), 1);
}

static void a_rollback_outside_a_transaction_is_harmless(void **state)
{
    struct sql *db = db_of(state);

    sql_rollback(db);
    assert_int_equal(put(db, 1), ERR_OK);
    sql_rollback(db);
    assert_int_equal(database_number(db, COUNT), 1);
}

static void a_connection_that_closes_drops_what_it_did_not_commit(void **state)
{
    struct sql *other = another(state);

    assert_int_equal(sql_begin(other, SQL_WRITE, NULL), ERR_OK);
    assert_int_equal(put(other, 1), ERR_OK);
    sql_close(other);
    assert_int_equal(database_number(db_of(state), COUNT), 0);
    assert_int_equal(put(db_of(state), 1), ERR_OK);
}

static void nobody_sees_what_is_not_committed(void **state)
{
    struct sql *other = another(state);
    struct sql *db = db_of(state);

    assert_int_equal(sql_begin(db, SQL_WRITE, NULL), ERR_OK);
    assert_int_equal(put(db, 1), ERR_OK);
    assert_int_equal(database_number(other, COUNT), 0);
    assert_int_equal(sql_commit(db, NULL), ERR_OK);
    assert_int_equal(database_number(other, COUNT), 1);
    sql_close(other);
}

static void a_reader_sees_one_moment_throughout(void **state)
{
    struct sql *other = another(state);
    struct sql *db = db_of(state);

    assert_int_equal(sql_begin(other, SQL_READ, NULL), ERR_OK);
    assert_int_equal(database_number(other, COUNT), 0);
    assert_int_equal(put(db, 1), ERR_OK);
    assert_int_equal(database_number(other, COUNT), 0);
    sql_rollback(other);
    assert_int_equal(database_number(other, COUNT), 1);
    sql_close(other);
}

static void a_second_writer_is_busy_and_then_welcome(void **state)
{
    struct sql *other = another(state);
    struct sql *db = db_of(state);
    struct fault fault = {.code = ERR_OK};
    enum err err = ERR_OK;

    assert_int_equal(sql_begin(db, SQL_WRITE, NULL), ERR_OK);
    assert_int_equal(put(db, 1), ERR_OK);
    err = sql_begin(other, SQL_WRITE, &fault);
    if (err == ERR_OK) { /* a database that locks rows, not itself: the same row then */
        err = sql_exec(other, INSERT, SQL_VALUES(sql_int(1), sql_int(0)), NULL, &fault);
        sql_rollback(other);
    }
    assert_int_equal(err, ERR_BUSY);
    assert_int_equal(fault.code, ERR_BUSY);
    assert_int_equal(sql_commit(db, NULL), ERR_OK);
    assert_int_equal(sql_begin(other, SQL_WRITE, NULL), ERR_OK);
    assert_int_equal(put(other, 2), ERR_OK);
    assert_int_equal(sql_commit(other, NULL), ERR_OK);
    sql_close(other);
}

static void a_conflict_outside_a_transaction_harms_nothing(void **state)
{
    struct sql *db = db_of(state);

    assert_int_equal(put(db, 1), ERR_OK);
    assert_int_equal(put(db, 1), ERR_CONFLICT);
    assert_int_equal(put(db, 2), ERR_OK);
    assert_int_equal(database_number(db, COUNT), 2);
}

static void after_an_error_a_transaction_only_repeats_it(void **state)
{
    struct sql *db = db_of(state);
    struct fault fault = {.code = ERR_OK};
    struct sql_rows *rows = NULL;

    assert_int_equal(sql_begin(db, SQL_WRITE, NULL), ERR_OK);
    assert_int_equal(put(db, 1), ERR_OK);
    assert_int_equal(put(db, 1), ERR_CONFLICT);
    assert_int_equal(put(db, 2), ERR_CONFLICT);
    rows = sql_query(db, COUNT, SQL_NO_VALUES);
    assert_false(sql_next(rows));
    assert_int_equal(sql_done(rows, &fault), ERR_CONFLICT);
    assert_int_equal(sql_commit(db, &fault), ERR_CONFLICT);
    assert_int_equal(database_number(db, COUNT), 0);
    assert_int_equal(put(db, 3), ERR_OK);
}

static void an_error_of_a_query_breaks_its_transaction_too(void **state)
{
    static const char TEXT[] = "INSERT INTO thing (id, number) VALUES (1, NULL) RETURNING id";
    struct sql *db = db_of(state);
    struct sql_rows *rows = NULL;

    assert_int_equal(sql_begin(db, SQL_WRITE, NULL), ERR_OK);
    rows = sql_query(db, TEXT, SQL_NO_VALUES);
    assert_false(sql_next(rows));
    assert_int_equal(sql_done(rows, NULL), ERR_CONFLICT);
    assert_int_equal(put(db, 2), ERR_CONFLICT);
    sql_rollback(db);
    assert_int_equal(database_number(db, COUNT), 0);
}

/* ---- several writers ---- */

static void a_shared_writer_waits_only_for_the_rows_of_another(void **state)
{
    struct sql *other = another(state);
    struct sql *db = db_of(state);
    enum err err = ERR_OK;

    assert_int_equal(put(db, 1), ERR_OK);
    assert_int_equal(sql_begin(db, SQL_WRITE_SHARED, NULL), ERR_OK);
    assert_int_equal(sql_exec(db, UPDATE, SQL_VALUES(sql_int(1)), NULL, NULL), ERR_OK);
    err = sql_begin(other, SQL_WRITE_SHARED, NULL); /* busy: a database that locks itself */
    if (err == ERR_OK)
        err = sql_exec(other, UPDATE, SQL_VALUES(sql_int(1)), NULL, NULL);
    assert_int_equal(err, ERR_BUSY);
    sql_rollback(other);
    assert_int_equal(sql_commit(db, NULL), ERR_OK);
    assert_int_equal(sql_begin(other, SQL_WRITE_SHARED, NULL), ERR_OK);
    assert_int_equal(sql_exec(other, UPDATE, SQL_VALUES(sql_int(1)), NULL, NULL), ERR_OK);
    assert_int_equal(sql_commit(other, NULL), ERR_OK);
    assert_int_equal(database_number(db, "SELECT number FROM thing"), 2);
    sql_close(other);
}

static enum err send(struct sql *db, int64_t id)
{
    return sql_send(db, INSERT, SQL_VALUES(sql_int(id), sql_int(0)), NULL);
}

static void what_is_sent_is_there_for_the_next_statement_and_after_the_commit(void **state)
{
    struct sql *db = db_of(state);

    assert_int_equal(sql_begin(db, SQL_WRITE_SHARED, NULL), ERR_OK);
    for (int64_t id = 0; id < 3000; id++)
        assert_int_equal(send(db, id), ERR_OK);
    assert_int_equal(database_number(db, COUNT), 3000);
    assert_int_equal(send(db, 3000), ERR_OK);
    assert_int_equal(sql_commit(db, NULL), ERR_OK);
    assert_int_equal(database_number(db, COUNT), 3001);
    assert_int_equal(send(db, 3001), ERR_OK); /* outside a transaction too */
    assert_int_equal(database_number(db, COUNT), 3002);
}

static void what_fails_of_what_is_sent_shows_in_the_commit_at_the_latest(void **state)
{
    struct sql *db = db_of(state);
    struct fault fault = {.code = ERR_OK};
    enum err sent = ERR_OK, committed = ERR_OK;

    assert_int_equal(sql_begin(db, SQL_WRITE_SHARED, NULL), ERR_OK);
    assert_int_equal(send(db, 1), ERR_OK);
    sent = send(db, 1);
    (void)send(db, 2);
    committed = sql_commit(db, &fault);
    assert_int_equal(sent == ERR_OK ? committed : sent, ERR_CONFLICT);
    assert_int_equal(committed, ERR_CONFLICT);
    assert_int_equal(database_number(db, COUNT), 0);
    assert_int_equal(sql_begin(db, SQL_WRITE_SHARED, NULL), ERR_OK);
    assert_int_equal(send(db, 1), ERR_OK);
    (void)send(db, 1);
    sql_rollback(db);
    assert_int_equal(database_number(db, COUNT), 0);
}

static void a_lock_belongs_to_one_until_its_transaction_ends(void **state)
{
    struct sql *other = another(state);
    struct sql *db = db_of(state);
    bool taken = false;

    assert_int_equal(sql_begin(db, SQL_WRITE_SHARED, NULL), ERR_OK);
    assert_int_equal(sql_try_lock(db, SQL_LOCK_ROLLUP, &taken, NULL), ERR_OK);
    assert_true(taken);
    if (sql_begin(other, SQL_WRITE_SHARED, NULL) == ERR_OK) {
        assert_int_equal(sql_try_lock(other, SQL_LOCK_ROLLUP, &taken, NULL), ERR_OK);
        assert_false(taken);
        assert_int_equal(sql_try_lock(other, SQL_LOCK_RETENTION, &taken, NULL), ERR_OK);
        assert_true(taken);
        sql_rollback(other);
    }
    sql_close(db); /* as a process that dies */
    ((struct database *)*state)->db = other;
    assert_int_equal(sql_begin(other, SQL_WRITE_SHARED, NULL), ERR_OK);
    assert_int_equal(sql_try_lock(other, SQL_LOCK_ROLLUP, &taken, NULL), ERR_OK);
    assert_true(taken);
    sql_rollback(other);
}

/* ---- the failing driver itself ---- */

static struct sql *failing_over(void **state)
{
    struct database *database = *state;

    database->db = sql_open_failing(database->db);
    return database->db;
}

static void the_failing_driver_fails_the_nth_call_and_no_other(void **state)
{
    struct sql *db = failing_over(state);

    sql_failing_arm(db, (struct sql_failure){SQL_CALL_EXEC, 2, ERR_FULL, false});
    assert_int_equal(put(db, 1), ERR_OK);
    assert_int_equal(database_number(db, COUNT), 1);
    assert_int_equal(put(db, 2), ERR_FULL);
    assert_true(sql_failing_fired(db));
    assert_int_equal(put(db, 2), ERR_OK);
    assert_int_equal(database_number(db, COUNT), 2);
}

static void a_commit_may_be_done_and_reported_as_unknown(void **state)
{
    struct sql *db = failing_over(state);

    sql_failing_arm(db, (struct sql_failure){SQL_CALL_COMMIT, 1, ERR_UNKNOWN_OUTCOME, true});
    assert_int_equal(sql_begin(db, SQL_WRITE, NULL), ERR_OK);
    assert_int_equal(put(db, 1), ERR_OK);
    assert_int_equal(sql_commit(db, NULL), ERR_UNKNOWN_OUTCOME);
    assert_int_equal(database_number(db, COUNT), 1);
}

static void a_commit_that_failed_before_it_was_done_leaves_nothing(void **state)
{
    struct sql *db = failing_over(state);

    sql_failing_arm(db, (struct sql_failure){SQL_CALL_COMMIT, 1, ERR_IO, false});
    assert_int_equal(sql_begin(db, SQL_WRITE, NULL), ERR_OK);
    assert_int_equal(put(db, 1), ERR_OK);
    assert_int_equal(sql_commit(db, NULL), ERR_IO);
    assert_int_equal(database_number(db, COUNT), 0);
}

static void a_query_that_fails_says_so_at_its_end(void **state)
{
    struct sql *db = failing_over(state);
    struct sql_rows *rows = NULL;

    sql_failing_arm(db, (struct sql_failure){SQL_CALL_QUERY, 1, ERR_PEER, false});
    rows = sql_query(db, COUNT, SQL_NO_VALUES);
    assert_false(sql_next(rows));
    assert_int_equal(sql_done(rows, NULL), ERR_PEER);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, with_table, database_teardown)

int main(int argc, char **argv)
{
    struct CMUnitTest tests[] = {
        TEST(a_commit_keeps_and_a_rollback_drops),
        TEST(a_rollback_outside_a_transaction_is_harmless),
        TEST(a_connection_that_closes_drops_what_it_did_not_commit),
        TEST(nobody_sees_what_is_not_committed),
        TEST(a_reader_sees_one_moment_throughout),
        TEST(a_second_writer_is_busy_and_then_welcome),
        TEST(a_conflict_outside_a_transaction_harms_nothing),
        TEST(after_an_error_a_transaction_only_repeats_it),
        TEST(an_error_of_a_query_breaks_its_transaction_too),
        TEST(a_shared_writer_waits_only_for_the_rows_of_another),
        TEST(what_is_sent_is_there_for_the_next_statement_and_after_the_commit),
        TEST(what_fails_of_what_is_sent_shows_in_the_commit_at_the_latest),
        TEST(a_lock_belongs_to_one_until_its_transaction_ends),
        TEST(the_failing_driver_fails_the_nth_call_and_no_other),
        TEST(a_commit_may_be_done_and_reported_as_unknown),
        TEST(a_commit_that_failed_before_it_was_done_leaves_nothing),
        TEST(a_query_that_fails_says_so_at_its_end),
    };

    return DATABASE_RUN(tests, argc, argv);
}

/* A copy is the same as its original, however often it was cut off on the way. */
#include "registry/store/sql_failing.h"
#include "registry/store/store_copy.h"
#include "tests/conformance/database.h"

#define ROWS 12000

struct copying {
    struct arena *arena;
    struct scratch from_place, to_place;
    struct sql *from, *to;
};

static struct sql *open_at(const struct scratch *place)
{
    struct sql *db = NULL;
    struct fault fault = {.code = ERR_OK};

    if (sql_open(place->url, &db, &fault) != ERR_OK)
        fail_msg("%s", fault.text);
    return db;
}

static void fill(struct sql *db)
{
    static const char BLOCK[] =
        "INSERT INTO block (unit_id, hour, journal_no, first_position, part, "
        "row_count, bytes) VALUES ($1, $2, 1, 2, 3, 4, $3)";
    static const char JOURNAL[] =
        "INSERT INTO journal (journal_no, gateway, journal_id, next_position, messages, "
        "rows_received, rejects, damaged, lost, first_ms, last_ms) "
        "VALUES (1, 'gw-济源', $1, 9223372036854775807, 0, -1, 0, 0, 0, 0, 0)";
    static const char TOKEN[] = "INSERT INTO api_token (token_no, name, role, secret_hash, "
                                "created_ms, expires_ms) VALUES (1, '', 'viewer', $1, 0, 0)";

    assert_int_equal(sql_begin(db, SQL_WRITE, NULL), ERR_OK);
    assert_int_equal(sql_exec(db, JOURNAL, SQL_VALUES(sql_bytes("\0\377", 2)), NULL, NULL), ERR_OK);
    assert_int_equal(sql_exec(db, TOKEN, SQL_VALUES(sql_bytes("", 0)), NULL, NULL), ERR_OK);
    for (int64_t i = 0; i < ROWS; i++) {
        char unit[32];
        snprintf(unit, sizeof unit, "%c-unit-%lld", "aZ_"[i % 3], (long long)(i % 100));
        assert_int_equal(sql_send(db, BLOCK,
                                  SQL_VALUES(sql_text(unit), sql_int(i), sql_bytes(&i, sizeof i)),
                                  NULL),
                         ERR_OK);
    }
    assert_int_equal(sql_commit(db, NULL), ERR_OK);
}

/* From what the environment names to SQLite, or the other way round. */
static void open_both(struct copying *c, bool backwards)
{
    static const char file[] = "sqlite:" SCRATCH_DIR "/test.db";
    const char *other = scratch_postgres() != NULL ? scratch_postgres() : file;

    c->arena = arena_create();
    scratch_create_at(&c->from_place, backwards ? file : other);
    scratch_create_at(&c->to_place, backwards ? other : file);
    c->from = open_at(&c->from_place);
    c->to = open_at(&c->to_place);
    scratch_migrate(c->from);
    if (scratch_distributed() && backwards)
        scratch_migrate(c->to);
    fill(c->from);
}

static void close_both(struct copying *c)
{
    sql_close(c->from);
    sql_close(c->to);
    scratch_remove(&c->from_place);
    scratch_remove(&c->to_place);
    arena_destroy(c->arena);
}

static void count_note(void *arg, const char *table, int64_t rows, bool compared)
{
    int *notes = arg;

    if (compared && strcmp(table, "block") == 0)
        assert_int_equal(rows, ROWS);
    *notes += 1;
}

static enum err copy(struct copying *c, struct fault *fault)
{
    int notes = 0;

    return store_copy(c->from, c->to, c->arena, count_note, &notes, fault);
}

static void a_copy_holds_every_row_in_both_directions(void **state)
{
    struct copying c;
    struct fault fault = {.code = ERR_OK};
    (void)state;

    for (int backwards = 0; backwards < 2; backwards++) {
        open_both(&c, backwards != 0);
        if (copy(&c, &fault) != ERR_OK)
            fail_msg("%s", fault.text);
        assert_int_equal(store_check_schema(c.to, NULL), ERR_OK);
        assert_int_equal(database_number(c.to, "SELECT COUNT(*) FROM block"), ROWS);
        assert_true(database_number(c.to, "SELECT next_position FROM journal") == INT64_MAX);
        close_both(&c);
    }
}

static void a_copy_that_is_cut_off_goes_on_where_it_was(void **state)
{
    struct copying c;
    struct fault fault = {.code = ERR_OK};
    unsigned nth = 1;
    enum err err = ERR_PEER;
    (void)state;

    open_both(&c, true);
    c.to = sql_open_failing(c.to);
    for (; err != ERR_OK; nth = nth * 3 + 1) {
        sql_failing_arm(c.to, (struct sql_failure){SQL_CALL_ANY, nth, ERR_PEER, nth % 2 == 0});
        err = copy(&c, &fault);
        if (err != ERR_OK && nth > 200)
            assert_int_equal(store_check_schema(c.to, NULL), ERR_INPUT);
    }
    assert_true(nth > 5000);
    assert_int_equal(store_check_schema(c.to, NULL), ERR_OK);
    assert_int_equal(database_number(c.to, "SELECT COUNT(*) FROM block"), ROWS);
    close_both(&c);
}

static void a_destination_in_use_is_left_alone(void **state)
{
    struct copying c;
    struct fault fault = {.code = ERR_OK};
    (void)state;

    open_both(&c, false);
    scratch_migrate(c.to);
    database_exec(c.to,
                  "INSERT INTO org_version VALUES ('o', 1, 1, 'n', 1, 1, 1, NULL, 1, 1, 1, 'a')");
    assert_int_equal(copy(&c, &fault), ERR_CONFLICT);
    assert_non_null(strstr(fault.text, "org_version has 1 rows"));
    assert_int_equal(database_number(c.to, "SELECT COUNT(*) FROM org_version"), 1);
    close_both(&c);
}

static void a_source_that_changed_in_between_is_found(void **state)
{
    struct copying c;
    struct fault fault = {.code = ERR_OK};
    (void)state;

    open_both(&c, false);
    c.to = sql_open_failing(c.to);
    /* in the second slice of the blocks: the first, with this row, is committed */
    sql_failing_arm(c.to, (struct sql_failure){SQL_CALL_EXEC, 8000, ERR_PEER, false});
    assert_int_equal(copy(&c, &fault), ERR_PEER);
    database_exec(c.from, "UPDATE block SET row_count = 5 WHERE hour = 1");
    assert_int_equal(copy(&c, &fault), ERR_CONFLICT);
    assert_non_null(strstr(fault.text, "block differs"));
    assert_int_equal(store_check_schema(c.to, NULL), ERR_INPUT);
    close_both(&c);
}

/* Another connection writes to the source when the last table is compared. */
static void write_once(void *arg, const char *table, int64_t rows, bool compared)
{
    struct sql **other = arg;

    (void)rows;
    if (compared && strcmp(table, "block") == 0 && *other != NULL) {
        database_exec(*other, "UPDATE journal SET messages = messages + 1");
        sql_close(*other);
        *other = NULL;
    }
}

static void a_source_that_is_written_to_meanwhile_is_found(void **state)
{
    struct copying c;
    struct sql *other = NULL;
    struct fault fault = {.code = ERR_OK};
    (void)state;

    open_both(&c, false);
    other = open_at(&c.from_place);
    assert_int_equal(store_copy(c.from, c.to, c.arena, write_once, &other, &fault), ERR_CONFLICT);
    assert_null(other);
    assert_non_null(strstr(fault.text, "written to while it was copied"));
    assert_int_equal(store_check_schema(c.to, NULL), ERR_INPUT);
    close_both(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_copy_holds_every_row_in_both_directions),
        cmocka_unit_test(a_copy_that_is_cut_off_goes_on_where_it_was),
        cmocka_unit_test(a_destination_in_use_is_left_alone),
        cmocka_unit_test(a_source_that_changed_in_between_is_found),
        cmocka_unit_test(a_source_that_is_written_to_meanwhile_is_found),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Blocks by month, where the database has partitions: nothing is lost on the way there, any month can
 * be stored, a question about an hour reads one month, and old months go whole. */
#include "registry/store/store_partitions.h"

#include "registry/store/migrations.h"
#include "registry/store/sql_driver.h"
#include "registry/store/store_blocks.h"
#include "shared/when.h"
#include "tests/conformance/scratch.h"

static struct sql *db;
static int64_t now_ms;

static int setup(void **state)
{
    (void)state;
    db = scratch_open("sqlite::memory:");
    now_ms = 1790000000000; /* September 2026 */
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    sql_close(db);
    return 0;
}

static bool has_partitions(void)
{
    return sql_partitions(db) != NULL;
}

static int64_t number(const char *text)
{
    struct sql_rows *rows = sql_query(db, text, SQL_NO_VALUES);
    struct fault fault = {.code = ERR_OK};
    int64_t found = sql_next(rows) ? sql_column_int(rows, 0) : -1;

    if (sql_done(rows, &fault) != ERR_OK)
        fail_msg("%s", fault.text);
    return found;
}

static void put(const char *unit, int64_t hour)
{
    const struct store_block block = {.unit = unit,
                                      .hour = hour,
                                      .journal_no = 1,
                                      .row_count = 1,
                                      .bytes = (const uint8_t *)"123",
                                      .len = 3};
    struct fault fault = {.code = ERR_OK};

    assert_int_equal(sql_begin(db, SQL_WRITE_SHARED, NULL), ERR_OK);
    assert_int_equal(store_block_insert(db, &block, NULL), ERR_OK);
    if (sql_commit(db, &fault) != ERR_OK)
        fail_msg("%s", fault.text);
}

static void make(void)
{
    struct fault fault = {.code = ERR_OK};

    assert_int_equal(sql_begin(db, SQL_WRITE_SHARED, NULL), ERR_OK);
    if (store_partitions_make(db, now_ms, &fault) != ERR_OK)
        fail_msg("%s", fault.text);
    assert_int_equal(sql_commit(db, NULL), ERR_OK);
}

static bool drop(int64_t before_ms, struct store_removed *removed)
{
    struct fault fault = {.code = ERR_OK};
    int64_t from_ms = 0;
    bool dropped = false;

    assert_int_equal(sql_begin(db, SQL_WRITE_SHARED, NULL), ERR_OK);
    assert_int_equal(store_kept_advance(db, STORE_KEPT_SAMPLES, before_ms, &from_ms, NULL), ERR_OK);
    if (store_partition_drop(db, before_ms, removed, &dropped, &fault) != ERR_OK)
        fail_msg("%s", fault.text);
    assert_int_equal(sql_commit(db, NULL), ERR_OK);
    return dropped;
}

static int64_t hour_of(const char *text)
{
    int64_t instant_ms = 0;

    assert_true(when_instant_parse(text, &instant_ms));
    return when_hour_of(instant_ms);
}

/* The steps up to the one that partitions, as an older registry left them. */
static size_t migrate_before(void)
{
    size_t i = 0;

    for (; strstr(migrations[i].name, "partitions") == NULL; i++)
        assert_int_equal(sql_run(db, migrations[i].sql, NULL), ERR_OK);
    return i;
}

static void what_was_stored_before_is_there_after_the_migration(void **state)
{
    struct scratch scratch;
    struct fault fault = {.code = ERR_OK};
    char text[8192];
    size_t step = 0;

    (void)state;
    if (!has_partitions())
        skip();
    sql_close(db);
    scratch_create_at(&scratch, scratch_postgres());
    assert_int_equal(sql_open(scratch.url, &db, NULL), ERR_OK);
    step = migrate_before();
    put("bus-1", hour_of("2019-03-01T00:00:00Z"));
    put("bus-1", hour_of("2026-01-01T00:00:00Z"));
    put("bus-1", hour_of("2180-01-01T00:00:00Z"));
    snprintf(text, sizeof text, "%s", migrations[step].sql);
    if (sql_run(db, text, &fault) != ERR_OK)
        fail_msg("%s", fault.text);
    assert_int_equal(number("SELECT COUNT(*) FROM block"), 3);
    assert_int_equal(number("SELECT COUNT(*) FROM block_before"), 2);
    assert_int_equal(number("SELECT COUNT(*) FROM block_rest"), 1);
    put("bus-2", hour_of("2019-03-01T00:00:00Z"));
    assert_int_equal(number("SELECT COUNT(*) FROM block_before"), 3);
}

static void a_block_of_any_month_is_stored_and_found(void **state)
{
    static const char *const months[] = {"1900-01-02T00:00:00Z", "2026-09-21T00:00:00Z",
                                         "2026-12-31T23:00:00Z", "2199-12-01T00:00:00Z"};
    struct arena *arena = arena_create();

    (void)state;
    make();
    for (size_t i = 0; i < sizeof months / sizeof months[0]; i++) {
        struct store_block *blocks = NULL;
        size_t count = 0;

        put("bus-1", hour_of(months[i]));
        assert_int_equal(
            store_blocks_load(db, arena, "bus-1", hour_of(months[i]), &blocks, &count, NULL),
            ERR_OK);
        assert_int_equal(count, 1);
    }
    arena_destroy(arena);
}

static void months_are_made_ahead_and_take_what_was_stored_of_them(void **state)
{
    (void)state;
    put("bus-1", hour_of("2031-02-01T00:00:00Z"));
    now_ms = hour_of("2031-01-31T16:00:00Z") * WHEN_HOUR_MS; /* February in China */
    make();
    make();
    put("bus-1", hour_of("2031-04-30T15:00:00Z"));
    put("bus-1", hour_of("2031-04-30T16:00:00Z"));
    assert_int_equal(number("SELECT COUNT(*) FROM block"), 3);
    if (!has_partitions())
        return;
    assert_int_equal(number("SELECT COUNT(*) FROM block_2031_02"), 1);
    assert_int_equal(number("SELECT COUNT(*) FROM block_2031_03"), 0);
    assert_int_equal(number("SELECT COUNT(*) FROM block_2031_04"), 1);
    assert_int_equal(number("SELECT COUNT(*) FROM block_rest"), 1);
}

/* How many partitions the plan of a question about one hour reads. */
static void a_question_about_an_hour_reads_one_month(void **state)
{
    struct sql_rows *rows = NULL;
    int found = 0;

    (void)state;
    if (!has_partitions())
        skip();
    now_ms = hour_of("2031-01-15T00:00:00Z") * WHEN_HOUR_MS;
    make();
    rows =
        sql_query(db, "EXPLAIN SELECT bytes FROM block WHERE unit_id = 'bus-1' AND hour = 535400",
                  SQL_NO_VALUES);
    while (sql_next(rows))
        found += strstr(sql_column_text(rows, 0), " on block") != NULL;
    assert_int_equal(sql_done(rows, NULL), ERR_OK);
    assert_int_equal(found, 1);
}

static void old_months_are_dropped_whole_and_counted(void **state)
{
    struct store_removed removed;
    int64_t february = hour_of("2031-01-31T16:00:00Z") * WHEN_HOUR_MS;

    (void)state;
    now_ms = february - WHEN_DAY_MS;
    make();
    put("bus-1", february / WHEN_HOUR_MS - 1);
    put("bus-1", february / WHEN_HOUR_MS);
    if (!has_partitions()) {
        assert_false(drop(february, &removed));
        return;
    }
    assert_true(drop(february - 1, &removed)); /* what was before the months */
    assert_int_equal(removed.rows, 0);
    assert_false(drop(february - 1, &removed));
    assert_true(drop(february, &removed));
    assert_int_equal(removed.rows, 1);
    assert_int_equal(removed.bytes, 3);
    assert_false(drop(february, &removed));
    assert_int_equal(number("SELECT COUNT(*) FROM block"), 1);
    assert_int_equal(number("SELECT removed_rows FROM retention WHERE kind = 'samples'"), 1);
}

/* The ingest never waits long for a month that is being made or dropped, and none is made twice. */
static void whoever_holds_the_table_is_not_waited_for(void **state)
{
    struct scratch scratch;
    struct sql *other = NULL;
    struct fault fault = {.code = ERR_OK};

    (void)state;
    if (!has_partitions())
        skip();
    sql_close(db);
    scratch_create_at(&scratch, scratch_postgres());
    assert_int_equal(sql_open(scratch.url, &db, NULL), ERR_OK);
    scratch_migrate(db);
    assert_int_equal(sql_open(scratch.url, &other, NULL), ERR_OK);
    assert_int_equal(sql_begin(other, SQL_WRITE_SHARED, NULL), ERR_OK);
    assert_int_equal(sql_exec(other, "DELETE FROM block", SQL_NO_VALUES, NULL, NULL), ERR_OK);
    now_ms = hour_of("2031-01-15T00:00:00Z") * WHEN_HOUR_MS;
    assert_int_equal(sql_begin(db, SQL_WRITE_SHARED, NULL), ERR_OK);
    assert_int_equal(store_partitions_make(db, now_ms, &fault), ERR_BUSY);
    sql_rollback(db);
    sql_close(other);
    make();
    assert_int_equal(number("SELECT COUNT(*) FROM block_2031_01"), 0);
}

#define PARTITIONS_TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        PARTITIONS_TEST(what_was_stored_before_is_there_after_the_migration),
        PARTITIONS_TEST(a_block_of_any_month_is_stored_and_found),
        PARTITIONS_TEST(months_are_made_ahead_and_take_what_was_stored_of_them),
        PARTITIONS_TEST(a_question_about_an_hour_reads_one_month),
        PARTITIONS_TEST(old_months_are_dropped_whole_and_counted),
        PARTITIONS_TEST(whoever_holds_the_table_is_not_waited_for),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

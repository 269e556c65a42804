#include "registry/ingest/ingest.h"

#include "registry/store/store_journals.h"
#include "shared/when.h"
#include "tests/conformance/scratch.h"
#include "tests/unit/rollup/delivery.h"

#define BEGIN (480000 * WHEN_HOUR_MS)

static int setup(void **state)
{
    *state = scratch_open("sqlite::memory:");
    return 0;
}

static int teardown(void **state)
{
    sql_close(*state);
    return 0;
}

static int64_t number(struct sql *db, const char *text)
{
    struct sql_rows *rows = sql_query(db, text, SQL_NO_VALUES);
    int64_t found = sql_next(rows) ? sql_column_int(rows, 0) : -1;

    assert_int_equal(sql_done(rows, NULL), ERR_OK);
    return found;
}

struct range {
    uint64_t lost_from, first, next;
};

/* A batch of messages with a sample each, over `range` of the journal. */
static enum err send(struct sql *db, const char *gateway, uint8_t journal, struct range range,
                     struct ingest_result *result)
{
    uint8_t id[BATCH_JOURNAL_ID_BYTES];
    struct batch_builder *builder = NULL;
    struct arena *arena = arena_create();
    struct batch batch;
    const uint8_t *bytes = NULL;
    size_t len = 0;
    enum err err = ERR_OK;

    memset(id, journal, sizeof id);
    builder = batch_builder_create(gateway, id);
    batch_builder_begin(builder, range.lost_from, range.first);
    for (uint64_t i = range.first; i < range.next; i++) {
        struct sample sample = {.at_ms = BEGIN + (int64_t)i * 1000};
        sample_set(&sample, SIGNAL_SPEED, 5);
        batch_builder_add_samples(builder, "bus-1", FORMAT_SENML_JSON, i, BEGIN, &sample, 1);
    }
    assert_int_equal(batch_builder_finish(builder, range.next, &bytes, &len, NULL), ERR_OK);
    assert_int_equal(batch_decode(bytes, len, arena, &batch, NULL), ERR_OK);
    err = ingest_batch(db, &clock_system, 0, &batch, result, NULL);
    batch_builder_destroy(builder);
    arena_destroy(arena);
    return err;
}

static void the_same_batch_twice_is_stored_once(void **state)
{
    struct ingest_result result;

    assert_int_equal(send(*state, "gw", 1, (struct range){0, 0, 10}, &result), ERR_OK);
    assert_true(result.stored && result.next == 10);
    assert_int_equal(send(*state, "gw", 1, (struct range){0, 0, 10}, &result), ERR_OK);
    assert_true(!result.stored && result.next == 10);
    assert_int_equal(number(*state, "SELECT SUM(row_count) FROM arrival"), 10);
    delivery_sort(*state);
    assert_int_equal(number(*state, "SELECT COUNT(*) FROM arrival"), 0);
    assert_int_equal(number(*state, "SELECT SUM(row_count) FROM block"), 10);
    assert_int_equal(number(*state, "SELECT rows_received FROM journal"), 10);
    assert_int_equal(number(*state, "SELECT rows_new FROM rollup_queue"), 10);
}

static void a_part_of_what_is_there_is_there_already(void **state)
{
    struct ingest_result result;

    assert_int_equal(send(*state, "gw", 1, (struct range){0, 0, 10}, &result), ERR_OK);
    assert_int_equal(send(*state, "gw", 1, (struct range){3, 3, 7}, &result), ERR_OK);
    assert_true(!result.stored && result.next == 10);
}

static void a_gap_and_an_overlap_are_told_where_to_go_on(void **state)
{
    const struct range unfit[] = {{12, 12, 15}, {5, 5, 15}, {0, 0, 15}};
    struct ingest_result result;

    assert_int_equal(send(*state, "gw", 1, (struct range){0, 0, 10}, &result), ERR_OK);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(send(*state, "gw", 1, unfit[i], &result), ERR_CONFLICT);
        assert_true(!result.stored && result.next == 10);
    }
    assert_int_equal(send(*state, "gw", 1, (struct range){10, 10, 15}, &result), ERR_OK);
    assert_true(result.stored && result.next == 15);
    delivery_sort(*state);
    assert_int_equal(number(*state, "SELECT SUM(row_count) FROM block"), 15);
}

static void an_unknown_journal_begins_at_its_first_position(void **state)
{
    struct ingest_result result;

    assert_int_equal(send(*state, "gw", 1, (struct range){5, 5, 10}, &result), ERR_CONFLICT);
    assert_true(result.next == 0);
    assert_int_equal(number(*state, "SELECT COUNT(*) FROM journal"), 0);
}

static void what_is_lost_is_counted_when_it_begins_where_the_cursor_stands(void **state)
{
    struct ingest_result result;

    assert_int_equal(send(*state, "gw", 1, (struct range){0, 4, 10}, &result), ERR_OK);
    assert_true(result.stored);
    assert_int_equal(number(*state, "SELECT lost FROM journal"), 4);
    assert_int_equal(number(*state, "SELECT messages FROM journal"), 6);
    assert_int_equal(send(*state, "gw", 1, (struct range){9, 12, 14}, &result), ERR_CONFLICT);
    assert_int_equal(send(*state, "gw", 1, (struct range){11, 12, 14}, &result), ERR_CONFLICT);
    assert_int_equal(send(*state, "gw", 1, (struct range){10, 12, 12}, &result), ERR_OK);
    assert_true(result.next == 12);
    assert_int_equal(number(*state, "SELECT lost FROM journal"), 6);
}

static void an_empty_batch_moves_nothing(void **state)
{
    struct ingest_result result;

    assert_int_equal(send(*state, "gw", 1, (struct range){0, 0, 0}, &result), ERR_OK);
    assert_true(result.next == 0);
    assert_int_equal(send(*state, "gw", 1, (struct range){0, 0, 3}, &result), ERR_OK);
    assert_true(result.stored && result.next == 3);
}

static void journals_and_gateways_do_not_touch_each_other(void **state)
{
    struct store_journal *journals = NULL;
    struct ingest_result result;
    struct arena *arena = arena_create();
    size_t count = 0;

    assert_int_equal(send(*state, "gw-b", 1, (struct range){0, 0, 3}, &result), ERR_OK);
    assert_int_equal(send(*state, "gw-b", 2, (struct range){0, 0, 4}, &result), ERR_OK);
    assert_int_equal(send(*state, "gw-a", 1, (struct range){0, 0, 5}, &result), ERR_OK);
    assert_int_equal(store_journals_list(*state, arena, &journals, &count, NULL), ERR_OK);
    assert_int_equal(count, 3);
    assert_string_equal(journals[0].gateway, "gw-a");
    assert_int_equal(journals[0].next, 5);
    assert_int_equal(journals[1].next, 3);
    assert_int_equal(journals[2].next, 4);
    delivery_sort(*state);
    assert_int_equal(number(*state, "SELECT COUNT(DISTINCT journal_no) FROM block"), 3);
    arena_destroy(arena);
}

/* ERR_FULL is no fault of the batch: the gateway keeps what it has. */
static void a_gateway_with_too_many_journals_gets_no_other(void **state)
{
    static const char JOURNALS[] =
        "INSERT INTO journal (journal_no, gateway, journal_id, next_position, messages, "
        "rows_received, rejects, damaged, lost, first_ms, last_ms) "
        "VALUES ($1, 'gw-a', $2, 0, 0, 0, 0, 0, 0, 0, 0)";
    struct ingest_result result;

    assert_int_equal(send(*state, "gw-a", 1, (struct range){0, 0, 3}, &result), ERR_OK);
    for (int i = 2; i < INGEST_JOURNALS_MAX; i++) {
        const uint8_t id[BATCH_JOURNAL_ID_BYTES] = {0, (uint8_t)(i >> 8), (uint8_t)i};
        assert_int_equal(sql_exec(*state, JOURNALS,
                                  SQL_VALUES(sql_int(i), sql_bytes(id, sizeof id)), NULL, NULL),
                         ERR_OK);
    }
    assert_int_equal(send(*state, "gw-a", 2, (struct range){0, 0, 3}, &result), ERR_OK);
    assert_int_equal(send(*state, "gw-a", 3, (struct range){0, 0, 3}, &result), ERR_FULL);
    assert_int_equal(send(*state, "gw-a", 1, (struct range){3, 3, 6}, &result), ERR_OK);
    assert_int_equal(send(*state, "gw-b", 3, (struct range){0, 0, 3}, &result), ERR_OK);
}

static void damaged_positions_are_counted_and_are_no_messages(void **state)
{
    struct ingest_result result;
    const uint8_t id[BATCH_JOURNAL_ID_BYTES] = {9};
    struct batch batch = {.gateway = "gw", .first = 0, .next = 5, .damaged = 2};

    memcpy(batch.journal_id, id, sizeof id);
    assert_int_equal(ingest_batch(*state, &clock_system, 0, &batch, &result, NULL), ERR_OK);
    assert_int_equal(number(*state, "SELECT damaged FROM journal"), 2);
    assert_int_equal(number(*state, "SELECT messages FROM journal"), 3);
}

static void a_position_rejected_twice_is_refused_for_good(void **state)
{
    struct batch_reject rejects[2] = {
        {.position = 1, .unit = "bus-1", .reason = "x", .detail = "y"},
        {.position = 1, .unit = "bus-1", .reason = "x", .detail = "y"},
    };
    struct batch batch = {.gateway = "gw", .next = 5, .rejects = rejects, .reject_count = 2};
    struct ingest_result result;

    assert_int_equal(ingest_batch(*state, &clock_system, 0, &batch, &result, NULL), ERR_INPUT);
    assert_int_equal(number(*state, "SELECT COUNT(*) FROM journal"), 0);
}

/* Many blocks go in together; an hour that has several of them is queued once. They say nothing that
 * can be read, so they stay as they came. */
static void blocks_of_one_hour_in_any_order_queue_it_once(void **state)
{
    struct batch_block blocks[21];
    struct batch batch = {.gateway = "gw", .next = 21, .blocks = blocks, .block_count = 21};
    struct ingest_result result;

    for (int i = 0; i < 21; i++)
        blocks[i] = (struct batch_block){.unit = "bus-1",
                                         .hour = 480000 - i % 10,
                                         .rows = (uint32_t)i,
                                         .bytes = (const uint8_t *)"x",
                                         .len = 1};
    assert_int_equal(ingest_batch(*state, &clock_system, 0, &batch, &result, NULL), ERR_OK);
    delivery_sort(*state);
    assert_int_equal(number(*state, "SELECT COUNT(*) FROM block"), 21);
    assert_int_equal(number(*state, "SELECT COUNT(*) FROM rollup_queue"), 10);
    assert_int_equal(number(*state, "SELECT SUM(rows_new) FROM rollup_queue"), 210);
    assert_int_equal(number(*state, "SELECT rows_new FROM rollup_queue WHERE hour = 480000"), 30);
}

/* Three batches of one journal and one of another, all of one hour. */
static void batches_that_wait_together_become_one_block_an_hour_and_journal(void **state)
{
    struct ingest_result result;

    for (uint64_t at = 0; at < 12; at += 4)
        assert_int_equal(send(*state, "gw", 1, (struct range){at, at, at + 4}, &result), ERR_OK);
    assert_int_equal(send(*state, "gw", 2, (struct range){0, 0, 4}, &result), ERR_OK);
    delivery_sort(*state);
    assert_int_equal(number(*state, "SELECT COUNT(*) FROM block"), 2);
    assert_int_equal(number(*state, "SELECT MAX(row_count) FROM block"), 12);
    assert_int_equal(number(*state, "SELECT rows_new FROM rollup_queue"), 16);
    assert_int_equal(number(*state, "SELECT MIN(first_position) FROM block"), 0);
}

static void what_arrived_later_than_asked_for_waits(void **state)
{
    struct ingest_result result;
    int64_t now_ms = clock_wall_ms(&clock_system);
    size_t did = 0;

    assert_int_equal(send(*state, "gw", 1, (struct range){0, 0, 4}, &result), ERR_OK);
    assert_int_equal(sorting_step(*state, now_ms - 1000, now_ms + 60000, &did, NULL), ERR_OK);
    assert_int_equal(did, 0);
    assert_int_equal(sorting_step(*state, now_ms - 120000, now_ms - 60000, &did, NULL), ERR_OK);
    assert_int_equal(did, 1); /* it came before the clock was set back */
}

static void a_batch_that_is_damaged_in_the_database_is_put_aside(void **state)
{
    struct ingest_result result;

    for (uint64_t at = 0; at < 12; at += 4)
        assert_int_equal(send(*state, "gw", 1, (struct range){at, at, at + 4}, &result), ERR_OK);
    assert_int_equal(sql_exec(*state, "UPDATE arrival SET bytes = $1 WHERE first_position = 4",
                              SQL_VALUES(sql_bytes("\1\5bus", 5)), NULL, NULL),
                     ERR_OK);
    assert_int_equal(sql_exec(*state, "UPDATE arrival SET bytes = $1 WHERE first_position = 8",
                              SQL_VALUES(sql_bytes("\2", 1)), NULL, NULL),
                     ERR_OK);
    delivery_sort(*state);
    assert_int_equal(number(*state, "SELECT COUNT(*) FROM arrival"), 0);
    assert_int_equal(number(*state, "SELECT SUM(row_count) FROM block"), 4);
    assert_int_equal(number(*state, "SELECT COUNT(*) FROM arrival_damaged"), 2);
    assert_int_equal(number(*state, "SELECT SUM(row_count) FROM arrival_damaged"), 8);
    assert_int_equal(number(*state, "SELECT SUM(LENGTH(bytes)) FROM arrival_damaged"), 6);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(blocks_of_one_hour_in_any_order_queue_it_once),
        TEST(batches_that_wait_together_become_one_block_an_hour_and_journal),
        TEST(what_arrived_later_than_asked_for_waits),
        TEST(a_batch_that_is_damaged_in_the_database_is_put_aside),
        TEST(the_same_batch_twice_is_stored_once),
        TEST(a_part_of_what_is_there_is_there_already),
        TEST(a_gap_and_an_overlap_are_told_where_to_go_on),
        TEST(an_unknown_journal_begins_at_its_first_position),
        TEST(what_is_lost_is_counted_when_it_begins_where_the_cursor_stands),
        TEST(an_empty_batch_moves_nothing),
        TEST(journals_and_gateways_do_not_touch_each_other),
        TEST(a_gateway_with_too_many_journals_gets_no_other),
        TEST(damaged_positions_are_counted_and_are_no_messages),
        TEST(a_position_rejected_twice_is_refused_for_good),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* A delivery and its rollup with every call to the database failing in turn: after each failure
 * nothing is half stored, and once it succeeds everything is there exactly once. */
#include "registry/ingest/ingest.h"
#include "registry/ingest/sorting.h"
#include "registry/rollup/balance.h"
#include "registry/rollup/rollup.h"
#include "registry/store/sql_failing.h"
#include "registry/store/store_queue.h"
#include "tests/conformance/database.h"

#define HOUR   480000
#define ROWS   30
#define UNITS  3
#define BEGIN  (HOUR * WHEN_HOUR_MS)
#define EVENTS (ROWS * UNITS + 1) /* and a reject */

#include "shared/when.h"

static const uint8_t JOURNAL[BATCH_JOURNAL_ID_BYTES] = "a journal's id.";

/* What travels beside samples: a login, a number, a raw payload. */
static void add_beside(struct batch_builder *builder)
{
    struct batch_event event = {.position = 1,
                                .unit = "unit-1",
                                .received_ms = BEGIN,
                                .at_ms = BEGIN,
                                .kind = CODEC_EVENT_LOGIN,
                                .text = "898600"};
    const struct batch_evidence evidence = {.position = 1,
                                            .unit = "unit-1",
                                            .format = FORMAT_GBT32960,
                                            .received_ms = BEGIN,
                                            .payload = (const uint8_t *)"##",
                                            .payload_len = 2};

    batch_builder_add_event(builder, &event);
    batch_builder_add_event(builder, &event);
    event.kind = CODEC_EVENT_VIN;
    strcpy(event.text, "LGHEXAMPLE0000001");
    batch_builder_add_event(builder, &event);
    batch_builder_add_evidence(builder, &evidence);
}

/* Samples of three units over two hours, and one payload that nobody could read. */
static void build(struct batch_builder *builder)
{
    static const uint8_t payload[] = {'{', 0, 0xFF};
    struct batch_reject reject = {.position = EVENTS - 1,
                                  .unit = "unit-0",
                                  .format = FORMAT_SENML_JSON,
                                  .received_ms = BEGIN,
                                  .reason = "json-syntax",
                                  .detail = "expected a value",
                                  .at_byte = 1,
                                  .payload = payload,
                                  .payload_len = sizeof payload};

    batch_builder_begin(builder, 0, 0);
    for (uint64_t i = 0; i < ROWS * UNITS; i++) {
        struct sample sample = {.at_ms = BEGIN + (int64_t)(i / UNITS) * 180000};
        char unit[16];
        snprintf(unit, sizeof unit, "unit-%llu", (unsigned long long)(i % UNITS));
        sample_set(&sample, SIGNAL_ODO, (int64_t)(i / UNITS) * 1000);
        batch_builder_add_samples(builder, unit, FORMAT_SENML_JSON, i, sample.at_ms + 100, &sample,
                                  1);
    }
    batch_builder_add_reject(builder, &reject);
    add_beside(builder);
}

struct delivery {
    struct arena *arena;
    struct batch batch;
};

static struct delivery deliver(void)
{
    struct batch_builder *builder = batch_builder_create("gateway-1", JOURNAL);
    struct delivery delivery = {.arena = arena_create()};
    const uint8_t *bytes = NULL;
    size_t len = 0;

    build(builder);
    assert_int_equal(batch_builder_finish(builder, EVENTS, &bytes, &len, NULL), ERR_OK);
    assert_int_equal(batch_decode(bytes, len, delivery.arena, &delivery.batch, NULL), ERR_OK);
    batch_builder_destroy(builder);
    return delivery;
}

static void assert_nothing_stored(struct sql *db)
{
    assert_int_equal(database_number(db, "SELECT COUNT(*) FROM journal"), 0);
    assert_int_equal(database_number(db, "SELECT COUNT(*) FROM arrival"), 0);
    assert_int_equal(database_number(db, "SELECT COUNT(*) FROM reject"), 0);
    assert_int_equal(database_number(db, "SELECT COUNT(*) FROM unit_event"), 0);
    assert_int_equal(database_number(db, "SELECT COUNT(*) FROM unit_vin"), 0);
    assert_int_equal(database_number(db, "SELECT COUNT(*) FROM evidence"), 0);
    assert_int_equal(database_number(db, "SELECT COUNT(*) FROM unit_evidence"), 0);
    assert_int_equal(database_number(db, "SELECT COUNT(*) FROM reject_count"), 0);
}

static void assert_stored_once(struct sql *db)
{
    assert_int_equal(database_number(db, "SELECT next_position FROM journal"), EVENTS);
    assert_int_equal(database_number(db, "SELECT messages FROM journal"), EVENTS);
    assert_int_equal(database_number(db, "SELECT rows_received FROM journal"), ROWS * UNITS);
    assert_int_equal(database_number(db, "SELECT rejects FROM journal"), 1);
    assert_int_equal(database_number(db, "SELECT COUNT(*) FROM reject"), 1);
    assert_int_equal(database_number(db, "SELECT SUM(row_count) FROM arrival"), ROWS * UNITS);
    assert_int_equal(database_number(db, "SELECT SUM(hours) FROM arrival"), UNITS * 2);
    assert_int_equal(database_number(db, "SELECT COUNT(*) FROM unit_event WHERE kind = 2"), 2);
    assert_int_equal(database_number(db, "SELECT SUM(payloads) FROM unit_vin"), 1);
    assert_int_equal(database_number(db, "SELECT COUNT(*) FROM evidence"), 1);
    assert_int_equal(database_number(db, "SELECT SUM(bytes) FROM unit_evidence"), 2);
    assert_int_equal(database_number(db, "SELECT SUM(payloads) FROM reject_count"), 1);
}

/* No call fails any more; says whether one did. */
static bool disarm(struct sql *db)
{
    bool fired = sql_failing_fired(db);

    sql_failing_arm(db, (struct sql_failure){.nth = 0});
    return fired;
}

/* Delivers with the nth call failing, as a gateway that sends again until it has an answer. Returns
 * false when nothing failed any more. */
static bool deliver_failing(struct sql *db, const struct batch *batch, struct sql_failure failure)
{
    struct clock_fake clock;
    struct ingest_result result;
    enum err err = ERR_OK;
    bool failed = false;

    clock_fake_init(&clock, BEGIN);
    sql_failing_arm(db, failure);
    err = ingest_batch(db, &clock.clock, 0, batch, &result, NULL);
    failed = disarm(db);
    assert_true(failed || err == ERR_OK);
    assert_true(err != ERR_INPUT && err != ERR_CONFLICT);
    if (err != ERR_OK && failure.error != ERR_UNKNOWN_OUTCOME)
        assert_nothing_stored(db);
    err = ingest_batch(db, &clock.clock, 0, batch, &result, NULL);
    assert_int_equal(err, ERR_OK);
    assert_int_equal(result.next, EVENTS);
    assert_stored_once(db);
    return failed;
}

static void clear(struct sql *db)
{
    database_exec(db, "DELETE FROM journal");
    database_exec(db, "DELETE FROM arrival");
    database_exec(db, "DELETE FROM block");
    database_exec(db, "DELETE FROM reject");
    database_exec(db, "DELETE FROM reject_count");
    database_exec(db, "DELETE FROM unit_event");
    database_exec(db, "DELETE FROM unit_vin");
    database_exec(db, "DELETE FROM evidence");
    database_exec(db, "DELETE FROM unit_evidence");
    database_exec(db, "DELETE FROM rollup_queue");
    database_exec(db, "DELETE FROM unit_hour");
    database_exec(db, "DELETE FROM unit_total");
}

static void a_delivery_that_fails_anywhere_is_stored_once_after_the_retry(void **state)
{
    static const enum err errors[] = {ERR_BUSY, ERR_FULL,  ERR_IO,
                                      ERR_PEER, ERR_INPUT, ERR_CONFLICT};
    struct database *database = *state;
    struct sql *db = database->db = sql_open_failing(database->db);
    struct delivery delivery = deliver();
    unsigned nth = 1;

    for (;; nth++) {
        struct sql_failure failure = {SQL_CALL_ANY, nth, errors[nth % 6], false};
        clear(db);
        if (!deliver_failing(db, &delivery.batch, failure))
            break;
    }
    assert_true(nth > 10);
    arena_destroy(delivery.arena);
}

static void a_commit_whose_answer_is_lost_is_not_stored_twice(void **state)
{
    struct database *database = *state;
    struct sql *db = database->db = sql_open_failing(database->db);
    struct delivery delivery = deliver();

    for (int done = 0; done <= 1; done++) {
        struct sql_failure failure = {SQL_CALL_COMMIT, 1, ERR_UNKNOWN_OUTCOME, done != 0};
        clear(db);
        assert_true(deliver_failing(db, &delivery.batch, failure));
    }
    arena_destroy(delivery.arena);
}

static void an_unknown_outcome_is_settled_within_the_deadline(void **state)
{
    struct database *database = *state;
    struct sql *db = database->db = sql_open_failing(database->db);
    struct delivery delivery = deliver();

    for (int done = 0; done <= 1; done++) {
        struct ingest_result result;
        clear(db);
        sql_failing_arm(db,
                        (struct sql_failure){SQL_CALL_COMMIT, 1, ERR_UNKNOWN_OUTCOME, done != 0});
        assert_int_equal(ingest_batch(db, &clock_system, clock_mono_ms(&clock_system) + 10000,
                                      &delivery.batch, &result, NULL),
                         ERR_OK);
        assert_true(result.stored);
        assert_stored_once(db);
    }
    arena_destroy(delivery.arena);
}

/* What the rollup made, as one number that any difference changes. */
static int64_t fingerprint(struct sql *db)
{
    return database_number(db, "SELECT SUM(hour * 7 + rows_received * 3 + rows_unique + "
                               "distance_m * 11 + covered_ms + gap_ms * 5) FROM unit_hour");
}

static void a_rollup_that_fails_anywhere_gives_the_same_hours_in_the_end(void **state)
{
    struct database *database = *state;
    struct sql *db = database->db = sql_open_failing(database->db);
    struct delivery delivery = deliver();
    int64_t expected = 0;
    bool failed = true;

    for (unsigned nth = 0; failed; nth++) {
        struct ingest_result result;
        struct balance balance;
        size_t did = 0;
        clear(db);
        assert_int_equal(ingest_batch(db, &clock_system, 0, &delivery.batch, &result, NULL),
                         ERR_OK);
        sql_failing_arm(db, (struct sql_failure){SQL_CALL_ANY, nth, ERR_IO, nth % 2 == 0});
        do {
            enum err err = rollup_step(db, &clock_system, 100, &did, NULL);
            assert_true(err == ERR_OK || sql_failing_fired(db));
            if (err != ERR_OK)
                did = 1;
        } while (did > 0);
        failed = disarm(db) || nth == 0;
        if (nth == 0)
            expected = fingerprint(db);
        assert_true(fingerprint(db) == expected);
        assert_int_equal(balance_read(db, &balance, NULL), ERR_OK);
        assert_true(balance_holds(&balance));
        assert_int_equal(balance.rows_unique, ROWS * UNITS);
    }
    arena_destroy(delivery.arena);
}

static void roll_all(struct sql *db)
{
    size_t did = 1;

    while (did > 0)
        assert_int_equal(rollup_step(db, &clock_system, 100, &did, NULL), ERR_OK);
}

/* The hour's row of the queue is its lock: a block that comes while the hour is being rolled up is
 * neither forgotten nor taken in half. The second gateway says the same as the first. */
static void what_comes_for_an_hour_that_is_being_rolled_up_waits_for_it(void **state)
{
    const struct database *database = *state;
    struct sql *db = database->db, *other = NULL;
    struct delivery delivery = deliver();
    struct ingest_result result;
    struct balance balance;
    bool taken = false;
    int64_t rows = 0;
    size_t did = 0;

    assert_int_equal(ingest_batch(db, &clock_system, 0, &delivery.batch, &result, NULL), ERR_OK);
    assert_int_equal(sorting_step(db, INT64_MAX, INT64_MAX, &did, NULL), ERR_OK);
    strcpy(delivery.batch.gateway, "gateway-2");
    assert_int_equal(ingest_batch(db, &clock_system, 0, &delivery.batch, &result, NULL), ERR_OK);
    if (!database->alone) {
        other = database_connect(database);
        assert_int_equal(sql_begin(other, SQL_WRITE_SHARED, NULL), ERR_OK);
        assert_int_equal(
            store_queue_take(other, "unit-1", BEGIN / WHEN_HOUR_MS, &taken, &rows, NULL), ERR_OK);
        assert_true(taken && rows > 0);
        assert_int_equal(sorting_step(db, INT64_MAX, INT64_MAX, &did, NULL), ERR_BUSY);
        assert_int_equal(database_number(db, "SELECT COUNT(*) FROM arrival"), 1);
        sql_close(other); /* as one that was killed */
    }
    roll_all(db);
    assert_int_equal(balance_read(db, &balance, NULL), ERR_OK);
    assert_true(balance_holds(&balance));
    assert_int_equal(balance.rows_rolled, 2 * ROWS * UNITS);
    assert_int_equal(balance.rows_unique, ROWS * UNITS);
    arena_destroy(delivery.arena);
}

/* Where the database lets two write. What is done for all hours at once waits for all shares. */
static void a_share_that_another_rolls_up_is_left_to_it_and_the_rest_goes_on(void **state)
{
    const struct database *database = *state;
    struct sql *db = database->db, *other = database->alone ? NULL : database_connect(database);
    struct delivery delivery = deliver();
    struct ingest_result result;
    bool taken = false;
    size_t did = 1;
    enum err err = ERR_OK;

    assert_int_not_equal(store_queue_share("unit-0"), store_queue_share("unit-1"));
    assert_int_equal(ingest_batch(db, &clock_system, 0, &delivery.batch, &result, NULL), ERR_OK);
    assert_int_equal(sorting_step(db, INT64_MAX, INT64_MAX, &did, NULL), ERR_OK);
    if (other != NULL) {
        assert_int_equal(sql_begin(other, SQL_WRITE_SHARED, NULL), ERR_OK);
        assert_int_equal(store_queue_lock(other, store_queue_share("unit-0"), &taken, NULL),
                         ERR_OK);
        assert_true(taken);
        while (err == ERR_OK && did > 0)
            err = rollup_step(db, &clock_system, 100, &did, NULL);
        assert_true(err == ERR_OK || err == ERR_BUSY);
    }
    if (other != NULL && err == ERR_OK) {
        assert_int_equal(
            database_number(db, "SELECT COUNT(*) FROM unit_hour WHERE unit_id = 'unit-0'"), 0);
        assert_int_equal(
            database_number(db, "SELECT COUNT(*) FROM unit_hour WHERE unit_id = 'unit-1'"), 2);
        assert_int_equal(sql_begin(db, SQL_WRITE_SHARED, NULL), ERR_OK);
        assert_int_equal(store_queue_lock_all(db, &taken, NULL), ERR_OK);
        assert_false(taken);
        sql_rollback(db);
    }
    sql_close(other); /* as one that was killed: its share is taken over */
    roll_all(db);
    assert_int_equal(database_number(db, "SELECT COUNT(*) FROM unit_hour"), UNITS * 2);
    arena_destroy(delivery.arena);
}

int main(int argc, char **argv)
{
    struct CMUnitTest tests[] = {
        DATABASE_TEST_MIGRATED(a_delivery_that_fails_anywhere_is_stored_once_after_the_retry),
        DATABASE_TEST_MIGRATED(a_commit_whose_answer_is_lost_is_not_stored_twice),
        DATABASE_TEST_MIGRATED(an_unknown_outcome_is_settled_within_the_deadline),
        DATABASE_TEST_MIGRATED(a_rollup_that_fails_anywhere_gives_the_same_hours_in_the_end),
        DATABASE_TEST_MIGRATED(a_share_that_another_rolls_up_is_left_to_it_and_the_rest_goes_on),
        DATABASE_TEST_MIGRATED(what_comes_for_an_hour_that_is_being_rolled_up_waits_for_it),
    };

    return DATABASE_RUN(tests, argc, argv);
}

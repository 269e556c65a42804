/* The hours of a unit depend on the set of its samples, and on nothing else. */
#include "registry/rollup/rollup.h"

#include <stdio.h>
#include <stdlib.h>

#include "registry/ingest/sorting.h"
#include "registry/rollup/balance.h"
#include "registry/rollup/hour_rows.h"
#include "registry/store/sql_failing.h"
#include "shared/when.h"
#include "tests/conformance/scratch.h"
#include "tests/unit/rollup/delivery.h"

#define HOUR    480000
#define BEGIN   (HOUR * WHEN_HOUR_MS)
#define SAMPLES 240
#define UNITS   2
#define ROUNDS  40

static const char *const units[UNITS] = {"bus-1", "taxi-2"};

/* ---- chance, from a seed ---- */

static uint32_t dice(uint64_t *seed, uint32_t sides)
{
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(*seed >> 33) % sides;
}

/* ---- a drive ---- */

struct message {
    const char *unit;
    struct sample sample;
};

/* About five hours with a pause in them; odometer, position and battery come and go. */
static size_t drive(uint64_t seed, struct message *messages)
{
    int64_t at = BEGIN, odo = 50000000;

    for (size_t i = 0; i < SAMPLES; i++) {
        struct message *m = &messages[i];
        at += 1000 * (10 + dice(&seed, 120)) + (i == SAMPLES / 2 ? 2 * WHEN_HOUR_MS : 0);
        odo += dice(&seed, 800);
        *m = (struct message){.unit = units[i % UNITS], .sample.at_ms = at};
        if (dice(&seed, 4) != 0)
            sample_set(&m->sample, SIGNAL_ODO, odo);
        if (dice(&seed, 3) != 0)
            sample_set(&m->sample, SIGNAL_SPEED, dice(&seed, 60000));
        sample_set(&m->sample, SIGNAL_LAT, 350000000 + (int64_t)i * 4000);
        sample_set(&m->sample, SIGNAL_LON, 1126000000);
        sample_set(&m->sample, SIGNAL_BATT_V, 380000 + dice(&seed, 20000));
        sample_set(&m->sample, SIGNAL_BATT_A, (int64_t)dice(&seed, 200000) - 50000);
    }
    return SAMPLES;
}

static void shuffle(uint64_t *seed, struct message *messages, size_t count)
{
    for (size_t i = count; i > 1; i--) {
        size_t j = dice(seed, (uint32_t)i);
        struct message swap = messages[i - 1];
        messages[i - 1] = messages[j];
        messages[j] = swap;
    }
}

/* ---- the database ---- */

static struct sql *open_database(void)
{
    return scratch_open("sqlite::memory:");
}

static void roll(struct sql *db)
{
    struct fault fault = {.code = ERR_OK};
    size_t did = 1;

    for (int steps = 0; did > 0; steps++) {
        assert_true(steps < 10000); /* it ends */
        if (rollup_step(db, &clock_system, 7, &did, &fault) != ERR_OK)
            fail_msg("%s", fault.text);
    }
}

/* All figures that do not count duplicates, as text. */
static char *hours_of(struct sql *db, struct arena *arena)
{
    static const char TEXT[] =
        "SELECT unit_id, hour, rows_unique, distance_m, electric_m, engine_ms, operating_ms, "
        "covered_ms, discharged_mwh, charged_mwh, fuel_ul, gaps, gap_ms, anomalies, rpm_max, "
        "clock_ahead_ms, first_ms, last_ms FROM unit_hour ORDER BY unit_id, hour";
    struct sql_rows *rows = sql_query(db, TEXT, SQL_NO_VALUES);
    char *all = arena_text(arena, "");

    while (sql_next(rows)) {
        all = arena_format(arena, "%s\n%s", all, sql_column_text(rows, 0));
        for (int column = 1; column < 18; column++)
            all = arena_format(arena, "%s %lld", all, (long long)sql_column_int(rows, column));
    }
    assert_int_equal(sql_done(rows, NULL), ERR_OK);
    return all;
}

static void assert_balanced(struct sql *db, int64_t sent, int64_t unique)
{
    struct balance b;

    assert_int_equal(balance_read(db, &b, NULL), ERR_OK);
    assert_true(balance_holds(&b));
    assert_int_equal(b.hours_waiting, 0);
    assert_int_equal(b.messages, sent);
    assert_int_equal(b.rows_received, sent);
    assert_int_equal(b.rows_unique, unique);
    assert_int_equal(b.duplicates, sent - unique);
}

/* The drive in order, in one batch. */
static char *plain(const struct message *messages, size_t count, struct arena *arena)
{
    struct sql *db = open_database();
    struct delivery delivery;
    char *hours = NULL;

    delivery_open(&delivery, "gateway-1", 1);
    for (size_t i = 0; i < count; i++)
        delivery_add(&delivery, messages[i].unit, &messages[i].sample);
    delivery_send(&delivery, db);
    roll(db);
    assert_balanced(db, (int64_t)count, (int64_t)count);
    hours = hours_of(db, arena);
    delivery_close(&delivery);
    sql_close(db);
    return hours;
}

/* Shuffled, some twice or more, over batches of two gateways, rolled up now and then. */
static char *scrambled(struct sql *db, uint64_t *seed, struct message *messages, size_t count,
                       struct arena *arena)
{
    struct delivery deliveries[2];
    int64_t sent = 0;

    delivery_open(&deliveries[0], "gateway-1", 1);
    delivery_open(&deliveries[1], "gateway-2", 2);
    shuffle(seed, messages, count);
    for (size_t i = 0; i < count; i++) {
        for (uint32_t copies = 1 + (dice(seed, 5) == 0) * dice(seed, 3); copies > 0; copies--) {
            delivery_add(&deliveries[dice(seed, 2)], messages[i].unit, &messages[i].sample);
            sent++;
        }
        if (dice(seed, 12) == 0)
            delivery_send(&deliveries[dice(seed, 2)], db);
        if (dice(seed, 25) == 0)
            roll(db);
    }
    for (int d = 0; d < 2; d++) {
        delivery_send(&deliveries[d], db);
        delivery_close(&deliveries[d]);
    }
    roll(db);
    assert_balanced(db, sent, (int64_t)count);
    return hours_of(db, arena);
}

static void order_repetition_and_grouping_make_no_difference(void **state)
{
    (void)state;
    for (uint64_t round = 1; round <= ROUNDS; round++) {
        struct arena *arena = arena_create();
        struct message messages[SAMPLES];
        size_t count = drive(round, messages);
        char *expected = plain(messages, count, arena);
        struct sql *db = open_database();
        uint64_t seed = round;
        char *found = scrambled(db, &seed, messages, count, arena);

        if (strcmp(expected, found) != 0)
            fail_msg("seed %llu: expected%s\nfound%s", (unsigned long long)round, expected, found);
        sql_close(db);
        arena_destroy(arena);
    }
}

/* Every call fails once, sooner or later; the work goes on after each failure. */
static void roll_failing(struct sql *db, uint64_t *seed)
{
    size_t did = 1;

    while (did > 0) {
        enum err err = ERR_OK;
        sql_failing_arm(db, (struct sql_failure){SQL_CALL_ANY, 1 + dice(seed, 240),
                                                 ERR_UNKNOWN_OUTCOME, dice(seed, 2) == 0});
        err = rollup_step(db, &clock_system, 5, &did, NULL);
        assert_true(err == ERR_OK || sql_failing_fired(db));
        if (err != ERR_OK)
            did = 1;
    }
    sql_failing_arm(db, (struct sql_failure){.nth = 0});
}

static void being_cut_off_again_and_again_makes_no_difference(void **state)
{
    (void)state;
    for (uint64_t round = 1; round <= ROUNDS / 4; round++) {
        struct arena *arena = arena_create();
        struct message messages[SAMPLES];
        size_t count = drive(round, messages);
        char *expected = plain(messages, count, arena), *found = NULL;
        struct sql *db = sql_open_failing(open_database());
        struct delivery delivery;
        uint64_t seed = round;

        delivery_open(&delivery, "gateway-1", 1);
        shuffle(&seed, messages, count);
        for (size_t i = 0; i < count; i++) {
            delivery_add(&delivery, messages[i].unit, &messages[i].sample);
            if (i % 20 == 19) {
                delivery_send(&delivery, db);
                roll_failing(db, &seed);
            }
        }
        found = hours_of(db, arena);
        if (strcmp(expected, found) != 0)
            fail_msg("seed %llu: expected%s\nfound%s", (unsigned long long)round, expected, found);
        assert_balanced(db, (int64_t)count, (int64_t)count);
        delivery_close(&delivery);
        sql_close(db);
        arena_destroy(arena);
    }
}

/* ---- merging ---- */

static int64_t number(struct sql *db, const char *text)
{
    struct sql_rows *rows = sql_query(db, text, SQL_NO_VALUES);
    int64_t found = sql_next(rows) ? sql_column_int(rows, 0) : -1;

    assert_int_equal(sql_done(rows, NULL), ERR_OK);
    return found;
}

static void send_one(struct delivery *delivery, struct sql *db, int64_t at_ms)
{
    struct sample sample = {.at_ms = at_ms};

    sample_set(&sample, SIGNAL_SPEED, at_ms % 1000);
    delivery_add(delivery, "bus-1", &sample);
    delivery_send(delivery, db);
    roll(db);
}

static void blocks_of_an_hour_are_merged_and_keep_whose_they_are(void **state)
{
    struct sql *db = open_database();
    struct delivery a, b;
    struct hour_rows loaded;
    struct arena *arena = arena_create();
    (void)state;

    delivery_open(&a, "gateway-1", 1);
    delivery_open(&b, "gateway-2", 2);
    for (int64_t i = 0; i < ROLLUP_MERGE_BLOCKS / 2; i++) {
        send_one(&a, db, BEGIN + i * 2000);
        send_one(&b, db, BEGIN + i * 2000 + 1000);
    }
    assert_int_equal(number(db, "SELECT COUNT(*) FROM block"), 1);
    assert_int_equal(number(db, "SELECT MAX(journal_no) FROM block"), 0);
    assert_int_equal(hour_rows_load(db, arena, "bus-1", HOUR, &loaded, NULL), ERR_OK);
    assert_int_equal(loaded.rows.count, ROLLUP_MERGE_BLOCKS);
    for (size_t i = 0; i < loaded.rows.count; i++) {
        assert_int_equal(loaded.rows.rows[i].source, i % 2 + 1);
        assert_int_equal(loaded.rows.rows[i].position, i / 2);
    }
    delivery_close(&a);
    delivery_close(&b);
    arena_destroy(arena);
    sql_close(db);
}

static void an_hour_that_is_over_is_left_in_one_block(void **state)
{
    struct sql *db = open_database();
    struct delivery delivery;
    (void)state;

    delivery_open(&delivery, "gateway-1", 1);
    for (int64_t i = 0; i < 3; i++)
        send_one(&delivery, db, BEGIN + i * 1000);
    assert_int_equal(number(db, "SELECT COUNT(*) FROM block"), 3);
    send_one(&delivery, db, BEGIN + WHEN_HOUR_MS);
    assert_int_equal(number(db, "SELECT COUNT(*) FROM block"), 2);
    send_one(&delivery, db, BEGIN + 500); /* late */
    assert_int_equal(number(db, "SELECT COUNT(*) FROM block"), 2);
    assert_balanced(db, 5, 5);
    delivery_close(&delivery);
    sql_close(db);
}

static void an_hour_larger_than_a_block_is_kept_in_parts(void **state)
{
    struct sql *db = open_database();
    struct delivery delivery;
    struct arena *arena = arena_create();
    struct hour_rows loaded;
    const int64_t rows = BLOCK_ROWS_MAX + 1000;
    (void)state;

    delivery_open(&delivery, "gateway-1", 1);
    for (int64_t i = 0; i < rows; i++) {
        struct sample sample = {.at_ms = BEGIN + i * 50};
        sample_set(&sample, SIGNAL_SPEED, i % 7);
        delivery_add(&delivery, "bus-1", &sample);
    }
    delivery_send(&delivery, db);
    send_one(&delivery, db, BEGIN + WHEN_HOUR_MS);
    send_one(&delivery, db, BEGIN);
    assert_int_equal(number(db, "SELECT COUNT(*) FROM block WHERE journal_no = 0"), 2);
    assert_int_equal(hour_rows_load(db, arena, "bus-1", HOUR, &loaded, NULL), ERR_OK);
    assert_int_equal(loaded.rows.count, rows);
    assert_balanced(db, rows + 2, rows + 1);
    delivery_close(&delivery);
    arena_destroy(arena);
    sql_close(db);
}

/* The count is what is looked at before anything is loaded. */
static void swell(struct sql *db)
{
    assert_int_equal(sql_exec(db, "UPDATE block SET row_count = 262145", SQL_NO_VALUES, NULL, NULL),
                     ERR_OK);
}

static void an_hour_with_too_many_samples_keeps_what_was_settled(void **state)
{
    struct sql *db = open_database();
    struct delivery delivery;
    struct arena *arena = arena_create();
    struct hour_rows loaded;
    char *settled = NULL;
    (void)state;

    delivery_open(&delivery, "gateway-1", 1);
    send_one(&delivery, db, BEGIN);
    send_one(&delivery, db, BEGIN + 1000);
    settled = hours_of(db, arena);
    swell(db);
    send_one(&delivery, db, BEGIN + 2000);
    assert_string_equal(hours_of(db, arena), settled);
    assert_int_equal(hour_rows_load(db, arena, "bus-1", HOUR, &loaded, NULL), ERR_OK);
    assert_true(loaded.too_many);
    assert_int_equal(loaded.rows.count, 0);
    assert_balanced(db, 3, 2);
    send_one(&delivery, db, BEGIN + WHEN_HOUR_MS); /* goes on */
    assert_balanced(db, 4, 3);
    assert_int_equal(number(db, "SELECT COUNT(*) FROM block"), 4);
    delivery_close(&delivery);
    arena_destroy(arena);
    sql_close(db);
}

static void an_hour_that_has_too_many_samples_at_once_counts_them_as_received(void **state)
{
    struct sql *db = open_database();
    struct delivery delivery;
    struct sample sample = {.at_ms = BEGIN};
    (void)state;

    delivery_open(&delivery, "gateway-1", 1);
    sample_set(&sample, SIGNAL_SPEED, 1);
    delivery_add(&delivery, "bus-1", &sample);
    delivery_send(&delivery, db);
    delivery_sort(db);
    swell(db);
    roll(db);
    assert_balanced(db, 1, 0);
    delivery_close(&delivery);
    sql_close(db);
}

static void a_time_far_ahead_does_not_make_each_batch_a_merge(void **state)
{
    struct sql *db = open_database();
    struct delivery delivery;
    (void)state;

    delivery_open(&delivery, "gateway-1", 1);
    send_one(&delivery, db, BLOCK_INSTANT_MAX_MS - 1000);
    for (int64_t i = 0; i < 3; i++)
        send_one(&delivery, db, BEGIN + i * 1000);
    assert_int_equal(number(db, "SELECT COUNT(*) FROM block"), 4);
    assert_balanced(db, 4, 4);
    delivery_close(&delivery);
    sql_close(db);
}

static void a_block_that_cannot_be_read_does_not_stop_the_others(void **state)
{
    struct sql *db = open_database();
    struct delivery delivery;
    (void)state;

    delivery_open(&delivery, "gateway-1", 1);
    for (int64_t i = 0; i < 3; i++) {
        struct sample sample = {.at_ms = BEGIN + i * WHEN_HOUR_MS};
        sample_set(&sample, SIGNAL_SPEED, 1);
        delivery_add(&delivery, "bus-1", &sample);
    }
    delivery_send(&delivery, db);
    delivery_sort(db);
    assert_int_equal(sql_exec(db, "UPDATE block SET bytes = $1 WHERE hour = $2",
                              SQL_VALUES(sql_bytes("\xFF\xFF", 2), sql_int(HOUR + 1)), NULL, NULL),
                     ERR_OK);
    roll(db);
    assert_int_equal(number(db, "SELECT COUNT(*) FROM unit_hour"), 3);
    assert_int_equal(number(db, "SELECT SUM(rows_unique) FROM unit_hour"), 2);
    assert_int_equal(number(db, "SELECT gap_ms FROM unit_hour WHERE gaps = 1"), 2 * WHEN_HOUR_MS);
    delivery_close(&delivery);
    sql_close(db);
}

/* One step over all that waits. */
static struct rollup_did step(struct sql *db)
{
    const struct rollup_run run = {.db = db, .clock = &clock_system, .sites = site_index_create()};
    struct rollup_did did = {0};

    assert_int_equal(rollup_step_settled(&run, 100, &did, NULL), ERR_OK);
    site_index_destroy(run.sites);
    return did;
}

static void an_hour_counts_as_settled_again_when_more_came_for_it(void **state)
{
    const struct sample first = {.at_ms = BEGIN}, second = {.at_ms = BEGIN + 60000},
                        earlier = {.at_ms = BEGIN - 60000};
    struct sql *db = open_database();
    struct delivery delivery;
    struct rollup_did did;
    size_t sorted = 0;
    (void)state;

    delivery_open(&delivery, "gateway-1", 1);
    delivery_add(&delivery, "bus-1", &first);
    delivery_send(&delivery, db);
    assert_int_equal(sorting_step(db, INT64_MAX, INT64_MAX, &sorted, NULL), ERR_OK);
    did = step(db);
    assert_int_equal(did.hours, 1);
    assert_int_equal(did.again, 0);
    delivery_add(&delivery, "bus-1", &second);
    delivery_add(&delivery, "bus-1", &earlier); /* another hour, and the next begins with its end */
    delivery_send(&delivery, db);
    assert_int_equal(sorting_step(db, INT64_MAX, INT64_MAX, &sorted, NULL), ERR_OK);
    did = step(db);
    assert_int_equal(did.hours, 2);
    assert_int_equal(did.again, 1);
    delivery_close(&delivery);
    sql_close(db);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(order_repetition_and_grouping_make_no_difference),
        cmocka_unit_test(being_cut_off_again_and_again_makes_no_difference),
        cmocka_unit_test(blocks_of_an_hour_are_merged_and_keep_whose_they_are),
        cmocka_unit_test(an_hour_that_is_over_is_left_in_one_block),
        cmocka_unit_test(an_hour_larger_than_a_block_is_kept_in_parts),
        cmocka_unit_test(an_hour_with_too_many_samples_keeps_what_was_settled),
        cmocka_unit_test(an_hour_that_has_too_many_samples_at_once_counts_them_as_received),
        cmocka_unit_test(a_time_far_ahead_does_not_make_each_batch_a_merge),
        cmocka_unit_test(a_block_that_cannot_be_read_does_not_stop_the_others),
        cmocka_unit_test(an_hour_counts_as_settled_again_when_more_came_for_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

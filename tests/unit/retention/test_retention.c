/* Raw data that is too old goes; what was made of it stays, whatever comes later. */
#include "registry/retention/retention.h"

#include <stdlib.h>

#include "registry/findings/facts.h"
#include "registry/rollup/balance.h"
#include "registry/rollup/rollup.h"
#include "registry/store/sql_failing.h"
#include "registry/store/store_blocks.h"
#include "registry/store/store_events.h"
#include "registry/store/store_evidence.h"
#include "registry/store/store_queue.h"
#include "registry/store/store_rejects.h"
#include "shared/when.h"
#include "tests/conformance/scratch.h"
#include "tests/unit/rollup/delivery.h"

#define KEEP    200
#define OLD_MS  (210 * WHEN_DAY_MS)
#define SAMPLES 50

static struct sql *db;
static struct arena *arena;
static int64_t now_ms, old_ms, new_ms;

static int setup(void **state)
{
    (void)state;
    db = scratch_open("sqlite::memory:");
    arena = arena_create();
    now_ms = clock_wall_ms(&clock_system);
    old_ms = (now_ms - OLD_MS) / WHEN_HOUR_MS * WHEN_HOUR_MS;
    new_ms = (now_ms - WHEN_DAY_MS) / WHEN_HOUR_MS * WHEN_HOUR_MS;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    sql_close(db);
    arena_destroy(arena);
    return 0;
}

static int64_t number(const char *text)
{
    struct sql_rows *rows = sql_query(db, text, SQL_NO_VALUES);
    int64_t found = sql_next(rows) ? sql_column_int(rows, 0) : -1;

    assert_int_equal(sql_done(rows, NULL), ERR_OK);
    return found;
}

static char *hours(void)
{
    struct sql_rows *rows =
        sql_query(db,
                  "SELECT unit_id, hour, rows_unique, distance_m, first_ms, last_ms FROM unit_hour "
                  "ORDER BY unit_id, hour",
                  SQL_NO_VALUES);
    char *all = arena_text(arena, "");

    while (sql_next(rows)) {
        all = arena_format(arena, "%s\n%s", all, sql_column_text(rows, 0));
        for (int i = 1; i < 6; i++)
            all = arena_format(arena, "%s %lld", all, (long long)sql_column_int(rows, i));
    }
    assert_int_equal(sql_done(rows, NULL), ERR_OK);
    return all;
}

static void roll(void)
{
    struct fault fault = {.code = ERR_OK};
    size_t did = 1;

    while (did > 0)
        if (rollup_step(db, &clock_system, 16, &did, &fault) != ERR_OK)
            fail_msg("%s", fault.text);
}

static void add_sample(struct delivery *delivery, const char *unit, int64_t at_ms, int64_t odo)
{
    struct sample sample = {.at_ms = at_ms};

    sample_set(&sample, SIGNAL_ODO, odo);
    sample_set(&sample, SIGNAL_SPEED, 40000);
    delivery_add(delivery, unit, &sample);
}

/* An hour of driving long ago and one of yesterday, settled. */
static void drive(struct delivery *delivery, unsigned units)
{
    for (unsigned u = 0; u < units; u++) {
        char unit[16];

        snprintf(unit, sizeof unit, "bus-%u", u);
        for (int64_t i = 0; i < SAMPLES; i++) {
            add_sample(delivery, unit, old_ms + i * 60000, 1000000 + i * 500);
            add_sample(delivery, unit, new_ms + i * 60000, 2000000 + i * 500);
        }
    }
    delivery_send(delivery, db);
    roll();
}

static struct retention *begin_at(const struct clock *clock, enum retention_asker asker)
{
    struct retention_days keep = {{KEEP, KEEP, KEEP, KEEP}};

    assert_int_equal(retention_days_settle(&keep, NULL), ERR_OK);
    return retention_create(&keep, clock, asker);
}

static struct retention *begin(void)
{
    return begin_at(&clock_system, RETENTION_ITSELF);
}

static struct retention_progress pass(struct retention *retention)
{
    struct retention_progress at;
    struct fault fault = {.code = ERR_OK};
    size_t did = 1;

    while (did > 0)
        if (retention_step(retention, db, &did, &at, &fault) != ERR_OK)
            fail_msg("%s", fault.text);
    retention_destroy(retention);
    return at;
}

static struct retention_progress remove_old(void)
{
    return pass(begin());
}

static void assert_balanced(void)
{
    struct balance b;

    assert_int_equal(balance_read(db, &b, NULL), ERR_OK);
    assert_true(balance_holds(&b));
    assert_int_equal(b.hours_waiting, 0);
}

static void old_samples_go_and_the_activity_made_of_them_stays(void **state)
{
    struct delivery delivery;
    struct store_kept kept[STORE_KEPT_COUNT];
    char *before = NULL;

    (void)state;
    delivery_open(&delivery, "gateway-1", 1);
    drive(&delivery, 3);
    before = hours();
    remove_old();
    assert_int_equal(number("SELECT COUNT(*) FROM block"), 3);
    assert_int_equal(number("SELECT MIN(hour) FROM block"), new_ms / WHEN_HOUR_MS);
    assert_string_equal(hours(), before);
    assert_balanced();
    assert_int_equal(store_kept_read(db, kept, NULL), ERR_OK);
    assert_int_equal(kept[STORE_KEPT_SAMPLES].rows, 3);
    assert_true(kept[STORE_KEPT_SAMPLES].bytes > 0);
    assert_true(kept[STORE_KEPT_SAMPLES].kept_from_ms > old_ms);
    assert_true(kept[STORE_KEPT_SAMPLES].kept_from_ms <= now_ms - KEEP * WHEN_DAY_MS);
    delivery_close(&delivery);
}

static void late_samples_of_a_removed_hour_are_refused_with_a_reason(void **state)
{
    struct delivery delivery;
    struct store_reject *rejects = NULL;
    struct store_reject_count *counts = NULL;
    size_t count = 0, reasons = 0;
    char *before = NULL;

    (void)state;
    delivery_open(&delivery, "gateway-1", 1);
    drive(&delivery, 1);
    remove_old();
    before = hours();
    add_sample(&delivery, "bus-0", old_ms + 1000, 1);
    add_sample(&delivery, "bus-0", old_ms + 2000, 2);
    add_sample(&delivery, "bus-0", new_ms + SAMPLES * 60000, 2000000 + SAMPLES * 500);
    delivery_send(&delivery, db);
    roll();
    assert_string_not_equal(hours(), before); /* yesterday's hour has one more */
    assert_int_equal(number("SELECT SUM(rows_unique) FROM unit_hour"), 2 * SAMPLES + 1);
    assert_int_equal(number("SELECT COUNT(*) FROM unit_hour"), 2);
    assert_int_equal(number("SELECT MIN(hour) FROM block"), new_ms / WHEN_HOUR_MS);
    assert_balanced();
    assert_int_equal(number("SELECT rejects FROM journal"), 2);
    assert_int_equal(
        store_rejects_list(db, arena, "bus-0", STORE_REJECTS_NEWEST, 10, &rejects, &count, NULL),
        ERR_OK);
    assert_int_equal(count, 1);
    assert_string_equal(rejects[0].reason, "past-retention");
    assert_int_equal(rejects[0].position, 2 * SAMPLES);
    assert_int_equal(store_reject_counts(db, arena, "bus-0", 10, &counts, &reasons, NULL), ERR_OK);
    assert_int_equal(counts[0].payloads, 2);
    delivery_close(&delivery);
}

/* A message of an old time that has a fault behind its samples. */
static void a_message_with_old_samples_and_a_fault_is_stored_with_both(void **state)
{
    struct delivery delivery;
    struct batch_reject fault = {
        .unit = "bus-0", .received_ms = old_ms + 1200, .reason = "trailing", .detail = ""};

    (void)state;
    delivery_open(&delivery, "gateway-1", 1);
    drive(&delivery, 1);
    remove_old();
    fault.position = delivery.next;
    add_sample(&delivery, "bus-0", old_ms + 1000, 1);
    batch_builder_add_reject(delivery.builder, &fault);
    delivery_send(&delivery, db);
    assert_int_equal(number("SELECT COUNT(*) FROM reject WHERE reason = 'trailing'"), 1);
    assert_int_equal(number("SELECT payloads FROM reject_count WHERE reason = 'trailing'"), 1);
    assert_int_equal(number("SELECT payloads FROM reject_count WHERE reason = 'past-retention'"),
                     1);
    assert_balanced();
    delivery_close(&delivery);
}

/* The old hour's samples are no longer kept. */
static void give_up_old_hour(void)
{
    assert_int_equal(sql_exec(db,
                              "INSERT INTO retention (kind, kept_from_ms, removed_rows, "
                              "removed_bytes) VALUES ('samples', $1, 0, 0)",
                              SQL_VALUES(sql_int(old_ms + WHEN_HOUR_MS)), NULL, NULL),
                     ERR_OK);
}

/* The clock is back at the day on which the hour was driven. */
static void a_clock_that_is_set_back_does_not_bring_a_removed_hour_back(void **state)
{
    struct delivery delivery, other;
    struct clock_fake clock;
    struct fault fault = {.code = ERR_OK};
    char *before = NULL;
    size_t did = 0;

    (void)state;
    delivery_open(&delivery, "gateway-1", 1);
    delivery_open(&other, "gateway-2", 2);
    drive(&delivery, 1);
    before = hours();
    add_sample(&other, "bus-0", old_ms + 1500, 3);
    delivery_send(&other, db);
    delivery_sort(db);
    give_up_old_hour();
    clock_fake_init(&clock, old_ms + WHEN_HOUR_MS);
    if (rollup_step(db, &clock.clock, 16, &did, &fault) != ERR_OK)
        fail_msg("%s", fault.text);
    assert_int_equal(did, 1);
    assert_string_equal(hours(), before);
    delivery_close(&other);
    delivery_close(&delivery);
}

static void a_clock_that_is_years_ahead_for_a_day_costs_a_month_at_most(void **state)
{
    struct delivery delivery;
    struct clock_fake ahead;
    struct store_kept before[STORE_KEPT_COUNT], after[STORE_KEPT_COUNT];

    (void)state;
    delivery_open(&delivery, "gateway-1", 1);
    drive(&delivery, 1);
    remove_old();
    assert_int_equal(store_kept_read(db, before, NULL), ERR_OK);
    clock_fake_init(&ahead, now_ms + 3000 * WHEN_DAY_MS);
    pass(begin_at(&ahead.clock, RETENTION_ITSELF));
    assert_int_equal(store_kept_read(db, after, NULL), ERR_OK);
    for (size_t i = 0; i < STORE_KEPT_COUNT; i++)
        assert_int_equal(after[i].kept_from_ms - before[i].kept_from_ms,
                         RETENTION_LEAP_DAYS * WHEN_DAY_MS);
    pass(begin_at(&ahead.clock, RETENTION_A_PERSON));
    assert_int_equal(store_kept_read(db, after, NULL), ERR_OK);
    assert_true(after[STORE_KEPT_SAMPLES].kept_from_ms > now_ms + 2700 * WHEN_DAY_MS);
    delivery_close(&delivery);
}

/* What two registries could do in the same moment: the block is there, its hour was given up. */
static void samples_that_slipped_in_do_not_shrink_a_settled_hour(void **state)
{
    struct delivery delivery, other;
    char *before = NULL;

    (void)state;
    delivery_open(&delivery, "gateway-1", 1);
    delivery_open(&other, "gateway-2", 2);
    drive(&delivery, 1);
    before = hours();
    add_sample(&other, "bus-0", old_ms + 1500, 3);
    delivery_send(&other, db);
    assert_int_equal(sql_begin(db, SQL_WRITE, NULL), ERR_OK);
    assert_int_equal(
        sql_exec(db, "DELETE FROM block WHERE journal_no = 1", SQL_NO_VALUES, NULL, NULL), ERR_OK);
    give_up_old_hour();
    assert_int_equal(sql_commit(db, NULL), ERR_OK);
    roll();
    assert_string_equal(hours(), before);
    assert_balanced();
    delivery_close(&other);
    delivery_close(&delivery);
}

/* After the samples are gone, whatever puts the hour into the queue again. */
static void an_hour_without_samples_is_not_settled_again(void **state)
{
    struct delivery delivery;
    char *before = NULL;

    (void)state;
    delivery_open(&delivery, "gateway-1", 1);
    drive(&delivery, 1);
    before = hours();
    remove_old();
    assert_int_equal(store_queue_put(db, "bus-0", old_ms / WHEN_HOUR_MS, 0, now_ms - 10000, NULL),
                     ERR_OK);
    roll();
    assert_string_equal(hours(), before);
    delivery_close(&delivery);
}

static void an_hour_that_waits_for_the_rollup_keeps_its_samples(void **state)
{
    struct delivery delivery;

    (void)state;
    delivery_open(&delivery, "gateway-1", 1);
    drive(&delivery, 1);
    add_sample(&delivery, "taxi-1", old_ms + 1000, 1);
    delivery_send(&delivery, db);
    for (int sorted = 0; sorted < 2; sorted++) { /* among the arrivals, and in the queue */
        remove_old();
        assert_int_equal(number("SELECT COUNT(*) FROM block WHERE unit_id = 'taxi-1'"), sorted);
        delivery_sort(db);
    }
    assert_int_equal(number("SELECT COUNT(*) FROM block WHERE unit_id = 'taxi-1'"), 1);
    roll();
    assert_int_equal(number("SELECT COUNT(*) FROM unit_hour WHERE unit_id = 'taxi-1'"), 1);
    remove_old();
    assert_int_equal(number("SELECT COUNT(*) FROM block WHERE unit_id = 'taxi-1'"), 0);
    assert_balanced();
    delivery_close(&delivery);
}

static void put_raw(int64_t position, int64_t at_ms)
{
    static const uint8_t payload[] = "payload";
    const struct store_evidence evidence = {.unit = "bus-0",
                                            .journal_no = 1,
                                            .position = position,
                                            .received_ms = at_ms,
                                            .payload = payload,
                                            .len = sizeof payload};
    const struct store_reject reject = {.unit = "bus-0",
                                        .received_ms = at_ms,
                                        .journal_no = 1,
                                        .position = position,
                                        .reason = "syntax",
                                        .detail = "",
                                        .payload = payload,
                                        .payload_len = sizeof payload};
    const struct store_event event = {.unit = "bus-0",
                                      .at_ms = at_ms,
                                      .journal_no = 1,
                                      .position = position,
                                      .received_ms = at_ms,
                                      .kind = 2,
                                      .text = ""};

    assert_int_equal(store_evidence_insert(db, &evidence, 1 << 30, NULL), ERR_OK);
    assert_int_equal(store_reject_insert(db, &reject, NULL), ERR_OK);
    assert_int_equal(store_event_insert(db, &event, NULL), ERR_OK);
}

/* More than a slice of each. */
static void raw_payloads_events_and_rejects_go_and_their_counts_stay(void **state)
{
    (void)state;
    assert_int_equal(sql_begin(db, SQL_WRITE, NULL), ERR_OK);
    for (int64_t i = 0; i < 1100; i++)
        put_raw(i, old_ms + i);
    put_raw(2000, new_ms);
    assert_int_equal(sql_commit(db, NULL), ERR_OK);
    remove_old();
    assert_int_equal(number("SELECT COUNT(*) FROM evidence"), 1);
    assert_int_equal(number("SELECT COUNT(*) FROM reject"), 1);
    assert_int_equal(number("SELECT COUNT(*) FROM unit_event"), 1);
    assert_int_equal(number("SELECT payloads FROM unit_evidence"), 1);
    assert_int_equal(number("SELECT bytes FROM unit_evidence"), 8);
    assert_int_equal(number("SELECT payloads FROM reject_count"), 1101);
    assert_int_equal(number("SELECT SUM(removed_rows) FROM retention"), 3300);
}

/* Fails each call in turn and begins anew, as after a kill. */
static void being_cut_off_anywhere_leaves_whole_slices_and_is_completed_later(void **state)
{
    struct delivery delivery;
    struct retention_progress at;
    char *before = NULL;

    (void)state;
    db = sql_open_failing(db);
    delivery_open(&delivery, "gateway-1", 1);
    drive(&delivery, 60);
    before = hours();
    for (unsigned nth = 1; nth < 200; nth += 5) {
        struct retention *retention = begin();
        size_t did = 1;

        sql_failing_arm(db, (struct sql_failure){SQL_CALL_ANY, nth, ERR_PEER, nth % 2 == 0});
        while (did > 0 && retention_step(retention, db, &did, &at, NULL) == ERR_OK)
            continue;
        retention_destroy(retention);
    }
    sql_failing_arm(db, (struct sql_failure){.nth = 0});
    remove_old();
    assert_int_equal(number("SELECT COUNT(*) FROM block"), 60);
    assert_int_equal(number("SELECT removed_rows FROM retention WHERE kind = 'samples'"), 60);
    assert_string_equal(hours(), before);
    assert_balanced();
    delivery_close(&delivery);
}

/* On PostgreSQL, where two can write at once. */
static void only_one_removes_at_a_time(void **state)
{
    struct scratch scratch;
    struct sql *other = NULL;
    bool taken = false;

    (void)state;
    if (scratch_postgres() == NULL)
        skip();
    scratch_create_at(&scratch, scratch_postgres());
    sql_close(db);
    assert_int_equal(sql_open(scratch.url, &db, NULL), ERR_OK);
    scratch_migrate(db);
    assert_int_equal(sql_open(scratch.url, &other, NULL), ERR_OK);
    assert_int_equal(sql_begin(other, SQL_WRITE_SHARED, NULL), ERR_OK);
    assert_int_equal(sql_try_lock(other, SQL_LOCK_RETENTION, &taken, NULL), ERR_OK);
    assert_true(remove_old().busy);
    sql_close(other);
    assert_false(remove_old().busy);
}

static void the_days_to_keep_have_limits(void **state)
{
    struct retention_days keep = {{0}};

    (void)state;
    assert_int_equal(retention_days_settle(&keep, NULL), ERR_OK);
    assert_int_equal(keep.days[STORE_KEPT_SAMPLES], 1100);
    keep.days[STORE_KEPT_SAMPLES] = 6;
    assert_int_equal(retention_days_settle(&keep, NULL), ERR_INPUT);
    keep.days[STORE_KEPT_SAMPLES] = 7;
    keep.days[STORE_KEPT_EVENTS] = FACTS_DAYS_MAX; /* an alarm of the first of them would be gone */
    assert_int_equal(retention_days_settle(&keep, NULL), ERR_INPUT);
    keep.days[STORE_KEPT_EVENTS]++;
    assert_int_equal(retention_days_settle(&keep, NULL), ERR_OK);
    keep.days[STORE_KEPT_SAMPLES] = RETENTION_DAYS_MAX + 1;
    assert_int_equal(retention_days_settle(&keep, NULL), ERR_INPUT);
}

#define RETENTION_TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        RETENTION_TEST(old_samples_go_and_the_activity_made_of_them_stays),
        RETENTION_TEST(late_samples_of_a_removed_hour_are_refused_with_a_reason),
        RETENTION_TEST(a_message_with_old_samples_and_a_fault_is_stored_with_both),
        RETENTION_TEST(a_clock_that_is_set_back_does_not_bring_a_removed_hour_back),
        RETENTION_TEST(a_clock_that_is_years_ahead_for_a_day_costs_a_month_at_most),
        RETENTION_TEST(samples_that_slipped_in_do_not_shrink_a_settled_hour),
        RETENTION_TEST(an_hour_without_samples_is_not_settled_again),
        RETENTION_TEST(an_hour_that_waits_for_the_rollup_keeps_its_samples),
        RETENTION_TEST(raw_payloads_events_and_rejects_go_and_their_counts_stay),
        RETENTION_TEST(being_cut_off_anywhere_leaves_whole_slices_and_is_completed_later),
        RETENTION_TEST(only_one_removes_at_a_time),
        RETENTION_TEST(the_days_to_keep_have_limits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

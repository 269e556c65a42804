#include "registry/rollup/rollup_thread.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "registry/rollup/balance.h"
#include "shared/when.h"
#include "tests/conformance/scratch.h"
#include "tests/unit/rollup/delivery.h"

#define DEADLINE_MS 10000

struct place {
    char dir[64];
    char url[512];
};

static struct place make_place(void)
{
    struct place place = {.dir = "/tmp/evroll-rollup-XXXXXX"};
    char sqlite[128];

    assert_non_null(mkdtemp(place.dir));
    snprintf(sqlite, sizeof sqlite, "sqlite:%s/test.db", place.dir);
    scratch_url(place.url, sizeof place.url, sqlite);
    return place;
}

static void remove_place(const struct place *place)
{
    static const char *const suffixes[] = {"", "-wal", "-shm"};

    for (size_t i = 0; i < 3; i++) {
        char path[128];
        snprintf(path, sizeof path, "%s/test.db%s", place->dir, suffixes[i]);
        (void)unlink(path);
    }
    assert_int_equal(rmdir(place->dir), 0);
}

/* Waits until the rollup has nothing left and has seen `rows`, of them `unique`. */
static bool rolled(struct sql *db, int64_t rows, int64_t unique)
{
    const struct timespec pause = {.tv_nsec = 5000000};
    int64_t until = clock_mono_ms(&clock_system) + DEADLINE_MS;

    while (clock_mono_ms(&clock_system) < until) {
        struct balance b;
        assert_int_equal(balance_read(db, &b, NULL), ERR_OK);
        /* Nodes of a cluster are not all read at one moment. */
        assert_true(balance_holds(&b) || scratch_distributed());
        if (b.rows_rolled == rows && b.hours_waiting == 0)
            return b.rows_unique == unique && balance_holds(&b);
        nanosleep(&pause, NULL);
    }
    return false;
}

static void what_is_delivered_is_rolled_up_in_the_background(void **state)
{
    struct place place = make_place();
    struct rollup_thread *thread = NULL;
    struct delivery delivery;
    struct sql *db = NULL;
    (void)state;

    assert_int_equal(sql_open(place.url, &db, NULL), ERR_OK);
    scratch_migrate(db);
    assert_int_equal(rollup_thread_start(place.url, &clock_system, &thread, NULL), ERR_OK);
    delivery_open(&delivery, "gateway-1", 1);
    for (int64_t i = 0; i < 20; i++) {
        struct sample sample = {.at_ms = 480000 * WHEN_HOUR_MS + i * 600000};
        sample_set(&sample, SIGNAL_SPEED, i);
        delivery_add(&delivery, "bus-1", &sample);
        delivery_send(&delivery, db);
        rollup_thread_wake(thread);
    }
    assert_true(rolled(db, 20, 20));
    rollup_thread_stop(thread);
    delivery_close(&delivery);
    sql_close(db);
    remove_place(&place);
}

/* As two registries on one database do: both sort and roll up, while a gateway delivers. */
static void two_share_the_rollup_and_count_everything_once(void **state)
{
    struct place place = make_place();
    struct rollup_thread *threads[2] = {NULL, NULL};
    struct delivery delivery;
    struct sql *db = NULL;
    (void)state;

    assert_int_equal(sql_open(place.url, &db, NULL), ERR_OK);
    assert_int_equal(store_migrate(db, NULL, NULL), ERR_OK);
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(rollup_thread_start(place.url, &clock_system, &threads[i], NULL), ERR_OK);
    delivery_open(&delivery, "gateway-1", 1);
    for (int64_t i = 0; i < 400; i++) {
        struct sample sample = {.at_ms = 480000 * WHEN_HOUR_MS + i / 40 * 600000};
        char unit[16];
        snprintf(unit, sizeof unit, "bus-%d", (int)(i % 20));
        sample_set(&sample, SIGNAL_SPEED, i / 40); /* each twice */
        delivery_add(&delivery, unit, &sample);
        if (i % 50 == 49)
            delivery_send(&delivery, db);
        rollup_thread_wake(threads[i % 2]);
    }
    assert_true(rolled(db, 400, 200));
    for (size_t i = 0; i < 2; i++)
        rollup_thread_stop(threads[i]);
    delivery_close(&delivery);
    sql_close(db);
    remove_place(&place);
}

static void a_database_that_cannot_be_opened_is_said_at_the_start(void **state)
{
    struct rollup_thread *thread = NULL;
    struct fault fault = {.code = ERR_OK};
    (void)state;

    assert_int_not_equal(
        rollup_thread_start("sqlite:/nowhere/at/all.db", &clock_system, &thread, &fault), ERR_OK);
    assert_non_null(strstr(fault.text, "/nowhere/at/all.db"));
    rollup_thread_stop(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_delivered_is_rolled_up_in_the_background),
        cmocka_unit_test(two_share_the_rollup_and_count_everything_once),
        cmocka_unit_test(a_database_that_cannot_be_opened_is_said_at_the_start),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

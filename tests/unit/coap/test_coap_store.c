#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "gateway/coap/store.h"
#include "gateway/journal/journal_internal.h"
#include "tests/unit/journal/failing_os.h"

struct world {
    char dir[64];
    struct store *store;
};

static int set_up(void **state)
{
    struct world *w = calloc(1, sizeof *w);
    char top[] = "/tmp/evroll-coap-store-XXXXXX";

    assert_non_null(w);
    assert_non_null(mkdtemp(top));
    snprintf(w->dir, sizeof w->dir, "%s/journal", top);
    assert_int_equal(store_open(&(struct journal_options){.dir = w->dir, .budget_bytes = 4 << 20},
                                &w->store, NULL),
                     ERR_OK);
    *state = w;
    return 0;
}

static int tear_down(void **state)
{
    struct world *w = *state;
    char command[96] = "";

    store_close(w->store);
    snprintf(command, sizeof command, "rm -rf $(dirname %s)", w->dir);
    assert_int_equal(system(command), 0); /* NOLINT(concurrency-mt-unsafe) */
    free(w);
    return 0;
}

static enum err append(struct world *w, uint64_t *position)
{
    const struct journal_entry entry = {.unit = "bus-1",
                                        .format = FORMAT_SENML_JSON,
                                        .payload = (const uint8_t *)"[]",
                                        .payload_len = 2};

    return store_append(w->store, &entry, position);
}

static enum err sync_with(const char *dir, const struct journal_os *os)
{
    struct journal_syncer *syncer = NULL;
    uint64_t synced = 0;
    enum err err = journal_syncer_open_os(dir, os, &syncer, NULL);

    assert_int_equal(err, ERR_OK);
    err = journal_sync(syncer, &synced, NULL);
    journal_syncer_close(syncer);
    return err;
}

static void an_entry_is_synced_when_the_journal_says_so_and_not_before(void **state)
{
    struct world *w = *state;
    uint64_t position = 0, synced = 0;

    assert_int_equal(append(w, &position), ERR_OK);
    assert_true(store_synced(w->store, &synced));
    assert_true(synced <= position);
    assert_int_equal(sync_with(w->dir, &journal_os_system), ERR_OK);
    assert_true(store_synced(w->store, &synced));
    assert_true(synced > position);
}

/* A page cache that lost a write once is not trusted: what was appended before is not acknowledged
 * by a later sync that succeeds. */
static void after_a_failed_sync_nothing_counts_until_the_journal_is_open_anew(void **state)
{
    struct world *w = *state;
    struct failing_os failing = failing_os_make(CALL_FDATASYNC | CALL_FSYNC, 1, EIO);
    uint64_t position = 0, synced = 0;

    assert_int_equal(append(w, &position), ERR_OK);
    assert_int_equal(sync_with(w->dir, &failing.os), ERR_IO);
    assert_false(store_synced(w->store, &synced));
    assert_int_equal(synced, 0);
    assert_int_equal(append(w, &position), ERR_IO);
    assert_false(store_synced(w->store, &synced));
    store_tick(w->store);
    assert_int_equal(append(w, &position), ERR_OK);
    assert_true(store_synced(w->store, &synced));
    assert_int_equal(synced, 0);
    assert_int_equal(sync_with(w->dir, &journal_os_system), ERR_OK);
    assert_true(store_synced(w->store, &synced));
    assert_true(synced > position);
}

static void fail_a_sync(struct world *w)
{
    struct failing_os failing = failing_os_make(CALL_FDATASYNC | CALL_FSYNC, 1, EIO);
    uint64_t position = 0;

    assert_int_equal(append(w, &position), ERR_OK);
    assert_int_equal(sync_with(w->dir, &failing.os), ERR_IO);
    assert_int_equal(sync_with(w->dir, &journal_os_system), ERR_IO);
}

/* Under process-crash nothing is held, so nobody asks how far it is synced, and the uplink sends only what is. */
static void after_a_failed_sync_the_journal_is_open_anew_though_nobody_waits(void **state)
{
    struct world *w = *state;
    uint64_t position = 0;

    fail_a_sync(w);
    store_tick(w->store);
    store_tick(w->store);
    assert_int_equal(append(w, &position), ERR_OK);
    assert_int_equal(sync_with(w->dir, &journal_os_system), ERR_OK);
}

static void a_disk_that_goes_on_failing_is_not_tried_at_each_tick(void **state)
{
    struct world *w = *state;
    uint64_t position = 0;

    fail_a_sync(w);
    store_tick(w->store);
    store_tick(w->store);
    fail_a_sync(w);
    for (int i = 1; i < STORE_REST_TICKS; i++) {
        store_tick(w->store);
        assert_int_equal(append(w, &position), ERR_IO);
    }
    store_tick(w->store);
    assert_int_equal(append(w, &position), ERR_OK);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_entry_is_synced_when_the_journal_says_so_and_not_before),
        TEST(after_a_failed_sync_nothing_counts_until_the_journal_is_open_anew),
        TEST(after_a_failed_sync_the_journal_is_open_anew_though_nobody_waits),
        TEST(a_disk_that_goes_on_failing_is_not_tried_at_each_tick),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

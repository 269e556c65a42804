/* Stable storage: what journal_sync promises, and what it does when the disk fails. */
#include "tests/unit/journal/failing_os.h"
#include "tests/unit/journal/place.h"

static struct journal_syncer *syncer_open(const struct place *place, const struct journal_os *os)
{
    struct journal_syncer *syncer = NULL;
    struct fault fault = {0};

    if (journal_syncer_open_os(place->dir, os, &syncer, &fault) != ERR_OK)
        fail_msg("%s", fault.text);
    return syncer;
}

static void sync_to(struct journal_syncer *syncer, uint64_t position)
{
    uint64_t synced = 0;
    struct fault fault = {0};

    if (journal_sync(syncer, &synced, &fault) != ERR_OK)
        fail_msg("%s", fault.text);
    assert_int_equal(synced, position);
}

static void sync_fails(struct journal_syncer *syncer, uint64_t position)
{
    uint64_t synced = 0;
    struct fault fault = {0};

    assert_int_equal(journal_sync(syncer, &synced, &fault), ERR_IO);
    assert_int_equal(synced, position);
    assert_string_not_equal(fault.text, "");
}

static uint64_t synced_seen(const struct place *place)
{
    struct journal_reader *reader = reader_open(place);
    struct journal_extent extent;

    assert_int_equal(journal_reader_extent(reader, &extent, NULL), ERR_OK);
    journal_reader_close(reader);
    return extent.synced;
}

static void a_sync_publishes_what_was_appended_before_it(void **state)
{
    struct place place;
    struct journal_writer *writer = NULL;
    struct journal_syncer *syncer = NULL;

    (void)state;
    place_make(&place);
    writer = writer_open(&place);
    syncer = syncer_open(&place, &journal_os_system);
    assert_int_equal(synced_seen(&place), 0);
    append_some(&place, writer, 0, 10);
    assert_int_equal(synced_seen(&place), 0);
    sync_to(syncer, 10);
    assert_int_equal(synced_seen(&place), 10);
    append_some(&place, writer, 10, 1000);
    assert_int_equal(synced_seen(&place), 10);
    sync_to(syncer, 1000);
    assert_int_equal(synced_seen(&place), 1000);
    journal_syncer_close(syncer);
    journal_writer_close(writer);
    place_remove(&place);
}

static void a_sync_covers_each_touched_segment_with_one_fdatasync(void **state)
{
    struct place place;
    struct failing_os os = failing_os_make(CALL_ANY, 0, EIO);
    struct journal_writer *writer = NULL;
    struct journal_syncer *syncer = NULL;
    uint64_t n = 0;

    (void)state;
    place_make(&place);
    writer = writer_open(&place);
    syncer = syncer_open(&place, &os.os);
    sync_to(syncer, 0);
    os.syncs = 0;
    sync_to(syncer, 0);
    assert_int_equal(os.syncs, 0); /* nothing new */
    append_some(&place, writer, 0, 5);
    sync_to(syncer, 5);
    assert_int_equal(os.syncs, 1);
    for (n = 5; place_segment_count(&place) < 4; n++)
        append_some(&place, writer, n, n + 1);
    os.syncs = 0;
    sync_to(syncer, n);
    assert_int_equal(os.syncs, 4);
    append_some(&place, writer, n, n + 1);
    os.syncs = 0;
    sync_to(syncer, n + 1);
    assert_int_equal(os.syncs, 1);
    journal_syncer_close(syncer);
    journal_writer_close(writer);
    place_remove(&place);
}

static void a_new_syncer_goes_on_from_the_published_position(void **state)
{
    struct place place;
    struct journal_writer *writer = NULL;
    struct journal_syncer *syncer = NULL;

    (void)state;
    place_make(&place);
    writer = writer_open(&place);
    for (uint64_t n = 0; n < 1000; n += 200) {
        uint64_t synced = 0;
        syncer = syncer_open(&place, &journal_os_system);
        append_some(&place, writer, n, n + 200);
        assert_int_equal(journal_sync(syncer, &synced, NULL), ERR_OK);
        assert_int_equal(synced, n + 200);
        journal_syncer_close(syncer);
    }
    file_flip(&place, JOURNAL_NAME_SYNC, 30, 1); /* a damaged page claims nothing */
    assert_int_equal(synced_seen(&place), 0);
    syncer = syncer_open(&place, &journal_os_system);
    sync_to(syncer, 1000);
    assert_int_equal(synced_seen(&place), 1000);
    journal_syncer_close(syncer);
    journal_writer_close(writer);
    place_remove(&place);
}

static void a_reader_of_synced_entries_waits_for_the_disk(void **state)
{
    struct place place;
    struct journal_writer *writer = NULL;
    struct journal_reader *reader = NULL;
    struct journal_syncer *syncer = NULL;

    (void)state;
    place_make(&place);
    writer = writer_open(&place);
    reader = reader_open(&place);
    journal_reader_only_synced(reader, true);
    syncer = syncer_open(&place, &journal_os_system);
    for (uint64_t n = 0; n < 1000; n += 50) {
        append_some(&place, writer, n, n + 50);
        read_nothing(reader);
        sync_to(syncer, n + 50);
        read_some(&place, reader, n, n + 50);
        read_nothing(reader);
    }
    append_some(&place, writer, 1000, 1001);
    journal_reader_only_synced(reader, false);
    read_some(&place, reader, 1000, 1001);
    journal_reader_close(reader);
    journal_syncer_close(syncer);
    journal_writer_close(writer);
    place_remove(&place);
}

static void a_released_segment_needs_no_sync(void **state)
{
    struct place place;
    struct journal_writer *writer = NULL;
    struct journal_reader *reader = NULL;
    struct journal_syncer *syncer = NULL;

    (void)state;
    place_make(&place);
    writer = writer_open(&place);
    syncer = syncer_open(&place, &journal_os_system);
    append_some(&place, writer, 0, 1000);
    reader = reader_open(&place);
    read_some(&place, reader, 0, 1000);
    assert_int_equal(journal_release(reader, 1000, NULL), ERR_OK);
    sync_to(syncer, 1000);
    journal_reader_close(reader);
    journal_syncer_close(syncer);
    journal_writer_close(writer);
    place_remove(&place);
}

static void a_failed_sync_stays_failed_until_the_writer_opens_again(void **state)
{
    struct place place;
    struct failing_os os = failing_os_make(CALL_FDATASYNC, 2, EIO);
    struct journal_writer *writer = NULL;
    struct journal_syncer *syncer = NULL;
    struct journal_reader *reader = NULL;

    (void)state;
    place_make(&place);
    writer = writer_open(&place);
    append_some(&place, writer, 0, 10);
    syncer = syncer_open(&place, &os.os);
    sync_to(syncer, 10);
    append_some(&place, writer, 10, 20);
    sync_fails(syncer, 10);
    sync_fails(syncer, 10); /* the disk would take it now; the cache is not trusted */
    assert_int_equal(synced_seen(&place), 10);
    journal_syncer_close(syncer);
    syncer = syncer_open(&place, &journal_os_system);
    sync_fails(syncer, 10); /* nor by another process, in this epoch */
    journal_syncer_close(syncer);

    journal_writer_close(writer);
    writer = writer_open(&place);
    append_some(&place, writer, 20, 30);
    assert_int_equal(place_segment_count(&place), 2); /* the segment is not continued */
    syncer = syncer_open(&place, &journal_os_system);
    sync_to(syncer, 30);
    assert_int_equal(synced_seen(&place), 30);
    reader = reader_open(&place);
    read_some(&place, reader, 0, 30);
    journal_reader_close(reader);
    journal_syncer_close(syncer);
    journal_writer_close(writer);
    place_remove(&place);
}

/* Whatever call fails, a position is published only when every touched segment was synced. */
static void no_failure_publishes_more_than_is_on_disk(void **state)
{
    bool whole = false;

    (void)state;
    for (int n = 1; !whole; n++) {
        struct place place;
        struct failing_os os = failing_os_make(CALL_ANY, 0, EIO);
        struct journal_writer *writer = NULL;
        struct journal_syncer *syncer = NULL;
        uint64_t synced = 0;
        place_make(&place);
        writer = writer_open(&place);
        syncer = syncer_open(&place, &os.os);
        append_some(&place, writer, 0, 800);
        os.fail_at = os.calls + n;
        whole = journal_sync(syncer, &synced, NULL) == ERR_OK && os.calls < os.fail_at;
        assert_true(synced_seen(&place) == (whole || synced == 800 ? 800 : 0));
        if (synced == 800)
            assert_true(os.syncs >= 4);
        journal_syncer_close(syncer);
        journal_writer_close(writer);
        place_remove(&place);
        assert_true(n < 1000);
    }
}

/* Whatever failed: here the disk took the entries, and the page could not be written. */
static void a_syncer_that_failed_once_stays_failed(void **state)
{
    struct place place;
    struct failing_os os = failing_os_make(CALL_PWRITE, 0, EIO);
    struct journal_writer *writer = NULL;
    struct journal_syncer *syncer = NULL;
    uint64_t synced = 0;

    (void)state;
    place_make(&place);
    writer = writer_open(&place);
    append_some(&place, writer, 0, 10);
    syncer = syncer_open(&place, &os.os);
    sync_to(syncer, 10);
    append_some(&place, writer, 10, 20);
    os.fail_at = os.calls + 1;
    os.for_ever = true;
    assert_int_equal(journal_sync(syncer, &synced, NULL), ERR_IO);
    os.fail_at = 0;
    assert_int_equal(journal_sync(syncer, &synced, NULL), ERR_IO);
    assert_true(synced_seen(&place) <= 10);
    journal_syncer_close(syncer);
    journal_writer_close(writer);
    place_remove(&place);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sync_publishes_what_was_appended_before_it),
        cmocka_unit_test(a_sync_covers_each_touched_segment_with_one_fdatasync),
        cmocka_unit_test(a_new_syncer_goes_on_from_the_published_position),
        cmocka_unit_test(a_reader_of_synced_entries_waits_for_the_disk),
        cmocka_unit_test(a_released_segment_needs_no_sync),
        cmocka_unit_test(a_failed_sync_stays_failed_until_the_writer_opens_again),
        cmocka_unit_test(no_failure_publishes_more_than_is_on_disk),
        cmocka_unit_test(a_syncer_that_failed_once_stays_failed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

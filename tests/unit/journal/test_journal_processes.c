/* Two processes at once: one appends, the other reads, syncs and releases. */
#include "tests/unit/journal/place.h"

#include <sys/wait.h>
#include <time.h>

enum { ENTRIES = 10000 };

static int64_t deadline_in(int64_t ms)
{
    return clock_mono_ms(&clock_system) + ms;
}

/* Between two looks at a condition that has a deadline. */
static void moment_pass(void)
{
    nanosleep(&(struct timespec){.tv_nsec = 500000}, NULL);
}

/* The child: appends all, and waits while the budget is used up. */
static int append_all(struct place *place)
{
    struct journal_writer *writer = NULL;
    int64_t deadline = deadline_in(60000);
    enum err err = journal_writer_open(&place->options, &writer, NULL);

    for (uint64_t n = 0; err == ERR_OK && n < ENTRIES; n++) {
        struct journal_entry entry = entry_make(place, n);
        err = journal_append(writer, &entry, NULL);
        while (err == ERR_FULL && clock_mono_ms(&clock_system) < deadline) {
            moment_pass();
            err = journal_append(writer, &entry, NULL);
        }
        if (n % 100 == 0)
            journal_writer_prepare(writer);
    }
    journal_writer_close(writer);
    return err == ERR_OK ? 0 : 1;
}

static pid_t writer_start(struct place *place)
{
    pid_t child = fork();

    assert_true(child >= 0);
    if (child == 0)
        _exit(append_all(place));
    return child;
}

static void writer_ended_well(pid_t child)
{
    int status = 0;

    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static struct journal_reader *reader_await(const struct place *place, int64_t deadline)
{
    struct journal_reader *reader = NULL;

    while (journal_reader_open(place->dir, &reader, NULL) != ERR_OK) {
        assert_true(clock_mono_ms(&clock_system) < deadline);
        moment_pass();
    }
    return reader;
}

static void read_and_release(struct place *place, struct journal_reader *reader,
                             struct journal_syncer *syncer, int64_t deadline)
{
    struct journal_entry entry;
    uint64_t synced = 0;

    for (uint64_t n = 0; n < ENTRIES;) {
        enum err err = journal_read(reader, &entry, NULL);
        if (err == ERR_OK) {
            entry_check(place, &entry, n++);
            if (n % 500 == 0)
                assert_int_equal(journal_release(reader, n, NULL), ERR_OK);
            continue;
        }
        assert_int_equal(err, ERR_NOT_FOUND);
        assert_true(clock_mono_ms(&clock_system) < deadline);
        assert_int_equal(journal_sync(syncer, &synced, NULL), ERR_OK);
        assert_true(synced >= n);
        moment_pass();
    }
}

static void a_reader_follows_a_writer_through_a_small_budget(bool only_synced)
{
    struct place place;
    int64_t deadline = deadline_in(60000);
    struct journal_reader *reader = NULL;
    struct journal_syncer *syncer = NULL;
    pid_t child = 0;

    place_make(&place);
    place.options.budget_bytes = 8 * PLACE_SEGMENT;
    child = writer_start(&place);
    reader = reader_await(&place, deadline);
    journal_reader_only_synced(reader, only_synced);
    assert_int_equal(journal_syncer_open(place.dir, &syncer, NULL), ERR_OK);
    read_and_release(&place, reader, syncer, deadline);
    writer_ended_well(child);
    read_nothing(reader);
    journal_syncer_close(syncer);
    journal_reader_close(reader);
    place_remove(&place);
}

static void another_process_reads_what_is_appended(void **state)
{
    (void)state;
    a_reader_follows_a_writer_through_a_small_budget(false);
}

static void another_process_reads_what_is_synced(void **state)
{
    (void)state;
    a_reader_follows_a_writer_through_a_small_budget(true);
}

static void a_lock_of_another_process_is_seen(void **state)
{
    struct place place;
    struct journal_writer *writer = NULL;
    pid_t child = 0;

    (void)state;
    place_make(&place);
    writer = writer_open(&place);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct journal_writer *second = NULL;
        _exit(journal_writer_open(&place.options, &second, NULL) == ERR_BUSY ? 0 : 1);
    }
    writer_ended_well(child);
    journal_writer_close(writer);
    place_remove(&place);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(another_process_reads_what_is_appended),
        cmocka_unit_test(another_process_reads_what_is_synced),
        cmocka_unit_test(a_lock_of_another_process_is_seen),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

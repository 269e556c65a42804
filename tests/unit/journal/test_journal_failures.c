/* Every file operation of writer and reader fails once, in turn; afterwards everything that was
 * accepted is there, in order, once. */
#include <sys/mman.h>

#include "tests/unit/journal/failing_os.h"
#include "tests/unit/journal/place.h"

enum { ENTRIES = 900, ACCEPTED_MAX = 4 * ENTRIES };

struct run {
    struct place place;
    struct clock_fake clock;
    struct failing_os os;
    uint64_t accepted[ACCEPTED_MAX]; /* by position: 1 + the entry's number; 0: none */
    uint64_t end;                    /* one past the last position that was given */
};

static void run_make(struct run *run, unsigned counted, int fail_at, int code, bool for_ever)
{
    memset(run, 0, sizeof *run);
    place_make(&run->place);
    clock_fake_init(&run->clock, 0);
    run->place.options.clock = &run->clock.clock;
    run->os = failing_os_make(counted, fail_at, code);
    run->os.for_ever = for_ever;
}

/* A refused entry is offered again, as a unit does. Gives up when it is refused for good. */
static void append_stubbornly(struct run *run, struct journal_writer *writer, uint64_t n)
{
    struct journal_entry entry = entry_make(&run->place, n);
    uint64_t position = 0;
    enum err err = ERR_OK;

    for (int tries = 0; tries < 3; tries++) {
        err = journal_append(writer, &entry, &position);
        if (err == ERR_OK)
            break;
        assert_true(err == ERR_FULL || err == ERR_IO);
        clock_fake_advance(&run->clock, 100);
    }
    if (err != ERR_OK)
        return;
    assert_true(position >= run->end && position < ACCEPTED_MAX);
    run->accepted[position] = n + 1;
    run->end = position + 1;
}

static void write_all(struct run *run)
{
    for (uint64_t n = 0; n < ENTRIES; n += ENTRIES / 3) {
        struct journal_writer *writer = NULL;
        struct fault fault = {0};
        enum err err = journal_writer_open_os(&run->place.options, &run->os.os, &writer, &fault);
        if (err != ERR_OK) {
            assert_int_equal(err, ERR_IO);
            assert_string_not_equal(fault.text, "");
            continue;
        }
        for (uint64_t i = n; i < n + ENTRIES / 3; i++) {
            append_stubbornly(run, writer, i);
            journal_writer_prepare(writer);
        }
        journal_writer_close(writer);
    }
}

static void everything_accepted_is_there(struct run *run)
{
    struct journal_writer *writer = writer_open(&run->place);
    struct journal_reader *reader = reader_open(&run->place);
    struct journal_entry entry;
    uint64_t next = 0;

    while (journal_read(reader, &entry, NULL) == ERR_OK) {
        assert_int_equal(entry.position, next);
        assert_false(entry.damaged);
        assert_true(run->accepted[next] > 0);
        entry.position = run->accepted[next] - 1; /* the number is what its content follows */
        entry_check(&run->place, &entry, run->accepted[next] - 1);
        next++;
    }
    assert_int_equal(next, run->end);
    journal_reader_close(reader);
    journal_writer_close(writer);
}

static void sweep_writer(int code, bool for_ever)
{
    struct run *run = malloc(sizeof *run);
    bool over = false;

    assert_non_null(run);
    for (int n = 1; !over; n++) {
        run_make(run, CALL_ANY, n, code, for_ever);
        write_all(run);
        over = run->os.calls < n;
        if (over)
            assert_int_equal(run->end, ENTRIES);
        everything_accepted_is_there(run);
        place_remove(&run->place);
        assert_true(n < 5000);
    }
    free(run);
}

static void a_writer_loses_nothing_accepted_when_any_call_fails_once(void **state)
{
    (void)state;
    sweep_writer(EIO, false);
    sweep_writer(ENOSPC, false);
}

static void a_writer_loses_nothing_accepted_when_the_disk_dies_at_any_call(void **state)
{
    (void)state;
    sweep_writer(EIO, true);
}

static void a_full_disk_refuses_and_a_freed_one_goes_on(void **state)
{
    struct run *run = malloc(sizeof *run);
    struct journal_writer *writer = NULL;
    struct journal_entry entry;
    enum err err = ERR_OK;

    (void)state;
    assert_non_null(run);
    run_make(run, CALL_FALLOCATE, 1, ENOSPC, true);
    assert_int_equal(journal_writer_open_os(&run->place.options, &run->os.os, &writer, NULL),
                     ERR_OK);
    entry = entry_make(&run->place, 0);
    err = journal_append(writer, &entry, NULL);
    assert_int_equal(err, ERR_FULL);
    run->os.fail_at = 0;
    assert_int_equal(journal_append(writer, &entry, NULL), ERR_FULL); /* not looked again yet */
    clock_fake_advance(&run->clock, 100);
    append_some(&run->place, writer, 0, 1000);
    run->os.fail_at = run->os.calls + 1;
    run->os.code = EDQUOT;
    do
        err = journal_append(writer, &entry, NULL);
    while (err == ERR_OK);
    assert_int_equal(err, ERR_FULL);
    journal_writer_close(writer);
    place_remove(&run->place);
    free(run);
}

/* ---- the reader ---- */

static bool read_stubbornly(struct run *run, uint64_t count)
{
    struct journal_reader *reader = NULL;
    struct journal_entry entry;
    uint64_t next = 0;
    int failures = 0;

    if (journal_reader_open_os(run->place.dir, &run->os.os, &reader, NULL) != ERR_OK) {
        assert_null(reader);
        return false;
    }
    while (next < count && failures < 5) {
        enum err err = journal_read(reader, &entry, NULL);
        if (err == ERR_OK) {
            entry_check(&run->place, &entry, next++);
            if (next % 200 == 0)
                failures += journal_release(reader, next, NULL) != ERR_OK;
        } else {
            assert_true(err == ERR_IO);
            failures++;
        }
    }
    assert_int_equal(next, count);
    if (journal_release(reader, next, NULL) != ERR_OK)
        assert_int_equal(journal_release(reader, next, NULL), ERR_OK);
    journal_reader_close(reader);
    return true;
}

static void a_reader_delivers_everything_when_any_call_fails_once(void **state)
{
    struct run *run = malloc(sizeof *run);
    bool over = false;

    (void)state;
    assert_non_null(run);
    for (int n = 1; !over; n++) {
        run_make(run, CALL_ANY, n, EIO, false);
        place_fill(&run->place, ENTRIES);
        if (!read_stubbornly(run, ENTRIES))
            assert_true(read_stubbornly(run, ENTRIES));
        over = run->os.calls < n;
        assert_int_equal(place_segment_count(&run->place), 1);
        place_remove(&run->place);
        assert_true(n < 5000);
    }
    free(run);
}

static bool is_there(const struct place *place, const char *name)
{
    char path[320];

    place_path(place, name, path);
    return access(path, F_OK) == 0;
}

static void a_segment_that_could_not_be_made_leaves_no_file(void **state)
{
    struct run *run = malloc(sizeof *run);
    struct journal_writer *writer = NULL;
    struct journal_entry entry;

    (void)state;
    assert_non_null(run);
    run_make(run, CALL_FALLOCATE | CALL_MAP, 1, ENOSPC, true);
    run->os.fail_at = 0;
    assert_int_equal(journal_writer_open_os(&run->place.options, &run->os.os, &writer, NULL),
                     ERR_OK);
    append_some(&run->place, writer, 0, 100);
    for (int i = 0; i < 2; i++) { /* the space, then the mapping */
        run->os.fail_at = run->os.calls + 1 + i;
        entry = entry_make(&run->place, 1);
        while (journal_append(writer, &entry, NULL) == ERR_OK)
            ;
        assert_false(is_there(&run->place, JOURNAL_NAME_SPARE));
        clock_fake_advance(&run->clock, 100);
    }
    journal_writer_close(writer);
    place_remove(&run->place);
    free(run);
}

/* ---- a reader on a full disk ---- */

static struct journal_reader *release_on_full_disk(struct run *run, unsigned calls)
{
    struct journal_reader *reader = NULL;

    run_make(run, calls, 1, ENOSPC, true);
    place_fill(&run->place, ENTRIES);
    run->os.fail_at = 0;
    assert_int_equal(journal_reader_open_os(run->place.dir, &run->os.os, &reader, NULL), ERR_OK);
    read_some(&run->place, reader, 0, ENTRIES);
    assert_int_equal(journal_release(reader, 1, NULL), ERR_OK);
    assert_true(place_segment_count(&run->place) > 2);
    run->os.fail_at = run->os.calls + 1;
    assert_int_equal(journal_release(reader, ENTRIES, NULL), ERR_OK);
    assert_int_equal(place_segment_count(&run->place), 1);
    return reader;
}

static void a_full_disk_keeps_the_cursor_in_the_old_file(void **state)
{
    struct run *run = malloc(sizeof *run);
    struct journal_reader *reader = NULL;

    (void)state;
    assert_non_null(run);
    /* no room for another name, as for another file */
    journal_reader_close(release_on_full_disk(run, CALL_RENAME));
    reader = reader_open(&run->place);
    read_nothing(reader);
    journal_reader_close(reader);
    place_remove(&run->place);
    free(run);
}

/* Segments are all that this side can free: were they kept, the disk would stay full for ever. */
static void a_disk_too_full_for_the_cursor_is_freed_by_releasing(void **state)
{
    struct run *run = malloc(sizeof *run);
    struct journal_reader *reader = NULL;
    struct journal_entry entry;

    (void)state;
    assert_non_null(run);
    reader = release_on_full_disk(run, CALL_PWRITE);
    run->os.fail_at = 0;
    journal_reader_close(reader);
    reader = reader_open(&run->place); /* what is gone comes as lost, the rest again */
    assert_int_equal(journal_read(reader, &entry, NULL), ERR_OK);
    assert_true(entry.damaged ? entry.position + entry.damaged_count <= ENTRIES
                              : entry.position > 0);
    journal_reader_close(reader);
    place_remove(&run->place);
    free(run);
}

static void a_loose_cursor_waits_for_no_disk(void **state)
{
    struct run *run = malloc(sizeof *run);
    struct journal_reader *reader = NULL;

    (void)state;
    assert_non_null(run);
    run_make(run, CALL_ANY, 0, EIO, false);
    place_fill(&run->place, ENTRIES);
    assert_int_equal(journal_reader_open_os(run->place.dir, &run->os.os, &reader, NULL), ERR_OK);
    journal_reader_loose_cursor(reader);
    assert_int_equal(journal_release(reader, ENTRIES / 2, NULL), ERR_OK);
    assert_int_equal(journal_release(reader, ENTRIES, NULL), ERR_OK);
    assert_int_equal(run->os.syncs, 0);
    journal_reader_close(reader);
    reader = reader_open(&run->place);
    read_nothing(reader);
    journal_reader_close(reader);
    place_remove(&run->place);
    free(run);
}

/* ---- a sector that the disk does not give ---- */

#define OS_PAGE 4096

struct bad_sector {
    struct journal_os os; /* first */
    off_t at;             /* of its page, in segments: the small files end before it */
};

/* As Linux does: what lies before it comes, and then nothing. */
static ssize_t bad_pread(const struct journal_os *os, int fd, void *into, size_t bytes, off_t at)
{
    const struct bad_sector *bad = (const struct bad_sector *)os;

    if (at >= bad->at && at < bad->at + OS_PAGE) {
        errno = EIO;
        return -1;
    }
    if (at < bad->at && at + (off_t)bytes > bad->at)
        bytes = (size_t)(bad->at - at);
    return journal_os_system.pread(&journal_os_system, fd, into, bytes, at);
}

/* Who touches the page in a mapping is ended. */
static void *bad_map(const struct journal_os *os, int fd, size_t bytes)
{
    const struct bad_sector *bad = (const struct bad_sector *)os;
    uint8_t *mapped = journal_os_system.map(&journal_os_system, fd, bytes);

    if (mapped != NULL && (off_t)bytes > bad->at)
        assert_int_equal(mprotect(mapped + bad->at, OS_PAGE, PROT_NONE), 0);
    return mapped;
}

static struct bad_sector bad_sector_make(off_t at)
{
    struct bad_sector bad = {.os = journal_os_system, .at = at};

    bad.os.pread = bad_pread;
    bad.os.map = bad_map;
    return bad;
}

/* Where an entry goes that is appended to the journal on such a disk. */
static uint64_t append_behind(struct place *place, struct bad_sector *bad)
{
    struct journal_writer *writer = NULL;
    struct journal_entry entry = entry_make(place, 0);
    uint64_t position = 0;

    assert_int_equal(journal_writer_open_os(&place->options, &bad->os, &writer, NULL), ERR_OK);
    assert_int_equal(journal_append(writer, &entry, &position), ERR_OK);
    journal_writer_close(writer);
    assert_int_equal(place_segment_count(place), 2);
    return position;
}

static void behind_a_sector_that_cannot_be_read_a_new_segment_begins(void **state)
{
    struct place place;
    struct bad_sector bad = bad_sector_make(2 * OS_PAGE);
    struct journal_reader *reader = NULL;

    (void)state;
    place_make(&place);
    place_fill(&place, 100);
    assert_int_equal(append_behind(&place, &bad), 100);
    reader = reader_open(&place); /* of a disk that gives it again */
    read_some(&place, reader, 0, 100);
    journal_reader_close(reader);
    place_remove(&place);
}

/* Nothing behind it is given up: a disk may give it again. */
static void a_reader_stays_before_a_sector_that_cannot_be_read(void **state)
{
    struct place place;
    struct bad_sector bad = bad_sector_make(2 * OS_PAGE);
    struct journal_reader *reader = NULL;
    struct journal_entry entry;
    uint64_t before = 0;
    enum err err = ERR_OK;

    (void)state;
    place_make(&place);
    place_fill(&place, 100);
    assert_int_equal(journal_reader_open_os(place.dir, &bad.os, &reader, NULL), ERR_OK);
    while ((err = journal_read(reader, &entry, NULL)) == ERR_OK)
        entry_check(&place, &entry, before++);
    assert_int_equal(err, ERR_IO);
    assert_true(before > 0 && before < 100);
    assert_int_equal(journal_read(reader, &entry, NULL), ERR_IO);
    bad.at = INT32_MAX;
    read_some(&place, reader, before, 100);
    journal_reader_close(reader);
    place_remove(&place);
}

/* After a power cut the small files may know less than the registry. */
static void no_position_that_cannot_be_read_is_given_again(void **state)
{
    struct place place;
    struct journal_reader *reader = NULL;
    struct bad_sector bad;
    uint64_t position = 0;
    size_t len = 0;
    uint8_t *bytes = NULL;

    (void)state;
    place_make(&place);
    place_fill(&place, 100);
    bytes = file_read(&place, FIRST_SEGMENT, &len);
    while (bytes[len - 1] == 0)
        len--;
    free(bytes);
    bad = bad_sector_make((off_t)((len - 1) / OS_PAGE * OS_PAGE));
    file_remove(&place, JOURNAL_NAME_PAGE);
    position = append_behind(&place, &bad);
    assert_true(position >= 100 && position < 100 + 2 * OS_PAGE / JOURNAL_RECORD_HEADER);
    reader = reader_open(&place);
    read_some(&place, reader, 0, 100);
    read_damage(reader, 100, position - 100);
    journal_reader_close(reader);
    place_remove(&place);
}

/* Each page of what was not synced is written again. */
static void after_a_failed_sync_a_sector_that_cannot_be_read_is_passed_over(void **state)
{
    struct place place;
    struct bad_sector bad = bad_sector_make(2 * OS_PAGE);
    struct failing_os failing = failing_os_make(CALL_FDATASYNC, 1, EIO);
    struct journal_writer *writer = NULL;
    struct journal_syncer *syncer = NULL;
    uint64_t synced = 0;

    (void)state;
    place_make(&place);
    writer = writer_open(&place);
    append_some(&place, writer, 0, 100);
    assert_int_equal(journal_syncer_open_os(place.dir, &failing.os, &syncer, NULL), ERR_OK);
    assert_int_equal(journal_sync(syncer, &synced, NULL), ERR_IO);
    journal_syncer_close(syncer);
    journal_writer_close(writer);
    assert_int_equal(append_behind(&place, &bad), 100);
    place_remove(&place);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_writer_loses_nothing_accepted_when_any_call_fails_once),
        cmocka_unit_test(a_writer_loses_nothing_accepted_when_the_disk_dies_at_any_call),
        cmocka_unit_test(a_full_disk_refuses_and_a_freed_one_goes_on),
        cmocka_unit_test(a_reader_delivers_everything_when_any_call_fails_once),
        cmocka_unit_test(a_segment_that_could_not_be_made_leaves_no_file),
        cmocka_unit_test(a_full_disk_keeps_the_cursor_in_the_old_file),
        cmocka_unit_test(a_disk_too_full_for_the_cursor_is_freed_by_releasing),
        cmocka_unit_test(a_loose_cursor_waits_for_no_disk),
        cmocka_unit_test(behind_a_sector_that_cannot_be_read_a_new_segment_begins),
        cmocka_unit_test(a_reader_stays_before_a_sector_that_cannot_be_read),
        cmocka_unit_test(no_position_that_cannot_be_read_is_given_again),
        cmocka_unit_test(after_a_failed_sync_a_sector_that_cannot_be_read_is_passed_over),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Appending and reading where nothing goes wrong but space. */
#include "gateway/journal/journal_record.h"
#include "tests/unit/journal/place.h"

static void what_is_appended_is_read_over_many_segments(void **state)
{
    struct place place;
    struct journal_writer *writer = NULL;
    struct journal_reader *reader = NULL;

    (void)state;
    place_make(&place);
    writer = writer_open(&place);
    reader = reader_open(&place);
    read_nothing(reader);
    append_some(&place, writer, 0, 3000);
    assert_true(place_segment_count(&place) > 5);
    read_some(&place, reader, 0, 3000);
    read_nothing(reader);
    journal_reader_close(reader);
    journal_writer_close(writer);
    place_remove(&place);
}

static void a_reader_that_keeps_up_sees_each_entry_at_once(void **state)
{
    struct place place;
    struct journal_writer *writer = NULL;
    struct journal_reader *reader = NULL;

    (void)state;
    place_make(&place);
    writer = writer_open(&place);
    reader = reader_open(&place);
    for (uint64_t n = 0; n < 1000; n++) {
        append_some(&place, writer, n, n + 1);
        read_some(&place, reader, n, n + 1);
        read_nothing(reader);
    }
    journal_reader_close(reader);
    journal_writer_close(writer);
    place_remove(&place);
}

static void a_writer_that_opens_again_goes_on_at_the_next_position(void **state)
{
    struct place place;
    struct journal_reader *reader = NULL;

    (void)state;
    place_make(&place);
    for (uint64_t n = 0; n < 900; n += 90) {
        struct journal_writer *writer = writer_open(&place);
        append_some(&place, writer, n, n + 90);
        journal_writer_close(writer);
    }
    reader = reader_open(&place);
    read_some(&place, reader, 0, 900);
    read_nothing(reader);
    journal_reader_close(reader);
    place_remove(&place);
}

static void the_largest_and_the_smallest_payload_fit(void **state)
{
    struct place place;
    struct journal_entry entry = {.unit = "u", .format = FORMAT_GBT32960};
    struct journal_writer *writer = NULL;
    struct journal_reader *reader = NULL;

    (void)state;
    place_make(&place);
    place.options.segment_bytes = 128u << 10;
    writer = writer_open(&place);
    memset(entry.unit, 'x', UNIT_NAME_MAX);
    memset(place.payload, 0xa5, sizeof place.payload);
    entry.payload = place.payload;
    for (int i = 0; i < 8; i++) {
        entry.payload_len = i % 2 == 0 ? JOURNAL_PAYLOAD_MAX : 0;
        assert_int_equal(journal_append(writer, &entry, NULL), ERR_OK);
    }
    reader = reader_open(&place);
    for (int i = 0; i < 8; i++) {
        struct journal_entry got;
        assert_int_equal(journal_read(reader, &got, NULL), ERR_OK);
        assert_int_equal(got.payload_len, i % 2 == 0 ? JOURNAL_PAYLOAD_MAX : 0);
        assert_memory_equal(got.payload, place.payload, got.payload_len);
        assert_int_equal(strlen(got.unit), UNIT_NAME_MAX);
    }
    journal_reader_close(reader);
    journal_writer_close(writer);
    place_remove(&place);
}

static void what_cannot_be_an_entry_is_refused(void **state)
{
    struct place place;
    struct journal_entry entry = {.unit = "u", .format = FORMAT_GBT32960};
    struct journal_writer *writer = NULL;

    (void)state;
    place_make(&place);
    writer = writer_open(&place);
    entry.payload = place.payload;
    entry.payload_len = JOURNAL_PAYLOAD_MAX + 1;
    assert_int_equal(journal_append(writer, &entry, NULL), ERR_INPUT);
    entry.payload_len = JOURNAL_PAYLOAD_MAX; /* a segment of 64 KiB has no room for it */
    assert_int_equal(journal_append(writer, &entry, NULL), ERR_INPUT);
    entry.payload_len = 1;
    memcpy(entry.unit, "a/b", 4);
    assert_int_equal(journal_append(writer, &entry, NULL), ERR_INPUT);
    entry.unit[0] = '\0';
    assert_int_equal(journal_append(writer, &entry, NULL), ERR_INPUT);
    memset(entry.unit, 'x', sizeof entry.unit);
    assert_int_equal(journal_append(writer, &entry, NULL), ERR_INPUT);
    append_some(&place, writer, 0, 3);
    journal_writer_close(writer);
    place_remove(&place);
}

static void a_seek_goes_to_any_position_that_is_there(void **state)
{
    struct place place;
    struct journal_reader *reader = NULL;

    (void)state;
    place_make(&place);
    place_fill(&place, 2000);
    reader = reader_open(&place);
    for (uint64_t n = 1999; n > 61; n -= 61) {
        assert_int_equal(journal_seek(reader, n, NULL), ERR_OK);
        read_some(&place, reader, n, n + 1);
    }
    assert_int_equal(journal_seek(reader, 2000, NULL), ERR_OK);
    read_nothing(reader);
    assert_int_equal(journal_seek(reader, 2001, NULL), ERR_NOT_FOUND);
    assert_int_equal(journal_release(reader, 1500, NULL), ERR_OK);
    assert_int_equal(journal_seek(reader, 0, NULL), ERR_NOT_FOUND);
    journal_reader_close(reader);
    place_remove(&place);
}

static void a_released_segment_is_deleted_and_the_last_one_stays(void **state)
{
    struct place place;
    struct journal_writer *writer = NULL;
    struct journal_reader *reader = NULL;
    struct journal_extent extent;

    (void)state;
    place_make(&place);
    writer = writer_open(&place);
    append_some(&place, writer, 0, 2000);
    reader = reader_open(&place);
    read_some(&place, reader, 0, 2000);
    assert_int_equal(journal_release(reader, 2000, NULL), ERR_OK);
    assert_int_equal(place_segment_count(&place), 1);
    assert_int_equal(journal_reader_extent(reader, &extent, NULL), ERR_OK);
    assert_int_equal(extent.cursor, 2000);
    assert_int_equal(extent.appended, 2000);
    assert_true(extent.oldest < 2000 && extent.oldest > 1000);
    assert_int_equal(extent.bytes_used, PLACE_SEGMENT);
    assert_int_equal(extent.bytes_budget, 64 * PLACE_SEGMENT);
    append_some(&place, writer, 2000, 2500);
    read_some(&place, reader, 2000, 2500);
    journal_reader_close(reader);
    journal_writer_close(writer);
    place_remove(&place);
}

static void the_cursor_is_where_the_next_reader_begins(void **state)
{
    struct place place;
    struct journal_reader *reader = NULL;

    (void)state;
    place_make(&place);
    place_fill(&place, 700);
    for (uint64_t n = 0; n < 700; n += 100) {
        reader = reader_open(&place);
        read_some(&place, reader, n, n + 100);
        assert_int_equal(journal_release(reader, n + 100, NULL), ERR_OK);
        assert_int_equal(journal_release(reader, n, NULL), ERR_OK); /* never goes back */
        journal_reader_close(reader);
    }
    reader = reader_open(&place);
    read_nothing(reader);
    assert_int_equal(journal_release(reader, 701, NULL), ERR_INPUT);
    journal_reader_close(reader);
    place_remove(&place);
}

static void only_one_reader_releases(void **state)
{
    struct place place;
    struct journal_reader *first = NULL, *second = NULL;

    (void)state;
    place_make(&place);
    place_fill(&place, 10);
    first = reader_open(&place);
    second = reader_open(&place);
    read_some(&place, first, 0, 10);
    read_some(&place, second, 0, 10);
    assert_int_equal(journal_release(first, 5, NULL), ERR_OK);
    assert_int_equal(journal_release(second, 7, NULL), ERR_BUSY);
    journal_reader_close(first);
    assert_int_equal(journal_release(second, 7, NULL), ERR_OK);
    journal_reader_close(second);
    place_remove(&place);
}

static uint64_t append_until_full(struct place *place, struct journal_writer *writer, uint64_t from)
{
    for (uint64_t n = from;; n++) {
        struct journal_entry entry = entry_make(place, n);
        entry.payload_len = 300;
        enum err err = journal_append(writer, &entry, NULL);
        if (err != ERR_OK) {
            assert_int_equal(err, ERR_FULL);
            return n;
        }
    }
}

static void a_used_up_budget_refuses_and_drops_nothing(void **state)
{
    struct place place;
    struct clock_fake clock;
    struct journal_writer *writer = NULL;
    struct journal_reader *reader = NULL;
    struct journal_entry entry;
    uint64_t full = 0, more = 0;

    (void)state;
    place_make(&place);
    clock_fake_init(&clock, 0);
    place.options.clock = &clock.clock;
    place.options.budget_bytes = 4 * PLACE_SEGMENT;
    writer = writer_open(&place);
    full = append_until_full(&place, writer, 0);
    assert_int_equal(place_segment_count(&place), 4);

    reader = reader_open(&place);
    for (uint64_t n = 0; n < full; n++) {
        assert_int_equal(journal_read(reader, &entry, NULL), ERR_OK);
        assert_int_equal(entry.position, n);
        assert_false(entry.damaged);
    }
    read_nothing(reader);
    assert_int_equal(journal_release(reader, full, NULL), ERR_OK);
    assert_int_equal(append_until_full(&place, writer, full), full); /* it looks again later */
    clock_fake_advance(&clock, 100);
    more = append_until_full(&place, writer, full);
    assert_true(more > full + 400);
    journal_reader_close(reader);
    journal_writer_close(writer);
    place_remove(&place);
}

static void a_segment_made_ready_counts_and_is_used(void **state)
{
    struct place place;
    struct clock_fake clock;
    struct journal_writer *writer = NULL;
    struct journal_reader *reader = NULL;
    struct journal_extent extent;
    uint64_t n = 0;

    (void)state;
    place_make(&place);
    clock_fake_init(&clock, 0);
    place.options.clock = &clock.clock;
    writer = writer_open(&place);
    reader = reader_open(&place);
    clock_fake_advance(&clock, 1000);
    journal_writer_prepare(writer);
    assert_int_equal(journal_reader_extent(reader, &extent, NULL), ERR_OK);
    assert_int_equal(extent.bytes_used, PLACE_SEGMENT);
    for (; extent.bytes_used == PLACE_SEGMENT; n++) {
        append_some(&place, writer, n, n + 1);
        journal_writer_prepare(writer);
        assert_int_equal(journal_reader_extent(reader, &extent, NULL), ERR_OK);
    }
    assert_int_equal(place_segment_count(&place), 1);
    append_some(&place, writer, n, n + 100);
    assert_int_equal(place_segment_count(&place), 2);
    journal_writer_prepare(writer);
    read_some(&place, reader, 0, n + 100);
    journal_writer_close(writer);
    assert_int_equal(journal_reader_extent(reader, &extent, NULL), ERR_OK);
    assert_int_equal(extent.bytes_used, 2 * PLACE_SEGMENT);
    journal_reader_close(reader);
    place_remove(&place);
}

/* A registry that was restored from a copy asks for entries below the cursor, which stood in the
 * way of no deletion until the writer went on to the next segment. */
static void a_release_below_the_cursor_deletes_nothing_behind_it(void **state)
{
    struct place place;
    struct journal_writer *writer = NULL;
    struct journal_reader *reader = NULL;
    uint64_t n = 0;

    (void)state;
    place_make(&place);
    writer = writer_open(&place);
    append_some(&place, writer, 0, 1);
    reader = reader_open(&place);
    for (n = 1; place_segment_count(&place) == 1; n++) {
        assert_int_equal(journal_release(reader, n, NULL), ERR_OK);
        append_some(&place, writer, n, n + 1);
    }
    assert_int_equal(journal_seek(reader, 10, NULL), ERR_OK);
    read_some(&place, reader, 10, 20);
    assert_int_equal(journal_release(reader, 20, NULL), ERR_OK);
    assert_int_equal(place_segment_count(&place), 2);
    assert_int_equal(journal_seek(reader, 20, NULL), ERR_OK);
    read_some(&place, reader, 20, n);
    assert_int_equal(journal_release(reader, n, NULL), ERR_OK);
    assert_int_equal(place_segment_count(&place), 1);
    journal_reader_close(reader);
    journal_writer_close(writer);
    place_remove(&place);
}

static void a_record_is_zero_up_to_its_end(void **state)
{
    struct journal_entry entry = {.unit = "bus-1",
                                  .format = FORMAT_SENML_JSON,
                                  .payload = (const uint8_t *)"abcd",
                                  .payload_len = 4};
    size_t bytes = journal_record_bytes(5, 4), used = JOURNAL_RECORD_HEADER + 5 + 4;
    _Alignas(8) uint8_t record[128];

    (void)state;
    memset(record, 0xFF, sizeof record);
    journal_record_write(record, &entry, 7, 1);
    assert_true(used < bytes);
    for (size_t i = used; i < bytes; i++)
        assert_int_equal(record[i], 0);
    assert_int_equal(record[bytes], 0xFF);
}

/* KiB of the journal's files that stand in this process's page table. */
static long mapped_kib(const struct place *place)
{
    FILE *maps = fopen("/proc/self/smaps", "re");
    char line[512];
    bool ours = false;
    long kib = 0, more = 0;

    assert_non_null(maps);
    while (fgets(line, sizeof line, maps) != NULL) {
        if (strstr(line, place->dir) != NULL)
            ours = strstr(line, ".seg") != NULL || strstr(line, JOURNAL_NAME_SPARE) != NULL;
        else if (ours && sscanf(line, "Rss: %ld kB", &more) == 1) {
            kib += more;
            ours = false;
        }
    }
    assert_int_equal(fclose(maps), 0);
    return kib;
}

static void what_was_written_does_not_stay_mapped(void **state)
{
    struct place place;
    struct journal_writer *writer = NULL;
    struct journal_reader *reader = NULL;

    (void)state;
    place_make(&place);
    place.options.segment_bytes = 4u << 20;
    place.options.budget_bytes = 32u << 20;
    writer = writer_open(&place);
    append_some(&place, writer, 0, 10000);
    assert_true(mapped_kib(&place) > 1000);
    journal_writer_prepare(writer);
    assert_true(mapped_kib(&place) < 300); /* a fault brings its neighbours */
    append_some(&place, writer, 10000, 40000);
    reader = reader_open(&place);
    read_some(&place, reader, 0, 40000);
    journal_reader_close(reader);
    journal_writer_close(writer);
    place_remove(&place);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_appended_is_read_over_many_segments),
        cmocka_unit_test(a_reader_that_keeps_up_sees_each_entry_at_once),
        cmocka_unit_test(a_writer_that_opens_again_goes_on_at_the_next_position),
        cmocka_unit_test(the_largest_and_the_smallest_payload_fit),
        cmocka_unit_test(what_cannot_be_an_entry_is_refused),
        cmocka_unit_test(a_seek_goes_to_any_position_that_is_there),
        cmocka_unit_test(a_released_segment_is_deleted_and_the_last_one_stays),
        cmocka_unit_test(the_cursor_is_where_the_next_reader_begins),
        cmocka_unit_test(only_one_reader_releases),
        cmocka_unit_test(a_used_up_budget_refuses_and_drops_nothing),
        cmocka_unit_test(a_segment_made_ready_counts_and_is_used),
        cmocka_unit_test(a_release_below_the_cursor_deletes_nothing_behind_it),
        cmocka_unit_test(a_record_is_zero_up_to_its_end),
        cmocka_unit_test(what_was_written_does_not_stay_mapped),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

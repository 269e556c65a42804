/* What is there already when a writer or a reader opens. */
#include "tests/unit/journal/place.h"

static void refused_by_writer(const struct place *place, enum err why)
{
    struct journal_writer *writer = NULL;
    struct fault fault = {0};

    assert_int_equal(journal_writer_open(&place->options, &writer, &fault), why);
    assert_null(writer);
    assert_string_not_equal(fault.text, "");
}

static void refused_by_reader(const struct place *place, enum err why)
{
    struct journal_reader *reader = NULL;

    assert_int_equal(journal_reader_open(place->dir, &reader, NULL), why);
    assert_null(reader);
}

static void a_reader_before_any_writer_finds_nothing(void **state)
{
    struct place place;
    struct journal_syncer *syncer = NULL;

    (void)state;
    place_make(&place);
    refused_by_reader(&place, ERR_NOT_FOUND);
    assert_int_equal(journal_syncer_open(place.dir, &syncer, NULL), ERR_NOT_FOUND);
    place_remove(&place);
    refused_by_reader(&place, ERR_NOT_FOUND);
}

static void a_second_writer_is_told_that_it_is_busy(void **state)
{
    struct place place;
    struct journal_writer *writer = NULL;

    (void)state;
    place_make(&place);
    writer = writer_open(&place);
    refused_by_writer(&place, ERR_BUSY);
    append_some(&place, writer, 0, 10);
    journal_writer_close(writer);
    journal_writer_close(writer_open(&place));
    place_remove(&place);
}

static void a_wiped_directory_becomes_another_journal(void **state)
{
    struct place place;
    struct journal_reader *before = NULL, *after = NULL;
    struct journal_entry entry;

    (void)state;
    place_make(&place);
    place_fill(&place, 10);
    before = reader_open(&place);
    read_some(&place, before, 0, 5);
    place_wipe(&place);
    place_fill(&place, 20);
    after = reader_open(&place);
    assert_memory_not_equal(journal_reader_id(before), journal_reader_id(after), JOURNAL_ID_BYTES);
    read_some(&place, after, 0, 20);
    assert_int_equal(journal_release(before, 5, NULL), ERR_CONFLICT);
    while (journal_read(before, &entry, NULL) == ERR_OK)
        assert_true(entry.position < 10);
    assert_int_equal(journal_read(before, &entry, NULL), ERR_CONFLICT);
    journal_reader_close(before);
    journal_reader_close(after);
    place_remove(&place);
}

static void a_directory_with_other_things_in_it_is_left_alone(void **state)
{
    struct place place;

    (void)state;
    place_make(&place);
    file_write(&place, "thesis.tex", "x", 1);
    refused_by_writer(&place, ERR_INPUT);
    file_remove(&place, "thesis.tex");
    file_write(&place, FIRST_SEGMENT, "x", 1); /* a segment whose id is lost */
    refused_by_writer(&place, ERR_INPUT);
    file_remove(&place, FIRST_SEGMENT);
    assert_int_equal(rmdir(place.dir), 0); /* nothing was put in */
}

static void options_that_cannot_be_met_are_refused(void **state)
{
    struct place place;

    (void)state;
    place_make(&place);
    place.options.segment_bytes = 5000;
    refused_by_writer(&place, ERR_INPUT);
    place.options.segment_bytes = PLACE_SEGMENT;
    place.options.budget_bytes = 2 * PLACE_SEGMENT - 1;
    refused_by_writer(&place, ERR_INPUT);
    place.options.segment_bytes = 0;
    place.options.budget_bytes = 16383;
    refused_by_writer(&place, ERR_INPUT);
    place.options.budget_bytes = 1u << 20; /* segments of a quarter of it */
    place_fill(&place, 1000);
    place_remove(&place);
}

/* Another version number, with a checksum that is right. */
static void version_raise(const struct place *place, const char *name, size_t fixed)
{
    size_t len = 0;
    uint8_t *bytes = file_read(place, name, &len);
    struct journal_head head;
    struct journal_dir dir = {0};

    memcpy(&head, bytes, sizeof head);
    memcpy(dir.id, head.id, sizeof dir.id);
    journal_file_seal(&dir, head.magic, bytes, fixed);
    bytes[4] = JOURNAL_VERSION + 1;
    file_write(place, name, bytes, len);
    free(bytes);
}

static void a_newer_format_is_refused_and_not_touched(void **state)
{
    static const struct {
        const char *name;
        size_t fixed;
        bool reader_refuses;
    } files[] = {
        {JOURNAL_NAME_ID, sizeof(struct journal_id_file), true},
        {JOURNAL_NAME_PAGE, sizeof(struct journal_page_fixed), true},
        {FIRST_SEGMENT, sizeof(struct journal_segment_header), false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        struct place place;
        place_make(&place);
        place_fill(&place, 10);
        version_raise(&place, files[i].name, files[i].fixed);
        refused_by_writer(&place, ERR_INPUT);
        if (files[i].reader_refuses) {
            refused_by_reader(&place, ERR_INPUT);
        } else {
            struct journal_reader *reader = reader_open(&place);
            struct journal_entry entry;
            assert_int_equal(journal_read(reader, &entry, NULL), ERR_INPUT);
            journal_reader_close(reader);
        }
        place_remove(&place);
    }
}

static void a_damaged_id_is_refused(void **state)
{
    struct place place;

    (void)state;
    place_make(&place);
    place_fill(&place, 10);
    for (size_t at = 0; at < sizeof(struct journal_id_file); at++) {
        file_flip(&place, JOURNAL_NAME_ID, at, 0x10);
        refused_by_writer(&place, ERR_INPUT);
        refused_by_reader(&place, ERR_INPUT);
        file_flip(&place, JOURNAL_NAME_ID, at, 0x10);
    }
    place_remove(&place);
}

static void a_damaged_cursor_starts_at_the_oldest_entry(void **state)
{
    struct place place;
    struct journal_reader *reader = NULL;

    (void)state;
    place_make(&place);
    place_fill(&place, 100);
    reader = reader_open(&place);
    read_some(&place, reader, 0, 100);
    assert_int_equal(journal_release(reader, 60, NULL), ERR_OK);
    journal_reader_close(reader);
    for (size_t at = 0; at < sizeof(struct journal_cursor_file); at++) {
        file_flip(&place, JOURNAL_NAME_CURSOR, at, 0x04);
        reader = reader_open(&place);
        read_some(&place, reader, 0, 100);
        journal_reader_close(reader);
        file_flip(&place, JOURNAL_NAME_CURSOR, at, 0x04);
    }
    file_write(&place, JOURNAL_NAME_CURSOR, "", 0);
    reader = reader_open(&place);
    read_some(&place, reader, 0, 100);
    journal_reader_close(reader);
    place_remove(&place);
}

static void a_reader_ahead_of_the_writer_starts_at_the_oldest_entry(void **state)
{
    struct place place;
    struct journal_reader *reader = NULL;
    uint8_t *cursor = NULL;
    size_t len = 0;

    (void)state;
    place_make(&place);
    place_fill(&place, 100);
    reader = reader_open(&place);
    read_some(&place, reader, 0, 100);
    assert_int_equal(journal_release(reader, 100, NULL), ERR_OK);
    journal_reader_close(reader);
    cursor = file_read(&place, JOURNAL_NAME_CURSOR, &len);
    ((struct journal_cursor_file *)(void *)cursor)->position = 5000;
    struct journal_dir dir = {0};
    memcpy(dir.id, ((struct journal_cursor_file *)(void *)cursor)->head.id, sizeof dir.id);
    journal_file_seal(&dir, JOURNAL_MAGIC_CURSOR, cursor, len);
    file_write(&place, JOURNAL_NAME_CURSOR, cursor, len);
    free(cursor);
    reader = reader_open(&place);
    read_some(&place, reader, 0, 100);
    journal_reader_close(reader);

    /* The next writer goes on behind it: no position is given twice. */
    struct journal_writer *writer = writer_open(&place);
    struct journal_entry entry = entry_make(&place, 5000);
    uint64_t position = 0;
    assert_int_equal(journal_append(writer, &entry, &position), ERR_OK);
    assert_int_equal(position, 5000);
    journal_writer_close(writer);
    place_remove(&place);
}

static void positions_go_on_when_page_and_segments_are_gone(void **state)
{
    struct place place;
    struct journal_writer *writer = NULL;
    struct journal_reader *reader = NULL;
    struct journal_segments segments;
    struct journal_entry entry;
    uint64_t position = 0, newest = 0;

    (void)state;
    place_make(&place);
    place_fill(&place, 1000);
    segments = place_segments(&place);
    newest = segments.bases[segments.count - 1];
    for (size_t i = 0; i < segments.count; i++) {
        char name[JOURNAL_SEGMENT_NAME];
        journal_segment_name(segments.bases[i], name);
        file_remove(&place, name);
    }
    journal_segments_free(&segments);

    writer = writer_open(&place); /* the page knows */
    entry = entry_make(&place, 1000);
    assert_int_equal(journal_append(writer, &entry, &position), ERR_OK);
    assert_int_equal(position, 1000);
    journal_writer_close(writer);

    file_remove(&place, JOURNAL_NAME_PAGE); /* the newest segment knows */
    refused_by_reader(&place, ERR_NOT_FOUND);
    writer = writer_open(&place);
    append_some(&place, writer, 1001, 1010);
    reader = reader_open(&place);
    read_some(&place, reader, 1000, 1010);
    assert_true(newest < 1000);
    journal_reader_close(reader);
    journal_writer_close(writer);
    place_remove(&place);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_reader_before_any_writer_finds_nothing),
        cmocka_unit_test(a_second_writer_is_told_that_it_is_busy),
        cmocka_unit_test(a_wiped_directory_becomes_another_journal),
        cmocka_unit_test(a_directory_with_other_things_in_it_is_left_alone),
        cmocka_unit_test(options_that_cannot_be_met_are_refused),
        cmocka_unit_test(a_newer_format_is_refused_and_not_touched),
        cmocka_unit_test(a_damaged_id_is_refused),
        cmocka_unit_test(a_damaged_cursor_starts_at_the_oldest_entry),
        cmocka_unit_test(a_reader_ahead_of_the_writer_starts_at_the_oldest_entry),
        cmocka_unit_test(positions_go_on_when_page_and_segments_are_gone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

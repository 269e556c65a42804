/* Torn tails, flipped bits, missing and wrong files: the rest is delivered, the loss is reported. */
#include "tests/unit/journal/place.h"

#include "gateway/journal/journal_record.h"

struct extent_of_record {
    size_t at, bytes;
};

/* Where record n of the first segment lies. */
static struct extent_of_record record_extent(const uint8_t *segment, size_t len, uint64_t n)
{
    struct extent_of_record extent = {.at = JOURNAL_SEGMENT_HEADER};
    struct journal_segment_header header;
    struct journal_record record;
    uint32_t seed = 0;

    memcpy(&header, segment, sizeof header);
    seed = journal_record_seed(header.head.id);
    for (;; extent.at += extent.bytes) {
        assert_int_equal(journal_record_check(segment + extent.at, len - extent.at, seed, &record),
                         JOURNAL_RECORD_WHOLE);
        extent.bytes = journal_record_size(&record);
        if (record.position == n)
            return extent;
    }
}

/* Writes the page as a writer would have left it that died before it published the last entry. */
static void page_take_back(const struct place *place, uint64_t appended)
{
    size_t len = 0;
    uint8_t *bytes = file_read(place, JOURNAL_NAME_PAGE, &len);
    struct journal_page *page = (void *)bytes;

    page->live.appended = appended;
    page->live.check = ~appended;
    file_write(place, JOURNAL_NAME_PAGE, bytes, len);
    free(bytes);
}

enum { ENTRIES = 20, LAST = ENTRIES - 1, MIDDLE = 7 };

enum tear { TEAR_ZERO, TEAR_GARBAGE, TEAR_TRUNCATE, TEAR_KINDS };

static size_t tear(uint8_t *segment, size_t len, struct extent_of_record last, size_t keep,
                   enum tear how)
{
    for (size_t i = last.at + keep; i < last.at + last.bytes; i++)
        segment[i] = how == TEAR_GARBAGE ? (uint8_t)(segment[i] ^ (0x55 + i)) : 0;
    return how == TEAR_TRUNCATE ? last.at + keep : len;
}

/* What must hold after a tear: everything before is there, the next entry follows at once. */
static void recovery_check(struct place *place, uint64_t lost)
{
    struct journal_writer *writer = writer_open(place);
    struct journal_reader *reader = reader_open(place);
    uint64_t next = LAST + lost;

    append_some(place, writer, next, next + 30);
    read_some(place, reader, 0, LAST);
    if (lost > 0)
        read_damage(reader, LAST, lost);
    read_some(place, reader, next, next + 30);
    read_nothing(reader);
    journal_reader_close(reader);
    journal_writer_close(writer);
}

static void second_segments_remove(const struct place *place)
{
    struct journal_segments segments = place_segments(place);

    for (size_t i = 0; i < segments.count; i++) {
        char name[JOURNAL_SEGMENT_NAME];
        journal_segment_name(segments.bases[i], name);
        file_remove(place, name);
    }
    journal_segments_free(&segments);
}

static void tear_everywhere(enum tear how, bool published)
{
    struct place place;
    size_t len = 0;
    uint8_t *whole = NULL, *torn = NULL;
    struct extent_of_record last;

    place_make(&place);
    place_fill(&place, ENTRIES);
    whole = file_read(&place, FIRST_SEGMENT, &len);
    torn = malloc(len);
    assert_non_null(torn);
    last = record_extent(whole, len, LAST);
    for (size_t keep = 0; keep < last.bytes; keep++) {
        memcpy(torn, whole, len);
        size_t torn_len = tear(torn, len, last, keep, how);
        bool hurt = torn_len < len || memcmp(torn, whole, len) != 0;
        second_segments_remove(&place);
        file_write(&place, FIRST_SEGMENT, torn, torn_len);
        page_take_back(&place, published ? ENTRIES : LAST);
        if (hurt)
            recovery_check(&place, published ? 1 : 0);
    }
    free(whole);
    free(torn);
    place_remove(&place);
}

static void a_torn_tail_is_cut_at_open_and_its_position_used(void **state)
{
    (void)state;
    for (enum tear how = 0; how < TEAR_KINDS; how++)
        tear_everywhere(how, false);
}

static void a_cut_tail_is_zeros(void **state)
{
    struct place place;
    size_t len = 0;
    uint8_t *segment = NULL;
    struct extent_of_record last;

    (void)state;
    place_make(&place);
    place_fill(&place, ENTRIES);
    segment = file_read(&place, FIRST_SEGMENT, &len);
    last = record_extent(segment, len, LAST);
    segment[last.at + 60] ^= 1;
    segment[len - 1] = 1;
    file_write(&place, FIRST_SEGMENT, segment, len);
    free(segment);
    journal_writer_close(writer_open(&place));
    segment = file_read(&place, FIRST_SEGMENT, &len);
    for (size_t at = last.at; at < len; at++)
        assert_int_equal(segment[at], 0);
    free(segment);
    place_remove(&place);
}

static void a_lost_tail_that_was_appended_is_reported_once(void **state)
{
    (void)state;
    for (enum tear how = 0; how < TEAR_KINDS; how++)
        tear_everywhere(how, true);
}

static void a_flipped_bit_anywhere_in_a_record_costs_that_record_alone(void **state)
{
    struct place place;
    size_t len = 0;
    uint8_t *segment = NULL;
    struct extent_of_record middle;

    (void)state;
    place_make(&place);
    place_fill(&place, ENTRIES);
    segment = file_read(&place, FIRST_SEGMENT, &len);
    middle = record_extent(segment, len, MIDDLE);
    for (size_t i = 0; i < middle.bytes; i++) {
        file_flip(&place, FIRST_SEGMENT, middle.at + i, (uint8_t)(1u << i % 8));
        struct journal_reader *reader = reader_open(&place);
        read_some(&place, reader, 0, MIDDLE);
        read_damage(reader, MIDDLE, 1);
        read_some(&place, reader, MIDDLE + 1, ENTRIES);
        read_nothing(reader);
        journal_reader_close(reader);
        file_flip(&place, FIRST_SEGMENT, middle.at + i, (uint8_t)(1u << i % 8));
    }
    free(segment);
    place_remove(&place);
}

static void a_writer_leaves_damage_in_the_middle_to_the_reader(void **state)
{
    struct place place;
    size_t len = 0;
    uint8_t *segment = NULL;
    struct extent_of_record middle;
    struct journal_writer *writer = NULL;
    struct journal_reader *reader = NULL;

    (void)state;
    place_make(&place);
    place_fill(&place, ENTRIES);
    segment = file_read(&place, FIRST_SEGMENT, &len);
    middle = record_extent(segment, len, MIDDLE);
    free(segment);
    file_flip(&place, FIRST_SEGMENT, middle.at + 9, 0x80);
    writer = writer_open(&place);
    append_some(&place, writer, ENTRIES, ENTRIES + 10);
    reader = reader_open(&place);
    read_some(&place, reader, 0, MIDDLE);
    read_damage(reader, MIDDLE, 1);
    read_some(&place, reader, MIDDLE + 1, ENTRIES + 10);
    journal_reader_close(reader);
    journal_writer_close(writer);
    place_remove(&place);
}

/* Random flips all over a segment of several: every position comes out once, whole or damaged. */
static void each_position_comes_out_once_whatever_is_flipped(void **state)
{
    enum { COUNT = 600, ROUNDS = 60 };
    struct place place;
    uint64_t seed = 20251123;

    (void)state;
    place_make(&place);
    place_fill(&place, COUNT);
    for (int round = 0; round < ROUNDS; round++) {
        struct journal_reader *reader = NULL;
        struct journal_entry entry;
        uint64_t next = 0;
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        file_flip(&place, FIRST_SEGMENT, (size_t)(seed >> 33) % PLACE_SEGMENT,
                  (uint8_t)(1u << (seed >> 60) % 8));
        reader = reader_open(&place);
        while (journal_read(reader, &entry, NULL) == ERR_OK) {
            assert_int_equal(entry.position, next);
            if (!entry.damaged)
                entry_check(&place, &entry, next);
            next += entry.damaged ? entry.damaged_count : 1;
        }
        assert_int_equal(next, COUNT);
        journal_reader_close(reader);
    }
    place_remove(&place);
}

static void a_payload_shaped_like_records_is_never_taken_for_them(void **state)
{
    struct place place;
    struct journal_writer *writer = NULL;
    struct journal_reader *reader = NULL;
    struct journal_entry entry = {.unit = "honest", .format = FORMAT_GBT32960}, inner;
    size_t len = 0;
    uint8_t *segment = NULL;
    struct extent_of_record middle;

    (void)state;
    place_make(&place);
    writer = writer_open(&place);
    append_some(&place, writer, 0, MIDDLE);
    inner = entry_make(&place, 3);
    uint8_t *forged = aligned_alloc(8, 4096);
    assert_non_null(forged);
    memset(forged, 0, 4096);
    for (size_t at = 2; at + 512 < 4096; at += 512) /* "honest" ends 6 bytes past a multiple of 8 */
        journal_record_write(forged + at - at % 8, &inner, 1000, 0x12345678);
    memmove(forged + 2, forged, 4000);
    entry.payload = forged;
    entry.payload_len = 4002;
    assert_int_equal(journal_append(writer, &entry, NULL), ERR_OK);
    append_some(&place, writer, MIDDLE + 1, ENTRIES);
    journal_writer_close(writer);
    free(forged);

    segment = file_read(&place, FIRST_SEGMENT, &len);
    middle = record_extent(segment, len, MIDDLE);
    assert_int_equal(segment[middle.at + JOURNAL_RECORD_HEADER + 8], 0x45); /* they lie in line */
    free(segment);
    file_flip(&place, FIRST_SEGMENT, middle.at, 1);
    reader = reader_open(&place);
    read_some(&place, reader, 0, MIDDLE);
    read_damage(reader, MIDDLE, 1);
    read_some(&place, reader, MIDDLE + 1, ENTRIES);
    journal_reader_close(reader);
    place_remove(&place);
}

/* ---- whole segments ---- */

struct segment_names {
    char second[JOURNAL_SEGMENT_NAME];
    uint64_t from, to; /* the positions of the second segment */
};

static struct segment_names second_segment(const struct place *place)
{
    struct segment_names names;
    struct journal_segments segments = place_segments(place);

    assert_true(segments.count >= 3);
    journal_segment_name(segments.bases[1], names.second);
    names.from = segments.bases[1];
    names.to = segments.bases[2];
    journal_segments_free(&segments);
    return names;
}

static void rest_check(struct place *place, const struct segment_names *names, uint64_t count)
{
    struct journal_reader *reader = reader_open(place);

    read_some(place, reader, 0, names->from);
    read_damage(reader, names->from, names->to - names->from);
    read_some(place, reader, names->to, count);
    read_nothing(reader);
    journal_reader_close(reader);
}

static void a_segment_that_is_not_there_comes_as_one_run(void **state)
{
    struct place place;
    struct segment_names names;

    (void)state;
    place_make(&place);
    place_fill(&place, 1500);
    names = second_segment(&place);
    file_remove(&place, names.second);
    rest_check(&place, &names, 1500);
    place_remove(&place);
}

static void a_segment_that_is_no_segment_comes_as_one_run(void **state)
{
    struct place place;
    struct segment_names names;
    char path[320];
    uint8_t *first = NULL;
    size_t len = 0;

    (void)state;
    place_make(&place);
    place_fill(&place, 1500);
    names = second_segment(&place);
    place_path(&place, names.second, path);
    file_write(&place, names.second, "", 0);
    rest_check(&place, &names, 1500);
    file_write(&place, names.second, "EVJS", 4);
    rest_check(&place, &names, 1500);
    first = file_read(&place, FIRST_SEGMENT, &len);
    file_write(&place, names.second, first, len); /* a copy of another one */
    rest_check(&place, &names, 1500);
    free(first);
    file_remove(&place, names.second);
    assert_int_equal(mkdir(path, 0700), 0);
    rest_check(&place, &names, 1500);
    assert_int_equal(rmdir(path), 0);
    assert_int_equal(mkfifo(path, 0600), 0);
    rest_check(&place, &names, 1500);
    file_remove(&place, names.second);
    assert_int_equal(symlink(FIRST_SEGMENT, path), 0);
    rest_check(&place, &names, 1500);
    place_remove(&place);
}

static void a_segment_of_another_journal_gives_no_entries(void **state)
{
    struct place place, other;
    struct segment_names names;
    uint8_t *bytes = NULL;
    size_t len = 0;

    (void)state;
    place_make(&place);
    place_make(&other);
    place_fill(&place, 1500);
    place_fill(&other, 1500);
    names = second_segment(&place);
    bytes = file_read(&other, names.second, &len);
    file_write(&place, names.second, bytes, len);
    free(bytes);
    rest_check(&place, &names, 1500);
    place_remove(&other);
    place_remove(&place);
}

static void a_segment_cut_short_gives_what_it_has(void **state)
{
    struct place place;
    struct segment_names names;
    struct journal_reader *reader = NULL;
    struct journal_entry entry;
    char path[320];
    uint64_t n = 0;

    (void)state;
    place_make(&place);
    place_fill(&place, 1500);
    names = second_segment(&place);
    place_path(&place, names.second, path);
    reader = reader_open(&place);
    read_some(&place, reader, 0, names.from);
    assert_int_equal(truncate(path, PLACE_SEGMENT / 2), 0); /* under the reader's hands */
    for (n = names.from; journal_read(reader, &entry, NULL) == ERR_OK && !entry.damaged; n++)
        entry_check(&place, &entry, n);
    assert_int_equal(n + entry.damaged_count, names.to);
    read_some(&place, reader, names.to, 1500);
    journal_reader_close(reader);
    place_remove(&place);
}

static void a_damaged_segment_header_costs_no_entry(void **state)
{
    struct place place;
    struct journal_writer *writer = NULL;
    struct journal_reader *reader = NULL;

    (void)state;
    place_make(&place);
    place_fill(&place, ENTRIES);
    file_flip(&place, FIRST_SEGMENT, 25, 0x01);
    writer = writer_open(&place); /* goes on in a new segment */
    append_some(&place, writer, ENTRIES, ENTRIES + 10);
    assert_int_equal(place_segment_count(&place), 2);
    reader = reader_open(&place);
    read_some(&place, reader, 0, ENTRIES + 10);
    journal_reader_close(reader);
    journal_writer_close(writer);
    place_remove(&place);
}

/* Keeps out: a torn record in a segment that was not continued came out as damage in place of the
 * record that was given its position later. */
static void a_torn_record_does_not_hide_the_one_that_takes_its_position(void **state)
{
    struct place place;
    size_t len = 0;
    uint8_t *segment = NULL;
    struct extent_of_record last;
    struct journal_writer *writer = NULL;
    struct journal_reader *reader = NULL;

    (void)state;
    place_make(&place);
    place_fill(&place, ENTRIES);
    segment = file_read(&place, FIRST_SEGMENT, &len);
    last = record_extent(segment, len, LAST);
    segment[0] ^= 1;                        /* the segment is not continued */
    segment[last.at + last.bytes - 9] ^= 1; /* header right, body not */
    file_write(&place, FIRST_SEGMENT, segment, len);
    page_take_back(&place, LAST);
    for (int restored = 0; restored < 2; restored++) {
        writer = writer_open(&place);
        if (restored == 0)
            append_some(&place, writer, LAST, ENTRIES + 10);
        else
            file_write(&place, FIRST_SEGMENT, segment, len); /* as if it had not been cut */
        reader = reader_open(&place);
        read_some(&place, reader, 0, ENTRIES + 10);
        journal_reader_close(reader);
        journal_writer_close(writer);
    }
    free(segment);
    place_remove(&place);
}

/* A power cut can leave the newest segment with its name and nothing else. */
static void an_empty_newest_segment_is_made_again_under_its_name(void **state)
{
    struct place place;
    struct journal_writer *writer = NULL;
    struct journal_reader *reader = NULL;
    struct journal_segments segments;
    char name[JOURNAL_SEGMENT_NAME];
    uint64_t base = 0;

    (void)state;
    place_make(&place);
    place_fill(&place, 1500);
    segments = place_segments(&place);
    base = segments.bases[segments.count - 1];
    journal_segments_free(&segments);
    journal_segment_name(base, name);
    page_take_back(&place, base);
    file_write(&place, name, "", 0);
    writer = writer_open(&place);
    append_some(&place, writer, base, base + 100);
    reader = reader_open(&place);
    read_some(&place, reader, 0, base + 100);
    journal_reader_close(reader);
    journal_writer_close(writer);
    place_remove(&place);
}

static void everything_gone_comes_as_one_run_and_new_entries_follow(void **state)
{
    struct place place;
    struct journal_writer *writer = NULL;
    struct journal_reader *reader = NULL;

    (void)state;
    place_make(&place);
    place_fill(&place, 1000);
    reader = reader_open(&place);
    second_segments_remove(&place);
    read_damage(reader, 0, 1000);
    read_nothing(reader);
    writer = writer_open(&place);
    append_some(&place, writer, 1000, 1010);
    read_some(&place, reader, 1000, 1010);
    journal_reader_close(reader);
    journal_writer_close(writer);
    place_remove(&place);
}

/* Behind a header that cannot be trusted a right header alone proves nothing. */
static void a_search_for_the_next_record_stops_at_whole_ones_only(void **state)
{
    struct place place;
    struct journal_reader *reader = NULL;
    size_t at[4] = {JOURNAL_SEGMENT_HEADER};

    (void)state;
    place_make(&place);
    place_fill(&place, 10);
    for (uint64_t n = 0; n < 3; n++) {
        struct journal_entry entry = entry_make(&place, n);
        at[n + 1] = at[n] + journal_record_bytes(strlen(entry.unit), entry.payload_len);
    }
    file_flip(&place, FIRST_SEGMENT, at[1] + 8, 1);                     /* its position */
    file_flip(&place, FIRST_SEGMENT, at[2] + JOURNAL_RECORD_HEADER, 1); /* its body */
    reader = reader_open(&place);
    read_some(&place, reader, 0, 1);
    read_damage(reader, 1, 2);
    read_some(&place, reader, 3, 10);
    journal_reader_close(reader);
    place_remove(&place);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_torn_tail_is_cut_at_open_and_its_position_used),
        cmocka_unit_test(a_cut_tail_is_zeros),
        cmocka_unit_test(a_lost_tail_that_was_appended_is_reported_once),
        cmocka_unit_test(a_flipped_bit_anywhere_in_a_record_costs_that_record_alone),
        cmocka_unit_test(a_writer_leaves_damage_in_the_middle_to_the_reader),
        cmocka_unit_test(each_position_comes_out_once_whatever_is_flipped),
        cmocka_unit_test(a_payload_shaped_like_records_is_never_taken_for_them),
        cmocka_unit_test(a_segment_that_is_not_there_comes_as_one_run),
        cmocka_unit_test(a_segment_that_is_no_segment_comes_as_one_run),
        cmocka_unit_test(a_segment_of_another_journal_gives_no_entries),
        cmocka_unit_test(a_segment_cut_short_gives_what_it_has),
        cmocka_unit_test(a_damaged_segment_header_costs_no_entry),
        cmocka_unit_test(a_torn_record_does_not_hide_the_one_that_takes_its_position),
        cmocka_unit_test(an_empty_newest_segment_is_made_again_under_its_name),
        cmocka_unit_test(everything_gone_comes_as_one_run_and_new_entries_follow),
        cmocka_unit_test(a_search_for_the_next_record_stops_at_whole_ones_only),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

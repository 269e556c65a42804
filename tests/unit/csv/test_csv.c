#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "shared/arena.h"
#include "shared/csv.h"

/* A source that gives `step` bytes at a time. */
struct drip {
    const char *text;
    size_t len, pos, step;
    bool fails_at_end;
};

static enum err drip_read(void *arg, char *into, size_t cap, size_t *got)
{
    struct drip *d = arg;
    size_t n = d->len - d->pos < d->step ? d->len - d->pos : d->step;

    *got = n < cap ? n : cap;
    memcpy(into, d->text + d->pos, *got);
    d->pos += *got;
    return *got == 0 && d->fails_at_end ? ERR_IO : ERR_OK;
}

/* What is read, as text: fields in <>, records by lines, "!" and the fault for bad ones. */
static char *read_all(struct arena *arena, const char *text, size_t len, size_t step,
                      const struct csv_limits *limits)
{
    struct drip drip = {.text = text, .len = len, .step = step};
    struct csv_reader *reader = csv_reader_create(drip_read, &drip, limits);
    struct csv_record record;
    struct fault fault;
    char *out = arena_text(arena, "");
    enum csv_got got;

    while ((got = csv_next(reader, &record, &fault)) != CSV_END) {
        assert_int_not_equal(got, CSV_BROKEN);
        if (got == CSV_BAD)
            out = arena_format(arena, "%s!%s\n", out, fault.text);
        for (size_t i = 0; got == CSV_RECORD && i < record.count; i++) {
            const struct csv_field *f = &record.fields[i];
            assert_int_equal(strlen(f->text), f->len);
            out = arena_format(arena, "%s<%s@%d:%d>", out, f->text, (int)f->line, (int)f->column);
        }
        if (got == CSV_RECORD)
            out = arena_format(arena, "%s\n", out);
    }
    assert_int_equal(csv_reader_bytes(reader), len);
    csv_reader_destroy(reader);
    return out;
}

/* In one piece and a byte at a time: the answer is the same. */
static void assert_reads(const char *text, const char *expected)
{
    struct arena *arena = arena_create();

    assert_string_equal(read_all(arena, text, strlen(text), 1000, NULL), expected);
    assert_string_equal(read_all(arena, text, strlen(text), 1, NULL), expected);
    assert_string_equal(read_all(arena, text, strlen(text), 2, NULL), expected);
    arena_destroy(arena);
}

static void fields_carry_their_line_and_column(void **state)
{
    (void)state;
    assert_reads("a,b\r\ncc,,d\n", "<a@1:1><b@1:3>\n<cc@2:1><@2:4><d@2:5>\n");
    assert_reads("豫U1,x", "<豫U1@1:1><x@1:7>\n");
}

static void quotes_hold_commas_line_ends_and_doubled_quotes(void **state)
{
    (void)state;
    assert_reads("\"a,\"\"b\"\"\r\nc\",d\n\"\",e", "<a,\"b\"\r\nc@1:1><d@2:4>\n<@3:1><e@3:4>\n");
}

static void a_byte_order_mark_and_empty_lines_are_passed_over(void **state)
{
    (void)state;
    assert_reads("\xEF\xBB\xBF"
                 "a\r\n\r\n\nb\n\n",
                 "<a@1:1>\n<b@4:1>\n");
    assert_reads("", "");
    assert_reads("\xEF\xBB\xBF", "");
}

static void a_last_line_needs_no_end(void **state)
{
    (void)state;
    assert_reads("a,b\nc,", "<a@1:1><b@1:3>\n<c@2:1><@2:3>\n");
    assert_reads("\"a\"", "<a@1:1>\n");
}

static void a_malformed_record_costs_its_first_line_only(void **state)
{
    (void)state;
    assert_reads("a\nb\"c,d\ne\n",
                 "<a@1:1>\n!line 2, column 2: a quote inside a field that does not "
                 "begin with one; put the field in quotes and double the quote\n"
                 "<e@3:1>\n");
    assert_reads("\"a\"b\nc\n",
                 "!line 1, column 4: text behind the closing quote; double the quotes "
                 "inside a field\n<c@2:1>\n");
    assert_reads("x,\"a\nb\nc\n",
                 "!line 1, column 3: this quote is never closed\n<b@2:1>\n<c@3:1>\n");
    assert_reads("a\rb\nc\n", "!line 1, column 2: a carriage return that ends no line\n<c@2:1>\n");
    assert_reads("a\n\"\r", "<a@1:1>\n!line 2, column 1: this quote is never closed\n");
}

static void bytes_that_are_no_utf8_are_named(void **state)
{
    (void)state;
    assert_reads("a,\xBE\xA9\nb\n", "!line 1, column 3: the field is not UTF-8; save the file as "
                                    "\"CSV UTF-8\"\n<b@2:1>\n");
}

static void a_nul_byte_is_refused(void **state)
{
    struct arena *arena = arena_create();

    (void)state;
    assert_string_equal(read_all(arena, "a\0b\nc\n", 6, 100, NULL),
                        "!line 1, column 2: a NUL byte; the file is not text\n<c@2:1>\n");
    assert_string_equal(read_all(arena, "\"a\0b\"\nc\n", 8, 100, NULL),
                        "!line 1, column 3: a NUL byte; the file is not text\n<c@2:1>\n");
    arena_destroy(arena);
}

static void limits_hold_and_the_next_line_is_read(void **state)
{
    const struct csv_limits limits = {.record_bytes = 8, .fields = 3};
    struct arena *arena = arena_create();
    const char *text = "1234567\n12345678901234567890123\n1,2,3\n1,2,3,4\n\"1\n2\n3\n4\n5\n";
    const char *expected = "<1234567@1:1>\n"
                           "!line 2, column 1: the record is longer than 8 bytes; is a quote "
                           "missing?\n"
                           "<1@3:1><2@3:3><3@3:5>\n"
                           "!line 4, column 7: more fields than a record may have\n"
                           "!line 5, column 1: the record is longer than 8 bytes; is a quote "
                           "missing?\n"
                           "<2@6:1>\n<3@7:1>\n<4@8:1>\n<5@9:1>\n";

    (void)state;
    for (size_t step = 1; step < 20; step++)
        assert_string_equal(read_all(arena, text, strlen(text), step, &limits), expected);
    arena_destroy(arena);
}

static void a_line_given_up_is_kept_for_the_report(void **state)
{
    struct csv_text text = {.bytes = "a,b\"c\r\n", .len = 7};
    struct csv_reader *reader = csv_reader_create(csv_from_text, &text, NULL);
    struct csv_record record;

    (void)state;
    assert_int_equal(csv_next(reader, &record, NULL), CSV_BAD);
    assert_string_equal(record.raw, "a,b\"c");
    assert_int_equal(record.line, 1);
    assert_int_equal(csv_next(reader, &record, NULL), CSV_END);
    csv_reader_destroy(reader);
}

static void a_source_that_fails_is_no_end(void **state)
{
    struct drip drip = {.text = "a\nb", .len = 3, .step = 10, .fails_at_end = true};
    struct csv_reader *reader = csv_reader_create(drip_read, &drip, NULL);
    struct csv_record record;
    struct fault fault;

    (void)state;
    assert_int_equal(csv_next(reader, &record, &fault), CSV_RECORD);
    assert_int_equal(csv_next(reader, &record, &fault), CSV_BROKEN);
    assert_int_equal(fault.code, ERR_IO);
    csv_reader_destroy(reader);
}

static void what_is_written_reads_back_the_same(void **state)
{
    static const char alphabet[] = "a,\"\r\n 1";
    const unsigned seed = 20240117;
    unsigned random = seed;
    struct arena *arena = arena_create();

    (void)state;
    for (int round = 0; round < 2000; round++) {
        struct csv_writer writer = {0};
        struct csv_text text;
        struct csv_reader *reader;
        struct csv_record record;
        char fields[4][6] = {{0}};

        for (int f = 0; f < 4; f++) {
            int len = rand_r(&random) % 6;
            for (int i = 0; i < len; i++)
                fields[f][i] = alphabet[rand_r(&random) % 7];
            csv_put(&writer, fields[f]);
        }
        csv_end_row(&writer);
        text = (struct csv_text){.bytes = writer.text, .len = writer.len};
        reader = csv_reader_create(csv_from_text, &text, NULL);
        if (csv_next(reader, &record, NULL) != CSV_RECORD || record.count != 4)
            fail_msg("seed %u round %d", seed, round);
        for (int f = 0; f < 4; f++)
            assert_string_equal(record.fields[f].text, fields[f]);
        assert_int_equal(csv_next(reader, &record, NULL), CSV_END);
        csv_reader_destroy(reader);
        csv_writer_free(&writer);
    }
    arena_destroy(arena);
}

static void only_what_needs_quotes_gets_them(void **state)
{
    struct csv_writer writer = {0};

    (void)state;
    csv_put(&writer, "plain");
    csv_put(&writer, NULL);
    csv_put(&writer, "a,b");
    csv_put(&writer, "say \"x\"");
    csv_put_int(&writer, -7);
    csv_end_row(&writer);
    assert_int_equal(writer.len, strlen("plain,,\"a,b\",\"say \"\"x\"\"\",-7\r\n"));
    assert_memory_equal(writer.text, "plain,,\"a,b\",\"say \"\"x\"\"\",-7\r\n", writer.len);
    csv_writer_free(&writer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_carry_their_line_and_column),
        cmocka_unit_test(quotes_hold_commas_line_ends_and_doubled_quotes),
        cmocka_unit_test(a_byte_order_mark_and_empty_lines_are_passed_over),
        cmocka_unit_test(a_last_line_needs_no_end),
        cmocka_unit_test(a_malformed_record_costs_its_first_line_only),
        cmocka_unit_test(bytes_that_are_no_utf8_are_named),
        cmocka_unit_test(a_nul_byte_is_refused),
        cmocka_unit_test(limits_hold_and_the_next_line_is_read),
        cmocka_unit_test(a_line_given_up_is_kept_for_the_report),
        cmocka_unit_test(a_source_that_fails_is_no_end),
        cmocka_unit_test(what_is_written_reads_back_the_same),
        cmocka_unit_test(only_what_needs_quotes_gets_them),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

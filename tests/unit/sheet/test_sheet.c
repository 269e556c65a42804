/* The same rows in every format. The cells of an XLSX are compared by tests/e2e/test_sheets.py with
 * a reader of its own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "registry/sheet/sheet.h"

static const struct sheet_column columns[] = {
    {"name", "名称", "name", SHEET_TEXT},    {"count", "数量", "count", SHEET_INT},
    {"share", "比例", "share", SHEET_SHARE}, {"day", "日期", "day", SHEET_DAY},
    {"yes", "是否", "yes", SHEET_BOOL},
};
static const struct sheet_head head = {"things", "物品", "things", columns, 5};

static struct sheet *fill(enum sheet_format format)
{
    struct sheet *sheet = sheet_create(format, &head);
    const struct sheet_cell rows[][5] = {
        {sheet_text("公交一号"), sheet_int(-3), sheet_share(947368), sheet_day(20269),
         sheet_bool(true)},
        {sheet_text("=1+1"), sheet_int(1200), sheet_share(-5000), sheet_none(), sheet_bool(false)},
        {sheet_none(), sheet_none(), sheet_none(), sheet_none(), sheet_none()},
    };

    for (size_t i = 0; i < 3; i++)
        sheet_row(sheet, rows[i]);
    assert_int_equal(sheet_finish(sheet, NULL), ERR_OK);
    assert_int_equal(sheet_row_count(sheet), 3);
    return sheet;
}

static void check_text(enum sheet_format format, const char *expected)
{
    struct sheet *sheet = fill(format);
    size_t len = 0;
    const char *bytes = sheet_bytes(sheet, &len);

    if (len != strlen(expected) || memcmp(bytes, expected, len) != 0)
        fail_msg("%.*s", (int)len, bytes);
    sheet_destroy(sheet);
}

static void csv_has_ids_and_guards_what_would_run(void **state)
{
    (void)state;
    check_text(SHEET_CSV, "name,count,share,day,yes\r\n"
                          "公交一号,-3,0.947368,2025-06-30,1\r\n"
                          "'=1+1,1200,-0.005000,,0\r\n"
                          ",,,,\r\n");
}

static void every_sign_that_starts_a_formula_is_guarded(void **state)
{
    static const char *const texts[] = {"=A1", "+86", "-1", "@SUM(A1)", "\tx", "\rx"};
    (void)state;

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct sheet *sheet = sheet_create(SHEET_CSV, &head);
        const struct sheet_cell cells[5] = {sheet_text(texts[i])};
        size_t len = 0;
        const char *bytes = NULL;
        sheet_row(sheet, cells);
        assert_int_equal(sheet_finish(sheet, NULL), ERR_OK);
        bytes = sheet_bytes(sheet, &len);
        bytes = memchr(bytes, '\n', len);
        assert_non_null(bytes);
        assert_true(bytes[1] == '\'' || (bytes[1] == '"' && bytes[2] == '\''));
        sheet_destroy(sheet);
    }
}

static void a_table_is_aligned_for_wide_characters(void **state)
{
    (void)state;
    check_text(SHEET_TABLE, "name      count    share  day         yes\n"
                            "公交一号     -3  94.74 %  2025-06-30  yes\n"
                            "=1+1       1200  -0.50 %  -           no\n"
                            "-             -        -  -           -\n");
}

static void json_is_typed(void **state)
{
    struct sheet *sheet = fill(SHEET_JSON);
    json_t *rows = sheet_rows_json(sheet);
    const json_t *first = json_array_get(rows, 0);
    (void)state;

    assert_int_equal(json_array_size(rows), 3);
    assert_string_equal(json_string_value(json_object_get(first, "name")), "公交一号");
    assert_int_equal(json_integer_value(json_object_get(first, "count")), -3);
    assert_true(json_real_value(json_object_get(first, "share")) == 0.947368);
    assert_string_equal(json_string_value(json_object_get(first, "day")), "2025-06-30");
    assert_true(json_is_true(json_object_get(first, "yes")));
    assert_true(json_is_null(json_object_get(json_array_get(rows, 2), "count")));
    json_decref(rows);
    sheet_destroy(sheet);
}

/* NULL: unset. */
static void set_tmpdir(const char *folder)
{
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): the test has one thread */
    assert_int_equal(folder != NULL ? setenv("TMPDIR", folder, 1) : unsetenv("TMPDIR"), 0);
}

static void an_xlsx_is_a_zip_file_and_leaves_nothing_behind(void **state)
{
    char folder[] = "/tmp/evroll-sheet-test-XXXXXX";
    struct sheet *sheet = NULL;
    size_t len = 0;
    const char *bytes = NULL;
    (void)state;

    assert_non_null(mkdtemp(folder));
    set_tmpdir(folder);
    sheet = fill(SHEET_XLSX);
    bytes = sheet_bytes(sheet, &len);
    assert_true(len > 1000 && memcmp(bytes, "PK\3\4", 4) == 0);
    sheet_destroy(sheet);
    sheet_destroy(sheet_create(SHEET_XLSX, &head)); /* given up half-way */
    assert_int_equal(remove(folder), 0);            /* only an empty folder can be removed */
    set_tmpdir(NULL);
}

static void an_xlsx_that_cannot_be_written_says_why(void **state)
{
    const struct sheet_cell cells[5] = {sheet_text("x")};
    struct fault fault = {0};
    struct sheet *sheet = NULL;
    (void)state;

    set_tmpdir("/nonexistent/folder");
    sheet = sheet_create(SHEET_XLSX, &head);
    sheet_row(sheet, cells);
    assert_int_equal(sheet_finish(sheet, &fault), ERR_IO);
    assert_non_null(strstr(fault.text, "set TMPDIR"));
    sheet_destroy(sheet);
    set_tmpdir(NULL);
}

static void a_text_too_long_for_a_cell_is_refused(void **state)
{
    char *text = malloc(40000);
    struct fault fault = {0};
    struct sheet *sheet = sheet_create(SHEET_XLSX, &head);
    (void)state;

    assert_non_null(text);
    memset(text, 'x', 39999);
    text[39999] = '\0';
    sheet_row(sheet, (const struct sheet_cell[5]){sheet_text(text)});
    assert_int_equal(sheet_finish(sheet, &fault), ERR_INPUT);
    assert_non_null(strstr(fault.text, "ask for CSV"));
    sheet_destroy(sheet);
    free(text);
}

static void formats_have_their_words(void **state)
{
    (void)state;
    assert_int_equal(sheet_format_parse("xlsx"), SHEET_XLSX);
    assert_int_equal(sheet_format_parse("XLSX"), SHEET_FORMAT_COUNT);
    assert_string_equal(sheet_format_type(SHEET_CSV), "text/csv; charset=utf-8");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(csv_has_ids_and_guards_what_would_run),
        cmocka_unit_test(every_sign_that_starts_a_formula_is_guarded),
        cmocka_unit_test(a_table_is_aligned_for_wide_characters),
        cmocka_unit_test(json_is_typed),
        cmocka_unit_test(an_xlsx_is_a_zip_file_and_leaves_nothing_behind),
        cmocka_unit_test(an_xlsx_that_cannot_be_written_says_why),
        cmocka_unit_test(a_text_too_long_for_a_cell_is_refused),
        cmocka_unit_test(formats_have_their_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "registry/freight/files.h"

#define TYPE(bytes) freight_file_type(bytes, sizeof(bytes) - 1)

static void a_file_is_what_its_bytes_say(void **state)
{
    (void)state;
    assert_int_equal(TYPE("%PDF-1.7\n"), FREIGHT_FILE_PDF);
    assert_int_equal(TYPE("\x89PNG\r\n\x1a\n...."), FREIGHT_FILE_PNG);
    assert_int_equal(TYPE("\xff\xd8\xff\xe0...."), FREIGHT_FILE_JPEG);
    assert_int_equal(TYPE("日期,吨\r\n2025-06-01,31.5\r\n"), FREIGHT_FILE_CSV);
    assert_int_equal(TYPE("PK\3\4..[Content_Types].xml..xl/workbook.xml.."), FREIGHT_FILE_XLSX);
}

static void what_is_none_of_them_is_refused(void **state)
{
    (void)state;
    assert_int_equal(TYPE(""), FREIGHT_FILE_NONE);
    assert_int_equal(TYPE("PK\3\4..word/document.xml"), FREIGHT_FILE_NONE);
    assert_int_equal(TYPE("PK\3\4[Content_Types].xml xl/workbook.xml xl/vbaProject.bin"),
                     FREIGHT_FILE_NONE);
    assert_int_equal(TYPE("MZ\x90\0,,,,"), FREIGHT_FILE_NONE);
    assert_int_equal(TYPE("a,b\n\xc8\xd5,1\n"), FREIGHT_FILE_NONE); /* GBK */
    assert_int_equal(TYPE("<html><script>\n"), FREIGHT_FILE_NONE);
}

static void a_name_goes_with_the_bytes(void **state)
{
    (void)state;
    assert_true(freight_file_named("过磅单.PDF", FREIGHT_FILE_PDF));
    assert_true(freight_file_named("a.jpeg", FREIGHT_FILE_JPEG));
    assert_false(freight_file_named("a.pdf", FREIGHT_FILE_PNG));
    assert_false(freight_file_named(".csv", FREIGHT_FILE_CSV));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_is_what_its_bytes_say),
        cmocka_unit_test(what_is_none_of_them_is_refused),
        cmocka_unit_test(a_name_goes_with_the_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "shared/unit.h"

static bool name_ok(const char *name)
{
    return unit_name_ok(name, strlen(name));
}

static void names_are_one_to_32_of_the_allowed_characters(void **state)
{
    (void)state;
    assert_true(name_ok("a"));
    assert_true(name_ok("LSJA24030HS192969"));
    assert_true(name_ok("Bus_7.depot-2"));
    assert_true(name_ok("12345678901234567890123456789012"));
    assert_false(name_ok("123456789012345678901234567890123"));
    assert_false(name_ok(""));
}

static void every_other_byte_is_refused(void **state)
{
    static const char allowed[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";

    (void)state;
    for (int c = 0; c < 256; c++) {
        const char name[] = {'u', (char)c, 'n'};
        assert_int_equal(unit_name_ok(name, 3), c != 0 && strchr(allowed, c) != NULL);
    }
}

static void formats_are_spelled_and_read_back(void **state)
{
    static const enum format formats[] = {FORMAT_SENML_JSON, FORMAT_SENML_CBOR, FORMAT_GBT32960,
                                          FORMAT_GB17691};

    (void)state;
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
        const char *name = format_name(formats[i]);
        assert_int_equal(format_parse(name, strlen(name)), formats[i]);
    }
    assert_null(format_name(FORMAT_NONE));
    assert_null(format_name(FORMAT_UNIT_ERROR));
    assert_int_equal(format_parse("senml", 5), FORMAT_NONE);
    assert_int_equal(format_parse("senml-jsonx", 11), FORMAT_NONE);
    assert_int_equal(format_parse("senml-jsonx", 10), FORMAT_SENML_JSON);
    assert_int_equal(format_parse("", 0), FORMAT_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_one_to_32_of_the_allowed_characters),
        cmocka_unit_test(every_other_byte_is_refused),
        cmocka_unit_test(formats_are_spelled_and_read_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

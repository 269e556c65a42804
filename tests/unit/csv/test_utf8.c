#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "shared/utf8.h"

static void code_points_are_decoded_strictly(void **state)
{
    const char *text = "豫a";
    const char *overlong = "\xC0\xAF";
    const char *surrogate = "\xED\xA0\x80";
    const char *beyond = "\xF4\x90\x80\x80";
    const char *lead = "\xFF";
    const char *four = "\xF0\x9F\x9A\x8C";

    (void)state;
    assert_int_equal(utf8_next(&text), 0x8C6B);
    assert_int_equal(utf8_next(&text), 'a');
    assert_int_equal(utf8_next(&text), 0);
    assert_int_equal(utf8_next(&overlong), -1);
    assert_int_equal(utf8_next(&surrogate), -1);
    assert_int_equal(utf8_next(&beyond), -1);
    assert_int_equal(utf8_next(&lead), -1);
    assert_int_equal(utf8_next(&four), 0x1F68C);
}

static void length_counts_characters_and_not_bytes(void **state)
{
    (void)state;
    assert_int_equal(utf8_length("豫U12345"), 7);
    assert_true(utf8_ok("豫U12345"));
    assert_false(utf8_ok("\xBE\xA9U12345"));
}

static void what_is_cut_through_a_character_is_mended(void **state)
{
    char text[] = "a\xE8\xB1"
                  "b\xE8\xB1\xAB\xFF\xE8\xB1";

    (void)state;
    utf8_mend(text);
    assert_string_equal(text, "ab豫");
    utf8_mend(text);
    assert_string_equal(text, "ab豫");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(code_points_are_decoded_strictly),
        cmocka_unit_test(what_is_cut_through_a_character_is_mended),
        cmocka_unit_test(length_counts_characters_and_not_bytes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "shared/ident/vin.h"

static void numbers_with_a_right_check_digit_pass(void **state)
{
    static const char *const good[] = {
        "1M8GDM9AXKP042788", "11111111111111111", "JTHCE96S770008889", "1G1BL52P7TR115520",
        "LTESTBEV5P1000001", "LTESTTRK6R1000002", "LTESTBUS3N1000003", "LTESTFCEXR1000007",
    };

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        assert_int_equal(vin_check(good[i]).verdict, VIN_OK);
}

static void a_wrong_check_digit_names_the_right_one(void **state)
{
    struct vin_finding f = vin_check("1M8GDM9A1KP042788");

    (void)state;
    assert_int_equal(f.verdict, VIN_BAD_CHECK_DIGIT);
    assert_int_equal(f.at, 9);
    assert_int_equal(f.expected, 'X');
}

/* 351 mod 10 is 1 and 89 mod 10 is 9: a sum taken mod 10 would pass both of these. */
static void the_sum_is_taken_mod_11_and_not_mod_10(void **state)
{
    (void)state;
    assert_int_equal(vin_check("1M8GDM9A1KP042788").verdict, VIN_BAD_CHECK_DIGIT);
    assert_int_equal(vin_check("11111111911111111").verdict, VIN_BAD_CHECK_DIGIT);
    assert_int_equal(vin_check("11111111911111111").expected, '1');
}

static void letters_may_stand_at_the_end(void **state)
{
    (void)state;
    assert_int_not_equal(vin_check("LTESTBEV5P1ABCDEF").verdict, VIN_BAD_CHARACTER);
}

static void i_o_q_lower_case_and_signs_are_no_characters_of_a_vin(void **state)
{
    (void)state;
    assert_int_equal(vin_check("1M8GDM9AXKPI42788").at, 12);
    assert_int_equal(vin_check("1M8GDM9AXKPO42788").verdict, VIN_BAD_CHARACTER);
    assert_int_equal(vin_check("QM8GDM9AXKP042788").at, 1);
    assert_int_equal(vin_check("1m8GDM9AXKP042788").at, 2);
    assert_int_equal(vin_check("1M8GDM9AXKP04278-").at, 17);
    assert_int_equal(
        vin_check("\xE8\xB1\xAB\xE8\xB1\xAB\xE8\xB1\xAB\xE8\xB1\xAB\xE8\xB1\xAB\xE8\xB1").verdict,
        VIN_BAD_CHARACTER);
}

static void any_other_length_is_no_vin(void **state)
{
    (void)state;
    assert_int_equal(vin_check("").verdict, VIN_BAD_LENGTH);
    assert_int_equal(vin_check("1M8GDM9AXKP04278").verdict, VIN_BAD_LENGTH);
    assert_int_equal(vin_check("1M8GDM9AXKP0427888").verdict, VIN_BAD_LENGTH);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_with_a_right_check_digit_pass),
        cmocka_unit_test(a_wrong_check_digit_names_the_right_one),
        cmocka_unit_test(the_sum_is_taken_mod_11_and_not_mod_10),
        cmocka_unit_test(letters_may_stand_at_the_end),
        cmocka_unit_test(i_o_q_lower_case_and_signs_are_no_characters_of_a_vin),
        cmocka_unit_test(any_other_length_is_no_vin),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

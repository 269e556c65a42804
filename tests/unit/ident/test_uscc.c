#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "shared/ident/uscc.h"

static void codes_with_both_checks_right_pass(void **state)
{
    static const char *const good[] = {"91419001MA9TEA0117", "91419001MA9TEA02XY",
                                       "91419001MA9TEA038Y", "91419001MA9TEA046R",
                                       "91419001MA9TEA054L"};

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        assert_int_equal(uscc_check(good[i]).verdict, USCC_OK);
}

/* Issued by early pilots and legal: the caller must be able to take them with a warning. */
static void real_codes_that_fail_the_check_say_what_was_expected(void **state)
{
    static const struct {
        const char *code;
        char expected;
    } real[] = {
        {"91350100M0001TGQXM", '1'}, {"91350211M0000XUF46", 'R'}, {"91350203M0001FUE2P", 'J'}};

    (void)state;
    for (size_t i = 0; i < sizeof real / sizeof *real; i++) {
        struct uscc_finding f = uscc_check(real[i].code);
        assert_int_equal(f.verdict, USCC_BAD_CHECK);
        assert_int_equal(f.at, 18);
        assert_int_equal(f.expected, real[i].expected);
    }
}

/* Character 17 is wrong in all of them; one of the 31 last characters makes the outer check right.
 */
static void a_wrong_organisation_code_is_told_apart(void **state)
{
    const char *alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY";
    char code[] = "91419001MA9TEA0127";
    int fits = 0;

    (void)state;
    for (int i = 0; i < 31; i++) {
        code[17] = alphabet[i];
        if (uscc_check(code).verdict == USCC_BAD_ORG_CHECK) {
            assert_int_equal(uscc_check(code).expected, '1');
            assert_int_equal(uscc_check(code).at, 17);
            fits++;
        }
    }
    assert_int_equal(fits, 1);
}

static void letters_outside_the_31_are_named_by_position(void **state)
{
    static const char *const bad[] = {"I1419001MA9TEA0117", "9O419001MA9TEA0117",
                                      "91S19001MA9TEA0117", "914V9001MA9TEA0117",
                                      "9141Z001MA9TEA0117", "91419a01MA9TEA0117"};

    (void)state;
    for (int i = 0; i < 6; i++) {
        assert_int_equal(uscc_check(bad[i]).verdict, USCC_BAD_CHARACTER);
        assert_int_equal(uscc_check(bad[i]).at, i + 1);
    }
}

static void any_other_length_is_no_code(void **state)
{
    (void)state;
    assert_int_equal(uscc_check("").verdict, USCC_BAD_LENGTH);
    assert_int_equal(uscc_check("91419001MA9TEA011").verdict, USCC_BAD_LENGTH);
    assert_int_equal(uscc_check("91419001MA9TEA01170").verdict, USCC_BAD_LENGTH);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(codes_with_both_checks_right_pass),
        cmocka_unit_test(real_codes_that_fail_the_check_say_what_was_expected),
        cmocka_unit_test(a_wrong_organisation_code_is_told_apart),
        cmocka_unit_test(letters_outside_the_31_are_named_by_position),
        cmocka_unit_test(any_other_length_is_no_code),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

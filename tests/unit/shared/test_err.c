#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "shared/err.h"

static void every_code_has_its_own_name(void **state)
{
    (void)state;
    for (int a = 0; a < ERR_COUNT; a++) {
        assert_non_null(err_name((enum err)a));
        for (int b = 0; b < a; b++)
            assert_string_not_equal(err_name((enum err)a), err_name((enum err)b));
    }
    assert_string_equal(err_name(ERR_UNKNOWN_OUTCOME), "unknown-outcome");
}

static void fault_set_fills_and_gives_the_code(void **state)
{
    struct fault fault;

    (void)state;
    assert_int_equal(fault_set(&fault, ERR_FULL, "%s has %d bytes left", "disk", 7), ERR_FULL);
    assert_int_equal(fault.code, ERR_FULL);
    assert_string_equal(fault.text, "disk has 7 bytes left");
}

static void nobody_has_to_read_the_fault(void **state)
{
    (void)state;
    assert_int_equal(fault_set(NULL, ERR_IO, "%d", 1), ERR_IO);
    fault_prefix(NULL, "%d", 1);
}

static void prefixes_stack_up_in_front(void **state)
{
    struct fault fault;

    (void)state;
    (void)fault_set(&fault, ERR_INPUT, "expected a number");
    fault_prefix(&fault, "line %d", 7);
    fault_prefix(&fault, "%s", "gateway.yaml");
    assert_string_equal(fault.text, "gateway.yaml: line 7: expected a number");
    assert_int_equal(fault.code, ERR_INPUT);
}

static void long_sentences_are_cut_and_ended(void **state)
{
    struct fault fault;
    char words[3 * sizeof fault.text];

    (void)state;
    memset(words, 'w', sizeof words - 1);
    words[sizeof words - 1] = '\0';
    (void)fault_set(&fault, ERR_PEER, "%s", words);
    assert_int_equal(strlen(fault.text), sizeof fault.text - 1);
    fault_prefix(&fault, "registry");
    assert_int_equal(strlen(fault.text), sizeof fault.text - 1);
    assert_memory_equal(fault.text, "registry: www", 13);
    fault_prefix(&fault, "%s", words);
    assert_int_equal(strlen(fault.text), sizeof fault.text - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_code_has_its_own_name),
        cmocka_unit_test(fault_set_fills_and_gives_the_code),
        cmocka_unit_test(nobody_has_to_read_the_fault),
        cmocka_unit_test(prefixes_stack_up_in_front),
        cmocka_unit_test(long_sentences_are_cut_and_ended),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "shared/ident/plate.h"

static void assert_plate(const char *text, enum plate_kind kind, enum plate_energy energy)
{
    struct plate plate = plate_read(text);

    if (plate.kind != kind || plate.energy != energy)
        fail_msg("%s: kind %d energy %d", text, plate.kind, plate.energy);
}

static void ordinary_plates_are_known(void **state)
{
    static const char *const good[] = {"豫U12345",  "豫U1A2B3",  "京A0000Z",
                                       "豫U1234挂", "豫U1234学", "豫U1234警",
                                       "粤Z1234港", "粤Z1234澳", "琼B99999"};

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        assert_plate(good[i], PLATE_ORDINARY, PLATE_ENERGY_NONE);
}

static void the_letter_of_a_small_new_energy_plate_stands_first(void **state)
{
    static const char *const electric[] = {"豫UD12345", "豫UA12345", "豫UB12345",
                                           "豫UC12345", "豫UE12345", "豫UDA2345"};
    static const char *const other[] = {"豫UF12345", "豫UG12345", "豫UH12345", "豫UJ12345",
                                        "豫UKZ2345"};

    (void)state;
    for (size_t i = 0; i < sizeof electric / sizeof *electric; i++)
        assert_plate(electric[i], PLATE_NEV_SMALL, PLATE_ENERGY_ELECTRIC);
    for (size_t i = 0; i < sizeof other / sizeof *other; i++)
        assert_plate(other[i], PLATE_NEV_SMALL, PLATE_ENERGY_OTHER);
}

static void the_letter_of_a_large_new_energy_plate_stands_last(void **state)
{
    (void)state;
    assert_plate("豫U12345D", PLATE_NEV_LARGE, PLATE_ENERGY_ELECTRIC);
    assert_plate("豫U00001E", PLATE_NEV_LARGE, PLATE_ENERGY_ELECTRIC);
    assert_plate("豫U12345F", PLATE_NEV_LARGE, PLATE_ENERGY_OTHER);
    assert_plate("豫U12345K", PLATE_NEV_LARGE, PLATE_ENERGY_OTHER);
}

static void a_plate_with_i_or_o_is_unknown(void **state)
{
    static const char *const bad[] = {"豫I12345", "豫O12345",  "豫U1I345",  "豫U12O45", "豫U1234O",
                                      "豫UI2345", "豫UI12345", "豫UDO2345", "豫U12345I"};

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_plate(bad[i], PLATE_UNKNOWN, PLATE_ENERGY_NONE);
}

static void other_shapes_are_unknown(void **state)
{
    static const char *const bad[] = {
        "",          "豫",        "豫U",       "豫U1234",    "豫U123456", "豫U1234567",
        "豫UL12345", "豫U12345L", "豫UD1234A", "豫UDD123A4", "AU12345",   "U12345",
        " 豫U12345", "豫U12345 ", "豫U·12345", "龙U12345",   "豫u12345",  "x豫U12345D",
        "豫1U2345",  "豫U1234豫", "CHI-6986"};

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_plate(bad[i], PLATE_UNKNOWN, PLATE_ENERGY_NONE);
}

static void bytes_that_are_no_utf8_are_unknown(void **state)
{
    (void)state;
    assert_plate("\xE8\xB1U12345", PLATE_UNKNOWN, PLATE_ENERGY_NONE); /* cut short */
    assert_plate("\xD4\xA5U12345", PLATE_UNKNOWN, PLATE_ENERGY_NONE); /* GBK */
    assert_plate("豫U1234\xE8", PLATE_UNKNOWN, PLATE_ENERGY_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ordinary_plates_are_known),
        cmocka_unit_test(the_letter_of_a_small_new_energy_plate_stands_first),
        cmocka_unit_test(the_letter_of_a_large_new_energy_plate_stands_last),
        cmocka_unit_test(a_plate_with_i_or_o_is_unknown),
        cmocka_unit_test(other_shapes_are_unknown),
        cmocka_unit_test(bytes_that_are_no_utf8_are_unknown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

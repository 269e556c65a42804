#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "register_fixture.h"
#include "registry/vehicles/records.h"
#include "shared/when.h"

/* A bus that nothing can be said about. */
static struct store_vehicle good_bus(void)
{
    struct store_vehicle v = vehicle_blank();

    SET_TEXT(v.vehicle_id, "LTESTBEV5P1000001");
    SET_TEXT(v.plate, "豫U12345D");
    SET_TEXT(v.area, "419001");
    SET_TEXT(v.owner_id, "91419001MA9TEA0117");
    v.category = CATEGORY_BUS;
    v.energy = ENERGY_BEV;
    v.stage = STAGE_ELECTRIC;
    v.added = 19000;
    return v;
}

enum said { NOTHING, WARNED, REFUSED };

static void assert_said(const struct store_vehicle *v, enum said said, const char *column)
{
    struct remarks remarks = {0};

    vehicle_check(v, &remarks);
    if (said == NOTHING) {
        assert_int_equal(remarks.count, 0);
        return;
    }
    assert_int_equal(remarks.refused, said == REFUSED);
    assert_true(remarks.count >= 1);
    assert_string_equal(remarks.items[0].column, column);
}

static void a_good_vehicle_gets_no_remark(void **state)
{
    struct store_vehicle v = good_bus();

    (void)state;
    assert_said(&v, NOTHING, NULL);
    v.plate[0] = '\0';
    assert_said(&v, NOTHING, NULL);
}

static void a_failed_check_digit_is_a_warning_and_a_wrong_character_a_refusal(void **state)
{
    struct store_vehicle v = good_bus();

    (void)state;
    SET_TEXT(v.vehicle_id, "LTESTBEV6P1000001");
    assert_said(&v, WARNED, "vehicle_id");
    SET_TEXT(v.vehicle_id, "LTESTBEV5P1OOO001");
    assert_said(&v, REFUSED, "vehicle_id");
    SET_TEXT(v.vehicle_id, "ltestbev5p1000001");
    assert_said(&v, REFUSED, "vehicle_id");
}

static void ids_that_are_no_vin_are_taken_with_a_warning(void **state)
{
    struct store_vehicle v = good_bus();

    (void)state;
    SET_TEXT(v.vehicle_id, "CHI-6986TAXI");
    assert_said(&v, WARNED, "vehicle_id");
    SET_TEXT(v.vehicle_id, "CHI-6986-TAXI-017"); /* 17 long, but with signs: no VIN was meant */
    assert_said(&v, WARNED, "vehicle_id");
    SET_TEXT(v.vehicle_id, "LTESTBEV5P100000"); /* one short */
    assert_said(&v, WARNED, "vehicle_id");
    SET_TEXT(v.vehicle_id, "with blank");
    assert_said(&v, REFUSED, "vehicle_id");
    SET_TEXT(v.vehicle_id, "a/b");
    assert_said(&v, REFUSED, "vehicle_id");
    SET_TEXT(v.vehicle_id, "豫-1");
    assert_said(&v, REFUSED, "vehicle_id");
}

static void the_id_of_a_machine_is_opaque(void **state)
{
    struct store_vehicle v = good_bus();

    (void)state;
    v.category = CATEGORY_NON_ROAD;
    v.plate[0] = '\0';
    SET_TEXT(v.vehicle_id, "IOQ 机械/代码");
    assert_said(&v, NOTHING, NULL);
    memset(v.vehicle_id, 'x', 64);
    v.vehicle_id[64] = '\0';
    assert_said(&v, NOTHING, NULL);
    memset(v.vehicle_id, 'x', 65);
    v.vehicle_id[65] = '\0';
    assert_said(&v, REFUSED, "vehicle_id");
}

static void the_plates_letter_is_held_against_the_energy(void **state)
{
    struct store_vehicle v = good_bus();

    (void)state;
    v.energy = ENERGY_PHEV;
    v.stage = STAGE_6B;
    assert_said(&v, WARNED, "plate");
    SET_TEXT(v.plate, "豫U12345F");
    assert_said(&v, NOTHING, NULL);
    v.energy = ENERGY_DIESEL;
    assert_said(&v, WARNED, "plate");
    SET_TEXT(v.plate, "IL 6986");
    assert_said(&v, WARNED, "plate");
    SET_TEXT(v.plate, "豫U12345");
    assert_said(&v, NOTHING, NULL);
}

static void the_stage_is_held_against_the_first_registration(void **state)
{
    struct store_vehicle v = good_bus();

    (void)state;
    v.plate[0] = '\0';
    v.category = CATEGORY_MUCK_TRUCK;
    v.energy = ENERGY_DIESEL;
    v.stage = STAGE_5;
    v.first_registered = when_day((struct when_date){2021, 6, 30});
    assert_said(&v, NOTHING, NULL);
    v.first_registered++;
    assert_said(&v, WARNED, "stage");
    v.stage = STAGE_6A;
    assert_said(&v, NOTHING, NULL);
    v.first_registered = when_day((struct when_date){2019, 6, 30});
    assert_said(&v, WARNED, "stage");
    v.category = CATEGORY_NON_ROAD;
    v.stage = STAGE_3;
    assert_said(&v, NOTHING, NULL);
    v.first_registered = when_day((struct when_date){2022, 12, 1});
    assert_said(&v, WARNED, "stage");
}

static void a_machine_has_no_road_stage_and_d_is_for_electric(void **state)
{
    struct store_vehicle v = good_bus();

    (void)state;
    v.plate[0] = '\0';
    v.energy = ENERGY_DIESEL;
    assert_said(&v, WARNED, "stage");
    v.stage = STAGE_5;
    v.category = CATEGORY_NON_ROAD;
    assert_said(&v, REFUSED, "stage");
    v.stage = STAGE_4;
    assert_said(&v, NOTHING, NULL);
}

static void what_cannot_be_is_refused(void **state)
{
    struct store_vehicle v = good_bus();

    (void)state;
    v.removed = v.added - 1;
    assert_said(&v, REFUSED, "removed");
    v.removed = v.added;
    assert_said(&v, NOTHING, NULL);
    v = good_bus();
    SET_TEXT(v.area, "Jiyuan");
    assert_said(&v, REFUSED, "area");
    v = good_bus();
    SET_TEXT(v.unit, "unit/1");
    assert_said(&v, REFUSED, "unit");
}

static struct remarks org_said(const char *id, enum owner_kind kind)
{
    struct store_org org = org_blank();
    struct remarks remarks = {0};

    SET_TEXT(org.org_id, id);
    org.kind = (int)kind;
    org_check(&org, &remarks);
    return remarks;
}

static void credit_codes_that_fail_are_warned_about(void **state)
{
    (void)state;
    assert_int_equal(org_said("91419001MA9TEA0117", OWNER_SOE).count, 0);
    assert_int_equal(org_said("91350100M0001TGQXM", OWNER_SOE).count, 1);
    assert_false(org_said("91350100M0001TGQXM", OWNER_SOE).refused);
    assert_int_equal(org_said("CHI-OWNER-1", OWNER_PRIVATE).count, 1);
    assert_int_equal(org_said("CHI-OWNER-1", OWNER_INDIVIDUAL).count, 0);
    assert_true(org_said("no blanks", OWNER_PRIVATE).refused);
}

static void fields_say_why_they_do_not_parse(void **state)
{
    struct store_vehicle v = vehicle_blank();
    struct remarks remarks = {0};
    char text[FIELD_TEXT_SIZE];

    (void)state;
    assert_false(field_parse(&vehicle_fields[VEHICLE_ENERGY], "STEAM", &v, &remarks));
    assert_non_null(strstr(remarks.items[0].reason, "\"STEAM\" is none of BEV, PHEV"));
    assert_false(field_parse(&vehicle_fields[VEHICLE_ADDED], "2023-02-29", &v, &remarks));
    assert_false(field_parse(&vehicle_fields[VEHICLE_ADDED], "", &v, &remarks));
    assert_false(field_parse(&vehicle_fields[VEHICLE_BUILT_UP], "yes", &v, &remarks));
    assert_false(field_parse(&vehicle_fields[VEHICLE_PLATE], "a\tb", &v, &remarks));
    assert_int_equal(remarks.count, 5);
    assert_true(field_parse(&vehicle_fields[VEHICLE_ADDED], " 2024-02-29 ", &v, &remarks));
    assert_string_equal(field_text(&vehicle_fields[VEHICLE_ADDED], &v, text), "2024-02-29");
    assert_string_equal(field_text(&vehicle_fields[VEHICLE_REMOVED], &v, text), "");
}

static void the_last_day_of_an_exemption_counts(void **state)
{
    struct store_exemption e = exemption_blank();
    struct remarks remarks = {0};
    char text[FIELD_TEXT_SIZE];

    (void)state;
    assert_true(field_parse(&exemption_fields[3], "2024-01-01", &e, &remarks));
    assert_true(field_parse(&exemption_fields[4], "2024-01-01", &e, &remarks));
    assert_int_equal(e.until, e.from + 1);
    assert_string_equal(field_text(&exemption_fields[4], &e, text), "2024-01-01");
    exemption_check(&e, &remarks);
    assert_false(remarks.refused);
    assert_true(field_parse(&exemption_fields[4], "2023-12-31", &e, &remarks));
    exemption_check(&e, &remarks);
    assert_false(remarks.refused); /* it is withdrawn */
    assert_true(field_parse(&exemption_fields[4], "2023-12-30", &e, &remarks));
    exemption_check(&e, &remarks);
    assert_true(remarks.refused);
}

static void nev_is_what_plugs_in_or_takes_hydrogen(void **state)
{
    static const bool nev[ENERGY_COUNT] = {
        [ENERGY_BEV] = true, [ENERGY_PHEV] = true, [ENERGY_REEV] = true, [ENERGY_FCEV] = true};

    (void)state;
    for (int energy = 0; energy < ENERGY_COUNT; energy++)
        assert_int_equal(energy_is_nev((enum energy)energy), nev[energy]);
}

static void every_word_reads_back(void **state)
{
    static const struct vocabulary *const lists[] = {
        &vocabulary_category,       &vocabulary_energy, &vocabulary_stage,
        &vocabulary_owner_kind,     &vocabulary_exempt, &vocabulary_industry,
        &vocabulary_project_status, &vocabulary_siding};

    (void)state;
    for (size_t i = 0; i < 8; i++)
        for (int code = 1; code < lists[i]->count; code++)
            assert_int_equal(vocabulary_code(lists[i], vocabulary_word(lists[i], code)), code);
    assert_int_equal(vocabulary_code(&vocabulary_energy, "bev"), 0);
    assert_int_equal(vocabulary_code(&vocabulary_energy, ""), 0);
    assert_string_equal(vocabulary_word(&vocabulary_energy, 99), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_vehicle_gets_no_remark),
        cmocka_unit_test(a_failed_check_digit_is_a_warning_and_a_wrong_character_a_refusal),
        cmocka_unit_test(ids_that_are_no_vin_are_taken_with_a_warning),
        cmocka_unit_test(the_id_of_a_machine_is_opaque),
        cmocka_unit_test(the_plates_letter_is_held_against_the_energy),
        cmocka_unit_test(the_stage_is_held_against_the_first_registration),
        cmocka_unit_test(a_machine_has_no_road_stage_and_d_is_for_electric),
        cmocka_unit_test(what_cannot_be_is_refused),
        cmocka_unit_test(credit_codes_that_fail_are_warned_about),
        cmocka_unit_test(fields_say_why_they_do_not_parse),
        cmocka_unit_test(the_last_day_of_an_exemption_counts),
        cmocka_unit_test(nev_is_what_plugs_in_or_takes_hydrogen),
        cmocka_unit_test(every_word_reads_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

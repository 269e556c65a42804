/* What the register says against what it says elsewhere: each scenario and its near miss. */
#include "tests/unit/findings/findings_world.h"

static void a_plate_letter_that_says_another_energy_is_found(void **state)
{
    struct world *w = *state;

    put_vehicle(w, "vehicle_id=" CAR, "category=TAXI", "energy=PETROL", "stage=5",
                "plate=豫UD12345");
    assert_string_equal(found(w, "plate-energy", CAR)->cause, "plate 豫UD12345, energy PETROL");
    change_vehicle(w, "vehicle_id=" CAR, "energy=BEV", "stage=D");
    assert_int_equal(found(w, "plate-energy", CAR)->state, FINDING_CLOSED);
}

static void a_plate_letter_that_fits_and_an_ordinary_plate_are_in_order(void **state)
{
    struct world *w = *state;

    put_vehicle(w, "vehicle_id=" CAR, "category=TAXI", "energy=PHEV", "stage=6b",
                "plate=豫UF12345");
    put_vehicle(w, "vehicle_id=" TRUCK, "category=LOGISTICS", "energy=BEV", "stage=D",
                "plate=豫U12345");
    assert_null(found(w, "plate-energy", CAR));
    assert_null(found(w, "plate-energy", TRUCK));
}

static void put_truck(struct world *w, const char *stage, const char *first)
{
    put_vehicle(w, "vehicle_id=" TRUCK, "category=MUCK_TRUCK", "energy=DIESEL", stage, first);
}

static void a_truck_below_stage_6_that_was_registered_when_all_were_is_found(void **state)
{
    struct world *w = *state;

    put_truck(w, "stage=5", "first_registered=2021-07-01");
    assert_true(stands(w, "stage-date", TRUCK));
    put_truck(w, "stage=5", "first_registered=2021-06-30");
    assert_false(stands(w, "stage-date", TRUCK));
}

static void a_stage_6_before_there_was_one_is_found(void **state)
{
    struct world *w = *state;

    put_truck(w, "stage=6a", "first_registered=2019-06-30");
    assert_true(stands(w, "stage-date", TRUCK));
    put_truck(w, "stage=6a", "first_registered=2019-07-01");
    assert_false(stands(w, "stage-date", TRUCK));
}

static void a_machine_made_in_the_time_of_stage_4_and_declared_3_is_found(void **state)
{
    struct world *w = *state;

    put_vehicle(w, "vehicle_id=LOADER-1", "category=NON_ROAD", "energy=DIESEL", "stage=3",
                "first_registered=2022-12-01");
    assert_true(stands(w, "stage-date", "LOADER-1"));
    put_vehicle(w, "vehicle_id=LOADER-1", "category=NON_ROAD", "energy=DIESEL", "stage=3",
                "first_registered=2022-11-30");
    assert_false(stands(w, "stage-date", "LOADER-1"));
}

static void a_disclosure_number_of_another_stage_is_found(void **state)
{
    struct world *w = *state;

    put_vehicle(w, "vehicle_id=LOADER-1", "category=NON_ROAD", "energy=DIESEL", "stage=3",
                "disclosure_no=CNFJG200TEST000000000001");
    assert_non_null(strstr(found(w, "disclosure-stage", "LOADER-1")->cause, "says stage 2"));
    change_vehicle(w, "vehicle_id=LOADER-1", "disclosure_no=CNFJG300TEST000000000001");
    assert_int_equal(found(w, "disclosure-stage", "LOADER-1")->state, FINDING_CLOSED);
}

static void a_disclosure_number_that_says_no_stage_is_left_alone(void **state)
{
    struct world *w = *state;

    put_vehicle(w, "vehicle_id=LOADER-1", "category=NON_ROAD", "energy=DIESEL", "stage=3",
                "disclosure_no=HN-2024-17");
    assert_null(found(w, "disclosure-stage", "LOADER-1"));
}

static void a_car_whose_maker_builds_none_without_a_plug_is_questioned(void **state)
{
    struct world *w = *state;

    put_vehicle(w, "vehicle_id=CAR-1", "category=TAXI", "energy=PETROL", "stage=X", "make=Tesla");
    put_vehicle(w, "vehicle_id=5YJTEST00P1000001", "category=TAXI", "energy=HEV", "stage=X");
    put_vehicle(w, "vehicle_id=CAR-2", "category=TAXI", "energy=BEV", "stage=D", "make=TESLA");
    put_vehicle(w, "vehicle_id=CAR-3", "category=TAXI", "energy=PETROL", "stage=X", "make=TOYOTA");
    put_vehicle(w, "vehicle_id=5YJ-4", "category=TAXI", "energy=PETROL", "stage=X");
    assert_true(stands(w, "maker-electric", "CAR-1"));
    assert_true(stands(w, "maker-electric", "5YJTEST00P1000001"));
    assert_null(found(w, "maker-electric", "CAR-2"));
    assert_null(found(w, "maker-electric", "CAR-3"));
    assert_null(found(w, "maker-electric", "5YJ-4"));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, world_open, world_close)
    const struct CMUnitTest tests[] = {
        TEST(a_plate_letter_that_says_another_energy_is_found),
        TEST(a_plate_letter_that_fits_and_an_ordinary_plate_are_in_order),
        TEST(a_truck_below_stage_6_that_was_registered_when_all_were_is_found),
        TEST(a_stage_6_before_there_was_one_is_found),
        TEST(a_machine_made_in_the_time_of_stage_4_and_declared_3_is_found),
        TEST(a_disclosure_number_of_another_stage_is_found),
        TEST(a_disclosure_number_that_says_no_stage_is_left_alone),
        TEST(a_car_whose_maker_builds_none_without_a_plug_is_questioned),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

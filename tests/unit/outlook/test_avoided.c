/* Avoided emissions held against figures computed by hand, and tables of factors that are wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "registry/outlook/avoided_answer.h"
#include "registry/store/store_bindings.h"
#include "registry/store/store_hours.h"
#include "tests/unit/vehicles/register_fixture.h"

static struct factor_set *builtin(void)
{
    struct factor_set *set = NULL;
    struct fault fault = {0};

    if (factors_load(NULL, &set, &fault) != ERR_OK)
        fail_msg("%s", fault.text);
    return set;
}

/* "name=value" words, NULL at the end. */
static struct avoided ask(struct sql *db, const struct factor_set *set, ...)
{
    struct avoided_query query = avoided_blank(set, day_of("2025-06-30"));
    struct avoided answer;
    struct fault fault = {0};
    const char *word = NULL;
    va_list words;

    va_start(words, set);
    while ((word = va_arg(words, const char *)) != NULL) {
        char name[32];
        size_t len = strcspn(word, "=");
        snprintf(name, sizeof name, "%.*s", (int)len, word);
        if (avoided_take(&query, name, word + len + 1, &fault) != ERR_OK)
            fail_msg("%s", fault.text);
    }
    va_end(words);
    if (avoided_compute(db, &query, &answer, &fault) != ERR_OK)
        fail_msg("%s", fault.text);
    return answer;
}

static void fifty_trucks_avoid_their_nox(void **state)
{
    struct factor_set *set = builtin();
    struct avoided a = ask(NULL, set, "vehicles=50", "distance_km=60000", NULL);
    (void)state;

    assert_int_equal(a.nox.avoided_g, 11682000); /* 11.682 t */
    assert_false(a.co2.known);
    assert_non_null(strstr(a.co2.why, "fuel_l_100km"));
    a = ask(NULL, set, "vehicles=50", "distance_km=60000", "to=CN6", NULL);
    assert_int_equal(a.nox.avoided_g, 7422000); /* 7.422 t */
    factors_free(set);
}

static void one_truck_avoids_its_co2(void **state)
{
    struct factor_set *set = builtin();
    struct avoided a = ask(NULL, set, "distance_km=60000", "fuel_l_100km=35", "kwh_km=1.6", NULL);
    (void)state;

    assert_int_equal(a.fuel_ml.value, 21000000);
    assert_int_equal((a.co2.before_g + 500) / 1000, 54612);
    assert_int_equal((a.co2.after_g + 500) / 1000, 50938);
    assert_int_equal((a.co2.avoided_g + 500) / 1000, 3674);
    a = ask(NULL, set, "distance_km=60000", "fuel_l_100km=35", "kwh_km=1.6",
            "grid=grid_central_2023", NULL);
    assert_int_equal((a.co2.after_g + 500) / 1000, 50602);
    assert_int_equal((a.co2.avoided_g + 500) / 1000, 4010);
    factors_free(set);
}

static void more_can_be_emitted_than_before(void **state)
{
    struct factor_set *set = builtin();
    struct avoided a = ask(NULL, set, "distance_km=100", "fuel_l_100km=35", "kwh_km=3", NULL);
    (void)state;

    /* 35 l: 91,019.46 g; 300 kWh: 159,180 g */
    assert_int_equal(a.co2.before_g, 91019);
    assert_int_equal(a.co2.after_g, 159180);
    assert_int_equal(a.co2.avoided_g, -68161);
    factors_free(set);
}

static void put_hour(struct sql *db, const char *unit, int64_t hour, int64_t metres, int64_t fuel,
                     int64_t energy)
{
    const struct store_hour row = {.hour = hour,
                                   .rows_received = 1,
                                   .rows_unique = 1,
                                   .distance_m = metres,
                                   .fuel_ul = fuel,
                                   .discharged_mwh = energy,
                                   .last_sample = (const uint8_t *)"",
                                   .last_sample_len = 0};
    struct fault fault = {0};

    assert_int_equal(sql_begin(db, SQL_WRITE, &fault), ERR_OK);
    if (store_hour_put(db, unit, &row, NULL, &fault) != ERR_OK)
        fail_msg("%s", fault.text);
    assert_int_equal(sql_commit(db, &fault), ERR_OK);
}

static void what_telemetry_measured_stands_before_what_was_given(void **state)
{
    struct factor_set *set = builtin();
    struct register_fixture f;
    struct avoided a;
    int64_t hour = (int64_t)day_of("2025-06-30") * 24;
    (void)state;

    fixture_open(&f, "2025-06-30");
    fixture_org(&f, "org-1", OWNER_SOE, "2000-01-01");
    fixture_vehicle(&f, CHANGE_PUT, NULL, "vehicle_id=TRK-1", "category=LOGISTICS", "energy=DIESEL",
                    "stage=5", "owner_id=org-1", "area=419001", "built_up=1", "added=2020-01-01",
                    "unit=unit-1", NULL);
    put_hour(f.db, "unit-1", hour, 50000, 17500000, 0);
    put_hour(f.db, "unit-1", hour - 366 * 24, 9999999, 1, 0); /* a day too old */
    a = ask(f.db, set, "vehicle=TRK-1", "distance_km=1", "fuel_l_100km=1", "kwh_km=1.6", NULL);
    assert_int_equal(a.distance_m.value, 50000);
    assert_int_equal(a.distance_m.origin, AVOIDED_MEASURED);
    assert_int_equal(a.fuel_ml.value, 17500);
    assert_int_equal(a.fuel_ml.origin, AVOIDED_MEASURED);
    assert_int_equal(a.energy_wh.value, 80000);
    assert_int_equal(a.energy_wh.origin, AVOIDED_GIVEN);
    assert_int_equal(a.nox.avoided_g, 195); /* 194.7 g */
    fixture_close(&f);
    factors_free(set);
}

static void inputs_that_make_no_sense_are_refused(void **state)
{
    static const struct {
        const char *name, *value;
    } cases[] = {{"vehicles", "0"},      {"vehicles", "1.5"},   {"vehicles", "-1"},
                 {"from", "CN4"},        {"to", "HEV"},         {"distance_km", "1.2345"},
                 {"distance_km", "1e3"}, {"kwh_km", "100.001"}, {"as_of", "2025-02-29"},
                 {"grid", ""},           {"fuel_l_100km", "."}, {"fuel_l_100km", "3."}};
    struct factor_set *set = builtin();
    struct avoided_query query = avoided_blank(set, 20000);
    struct avoided answer;
    struct fault fault = {0};
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        if (avoided_take(&query, cases[i].name, cases[i].value, &fault) != ERR_INPUT)
            fail_msg("%s=%s", cases[i].name, cases[i].value);
    query = avoided_blank(set, 20000);
    query.grid = "nox_cn5";
    assert_int_equal(avoided_compute(NULL, &query, &answer, &fault), ERR_INPUT);
    query = avoided_blank(set, 20000);
    query.from = AVOIDED_CN6;
    query.to = AVOIDED_TO_CN6;
    assert_int_equal(avoided_compute(NULL, &query, &answer, &fault), ERR_INPUT);
    factors_free(set);
}

/* ---- another table ---- */

#define ROW(id, value, unit, confidence)                                                           \
    "  - {id: " id ", value: \"" value "\", unit: " unit                                           \
    ", title_zh: t, title_en: t, source: s, confidence: " confidence "}\n"
#define REST                                                                                       \
    ROW("nox_cn6", "1.4", "g/km", "found")                                                         \
    ROW("diesel_co2", "3", "kg/kg", "known")                                                       \
    ROW("diesel_density", "0.8", "kg/l", "known")                                                  \
    ROW("grid_national_2023", "0.5", "kg/kWh", "assumed")

static enum err load(const char *text, struct factor_set **set, struct fault *fault)
{
    char path[] = "/tmp/evroll-factors-XXXXXX";
    int fd = mkstemp(path);
    enum err err = ERR_OK;

    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    close(fd);
    err = factors_load(path, set, fault);
    unlink(path);
    return err;
}

static void another_table_takes_the_place_of_the_built_in_one(void **state)
{
    struct factor_set *set = NULL;
    struct fault fault = {0};
    (void)state;

    assert_int_equal(load("factors:\n" ROW("nox_cn5", "5", "g/km", "found") REST, &set, &fault),
                     ERR_OK);
    assert_int_equal(ask(NULL, set, "distance_km=1000", NULL).nox.avoided_g, 5000);
    assert_null(factors_find(set, "grid_central_2023"));
    factors_free(set);
}

static void a_table_that_is_wrong_is_refused_with_its_place(void **state)
{
    static const struct {
        const char *text, *saying;
    } cases[] = {
        {"factors:\n" REST, "\"nox_cn5\" is missing"},
        {"factors:\n" REST ROW("nox_cn5", "1.23456", "g/km", "found"), ":6:"},
        {"factors:\n" REST ROW("nox_cn5", "-1", "g/km", "found"), "decimal"},
        {"factors:\n" REST ROW("nox_cn5", "1", "g/kWh", "found"), "unit"},
        {"factors:\n" REST ROW("nox_cn5", "1", "g/km", "sure"), "found, known or assumed"},
        {"factors:\n" REST ROW("nox_cn6", "1", "g/km", "found"), "twice"},
        {"factors:\n" REST ROW("pm_cn5", "1", "g/km", "found"), "no such factor"},
    };
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct factor_set *set = NULL;
        struct fault fault = {0};
        if (load(cases[i].text, &set, &fault) != ERR_INPUT ||
            strstr(fault.text, cases[i].saying) == NULL)
            fail_msg("%zu: %s", i, fault.text);
        assert_null(set);
    }
}

static void the_answer_shows_its_inputs_and_their_sources(void **state)
{
    struct factor_set *set = builtin();
    struct avoided a = ask(NULL, set, "distance_km=60000", "fuel_l_100km=35", "kwh_km=1.6", NULL);
    json_t *json = avoided_json(&a);
    const json_t *inputs = json_object_get(json, "inputs");
    (void)state;

    assert_non_null(json);
    assert_int_equal(json_array_size(inputs), 8);
    for (size_t i = 4; i < 8; i++)
        assert_true(json_is_string(json_object_get(json_array_get(inputs, i), "source")));
    json_decref(json);
    factors_free(set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fifty_trucks_avoid_their_nox),
        cmocka_unit_test(one_truck_avoids_its_co2),
        cmocka_unit_test(more_can_be_emitted_than_before),
        cmocka_unit_test(what_telemetry_measured_stands_before_what_was_given),
        cmocka_unit_test(inputs_that_make_no_sense_are_refused),
        cmocka_unit_test(another_table_takes_the_place_of_the_built_in_one),
        cmocka_unit_test(a_table_that_is_wrong_is_refused_with_its_place),
        cmocka_unit_test(the_answer_shows_its_inputs_and_their_sources),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

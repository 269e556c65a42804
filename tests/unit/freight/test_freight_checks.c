#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "registry/freight/checks.h"
#include "registry/freight/sums.h"
#include "shared/when.h"

#define LINES 3

/* A report in which nothing is wrong, to be changed by each test. */
struct sound {
    struct store_org org;
    struct store_freight_line lines[LINES];
    struct store_freight_content content;
    struct check_facts facts;
    struct arena *arena;
};

static int set_up(void **state)
{
    static struct sound sound;
    struct sound *s = &sound;

    *s = (struct sound){
        .org = {.org_id = "91419001MA9TEA0117",
                .siding = vocabulary_code(&vocabulary_siding, "OWN"),
                .project_status = vocabulary_code(&vocabulary_project_status, "NEW")},
        .lines = {{.line = 1,
                   .commodity = COMMODITY_COAL,
                   .direction = FREIGHT_IN,
                   .mode = FREIGHT_RAIL,
                   .tonnes = 1000,
                   .leg = FREIGHT_MAIN},
                  {.line = 2,
                   .commodity = COMMODITY_COAL,
                   .direction = FREIGHT_IN,
                   .mode = FREIGHT_TRUCK_CN6,
                   .tonnes = 500,
                   .leg = FREIGHT_MAIN},
                  {.line = 3,
                   .commodity = COMMODITY_STEEL,
                   .direction = FREIGHT_OUT,
                   .mode = FREIGHT_RAIL,
                   .tonnes = 900,
                   .leg = FREIGHT_MAIN}},
        .content = {.head = {.output_t = FREIGHT_TONNES_NONE, .throughput_t = FREIGHT_TONNES_NONE},
                    .line_count = LINES},
        .facts = {.year_before = CHECK_UNKNOWN,
                  .gate_trucks = CHECK_UNKNOWN,
                  .railway = CHECK_UNKNOWN,
                  .period = {2025 * INT64_C(12) + 5, 1}},
        .arena = arena_create(),
    };
    s->content.lines = s->lines;
    s->facts.org = &s->org;
    s->facts.content = &s->content;
    assert_true(when_day_parse("2025-07-01", &s->facts.today));
    *state = s;
    return 0;
}

static int tear_down(void **state)
{
    arena_destroy(((struct sound *)*state)->arena);
    return 0;
}

/* Exactly one finding, under this key; "" for none. */
static const struct check *only(struct sound *s, const char *key)
{
    struct checks checks = checks_run(&s->facts, s->arena);

    if (checks.count != (key[0] != '\0'))
        fail_msg("%zu findings, the first %s", checks.count,
                 checks.count == 0 ? "none" : checks.items[0].key);
    if (checks.count > 0)
        assert_string_equal(checks.items[0].key, key);
    return checks.items;
}

static void a_sound_report_has_no_findings(void **state)
{
    only(*state, "");
}

static void v1_a_wrong_check_character_is_a_warning(void **state)
{
    struct sound *s = *state;
    const struct check *check = NULL;

    strcpy(s->org.org_id, "91419001MA9TEA0118");
    check = only(s, "freight.v1.code");
    assert_false(check->error);
    assert_non_null(strstr(check->en, "character 8, expected 7"));
    assert_non_null(strstr(check->zh, "校验位为8，应为7"));
}

static void v2_a_period_is_over_before_it_is_submitted(void **state)
{
    struct sound *s = *state;

    s->facts.today--; /* its last day */
    assert_true(only(s, "freight.v2.open")->error);
}

static void v3_no_tonnes_need_a_word(void **state)
{
    struct sound *s = *state;

    s->content.line_count = 0;
    assert_true(only(s, "freight.v3.empty")->error);
    s->content.head.no_activity = true;
    only(s, "");
    s->content.line_count = LINES;
    assert_true(only(s, "freight.v3.activity")->error);
}

static void v4_rail_needs_a_siding_or_a_station(void **state)
{
    struct sound *s = *state;
    const struct check *check = NULL;

    s->org.siding = vocabulary_code(&vocabulary_siding, "BUILDING");
    strcpy(s->lines[2].station, "济源站");
    check = only(s, "freight.v4.siding");
    assert_int_equal(check->line, 1);
    assert_string_equal(check->column, "station");
    strcpy(s->lines[0].station, "济源站");
    only(s, "");
}

static void v5_sums_are_within_10_percent_of_output_and_throughput(void **state)
{
    struct sound *s = *state;

    s->content.head.output_t = 1000;
    s->content.head.throughput_t = 2400;
    only(s, "");
    s->content.head.output_t = 1001; /* 900 is 10.09 % less */
    assert_false(only(s, "freight.v5.output")->error);
    s->content.head.output_t = FREIGHT_TONNES_NONE;
    s->content.head.throughput_t = 2181; /* 2400 is 10.04 % more */
    only(s, "freight.v5.throughput");
}

static void v6_a_large_change_is_explained(void **state)
{
    struct sound *s = *state;

    s->facts.year_before = 1847; /* 2400 is 29.9 % more */
    only(s, "");
    s->facts.year_before = 1846;
    assert_true(only(s, "freight.v6.change")->error);
    strcpy(s->content.head.explanation, "新高炉");
    assert_false(only(s, "freight.v6.explained")->error);
}

static void v7_and_v11_a_mode_says_enough(void **state)
{
    struct sound *s = *state;

    s->lines[1].mode = FREIGHT_TRUCK;
    assert_int_equal(only(s, "freight.v7.stage")->line, 2);
    s->lines[1].mode = FREIGHT_BELT;
    assert_string_equal(only(s, "freight.v11.conveyor")->column, "mode");
}

static void v8_and_v9_what_others_counted_is_within_10_percent(void **state)
{
    struct sound *s = *state;

    s->facts.gate_trucks = 550;
    s->facts.railway = 1900;
    only(s, "");
    s->facts.gate_trucks = 551;
    assert_false(only(s, "freight.v8.gate")->error);
    s->facts.gate_trucks = CHECK_UNKNOWN;
    s->facts.railway = 2112;
    only(s, "freight.v9.railway");
}

static void v10_a_new_site_of_one_and_a_half_million_tonnes_needs_a_siding(void **state)
{
    struct sound *s = *state;

    s->facts.bulk_elsewhere = 15000000 - 2400;
    only(s, "");
    s->org.siding = vocabulary_code(&vocabulary_siding, "NONE");
    s->lines[0].mode = FREIGHT_WATER;
    s->lines[2].mode = FREIGHT_WATER;
    only(s, "freight.v10.siding");
    s->facts.bulk_elsewhere--;
    only(s, "");
    s->facts.bulk_elsewhere++;
    s->org.pipeline = true;
    only(s, "");
}

static void v12_no_line_stands_twice(void **state)
{
    struct sound *s = *state;
    const struct check *check = NULL;

    s->lines[1].mode = FREIGHT_RAIL;
    check = only(s, "freight.v12.double");
    assert_int_equal(check->line, 2);
    assert_string_equal(check->args[0], "1");
    strcpy(s->lines[1].counterpart, "晋城");
    only(s, "");
}

static void what_is_missing_is_named_with_its_column(void **state)
{
    struct sound *s = *state;
    const struct check *check = NULL;

    s->lines[1].direction = FREIGHT_DIRECTION_NONE;
    check = only(s, "freight.missing");
    assert_int_equal(check->line, 2);
    assert_string_equal(check->column, "direction");
    s->lines[1].direction = FREIGHT_IN;
    s->lines[1].commodity = COMMODITY_OTHER_BULK;
    only(s, "freight.note");
    s->lines[1].commodity = COMMODITY_COAL;
    strcpy(s->lines[1].evidence, "1 3");
    s->facts.files = 2;
    assert_string_equal(only(s, "freight.evidence")->args[0], "3");
    s->facts.files = 3;
    only(s, "");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_sound_report_has_no_findings),
        TEST(v1_a_wrong_check_character_is_a_warning),
        TEST(v2_a_period_is_over_before_it_is_submitted),
        TEST(v3_no_tonnes_need_a_word),
        TEST(v4_rail_needs_a_siding_or_a_station),
        TEST(v5_sums_are_within_10_percent_of_output_and_throughput),
        TEST(v6_a_large_change_is_explained),
        TEST(v7_and_v11_a_mode_says_enough),
        TEST(v8_and_v9_what_others_counted_is_within_10_percent),
        TEST(v10_a_new_site_of_one_and_a_half_million_tonnes_needs_a_siding),
        TEST(v12_no_line_stands_twice),
        TEST(what_is_missing_is_named_with_its_column),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

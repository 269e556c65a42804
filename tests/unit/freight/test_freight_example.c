/*
 * The worked example of the domain: five fictional enterprises in 2025, told by quarters in a
 * freight.csv, and every figure that must come out of it.
 */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "registry/freight/checks.h"
#include "registry/freight/gate.h"
#include "registry/freight/shares.h"
#include "registry/plans/plan.h"
#include "tests/unit/freight/freight_file.h"

#define E1 "91419001MA9TEA0117"
#define E2 "91419001MA9TEA02XY"
#define E3 "91419001MA9TEA038Y"
#define E4 "91419001MA9TEA046R"
#define E5 "91419001MA9TEA054L"

enum { ENTERPRISES = 5 };

static const struct {
    const char *id, *industry, *status, *siding;
} enterprises[ENTERPRISES] = {
    {E1, "STEEL", "EXISTING", "OWN"},     {E2, "CEMENT", "EXISTING", "NONE"},
    {E3, "COKING", "EXISTING", "SHARED"}, {E4, "LOGISTICS_PARK", "NEW", "NONE"},
    {E5, "MINING", "EXISTING", "OWN"},
};

/* Tonnes of the year, as the table has them. */
static const struct {
    const char *mode;
    int64_t tonnes[ENTERPRISES];
    int km; /* of E1 */
} table[] = {
    {"RAIL", {5200000, 0, 700000, 0, 400000}, 420},
    {"BELT_ENCLOSED", {900000, 0, 500000, 0, 500000}, 6},
    {"PIPE_CONVEYOR", {0, 1800000, 0, 0, 0}, 6},
    {"BELT_OPEN", {0, 0, 0, 0, 100000}, 6},
    {"TRUCK_NEV", {300000, 500000, 200000, 300000, 0}, 85},
    {"TRUCK_CN6", {1100000, 700000, 500000, 1150000, 0}, 85},
    {"TRUCK_CN5", {0, 0, 100000, 50000, 0}, 85},
};
#define MODES (sizeof table / sizeof table[0])

struct world {
    struct register_fixture f;
    struct arena *arena;
};

static void add_enterprise(struct world *w, size_t i)
{
    struct org_change change = {
        .mode = CHANGE_PUT, .to = org_blank(), .fields = 0x5F, .effective = VEHICLE_DAY_NONE};
    struct remarks remarks = {0};
    enum change_outcome outcome;

    SET_TEXT(change.to.org_id, enterprises[i].id);
    SET_TEXT(change.to.name, enterprises[i].industry);
    change.to.kind = OWNER_SOE;
    change.to.industry = vocabulary_code(&vocabulary_industry, enterprises[i].industry);
    change.to.project_status = vocabulary_code(&vocabulary_project_status, enterprises[i].status);
    change.to.siding = vocabulary_code(&vocabulary_siding, enterprises[i].siding);
    assert_int_equal(registrar_begin(w->f.registrar, NULL), ERR_OK);
    assert_int_equal(registrar_org(w->f.registrar, &change, &outcome, &remarks, NULL), ERR_OK);
    assert_int_equal(registrar_commit(w->f.registrar, NULL), ERR_OK);
    assert_int_equal(outcome, CHANGE_CREATED);
}

/* The table as a file: a quarter of each figure in each quarter. */
static const char *whole_year(struct world *w)
{
    char *text = arena_text(w->arena, HEADER);

    for (size_t m = 0; m < MODES; m++)
        for (size_t e = 0; e < ENTERPRISES; e++)
            for (int q = 1; q <= 4 && table[m].tonnes[e] > 0; q++)
                text = arena_format(w->arena, "%s%s,2025-Q%d,COAL,IN,%s,%" PRId64 ".0,%d,0,\r\n",
                                    text, enterprises[e].id, q, table[m].mode,
                                    table[m].tonnes[e] / 4, e == 0 ? table[m].km : 30);
    return text;
}

static int set_up(void **state)
{
    struct world *w = calloc(1, sizeof *w);
    struct import_counts counts;

    w->arena = arena_create();
    fixture_open(&w->f, "2026-01-10");
    for (size_t i = 0; i < ENTERPRISES; i++)
        add_enterprise(w, i);
    counts = import(&w->f, whole_year(w));
    assert_int_equal(counts.rejected, 0);
    assert_int_equal(counts.created, counts.rows);
    *state = w;
    return 0;
}

static int tear_down(void **state)
{
    struct world *w = *state;

    fixture_close(&w->f);
    arena_destroy(w->arena);
    free(w);
    return 0;
}

static struct freight_shares shares_by(struct world *w, enum freight_by by)
{
    struct shares_query query = {.by = by,
                                 .today = day_of("2026-01-10"),
                                 .distances = freight_distances_default,
                                 .definitions = green_definitions};
    struct freight_shares shares;
    struct fault fault;

    assert_true(period_parse("2025", &query.period));
    if (freight_shares(w->f.db, &query, w->arena, &shares, &fault) != ERR_OK)
        fail_msg("%s", fault.text);
    return shares;
}

static const char *percent(int64_t num, int64_t den, char out[static 16])
{
    snprintf(out, 16, "%.3f", 100.0 * (double)num / (double)den);
    return out;
}

static uint32_t modes_of(const char *definition)
{
    return green_definition_find(definition)->modes;
}

static void assert_share(const struct share_group *group, uint32_t modes, const char *expected)
{
    char text[16];

    assert_string_equal(percent(freight_tonnes(&group->bulk, modes),
                                freight_tonnes(&group->bulk, FREIGHT_MODES_ALL), text),
                        expected);
}

static void assert_row(const struct share_group *group, const char *rail, const char *clean,
                       const char *green, const char *lenient)
{
    assert_share(group, 1u << FREIGHT_RAIL, rail);
    assert_share(group, modes_of("clean_no_trucks"), clean);
    assert_share(group, modes_of("green"), green);
    assert_share(group, modes_of("green_lenient"), lenient);
}

/* ---- the table ---- */

static void every_figure_of_the_table_comes_back(void **state)
{
    struct freight_shares shares = shares_by(*state, FREIGHT_BY_ORG);

    assert_int_equal(shares.group_count, ENTERPRISES);
    for (size_t e = 0; e < ENTERPRISES; e++) {
        int64_t total = 0;
        assert_string_equal(shares.groups[e].id, enterprises[e].id);
        for (size_t m = 0; m < MODES; m++) {
            int mode = vocabulary_code(&vocabulary_freight_mode, table[m].mode);
            assert_int_equal(shares.groups[e].bulk.tonnes[mode], table[m].tonnes[e] * 10);
            total += table[m].tonnes[e] * 10;
        }
        assert_int_equal(freight_tonnes(&shares.groups[e].bulk, FREIGHT_MODES_ALL), total);
    }
}

static void every_share_of_the_table_comes_out(void **state)
{
    struct freight_shares shares = shares_by(*state, FREIGHT_BY_ORG);

    assert_row(&shares.groups[0], "69.333", "81.333", "85.333", "100.000");
    assert_row(&shares.groups[1], "0.000", "60.000", "76.667", "100.000");
    assert_row(&shares.groups[2], "35.000", "60.000", "70.000", "95.000");
    assert_row(&shares.groups[3], "0.000", "0.000", "20.000", "96.667");
    assert_row(&shares.groups[4], "40.000", "90.000", "90.000", "90.000");
    assert_row(&shares.region, "42.000", "66.667", "75.333", "98.333");
}

static void the_region_is_the_sum_of_the_table(void **state)
{
    struct freight_modes bulk = shares_by(*state, FREIGHT_BY_ORG).region.bulk;

    assert_int_equal(bulk.tonnes[FREIGHT_RAIL], 63000000);
    assert_int_equal(bulk.tonnes[FREIGHT_BELT_ENCLOSED] + bulk.tonnes[FREIGHT_PIPE_CONVEYOR],
                     37000000);
    assert_int_equal(bulk.tonnes[FREIGHT_BELT_OPEN], 1000000);
    assert_int_equal(bulk.tonnes[FREIGHT_TRUCK_NEV], 13000000);
    assert_int_equal(bulk.tonnes[FREIGHT_TRUCK_CN6], 34500000);
    assert_int_equal(bulk.tonnes[FREIGHT_TRUCK_CN5], 1500000);
    assert_int_equal(freight_tonnes(&bulk, FREIGHT_MODES_ALL), 150000000);
}

/* Tonnes short of 80 %. */
static int64_t short_of_80(const struct share_group *group, const char *definition)
{
    int64_t all = freight_tonnes(&group->bulk, FREIGHT_MODES_ALL);

    return (all * 4 / 5 - freight_tonnes(&group->bulk, modes_of(definition))) / 10;
}

static void the_region_is_short_by_what_the_definition_says(void **state)
{
    struct freight_shares shares = shares_by(*state, FREIGHT_BY_ORG);

    assert_int_equal(short_of_80(&shares.region, "green"), 700000);
    assert_int_equal(short_of_80(&shares.region, "clean_no_trucks"), 2000000);
    assert_true(short_of_80(&shares.region, "green_lenient") < 0);
}

static double mean_of(const struct freight_shares *shares, const char *definition)
{
    double sum = 0;

    for (size_t i = 0; i < shares->group_count; i++)
        sum += (double)freight_tonnes(&shares->groups[i].bulk, modes_of(definition)) /
               (double)freight_tonnes(&shares->groups[i].bulk, FREIGHT_MODES_ALL);
    return 100 * sum / (double)shares->group_count;
}

static void the_mean_of_the_enterprises_is_another_figure(void **state)
{
    struct freight_shares shares = shares_by(*state, FREIGHT_BY_ORG);
    char text[16];

    snprintf(text, sizeof text, "%.3f", mean_of(&shares, "green"));
    assert_string_equal(text, "68.400");
    snprintf(text, sizeof text, "%.3f", mean_of(&shares, "clean_no_trucks"));
    assert_string_equal(text, "58.267");
    assert_share(&shares.region, modes_of("green"), "75.333");
}

static void rail_of_all_freight_takes_the_freight_of_the_zone(void **state)
{
    struct freight_shares shares = shares_by(*state, FREIGHT_BY_ORG);
    json_t *answer = NULL;
    json_t *share = NULL;

    shares.zone_freight = 315000000;
    answer = freight_shares_json(&shares);
    share = json_object_get(json_object_get(answer, "shares"), "rail_of_all");
    assert_int_equal(json_integer_value(json_array_get(share, 0)), 63000000);
    assert_int_equal(json_integer_value(json_array_get(share, 1)), 315000000);
    assert_true(json_real_value(json_array_get(share, 2)) == 0.2);
    json_decref(answer);
}

static void by_tonne_kilometres_the_steel_works_look_better(void **state)
{
    struct freight_modes e1 = shares_by(*state, FREIGHT_BY_ORG).groups[0].bulk;
    char text[16];

    assert_int_equal(freight_tonne_km(&e1, 1u << FREIGHT_RAIL), INT64_C(218400000000));
    assert_int_equal(freight_tonne_km(&e1, FREIGHT_MODES_ALL), INT64_C(230840000000));
    assert_string_equal(
        percent(e1.tonne_km[FREIGHT_RAIL], freight_tonne_km(&e1, FREIGHT_MODES_ALL), text),
        "94.611");
}

static void all_five_have_reported(void **state)
{
    struct coverage coverage = shares_by(*state, FREIGHT_BY_ORG).coverage;

    assert_int_equal(coverage.expected, 5);
    assert_int_equal(coverage.reported, 5);
    assert_int_equal(coverage.complete, 5);
}

/* ---- the amendment ---- */

/* E1 moves tonnes of the year's last quarter from National VI trucks to rail. */
static void amend(struct world *w, int64_t tonnes)
{
    const char *text = arena_format(w->arena,
                                    HEADER E1 ",2025-Q4,COAL,IN,RAIL,%" PRId64 ",420,0,\r\n" E1
                                              ",2025-Q4,COAL,IN,TRUCK_CN6,%" PRId64 ",85,0,\r\n",
                                    1300000 + tonnes, 275000 - tonnes);
    struct import_counts counts = import(&w->f, text);

    assert_int_equal(counts.changed, 2);
}

static void an_amendment_to_exactly_80_percent_is_enough(void **state)
{
    struct world *w = *state;
    struct freight_shares shares;

    amend(w, 275000);
    assert_int_equal(import(&w->f, HEADER E1 ",2025-Q3,COAL,IN,RAIL,1575000,420,0,\r\n" E1
                                             ",2025-Q3,COAL,IN,TRUCK_CN6,0,85,0,\r\n" E1
                                             ",2025-Q2,COAL,IN,RAIL,1450000,420,0,\r\n" E1
                                             ",2025-Q2,COAL,IN,TRUCK_CN6,125000,85,0,\r\n")
                         .changed,
                     4);
    shares = shares_by(w, FREIGHT_BY_ORG);
    assert_int_equal(freight_tonnes(&shares.region.bulk, modes_of("green")), 120000000);
    assert_int_equal(short_of_80(&shares.region, "green"), 0);
    assert_row(&shares.region, "46.667", "71.333", "80.000", "98.333");
    assert_int_equal(shares.region.all.tonnes[FREIGHT_RAIL] * 1000 / 315000000, 222);
}

static void a_tonne_less_is_not_though_it_prints_the_same(void **state)
{
    struct world *w = *state;
    struct freight_shares shares;
    int64_t green = 0;
    char text[16];

    amend(w, 275000);
    import(&w->f, HEADER E1 ",2025-Q3,COAL,IN,RAIL,1575000,420,0,\r\n" E1
                            ",2025-Q3,COAL,IN,TRUCK_CN6,0,85,0,\r\n" E1
                            ",2025-Q2,COAL,IN,RAIL,1449999,420,0,\r\n" E1
                            ",2025-Q2,COAL,IN,TRUCK_CN6,125001,85,0,\r\n");
    shares = shares_by(w, FREIGHT_BY_ORG);
    green = freight_tonnes(&shares.region.bulk, modes_of("green"));
    assert_int_equal(green, 119999990);
    assert_false(green * 100 >= 80 * freight_tonnes(&shares.region.bulk, FREIGHT_MODES_ALL));
    snprintf(text, sizeof text, "%.2f", 100.0 * (double)green / 150000000.0);
    assert_string_equal(text, "80.00");
}

static int64_t plan_km(const struct plan *plan, const char *id)
{
    for (size_t i = 0; i < plan->parameter_count; i++)
        if (strcmp(plan->parameters[i].id, id) == 0)
            return plan->parameters[i].value;
    fail_msg("the plan has no %s", id);
    return 0;
}

static void long_and_short_are_those_of_the_plan(void **state)
{
    struct plan_set *plans = NULL;

    (void)state;
    assert_int_equal(plan_set_load(NULL, &plans, NULL), ERR_OK);
    assert_int_equal(plan_km(plan_set_find(plans, NULL), "distance_long"),
                     freight_distances_default.long_km);
    assert_int_equal(plan_km(plan_set_find(plans, NULL), "distance_short"),
                     freight_distances_default.short_km);
    plan_set_free(plans);
}

static void the_same_file_again_changes_nothing(void **state)
{
    struct world *w = *state;
    struct import_counts counts = import(&w->f, whole_year(w));

    struct freight_shares shares = shares_by(w, FREIGHT_BY_ORG);

    assert_int_equal(counts.unchanged, counts.rows);
    assert_row(&shares.region, "42.000", "66.667", "75.333", "98.333");
}

static void the_sums_equal_a_recount_after_amendments(void **state)
{
    struct world *w = *state;
    struct freight_scope scope = {.from = day_of("2025-01-01"), .to = day_of("2025-12-31")};
    struct freight_modes kept;
    struct freight_modes counted;

    amend(w, 100);
    amend(w, 250000);
    amend(w, 7);
    assert_int_equal(freight_sums(w->f.db, &scope, &kept, NULL), ERR_OK);
    scope.known_at = INT64_MAX;
    assert_int_equal(freight_sums(w->f.db, &scope, &counted, NULL), ERR_OK);
    assert_memory_equal(&kept, &counted, sizeof kept);
    assert_int_equal(kept.tonnes[FREIGHT_RAIL], 63000070);
}

static void a_plan_says_what_is_green(void **state)
{
    const struct plan_green own = {.id = "green",
                                   .version = 2,
                                   .valid_from = day_of("2025-01-01"),
                                   .valid_to = day_of("2025-12-31"),
                                   .modes = 1u << FREIGHT_RAIL};
    const struct plan plan = {.greens = &own, .green_count = 1};
    struct green_definition definitions[GREEN_DEFINITIONS];
    struct freight_shares shares = shares_by(*state, FREIGHT_BY_ORG);

    green_definitions_of(&plan, day_of("2025-06-30"), definitions);
    assert_int_equal(definitions[1].version, 2);
    assert_share(&shares.region, definitions[1].modes, "42.000");
    assert_int_equal(definitions[0].modes, modes_of("clean_no_trucks"));
    green_definitions_of(NULL, day_of("2025-06-30"), definitions);
    assert_share(&shares.region, definitions[1].modes, "75.333");
}

/* ---- the checks ---- */

static void the_gate_of_the_cement_works_disputes_its_trucks(void **state)
{
    struct freight_modes e2 = shares_by(*state, FREIGHT_BY_ORG).groups[1].bulk;
    struct gate_comparison gate = gate_compare(&e2, 14280000);
    char text[16];

    assert_int_equal(gate.declared, 12000000);
    assert_true(gate.apart);
    assert_string_equal(percent(gate.seen - gate.declared, gate.declared, text), "19.000");
    assert_string_equal(percent(gate.clean_num, gate.clean_den, text), "55.762");
    assert_false(gate_compare(&e2, 13200000).apart); /* 10 % exactly */
}

/* The last quarter of E4 with so many tonnes over or under, beside three that are accepted. */
static struct checks check_park(struct world *w, int64_t more)
{
    struct store_freight_report report = {.key = {E4, "2025-Q4"}, .months = 3};
    struct store_freight_line line = {.line = 1,
                                      .commodity = COMMODITY_COAL,
                                      .direction = FREIGHT_IN,
                                      .mode = FREIGHT_TRUCK_CN6,
                                      .tonnes = 3750000 + more,
                                      .leg = FREIGHT_MAIN};
    struct store_freight_content content = {
        .head = {.output_t = -1, .throughput_t = -1}, .lines = &line, .line_count = 1};
    struct check_facts facts;
    struct fault fault;

    report.first_month = 2025 * INT64_C(12) + 9;
    if (checks_facts(w->f.db, &report, day_of("2026-01-10"), w->arena, &facts, &fault) != ERR_OK)
        fail_msg("%s", fault.text);
    facts.content = &content;
    return checks_run(&facts, w->arena);
}

static bool finds(const struct checks *checks, const char *rule)
{
    for (size_t i = 0; i < checks->count; i++)
        if (strcmp(checks->items[i].rule, rule) == 0)
            return true;
    return false;
}

static void a_new_park_of_one_and_a_half_million_tonnes_needs_a_siding(void **state)
{
    struct checks exactly = check_park(*state, 0);
    struct checks less = check_park(*state, -10);

    assert_true(finds(&exactly, "V10"));
    assert_false(finds(&less, "V10"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_figure_of_the_table_comes_back),
        TEST(every_share_of_the_table_comes_out),
        TEST(the_region_is_the_sum_of_the_table),
        TEST(the_region_is_short_by_what_the_definition_says),
        TEST(the_mean_of_the_enterprises_is_another_figure),
        TEST(rail_of_all_freight_takes_the_freight_of_the_zone),
        TEST(by_tonne_kilometres_the_steel_works_look_better),
        TEST(all_five_have_reported),
        TEST(an_amendment_to_exactly_80_percent_is_enough),
        TEST(a_tonne_less_is_not_though_it_prints_the_same),
        TEST(a_plan_says_what_is_green),
        TEST(long_and_short_are_those_of_the_plan),
        TEST(the_same_file_again_changes_nothing),
        TEST(the_sums_equal_a_recount_after_amendments),
        TEST(the_gate_of_the_cement_works_disputes_its_trucks),
        TEST(a_new_park_of_one_and_a_half_million_tonnes_needs_a_siding),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The plan that ships, and each way a plan can be wrong with the place that the fault names. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "registry/plans/plan.h"
#include "registry/plans/plan_internal.h"
#include "registry/vehicles/vocabulary.h"

static const char good[] = "plan:\n"                         /* 1 */
                           "  id: test\n"                    /* 2 */
                           "  title_zh: 计划\n"              /* 3 */
                           "  title_en: Plan\n"              /* 4 */
                           "  document: D-1\n"               /* 5 */
                           "  issued: 2024-01-17\n"          /* 6 */
                           "  from: 2023-01-01\n"            /* 7 */
                           "  to: 2025-12-31\n"              /* 8 */
                           "parameters:\n"                   /* 9 */
                           "  - id: basic\n"                 /* 10 */
                           "    num: 80\n"                   /* 11 */
                           "    den: 100\n"                  /* 12 */
                           "    source: S\n"                 /* 13 */
                           "rules:\n"                        /* 14 */
                           "  - id: A\n"                     /* 15 */
                           "    version: 1\n"                /* 16 */
                           "    valid_from: 2023-01-01\n"    /* 17 */
                           "    valid_to: 2024-06-30\n"      /* 18 */
                           "    title_zh: 甲\n"              /* 19 */
                           "    title_en: A\n"               /* 20 */
                           "    text_zh: 甲甲\n"             /* 21 */
                           "    text_en: AA\n"               /* 22 */
                           "    source_doc: D\n"             /* 23 */
                           "    authority: local\n"          /* 24 */
                           "    kind: STOCK_SHARE\n"         /* 25 */
                           "    subject:\n"                  /* 26 */
                           "      categories: [BUS, TAXI]\n" /* 27 */
                           "    qualifies: NEV\n"            /* 28 */
                           "    cmp: GE\n"                   /* 29 */
                           "    threshold:\n"                /* 30 */
                           "      parameter: basic\n"        /* 31 */
                           "    strength: SHALL\n"           /* 32 */
                           "    approx: BASIC\n"             /* 33 */
                           "    due: 2025-12-31\n"           /* 34 */
                           "    lead: L\n"                   /* 35 */
                           "  - id: A\n"                     /* 36 */
                           "    version: 2\n"                /* 37 */
                           "    valid_from: 2024-07-01\n"    /* 38 */
                           "    title_zh: 甲\n"              /* 39 */
                           "    title_en: A\n"               /* 40 */
                           "    text_zh: 甲甲\n"             /* 41 */
                           "    text_en: AA\n"               /* 42 */
                           "    source_doc: D\n"             /* 43 */
                           "    authority: province\n"       /* 44 */
                           "    kind: FLOW_SHARE\n"          /* 45 */
                           "    subject: {built_up: true}\n" /* 46 */
                           "    qualifies: NEV_OR_CN6\n"     /* 47 */
                           "    exempt: [EMERGENCY]\n"       /* 48 */
                           "    cmp: EQ\n"                   /* 49 */
                           "    threshold:\n"                /* 50 */
                           "      num: 1\n"                  /* 51 */
                           "      den: 1\n"                  /* 52 */
                           "      source: T\n"               /* 53 */
                           "    strength: STRIVE\n"          /* 54 */
                           "    approx: EXACT\n"             /* 55 */
                           "    due: continuous\n"           /* 56 */
                           "    window: rolling_12m\n"       /* 57 */
                           "    lead: M\n"                   /* 58 */
                           "    support: [N, O]\n";          /* 59 */

/* The good plan with the one text in place of the other. */
static void refused(const char *old, const char *new, const char *place, const char *saying)
{
    char text[sizeof good + 512];
    const char *at = strstr(good, old);
    struct plan_set *set = (struct plan_set *)text;
    struct fault fault = {0};

    assert_non_null(at);
    snprintf(text, sizeof text, "%.*s%s%s", (int)(at - good), good, new, at + strlen(old));
    assert_int_equal(plan_set_load_text("p.yaml", text, strlen(text), &set, &fault), ERR_INPUT);
    assert_null(set);
    if (strncmp(fault.text, place, strlen(place)) != 0 || strstr(fault.text, saying) == NULL)
        fail_msg("for: %s\nexpected: %s … %s\ngot:      %s", new, place, saying, fault.text);
}

static int32_t day(const char *text)
{
    int32_t number = 0;

    assert_true(when_day_parse(text, &number));
    return number;
}

static void a_good_plan_is_loaded_whole(void **state)
{
    struct plan_set *set = NULL;
    struct fault fault = {0};
    (void)state;

    if (plan_set_load_text("p.yaml", good, strlen(good), &set, &fault) != ERR_OK)
        fail_msg("%s", fault.text);
    const struct plan *plan = plan_set_find(set, "test");
    assert_ptr_equal(plan, plan_set_find(set, NULL));
    assert_null(plan_set_find(set, "none"));
    assert_int_equal(plan_set_count(set), 1);
    assert_string_equal(plan->document, "D-1");
    assert_int_equal(plan->to, day("2025-12-31"));
    const struct rule *first = &plan->rules[0];
    assert_int_equal(first->subject.categories, 1u << CATEGORY_BUS | 1u << CATEGORY_TAXI);
    assert_int_equal(first->threshold.num, 80);
    assert_string_equal(first->threshold.parameter, "basic");
    assert_string_equal(first->threshold.source, "S");
    assert_int_equal(first->due, day("2025-12-31"));
    assert_int_equal(first->window, WINDOW_NONE);
    const struct rule *second = &plan->rules[1];
    assert_true(second->subject.built_up);
    assert_int_equal(second->subject.categories, 0);
    assert_int_equal(second->exempt, 1u << EXEMPT_EMERGENCY);
    assert_int_equal(second->due, WHEN_DAY_NEVER);
    assert_int_equal(second->authority, AUTHORITY_PROVINCE);
    assert_int_equal(second->support_count, 2);
    assert_string_equal(second->support[1], "O");
    plan_set_free(set);
}

static enum err count_rule(void *arg, const struct rule *rule)
{
    (void)rule;
    ++*(int *)arg;
    return ERR_OK;
}

static void the_version_of_a_rule_is_that_of_the_day(void **state)
{
    static const struct {
        const char *day;
        int64_t version;
    } cases[] = {{"2020-01-01", 1},
                 {"2023-01-01", 1},
                 {"2024-06-30", 1},
                 {"2024-07-01", 2},
                 {"2030-01-01", 2}};
    struct plan_set *set = NULL;
    (void)state;

    assert_int_equal(plan_set_load_text("p", good, strlen(good), &set, NULL), ERR_OK);
    const struct plan *plan = plan_set_find(set, NULL);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int count = 0;
        assert_int_equal(plan_rule(plan, "A", day(cases[i].day))->version, cases[i].version);
        assert_int_equal(plan_rules(plan, day(cases[i].day), count_rule, &count), ERR_OK);
        assert_int_equal(count, 1);
    }
    assert_null(plan_rule(plan, "B", day("2024-01-01")));
    plan_set_free(set);
}

static void what_a_kind_cannot_be_made_of_is_refused_by_name(void **state)
{
    (void)state;
    refused("kind: STOCK_SHARE", "kind: USAGE_SHARE", "p.yaml:15:5: rule A",
            "a USAGE_SHARE cannot have the window none; it takes plan_period");
    refused("kind: STOCK_SHARE", "kind: RANK", "p.yaml:28:16: rule A",
            "a RANK cannot be of the metric NEV; it takes PLACE");
    refused("kind: STOCK_SHARE", "kind: STOCK", "p.yaml:25:11: \"STOCK\" is no value for \"kind\"",
            "STOCK_SHARE, FLOW_SHARE, USAGE_SHARE, ENTITY_BOOL, REGION_SHARE, RANK, QUALITATIVE");
    refused("qualifies: NEV\n", "qualifies: TREND\n", "p.yaml:28:16: rule A",
            "cannot be of the metric TREND; it takes NEV, NEV_OR_CN6");
    refused("qualifies: NEV\n", "qualifies: CLEAN\n", "p.yaml:28:16: \"CLEAN\"", "NEV_OR_CN6");
    refused("cmp: GE", "cmp: WITHIN", "p.yaml:31:7: rule A", "belong together");
    refused("    cmp: GE\n", "", "p.yaml:15:5: rule A", "needs the key \"cmp\"");
    refused("categories: [BUS, TAXI]", "industries: [STEEL]", "p.yaml:27:7: rule A",
            "choose enterprises");
    refused("    lead: L\n", "    lead: L\n    indicators: [SUBSIDY]\n", "p.yaml:36:17: rule A",
            "does not read the key \"indicators\"");
    refused("    lead: L\n", "    lead: L\n    dispute: other\n", "p.yaml:36:14: rule A",
            "no parameter \"other\"");
}

/* The rule A of the good plan as one about freight. */
static void freight_refused(const char *freight, const char *window, const char *saying)
{
    char text[1024];

    snprintf(text, sizeof text,
             "kind: REGION_SHARE\n    subject: {}\n    qualifies: FREIGHT_MODES\n"
             "    window: %s\n    freight: {goods: BULK, base: REPORTED%s}\n",
             window, freight);
    refused("kind: STOCK_SHARE\n    subject:\n      categories: [BUS, TAXI]\n    qualifies: NEV\n",
            text, "p.yaml:", saying);
}

static void freight_names_modes_or_a_definition(void **state)
{
    (void)state;
    freight_refused("", "four_quarters", "either modes or a definition");
    freight_refused(", modes: [RAIL], definition: green", "four_quarters", "either modes");
    freight_refused(", definition: green", "four_quarters", "no definition \"green\"");
    freight_refused(", modes: [RAIL], km_min: far", "four_quarters", "no parameter \"far\"");
    freight_refused(", modes: [RAIL], km_min: basic", "four_quarters", "\"basic\" is no km");
    freight_refused(", modes: [ROAD]", "four_quarters", "\"ROAD\"");
    freight_refused(", modes: [RAIL]", "plan_period", "it takes calendar_year, four_quarters");
}

static void definitions_and_parameters_are_checked(void **state)
{
    static const char greens[] =
        "green_definitions:\n"
        "  - {id: g, version: 1, valid_from: 2023-01-01, title_zh: 绿, title_en: G, modes: [RAIL],"
        " source: S}\n"
        "  - {id: g, version: %d, valid_from: 2024-01-01, title_zh: 绿, title_en: G, modes: [RAIL],"
        " source: S}\nrules:\n";
    char text[512];
    (void)state;

    snprintf(text, sizeof text, greens, 1);
    refused("rules:\n", text, "p.yaml:16:10: the definition \"g\"", "given twice");
    snprintf(text, sizeof text, greens, 2);
    refused("rules:\n", text, "p.yaml:16:10: the definition \"g\"", "hold on the same days");
    refused("    num: 80\n", "    num: 80\n    value: 5\n", "p.yaml:10:5: the parameter \"basic\"",
            "neither a ratio");
    refused("    num: 80\n    den: 100\n", "    value: 5\n    unit: km\n", "p.yaml:31:18: rule A",
            "\"basic\" is no ratio");
}

static void words_of_the_register_are_checked(void **state)
{
    (void)state;
    refused("[BUS, TAXI]", "[BUS, TRAM]", "p.yaml:27:25: \"TRAM\" is no value for entry 2",
            "NON_ROAD");
    refused("[EMERGENCY]", "[HOLIDAY]", "p.yaml:48:14: \"HOLIDAY\"", "EMERGENCY, SPECIAL_NEED");
    refused("{built_up: true}", "{area: Jiyuan}", "p.yaml:46:21: rule A", "division code");
    refused("{built_up: true}", "{owner_kinds: [STATE]}", "p.yaml:46:29: \"STATE\"", "SOE");
}

static void a_threshold_has_a_number_and_a_source(void **state)
{
    (void)state;
    refused("      source: T\n", "", "p.yaml:51:7: rule A: the threshold has no source", "source");
    refused("      num: 1\n      den: 1\n", "      num: 1\n      den: 0\n", "p.yaml:51:7: 1/0",
            "1 <= num <= den");
    refused("      num: 1\n      den: 1\n", "      num: 3\n      den: 2\n", "p.yaml:51:7: 3/2",
            "1 <= num <= den");
    refused("      num: 1\n      den: 1\n", "      num: 0\n      den: 2\n", "p.yaml:51:7: 0/2",
            "1 <= num <= den");
    refused("      num: 1\n      den: 1\n", "      num: 9\n      den: 10\n", "p.yaml:51:7: rule A",
            "EQ means all");
    refused("parameter: basic", "parameter: other", "p.yaml:31:18: rule A",
            "no parameter \"other\"");
    refused("parameter: basic", "parameter: basic\n      num: 1", "p.yaml:31:7: rule A", "either");
    refused("    den: 100\n", "    den: 0\n", "p.yaml:10:5: 80/0", "1 <= num <= den");
    refused("    source: S\n", "", "p.yaml:10:5: the key \"source\" is missing", "");
}

static void days_and_versions_are_checked(void **state)
{
    (void)state;
    refused("from: 2023-01-01\n  to", "from: 2023-02-30\n  to", "p.yaml:7:9: \"2023-02-30\"",
            "YYYY-MM-DD");
    refused("to: 2025-12-31", "to: 2022-12-31", "p.yaml:8:7: the plan ends before", "");
    refused("due: 2025-12-31", "due: soon", "p.yaml:34:10: \"soon\"", "or continuous");
    refused("valid_to: 2024-06-30", "valid_to: 2022-06-30", "p.yaml:18:15: rule A",
            "ends before it begins");
    refused("valid_to: 2024-06-30", "valid_to: 2024-07-01", "p.yaml:36:9: rule A: versions 1 and 2",
            "hold on the same days");
    refused("    valid_to: 2024-06-30\n", "", "p.yaml:35:9: rule A: versions 1 and 2",
            "hold on the same days");
    refused("version: 2", "version: 1", "p.yaml:36:9: rule A: version 1 is given twice", "");
    refused("version: 1", "version: 0", "p.yaml:16:14: rule A", "begin with 1");
}

static void windows_belong_to_flows(void **state)
{
    (void)state;
    refused("    window: rolling_12m\n", "", "p.yaml:36:5: rule A",
            "a FLOW_SHARE cannot have the window none");
    refused("    due: 2025-12-31\n", "    due: 2025-12-31\n    window: plan_period\n",
            "p.yaml:35:13: rule A", "a STOCK_SHARE cannot have the window plan_period");
}

static void parts_lie_within_the_subject(void **state)
{
    (void)state;
    refused("    lead: L\n",
            "    lead: L\n    parts:\n      - {id: P, title_zh: 部, title_en: P, "
            "categories: [BUS, POSTAL]}\n",
            "p.yaml:37:55: rule A: part \"P\"", "subject has not");
}

static void parameters_have_one_id(void **state)
{
    (void)state;
    refused("rules:\n", "  - {id: basic, num: 1, den: 2, source: X}\nrules:\n",
            "p.yaml:14:5: the parameter \"basic\"", "twice");
}

/* The words of a plan and the words of the register are two lists of one thing. */
static void masks_of_a_plan_are_the_codes_of_the_register(void **state)
{
    (void)state;
    for (int code = 1; code < CATEGORY_COUNT; code++) {
        char subject[128];
        char text[sizeof good + 256];
        struct plan_set *set = NULL;
        const char *at = strstr(good, "[BUS, TAXI]");
        snprintf(subject, sizeof subject, "[%s]", vocabulary_word(&vocabulary_category, code));
        snprintf(text, sizeof text, "%.*s%s%s", (int)(at - good), good, subject,
                 at + strlen("[BUS, TAXI]"));
        assert_int_equal(plan_set_load_text("p", text, strlen(text), &set, NULL), ERR_OK);
        assert_int_equal(plan_set_at(set, 0)->rules[0].subject.categories, 1u << code);
        plan_set_free(set);
    }
}

/* The 24 rows of the plan, and what the clause makes of each. */
static const struct {
    const char *id;
    enum rule_kind kind;
    enum rule_strength strength;
    const char *due; /* NULL: continuous */
    int percent;     /* of the threshold; 0: none */
    enum rule_comparator comparator;
} rows[] = {
    {"R2-01", RULE_QUALITATIVE, STRENGTH_NONE, NULL, 0, COMPARE_NONE},
    {"R2-02", RULE_QUALITATIVE, STRENGTH_NONE, NULL, 0, COMPARE_NONE},
    {"R2-03", RULE_FLOW_SHARE, STRENGTH_SHALL, NULL, 80, COMPARE_GE},
    {"R2-04a", RULE_FLOW_SHARE, STRENGTH_SHALL, NULL, 100, COMPARE_EQ},
    {"R2-04b", RULE_FLOW_SHARE, STRENGTH_SHALL, NULL, 100, COMPARE_EQ},
    {"R2-04c", RULE_FLOW_SHARE, STRENGTH_SHALL, NULL, 100, COMPARE_EQ},
    {"R2-04d", RULE_FLOW_SHARE, STRENGTH_SHALL, NULL, 100, COMPARE_EQ},
    {"R2-05a", RULE_STOCK_SHARE, STRENGTH_STRIVE, "2025-12-31", 90, COMPARE_GE},
    {"R2-05b", RULE_STOCK_SHARE, STRENGTH_STRIVE, "2025-12-31", 80, COMPARE_GE},
    {"R2-05c", RULE_STOCK_SHARE, STRENGTH_STRIVE, "2025-12-31", 80, COMPARE_GE},
    {"R2-05d", RULE_STOCK_SHARE, STRENGTH_STRIVE, "2025-12-31", 80, COMPARE_GE},
    {"R2-05e", RULE_STOCK_SHARE, STRENGTH_STRIVE, "2025-12-31", 80, COMPARE_GE},
    {"R2-05f", RULE_STOCK_SHARE, STRENGTH_STRIVE, "2025-12-31", 80, COMPARE_GE},
    {"R2-06", RULE_RANK, STRENGTH_STRIVE, "2025-12-31", 66, COMPARE_WITHIN},
    {"R2-07", RULE_USAGE_SHARE, STRENGTH_PRINCIPLE, "2025-12-31", 100, COMPARE_EQ},
    {"R2-08", RULE_USAGE_SHARE, STRENGTH_SHALL, "2025-12-31", 100, COMPARE_EQ},
    {"R3-01", RULE_QUALITATIVE, STRENGTH_NONE, NULL, 0, COMPARE_NONE},
    {"R3-02", RULE_ENTITY_BOOL, STRENGTH_PRINCIPLE, NULL, 100, COMPARE_EQ},
    {"R3-03a", RULE_REGION_SHARE, STRENGTH_SHALL, "2025-12-31", 50, COMPARE_GT},
    {"R3-03b", RULE_REGION_SHARE, STRENGTH_SHALL, "2025-12-31", 50, COMPARE_GT},
    {"R3-04", RULE_REGION_SHARE, STRENGTH_SHALL, "2025-12-31", 80, COMPARE_GE},
    {"R3-05", RULE_REGION_SHARE, STRENGTH_SHALL, "2025-12-31", 20, COMPARE_WITHIN},
    {"R7-01", RULE_ENTITY_BOOL, STRENGTH_SHALL, "2025-09-30", 100, COMPARE_EQ},
    {"R7-02", RULE_ENTITY_BOOL, STRENGTH_SHALL, NULL, 100, COMPARE_EQ},
};

static enum err check_row(void *arg, const struct rule *r)
{
    size_t *i = arg;

    assert_true(*i < sizeof rows / sizeof rows[0]);
    assert_string_equal(r->id, rows[*i].id);
    assert_int_equal(r->kind, rows[*i].kind);
    assert_int_equal(r->strength, rows[*i].strength);
    assert_int_equal(r->due, rows[*i].due == NULL ? WHEN_DAY_NEVER : day(rows[*i].due));
    assert_int_equal(r->comparator, rows[*i].comparator);
    assert_int_equal(r->threshold.den == 0 ? 0 : r->threshold.num * 100 / r->threshold.den,
                     rows[*i].percent);
    assert_int_equal(r->threshold.source != NULL, rows[*i].percent != 0);
    assert_true(r->text_zh[0] != '\0' && r->text_en[0] != '\0' && r->source_doc[0] != '\0');
    assert_true(r->support_count > 0);
    ++*i;
    return ERR_OK;
}

static void the_plan_that_ships_has_its_24_rules(void **state)
{
    struct plan_set *set = NULL;
    struct fault fault = {0};
    size_t seen = 0;
    (void)state;

    if (plan_set_load(NULL, &set, &fault) != ERR_OK)
        fail_msg("%s", fault.text);
    const struct plan *plan = plan_set_find(set, "jiyuan-2023-2025");
    assert_non_null(plan);
    assert_string_equal(plan->document, "济管办〔2024〕1号");
    assert_int_equal(plan->issued, day("2024-01-17"));
    assert_int_equal(plan_rules(plan, day("2025-06-30"), check_row, &seen), ERR_OK);
    assert_int_equal(seen, 24);
    const struct rule *trucks = plan_rule(plan, "R2-05c", day("2025-01-01"));
    assert_int_equal(trucks->part_count, 3);
    assert_int_equal(trucks->parts[2].categories, 1u << CATEGORY_LOGISTICS);
    assert_true(trucks->subject.built_up);
    assert_int_equal(plan_rule(plan, "R2-03", day("2025-01-01"))->exempt,
                     1u << EXEMPT_SPECIAL_NEED);
    assert_int_equal(plan_rule(plan, "R2-04a", day("2025-01-01"))->exempt, 0);
    plan_set_free(set);
}

/* The parent text of the province has no 力争; a national text on cement is stricter from 2026. */
static void rules_of_the_shipped_plan_change_with_the_day(void **state)
{
    struct plan_set *set = NULL;
    (void)state;

    assert_int_equal(plan_set_load(NULL, &set, NULL), ERR_OK);
    const struct plan *plan = plan_set_find(set, NULL);
    const struct rule *r = plan_rule(plan, "R2-05a", day("2024-01-16"));
    assert_int_equal(r->strength, STRENGTH_SHALL);
    assert_int_equal(r->authority, AUTHORITY_PROVINCE);
    assert_null(strstr(r->text_zh, "力争"));
    r = plan_rule(plan, "R2-05a", day("2024-01-17"));
    assert_int_equal(r->strength, STRENGTH_STRIVE);
    assert_non_null(strstr(r->text_zh, "力争"));
    r = plan_rule(plan, "R7-01", day("2025-12-31"));
    assert_int_equal(r->plant.nev_of_gap->num, 60);
    assert_int_equal(r->plant.machines, METRIC_NEV_OR_STAGE3);
    r = plan_rule(plan, "R7-01", day("2026-01-01"));
    assert_int_equal(r->plant.nev_of_gap->num, r->plant.nev_of_gap->den);
    assert_int_equal(r->plant.machines, METRIC_NEV_OR_STAGE4);
    r = plan_rule(plan, "R3-05", day("2025-12-31"));
    assert_int_equal(r->threshold.pass_num, 19);
    assert_int_equal(r->threshold.pass_den, 100);
    const struct plan_green *green = plan_green(plan, "green", day("2025-12-31"));
    assert_true((green->modes >> FREIGHT_TRUCK_NEV & 1u) != 0);
    assert_true((green->modes >> FREIGHT_TRUCK_CN6 & 1u) == 0);
    assert_true((green->modes >> FREIGHT_BELT_OPEN & 1u) == 0);
    plan_set_free(set);
}

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void a_folder_of_plans_is_read_beside_the_built_in_one(void **state)
{
    char folder[] = "/tmp/evroll-plans-XXXXXX";
    char path[3][64];
    struct plan_set *set = NULL;
    struct fault fault = {0};
    (void)state;

    assert_non_null(mkdtemp(folder));
    for (int i = 0; i < 3; i++)
        snprintf(path[i], sizeof path[i], "%s/%c.%s", folder, 'a' + i, i == 2 ? "txt" : "yaml");
    write_file(path[0], good);
    write_file(path[2], "not a plan");
    assert_int_equal(plan_set_load(folder, &set, &fault), ERR_OK);
    assert_int_equal(plan_set_count(set), 2);
    assert_string_equal(plan_set_find(set, NULL)->id, "jiyuan-2023-2025");
    assert_non_null(plan_set_find(set, "test"));
    plan_set_free(set);

    write_file(path[1], good);
    assert_int_equal(plan_set_load(folder, &set, &fault), ERR_INPUT);
    assert_non_null(strstr(fault.text, "b.yaml: the plan \"test\" is in"));

    /* A file with the id of the built-in plan takes its place. */
    char own[sizeof good + 32];
    const char *at = strstr(good, "id: test");
    snprintf(own, sizeof own, "%.*sid: jiyuan-2023-2025%s", (int)(at - good), good,
             at + strlen("id: test"));
    write_file(path[1], own);
    assert_int_equal(plan_set_load(folder, &set, &fault), ERR_OK);
    assert_int_equal(plan_set_count(set), 2);
    assert_string_equal(plan_set_find(set, NULL)->document, "D-1");
    plan_set_free(set);

    for (int i = 0; i < 3; i++)
        unlink(path[i]);
    rmdir(folder);
    assert_int_equal(plan_set_load(folder, &set, &fault), ERR_NOT_FOUND);
    assert_null(set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_plan_is_loaded_whole),
        cmocka_unit_test(the_version_of_a_rule_is_that_of_the_day),
        cmocka_unit_test(what_a_kind_cannot_be_made_of_is_refused_by_name),
        cmocka_unit_test(freight_names_modes_or_a_definition),
        cmocka_unit_test(definitions_and_parameters_are_checked),
        cmocka_unit_test(words_of_the_register_are_checked),
        cmocka_unit_test(a_threshold_has_a_number_and_a_source),
        cmocka_unit_test(days_and_versions_are_checked),
        cmocka_unit_test(windows_belong_to_flows),
        cmocka_unit_test(parts_lie_within_the_subject),
        cmocka_unit_test(parameters_have_one_id),
        cmocka_unit_test(masks_of_a_plan_are_the_codes_of_the_register),
        cmocka_unit_test(the_plan_that_ships_has_its_24_rules),
        cmocka_unit_test(rules_of_the_shipped_plan_change_with_the_day),
        cmocka_unit_test(a_folder_of_plans_is_read_beside_the_built_in_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

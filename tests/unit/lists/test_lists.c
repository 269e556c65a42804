/* The lists on small registers: what stands in them, and that their pages put together are the list.
 * tests/e2e/test_lists.py has the formats. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "registry/lists/list.h"
#include "registry/store/store_freight.h"
#include "registry/store/store_freight_sums.h"
#include "registry/store/store_statistics.h"
#include "registry/vehicles/vocabulary.h"
#include "tests/unit/vehicles/register_fixture.h"

#define TODAY "2025-06-30"

struct bench {
    struct register_fixture fixture;
    struct plan_set *plans;
    struct arena *arena;
};

static int bench_open(void **state)
{
    struct bench *b = calloc(1, sizeof *b);
    struct fault fault = {0};

    fixture_open(&b->fixture, TODAY);
    assert_int_equal(plan_set_load(NULL, &b->plans, &fault), ERR_OK);
    b->arena = arena_create();
    fixture_org(&b->fixture, "org-a", OWNER_PRIVATE, "2000-01-01");
    fixture_org(&b->fixture, "org-b", OWNER_PRIVATE, "2000-01-01");
    *state = b;
    return 0;
}

static int bench_close(void **state)
{
    struct bench *b = *state;

    arena_destroy(b->arena);
    plan_set_free(b->plans);
    fixture_close(&b->fixture);
    free(b);
    return 0;
}

static void put(struct bench *b, const char *id, const char *energy, const char *owner,
                const char *area)
{
    char words[4][64];

    snprintf(words[0], 64, "vehicle_id=%s", id);
    snprintf(words[1], 64, "energy=%s", energy);
    snprintf(words[2], 64, "owner_id=%s", owner);
    snprintf(words[3], 64, "area=%s", area);
    fixture_vehicle(&b->fixture, CHANGE_PUT, NULL, words[0], words[1], words[2], words[3],
                    "category=BUS", "stage=X", "built_up=1", "added=2020-01-01", NULL);
}

static void move(struct bench *b, const char *id, const char *owner, const char *day)
{
    char words[3][64];

    snprintf(words[0], 64, "vehicle_id=%s", id);
    snprintf(words[1], 64, "owner_id=%s", owner);
    snprintf(words[2], 64, "effective=%s", day);
    fixture_vehicle(&b->fixture, CHANGE_PATCH, NULL, words[0], words[1], words[2], NULL);
}

/* A "name=value" word into the query. */
static void take_word(const struct list *list, struct list_query *q, const char *word)
{
    struct fault fault = {0};
    char name[32];
    size_t len = strcspn(word, "=");

    snprintf(name, sizeof name, "%.*s", (int)len, word);
    if (list_query_take(list, name, word + len + 1, q, &fault) != ERR_OK)
        fail_msg("%s", fault.text);
}

/* The list in pages of `limit`, one behind the other. */
static json_t *read_pages(struct bench *b, const struct list *list, struct list_query *q,
                          int64_t limit)
{
    json_t *all = json_array();
    struct fault fault = {0};

    q->limit = limit;
    q->after = NULL;
    do {
        struct list_page page = {.sheet = sheet_create(SHEET_JSON, &list->head), .arena = b->arena};
        json_t *rows = NULL;
        if (list_read(b->fixture.db, list, q, &page, &fault) != ERR_OK)
            fail_msg("%s", fault.text);
        rows = sheet_rows_json(page.sheet);
        assert_true((int64_t)json_array_size(rows) <= limit);
        json_array_extend(all, rows);
        json_decref(rows);
        sheet_destroy(page.sheet);
        q->after = page.next;
    } while (q->after != NULL);
    return all;
}

/* The list; its pages of one and of two rows must give the same. */
static json_t *ask(struct bench *b, const char *id, ...)
{
    const struct list *list = list_find(id);
    struct list_query q = list_query_blank(plan_set_find(b->plans, NULL), day_of(TODAY));
    json_t *whole = NULL;
    const char *word = NULL;
    va_list words;

    assert_non_null(list);
    va_start(words, id);
    while ((word = va_arg(words, const char *)) != NULL)
        take_word(list, &q, word);
    va_end(words);
    whole = read_pages(b, list, &q, 1000);
    for (int64_t limit = 1; limit <= 2; limit++) {
        json_t *paged = read_pages(b, list, &q, limit);
        if (!json_equal(whole, paged))
            fail_msg("%s: pages of %d are another list", id, (int)limit);
        json_decref(paged);
    }
    return whole;
}

static const char *text_at(const json_t *rows, size_t row, const char *column)
{
    return json_string_value(json_object_get(json_array_get(rows, row), column));
}

static int64_t number_at(const json_t *rows, size_t row, const char *column)
{
    return json_integer_value(json_object_get(json_array_get(rows, row), column));
}

static void a_transfer_is_listed_once_and_a_correction_is_none(void **state)
{
    struct bench *b = *state;
    json_t *rows = NULL;

    put(b, "V1", "BEV", "org-a", "419001101");
    put(b, "V2", "BEV", "org-a", "419001101");
    put(b, "V3", "BEV", "org-a", "419001101");
    move(b, "V1", "org-b", "2025-06-05");
    move(b, "V2", "org-b", "2025-06-05");
    move(b, "V2", "org-a", "2025-06-05"); /* entered again: no transfer after all */
    move(b, "V3", "org-b", "2025-05-31");
    rows = ask(b, "transfers", NULL);
    assert_int_equal(json_array_size(rows), 1);
    assert_string_equal(text_at(rows, 0, "vehicle_id"), "V1");
    assert_string_equal(text_at(rows, 0, "from_owner"), "org-a");
    assert_string_equal(text_at(rows, 0, "to_owner"), "org-b");
    json_decref(rows);
    rows = ask(b, "transfers", "from=2025-05-01", "to=2025-06-30", NULL);
    assert_int_equal(json_array_size(rows), 2);
    assert_string_equal(text_at(rows, 0, "vehicle_id"), "V3");
    json_decref(rows);
    rows = ask(b, "additions-not-nev", "from=2025-05-01", NULL);
    assert_int_equal(json_array_size(rows), 0);
    json_decref(rows);
}

static void companies_are_ranked_by_share_and_by_change(void **state)
{
    struct bench *b = *state;
    json_t *rows = NULL;

    put(b, "A1", "BEV", "org-a", "419001101");
    put(b, "A2", "BEV", "org-a", "419001102");
    put(b, "B1", "DIESEL", "org-b", "419001102");
    put(b, "B2", "DIESEL", "org-b", "419001102");
    fixture_vehicle(&b->fixture, CHANGE_PATCH, NULL, "vehicle_id=B1", "energy=BEV",
                    "effective=2025-06-01", NULL);
    rows = ask(b, "companies", "rule=R2-05a", NULL);
    assert_string_equal(text_at(rows, 0, "owner"), "org-a");
    assert_int_equal(number_at(rows, 1, "numerator"), 1);
    json_decref(rows);
    rows = ask(b, "companies", "rule=R2-05a", "sort=change", NULL);
    assert_string_equal(text_at(rows, 0, "owner"), "org-b");
    assert_true(json_real_value(json_object_get(json_array_get(rows, 0), "change")) == 0.5);
    json_decref(rows);
    rows = ask(b, "townships", "rule=R2-05a", NULL);
    assert_int_equal(json_array_size(rows), 2);
    assert_string_equal(text_at(rows, 0, "area"), "419001101");
    assert_int_equal(number_at(rows, 1, "denominator"), 3);
    json_decref(rows);
}

static void an_exempt_vehicle_is_in_no_ranking(void **state)
{
    struct bench *b = *state;
    json_t *rows = NULL;

    put(b, "A1", "DIESEL", "org-a", "419001101");
    put(b, "B1", "BEV", "org-b", "419001101");
    fixture_exemption(&b->fixture, "A1", EXEMPT_EMERGENCY, "2020-01-01", NULL);
    rows = ask(b, "companies", "rule=R2-05a", NULL);
    assert_int_equal(json_array_size(rows), 1);
    assert_string_equal(text_at(rows, 0, "owner"), "org-b");
    json_decref(rows);
}

static void an_exemption_is_listed_for_thirty_days(void **state)
{
    static const char *const last_days[] = {"2025-06-29", "2025-06-30", "2025-07-30", "2025-07-31"};
    struct bench *b = *state;
    json_t *rows = NULL;

    for (size_t i = 0; i < 4; i++) {
        char id[8];
        snprintf(id, sizeof id, "V%zu", i);
        put(b, id, "DIESEL", "org-a", "419001101");
        fixture_exemption(&b->fixture, id, EXEMPT_EMERGENCY, "2020-01-01", last_days[i]);
    }
    rows = ask(b, "exemptions-ending", NULL);
    assert_int_equal(json_array_size(rows), 2);
    assert_int_equal(number_at(rows, 0, "days_left"), 0);
    assert_int_equal(number_at(rows, 1, "days_left"), 30);
    json_decref(rows);
    rows = ask(b, "exemptions-ending", "days=31", NULL);
    assert_int_equal(json_array_size(rows), 3);
    json_decref(rows);
}

/* What an enterprise reports for a quarter, in 0.1 t. */
static void put_freight(struct bench *b, const char *org, const char *quarter, int64_t tonnes,
                        int commodity)
{
    struct store_freight_report report = {
        .first_month = strtol(quarter, NULL, 10) * 12 + (quarter[6] - '1') * 3, .months = 3};
    const struct store_freight_line line = {.commodity = commodity,
                                            .direction = FREIGHT_IN,
                                            .mode = FREIGHT_RAIL,
                                            .tonnes = tonnes,
                                            .km = FREIGHT_KM_NONE,
                                            .leg = FREIGHT_MAIN};

    SET_TEXT(report.key.org_id, org);
    SET_TEXT(report.key.period, quarter);
    assert_int_equal(sql_begin(b->fixture.db, SQL_WRITE, NULL), ERR_OK);
    assert_int_equal(store_freight_sums_put(b->fixture.db, &report, &line, 1, NULL), ERR_OK);
    assert_int_equal(sql_commit(b->fixture.db, NULL), ERR_OK);
}

static void the_line_of_a_park_is_inclusive(void **state)
{
    static const struct {
        const char *id, *status, *siding;
        int64_t bulk_t;
        bool pipeline, listed;
    } parks[] = {
        {"p1", "NEW", "NONE", 1500000, false, true},
        {"p2", "NEW", "NONE", 1299999, false, false},
        {"p3", "EXISTING", "BUILDING", 1300000, false, true},
        {"p4", "RELOCATED", "SHARED", 2000000, false, false},
        {"p5", "NEW", "NONE", 2000000, true, false},
        {"p6", "NEW", "NONE", 1499999, false, true}, /* near the line only */
    };
    struct bench *b = *state;
    struct fault fault = {0};
    json_t *rows = NULL;

    assert_int_equal(registrar_begin(b->fixture.registrar, &fault), ERR_OK);
    for (size_t i = 0; i < sizeof parks / sizeof parks[0]; i++) {
        struct org_change change = {
            .mode = CHANGE_PUT, .to = org_blank(), .fields = 0xFF, .effective = VEHICLE_DAY_NONE};
        enum change_outcome outcome;
        struct remarks remarks = {0};
        SET_TEXT(change.to.org_id, parks[i].id);
        SET_TEXT(change.to.name, parks[i].id);
        change.to.kind = OWNER_PRIVATE;
        change.to.project_status = vocabulary_code(&vocabulary_project_status, parks[i].status);
        change.to.siding = vocabulary_code(&vocabulary_siding, parks[i].siding);
        change.to.bulk_t_per_year = parks[i].bulk_t;
        change.to.pipeline = parks[i].pipeline;
        assert_int_equal(registrar_org(b->fixture.registrar, &change, &outcome, &remarks, &fault),
                         ERR_OK);
    }
    assert_int_equal(registrar_commit(b->fixture.registrar, &fault), ERR_OK);
    rows = ask(b, "parks-without-siding", NULL);
    assert_int_equal(json_array_size(rows), 3);
    assert_string_equal(text_at(rows, 0, "finding"), "in scope, without siding or pipeline");
    assert_string_equal(text_at(rows, 1, "org_id"), "p3");
    assert_string_equal(text_at(rows, 2, "finding"), "near the line");
    json_decref(rows);
    /* What is reported for the four quarters counts where it is more than what is declared. */
    put_freight(b, "p2", "2024-Q3", 15000000, COMMODITY_ORE);
    put_freight(b, "p6", "2024-Q4", 8000000, COMMODITY_ORE);
    put_freight(b, "p6", "2025-Q2", 6999999, COMMODITY_ORE);
    put_freight(b, "p6", "2025-Q1", 90000000, COMMODITY_OTHER);  /* no bulk goods */
    put_freight(b, "org-a", "2025-Q1", 13000000, COMMODITY_ORE); /* declares nothing */
    put_freight(b, "org-b", "2024-Q2", 13000000, COMMODITY_ORE); /* too long ago */
    rows = ask(b, "parks-without-siding", NULL);
    assert_int_equal(json_array_size(rows), 5);
    assert_string_equal(text_at(rows, 0, "org_id"), "org-a");
    assert_true(json_is_null(json_object_get(json_array_get(rows, 0), "bulk_t_per_year")));
    assert_int_equal(number_at(rows, 0, "reported_t"), 1300000);
    assert_string_equal(text_at(rows, 2, "finding"), "in scope, without siding or pipeline");
    assert_int_equal(number_at(rows, 2, "bulk_t_per_year"), 1299999);
    assert_int_equal(number_at(rows, 2, "reported_t"), 1500000);
    assert_string_equal(text_at(rows, 4, "finding"), "near the line"); /* by a tenth of a tonne */
    assert_int_equal(number_at(rows, 4, "reported_t"), 1499999);
    json_decref(rows);
}

/* A statistic of the year up to the day, in whole numbers. */
static void put_statistic(struct bench *b, int indicator, const char *subject, const char *last,
                          int64_t thousandths)
{
    struct store_statistic s = {.indicator = indicator,
                                .from = day_of(last) - 364,
                                .until = day_of(last) + 1,
                                .version = 1,
                                .value = thousandths,
                                .published = day_of(last)};

    SET_TEXT(s.subject, subject);
    SET_TEXT(s.source, "bulletin");
    SET_TEXT(s.author, "test");
    assert_int_equal(sql_begin(b->fixture.db, SQL_WRITE, NULL), ERR_OK);
    assert_int_equal(store_statistic_append(b->fixture.db, &s, NULL), ERR_OK);
    assert_int_equal(sql_commit(b->fixture.db, NULL), ERR_OK);
}

static void put_unit_of_province(struct bench *b, int number, int64_t thousandths)
{
    char area[16];

    snprintf(area, sizeof area, "41%02d00", number);
    put_statistic(b, INDICATOR_NEV_PROGRESS, area, "2025-05-31", thousandths);
}

static void a_fleet_is_told_by_energy_and_stage_of_the_rest(void **state)
{
    struct bench *b = *state;
    json_t *rows = NULL;

    put(b, "V1", "BEV", "org-a", "419001101");
    put(b, "V2", "PHEV", "org-a", "419001101");
    put(b, "V3", "DIESEL", "org-a", "419001102");
    fixture_vehicle(&b->fixture, CHANGE_PUT, NULL, "vehicle_id=T1", "energy=DIESEL", "stage=6b",
                    "owner_id=org-a", "area=419001101", "category=LOGISTICS", "built_up=0",
                    "added=2020-01-01", NULL);
    rows = ask(b, "fleet-composition", NULL);
    assert_int_equal(json_array_size(rows), 2);
    assert_string_equal(text_at(rows, 0, "category"), "BUS");
    assert_int_equal(number_at(rows, 0, "vehicles"), 3);
    assert_int_equal(number_at(rows, 0, "nev"), 2);
    assert_int_equal(number_at(rows, 0, "zero_emission"), 1);
    assert_int_equal(number_at(rows, 0, "plugin"), 1);
    assert_int_equal(number_at(rows, 0, "stage_unknown"), 1);
    assert_int_equal(number_at(rows, 1, "stage_6"), 1);
    json_decref(rows);
    rows = ask(b, "fleet-composition", "built_up=1", "area=419001102", NULL);
    assert_int_equal(json_array_size(rows), 1);
    assert_int_equal(number_at(rows, 0, "vehicles"), 1);
    json_decref(rows);
}

static void the_zone_is_in_the_middle_third_or_not_known_to_be(void **state)
{
    struct bench *b = *state;
    json_t *rows = NULL;

    /* A period that ended a year ago, as of which the rule has no data. */
    put_statistic(b, INDICATOR_NEV_PROGRESS, "419001", "2024-06-30", 40125);
    rows = ask(b, "provincial-ranking", NULL);
    assert_int_equal(json_array_size(rows), 0);
    json_decref(rows);
    put_statistic(b, INDICATOR_NEV_PROGRESS, "410100", "2025-06-30", 99000); /* not the zone's */
    put_statistic(b, INDICATOR_NEV_PROGRESS, "419001", "2025-05-31", 40125);
    for (int i = 1; i <= 11; i++)
        put_unit_of_province(b, i, 50000 - 1000 * i + (i > 6 ? -10000 : 0));
    rows = ask(b, "provincial-ranking", NULL); /* 6 are better, and 6 have no value: 7 to 13 */
    assert_int_equal(json_array_size(rows), 12);
    assert_int_equal(number_at(rows, 6, "rank"), 7);
    assert_int_equal(number_at(rows, 6, "rank_at_worst"), 13);
    assert_string_equal(text_at(rows, 6, "area"), "419001");
    assert_true(json_is_true(json_object_get(json_array_get(rows, 6), "zone")));
    assert_true(json_is_null(json_object_get(json_array_get(rows, 6), "third")));
    assert_true(json_real_value(json_object_get(json_array_get(rows, 6), "value")) == 0.401250);
    assert_string_equal(text_at(rows, 6, "source"), "bulletin");
    assert_string_equal(text_at(rows, 6, "published"), "2025-05-31");
    json_decref(rows);
    put_unit_of_province(b, 12, 40125); /* shares the place */
    rows = ask(b, "provincial-ranking", NULL);
    assert_int_equal(number_at(rows, 7, "rank"), 7);
    assert_int_equal(number_at(rows, 7, "rank_at_worst"), 12);
    assert_string_equal(text_at(rows, 7, "third"), "middle");
    json_decref(rows);
}

static void vehicles_are_counted_for_the_points_of_their_area_and_of_what_holds_it(void **state)
{
    struct bench *b = *state;
    json_t *rows = NULL;

    put(b, "A1", "BEV", "org-a", "419001101");
    put(b, "A2", "PHEV", "org-a", "419001101");
    put(b, "B1", "FCEV", "org-b", "419001102");
    put(b, "B2", "DIESEL", "org-b", "419001102");
    put_statistic(b, INDICATOR_CHARGE_POINTS, "419001", "2025-04-30", 9000);
    put_statistic(b, INDICATOR_CHARGE_POINTS, "419001", "2025-05-31", 7000);
    put_statistic(b, INDICATOR_CHARGE_POINTS, "419001", "2025-07-31", 1000); /* not yet */
    put_statistic(b, INDICATOR_CHARGE_POINTS, "org-a", "2025-05-31", 1000);  /* no area */
    put_statistic(b, INDICATOR_SWAP_STATIONS, "419001102", "2025-05-31", 0);
    put_statistic(b, INDICATOR_SWAP_STATIONS, "419001101", "2025-05-31", 2000);
    rows = ask(b, "nev-per-charge-point", NULL);
    assert_int_equal(json_array_size(rows), 3);
    assert_string_equal(text_at(rows, 0, "area"), "419001");
    assert_int_equal(number_at(rows, 0, "nev"), 3);
    assert_int_equal(number_at(rows, 0, "charge_points"), 7);
    assert_int_equal(number_at(rows, 0, "nev_per_100_charge_points"), 42);
    assert_string_equal(text_at(rows, 0, "charge_points_on"), "2025-05-31");
    assert_true(json_is_null(json_object_get(json_array_get(rows, 0), "swap_stations")));
    assert_int_equal(number_at(rows, 1, "nev_per_100_swap_stations"), 100);
    assert_int_equal(number_at(rows, 2, "nev"), 1); /* none for no station */
    assert_true(
        json_is_null(json_object_get(json_array_get(rows, 2), "nev_per_100_swap_stations")));
    json_decref(rows);
    rows = ask(b, "nev-per-charge-point", "area=419001101", NULL);
    assert_int_equal(json_array_size(rows), 1);
    json_decref(rows);
}

static void put_plant(struct bench *b, const char *id, enum industry industry, const char *day)
{
    struct org_change change = {
        .mode = CHANGE_PUT, .to = org_blank(), .fields = 0xFF, .effective = day_of(day)};
    enum change_outcome outcome;
    struct remarks remarks = {0};

    SET_TEXT(change.to.org_id, id);
    SET_TEXT(change.to.name, id);
    change.to.kind = OWNER_PRIVATE;
    change.to.industry = (int)industry;
    assert_int_equal(registrar_begin(b->fixture.registrar, NULL), ERR_OK);
    assert_int_equal(registrar_org(b->fixture.registrar, &change, &outcome, &remarks, NULL),
                     ERR_OK);
    assert_int_equal(registrar_commit(b->fixture.registrar, NULL), ERR_OK);
}

static void put_report(struct bench *b, const char *org, const char *period, int64_t first_month,
                       int64_t months, enum freight_state freight_state)
{
    struct store_freight_report report = {
        .first_month = first_month, .months = months, .state = (int)freight_state, .version = 1};

    SET_TEXT(report.key.org_id, org);
    SET_TEXT(report.key.period, period);
    assert_int_equal(sql_begin(b->fixture.db, SQL_WRITE, NULL), ERR_OK);
    assert_int_equal(store_freight_insert(b->fixture.db, &report, NULL), ERR_OK);
    report.accepted = freight_state == FREIGHT_ACCEPTED;
    assert_int_equal(store_freight_update(b->fixture.db, &report, NULL), ERR_OK);
    assert_int_equal(sql_commit(b->fixture.db, NULL), ERR_OK);
}

static void a_month_without_a_report_in_force_is_listed_for_who_owes_it(void **state)
{
    struct bench *b = *state;
    json_t *rows = NULL;

    put_plant(b, "plant-1", INDUSTRY_STEEL, "2020-01-01");
    put_plant(b, "plant-2", INDUSTRY_OTHER, "2020-01-01");
    put_plant(b, "plant-2", INDUSTRY_MINING, "2025-02-01");
    put_report(b, "plant-1", "2025-Q1", 2025 * 12, 3, FREIGHT_ACCEPTED);
    put_report(b, "plant-1", "2025-04", 2025 * 12 + 3, 1, FREIGHT_RETURNED);
    rows = ask(b, "freight-reports-missing", "from=2025-01-01", NULL);
    /* plant-2 from February, plant-1 from April on; June is not over on its last day */
    assert_int_equal(json_array_size(rows), 6);
    assert_string_equal(text_at(rows, 0, "month"), "2025-02");
    assert_string_equal(text_at(rows, 0, "org_id"), "plant-2");
    assert_true(json_is_true(json_object_get(json_array_get(rows, 0), "overdue")));
    assert_string_equal(text_at(rows, 2, "org_id"), "plant-1");
    assert_string_equal(text_at(rows, 2, "report"), "plant-1~2025-04");
    assert_string_equal(text_at(rows, 2, "state"), "RETURNED");
    assert_string_equal(text_at(rows, 2, "due"), "2025-05-15");
    json_decref(rows);
    rows = ask(b, "freight-reports-missing", "owner=plant-1", "from=2025-05-01", NULL);
    assert_int_equal(json_array_size(rows), 1);
    assert_string_equal(text_at(rows, 0, "month"), "2025-05");
    json_decref(rows);
}

static void a_cursor_that_no_list_gave_is_refused(void **state)
{
    static const char *const ids[] = {"companies", "transfers", "exemptions-ending",
                                      "provincial-ranking", "freight-reports-missing"};
    struct bench *b = *state;

    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
        const struct list *list = list_find(ids[i]);
        struct list_query q = list_query_blank(plan_set_find(b->plans, NULL), day_of(TODAY));
        struct list_page page = {.sheet = sheet_create(SHEET_JSON, &list->head), .arena = b->arena};
        struct fault fault = {0};
        q.rule = plan_rule(q.plan, "R2-05a", q.as_of);
        q.limit = 10;
        q.after = "not-a-key";
        assert_int_equal(list_read(b->fixture.db, list, &q, &page, &fault), ERR_INPUT);
        assert_non_null(strstr(fault.text, "cursor"));
        sheet_destroy(page.sheet);
    }
}

static void every_list_says_what_it_is_in_both_languages(void **state)
{
    (void)state;
    for (size_t i = 0; i < list_count; i++) {
        const struct sheet_head *head = &lists[i]->head;
        assert_true(strlen(head->id) <= 31); /* the name of a sheet */
        assert_non_null(head->title_zh);
        assert_non_null(head->title_en);
        assert_int_equal(lists[i]->required & ~lists[i]->params, 0);
        assert_ptr_equal(list_find(head->id), lists[i]);
        for (size_t k = 0; k < head->column_count; k++)
            assert_true(head->columns[k].id != NULL && head->columns[k].title_zh != NULL &&
                        head->columns[k].title_en != NULL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_transfer_is_listed_once_and_a_correction_is_none,
                                        bench_open, bench_close),
        cmocka_unit_test_setup_teardown(companies_are_ranked_by_share_and_by_change, bench_open,
                                        bench_close),
        cmocka_unit_test_setup_teardown(an_exempt_vehicle_is_in_no_ranking, bench_open,
                                        bench_close),
        cmocka_unit_test_setup_teardown(an_exemption_is_listed_for_thirty_days, bench_open,
                                        bench_close),
        cmocka_unit_test_setup_teardown(the_line_of_a_park_is_inclusive, bench_open, bench_close),
        cmocka_unit_test_setup_teardown(a_fleet_is_told_by_energy_and_stage_of_the_rest, bench_open,
                                        bench_close),
        cmocka_unit_test_setup_teardown(the_zone_is_in_the_middle_third_or_not_known_to_be,
                                        bench_open, bench_close),
        cmocka_unit_test_setup_teardown(
            vehicles_are_counted_for_the_points_of_their_area_and_of_what_holds_it, bench_open,
            bench_close),
        cmocka_unit_test_setup_teardown(a_month_without_a_report_in_force_is_listed_for_who_owes_it,
                                        bench_open, bench_close),
        cmocka_unit_test_setup_teardown(a_cursor_that_no_list_gave_is_refused, bench_open,
                                        bench_close),
        cmocka_unit_test(every_list_says_what_it_is_in_both_languages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Thousands of random changes of the register, past and future; then, for random days and filters,
 * the counts must equal a recount from the versions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "register_fixture.h"
#include "registry/store/store_register.h"
#include "shared/when.h"

#define ORGS     6
#define VEHICLES 150
#define CHANGES  2000
#define CHECKS   300

static const unsigned seed = 20240117;

struct dice {
    unsigned state;
};

static int roll(struct dice *dice, int sides)
{
    return rand_r(&dice->state) % sides;
}

static const char *random_day(struct dice *dice, char out[static WHEN_DAY_TEXT])
{
    when_day_format(day_of("2022-11-01") + roll(dice, 1200), out);
    return out;
}

static const char *format(char *out, const char *pattern, int number)
{
    snprintf(out, 40, pattern, number);
    return out;
}

static void random_vehicle(struct register_fixture *f, struct dice *dice, struct remarks *remarks)
{
    static const char *const energies[] = {"energy=BEV", "energy=DIESEL", "energy=PHEV"};
    static const char *const stages[] = {"stage=D", "stage=5", "stage=6b", "stage=X"};
    static const char *const categories[] = {"category=BUS", "category=TAXI", "category=MUCK_TRUCK",
                                             "category=NON_ROAD"};
    static const char *const areas[] = {"area=419001", "area=419001001", "area=410105"};
    static const char *const built_ups[] = {"built_up=0", "built_up=1"};
    char id[40], owner[40], added[40], day[WHEN_DAY_TEXT];

    snprintf(added, sizeof added, "added=%s", random_day(dice, day));
    fixture_vehicle(f, CHANGE_PUT, remarks, format(id, "vehicle_id=V-%03d", roll(dice, VEHICLES)),
                    energies[roll(dice, 3)], stages[roll(dice, 4)], categories[roll(dice, 4)],
                    areas[roll(dice, 3)], built_ups[roll(dice, 2)],
                    format(owner, "owner_id=ORG-%d", roll(dice, ORGS)), added, NULL);
}

static void random_patch(struct register_fixture *f, struct dice *dice, struct remarks *remarks)
{
    char id[40], day[WHEN_DAY_TEXT], effective[40], word[40], unit[40];
    static const char *const words[] = {"energy=BEV", "energy=PETROL", "stage=4",    "built_up=1",
                                        "built_up=0", "category=BUS",  "area=410105"};

    snprintf(effective, sizeof effective, "effective=%s", random_day(dice, day));
    format(id, "vehicle_id=V-%03d", roll(dice, VEHICLES));
    switch (roll(dice, 5)) {
    case 0: /* removal, or another day for it */
        snprintf(word, sizeof word, "removed=%s", random_day(dice, day));
        fixture_vehicle(f, CHANGE_PATCH, remarks, id, effective, word, NULL);
        break;
    case 1: /* return */
        fixture_vehicle(f, CHANGE_PATCH, remarks, id, effective, "removed=", NULL);
        break;
    case 2: /* transfer */
        format(word, "owner_id=ORG-%d", roll(dice, ORGS));
        fixture_vehicle(f, CHANGE_PATCH, remarks, id, effective, word, NULL);
        break;
    case 3: /* another unit, and another word */
        format(unit, "unit=u%02d", roll(dice, 40));
        fixture_vehicle(f, CHANGE_PATCH, remarks, id, effective, unit, words[roll(dice, 7)], NULL);
        break;
    default: /* the day of addition was wrong */
        snprintf(word, sizeof word, "added=%s", random_day(dice, day));
        fixture_vehicle(f, CHANGE_PATCH, remarks, id, word, words[roll(dice, 7)], NULL);
    }
}

static void random_exemption(struct register_fixture *f, struct dice *dice)
{
    char id[40], from[WHEN_DAY_TEXT], to[WHEN_DAY_TEXT];

    when_day_format(day_of(random_day(dice, from)) + roll(dice, 100) - 1, to);
    fixture_exemption(f, format(id, "V-%03d", roll(dice, VEHICLES)),
                      roll(dice, 2) == 0 ? EXEMPT_EMERGENCY : EXEMPT_SPECIAL_NEED, from,
                      roll(dice, 4) == 0 ? NULL : to);
}

static void random_change(struct register_fixture *f, struct dice *dice)
{
    struct remarks remarks;
    char org[40], day[WHEN_DAY_TEXT];
    int kind = roll(dice, 20);

    fixture_today(f, random_day(dice, day));
    if (kind < 6)
        random_vehicle(f, dice, &remarks);
    else if (kind < 17)
        random_patch(f, dice, &remarks);
    else if (kind < 19)
        random_exemption(f, dice);
    else
        fixture_org(f, format(org, "ORG-%d", roll(dice, ORGS)),
                    (enum owner_kind)(1 + roll(dice, OWNER_COUNT - 1)), random_day(dice, day));
}

static void random_query(struct dice *dice, struct count_query *query)
{
    char from[WHEN_DAY_TEXT], to[WHEN_DAY_TEXT];

    *query = (struct count_query){
        .measure = roll(dice, 2) == 0 ? COUNT_STOCK : COUNT_ADDED,
        .from = day_of(random_day(dice, from)),
        .to = day_of(random_day(dice, to)),
    };
    if (query->measure == COUNT_ADDED && query->to < query->from)
        query->to = query->from;
    if (roll(dice, 2) == 0)
        return;
    query->filter = (struct count_filter){
        .categories = (uint32_t)roll(dice, 1 << CATEGORY_COUNT),
        .owner_kinds = (uint32_t)roll(dice, 1 << OWNER_COUNT),
        .built_up = (enum count_built_up)roll(dice, 3),
        .area_prefix = roll(dice, 2) == 0 ? NULL : "419001",
    };
}

static int64_t number(struct sql *db, const char *text, const struct sql_value *values,
                      size_t count)
{
    struct sql_rows *rows = sql_query(db, text, values, count);
    int64_t found = sql_next(rows) ? sql_column_int(rows, 0) : -1;

    assert_int_equal(sql_done(rows, NULL), ERR_OK);
    return found;
}

/* What the tables hold at any month must be the sum of the days before; no total is below zero. */
static void check_months(struct sql *db)
{
    static const char MONTHS[] = "SELECT measure, dim, month, n FROM count_month";
    static const char SUM[] = "SELECT COALESCE(SUM(n), 0) FROM count_day "
                              "WHERE measure = $1 AND dim = $2 AND day < $3";
    struct sql_rows *rows = sql_query(db, MONTHS, SQL_NO_VALUES);

    while (sql_next(rows)) {
        int month = (int)sql_column_int(rows, 2) + 1;
        int32_t end = when_day((struct when_date){month / 12, month % 12 + 1, 1});
        int64_t n = sql_column_int(rows, 3);

        assert_true(n >= 0);
        assert_int_equal(n, number(db, SUM,
                                   SQL_VALUES(sql_int(sql_column_int(rows, 0)),
                                              sql_int(sql_column_int(rows, 1)), sql_int(end))));
    }
    assert_int_equal(sql_done(rows, NULL), ERR_OK);
}

static void check_tables(struct register_fixture *f)
{
    static const char OVERLAP[] = "SELECT COUNT(*) FROM unit_binding a, unit_binding b "
                                  "WHERE (a.unit_id, a.valid_from) < (b.unit_id, b.valid_from) AND "
                                  "(a.unit_id = b.unit_id OR a.vehicle_id = b.vehicle_id) AND "
                                  "a.valid_from < b.valid_to AND b.valid_from < a.valid_to";

    check_months(f->db);
    assert_int_equal(number(f->db, OVERLAP, SQL_NO_VALUES), 0);
}

static void counts_equal_a_recount_after_thousands_of_changes(void **state)
{
    struct dice dice = {seed};
    struct register_fixture f;
    struct count_query query;
    char what[80], org[40];

    (void)state;
    fixture_open(&f, "2024-01-17");
    for (int i = 0; i < ORGS; i++)
        fixture_org(&f, format(org, "ORG-%d", i), OWNER_PRIVATE, NULL);
    for (int change = 1; change <= CHANGES; change++) {
        random_change(&f, &dice);
        if (change % (CHANGES / CHECKS) != 0)
            continue;
        random_query(&dice, &query);
        snprintf(what, sizeof what, "seed %u, after change %d", seed, change);
        fixture_compare(&f, &query, what);
    }
    check_tables(&f);
    fixture_close(&f);
}

/* ---- what was known ---- */

#define MOMENTS 50

/* A question and the answer it got at the time. */
struct moment {
    struct count_query query;
    uint64_t answer;
};

/* Sums up an answer whatever the order of its rows. */
static void add_to_answer(void *arg, const struct count_dims *dims, int64_t n)
{
    uint64_t *answer = arg;
    uint64_t hash = (uint64_t)dims->category * 31 + (uint64_t)dims->energy * 37 +
                    (uint64_t)dims->stage * 41 + (uint64_t)dims->owner_kind * 43 +
                    (uint64_t)dims->exempt * 47 + (uint64_t)dims->built_up * 53;

    for (const char *c = dims->area; *c != '\0'; c++)
        hash = hash * 131 + (unsigned char)*c;
    *answer += (uint64_t)n * (hash * UINT64_C(0x9E3779B97F4A7C15) | 1);
}

static uint64_t answer_to(struct register_fixture *f, const struct count_query *query)
{
    uint64_t answer = 0;

    assert_int_equal(counts_read(f->db, query, add_to_answer, &answer, NULL), ERR_OK);
    return answer;
}

/* Asked as of now; from then on it is asked as it was known at that moment. */
static void keep_moment(struct register_fixture *f, struct dice *dice, struct moment *moment)
{
    struct store_register reg;

    random_query(dice, &moment->query);
    moment->answer = answer_to(f, &moment->query);
    assert_int_equal(store_register_read(f->db, &reg, NULL), ERR_OK);
    moment->query.known_ms = reg.recorded_ms;
}

static void check_moments(struct register_fixture *f, const struct moment *moments, size_t count,
                          const char *what)
{
    for (size_t i = 0; i < count; i++) {
        if (answer_to(f, &moments[i].query) != moments[i].answer)
            fail_msg("%s: moment %zu has another answer now", what, i);
        fixture_compare(f, &moments[i].query, what); /* with the vehicles themselves */
    }
}

static void what_was_known_at_a_moment_stays_what_was_known(void **state)
{
    struct dice dice = {seed + 2};
    struct register_fixture f;
    struct moment moments[MOMENTS];
    char org[40];

    (void)state;
    fixture_open(&f, "2024-01-17");
    for (int i = 0; i < ORGS; i++)
        fixture_org(&f, format(org, "ORG-%d", i), OWNER_PRIVATE, NULL);
    for (size_t i = 0; i < MOMENTS; i++) {
        for (int change = 0; change < CHANGES / MOMENTS; change++)
            random_change(&f, &dice);
        keep_moment(&f, &dice, &moments[i]);
    }
    check_moments(&f, moments, MOMENTS, "the changes of counts");
    /* A register of before the changes of counts were kept answers from its versions. */
    assert_int_equal(sql_exec(f.db, "DELETE FROM count_change", SQL_NO_VALUES, NULL, NULL), ERR_OK);
    assert_int_equal(sql_exec(f.db, "UPDATE register_head SET counted_ms = recorded_ms",
                              SQL_NO_VALUES, NULL, NULL),
                     ERR_OK);
    check_moments(&f, moments, MOMENTS, "the versions");
    fixture_close(&f);
}

struct sums {
    int64_t counted, scanned;
};

static void add_count(void *arg, const struct count_dims *dims, int64_t n)
{
    (void)dims;
    ((struct sums *)arg)->counted += n;
}

static void add_vehicle(void *arg, const struct vehicle *vehicle)
{
    (void)vehicle;
    ((struct sums *)arg)->scanned++;
}

/* As add_to_answer, with the owner. */
static void add_owned(void *arg, const char *owner_id, const struct count_dims *dims, int64_t n)
{
    uint64_t *answer = arg;
    uint64_t hash = 0;

    add_to_answer(&hash, dims, 1);
    for (const char *c = owner_id; *c != '\0'; c++)
        hash = hash * 131 + (unsigned char)*c;
    *answer += (uint64_t)n * hash;
}

static void add_vehicle_owned(void *arg, const struct vehicle *vehicle)
{
    const struct count_dims dims = vehicle_dims(vehicle);

    add_owned(arg, vehicle->at.owner_id, &dims, 1);
}

static void compare_by_owner(struct register_fixture *f, const struct count_query *query)
{
    const struct vehicle_scan scan = {.query = *query};
    uint64_t counted = 0, scanned = 0;

    assert_int_equal(store_vehicle_by_owner(f->db, query, add_owned, &counted, NULL), ERR_OK);
    assert_int_equal(vehicles_scan(f->db, &scan, add_vehicle_owned, &scanned, NULL), ERR_OK);
    assert_true(counted == scanned);
}

static void the_owners_together_have_what_there_is(void **state)
{
    struct dice dice = {seed + 1};
    struct register_fixture f;
    struct count_query query;
    char org[40];

    (void)state;
    fixture_open(&f, "2024-01-17");
    for (int i = 0; i < ORGS; i++)
        fixture_org(&f, format(org, "ORG-%d", i), OWNER_PRIVATE, NULL);
    for (int change = 0; change < 800; change++)
        random_change(&f, &dice);
    for (int check = 0; check < 40; check++) {
        struct sums sums = {0};
        random_query(&dice, &query);
        for (int i = 0; i < ORGS; i++)
            assert_int_equal(
                counts_read_owner(f.db, &query, format(org, "ORG-%d", i), add_count, &sums, NULL),
                ERR_OK);
        assert_int_equal(
            vehicles_scan(f.db, &(struct vehicle_scan){.query = query}, add_vehicle, &sums, NULL),
            ERR_OK);
        assert_int_equal(sums.counted, sums.scanned);
        compare_by_owner(&f, &query);
    }
    fixture_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_equal_a_recount_after_thousands_of_changes),
        cmocka_unit_test(what_was_known_at_a_moment_stays_what_was_known),
        cmocka_unit_test(the_owners_together_have_what_there_is),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

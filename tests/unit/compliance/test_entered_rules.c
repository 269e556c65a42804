/* Rules that rest on figures entered by hand: the zone's place in the province, and trends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/compliance/compliance_world.h"

#define UNITS 18

static void put(struct world *w, enum indicator indicator, const char *subject, const char *from,
                const char *to, int64_t value)
{
    struct store_statistic s = statistic_blank();
    struct remarks remarks = {0};
    enum change_outcome outcome;

    s.indicator = (int)indicator;
    SET_TEXT(s.subject, subject);
    SET_TEXT(s.source, "通报");
    s.from = day_of(from);
    s.until = day_of(to) + 1;
    s.published = day_of(to);
    s.value = value * STATISTIC_ONE;
    assert_int_equal(registrar_begin(w->fixture.registrar, NULL), ERR_OK);
    assert_int_equal(registrar_statistic(w->fixture.registrar, &s, &outcome, &remarks, NULL),
                     ERR_OK);
    assert_int_equal(registrar_commit(w->fixture.registrar, NULL), ERR_OK);
}

/* The zone with 50, `ahead` units with more and `level` with as much, up to `known` units. */
static void put_province(struct world *w, int ahead, int level, int known)
{
    put(w, INDICATOR_NEV_PROGRESS, "419001", "2025-01-01", TODAY, 50);
    for (int i = 1; i < known; i++) {
        char area[16];
        snprintf(area, sizeof area, "41%02d00", i);
        put(w, INDICATOR_NEV_PROGRESS, area, "2025-01-01", TODAY,
            i <= ahead           ? 60
            : i <= ahead + level ? 50
                                 : 40);
    }
}

static void the_place_is_met_within_the_middle_third(void **state)
{
    struct world *w = *state;

    assert_int_equal(world_ask(w, "R2-06", TODAY)->verdict, VERDICT_NO_DATA);
    put_province(w, 11, 0, UNITS);
    const struct compliance_rule *r = world_ask(w, "R2-06", TODAY);
    assert_int_equal(r->share.num, 12);
    assert_int_equal(r->share.den, 18);
    assert_int_equal(r->verdict, VERDICT_MET);
    assert_null(r->note);
    assert_int_equal(r->items.count, 18);
    assert_int_equal(r->values.count, 1);
    put(w, INDICATOR_NEV_PROGRESS, "411700", "2025-01-01", TODAY, 51); /* one more overtakes */
    r = world_ask(w, "R2-06", TODAY);
    assert_int_equal(r->share.num, 13);
    assert_int_equal(r->shortfall, 1);
    assert_int_equal(r->verdict, VERDICT_NOT_MET); /* a gap, not a violation */
    /* The period has not ended yet: there is no value. */
    assert_int_equal(world_ask(w, "R2-06", "2025-12-30")->verdict, VERDICT_NO_DATA);
}

static void equal_values_share_the_better_place(void **state)
{
    put_province(*state, 11, 6, UNITS);
    assert_int_equal(world_ask(*state, "R2-06", TODAY)->share.num, 12);
    assert_int_equal(world_ask(*state, "R2-06", TODAY)->verdict, VERDICT_MET);
}

static void missing_units_leave_the_place_open_only_where_they_decide(void **state)
{
    struct world *w = *state;

    put_province(w, 8, 0, UNITS - 3);
    const struct compliance_rule *r = world_ask(w, "R2-06", TODAY);
    assert_int_equal(r->verdict, VERDICT_MET); /* 9 to 12 */
    assert_non_null(strstr(r->note, "3 of the 18 units"));
    put(w, INDICATOR_NEV_PROGRESS, "410900", "2025-01-01", TODAY, 60);
    r = world_ask(w, "R2-06", TODAY);
    assert_int_equal(r->verdict, VERDICT_NO_DATA); /* 10 to 13 */
    assert_non_null(strstr(r->note, "10 to 13"));
    for (int i = 10; i < 13; i++) {
        char area[16];
        snprintf(area, sizeof area, "41%02d00", i);
        put(w, INDICATOR_NEV_PROGRESS, area, "2025-01-01", TODAY, 60);
    }
    assert_int_equal(world_ask(w, "R2-06", TODAY)->verdict, VERDICT_NOT_MET); /* 13 at best */
}

static void a_trend_shows_its_values_and_no_verdict(void **state)
{
    struct world *w = *state;
    const struct compliance_rule *r = world_ask(w, "R2-01", TODAY);

    assert_non_null(r->note);
    put(w, INDICATOR_CHARGE_POINTS, "419001", "2024-12-31", "2024-12-31", 800);
    put(w, INDICATOR_CHARGE_POINTS, "419001", "2025-12-31", "2025-12-31", 1200);
    put(w, INDICATOR_CHARGE_POINTS, "410100", "2025-12-31", "2025-12-31", 9000); /* elsewhere */
    put(w, INDICATOR_SUBSIDY, "419001", "2025-01-01", "2025-12-31", 5);          /* R2-02 */
    r = world_ask(w, "R2-01", TODAY);
    assert_int_equal(r->values.count, 2);
    assert_int_equal(r->values.items[1].value, 1200 * STATISTIC_ONE);
    assert_int_equal(r->verdict, VERDICT_NO_DATA);
    assert_non_null(strstr(verdict_remark(r->rule, r->verdict), "no verdict"));
    assert_int_equal(world_ask(w, "R2-01", "2025-06-30")->values.count, 1);
    assert_int_equal(world_ask(w, "R2-02", TODAY)->values.count, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_WORLD(the_place_is_met_within_the_middle_third),
        WITH_WORLD(equal_values_share_the_better_place),
        WITH_WORLD(missing_units_leave_the_place_open_only_where_they_decide),
        WITH_WORLD(a_trend_shows_its_values_and_no_verdict),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "registry/rollup/ledger.h"
#include "tests/unit/batch/random_rows.h"

#define DAY      86400000
#define FROM     (20000ll * DAY)
#define ROWS_MAX 10000
#define SECOND   1000

struct world {
    struct arena *arena;
    struct ledger_row rows[ROWS_MAX];
    struct ledger_mark marks[200];
    struct ledger_input in;
    struct ledger_day day;
};

static int set_up(void **state)
{
    struct world *w = mem_alloc(1, sizeof *w);

    w->arena = arena_create();
    w->in = (struct ledger_input){.from_ms = FROM,
                                  .to_ms = FROM + DAY,
                                  .rows = w->rows,
                                  .marks = w->marks,
                                  .interval_ms = 10 * SECOND,
                                  .late_ms = LEDGER_LATE_MS};
    *state = w;
    return 0;
}

static int tear_down(void **state)
{
    struct world *w = *state;

    arena_destroy(w->arena);
    free(w);
    return 0;
}

static void row(struct world *w, int64_t at_s, int64_t delay_s)
{
    w->rows[w->in.row_count++] =
        (struct ledger_row){FROM + at_s * SECOND, FROM + (at_s + delay_s) * SECOND};
    w->in.received++;
}

static void mark(struct world *w, int64_t at_s, bool login)
{
    w->marks[w->in.mark_count++] = (struct ledger_mark){FROM + at_s * SECOND, login};
}

static void settle(struct world *w)
{
    ledger_of_day(&w->in, w->arena, &w->day);
    assert_true(ledger_holds(&w->day));
}

static void a_day_without_anything_expects_nothing(void **state)
{
    struct world *w = *state;

    settle(w);
    assert_int_equal(w->day.expected, 0);
    assert_int_equal(w->day.duty, LEDGER_NOTHING);
}

static void a_unit_that_never_logs_in_is_expected_while_it_reports(void **state)
{
    struct world *w = *state;

    for (int64_t s = 30000; s <= 30100; s += 10)
        if (s < 30040 || s > 30060)
            row(w, s, 1);
    settle(w);
    assert_int_equal(w->day.duty, LEDGER_REPORTS);
    assert_int_equal(w->day.expected, 11);
    assert_int_equal(w->day.missing, 3);
    assert_int_equal(w->day.gap_count, 1);
    assert_int_equal(w->day.gaps[0].from_ms, FROM + 30030 * SECOND);
    assert_int_equal(w->day.gaps[0].to_ms, FROM + 30070 * SECOND);
}

static void from_login_to_logout_everything_is_expected(void **state)
{
    struct world *w = *state;

    mark(w, 1000, true);
    row(w, 1030, 1);
    row(w, 1040, 1);
    mark(w, 1100, false);
    settle(w);
    assert_int_equal(w->day.duty, LEDGER_LOGIN);
    assert_int_equal(w->day.missing, 2 + 5);
    assert_int_equal(w->day.gap_count, 2);
    assert_int_equal(w->day.expected, 9);
}

static void a_shift_without_any_sample_is_missing_altogether(void **state)
{
    struct world *w = *state;

    mark(w, 1000, true);
    mark(w, 1100, false);
    settle(w);
    assert_int_equal(w->day.expected, 9);
    assert_int_equal(w->day.missing, 9);
}

static void nothing_is_expected_between_logout_and_login(void **state)
{
    struct world *w = *state;

    for (int64_t shift = 0; shift < 2; shift++) {
        mark(w, shift * 40000, true);
        for (int64_t s = 0; s <= 100; s += 10)
            row(w, shift * 40000 + s, 1);
        mark(w, shift * 40000 + 100, false);
    }
    settle(w);
    assert_int_equal(w->day.missing, 0);
    assert_int_equal(w->day.expected, 22);
}

static void a_login_that_no_logout_follows_ends_with_the_last_sample(void **state)
{
    struct world *w = *state;

    mark(w, 1000, true);
    row(w, 1010, 1);
    mark(w, 50000, true);
    row(w, 50010, 1);
    settle(w);
    assert_int_equal(w->day.missing, 0);
}

static void a_duty_over_midnight_reaches_the_ends_of_the_day(void **state)
{
    struct world *w = *state;

    w->in.on_before = w->in.on_after = true;
    settle(w);
    assert_int_equal(w->day.missing, 8640 - 1);
    row(w, 100, 1);
    settle(w);
    assert_int_equal(w->day.missing, 9 + 8629);
    assert_int_equal(w->day.gaps[1].to_ms, FROM + DAY);
}

static void what_arrives_late_is_received_and_said_to_be_late(void **state)
{
    struct world *w = *state;

    row(w, 0, 300);
    row(w, 10, 301);
    row(w, 20, -5);
    w->in.received += 2;
    w->in.refused = 4;
    settle(w);
    assert_int_equal(w->day.on_time, 2);
    assert_int_equal(w->day.late, 1);
    assert_int_equal(w->day.duplicate, 2);
    assert_int_equal(w->day.refused, 4);
}

static void the_interval_is_inferred_where_none_is_set(void **state)
{
    struct world *w = *state;

    w->in.interval_ms = 0;
    settle(w);
    assert_int_equal(w->day.source, LEDGER_UNKNOWN);
    row(w, 0, 1);
    mark(w, 5000, false);
    settle(w);
    assert_int_equal(w->day.source, LEDGER_UNKNOWN);
    assert_int_equal(w->day.missing, 0);
    w->in.mark_count = 0;
    for (int64_t s = 30; s < 3000; s += s == 1500 ? 300 : 30)
        row(w, s, 1);
    settle(w);
    assert_int_equal(w->day.source, LEDGER_INFERRED);
    assert_int_equal(w->day.interval_ms, 30 * SECOND);
    assert_int_equal(w->day.missing, 9);
}

static void a_unit_that_reports_more_often_is_not_held_against_it(void **state)
{
    struct world *w = *state;

    for (int64_t s = 0; s < 600; s++)
        row(w, s, 1);
    settle(w);
    assert_int_equal(w->day.missing, 0);
    assert_int_equal(w->day.expected, 600);
}

/* A regular unit with jitter loses some samples: it is expected as if it had not. */
static void what_is_lost_stays_expected(void **state)
{
    struct world *w = *state;

    for (uint64_t round = 0; round < 300; round++) {
        uint64_t seed = round;
        int64_t interval = 1000 + (int64_t)random_below(&seed, 60000);
        int64_t slots = 2 + (int64_t)random_below(&seed, (uint64_t)(DAY / interval) - 2);
        int64_t lost = 0;

        slots = slots < ROWS_MAX ? slots : ROWS_MAX;
        arena_reset(w->arena);
        w->in.row_count = 0;
        w->in.interval_ms = interval;
        for (int64_t i = 0; i < slots; i++) {
            int64_t jitter = (int64_t)random_below(&seed, (uint64_t)interval / 5);

            if (i > 0 && i < slots - 1 && random_below(&seed, 4) == 0)
                lost++;
            else
                w->rows[w->in.row_count++] =
                    (struct ledger_row){FROM + i * interval + jitter, FROM + DAY};
        }
        w->in.received = (int64_t)w->in.row_count;
        ledger_of_day(&w->in, w->arena, &w->day);
        if (!ledger_holds(&w->day) || w->day.missing != lost || w->day.expected != slots)
            fail_msg("seed %llu: %lld missing of %lld, %lld lost of %lld",
                     (unsigned long long)round, (long long)w->day.missing,
                     (long long)w->day.expected, (long long)lost, (long long)slots);
    }
}

static int by_row(const void *left, const void *right)
{
    const struct ledger_row *a = left, *b = right;

    return (a->at_ms > b->at_ms) - (a->at_ms < b->at_ms);
}

static int by_mark(const void *left, const void *right)
{
    const struct ledger_mark *a = left, *b = right;

    return (a->at_ms > b->at_ms) - (a->at_ms < b->at_ms);
}

static void any_day(struct world *w, uint64_t *seed)
{
    w->in.row_count = (size_t)random_below(seed, 300);
    w->in.mark_count = (size_t)random_below(seed, 20);
    w->in.interval_ms = random_below(seed, 3) == 0 ? 0 : 1 + (int64_t)random_below(seed, DAY);
    w->in.late_ms = (int64_t)random_below(seed, DAY);
    w->in.on_before = random_below(seed, 2) == 0;
    w->in.on_after = random_below(seed, 2) == 0;
    for (size_t i = 0; i < w->in.row_count; i++)
        w->rows[i] = (struct ledger_row){FROM + (int64_t)random_below(seed, DAY),
                                         random_between(seed, FROM - DAY, FROM + 3ll * DAY)};
    for (size_t i = 0; i < w->in.mark_count; i++)
        w->marks[i] = (struct ledger_mark){FROM + (int64_t)random_below(seed, DAY),
                                           random_below(seed, 2) == 0};
    qsort(w->rows, w->in.row_count, sizeof w->rows[0], by_row);
    qsort(w->marks, w->in.mark_count, sizeof w->marks[0], by_mark);
    w->in.received = (int64_t)w->in.row_count + (int64_t)random_below(seed, 100);
}

static void the_sums_hold_and_gaps_follow_one_another_whatever_the_day(void **state)
{
    struct world *w = *state;

    for (uint64_t round = 0; round < 3000; round++) {
        uint64_t seed = round;
        int64_t behind = FROM;

        arena_reset(w->arena);
        any_day(w, &seed);
        ledger_of_day(&w->in, w->arena, &w->day);
        if (!ledger_holds(&w->day) || w->day.unique != (int64_t)w->in.row_count)
            fail_msg("seed %llu: the sums do not hold", (unsigned long long)round);
        for (size_t i = 0; i < w->day.gap_count; i++) {
            const struct ledger_gap *gap = &w->day.gaps[i];

            if (gap->from_ms < behind || gap->to_ms <= gap->from_ms || gap->to_ms > FROM + DAY ||
                gap->missing < 1)
                fail_msg("seed %llu: gap %zu", (unsigned long long)round, i);
            behind = gap->to_ms;
        }
    }
}

#define IN_A_WORLD(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_A_WORLD(a_day_without_anything_expects_nothing),
        IN_A_WORLD(a_unit_that_never_logs_in_is_expected_while_it_reports),
        IN_A_WORLD(from_login_to_logout_everything_is_expected),
        IN_A_WORLD(a_shift_without_any_sample_is_missing_altogether),
        IN_A_WORLD(nothing_is_expected_between_logout_and_login),
        IN_A_WORLD(a_login_that_no_logout_follows_ends_with_the_last_sample),
        IN_A_WORLD(a_duty_over_midnight_reaches_the_ends_of_the_day),
        IN_A_WORLD(what_arrives_late_is_received_and_said_to_be_late),
        IN_A_WORLD(the_interval_is_inferred_where_none_is_set),
        IN_A_WORLD(a_unit_that_reports_more_often_is_not_held_against_it),
        IN_A_WORLD(what_is_lost_stays_expected),
        IN_A_WORLD(the_sums_hold_and_gaps_follow_one_another_whatever_the_day),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

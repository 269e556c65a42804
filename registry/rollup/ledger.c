#include "registry/rollup/ledger.h"

#include <stdlib.h>

struct walk {
    struct ledger_day *day;
    bool on;
    int64_t last_ms; /* the neighbour before, while on duty */
};

/* ---- the interval ---- */

static int compare_steps(const void *left, const void *right)
{
    const int64_t *a = left, *b = right;

    return (*a > *b) - (*a < *b);
}

/* Several samples of one instant are no step. 0: there is none. */
static int64_t median_step(const struct ledger_input *input, struct arena *arena)
{
    int64_t *steps = ARENA_ARRAY(arena, int64_t, input->row_count);
    size_t count = 0;

    for (size_t i = 1; i < input->row_count; i++)
        if (input->rows[i].at_ms > input->rows[i - 1].at_ms)
            steps[count++] = input->rows[i].at_ms - input->rows[i - 1].at_ms;
    if (count == 0)
        return 0;
    qsort(steps, count, sizeof steps[0], compare_steps);
    return steps[(count - 1) / 2];
}

static void find_interval(const struct ledger_input *input, struct arena *arena,
                          struct ledger_day *day)
{
    day->interval_ms = input->interval_ms;
    day->source = LEDGER_SET;
    if (day->interval_ms > 0)
        return;
    day->interval_ms = median_step(input, arena);
    day->source = day->interval_ms > 0 ? LEDGER_INFERRED : LEDGER_UNKNOWN;
}

/* ---- the way through the day ---- */

/* From the neighbour before to `at_ms`, which is the neighbour before of what follows. */
static void go(struct walk *w, int64_t at_ms)
{
    struct ledger_day *day = w->day;
    int64_t apart = at_ms - w->last_ms, half = day->interval_ms / 2;
    int64_t missing = day->interval_ms > 0 ? (apart + half) / day->interval_ms - 1 : 0;

    if (missing > 0) {
        day->gaps[day->gap_count++] = (struct ledger_gap){w->last_ms, at_ms, missing};
        day->missing += missing;
    }
    w->last_ms = at_ms;
}

static void take_mark(struct walk *w, const struct ledger_mark *mark)
{
    if (mark->login) /* what came before it, if anything, ended unseen */
        w->last_ms = mark->at_ms;
    else if (w->on)
        go(w, mark->at_ms);
    w->on = mark->login;
}

static void take_row(struct walk *w, const struct ledger_row *row, int64_t late_ms)
{
    if (w->on)
        go(w, row->at_ms);
    w->on = true;
    w->last_ms = row->at_ms;
    if (row->received_ms - row->at_ms > late_ms)
        w->day->late++;
    else
        w->day->on_time++;
}

/* At one instant: login, sample, logout. */
static bool mark_is_next(const struct ledger_mark *mark, const struct ledger_row *row)
{
    return mark->login ? mark->at_ms <= row->at_ms : mark->at_ms < row->at_ms;
}

static void go_through(const struct ledger_input *input, struct walk *w)
{
    size_t mark = 0, row = 0;

    while (mark < input->mark_count || row < input->row_count)
        if (row == input->row_count ||
            (mark < input->mark_count && mark_is_next(&input->marks[mark], &input->rows[row])))
            take_mark(w, &input->marks[mark++]);
        else
            take_row(w, &input->rows[row++], input->late_ms);
    if (w->on && input->on_after)
        go(w, input->to_ms);
}

static enum ledger_duty duty_of(const struct ledger_input *input)
{
    if (input->duty_lost)
        return LEDGER_LOST;
    if (input->mark_count > 0 || input->on_before)
        return LEDGER_LOGIN;
    return input->row_count > 0 ? LEDGER_REPORTS : LEDGER_NOTHING;
}

void ledger_of_day(const struct ledger_input *input, struct arena *arena, struct ledger_day *day)
{
    struct walk walk = {.day = day, .on = input->on_before, .last_ms = input->from_ms};

    *day = (struct ledger_day){.duty = duty_of(input),
                               .received = input->received,
                               .refused = input->refused,
                               .unique = (int64_t)input->row_count};
    find_interval(input, arena, day);
    day->gaps = ARENA_ARRAY(arena, struct ledger_gap, input->row_count + input->mark_count + 1);
    go_through(input, &walk);
    day->expected = day->unique + day->missing;
    day->duplicate = day->received - day->unique;
}

bool ledger_holds(const struct ledger_day *day)
{
    int64_t in_gaps = 0;

    for (size_t i = 0; i < day->gap_count; i++)
        in_gaps += day->gaps[i].missing;
    return day->unique == day->on_time + day->late && day->expected == day->unique + day->missing &&
           day->received == day->unique + day->duplicate && day->duplicate >= 0 &&
           in_gaps == day->missing;
}

/*
 * zone: for which days the freight of a whole zone is compared with what its enterprises report.
 *
 * The totals are entered by hand (statistic FREIGHT), for periods as a bulletin has them, and may follow
 * one another. Only reports that lie wholly within a total's days can be compared with it: three quarters
 * of reports over eleven months would make a share too small. So reports have to end with the total and
 * none may lie across its ends; the longest such span is taken, the newest of equal ones.
 */
#include "registry/compliance/compliance_internal.h"
#include "registry/compliance/pace.h"
#include "registry/freight/period.h"
#include "registry/store/store_freight.h"

struct months { /* both included */
    int64_t first, last;
};

struct reports { /* the periods of reports in force, each once */
    struct arena *arena;
    struct months *items;
    size_t count, cap;
};

static void take_period(void *arg, int64_t first_month, int64_t months)
{
    struct reports *r = arg;

    r->items = arena_grow(r->arena, r->items, r->count, 1, &r->cap, sizeof *r->items);
    r->items[r->count++] = (struct months){first_month, first_month + months - 1};
}

static enum err read_reports(struct work *w, const struct store_statistics *totals,
                             int64_t known_ms, struct reports *reports)
{
    struct store_freight_span span = {.known_ms = known_ms};

    for (size_t i = 0; i < totals->count; i++) {
        struct period within = period_within(totals->items[i].from, totals->items[i].until - 1);
        if (i == 0 || within.first_month < span.from_month)
            span.from_month = within.first_month;
        if (i == 0 || within.first_month + within.months > span.to_month)
            span.to_month = within.first_month + within.months;
    }
    return store_freight_periods(w->db, &span, take_period, reports, w->fault);
}

/* Whole months, across whose ends no report lies, and with which some end. Without any report there is
 * nothing to cut. */
static bool reports_fit(const struct reports *reports, int32_t from, int32_t until)
{
    struct period within = period_within(from, until - 1);
    int64_t first = within.first_month, last = first + within.months - 1;
    bool ends = false, any = false;

    if (within.months == 0 || period_first_day(within) != from ||
        period_last_day(within) != until - 1)
        return false;
    for (size_t i = 0; i < reports->count; i++) {
        const struct months *r = &reports->items[i];
        if (r->last < first || r->first > last)
            continue;
        if (r->first < first || r->last > last)
            return false;
        any = true;
        ends = ends || r->last == last;
    }
    return !any || ends;
}

/* The longest of those that begin on the day. */
static const struct store_statistic *longest_from(const struct store_statistics *all, int32_t from)
{
    const struct store_statistic *best = NULL;

    for (size_t i = 0; i < all->count; i++)
        if (all->items[i].from == from && (best == NULL || all->items[i].until > best->until))
            best = &all->items[i];
    return best;
}

struct span { /* from its first total on */
    const struct store_statistic *first;
    int32_t until;
    size_t parts;
};

static int32_t days_of(const struct span *span)
{
    return span->first == NULL ? 0 : span->until - span->first->from;
}

static void prefer(struct span *best, struct span span)
{
    int32_t days = days_of(&span), most = days_of(best);

    if (days > most || (days == most && span.until > best->until) ||
        (days == most && span.until == best->until && span.parts < best->parts))
        *best = span;
}

/* What begins with this total: itself, and with those that follow one another behind it. */
static void try_from(const struct store_statistics *all, const struct reports *reports,
                     const struct store_statistic *first, struct span *best)
{
    struct span span = {.first = first};

    for (const struct store_statistic *next = first; next != NULL;
         next = longest_from(all, span.until)) {
        span.until = next->until;
        span.parts++;
        if (reports_fit(reports, first->from, span.until))
            prefer(best, span);
    }
}

/* The totals of the span, in place of all. */
static void keep_parts(struct work *w, struct store_statistics *all, const struct span *span)
{
    struct store_statistic *kept = ARENA_ARRAY(w->arena, struct store_statistic, span->parts);
    const struct store_statistic *next = span->first;

    for (size_t i = 0; i < span->parts; i++) {
        kept[i] = *next;
        next = longest_from(all, next->until);
    }
    *all = (struct store_statistics){kept, span->parts};
}

int64_t compliance_zone_total(const struct compliance_rule *result)
{
    int64_t sum = 0;

    for (size_t i = 0; i < result->values.count; i++)
        sum += result->values.items[i].value / (STATISTIC_ONE / 10);
    return sum;
}

static void no_total(struct compliance_rule *result)
{
    if (result->values.count == 0)
        result->note = "the freight of the whole zone was not entered for a period that ended in "
                       "the last twelve months (statistic FREIGHT)";
    else
        result->note = "no total of the whole zone's freight (statistic FREIGHT) ends with reports "
                       "of the enterprises and cuts none; enter those of their months or quarters";
    result->values.count = 0;
}

enum err compliance_zone(struct work *w, struct compliance_rule *result)
{
    struct count_query *days = &result->scope.query;
    const struct store_statistic_span asked = {
        .indicator = INDICATOR_FREIGHT,
        .subject = result->rule->subject.area,
        .from = pace_months_before(w->out->query.as_of, 12) + 1,
        .to = w->out->query.as_of,
        .known_ms = days->known_ms,
    };
    struct reports reports = {.arena = w->arena};
    struct span best = {0};
    enum err err = store_statistics_of(w->db, &asked, w->arena, &result->values, w->fault);

    if (err == ERR_OK && result->values.count > 0)
        err = read_reports(w, &result->values, days->known_ms, &reports);
    if (err != ERR_OK)
        return err;
    for (size_t i = 0; i < result->values.count; i++)
        try_from(&result->values, &reports, &result->values.items[i], &best);
    if (best.first == NULL) {
        no_total(result);
        return ERR_OK;
    }
    keep_parts(w, &result->values, &best);
    days->from = best.first->from;
    days->to = best.until - 1;
    return ERR_OK;
}

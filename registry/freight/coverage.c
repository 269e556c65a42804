#include "registry/freight/coverage.h"

#include <stdlib.h>
#include <string.h>

#include "registry/store/store_orgs.h"

#define ALL INT64_C(1000000)

static const char *const industries[] = {"STEEL",  "CEMENT",         "COKING",
                                         "MINING", "LOGISTICS_PARK", "POWER"};

struct reading {
    struct arena *arena;
    struct period period;
    struct coverage *coverage;
    const char *org_id; /* NULL: all */
    unsigned closed;
    size_t cap;
    size_t at; /* reports come in the order of the enterprises */
    struct store_freight_report *reports;
    size_t report_count, report_cap;
};

static bool expected(int industry)
{
    for (size_t i = 0; i < sizeof industries / sizeof industries[0]; i++)
        if (industry == vocabulary_code(&vocabulary_industry, industries[i]))
            return true;
    return false;
}

static void *room(struct arena *arena, void *items, size_t count, size_t *cap, size_t size)
{
    void *more = NULL;

    if (count < *cap)
        return items;
    *cap = *cap == 0 ? 64 : *cap * 2;
    more = arena_alloc(arena, *cap, size);
    if (count > 0)
        memcpy(more, items, count * size);
    return more;
}

static void take_report(void *arg, const struct store_freight_report *report)
{
    struct reading *r = arg;

    r->reports = room(r->arena, r->reports, r->report_count, &r->report_cap, sizeof r->reports[0]);
    r->reports[r->report_count++] = *report;
}

/* The months of the period for which a report speaks. */
static unsigned months_of(const struct reading *r, const struct store_freight_report *report)
{
    unsigned mask = 0;

    for (int64_t month = 0; month < r->period.months; month++) {
        int64_t at = r->period.first_month + month;
        if (at >= report->first_month && at < report->first_month + report->months)
            mask |= 1u << month;
    }
    return mask;
}

static void add_report(const struct reading *r, struct coverage_org *org,
                       const struct store_freight_report *report)
{
    bool waits = report->state != FREIGHT_ACCEPTED && report->state != FREIGHT_LOCKED;

    if (report->accepted != 0)
        org->accepted |= months_of(r, report);
    if (waits && org->waiting.state == FREIGHT_STATE_NONE)
        org->waiting = *report;
}

/* Both lists are in the order of the enterprises' ids. */
static void take_org(void *arg, const struct store_org *o)
{
    struct reading *r = arg;
    struct coverage *c = r->coverage;
    struct coverage_org org = {.industry = o->industry, .closed = r->closed};
    size_t first = r->at;

    while (first < r->report_count && strcmp(r->reports[first].key.org_id, o->org_id) < 0)
        first++;
    r->at = first;
    while (r->at < r->report_count && strcmp(r->reports[r->at].key.org_id, o->org_id) == 0)
        add_report(r, &org, &r->reports[r->at++]);
    if ((!expected(o->industry) && r->at == first) ||
        (r->org_id != NULL && strcmp(r->org_id, o->org_id) != 0))
        return;
    c->orgs = room(r->arena, c->orgs, c->expected, &r->cap, sizeof c->orgs[0]);
    org.org_id = arena_text(r->arena, o->org_id);
    org.name = arena_text(r->arena, o->name);
    c->orgs[c->expected++] = org;
    c->reported += org.accepted != 0;
    c->complete += coverage_complete(&org);
}

bool coverage_complete(const struct coverage_org *org)
{
    return (org->closed & ~org->accepted) == 0;
}

static unsigned months_closed(struct period period, int32_t today)
{
    unsigned mask = 0;

    for (int64_t month = 0; month < period.months; month++)
        if (period_last_day((struct period){period.first_month + month, 1}) < today)
            mask |= 1u << month;
    return mask;
}

enum err coverage_read(struct sql *db, struct period period, const char *org_id, int32_t today,
                       struct arena *arena, struct coverage *coverage, struct fault *fault)
{
    struct reading r = {.arena = arena,
                        .period = period,
                        .coverage = coverage,
                        .org_id = org_id,
                        .closed = months_closed(period, today)};
    const struct store_freight_search reports = {.from_month = period.first_month,
                                                 .to_month = period.first_month + period.months - 1,
                                                 .org_id = org_id,
                                                 .limit = ALL};
    const struct store_org_search orgs = {
        .as_of = period_last_day(period), .part = org_id, .limit = ALL};
    enum err err = ERR_OK;

    *coverage = (struct coverage){.orgs = NULL};
    err = store_freight_find(db, &reports, take_report, &r, fault);
    return err == ERR_OK ? store_org_find(db, &orgs, take_org, &r, fault) : err;
}

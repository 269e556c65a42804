#include "registry/compliance/restated.h"

#include <string.h>

#include "registry/store/store_known.h"
#include "registry/store/store_register.h"
#include "registry/store/store_snapshots.h"

/* The end of a day in China. */
static int64_t day_end_ms(int32_t day)
{
    return (day + 1) * WHEN_DAY_MS - WHEN_ZONE_MS - 1;
}

/* The instant whose knowledge was the last of its time; 0: the period is not closed. */
static enum err find_closing(struct sql *db, const struct compliance_query *q, int64_t *known_ms,
                             struct fault *fault)
{
    enum err err = store_snapshot_first_known(db, q->plan->id, q->as_of, known_ms, fault);

    if (err == ERR_OK && *known_ms == 0 && q->today > q->as_of + q->close_days)
        *known_ms = day_end_ms(q->as_of + q->close_days);
    return err;
}

/* Can anything have changed? What was recorded within a day of the day's end is not indexed as late. */
static enum err may_differ(struct sql *db, int32_t as_of, int64_t known_ms, bool *may,
                           struct fault *fault)
{
    struct store_register reg;
    enum err err = store_register_read(db, &reg, fault);

    *may = false;
    if (err != ERR_OK || reg.begun_ms == 0 || reg.begun_ms > known_ms)
        return err;
    *may = true;
    if (known_ms < day_end_ms(as_of + 1))
        return ERR_OK;
    err = store_count_changed(db, as_of, known_ms, may, fault);
    return err == ERR_OK && !*may ? store_known_changed(db, as_of, known_ms, may, fault) : err;
}

/* ---- causes ---- */

/* Changes of one transaction, by what they do to the figure. */
struct causes {
    const struct rule *rule;
    int64_t recorded_ms;
    int64_t net[COUNTS_AS_COUNT];
    int64_t count;
};

static void end_cause(struct causes *causes)
{
    bool moved = false;

    for (size_t i = 0; i < COUNTS_AS_COUNT; i++)
        moved = moved || causes->net[i] != 0;
    causes->count += moved;
    memset(causes->net, 0, sizeof causes->net);
}

static void add_change(void *arg, const struct count_dims *dims, int64_t recorded_ms, int64_t n)
{
    struct causes *causes = arg;

    if (recorded_ms != causes->recorded_ms)
        end_cause(causes);
    causes->recorded_ms = recorded_ms;
    causes->net[scope_counts(causes->rule, dims)] += n;
}

/* Only the counts of vehicles, of all owners, have a memory of what changed them. */
static enum err count_causes(struct sql *db, const struct compliance_rule *then, int64_t *count,
                             struct fault *fault)
{
    struct causes causes = {.rule = then->rule};
    enum err err = ERR_OK;

    *count = RESTATED_CAUSES_UNKNOWN;
    if (then->scope.owner_id != NULL ||
        (then->rule->kind != RULE_STOCK_SHARE && then->rule->kind != RULE_FLOW_SHARE))
        return ERR_OK;
    err = store_count_changes(db, &then->scope.query, add_change, &causes, fault);
    end_cause(&causes);
    *count = causes.count;
    return err;
}

/* ---- the comparison ---- */

/* By the declared area, as every figure of what was known is. */
static struct share share_of(const struct compliance_rule *r)
{
    return r->attributed.asked ? tally_share(&r->attributed.declared) : r->share;
}

/* Entered by hand. */
static bool same_values(const struct store_statistics *a, const struct store_statistics *b)
{
    bool same = a->count == b->count;

    for (size_t i = 0; i < a->count && same; i++) {
        const struct store_statistic *x = &a->items[i], *y = &b->items[i];
        same = x->indicator == y->indicator && x->from == y->from && x->until == y->until &&
               x->value == y->value && strcmp(x->subject, y->subject) == 0;
    }
    return same;
}

static bool differs(const struct compliance_rule *now, const struct compliance_rule *then)
{
    const struct tally *tally = now->attributed.asked ? &now->attributed.declared : &now->tally;
    struct share share = share_of(now);

    return share.num != then->share.num || share.den != then->share.den ||
           memcmp(tally->n, then->tally.n, sizeof tally->n) != 0 ||
           !same_values(&now->values, &then->values);
}

static enum err compare(struct sql *db, struct arena *arena, struct compliance *now,
                        const struct compliance *then, struct fault *fault)
{
    enum err err = ERR_OK;

    for (size_t i = 0; i < now->count && err == ERR_OK; i++) {
        struct compliance_rule *r = &now->rules[i];
        const struct compliance_rule *old = &then->rules[i];
        struct compliance_restated *restated = NULL;
        if (!differs(r, old))
            continue;
        restated = ARENA_NEW(arena, struct compliance_restated);
        restated->known_ms = then->query.filter.known_ms;
        restated->share = old->share;
        restated->now = share_of(r);
        restated->exempt = old->tally.n[COUNTS_EXEMPT];
        restated->unknown = old->tally.n[COUNTS_UNKNOWN];
        restated->verdict = old->verdict;
        restated->values = &old->values;
        err = count_causes(db, old, &restated->causes, fault);
        r->restated = restated;
    }
    return err;
}

enum err restated_compute(struct sql *db, struct arena *arena, struct compliance *now,
                          struct fault *fault)
{
    struct compliance_query query = now->query;
    struct compliance then;
    bool may = false;
    enum err err = find_closing(db, &query, &query.filter.known_ms, fault);

    if (err == ERR_OK && query.filter.known_ms != 0)
        err = may_differ(db, query.as_of, query.filter.known_ms, &may, fault);
    if (err != ERR_OK || !may)
        return err;
    query.close_days = 0;
    err = compliance_compute_within(db, &query, arena, &then, fault);
    return err == ERR_OK ? compare(db, arena, now, &then, fault) : err;
}

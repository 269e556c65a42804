/*
 * Shares of what is used at sites: truck trips through their gates, and the time that machines work
 * inside them. The sites, or the machines, are the items.
 */
#include <string.h>

#include "registry/compliance/compliance_internal.h"
#include "registry/compliance/pace.h"
#include "registry/store/store_gate_usage.h"
#include "registry/store/store_usage.h"

#define MINUTE_MS 60000
#define TRUCKS                                                                                     \
    (1u << CATEGORY_MUCK_TRUCK | 1u << CATEGORY_CEMENT_TRUCK | 1u << CATEGORY_LOGISTICS |          \
     1u << CATEGORY_OTHER_FREIGHT | 1u << CATEGORY_INTERNAL_TRUCK)

struct usage {
    struct work *w;
    struct compliance_rule *result;
    struct tally main, second; /* trips and tonnes; milliseconds and machines */
    int64_t matched;
    struct compliance_item *item; /* whose rows come */
};

static const char *yes_or_no(enum counts_as as)
{
    return as == COUNTS_YES ? "every one counts as yes" : "some do not count as yes";
}

/* ---- trips ---- */

static struct store_gate_query gate_query(const struct work *w, const struct scope *scope,
                                          enum gate_by by)
{
    return (struct store_gate_query){
        .from = scope->query.from,
        .to = scope->query.to,
        .org_id = w->out->query.filter.owner_id,
        .owner_kinds = scope->rule->subject.owner_kinds,
        .industries = scope->rule->subject.industries,
        .by = by,
    };
}

static enum counts_as sum_counts(const struct rule *rule, const struct store_gate_sum *sum)
{
    const struct count_dims dims = {.energy = sum->energy, .stage = sum->stage};

    return scope_qualifies(rule->qualifies, &dims);
}

static void take_trips(void *arg, const struct store_gate_sum *sum)
{
    struct usage *u = arg;
    enum counts_as as = sum_counts(u->result->rule, sum);

    if (u->item == NULL || strcmp(u->item->id, sum->site_id) != 0) {
        u->item = compliance_item_add(u->w, u->result);
        *u->item = (struct compliance_item){
            .id = arena_text(u->w->arena, sum->site_id), .name = "", .unit = UNIT_TRIPS};
    }
    u->main.n[as] += sum->trips;
    u->second.n[as] += sum->tonnes;
    u->matched += sum->matched ? sum->trips : 0;
    u->item->share.den += sum->trips;
    u->item->share.num += as == COUNTS_YES ? sum->trips : 0;
}

static void add_past(void *arg, const struct store_gate_sum *sum)
{
    struct usage *u = arg;

    u->main.n[sum_counts(u->result->rule, sum)] += sum->trips;
}

/* The share a year before, for the pace. */
static enum err find_past(struct work *w, struct compliance_rule *result)
{
    const struct compliance_query *q = &w->out->query;
    int32_t day = pace_months_before(q->as_of, 12);
    struct scope scope = scope_of(q->plan, result->rule, day, &q->filter);
    struct store_gate_query query = gate_query(w, &scope, GATE_BY_NOTHING);
    struct usage past = {.w = w, .result = result};
    enum err err = store_gate_usage(w->db, &query, add_past, &past, w->fault);

    if (err == ERR_OK && tally_share(&past.main).den > 0)
        result->pace = (struct verdict_pace){tally_share(&past.main), q->as_of - day};
    return err;
}

static void add_truck(void *arg, const struct count_dims *dims, int64_t n)
{
    struct usage *u = arg;

    u->second.n[scope_qualifies(u->result->rule->qualifies, dims)] += n;
}

/* The trucks that these enterprises own. */
static enum err add_own_fleet(struct usage *u)
{
    struct compliance_rule *result = u->result;
    struct scope scope = {.rule = result->rule,
                          .owner_id = u->w->out->query.filter.owner_id,
                          .query = {.measure = COUNT_STOCK,
                                    .to = u->w->out->query.as_of,
                                    .filter = {.categories = TRUCKS,
                                               .owner_kinds = result->rule->subject.owner_kinds}}};
    struct share share;
    enum err err = ERR_OK;

    u->second = (struct tally){0};
    err = tally_rows(u->w->db, &scope, add_truck, u, u->w->fault);
    share = tally_share(&u->second);
    compliance_view_add(
        result, &(struct compliance_view){
                    "own_fleet", "自有货车", UNIT_VEHICLES, share,
                    share_shortfall(share, result->rule->comparator, &result->rule->threshold),
                    "the trucks in the fleet of these enterprises on the day"});
    return err;
}

static void add_trip_views(struct usage *u)
{
    struct compliance_rule *result = u->result;
    struct share tonnes = tally_share(&u->second);

    compliance_view_add(
        result, &(struct compliance_view){
                    "tonnes", "货运量", UNIT_TONNES, tonnes,
                    share_shortfall(tonnes, result->rule->comparator, &result->rule->threshold),
                    "the tonnes of the same trips, where the ledger has them"});
    compliance_view_add(
        result, &(struct compliance_view){
                    "matched",
                    "在册车辆的车次",
                    UNIT_TRIPS,
                    {u->matched, result->share.den},
                    -1,
                    "trips whose vehicle is in the register; the others count by what the ledger "
                    "declares"});
}

static uint32_t stages_from(enum stage least)
{
    return ((1u << (STAGE_6B + 1)) - 1) & ~((1u << least) - 1);
}

static enum err excuse_trips(struct work *w, struct compliance_rule *result)
{
    static const uint32_t stages[METRIC_COUNT] = {[METRIC_NEV_OR_CN6] = STAGE_6A,
                                                  [METRIC_NEV_OR_STAGE3] = STAGE_3,
                                                  [METRIC_NEV_OR_STAGE4] = STAGE_4};
    const struct rule *rule = result->rule;
    enum stage least = (enum stage)stages[rule->qualifies];
    struct store_excuse_query query = {
        .rule = rule->id,
        .use = {.from = result->scope.query.from,
                .to = result->scope.query.to,
                .owner_kinds = rule->subject.owner_kinds,
                .org_id = w->out->query.filter.owner_id},
        .stages = least == STAGE_NONE ? 0 : stages_from(least),
    };
    int64_t left = 0;
    enum err err = compliance_exceptions(w, result, &result->exceptions);

    for (int energy = 1; energy < ENERGY_COUNT; energy++)
        query.energies |= energy_is_nev((enum energy)energy) ? 1u << energy : 0;
    if (err != ERR_OK || result->exceptions.count == 0)
        return err;
    err = store_trips_unexcused(w->db, &query, &left, w->fault);
    result->facts.excused = left == 0;
    if (left > 0)
        result->note =
            arena_format(w->arena, "of the trips that miss, %lld are not excused", (long long)left);
    return err;
}

static enum err compute_trips(struct work *w, struct compliance_rule *result)
{
    const struct rule *rule = result->rule;
    struct store_gate_query query = gate_query(w, &result->scope, GATE_BY_SITE);
    struct usage u = {.w = w, .result = result};
    enum err err = store_gate_usage(w->db, &query, take_trips, &u, w->fault);

    if (err != ERR_OK)
        return err;
    result->tally = u.main;
    result->share = tally_share(&u.main);
    result->verified.silent = result->share.den;
    for (size_t i = 0; i < result->items.count; i++) {
        struct compliance_item *item = &result->items.list[i];
        item->as = item->share.num == item->share.den ? COUNTS_YES : COUNTS_NO;
        item->why = yes_or_no(item->as);
    }
    add_trip_views(&u);
    err = add_own_fleet(&u);
    if (err == ERR_OK && verdict_needs_pace(rule, result->share, w->out->query.as_of))
        err = find_past(w, result);
    result->facts = verdict_facts(rule, result->share, w->out->query.as_of, &result->pace);
    if (err == ERR_OK && result->facts.data && !result->facts.met)
        err = excuse_trips(w, result);
    if (result->share.den == 0)
        result->note = "the gate ledgers have no trip of these enterprises in the window";
    return err;
}

/* ---- machines ---- */

static void take_machine(void *arg, const struct store_machine_use *use)
{
    struct usage *u = arg;
    enum counts_as as = scope_qualifies(u->result->rule->qualifies, &use->dims);

    u->main.n[as] += use->operating_ms;
    if (u->item != NULL && strcmp(u->item->id, use->vehicle_id) == 0) {
        u->item->share.den += use->operating_ms;
        u->item->why = arena_format(u->w->arena, "%s, %s", u->item->why, use->site_id);
        return;
    }
    u->second.n[as]++;
    u->item = compliance_item_add(u->w, u->result);
    *u->item = (struct compliance_item){
        .id = arena_text(u->w->arena, use->vehicle_id),
        .name = "",
        .as = as,
        .unit = UNIT_MINUTES,
        .share = {0, use->operating_ms},
        .why = arena_format(u->w->arena, "%s; at %s",
                            scope_why(u->result->rule, &use->dims, u->w->arena), use->site_id),
    };
}

/* A minute that was begun counts, so that a miss of seconds stays a miss. */
static int64_t minutes_of(int64_t ms)
{
    return (ms + MINUTE_MS - 1) / MINUTE_MS;
}

static enum err compute_machines(struct work *w, struct compliance_rule *result)
{
    const struct rule *rule = result->rule;
    const struct store_use_query query = {
        .from = result->scope.query.from,
        .to = result->scope.query.to,
        .owner_kinds = rule->subject.owner_kinds,
        .categories = rule->subject.categories,
        .org_id = w->out->query.filter.owner_id,
    };
    struct usage u = {.w = w, .result = result};
    enum err err = store_machine_use(w->db, &query, take_machine, &u, w->fault);

    for (int as = 0; as < COUNTS_AS_COUNT; as++)
        result->tally.n[as] = minutes_of(u.main.n[as]);
    for (size_t i = 0; i < result->items.count; i++) {
        struct compliance_item *item = &result->items.list[i];
        item->share.den = minutes_of(item->share.den);
        item->share.num = item->as == COUNTS_YES ? item->share.den : 0;
    }
    result->share = tally_share(&result->tally);
    result->verified.by_telemetry = result->share.den; /* it is made of nothing else */
    compliance_view_add(result, &(struct compliance_view){"machines", "机械台数", UNIT_VEHICLES,
                                                          tally_share(&u.second), -1,
                                                          "the machines that worked there"});
    result->facts =
        verdict_facts(rule, result->share, w->out->query.as_of, &(struct verdict_pace){0});
    if (result->share.den == 0)
        result->note = "telemetry saw no machine work inside a site of these enterprises";
    return err;
}

enum err compliance_usage(struct work *w, struct compliance_rule *result)
{
    bool trips = result->rule->usage == USE_TRIPS;
    enum err err = ERR_OK;

    result->unit = trips ? UNIT_TRIPS : UNIT_MINUTES;
    if (!result->scope.nothing)
        err = trips ? compute_trips(w, result) : compute_machines(w, result);
    result->shortfall =
        share_shortfall(result->share, result->rule->comparator, &result->rule->threshold);
    return err;
}

/*
 * Shares of truck trips through gates. The sites are the items. Beside the trips stand their tonnes,
 * the trucks that the enterprises own, and what they declare in their reports.
 */
#include <string.h>

#include "registry/compliance/compliance_internal.h"
#include "registry/store/store_gate_usage.h"
#include "registry/store/store_usage.h"

#define TRUCKS                                                                                     \
    (1u << CATEGORY_MUCK_TRUCK | 1u << CATEGORY_CEMENT_TRUCK | 1u << CATEGORY_LOGISTICS |          \
     1u << CATEGORY_OTHER_FREIGHT | 1u << CATEGORY_INTERNAL_TRUCK)

struct usage {
    struct work *w;
    struct compliance_rule *result;
    struct tally trips, tonnes;
    int64_t matched;
    struct compliance_item *item; /* whose rows come */
};

static const char *yes_or_no(enum counts_as as)
{
    return as == COUNTS_YES ? "every one counts as yes" : "some do not count as yes";
}

static struct store_gate_query gate_query(const struct work *w, const struct scope *scope,
                                          enum gate_by by)
{
    return (struct store_gate_query){
        .from = scope->query.from,
        .to = scope->query.to,
        .org_id = w->out->query.filter.owner_id,
        .owner_kinds = scope->rule->subject.owner_kinds,
        .by = by,
        .known_ms = w->out->query.filter.known_ms,
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
    u->trips.n[as] += sum->trips;
    u->tonnes.n[as] += sum->tonnes;
    u->matched += sum->matched ? sum->trips : 0;
    u->item->share.den += sum->trips;
    u->item->share.num += as == COUNTS_YES ? sum->trips : 0;
}

struct own_fleet {
    enum rule_metric metric;
    struct tally tally;
};

static void add_truck(void *arg, const struct count_dims *dims, int64_t n)
{
    struct own_fleet *own = arg;

    own->tally.n[scope_qualifies(own->metric, dims)] += n;
}

/* The trucks that these enterprises own. */
static enum err add_own_fleet(struct work *w, struct compliance_rule *result)
{
    const struct scope *asked = &result->scope;
    struct scope scope = {.rule = result->rule,
                          .owner_id = asked->owner_id,
                          .query = {.measure = COUNT_STOCK,
                                    .to = w->out->query.as_of,
                                    .known_ms = asked->query.known_ms,
                                    .filter = {.categories = TRUCKS,
                                               .owner_kinds = result->rule->subject.owner_kinds}}};
    struct own_fleet own = {.metric = result->rule->qualifies};
    struct share share;
    enum err err = tally_rows(w->db, &scope, add_truck, &own, w->fault);

    share = tally_share(&own.tally);
    compliance_view_add(
        result, &(struct compliance_view){
                    "own_fleet", "自有货车", UNIT_VEHICLES, share,
                    share_shortfall(share, result->rule->comparator, &result->rule->threshold),
                    "the trucks in the fleet of these enterprises on the day"});
    return err;
}

static void add_views(const struct usage *u)
{
    struct compliance_rule *result = u->result;
    struct share tonnes = tally_share(&u->tonnes);

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

struct excusing {
    const struct store_exceptions *all;
    bool *used; /* of each */
};

static void mark_used(void *arg, const struct store_exception *key)
{
    const struct excusing *excusing = arg;

    for (size_t i = 0; i < excusing->all->count; i++) {
        const struct store_exception *e = &excusing->all->items[i];
        if (e->subject_kind == key->subject_kind && e->from == key->from &&
            strcmp(e->subject, key->subject) == 0 && strcmp(e->document, key->document) == 0)
            excusing->used[i] = true;
    }
}

/* Only what excuses one of these enterprises' trips: whoever reads the answer may see no other's. */
static enum err keep_used(struct work *w, const struct store_excuse_query *query,
                          struct store_exceptions *exceptions)
{
    struct excusing excusing = {exceptions, ARENA_ARRAY(w->arena, bool, exceptions->count)};
    size_t kept = 0;
    enum err err = store_trips_excusing(w->db, query, mark_used, &excusing, w->fault);

    for (size_t i = 0; i < exceptions->count; i++)
        if (excusing.used[i])
            exceptions->items[kept++] = exceptions->items[i];
    exceptions->count = kept;
    return err;
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
        .use = compliance_use_query(w, &result->scope),
        .stages = least == STAGE_NONE ? 0 : stages_from(least),
    };
    int64_t left = 0;
    enum err err = compliance_exceptions(w, result, &result->exceptions);

    for (int energy = 1; energy < ENERGY_COUNT; energy++)
        query.energies |= energy_is_nev((enum energy)energy) ? 1u << energy : 0;
    if (err != ERR_OK || result->exceptions.count == 0)
        return err;
    err = store_trips_unexcused(w->db, &query, &left, w->fault);
    if (err == ERR_OK)
        err = keep_used(w, &query, &result->exceptions);
    result->facts.excused = left == 0;
    if (left > 0)
        result->note =
            arena_format(w->arena, "of the trips that miss, %lld are not excused", (long long)left);
    return err;
}

/* ---- verified ---- */

struct verifying {
    struct work *w;
    struct compliance_rule *result;
};

/* A trip is as sure as its truck. */
static void verify_trips(void *arg, const struct store_vehicle_trips *trips)
{
    const struct verifying *v = arg;
    const struct heard *heard = &v->w->heard;
    const struct store_heard *one = heard_find(heard, trips->vehicle_id);
    struct count_dims dims = one == NULL ? (struct count_dims){0} : one->dims;

    dims.energy = trips->energy;
    dims.stage = trips->stage;
    compliance_verified_add(v->result, scope_qualifies(v->result->rule->qualifies, &dims),
                            verification_of(v->result->rule, &dims, heard, one).as, trips->trips);
}

static enum err verify(struct work *w, struct compliance_rule *result)
{
    const struct scope *scope = &result->scope;
    const struct count_query fleet = {.measure = COUNT_STOCK, .to = w->out->query.as_of};
    const struct store_trips_query query = {
        .use = compliance_use_query(w, scope),
        .heard_from = w->out->query.as_of - HEARD_DAYS + 1,
        .heard_to = w->out->query.as_of,
    };
    struct verifying v = {w, result};
    enum err err = compliance_heard(w, &fleet);

    if (err == ERR_OK)
        err = store_trips_of_vehicles(w->db, &query, verify_trips, &v, w->fault);
    compliance_verified_end(result);
    return err;
}

/* ---- against the reports ---- */

struct with_gates { /* the enterprises whose gates counted anything, by id */
    struct arena *arena;
    const char **ids;
    size_t count, room;
};

static void keep_org(void *arg, const struct store_gate_sum *sum)
{
    struct with_gates *orgs = arg;

    if (orgs->count > 0 && strcmp(orgs->ids[orgs->count - 1], sum->org_id) == 0)
        return;
    if (orgs->count == orgs->room) {
        const char **old = orgs->ids;
        orgs->room = orgs->room * 2 + 16;
        orgs->ids = ARENA_ARRAY(orgs->arena, const char *, orgs->room);
        if (old != NULL)
            memcpy(orgs->ids, old, orgs->count * sizeof *old);
    }
    orgs->ids[orgs->count++] = arena_text(orgs->arena, sum->org_id);
}

static uint32_t modes_that_qualify(enum rule_metric metric)
{
    return metric == METRIC_NEV_OR_CN6 ? 1u << FREIGHT_TRUCK_NEV | 1u << FREIGHT_TRUCK_CN6
                                       : 1u << FREIGHT_TRUCK_NEV;
}

struct reports {
    struct share declared, gates;
    int64_t checked, apart;
};

/* Other tonnes, or other trucks. */
static void add_check(struct reports *sums, const struct rule *rule, const struct gate_check *check)
{
    uint32_t counted = modes_that_qualify(rule->qualifies);
    struct share declared = compliance_declared_share(check, counted);
    struct share gates = compliance_gates_share(check, counted);

    sums->checked++;
    sums->apart += check->contradicts || (!check->explained && declared.den > 0 && gates.den > 0 &&
                                          compliance_differs(declared, gates, rule->dispute));
    sums->declared.num += declared.num;
    sums->declared.den += declared.den;
    sums->gates.num += gates.num;
    sums->gates.den += gates.den;
}

static void add_report_views(struct work *w, struct compliance_rule *result,
                             const struct reports *sums)
{
    compliance_view_add(
        result,
        &(struct compliance_view){
            "declared", "企业申报的公路运输", UNIT_TONNES, sums->declared, -1,
            arena_format(
                w->arena,
                "by truck, as the enterprises with gates report it for the four quarters up "
                "to the day; the gates of %lld of %lld say otherwise",
                (long long)sums->apart, (long long)sums->checked)});
    compliance_view_add(
        result,
        &(struct compliance_view){"declared_by_gates", "同期门禁台账", UNIT_TONNES, sums->gates, -1,
                                  "what the gates of the same enterprises counted in these "
                                  "quarters"});
}

/* Trips are missing from a ledger, or tonnes from a report: an enterprise whose gates say otherwise
 * makes the figure a disputed one. */
static enum err check_reports(struct work *w, struct compliance_rule *result)
{
    const struct plan_parameter *tolerance = result->rule->dispute;
    struct store_gate_query query = gate_query(w, &result->scope, GATE_BY_ORG);
    struct with_gates orgs = {.arena = w->arena};
    struct reports sums = {0};
    struct gate_days days;
    enum err err = ERR_OK;

    if (tolerance == NULL)
        return ERR_OK;
    scope_quarters(w->out->query.as_of, &days.from, &days.to);
    query.from = days.from;
    query.to = days.to;
    err = store_gate_usage(w->db, &query, keep_org, &orgs, w->fault);
    for (size_t i = 0; i < orgs.count && err == ERR_OK; i++) {
        struct gate_check check;
        err = compliance_gate_check(w, tolerance, &days, orgs.ids[i], &check);
        if (err == ERR_OK && check.known)
            add_check(&sums, result->rule, &check);
    }
    if (sums.checked > 0)
        add_report_views(w, result, &sums);
    result->facts.disputed = result->facts.disputed || sums.apart > 0;
    return err;
}

/* ---- the figure ---- */

static enum err add_beside(struct usage *u)
{
    struct work *w = u->w;
    struct compliance_rule *result = u->result;
    enum err err = ERR_OK;

    add_views(u);
    err = add_own_fleet(w, result);
    if (err == ERR_OK && result->facts.data && !result->facts.met)
        err = excuse_trips(w, result);
    if (err == ERR_OK && result->scope.query.known_ms == 0)
        err = verify(w, result);
    if (err == ERR_OK)
        err = check_reports(w, result);
    return err;
}

enum err compliance_trips(struct work *w, struct compliance_rule *result)
{
    struct store_gate_query query = gate_query(w, &result->scope, GATE_BY_SITE);
    struct usage u = {.w = w, .result = result};
    enum err err = store_gate_usage(w->db, &query, take_trips, &u, w->fault);

    if (err != ERR_OK)
        return err;
    result->tally = u.trips;
    result->share = tally_share(&u.trips);
    for (size_t i = 0; i < result->items.count; i++) {
        struct compliance_item *item = &result->items.list[i];
        item->as = item->share.num == item->share.den ? COUNTS_YES : COUNTS_NO;
        item->why = yes_or_no(item->as);
    }
    result->facts = verdict_facts(result->rule, result->share, w->out->query.as_of, &result->pace);
    if (result->share.den == 0)
        result->note = "the gate ledgers have no trip of these enterprises in the window";
    return w->past ? ERR_OK : add_beside(&u);
}

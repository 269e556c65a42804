/*
 * Shares of the region's freight, by tonnes of the reports in force.
 *
 * The tonnes are summed over the region, never a mean of the enterprises. Tonne-kilometres and the
 * shares under other definitions stand beside; the enterprises are the items. Where too few of those
 * that should report did, there is no verdict.
 */
#include <string.h>

#include "registry/compliance/compliance_internal.h"
#include "registry/compliance/pace.h"
#include "registry/freight/period.h"
#include "registry/store/store_freight.h"

static struct freight_scope freight_scope_of(const struct work *w, const struct rule *rule,
                                             int32_t from, int32_t to)
{
    static const enum freight_goods goods[GOODS_COUNT] = {[GOODS_ALL] = FREIGHT_ALL_GOODS,
                                                          [GOODS_BULK] = FREIGHT_BULK,
                                                          [GOODS_BULK_AND_CONTAINERS] =
                                                              FREIGHT_BULK_AND_CONTAINERS};
    const struct rule_freight *f = &rule->freight;

    return (struct freight_scope){
        .from = from,
        .to = to,
        .goods = goods[f->goods],
        .km_min = f->km_min == NULL ? 0 : f->km_min->value,
        .km_max = f->km_max == NULL ? 0 : f->km_max->value,
        .org_id = w->out->query.filter.owner_id,
        .known_at = w->out->query.filter.known_ms,
    };
}

uint32_t compliance_green_modes(const struct work *w, const char *definition, int32_t day)
{
    return plan_green(w->out->query.plan, definition, day)->modes;
}

static uint32_t counted_modes(const struct work *w, const struct rule *rule)
{
    return rule->freight.definition == NULL
               ? rule->freight.modes
               : compliance_green_modes(w, rule->freight.definition, w->out->query.as_of);
}

static struct share mode_share(const struct freight_modes *modes, uint32_t counted)
{
    return (struct share){freight_tonnes(modes, counted), freight_tonnes(modes, FREIGHT_MODES_ALL)};
}

/* ---- the enterprises ---- */

/* The tonnes of an enterprise by mode, for its gates. */
struct region_org {
    struct freight_modes modes;
};

struct region {
    struct work *w;
    struct compliance_rule *result;
    uint32_t counted;
    struct freight_modes total;
    struct compliance_item *item; /* of the enterprise whose rows come */
    struct region_org *orgs;      /* of the items, in their order */
    size_t org_room;
};

static void grow_orgs(struct region *g)
{
    struct region_org *old = g->orgs;
    size_t count = g->result->items.count;

    if (count <= g->org_room)
        return;
    g->org_room = g->org_room == 0 ? 16 : g->org_room * 2;
    g->orgs = ARENA_ARRAY(g->w->arena, struct region_org, g->org_room);
    if (old != NULL)
        memcpy(g->orgs, old, (count - 1) * sizeof *old);
}

/* Rows come by enterprise. */
static void take_row(void *arg, const struct store_freight_sum *sum)
{
    struct region *g = arg;

    freight_modes_add(&g->total, sum);
    if (g->item == NULL || strcmp(g->item->id, sum->org_id) != 0) {
        g->item = compliance_item_add(g->w, g->result);
        *g->item = (struct compliance_item){
            .id = arena_text(g->w->arena, sum->org_id), .name = "", .unit = UNIT_TONNES};
        grow_orgs(g);
    }
    freight_modes_add(&g->orgs[g->result->items.count - 1].modes, sum);
    g->item->share.den += sum->tonnes;
    if ((g->counted >> sum->mode & 1u) != 0)
        g->item->share.num += sum->tonnes;
}

static void judge_items(struct region *g)
{
    const struct rule *rule = g->result->rule;

    for (size_t i = 0; i < g->result->items.count; i++) {
        struct compliance_item *item = &g->result->items.list[i];
        bool met = share_meets(item->share, rule->comparator, &rule->threshold);
        item->as = met ? COUNTS_YES : COUNTS_NO;
        item->why =
            arena_format(g->w->arena, "by itself it would %s the target", met ? "reach" : "miss");
    }
}

static enum err read_region(struct region *g)
{
    const struct count_query *days = &g->result->scope.query;
    struct freight_scope scope = freight_scope_of(g->w, g->result->rule, days->from, days->to);
    struct store_freight_query query = freight_scope_query(&scope);

    return store_freight_sums_read(g->w->db, &query, take_row, g, g->w->fault);
}

/* ---- the gates ---- */

/* Enterprises whose gates contradict them are disputed; the region is where its share, made with the
 * gates' tonnes, is another one. */
static enum err check_gates(struct region *g)
{
    struct compliance_rule *result = g->result;
    const struct gate_days days = {result->scope.query.from, result->scope.query.to};
    enum err err = ERR_OK;

    if (result->rule->dispute == NULL)
        return ERR_OK;
    result->measured = result->share;
    for (size_t i = 0; i < result->items.count && err == ERR_OK; i++) {
        struct compliance_item *item = &result->items.list[i];
        struct gate_check check;
        struct share by_gates;
        err = compliance_gate_check(g->w, result->rule->dispute, &days, item->id, &check);
        if (err != ERR_OK || !check.known)
            continue;
        compliance_gate_count(result, &check);
        by_gates = compliance_gate_share(&check, &g->orgs[i].modes, g->counted);
        item->disputed = check.contradicts;
        result->measured.num += by_gates.num - item->share.num;
        result->measured.den += by_gates.den - item->share.den;
    }
    result->verified.silent = (int64_t)result->items.count - result->verified.by_telemetry -
                              result->verified.contradicted;
    if (result->verified.by_telemetry + result->verified.contradicted == 0)
        result->measured = (struct share){0, 0};
    return err;
}

/* ---- coverage ---- */

/* Expected are the enterprises that declare bulk goods, or that reported. */
static enum err read_coverage(struct region *g)
{
    const struct count_query *days = &g->result->scope.query;
    struct period within = period_within(days->from, days->to);
    int64_t last = within.first_month + within.months - 1;
    const struct store_freight_span span = {within.first_month, last,
                                            g->w->out->query.filter.owner_id, days->known_ms};
    struct compliance_coverage *coverage = &g->result->coverage;
    enum err err = ERR_OK;

    if (within.months == 0)
        return ERR_OK;
    err = store_freight_reporters(g->w->db, &span, &coverage->reported, &coverage->complete,
                                  g->w->fault);
    if (err == ERR_OK && span.org_id == NULL)
        err = store_org_bulk_unreported(g->w->db, days->to, within.first_month, last,
                                        days->known_ms, &coverage->expected, g->w->fault);
    coverage->expected += coverage->reported;
    return err;
}

static bool below_floor(const struct compliance_rule *result)
{
    const struct plan_parameter *floor = result->rule->coverage;
    const struct compliance_coverage *c = &result->coverage;

    return floor != NULL && c->reported * floor->den < floor->num * c->expected;
}

/* ---- the figure ---- */

static void add_views(struct region *g)
{
    struct work *w = g->w;
    struct compliance_rule *result = g->result;
    const struct rule *rule = result->rule;
    const uint32_t counted = g->counted;

    for (size_t i = 0; i < rule->freight.beside_count; i++) {
        const struct plan_green *green =
            plan_green(w->out->query.plan, rule->freight.beside[i], w->out->query.as_of);
        struct share share = mode_share(&g->total, green->modes);
        compliance_view_add(result, &(struct compliance_view){
                                        green->id, green->title_zh, UNIT_TONNES, share,
                                        share_shortfall(share, rule->comparator, &rule->threshold),
                                        green->source});
    }
    compliance_view_add(result, &(struct compliance_view){
                                    "tonne_km",
                                    "周转量（吨公里）",
                                    UNIT_TONNE_KM,
                                    {freight_tonne_km(&g->total, counted),
                                     freight_tonne_km(&g->total, FREIGHT_MODES_ALL)},
                                    -1,
                                    "of the tonnes whose distance was reported; tonnes decide"});
}

static void take_figure(struct region *g)
{
    struct compliance_rule *result = g->result;
    const struct rule *rule = result->rule;

    result->share = mode_share(&g->total, g->counted);
    if (rule->freight.base == BASE_ZONE)
        result->share.den = compliance_zone_total(result);
    if (result->share.num > result->share.den) {
        result->note =
            "more was reported than the whole zone is said to have moved; correct one of "
            "them";
        result->share = (struct share){0, 0};
    }
}

/* The share in the same window a year before, for the pace. */
static enum err find_past(struct region *g)
{
    const struct compliance_query *q = &g->w->out->query;
    const struct rule *rule = g->result->rule;
    int32_t day = pace_months_before(q->as_of, 12);
    struct count_query days = scope_of(q->plan, rule, day, &q->filter).query;
    struct freight_scope scope = freight_scope_of(g->w, rule, days.from, days.to);
    struct freight_modes modes;
    enum err err = freight_sums(g->w->db, &scope, &modes, g->w->fault);

    if (err == ERR_OK && mode_share(&modes, g->counted).den > 0)
        g->result->pace = (struct verdict_pace){mode_share(&modes, g->counted), q->as_of - day};
    return err;
}

enum err compliance_region(struct work *w, struct compliance_rule *result)
{
    const struct rule *rule = result->rule;
    int32_t as_of = w->out->query.as_of;
    struct region g = {.w = w, .result = result, .counted = counted_modes(w, rule)};
    enum err err = ERR_OK;

    if (rule->freight.base == BASE_ZONE)
        err = compliance_zone(w, result);
    if (err == ERR_OK && rule->freight.base == BASE_ZONE && result->values.count == 0)
        return ERR_OK;
    if (err == ERR_OK)
        err = read_region(&g);
    if (err == ERR_OK)
        err = read_coverage(&g);
    if (err != ERR_OK)
        return err;
    judge_items(&g);
    take_figure(&g);
    add_views(&g);
    if (rule->freight.base == BASE_REPORTED && verdict_needs_pace(rule, result->share, as_of))
        err = find_past(&g);
    if (err == ERR_OK)
        err = check_gates(&g);
    result->facts = verdict_facts(rule, result->share, as_of, &result->pace);
    result->facts.disputed = result->measured.den > 0 &&
                             compliance_differs(result->share, result->measured, rule->dispute);
    result->shortfall = share_shortfall(result->share, rule->comparator, &rule->threshold);
    if (below_floor(result)) {
        result->facts.data = false;
        result->note = "too few of the enterprises that should report have done so";
    }
    return err;
}

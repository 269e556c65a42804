/*
 * Is a plant's transport clean? domain: 水泥行业超低排放改造意见 (2024-01), 环大气〔2019〕35号.
 *
 *     clean share >= share of the parameter                              passes
 *     else: a truck below National VI carried anything                   fails
 *     else: in the industries of the gap test, NEV trucks carried less
 *           than the part asked for of what is missing to the share      fails
 *     else                                                               passes
 *
 * and, either way, in the industries that machines are asked of: no machine of its own is below the
 * stage. Everything in 0.1 t and compared as integers.
 */
#include <inttypes.h>

#include "registry/compliance/compliance_internal.h"

#define TRUCKS_BELOW_CN6 (1u << FREIGHT_TRUCK_CN5 | 1u << FREIGHT_TRUCK_LE4)

struct below {
    enum rule_metric metric;
    int64_t count;
};

static void count_below(void *arg, const struct count_dims *dims, int64_t n)
{
    struct below *below = arg;

    if (scope_qualifies(below->metric, dims) != COUNTS_YES)
        below->count += n;
}

static enum err read_machines(struct work *w, const struct rule_plant *plant,
                              const struct store_org *org, int64_t *count)
{
    const struct count_query query = {.measure = COUNT_STOCK,
                                      .to = w->out->query.as_of,
                                      .known_ms = w->out->query.filter.known_ms,
                                      .filter = {.categories = 1u << CATEGORY_NON_ROAD}};
    struct below below = {.metric = plant->machines};
    enum err err = counts_read_owner(w->db, &query, org->org_id, count_below, &below, w->fault);

    *count = below.count;
    return err;
}

/* What old trucks carried, of whatever goods: the trucks are asked about, not the cargo. */
static enum err read_old_trucks(struct work *w, const struct freight_scope *bulk, int64_t *tonnes)
{
    struct freight_scope scope = *bulk;
    struct freight_modes modes;
    enum err err;

    scope.goods = FREIGHT_ALL_GOODS;
    err = compliance_org_freight(w, &scope, &modes);
    *tonnes = err == ERR_OK ? freight_tonnes(&modes, TRUCKS_BELOW_CN6) : 0;
    return err;
}

enum err compliance_plant_figures(struct work *w, struct compliance_rule *result,
                                  const struct store_org *org, struct plant_figures *figures)
{
    const struct rule_plant *plant = &result->rule->plant;
    const struct count_query *days = &result->scope.query;
    const struct freight_scope scope = {.from = days->from,
                                        .to = days->to,
                                        .goods = FREIGHT_BULK,
                                        .org_id = org->org_id,
                                        .known_at = days->known_ms};
    enum err err = compliance_org_freight(w, &scope, &figures->modes);

    figures->machines_below = 0;
    figures->reported = err == ERR_OK && freight_tonnes(&figures->modes, FREIGHT_MODES_ALL) > 0;
    if (err == ERR_OK)
        err = read_old_trucks(w, &scope, &figures->old_trucks);
    if (err == ERR_OK && (plant->machine_industries >> org->industry & 1u) != 0)
        err = read_machines(w, plant, org, &figures->machines_below);
    if (err == ERR_OK)
        err = compliance_gate_check(w, result->rule->dispute,
                                    &(struct gate_days){days->from, days->to}, org->org_id,
                                    &figures->gate);
    if (err == ERR_OK)
        compliance_gate_count(result, &figures->gate);
    return err;
}

/* What is missing to the share, in 0.1 t, rounded up. */
static int64_t missing_tonnes(struct share clean, const struct plan_parameter *share)
{
    const struct rule_threshold threshold = {.num = share->num, .den = share->den};

    return share_shortfall(clean, COMPARE_GE, &threshold);
}

/* Of what is missing to the share, just as much of it as it is: not of tenths of a tonne rounded up. */
static bool gap_filled(struct share clean, int64_t nev, const struct rule_plant *plant)
{
    const struct plan_parameter *share = plant->share;
    const struct plan_parameter *part = plant->nev_of_gap;
    __int128 missing = (__int128)share->num * clean.den - (__int128)share->den * clean.num;

    return (__int128)nev * share->den * part->den >= missing * part->num;
}

static const char *tonnes_text(struct work *w, int64_t tonnes)
{
    return tonnes % 10 == 0
               ? arena_format(w->arena, "%" PRId64 " t", tonnes / 10)
               : arena_format(w->arena, "%" PRId64 ".%" PRId64 " t", tonnes / 10, tonnes % 10);
}

static const char *percent(struct work *w, struct share share)
{
    int64_t points = share_basis_points(share);

    return arena_format(w->arena, "%" PRId64 ".%02" PRId64 " %%", points / 100, points % 100);
}

/* Why trucks do not make up for a clean share that is too low; NULL: they do. */
static const char *trucks_fail(struct work *w, const struct rule_plant *plant,
                               const struct store_org *org, const struct plant_figures *figures,
                               struct share clean)
{
    int64_t old = figures->old_trucks;
    int64_t nev = freight_tonnes(&figures->modes, 1u << FREIGHT_TRUCK_NEV);
    int64_t missing = missing_tonnes(clean, plant->share);

    if (old > 0)
        return arena_format(w->arena, "trucks below National VI carried %s", tonnes_text(w, old));
    if (plant->nev_of_gap == NULL || (plant->gap_industries >> org->industry & 1u) == 0 ||
        gap_filled(clean, nev, plant))
        return NULL;
    return arena_format(w->arena,
                        "of the %s missing, new-energy trucks carried %s, and at least %s is asked "
                        "for",
                        tonnes_text(w, missing), tonnes_text(w, nev),
                        percent(w, (struct share){plant->nev_of_gap->num, plant->nev_of_gap->den}));
}

static void judge_trucks(struct work *w, const struct rule_plant *plant,
                         const struct store_org *org, const struct plant_figures *figures,
                         struct compliance_item *item)
{
    const struct rule_threshold least = {.num = plant->share->num, .den = plant->share->den};
    const char *text = percent(w, item->share);
    const char *fail = NULL;

    if (!share_meets(item->share, COMPARE_GE, &least))
        fail = trucks_fail(w, plant, org, figures, item->share);
    else {
        item->as = COUNTS_YES;
        item->why = arena_format(w->arena, "clean modes carry %s", text);
        return;
    }
    item->as = fail == NULL ? COUNTS_YES : COUNTS_NO;
    item->why = arena_format(w->arena, "clean modes carry %s; %s", text,
                             fail == NULL ? "its trucks make up for the rest" : fail);
}

static void dispute(struct work *w, const struct plant_figures *figures, uint32_t clean,
                    struct compliance_item *item)
{
    const struct gate_check *gate = &figures->gate;

    item->disputed = gate->contradicts;
    if (item->disputed)
        item->why = arena_format(
            w->arena, "%s; its gates counted %s by truck and it declares %s: by them %s", item->why,
            tonnes_text(w, gate->gates), tonnes_text(w, gate->declared),
            percent(w, compliance_gate_share(gate, &figures->modes, clean)));
}

void compliance_plant_judge(struct work *w, const struct compliance_rule *result,
                            const struct store_org *org, const struct plant_figures *figures,
                            struct compliance_item *item)
{
    const struct rule_plant *plant = &result->rule->plant;
    uint32_t clean = compliance_green_modes(w, plant->definition, w->out->query.as_of);

    if (!figures->reported) {
        item->as = COUNTS_UNKNOWN;
        item->why = "no report is in force for the four quarters";
        return;
    }
    item->share =
        (struct share){freight_tonnes(&figures->modes, compliance_green_modes(w, plant->definition,
                                                                              w->out->query.as_of)),
                       freight_tonnes(&figures->modes, FREIGHT_MODES_ALL)};
    judge_trucks(w, plant, org, figures, item);
    if (figures->machines_below > 0) {
        item->as = COUNTS_NO;
        item->why = arena_format(w->arena, "%s; %" PRId64 " of its machines are not %s", item->why,
                                 figures->machines_below, rule_metric_name(plant->machines));
    }
    dispute(w, figures, clean, item);
}

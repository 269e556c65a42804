/* Shares of vehicles: of the fleet on a day, and of the additions in a window. */
#include <string.h>

#include "registry/compliance/attributed.h"
#include "registry/compliance/compliance_internal.h"
#include "registry/compliance/pace.h"

static void add_row(void *arg, const struct count_dims *dims, int64_t n)
{
    struct compliance_rule *result = arg;

    tally_add(&result->tally, result->rule, dims, n);
    for (size_t i = 0; i < result->part_count; i++)
        if ((result->parts[i].part->categories >> dims->category & 1u) != 0)
            tally_add(&result->parts[i].tally, result->rule, dims, n);
}

/* ---- the built-up area ---- */

static void take_move(void *arg, const char *owner_id, const struct count_dims *dims, int64_t n)
{
    struct compliance_rule *result = arg;

    (void)owner_id;
    if (n > 0)
        result->attributed.into += n;
    else
        result->attributed.out_of -= n;
    tally_add(&result->attributed.declared, result->rule, dims, -n);
}

/* The figure is of where they work; what the declared area makes of it stands beside. */
static enum err attribute(struct work *w, struct compliance_rule *result)
{
    if (attributed_concerns(result->rule) && result->scope.query.known_ms != 0)
        result->note = "by the declared built-up area: where vehicles work has no memory of what "
                       "was known at an instant";
    result->attributed.asked = attributed_matters(&result->scope);
    result->attributed.declared = result->tally;
    return attributed_moves(w->db, &result->scope, take_move, result, w->fault);
}

/* ---- verified ---- */

static enum err verify(struct work *w, struct compliance_rule *result)
{
    struct attributed attributed;
    enum err err = ERR_OK;

    if (result->scope.query.known_ms != 0 || result->scope.nothing)
        return ERR_OK;
    err = attributed_read(w->db, &result->scope, w->arena, &attributed, w->fault);
    if (err == ERR_OK)
        err = compliance_heard(w, &result->scope.query);
    for (size_t i = 0; i < w->heard.count && err == ERR_OK; i++) {
        const struct store_heard *one = &w->heard.items[i];
        struct count_dims dims = one->dims;
        enum counts_as as;
        if (attributed_has(&attributed, one->vehicle_id))
            dims.built_up = !dims.built_up;
        as = scope_counts(result->rule, &dims);
        if (scope_holds(&result->scope, &dims, one->owner_id) && as != COUNTS_EXEMPT)
            compliance_verified_add(result, as,
                                    verification_of(result->rule, &dims, &w->heard, one).as, 1);
    }
    compliance_verified_end(result);
    return err;
}

/* ---- parts ---- */

static void begin_parts(struct work *w, struct compliance_rule *result)
{
    const struct rule *rule = result->rule;

    result->parts = ARENA_ARRAY(w->arena, struct compliance_part, rule->part_count + 1);
    result->part_count = rule->part_count;
    for (size_t i = 0; i < rule->part_count; i++)
        result->parts[i].part = &rule->parts[i];
}

static void finish_parts(struct compliance_rule *result)
{
    const struct rule *rule = result->rule;

    for (size_t i = 0; i < result->part_count; i++) {
        struct compliance_part *part = &result->parts[i];
        part->share = tally_share(&part->tally);
        part->met = share_meets(part->share, rule->comparator, &rule->threshold);
        part->shortfall = share_shortfall(part->share, rule->comparator, &rule->threshold);
    }
}

enum err compliance_fleet(struct work *w, struct compliance_rule *result)
{
    const struct compliance_query *q = &w->out->query;
    const struct rule *rule = result->rule;
    enum err err = ERR_OK;

    begin_parts(w, result);
    err = tally_rows(w->db, &result->scope, add_row, result, w->fault);
    if (err == ERR_OK)
        err = attribute(w, result);
    if (err != ERR_OK)
        return err;
    result->share = tally_share(&result->tally);
    result->zero_emission = (struct share){result->tally.zero_emission, result->share.den};
    finish_parts(result);
    if (verdict_needs_pace(rule, result->share, q->as_of))
        err = pace_find(w->db, q->plan, rule, q->as_of, &q->filter, &result->pace, w->fault);
    result->facts = verdict_facts(rule, result->share, q->as_of, &result->pace);
    result->shortfall = share_shortfall(result->share, rule->comparator, &rule->threshold);
    if (err == ERR_OK)
        err = verify(w, result);
    return err;
}

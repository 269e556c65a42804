/*
 * The zone's place among the units of the province, by values that were entered by hand.
 *
 * The units are those of the threshold: 12 of 18. Greater is better; equal values share the better
 * place. Of the periods that end in the last twelve months the newest that has the zone's value
 * counts. A unit without a value in it may stand before or behind: while that decides, there is no
 * verdict.
 */
#include <string.h>

#include "registry/compliance/compliance_internal.h"
#include "registry/compliance/pace.h"

static int only_indicator(uint32_t mask)
{
    int indicator = 0;

    while ((mask >> indicator & 1u) == 0)
        indicator++;
    return indicator;
}

/* The zone's newest value; NULL: it has none. */
static const struct store_statistic *own_value(const struct store_statistics *all, const char *area)
{
    const struct store_statistic *own = NULL;

    for (size_t i = 0; i < all->count; i++)
        if (strcmp(all->items[i].subject, area) == 0)
            own = &all->items[i]; /* they come in the order of their last days */
    return own;
}

static void add_unit(struct work *w, struct compliance_rule *result,
                     const struct store_statistic *value, const struct store_statistic *own)
{
    bool ahead = value->value > own->value;
    struct compliance_item *item = compliance_item_add(w, result);

    *item = (struct compliance_item){
        .id = value->subject,
        .name = "",
        .as = ahead ? COUNTS_NO : COUNTS_YES,
        .unit = UNIT_PLACE,
        .why = arena_format(w->arena, "%s: %.3f, %s", value->source,
                            (double)value->value / STATISTIC_ONE,
                            value == own ? "the zone itself"
                            : ahead      ? "before the zone"
                                         : "not before the zone"),
    };
    result->share.num += ahead;
}

static void judge(struct work *w, struct compliance_rule *result)
{
    const struct rule_threshold *t = &result->rule->threshold;
    int64_t missing = t->den - (int64_t)result->items.count;
    int64_t worst = result->share.num + (missing > 0 ? missing : 0);

    result->facts.data = result->share.num > t->num || worst <= t->num;
    result->facts.met = worst <= t->num;
    result->shortfall = result->share.num > t->num ? result->share.num - t->num : 0;
    if (missing > 0)
        result->note = arena_format(
            w->arena, "%d of the %d units have no value for the period: the place is %d to %d",
            (int)missing, (int)t->den, (int)result->share.num, (int)worst);
}

enum err compliance_rank(struct work *w, struct compliance_rule *result)
{
    const struct rule *rule = result->rule;
    const struct store_statistic_span span = {
        .indicator = only_indicator(rule->indicators),
        .from = pace_months_before(w->out->query.as_of, 12) + 1,
        .to = w->out->query.as_of,
        .known_ms = result->scope.query.known_ms,
    };
    const struct store_statistic *own = NULL;
    enum err err = store_statistics_of(w->db, &span, w->arena, &result->values, w->fault);

    if (err == ERR_OK)
        own = own_value(&result->values, rule->subject.area);
    if (own == NULL) {
        result->note = "there is no value of the zone for a period that ended in the last twelve "
                       "months";
        result->values.count = 0;
        return err;
    }
    result->scope.query.from = own->from;
    result->scope.query.to = own->until - 1;
    result->share = (struct share){1, rule->threshold.den};
    for (size_t i = 0; i < result->values.count; i++)
        if (result->values.items[i].from == own->from &&
            result->values.items[i].until == own->until)
            add_unit(w, result, &result->values.items[i], own);
    judge(w, result);
    result->values.items = (struct store_statistic *)own;
    result->values.count = 1;
    return err;
}

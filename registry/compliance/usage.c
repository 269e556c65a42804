/* Shares of what is used at sites: truck trips through their gates, or the time that machines work. */
#include "registry/compliance/compliance_internal.h"

struct store_use_query compliance_use_query(const struct work *w, const struct scope *scope)
{
    return (struct store_use_query){
        .from = scope->query.from,
        .to = scope->query.to,
        .owner_kinds = scope->rule->subject.owner_kinds,
        .categories = scope->rule->subject.categories,
        .org_id = w->out->query.filter.owner_id,
        .known_ms = w->out->query.filter.known_ms,
    };
}

enum err compliance_usage(struct work *w, struct compliance_rule *result)
{
    bool trips = result->rule->usage == USE_TRIPS;
    enum err err = ERR_OK;

    if (!result->scope.nothing)
        err = trips ? compliance_trips(w, result) : compliance_machines(w, result);
    result->shortfall =
        share_shortfall(result->share, result->rule->comparator, &result->rule->threshold);
    return err;
}

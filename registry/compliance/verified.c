/* How much of a figure telemetry bears out, and what it would be with what telemetry contradicts. */
#include "registry/compliance/compliance_internal.h"

enum err compliance_heard(struct work *w, const struct count_query *vehicles)
{
    const struct store_heard_query query = heard_query(vehicles, w->out->query.as_of);

    if (w->heard_is_read && query.measure == w->heard_query.measure &&
        query.from == w->heard_query.from && query.to == w->heard_query.to)
        return ERR_OK;
    w->heard_query = query;
    w->heard_is_read = true;
    return heard_read(w->db, &query, w->arena, &w->heard, w->fault);
}

void compliance_verified_add(struct compliance_rule *result, enum counts_as as,
                             enum verified_as verified, int64_t n)
{
    struct compliance_verified *v = &result->verified;

    if (verified == VERIFIED_BY_TELEMETRY)
        v->by_telemetry += n;
    if (verified != VERIFIED_CONTRADICTED)
        return;
    v->contradicted += n;
    if (as == COUNTS_YES)
        v->against_yes += n;
}

void compliance_verified_end(struct compliance_rule *result)
{
    const struct plan_parameter *tolerance = result->rule->dispute;
    struct compliance_verified *v = &result->verified;
    int64_t against_no = v->contradicted - v->against_yes;

    v->silent = result->share.den - v->by_telemetry - v->contradicted;
    if (v->by_telemetry + v->contradicted == 0)
        return;
    result->measured =
        (struct share){result->share.num - v->against_yes + against_no, result->share.den};
    result->facts.disputed =
        tolerance != NULL && v->contradicted * tolerance->den > tolerance->num * result->share.den;
}

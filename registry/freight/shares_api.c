#include <stdlib.h>
#include <string.h>

#include "registry/freight/access.h"
#include "registry/freight/freight_api.h"
#include "registry/freight/report_json.h"
#include "registry/freight/shares.h"
#include "registry/plans/plan.h"
#include "registry/vehicles/api.h"
#include "shared/when.h"

#define KM_MAX 20000

static bool take_km(struct http_call *call, const char *name, int64_t *km)
{
    const char *text = http_query(call, name);

    if (text == NULL)
        return true;
    *km = strspn(text, "0123456789") == strlen(text) && strlen(text) < 6 ? strtoll(text, NULL, 10)
                                                                         : 0;
    if (*km >= 1 && *km <= KM_MAX)
        return true;
    http_reply_problem(call, 400, "%s=%.20s is not 1 to %d km", name, text, KM_MAX);
    return false;
}

static bool take_query(struct http_call *call, struct shares_query *query)
{
    const char *period = http_query(call, "period");
    const char *by = http_query(call, "by");

    if (period == NULL || !period_parse(period, &query->period)) {
        http_reply_problem(call, 400,
                           "period is required: a month, quarter or year (2025-06, 2025-Q2, 2025)");
        return false;
    }
    if (by != NULL && !freight_by_parse(by, &query->by)) {
        http_reply_problem(call, 400, "by=%.20s is none of org, commodity, zone, period", by);
        return false;
    }
    return take_km(call, "long_km", &query->distances.long_km) &&
           take_km(call, "short_km", &query->distances.short_km);
}

/* What was in force at the end of that day. */
static bool take_known(struct http_call *call, struct shares_query *query)
{
    bool given = false;
    int32_t day = 0;

    if (!api_day(call, "known_at", &day, &given))
        return false;
    if (given)
        query->known_at = (day + 1) * WHEN_DAY_MS - WHEN_ZONE_MS - 1;
    return true;
}

static enum err compute(struct sql *db, const struct shares_query *query, struct arena *arena,
                        struct freight_shares *shares, struct fault *fault)
{
    enum err err = sql_begin(db, SQL_READ, fault);

    if (err != ERR_OK)
        return err;
    err = freight_shares(db, query, arena, shares, fault);
    sql_rollback(db);
    return err;
}

void freight_shares_get(struct http_call *call)
{
    static const char *const known[] = {"period",   "by",   "long_km", "short_km",
                                        "known_at", "zone", NULL};
    struct shares_query query = {.by = FREIGHT_BY_ORG,
                                 .org_id = http_own_org(http_principal(call)),
                                 .zone = http_query(call, "zone"),
                                 .today = freight_today(call),
                                 .distances = freight_distances_default};
    const struct plan_set *plans = api_context(call)->plans;
    struct green_definition definitions[GREEN_DEFINITIONS];
    struct freight_shares shares;
    struct fault fault;

    if (!http_query_known(call, known) || !take_query(call, &query) || !take_known(call, &query))
        return;
    green_definitions_of(plans == NULL ? NULL : plan_set_find(plans, NULL),
                         period_last_day(query.period), definitions);
    query.definitions = definitions;
    if (compute(api_context(call)->db, &query, http_arena(call), &shares, &fault) != ERR_OK)
        http_reply_fault(call, &fault);
    else
        http_reply_json(call, 200, freight_shares_json(&shares));
}

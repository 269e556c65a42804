/* missing_api.c: who has not reported, and whom to remind. */
#include <stdlib.h>
#include <string.h>

#include "registry/freight/coverage.h"
#include "registry/freight/freight_api.h"
#include "registry/freight/missing.h"
#include "registry/freight/report_json.h"
#include "registry/vehicles/api.h"

#define REMIND_DAYS     7
#define REMIND_DAYS_MAX 366

static bool take_period(struct http_call *call, struct period *period)
{
    const char *text = http_query(call, "period");

    if (text != NULL && period_parse(text, period))
        return true;
    http_reply_problem(call, 400,
                       "period is required: a month, quarter or year (2025-06, 2025-Q2, "
                       "2025)");
    return false;
}

void freight_missing_get(struct http_call *call)
{
    static const char *const known[] = {"period", NULL};
    struct coverage coverage;
    struct period period;
    struct fault fault;

    if (!http_query_known(call, known) || !take_period(call, &period))
        return;
    if (coverage_read(api_context(call)->db, period, http_own_org(http_principal(call)),
                      freight_today(call), http_arena(call), &coverage, &fault) != ERR_OK)
        http_reply_fault(call, &fault);
    else
        http_reply_json(call, 200, missing_json(&coverage, period, freight_today(call)));
}

/* ---- reminders ---- */

static bool take_days(struct http_call *call, int32_t *days)
{
    const char *text = http_query(call, "days");

    *days = REMIND_DAYS;
    if (text == NULL)
        return true;
    *days = strspn(text, "0123456789") == strlen(text) && text[0] != '\0' && strlen(text) < 4
                ? (int32_t)strtol(text, NULL, 10)
                : -1;
    if (*days >= 0 && *days <= REMIND_DAYS_MAX)
        return true;
    http_reply_problem(call, 400, "days=%.20s is not 0 to %d", text, REMIND_DAYS_MAX);
    return false;
}

/* Those who owe the last quarter that is over, when it is due within some days. */
void freight_reminders_get(struct http_call *call)
{
    static const char *const known[] = {"days", NULL};
    int32_t today = freight_today(call);
    struct period quarter = missing_last_quarter(today);
    struct coverage coverage;
    struct fault fault;
    int32_t days = 0;

    if (!http_query_known(call, known) || !take_days(call, &days))
        return;
    if (coverage_read(api_context(call)->db, quarter, http_own_org(http_principal(call)), today,
                      http_arena(call), &coverage, &fault) != ERR_OK)
        http_reply_fault(call, &fault);
    else
        http_reply_json(call, 200, reminders_json(&coverage, quarter, today, days));
}

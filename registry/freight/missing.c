#include "registry/freight/missing.h"

#include "registry/freight/report_json.h"
#include "registry/vehicles/api.h"
#include "shared/when.h"

static json_t *months_owed(const struct coverage_org *org, struct period period)
{
    json_t *list = json_array();
    char text[PERIOD_TEXT];

    for (int64_t month = 0; month < period.months; month++)
        if (((org->closed & ~org->accepted) >> month & 1u) != 0)
            json_array_append_new(list, json_string(period_format(
                                            (struct period){period.first_month + month, 1}, text)));
    return list;
}

/* Due by the period of the report that waits; nobody's by that of the question. */
static json_t *owed_json(const struct coverage_org *org, struct period period, int32_t today)
{
    const struct freight_calendar *calendar = &freight_calendar_default;
    const struct store_freight_report *w = &org->waiting;
    bool there = w->state != FREIGHT_STATE_NONE;
    struct period own = there ? (struct period){w->first_month, w->months} : period;
    char id[REPORT_ID_SIZE];

    return json_pack("{s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:b}", "org_id", org->org_id, "name",
                     org->name, "industry", vocabulary_word(&vocabulary_industry, org->industry),
                     "months", months_owed(org, period), "report",
                     there ? json_string(report_id(&w->key, id)) : json_null(), "state",
                     there ? json_string(vocabulary_word(&vocabulary_freight_state, w->state))
                           : json_null(),
                     "due", api_day_json(freight_due(calendar, own)), "overdue",
                     freight_overdue(calendar, own, (enum freight_state)w->state, today));
}

json_t *missing_json(const struct coverage *c, struct period period, int32_t today)
{
    json_t *list = json_array();
    char text[PERIOD_TEXT];

    for (size_t i = 0; i < c->expected; i++)
        if (!coverage_complete(&c->orgs[i]))
            json_array_append_new(list, owed_json(&c->orgs[i], period, today));
    return json_pack("{s:s, s:I, s:I, s:I, s:o}", "period", period_format(period, text), "expected",
                     (json_int_t)c->expected, "reported", (json_int_t)c->reported, "complete",
                     (json_int_t)c->complete, "missing", list);
}

json_t *reminders_json(const struct coverage *c, struct period period, int32_t today, int32_t days)
{
    json_t *list = json_array();
    char text[PERIOD_TEXT];

    for (size_t i = 0; i < c->expected; i++) {
        const struct coverage_org *org = &c->orgs[i];
        bool with_bureau = org->waiting.state == FREIGHT_SUBMITTED;
        if (!coverage_complete(org) && !with_bureau &&
            freight_due(&freight_calendar_default, period) <= today + days)
            json_array_append_new(list, owed_json(org, period, today));
    }
    return json_pack("{s:s, s:o, s:o}", "period", period_format(period, text), "due",
                     api_day_json(freight_due(&freight_calendar_default, period)), "reminders",
                     list);
}

struct period missing_last_quarter(int32_t today)
{
    struct when_date date = when_date(today);
    int64_t month = date.year * INT64_C(12) + date.month - 1;

    return (struct period){month / 3 * 3 - 3, 3};
}

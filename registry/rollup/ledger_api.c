#include "registry/rollup/ledger_api.h"

#include "registry/context.h"
#include "registry/rollup/answer.h"
#include "registry/rollup/ledger_read.h"
#include "registry/rollup/query.h"
#include "shared/when.h"

#define DAYS_DEFAULT 7
#define LATE_MAX_S   86400
#define GAPS_MAX     1000 /* shown a day; the rest is counted */

static const char *const duty_words[] = {[LEDGER_NOTHING] = "nothing",
                                         [LEDGER_REPORTS] = "reports",
                                         [LEDGER_LOGIN] = "login",
                                         [LEDGER_LOST] = "unknown"};
static const char *const duty_says[] = {
    [LEDGER_NOTHING] = "neither samples nor logins: nothing is expected",
    [LEDGER_REPORTS] = "no login: expected between the first and the last sample of the day",
    [LEDGER_LOGIN] = "expected from login to logout; where no logout follows, to the last sample",
    [LEDGER_LOST] = "logins of then are not kept: expected at least from first to last sample"};
static const char *const source_words[] = {
    [LEDGER_UNKNOWN] = "unknown", [LEDGER_SET] = "set", [LEDGER_INFERRED] = "inferred"};
static const char *const source_says[] = {
    [LEDGER_UNKNOWN] = "no interval is set and there are no two samples to infer one from",
    [LEDGER_SET] = "the interval is the one set for the unit",
    [LEDGER_INFERRED] = "no interval is set: it is the median step between the day's samples"};

static json_t *basis_json(const struct ledger_day *day, struct arena *arena)
{
    return json_pack("{s:s, s:o, s:s, s:s}", "duty", duty_words[day->duty], "interval_s",
                     day->interval_ms > 0 ? json_real((double)day->interval_ms / 1e3) : json_null(),
                     "interval", source_words[day->source], "says",
                     arena_format(arena, "%s; %s", duty_says[day->duty], source_says[day->source]));
}

static json_t *figures_json(const struct ledger_day *day)
{
    return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:o}", "expected",
                     (json_int_t)day->expected, "on_time", (json_int_t)day->on_time, "late",
                     (json_int_t)day->late, "missing", (json_int_t)day->missing, "received",
                     (json_int_t)day->received, "unique", (json_int_t)day->unique, "duplicate",
                     (json_int_t)day->duplicate, "refused",
                     day->refused == LEDGER_NOT_KEPT ? json_null() : json_integer(day->refused));
}

static json_t *gaps_json(const struct ledger_day *day)
{
    json_t *list = json_array();

    for (size_t i = 0; i < day->gap_count && i < GAPS_MAX; i++)
        json_array_append_new(list, json_pack("{s:o, s:o, s:I}", "from",
                                              answer_instant(day->gaps[i].from_ms), "to",
                                              answer_instant(day->gaps[i].to_ms), "missing",
                                              (json_int_t)day->gaps[i].missing));
    return list;
}

static json_t *day_json(const struct ledger_day *day, int32_t number, struct arena *arena)
{
    json_t *json = figures_json(day);

    json_object_set_new(json, "day", answer_day(number));
    json_object_set_new(json, "basis", basis_json(day, arena));
    json_object_set_new(json, "gaps", gaps_json(day));
    json_object_set_new(
        json, "gaps_omitted",
        json_integer(day->gap_count > GAPS_MAX ? (json_int_t)(day->gap_count - GAPS_MAX) : 0));
    return json;
}

static struct ledger_day sum_of(const struct ledger *ledger)
{
    struct ledger_day sum = {.received = 0};

    for (size_t i = 0; i < ledger->count; i++) {
        const struct ledger_day *day = &ledger->days[i];

        sum.expected += day->expected;
        sum.on_time += day->on_time;
        sum.late += day->late;
        sum.missing += day->missing;
        sum.received += day->received;
        sum.unique += day->unique;
        sum.duplicate += day->duplicate;
        if (sum.refused != LEDGER_NOT_KEPT)
            sum.refused =
                day->refused == LEDGER_NOT_KEPT ? day->refused : sum.refused + day->refused;
    }
    return sum;
}

static json_t *ledger_json(const char *unit, const struct ledger *ledger, int32_t from,
                           int64_t late_s, struct arena *arena)
{
    const struct ledger_day sum = sum_of(ledger);
    json_t *days = json_array();

    for (size_t i = 0; i < ledger->count; i++)
        json_array_append_new(days, day_json(&ledger->days[i], from + (int32_t)i, arena));
    return json_pack("{s:s, s:o, s:o, s:I, s:o, s:o, s:o}", "unit", unit, "from", answer_day(from),
                     "to", answer_day(from + (int32_t)ledger->count), "late_s", (json_int_t)late_s,
                     "interval_s",
                     ledger->interval_s > 0 ? json_integer(ledger->interval_s) : json_null(),
                     "days", days, "total", figures_json(&sum));
}

static bool check_days(struct http_call *call, int32_t from, int32_t to)
{
    if (from < to && to - from <= LEDGER_DAYS_MAX)
        return true;
    http_reply_problem(call, 400, "from, to: from is before to, by at most %d days",
                       LEDGER_DAYS_MAX);
    return false;
}

static bool check_marks(struct http_call *call, const struct ledger *ledger)
{
    if (!ledger->too_many_marks)
        return true;
    http_reply_problem(call, 422,
                       "the unit says more than %d logins and logouts in this time; ask for fewer "
                       "days: a day of more than that has no ledger, and events lists them",
                       LEDGER_MARKS_MAX);
    return false;
}

static void get_ledger(struct http_call *call)
{
    static const char *const known[] = {"from", "to", "late_s", NULL};
    const struct registry_context *context = http_context(call);
    const char *unit = query_unit(call);
    int32_t to = when_day_of(clock_wall_ms(context->clock)) + 1, from = INT32_MIN;
    int64_t late_s = LEDGER_LATE_MS / WHEN_SECOND_MS;
    struct ledger ledger;
    struct fault fault;

    if (unit == NULL || !http_query_known(call, known) || !query_day(call, "to", &to) ||
        !query_day(call, "from", &from) || !query_number(call, "late_s", 0, LATE_MAX_S, &late_s))
        return;
    from = from == INT32_MIN ? to - DAYS_DEFAULT : from;
    if (!check_days(call, from, to))
        return;
    if (ledger_read(context->db, http_arena(call), unit, from, to, late_s * WHEN_SECOND_MS, &ledger,
                    &fault) != ERR_OK)
        answer_fault(call, &fault);
    else if (check_marks(call, &ledger) &&
             answer_kept(call, from * WHEN_DAY_MS - WHEN_ZONE_MS + 1, ledger.kept_from_ms))
        http_reply_json(call, 200, ledger_json(unit, &ledger, from, late_s, http_arena(call)));
}

const struct http_route ledger_routes[] = {
    {"GET", "/v1/units/{unit}/ledger", HTTP_VIEWER, 0, get_ledger},
};

const size_t ledger_route_count = sizeof ledger_routes / sizeof ledger_routes[0];

#include "registry/outlook/outlook_api_internal.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "registry/outlook/replacement_answer.h"
#include "registry/vehicles/api.h"

static const char *const known[] = {
    "plan",         "as_of",           "owner", "area",   "target", "weight_age",
    "weight_stage", "weight_distance", "limit", "cursor", NULL};

/* A whole number from 0 to `max`; absent leaves it as it is. */
static bool take_number(struct http_call *call, const char *name, int64_t max, int64_t *number)
{
    const char *text = http_query(call, name);

    if (text == NULL)
        return true;
    if (text[0] != '\0' && strlen(text) <= 9 && strspn(text, "0123456789") == strlen(text)) {
        *number = strtoll(text, NULL, 10);
        if (*number <= max)
            return true;
    }
    http_reply_problem(call, 400, "%s=%.40s is no whole number from 0 to %lld", name, text,
                       (long long)max);
    return false;
}

static bool take_weights(struct http_call *call, struct replacement_weights *weights)
{
    return take_number(call, "weight_age", REPLACEMENT_WEIGHT_MAX, &weights->age) &&
           take_number(call, "weight_stage", REPLACEMENT_WEIGHT_MAX, &weights->stage) &&
           take_number(call, "weight_distance", REPLACEMENT_WEIGHT_MAX, &weights->distance);
}

static bool take_target(struct http_call *call, struct rule_threshold *target)
{
    const char *text = http_query(call, "target");

    if (text == NULL || replacement_target_parse(text, target))
        return true;
    http_reply_problem(call, 400, "target=%.40s is no share; write 90/100", text);
    return false;
}

/* The key of a page is how many rows stand before it. */
static bool take_page(struct http_call *call, enum sheet_format format,
                      struct replacement_query *query)
{
    struct api_page page;
    char *end = NULL;

    if (!api_sheet_page(call, format, &page))
        return false;
    query->limit = page.limit;
    query->skip = page.after == NULL ? 0 : strtoll(page.after, &end, 10);
    if (page.after == NULL || (*end == '\0' && query->skip > 0))
        return true;
    http_reply_problem(call, 400, "cursor is none that this list gave; leave it out");
    return false;
}

static bool take_query(struct http_call *call, enum sheet_format format,
                       struct replacement_query *query)
{
    struct compliance_query base;

    *query = (struct replacement_query){.weights = replacement_weights_default};
    if (!http_query_known(call, known) || !outlook_rule(call, &base, &query->rule) ||
        !take_target(call, &query->target) || !take_weights(call, &query->weights) ||
        !take_page(call, format, query))
        return false;
    query->plan = base.plan;
    query->as_of = base.as_of;
    query->filter = base.filter;
    return true;
}

static void reply(struct http_call *call, const struct replacement *r, enum sheet_format format)
{
    struct sheet *sheet = sheet_create(format, &replacement_head);
    struct api_sheet answer = {
        .sheet = sheet,
        .format = format,
        .name = "replacements",
        .rows = "vehicles",
        .members = format == SHEET_JSON ? replacement_json(r) : NULL,
        .known = known,
    };

    if (r->more)
        answer.next = arena_format(http_arena(call), "%" PRId64, r->query.skip + (int64_t)r->count);
    replacement_rows(r, sheet);
    api_reply_sheet(call, &answer);
    sheet_destroy(sheet);
}

void replacements_get(struct http_call *call)
{
    enum sheet_format format = api_format(call);
    struct replacement_query query;
    struct replacement replacement;
    struct fault fault = {0};

    if (!take_query(call, format, &query))
        return;
    if (replacement_compute(api_context(call)->db, &query, http_arena(call), &replacement,
                            &fault) != ERR_OK)
        http_reply_fault(call, &fault);
    else
        reply(call, &replacement, format);
}

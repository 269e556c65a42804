#include "registry/audit/audit_api.h"

#include <stdlib.h>
#include <string.h>

#include "registry/context.h"
#include "registry/store/store_audit.h"
#include "shared/when.h"

#define LIMIT_DEFAULT 100
#define LIMIT_MAX     1000

static bool take_number(struct http_call *call, const char *name, int64_t max, int64_t *number)
{
    const char *text = http_query(call, name);
    char *end = NULL;

    if (text == NULL)
        return true;
    *number = strtoll(text, &end, 10);
    if (end != text && *end == '\0' && *number >= 1 && *number <= max)
        return true;
    http_reply_problem(call, 400, "%s=%.20s is not a number from 1 to %lld", name, text,
                       (long long)max);
    return false;
}

/* An instant, or a day: its beginning in China. */
static bool take_instant(struct http_call *call, const char *name, int64_t *instant_ms)
{
    const char *text = http_query(call, name);
    int32_t day = 0;

    if (text == NULL || when_instant_parse(text, instant_ms))
        return true;
    if (when_day_parse(text, &day)) {
        *instant_ms = day * WHEN_DAY_MS - WHEN_ZONE_MS;
        return true;
    }
    http_reply_problem(call, 400,
                       "%s=%.40s is neither a day (YYYY-MM-DD) nor an instant "
                       "(YYYY-MM-DDTHH:MM:SSZ)",
                       name, text);
    return false;
}

static json_t *entry_json(const struct store_audit_entry *e)
{
    char at[WHEN_INSTANT_TEXT];

    when_instant_format(e->at_ms, at);
    return json_pack("{s:I, s:s, s:s, s:s, s:s, s:s, s:o?, s:s, s:s}", "number",
                     (json_int_t)e->number, "at", at, "who", e->who, "role", e->role, "action",
                     e->action, "subject", e->subject, "details", json_loads(e->details, 0, NULL),
                     "previous", e->previous, "hash", e->hash);
}

static json_t *entries_json(const struct store_audit_entry *entries, size_t count, int64_t limit)
{
    json_t *list = json_array();

    for (size_t i = 0; i < count && i < (size_t)limit; i++)
        json_array_append_new(list, entry_json(&entries[i]));
    return list;
}

static bool take_search(struct http_call *call, struct store_audit_search *search)
{
    static const char *const known[] = {"from",    "to",    "who",    "action",
                                        "subject", "limit", "cursor", NULL};

    *search = (struct store_audit_search){.from_ms = INT64_MIN,
                                          .to_ms = INT64_MAX,
                                          .who = http_query(call, "who"),
                                          .action = http_query(call, "action"),
                                          .subject = http_query(call, "subject"),
                                          .before = INT64_MAX,
                                          .limit = LIMIT_DEFAULT};
    return http_query_known(call, known) && take_instant(call, "from", &search->from_ms) &&
           take_instant(call, "to", &search->to_ms) &&
           take_number(call, "limit", LIMIT_MAX, &search->limit) &&
           take_number(call, "cursor", INT64_MAX, &search->before);
}

static void get_audit(struct http_call *call)
{
    const struct registry_context *context = http_context(call);
    struct store_audit_search search;
    struct store_audit_entry *entries = NULL;
    struct store_audit_head head;
    struct fault fault;
    int64_t limit = 0;
    size_t count = 0;
    json_t *next = NULL;

    if (!take_search(call, &search))
        return;
    limit = search.limit++; /* one more, to know whether there is more */
    if (store_audit_head_read(context->db, &head, &fault) != ERR_OK ||
        store_audit_find(context->db, &search, http_arena(call), &entries, &count, &fault) !=
            ERR_OK) {
        http_reply_fault(call, &fault);
        return;
    }
    next = count <= (size_t)limit ? json_null()
                                  : json_string(arena_format(http_arena(call), "%lld",
                                                             (long long)entries[limit - 1].number));
    http_reply_json(call, 200,
                    json_pack("{s:o, s:{s:I, s:s}, s:o}", "entries",
                              entries_json(entries, count, limit), "head", "number",
                              (json_int_t)head.number, "hash", head.hash, "next", next));
}

const struct http_route audit_routes[] = {
    {"GET", "/v1/audit", HTTP_ADMIN, 0, get_audit},
};

const size_t audit_route_count = sizeof audit_routes / sizeof audit_routes[0];

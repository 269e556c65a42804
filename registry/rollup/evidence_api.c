#include "registry/rollup/evidence_api.h"

#include "registry/audit/audit.h"
#include "registry/context.h"
#include "registry/rollup/answer.h"
#include "registry/rollup/query.h"
#include "registry/store/store_events.h"
#include "registry/store/store_evidence.h"
#include "shared/batch/batch.h"

#define LIMIT_DEFAULT 1000
#define LIMIT_MAX     10000

/* What both lists ask for. `cursor` stands before the first entry of `from` when none is given. */
struct page {
    const char *unit;
    int64_t from_ms, to_ms;
    size_t limit;
};

static bool read_page(struct http_call *call, struct page *page, int64_t *cursor, size_t numbers)
{
    static const char *const known[] = {"from", "to", "limit", "cursor", NULL};

    *page = (struct page){.unit = query_unit(call),
                          .from_ms = BLOCK_INSTANT_MIN_MS,
                          .to_ms = BLOCK_INSTANT_MAX_MS + 1,
                          .limit = LIMIT_DEFAULT};
    if (page->unit == NULL || !http_query_known(call, known) ||
        !query_instant(call, "from", &page->from_ms) || !query_instant(call, "to", &page->to_ms) ||
        !query_limit(call, LIMIT_MAX, &page->limit) || !query_cursor(call, cursor, numbers))
        return false;
    if (cursor[0] < page->from_ms)
        cursor[0] = page->from_ms;
    else
        return true;
    for (size_t i = 1; i < numbers; i++)
        cursor[i] = -1;
    return true;
}

static json_t *next_json(struct arena *arena, bool more, const int64_t *place, size_t numbers)
{
    return more ? json_string(query_cursor_text(arena, place, numbers)) : json_null();
}

/* ---- events ---- */

static json_t *event_json(const struct store_event *event)
{
    const char *name = batch_event_name((enum codec_event_kind)event->kind);

    return json_pack("{s:o, s:o, s:o, s:I, s:s, s:I, s:I}", "at", answer_instant(event->at_ms),
                     "received", answer_instant(event->received_ms), "kind",
                     name != NULL ? json_string(name) : json_integer(event->kind), "number",
                     (json_int_t)event->number, "text", event->text, "journal",
                     (json_int_t)event->journal_no, "position", (json_int_t)event->position);
}

static json_t *vins_json(const struct store_vin *vins, size_t count)
{
    json_t *list = json_array();

    for (size_t i = 0; i < count; i++)
        json_array_append_new(list, json_pack("{s:s, s:o, s:o, s:I}", "vin", vins[i].vin, "first",
                                              answer_instant(vins[i].first_ms), "last",
                                              answer_instant(vins[i].last_ms), "payloads",
                                              (json_int_t)vins[i].payloads));
    return list;
}

/* One more than asked for was read, to know whether there is more. */
static json_t *events_json(const struct store_event *events, size_t count, size_t limit,
                           struct arena *arena, json_t **next)
{
    json_t *list = json_array();
    size_t shown = count < limit ? count : limit;

    for (size_t i = 0; i < shown; i++)
        json_array_append_new(list, event_json(&events[i]));
    *next = json_null();
    if (count > limit) {
        const struct store_event *last = &events[limit - 1];
        const int64_t place[] = {last->at_ms, last->journal_no, last->position, last->ordinal};
        *next = next_json(arena, true, place, 4);
    }
    return list;
}

static void get_events(struct http_call *call)
{
    const struct registry_context *context = http_context(call);
    struct arena *arena = http_arena(call);
    int64_t at[4] = {INT64_MIN, -1, -1, -1};
    struct store_event *events = NULL;
    struct store_vin *vins = NULL;
    size_t count = 0, vin_count = 0;
    struct page page;
    json_t *list = NULL, *next = NULL;
    struct fault fault;

    if (!read_page(call, &page, at, 4) || !audit_look(call, "events.look", page.unit, NULL))
        return;
    if (store_events_list(context->db, arena, page.unit,
                          (struct store_event_place){at[0], at[1], at[2], at[3]}, page.to_ms,
                          page.limit + 1, &events, &count, &fault) != ERR_OK ||
        store_vins_list(context->db, arena, page.unit, STORE_VINS_MAX, &vins, &vin_count, &fault) !=
            ERR_OK) {
        http_reply_fault(call, &fault);
        return;
    }
    list = events_json(events, count, page.limit, arena, &next);
    http_reply_json(call, 200,
                    json_pack("{s:s, s:o, s:o, s:o}", "unit", page.unit, "events", list, "vins",
                              vins_json(vins, vin_count), "next", next));
}

/* ---- evidence ---- */

char *evidence_path(struct arena *arena, const char *unit, int64_t journal_no, int64_t position)
{
    return arena_format(arena, "/v1/units/%s/evidence/%lld/%lld", unit, (long long)journal_no,
                        (long long)position);
}

static json_t *evidence_json(const struct store_evidence *e, struct arena *arena)
{
    return json_pack("{s:o, s:o, s:s, s:I, s:I, s:I, s:s}", "received",
                     answer_instant(e->received_ms), "format", answer_format(e->format), "gateway",
                     e->gateway, "journal", (json_int_t)e->journal_no, "position",
                     (json_int_t)e->position, "bytes", (json_int_t)e->len, "payload",
                     evidence_path(arena, e->unit, e->journal_no, e->position));
}

static void list_evidence(struct http_call *call)
{
    const struct registry_context *context = http_context(call);
    int64_t at[3] = {INT64_MIN, -1, -1}, place[3] = {0};
    struct store_evidence *found = NULL;
    struct page page;
    size_t count = 0;
    json_t *list = NULL;
    struct fault fault;

    if (!read_page(call, &page, at, 3) || !audit_look(call, "evidence.look", page.unit, NULL))
        return;
    if (store_evidence_list(context->db, http_arena(call), page.unit,
                            (struct store_evidence_place){at[0], at[1], at[2]}, page.to_ms,
                            page.limit + 1, &found, &count, &fault) != ERR_OK) {
        http_reply_fault(call, &fault);
        return;
    }
    list = json_array();
    for (size_t i = 0; i < count && i < page.limit; i++) {
        place[0] = found[i].received_ms;
        place[1] = found[i].journal_no;
        place[2] = found[i].position;
        json_array_append_new(list, evidence_json(&found[i], http_arena(call)));
    }
    http_reply_json(call, 200,
                    json_pack("{s:s, s:o, s:o}", "unit", page.unit, "evidence", list, "next",
                              next_json(http_arena(call), count > page.limit, place, 3)));
}

static void get_evidence(struct http_call *call)
{
    static const char *const known[] = {NULL};
    const struct registry_context *context = http_context(call);
    const char *unit = query_unit(call);
    struct store_evidence found;
    int64_t journal_no = 0, position = 0;
    struct fault fault;

    if (unit == NULL || !http_query_known(call, known))
        return;
    if (!query_whole(http_path_value(call, "journal"), &journal_no) ||
        !query_whole(http_path_value(call, "position"), &position)) {
        http_reply_problem(call, 404, "a payload is named by two whole numbers, /JOURNAL/POSITION");
        return;
    }
    if (!audit_look(call, "evidence.look", unit,
                    json_pack("{s:I, s:I}", "journal", (json_int_t)journal_no, "position",
                              (json_int_t)position)))
        return;
    if (store_evidence_find(context->db, http_arena(call), unit, journal_no, position, &found,
                            &fault) != ERR_OK)
        http_reply_fault(call, &fault);
    else
        http_reply_bytes(call, 200, "application/octet-stream", found.payload, found.len);
}

const struct http_route evidence_routes[] = {
    {"GET", "/v1/units/{unit}/events", HTTP_VIEWER, 0, get_events},
    {"GET", "/v1/units/{unit}/evidence", HTTP_VIEWER, 0, list_evidence},
    {"GET", "/v1/units/{unit}/evidence/{journal}/{position}", HTTP_VIEWER, 0, get_evidence},
};

const size_t evidence_route_count = sizeof evidence_routes / sizeof evidence_routes[0];

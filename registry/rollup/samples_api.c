#include "registry/rollup/samples_api.h"

#include <string.h>

#include "registry/context.h"
#include "registry/rollup/base64.h"
#include "registry/rollup/query.h"
#include "registry/rollup/samples.h"
#include "registry/store/store_rejects.h"
#include "shared/when.h"

#define SAMPLES_LIMIT_DEFAULT 1000
#define REJECTS_LIMIT_DEFAULT 100
#define REJECTS_LIMIT_MAX     500

static json_t *instant_json(int64_t instant_ms)
{
    char text[WHEN_INSTANT_TEXT];

    when_instant_format(instant_ms, text);
    return json_string(text);
}

static json_t *value_json(const struct signal_def *def, int64_t fixed)
{
    switch (def->kind) {
    case SIGNAL_BOOLEAN:
        return json_boolean(fixed != 0);
    case SIGNAL_MODE_NAME:
        return json_string(run_mode_name(fixed));
    default:
        return json_real(signal_to_number(def, fixed));
    }
}

/* Signals that are good under their names; the others that were sent in `quality`. */
static void add_signals(json_t *json, const struct sample *sample)
{
    json_t *quality = json_object();

    for (enum signal_id id = 0; id < SIGNAL_COUNT; id++) {
        const struct signal_def *def = signal_def(id);
        const char *state = quality_name(sample_quality(sample, id));

        if (sample_has(sample, id))
            json_object_set_new(json, def->name, value_json(def, sample->value[id]));
        else if (state != NULL)
            json_object_set_new(quality, def->name, json_string(state));
    }
    if (json_object_size(quality) > 0)
        json_object_set_new(json, "quality", quality);
    else
        json_decref(quality);
}

static json_t *row_json(const struct block_row *row)
{
    const char *format = format_name(row->format);
    json_t *json = json_object();

    json_object_set_new(json, "at", instant_json(row->sample.at_ms));
    json_object_set_new(json, "received", instant_json(row->received_ms));
    json_object_set_new(json, "format", format != NULL ? json_string(format) : json_null());
    add_signals(json, &row->sample);
    return json;
}

static json_t *page_json(const char *unit, const struct samples_page *page, struct arena *arena)
{
    const int64_t next[] = {page->next.at_ms, (int64_t)page->next.skip};
    json_t *json = json_object(), *samples = json_array();

    for (size_t i = 0; i < page->rows.count; i++)
        json_array_append_new(samples, row_json(&page->rows.rows[i]));
    json_object_set_new(json, "unit", json_string(unit));
    json_object_set_new(json, "samples", samples);
    json_object_set_new(json, "next",
                        page->more ? json_string(query_cursor_text(arena, next, 2)) : json_null());
    return json;
}

static bool unit_ok(struct http_call *call, const char *unit)
{
    if (unit_name_ok(unit, strlen(unit)))
        return true;
    http_reply_problem(call, 404, "there is no unit of this name: it is [A-Za-z0-9._-]{1,%d}",
                       UNIT_NAME_MAX);
    return false;
}

static void get_samples(struct http_call *call)
{
    static const char *const known[] = {"from", "to", "limit", "cursor", NULL};
    const struct registry_context *context = http_context(call);
    const char *unit = http_path_value(call, "unit");
    int64_t from = BLOCK_INSTANT_MIN_MS, to = BLOCK_INSTANT_MAX_MS + 1, at[2] = {INT64_MIN, 0};
    size_t limit = SAMPLES_LIMIT_DEFAULT;
    struct samples_page page;
    struct fault fault;

    if (!http_query_known(call, known) || !unit_ok(call, unit) ||
        !query_instant(call, "from", &from) || !query_instant(call, "to", &to) ||
        !query_limit(call, SAMPLES_LIMIT_MAX, &limit) || !query_cursor(call, at, 2))
        return;
    if (at[0] < from || at[1] < 0) {
        at[0] = from;
        at[1] = 0;
    }
    if (samples_page(context->db, http_arena(call), unit,
                     (struct samples_place){at[0], (size_t)at[1]}, to, limit, &page,
                     &fault) != ERR_OK)
        http_reply_fault(call, &fault);
    else
        http_reply_json(call, 200, page_json(unit, &page, http_arena(call)));
}

static json_t *reject_json(const struct store_reject *reject, struct arena *arena)
{
    const char *format = format_name((enum format)reject->format);
    json_t *json = json_object();

    json_object_set_new(json, "received", instant_json(reject->received_ms));
    json_object_set_new(json, "format", format != NULL ? json_string(format) : json_null());
    json_object_set_new(json, "reason", json_string(reject->reason));
    json_object_set_new(json, "detail", json_string(reject->detail));
    json_object_set_new(json, "at_byte", json_integer(reject->at_byte));
    json_object_set_new(json, "gateway", json_string(reject->gateway));
    json_object_set_new(json, "position", json_integer(reject->position));
    json_object_set_new(json, "payload",
                        json_string(base64_text(arena, reject->payload, reject->payload_len)));
    return json;
}

/* One more than asked for was read, to know whether there is more. */
static json_t *rejects_json(const char *unit, const struct store_reject *rejects, size_t count,
                            size_t limit, struct arena *arena)
{
    json_t *json = json_object(), *list = json_array(), *next = json_null();
    size_t shown = count < limit ? count : limit;

    for (size_t i = 0; i < shown; i++)
        json_array_append_new(list, reject_json(&rejects[i], arena));
    if (count > limit) {
        const struct store_reject *last = &rejects[limit - 1];
        const int64_t place[] = {last->received_ms, last->journal_no, last->position};
        next = json_string(query_cursor_text(arena, place, 3));
    }
    json_object_set_new(json, "unit", json_string(unit));
    json_object_set_new(json, "rejects", list);
    json_object_set_new(json, "next", next);
    return json;
}

static void get_rejects(struct http_call *call)
{
    static const char *const known[] = {"limit", "cursor", NULL};
    const struct registry_context *context = http_context(call);
    const char *unit = http_path_value(call, "unit");
    int64_t after[] = {INT64_MAX, INT64_MAX, INT64_MAX};
    size_t limit = REJECTS_LIMIT_DEFAULT, count = 0;
    struct store_reject *rejects = NULL;
    struct fault fault;

    if (!http_query_known(call, known) || !unit_ok(call, unit) ||
        !query_limit(call, REJECTS_LIMIT_MAX, &limit) || !query_cursor(call, after, 3))
        return;
    if (store_rejects_list(context->db, http_arena(call), unit,
                           (struct store_reject_place){after[0], after[1], after[2]}, limit + 1,
                           &rejects, &count, &fault) != ERR_OK)
        http_reply_fault(call, &fault);
    else
        http_reply_json(call, 200, rejects_json(unit, rejects, count, limit, http_arena(call)));
}

const struct http_route samples_routes[] = {
    {"GET", "/v1/units/{unit}/samples", HTTP_VIEWER, 0, get_samples},
    {"GET", "/v1/units/{unit}/rejects", HTTP_VIEWER, 0, get_rejects},
};

const size_t samples_route_count = sizeof samples_routes / sizeof samples_routes[0];

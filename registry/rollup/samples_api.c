#include "registry/rollup/samples_api.h"

#include <stdlib.h>

#include "registry/audit/audit.h"
#include "registry/context.h"
#include "registry/rollup/answer.h"
#include "registry/rollup/base64.h"
#include "registry/rollup/evidence_api.h"
#include "registry/rollup/query.h"
#include "registry/rollup/samples.h"
#include "registry/store/store_evidence.h"
#include "registry/store/store_rejects.h"
#include "shared/when.h"

#define SAMPLES_LIMIT_DEFAULT 1000
#define REJECTS_LIMIT_DEFAULT 100
#define REJECTS_LIMIT_MAX     500
#define REASONS_MAX           100
#define KEPT_MAX              20000 /* payloads looked through for a page of samples */

/* Of which samples the raw payload is kept. */
struct kept {
    const char *unit;
    struct store_evidence *list; /* in order of journal and position */
    size_t count;
};

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

static int compare_place(const void *left, const void *right)
{
    const struct store_evidence *a = left, *b = right;
    int sign = (a->journal_no > b->journal_no) - (a->journal_no < b->journal_no);

    return sign != 0 ? sign : (a->position > b->position) - (a->position < b->position);
}

/* Where the sample came from, and what stands behind it. */
static void add_origin(json_t *json, const struct block_row *row, const struct kept *kept,
                       struct arena *arena)
{
    const struct store_evidence place = {.journal_no = row->source,
                                         .position = (int64_t)row->position};
    const char *signature = signature_name((enum signature_state)row->sample.signature);

    json_object_set_new(json, "journal", json_integer(place.journal_no));
    json_object_set_new(json, "position", json_integer(place.position));
    if (signature != NULL)
        json_object_set_new(json, "signature", json_string(signature));
    if (kept->count > 0 &&
        bsearch(&place, kept->list, kept->count, sizeof kept->list[0], compare_place) != NULL)
        json_object_set_new(
            json, "evidence",
            json_string(evidence_path(arena, kept->unit, place.journal_no, place.position)));
}

static json_t *row_json(const struct block_row *row, const struct kept *kept, struct arena *arena)
{
    json_t *json = json_object();

    json_object_set_new(json, "at", answer_instant(row->sample.at_ms));
    json_object_set_new(json, "received", answer_instant(row->received_ms));
    json_object_set_new(json, "format", answer_format(row->format));
    add_origin(json, row, kept, arena);
    add_signals(json, &row->sample);
    return json;
}

static json_t *page_json(const struct kept *kept, const struct samples_page *page,
                         struct arena *arena)
{
    const int64_t next[] = {page->next.at_ms, (int64_t)page->next.skip};
    json_t *json = json_object(), *samples = json_array();

    for (size_t i = 0; i < page->rows.count; i++)
        json_array_append_new(samples, row_json(&page->rows.rows[i], kept, arena));
    json_object_set_new(json, "unit", json_string(kept->unit));
    json_object_set_new(json, "samples", samples);
    json_object_set_new(json, "kept_from",
                        page->kept_from_ms == STORE_KEPT_ALL ? json_null()
                                                             : answer_instant(page->kept_from_ms));
    json_object_set_new(json, "next",
                        page->more ? json_string(query_cursor_text(arena, next, 2)) : json_null());
    return json;
}

/* The raw payloads that arrived when the page's samples did. */
static enum err find_kept(struct http_call *call, const struct samples_page *page,
                          struct kept *kept, struct fault *fault)
{
    const struct registry_context *context = http_context(call);
    int64_t first = INT64_MAX, last = INT64_MIN;
    enum err err = ERR_OK;

    for (size_t i = 0; i < page->rows.count; i++) {
        int64_t received = page->rows.rows[i].received_ms;
        first = received < first ? received : first;
        last = received > last ? received : last;
    }
    if (page->rows.count == 0)
        return ERR_OK;
    err = store_evidence_list(context->db, http_arena(call), kept->unit,
                              (struct store_evidence_place){first, -1, -1}, last + 1, KEPT_MAX,
                              &kept->list, &kept->count, fault);
    if (err == ERR_OK && kept->count > 0)
        qsort(kept->list, kept->count, sizeof kept->list[0], compare_place);
    return err;
}

static void get_samples(struct http_call *call)
{
    static const char *const known[] = {"from", "to", "limit", "cursor", NULL};
    const struct registry_context *context = http_context(call);
    struct kept kept = {.unit = query_unit(call)};
    int64_t from = BLOCK_INSTANT_MIN_MS, to = BLOCK_INSTANT_MAX_MS + 1, at[2] = {INT64_MIN, 0};
    size_t limit = SAMPLES_LIMIT_DEFAULT;
    struct samples_page page;
    struct fault fault;

    if (kept.unit == NULL || !http_query_known(call, known) ||
        !query_instant(call, "from", &from) || !query_instant(call, "to", &to) ||
        !query_limit(call, SAMPLES_LIMIT_MAX, &limit) || !query_cursor(call, at, 2))
        return;
    if (at[0] < from || at[1] < 0) {
        at[0] = from;
        at[1] = 0;
    }
    if (!audit_look(call, "samples.look", kept.unit, NULL))
        return;
    if (samples_page(context->db, http_arena(call), kept.unit,
                     (struct samples_place){at[0], (size_t)at[1]}, to, limit, &page,
                     &fault) != ERR_OK ||
        find_kept(call, &page, &kept, &fault) != ERR_OK)
        answer_fault(call, &fault);
    else if (page.rows.count > 0 || answer_kept(call, to, page.kept_from_ms))
        http_reply_json(call, 200, page_json(&kept, &page, http_arena(call)));
}

static json_t *reject_json(const struct store_reject *reject, struct arena *arena)
{
    json_t *json = json_object();

    json_object_set_new(json, "received", answer_instant(reject->received_ms));
    json_object_set_new(json, "format", answer_format(reject->format));
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

/* How many were refused for each reason, whether or not they are on this page. */
static json_t *counts_json(const struct store_reject_count *counts, size_t count)
{
    json_t *json = json_object();

    for (size_t i = 0; i < count; i++)
        json_object_set_new(json, counts[i].reason, json_integer(counts[i].payloads));
    return json;
}

static void get_rejects(struct http_call *call)
{
    static const char *const known[] = {"limit", "cursor", NULL};
    const struct registry_context *context = http_context(call);
    const char *unit = query_unit(call);
    int64_t after[] = {INT64_MAX, INT64_MAX, INT64_MAX};
    size_t limit = REJECTS_LIMIT_DEFAULT, count = 0, reasons = 0;
    struct store_reject *rejects = NULL;
    struct store_reject_count *counts = NULL;
    json_t *json = NULL;
    struct fault fault;

    if (unit == NULL || !http_query_known(call, known) ||
        !query_limit(call, REJECTS_LIMIT_MAX, &limit) || !query_cursor(call, after, 3) ||
        !audit_look(call, "rejects.look", unit, NULL))
        return;
    if (store_rejects_list(context->db, http_arena(call), unit,
                           (struct store_reject_place){after[0], after[1], after[2]}, limit + 1,
                           &rejects, &count, &fault) != ERR_OK ||
        store_reject_counts(context->db, http_arena(call), unit, REASONS_MAX, &counts, &reasons,
                            &fault) != ERR_OK) {
        http_reply_fault(call, &fault);
        return;
    }
    json = rejects_json(unit, rejects, count, limit, http_arena(call));
    json_object_set_new(json, "counts", counts_json(counts, reasons));
    http_reply_json(call, 200, json);
}

const struct http_route samples_routes[] = {
    {"GET", "/v1/units/{unit}/samples", HTTP_VIEWER, 0, get_samples},
    {"GET", "/v1/units/{unit}/rejects", HTTP_VIEWER, 0, get_rejects},
};

const size_t samples_route_count = sizeof samples_routes / sizeof samples_routes[0];

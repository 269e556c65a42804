#include "registry/snapshot/snapshot_api.h"

#include <stdlib.h>
#include <string.h>

#include "registry/snapshot/snapshot.h"
#include "registry/vehicles/api.h"
#include "shared/tls/tls.h"
#include "shared/when.h"

#define BODY_MAX (16u << 10)

static json_t *head_json(const struct store_snapshot *s)
{
    return json_pack("{s:I, s:s, s:o, s:o, s:o, s:s, s:s}", "id", (json_int_t)s->number, "plan",
                     s->plan, "as_of", api_day_json(s->as_of), "known",
                     api_instant_json(s->known_ms), "created", api_instant_json(s->created_ms),
                     "created_by", s->author, "note", s->note);
}

/* ---- GET /v1/snapshots ---- */

static void list_snapshots(struct http_call *call)
{
    static const char *const known[] = {"plan", "limit", "cursor", NULL};
    struct store_snapshot *found = NULL;
    struct api_page page;
    int64_t before = INT64_MAX;
    struct fault fault;
    size_t count = 0, limit = 0;
    json_t *list = NULL;

    if (!http_query_known(call, known) || !api_page(call, &page))
        return;
    if (page.after != NULL)
        before = strtoll(page.after, NULL, 10);
    limit = (size_t)page.limit;
    if (store_snapshots_list(api_context(call)->db, http_query(call, "plan"), before,
                             page.limit + 1, http_arena(call), &found, &count, &fault) != ERR_OK) {
        http_reply_fault(call, &fault);
        return;
    }
    list = json_array();
    for (size_t i = 0; i < count && i < limit; i++)
        json_array_append_new(list, head_json(&found[i]));
    http_reply_json(
        call, 200,
        json_pack("{s:o, s:o}", "snapshots", list, "next",
                  count <= limit
                      ? json_null()
                      : api_cursor(call, arena_format(http_arena(call), "%lld",
                                                      (long long)found[limit - 1].number))));
}

/* ---- GET /v1/snapshots/{id} ---- */

static void reply_archive(struct http_call *call, const struct store_snapshot *s)
{
    size_t len = 0;
    const uint8_t *bytes = snapshot_archive(s, http_arena(call), &len);

    http_add_header(call, "Content-Disposition",
                    arena_format(http_arena(call), "attachment; filename=\"snapshot-%lld.tar\"",
                                 (long long)s->number));
    http_reply_bytes(call, 200, "application/x-tar", bytes, len);
}

static void reply_snapshot(struct http_call *call, int status, const struct store_snapshot *s)
{
    char signature[2 * SIGN_BYTES + 1] = "";
    json_t *json = head_json(s);

    if (s->signature.len == SIGN_BYTES)
        tls_hex(s->signature.bytes, SIGN_BYTES, signature);
    json_object_set_new(json, "signature", json_string(signature));
    json_object_set_new(json, "statement",
                        json_loadb(s->statement.bytes, s->statement.len, 0, NULL));
    http_reply_json(call, status, json);
}

static bool find(struct http_call *call, int64_t number, struct store_snapshot *s)
{
    struct fault fault;

    if (store_snapshot_find(api_context(call)->db, number, http_arena(call), s, &fault) == ERR_OK)
        return true;
    http_reply_fault(call, &fault);
    return false;
}

static void get_snapshot(struct http_call *call)
{
    static const char *const known[] = {NULL};
    const char *id = http_path_value(call, "id");
    struct store_snapshot s;
    char *end = NULL;
    int64_t number = strtoll(id, &end, 10);

    if (!http_query_known(call, known))
        return;
    if (end == id || *end != '\0')
        http_reply_problem(call, 404, "a snapshot is named by its number");
    else if (find(call, number, &s)) {
        if (http_accepts(call, "application/x-tar"))
            reply_archive(call, &s);
        else
            reply_snapshot(call, 200, &s);
    }
}

/* ---- POST /v1/snapshots ---- */

static const char *text_member(const json_t *body, const char *name)
{
    return json_string_value(json_object_get(body, name));
}

/* What is asked for; the texts are copied. False: answered. */
static bool take_request(struct http_call *call, const json_t *body,
                         struct snapshot_request *request)
{
    const struct registry_context *context = api_context(call);
    const char *plan = text_member(body, "plan");
    const char *as_of = text_member(body, "as_of");
    const char *note = text_member(body, "note");
    const char *name = NULL;
    const json_t *value = NULL;

    json_object_foreach((json_t *)body, name, value)
    {
        if (json_is_string(value) &&
            (strcmp(name, "plan") == 0 || strcmp(name, "as_of") == 0 || strcmp(name, "note") == 0))
            continue;
        http_reply_problem(call, 400, "\"%.40s\": the members are plan, as_of and note, all texts",
                           name);
        return false;
    }
    request->plan = plan_set_find(context->plans, plan);
    request->note = note == NULL ? "" : arena_text(http_arena(call), note);
    if (request->plan == NULL)
        http_reply_problem(call, 404, "there is no plan \"%.80s\"", plan);
    else if (as_of == NULL || !when_day_parse(as_of, &request->as_of))
        http_reply_problem(call, 400, "as_of is required: the day that is stated, YYYY-MM-DD");
    else
        return true;
    return false;
}

static bool read_body(struct http_call *call, struct snapshot_request *request)
{
    json_t *body = api_body(call);
    bool taken = body != NULL && take_request(call, body, request);

    json_decref(body);
    return taken;
}

static void post_snapshot(struct http_call *call)
{
    static const char *const known[] = {NULL};
    const struct registry_context *context = api_context(call);
    struct snapshot_request request = {.who = http_principal(call)->name,
                                       .role = http_role_name(http_principal(call)->role),
                                       .clock = context->clock,
                                       .key = context->snapshot_key};
    struct store_snapshot s;
    struct fault fault;
    int64_t number = 0;

    if (!http_query_known(call, known))
        return;
    if (request.key == NULL) {
        http_reply_problem(call, 503,
                           "this registry has no key to sign with; make one with evroll-registry "
                           "snapshot keygen and start it with --snapshot-key");
        return;
    }
    if (!read_body(call, &request))
        return;
    if (snapshot_make(context->db, &request, &number, &fault) != ERR_OK) {
        http_reply_fault(call, &fault);
        return;
    }
    http_add_header(call, "Location",
                    arena_format(http_arena(call), "/v1/snapshots/%lld", (long long)number));
    if (find(call, number, &s))
        reply_snapshot(call, 201, &s);
}

const struct http_route snapshot_routes[] = {
    {"GET", "/v1/snapshots", HTTP_VIEWER, 0, list_snapshots},
    {"POST", "/v1/snapshots", HTTP_OFFICER, BODY_MAX, post_snapshot},
    {"GET", "/v1/snapshots/{id}", HTTP_VIEWER, 0, get_snapshot},
};

const size_t snapshot_route_count = sizeof snapshot_routes / sizeof snapshot_routes[0];

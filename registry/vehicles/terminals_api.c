/*
 * A unit as somebody administers it: what is known of it, and whether gateways let it in. Gateways
 * ask for the directory of units (directory_api.h) and have it within half a minute.
 */
#include <string.h>

#include "registry/store/store_bindings.h"
#include "registry/store/store_terminals.h"
#include "registry/vehicles/api.h"
#include "registry/vehicles/unit_setting.h"

/* ---- GET /v1/units/{unit} ---- */

static json_t *bindings_json(const struct store_bindings *bindings)
{
    json_t *list = json_array();

    for (size_t i = 0; i < bindings->count; i++)
        json_array_append_new(list, json_pack("{s:s, s:o, s:o}", "vehicle_id",
                                              bindings->items[i].vehicle_id, "from",
                                              api_day_json(bindings->items[i].from), "to",
                                              api_day_json(bindings->items[i].to)));
    return list;
}

static json_t *head_json(const struct store_terminal *terminal)
{
    return json_pack("{s:s, s:o, s:s, s:s, s:o}", "unit", terminal->unit, "registered_at",
                     api_instant_json(terminal->registered_ms), "author", terminal->author,
                     "access", terminal->denied_ms > 0 ? "denied" : "allowed", "denied_since",
                     terminal->denied_ms > 0 ? api_instant_json(terminal->denied_ms) : json_null());
}

/* A unit that nobody registered may send all the same where gateways admit it. */
static void reply_terminal(struct http_call *call, const char *unit)
{
    struct sql *db = api_context(call)->db;
    struct store_terminal terminal;
    struct store_bindings bindings;
    struct fault fault;
    struct store_setting setting;
    json_t *answer = NULL;

    if (store_terminal_find(db, unit, &terminal, &fault) != ERR_OK ||
        store_bindings_of_unit(db, unit, http_arena(call), &bindings, &fault) != ERR_OK ||
        store_setting_find(db, unit, &setting, &fault) != ERR_OK) {
        http_reply_fault(call, &fault);
        return;
    }
    answer = head_json(&terminal);
    json_object_set_new(answer, "interval_s", unit_setting_interval(setting.interval_s));
    json_object_set_new(answer, "signals", unit_setting_signals(setting.signals));
    json_object_set_new(answer, "bindings", bindings_json(&bindings));
    api_add_etag(call, terminal.changes);
    http_reply_json(call, 200, answer);
}

void terminal_get(struct http_call *call)
{
    static const char *const known[] = {NULL};

    if (http_query_known(call, known))
        reply_terminal(call, http_path_value(call, "unit"));
}

/* ---- GET /v1/terminals ---- */

void terminals_list(struct http_call *call)
{
    static const char *const known[] = {"limit", "cursor", NULL};
    struct store_terminal *terminals = NULL;
    struct api_page page;
    struct fault fault;
    size_t count = 0, shown = 0;
    json_t *list = NULL;

    if (!http_query_known(call, known) || !api_page(call, &page))
        return;
    if (store_terminals_list(api_context(call)->db, page.after == NULL ? "" : page.after,
                             page.limit + 1, http_arena(call), &terminals, &count,
                             &fault) != ERR_OK) {
        http_reply_fault(call, &fault);
        return;
    }
    shown = (int64_t)count > page.limit ? (size_t)page.limit : count;
    list = json_array();
    for (size_t i = 0; i < shown; i++)
        json_array_append_new(list, head_json(&terminals[i]));
    http_reply_json(
        call, 200,
        json_pack("{s:o, s:o}", "terminals", list, "next",
                  shown < count ? api_cursor(call, terminals[shown - 1].unit) : json_null()));
}

/* ---- POST /v1/units/{unit}:revoke, :restore ---- */

struct access_call {
    const char *unit;
    const char *reason;
    bool deny;
};

/* Of a unit that is let in again, the certificates that it had stay revoked. */
static enum err apply_access(struct registrar *registrar, void *arg, struct remarks *remarks,
                             struct fault *fault)
{
    const struct access_call *a = arg;
    struct sql *db = registrar_db(registrar);
    int64_t now_ms = registrar_recorded_ms(registrar);
    struct store_terminal terminal;
    enum err err = store_terminal_find(db, a->unit, &terminal, fault);

    if (err != ERR_OK)
        return err;
    if ((terminal.denied_ms > 0) == a->deny) {
        remark_refuse_as(remarks, ERR_CONFLICT, "unit",
                         a->deny ? "is revoked already" : "is not revoked");
        return ERR_OK;
    }
    err = store_terminal_deny(db, a->unit, a->deny ? now_ms : 0, fault);
    if (err == ERR_OK && a->deny)
        err = store_certificates_revoke(db, a->unit, now_ms, fault);
    if (err == ERR_OK)
        registrar_note(registrar, a->deny ? "unit.revoke" : "unit.restore", a->unit,
                       json_pack("{s:s}", "reason", a->reason));
    return err;
}

#define REASON_MAX 500

static void change_access(struct http_call *call, bool deny)
{
    struct access_call a = {.unit = http_path_value(call, "unit"), .deny = deny};
    struct remarks remarks = {0};
    json_t *body = api_body(call);
    json_error_t error;
    int failed = 0;

    if (body == NULL)
        return;
    failed = json_unpack_ex(body, &error, JSON_STRICT, "{s:s}", "reason", &a.reason);
    if (failed == 0 && (a.reason[0] == '\0' || strlen(a.reason) > REASON_MAX))
        failed = -1;
    if (failed != 0)
        http_reply_problem(call, 400, "the body holds \"reason\", a text of 1 to %d bytes",
                           REASON_MAX);
    else if (api_commit(call, apply_access, &a, &remarks))
        reply_terminal(call, a.unit);
    json_decref(body);
}

void terminal_revoke(struct http_call *call)
{
    change_access(call, true);
}

void terminal_restore(struct http_call *call)
{
    change_access(call, false);
}

#include "registry/outlook/outlook_api_internal.h"

#include <string.h>

#include "registry/outlook/what_if_answer.h"
#include "registry/vehicles/api.h"

static const char *const known[] = {"plan", "as_of", "owner", "area", NULL};

static bool is_csv(const struct http_call *call)
{
    const char *type = http_header(call, "Content-Type");

    return type != NULL && strncmp(type, "text/csv", 8) == 0;
}

static enum err read_json(const char *bytes, size_t len, struct what_if_rows *rows,
                          struct fault *fault)
{
    json_error_t error;
    json_t *json = json_loadb(bytes, len, JSON_REJECT_DUPLICATES, &error);
    enum err err = ERR_OK;

    if (json == NULL)
        return fault_set(fault, ERR_INPUT, "the body is no JSON: line %d, column %d: %s",
                         error.line, error.column, error.text);
    err = what_if_from_json(json, rows, fault);
    json_decref(json);
    return err;
}

static enum err read_body(struct http_call *call, struct what_if_rows *rows, struct fault *fault)
{
    struct csv_text text = {0};

    text.bytes = (const char *)http_body(call, &text.len);
    return is_csv(call) ? what_if_from_csv(csv_from_text, &text, rows, fault)
                        : read_json(text.bytes, text.len, rows, fault);
}

static void reply(struct http_call *call, const struct what_if *what_if,
                  const struct what_if_rows *rows, const struct compliance_query *query)
{
    enum sheet_format format = api_format(call);
    struct sheet *sheet = NULL;

    if (format == SHEET_JSON) {
        http_reply_json(call, 200, what_if_json(what_if, rows, query));
        return;
    }
    sheet = sheet_create(format, &what_if_head);
    const struct api_sheet answer = {
        .sheet = sheet, .format = format, .name = "what-if", .known = known};
    what_if_put(what_if, sheet);
    api_reply_sheet(call, &answer);
    sheet_destroy(sheet);
}

void what_if_post(struct http_call *call)
{
    struct what_if_rows rows = {.arena = http_arena(call)};
    struct compliance_query query;
    const struct rule *rule = NULL; /* one that is there; the answer has all of its plan */
    struct what_if what_if;
    struct fault fault = {0};

    if (!http_query_known(call, known) || !outlook_rule(call, &query, &rule))
        return;
    if (read_body(call, &rows, &fault) != ERR_OK ||
        what_if_compute(api_context(call)->db, &query, &rows, http_arena(call), &what_if, &fault) !=
            ERR_OK)
        http_reply_fault(call, &fault);
    else
        reply(call, &what_if, &rows, &query);
}

#include <assert.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "registry/http/http_internal.h"
#include "shared/log.h"
#include "shared/utf8.h"

#define JSON_STYLE (JSON_COMPACT | JSON_REAL_PRECISION(15))

static const struct {
    int status;
    const char *phrase;
} phrases[] = {
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {204, "No Content"},
    {207, "Multi-Status"},
    {303, "See Other"},
    {304, "Not Modified"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {409, "Conflict"},
    {410, "Gone"},
    {411, "Length Required"},
    {412, "Precondition Failed"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {417, "Expectation Failed"},
    {422, "Unprocessable Content"},
    {428, "Precondition Required"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {503, "Service Unavailable"},
    {505, "HTTP Version Not Supported"},
};

/* What every answer carries unless its handler said otherwise (a page needs a wider policy). */
static const struct {
    const char *name;
    const char *value;
} defaults[] = {
    {"Cache-Control", "no-store"},
    {"Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"},
    {"Referrer-Policy", "no-referrer"},
    {"Strict-Transport-Security", "max-age=31536000"},
    {"X-Content-Type-Options", "nosniff"},
};

const char *http_reply_phrase(int status)
{
    for (size_t i = 0; i < sizeof phrases / sizeof phrases[0]; i++)
        if (phrases[i].status == status)
            return phrases[i].phrase;
    return "Unknown";
}

static struct evkeyvalq *fields_of(const struct http_call *call)
{
    return evhttp_request_get_output_headers(call->request);
}

void http_add_header(struct http_call *call, const char *name, const char *value)
{
    int failed = evhttp_add_header(fields_of(call), name, value);

    if (failed != 0)
        log_warn("http", "the answer's field %s cannot hold its value; it is left out", name);
}

static void add_defaults(struct http_call *call)
{
    for (size_t i = 0; i < sizeof defaults / sizeof defaults[0]; i++)
        if (evhttp_find_header(fields_of(call), defaults[i].name) == NULL)
            http_add_header(call, defaults[i].name, defaults[i].value);
    if (call->close)
        http_add_header(call, "Connection", "close");
}

static void count(const struct http_call *call, int status)
{
    struct http_worker *worker = call->conn->worker;

    http_metric_count(&worker->metric, call->match.index, status,
                      clock_mono_ms(worker->server->options.clock) - call->began_ms);
}

void http_reply_begin(struct http_call *call, int status, const char *type)
{
    assert(!call->replied);
    call->replied = true;
    if (type != NULL)
        http_add_header(call, "Content-Type", type);
    add_defaults(call);
    count(call, status);
}

static void send_answer(struct http_call *call, int status, const char *type, const void *bytes,
                        size_t len)
{
    struct evbuffer *body = evbuffer_new();
    char length[24];

    assert(body != NULL);
    if (status != 204 && status != 304) {
        snprintf(length, sizeof length, "%zu", len);
        http_add_header(call, "Content-Length", length);
    }
    http_reply_begin(call, status, type);
    if (strcmp(call->head.method, "HEAD") != 0)
        evbuffer_add(body, bytes, len);
    evhttp_send_reply(call->request, status, http_reply_phrase(status), body);
    evbuffer_free(body);
}

void http_reply_bytes(struct http_call *call, int status, const char *type, const void *bytes,
                      size_t len)
{
    send_answer(call, status, type, bytes, len);
}

void http_reply_text(struct http_call *call, int status, const char *type, const char *text)
{
    send_answer(call, status, type, text, strlen(text));
}

void http_reply_empty(struct http_call *call, int status)
{
    send_answer(call, status, NULL, "", 0);
}

char *http_json_text(const json_t *json)
{
    char *text = json_dumps(json, JSON_STYLE);

    assert(text != NULL);
    return text;
}

static void send_json(struct http_call *call, int status, const char *type, json_t *steals)
{
    char *text = http_json_text(steals);

    json_decref(steals);
    send_answer(call, status, type, text, strlen(text));
    free(text);
}

void http_reply_json(struct http_call *call, int status, json_t *steals)
{
    send_json(call, status, "application/json", steals);
}

/* ---- problems ---- */

void http_reply_problem_with(struct http_call *call, int status, const char *detail,
                             json_t *steals_members)
{
    json_t *problem = json_pack("{s:s, s:s, s:i}", "type", "about:blank", "title",
                                http_reply_phrase(status), "status", status);
    char *said = arena_text(call->arena, detail);

    assert(problem != NULL);
    /* A detail may repeat what a client sent; what is not UTF-8 is not repeated. */
    utf8_mend(said);
    json_object_set_new(problem, "detail", json_string(said));
    if (steals_members != NULL)
        json_object_update_missing(problem, steals_members);
    json_decref(steals_members);
    send_json(call, status, "application/problem+json", problem);
}

void http_reply_problem(struct http_call *call, int status, const char *detail, ...)
{
    char text[1024];
    va_list args;

    va_start(args, detail);
    vsnprintf(text, sizeof text, detail, args);
    va_end(args);
    http_reply_problem_with(call, status, text, NULL);
}

void http_reply_refusal(struct http_call *call)
{
    const struct http_refusal *refusal = &call->refusal;

    if (refusal->field != NULL)
        http_add_header(call, refusal->field, refusal->value);
    if (refusal->status == 503)
        http_add_header(call, "Retry-After", "5");
    if (refusal->status == 204)
        http_reply_empty(call, 204);
    else
        http_reply_problem_with(call, refusal->status, refusal->detail, NULL);
}

/* Which answer an error is. `told`: may the client read the sentence, or is it for our log only
 * (it can name files and statements)? */
static const struct {
    int status;
    bool told;
} answers[ERR_COUNT] = {
    [ERR_OK] = {500, false},
    [ERR_INPUT] = {400, true},
    [ERR_NOT_FOUND] = {404, true},
    [ERR_CONFLICT] = {409, true},
    [ERR_DENIED] = {403, true},
    [ERR_FULL] = {503, false},
    [ERR_BUSY] = {503, false},
    [ERR_IO] = {500, false},
    [ERR_PEER] = {503, false},
    [ERR_TIMEOUT] = {503, false},
    [ERR_UNKNOWN_OUTCOME] = {503, false},
    [ERR_STOPPED] = {503, false},
};

void http_reply_fault(struct http_call *call, const struct fault *fault)
{
    int status = answers[fault->code].status;

    if (answers[fault->code].told) {
        http_reply_problem(call, status, "%s", fault->text);
        return;
    }
    log_error("http", "%s %s: %s", call->head.method, call->match.route->pattern, fault->text);
    if (status == 503) {
        http_add_header(call, "Retry-After", "5");
        http_reply_problem(call, status, "the registry cannot do this now; try again");
    } else {
        http_reply_problem(call, status,
                           "the registry failed; its log at this time says what happened");
    }
}

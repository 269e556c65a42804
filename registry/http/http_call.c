#include <assert.h>
#include <string.h>
#include <strings.h>

#include "registry/http/http_internal.h"

void *http_context(const struct http_call *call)
{
    return call->context != NULL ? call->context : call->conn->worker->context;
}

void http_set_context(struct http_call *call, void *context)
{
    call->context = context;
}

struct arena *http_arena(const struct http_call *call)
{
    return call->arena;
}

const struct http_principal *http_principal(const struct http_call *call)
{
    return &call->principal;
}

const char *http_path(const struct http_call *call)
{
    const char *path = call->target.segment_count == 0 ? "/" : "";

    for (size_t i = 0; i < call->target.segment_count; i++)
        path = arena_format(call->arena, "%s/%s", path, call->target.segments[i]);
    return path;
}

const char *http_path_value(const struct http_call *call, const char *name)
{
    const char *value = NULL;

    for (size_t i = 0; i < call->match.value_count; i++)
        if (strcmp(call->match.values[i].name, name) == 0)
            value = call->match.values[i].value;
    assert(value != NULL);
    return value;
}

const char *http_query(const struct http_call *call, const char *name)
{
    for (size_t i = 0; i < call->target.param_count; i++)
        if (strcmp(call->target.params[i].name, name) == 0)
            return call->target.params[i].value;
    return NULL;
}

const char *http_header(const struct http_call *call, const char *name)
{
    return http_head_field(&call->head, name);
}

/* RFC 6265: "name=value" pairs, told apart by "; ". */
const char *http_session(const struct http_call *call)
{
    static const char name[] = HTTP_SESSION_COOKIE "=";
    const char *at = http_head_field(&call->head, "Cookie");

    while (at != NULL) {
        at += strspn(at, "; \t");
        if (strncmp(at, name, sizeof name - 1) == 0) {
            at += sizeof name - 1;
            return arena_format(call->arena, "%.*s", (int)strcspn(at, "; \t"), at);
        }
        at = strchr(at, ';');
    }
    return NULL;
}

const uint8_t *http_body(const struct http_call *call, size_t *len)
{
    struct evbuffer *body = evhttp_request_get_input_buffer(call->request);

    *len = evbuffer_get_length(body);
    return *len == 0 ? (const uint8_t *)"" : evbuffer_pullup(body, -1);
}

/* ---- Accept, Accept-Encoding ---- */

/* "q=0" and "q=0.000" say "not this one" (RFC 9110 12.5.1). */
static bool refused_by_weight(const char *params, size_t len)
{
    char text[64];
    const char *q = NULL;

    if (len >= sizeof text)
        return false;
    memcpy(text, params, len);
    text[len] = '\0';
    q = strcasestr(text, "q=");
    return q != NULL && strspn(q + 2, "0.") == strcspn(q + 2, " ;") && q[2] != '\0';
}

/* Is the word one of a weighted list (RFC 9110 12.4.2)? */
static bool list_names(const char *at, const char *word)
{
    size_t word_len = strlen(word);

    while (at != NULL && *at != '\0') {
        at += strspn(at, ", \t");
        size_t item = strcspn(at, ",");
        size_t name = strcspn(at, ",; \t");
        if (name == word_len && strncasecmp(at, word, word_len) == 0 &&
            !refused_by_weight(at + name, item - name))
            return true;
        at += item;
    }
    return false;
}

bool http_accepts(const struct http_call *call, const char *type)
{
    return list_names(http_head_field(&call->head, "Accept"), type);
}

bool http_takes_coding(const struct http_call *call, const char *coding)
{
    return list_names(http_head_field(&call->head, "Accept-Encoding"), coding);
}

/* ---- the query's names ---- */

static bool known_has(const char *const *known, const char *name)
{
    for (; *known != NULL; known++)
        if (strcmp(*known, name) == 0)
            return true;
    return false;
}

static bool given_before(const struct http_call *call, size_t i)
{
    for (size_t j = 0; j < i; j++)
        if (strcmp(call->target.params[j].name, call->target.params[i].name) == 0)
            return true;
    return false;
}

static const char *names_joined(struct arena *arena, const char *const *known)
{
    const char *text = *known == NULL ? "none" : *known;

    while (*known != NULL && *++known != NULL)
        text = arena_format(arena, "%s, %s", text, *known);
    return text;
}

bool http_query_known(struct http_call *call, const char *const *known)
{
    for (size_t i = 0; i < call->target.param_count; i++) {
        const char *name = call->target.params[i].name;
        if (!known_has(known, name)) {
            http_reply_problem(call, 400, "the parameter \"%s\" is not known here; known: %s", name,
                               names_joined(call->arena, known));
            return false;
        }
        if (given_before(call, i)) {
            http_reply_problem(call, 400, "the parameter \"%s\" is given twice", name);
            return false;
        }
    }
    return true;
}

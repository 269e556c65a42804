#include "registry/certificates/certificates_api.h"

#include <stdlib.h>
#include <string.h>

#include "registry/certificates/issue.h"
#include "registry/vehicles/api.h"
#include "shared/tls/csr.h"

#define BODY_MAX    (32u << 10)
#define WAITING_MAX 1000

static json_t *instant_or_null(int64_t ms)
{
    return ms > 0 ? api_instant_json(ms) : json_null();
}

static const char *state_of(const struct store_certificate *c)
{
    return c->revoked_ms > 0 ? "revoked" : c->certificate[0] != '\0' ? "issued" : "requested";
}

static json_t *certificate_json(const char *unit, const struct store_certificate *c)
{
    return json_pack("{s:s, s:I, s:s, s:s, s:o, s:s, s:s?, s:o, s:o, s:o, s:s, s:s?}", "unit", unit,
                     "number", (json_int_t)c->number, "state", state_of(c), "key", c->key_kind,
                     "requested_at", api_instant_json(c->requested_ms), "author", c->author,
                     "serial", c->serial[0] == '\0' ? NULL : c->serial, "issued_at",
                     instant_or_null(c->issued_ms), "expires_at", instant_or_null(c->expires_ms),
                     "revoked_at", instant_or_null(c->revoked_ms), "csr", c->request, "certificate",
                     c->certificate[0] == '\0' ? NULL : c->certificate);
}

/* ---- reading ---- */

static void certificates_list(struct http_call *call)
{
    static const char *const known[] = {NULL};
    const char *unit = http_path_value(call, "unit");
    struct store_certificate *all = NULL;
    struct fault fault;
    size_t count = 0;
    json_t *list = NULL;

    if (!http_query_known(call, known))
        return;
    if (store_certificates_of(api_context(call)->db, unit, http_arena(call), &all, &count,
                              &fault) != ERR_OK) {
        http_reply_fault(call, &fault);
        return;
    }
    list = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(list, certificate_json(unit, &all[i]));
    http_reply_json(call, 200, json_pack("{s:o}", "certificates", list));
}

/* False: answered. */
static bool number_of(struct http_call *call, int64_t *number)
{
    const char *text = http_path_value(call, "number");
    char *end = NULL;

    *number = strtoll(text, &end, 10);
    if (*end == '\0' && *number > 0)
        return true;
    http_reply_problem(call, 404, "a certificate is known by its number");
    return false;
}

static void reply_one(struct http_call *call, int status, int64_t number)
{
    const char *unit = http_path_value(call, "unit");
    struct store_certificate c;
    struct fault fault;

    if (issue_find(api_context(call)->db, unit, number, http_arena(call), &c, &fault) != ERR_OK)
        http_reply_fault(call, &fault);
    else if (!http_accepts(call, "application/x-pem-file"))
        http_reply_json(call, status, certificate_json(unit, &c));
    else if (strcmp(state_of(&c), "issued") != 0)
        http_reply_problem(call, 404, "certificate %lld of %s is %s: there is nothing to install",
                           (long long)number, unit, state_of(&c));
    else
        http_reply_text(call, status, "application/x-pem-file", c.certificate);
}

static void certificate_get(struct http_call *call)
{
    static const char *const known[] = {NULL};
    int64_t number = 0;

    if (http_query_known(call, known) && number_of(call, &number))
        reply_one(call, 200, number);
}

static void take_waiting(void *arg, const char *unit, const struct store_certificate *request)
{
    json_array_append_new(arg, certificate_json(unit, request));
}

static void requests_list(struct http_call *call)
{
    static const char *const known[] = {NULL};
    struct fault fault;
    json_t *list = NULL;

    if (!http_query_known(call, known))
        return;
    list = json_array();
    if (store_certificates_waiting(api_context(call)->db, WAITING_MAX, take_waiting, list,
                                   &fault) == ERR_OK) {
        http_reply_json(call, 200, json_pack("{s:o}", "requests", list));
        return;
    }
    json_decref(list);
    http_reply_fault(call, &fault);
}

/* ---- changing ---- */

struct pem_call {
    struct http_call *call;
    const char *pem;
    int64_t number;
    struct store_certificate made;
};

/* The one member of the body, a text in the arena. NULL: answered. */
static const char *take_pem(struct http_call *call, const char *member, size_t max)
{
    json_t *body = api_body(call);
    const char *text = NULL;

    if (body == NULL)
        return NULL;
    if (json_unpack_ex(body, NULL, JSON_STRICT, "{s:s}", member, &text) != 0 ||
        strlen(text) > max) {
        http_reply_problem(call, 400, "the body holds \"%s\": PEM, a text of at most %zu bytes",
                           member, max);
        text = NULL;
    } else {
        text = arena_text(http_arena(call), text);
    }
    json_decref(body);
    return text;
}

static enum err apply_request(struct registrar *registrar, void *arg, struct remarks *remarks,
                              struct fault *fault)
{
    struct pem_call *p = arg;

    return issue_request(registrar, http_path_value(p->call, "unit"), p->pem, http_arena(p->call),
                         &p->made, remarks, fault);
}

static void request_post(struct http_call *call)
{
    struct pem_call p = {.call = call, .pem = take_pem(call, "csr", CSR_BYTES_MAX)};
    struct remarks remarks = {0};

    if (p.pem == NULL || !api_commit(call, apply_request, &p, &remarks))
        return;
    http_add_header(call, "Location",
                    arena_format(http_arena(call), "/v1/units/%s/certificates/%lld",
                                 http_path_value(call, "unit"), (long long)p.made.number));
    reply_one(call, 201, p.made.number);
}

static enum err apply_take(struct registrar *registrar, void *arg, struct remarks *remarks,
                           struct fault *fault)
{
    struct pem_call *p = arg;

    return issue_take(registrar, http_path_value(p->call, "unit"), p->number, p->pem,
                      api_context(p->call)->client_ca, http_arena(p->call), remarks, fault);
}

static void certificate_put(struct http_call *call)
{
    struct pem_call p = {.call = call};
    struct remarks remarks = {0};

    if (!number_of(call, &p.number) ||
        (p.pem = take_pem(call, "certificate", CERTIFICATE_BYTES_MAX)) == NULL)
        return;
    if (api_commit(call, apply_take, &p, &remarks))
        reply_one(call, 200, p.number);
}

#define CERTIFICATES "/v1/units/{unit}/certificates"

const struct http_route certificates_routes[] = {
    {"GET", CERTIFICATES, HTTP_OFFICER, 0, certificates_list},
    {"POST", CERTIFICATES, HTTP_OFFICER, BODY_MAX, request_post},
    {"GET", CERTIFICATES "/{number}", HTTP_OFFICER, 0, certificate_get},
    {"PUT", CERTIFICATES "/{number}", HTTP_ADMIN, BODY_MAX, certificate_put},
    {"GET", "/v1/certificate-requests", HTTP_OFFICER, 0, requests_list},
};

const size_t certificates_route_count = sizeof certificates_routes / sizeof certificates_routes[0];

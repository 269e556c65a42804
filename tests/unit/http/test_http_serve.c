#include "tests/unit/http/https_world.h"

#include <pthread.h>

#define HOST "Host: localhost\r\n"

/* ---- the routes under test ---- */

static void hello(struct http_call *call)
{
    http_reply_text(call, 200, "text/plain; charset=utf-8", "hello");
}

/* Says what it understood of the request. */
static void echo(struct http_call *call)
{
    size_t len = 0;
    const uint8_t *body = http_body(call, &len);
    const char *q = http_query(call, "q");

    http_add_header(call, "X-Echo", "yes");
    http_reply_json(call, 200,
                    json_pack("{s:s, s:s?, s:I, s:s%, s:s, s:f}", "id", http_path_value(call, "id"),
                              "q", q, "len", (json_int_t)len, "body", body, len < 20 ? len : 20,
                              "who", http_principal(call)->name, "share", 0.1));
}

static void strict(struct http_call *call)
{
    static const char *const known[] = {"as_of", "limit", NULL};

    if (http_query_known(call, known))
        http_reply_empty(call, 204);
}

static void failing(struct http_call *call)
{
    struct fault fault = {.code = (enum err)atoi(http_path_value(call, "code")),
                          .text = "the sentence"};

    http_reply_fault(call, &fault);
}

static void accepting(struct http_call *call)
{
    http_reply_text(call, 200, "text/plain", http_accepts(call, "text/csv") ? "csv" : "json");
}

static void coding(struct http_call *call)
{
    http_reply_text(call, 200, "text/plain", http_takes_coding(call, "gzip") ? "gzip" : "plain");
}

/* What no route fits. */
static void otherwise(struct http_call *call)
{
    http_reply_text(call, 200, "text/plain", http_path(call));
}

static const struct http_route otherwise_route = {"GET", "/", HTTP_ANYONE, 0, otherwise};

static void context(struct http_call *call)
{
    http_reply_text(call, 200, "text/plain", http_context(call));
}

static const struct http_route routes[] = {
    {"GET", "/hello", HTTP_ANYONE, 0, hello},
    {"GET", "/echo/{id}", HTTP_ANYONE, 0, echo},
    {"POST", "/echo/{id}", HTTP_ANYONE, 1000000, echo},
    {"GET", "/strict", HTTP_ANYONE, 0, strict},
    {"GET", "/failing/{code}", HTTP_ANYONE, 0, failing},
    {"GET", "/accepting", HTTP_ANYONE, 0, accepting},
    {"GET", "/coding", HTTP_ANYONE, 0, coding},
    {"GET", "/viewer", HTTP_VIEWER, 0, hello},
    {"GET", "/officer", HTTP_OFFICER, 0, hello},
    {"GET", "/admin", HTTP_ADMIN, 0, hello},
    {"GET", "/clerks", HTTP_VIEWER | HTTP_ALSO(HTTP_REPORTER), 0, hello},
    {"POST", "/clerks", HTTP_VIEWER, 0, hello},
    {"GET", "/gateway", HTTP_GATEWAY, 0, hello},
    {"POST", "/gateway/{id}", HTTP_GATEWAY, 100, echo},
    {"GET", "/context", HTTP_ANYONE, 0, context},
};

static enum err by_token(void *context, const char *token, struct http_principal *principal)
{
    (void)context;
    if (strcmp(token, "busy") == 0)
        return ERR_BUSY;
    principal->role = http_role_parse(token);
    snprintf(principal->name, sizeof principal->name, "the %s", token);
    return principal->role == HTTP_ANYONE ? ERR_DENIED : ERR_OK;
}

/* The cookie is the name of a role, the CSRF token its first letter. */
static enum err by_cookie(void *context, const char *secret, struct http_principal *principal,
                          char csrf[static HTTP_CSRF_SIZE])
{
    snprintf(csrf, HTTP_CSRF_SIZE, "%.1s", secret);
    return by_token(context, secret, principal);
}

static void *context_create(void *given, unsigned worker, struct fault *fault)
{
    (void)worker;
    (void)fault;
    return given;
}

static void context_destroy(void *given)
{
    (void)given;
}

static char shared[] = "shared by all";

static int begin(void **state, const struct http_route *otherwise_or_null)
{
    struct https_world *w = world_create();

    w->options.otherwise = otherwise_or_null;

    w->options.routes = routes;
    w->options.route_count = sizeof routes / sizeof routes[0];
    w->options.authenticate = by_token;
    w->options.session = by_cookie;
    w->options.context_create = context_create;
    w->options.context_destroy = context_destroy;
    w->options.shared = shared;
    w->options.crl_file = w->crl_file;
    crl_write(w, (const uint64_t[]){77}, 1);
    world_start(w);
    *state = w;
    return 0;
}

static int setup(void **state)
{
    return begin(state, NULL);
}

static int setup_otherwise(void **state)
{
    return begin(state, &otherwise_route);
}

static int teardown(void **state)
{
    world_destroy(*state);
    return 0;
}

/* ---- tests ---- */

static void an_answer_carries_what_every_answer_carries(void **state)
{
    struct https_answer *a = world_ask(*state, "GET /hello HTTP/1.1\r\n" HOST "\r\n");

    assert_int_equal(a->status, 200);
    assert_string_equal(a->body, "hello");
    assert_string_equal(answer_field(a, "Content-Type"), "text/plain; charset=utf-8");
    assert_string_equal(answer_field(a, "Content-Length"), "5");
    assert_string_equal(answer_field(a, "Cache-Control"), "no-store");
    assert_string_equal(answer_field(a, "X-Content-Type-Options"), "nosniff");
    assert_non_null(strstr(answer_field(a, "Strict-Transport-Security"), "max-age="));
    assert_non_null(strstr(answer_field(a, "Content-Security-Policy"), "default-src 'none'"));
    assert_non_null(strstr(answer_field(a, "Date"), "GMT"));
    assert_null(answer_field(a, "Connection"));
}

static void head_is_get_without_its_body(void **state)
{
    struct https_client c = client_open(*state, NULL);
    struct https_answer *a = NULL;

    client_send(&c, "HEAD /hello HTTP/1.1\r\n" HOST "\r\n");
    a = client_answer(&c, true);
    assert_int_equal(a->status, 200);
    assert_string_equal(answer_field(a, "Content-Length"), "5");
    client_send(&c, "HEAD /nothing HTTP/1.1\r\n" HOST "\r\n");
    assert_int_equal(client_answer(&c, true)->status, 404);
    client_send(&c, "GET /hello HTTP/1.1\r\n" HOST "\r\n");
    assert_string_equal(client_answer(&c, false)->body, "hello");
    client_close(&c);
}

static void path_query_body_and_numbers_arrive(void **state)
{
    struct https_answer *a = world_ask(*state, "POST /echo/%E6%B5%8EU%2F1?q=a+b HTTP/1.1\r\n" HOST
                                               "Content-Length: 7\r\n\r\npayload");

    assert_int_equal(a->status, 200);
    assert_string_equal(a->body, "{\"id\":\"济U/1\",\"q\":\"a b\",\"len\":7,\"body\":\"payload\","
                                 "\"who\":\"\",\"share\":0.1}");
    assert_string_equal(answer_field(a, "Content-Type"), "application/json");
    assert_string_equal(answer_field(a, "X-Echo"), "yes");
}

static void a_large_body_arrives_whole_in_any_pieces(void **state)
{
    struct https_client c = client_open(*state, NULL);
    char *body = malloc(1000000);

    memset(body, 'x', 1000000);
    client_send(&c, "POST /echo/1 HTTP/1.1\r\n" HOST "Content-Length: 1000000\r\n\r\n");
    for (size_t at = 0, piece = 1; at < 1000000; at += piece) {
        piece = piece * 3 % 30011 + 1;
        if (piece > 1000000 - at)
            piece = 1000000 - at;
        client_send_bytes(&c, body + at, piece);
    }
    assert_non_null(strstr(client_answer(&c, false)->body, "\"len\":1000000"));
    client_close(&c);
    free(body);
}

static void a_request_a_byte_at_a_time_is_a_request(void **state)
{
    static const char text[] =
        "\r\nPOST /echo/1?q=z HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\nabc";
    struct https_client c = client_open(*state, NULL);

    for (size_t i = 0; i < sizeof text - 1; i++)
        client_send_bytes(&c, text + i, 1);
    assert_non_null(strstr(client_answer(&c, false)->body, "\"body\":\"abc\""));
    client_close(&c);
}

static void pipelined_requests_are_answered_in_order(void **state)
{
    struct https_client c = client_open(*state, NULL);
    char want[32];

    client_send(&c, "POST /echo/1 HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\nabc"
                    "GET /nothing HTTP/1.1\r\n" HOST "\r\n"
                    "POST /echo/2 HTTP/1.1\r\n" HOST "Content-Length: 4\r\n\r\ndefg"
                    "GET /echo/3 HTTP/1.1\r\n" HOST "\r\n"
                    "GET /echo/4 HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n"
                    "GET /echo/5 HTTP/1.1\r\n" HOST "\r\n");
    for (int i = 1; i <= 4; i++) {
        snprintf(want, sizeof want, "{\"id\":\"%d\"", i);
        assert_non_null(strstr(client_answer(&c, false)->body, want));
        if (i == 1)
            assert_int_equal(client_answer(&c, false)->status, 404);
    }
    assert_true(client_closed(&c));
    client_close(&c);
}

static void an_empty_line_before_a_request_is_passed_over(void **state)
{
    struct https_client c = client_open(*state, NULL);

    client_send(&c, "\r\nGET /echo/1 HTTP/1.1\r\n" HOST "\r\n");
    assert_non_null(strstr(client_answer(&c, false)->body, "{\"id\":\"1\""));
    client_send(&c, "\r\nGET /echo/2 HTTP/1.1\r\n" HOST "\r\n"
                    "\r\nGET /echo/3 HTTP/1.1\r\n" HOST "\r\n");
    assert_non_null(strstr(client_answer(&c, false)->body, "{\"id\":\"2\""));
    assert_non_null(strstr(client_answer(&c, false)->body, "{\"id\":\"3\""));
    client_close(&c);
}

/* More than is held back for a client while it is answered: the rest waits on its side. */
static void many_requests_ahead_are_all_answered(void **state)
{
    enum { REQUESTS = 2000 };
    static const char request[] = "GET /echo/1 HTTP/1.1\r\n" HOST "\r\n";
    struct https_client c = client_open(*state, NULL);
    char *all = calloc(REQUESTS + 1, sizeof request);

    assert_non_null(all);
    for (size_t i = 0; i < REQUESTS; i++)
        memcpy(all + i * (sizeof request - 1), request, sizeof request - 1);
    client_send(&c, all);
    for (int i = 0; i < REQUESTS; i++)
        assert_int_equal(client_answer(&c, false)->status, 200);
    free(all);
    client_close(&c);
}

static void a_body_that_was_announced_is_asked_for(void **state)
{
    struct https_client c = client_open(*state, NULL);

    client_send(&c, "POST /echo/1 HTTP/1.1\r\n" HOST "Content-Length: 3\r\n"
                    "Expect: 100-continue\r\n\r\n");
    assert_int_equal(client_answer(&c, false)->status, 100);
    client_send(&c, "abc");
    assert_int_equal(client_answer(&c, false)->status, 200);
    client_close(&c);
}

static void http_1_0_is_answered_and_closed(void **state)
{
    struct https_client c = client_open(*state, NULL);

    client_send(&c, "GET /hello HTTP/1.0\r\n\r\n");
    assert_string_equal(client_answer(&c, false)->body, "hello");
    assert_true(client_closed(&c));
    client_close(&c);
}

static void unknown_paths_and_methods_are_problem_documents(void **state)
{
    struct https_answer *a = world_ask(*state, "GET /nothing HTTP/1.1\r\n" HOST "\r\n");
    json_t *problem = NULL;

    assert_int_equal(a->status, 404);
    assert_string_equal(answer_field(a, "Content-Type"), "application/problem+json");
    problem = json_loads(a->body, 0, NULL);
    assert_string_equal(json_string_value(json_object_get(problem, "title")), "Not Found");
    assert_string_equal(json_string_value(json_object_get(problem, "type")), "about:blank");
    assert_int_equal(json_integer_value(json_object_get(problem, "status")), 404);
    json_decref(problem);
    a = world_ask(*state, "DELETE /echo/1 HTTP/1.1\r\n" HOST "\r\n");
    assert_int_equal(a->status, 405);
    assert_string_equal(answer_field(a, "Allow"), "OPTIONS, GET, HEAD, POST");
    a = world_ask(*state, "OPTIONS /echo/1 HTTP/1.1\r\n" HOST "\r\n");
    assert_int_equal(a->status, 204);
    assert_string_equal(answer_field(a, "Allow"), "OPTIONS, GET, HEAD, POST");
}

static void unknown_and_repeated_parameters_are_named(void **state)
{
    struct https_answer *a =
        world_ask(*state, "GET /strict?as_of=2025&lmit=1 HTTP/1.1\r\n" HOST "\r\n");

    assert_int_equal(a->status, 400);
    assert_non_null(strstr(a->body, "lmit"));
    assert_non_null(strstr(a->body, "as_of, limit"));
    a = world_ask(*state, "GET /strict?limit=1&limit=2 HTTP/1.1\r\n" HOST "\r\n");
    assert_int_equal(a->status, 400);
    a = world_ask(*state, "GET /strict?limit=1 HTTP/1.1\r\n" HOST "\r\n");
    assert_int_equal(a->status, 204);
    assert_null(answer_field(a, "Content-Length"));
}

static void each_error_has_its_status_and_ours_stay_in_the_log(void **state)
{
    static const struct {
        enum err code;
        int status;
        bool told;
    } table[] = {
        {ERR_INPUT, 400, true},  {ERR_NOT_FOUND, 404, true}, {ERR_CONFLICT, 409, true},
        {ERR_DENIED, 403, true}, {ERR_FULL, 503, false},     {ERR_BUSY, 503, false},
        {ERR_IO, 500, false},    {ERR_PEER, 503, false},     {ERR_UNKNOWN_OUTCOME, 503, false},
    };
    char request[128];

    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct https_answer *a = NULL;
        snprintf(request, sizeof request, "GET /failing/%d HTTP/1.1\r\n" HOST "\r\n",
                 (int)table[i].code);
        a = world_ask(*state, request);
        assert_int_equal(a->status, table[i].status);
        assert_int_equal(strstr(a->body, "the sentence") != NULL, table[i].told);
        assert_int_equal(answer_field(a, "Retry-After") != NULL, table[i].status == 503);
    }
}

static void accept_is_read_by_type_and_weight(void **state)
{
    static const struct {
        const char *accept;
        const char *body;
    } table[] = {
        {"text/csv", "csv"},      {"application/json, Text/CSV;q=0.5", "csv"},
        {"text/csv;q=0", "json"}, {"text/csv; q=0.000, */*", "json"},
        {"text/csvx", "json"},    {"*/*", "json"},
    };
    char request[256];

    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        snprintf(request, sizeof request, "GET /accepting HTTP/1.1\r\n" HOST "Accept: %s\r\n\r\n",
                 table[i].accept);
        assert_string_equal(world_ask(*state, request)->body, table[i].body);
    }
}

static void accept_encoding_is_read_alike(void **state)
{
    struct https_answer *a = world_ask(*state, "GET /coding HTTP/1.1\r\n" HOST
                                               "Accept-Encoding: br, gzip;q=0.5\r\n\r\n");

    assert_string_equal(a->body, "gzip");
    a = world_ask(*state, "GET /coding HTTP/1.1\r\n" HOST "Accept-Encoding: gzip;q=0\r\n\r\n");
    assert_string_equal(a->body, "plain");
    assert_string_equal(world_ask(*state, "GET /coding HTTP/1.1\r\n" HOST "\r\n")->body, "plain");
}

static void a_get_that_no_route_fits_can_be_answered_otherwise(void **state)
{
    struct https_answer *a = world_ask(*state, "GET /a%20b/c?q=1 HTTP/1.1\r\n" HOST "\r\n");

    assert_int_equal(a->status, 200);
    assert_string_equal(a->body, "/a b/c");
    assert_string_equal(world_ask(*state, "GET / HTTP/1.1\r\n" HOST "\r\n")->body, "/");
    assert_string_equal(world_ask(*state, "GET /hello HTTP/1.1\r\n" HOST "\r\n")->body, "hello");
    assert_int_equal(world_ask(*state, "HEAD /a HTTP/1.1\r\n" HOST "\r\n")->status, 200);
    assert_int_equal(world_ask(*state, "POST /a HTTP/1.1\r\n" HOST "\r\n")->status, 404);
    assert_int_equal(world_ask(*state, "DELETE /echo/1 HTTP/1.1\r\n" HOST "\r\n")->status, 405);
}

/* ---- who may what ---- */

static int ask_as(const struct https_world *w, const char *path, const char *token, X509 *cert)
{
    struct https_client c = client_open(w, cert);
    char request[256];
    int status = 0;

    snprintf(request, sizeof request, "GET %s HTTP/1.1\r\n" HOST "%s%s%s\r\n", path,
             token == NULL ? "" : "Authorization: Bearer ", token == NULL ? "" : token,
             token == NULL ? "" : "\r\n");
    client_send(&c, request);
    status = client_answer(&c, false)->status;
    client_close(&c);
    return status;
}

static void every_role_may_what_it_may(void **state)
{
    static const char *const paths[] = {"/hello", "/viewer",  "/officer",
                                        "/admin", "/gateway", "/clerks"};
    static const struct {
        const char *token;
        int status[6];
    } table[] = {
        {NULL, {200, 401, 401, 401, 403, 401}},
        {"viewer", {200, 200, 403, 403, 403, 200}},
        {"officer", {200, 200, 200, 403, 403, 200}},
        {"admin", {200, 200, 200, 200, 403, 200}},
        {"nobody", {200, 401, 401, 401, 403, 401}},
        {"busy", {200, 503, 503, 503, 403, 503}},
        {"gateway", {200, 403, 403, 403, 403, 403}},
        {"reporter", {200, 403, 403, 403, 403, 200}},
        {"department", {200, 403, 403, 403, 403, 403}},
    };

    for (size_t t = 0; t < sizeof table / sizeof table[0]; t++)
        for (size_t p = 0; p < 6; p++)
            assert_int_equal(ask_as(*state, paths[p], table[t].token, NULL), table[t].status[p]);
}

static int ask_with(struct https_world *w, const char *method, const char *fields)
{
    char request[400];

    snprintf(request, sizeof request,
             "%s /clerks HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n%s\r\n", method, fields);
    return world_ask(w, request)->status;
}

static void a_cookie_is_who_signed_in_and_changes_nothing_without_its_csrf_token(void **state)
{
    static const struct {
        const char *method, *fields;
        int status;
    } table[] = {
        {"GET", "Cookie: __Host-evroll=viewer\r\n", 200},
        {"GET", "Cookie: a=b; __Host-evroll=viewer; c=d\r\n", 200},
        {"GET", "Cookie: x__Host-evroll=viewer\r\n", 401},
        {"GET", "Cookie: __Host-evroll=nobody\r\n", 401},
        {"GET", "Cookie: __Host-evroll=department\r\n", 403},
        {"GET", "Cookie: __Host-evroll=viewer\r\nAuthorization: Bearer nobody\r\n", 401},
        {"POST", "Cookie: __Host-evroll=viewer\r\n", 403},
        {"POST", "Cookie: __Host-evroll=viewer\r\nX-CSRF-Token: w\r\n", 403},
        {"POST", "Cookie: __Host-evroll=viewer\r\nX-CSRF-Token: vv\r\n", 403},
        {"POST", "Cookie: __Host-evroll=viewer\r\nX-CSRF-Token: v\r\n", 200},
        {"POST", "Authorization: Bearer viewer\r\n", 200},
    };

    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        if (ask_with(*state, table[i].method, table[i].fields) != table[i].status)
            fail_msg("%s with %s", table[i].method, table[i].fields);
}

static void a_missing_token_is_challenged(void **state)
{
    struct https_answer *a = world_ask(*state, "GET /viewer HTTP/1.1\r\n" HOST "\r\n");

    assert_string_equal(answer_field(a, "WWW-Authenticate"), "Bearer realm=\"evroll\"");
    a = world_ask(*state, "GET /viewer HTTP/1.1\r\n" HOST "Authorization: Basic eDp5\r\n\r\n");
    assert_int_equal(a->status, 401);
    a = world_ask(*state, "GET /viewer HTTP/1.1\r\n" HOST "Authorization: bearer  no\r\n\r\n");
    assert_int_equal(a->status, 401);
    assert_non_null(strstr(answer_field(a, "WWW-Authenticate"), "invalid_token"));
}

static void only_a_gateways_certificate_opens_a_gateways_route(void **state)
{
    struct https_world *w = *state;
    X509 *gateway = leaf_make(w->key, "gw-1", "URI:urn:evroll:gateway:gw-1", 5, w->ca, w->key);
    X509 *unit = leaf_make(w->key, "bus-1", "URI:urn:evroll:unit:bus-1", 6, w->ca, w->key);
    X509 *liar = leaf_make(w->key, "gw-1", "URI:urn:evroll:gateway:gw-2", 7, w->ca, w->key);
    X509 *revoked = leaf_make(w->key, "gw-9", "URI:urn:evroll:gateway:gw-9", 77, w->ca, w->key);
    struct https_client c = client_open(w, gateway);

    client_send(&c, "POST /gateway/x HTTP/1.1\r\n" HOST "Content-Length: 1\r\n\r\n1");
    assert_non_null(strstr(client_answer(&c, false)->body, "\"who\":\"gw-1\""));
    client_close(&c);
    assert_int_equal(ask_as(w, "/gateway", NULL, gateway), 200);
    assert_int_equal(ask_as(w, "/viewer", NULL, gateway), 401);
    assert_int_equal(ask_as(w, "/viewer", "viewer", gateway), 200);
    assert_int_equal(ask_as(w, "/gateway", NULL, unit), 403);
    assert_int_equal(ask_as(w, "/gateway", "admin", unit), 403);
    assert_int_equal(ask_as(w, "/gateway", NULL, liar), 403);
    assert_int_equal(ask_as(w, "/gateway", NULL, revoked), 403);
    X509_free(gateway);
    X509_free(unit);
    X509_free(liar);
    X509_free(revoked);
}

static void a_strangers_certificate_gets_no_connection(void **state)
{
    struct https_world *w = *state;
    X509 *other_ca = ca_make(w->key, "another CA");
    X509 *cert = leaf_make(w->key, "gw-1", "URI:urn:evroll:gateway:gw-1", 5, other_ca, w->key);
    struct https_client c;

    /* TLS 1.3: the client's handshake may end before the server has looked at the certificate. */
    if (client_try(&c, w, cert))
        assert_false(client_read(&c));
    client_close(&c);
    X509_free(cert);
    X509_free(other_ca);
}

static void a_revocation_reaches_open_connections(void **state)
{
    struct https_world *w = *state;
    X509 *gateway = leaf_make(w->key, "gw-3", "URI:urn:evroll:gateway:gw-3", 33, w->ca, w->key);
    struct https_client c = client_open(w, gateway);
    time_t until = time(NULL) + PATIENCE_S;
    int status = 200;

    client_send(&c, "GET /gateway HTTP/1.1\r\n" HOST "\r\n");
    assert_int_equal(client_answer(&c, false)->status, 200);
    crl_write(w, (const uint64_t[]){77, 33}, 2);
    while (status == 200 && time(NULL) < until) {
        client_send(&c, "GET /gateway HTTP/1.1\r\n" HOST "\r\n");
        status = client_answer(&c, false)->status;
    }
    assert_int_equal(status, 403);
    client_close(&c);
    X509_free(gateway);
}

static void without_a_revocation_list_it_does_not_start(void **state)
{
    struct https_world *w = world_create();
    struct fault fault = {.text = ""};

    (void)state;
    w->options.crl_file = w->crl_file;
    assert_int_equal(http_server_start(&w->options, &w->server, &fault), ERR_INPUT);
    assert_non_null(strstr(fault.text, w->crl_file));
    assert_null(w->server);
    world_destroy(w);
}

/* ---- many at once ---- */

/* True when every request of this client was answered; asserts nothing, as it runs in a thread. */
static bool fifty_answers(struct https_client *c)
{
    static const char request[] = "GET /hello HTTP/1.1\r\n" HOST "\r\n";

    for (int i = 0; i < 50; i++) {
        if (SSL_write(c->ssl, request, sizeof request - 1) <= 0)
            return false;
        c->len = 0;
        c->got[0] = '\0';
        while (strstr(c->got, "hello") == NULL)
            if (!client_read(c))
                return false;
    }
    return true;
}

static void *hammer(void *arg)
{
    const struct https_world *w = arg;
    struct https_client c;
    bool all = client_try(&c, w, NULL) && fifty_answers(&c);

    client_close(&c);
    return all ? arg : NULL;
}

static void many_clients_are_served_at_once_and_counted(void **state)
{
    struct https_world *w = *state;
    pthread_t threads[16];
    struct arena *arena = arena_create();

    for (size_t i = 0; i < 16; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, hammer, w), 0);
    for (size_t i = 0; i < 16; i++) {
        void *done = NULL;
        pthread_join(threads[i], &done);
        assert_ptr_equal(done, w);
    }
    const char *text = http_server_metrics(w->server, arena);
    const char *line =
        strstr(text, "evroll_http_requests_total{method=\"GET\",route=\"/hello\",status=\"2xx\"} ");
    assert_non_null(line);
    assert_true(atoi(strchr(line, '}') + 2) >= 800);
    assert_non_null(strstr(text, "route=\"/hello\",le=\"+Inf\""));
    assert_non_null(strstr(text, "route=\"none\",status=\"4xx\""));
    assert_non_null(strstr(text, "\nevroll_http_handshake_failures_total "));
    arena_destroy(arena);
}

static void a_handler_gets_its_workers_context(void **state)
{
    assert_string_equal(world_ask(*state, "GET /context HTTP/1.1\r\n" HOST "\r\n")->body, shared);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_answer_carries_what_every_answer_carries),
        cmocka_unit_test(head_is_get_without_its_body),
        cmocka_unit_test(path_query_body_and_numbers_arrive),
        cmocka_unit_test(a_large_body_arrives_whole_in_any_pieces),
        cmocka_unit_test(a_request_a_byte_at_a_time_is_a_request),
        cmocka_unit_test(pipelined_requests_are_answered_in_order),
        cmocka_unit_test(an_empty_line_before_a_request_is_passed_over),
        cmocka_unit_test(many_requests_ahead_are_all_answered),
        cmocka_unit_test(a_body_that_was_announced_is_asked_for),
        cmocka_unit_test(http_1_0_is_answered_and_closed),
        cmocka_unit_test(unknown_paths_and_methods_are_problem_documents),
        cmocka_unit_test(unknown_and_repeated_parameters_are_named),
        cmocka_unit_test(each_error_has_its_status_and_ours_stay_in_the_log),
        cmocka_unit_test(accept_is_read_by_type_and_weight),
        cmocka_unit_test(accept_encoding_is_read_alike),
        cmocka_unit_test_setup_teardown(a_get_that_no_route_fits_can_be_answered_otherwise,
                                        setup_otherwise, teardown),
        cmocka_unit_test(every_role_may_what_it_may),
        cmocka_unit_test(a_cookie_is_who_signed_in_and_changes_nothing_without_its_csrf_token),
        cmocka_unit_test(a_missing_token_is_challenged),
        cmocka_unit_test(only_a_gateways_certificate_opens_a_gateways_route),
        cmocka_unit_test(a_strangers_certificate_gets_no_connection),
        cmocka_unit_test(a_revocation_reaches_open_connections),
        cmocka_unit_test(without_a_revocation_list_it_does_not_start),
        cmocka_unit_test(many_clients_are_served_at_once_and_counted),
        cmocka_unit_test(a_handler_gets_its_workers_context),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}

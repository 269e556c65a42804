/*
 * Everything that is decided about a request before its body is read, in the order of the checks:
 * the head's grammar, the target, the route, the caller, the size of the body.
 */
#include <string.h>
#include <strings.h>

#include "registry/http/http_internal.h"
#include "shared/log.h"

/* Who the client certificate names. OpenSSL has checked its chain; here: is it a gateway's? */
static void peer_look(struct http_conn *conn)
{
    X509 *cert = SSL_get0_peer_certificate(conn->ssl);
    struct fault fault;

    conn->peer_known = true;
    if (cert == NULL)
        return;
    if (tls_identity_of(cert, &conn->peer, &fault) != ERR_OK) {
        log_info("http", "client certificate not usable: %s", fault.text);
        return;
    }
    conn->peer_is_gateway = strcmp(conn->peer.kind, "gateway") == 0;
}

static bool gateway_admit(struct http_call *call)
{
    struct http_conn *conn = call->conn;
    const struct tls_revoked *revoked = conn->worker->revoked;

    if (!conn->peer_known)
        peer_look(conn);
    if (!conn->peer_is_gateway)
        return http_refuse(&call->refusal, 403,
                           "this is for gateways: come with the client "
                           "certificate of a gateway");
    if (revoked != NULL && tls_revoked_has(revoked, &conn->peer))
        return http_refuse(&call->refusal, 403, "the certificate of gateway %s is revoked",
                           conn->peer.name);
    call->principal.role = HTTP_GATEWAY;
    strncpy(call->principal.name, conn->peer.name, sizeof call->principal.name - 1);
    return true;
}

static bool challenge(struct http_call *call, const char *value, const char *detail)
{
    call->refusal.field = "WWW-Authenticate";
    call->refusal.value = value;
    return http_refuse(&call->refusal, 401, "%s", detail);
}

static const char *bearer_token(const struct http_call *call)
{
    const char *field = http_head_field(&call->head, "Authorization");

    if (field == NULL || strncasecmp(field, "Bearer ", 7) != 0)
        return NULL;
    field += 7;
    return field + strspn(field, " ");
}

static bool role_admit(struct http_call *call)
{
    const struct http_route *route = call->match.route;

    if (http_route_admits(route, call->principal.role))
        return true;
    return http_refuse(&call->refusal, 403, "this needs the role %s; yours is %s",
                       http_role_name(http_route_role(route)),
                       http_role_name(call->principal.role));
}

static bool bearer_admit(struct http_call *call, const char *token)
{
    const struct http_worker *worker = call->conn->worker;
    const struct http_options *options = &worker->server->options;
    enum err err = ERR_DENIED;

    if (options->authenticate != NULL)
        err = options->authenticate(worker->context, token, &call->principal);
    if (err == ERR_DENIED)
        return challenge(call, "Bearer realm=\"evroll\", error=\"invalid_token\"",
                         "the token is not known, has expired or was revoked");
    if (err != ERR_OK)
        return http_refuse(&call->refusal, 503, "the token cannot be checked now; try again");
    return true;
}

static bool changes_something(const struct http_call *call)
{
    return strcmp(call->head.method, "GET") != 0 && strcmp(call->head.method, "HEAD") != 0;
}

static bool csrf_fits(const struct http_call *call, const char *csrf)
{
    const char *sent = http_head_field(&call->head, "X-CSRF-Token");
    size_t len = strlen(csrf);

    return sent != NULL && strlen(sent) == len && tls_same_secret(sent, csrf, len);
}

static bool session_admit(struct http_call *call, const char *secret)
{
    const struct http_worker *worker = call->conn->worker;
    char csrf[HTTP_CSRF_SIZE] = "";
    enum err err = worker->server->options.session(worker->context, secret, &call->principal, csrf);

    if (err == ERR_DENIED)
        return challenge(call, "Bearer realm=\"evroll\"",
                         "nobody is signed in here, or the session has ended: sign in again");
    if (err != ERR_OK)
        return http_refuse(&call->refusal, 503, "the session cannot be checked now; try again");
    if (changes_something(call) && !csrf_fits(call, csrf))
        return http_refuse(&call->refusal, 403,
                           "X-CSRF-Token is missing or is not the session's; GET /v1/session has "
                           "it");
    return true;
}

static bool person_admit(struct http_call *call)
{
    const char *token = bearer_token(call);
    const char *secret = http_session(call);

    if (token != NULL)
        return bearer_admit(call, token) && role_admit(call);
    if (secret != NULL && call->conn->worker->server->options.session != NULL)
        return session_admit(call, secret) && role_admit(call);
    return challenge(call, "Bearer realm=\"evroll\"",
                     "a token is needed: send Authorization: Bearer TOKEN");
}

static bool caller_admit(struct http_call *call)
{
    enum http_role needed = http_route_role(call->match.route);

    if (needed == HTTP_ANYONE)
        return true;
    return needed == HTTP_GATEWAY ? gateway_admit(call) : person_admit(call);
}

/* While nobody can tell, the caller stays who it was. */
bool http_gate_still(struct http_call *call)
{
    call->refusal = (struct http_refusal){0};
    return caller_admit(call) || call->refusal.status == 503;
}

static bool route_admit(struct http_call *call)
{
    const struct http_options *options = &call->conn->worker->server->options;

    if (http_route_find(call->arena, options->routes, options->route_count, call->head.method,
                        &call->target, &call->match, &call->refusal))
        return true;
    if (call->refusal.status != 404 || options->otherwise == NULL || changes_something(call))
        return false;
    call->refusal = (struct http_refusal){.status = 0};
    call->match = (struct http_match){.route = options->otherwise, .index = options->route_count};
    return true;
}

static bool size_admit(struct http_call *call)
{
    size_t max = call->match.route->body_max;

    if (call->head.content_length <= max)
        return true;
    if (max == 0)
        return http_refuse(&call->refusal, 413, "%s takes no body here", call->head.method);
    return http_refuse(&call->refusal, 413, "the body has %llu bytes; at most %zu are taken",
                       (unsigned long long)call->head.content_length, max);
}

bool http_gate_admit(struct http_call *call, const char *head, size_t len)
{
    if (!http_head_parse(call->arena, head, len, &call->head, &call->refusal)) {
        call->close = true;
        return false;
    }
    call->close = call->head.wants_close;
    return http_target_parse(call->arena, call->head.target, &call->target, &call->refusal) &&
           route_admit(call) && caller_admit(call) && size_admit(call);
}

/*
 * http: an HTTPS server that is handed its routes. It knows no store and no rule; a handler gets
 * one call, answers it once, and returns.
 *
 * TLS 1.2 and 1.3 by OpenSSL below libevent's evhttp; one event loop and one worker context per
 * core, all listening on one port (SO_REUSEPORT). Client certificates are asked for, not required.
 *
 * Every request has an absolute deadline and a size limit, and is judged in front of the routes,
 * when its head is there and before its body is read. evhttp hides much of what RFC 9112 forbids
 * (it cuts a field at a NUL, joins folded lines, takes a bare LF, lets trailers become fields), so
 * it never reads a client's head: the bytes are held back, read strictly (http_head.h), and evhttp
 * gets a head of our own words (http_internal.h). Only what TLS itself hides stays unseen: a client
 * that closes its side at once after a request is treated as gone. Bodies need a Content-Length;
 * a request in chunks is answered 411.
 *
 * A caller shows a bearer token, or the cookie of a signed-in browser. With the cookie, a request that
 * changes something must carry the session's CSRF token in the field X-CSRF-Token.
 *
 * Errors to the client are RFC 9457 problem documents. HEAD, OPTIONS, 405 with Allow, 404 are
 * answered here. Threads: a call belongs to its worker's thread; handlers may block only on the
 * database.
 */
#ifndef EVROLL_REGISTRY_HTTP_HTTP_H
#define EVROLL_REGISTRY_HTTP_HTTP_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/arena.h"
#include "shared/clock.h"
#include "shared/err.h"

struct http_call; /* one request and its answer */

/* Who may call a route. ANYONE: no credential needed. GATEWAY: a gateway's client certificate.
 * The bureau's roles are ordered: an admin may what an officer may, an officer what a viewer may.
 * Outside people (REPORTER: an enterprise's clerk; DEPARTMENT: another department's viewer) may
 * only what a route opens to them by HTTP_ALSO; its handler narrows what they see to their
 * principal's `org`. */
enum http_role {
    HTTP_ANYONE,
    HTTP_REPORTER,
    HTTP_DEPARTMENT,
    HTTP_VIEWER,
    HTTP_OFFICER,
    HTTP_ADMIN,
    HTTP_GATEWAY
};

const char *http_role_name(enum http_role role);
enum http_role http_role_parse(const char *name); /* HTTP_ANYONE when unknown */

struct http_principal {
    enum http_role role; /* HTTP_ANYONE: nobody in particular */
    char name[64];       /* the token's name, or the certificate's CN */
    char org[193];       /* REPORTER: its org_id; DEPARTMENT: its name as plans write it; else "" */
    bool manages;        /* somebody signed in who manages the accounts of that org */
};

/* An outside role beside the bureau's lowest: HTTP_VIEWER | HTTP_ALSO(HTTP_REPORTER). */
#define HTTP_ALSO(role) (1u << (8u + (unsigned)(role)))

typedef void http_handler(struct http_call *call);

struct http_route {
    const char *method;  /* "GET", "POST", "PATCH", "PUT", "DELETE" */
    const char *pattern; /* "/v1/vehicles/{id}/history"; {x} is one segment, percent-decoded */
    unsigned role;       /* an enum http_role, with HTTP_ALSO(…) for outside people */
    size_t body_max;     /* bytes; 0: no body */
    http_handler *handler;
};

/* The role without the outside ones, and whether a role may call the route, or do what `wanted` (as
 * in a route) is for. */
enum http_role http_route_role(const struct http_route *route);
bool http_role_admits(unsigned wanted, enum http_role role);
/* The one org whose things the caller may see; NULL for who is bound to none. */
const char *http_own_org(const struct http_principal *principal);
bool http_route_admits(const struct http_route *route, enum http_role role);

/* ---- the request ---- */
/* The worker's context, or what http_set_context put in its place. */
void *http_context(const struct http_call *call);
struct arena *http_arena(const struct http_call *call);
const struct http_principal *http_principal(const struct http_call *call);
const char *http_path(const struct http_call *call); /* percent-decoded, without the query */
const char *http_path_value(const struct http_call *call,
                            const char *name); /* never NULL for a pattern's name */
const char *http_query(const struct http_call *call, const char *name);  /* NULL when absent */
const char *http_header(const struct http_call *call, const char *name); /* NULL when absent */
const char *http_session(const struct http_call *call); /* the cookie's value; NULL: none */
const uint8_t *http_body(const struct http_call *call, size_t *len);
bool http_accepts(const struct http_call *call, const char *type); /* does Accept name this type? */
bool http_takes_coding(const struct http_call *call, const char *coding); /* …Accept-Encoding */

/* The names of all query parameters that are not in `known` (NULL-terminated) are an error a
 * handler can refuse with one line: answers 400 and returns false. */
bool http_query_known(struct http_call *call, const char *const *known);

/* ---- the answer: exactly one of these ---- */
#define HTTP_NOTHING_HERE "there is nothing at this path; see /openapi.yaml"
void http_reply_json(struct http_call *call, int status, json_t *steals);
/* The body that this would send; free() it. */
char *http_json_text(const json_t *json);
void http_reply_text(struct http_call *call, int status, const char *type, const char *text);
void http_reply_bytes(struct http_call *call, int status, const char *type, const void *bytes,
                      size_t len);
void http_reply_empty(struct http_call *call, int status);
/* RFC 9457: `detail` says what, where, what to do. Members may be added with
 * http_reply_problem_with. */
void http_reply_problem(struct http_call *call, int status, const char *detail, ...)
    __attribute__((format(printf, 3, 4)));
void http_reply_problem_with(struct http_call *call, int status, const char *detail,
                             json_t *steals_members);
/* The problem that an enum err is: input 400, not-found 404, conflict 409, denied 403, full and
 * busy 503 with Retry-After, io and others 500. */
void http_reply_fault(struct http_call *call, const struct fault *fault);
void http_add_header(struct http_call *call, const char *name,
                     const char *value); /* before replying */

/* ---- an answer that goes on: server-sent events (WHATWG HTML 9.2) ---- */

/* Something that happened, for those who watch. A few bytes: who wants to know more asks for it. */
struct http_event {
    const char *name; /* one word */
    const char *data; /* JSON on one line */
    unsigned role;    /* who may see it, as in a route */
    const char *org;  /* of reporters only this enterprise's see it; NULL: none of them */
};

/* Answers with what is published from now on, or after the field Last-Event-ID; where some of that
 * is gone, an event `missed` says that all has to be read again. A sign of life every `beat_s`; then
 * the token or session is looked at again, and the stream ends with it. 429, 503: too many streams.
 * Watching holds no thread. */
void http_reply_events(struct http_call *call);

/* ---- the server ---- */
struct http_server;

/* Finds out who sends a bearer token; runs on the worker's thread with its context. ERR_DENIED:
 * nobody. */
typedef enum err http_authenticate(void *context, const char *token,
                                   struct http_principal *principal);

/* The same for the cookie of a signed-in browser; gives the session's CSRF token too. */
#define HTTP_SESSION_COOKIE "__Host-evroll" /* this host, TLS and the path / only (RFC 6265bis) */
#define HTTP_CSRF_SIZE      44
typedef enum err http_session_verify(void *context, const char *secret,
                                     struct http_principal *principal,
                                     char csrf[static HTTP_CSRF_SIZE]);

/* Calls a route's handler, and does what belongs before and after it. */
typedef void http_serve(struct http_call *call, const struct http_route *route);
/* What http_context gives from now on, until the answer. */
void http_set_context(struct http_call *call, void *context);

struct http_options {
    const char *address; /* "127.0.0.1", "::1" */
    uint16_t port;       /* 0: any free one */
    const char *cert_file, *key_file;
    const char *client_ca_file; /* who signs gateways' certificates */
    const char *crl_file;       /* NULL: none */
    unsigned workers;           /* 0: one a core */
    /* From the first byte of a request (for the first one: from the connection, its TLS handshake
     * included) to its last, and once more for taking the answer. 0: 30 s. */
    unsigned request_deadline_s;
    unsigned idle_s;          /* between two requests; 0: 75 s */
    unsigned beat_s;          /* between two signs of life of a stream; 0: 15 s */
    unsigned connections_max; /* shared out evenly to the workers; 0: 1024 */
    const struct http_route *routes;
    size_t route_count;
    http_authenticate *authenticate;
    http_session_verify *session; /* NULL: nobody signs in */
    /* What answers a GET whose path no pattern fits, such as a dashboard's views. NULL: 404. */
    const struct http_route *otherwise;
    http_serve *serve; /* NULL: the handler is called */
    void *(*context_create)(void *shared, unsigned worker,
                            struct fault *fault); /* NULL on failure */
    void (*context_destroy)(void *context);
    void *shared;
    const struct clock *clock;
};

enum err http_server_start(const struct http_options *options, struct http_server **server,
                           struct fault *fault) ERR_CHECKED;
uint16_t http_server_port(const struct http_server *server);
/* Stops accepting, lets running requests end (at most `grace_s`), frees everything. */
void http_server_stop(struct http_server *server, unsigned grace_s);

/* To all who watch and may see it; copied. Any thread. */
void http_server_publish(struct http_server *server, const struct http_event *event);

/* Prometheus text of requests by route and status, durations, connections: appended to `text` in
 * the arena. */
char *http_server_metrics(struct http_server *server, struct arena *arena);

#endif

/*
 * http_internal: what only registry/http may see: a connection, the one request it serves, a
 * worker.
 *
 * The way of a request:
 *
 *   TLS bytes ─▶ http_conn (holds them back) ─▶ http_gate (head, target, route, caller, size)
 *        ─▶ a head of our own words + the body ─▶ evhttp ─▶ http_call ─▶ handler ─▶ http_reply
 *
 * evhttp frames bodies, keeps connections alive and writes answers. What a client wrote in its head
 * never reaches evhttp's parser, which cuts fields at a NUL, joins folded lines, takes bare LF and
 * has no hook between head and body; it gets "METHOD / HTTP/1.x" with the few fields it acts upon.
 * So nothing that RFC 9112 forbids is invisible, and an unwanted body is refused before it is read.
 */
#ifndef EVROLL_REGISTRY_HTTP_HTTP_INTERNAL_H
#define EVROLL_REGISTRY_HTTP_HTTP_INTERNAL_H

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/http.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <sys/queue.h>

#include "registry/http/http.h"
#include "registry/http/http_events.h"
#include "registry/http/http_head.h"
#include "registry/http/http_metric.h"
#include "registry/http/http_route.h"
#include "registry/http/http_target.h"
#include "shared/tls/tls.h"

struct http_conn;
struct http_server;

/* Life of a call: from the end of its head to the end of its answer; at most one a connection. */
struct http_call {
    struct http_conn *conn;
    struct evhttp_request *request; /* NULL until the body is there */
    struct arena *arena;
    struct http_head head;
    struct http_target target;
    struct http_match match;
    struct http_principal principal;
    struct http_refusal refusal;
    void *context; /* NULL: the worker's */
    int64_t began_ms;
    bool close; /* the connection ends with this answer */
    bool replied;
};

/*
 *   HEAD ──head complete──▶ BODY ──all bytes──▶ ANSWER ──written──▶ HEAD
 *    │                                            ▲
 *    └──refused, body on its way──▶ DISCARD ──────┘
 */
enum http_stage { HTTP_STAGE_HEAD, HTTP_STAGE_BODY, HTTP_STAGE_DISCARD, HTTP_STAGE_ANSWER };

struct http_conn {
    LIST_ENTRY(http_conn) links;
    struct http_worker *worker;
    struct bufferevent *bev; /* evhttp's; its end is the connection's end */
    SSL *ssl;
    struct event *deadline;
    struct evbuffer *held; /* what evhttp must not see yet */
    enum http_stage stage;
    uint64_t left; /* bytes of the body still to come */
    bool idle;     /* between requests */
    bool moving;   /* we ourselves move bytes through the input buffer */
    bool peer_known;
    bool peer_is_gateway;
    struct tls_identity peer;
    bool streaming; /* the answer goes on (http_stream) */
    bool ending;    /* it went on, and its end is written in the loop's next turn */
    uint64_t seen;  /* the number of the last event it was given */
    struct http_watcher watcher;
    struct http_call call;
};

struct http_worker {
    struct http_server *server;
    unsigned number;
    pthread_t thread;
    struct event_base *base;
    struct evhttp *http;
    struct evhttp_bound_socket *listener;
    struct event *stop;    /* made active by the stopping thread */
    struct event *grace;   /* the end of patience after that */
    struct event *refresh; /* looks for a new revocation list */
    struct event *news;    /* made active when there are events for streams */
    struct tls_revoked *revoked;
    void *context;
    unsigned connections_max;
    unsigned connections;
    bool stopping;
    LIST_HEAD(http_conns, http_conn) conns;
    struct http_metric metric;
};

struct http_server {
    struct http_options options;
    SSL_CTX *tls;
    int conn_index; /* where an SSL keeps its http_conn */
    struct http_events *events;
    uint16_t port;
    unsigned grace_s;
    unsigned worker_count;
    unsigned running;
    struct http_worker *workers;
};

/* ---- http_conn: one client ---- */

/* evhttp's callback for a new connection of the worker `arg`. Never NULL: evhttp would speak plain HTTP then. */
struct bufferevent *http_conn_open(struct event_base *base, void *arg);
/* Called by OpenSSL when the SSL of the connection `arg` is freed. */
void http_conn_freed(void *parent, void *arg, CRYPTO_EX_DATA *data, int index, long argl,
                     void *argp);
/* evhttp's callback for a request whose body is complete, at the worker `arg`. */
void http_conn_serve(struct evhttp_request *request, void *arg);
/* Ends it in both directions; evhttp then frees it the ordinary way. */
void http_conn_cut(struct http_conn *conn);

/* ---- http_gate: everything in front of the routes ---- */

/* False: call->refusal says why the request is not served. */
bool http_gate_admit(struct http_call *call, const char *head, size_t len);
/* May the caller of an answer that goes on still have it? */
bool http_gate_still(struct http_call *call);

/* ---- http_reply ---- */
void http_reply_refusal(struct http_call *call);
/* The head of an answer whose body is written by the caller. */
void http_reply_begin(struct http_call *call, int status, const char *type);
const char *http_reply_phrase(int status);

/* ---- http_stream: an answer that goes on ---- */
void http_stream_end(struct http_conn *conn);
void http_stream_finish(struct http_conn *conn); /* one that is ending */
void http_stream_beat(struct http_conn *conn);   /* every beat_s */
/* The callback of a worker's `news`. */
void http_stream_news(evutil_socket_t fd, short what, void *arg);

/* ---- http_worker ---- */
enum err http_worker_open(struct http_worker *worker, struct fault *fault) ERR_CHECKED;
enum err http_worker_run(struct http_worker *worker, struct fault *fault) ERR_CHECKED;
void http_worker_stop(struct http_worker *worker); /* from any thread */
void http_worker_close(struct http_worker *worker);

#endif

/*
 * An answer that goes on: events are written as they come, until the client goes, its session or
 * token ends, or the server stops.
 *
 *     handler ─▶ http_reply_events ─▶ head, what was missed
 *     http_server_publish (any thread) ─▶ each worker's `news` ─▶ its streams
 *     every beat_s a stream: who watches is asked for again, then a comment as a sign of life
 *
 * evhttp frees a connection whenever its peer is gone, and leaves a request that is not answered to
 * whoever answers it: stream_gone ends the answer then.
 */
#include <assert.h>
#include <string.h>

#include "registry/http/http_internal.h"

#define EVENT_STREAM "text/event-stream"
#define RETRY_MS     3000
#define LIFE         ": \n\n"

/* What may wait for a client; beyond it nothing is added until it has taken some. */
#define WAITING_MAX (64u << 10)

static size_t waiting(const struct http_conn *conn)
{
    return evbuffer_get_length(bufferevent_get_output(conn->bev));
}

static void send_chunk(struct http_conn *conn, struct evbuffer *chunk)
{
    evhttp_send_reply_chunk(conn->call.request, chunk);
}

static void send_news(struct http_conn *conn)
{
    struct evbuffer *chunk = NULL;

    if (waiting(conn) > WAITING_MAX)
        return;
    chunk = evbuffer_new();
    assert(chunk != NULL);
    http_events_write(conn->worker->server->events, &conn->call.principal, &conn->seen, chunk);
    send_chunk(conn, chunk);
    evbuffer_free(chunk);
}

/* ---- beginning and end ---- */

/* That an earlier chunk was written, the bufferevent says in the loop's next turn, and evhttp would
 * take it for the end's: the end waits until that was said. */
void http_stream_end(struct http_conn *conn)
{
    static const struct timeval next_turn = {0};

    conn->streaming = false;
    conn->ending = true;
    http_events_leave(conn->worker->server->events, &conn->watcher);
    atomic_fetch_sub_explicit(&conn->worker->metric.streams, 1, memory_order_relaxed);
    event_add(conn->deadline, &next_turn);
}

void http_stream_finish(struct http_conn *conn)
{
    conn->ending = false;
    evhttp_send_reply_end(conn->call.request);
}

static void stream_gone(struct evhttp_connection *evcon, void *arg)
{
    struct http_conn *conn = arg;

    (void)evcon;
    if (conn->streaming)
        http_stream_end(conn);
    if (conn->ending)
        http_stream_finish(conn);
}

/* Streams hold at most half of a worker's connections: the rest is for requests. */
static bool place_take(struct http_call *call)
{
    struct http_conn *conn = call->conn;
    struct http_worker *worker = conn->worker;

    if (worker->stopping ||
        http_metric_get(&worker->metric.streams) >= worker->connections_max / 2) {
        http_add_header(call, "Retry-After", "30");
        http_reply_problem(call, 503,
                           "no more streams can be opened now; ask again in half a minute");
        return false;
    }
    if (!http_events_enter(worker->server->events, &conn->watcher, call->principal.name)) {
        http_add_header(call, "Retry-After", "30");
        http_reply_problem(call, 429, "%u streams of %s are open already; close one",
                           HTTP_EVENTS_PER_CALLER, call->principal.name);
        return false;
    }
    http_metric_add(&worker->metric.streams, 1);
    return true;
}

static void send_beginning(struct http_conn *conn)
{
    struct http_call *call = &conn->call;
    const char *last_id = http_head_field(&call->head, "Last-Event-ID");
    struct evbuffer *chunk = evbuffer_new();

    assert(chunk != NULL);
    evbuffer_add_printf(chunk, "retry: %d\n\n", RETRY_MS);
    if (!http_events_begin(conn->worker->server->events, last_id, &conn->seen))
        evbuffer_add_printf(chunk, HTTP_EVENT_MISSED);
    send_chunk(conn, chunk);
    evbuffer_free(chunk);
    send_news(conn);
}

void http_reply_events(struct http_call *call)
{
    struct http_conn *conn = call->conn;
    struct evhttp_connection *evcon = evhttp_request_get_connection(call->request);

    if (strcmp(call->head.method, "HEAD") == 0) {
        http_reply_text(call, 200, EVENT_STREAM, "");
        return;
    }
    if (!place_take(call))
        return;
    call->close = true;
    http_reply_begin(call, 200, EVENT_STREAM);
    evhttp_connection_set_closecb(evcon, stream_gone, conn);
    conn->streaming = true;
    evhttp_send_reply_start(call->request, 200, http_reply_phrase(200));
    /* evhttp's own patience with a silent client; the beat looks after this one. */
    bufferevent_set_timeouts(conn->bev, NULL, NULL);
    send_beginning(conn);
}

/* ---- life ---- */

void http_stream_news(evutil_socket_t fd, short what, void *arg)
{
    struct http_worker *worker = arg;
    struct http_conn *conn = NULL;

    (void)fd;
    (void)what;
    LIST_FOREACH(conn, &worker->conns, links)
    if (conn->streaming)
        send_news(conn);
}

/* Whatever was sent by the last beat has had its time to leave. */
void http_stream_beat(struct http_conn *conn)
{
    struct evbuffer *chunk = NULL;

    if (waiting(conn) > 0) {
        http_metric_add(&conn->worker->metric.cut_off, 1);
        http_conn_cut(conn);
        return;
    }
    if (!http_gate_still(&conn->call)) {
        http_stream_end(conn);
        return;
    }
    chunk = evbuffer_new();
    assert(chunk != NULL);
    evbuffer_add_printf(chunk, LIFE);
    send_chunk(conn, chunk);
    evbuffer_free(chunk);
    send_news(conn);
}

void http_server_publish(struct http_server *server, const struct http_event *event)
{
    http_events_add(server->events, event);
    for (unsigned i = 0; i < server->running; i++)
        event_active(server->workers[i].news, 0, 0);
}

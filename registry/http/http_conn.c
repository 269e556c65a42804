/*
 * One client: its TLS, what is held back from evhttp, its deadlines.
 *
 * The callback on the TLS bufferevent's input buffer runs before evhttp reads. It takes out what
 * came, waits for a whole head, has the gate judge it, and puts a head of our own words there in
 * its place. The next head waits until the answer to this one is written. Bytes of a body stay
 * where they are. The connection's end is the end of its SSL, whoever caused it: OpenSSL's ex_data
 * calls http_conn_freed, so connections that die in the handshake are not forgotten.
 */
#include <assert.h>
#include <event2/bufferevent_ssl.h>
#include <sys/socket.h>

#include "registry/http/http_internal.h"
#include "shared/log.h"

/* A refused body up to this size is read and dropped before the answer: closing a socket with
 * unread bytes resets it, and the client would lose the answer that says why. */
#define DISCARD_MAX (16u << 20)

/* Requests that a client sends ahead while it does not read its answers: beyond this they stay with it. */
#define HELD_MAX (64u << 10)

/* A handler may have blocked for long since the loop looked at the clock. */
static void deadline_set(struct http_conn *conn, unsigned seconds)
{
    const struct timeval tv = {.tv_sec = (time_t)seconds};

    event_base_update_cache_time(conn->worker->base);
    event_add(conn->deadline, &tv);
}

void http_conn_cut(struct http_conn *conn)
{
    shutdown(bufferevent_getfd(conn->bev), SHUT_RDWR);
}

static void deadline_passed(evutil_socket_t fd, short what, void *arg)
{
    struct http_conn *conn = arg;

    (void)fd;
    (void)what;
    if (conn->ending) {
        deadline_set(conn, conn->worker->server->options.request_deadline_s);
        http_stream_finish(conn);
        return;
    }
    if (conn->streaming) {
        deadline_set(conn, conn->worker->server->options.beat_s);
        http_stream_beat(conn);
        return;
    }
    http_metric_add(&conn->worker->metric.cut_off, 1);
    http_conn_cut(conn);
}

/* ---- from the gate to evhttp ---- */

static void begin(struct http_conn *conn)
{
    const struct http_options *options = &conn->worker->server->options;

    conn->call = (struct http_call){.conn = conn,
                                    .arena = arena_create(),
                                    .head = {.method = "GET", .minor = 1},
                                    .match = {.index = options->route_count},
                                    .began_ms = clock_mono_ms(options->clock)};
}

static void end(struct http_conn *conn)
{
    arena_destroy(conn->call.arena);
    conn->call = (struct http_call){.conn = conn};
}

/* What evhttp needs to know of the head. A refused request has no body for it. */
static void hand_over(struct http_conn *conn)
{
    const struct http_call *call = &conn->call;
    bool served = call->refusal.status == 0;
    struct evbuffer *input = bufferevent_get_input(conn->bev);

    evbuffer_add_printf(input, "%s / HTTP/1.%d\r\n", call->head.method, call->head.minor);
    if (served && call->head.content_length > 0) {
        evbuffer_add_printf(input, "Content-Length: %llu\r\n",
                            (unsigned long long)call->head.content_length);
        if (call->head.expects_continue)
            evbuffer_add_printf(input, "Expect: 100-continue\r\n");
    }
    evbuffer_add_printf(input, "\r\n");
    conn->left = served ? call->head.content_length : 0;
    conn->stage = conn->left > 0 ? HTTP_STAGE_BODY : HTTP_STAGE_ANSWER;
}

static void refuse(struct http_conn *conn)
{
    struct http_call *call = &conn->call;
    uint64_t body = call->head.content_length;

    if (!call->close && body > 0 && body <= DISCARD_MAX && !call->head.expects_continue) {
        conn->left = body;
        conn->stage = HTTP_STAGE_DISCARD;
        return;
    }
    call->close |= body > 0;
    hand_over(conn);
}

/* ---- the stages; each gives false when it needs more bytes or the answer first ---- */

/* RFC 9112 2.2: an empty line before a request is to be passed over. */
static void skip_empty_line(struct evbuffer *held)
{
    char first[2];

    if (evbuffer_copyout(held, first, 2) == 2 && first[0] == '\r' && first[1] == '\n')
        evbuffer_drain(held, 2);
}

static void wake_from_idle(struct http_conn *conn)
{
    if (!conn->idle)
        return;
    conn->idle = false;
    deadline_set(conn, conn->worker->server->options.request_deadline_s);
}

static bool head_step(struct http_conn *conn)
{
    const char *bytes = NULL;
    size_t have = 0, looked = 0, len = 0;

    if (evbuffer_get_length(conn->held) == 0)
        return false;
    wake_from_idle(conn);
    skip_empty_line(conn->held);
    have = evbuffer_get_length(conn->held);
    looked = have < HTTP_HEAD_BYTES_MAX ? have : HTTP_HEAD_BYTES_MAX;
    bytes = (const char *)evbuffer_pullup(conn->held, (ev_ssize_t)looked);
    len = bytes == NULL ? 0 : http_head_end(bytes, looked);
    if (len == 0 && have < HTTP_HEAD_BYTES_MAX)
        return false;
    begin(conn);
    if (len == 0) {
        http_refuse(&conn->call.refusal, 431, "the head has more than %u bytes",
                    HTTP_HEAD_BYTES_MAX);
        conn->call.close = true;
        hand_over(conn);
    } else if (http_gate_admit(&conn->call, bytes, len)) {
        hand_over(conn);
    } else {
        refuse(conn);
    }
    evbuffer_drain(conn->held, len);
    return true;
}

static bool body_step(struct http_conn *conn)
{
    struct evbuffer *input = bufferevent_get_input(conn->bev);
    int moved = 0;

    if (conn->left > 0) {
        size_t want = conn->left < INT32_MAX ? (size_t)conn->left : INT32_MAX;
        moved = evbuffer_remove_buffer(conn->held, input, want);
        conn->left -= moved > 0 ? (uint64_t)moved : 0;
    }
    if (conn->left > 0)
        return false;
    conn->stage = HTTP_STAGE_ANSWER;
    return true;
}

static bool discard_step(struct http_conn *conn)
{
    size_t have = evbuffer_get_length(conn->held);
    size_t n = have < conn->left ? have : (size_t)conn->left;

    evbuffer_drain(conn->held, n);
    conn->left -= n;
    if (conn->left > 0)
        return false;
    hand_over(conn);
    return true;
}

/* While an answer is due nothing moves, and after the last one nothing ever does. */
static bool answer_step(struct http_conn *conn)
{
    if (conn->call.close)
        evbuffer_drain(conn->held, evbuffer_get_length(conn->held));
    return false;
}

static bool (*const steps[])(struct http_conn *conn) = {
    [HTTP_STAGE_HEAD] = head_step,
    [HTTP_STAGE_BODY] = body_step,
    [HTTP_STAGE_DISCARD] = discard_step,
    [HTTP_STAGE_ANSWER] = answer_step,
};

static void pump(struct http_conn *conn)
{
    conn->moving = true;
    while (steps[conn->stage](conn))
        ;
    conn->moving = false;
}

/* ---- bytes from TLS ---- */

/* Takes the last `n` bytes out of the input. They are copied: moving the buffer's chunks would keep
 * a whole one for each byte that a client sends alone. */
static void hold_back(struct http_conn *conn, struct evbuffer *input, size_t n)
{
    struct evbuffer *front = evbuffer_new();
    char chunk[4096];
    int got = 0;

    assert(front != NULL);
    evbuffer_remove_buffer(input, front, evbuffer_get_length(input) - n);
    while ((got = evbuffer_remove(input, chunk, sizeof chunk)) > 0)
        evbuffer_add(conn->held, chunk, (size_t)got);
    evbuffer_add_buffer(input, front);
    evbuffer_free(front);
}

static void input_changed(struct evbuffer *input, const struct evbuffer_cb_info *info, void *arg)
{
    struct http_conn *conn = arg;
    size_t n = info->n_added;

    if (n == 0 || conn->moving)
        return;
    if (conn->stage == HTTP_STAGE_BODY && evbuffer_get_length(conn->held) == 0 && n <= conn->left) {
        conn->left -= n;
    } else {
        conn->moving = true;
        hold_back(conn, input, n);
    }
    /* evhttp reads again when the answer is written. */
    if (conn->stage == HTTP_STAGE_ANSWER && evbuffer_get_length(conn->held) > HELD_MAX)
        bufferevent_disable(conn->bev, EV_READ);
    pump(conn);
}

/* ---- requests, as evhttp hands them out ---- */

static struct http_conn *conn_of(struct evhttp_request *request, const struct http_worker *worker)
{
    struct evhttp_connection *evcon = evhttp_request_get_connection(request);
    SSL *ssl = bufferevent_openssl_get_ssl(evhttp_connection_get_bufferevent(evcon));

    return SSL_get_ex_data(ssl, worker->server->conn_index);
}

static void answered(struct evhttp_request *request, void *arg)
{
    struct http_conn *conn = arg;
    bool last = conn->call.close;

    (void)request;
    end(conn);
    if (last)
        return;
    conn->idle = true;
    conn->stage = HTTP_STAGE_HEAD;
    deadline_set(conn, conn->worker->server->options.idle_s);
    if (conn->worker->stopping && evbuffer_get_length(conn->held) == 0)
        http_conn_cut(conn);
    else
        pump(conn);
}

void http_conn_serve(struct evhttp_request *request, void *arg)
{
    struct http_worker *worker = arg;
    const struct http_options *options = &worker->server->options;
    struct http_conn *conn = conn_of(request, worker);
    struct http_call *call = &conn->call;

    assert(conn->stage == HTTP_STAGE_ANSWER && call->arena != NULL && !call->replied);
    call->request = request;
    call->close |= worker->stopping;
    evhttp_request_set_on_complete_cb(request, answered, conn);
    if (call->refusal.status != 0)
        http_reply_refusal(call);
    else if (options->serve != NULL)
        options->serve(call, call->match.route);
    else
        call->match.route->handler(call);
    assert(call->replied);
    /* The time a handler takes is ours; the time to take the answer is the client's. */
    deadline_set(conn, conn->streaming ? options->beat_s : options->request_deadline_s);
}

/* ---- opening and end ---- */

/* A bufferevent that cannot take a socket: evhttp then closes the socket at once. */
static struct bufferevent *dead_end(struct event_base *base)
{
    struct bufferevent *pair[2] = {NULL, NULL};
    int failed = bufferevent_pair_new(base, BEV_OPT_CLOSE_ON_FREE, pair);

    assert(failed == 0);
    bufferevent_free(pair[1]);
    return pair[0];
}

static void conn_register(struct http_conn *conn, struct http_worker *worker)
{
    LIST_INSERT_HEAD(&worker->conns, conn, links);
    worker->connections++;
    http_metric_add(&worker->metric.connections, 1);
    http_metric_add(&worker->metric.accepted, 1);
}

struct bufferevent *http_conn_open(struct event_base *base, void *arg)
{
    struct http_worker *worker = arg;
    struct http_conn *conn = NULL;
    SSL *ssl = NULL;
    int kept = 0;

    if (worker->connections >= worker->connections_max) {
        http_metric_add(&worker->metric.turned_away, 1);
        return dead_end(base);
    }
    ssl = SSL_new(worker->server->tls);
    if (ssl == NULL) {
        log_error("http", "no memory for another TLS connection; it is closed");
        return dead_end(base);
    }
    conn = mem_alloc(1, sizeof *conn);
    conn->worker = worker;
    conn->ssl = ssl;
    conn->held = evbuffer_new();
    conn->deadline = evtimer_new(base, deadline_passed, conn);
    conn->bev = bufferevent_openssl_socket_new(base, -1, ssl, BUFFEREVENT_SSL_ACCEPTING,
                                               BEV_OPT_CLOSE_ON_FREE);
    assert(conn->held != NULL && conn->deadline != NULL && conn->bev != NULL);
    kept = SSL_set_ex_data(ssl, worker->server->conn_index, conn);
    assert(kept == 1);
    conn_register(conn, worker);
    evbuffer_add_cb(bufferevent_get_input(conn->bev), input_changed, conn);
    deadline_set(conn, worker->server->options.request_deadline_s);
    return conn->bev;
}

void http_conn_freed(void *parent, void *arg, CRYPTO_EX_DATA *data, int index, long argl,
                     void *argp)
{
    struct http_conn *conn = arg;
    struct http_worker *worker = NULL;

    (void)data;
    (void)index;
    (void)argl;
    (void)argp;
    if (conn == NULL)
        return;
    worker = conn->worker;
    assert(!conn->streaming && !conn->ending);
    if (!SSL_is_init_finished(parent))
        http_metric_add(&worker->metric.handshake_failed, 1);
    LIST_REMOVE(conn, links);
    worker->connections--;
    atomic_fetch_sub_explicit(&worker->metric.connections, 1, memory_order_relaxed);
    event_free(conn->deadline);
    evbuffer_free(conn->held);
    end(conn);
    free(conn);
    if (worker->stopping && worker->connections == 0)
        event_base_loopbreak(worker->base);
}

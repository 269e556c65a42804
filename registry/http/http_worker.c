/* One event loop in one thread, with its listener, its evhttp, its context and its connections. */
#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <event2/listener.h>
#include <event2/thread.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "registry/http/http_internal.h"
#include "shared/log.h"

#define BACKLOG   1024
#define REFRESH_S 1

static const unsigned every_method = EVHTTP_REQ_GET | EVHTTP_REQ_POST | EVHTTP_REQ_HEAD |
                                     EVHTTP_REQ_PUT | EVHTTP_REQ_DELETE | EVHTTP_REQ_OPTIONS |
                                     EVHTTP_REQ_PATCH;

/* ---- stopping ---- */

static bool waits_for_request(const struct http_conn *conn)
{
    return conn->stage == HTTP_STAGE_HEAD && evbuffer_get_length(conn->held) == 0;
}

static void stop_wanted(evutil_socket_t fd, short what, void *arg)
{
    struct http_worker *worker = arg;
    const struct timeval patience = {.tv_sec = (time_t)worker->server->grace_s};
    struct http_conn *conn = NULL;

    (void)fd;
    (void)what;
    worker->stopping = true;
    evhttp_del_accept_socket(worker->http, worker->listener);
    LIST_FOREACH(conn, &worker->conns, links)
    {
        if (waits_for_request(conn))
            http_conn_cut(conn);
        if (conn->streaming)
            http_stream_end(conn);
    }
    if (worker->connections == 0)
        event_base_loopbreak(worker->base);
    else
        event_add(worker->grace, &patience);
}

static void patience_ended(evutil_socket_t fd, short what, void *arg)
{
    const struct http_worker *worker = arg;

    (void)fd;
    (void)what;
    event_base_loopbreak(worker->base);
}

void http_worker_stop(struct http_worker *worker)
{
    event_active(worker->stop, 0, 0);
}

static void refresh_due(evutil_socket_t fd, short what, void *arg)
{
    struct http_worker *worker = arg;

    (void)fd;
    (void)what;
    if (tls_revoked_refresh(worker->revoked))
        log_info("http", "worker %u: a new revocation list is in force", worker->number);
}

/* ---- the listener ---- */

static enum err address_parse(const struct http_worker *worker, struct sockaddr_storage *storage,
                              socklen_t *len, struct fault *fault)
{
    const struct http_options *options = &worker->server->options;
    struct sockaddr_in *v4 = (struct sockaddr_in *)storage;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)storage;

    memset(storage, 0, sizeof *storage);
    if (inet_pton(AF_INET, options->address, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons(worker->server->port);
        *len = sizeof *v4;
        return ERR_OK;
    }
    if (inet_pton(AF_INET6, options->address, &v6->sin6_addr) == 1) {
        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons(worker->server->port);
        *len = sizeof *v6;
        return ERR_OK;
    }
    return fault_set(fault, ERR_INPUT,
                     "the address to listen on, \"%s\", is no IPv4 or IPv6 address",
                     options->address);
}

/* Ports are shared among our own workers only. A socket without SO_REUSEPORT finds out whether
 * somebody else, such as a second registry, listens there already: the kernel would not say. */
static enum err port_probe(const struct sockaddr_storage *address, socklen_t len,
                           const struct http_worker *worker, struct fault *fault)
{
    int fd = socket(address->ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int on = 1;
    int failed = 0;

    if (fd < 0)
        return fault_set(fault, ERR_IO, "cannot make a socket: %m");
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    failed = bind(fd, (const struct sockaddr *)address, len) < 0 ? errno : 0;
    close(fd);
    if (failed == 0)
        return ERR_OK;
    errno = failed;
    return fault_set(fault, ERR_IO, "cannot listen on %s port %u: %m; choose another port",
                     worker->server->options.address, worker->server->port);
}

static void port_learn(struct http_worker *worker, struct evconnlistener *listener)
{
    struct sockaddr_storage bound;
    socklen_t len = sizeof bound;

    memset(&bound, 0, sizeof bound);
    getsockname(evconnlistener_get_fd(listener), (struct sockaddr *)&bound, &len);
    worker->server->port = bound.ss_family == AF_INET
                               ? ntohs(((struct sockaddr_in *)&bound)->sin_port)
                               : ntohs(((struct sockaddr_in6 *)&bound)->sin6_port);
}

static enum err listen_open(struct http_worker *worker, struct fault *fault)
{
    struct sockaddr_storage address;
    socklen_t len = 0;
    struct evconnlistener *listener = NULL;
    int on = 1;
    enum err err = address_parse(worker, &address, &len, fault);

    if (err == ERR_OK && worker->number == 0)
        err = port_probe(&address, len, worker, fault);
    if (err != ERR_OK)
        return err;
    listener = evconnlistener_new_bind(worker->base, NULL, NULL,
                                       LEV_OPT_REUSEABLE | LEV_OPT_REUSEABLE_PORT |
                                           LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC,
                                       BACKLOG, (struct sockaddr *)&address, (int)len);
    if (listener == NULL)
        return fault_set(fault, ERR_IO, "cannot listen on %s port %u: %m",
                         worker->server->options.address, worker->server->port);
    /* Accepted sockets inherit it. Without it answers wait 40 ms for a delayed acknowledgement. */
    setsockopt(evconnlistener_get_fd(listener), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    port_learn(worker, listener);
    worker->listener = evhttp_bind_listener(worker->http, listener);
    assert(worker->listener != NULL);
    return ERR_OK;
}

/* ---- life ---- */

static enum err loop_open(struct http_worker *worker, struct fault *fault)
{
    worker->base = event_base_new();
    if (worker->base == NULL)
        return fault_set(fault, ERR_FULL, "cannot make an event loop: %m");
    worker->http = evhttp_new(worker->base);
    worker->stop = event_new(worker->base, -1, EV_PERSIST, stop_wanted, worker);
    worker->grace = evtimer_new(worker->base, patience_ended, worker);
    worker->refresh = event_new(worker->base, -1, EV_PERSIST, refresh_due, worker);
    worker->news = event_new(worker->base, -1, EV_PERSIST, http_stream_news, worker);
    if (worker->http == NULL || worker->stop == NULL || worker->grace == NULL ||
        worker->refresh == NULL || worker->news == NULL)
        return fault_set(fault, ERR_FULL, "no memory for an HTTP worker");
    evhttp_set_bevcb(worker->http, http_conn_open, worker);
    evhttp_set_gencb(worker->http, http_conn_serve, worker);
    evhttp_set_allowed_methods(worker->http, (ev_uint16_t)every_method);
    return ERR_OK;
}

/* As the gateway: at the start there is no list in force, and going on without one would let every
 * revoked gateway in. */
static enum err revoked_open(struct http_worker *worker, struct fault *fault)
{
    const struct http_options *options = &worker->server->options;
    const struct timeval interval = {.tv_sec = REFRESH_S};

    if (options->crl_file == NULL)
        return ERR_OK;
    worker->revoked = tls_revoked_create(options->crl_file, options->client_ca_file);
    (void)tls_revoked_refresh(worker->revoked);
    event_add(worker->refresh, &interval);
    if (tls_revoked_known(worker->revoked))
        return ERR_OK;
    return fault_set(fault, ERR_INPUT,
                     "no revocation list in %s; make one (evroll-ca crl) or take the key out",
                     options->crl_file);
}

enum err http_worker_open(struct http_worker *worker, struct fault *fault)
{
    const struct http_options *options = &worker->server->options;
    enum err err = ERR_OK;

    LIST_INIT(&worker->conns);
    http_metric_init(&worker->metric, options->route_count);
    err = loop_open(worker, fault);
    if (err != ERR_OK)
        return err;
    err = revoked_open(worker, fault);
    if (err != ERR_OK)
        return err;
    if (options->context_create != NULL) {
        worker->context = options->context_create(options->shared, worker->number, fault);
        if (worker->context == NULL)
            return fault == NULL ? ERR_IO : fault->code;
    }
    return listen_open(worker, fault);
}

static void *worker_loop(void *arg)
{
    const struct http_worker *worker = arg;

    if (event_base_loop(worker->base, EVLOOP_NO_EXIT_ON_EMPTY) < 0)
        log_error("http", "worker %u: the event loop failed", worker->number);
    return NULL;
}

enum err http_worker_run(struct http_worker *worker, struct fault *fault)
{
    sigset_t all;
    sigset_t before;
    int failed = 0;

    /* Signals are for the main thread; SIGPIPE of a vanished client is for nobody. */
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    failed = pthread_create(&worker->thread, NULL, worker_loop, worker);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (failed == 0)
        return ERR_OK;
    errno = failed;
    return fault_set(fault, ERR_FULL, "cannot start an HTTP thread: %m");
}

static void event_end(struct event *event)
{
    if (event != NULL)
        event_free(event);
}

void http_worker_close(struct http_worker *worker)
{
    if (worker->http != NULL) {
        evhttp_free(worker->http);
        /* Bufferevents end in the loop, and with them our connections. */
        event_base_loop(worker->base, EVLOOP_NONBLOCK);
    }
    event_end(worker->stop);
    event_end(worker->grace);
    event_end(worker->refresh);
    event_end(worker->news);
    if (worker->base != NULL)
        event_base_free(worker->base);
    if (worker->context != NULL)
        worker->server->options.context_destroy(worker->context);
    if (worker->revoked != NULL)
        tls_revoked_destroy(worker->revoked);
    http_metric_free(&worker->metric);
}

#include <event2/thread.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "registry/http/http_internal.h"
#include "shared/log.h"

#define DEFAULT_DEADLINE_S  30
#define DEFAULT_IDLE_S      75
#define DEFAULT_BEAT_S      15
#define DEFAULT_CONNECTIONS 1024

/* Open files beside the connections: of the program, and of each worker (listener, loop, database,
 * a connection that is being turned away). */
#define FILES_OF_PROGRAM 64
#define FILES_OF_WORKER  16

/* libevent's own complaints are about single connections: not for an operator's eyes. */
static void libevent_said(int severity, const char *text)
{
    if (severity >= EVENT_LOG_ERR)
        log_error("http", "libevent: %s", text);
    else
        log_debug("http", "libevent: %s", text);
}

static unsigned cores(void)
{
    long n = sysconf(_SC_NPROCESSORS_ONLN);

    return n < 1 ? 1 : (unsigned)n;
}

static unsigned or_default(unsigned given, unsigned otherwise)
{
    return given > 0 ? given : otherwise;
}

/* Without a free descriptor no connection can be accepted, not even to be turned away, and the loop
 * would spin on those that wait. So the limit is raised to what the connections need; where the
 * system does not let it, there are fewer connections. */
static void files_reserve(struct http_options *own)
{
    rlim_t beside = FILES_OF_PROGRAM + (rlim_t)own->workers * FILES_OF_WORKER;
    rlim_t wanted = own->connections_max + beside;
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted)
        return;
    limit.rlim_cur = limit.rlim_max < wanted ? limit.rlim_max : wanted;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted)
        return;
    own->connections_max = limit.rlim_cur > beside ? (unsigned)(limit.rlim_cur - beside) : 1;
    log_warn("http", "%llu open files allow only %u connections; raise the limit of open files",
             (unsigned long long)limit.rlim_cur, own->connections_max);
}

static struct http_server *server_create(const struct http_options *options)
{
    struct http_server *server = mem_alloc(1, sizeof *server);
    struct http_options *own = &server->options;

    *own = *options;
    own->workers = or_default(options->workers, cores());
    own->request_deadline_s = or_default(options->request_deadline_s, DEFAULT_DEADLINE_S);
    own->idle_s = or_default(options->idle_s, DEFAULT_IDLE_S);
    own->beat_s = or_default(options->beat_s, DEFAULT_BEAT_S);
    own->connections_max = or_default(options->connections_max, DEFAULT_CONNECTIONS);
    files_reserve(own);
    if (own->clock == NULL)
        own->clock = &clock_system;
    server->port = options->port;
    server->conn_index = -1;
    server->events = http_events_create(own->clock);
    server->workers = mem_alloc(own->workers, sizeof server->workers[0]);
    return server;
}

static enum err tls_open(struct http_server *server, struct fault *fault)
{
    const struct http_options *options = &server->options;

    server->conn_index = SSL_get_ex_new_index(0, NULL, NULL, NULL, http_conn_freed);
    if (server->conn_index < 0)
        return fault_set(fault, ERR_FULL, "no memory for TLS");
    return tls_server_context(options->cert_file, options->key_file, options->client_ca_file,
                              &server->tls, fault);
}

static enum err workers_open(struct http_server *server, struct fault *fault)
{
    unsigned count = server->options.workers;
    enum err err = ERR_OK;

    for (unsigned i = 0; i < count && err == ERR_OK; i++) {
        struct http_worker *worker = &server->workers[i];
        worker->server = server;
        worker->number = i;
        worker->connections_max = (server->options.connections_max + count - 1) / count;
        server->worker_count++;
        err = http_worker_open(worker, fault);
    }
    for (unsigned i = 0; i < count && err == ERR_OK; i++) {
        err = http_worker_run(&server->workers[i], fault);
        server->running += err == ERR_OK;
    }
    return err;
}

enum err http_server_start(const struct http_options *options, struct http_server **server,
                           struct fault *fault)
{
    struct http_server *made = server_create(options);
    enum err err = ERR_OK;

    evthread_use_pthreads();
    event_set_log_callback(libevent_said);
    err = tls_open(made, fault);
    if (err == ERR_OK)
        err = workers_open(made, fault);
    if (err != ERR_OK) {
        http_server_stop(made, 0);
        return err;
    }
    *server = made;
    return ERR_OK;
}

uint16_t http_server_port(const struct http_server *server)
{
    return server->port;
}

void http_server_stop(struct http_server *server, unsigned grace_s)
{
    server->grace_s = grace_s;
    for (unsigned i = 0; i < server->running; i++)
        http_worker_stop(&server->workers[i]);
    for (unsigned i = 0; i < server->running; i++)
        pthread_join(server->workers[i].thread, NULL);
    for (unsigned i = 0; i < server->worker_count; i++)
        http_worker_close(&server->workers[i]);
    if (server->tls != NULL)
        tls_context_free(server->tls);
    if (server->conn_index >= 0)
        CRYPTO_free_ex_index(CRYPTO_EX_INDEX_SSL, server->conn_index);
    http_events_destroy(server->events);
    free(server->workers);
    free(server);
}

char *http_server_metrics(struct http_server *server, struct arena *arena)
{
    const struct http_metric **metrics =
        ARENA_ARRAY(arena, const struct http_metric *, server->worker_count);

    for (unsigned i = 0; i < server->worker_count; i++)
        metrics[i] = &server->workers[i].metric;
    return http_metric_text(metrics, server->worker_count, server->options.routes, arena);
}

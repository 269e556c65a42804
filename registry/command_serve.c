/*
 * The registry service. It comes up in the order in which one thing needs another (database,
 * plans, rollup, audit log, HTTP), says that it is ready, waits for a signal, and goes down in the opposite
 * order. Being killed instead loses nothing: all that counts is in committed transactions.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-daemon.h>
#include <time.h>
#include <unistd.h>

#include "registry/audit/looks.h"
#include "registry/auth/account.h"
#include "registry/auth/turns.h"
#include "registry/certificates/signed_dir.h"
#include "registry/command.h"
#include "registry/compliance/kept.h"
#include "registry/dashboard/dashboard.h"
#include "registry/findings/findings_thread.h"
#include "registry/live/live.h"
#include "registry/outlook/factors.h"
#include "registry/plans/plan.h"
#include "registry/readings.h"
#include "registry/replica/replica.h"
#include "registry/retention/retention_thread.h"
#include "registry/rollup/rollup_thread.h"
#include "registry/routes.h"
#include "registry/settings.h"
#include "registry/worker.h"
#include "shared/log.h"
#include "shared/tls/sign.h"

#define GRACE_S 10

/* How often it is looked whether somebody brought the database to a newer schema. */
#define SCHEMA_CHECK_S 5

struct service {
    struct settings settings;
    struct arena *arena;
    struct plan_set *plans;
    struct factor_set *factors;
    struct rollup_thread *rollup;
    struct background *findings;
    struct retention_thread *retention;
    struct audit_looks *looks;
    struct kept *kept;
    struct turns *sign_ins;
    struct readings *readings;
    struct replica *replica;
    struct sign_key *snapshot_key;
    struct http_server *server;
    struct live *live;
    struct signed_dir *signed_dir;
    struct sql *db; /* the main thread's own */
};

/* ---- what a worker has ---- */

static void *worker_create(void *shared, unsigned number, struct fault *fault)
{
    struct service *service = shared;
    struct registry_worker *worker = mem_alloc(1, sizeof *worker);

    (void)number;
    worker->context = (struct registry_context){.clock = &clock_system,
                                                .plans = service->plans,
                                                .factors = service->factors,
                                                .looks = service->looks,
                                                .kept = service->kept,
                                                .sign_ins = service->sign_ins,
                                                .snapshot_key = service->snapshot_key,
                                                .client_ca = service->settings.client_ca,
                                                .wake = rollup_thread_wake,
                                                .wake_arg = service->rollup};
    worker->server = &service->server;
    worker->readings = service->readings;
    if (sql_open(service->settings.db, &worker->context.db, fault) != ERR_OK) {
        free(worker);
        return NULL;
    }
    worker->auth = auth_create(worker->context.db, &clock_system);
    worker->replica = service->replica;
    worker->rollup = service->rollup;
    worker->reader = replica_reader_open(service->replica);
    worker->reading = worker->context;
    return worker;
}

static void worker_destroy(void *context)
{
    struct registry_worker *worker = context;

    auth_destroy(worker->auth);
    replica_reader_close(worker->reader);
    sql_close(worker->context.db);
    free(worker);
}

static enum err worker_authenticate(void *context, const char *token,
                                    struct http_principal *principal)
{
    struct registry_worker *worker = context;

    return auth_verify(worker->auth, token, principal);
}

static enum err worker_session(void *context, const char *secret, struct http_principal *principal,
                               char csrf[static HTTP_CSRF_SIZE])
{
    struct registry_worker *worker = context;

    return account_session_verify(worker->context.db, &clock_system, secret, principal, csrf);
}

/* Routes that are about now and not about figures: who is signed in, who did what. */
static const char *const of_now[] = {"/v1/session", "/v1/accounts", "/v1/audit", "/v1/stream"};

static bool standby_will_do(const struct http_route *route)
{
    enum http_role role = http_route_role(route);

    for (size_t i = 0; i < sizeof of_now / sizeof of_now[0]; i++)
        if (strcmp(route->pattern, of_now[i]) == 0)
            return false;
    return strcmp(route->method, "GET") == 0 && role != HTTP_ANYONE && role != HTTP_GATEWAY;
}

/* What a person changes is noted when it is committed and before the answer is on its way. */
static void worker_serve(struct http_call *call, const struct http_route *route)
{
    struct registry_worker *worker = http_context(call);
    struct sql *standby = standby_will_do(route) ? replica_reader_db(worker->reader) : NULL;

    if (standby != NULL) {
        worker->reading.db = standby;
        http_set_context(call, &worker->reading);
    }
    route->handler(call);
    if (strcmp(route->method, "GET") != 0 && http_route_role(route) != HTTP_GATEWAY)
        replica_changed(worker->replica);
}

/* ---- coming up ---- */

static enum err database_prepare(struct service *service, struct fault *fault)
{
    const struct settings *settings = &service->settings;
    int applied = 0;
    enum err err = sql_open(settings->db, &service->db, fault);

    if (err == ERR_OK && settings->migrate)
        err = store_migrate(service->db, &applied, fault);
    if (err == ERR_OK)
        err = store_check_schema(service->db, fault);
    if (applied > 0)
        log_info("serve", "%d migrations applied", applied);
    return err;
}

static enum err http_open(struct service *service, struct fault *fault)
{
    const struct settings *settings = &service->settings;
    struct http_options options = {
        .address = settings->address,
        .port = settings->port,
        .cert_file = settings->cert,
        .key_file = settings->key,
        .client_ca_file = settings->client_ca,
        .crl_file = settings->crl,
        .workers = settings->workers,
        .request_deadline_s = settings->deadline,
        .connections_max = settings->connections,
        .authenticate = worker_authenticate,
        .session = worker_session,
        .serve = worker_serve,
        .otherwise = &dashboard_route,
        .context_create = worker_create,
        .context_destroy = worker_destroy,
        .shared = service,
        .clock = &clock_system,
    };

    options.routes = routes_all(service->arena, &options.route_count);
    return http_server_start(&options, &service->server, fault);
}

/* Written aside and renamed, so that whoever waits for the file reads a whole number. */
static enum err port_write(const char *file, uint16_t port, struct arena *arena,
                           struct fault *fault)
{
    const char *fresh = arena_format(arena, "%s.new", file);
    FILE *out = fopen(fresh, "we");
    bool written = out != NULL && fprintf(out, "%u\n", port) > 0;

    if (out != NULL && fclose(out) != 0)
        written = false;
    if (!written || rename(fresh, file) != 0)
        return fault_set(fault, ERR_IO, "cannot write the port to %s: %m", file);
    return ERR_OK;
}

static enum err service_open(struct service *service, struct fault *fault)
{
    const struct settings *settings = &service->settings;
    enum err err = database_prepare(service, fault);

    if (err == ERR_OK)
        err = plan_set_load(settings->plan_dir, &service->plans, fault);
    if (err == ERR_OK)
        err = factors_load(settings->factors, &service->factors, fault);
    if (err == ERR_OK)
        err = rollup_thread_start(settings->db, &clock_system, &service->rollup, fault);
    if (err == ERR_OK && settings->snapshot_key != NULL)
        err = sign_key_load(settings->snapshot_key, &service->snapshot_key, fault);
    if (err == ERR_OK)
        err = findings_thread_start(settings->db, &clock_system, &service->findings, fault);
    if (err == ERR_OK)
        err = retention_thread_start(settings->db, &settings->keep, &clock_system,
                                     &service->retention, fault);
    if (err == ERR_OK)
        err = looks_start(settings->db, &service->looks, fault);
    if (err == ERR_OK && settings->db_read != NULL)
        err =
            replica_start(settings->db, settings->db_read, &clock_system, &service->replica, fault);
    if (err == ERR_OK)
        err = http_open(service, fault);
    if (err == ERR_OK && settings->signed_dir != NULL)
        err = signed_dir_start(settings->db, settings->signed_dir, settings->client_ca,
                               &clock_system, &service->signed_dir, fault);
    if (err == ERR_OK)
        err = live_start(
            &(struct live_options){settings->db, &clock_system, service->server, service->replica},
            &service->live, fault);
    if (err == ERR_OK && settings->port_file != NULL)
        err = port_write(settings->port_file, http_server_port(service->server), service->arena,
                         fault);
    return err;
}

static void service_close(struct service *service)
{
    live_stop(service->live);
    signed_dir_stop(service->signed_dir);
    if (service->server != NULL)
        http_server_stop(service->server, GRACE_S);
    kept_destroy(service->kept);
    turns_destroy(service->sign_ins);
    readings_destroy(service->readings);
    replica_stop(service->replica);
    looks_stop(service->looks);
    retention_thread_stop(service->retention);
    background_stop(service->findings);
    rollup_thread_stop(service->rollup);
    factors_free(service->factors);
    plan_set_free(service->plans);
    sign_key_free(service->snapshot_key);
    sql_close(service->db);
    arena_destroy(service->arena);
    settings_free(&service->settings);
}

/* ---- being up ---- */

/* Blocked in every thread, so that the main one can wait for them. A client that vanishes is no
 * reason to end. */
static void signals_block(sigset_t *wanted)
{
    const struct sigaction ignore = {.sa_handler = SIG_IGN};

    sigemptyset(wanted);
    sigaddset(wanted, SIGTERM);
    sigaddset(wanted, SIGINT);
    pthread_sigmask(SIG_BLOCK, wanted, NULL);
    sigaction(SIGPIPE, &ignore, NULL);
}

static struct timespec pause_between_looks(void)
{
    const struct timespec usual = {.tv_sec = SCHEMA_CHECK_S};
    uint64_t watchdog_us = 0;

    if (sd_watchdog_enabled(0, &watchdog_us) <= 0 || watchdog_us / 2 >= SCHEMA_CHECK_S * 1000000)
        return usual;
    return (struct timespec){.tv_sec = (time_t)(watchdog_us / 2000000),
                             .tv_nsec = (long)(watchdog_us / 2 % 1000000) * 1000};
}

/* Until a signal, or until the schema is not this program's any more: a newer registry may have
 * migrated the database under this one, which must not go on writing. A database that does not
 * answer is no reason to end. */
static enum err wait_for_end(struct sql *db, const sigset_t *wanted, struct fault *fault)
{
    const struct timespec pause = pause_between_looks();
    int got = -1;

    while (got < 0) {
        got = sigtimedwait(wanted, NULL, &pause);
        if (got >= 0 || errno != EAGAIN)
            continue;
        sd_notify(0, "WATCHDOG=1");
        if (store_check_schema(db, fault) == ERR_INPUT)
            return ERR_INPUT;
    }
    log_info("serve", "%s: stopping", sigdescr_np(got));
    return ERR_OK;
}

/* The database's URL may hold a password: it is not logged. */
static void announce(const struct service *service)
{
    log_info("serve", "ready on https://%s:%u", service->settings.address,
             http_server_port(service->server));
    sd_notify(0, "READY=1");
}

static int run(int argc, char **argv)
{
    struct service service = {
        .arena = arena_create(),
        .kept = kept_create(&clock_system),
        .sign_ins = turns_create(&clock_system, TURNS_OF_SIGN_IN_AT_ONCE, TURNS_OF_SIGN_IN_MS),
        .readings = readings_create(&clock_system)};
    sigset_t wanted;
    struct fault fault;
    enum err err = settings_read(argc, argv, &service.settings, &fault);

    signals_block(&wanted);
    if (err == ERR_OK) {
        log_set_level((enum log_level)log_level_parse(service.settings.log_level));
        err = service_open(&service, &fault);
    }
    if (err == ERR_OK) {
        announce(&service);
        err = wait_for_end(service.db, &wanted, &fault);
        sd_notify(0, "STOPPING=1");
    }
    service_close(&service);
    return err == ERR_OK ? EXIT_DONE : command_fail("serve", &fault);
}

const struct command command_serve = {
    .name = "serve",
    .summary = "run the registry service",
    .usage =
        "usage: evroll-registry serve [--config FILE] [OPTION…]\n"
        "\n"
        "Answers over HTTPS until SIGTERM or SIGINT; then it lets running requests end and exits\n"
        "with 0. Each option but config and migrate is a key of the YAML file too, with \"_\" for\n"
        "\"-\"; an option wins over the file.\n"
        "\n"
        "  --config FILE       settings in YAML\n"
        "  --db URL            sqlite:FILE or postgresql://… (default: $EVROLL_DB or "
        "sqlite:/var/lib/evroll/registry.db)\n"
        "  --db-read URL       a standby of it, which answers queries while it keeps up\n"
        "  --migrate           bring the database to this program's schema first\n"
        "  --address ADDRESS   IPv4 or IPv6 address (default: 127.0.0.1)\n"
        "  --port N            0: any free one (default: 8443)\n"
        "  --port-file FILE    receives the port when the service is ready\n"
        "  --cert FILE         certificate and its chain, PEM\n"
        "  --key FILE          its key, PEM\n"
        "  --client-ca FILE    the CA of gateways' certificates, PEM\n"
        "  --crl FILE          what that CA revoked, PEM; read again when it changes\n"
        "  --workers N         threads (default: one a core)\n"
        "  --connections N     at most, all together (default: 1024)\n"
        "  --deadline SECONDS  for each request (default: 30)\n"
        "  --snapshot-key FILE signs snapshots (evroll-registry snapshot keygen makes one)\n"
        "  --signed-dir DIR    shared with the authority: requests out, certificates in\n"
        "  --plan-dir DIR      plans (*.yaml) beside the built-in one\n"
        "  --factors FILE      a table of emission factors in place of the built-in one\n"
        "  --keep-samples-days N, --keep-evidence-days N, --keep-events-days N,\n"
        "  --keep-rejects-days N\n"
        "                      how long raw data is kept (default: samples and events 1100, else "
        "400)\n"
        "  --log-level LEVEL   error, warn, info or debug (default: info)\n",
    .run = run,
};

/*
 * api_world: the routes of ingest and rollup behind a real server with a database of its own. A
 * gateway with a certificate sends, a viewer with a token asks.
 */
#ifndef EVROLL_TESTS_UNIT_ROLLUP_API_WORLD_H
#define EVROLL_TESTS_UNIT_ROLLUP_API_WORLD_H

#include "tests/conformance/scratch.h"
#include "tests/unit/http/https_world.h"

#include "registry/context.h"
#include "registry/ingest/ingest_api.h"
#include "registry/rollup/activity_api.h"
#include "registry/rollup/balance_api.h"
#include "registry/rollup/evidence_api.h"
#include "registry/rollup/ledger_api.h"
#include "registry/rollup/rollup.h"
#include "registry/rollup/samples_api.h"
#include "tests/unit/rollup/delivery.h"

#define HOST    "Host: localhost\r\n"
#define GATEWAY "gw-1"

struct api_world {
    struct https_world *https;
    struct http_route routes[16];
    char url[512];
    char path[112];
    struct sql *db; /* the test's own connection */
    unsigned woken; /* by the ingest; read after its answer */
};

static inline enum err api_authenticate(void *context, const char *token,
                                        struct http_principal *principal)
{
    (void)context;
    principal->role = http_role_parse(token);
    snprintf(principal->name, sizeof principal->name, "%s", token);
    return principal->role == HTTP_ANYONE ? ERR_DENIED : ERR_OK;
}

static inline void api_woken(void *arg)
{
    __atomic_fetch_add((unsigned *)arg, 1, __ATOMIC_SEQ_CST);
}

static inline void *api_context_create(void *shared, unsigned worker, struct fault *fault)
{
    struct api_world *world = shared;
    struct registry_context *context = calloc(1, sizeof *context);

    (void)worker;
    if (context == NULL || sql_open(world->url, &context->db, fault) != ERR_OK) {
        free(context);
        return NULL;
    }
    context->clock = &clock_system;
    context->wake = api_woken;
    context->wake_arg = &world->woken;
    return context;
}

static inline void api_context_destroy(void *context)
{
    sql_close(((struct registry_context *)context)->db);
    free(context);
}

static inline size_t api_add_routes(struct api_world *world, size_t at,
                                    const struct http_route *routes, size_t count)
{
    memcpy(&world->routes[at], routes, count * sizeof routes[0]);
    return at + count;
}

static inline int api_setup(void **state)
{
    struct api_world *world = calloc(1, sizeof *world);
    char sqlite[128];
    size_t count = 0;

    world->https = world_create();
    snprintf(world->path, sizeof world->path, "%s/test.db", world->https->dir);
    snprintf(sqlite, sizeof sqlite, "sqlite:%s", world->path);
    scratch_url(world->url, sizeof world->url, sqlite);
    assert_int_equal(sql_open(world->url, &world->db, NULL), ERR_OK);
    scratch_migrate(world->db);
    count = api_add_routes(world, count, ingest_routes, ingest_route_count);
    count = api_add_routes(world, count, samples_routes, samples_route_count);
    count = api_add_routes(world, count, activity_routes, activity_route_count);
    count = api_add_routes(world, count, balance_routes, balance_route_count);
    count = api_add_routes(world, count, evidence_routes, evidence_route_count);
    count = api_add_routes(world, count, ledger_routes, ledger_route_count);
    world->https->options.routes = world->routes;
    world->https->options.route_count = count;
    world->https->options.authenticate = api_authenticate;
    world->https->options.context_create = api_context_create;
    world->https->options.context_destroy = api_context_destroy;
    world->https->options.shared = world;
    world_start(world->https);
    *state = world;
    return 0;
}

static inline int api_teardown(void **state)
{
    static const char *const suffixes[] = {"-wal", "-shm", ""};
    struct api_world *world = *state;

    http_server_stop(world->https->server, 5);
    world->https->server = NULL;
    sql_close(world->db);
    for (size_t i = 0; i < 3; i++) {
        char path[128];
        snprintf(path, sizeof path, "%s%s", world->path, suffixes[i]);
        (void)unlink(path);
    }
    world_destroy(world->https);
    free(world);
    return 0;
}

/* GET as a viewer. The JSON belongs to the caller. */
static inline json_t *api_get(const struct api_world *world, const char *target, int status)
{
    char request[512];
    struct https_answer *a = NULL;
    json_t *json = NULL;

    snprintf(request, sizeof request,
             "GET %s HTTP/1.1\r\n" HOST "Authorization: Bearer viewer\r\n\r\n", target);
    a = world_ask(world->https, request);
    if (a->status != status)
        fail_msg("%s: %d %s", target, a->status, a->body);
    json = json_loads(a->body, 0, NULL);
    assert_non_null(json);
    return json;
}

static inline void api_roll(const struct api_world *world)
{
    size_t did = 1;

    while (did > 0)
        assert_int_equal(rollup_step(world->db, &clock_system, 100, &did, NULL), ERR_OK);
}

#endif

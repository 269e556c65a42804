/* The routes of sites and gates behind a real server. */
#include "tests/unit/http/https_world.h"

#include "registry/context.h"
#include "registry/sites/sites_api.h"
#include "registry/store/store_orgs.h"
#include "registry/store/store_visits.h"
#include "shared/when.h"

#define TODAY  "2025-06-30"
#define SOE    "91419001MA9TEA0117"
#define SQUARE "POLYGON ((112 35, 113 35, 113 36, 112 36, 112 35))"

struct api_world {
    struct https_world *https;
    struct clock_fake clock;
    char url[128], path[112];
};

static enum err authenticate(void *context, const char *token, struct http_principal *principal)
{
    (void)context;
    principal->role = http_role_parse(token);
    snprintf(principal->name, sizeof principal->name, "%s-1", token);
    return principal->role == HTTP_ANYONE ? ERR_DENIED : ERR_OK;
}

static void *context_create(void *shared, unsigned worker, struct fault *fault)
{
    struct api_world *world = shared;
    struct registry_context *context = calloc(1, sizeof *context);

    (void)worker;
    if (context == NULL || sql_open(world->url, &context->db, fault) != ERR_OK) {
        free(context);
        return NULL;
    }
    context->clock = &world->clock.clock;
    return context;
}

static void context_destroy(void *context)
{
    sql_close(((struct registry_context *)context)->db);
    free(context);
}

/* A request as somebody; the answer's JSON belongs to the caller. */
static json_t *ask(struct api_world *world, const char *role, const char *method,
                   const char *target, const char *body, int status)
{
    char request[4096];
    struct https_answer *a = NULL;
    json_t *json = NULL;

    snprintf(request, sizeof request,
             "%s %s HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\n"
             "Content-Length: %zu\r\n\r\n%s",
             method, target, role, strlen(body), body);
    a = world_ask(world->https, request);
    if (a->status != status)
        fail_msg("%s %s: %d %s", method, target, a->status, a->body);
    json = json_loads(a->body, 0, NULL);
    assert_non_null(json);
    return json;
}

static json_t *get(struct api_world *world, const char *target)
{
    return ask(world, "viewer", "GET", target, "", 200);
}

static struct sql *fill(const char *url)
{
    const struct store_org org = {.org_id = SOE,
                                  .version = 1,
                                  .valid_from = ORG_ALWAYS,
                                  .name = "Steel",
                                  .kind = 2,
                                  .bulk_t_per_year = ORG_BULK_NONE,
                                  .author = "test"};
    struct sql *db = NULL;

    assert_int_equal(sql_open(url, &db, NULL), ERR_OK);
    assert_int_equal(store_migrate(db, NULL, NULL), ERR_OK);
    assert_int_equal(store_org_append(db, &org, NULL), ERR_OK);
    return db;
}

static int set_up(void **state)
{
    struct api_world *world = calloc(1, sizeof *world);
    int32_t today = 0;

    world->https = world_create();
    assert_true(when_day_parse(TODAY, &today));
    clock_fake_init(&world->clock, today * WHEN_DAY_MS);
    snprintf(world->path, sizeof world->path, "%s/test.db", world->https->dir);
    snprintf(world->url, sizeof world->url, "sqlite:%s", world->path);
    sql_close(fill(world->url));
    world->https->options.routes = sites_routes;
    world->https->options.route_count = sites_route_count;
    world->https->options.authenticate = authenticate;
    world->https->options.context_create = context_create;
    world->https->options.context_destroy = context_destroy;
    world->https->options.shared = world;
    world_start(world->https);
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    static const char *const suffixes[] = {"-wal", "-shm", ""};
    struct api_world *world = *state;

    http_server_stop(world->https->server, 5);
    world->https->server = NULL;
    for (size_t i = 0; i < 3; i++) {
        char path[128];
        snprintf(path, sizeof path, "%s%s", world->path, suffixes[i]);
        (void)unlink(path);
    }
    world_destroy(world->https);
    free(world);
    return 0;
}

#define NEW_SITE                                                                                   \
    "{\"site_id\":\"steel\",\"org_id\":\"" SOE "\",\"name\":\"Steel\",\"kind\":\"PLANT\","         \
    "\"polygon\":\"" SQUARE "\"}"

static void a_site_is_drawn_and_found_again(void **state)
{
    struct api_world *world = *state;
    json_t *made = ask(world, "officer", "POST", "/v1/sites", NEW_SITE, 201);
    json_t *again = ask(world, "officer", "POST", "/v1/sites", NEW_SITE, 200);
    json_t *list = get(world, "/v1/sites?kind=PLANT");
    json_t *one = get(world, "/v1/sites/steel");
    const json_t *listed = json_array_get(json_object_get(list, "sites"), 0);

    assert_int_equal(json_integer_value(json_object_get(made, "version")), 1);
    assert_int_equal(json_integer_value(json_object_get(again, "version")), 1);
    assert_string_equal(json_string_value(json_object_get(one, "polygon")), SQUARE);
    assert_null(json_object_get(listed, "polygon"));
    assert_true(json_real_value(json_array_get(json_object_get(listed, "box"), 0)) == 112);
    json_decref(ask(world, "viewer", "GET", "/v1/sites/none", "", 404));
    json_decref(ask(world, "viewer", "POST", "/v1/sites", NEW_SITE, 403));
    json_decref(made);
    json_decref(again);
    json_decref(list);
    json_decref(one);
}

static void a_crossing_polygon_is_named(void **state)
{
    json_t *problem = ask(*state, "officer", "POST", "/v1/sites",
                          "{\"site_id\":\"bow\",\"name\":\"x\",\"kind\":\"BUILT_UP\","
                          "\"polygon\":\"POLYGON ((0 0, 1 1, 0 1, 1 0, 0 0))\"}",
                          400);
    const char *detail = json_string_value(json_object_get(problem, "detail"));

    assert_non_null(strstr(detail, "polygon: Self-intersection at 0.5 0.5"));
    json_decref(problem);
}

static void trips_are_entered_listed_by_pages_and_summed(void **state)
{
    struct api_world *world = *state;
    json_t *page = NULL;
    json_t *rest = NULL;
    json_t *sums = NULL;
    char target[256];

    json_decref(ask(world, "officer", "POST", "/v1/sites", NEW_SITE, 201));
    json_decref(ask(world, "officer", "POST", "/v1/gate-trips:import",
                    "site_id,gate,direction,at,plate,vehicle_id,energy,stage,cargo,tonnes\n"
                    "steel,g1,IN,2025-06-20 08:00:00,豫U12345,,LNG,6b,coke,34.0\n"
                    "steel,g1,OUT,2025-06-20 09:00:00,豫U12345,,LNG,6b,,\n",
                    200));
    json_decref(ask(world, "officer", "POST", "/v1/gate-trips",
                    "{\"site_id\":\"steel\",\"gate\":\"g2\",\"direction\":\"IN\","
                    "\"at\":\"2025-06-21T08:00:00+08:00\",\"plate\":\"豫U12346\",\"tonnes\":12.5}",
                    201));
    page = get(world, "/v1/gate-trips?site=steel&limit=2");
    assert_int_equal(json_array_size(json_object_get(page, "trips")), 2);
    snprintf(target, sizeof target, "/v1/gate-trips?site=steel&limit=2&cursor=%s",
             json_string_value(json_object_get(page, "next")));
    rest = get(world, target);
    assert_int_equal(json_array_size(json_object_get(rest, "trips")), 1);
    assert_true(json_is_null(json_object_get(rest, "next")));
    assert_int_equal(
        json_integer_value(json_object_get(json_object_get(rest, "ledger"), "unmatched")), 3);
    sums = get(world, "/v1/gate-usage?owner_kind=SOE&by=day");
    assert_int_equal(json_array_size(json_object_get(sums, "usage")), 3);
    assert_true(json_real_value(json_object_get(json_object_get(sums, "total"), "tonnes")) == 46.5);
    json_decref(ask(world, "viewer", "GET", "/v1/gate-trips", "", 400));
    json_decref(page);
    json_decref(rest);
    json_decref(sums);
}

static void visits_of_a_site_come_by_pages(void **state)
{
    struct api_world *world = *state;
    struct sql *db = NULL;
    struct store_visit_times visits[3];
    const struct store_place place = {.state = (const uint8_t *)"", .state_len = 0};
    int64_t at = world->clock.wall_now_ms - WHEN_DAY_MS;
    json_t *page = NULL;
    json_t *rest = NULL;
    char target[256];

    json_decref(ask(world, "officer", "POST", "/v1/sites", NEW_SITE, 201));
    for (int i = 0; i < 3; i++)
        visits[i] = (struct store_visit_times){"steel", at + i * 1000000, at + i * 1000000 + 60000};
    assert_int_equal(sql_open(world->url, &db, NULL), ERR_OK);
    assert_int_equal(store_place_put(db,
                                     &(struct store_place_hour){.unit = "u-1",
                                                                .hour = at / WHEN_HOUR_MS,
                                                                .now = &place,
                                                                .visits = visits,
                                                                .visit_count = 3},
                                     NULL),
                     ERR_OK);
    sql_close(db);
    page = get(world, "/v1/sites/steel/visits?limit=2");
    assert_int_equal(json_array_size(json_object_get(page, "visits")), 2);
    snprintf(target, sizeof target, "/v1/sites/steel/visits?limit=2&cursor=%s",
             json_string_value(json_object_get(page, "next")));
    rest = get(world, target);
    assert_int_equal(json_array_size(json_object_get(rest, "visits")), 1);
    json_decref(ask(world, "viewer", "GET", "/v1/vehicles/none/visits", "", 404));
    json_decref(page);
    json_decref(rest);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_site_is_drawn_and_found_again),
        TEST(a_crossing_polygon_is_named),
        TEST(trips_are_entered_listed_by_pages_and_summed),
        TEST(visits_of_a_site_come_by_pages),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

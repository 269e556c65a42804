/* The register's routes behind a real server. */
#include "tests/unit/http/https_world.h"

#include "registry/context.h"
#include "registry/vehicles/vehicles_api.h"
#include "shared/when.h"
#include "tests/conformance/scratch.h"

#define TODAY "2025-06-30"

struct api_world {
    struct https_world *https;
    struct clock_fake clock;
    char url[512], path[112];
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

/* A request with a body as somebody, who changes whatever is there; the answer's JSON belongs to the
 * caller. */
static json_t *ask(struct api_world *world, const char *role, const char *method,
                   const char *target, const char *body, int status)
{
    char request[4096];
    struct https_answer *a = NULL;
    json_t *json = NULL;

    snprintf(request, sizeof request,
             "%s %s HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\n"
             "%sContent-Length: %zu\r\n\r\n%s",
             method, target, role, status == 200 ? "If-Match: *\r\n" : "", strlen(body), body);
    a = world_ask(world->https, request);
    if (a->status != status)
        fail_msg("%s %s: %d %s", method, target, a->status, a->body);
    json = json_loads(a->body, 0, NULL);
    assert_non_null(json);
    return json;
}

static void ask_only(struct api_world *world, const char *role, const char *method,
                     const char *target, const char *body, int status)
{
    json_decref(ask(world, role, method, target, body, status));
}

static json_t *get(struct api_world *world, const char *target)
{
    return ask(world, "viewer", "GET", target, "", 200);
}

static const char *text_of(json_t *json, const char *name)
{
    return json_string_value(json_object_get(json, name));
}

static void assert_listed(struct api_world *world, const char *query, const char *id)
{
    char target[256];
    json_t *answer = NULL;
    json_t *list = NULL;

    snprintf(target, sizeof target, "/v1/vehicles?%s", query);
    answer = get(world, target);
    list = json_object_get(answer, "vehicles");
    if (json_array_size(list) != (id == NULL ? 0 : 1))
        fail_msg("%s: %zu vehicles", query, json_array_size(list));
    if (id != NULL)
        assert_string_equal(text_of(json_array_get(list, 0), "vehicle_id"), id);
    json_decref(answer);
}

#define ORG_A "{\"org_id\":\"91419001MA9TEA0117\",\"name\":\"公交\",\"kind\":\"SOE\"}"
#define BUS_1                                                                                      \
    "{\"vehicle_id\":\"LTESTBEV5P1000001\",\"plate\":\"豫U12345D\",\"category\":\"BUS\","         \
    "\"energy\":\"BEV\",\"stage\":\"D\",\"owner_id\":\"91419001MA9TEA0117\",\"area\":\"419001\","  \
    "\"built_up\":true,\"added\":\"2024-05-01\",\"unit\":\"bus1\"}"
#define BUS_2                                                                                      \
    "{\"vehicle_id\":\"B-2\",\"category\":\"BUS\",\"energy\":\"DIESEL\",\"stage\":\"5\","          \
    "\"owner_id\":\"91419001MA9TEA0117\",\"area\":\"419001\",\"built_up\":false,"                  \
    "\"added\":\"2024-06-01\"}"

static int set_up(void **state)
{
    struct api_world *world = calloc(1, sizeof *world);
    char sqlite[160];
    struct sql *db = NULL;
    int32_t today = 0;

    assert_non_null(world);
    assert_true(when_day_parse(TODAY, &today));
    clock_fake_init(&world->clock, today * WHEN_DAY_MS);
    world->https = world_create();
    snprintf(world->path, sizeof world->path, "%s/test.db", world->https->dir);
    snprintf(sqlite, sizeof sqlite, "sqlite:%s", world->path);
    scratch_url(world->url, sizeof world->url, sqlite);
    assert_int_equal(sql_open(world->url, &db, NULL), ERR_OK);
    scratch_migrate(db);
    sql_close(db);
    world->https->options.routes = vehicles_routes;
    world->https->options.route_count = vehicles_route_count;
    world->https->options.authenticate = authenticate;
    world->https->options.context_create = context_create;
    world->https->options.context_destroy = context_destroy;
    world->https->options.shared = world;
    world_start(world->https);
    ask_only(world, "officer", "POST", "/v1/orgs", ORG_A, 201);
    ask_only(world, "officer", "POST", "/v1/vehicles", BUS_1, 201);
    ask_only(world, "officer", "POST", "/v1/vehicles", BUS_2, 201);
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

static void a_vehicle_reads_back_as_it_was_given(void **state)
{
    json_t *v = get(*state, "/v1/vehicles/LTESTBEV5P1000001");

    assert_string_equal(text_of(v, "plate"), "豫U12345D");
    assert_string_equal(text_of(v, "added"), "2024-05-01");
    assert_string_equal(text_of(v, "owner_kind"), "SOE");
    assert_string_equal(text_of(v, "as_of"), TODAY);
    assert_string_equal(text_of(v, "author"), "officer-1");
    assert_true(json_is_true(json_object_get(v, "built_up")));
    assert_true(json_is_true(json_object_get(v, "in_fleet")));
    assert_true(json_is_null(json_object_get(v, "removed")));
    json_decref(v);
    ask_only(*state, "viewer", "GET", "/v1/vehicles/LTESTBEV5P1000001?as_of=2024-04-30", "", 404);
    ask_only(*state, "viewer", "GET", "/v1/vehicles/NO-SUCH", "", 404);
}

static void vehicles_are_found_by_what_is_known_of_them(void **state)
{
    assert_listed(*state, "plate=%E8%B1%ABU12345D", "LTESTBEV5P1000001");
    assert_listed(*state, "energy=DIESEL", "B-2");
    assert_listed(*state, "unit=bus1", "LTESTBEV5P1000001");
    assert_listed(*state, "category=TAXI", NULL);
    assert_listed(*state, "owner=91419001MA9TEA0117&as_of=2024-05-15", "LTESTBEV5P1000001");
    assert_listed(*state, "area=410", NULL);
    assert_listed(*state, "q=EV5P", "LTESTBEV5P1000001");
    assert_listed(*state, "q=U123", "LTESTBEV5P1000001");
    assert_listed(*state, "q=%25", NULL);
    ask_only(*state, "viewer", "GET", "/v1/vehicles?energy=STEAM", "", 400);
    ask_only(*state, "viewer", "GET", "/v1/vehicles?colour=red", "", 400);
    ask_only(*state, "viewer", "GET", "/v1/vehicles?limit=1001", "", 400);
    ask_only(*state, "viewer", "GET", "/v1/vehicles?cursor=zz", "", 400);
}

static void an_old_plate_finds_the_vehicle(void **state)
{
    ask_only(*state, "officer", "PATCH", "/v1/vehicles/LTESTBEV5P1000001",
             "{\"plate\":\"豫U99999D\",\"effective\":\"2025-01-01\"}", 200);
    assert_listed(*state, "plate=%E8%B1%ABU12345D", "LTESTBEV5P1000001");
    assert_listed(*state, "plate=%E8%B1%ABU99999D", "LTESTBEV5P1000001");
}

static void a_list_comes_page_by_page(void **state)
{
    json_t *first = get(*state, "/v1/vehicles?limit=1");
    char target[128];
    json_t *second = NULL;

    assert_int_equal(json_array_size(json_object_get(first, "vehicles")), 1);
    snprintf(target, sizeof target, "/v1/vehicles?limit=1&cursor=%s", text_of(first, "next"));
    second = get(*state, target);
    assert_string_equal(
        text_of(json_array_get(json_object_get(second, "vehicles"), 0), "vehicle_id"),
        "LTESTBEV5P1000001");
    assert_true(json_is_null(json_object_get(second, "next")));
    json_decref(first);
    json_decref(second);
}

static void a_change_shows_in_the_history_with_its_author(void **state)
{
    json_t *v = ask(*state, "admin", "PATCH", "/v1/vehicles/LTESTBEV5P1000001",
                    "{\"built_up\":false,\"unit\":null,\"effective\":\"2025-02-01\"}", 200);
    json_t *history = NULL;
    json_t *versions = NULL;
    json_t *binding = NULL;

    assert_true(json_is_false(json_object_get(v, "built_up")));
    json_decref(v);
    history = get(*state, "/v1/vehicles/LTESTBEV5P1000001/history");
    versions = json_object_get(history, "versions");
    assert_int_equal(json_array_size(versions), 2);
    assert_string_equal(text_of(json_array_get(versions, 0), "author"), "officer-1");
    assert_string_equal(text_of(json_array_get(versions, 1), "author"), "admin-1");
    assert_string_equal(text_of(json_array_get(versions, 1), "valid_from"), "2025-02-01");
    binding = json_array_get(json_object_get(history, "bindings"), 0);
    assert_string_equal(text_of(binding, "unit"), "bus1");
    assert_string_equal(text_of(binding, "to"), "2025-02-01");
    json_decref(history);
    v = get(*state, "/v1/vehicles/LTESTBEV5P1000001?as_of=2025-01-31");
    assert_true(json_is_true(json_object_get(v, "built_up")));
    json_decref(v);
}

static void assert_problem(struct api_world *world, const char *method, const char *target,
                           const char *body, int status, const char *named)
{
    json_t *problem = ask(world, "officer", method, target, body, status);

    if (strstr(text_of(problem, "detail"), named) == NULL)
        fail_msg("%s: %s", body, text_of(problem, "detail"));
    json_decref(problem);
}

static void what_is_wrong_is_refused_by_name(void **state)
{
    const char *one = "/v1/vehicles/LTESTBEV5P1000001";

    assert_problem(*state, "POST", "/v1/vehicles", BUS_1, 409, "vehicle_id");
    assert_problem(*state, "PATCH", "/v1/vehicles/NONE", "{\"stage\":\"X\"}", 404, "NONE");
    assert_problem(*state, "PATCH", one, "{\"color\":\"red\"}", 400, "color");
    assert_problem(*state, "PATCH", one, "{\"built_up\":\"yes\"}", 400, "built_up");
    assert_problem(*state, "PATCH", one, "{\"stage\":null}", 400, "stage");
    assert_problem(*state, "PATCH", one, "{\"vehicle_id\":\"other\"}", 400, "vehicle_id");
    assert_problem(*state, "PATCH", one, "{\"removed\":\"2024-02-30\"}", 400, "removed");
    assert_problem(*state, "PATCH", one, "{\"stage\":", 400, "JSON");
    assert_problem(*state, "PATCH", one, "[]", 400, "object");
    assert_problem(*state, "PATCH", "/v1/vehicles/B-2", "{\"unit\":\"bus1\"}", 409, "unit");
    assert_problem(*state, "POST", "/v1/vehicles", "{}", 400, "vehicle_id");
    assert_problem(*state, "POST", "/v1/orgs", "{\"org_id\":\"x\"}", 400, "name");
    assert_problem(*state, "POST", "/v1/exemptions", "{\"vehicle_id\":\"B-2\"}", 400, "reason");
    assert_problem(*state, "POST", "/v1/vehicles:import", "a,b\r\n", 400, "\"a\"");
}

static void who_only_reads_cannot_write(void **state)
{
    ask_only(*state, "viewer", "POST", "/v1/vehicles", BUS_1, 403);
    ask_only(*state, "viewer", "PATCH", "/v1/vehicles/B-2", "{}", 403);
    ask_only(*state, "viewer", "POST", "/v1/vehicles:import", "", 403);
    ask_only(*state, "viewer", "POST", "/v1/units", "{}", 403);
}

static void an_import_answers_row_by_row(void **state)
{
    static const char body[] = "vehicle_id,reason,document,from,to\n"
                               "B-2,EMERGENCY,doc 1,2025-01-01,\n"
                               "B-2,HOLIDAY,doc 1,2025-01-01,\n";
    json_t *answer = ask(*state, "officer", "POST", "/v1/exemptions:import", body, 200);
    json_t *row = json_array_get(json_object_get(answer, "rejected_rows"), 0);

    assert_int_equal(json_integer_value(json_object_get(answer, "created")), 1);
    assert_int_equal(json_integer_value(json_object_get(answer, "rejected")), 1);
    assert_int_equal(json_integer_value(json_object_get(row, "line")), 3);
    assert_string_equal(text_of(row, "column"), "reason");
    json_decref(answer);
    answer = get(*state, "/v1/vehicles/B-2");
    assert_string_equal(json_string_value(json_array_get(json_object_get(answer, "exempt"), 0)),
                        "EMERGENCY");
    json_decref(answer);
    answer = get(*state, "/v1/exemptions?reason=EMERGENCY");
    assert_int_equal(json_array_size(json_object_get(answer, "exemptions")), 1);
    json_decref(answer);
    answer = get(*state, "/v1/exemptions?ends_by=2026-01-01");
    assert_int_equal(json_array_size(json_object_get(answer, "exemptions")), 0);
    json_decref(answer);
}

#define LONG_WORD "纯电动公交车纯电动公交车纯电动公交车纯电动公交车纯电动公交车"

static void a_reason_that_quotes_long_chinese_text_is_still_given(void **state)
{
    static const char body[] = "vehicle_id,category,energy,stage,owner_id,area,built_up,added\n"
                               "B-9," LONG_WORD ",BEV,D,91419001MA9TEA0117,419001,1,2024-01-01\n";
    json_t *answer = ask(*state, "officer", "POST", "/v1/vehicles:import", body, 200);
    json_t *row = json_array_get(json_object_get(answer, "rejected_rows"), 0);

    assert_string_equal(text_of(row, "column"), "category");
    assert_non_null(strstr(text_of(row, "reason"), "纯电动公交车纯"));
    json_decref(answer);
    assert_problem(*state, "POST", "/v1/vehicles", "{\"" LONG_WORD "\":1}", 400, "纯电动公交车纯");
    assert_problem(
        *state, "GET",
        "/v1/vehicles?as_of=x%E7%BA%AF%E7%BA%AF%E7%BA%AF%E7%BA%AF%E7%BA%AF"
        "%E7%BA%AF%E7%BA%AF%E7%BA%AF%E7%BA%AF%E7%BA%AF%E7%BA%AF%E7%BA%AF%E7%BA%AF%E7%BA%AF",
        "", 400, "as_of=x纯");
    assert_problem(*state, "GET",
                   "/v1/vehicles/xx%E7%BA%AF%E7%BA%AF%E7%BA%AF%E7%BA%AF%E7%BA%AF%E7"
                   "%BA%AF%E7%BA%AF%E7%BA%AF%E7%BA%AF%E7%BA%AF%E7%BA%AF%E7%BA%AF%E7%BA%AF%E7%BA%AF"
                   "%E7%BA%AF%E7%BA%AF%E7%BA%AF%E7%BA%AF%E7%BA%AF%E7%BA%AF%E7%BA%AF%E7%BA%AF%E7%BA"
                   "%AF%E7%BA%AF%E7%BA%AF%E7%BA%AF%E7%BA%AF%E7%BA%AF%E7%BA%AF%E7%BA%AF",
                   "", 404, "no vehicle \"xx纯");
}

static void a_statistic_is_corrected_in_a_new_version(void **state)
{
    static const char put[] =
        "{\"indicator\":\"FREIGHT\",\"subject\":\"419001\",\"from\":\"2024-01-01\","
        "\"to\":\"2024-12-31\",\"value\":%s,\"source\":\"2024年统计公报\","
        "\"published\":\"2025-03-01\"}";
    char body[400];
    json_t *answer = NULL;
    json_t *list = NULL;

    snprintf(body, sizeof body, put, "31000000");
    ask_only(*state, "officer", "POST", "/v1/statistics", body, 201);
    ask_only(*state, "officer", "POST", "/v1/statistics", body, 200);
    snprintf(body, sizeof body, put, "31500000.5");
    ask_only(*state, "officer", "POST", "/v1/statistics", body, 200);
    answer = get(*state, "/v1/statistics?indicator=FREIGHT&subject=419001");
    list = json_object_get(answer, "statistics");
    assert_int_equal(json_array_size(list), 1);
    assert_float_equal(json_real_value(json_object_get(json_array_get(list, 0), "value")),
                       31500000.5, 0);
    assert_int_equal(json_integer_value(json_object_get(json_array_get(list, 0), "version")), 2);
    assert_string_equal(text_of(json_array_get(list, 0), "unit"), "t");
    assert_string_equal(text_of(json_array_get(list, 0), "to"), "2024-12-31");
    json_decref(answer);
    answer = get(*state, "/v1/statistics?versions=all&limit=1");
    list = json_object_get(answer, "statistics");
    assert_int_equal(json_integer_value(json_object_get(json_array_get(list, 0), "value")),
                     31000000);
    snprintf(body, sizeof body, "/v1/statistics?versions=all&limit=1&cursor=%s",
             text_of(answer, "next"));
    json_decref(answer);
    answer = get(*state, body);
    list = json_object_get(answer, "statistics");
    assert_int_equal(json_integer_value(json_object_get(json_array_get(list, 0), "version")), 2);
    assert_true(json_is_null(json_object_get(answer, "next")));
    json_decref(answer);
    answer = get(*state, "/v1/statistics?from=2025-01-01");
    assert_int_equal(json_array_size(json_object_get(answer, "statistics")), 0);
    json_decref(answer);
    snprintf(body, sizeof body, put, "0.1234");
    assert_problem(*state, "POST", "/v1/statistics", body, 400, "three behind a point");
    assert_problem(*state, "POST", "/v1/statistics", "{\"indicator\":\"FREIGHT\"}", 400, "subject");
    ask_only(*state, "viewer", "GET", "/v1/statistics?cursor=39", "", 400);
    ask_only(*state, "viewer", "GET", "/v1/statistics?versions=old", "", 400);
}

static void exceptions_are_approved_dated_and_evidenced(void **state)
{
    static const char put[] =
        "{\"rule\":\"R2-07\",\"subject_kind\":\"VEHICLE\",\"subject\":\"%s\","
        "\"document\":\"济工信〔2025〕7号\",\"from\":\"2025-01-01\",\"to\":%s,"
        "\"approved\":\"2024-12-20\",\"approved_by\":\"工科委\",\"evidence\":\"无可替代车型\"}";
    char body[500];
    json_t *answer = NULL;

    snprintf(body, sizeof body, put, "B-2", "null");
    ask_only(*state, "officer", "POST", "/v1/exceptions", body, 201);
    snprintf(body, sizeof body, put, "豫U99999", "\"2025-12-31\"");
    answer = ask(*state, "officer", "POST", "/v1/exceptions", body, 201);
    assert_int_equal(json_array_size(json_object_get(answer, "warnings")), 1); /* not registered */
    json_decref(answer);
    answer = get(*state, "/v1/exceptions?rule=R2-07&limit=1");
    assert_string_equal(
        text_of(json_array_get(json_object_get(answer, "exceptions"), 0), "subject"), "B-2");
    snprintf(body, sizeof body, "/v1/exceptions?rule=R2-07&limit=1&cursor=%s",
             text_of(answer, "next"));
    json_decref(answer);
    answer = get(*state, body);
    assert_string_equal(
        text_of(json_array_get(json_object_get(answer, "exceptions"), 0), "subject"), "豫U99999");
    assert_true(json_is_null(json_object_get(answer, "next")));
    json_decref(answer);
    /* It ends earlier: the newest version counts. */
    snprintf(body, sizeof body, put, "B-2", "\"2025-03-31\"");
    ask_only(*state, "officer", "POST", "/v1/exceptions", body, 200);
    answer = get(*state, "/v1/exceptions?subject=B-2");
    assert_int_equal(json_array_size(json_object_get(answer, "exceptions")), 0);
    json_decref(answer);
    answer = get(*state, "/v1/exceptions?ends_by=2025-12-31");
    assert_int_equal(json_array_size(json_object_get(answer, "exceptions")), 1);
    json_decref(answer);
    snprintf(body, sizeof body, put, "B-2", "\"2024-12-30\"");
    assert_problem(*state, "POST", "/v1/exceptions", body, 400, "before `from`");
    assert_problem(*state, "POST", "/v1/exceptions", "{\"rule\":\"R2-07\"}", 400, "subject_kind");
    ask_only(*state, "viewer", "GET", "/v1/exceptions?cursor=39", "", 400);
}

static void a_unit_moves_from_vehicle_to_vehicle(void **state)
{
    json_t *answer =
        ask(*state, "officer", "POST", "/v1/units",
            "{\"unit\":\"bus1\",\"vehicle_id\":\"B-2\",\"effective\":\"2025-03-01\"}", 200);

    assert_int_equal(json_array_size(json_object_get(answer, "bindings")), 2);
    json_decref(answer);
    answer = get(*state, "/v1/units?as_of=2025-02-28");
    assert_string_equal(text_of(json_array_get(json_object_get(answer, "units"), 0), "vehicle_id"),
                        "LTESTBEV5P1000001");
    json_decref(answer);
    ask_only(*state, "officer", "POST", "/v1/units",
             "{\"unit\":\"bus1\",\"vehicle_id\":null,\"effective\":\"2025-05-01\"}", 200);
    answer = get(*state, "/v1/units");
    assert_int_equal(json_array_size(json_object_get(answer, "units")), 0);
    json_decref(answer);
}

static void a_unit_has_an_interval_until_it_is_taken_back(void **state)
{
    json_t *answer =
        ask(*state, "officer", "POST", "/v1/units", "{\"unit\":\"bus1\",\"interval_s\":30}", 200);

    assert_int_equal(json_integer_value(json_object_get(answer, "interval_s")), 30);
    assert_int_equal(json_array_size(json_object_get(answer, "bindings")), 1);
    json_decref(answer);
    answer = ask(*state, "officer", "POST", "/v1/units",
                 "{\"unit\":\"bus1\",\"vehicle_id\":\"B-2\",\"interval_s\":null,"
                 "\"effective\":\"2025-03-01\"}",
                 200);
    assert_true(json_is_null(json_object_get(answer, "interval_s")));
    assert_int_equal(json_array_size(json_object_get(answer, "bindings")), 2);
    json_decref(answer);
    ask_only(*state, "officer", "POST", "/v1/units", "{\"unit\":\"bus1\"}", 200);
    ask_only(*state, "officer", "POST", "/v1/units", "{\"interval_s\":30}", 400);
    ask_only(*state, "officer", "POST", "/v1/units", "{\"unit\":\"bus1\",\"interval_s\":0}", 400);
    ask_only(*state, "officer", "POST", "/v1/units", "{\"unit\":\"bus1\",\"interval_s\":86401}",
             400);
    ask_only(*state, "officer", "POST", "/v1/units", "{\"unit\":\"bus1\",\"interval_s\":\"9\"}",
             400);
    ask_only(*state, "officer", "POST", "/v1/units", "{\"unit\":\"a/b\",\"interval_s\":9}", 400);
}

static void an_org_changes_from_a_day_on(void **state)
{
    json_t *answer = ask(*state, "officer", "POST", "/v1/orgs",
                         "{\"org_id\":\"91419001MA9TEA0117\",\"kind\":\"PRIVATE\","
                         "\"effective\":\"2025-01-01\"}",
                         200);

    assert_string_equal(text_of(answer, "kind"), "PRIVATE");
    assert_string_equal(text_of(answer, "name"), "公交");
    json_decref(answer);
    answer = get(*state, "/v1/orgs?as_of=2024-12-31&kind=SOE");
    assert_int_equal(json_array_size(json_object_get(answer, "orgs")), 1);
    json_decref(answer);
    answer = get(*state, "/v1/orgs?kind=SOE");
    assert_int_equal(json_array_size(json_object_get(answer, "orgs")), 0);
    json_decref(answer);
}

static size_t orgs_found(struct api_world *world, const char *target)
{
    json_t *answer = get(world, target);
    size_t count = json_array_size(json_object_get(answer, "orgs"));

    json_decref(answer);
    return count;
}

static void a_wildcard_in_a_search_for_orgs_means_itself(void **state)
{
    assert_int_equal(orgs_found(*state, "/v1/orgs?q=%E5%85%AC"), 1);
    assert_int_equal(orgs_found(*state, "/v1/orgs?q=%25"), 0);
    assert_int_equal(orgs_found(*state, "/v1/orgs?q=_"), 0);
    assert_int_equal(orgs_found(*state, "/v1/orgs?q=%21"), 0);
    ask_only(*state, "officer", "POST", "/v1/orgs",
             "{\"org_id\":\"o-2\",\"name\":\"100%_!\",\"kind\":\"INDIVIDUAL\"}", 201);
    assert_int_equal(orgs_found(*state, "/v1/orgs?q=0%25_%21"), 1);
}

static void exempt_page(struct api_world *world, const char *cursor, const char *documents,
                        char next[static 256])
{
    char target[320];
    char found[64] = "";
    json_t *answer = NULL;
    json_t *item = NULL;
    size_t i = 0;

    snprintf(target, sizeof target, "/v1/exemptions?limit=2%s%s",
             cursor[0] == '\0' ? "" : "&cursor=", cursor);
    answer = get(world, target);
    json_array_foreach(json_object_get(answer, "exemptions"), i, item)
        snprintf(found + i, sizeof found - i, "%s", text_of(item, "document"));
    assert_string_equal(found, documents);
    snprintf(next, 256, "%s", text_of(answer, "next") == NULL ? "" : text_of(answer, "next"));
    json_decref(answer);
}

/* Pages go on behind the last exemption given, not at a number of rows. */
static void pages_of_exemptions_skip_and_repeat_none_while_others_are_entered(void **state)
{
    static const char add[] = "{\"vehicle_id\":\"%s\",\"reason\":\"EMERGENCY\","
                              "\"document\":\"%s\",\"from\":\"2025-01-01\"}";
    static const char *const documents[] = {"b", "c", "d"};
    char body[200];
    char next[256];

    for (size_t i = 0; i < 3; i++) {
        snprintf(body, sizeof body, add, "B-2", documents[i]);
        ask_only(*state, "officer", "POST", "/v1/exemptions", body, 201);
    }
    exempt_page(*state, "", "bc", next);
    snprintf(body, sizeof body, add, "B-2", "a");
    ask_only(*state, "officer", "POST", "/v1/exemptions", body, 201);
    snprintf(body, sizeof body, add, "LTESTBEV5P1000001", "e");
    ask_only(*state, "officer", "POST", "/v1/exemptions", body, 201);
    exempt_page(*state, next, "de", next);
    assert_string_equal(next, "");
    ask_only(*state, "viewer", "GET", "/v1/exemptions?cursor=39", "", 400);
}

#define WITH_WORLD(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_WORLD(a_vehicle_reads_back_as_it_was_given),
        WITH_WORLD(vehicles_are_found_by_what_is_known_of_them),
        WITH_WORLD(an_old_plate_finds_the_vehicle),
        WITH_WORLD(a_list_comes_page_by_page),
        WITH_WORLD(a_change_shows_in_the_history_with_its_author),
        WITH_WORLD(what_is_wrong_is_refused_by_name),
        WITH_WORLD(who_only_reads_cannot_write),
        WITH_WORLD(an_import_answers_row_by_row),
        WITH_WORLD(a_reason_that_quotes_long_chinese_text_is_still_given),
        WITH_WORLD(a_wildcard_in_a_search_for_orgs_means_itself),
        WITH_WORLD(pages_of_exemptions_skip_and_repeat_none_while_others_are_entered),
        WITH_WORLD(a_statistic_is_corrected_in_a_new_version),
        WITH_WORLD(exceptions_are_approved_dated_and_evidenced),
        WITH_WORLD(a_unit_moves_from_vehicle_to_vehicle),
        WITH_WORLD(a_unit_has_an_interval_until_it_is_taken_back),
        WITH_WORLD(an_org_changes_from_a_day_on),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The routes through a real server: pages, history, decisions, thresholds, refusals. */
#include "tests/unit/http/https_world.h"

#include "registry/context.h"
#include "registry/findings/findings_api.h"
#include "tests/unit/findings/findings_world.h"

struct api {
    struct world *world;
    struct https_world *https;
    struct registry_context context; /* the one worker's, from start to stop */
};

static enum err by_token(void *context, const char *token, struct http_principal *principal)
{
    (void)context;
    principal->role = http_role_parse(token);
    SET_TEXT(principal->name, token);
    if (strncmp(token, "org-", 4) == 0) { /* a clerk of that enterprise */
        principal->role = HTTP_REPORTER;
        SET_TEXT(principal->org, token);
    }
    return principal->role == HTTP_ANYONE ? ERR_DENIED : ERR_OK;
}

static void *give_context(void *shared, unsigned worker, struct fault *fault)
{
    (void)worker;
    (void)fault;
    return shared;
}

static void keep_context(void *context)
{
    (void)context;
}

static void serve(struct api *api)
{
    api->https = world_create();
    api->https->options.workers = 1;
    api->https->options.routes = findings_routes;
    api->https->options.route_count = findings_route_count;
    api->https->options.authenticate = by_token;
    api->https->options.context_create = give_context;
    api->https->options.context_destroy = keep_context;
    api->https->options.shared = &api->context;
    world_start(api->https);
}

/* Three cars whose engines turned, and a plate that does not fit. */
static int api_open(void **state)
{
    static const char *const cars[] = {"vehicle_id=CAR-1", "vehicle_id=CAR-2", "vehicle_id=CAR-3"};
    static const char *const units[] = {"u-1", "u-2", "u-3"};
    const struct said engine = {.signals = {.sums = {.running_rows = 6}}};
    struct api *api = calloc(1, sizeof *api);
    void *world = NULL;

    (void)world_open(&world);
    api->world = world;
    for (int i = 0; i < 3; i++) {
        char unit[16];
        snprintf(unit, sizeof unit, "unit=%s", units[i]);
        put_vehicle(api->world, cars[i], "category=TAXI", "energy=BEV", "stage=D", unit);
        say(api->world, units[i], i == 2 ? "2025-11-01" : "2025-06-30", engine);
    }
    put_vehicle(api->world, "vehicle_id=CAR-4", "category=TAXI", "energy=PETROL", "stage=5",
                "plate=豫UD12345");
    look(api->world);
    api->context = (struct registry_context){.db = api->world->fixture.db,
                                             .clock = &api->world->fixture.clock.clock};
    serve(api);
    *state = api;
    return 0;
}

static int api_close(void **state)
{
    struct api *api = *state;
    void *world = api->world;

    world_destroy(api->https);
    (void)world_close(&world);
    free(api);
    return 0;
}

/* The answer as JSON, owned by the caller. `body` NULL: GET, else a change of whatever is there. */
static json_t *ask(struct api *api, const char *token, const char *target, const char *body,
                   int status)
{
    char request[1024];
    struct https_answer *a = NULL;
    json_t *json = NULL;

    snprintf(request, sizeof request,
             "%s %s HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\n"
             "%sContent-Length: %zu\r\n\r\n%s",
             body == NULL ? "GET" : "POST", target, token,
             body == NULL || status != 200 ? "" : "If-Match: *\r\n",
             body == NULL ? 0 : strlen(body), body == NULL ? "" : body);
    a = world_ask(api->https, request);
    if (a->status != status)
        fail_msg("%s: %d %s", target, a->status, a->body);
    json = json_loadb(a->body, a->body_len, 0, NULL);
    assert_non_null(json);
    return json;
}

static const char *text_of(const json_t *json, const char *name)
{
    return json_string_value(json_object_get(json, name));
}

/* "CAR-1 CAR-2 " of a page, and its next. */
static const char *subjects_for(struct api *api, const char *token, const char *target,
                                char next[64])
{
    json_t *json = ask(api, token, target, NULL, 200), *item = NULL;
    const char *all = "", *cursor = text_of(json, "next");
    size_t i = 0;

    json_array_foreach(json_object_get(json, "findings"), i, item)
    {
        if (strcmp(text_of(item, "subject_kind"), "vehicle") == 0)
            all = arena_format(api->world->arena, "%s%s ", all, text_of(item, "subject"));
    }
    snprintf(next, 64, "%s", cursor == NULL ? "" : cursor);
    json_decref(json);
    return all;
}

static const char *subjects(struct api *api, const char *target, char next[64])
{
    return subjects_for(api, "viewer", target, next);
}

static void findings_come_in_pages_and_by_what_is_asked(void **state)
{
    struct api *api = *state;
    char next[64], target[256];

    assert_string_equal(subjects(api, "/v1/findings?kind=electric-with-engine&limit=2", next),
                        "CAR-1 CAR-2 ");
    snprintf(target, sizeof target, "/v1/findings?kind=electric-with-engine&limit=2&cursor=%s",
             next);
    assert_string_equal(subjects(api, target, next), "CAR-3 ");
    assert_string_equal(next, "");
    assert_string_equal(subjects(api, "/v1/findings?subject=CAR-4", next), "CAR-4 ");
    assert_string_equal(
        subjects(api, "/v1/findings?kind=electric-with-engine&from=2025-07-01", next), "CAR-3 ");
    assert_string_equal(subjects(api, "/v1/findings?kind=electric-with-engine&to=2025-10-31", next),
                        "CAR-1 CAR-2 ");
    assert_string_equal(subjects(api, "/v1/findings?subject_kind=unit", next), "");
    assert_string_equal(subjects(api, "/v1/findings?status=closed", next), "");
}

static void what_cannot_be_asked_is_refused(void **state)
{
    static const char *const targets[] = {
        "/v1/findings?kind=none",   "/v1/findings?status=gone", "/v1/findings?subject_kind=car",
        "/v1/findings?from=monday", "/v1/findings?cursor=xyz",  "/v1/findings?color=red"};
    struct api *api = *state;

    for (size_t i = 0; i < sizeof targets / sizeof targets[0]; i++)
        json_decref(ask(api, "viewer", targets[i], NULL, 400));
    json_decref(ask(api, "viewer", "/v1/findings/999", NULL, 404));
    json_decref(ask(api, "viewer", "/v1/findings/one", NULL, 404));
}

static int64_t number_of(struct api *api, const char *subject)
{
    char target[128];
    json_t *json = NULL;
    int64_t number = 0;

    snprintf(target, sizeof target, "/v1/findings?subject=%s", subject);
    json = ask(api, "viewer", target, NULL, 200);
    number = json_integer_value(
        json_object_get(json_array_get(json_object_get(json, "findings"), 0), "id"));
    json_decref(json);
    return number;
}

static void an_officer_decides_with_a_note_and_the_history_says_so(void **state)
{
    struct api *api = *state;
    char target[64];
    json_t *json = NULL, *step = NULL;

    snprintf(target, sizeof target, "/v1/findings/%lld:decide", (long long)number_of(api, "CAR-4"));
    json_decref(ask(api, "viewer", target, "{\"decision\":\"explained\",\"note\":\"x\"}", 403));
    json_decref(ask(api, "officer", target, "{\"decision\":\"explained\"}", 400));
    json_decref(ask(api, "officer", target, "{\"decision\":\"closed\",\"note\":\"x\"}", 400));
    json_decref(ask(api, "officer", target, "{\"decision\":\"open\",\"note\":\"x\",\"a\":1}", 400));
    json = ask(api, "officer", target,
               "{\"decision\":\"explained\",\"note\":\"the plate is being changed\"}", 200);
    assert_string_equal(text_of(json, "status"), "explained");
    step = json_array_get(json_object_get(json, "history"), 1);
    assert_string_equal(text_of(step, "author"), "officer");
    assert_string_equal(text_of(step, "reason"), "the plate is being changed");
    json_decref(json);
}

static void an_enterprise_sees_what_was_found_while_a_vehicle_was_its_own(void **state)
{
    static const char path[] = "/v1/findings?kind=electric-with-engine";
    struct api *api = *state;
    char next[64], target[64];

    fixture_org(&api->world->fixture, "org-2", OWNER_PRIVATE, "2000-01-01");
    change_vehicle(api->world, "vehicle_id=CAR-2", "owner_id=org-2", "effective=2025-07-15");
    change_vehicle(api->world, "vehicle_id=CAR-3", "owner_id=org-2", "effective=2025-07-15");
    assert_string_equal(subjects_for(api, "org-1", path, next), "CAR-1 CAR-2 ");
    assert_string_equal(subjects_for(api, "org-2", path, next), "CAR-3 ");
    assert_string_equal(subjects_for(api, "org-2", "/v1/findings?subject=CAR-1", next), "");
    snprintf(target, sizeof target, "/v1/findings/%lld", (long long)number_of(api, "CAR-3"));
    json_decref(ask(api, "org-2", target, NULL, 200));
    json_decref(ask(api, "org-1", target, NULL, 404));
    json_decref(ask(api, "org-1", "/v1/findings/1000000", NULL, 404));
}

static void kinds_show_their_thresholds_and_who_changed_them(void **state)
{
    struct api *api = *state;
    json_t *json = ask(api, "viewer", "/v1/finding-kinds", NULL, 200), *parameter = NULL;

    assert_true(json_array_size(json_object_get(json, "kinds")) >= 20);
    json_decref(json);
    json_decref(ask(api, "officer", "/v1/finding-kinds/stage-date",
                    "{\"name\":\"first_6\",\"value\":\"2019-01-01\",\"source\":\"x\"}", 403));
    json_decref(ask(api, "admin", "/v1/finding-kinds/stage-date",
                    "{\"name\":\"first_6\",\"value\":17,\"source\":\"x\"}", 400));
    json_decref(ask(api, "admin", "/v1/finding-kinds/none",
                    "{\"name\":\"first_6\",\"value\":17,\"source\":\"x\"}", 404));
    json = ask(api, "admin", "/v1/finding-kinds/stage-date",
               "{\"name\":\"first_6\",\"value\":\"2019-01-01\",\"source\":\"order 12\"}", 200);
    parameter = json_array_get(json_object_get(json, "parameters"), 1);
    assert_string_equal(text_of(parameter, "value"), "2019-01-01");
    assert_string_equal(text_of(parameter, "default"), "2019-07-01");
    assert_string_equal(text_of(parameter, "source"), "order 12");
    assert_string_equal(text_of(json_object_get(parameter, "changed"), "author"), "admin");
    json_decref(json);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, api_open, api_close)
    const struct CMUnitTest tests[] = {
        TEST(findings_come_in_pages_and_by_what_is_asked),
        TEST(what_cannot_be_asked_is_refused),
        TEST(an_officer_decides_with_a_note_and_the_history_says_so),
        TEST(an_enterprise_sees_what_was_found_while_a_vehicle_was_its_own),
        TEST(kinds_show_their_thresholds_and_who_changed_them),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

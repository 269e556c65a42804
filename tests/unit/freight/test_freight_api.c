/* The routes of freight behind a real server. A bearer token is a role, a dash and a name; a
 * reporter's name is his enterprise. */
#include "tests/unit/http/https_world.h"

#include "registry/context.h"
#include "registry/freight/freight_api.h"
#include "registry/vehicles/vehicles_api.h"
#include "shared/when.h"
#include "tests/conformance/scratch.h"

#define TODAY "2025-07-10"
#define E1    "91419001MA9TEA0117"
#define E2    "91419001MA9TEA02XY"
#define R1    "/v1/freight/reports/" E1 "~2025-Q2"

#define CLERK   "reporter-" E1
#define OTHER   "reporter-" E2
#define OFFICER "officer-1"
#define VIEWER  "viewer-1"

struct api_world {
    struct https_world *https;
    struct clock_fake clock;
    struct http_route routes[64];
    char url[512], path[112];
    char etag[1024]; /* of the last answer */
};

static enum err authenticate(void *context, const char *token, struct http_principal *principal)
{
    char role[16] = "";
    const char *dash = strchr(token, '-');

    (void)context;
    if (dash == NULL)
        return ERR_DENIED;
    memcpy(role, token, (size_t)(dash - token));
    principal->role = http_role_parse(role);
    snprintf(principal->name, sizeof principal->name, "%s", token);
    snprintf(principal->org, sizeof principal->org, "%s",
             principal->role == HTTP_REPORTER ? dash + 1 : "");
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

/* A request with a body as somebody, `field` being "" or a header's line; the answer's JSON belongs to
 * the caller. */
static json_t *ask_with(struct api_world *world, const char *who, const char *field,
                        const char *method, const char *target, const char *body, int status)
{
    char request[8192];
    struct https_answer *a = NULL;
    json_t *json = NULL;

    snprintf(request, sizeof request,
             "%s %s HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\n%s"
             "Content-Length: %zu\r\n\r\n%s",
             method, target, who, field, strlen(body), body);
    a = world_ask(world->https, request);
    if (a->status != status)
        fail_msg("%s %s: %d %s", method, target, a->status, a->body);
    if (answer_field(a, "ETag") != NULL)
        snprintf(world->etag, sizeof world->etag, "%s", answer_field(a, "ETag"));
    json = json_loads(a->body, 0, NULL);
    assert_non_null(json);
    return json;
}

static json_t *ask(struct api_world *world, const char *who, const char *method, const char *target,
                   const char *body, int status)
{
    return ask_with(world, who, "", method, target, body, status);
}

static void ask_only(struct api_world *world, const char *who, const char *method,
                     const char *target, const char *body, int status)
{
    json_decref(ask(world, who, method, target, body, status));
}

static const char *text_of(const json_t *json, const char *name)
{
    return json_string_value(json_object_get(json, name));
}

static size_t rows_of(struct api_world *world, const char *who, const char *target,
                      const char *list)
{
    json_t *answer = ask(world, who, "GET", target, "", 200);
    size_t count = json_array_size(json_object_get(answer, list));

    json_decref(answer);
    return count;
}

#define LINES(tonnes)                                                                              \
    "\"lines\":[{\"commodity\":\"COAL\",\"direction\":\"IN\",\"mode\":\"RAIL\","                   \
    "\"tonnes\":" tonnes ",\"km\":420,\"station\":\"济源站\"},{\"commodity\":\"COAL\","         \
    "\"direction\":\"IN\",\"mode\":\"TRUCK_CN6\",\"tonnes\":250}]"
#define FORM(tonnes)                                                                               \
    "{\"period\":\"2025-Q2\",\"responsible\":\"张三\",\"contact\":\"0391-0000000\"," LINES(        \
        tonnes) "}"

static void add_routes(struct api_world *world)
{
    memcpy(world->routes, freight_routes, freight_route_count * sizeof world->routes[0]);
    memcpy(world->routes + freight_route_count, vehicles_routes,
           vehicles_route_count * sizeof world->routes[0]);
    world->https->options.routes = world->routes;
    world->https->options.route_count = freight_route_count + vehicles_route_count;
}

static int set_up(void **state)
{
    struct api_world *world = calloc(1, sizeof *world);
    struct sql *db = NULL;
    char sqlite[128];
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
    add_routes(world);
    world->https->options.authenticate = authenticate;
    world->https->options.context_create = context_create;
    world->https->options.context_destroy = context_destroy;
    world->https->options.shared = world;
    world_start(world->https);
    ask_only(world, OFFICER, "POST", "/v1/orgs",
             "{\"org_id\":\"" E1 "\",\"name\":\"钢厂\",\"kind\":\"SOE\",\"industry\":\"STEEL\"}",
             201);
    ask_only(world, OFFICER, "POST", "/v1/orgs",
             "{\"org_id\":\"" E2 "\",\"name\":\"水泥厂\",\"kind\":\"SOE\",\"industry\":\"CEMENT\"}",
             201);
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

static void accept_report(struct api_world *world)
{
    ask_only(world, CLERK, "POST", "/v1/freight/reports", FORM("750.5"), 201);
    ask_only(world, CLERK, "POST", R1 ":submit", "", 200);
    ask_only(world, OFFICER, "POST", R1 ":accept", "", 200);
}

/* ---- the way of a report ---- */

static void a_report_is_made_submitted_accepted_and_counts(void **state)
{
    struct api_world *world = *state;
    json_t *report = ask(world, CLERK, "POST", "/v1/freight/reports", FORM("750.5"), 201);
    json_t *shares = NULL;
    json_t *rail = NULL;

    assert_string_equal(text_of(report, "id"), E1 "~2025-Q2");
    assert_string_equal(text_of(report, "state"), "DRAFT");
    assert_string_equal(text_of(report, "name"), "钢厂");
    json_decref(report);
    report = ask(world, CLERK, "POST", R1 ":submit", "", 200);
    assert_string_equal(text_of(report, "submitter"), CLERK);
    json_decref(report);
    ask_only(world, CLERK, "POST", R1 ":accept", "", 403);
    report = ask(world, OFFICER, "POST", R1 ":accept", "", 200);
    assert_string_equal(text_of(report, "state"), "ACCEPTED");
    assert_int_equal(json_array_size(json_object_get(report, "history")), 3);
    json_decref(report);
    shares = ask(world, VIEWER, "GET", "/v1/freight/shares?period=2025", "", 200);
    assert_string_equal(text_of(shares, "bulk_t"), "1000.5");
    rail = json_object_get(json_object_get(shares, "shares"), "rail_of_bulk");
    assert_int_equal(json_integer_value(json_array_get(rail, 0)), 7505);
    assert_int_equal(json_integer_value(json_array_get(rail, 1)), 10005);
    json_decref(shares);
}

static void an_answer_can_be_changed_and_sent_back(void **state)
{
    struct api_world *world = *state;
    json_t *report = ask(world, CLERK, "POST", "/v1/freight/reports", FORM("750.5"), 201);
    json_t *lines = json_object_get(report, "lines");
    char *text = NULL;

    assert_true(json_real_value(json_object_get(json_array_get(lines, 0), "tonnes")) == 750.5);
    json_object_set_new(json_array_get(lines, 0), "tonnes", json_integer(800));
    text = json_dumps(report, 0);
    json_decref(report);
    report = ask(world, CLERK, "PUT", R1, text, 200);
    lines = json_object_get(report, "lines");
    assert_true(json_real_value(json_object_get(json_array_get(lines, 0), "tonnes")) == 800.0);
    assert_int_equal(json_integer_value(json_object_get(report, "revision")), 2);
    json_decref(report);
    ask_only(world, CLERK, "PUT", R1, text, 412); /* from before */
    free(text);
}

static void a_lost_update_is_refused(void **state)
{
    struct api_world *world = *state;
    char match[1100];

    ask_only(world, CLERK, "POST", "/v1/freight/reports", FORM("750.5"), 201);
    ask_only(world, CLERK, "PUT", R1, "{" LINES("1") "}", 428);
    snprintf(match, sizeof match, "If-Match: %s\r\n", world->etag);
    json_decref(ask_with(world, CLERK, match, "PUT", R1, "{" LINES("1") "}", 200));
    json_decref(ask_with(world, CLERK, match, "PUT", R1, "{" LINES("2") "}", 412));
    json_decref(ask_with(world, CLERK, match, "POST", R1 ":submit", "", 412));
    ask_only(world, CLERK, "POST", R1 ":submit", "", 200);
    ask_only(world, CLERK, "POST", R1 ":submit", "", 409); /* a double click */
}

static void a_report_with_errors_says_which_lines(void **state)
{
    struct api_world *world = *state;
    json_t *problem = NULL;
    const json_t *check = NULL;

    ask_only(world, CLERK, "POST", "/v1/freight/reports",
             "{\"period\":\"2025-Q2\",\"lines\":[{\"commodity\":\"COAL\",\"direction\":\"IN\","
             "\"mode\":\"TRUCK\",\"tonnes\":10}]}",
             201);
    problem = ask(world, CLERK, "POST", R1 ":submit", "", 422);
    check = json_array_get(json_object_get(problem, "checks"), 0);
    assert_string_equal(text_of(check, "rule"), "V7");
    assert_string_equal(text_of(check, "level"), "error");
    assert_string_equal(text_of(check, "column"), "mode");
    assert_int_equal(json_integer_value(json_object_get(check, "line")), 1);
    json_decref(problem);
}

static void a_form_that_makes_no_sense_is_refused_with_its_line(void **state)
{
    struct api_world *world = *state;
    json_t *problem =
        ask(world, CLERK, "POST", "/v1/freight/reports",
            "{\"period\":\"2025-Q2\",\"lines\":[{\"mode\":\"HORSE\",\"tonnes\":1.25}]}", 400);

    assert_non_null(strstr(text_of(problem, "detail"), "line 1"));
    assert_int_equal(json_array_size(json_object_get(problem, "errors")), 2);
    json_decref(problem);
    ask_only(world, OFFICER, "POST", "/v1/freight/reports", "{\"period\":\"2025-Q2\"}", 400);
    ask_only(world, OFFICER, "POST", "/v1/freight/reports",
             "{\"org_id\":\"nobody\",\"period\":\"2025-Q2\"}", 404);
}

static void an_amendment_stands_beside_the_accepted_version(void **state)
{
    struct api_world *world = *state;
    json_t *answer = NULL;
    const json_t *line = NULL;

    accept_report(world);
    ask_only(world, CLERK, "POST", R1 ":amend", "{\"reason\":\"过磅单补录\"}", 200);
    json_decref(ask_with(world, CLERK, "If-Match: *\r\n", "PUT", R1, "{" LINES("760.5") "}", 200));
    answer = ask(world, OFFICER, "GET", R1 "/compare", "", 200);
    line = json_array_get(json_object_get(answer, "lines"), 0);
    assert_string_equal(text_of(line, "change"), "changed");
    assert_true(json_real_value(json_object_get(json_object_get(line, "to"), "tonnes")) == 760.5);
    line = json_array_get(json_object_get(answer, "lines"), 1);
    assert_string_equal(text_of(line, "change"), "same");
    json_decref(answer);
    answer = ask(world, VIEWER, "GET", R1 "/versions/1", "", 200);
    assert_int_equal(json_array_size(json_object_get(answer, "lines")), 2);
    json_decref(answer);
    ask_only(world, VIEWER, "GET", R1 "/versions/2", "", 404); /* a draft */
    answer = ask(world, VIEWER, "GET", R1, "", 200);
    assert_int_equal(json_integer_value(json_object_get(answer, "accepted")), 1);
    line = json_array_get(json_object_get(answer, "lines"), 0);
    assert_true(json_real_value(json_object_get(line, "tonnes")) == 750.5);
    json_decref(answer);
}

/* ---- who sees what ---- */

static void nobody_sees_anothers_drafts(void **state)
{
    struct api_world *world = *state;

    ask_only(world, CLERK, "POST", "/v1/freight/reports", FORM("750.5"), 201);
    ask_only(world, OTHER, "GET", R1, "", 404);
    ask_only(world, VIEWER, "GET", R1, "", 404);
    ask_only(world, OFFICER, "GET", R1, "", 200);
    assert_int_equal(rows_of(world, OTHER, "/v1/freight/reports", "reports"), 0);
    assert_int_equal(rows_of(world, VIEWER, "/v1/freight/reports", "reports"), 0);
    assert_int_equal(rows_of(world, VIEWER, "/v1/freight/reports?state=DRAFT", "reports"), 0);
    assert_int_equal(rows_of(world, CLERK, "/v1/freight/reports", "reports"), 1);
    ask_only(world, CLERK, "POST", R1 ":submit", "", 200);
    assert_int_equal(rows_of(world, VIEWER, "/v1/freight/reports", "reports"), 1);
}

static void a_reporter_is_kept_to_his_own_enterprise(void **state)
{
    struct api_world *world = *state;
    json_t *answer = NULL;

    accept_report(world);
    ask_only(world, OTHER, "GET", R1, "", 404);
    ask_only(world, OTHER, "GET", R1 "/versions/1", "", 404);
    ask_only(world, OTHER, "POST", R1 ":amend", "{\"reason\":\"x\"}", 404);
    ask_only(world, OTHER, "POST", "/v1/freight/reports",
             "{\"org_id\":\"" E1 "\",\"period\":\"2025-Q1\"}", 403);
    assert_int_equal(rows_of(world, OTHER, "/v1/freight/reports?org_id=" E1, "reports"), 0);
    answer = ask(world, OTHER, "GET", "/v1/freight/shares?period=2025", "", 200);
    assert_string_equal(text_of(answer, "bulk_t"), "0.0");
    assert_true(json_is_null(json_array_get(
        json_object_get(json_object_get(answer, "shares"), "green"), 2))); /* 0/0 has no value */
    json_decref(answer);
    answer = ask(world, CLERK, "GET", "/v1/freight/missing?period=2025-Q2", "", 200);
    assert_int_equal(json_integer_value(json_object_get(answer, "expected")), 1);
    assert_int_equal(json_integer_value(json_object_get(answer, "complete")), 1);
    json_decref(answer);
    answer = ask(world, OTHER, "GET", "/v1/freight/missing?period=2025-Q2", "", 200);
    assert_int_equal(json_array_size(json_object_get(answer, "missing")), 1);
    assert_int_equal(json_integer_value(json_object_get(answer, "complete")), 0);
    json_decref(answer);
    ask_only(world, OTHER, "GET", "/v1/orgs/" E1, "", 404);
    ask_only(world, CLERK, "GET", "/v1/vehicles/LTEA0000000000001", "", 403);
}

/* ---- files ---- */

static void evidence_is_kept_and_lies_are_refused(void **state)
{
    struct api_world *world = *state;
    json_t *answer = NULL;

    ask_only(world, CLERK, "POST", "/v1/freight/reports", FORM("750.5"), 201);
    answer = ask(world, CLERK, "POST", R1 "/files?kind=WEIGHBRIDGE&name=%E7%A3%85%E5%8D%95.csv",
                 "date,t\n2025-06-01,31.5\n", 201);
    assert_string_equal(text_of(answer, "type"), "CSV");
    json_decref(answer);
    ask_only(world, CLERK, "POST", R1 "/files?kind=WEIGHBRIDGE&name=a.csv",
             "date,t\n2025-06-01,31.5\n", 409);
    ask_only(world, CLERK, "POST", R1 "/files?kind=OTHER&name=a.pdf", "date,t\n1,2\n", 400);
    ask_only(world, CLERK, "POST", R1 "/files?kind=OTHER&name=a.csv", "<html>", 400);
    ask_only(world, CLERK, "POST", R1 "/files?kind=OTHER&name=..%2Fa.csv", "a,b\n", 400);
    ask_only(world, OTHER, "GET", R1 "/files/1", "", 404);
    answer = ask(world, OFFICER, "GET", R1, "", 200);
    assert_string_equal(text_of(json_array_get(json_object_get(answer, "files"), 0), "name"),
                        "磅单.csv");
    json_decref(answer);
    ask_only(world, CLERK, "POST", R1 ":submit", "", 200);
    ask_only(world, CLERK, "POST", R1 "/files?kind=OTHER&name=b.csv", "c,d\n", 409);
}

static void a_file_comes_back_as_it_was_sent(void **state)
{
    struct api_world *world = *state;
    const struct https_answer *a = NULL;

    ask_only(world, CLERK, "POST", "/v1/freight/reports", FORM("750.5"), 201);
    ask_only(world, CLERK, "POST", R1 "/files?kind=METER&name=a.csv", "a,b\n1,2\n", 201);
    a = world_ask(world->https, "GET " R1 "/files/1 HTTP/1.1\r\nHost: localhost\r\n"
                                "Authorization: Bearer " CLERK "\r\n\r\n");
    assert_int_equal(a->status, 200);
    assert_string_equal(a->body, "a,b\n1,2\n");
    assert_string_equal(answer_field(a, "Content-Disposition"),
                        "attachment; filename*=UTF-8''a.csv");
    assert_non_null(strstr(answer_field(a, "Content-Type"), "text/csv"));
}

/* ---- the bureau ---- */

static void a_file_of_the_bureau_makes_accepted_reports(void **state)
{
    struct api_world *world = *state;
    const char *csv =
        "org_id,period,commodity,direction,mode,tonnes,km,container,counterpart\r\n" E1
        ",2025-05,COAL,IN,RAIL,12.5,420,0,\r\n" E1 ",2025-05,COAL,IN,HORSE,1,420,0,\r\n";
    json_t *answer = ask(world, OFFICER, "POST", "/v1/freight/reports:import", csv, 200);

    assert_int_equal(json_integer_value(json_object_get(answer, "created")), 1);
    assert_string_equal(
        text_of(json_array_get(json_object_get(answer, "rejected_rows"), 0), "column"), "mode");
    json_decref(answer);
    ask_only(world, CLERK, "POST", "/v1/freight/reports:import", csv, 403);
    answer = ask(world, VIEWER, "GET", "/v1/freight/reports/" E1 "~2025-05", "", 200);
    assert_string_equal(text_of(answer, "state"), "ACCEPTED");
    json_decref(answer);
}

static void who_has_not_reported_is_listed_with_the_months(void **state)
{
    struct api_world *world = *state;
    json_t *answer = NULL;
    const json_t *owed = NULL;

    accept_report(world);
    answer = ask(world, VIEWER, "GET", "/v1/freight/missing?period=2025-Q2", "", 200);
    assert_int_equal(json_integer_value(json_object_get(answer, "expected")), 2);
    assert_int_equal(json_integer_value(json_object_get(answer, "reported")), 1);
    owed = json_array_get(json_object_get(answer, "missing"), 0);
    assert_string_equal(text_of(owed, "org_id"), E2);
    assert_int_equal(json_array_size(json_object_get(owed, "months")), 3);
    assert_string_equal(text_of(owed, "due"), "2025-07-15");
    assert_true(json_is_false(json_object_get(owed, "overdue")));
    json_decref(answer);
    assert_int_equal(rows_of(world, OFFICER, "/v1/freight/reminders", "reminders"), 1);
    assert_int_equal(rows_of(world, OFFICER, "/v1/freight/reminders?days=4", "reminders"), 0);
}

static void a_question_that_makes_no_sense_is_refused(void **state)
{
    struct api_world *world = *state;

    ask_only(world, VIEWER, "GET", "/v1/freight/shares", "", 400);
    ask_only(world, VIEWER, "GET", "/v1/freight/shares?period=2025-13", "", 400);
    ask_only(world, VIEWER, "GET", "/v1/freight/shares?period=2025&by=colour", "", 400);
    ask_only(world, VIEWER, "GET", "/v1/freight/shares?period=2025&long_km=0", "", 400);
    ask_only(world, VIEWER, "GET", "/v1/freight/reports?state=OPEN", "", 400);
    ask_only(world, VIEWER, "GET", "/v1/freight/reports/nothing", "", 404);
    ask_only(world, VIEWER, "GET", "/v1/freight/missing", "", 400);
    ask_only(world, OFFICER, "GET", "/v1/freight/reminders?days=x", "", 400);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_report_is_made_submitted_accepted_and_counts),
        TEST(an_answer_can_be_changed_and_sent_back),
        TEST(a_lost_update_is_refused),
        TEST(a_report_with_errors_says_which_lines),
        TEST(a_form_that_makes_no_sense_is_refused_with_its_line),
        TEST(an_amendment_stands_beside_the_accepted_version),
        TEST(nobody_sees_anothers_drafts),
        TEST(a_reporter_is_kept_to_his_own_enterprise),
        TEST(evidence_is_kept_and_lies_are_refused),
        TEST(a_file_comes_back_as_it_was_sent),
        TEST(a_file_of_the_bureau_makes_accepted_reports),
        TEST(who_has_not_reported_is_listed_with_the_months),
        TEST(a_question_that_makes_no_sense_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The routes through a real server: figures, the vehicles behind them, pages, CSV, refusals. */
#include "tests/unit/http/https_world.h"

#include "registry/compliance/compliance_api.h"
#include "registry/compliance/kept.h"
#include "registry/context.h"
#include "registry/plans/plan.h"
#include "tests/unit/vehicles/register_fixture.h"

#define HOST   "Host: localhost\r\n"
#define BEARER "Authorization: Bearer viewer\r\n"

struct world {
    struct https_world *https;
    struct register_fixture fixture;
    struct plan_set *plans;
    struct registry_context context; /* the one worker's, from start to stop */
};

static enum err by_token(void *context, const char *token, struct http_principal *principal)
{
    (void)context;
    principal->role = http_role_parse(token);
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

static void put_bus(struct world *w, int number, const char *energy)
{
    char id[32];

    snprintf(id, sizeof id, "vehicle_id=B+%02d", number); /* with a plus: cursors are encoded */
    fixture_vehicle(&w->fixture, CHANGE_PUT, NULL, id, "category=BUS", energy, "stage=X",
                    "owner_id=org-1", "area=419001", "built_up=1", "added=2024-01-01", NULL);
}

static int world_open(void **state)
{
    struct world *w = calloc(1, sizeof *w);
    struct fault fault;

    fixture_open(&w->fixture, "2025-12-31");
    fixture_org(&w->fixture, "org-1", OWNER_SOE, "2000-01-01");
    for (int i = 0; i < 9; i++)
        put_bus(w, i, "energy=BEV");
    put_bus(w, 9, "energy=HEV");
    assert_int_equal(plan_set_load(NULL, &w->plans, &fault), ERR_OK);
    w->context = (struct registry_context){.db = w->fixture.db,
                                           .clock = &w->fixture.clock.clock,
                                           .plans = w->plans,
                                           .kept = kept_create(&w->fixture.clock.clock)};
    w->https = world_create();
    w->https->options.workers = 1;
    w->https->options.routes = compliance_routes;
    w->https->options.route_count = compliance_route_count;
    w->https->options.authenticate = by_token;
    w->https->options.context_create = give_context;
    w->https->options.context_destroy = keep_context;
    w->https->options.shared = &w->context;
    world_start(w->https);
    *state = w;
    return 0;
}

static int world_close(void **state)
{
    struct world *w = *state;

    world_destroy(w->https);
    kept_destroy(w->context.kept);
    plan_set_free(w->plans);
    fixture_close(&w->fixture);
    free(w);
    return 0;
}

static struct https_answer *get(struct world *w, const char *target, const char *accept)
{
    char request[1024];

    snprintf(request, sizeof request, "GET %s HTTP/1.1\r\n" HOST BEARER "%s\r\n", target, accept);
    return world_ask(w->https, request);
}

static json_t *get_json(struct world *w, const char *target)
{
    struct https_answer *a = get(w, target, "");
    json_t *json = json_loadb(a->body, a->body_len, 0, NULL);

    if (a->status != 200 || json == NULL)
        fail_msg("%s: %d %s", target, a->status, a->body);
    return json;
}

static void the_plan_is_answered_as_of_today_or_a_day(void **state)
{
    struct world *w = *state;
    json_t *today = get_json(w, "/v1/compliance");
    json_t *earlier = get_json(w, "/v1/compliance?plan=jiyuan-2023-2025&as_of=2023-12-31");
    json_t *rule = json_array_get(json_object_get(today, "rules"), 7);

    assert_string_equal(json_string_value(json_object_get(today, "as_of")), "2025-12-31");
    assert_string_equal(json_string_value(json_object_get(rule, "id")), "R2-05a");
    assert_int_equal(json_integer_value(json_object_get(rule, "numerator")), 9);
    assert_int_equal(json_integer_value(json_object_get(rule, "denominator")), 10);
    assert_string_equal(json_string_value(json_object_get(rule, "verdict")), "MET");
    rule = json_array_get(json_object_get(earlier, "rules"), 7);
    assert_string_equal(json_string_value(json_object_get(rule, "verdict")), "NO_DATA");
    assert_true(json_is_null(json_object_get(rule, "value")));
    assert_non_null(strstr(json_string_value(json_object_get(earlier, "note")), "2024-01-01"));
    json_decref(today);
    json_decref(earlier);
}

static void the_vehicles_behind_a_figure_come_in_pages(void **state)
{
    struct world *w = *state;
    char target[256] = "/v1/compliance/R2-05a/vehicles?counts=yes&limit=4";
    const int sizes[] = {4, 4, 1};

    for (int page = 0; page < 3; page++) {
        json_t *json = get_json(w, target);
        json_t *vehicles = json_object_get(json, "vehicles");
        const char *next = json_string_value(json_object_get(json, "next"));
        assert_int_equal(json_array_size(vehicles), sizes[page]);
        assert_string_equal(json_string_value(json_object_get(json_array_get(vehicles, 0), "why")),
                            "energy BEV is NEV");
        assert_int_equal(next == NULL, page == 2);
        if (next != NULL)
            snprintf(target, sizeof target,
                     "/v1/compliance/R2-05a/vehicles?counts=yes&limit=4&cursor=%s", next);
        json_decref(json);
    }
}

static void the_same_vehicles_come_as_csv(void **state)
{
    struct world *w = *state;
    struct https_answer *a =
        get(w, "/v1/compliance/R2-04a/vehicles?counts=no", "Accept: text/csv\r\n");

    assert_int_equal(a->status, 200);
    assert_non_null(strstr(answer_field(a, "Content-Type"), "text/csv"));
    assert_string_equal(a->body, "vehicle_id,plate,category,energy,stage,owner,area,built_up,added,"
                                 "counts,why,verified,finding\r\n"
                                 "B+09,,BUS,HEV,X,org-1,419001,1,2024-01-01,no,"
                                 "energy HEV is not NEV,silent,\r\n");
    a = get(w, "/v1/compliance/R2-05a/vehicles?counts=yes&limit=2", "Accept: text/csv\r\n");
    assert_string_equal(answer_field(a, "Link"),
                        "<?counts=yes&limit=2&cursor=422b3031>; rel=\"next\"");
}

static void what_begins_like_a_formula_is_text_in_csv(void **state)
{
    struct world *w = *state;
    struct https_answer *a = NULL;

    fixture_vehicle(&w->fixture, CHANGE_PUT, NULL, "vehicle_id==1+1", "plate=@SUM(A1)",
                    "category=TAXI", "energy=BEV", "stage=D", "owner_id=org-1", "area=419001",
                    "built_up=1", "added=2024-01-01", NULL);
    a = get(w, "/v1/compliance/R2-05b/vehicles?counts=yes", "Accept: text/csv\r\n");
    assert_int_equal(a->status, 200);
    assert_non_null(strstr(a->body, "\r\n'=1+1,'@SUM(A1),TAXI,"));
}

static void what_cannot_be_answered_is_refused_with_a_reason(void **state)
{
    static const struct {
        const char *target;
        int status;
        const char *saying;
    } cases[] = {
        {"/v1/compliance?as_of=tomorrow", 400, "expected YYYY-MM-DD"},
        {"/v1/compliance?as_of=2025-02-29", 400, "expected YYYY-MM-DD"},
        {"/v1/compliance?area=Jiyuan", 400, "expected 1 to 12 digits"},
        {"/v1/compliance/R2-07/vehicles?area=419001", 400, "no division code"},
        {"/v1/compliance/R2-07/vehicles?by=machine", 400, "expected site"},
        {"/v1/compliance/R2-05a/vehicles?by=site", 400, "leave it out"},
        {"/v1/compliance/R2-07/vehicles?cursor=41", 400, "none that this list gave"},
        {"/v1/compliance/R3-04/vehicles?area=419001", 400, "no division code"},
        {"/v1/compliance/R7-01/vehicles?area=419001", 400, "no division code"},
        {"/v1/compliance/R2-06/vehicles?area=419001", 400, "whole zone"},
        {"/v1/compliance/R2-06/vehicles?owner=org-1", 400, "not of an enterprise"},
        {"/v1/compliance?plan=none", 404, "no plan"},
        {"/v1/compliance?day=2025-01-01", 400, "day"},
        {"/v1/compliance/R9/vehicles", 404, "R9"},
        {"/v1/compliance/R2-05a/vehicles?counts=maybe", 400, "yes, no, exempt or unknown"},
        {"/v1/compliance/R2-05a/vehicles?limit=0", 400, "expected 1 to 1000"},
        {"/v1/compliance/R2-05a/vehicles?cursor=B-01", 400, "cursor"},
        {"/v1/compliance/R2-05a/vehicles?limit=many", 400, "expected 1 to 1000"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct https_answer *a = get(*state, cases[i].target, "");
        if (a->status != cases[i].status || strstr(a->body, cases[i].saying) == NULL)
            fail_msg("%s: %d %s", cases[i].target, a->status, a->body);
    }
}

static json_t *rule_of(json_t *answer, const char *id)
{
    size_t i;
    json_t *rule;

    json_array_foreach(json_object_get(answer, "rules"), i,
                       rule) if (strcmp(json_string_value(json_object_get(rule, "id")), id) ==
                                 0) return rule;
    fail_msg("there is no rule %s", id);
    return NULL;
}

static void of_an_area_only_vehicles_have_figures_and_the_others_say_why(void **state)
{
    json_t *json = get_json(*state, "/v1/compliance?area=419001");
    static const char *const others[] = {"R2-06", "R2-07", "R2-08", "R3-02", "R3-04", "R7-01"};

    assert_int_equal(json_integer_value(json_object_get(rule_of(json, "R2-05a"), "denominator")),
                     10);
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        json_t *rule = rule_of(json, others[i]);
        const char *note = json_string_value(json_object_get(rule, "note_figure"));
        assert_string_equal(json_string_value(json_object_get(rule, "verdict")), "NO_DATA");
        assert_non_null(note);
        assert_non_null(strstr(note, "area: "));
    }
    json_decref(json);
}

/* The bus that was a hybrid is corrected a month later, for all its life. */
static void what_was_known_earlier_is_answered_as_it_was(void **state)
{
    struct world *w = *state;
    json_t *json = NULL;
    json_t *rule = NULL;

    fixture_today(&w->fixture, "2026-01-31");
    fixture_vehicle(&w->fixture, CHANGE_PATCH, NULL, "vehicle_id=B+09", "energy=BEV",
                    "effective=2024-01-01", NULL);
    json = get_json(w, "/v1/compliance?as_of=2025-12-31&known=2026-01-15T00:00:00Z");
    rule = json_array_get(json_object_get(json, "rules"), 7);
    assert_int_equal(json_integer_value(json_object_get(rule, "numerator")), 9);
    assert_true(json_is_null(json_object_get(rule, "verified")));
    assert_string_equal(json_string_value(json_object_get(json, "known")),
                        "2026-01-15T00:00:00.000Z");
    json_decref(json);
    json = get_json(w, "/v1/compliance/R2-05a/vehicles?as_of=2025-12-31&counts=no"
                       "&known=2026-01-15T00:00:00Z");
    assert_int_equal(json_array_size(json_object_get(json, "vehicles")), 1);
    json_decref(json);
    json = get_json(w, "/v1/compliance?as_of=2025-12-31");
    rule = json_array_get(json_object_get(json, "rules"), 7);
    assert_int_equal(json_integer_value(json_object_get(rule, "numerator")), 10);
    assert_true(json_is_null(json_object_get(json, "known")));
    json_decref(json);
    assert_int_equal(get(w, "/v1/compliance?known=2026-02-15T00:00:00Z", "")->status, 400);
    assert_int_equal(get(w, "/v1/compliance?known=2026-01-15", "")->status, 400);
}

static void nobody_sees_it_without_a_token(void **state)
{
    struct world *w = *state;

    assert_int_equal(world_ask(w->https, "GET /v1/compliance HTTP/1.1\r\n" HOST "\r\n")->status,
                     401);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_plan_is_answered_as_of_today_or_a_day),
        cmocka_unit_test(the_vehicles_behind_a_figure_come_in_pages),
        cmocka_unit_test(what_begins_like_a_formula_is_text_in_csv),
        cmocka_unit_test(the_same_vehicles_come_as_csv),
        cmocka_unit_test(what_cannot_be_answered_is_refused_with_a_reason),
        cmocka_unit_test(of_an_area_only_vehicles_have_figures_and_the_others_say_why),
        cmocka_unit_test(what_was_known_earlier_is_answered_as_it_was),
        cmocka_unit_test(nobody_sees_it_without_a_token),
    };
    return cmocka_run_group_tests(tests, world_open, world_close);
}

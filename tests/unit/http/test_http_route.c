#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <string.h>

#include "registry/http/http_route.h"

static const struct http_route routes[] = {
    {"GET", "/healthz", HTTP_ANYONE, 0, NULL},
    {"GET", "/v1/vehicles", HTTP_VIEWER, 0, NULL},
    {"POST", "/v1/vehicles", HTTP_OFFICER, 10, NULL},
    {"POST", "/v1/vehicles:import", HTTP_OFFICER, 10, NULL},
    {"GET", "/v1/vehicles/{id}", HTTP_VIEWER, 0, NULL},
    {"PATCH", "/v1/vehicles/{id}", HTTP_OFFICER, 10, NULL},
    {"GET", "/v1/vehicles/{id}/history", HTTP_VIEWER, 0, NULL},
    {"GET", "/v1/vehicles/special", HTTP_VIEWER, 0, NULL},
    {"POST", "/v1/reports/{id}:submit", HTTP_VIEWER, 0, NULL},
    {"POST", "/v1/reports/{id}", HTTP_VIEWER, 0, NULL},
};

static struct arena *arena;
static struct http_target target;
static struct http_match match;
static struct http_refusal refusal;

static int setup(void **state)
{
    (void)state;
    arena = arena_create();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_destroy(arena);
    return 0;
}

static bool parse(const char *text)
{
    refusal = (struct http_refusal){.status = 0};
    return http_target_parse(arena, text, &target, &refusal);
}

static bool find(const char *method, const char *text)
{
    assert_true(parse(text));
    return http_route_find(arena, routes, sizeof routes / sizeof routes[0], method, &target, &match,
                           &refusal);
}

static void finds(const char *method, const char *text, const char *pattern)
{
    assert_true(find(method, text));
    assert_string_equal(match.route->pattern, pattern);
    assert_ptr_equal(match.route, &routes[match.index]);
}

static void a_path_finds_its_pattern_and_its_values(void **state)
{
    (void)state;
    finds("GET", "/healthz", "/healthz");
    finds("HEAD", "/healthz", "/healthz");
    finds("GET", "/v1/vehicles?x=1", "/v1/vehicles");
    finds("POST", "/v1/vehicles:import", "/v1/vehicles:import");
    finds("GET", "/v1/vehicles/LB1%2F%E6%B5%8EU", "/v1/vehicles/{id}");
    assert_string_equal(match.values[0].name, "id");
    assert_string_equal(match.values[0].value, "LB1/济U");
    finds("GET", "/v1/vehicles/special", "/v1/vehicles/special");
    finds("GET", "/v1/vehicles/special/history", "/v1/vehicles/{id}/history");
}

static void a_verb_behind_a_value_is_taken_apart(void **state)
{
    (void)state;
    finds("POST", "/v1/reports/7:submit", "/v1/reports/{id}:submit");
    assert_string_equal(match.values[0].value, "7");
    finds("POST", "/v1/reports/7", "/v1/reports/{id}");
    finds("POST", "/v1/reports/:submit", "/v1/reports/{id}");
}

static void no_route_is_404_and_another_method_405_with_allow(void **state)
{
    (void)state;
    assert_false(find("GET", "/v1/nothing"));
    assert_int_equal(refusal.status, 404);
    assert_false(find("GET", "/v1/vehicles/a/b/c"));
    assert_int_equal(refusal.status, 404);
    assert_false(find("GET", "/"));
    assert_int_equal(refusal.status, 404);
    assert_false(find("DELETE", "/v1/vehicles/a"));
    assert_int_equal(refusal.status, 405);
    assert_string_equal(refusal.field, "Allow");
    assert_string_equal(refusal.value, "OPTIONS, GET, HEAD, PATCH");
    assert_false(find("OPTIONS", "/v1/vehicles"));
    assert_int_equal(refusal.status, 204);
    assert_string_equal(refusal.value, "OPTIONS, GET, HEAD, POST");
}

static void odd_paths_are_refused(void **state)
{
    static const char *const paths[] = {"/v1/../etc/passwd",
                                        "/v1/%2e%2e/x",
                                        "/v1/.",
                                        "/v1//vehicles",
                                        "//host/path",
                                        "/v1/",
                                        "/%",
                                        "/%4",
                                        "/%zz",
                                        "/a%00b",
                                        "/a%0Ab",
                                        "/%7f",
                                        "/%c0%ae%c0%ae",
                                        "/%ed%a0%80",
                                        "/%ff",
                                        "/a%e6%b5",
                                        "/x?a=%",
                                        "/x?=b",
                                        "/x?a=%00",
                                        "/x?%ff=1",
                                        "/x?a=%C3%28"};

    (void)state;
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        if (parse(paths[i]))
            fail_msg("taken: %s", paths[i]);
        assert_int_equal(refusal.status, 400);
    }
    assert_false(parse("/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/17"));
    assert_int_equal(refusal.status, 414);
}

static void a_query_is_decoded_as_forms_write_it(void **state)
{
    (void)state;
    assert_true(parse("/x?a=1&b=%E6%B5%8E&&c=x+y%2Bz&d&e=&f=p=q"));
    assert_int_equal(target.param_count, 6);
    assert_string_equal(target.params[1].value, "济");
    assert_string_equal(target.params[2].value, "x y+z");
    assert_string_equal(target.params[3].name, "d");
    assert_string_equal(target.params[3].value, "");
    assert_string_equal(target.params[4].value, "");
    assert_string_equal(target.params[5].value, "p=q");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_path_finds_its_pattern_and_its_values),
        cmocka_unit_test(a_verb_behind_a_value_is_taken_apart),
        cmocka_unit_test(no_route_is_404_and_another_method_405_with_allow),
        cmocka_unit_test(odd_paths_are_refused),
        cmocka_unit_test(a_query_is_decoded_as_forms_write_it),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}

/* Signing in and the administration of accounts behind a real server. */
#include "tests/unit/http/https_world.h"

#include "registry/accounts/accounts_api.h"
#include "registry/audit/audit.h"
#include "registry/auth/account.h"
#include "registry/auth/turns.h"
#include "registry/context.h"

#define NOW      1767225600000 /* 2026-01-01 */
#define PASSWORD "correct horse battery"

struct api_world {
    struct https_world *https;
    struct clock_fake clock;
    struct turns *sign_ins;
    char url[128];
};

/* A browser: what it was given. */
struct browser {
    struct api_world *world;
    char cookie[SECRET_LEN + 1], csrf[SECRET_LEN + 1];
};

static enum err by_token(void *context, const char *token, struct http_principal *principal)
{
    (void)context;
    principal->role = http_role_parse(token);
    snprintf(principal->name, sizeof principal->name, "%s-1", token);
    return principal->role == HTTP_ANYONE ? ERR_DENIED : ERR_OK;
}

static enum err by_session(void *context, const char *secret, struct http_principal *principal,
                           char csrf[static HTTP_CSRF_SIZE])
{
    struct registry_context *c = context;

    return account_session_verify(c->db, c->clock, secret, principal, csrf);
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
    context->sign_ins = world->sign_ins;
    return context;
}

static void context_destroy(void *context)
{
    sql_close(((struct registry_context *)context)->db);
    free(context);
}

static int set_up(void **state)
{
    struct api_world *world = calloc(1, sizeof *world);
    struct sql *db = NULL;

    assert_non_null(world);
    clock_fake_init(&world->clock, NOW);
    world->sign_ins =
        turns_create(&world->clock.clock, TURNS_OF_SIGN_IN_AT_ONCE, TURNS_OF_SIGN_IN_MS);
    world->https = world_create();
    snprintf(world->url, sizeof world->url, "sqlite:%s/test.db", world->https->dir);
    assert_int_equal(sql_open(world->url, &db, NULL), ERR_OK);
    assert_int_equal(store_migrate(db, NULL, NULL), ERR_OK);
    sql_close(db);
    world->https->options.routes = accounts_routes;
    world->https->options.route_count = accounts_route_count;
    world->https->options.authenticate = by_token;
    world->https->options.session = by_session;
    world->https->options.context_create = context_create;
    world->https->options.context_destroy = context_destroy;
    world->https->options.shared = world;
    world_start(world->https);
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    struct api_world *world = *state;

    world_destroy(world->https);
    turns_destroy(world->sign_ins);
    free(world);
    return 0;
}

static struct https_answer *send_with(struct api_world *world, const char *fields,
                                      const char *method, const char *target, const char *body)
{
    char request[2048];

    snprintf(request, sizeof request,
             "%s %s HTTP/1.1\r\nHost: localhost\r\n%sContent-Length: %zu\r\n\r\n%s", method, target,
             fields, strlen(body), body);
    return world_ask(world->https, request);
}

static struct https_answer *as_admin(struct api_world *world, const char *method,
                                     const char *target, const char *more, const char *body)
{
    char fields[200];

    snprintf(fields, sizeof fields, "Authorization: Bearer admin\r\n%s", more);
    return send_with(world, fields, method, target, body);
}

static struct https_answer *as_browser(struct browser *browser, const char *method,
                                       const char *target, const char *body)
{
    char fields[300];

    snprintf(fields, sizeof fields, "Cookie: " HTTP_SESSION_COOKIE "=%s\r\nX-CSRF-Token: %s\r\n",
             browser->cookie, browser->csrf);
    return send_with(browser->world, fields, method, target, body);
}

static void copy_text(const struct https_answer *answer, const char *name, char *out, size_t size)
{
    json_t *json = json_loads(answer->body, 0, NULL);
    const char *text = json_string_value(json_object_get(json, name));

    assert_non_null(text);
    snprintf(out, size, "%s", text);
    json_decref(json);
}

/* Makes an account through the API and sets its password by the link. */
static void make_account(struct api_world *world, const char *name, const char *role)
{
    char body[300], link[100];
    struct https_answer *a = NULL;

    snprintf(body, sizeof body, "{\"name\":\"%s\",\"full_name\":\"安娜\",%s}", name, role);
    a = as_admin(world, "POST", "/v1/accounts", "", body);
    assert_int_equal(a->status, 201);
    copy_text(a, "link", link, sizeof link);
    assert_int_equal(strncmp(link, "/#/password/", 12), 0);
    snprintf(body, sizeof body, "{\"link\":\"%s\",\"password\":\"" PASSWORD "\"}", link + 12);
    assert_int_equal(send_with(world, "", "POST", "/v1/password:set", body)->status, 204);
    assert_int_equal(send_with(world, "", "POST", "/v1/password:set", body)->status, 404);
}

static void sign_in(struct api_world *world, const char *name, struct browser *browser)
{
    char body[200];
    struct https_answer *a = NULL;
    const char *cookie = NULL;

    *browser = (struct browser){.world = world};
    snprintf(body, sizeof body, "{\"name\":\"%s\",\"password\":\"" PASSWORD "\"}", name);
    a = send_with(world, "", "POST", "/v1/session", body);
    assert_int_equal(a->status, 201);
    cookie = answer_field(a, "Set-Cookie");
    assert_non_null(cookie);
    assert_int_equal(strncmp(cookie, HTTP_SESSION_COOKIE "=", 14), 0);
    snprintf(browser->cookie, sizeof browser->cookie, "%.43s", cookie + 14);
    assert_string_equal(cookie + 14 + SECRET_LEN, "; Path=/; Secure; HttpOnly; SameSite=Strict");
    assert_null(strstr(a->body, browser->cookie));
    copy_text(a, "csrf", browser->csrf, sizeof browser->csrf);
}

static void who_signs_in_gets_a_cookie_that_scripts_and_other_sites_cannot_use(void **state)
{
    struct browser browser;
    struct https_answer *a = NULL;

    make_account(*state, "anne", "\"role\":\"officer\"");
    sign_in(*state, "anne", &browser);
    a = as_browser(&browser, "GET", "/v1/session", "");
    assert_int_equal(a->status, 200);
    assert_non_null(strstr(a->body, "\"role\":\"officer\""));
    assert_int_equal(as_browser(&browser, "GET", "/v1/accounts", "")->status, 403);
    assert_int_equal(as_browser(&browser, "DELETE", "/v1/session", "")->status, 204);
    assert_int_equal(as_browser(&browser, "GET", "/v1/session", "")->status, 401);
}

static void a_change_without_the_csrf_token_is_refused(void **state)
{
    struct browser browser;

    make_account(*state, "root", "\"role\":\"admin\"");
    sign_in(*state, "root", &browser);
    browser.csrf[0] = browser.csrf[0] == 'A' ? 'B' : 'A';
    assert_int_equal(as_browser(&browser, "POST", "/v1/accounts/root:reset", "")->status, 403);
    assert_int_equal(as_browser(&browser, "GET", "/v1/accounts", "")->status, 200);
}

static void a_wrong_password_says_neither_which_nor_whether(void **state)
{
    char *unknown = NULL;

    make_account(*state, "anne", "\"role\":\"viewer\"");
    unknown = strdup(
        send_with(*state, "", "POST", "/v1/session", "{\"name\":\"x\",\"password\":\"y\"}")->body);
    for (int i = 0; i < ACCOUNT_FREE_GUESSES; i++) {
        struct https_answer *a =
            send_with(*state, "", "POST", "/v1/session", "{\"name\":\"anne\",\"password\":\"y\"}");
        assert_int_equal(a->status, 401);
        assert_string_equal(a->body, unknown);
    }
    struct https_answer *a = send_with(*state, "", "POST", "/v1/session",
                                       "{\"name\":\"anne\",\"password\":\"" PASSWORD "\"}");
    assert_int_equal(a->status, 401); /* locked, which is not said either */
    assert_string_equal(a->body, unknown);
    free(unknown);
}

static void who_signs_in_when_too_many_do_is_told_to_wait(void **state)
{
    struct api_world *world = *state;
    struct https_answer *a = NULL;
    static const char guess[] = "{\"name\":\"x\",\"password\":\"y\"}";
    static const char set[] = "{\"link\":\"x\",\"password\":\"" PASSWORD "\"}";

    assert_int_equal(send_with(*state, "", "POST", "/v1/session", guess)->status, 401);
    while (turns_take(world->sign_ins) == 0)
        ;
    a = send_with(*state, "", "POST", "/v1/session", guess);
    assert_int_equal(a->status, 429);
    assert_string_equal(answer_field(a, "Retry-After"), "1");
    assert_int_equal(send_with(*state, "", "POST", "/v1/password:set", set)->status, 429);
    clock_fake_advance(&world->clock, TURNS_OF_SIGN_IN_MS);
    assert_int_equal(send_with(*state, "", "POST", "/v1/session", guess)->status, 401);
}

static void an_update_that_somebody_overtook_is_refused(void **state)
{
    make_account(*state, "root", "\"role\":\"admin\"");
    make_account(*state, "clerk", "\"role\":\"reporter\",\"org\":\"91419001MA9TEA0117\"");
    assert_int_equal(
        as_admin(*state, "PATCH", "/v1/accounts/clerk", "", "{\"disabled\":true}")->status, 428);
    assert_int_equal(as_admin(*state, "PATCH", "/v1/accounts/clerk", "If-Match: \"1\"\r\n",
                              "{\"full_name\":\"B\"}")
                         ->status,
                     200);
    assert_int_equal(as_admin(*state, "PATCH", "/v1/accounts/clerk", "If-Match: \"1\"\r\n",
                              "{\"full_name\":\"C\"}")
                         ->status,
                     412);
    assert_int_equal(as_admin(*state, "PATCH", "/v1/accounts/clerk", "If-Match: \"2\"\r\n",
                              "{\"role\":\"viewer\"}")
                         ->status,
                     400);
    assert_int_equal(
        as_admin(*state, "PATCH", "/v1/accounts/root", "If-Match: \"1\"\r\n", "{\"disabled\":true}")
            ->status,
        409);
}

static void bodies_of_another_form_are_refused(void **state)
{
    static const char *const bodies[] = {
        "",
        "[]",
        "{}",
        "{\"name\":\"a\"}",
        "{\"name\":1,\"password\":\"x\"}",
        "{\"name\":\"a\",\"password\":\"x\",\"more\":1}",
    };

    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++)
        assert_int_equal(send_with(*state, "", "POST", "/v1/session", bodies[i])->status, 400);
}

static void what_happens_to_accounts_is_in_the_audit_log(void **state)
{
    struct api_world *world = *state;
    struct browser browser;
    struct sql *db = NULL;
    struct sql_rows *rows = NULL;
    char actions[300] = "";

    make_account(world, "anne", "\"role\":\"viewer\"");
    sign_in(world, "anne", &browser);
    as_browser(&browser, "DELETE", "/v1/sessions", "");
    assert_int_equal(sql_open(world->url, &db, NULL), ERR_OK);
    rows = sql_query(db, "SELECT who, action FROM audit_entry ORDER BY number", SQL_NO_VALUES);
    while (sql_next(rows)) {
        size_t len = strlen(actions);
        snprintf(actions + len, sizeof actions - len, "%s %s, ", sql_column_text(rows, 0),
                 sql_column_text(rows, 1));
    }
    assert_int_equal(sql_done(rows, NULL), ERR_OK);
    assert_string_equal(actions, "admin-1 account.create, anne account.password, anne "
                                 "account.sign_in, anne account.sign_out, ");
    sql_close(db);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(who_signs_in_gets_a_cookie_that_scripts_and_other_sites_cannot_use),
        TEST(a_change_without_the_csrf_token_is_refused),
        TEST(a_wrong_password_says_neither_which_nor_whether),
        TEST(who_signs_in_when_too_many_do_is_told_to_wait),
        TEST(an_update_that_somebody_overtook_is_refused),
        TEST(bodies_of_another_form_are_refused),
        TEST(what_happens_to_accounts_is_in_the_audit_log),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

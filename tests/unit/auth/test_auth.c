#include "tests/unit/auth/auth_world.h"

static int64_t make(struct world *w, const char *name, enum http_role role, int64_t days,
                    char text[static AUTH_TOKEN_LEN + 1])
{
    struct auth_request request = {.name = name, .role = role, .days = days, .by = "tester"};
    struct fault fault = {.text = ""};
    int64_t number = 0;

    if (auth_token_create(w->db, &w->clock.clock, &request, text, &number, &fault) != ERR_OK)
        fail_msg("%s", fault.text);
    return number;
}

static enum err verify(struct world *w, const char *text)
{
    struct http_principal principal;

    return auth_verify(w->auth, text, &principal);
}

static struct store_token *list(struct world *w, size_t *count)
{
    struct store_token *tokens = NULL;
    struct fault fault;

    assert_int_equal(store_tokens_list(w->db, w->arena, &tokens, count, &fault), ERR_OK);
    return tokens;
}

static void a_token_says_who_its_holder_is(void **state)
{
    struct world *w = *state;
    char officer[AUTH_TOKEN_LEN + 1];
    char viewer[AUTH_TOKEN_LEN + 1];
    struct http_principal principal;

    assert_int_equal(make(w, "王 officer", HTTP_OFFICER, 0, officer), 1);
    assert_int_equal(make(w, "dashboard", HTTP_VIEWER, 30, viewer), 2);
    assert_int_equal(strlen(officer), AUTH_TOKEN_LEN);
    assert_int_equal(strspn(officer + 4, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                         "0123456789-_"),
                     43);
    assert_string_not_equal(officer, viewer);
    /* asked of the database, then remembered */
    for (int i = 0; i < 2; i++) {
        assert_int_equal(auth_verify(w->auth, officer, &principal), ERR_OK);
        assert_int_equal(principal.role, HTTP_OFFICER);
        assert_string_equal(principal.name, "王 officer");
        assert_int_equal(auth_verify(w->auth, viewer, &principal), ERR_OK);
        assert_int_equal(principal.role, HTTP_VIEWER);
    }
}

static void what_is_not_a_token_is_denied(void **state)
{
    struct world *w = *state;
    char text[AUTH_TOKEN_LEN + 1];
    char longer[AUTH_TOKEN_LEN + 2];

    make(w, "a", HTTP_ADMIN, 0, text);
    assert_int_equal(verify(w, text), ERR_OK);
    snprintf(longer, sizeof longer, "%sA", text);
    assert_int_equal(verify(w, longer), ERR_DENIED);
    text[20] = text[20] == 'A' ? 'B' : 'A';
    assert_int_equal(verify(w, text), ERR_DENIED);
    text[0] = 'E';
    assert_int_equal(verify(w, text), ERR_DENIED);
    assert_int_equal(verify(w, ""), ERR_DENIED);
    assert_int_equal(verify(w, "evr_"), ERR_DENIED);
}

static void a_token_ends_on_its_last_day_even_when_remembered(void **state)
{
    struct world *w = *state;
    char text[AUTH_TOKEN_LEN + 1];

    make(w, "short", HTTP_VIEWER, 1, text);
    clock_fake_advance(&w->clock, WHEN_DAY_MS - 1);
    assert_int_equal(verify(w, text), ERR_OK);
    clock_fake_advance(&w->clock, 1);
    assert_int_equal(verify(w, text), ERR_DENIED);
}

static void a_revocation_holds_after_the_memory_has_passed(void **state)
{
    struct world *w = *state;
    char text[AUTH_TOKEN_LEN + 1];
    struct fault fault;
    int64_t number = make(w, "leaver", HTTP_ADMIN, 0, text);

    assert_int_equal(verify(w, text), ERR_OK);
    assert_int_equal(auth_token_revoke(w->db, &w->clock.clock, number, "tester", &fault), ERR_OK);
    clock_fake_advance(&w->clock, AUTH_REMEMBER_MS);
    assert_int_equal(verify(w, text), ERR_DENIED);
    assert_int_equal(auth_token_revoke(w->db, &w->clock.clock, number, "tester", &fault), ERR_OK);
    assert_int_equal(auth_token_revoke(w->db, &w->clock.clock, 99, "tester", &fault),
                     ERR_NOT_FOUND);
}

static void the_list_shows_lives_and_last_use_but_no_secret(void **state)
{
    struct world *w = *state;
    char text[AUTH_TOKEN_LEN + 1];
    struct fault fault;
    size_t count = 0;
    struct store_token *tokens = NULL;

    make(w, "one", HTTP_VIEWER, 2, text);
    assert_int_equal(verify(w, text), ERR_OK);
    make(w, "two", HTTP_ADMIN, 0, text);
    assert_int_equal(auth_token_revoke(w->db, &w->clock.clock, 2, "tester", &fault), ERR_OK);
    tokens = list(w, &count);
    assert_int_equal(count, 2);
    assert_string_equal(tokens[0].name, "one");
    assert_int_equal(tokens[0].last_used_day, when_day_of(1767225600000));
    assert_string_equal(auth_token_state(&tokens[0], 1767225600000), "valid");
    assert_string_equal(auth_token_state(&tokens[0], 1767225600000 + 2 * WHEN_DAY_MS), "expired");
    assert_int_equal(tokens[1].last_used_day, 0);
    assert_string_equal(auth_token_state(&tokens[1], 1767225600000), "revoked");
    assert_string_equal(tokens[1].role, "admin");
}

static void a_token_is_verified_while_somebody_else_writes(void **state)
{
    struct world *w = *state;
    struct sql *other = NULL;
    struct fault fault;
    char text[AUTH_TOKEN_LEN + 1];
    size_t count = 0;

    make(w, "patient", HTTP_VIEWER, 0, text);
    assert_int_equal(sql_open(w->url, &other, &fault), ERR_OK);
    assert_int_equal(sql_begin(other, SQL_WRITE, &fault), ERR_OK);
    assert_int_equal(verify(w, text), ERR_OK);
    assert_int_equal(list(w, &count)[0].last_used_day, 0);
    sql_rollback(other);
    sql_close(other);
    clock_fake_advance(&w->clock, AUTH_REMEMBER_MS);
    assert_int_equal(verify(w, text), ERR_OK);
    assert_int_not_equal(list(w, &count)[0].last_used_day, 0);
}

static void an_outside_token_says_whom_it_belongs_to(void **state)
{
    struct world *w = *state;
    const struct auth_request request = {"clerk", HTTP_REPORTER, "91419001MA9TEA0117", 0, "tester"};
    char text[AUTH_TOKEN_LEN + 1];
    struct http_principal principal;
    struct fault fault;
    int64_t number = 0;

    assert_int_equal(auth_token_create(w->db, &w->clock.clock, &request, text, &number, &fault),
                     ERR_OK);
    assert_int_equal(auth_verify(w->auth, text, &principal), ERR_OK);
    assert_int_equal(principal.role, HTTP_REPORTER);
    assert_string_equal(principal.org, "91419001MA9TEA0117");
}

static void bad_requests_are_refused_with_a_reason(void **state)
{
    static const struct auth_request bad[] = {
        {"", HTTP_VIEWER, NULL, 0, "tester"},
        {"a\nb", HTTP_VIEWER, NULL, 0, "tester"},
        {"\xff", HTTP_VIEWER, NULL, 0, "tester"},
        {"ok", HTTP_ANYONE, NULL, 0, "tester"},
        {"ok", HTTP_GATEWAY, NULL, 0, "tester"},
        {"ok", HTTP_VIEWER, NULL, -1, "tester"},
        {"ok", HTTP_VIEWER, NULL, 99999, "tester"},
        {"0123456789012345678901234567890123456789012345678901234567890123", HTTP_VIEWER, NULL, 0,
         "tester"},
        {"ok", HTTP_VIEWER, "91419001MA9TEA0117", 0, "tester"},
        {"ok", HTTP_REPORTER, NULL, 0, "tester"},
        {"ok", HTTP_REPORTER, "", 0, "tester"},
        {"ok", HTTP_DEPARTMENT, "\xff", 0, "tester"},
    };
    struct world *w = *state;
    char text[AUTH_TOKEN_LEN + 1];
    int64_t number = 0;
    size_t count = 0;

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct fault fault;
        assert_int_equal(auth_token_create(w->db, &w->clock.clock, &bad[i], text, &number, &fault),
                         ERR_INPUT);
        assert_true(strlen(fault.text) > 10);
    }
    list(w, &count);
    assert_int_equal(count, 0);
}

/* More tokens than places to remember them in: each is still told apart. */
static void many_tokens_are_told_apart(void **state)
{
    enum { MANY = 200 };
    struct world *w = *state;
    static char texts[MANY][AUTH_TOKEN_LEN + 1];
    char name[16];

    for (int i = 0; i < MANY; i++) {
        snprintf(name, sizeof name, "n%d", i);
        make(w, name, HTTP_VIEWER, 0, texts[i]);
    }
    for (int round = 0; round < 2; round++)
        for (int i = 0; i < MANY; i++) {
            struct http_principal principal;
            snprintf(name, sizeof name, "n%d", i);
            assert_int_equal(auth_verify(w->auth, texts[i], &principal), ERR_OK);
            assert_string_equal(principal.name, name);
        }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_token_says_who_its_holder_is),
        TEST(what_is_not_a_token_is_denied),
        TEST(a_token_ends_on_its_last_day_even_when_remembered),
        TEST(a_revocation_holds_after_the_memory_has_passed),
        TEST(the_list_shows_lives_and_last_use_but_no_secret),
        TEST(a_token_is_verified_while_somebody_else_writes),
        TEST(an_outside_token_says_whom_it_belongs_to),
        TEST(bad_requests_are_refused_with_a_reason),
        TEST(many_tokens_are_told_apart),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "tests/unit/auth/auth_world.h"

#include "registry/audit/audit.h"
#include "registry/auth/account.h"
#include "shared/tls/password.h"
#include "tests/unit/auth/cheap_scrypt.h"

#define PASSWORD "correct horse battery"

static const struct account_by OPERATOR = {"operator", AUDIT_COMMAND, NULL};
static const struct account_request ANNE = {"anne", "安娜", HTTP_ADMIN, NULL, false};

#define OWN     "91419001MA9TEA0117"
#define FOREIGN "91419001MA9TEA02XY"
static const struct account_by MANAGER = {"clerk", "reporter", OWN};

/* An account that has set its password. */
static void make_account(struct world *w, const struct account_request *request)
{
    char link[SECRET_LEN + 1];
    struct fault fault = {.text = ""};

    if (account_create(w->db, &w->clock.clock, &OPERATOR, request, link, &fault) != ERR_OK ||
        account_set_password(w->db, &w->clock.clock, link, PASSWORD, &fault) != ERR_OK)
        fail_msg("%s", fault.text);
}

static enum err sign_in(struct world *w, const char *name, const char *password,
                        struct account_session *session)
{
    struct account_session unwanted;
    struct fault fault;

    return account_sign_in(w->db, &w->clock.clock, name, password,
                           session == NULL ? &unwanted : session, &fault);
}

static enum err verify(struct world *w, const struct account_session *session)
{
    struct http_principal principal;
    char csrf[SECRET_LEN + 1];

    return account_session_verify(w->db, &w->clock.clock, session->secret, &principal, csrf);
}

static void a_link_sets_a_password_once(void **state)
{
    struct world *w = *state;
    struct account_session session;
    struct http_principal principal;
    char link[SECRET_LEN + 1], csrf[SECRET_LEN + 1];
    struct fault fault;

    assert_int_equal(account_create(w->db, &w->clock.clock, &OPERATOR, &ANNE, link, &fault),
                     ERR_OK);
    assert_int_equal(sign_in(w, "anne", PASSWORD, NULL), ERR_DENIED);
    assert_int_equal(account_set_password(w->db, &w->clock.clock, link, "too short", &fault),
                     ERR_INPUT);
    assert_int_equal(account_set_password(w->db, &w->clock.clock, link, PASSWORD, &fault), ERR_OK);
    assert_int_equal(account_set_password(w->db, &w->clock.clock, link, PASSWORD, &fault),
                     ERR_NOT_FOUND);
    assert_int_equal(sign_in(w, "anne", PASSWORD, &session), ERR_OK);
    assert_int_equal(
        account_session_verify(w->db, &w->clock.clock, session.secret, &principal, csrf), ERR_OK);
    assert_int_equal(principal.role, HTTP_ADMIN);
    assert_string_equal(principal.name, "anne");
    assert_string_equal(csrf, session.csrf);
    assert_string_not_equal(csrf, session.secret);
}

static void a_link_that_is_too_old_sets_nothing(void **state)
{
    struct world *w = *state;
    char link[SECRET_LEN + 1];
    struct fault fault;

    assert_int_equal(account_create(w->db, &w->clock.clock, &OPERATOR, &ANNE, link, &fault),
                     ERR_OK);
    clock_fake_advance(&w->clock, ACCOUNT_LINK_MS);
    assert_int_equal(account_set_password(w->db, &w->clock.clock, link, PASSWORD, &fault),
                     ERR_NOT_FOUND);
}

static void whoever_guesses_waits_longer_and_longer(void **state)
{
    struct world *w = *state;

    make_account(w, &ANNE);
    for (int i = 0; i < ACCOUNT_FREE_GUESSES; i++)
        assert_int_equal(sign_in(w, "anne", "wrong password", NULL), ERR_DENIED);
    clock_fake_advance(&w->clock, ACCOUNT_LOCK_MS - 1);
    assert_int_equal(sign_in(w, "anne", PASSWORD, NULL), ERR_DENIED);
    clock_fake_advance(&w->clock, 1);
    assert_int_equal(sign_in(w, "anne", "wrong password", NULL), ERR_DENIED);
    clock_fake_advance(&w->clock, 2 * ACCOUNT_LOCK_MS - 1);
    assert_int_equal(sign_in(w, "anne", PASSWORD, NULL), ERR_DENIED);
    clock_fake_advance(&w->clock, 1);
    assert_int_equal(sign_in(w, "anne", PASSWORD, NULL), ERR_OK);
    assert_int_equal(sign_in(w, "anne", "wrong password", NULL), ERR_DENIED);
    assert_int_equal(sign_in(w, "anne", PASSWORD, NULL), ERR_OK);
}

/* Whose account is reset when its time is asked for the second time: the password was looked at by then. */
struct meddling {
    struct clock clock;
    struct world *w;
    int asked;
};

static int64_t meddle(const struct clock *self)
{
    struct meddling *m = (struct meddling *)(uintptr_t)self;
    char link[SECRET_LEN + 1];
    struct fault fault;

    if (++m->asked == 2)
        assert_int_equal(
            account_reset(m->w->db, &m->w->clock.clock, &OPERATOR, "anne", link, &fault), ERR_OK);
    return clock_wall_ms(&m->w->clock.clock);
}

static void an_account_that_is_reset_meanwhile_lets_nobody_in(void **state)
{
    struct world *w = *state;
    struct meddling m = {.clock = {.wall_ms = meddle}, .w = w};
    struct account_session session;
    struct fault fault;

    make_account(w, &ANNE);
    assert_int_equal(account_sign_in(w->db, &m.clock, "anne", PASSWORD, &session, &fault),
                     ERR_DENIED);
    assert_int_equal(m.asked, 2);
    assert_int_equal(verify(w, &session), ERR_DENIED);
}

static void a_password_changed_while_it_was_reset_stays_reset(void **state)
{
    struct world *w = *state;
    struct meddling m = {.clock = {.wall_ms = meddle}, .w = w};
    struct account_session session;
    struct fault fault;

    make_account(w, &ANNE);
    assert_int_equal(sign_in(w, "anne", PASSWORD, &session), ERR_OK);
    assert_int_equal(account_change_password(w->db, &m.clock, session.secret, PASSWORD,
                                             "another long password", &fault),
                     ERR_DENIED);
    assert_int_equal(m.asked, 2);
    assert_int_equal(sign_in(w, "anne", "another long password", NULL), ERR_DENIED);
}

static void nobody_can_sign_in_as_nobody(void **state)
{
    struct world *w = *state;

    assert_int_equal(sign_in(w, "nobody", PASSWORD, NULL), ERR_DENIED);
    assert_int_equal(sign_in(w, "", "", NULL), ERR_DENIED);
}

static void a_session_ends_when_it_is_idle_and_when_it_is_old(void **state)
{
    struct world *w = *state;
    struct account_session idle, used;

    make_account(w, &ANNE);
    assert_int_equal(sign_in(w, "anne", PASSWORD, &idle), ERR_OK);
    assert_int_equal(sign_in(w, "anne", PASSWORD, &used), ERR_OK);
    for (int64_t ms = 0; ms + ACCOUNT_IDLE_MS / 2 < ACCOUNT_SESSION_MS; ms += ACCOUNT_IDLE_MS / 2) {
        assert_int_equal(verify(w, &used), ERR_OK);
        clock_fake_advance(&w->clock, ACCOUNT_IDLE_MS / 2);
    }
    assert_int_equal(verify(w, &idle), ERR_DENIED);
    assert_int_equal(verify(w, &used), ERR_OK);
    clock_fake_advance(&w->clock, ACCOUNT_IDLE_MS / 2);
    assert_int_equal(verify(w, &used), ERR_DENIED);
}

static void signing_out_ends_one_session_or_all(void **state)
{
    struct world *w = *state;
    struct account_session one, two, three;
    struct fault fault;

    make_account(w, &ANNE);
    assert_int_equal(sign_in(w, "anne", PASSWORD, &one), ERR_OK);
    assert_int_equal(sign_in(w, "anne", PASSWORD, &two), ERR_OK);
    assert_int_equal(sign_in(w, "anne", PASSWORD, &three), ERR_OK);
    assert_int_equal(account_sign_out(w->db, &w->clock.clock, one.secret, false, &fault), ERR_OK);
    assert_int_equal(verify(w, &one), ERR_DENIED);
    assert_int_equal(verify(w, &two), ERR_OK);
    assert_int_equal(account_sign_out(w->db, &w->clock.clock, two.secret, true, &fault), ERR_OK);
    assert_int_equal(verify(w, &two), ERR_DENIED);
    assert_int_equal(verify(w, &three), ERR_DENIED);
    assert_int_equal(account_sign_out(w->db, &w->clock.clock, two.secret, true, &fault), ERR_OK);
}

static void a_new_password_ends_the_other_sessions(void **state)
{
    struct world *w = *state;
    struct account_session here, there;
    struct fault fault;

    make_account(w, &ANNE);
    assert_int_equal(sign_in(w, "anne", PASSWORD, &here), ERR_OK);
    assert_int_equal(sign_in(w, "anne", PASSWORD, &there), ERR_OK);
    assert_int_equal(account_change_password(w->db, &w->clock.clock, here.secret, "wrong password",
                                             "another password", &fault),
                     ERR_DENIED);
    assert_int_equal(account_change_password(w->db, &w->clock.clock, here.secret, PASSWORD,
                                             "it is anne again", &fault),
                     ERR_INPUT);
    assert_int_equal(account_change_password(w->db, &w->clock.clock, here.secret, PASSWORD,
                                             "another password", &fault),
                     ERR_OK);
    assert_int_equal(verify(w, &here), ERR_OK);
    assert_int_equal(verify(w, &there), ERR_DENIED);
    assert_int_equal(sign_in(w, "anne", PASSWORD, NULL), ERR_DENIED);
    assert_int_equal(sign_in(w, "anne", "another password", NULL), ERR_OK);
}

static void a_reset_takes_password_and_sessions_away(void **state)
{
    struct world *w = *state;
    struct account_session session;
    char link[SECRET_LEN + 1];
    struct fault fault;

    make_account(w, &ANNE);
    assert_int_equal(sign_in(w, "anne", PASSWORD, &session), ERR_OK);
    assert_int_equal(account_reset(w->db, &w->clock.clock, &OPERATOR, "anne", link, &fault),
                     ERR_OK);
    assert_int_equal(verify(w, &session), ERR_DENIED);
    assert_int_equal(sign_in(w, "anne", PASSWORD, NULL), ERR_DENIED);
    assert_int_equal(account_set_password(w->db, &w->clock.clock, link, PASSWORD, &fault), ERR_OK);
    assert_int_equal(sign_in(w, "anne", PASSWORD, NULL), ERR_OK);
    assert_int_equal(account_reset(w->db, &w->clock.clock, &OPERATOR, "nobody", link, &fault),
                     ERR_NOT_FOUND);
}

static struct store_account read_account(struct world *w, const char *name)
{
    struct store_account account;
    struct fault fault;

    assert_int_equal(store_account_find(w->db, w->arena, name, &account, &fault), ERR_OK);
    return account;
}

static void the_last_admin_stays_and_a_lost_update_is_refused(void **state)
{
    struct world *w = *state;
    const struct account_request bert = {"bert", "Bert", HTTP_ADMIN, NULL, false};
    struct store_account anne, old;
    struct account_session session;
    struct fault fault;

    make_account(w, &ANNE);
    assert_int_equal(sign_in(w, "anne", PASSWORD, &session), ERR_OK);
    old = anne = read_account(w, "anne");
    anne.role = "officer";
    assert_int_equal(account_amend(w->db, &w->clock.clock, &OPERATOR, &anne, &fault), ERR_CONFLICT);
    assert_string_equal(read_account(w, "anne").role, "admin");
    make_account(w, &bert);
    anne = old;
    anne.disabled_ms = 1;
    assert_int_equal(account_amend(w->db, &w->clock.clock, &OPERATOR, &anne, &fault), ERR_OK);
    assert_int_equal(verify(w, &session), ERR_DENIED);
    assert_int_equal(sign_in(w, "anne", PASSWORD, NULL), ERR_DENIED);
    assert_int_equal(account_amend(w->db, &w->clock.clock, &OPERATOR, &old, &fault), ERR_CONFLICT);
}

static enum err create_as(struct world *w, const struct account_by *by, const char *name,
                          enum http_role role, const char *org)
{
    const struct account_request request = {name, "X", role, org, false};
    char link[SECRET_LEN + 1];
    struct fault fault;

    return account_create(w->db, &w->clock.clock, by, &request, link, &fault);
}

static void who_manages_an_organisation_makes_its_accounts_and_no_others(void **state)
{
    struct world *w = *state;
    struct store_account *listed = NULL;
    const struct store_account_search search = {MANAGER.role, MANAGER.org, NULL, 10};
    struct fault fault;
    size_t count = 0;

    assert_int_equal(create_as(w, &MANAGER, "mine", HTTP_REPORTER, OWN), ERR_OK);
    assert_int_equal(create_as(w, &MANAGER, "other", HTTP_REPORTER, FOREIGN), ERR_DENIED);
    assert_int_equal(create_as(w, &MANAGER, "office", HTTP_DEPARTMENT, OWN), ERR_DENIED);
    assert_int_equal(create_as(w, &MANAGER, "boss", HTTP_ADMIN, NULL), ERR_DENIED);
    assert_int_equal(create_as(w, &OPERATOR, "other", HTTP_REPORTER, FOREIGN), ERR_OK);
    assert_int_equal(create_as(w, &OPERATOR, "office", HTTP_DEPARTMENT, OWN), ERR_OK);
    assert_int_equal(store_accounts_list(w->db, w->arena, &search, &listed, &count, &fault),
                     ERR_OK);
    assert_int_equal(count, 1);
    assert_string_equal(listed[0].name, "mine");
}

static void accounts_of_others_are_not_there_for_who_manages_an_organisation(void **state)
{
    static const char *const others[] = {"other", "office", "anne"};
    struct world *w = *state;
    struct store_account account;
    char link[SECRET_LEN + 1];
    struct fault fault;

    make_account(w, &ANNE);
    assert_int_equal(create_as(w, &OPERATOR, "mine", HTTP_REPORTER, OWN), ERR_OK);
    assert_int_equal(create_as(w, &OPERATOR, "other", HTTP_REPORTER, FOREIGN), ERR_OK);
    assert_int_equal(create_as(w, &OPERATOR, "office", HTTP_DEPARTMENT, OWN), ERR_OK);
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        assert_int_equal(account_find(w->db, w->arena, &MANAGER, others[i], &account, &fault),
                         ERR_NOT_FOUND);
        assert_int_equal(account_reset(w->db, &w->clock.clock, &MANAGER, others[i], link, &fault),
                         ERR_NOT_FOUND);
        /* Nor can one be taken over by writing what it is to become. */
        account = read_account(w, others[i]);
        account.role = MANAGER.role;
        account.org = MANAGER.org;
        assert_int_equal(account_amend(w->db, &w->clock.clock, &MANAGER, &account, &fault),
                         ERR_NOT_FOUND);
    }
    assert_int_equal(account_reset(w->db, &w->clock.clock, &MANAGER, "mine", link, &fault), ERR_OK);
    account = read_account(w, "mine");
    account.role = "officer";
    account.org = "";
    assert_int_equal(account_amend(w->db, &w->clock.clock, &MANAGER, &account, &fault), ERR_DENIED);
    account = read_account(w, "mine");
    account.manages = true;
    assert_int_equal(account_amend(w->db, &w->clock.clock, &MANAGER, &account, &fault), ERR_OK);
    assert_true(read_account(w, "mine").manages);
}

static void bad_accounts_are_refused_with_a_reason(void **state)
{
    static const struct account_request bad[] = {
        {"a", "A", HTTP_VIEWER, NULL, false},
        {"with space", "A", HTTP_VIEWER, NULL, false},
        {"ok", "", HTTP_VIEWER, NULL, false},
        {"ok", "a\nb", HTTP_VIEWER, NULL, false},
        {"ok", "A", HTTP_GATEWAY, NULL, false},
        {"ok", "A", HTTP_REPORTER, NULL, false},
        {"ok", "A", HTTP_VIEWER, "somebody's", false},
        {"ok", "A", HTTP_ADMIN, NULL, true}, /* an admin manages all, and is not marked */
        {"anne", "A", HTTP_VIEWER, NULL, false},
    };
    struct world *w = *state;
    char link[SECRET_LEN + 1];

    make_account(w, &ANNE);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct fault fault = {.text = ""};
        assert_int_not_equal(
            account_create(w->db, &w->clock.clock, &OPERATOR, &bad[i], link, &fault), ERR_OK);
        assert_true(strlen(fault.text) > 10);
    }
}

static void what_is_kept_of_a_password_fits_that_password_only(void **state)
{
    char text[PASSWORD_TEXT], again[PASSWORD_TEXT];

    (void)state;
    cheap_scrypt_off(true);
    password_digest(PASSWORD, text);
    password_digest(PASSWORD, again);
    assert_string_not_equal(text, again);
    assert_int_equal(strncmp(text, "scrypt$15$8$1$", 14), 0);
    assert_true(password_fits(PASSWORD, text));
    assert_false(password_fits(PASSWORD "x", text));
    text[20] = text[20] == '0' ? '1' : '0';
    assert_false(password_fits(PASSWORD, text));
    assert_false(password_fits(PASSWORD, "scrypt$15$8$1$00$00"));
    assert_false(password_fits(PASSWORD, NULL));
    cheap_scrypt_off(false);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_link_sets_a_password_once),
        TEST(a_link_that_is_too_old_sets_nothing),
        TEST(whoever_guesses_waits_longer_and_longer),
        TEST(an_account_that_is_reset_meanwhile_lets_nobody_in),
        TEST(a_password_changed_while_it_was_reset_stays_reset),
        TEST(nobody_can_sign_in_as_nobody),
        TEST(a_session_ends_when_it_is_idle_and_when_it_is_old),
        TEST(signing_out_ends_one_session_or_all),
        TEST(a_new_password_ends_the_other_sessions),
        TEST(a_reset_takes_password_and_sessions_away),
        TEST(the_last_admin_stays_and_a_lost_update_is_refused),
        TEST(bad_accounts_are_refused_with_a_reason),
        TEST(who_manages_an_organisation_makes_its_accounts_and_no_others),
        TEST(accounts_of_others_are_not_there_for_who_manages_an_organisation),
        cmocka_unit_test(what_is_kept_of_a_password_fits_that_password_only),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

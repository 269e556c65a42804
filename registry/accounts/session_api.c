#include <stdio.h>

#include "registry/accounts/accounts_api.h"
#include "registry/auth/account.h"
#include "registry/auth/turns.h"
#include "registry/vehicles/api.h"
#include "shared/tls/password.h"

/* Nothing a page runs reads the cookie, no other site sends it, and it ends with the browser. */
#define COOKIE "%s=%s; Path=/; Secure; HttpOnly; SameSite=Strict"

static void set_cookie(struct http_call *call, const char *secret)
{
    http_add_header(call, "Set-Cookie",
                    arena_format(http_arena(call), COOKIE, HTTP_SESSION_COOKIE, secret));
}

static void clear_cookie(struct http_call *call)
{
    http_add_header(call, "Set-Cookie",
                    arena_format(http_arena(call), COOKIE "; Max-Age=0", HTTP_SESSION_COOKIE, ""));
}

/* Two texts of the body, which may hold nothing else. False: answered. They belong to the arena. */
static bool two_texts(struct http_call *call, const char *first_name, const char **first,
                      const char *second_name, const char **second)
{
    json_t *body = api_body(call);
    json_error_t error;
    int failed = 0;

    if (body == NULL)
        return false;
    failed = json_unpack_ex(body, &error, JSON_STRICT, "{s:s, s:s}", first_name, first, second_name,
                            second);
    if (failed == 0) {
        *first = arena_text(http_arena(call), *first);
        *second = arena_text(http_arena(call), *second);
    }
    json_decref(body);
    if (failed != 0)
        http_reply_problem(call, 400, "the body holds \"%s\" and \"%s\", both texts; %s",
                           first_name, second_name, error.text);
    return failed == 0;
}

/* What a page must know about who uses it. */
static json_t *session_json(const struct http_principal *principal, const char *csrf)
{
    return json_pack("{s:s, s:s, s:s?, s:b, s:s}", "name", principal->name, "role",
                     http_role_name(principal->role), "org",
                     principal->org[0] == '\0' ? NULL : principal->org, "manages",
                     principal->manages, "csrf", csrf);
}

/* Replies when there is none. Anybody can ask for what follows, and it is dear. */
static bool take_turn(struct http_call *call)
{
    int64_t wait_ms = turns_take(api_context(call)->sign_ins);

    if (wait_ms == 0)
        return true;
    http_add_header(call, "Retry-After",
                    arena_format(http_arena(call), "%lld", (long long)(wait_ms + 999) / 1000));
    http_reply_problem(call, 429, "too many people sign in at once; try again in a moment");
    return false;
}

static void refuse_sign_in(struct http_call *call, enum err err, const struct fault *fault)
{
    if (err == ERR_DENIED) {
        http_add_header(call, "WWW-Authenticate", "Bearer realm=\"evroll\"");
        http_reply_problem(call, 401, "%s", fault->text);
    } else {
        http_reply_fault(call, fault);
    }
}

void session_open(struct http_call *call)
{
    struct registry_context *context = api_context(call);
    struct account_session session;
    struct http_principal principal;
    char csrf[SECRET_LEN + 1];
    const char *name = NULL, *password = NULL;
    struct fault fault;
    enum err err = ERR_OK;

    if (!two_texts(call, "name", &name, "password", &password) || !take_turn(call))
        return;
    err = account_sign_in(context->db, context->clock, name, password, &session, &fault);
    if (err == ERR_OK && account_session_verify(context->db, context->clock, session.secret,
                                                &principal, csrf) != ERR_OK)
        err = fault_set(&fault, ERR_BUSY, "the account was changed just now; sign in again");
    if (err != ERR_OK) {
        refuse_sign_in(call, err, &fault);
        return;
    }
    set_cookie(call, session.secret);
    http_reply_json(call, 201, session_json(&principal, csrf));
}

void session_show(struct http_call *call)
{
    struct registry_context *context = api_context(call);
    struct http_principal principal;
    char csrf[SECRET_LEN + 1];
    const char *secret = http_session(call);

    if (secret == NULL ||
        account_session_verify(context->db, context->clock, secret, &principal, csrf) != ERR_OK)
        http_reply_problem(call, 404, "a token has no session; only who signed in has one");
    else
        http_reply_json(call, 200, session_json(&principal, csrf));
}

static void close_session(struct http_call *call, bool everywhere)
{
    struct registry_context *context = api_context(call);
    const char *secret = http_session(call);
    struct fault fault;

    if (secret != NULL &&
        account_sign_out(context->db, context->clock, secret, everywhere, &fault) != ERR_OK) {
        http_reply_fault(call, &fault);
        return;
    }
    clear_cookie(call);
    http_reply_empty(call, 204);
}

void session_close(struct http_call *call)
{
    close_session(call, false);
}

void sessions_close(struct http_call *call)
{
    close_session(call, true);
}

void password_change(struct http_call *call)
{
    struct registry_context *context = api_context(call);
    const char *secret = http_session(call), *old = NULL, *fresh = NULL;
    struct fault fault;
    enum err err = ERR_OK;

    if (!two_texts(call, "old", &old, "new", &fresh))
        return;
    if (secret == NULL) {
        http_reply_problem(call, 409, "a token has no password; sign in to change yours");
        return;
    }
    err = account_change_password(context->db, context->clock, secret, old, fresh, &fault);
    if (err != ERR_OK)
        http_reply_fault(call, &fault);
    else
        http_reply_empty(call, 204);
}

void password_set(struct http_call *call)
{
    struct registry_context *context = api_context(call);
    const char *link = NULL, *password = NULL;
    struct fault fault;

    if (!two_texts(call, "link", &link, "password", &password) || !take_turn(call))
        return;
    if (account_set_password(context->db, context->clock, link, password, &fault) != ERR_OK)
        http_reply_fault(call, &fault);
    else
        http_reply_empty(call, 204);
}

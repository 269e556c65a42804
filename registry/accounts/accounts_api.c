#include "registry/accounts/accounts_api.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "registry/auth/account.h"
#include "registry/vehicles/api.h"

#define BODY_MAX 4096
#define OUTSIDE  (HTTP_ALSO(HTTP_REPORTER) | HTTP_ALSO(HTTP_DEPARTMENT))
#define ANYBODY  (HTTP_VIEWER | OUTSIDE)
#define MANAGER  (HTTP_ADMIN | OUTSIDE) /* of the outside ones who manages accounts: by_manager */

static json_t *text_or_null(const char *text)
{
    return text[0] == '\0' ? json_null() : json_string(text);
}

static json_t *instant_or_null(int64_t instant_ms)
{
    return instant_ms == 0 ? json_null() : api_instant_json(instant_ms);
}

static json_t *account_json(const struct store_account *a)
{
    return json_pack("{s:s, s:s, s:s, s:o, s:b, s:b, s:b, s:o, s:o, s:o, s:I}", "name", a->name,
                     "full_name", a->full_name, "role", a->role, "org", text_or_null(a->org),
                     "manages", a->manages, "disabled", a->disabled_ms != 0, "has_password",
                     a->password != NULL, "locked_until", instant_or_null(a->locked_until_ms),
                     "created", api_instant_json(a->created_ms), "last_seen",
                     instant_or_null(a->last_seen_ms), "version", (json_int_t)a->version);
}

/* Whose accounts the caller may look at and change. False: answered, nobody's. */
static bool by_manager(struct http_call *call, struct account_by *by)
{
    const struct http_principal *principal = http_principal(call);

    *by = (struct account_by){.who = principal->name, .role = http_role_name(principal->role)};
    if (http_role_admits(HTTP_ADMIN, principal->role))
        return true;
    by->org = principal->org;
    if (!principal->manages)
        http_reply_problem(call, 403,
                           "this needs the role admin, or a signed-in account that manages its "
                           "organisation's");
    return principal->manages;
}

void accounts_list(struct http_call *call)
{
    static const char *const known[] = {"limit", "cursor", NULL};
    struct store_account_search search = {.role = NULL};
    struct account_by by;
    struct store_account *accounts = NULL;
    struct api_page page;
    struct fault fault;
    size_t count = 0;
    json_t *list = NULL, *next = NULL;

    if (!by_manager(call, &by) || !http_query_known(call, known) || !api_page(call, &page))
        return;
    search = (struct store_account_search){by.role, by.org, page.after, page.limit + 1};
    if (store_accounts_list(api_context(call)->db, http_arena(call), &search, &accounts, &count,
                            &fault) != ERR_OK) {
        http_reply_fault(call, &fault);
        return;
    }
    list = json_array();
    for (size_t i = 0; i < count && (int64_t)i < page.limit; i++)
        json_array_append_new(list, account_json(&accounts[i]));
    if ((int64_t)count > page.limit)
        next = api_cursor(call, accounts[page.limit - 1].name);
    http_reply_json(call, 200,
                    json_pack("{s:o, s:o}", "accounts", list, "next", next ? next : json_null()));
}

static void reply_account(struct http_call *call, const struct store_account *account)
{
    api_add_etag(call, account->version);
    http_reply_json(call, 200, account_json(account));
}

void account_get(struct http_call *call)
{
    static const char *const known[] = {NULL};
    struct store_account account;
    struct account_by by;
    struct fault fault;

    if (!by_manager(call, &by) || !http_query_known(call, known))
        return;
    if (account_find(api_context(call)->db, http_arena(call), &by, http_path_value(call, "name"),
                     &account, &fault) != ERR_OK)
        http_reply_fault(call, &fault);
    else
        reply_account(call, &account);
}

/* The link is an address of the dashboard; whoever opens it sets the password. */
static json_t *link_json(struct http_call *call, const char *name, const char *link)
{
    int64_t expires = clock_wall_ms(api_context(call)->clock) + ACCOUNT_LINK_MS;

    return json_pack("{s:s, s:s, s:o}", "name", name, "link",
                     arena_format(http_arena(call), "/#/password/%s", link), "expires",
                     api_instant_json(expires));
}

void account_post(struct http_call *call)
{
    struct registry_context *context = api_context(call);
    struct account_by by;
    struct account_request request = {.org = NULL};
    char link[SECRET_LEN + 1];
    const char *role = NULL;
    int manages = 0;
    json_t *body = NULL;
    json_error_t error;
    struct fault fault;

    if (!by_manager(call, &by) || (body = api_body(call)) == NULL)
        return;
    if (json_unpack_ex(body, &error, JSON_STRICT, "{s:s, s:s, s:s, s?s, s?b}", "name",
                       &request.name, "full_name", &request.full_name, "role", &role, "org",
                       &request.org, "manages", &manages) != 0) {
        http_reply_problem(call, 400,
                           "the body holds name, full_name, role and, where the role needs it, "
                           "org, all texts, and manages (true or false); %s",
                           error.text);
    } else {
        request.role = http_role_parse(role);
        request.manages = manages != 0;
        if (account_create(context->db, context->clock, &by, &request, link, &fault) != ERR_OK)
            http_reply_fault(call, &fault);
        else
            http_reply_json(call, 201, link_json(call, request.name, link));
    }
    json_decref(body);
}

/* The members that are there, into `account`. False: answered. */
static bool take_changes(struct http_call *call, json_t *body, struct store_account *account)
{
    int disabled = account->disabled_ms != 0, manages = account->manages;
    json_error_t error;

    if (json_unpack_ex(body, &error, JSON_STRICT, "{s?s, s?s, s?s, s?b, s?b}", "full_name",
                       &account->full_name, "role", &account->role, "org", &account->org, "manages",
                       &manages, "disabled", &disabled) != 0) {
        http_reply_problem(call, 400,
                           "the body may hold full_name, role, org (texts), manages and disabled "
                           "(true or false); %s",
                           error.text);
        return false;
    }
    account->manages = manages != 0;
    if (!disabled)
        account->disabled_ms = 0;
    else if (account->disabled_ms == 0)
        account->disabled_ms = clock_wall_ms(api_context(call)->clock);
    return true;
}

/* If-Match: the version that the caller has seen, as the entity tag of RFC 9110 13.1.1. */
static bool match_version(struct http_call *call, const struct store_account *account)
{
    const char *field = http_header(call, "If-Match");
    char tag[32];

    snprintf(tag, sizeof tag, "\"%lld\"", (long long)account->version);
    if (field == NULL)
        http_reply_problem(call, 428, "send If-Match with the version you have seen, as \"N\"");
    else if (strcmp(field, tag) != 0)
        http_reply_problem(call, 412,
                           "somebody changed it meanwhile: it is version %lld now; read "
                           "it again",
                           (long long)account->version);
    else
        return true;
    return false;
}

void account_patch(struct http_call *call)
{
    struct registry_context *context = api_context(call);
    struct account_by by;
    struct store_account account;
    json_t *body = NULL;
    struct fault fault;

    if (!by_manager(call, &by))
        return;
    if (account_find(context->db, http_arena(call), &by, http_path_value(call, "name"), &account,
                     &fault) != ERR_OK) {
        http_reply_fault(call, &fault);
        return;
    }
    if (!match_version(call, &account) || (body = api_body(call)) == NULL)
        return;
    if (take_changes(call, body, &account)) {
        if (account_amend(context->db, context->clock, &by, &account, &fault) != ERR_OK)
            http_reply_fault(call, &fault);
        else
            reply_account(call, &account);
    }
    json_decref(body);
}

void account_post_reset(struct http_call *call)
{
    struct registry_context *context = api_context(call);
    struct account_by by;
    const char *name = http_path_value(call, "name");
    char link[SECRET_LEN + 1];
    struct fault fault;

    if (!by_manager(call, &by))
        return;
    if (account_reset(context->db, context->clock, &by, name, link, &fault) != ERR_OK)
        http_reply_fault(call, &fault);
    else
        http_reply_json(call, 201, link_json(call, name, link));
}

const struct http_route accounts_routes[] = {
    {"POST", "/v1/session", HTTP_ANYONE, BODY_MAX, session_open},
    {"GET", "/v1/session", ANYBODY, 0, session_show},
    {"DELETE", "/v1/session", ANYBODY, 0, session_close},
    {"DELETE", "/v1/sessions", ANYBODY, 0, sessions_close},
    {"POST", "/v1/password", ANYBODY, BODY_MAX, password_change},
    {"POST", "/v1/password:set", HTTP_ANYONE, BODY_MAX, password_set},
    {"GET", "/v1/accounts", MANAGER, 0, accounts_list},
    {"POST", "/v1/accounts", MANAGER, BODY_MAX, account_post},
    {"GET", "/v1/accounts/{name}", MANAGER, 0, account_get},
    {"PATCH", "/v1/accounts/{name}", MANAGER, BODY_MAX, account_patch},
    {"POST", "/v1/accounts/{name}:reset", MANAGER, 0, account_post_reset},
};

const size_t accounts_route_count = sizeof accounts_routes / sizeof accounts_routes[0];

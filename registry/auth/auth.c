#include "registry/auth/auth.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "registry/audit/audit.h"
#include "registry/auth/secret.h"
#include "shared/log.h"
#include "shared/tls/tls.h"
#include "shared/utf8.h"
#include "shared/when.h"

#define PREFIX   "evr_"
#define DAYS_MAX 3650

/* What was verified lately. A place is chosen by the hash, so a caller who tries tokens at random
 * can push others out and costs them a query, nothing else. */
#define PLACES 64

struct known {
    uint8_t hash[STORE_TOKEN_HASH];
    struct http_principal principal;
    int64_t expires_ms;
    int64_t until_mono_ms; /* 0: empty */
};

struct auth {
    struct sql *db;
    const struct clock *clock;
    struct known known[PLACES];
};

/* ---- making ---- */

static bool name_ok(const char *name)
{
    size_t len = strlen(name);

    for (const char *p = name; *p != '\0'; p++)
        if ((unsigned char)*p < 0x20 || *p == 0x7f)
            return false;
    return len > 0 && len < sizeof((struct http_principal *)NULL)->name && utf8_ok(name);
}

static bool org_ok(const char *org)
{
    return org[0] != '\0' && strlen(org) < sizeof((struct http_principal *)NULL)->org &&
           utf8_ok(org);
}

bool auth_role_ok(enum http_role role, const char *org, struct fault *fault)
{
    bool outside = role == HTTP_REPORTER || role == HTTP_DEPARTMENT;
    const char *wrong = NULL;

    if (!outside && (role < HTTP_VIEWER || role > HTTP_ADMIN))
        wrong = "a role is viewer, officer, admin, department or reporter";
    else if (outside && (org == NULL || !org_ok(org)))
        wrong = "the roles department and reporter belong to somebody: give the department's name "
                "as the plan writes it, or the enterprise's org_id";
    else if (!outside && org != NULL)
        wrong = "only the roles department and reporter belong to an org";
    return wrong == NULL || fault_set(fault, ERR_INPUT, "%s", wrong) == ERR_OK;
}

static enum err request_check(const struct auth_request *request, struct fault *fault)
{
    if (!name_ok(request->name))
        return fault_set(fault, ERR_INPUT,
                         "a token's name is 1 to 63 bytes of text without control characters");
    if (!auth_role_ok(request->role, request->org, fault))
        return ERR_INPUT;
    if (request->days < 0 || request->days > DAYS_MAX)
        return fault_set(fault, ERR_INPUT, "a token lives 1 to %d days, or 0 for no end", DAYS_MAX);
    return ERR_OK;
}

static enum err end_transaction(struct sql *db, enum err err, struct fault *fault)
{
    if (err == ERR_OK)
        return sql_commit(db, fault);
    sql_rollback(db);
    return err;
}

static enum err enter(struct sql *db, int64_t at_ms, const char *by, const char *action,
                      int64_t number, json_t *details, struct fault *fault)
{
    char subject[32];

    snprintf(subject, sizeof subject, "token %lld", (long long)number);
    return audit_append(db,
                        &(struct audit_act){.at_ms = at_ms,
                                            .who = by,
                                            .role = AUDIT_COMMAND,
                                            .action = action,
                                            .subject = subject,
                                            .details = details},
                        fault);
}

static enum err insert(struct sql *db, struct store_token *token, const char *by,
                       struct fault *fault)
{
    enum err err = store_token_insert(db, token, fault);

    if (err != ERR_OK)
        return err;
    return enter(db, token->created_ms, by, "token.create", token->number,
                 json_pack("{s:s, s:s}", "name", token->name, "role", token->role), fault);
}

enum err auth_token_create(struct sql *db, const struct clock *clock,
                           const struct auth_request *request, char text[static AUTH_TOKEN_LEN + 1],
                           int64_t *number, struct fault *fault)
{
    char secret[SECRET_LEN + 1];
    struct store_token token = {
        .name = request->name, .created_ms = clock_wall_ms(clock), .expires_ms = INT64_MAX};
    enum err err = request_check(request, fault);

    if (err != ERR_OK)
        return err;
    secret_make(secret);
    snprintf(text, AUTH_TOKEN_LEN + 1, "%s%s", PREFIX, secret);
    token.role = http_role_name(request->role);
    token.org = request->org == NULL ? "" : request->org;
    secret_hash(text, token.hash);
    if (request->days > 0)
        token.expires_ms = token.created_ms + request->days * WHEN_DAY_MS;
    err = sql_begin(db, SQL_WRITE, fault);
    if (err == ERR_OK)
        err = end_transaction(db, insert(db, &token, request->by, fault), fault);
    *number = token.number;
    return err;
}

enum err auth_token_revoke(struct sql *db, const struct clock *clock, int64_t number,
                           const char *by, struct fault *fault)
{
    int64_t now_ms = clock_wall_ms(clock);
    enum err err = sql_begin(db, SQL_WRITE, fault);

    if (err != ERR_OK)
        return err;
    err = store_token_revoke(db, number, now_ms, fault);
    if (err == ERR_OK)
        err = enter(db, now_ms, by, "token.revoke", number, NULL, fault);
    return end_transaction(db, err, fault);
}

const char *auth_token_state(const struct store_token *token, int64_t now_ms)
{
    if (token->revoked_ms != 0)
        return "revoked";
    return token->expires_ms <= now_ms ? "expired" : "valid";
}

/* ---- verifying ---- */

struct auth *auth_create(struct sql *db, const struct clock *clock)
{
    struct auth *auth = mem_alloc(1, sizeof *auth);

    auth->db = db;
    auth->clock = clock;
    return auth;
}

void auth_destroy(struct auth *auth)
{
    free(auth);
}

static struct known *place_of(struct auth *auth, const uint8_t *hash)
{
    return &auth->known[hash[0] % PLACES];
}

static bool remembered(const struct auth *auth, const struct known *known, const uint8_t *hash)
{
    return known->until_mono_ms > clock_mono_ms(auth->clock) &&
           known->expires_ms > clock_wall_ms(auth->clock) &&
           tls_same_secret(known->hash, hash, STORE_TOKEN_HASH);
}

/* Once a day for each token. Nobody waits for it: while somebody else writes it is left, and the
 * next request that asks the database tries again. */
static void mark_used(struct auth *auth, const struct store_token *token)
{
    int32_t today = when_day_of(clock_wall_ms(auth->clock));
    struct fault fault;
    enum err err = ERR_OK;

    if (token->last_used_day == today)
        return;
    sql_set_busy_timeout(auth->db, 0);
    err = sql_begin(auth->db, SQL_WRITE, &fault);
    if (err == ERR_OK)
        err = end_transaction(auth->db, store_token_used(auth->db, token->number, today, &fault),
                              &fault);
    sql_set_busy_timeout(auth->db, AUTH_BUSY_TIMEOUT_MS);
    if (err != ERR_OK && err != ERR_BUSY)
        log_warn("auth", "the use of token %lld could not be noted: %s", (long long)token->number,
                 fault.text);
}

static void remember(struct auth *auth, const struct store_token *token,
                     const struct http_principal *principal)
{
    struct known *known = place_of(auth, token->hash);

    memcpy(known->hash, token->hash, sizeof known->hash);
    known->principal = *principal;
    known->expires_ms = token->expires_ms;
    known->until_mono_ms = clock_mono_ms(auth->clock) + AUTH_REMEMBER_MS;
}

static enum err look_up(struct auth *auth, struct arena *arena, const uint8_t *hash,
                        struct http_principal *principal)
{
    struct store_token token;
    struct fault fault;
    enum err err = store_token_find(auth->db, arena, hash, &token, &fault);

    if (err == ERR_NOT_FOUND)
        return ERR_DENIED;
    if (err != ERR_OK) {
        log_error("auth", "tokens cannot be read: %s", fault.text);
        return err;
    }
    /* The database compared already; this comparison takes the same time whatever it finds. */
    if (!tls_same_secret(token.hash, hash, STORE_TOKEN_HASH) ||
        strcmp(auth_token_state(&token, clock_wall_ms(auth->clock)), "valid") != 0)
        return ERR_DENIED;
    *principal = (struct http_principal){.role = http_role_parse(token.role)};
    snprintf(principal->name, sizeof principal->name, "%s", token.name);
    snprintf(principal->org, sizeof principal->org, "%s", token.org);
    mark_used(auth, &token);
    remember(auth, &token, principal);
    return ERR_OK;
}

enum err auth_verify(struct auth *auth, const char *text, struct http_principal *principal)
{
    uint8_t hash[STORE_TOKEN_HASH];
    struct arena *arena = NULL;
    const struct known *known = NULL;
    enum err err = ERR_OK;

    if (strlen(text) != AUTH_TOKEN_LEN || strncmp(text, PREFIX, strlen(PREFIX)) != 0)
        return ERR_DENIED;
    secret_hash(text, hash);
    known = place_of(auth, hash);
    if (remembered(auth, known, hash)) {
        *principal = known->principal;
        return ERR_OK;
    }
    arena = arena_create();
    err = look_up(auth, arena, hash, principal);
    arena_destroy(arena);
    return err;
}

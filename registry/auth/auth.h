/*
 * auth: bearer tokens: made once, shown once, known afterwards by their hash only.
 *
 * A token is "evr_" and 32 random bytes in base64url. Its text stands nowhere after it was handed
 * out: not in the database, not in a log, not in a fault. A `struct auth` belongs to one worker and
 * its connection; it remembers what it verified for AUTH_REMEMBER_MS, so a revocation holds within
 * that time everywhere. Blocking: verify may ask the database. Threads: one auth, one thread.
 */
#ifndef EVROLL_REGISTRY_AUTH_AUTH_H
#define EVROLL_REGISTRY_AUTH_AUTH_H

#include "registry/http/http.h"
#include "registry/store/sql.h"
#include "registry/store/store_tokens.h"
#include "shared/clock.h"

#define AUTH_TOKEN_LEN       47 /* "evr_" and 43 characters */
#define AUTH_REMEMBER_MS     2000
#define AUTH_BUSY_TIMEOUT_MS 10000 /* what sql.h sets at first */

struct auth_request {
    const char *name; /* 1 to 63 bytes, for people and the audit log */
    enum http_role role;
    const char *org; /* of an outside role: whose it is; NULL for the bureau's roles */
    int64_t days;    /* 0: does not expire */
    const char *by;  /* who makes it, for the audit log */
};

/* Is `role` one of the bureau's with no `org` (NULL), or an outside one with an org? False: says
 * what is wrong. */
bool auth_role_ok(enum http_role role, const char *org, struct fault *fault);

/* Makes a token and stores it; `text` is the only copy of its secret. ERR_INPUT: a bad name, role
 * or number of days. */
enum err auth_token_create(struct sql *db, const struct clock *clock,
                           const struct auth_request *request, char text[static AUTH_TOKEN_LEN + 1],
                           int64_t *number, struct fault *fault) ERR_CHECKED;

/* ERR_NOT_FOUND: no such token. */
enum err auth_token_revoke(struct sql *db, const struct clock *clock, int64_t number,
                           const char *by, struct fault *fault) ERR_CHECKED;

/* "valid", "revoked" or "expired". */
const char *auth_token_state(const struct store_token *token, int64_t now_ms);

struct auth;

struct auth *auth_create(struct sql *db, const struct clock *clock); /* borrows both */
void auth_destroy(struct auth *auth);                                /* NULL is allowed */

/* ERR_DENIED: unknown, expired or revoked. */
enum err auth_verify(struct auth *auth, const char *text,
                     struct http_principal *principal) ERR_CHECKED;

#endif

/*
 * account: the people who sign in: made by an admin or by who manages their organisation's accounts,
 * given a password by a one-time link, locked out for longer and longer while somebody guesses,
 * signed in by a session.
 *
 *     create ─▶ no password ──link──▶ password ──sign_in──▶ session ──idle, old, ended──▶ gone
 *                    ▲                    │
 *                    └─────── reset ──────┘   (ends all sessions)
 *
 * A session's secret is the cookie of a browser; beside it goes a CSRF token, which pages send back
 * in a header when they change something (OWASP's synchronizer token). Every change is entered in the
 * audit log, a wrong password in the service's. Errors are the store's and those named. Blocking: what
 * digests a password takes about a tenth of a second, outside any transaction. Threads: those of the
 * connection.
 */
#ifndef EVROLL_REGISTRY_AUTH_ACCOUNT_H
#define EVROLL_REGISTRY_AUTH_ACCOUNT_H

#include "registry/auth/secret.h"
#include "registry/http/http.h"
#include "registry/store/store_accounts.h"
#include "shared/clock.h"

#define ACCOUNT_LINK_MS    (3 * 24 * 3600000LL) /* a one-time link lives so long */
#define ACCOUNT_SESSION_MS (12 * 3600000LL)     /* a session, in all */
#define ACCOUNT_IDLE_MS    (2 * 3600000LL)      /* and unused */

#define ACCOUNT_FREE_GUESSES 5       /* wrong passwords before the first lock-out */
#define ACCOUNT_LOCK_MS      60000LL /* the first; each further one is twice as long */
#define ACCOUNT_LOCK_MAX_MS  (3600000LL)

/* Who does it, for the audit log: a name and the API's word of a role, or AUDIT_COMMAND. With an
 * `org` it is somebody who manages that organisation's accounts: those of the same role and org, the
 * own one among them. Others are not there, and none of another role or org is made. */
struct account_by {
    const char *who, *role;
    const char *org; /* NULL: all accounts */
};

struct account_request {
    const char *name;      /* [A-Za-z0-9._-]{2,32} */
    const char *full_name; /* UTF-8, 1 to 64 characters */
    enum http_role role;
    const char *org; /* of an outside role; else NULL */
    bool manages;    /* of an outside role: the accounts of its org */
};

/* Makes the account and the link by which its owner sets the first password. ERR_INPUT; ERR_DENIED:
 * it is not `by`'s to make; ERR_CONFLICT: the name is taken. */
enum err account_create(struct sql *db, const struct clock *clock, const struct account_by *by,
                        const struct account_request *request, char link[static SECRET_LEN + 1],
                        struct fault *fault) ERR_CHECKED;

/* What `by` may see of it. ERR_NOT_FOUND. The account belongs to the arena. */
enum err account_find(struct sql *db, struct arena *arena, const struct account_by *by,
                      const char *name, struct store_account *account,
                      struct fault *fault) ERR_CHECKED;

/* Takes the password away, ends all sessions and makes a new link. ERR_NOT_FOUND. */
enum err account_reset(struct sql *db, const struct clock *clock, const struct account_by *by,
                       const char *name, char link[static SECRET_LEN + 1],
                       struct fault *fault) ERR_CHECKED;

/* Writes full_name, role, org, manages, disabled_ms of `account`, as read with its version.
 * ERR_INPUT: a wrong role; ERR_DENIED: what it would become is not `by`'s to give; ERR_CONFLICT:
 * the last admin would go, or somebody else changed it. Ends the account's sessions. */
enum err account_amend(struct sql *db, const struct clock *clock, const struct account_by *by,
                       struct store_account *account, struct fault *fault) ERR_CHECKED;

/* ERR_NOT_FOUND: the link is not known, used or too old; ERR_INPUT: see password_check. */
enum err account_set_password(struct sql *db, const struct clock *clock, const char *link,
                              const char *password, struct fault *fault) ERR_CHECKED;

struct account_session {
    char secret[SECRET_LEN + 1];
    char csrf[SECRET_LEN + 1];
};

/* ERR_DENIED: no such account, a wrong password, none set, locked out, disabled: which, is not said. */
enum err account_sign_in(struct sql *db, const struct clock *clock, const char *name,
                         const char *password, struct account_session *session,
                         struct fault *fault) ERR_CHECKED;

/* Ends the account's other sessions. ERR_DENIED: `old` is wrong (it counts as a guess). */
enum err account_change_password(struct sql *db, const struct clock *clock, const char *secret,
                                 const char *old, const char *fresh,
                                 struct fault *fault) ERR_CHECKED;

/* Who has the session, and its CSRF token. ERR_DENIED: nobody (any more). */
enum err account_session_verify(struct sql *db, const struct clock *clock, const char *secret,
                                struct http_principal *principal,
                                char csrf[static SECRET_LEN + 1]) ERR_CHECKED;

/* Ends the session, or all of its account. A session that is not known is no error. */
enum err account_sign_out(struct sql *db, const struct clock *clock, const char *secret,
                          bool everywhere, struct fault *fault) ERR_CHECKED;

#endif

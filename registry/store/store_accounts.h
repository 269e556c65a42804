/*
 * store_accounts: people's accounts, the one-time links by which they set a password, and their
 * signed-in sessions. Of links and sessions the database holds hashes only. What an account may is
 * decided above. Errors as in sql.h; what is found or listed belongs to the arena. Writers run
 * inside SQL_WRITE.
 */
#ifndef EVROLL_REGISTRY_STORE_STORE_ACCOUNTS_H
#define EVROLL_REGISTRY_STORE_STORE_ACCOUNTS_H

#include "registry/store/sql.h"
#include "shared/arena.h"

#define STORE_SECRET_HASH 32 /* bytes of SHA-256 */

struct store_account {
    int64_t number; /* given by store_account_insert */
    const char *name, *full_name;
    const char *role;
    const char *org;         /* whom an outside role belongs to; "" for the bureau's */
    bool manages;            /* makes and changes the accounts of its role and org */
    const char *password;    /* shared/tls/password.h; NULL: none was set yet */
    int64_t failures;        /* wrong passwords since the last right one */
    int64_t locked_until_ms; /* 0: never was */
    int64_t created_ms;
    int64_t disabled_ms;  /* 0: it is not */
    int64_t last_seen_ms; /* 0: never signed in */
    int64_t version;      /* from 1, grows with each change by an admin */
};

struct store_session {
    int64_t account;
    char csrf[44]; /* 43 characters of base64url */
    int64_t created_ms, seen_ms;
};

/* ERR_CONFLICT when the name is taken. */
enum err store_account_insert(struct sql *db, struct store_account *account,
                              struct fault *fault) ERR_CHECKED;
/* ERR_NOT_FOUND: nobody has the name, or the number. */
enum err store_account_find(struct sql *db, struct arena *arena, const char *name,
                            struct store_account *account, struct fault *fault) ERR_CHECKED;
enum err store_account_at(struct sql *db, struct arena *arena, int64_t number,
                          struct store_account *account, struct fault *fault) ERR_CHECKED;
/* By name, behind `after` (NULL: from the start); `org` NULL: of the bureau and of all. */
struct store_account_search {
    const char *role, *org; /* both or neither */
    const char *after;
    int64_t limit;
};
enum err store_accounts_list(struct sql *db, struct arena *arena,
                             const struct store_account_search *search,
                             struct store_account **accounts, size_t *count,
                             struct fault *fault) ERR_CHECKED;
/* Writes full_name, role, org, manages, disabled_ms when the version is still that of `account`, and counts
 * it up; ERR_CONFLICT when somebody else changed it. */
enum err store_account_update(struct sql *db, struct store_account *account,
                              struct fault *fault) ERR_CHECKED;
/* Accounts with this role that are not disabled. */
enum err store_accounts_count(struct sql *db, const char *role, int64_t *count,
                              struct fault *fault) ERR_CHECKED;

/* A new password ends lock-out and failures. */
enum err store_account_password(struct sql *db, int64_t number, const char *password,
                                struct fault *fault) ERR_CHECKED;
enum err store_account_failed(struct sql *db, int64_t number, int64_t failures,
                              int64_t locked_until_ms, struct fault *fault) ERR_CHECKED;
enum err store_account_seen(struct sql *db, int64_t number, int64_t now_ms,
                            struct fault *fault) ERR_CHECKED;

/* A new link ends the account's earlier ones. */
enum err store_link_put(struct sql *db, const uint8_t *hash, int64_t account, int64_t expires_ms,
                        struct fault *fault) ERR_CHECKED;
/* Takes the link out: it works once. ERR_NOT_FOUND: there is none that has not expired. */
enum err store_link_take(struct sql *db, const uint8_t *hash, int64_t now_ms, int64_t *account,
                         struct fault *fault) ERR_CHECKED;

enum err store_session_insert(struct sql *db, const uint8_t *hash,
                              const struct store_session *session, struct fault *fault) ERR_CHECKED;
/* ERR_NOT_FOUND: no such session. */
enum err store_session_find(struct sql *db, const uint8_t *hash, struct store_session *session,
                            struct fault *fault) ERR_CHECKED;
enum err store_session_seen(struct sql *db, const uint8_t *hash, int64_t now_ms,
                            struct fault *fault) ERR_CHECKED;
enum err store_session_end(struct sql *db, const uint8_t *hash, struct fault *fault) ERR_CHECKED;
/* All of the account but the one with the hash `keep` (NULL: none is kept). */
enum err store_sessions_end(struct sql *db, int64_t account, const uint8_t *keep,
                            struct fault *fault) ERR_CHECKED;
/* Those that began or were seen before these instants. */
enum err store_sessions_expire(struct sql *db, int64_t created_before_ms, int64_t seen_before_ms,
                               struct fault *fault) ERR_CHECKED;

#endif

#include "registry/auth/account.h"

#include <stdio.h>
#include <string.h>

#include "registry/audit/audit.h"
#include "registry/auth/auth.h"
#include "shared/log.h"
#include "shared/tls/password.h"
#include "shared/utf8.h"

#define NAME_MIN      2
#define NAME_MAX      32
#define FULL_NAME_MAX 64    /* characters */
#define SEEN_STEP_MS  60000 /* a session's use is written once a minute at most */

static enum err end_transaction(struct sql *db, enum err err, struct fault *fault)
{
    if (err == ERR_OK)
        return sql_commit(db, fault);
    sql_rollback(db);
    return err;
}

static enum err enter(struct sql *db, const struct clock *clock, const struct account_by *by,
                      const char *action, const char *name, json_t *details, struct fault *fault)
{
    return audit_append(db,
                        &(struct audit_act){.at_ms = clock_wall_ms(clock),
                                            .who = by->who,
                                            .role = by->role,
                                            .action = action,
                                            .subject = name,
                                            .details = details},
                        fault);
}

/* An account's owner, for what only the owner can do. */
static struct account_by owner(const struct store_account *account)
{
    return (struct account_by){account->name, account->role, NULL};
}

static json_t *role_details(const struct store_account *account)
{
    return json_pack("{s:s, s:s, s:b, s:b}", "role", account->role, "org", account->org, "manages",
                     account->manages, "disabled", account->disabled_ms != 0);
}

/* ---- whose it is ---- */

static bool within(const struct account_by *by, const struct store_account *account)
{
    return by->org == NULL ||
           (strcmp(account->role, by->role) == 0 && strcmp(account->org, by->org) == 0);
}

static enum err within_check(const struct account_by *by, const struct store_account *account,
                             struct fault *fault)
{
    if (within(by, account))
        return ERR_OK;
    return fault_set(fault, ERR_DENIED,
                     "you manage the accounts of your own organisation: their role and org are "
                     "yours");
}

static enum err hide(const struct account_by *by, const struct store_account *account,
                     struct fault *fault)
{
    if (within(by, account))
        return ERR_OK;
    return fault_set(fault, ERR_NOT_FOUND, "there is no such account");
}

enum err account_find(struct sql *db, struct arena *arena, const struct account_by *by,
                      const char *name, struct store_account *account, struct fault *fault)
{
    enum err err = store_account_find(db, arena, name, account, fault);

    return err == ERR_OK ? hide(by, account, fault) : err;
}

/* ---- making and changing ---- */

static bool plain(const char *text)
{
    for (; *text != '\0'; text++)
        if ((unsigned char)*text < 0x20 || *text == 0x7f)
            return false;
    return true;
}

static enum err full_name_check(const char *full_name, struct fault *fault)
{
    if (full_name[0] == '\0' || !utf8_ok(full_name) || !plain(full_name) ||
        utf8_length(full_name) > FULL_NAME_MAX)
        return fault_set(fault, ERR_INPUT, "full_name is 1 to %d characters of text",
                         FULL_NAME_MAX);
    return ERR_OK;
}

static enum err role_check(enum http_role role, const char *org, bool manages, struct fault *fault)
{
    if (!auth_role_ok(role, org, fault))
        return ERR_INPUT;
    if (manages && org == NULL)
        return fault_set(fault, ERR_INPUT,
                         "only an account of a department or an enterprise manages its "
                         "organisation's; in the bureau the role admin does");
    return ERR_OK;
}

static enum err request_check(const struct account_request *request, struct fault *fault)
{
    size_t len = strlen(request->name);

    if (len < NAME_MIN || len > NAME_MAX ||
        strspn(request->name,
               "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-") != len)
        return fault_set(fault, ERR_INPUT, "an account's name is %d to %d of A-Z a-z 0-9 . _ -",
                         NAME_MIN, NAME_MAX);
    if (role_check(request->role, request->org, request->manages, fault) != ERR_OK)
        return ERR_INPUT;
    return full_name_check(request->full_name, fault);
}

static enum err link_make(struct sql *db, const struct clock *clock, int64_t account,
                          char link[static SECRET_LEN + 1], struct fault *fault)
{
    uint8_t hash[SECRET_HASH];

    secret_make(link);
    secret_hash(link, hash);
    return store_link_put(db, hash, account, clock_wall_ms(clock) + ACCOUNT_LINK_MS, fault);
}

enum err account_create(struct sql *db, const struct clock *clock, const struct account_by *by,
                        const struct account_request *request, char link[static SECRET_LEN + 1],
                        struct fault *fault)
{
    struct store_account account = {.name = request->name,
                                    .full_name = request->full_name,
                                    .org = request->org == NULL ? "" : request->org,
                                    .manages = request->manages,
                                    .created_ms = clock_wall_ms(clock)};
    enum err err = request_check(request, fault);

    if (err != ERR_OK)
        return err;
    account.role = http_role_name(request->role);
    err = within_check(by, &account, fault);
    if (err == ERR_OK)
        err = sql_begin(db, SQL_WRITE, fault);
    if (err != ERR_OK)
        return err;
    err = store_account_insert(db, &account, fault);
    if (err == ERR_OK)
        err = link_make(db, clock, account.number, link, fault);
    if (err == ERR_OK)
        err = enter(db, clock, by, "account.create", account.name, role_details(&account), fault);
    return end_transaction(db, err, fault);
}

static enum err reset(struct sql *db, const struct clock *clock, const struct account_by *by,
                      struct arena *arena, const char *name, char link[static SECRET_LEN + 1],
                      struct fault *fault)
{
    struct store_account account;
    enum err err = account_find(db, arena, by, name, &account, fault);

    if (err == ERR_OK)
        err = store_account_password(db, account.number, NULL, fault);
    if (err == ERR_OK)
        err = store_sessions_end(db, account.number, NULL, fault);
    if (err == ERR_OK)
        err = link_make(db, clock, account.number, link, fault);
    if (err == ERR_OK)
        err = enter(db, clock, by, "account.reset", name, NULL, fault);
    return err;
}

enum err account_reset(struct sql *db, const struct clock *clock, const struct account_by *by,
                       const char *name, char link[static SECRET_LEN + 1], struct fault *fault)
{
    struct arena *arena = arena_create();
    enum err err = sql_begin(db, SQL_WRITE, fault);

    if (err == ERR_OK)
        err = end_transaction(db, reset(db, clock, by, arena, name, link, fault), fault);
    arena_destroy(arena);
    return err;
}

/* Somebody must be left who can make and unlock accounts. */
static enum err admin_left(struct sql *db, struct fault *fault)
{
    int64_t admins = 0;
    enum err err = store_accounts_count(db, http_role_name(HTTP_ADMIN), &admins, fault);

    if (err == ERR_OK && admins == 0)
        return fault_set(fault, ERR_CONFLICT,
                         "this is the last admin; make another one before it goes");
    return err;
}

static enum err amend(struct sql *db, struct store_account *account, bool was_admin,
                      struct fault *fault)
{
    enum err err = store_account_update(db, account, fault);

    if (err == ERR_OK)
        err = store_sessions_end(db, account->number, NULL, fault);
    if (err == ERR_OK && was_admin)
        err = admin_left(db, fault);
    return err;
}

enum err account_amend(struct sql *db, const struct clock *clock, const struct account_by *by,
                       struct store_account *account, struct fault *fault)
{
    struct arena *arena = arena_create();
    struct store_account before;
    enum err err = full_name_check(account->full_name, fault);

    if (err == ERR_OK)
        err = role_check(http_role_parse(account->role),
                         account->org[0] == '\0' ? NULL : account->org, account->manages, fault);
    if (err == ERR_OK)
        err = within_check(by, account, fault);
    if (err == ERR_OK)
        err = sql_begin(db, SQL_WRITE, fault);
    if (err == ERR_OK) {
        err = store_account_at(db, arena, account->number, &before, fault);
        if (err == ERR_OK)
            err = hide(by, &before, fault);
        if (err == ERR_OK)
            err = amend(db, account, http_role_parse(before.role) == HTTP_ADMIN, fault);
        if (err == ERR_OK)
            err =
                enter(db, clock, by, "account.change", account->name, role_details(account), fault);
        err = end_transaction(db, err, fault);
    }
    arena_destroy(arena);
    return err;
}

/* ---- passwords ---- */

static enum err set_by_link(struct sql *db, const struct clock *clock, struct arena *arena,
                            const uint8_t *hash, const char *password, const char *digest,
                            struct fault *fault)
{
    struct store_account account;
    int64_t number = 0;
    enum err err = store_link_take(db, hash, clock_wall_ms(clock), &number, fault);

    if (err == ERR_OK)
        err = store_account_at(db, arena, number, &account, fault);
    if (err == ERR_OK)
        err = password_check(password, account.name, fault);
    if (err == ERR_OK)
        err = store_account_password(db, number, digest, fault);
    if (err == ERR_OK)
        err = store_sessions_end(db, number, NULL, fault);
    if (err == ERR_OK) {
        struct account_by by = owner(&account);
        err = enter(db, clock, &by, "account.password", account.name, NULL, fault);
    }
    return err;
}

enum err account_set_password(struct sql *db, const struct clock *clock, const char *link,
                              const char *password, struct fault *fault)
{
    struct arena *arena = arena_create();
    char digest[PASSWORD_TEXT];
    uint8_t hash[SECRET_HASH];
    enum err err = ERR_OK;

    secret_hash(link, hash);
    password_digest(password, digest);
    err = sql_begin(db, SQL_WRITE, fault);
    if (err == ERR_OK)
        err = end_transaction(db, set_by_link(db, clock, arena, hash, password, digest, fault),
                              fault);
    arena_destroy(arena);
    return err;
}

static int64_t lock_ms(int64_t failures)
{
    int64_t ms = ACCOUNT_LOCK_MS;

    if (failures < ACCOUNT_FREE_GUESSES)
        return 0;
    while (failures-- > ACCOUNT_FREE_GUESSES && ms < ACCOUNT_LOCK_MAX_MS)
        ms *= 2;
    return ms < ACCOUNT_LOCK_MAX_MS ? ms : ACCOUNT_LOCK_MAX_MS;
}

/* Counted on what stands in the database now: several may guess at once. */
static enum err count_failure(struct sql *db, const struct clock *clock, struct arena *arena,
                              int64_t number, struct fault *fault)
{
    struct store_account account;
    enum err err = sql_begin(db, SQL_WRITE, fault);

    if (err != ERR_OK)
        return err;
    err = store_account_at(db, arena, number, &account, fault);
    if (err == ERR_OK) {
        int64_t failures = account.failures + 1;
        int64_t lock = lock_ms(failures);
        err = store_account_failed(
            db, number, failures, lock == 0 ? account.locked_until_ms : clock_wall_ms(clock) + lock,
            fault);
    }
    return end_transaction(db, err, fault);
}

/* One sentence for all: which names there are, and which are locked, is not for whoever tries them. */
static enum err deny(struct fault *fault)
{
    return fault_set(fault, ERR_DENIED,
                     "the name or the password is wrong; after five wrong passwords even the right "
                     "one is refused for a minute, and longer after each further one");
}

/* As slow as for an account that is there. */
static enum err deny_unseen(const char *password, struct fault *fault)
{
    (void)password_fits(password, NULL);
    return deny(fault);
}

/* ERR_OK: the password is the account's. */
static enum err guess(struct sql *db, const struct clock *clock, struct arena *arena,
                      const struct store_account *account, const char *password,
                      struct fault *fault)
{
    enum err err = ERR_OK;

    if (account->locked_until_ms > clock_wall_ms(clock))
        return deny_unseen(password, fault);
    if (password_fits(password, account->password))
        return ERR_OK;
    err = count_failure(db, clock, arena, account->number, fault);
    if (err != ERR_OK)
        return err;
    log_info("account", "a wrong password for %s", account->name);
    return deny(fault);
}

/* Somebody may have reset or disabled it while its password was looked at. */
static enum err still_open(struct sql *db, struct arena *arena, const struct store_account *account,
                           struct fault *fault)
{
    struct store_account now;
    enum err err = store_account_at(db, arena, account->number, &now, fault);

    if (err == ERR_OK && (now.disabled_ms != 0 || now.password == NULL ||
                          strcmp(now.password, account->password) != 0))
        err = deny(fault);
    return err;
}

static enum err session_write(struct sql *db, const struct clock *clock, struct arena *arena,
                              const struct store_account *account, struct account_session *session,
                              struct fault *fault)
{
    int64_t now = clock_wall_ms(clock);
    struct account_by by = owner(account);
    struct store_session stored = {.account = account->number, .created_ms = now, .seen_ms = now};
    uint8_t hash[SECRET_HASH];
    enum err err = sql_begin(db, SQL_WRITE, fault);

    if (err != ERR_OK)
        return err;
    secret_make(session->secret);
    secret_make(session->csrf);
    secret_hash(session->secret, hash);
    snprintf(stored.csrf, sizeof stored.csrf, "%s", session->csrf);
    err = still_open(db, arena, account, fault);
    if (err == ERR_OK)
        err = store_sessions_expire(db, now - ACCOUNT_SESSION_MS, now - ACCOUNT_IDLE_MS, fault);
    if (err == ERR_OK)
        err = store_session_insert(db, hash, &stored, fault);
    if (err == ERR_OK)
        err = store_account_seen(db, account->number, now, fault);
    if (err == ERR_OK)
        err = enter(db, clock, &by, "account.sign_in", account->name, NULL, fault);
    return end_transaction(db, err, fault);
}

enum err account_sign_in(struct sql *db, const struct clock *clock, const char *name,
                         const char *password, struct account_session *session, struct fault *fault)
{
    struct arena *arena = arena_create();
    struct store_account account;
    enum err err = store_account_find(db, arena, name, &account, fault);

    if (err == ERR_NOT_FOUND || (err == ERR_OK && account.disabled_ms != 0))
        err = deny_unseen(password, fault);
    else if (err == ERR_OK)
        err = guess(db, clock, arena, &account, password, fault);
    if (err == ERR_OK)
        err = session_write(db, clock, arena, &account, session, fault);
    arena_destroy(arena);
    return err;
}

/* ---- sessions ---- */

static bool alive(const struct store_session *session, int64_t now_ms)
{
    return now_ms - session->created_ms < ACCOUNT_SESSION_MS &&
           now_ms - session->seen_ms < ACCOUNT_IDLE_MS;
}

/* Nobody waits for this note: while somebody else writes, the next request tries again. */
static void mark_seen(struct sql *db, const uint8_t *hash, int64_t now_ms)
{
    struct fault fault;
    enum err err = ERR_OK;

    sql_set_busy_timeout(db, 0);
    err = sql_begin(db, SQL_WRITE, &fault);
    if (err == ERR_OK)
        err = end_transaction(db, store_session_seen(db, hash, now_ms, &fault), &fault);
    sql_set_busy_timeout(db, AUTH_BUSY_TIMEOUT_MS);
    if (err != ERR_OK && err != ERR_BUSY)
        log_warn("account", "the use of a session could not be noted: %s", fault.text);
}

static enum err session_read(struct sql *db, const struct clock *clock, struct arena *arena,
                             const uint8_t *hash, struct store_session *session,
                             struct store_account *account, struct fault *fault)
{
    enum err err = store_session_find(db, hash, session, fault);

    if (err == ERR_OK)
        err = store_account_at(db, arena, session->account, account, fault);
    if (err == ERR_NOT_FOUND)
        return ERR_DENIED;
    if (err == ERR_OK && (account->disabled_ms != 0 || !alive(session, clock_wall_ms(clock))))
        return ERR_DENIED;
    return err;
}

enum err account_session_verify(struct sql *db, const struct clock *clock, const char *secret,
                                struct http_principal *principal, char csrf[static SECRET_LEN + 1])
{
    struct arena *arena = NULL;
    struct store_session session;
    struct store_account account;
    uint8_t hash[SECRET_HASH];
    struct fault fault;
    enum err err = ERR_OK;

    if (!secret_ok(secret))
        return ERR_DENIED;
    secret_hash(secret, hash);
    arena = arena_create();
    err = session_read(db, clock, arena, hash, &session, &account, &fault);
    if (err == ERR_OK) {
        *principal = (struct http_principal){.role = http_role_parse(account.role)};
        snprintf(principal->name, sizeof principal->name, "%s", account.name);
        snprintf(principal->org, sizeof principal->org, "%s", account.org);
        principal->manages = account.manages;
        snprintf(csrf, SECRET_LEN + 1, "%s", session.csrf);
        if (clock_wall_ms(clock) - session.seen_ms >= SEEN_STEP_MS)
            mark_seen(db, hash, clock_wall_ms(clock));
    } else if (err != ERR_DENIED) {
        log_error("account", "sessions cannot be read: %s", fault.text);
    }
    arena_destroy(arena);
    return err;
}

static enum err change_password(struct sql *db, const struct clock *clock, struct arena *arena,
                                const uint8_t *hash, const char *old, const char *fresh,
                                struct fault *fault)
{
    struct store_session session;
    struct store_account account;
    char digest[PASSWORD_TEXT];
    enum err err = session_read(db, clock, arena, hash, &session, &account, fault);

    if (err == ERR_DENIED)
        return fault_set(fault, err, "the session has ended; sign in again");
    if (err == ERR_OK)
        err = password_check(fresh, account.name, fault);
    if (err == ERR_OK)
        err = guess(db, clock, arena, &account, old, fault);
    if (err != ERR_OK)
        return err;
    password_digest(fresh, digest);
    err = sql_begin(db, SQL_WRITE, fault);
    if (err != ERR_OK)
        return err;
    err = still_open(db, arena, &account, fault);
    if (err == ERR_OK)
        err = store_account_password(db, account.number, digest, fault);
    if (err == ERR_OK)
        err = store_sessions_end(db, account.number, hash, fault);
    if (err == ERR_OK) {
        struct account_by by = owner(&account);
        err = enter(db, clock, &by, "account.password", account.name, NULL, fault);
    }
    return end_transaction(db, err, fault);
}

enum err account_change_password(struct sql *db, const struct clock *clock, const char *secret,
                                 const char *old, const char *fresh, struct fault *fault)
{
    struct arena *arena = arena_create();
    uint8_t hash[SECRET_HASH];
    enum err err = ERR_OK;

    secret_hash(secret, hash);
    err = change_password(db, clock, arena, hash, old, fresh, fault);
    arena_destroy(arena);
    return err;
}

static enum err sign_out(struct sql *db, const struct clock *clock, struct arena *arena,
                         const uint8_t *hash, bool everywhere, struct fault *fault)
{
    struct store_session session;
    struct store_account account;
    struct account_by by;
    enum err err = store_session_find(db, hash, &session, fault);

    if (err == ERR_NOT_FOUND)
        return ERR_OK;
    if (err == ERR_OK)
        err = store_account_at(db, arena, session.account, &account, fault);
    if (err != ERR_OK)
        return err;
    err = everywhere ? store_sessions_end(db, session.account, NULL, fault)
                     : store_session_end(db, hash, fault);
    by = owner(&account);
    return err == ERR_OK ? enter(db, clock, &by, "account.sign_out", account.name,
                                 json_pack("{s:b}", "everywhere", everywhere), fault)
                         : err;
}

enum err account_sign_out(struct sql *db, const struct clock *clock, const char *secret,
                          bool everywhere, struct fault *fault)
{
    struct arena *arena = arena_create();
    uint8_t hash[SECRET_HASH];
    enum err err = sql_begin(db, SQL_WRITE, fault);

    secret_hash(secret, hash);
    if (err == ERR_OK)
        err = end_transaction(db, sign_out(db, clock, arena, hash, everywhere, fault), fault);
    arena_destroy(arena);
    return err;
}

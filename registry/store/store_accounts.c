#include "registry/store/store_accounts.h"

#include <stdio.h>
#include <string.h>

#define COLUMNS                                                                                    \
    "account_no, name, full_name, role, org, password, failures, locked_until_ms, created_ms, "    \
    "COALESCE(disabled_ms, 0), COALESCE(last_seen_ms, 0), version, manages"

static const char LAST_NUMBER[] = "SELECT COALESCE(MAX(account_no), 0) FROM account";
static const char INSERT[] =
    "INSERT INTO account (account_no, name, full_name, role, org, failures, locked_until_ms, "
    "created_ms, version, manages) VALUES ($1, $2, $3, $4, $5, 0, 0, $6, 1, $7)";
static const char FIND[] = "SELECT " COLUMNS " FROM account WHERE name = $1";
static const char AT[] = "SELECT " COLUMNS " FROM account WHERE account_no = $1";
static const char LIST[] = "SELECT " COLUMNS " FROM account WHERE name > $1 ORDER BY name LIMIT $2";
static const char LIST_OF[] =
    "SELECT " COLUMNS " FROM account WHERE org = $3 AND role = $4 AND name > $1 "
    "ORDER BY name LIMIT $2";
static const char UPDATE[] =
    "UPDATE account SET full_name = $3, role = $4, org = $5, disabled_ms = $6, manages = $7, "
    "version = version + 1 WHERE account_no = $1 AND version = $2";
static const char COUNT[] = "SELECT COUNT(*) FROM account WHERE role = $1 AND disabled_ms IS NULL";
static const char SET_PASSWORD[] =
    "UPDATE account SET password = $2, failures = 0, locked_until_ms = 0 WHERE account_no = $1";
static const char FAILED[] =
    "UPDATE account SET failures = $2, locked_until_ms = $3 WHERE account_no = $1";
static const char SEEN[] =
    "UPDATE account SET failures = 0, locked_until_ms = 0, last_seen_ms = $2 WHERE account_no = $1";

static const char LINKS_END[] = "DELETE FROM account_link WHERE account_no = $1";
static const char LINK_PUT[] =
    "INSERT INTO account_link (secret_hash, account_no, expires_ms) VALUES ($1, $2, $3)";
static const char LINK_FIND[] =
    "SELECT account_no FROM account_link WHERE secret_hash = $1 AND expires_ms > $2";

static const char SESSION_INSERT[] =
    "INSERT INTO account_session (secret_hash, account_no, csrf, created_ms, seen_ms) "
    "VALUES ($1, $2, $3, $4, $5)";
static const char SESSION_FIND[] =
    "SELECT account_no, csrf, created_ms, seen_ms FROM account_session WHERE secret_hash = $1";
static const char SESSION_SEEN[] = "UPDATE account_session SET seen_ms = $2 WHERE secret_hash = $1";
static const char SESSION_END[] = "DELETE FROM account_session WHERE secret_hash = $1";
static const char SESSIONS_END[] =
    "DELETE FROM account_session WHERE account_no = $1 AND secret_hash <> $2";
static const char SESSIONS_EXPIRE[] =
    "DELETE FROM account_session WHERE created_ms < $1 OR seen_ms < $2";

static enum err read_number(struct sql_rows *rows, int64_t *number, struct fault *fault)
{
    *number = sql_next(rows) ? sql_column_int(rows, 0) : 0;
    return sql_done(rows, fault);
}

enum err store_account_insert(struct sql *db, struct store_account *account, struct fault *fault)
{
    enum err err = read_number(sql_query(db, LAST_NUMBER, SQL_NO_VALUES), &account->number, fault);

    if (err != ERR_OK)
        return err;
    account->number++;
    account->version = 1;
    err = sql_exec(db, INSERT,
                   SQL_VALUES(sql_int(account->number), sql_text(account->name),
                              sql_text(account->full_name), sql_text(account->role),
                              sql_text(account->org), sql_int(account->created_ms),
                              sql_int(account->manages)),
                   NULL, fault);
    if (err == ERR_CONFLICT)
        return fault_set(fault, err, "there is an account \"%s\" already", account->name);
    return err;
}

static struct store_account read_account(const struct sql_rows *rows, struct arena *arena)
{
    const char *password = sql_column_text(rows, 5);

    return (struct store_account){
        .number = sql_column_int(rows, 0),
        .name = arena_text(arena, sql_column_text(rows, 1)),
        .full_name = arena_text(arena, sql_column_text(rows, 2)),
        .role = arena_text(arena, sql_column_text(rows, 3)),
        .org = arena_text(arena, sql_column_text(rows, 4)),
        .password = password == NULL ? NULL : arena_text(arena, password),
        .failures = sql_column_int(rows, 6),
        .locked_until_ms = sql_column_int(rows, 7),
        .created_ms = sql_column_int(rows, 8),
        .disabled_ms = sql_column_int(rows, 9),
        .last_seen_ms = sql_column_int(rows, 10),
        .version = sql_column_int(rows, 11),
        .manages = sql_column_int(rows, 12) != 0,
    };
}

static enum err read_one(struct sql_rows *rows, struct arena *arena, struct store_account *account,
                         struct fault *fault)
{
    bool found = sql_next(rows);
    enum err err = ERR_OK;

    if (found)
        *account = read_account(rows, arena);
    err = sql_done(rows, fault);
    if (err == ERR_OK && !found)
        return fault_set(fault, ERR_NOT_FOUND, "there is no such account");
    return err;
}

enum err store_account_find(struct sql *db, struct arena *arena, const char *name,
                            struct store_account *account, struct fault *fault)
{
    return read_one(sql_query(db, FIND, SQL_VALUES(sql_text(name))), arena, account, fault);
}

enum err store_account_at(struct sql *db, struct arena *arena, int64_t number,
                          struct store_account *account, struct fault *fault)
{
    return read_one(sql_query(db, AT, SQL_VALUES(sql_int(number))), arena, account, fault);
}

static struct sql_rows *query_list(struct sql *db, const struct store_account_search *search)
{
    struct sql_value after = sql_text(search->after == NULL ? "" : search->after);

    if (search->org == NULL)
        return sql_query(db, LIST, SQL_VALUES(after, sql_int(search->limit)));
    return sql_query(
        db, LIST_OF,
        SQL_VALUES(after, sql_int(search->limit), sql_text(search->org), sql_text(search->role)));
}

enum err store_accounts_list(struct sql *db, struct arena *arena,
                             const struct store_account_search *search,
                             struct store_account **accounts, size_t *count, struct fault *fault)
{
    struct sql_rows *rows = query_list(db, search);

    *count = 0;
    *accounts = ARENA_ARRAY(arena, struct store_account, (size_t)search->limit + 1);
    while (*count < (size_t)search->limit && sql_next(rows))
        (*accounts)[(*count)++] = read_account(rows, arena);
    return sql_done(rows, fault);
}

enum err store_account_update(struct sql *db, struct store_account *account, struct fault *fault)
{
    int64_t changed = 0;
    enum err err = sql_exec(
        db, UPDATE,
        SQL_VALUES(sql_int(account->number), sql_int(account->version),
                   sql_text(account->full_name), sql_text(account->role), sql_text(account->org),
                   account->disabled_ms == 0 ? sql_null() : sql_int(account->disabled_ms),
                   sql_int(account->manages)),
        &changed, fault);

    if (err == ERR_OK && changed == 0)
        return fault_set(fault, ERR_CONFLICT,
                         "somebody else changed the account \"%s\" meanwhile; read it again",
                         account->name);
    account->version += err == ERR_OK;
    return err;
}

enum err store_accounts_count(struct sql *db, const char *role, int64_t *count, struct fault *fault)
{
    return read_number(sql_query(db, COUNT, SQL_VALUES(sql_text(role))), count, fault);
}

enum err store_account_password(struct sql *db, int64_t number, const char *password,
                                struct fault *fault)
{
    return sql_exec(db, SET_PASSWORD, SQL_VALUES(sql_int(number), sql_text(password)), NULL, fault);
}

enum err store_account_failed(struct sql *db, int64_t number, int64_t failures,
                              int64_t locked_until_ms, struct fault *fault)
{
    return sql_exec(db, FAILED,
                    SQL_VALUES(sql_int(number), sql_int(failures), sql_int(locked_until_ms)), NULL,
                    fault);
}

enum err store_account_seen(struct sql *db, int64_t number, int64_t now_ms, struct fault *fault)
{
    return sql_exec(db, SEEN, SQL_VALUES(sql_int(number), sql_int(now_ms)), NULL, fault);
}

/* ---- links ---- */

enum err store_link_put(struct sql *db, const uint8_t *hash, int64_t account, int64_t expires_ms,
                        struct fault *fault)
{
    enum err err = sql_exec(db, LINKS_END, SQL_VALUES(sql_int(account)), NULL, fault);

    if (err == ERR_OK)
        err = sql_exec(
            db, LINK_PUT,
            SQL_VALUES(sql_bytes(hash, STORE_SECRET_HASH), sql_int(account), sql_int(expires_ms)),
            NULL, fault);
    return err;
}

enum err store_link_take(struct sql *db, const uint8_t *hash, int64_t now_ms, int64_t *account,
                         struct fault *fault)
{
    enum err err = read_number(
        sql_query(db, LINK_FIND, SQL_VALUES(sql_bytes(hash, STORE_SECRET_HASH), sql_int(now_ms))),
        account, fault);

    if (err == ERR_OK && *account == 0)
        return fault_set(fault, ERR_NOT_FOUND,
                         "the link was used, replaced or has expired; ask for a new one");
    if (err == ERR_OK)
        err = sql_exec(db, LINKS_END, SQL_VALUES(sql_int(*account)), NULL, fault);
    return err;
}

/* ---- sessions ---- */

enum err store_session_insert(struct sql *db, const uint8_t *hash,
                              const struct store_session *session, struct fault *fault)
{
    return sql_exec(db, SESSION_INSERT,
                    SQL_VALUES(sql_bytes(hash, STORE_SECRET_HASH), sql_int(session->account),
                               sql_text(session->csrf), sql_int(session->created_ms),
                               sql_int(session->seen_ms)),
                    NULL, fault);
}

enum err store_session_find(struct sql *db, const uint8_t *hash, struct store_session *session,
                            struct fault *fault)
{
    struct sql_rows *rows =
        sql_query(db, SESSION_FIND, SQL_VALUES(sql_bytes(hash, STORE_SECRET_HASH)));
    bool found = sql_next(rows);
    enum err err = ERR_OK;

    if (found) {
        *session = (struct store_session){.account = sql_column_int(rows, 0),
                                          .created_ms = sql_column_int(rows, 2),
                                          .seen_ms = sql_column_int(rows, 3)};
        snprintf(session->csrf, sizeof session->csrf, "%s", sql_column_text(rows, 1));
    }
    err = sql_done(rows, fault);
    if (err == ERR_OK && !found)
        return fault_set(fault, ERR_NOT_FOUND, "there is no such session");
    return err;
}

enum err store_session_seen(struct sql *db, const uint8_t *hash, int64_t now_ms,
                            struct fault *fault)
{
    return sql_exec(db, SESSION_SEEN,
                    SQL_VALUES(sql_bytes(hash, STORE_SECRET_HASH), sql_int(now_ms)), NULL, fault);
}

enum err store_session_end(struct sql *db, const uint8_t *hash, struct fault *fault)
{
    return sql_exec(db, SESSION_END, SQL_VALUES(sql_bytes(hash, STORE_SECRET_HASH)), NULL, fault);
}

enum err store_sessions_end(struct sql *db, int64_t account, const uint8_t *keep,
                            struct fault *fault)
{
    static const uint8_t none[STORE_SECRET_HASH];

    return sql_exec(
        db, SESSIONS_END,
        SQL_VALUES(sql_int(account), sql_bytes(keep == NULL ? none : keep, STORE_SECRET_HASH)),
        NULL, fault);
}

enum err store_sessions_expire(struct sql *db, int64_t created_before_ms, int64_t seen_before_ms,
                               struct fault *fault)
{
    return sql_exec(db, SESSIONS_EXPIRE,
                    SQL_VALUES(sql_int(created_before_ms), sql_int(seen_before_ms)), NULL, fault);
}

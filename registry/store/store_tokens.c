#include "registry/store/store_tokens.h"

#include <string.h>

#define COLUMNS                                                                                    \
    "token_no, name, role, secret_hash, created_ms, expires_ms, COALESCE(revoked_ms, 0), "         \
    "COALESCE(last_used_day, 0), org"

static const char LAST_NUMBER[] = "SELECT COALESCE(MAX(token_no), 0) FROM api_token";
static const char INSERT[] =
    "INSERT INTO api_token (token_no, name, role, secret_hash, created_ms, expires_ms, org) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7)";
static const char FIND[] = "SELECT " COLUMNS " FROM api_token WHERE secret_hash = $1";
static const char COUNT[] = "SELECT COUNT(*) FROM api_token";
static const char LIST[] = "SELECT " COLUMNS " FROM api_token ORDER BY token_no LIMIT $1";
static const char REVOKE[] =
    "UPDATE api_token SET revoked_ms = COALESCE(revoked_ms, $2) WHERE token_no = $1";
static const char USED[] = "UPDATE api_token SET last_used_day = $2 WHERE token_no = $1";

static enum err read_number(struct sql *db, const char *text, int64_t *number, struct fault *fault)
{
    struct sql_rows *rows = sql_query(db, text, SQL_NO_VALUES);

    *number = sql_next(rows) ? sql_column_int(rows, 0) : 0;
    return sql_done(rows, fault);
}

enum err store_token_insert(struct sql *db, struct store_token *token, struct fault *fault)
{
    enum err err = read_number(db, LAST_NUMBER, &token->number, fault);

    if (err != ERR_OK)
        return err;
    token->number++;
    return sql_exec(db, INSERT,
                    SQL_VALUES(sql_int(token->number), sql_text(token->name), sql_text(token->role),
                               sql_bytes(token->hash, sizeof token->hash),
                               sql_int(token->created_ms), sql_int(token->expires_ms),
                               sql_text(token->org)),
                    NULL, fault);
}

static struct store_token read_token(const struct sql_rows *rows, struct arena *arena)
{
    struct store_token token = {
        .number = sql_column_int(rows, 0),
        .name = arena_text(arena, sql_column_text(rows, 1)),
        .role = arena_text(arena, sql_column_text(rows, 2)),
        .created_ms = sql_column_int(rows, 4),
        .expires_ms = sql_column_int(rows, 5),
        .revoked_ms = sql_column_int(rows, 6),
        .last_used_day = (int32_t)sql_column_int(rows, 7),
        .org = arena_text(arena, sql_column_text(rows, 8)),
    };
    size_t len = 0;
    const uint8_t *hash = sql_column_bytes(rows, 3, &len);

    if (len == sizeof token.hash)
        memcpy(token.hash, hash, len);
    return token;
}

enum err store_token_find(struct sql *db, struct arena *arena, const uint8_t *hash,
                          struct store_token *token, struct fault *fault)
{
    struct sql_rows *rows = sql_query(db, FIND, SQL_VALUES(sql_bytes(hash, STORE_TOKEN_HASH)));
    bool found = sql_next(rows);
    enum err err = ERR_OK;

    if (found)
        *token = read_token(rows, arena);
    err = sql_done(rows, fault);
    if (err == ERR_OK && !found)
        return fault_set(fault, ERR_NOT_FOUND, "there is no such token");
    return err;
}

enum err store_tokens_list(struct sql *db, struct arena *arena, struct store_token **tokens,
                           size_t *count, struct fault *fault)
{
    struct sql_rows *rows = NULL;
    int64_t total = 0;
    enum err err = read_number(db, COUNT, &total, fault);

    *count = 0;
    if (err != ERR_OK)
        return err;
    *tokens = ARENA_ARRAY(arena, struct store_token, (size_t)total + 1);
    rows = sql_query(db, LIST, SQL_VALUES(sql_int(total)));
    while (*count < (size_t)total && sql_next(rows))
        (*tokens)[(*count)++] = read_token(rows, arena);
    return sql_done(rows, fault);
}

enum err store_token_revoke(struct sql *db, int64_t number, int64_t now_ms, struct fault *fault)
{
    int64_t changed = 0;
    enum err err =
        sql_exec(db, REVOKE, SQL_VALUES(sql_int(number), sql_int(now_ms)), &changed, fault);

    if (err == ERR_OK && changed == 0)
        return fault_set(fault, ERR_NOT_FOUND, "there is no token %lld; see token list",
                         (long long)number);
    return err;
}

enum err store_token_used(struct sql *db, int64_t number, int32_t day, struct fault *fault)
{
    return sql_exec(db, USED, SQL_VALUES(sql_int(number), sql_int(day)), NULL, fault);
}

/*
 * store_tokens: the API tokens in the database: their names, roles and lives, and the hashes of
 * their texts. What a token may is decided above. Errors as in sql.h. What is found or listed
 * belongs to the arena.
 */
#ifndef EVROLL_REGISTRY_STORE_STORE_TOKENS_H
#define EVROLL_REGISTRY_STORE_STORE_TOKENS_H

#include "registry/store/sql.h"
#include "shared/arena.h"

#define STORE_TOKEN_HASH 32 /* bytes of SHA-256 */

struct store_token {
    int64_t number; /* given by store_token_insert */
    const char *name;
    const char *role;
    const char *org; /* whom an outside role belongs to; "" for the bureau's */
    uint8_t hash[STORE_TOKEN_HASH];
    int64_t created_ms;
    int64_t expires_ms;    /* INT64_MAX: never */
    int64_t revoked_ms;    /* 0: not revoked */
    int32_t last_used_day; /* 0: never used */
};

/* Inside SQL_WRITE. Fills in the number. */
enum err store_token_insert(struct sql *db, struct store_token *token,
                            struct fault *fault) ERR_CHECKED;

/* ERR_NOT_FOUND when no token has the hash. */
enum err store_token_find(struct sql *db, struct arena *arena, const uint8_t *hash,
                          struct store_token *token, struct fault *fault) ERR_CHECKED;

/* All of them, oldest first. */
enum err store_tokens_list(struct sql *db, struct arena *arena, struct store_token **tokens,
                           size_t *count, struct fault *fault) ERR_CHECKED;

/* Inside SQL_WRITE. ERR_NOT_FOUND when there is no such token; one that is revoked stays so since
 * its first time. */
enum err store_token_revoke(struct sql *db, int64_t number, int64_t now_ms,
                            struct fault *fault) ERR_CHECKED;

/* Inside SQL_WRITE. */
enum err store_token_used(struct sql *db, int64_t number, int32_t day,
                          struct fault *fault) ERR_CHECKED;

#endif

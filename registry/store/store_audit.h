/*
 * store_audit: the audit log's entries and its head in the database. Entries are only ever added;
 * registry/audit makes and checks the hashes. Errors as in sql.h.
 */
#ifndef EVROLL_REGISTRY_STORE_STORE_AUDIT_H
#define EVROLL_REGISTRY_STORE_STORE_AUDIT_H

#include "registry/store/sql.h"
#include "shared/arena.h"

#define STORE_AUDIT_HASH 65 /* 64 hexadecimal digits and the NUL */

struct store_audit_entry { /* texts are the caller's, or live in an arena */
    int64_t number, at_ms;
    const char *who, *role, *action, *subject;
    const char *details; /* a JSON object */
    const char *previous, *hash;
};

struct store_audit_head {
    int64_t number; /* of the last entry; 0: there is none */
    char hash[STORE_AUDIT_HASH];
};

enum err store_audit_head_read(struct sql *db, struct store_audit_head *head,
                               struct fault *fault) ERR_CHECKED;
/* The same inside SQL_WRITE: nobody else moves it until the transaction ends. */
enum err store_audit_head_take(struct sql *db, struct store_audit_head *head,
                               struct fault *fault) ERR_CHECKED;
enum err store_audit_head_move(struct sql *db, const struct store_audit_head *head,
                               struct fault *fault) ERR_CHECKED;
enum err store_audit_insert(struct sql *db, const struct store_audit_entry *entry,
                            struct fault *fault) ERR_CHECKED;

/* Entries `after` exclusive, in the order of their numbers. */
enum err store_audit_walk(struct sql *db, int64_t after, int64_t limit, struct arena *arena,
                          struct store_audit_entry **entries, size_t *count,
                          struct fault *fault) ERR_CHECKED;

/* The newest first, `before` exclusive. NULL: any; `action` may be the beginning of one. */
struct store_audit_search {
    int64_t from_ms, to_ms; /* to_ms exclusive */
    const char *who, *action, *subject;
    int64_t before, limit;
};
enum err store_audit_find(struct sql *db, const struct store_audit_search *search,
                          struct arena *arena, struct store_audit_entry **entries, size_t *count,
                          struct fault *fault) ERR_CHECKED;

#endif

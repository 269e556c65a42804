/*
 * sql_cache: the prepared statements of a connection, found by the address of their text. Private
 * to registry/store. Statement texts are literals: the same address is the same text. The cache
 * owns nothing but its table. Threads: as the connection.
 */
#ifndef EVROLL_REGISTRY_STORE_SQL_CACHE_H
#define EVROLL_REGISTRY_STORE_SQL_CACHE_H

#include <stddef.h>

struct sql_cached {
    const char *text; /* NULL: the slot is free */
    void *statement;
};

struct sql_cache {
    struct sql_cached *slots; /* open addressing; NULL before the first statement */
    size_t size, used;
};

/* NULL when there is none. */
void *sql_cache_find(const struct sql_cache *cache, const char *text);
/* `text` has none yet. */
void sql_cache_add(struct sql_cache *cache, const char *text, void *statement);
/* Hands each statement to `end`, once, and forgets them all. */
void sql_cache_clear(struct sql_cache *cache, void (*end)(void *statement));

#endif

/*
 * canonical: JSON with one spelling: members sorted by name, no blanks, the shortest escapes, and
 * integers only (RFC 8785 as far as JSON without fractions goes; names are ASCII). What is hashed
 * or signed is written this way, so that anybody can write it again. Plain functions, any thread.
 */
#ifndef EVROLL_REGISTRY_AUDIT_CANONICAL_H
#define EVROLL_REGISTRY_AUDIT_CANONICAL_H

#include <jansson.h>

#include "shared/arena.h"

/* The text belongs to the arena. */
char *canonical_text(struct arena *arena, const json_t *json);
/* SHA-256 of a text, in lower-case hexadecimal. */
void canonical_digest(const void *bytes, size_t len, char hex[static 65]);

#endif

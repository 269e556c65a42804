#include "registry/audit/canonical.h"

#include <assert.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "shared/tls/tls.h"

/* jansson writes "\u001F"; RFC 8785 wants "\u001f". A backslash stands in strings only. */
static void lower_escapes(char *text)
{
    for (char *at = strchr(text, '\\'); at != NULL; at = strchr(at, '\\')) {
        if (at[1] == 'u')
            for (int i = 2; i < 6; i++)
                at[i] = (char)tolower((unsigned char)at[i]);
        at += 2;
    }
}

char *canonical_text(struct arena *arena, const json_t *json)
{
    char *dumped = json_dumps(json, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);
    char *text = NULL;

    assert(dumped != NULL);
    text = arena_text(arena, dumped);
    free(dumped);
    lower_escapes(text);
    return text;
}

void canonical_digest(const void *bytes, size_t len, char hex[static 65])
{
    uint8_t digest[32];

    tls_sha256(bytes, len, digest);
    tls_hex(digest, sizeof digest, hex);
}

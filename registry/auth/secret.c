#include "registry/auth/secret.h"

#include <string.h>

#include "shared/tls/tls.h"

#define SECRET_BYTES 32

static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

void secret_make(char text[static SECRET_LEN + 1])
{
    uint8_t bytes[SECRET_BYTES];
    uint32_t bits = 0;
    unsigned have = 0;

    tls_random(bytes, sizeof bytes);
    for (size_t i = 0; i < sizeof bytes; i++) {
        bits = bits << 8 | bytes[i];
        for (have += 8; have >= 6; have -= 6)
            *text++ = letters[bits >> (have - 6) & 63];
    }
    *text++ = letters[bits << (6 - have) & 63]; /* 32 bytes leave four bits */
    *text = '\0';
}

bool secret_ok(const char *text)
{
    return strlen(text) == SECRET_LEN && strspn(text, letters) == SECRET_LEN;
}

void secret_hash(const char *text, uint8_t hash[static SECRET_HASH])
{
    tls_sha256(text, strlen(text), hash);
}

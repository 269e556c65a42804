#include <stdlib.h>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

#include "shared/log.h"
#include "shared/tls/tls.h"
#include "shared/tls/tls_internal.h"

void tls_sha256(const void *bytes, size_t len, uint8_t digest[32])
{
    SHA256(bytes, len, digest);
}

bool tls_same_secret(const void *a, const void *b, size_t len)
{
    return CRYPTO_memcmp(a, b, len) == 0;
}

void tls_random(void *bytes, size_t len)
{
    uint8_t *out = bytes;

    while (len > 0) {
        int part = len < 4096 ? (int)len : 4096;
        if (RAND_bytes(out, part) != 1) {
            log_error("tls", "the random generator failed: %s", tls_openssl_reason());
            abort();
        }
        out += part;
        len -= (size_t)part;
    }
}

const char *tls_openssl_reason(void)
{
    const char *reason = ERR_reason_error_string(ERR_peek_last_error());

    ERR_clear_error();
    return reason != NULL ? reason : "no reason given";
}

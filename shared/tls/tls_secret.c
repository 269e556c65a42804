#include <stdlib.h>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

#include "shared/arena.h"
#include "shared/log.h"
#include "shared/tls/tls.h"
#include "shared/tls/tls_internal.h"

void tls_sha256(const void *bytes, size_t len, uint8_t digest[32])
{
    SHA256(bytes, len, digest);
}

struct tls_digest {
    EVP_MD_CTX *context;
};

static void digest_check(int done)
{
    if (done == 1)
        return;
    log_error("tls", "SHA-256 failed: %s", tls_openssl_reason());
    abort();
}

struct tls_digest *tls_digest_begin(void)
{
    struct tls_digest *digest = mem_alloc(1, sizeof *digest);

    digest->context = EVP_MD_CTX_new();
    digest_check(digest->context != NULL);
    digest_check(EVP_DigestInit_ex(digest->context, EVP_sha256(), NULL));
    return digest;
}

void tls_digest_add(struct tls_digest *digest, const void *bytes, size_t len)
{
    digest_check(EVP_DigestUpdate(digest->context, bytes, len));
}

void tls_digest_end(struct tls_digest *digest, uint8_t out[32])
{
    digest_check(EVP_DigestFinal_ex(digest->context, out, NULL));
    EVP_MD_CTX_free(digest->context);
    free(digest);
}

void tls_hex(const void *bytes, size_t len, char *out)
{
    static const char digits[] = "0123456789abcdef";
    const uint8_t *in = bytes;

    for (size_t i = 0; i < len; i++) {
        out[2 * i] = digits[in[i] >> 4];
        out[2 * i + 1] = digits[in[i] & 15];
    }
    out[2 * len] = '\0';
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

/*
 * sign: statements signed with Ed25519 (RFC 8032), keys in PEM (PKCS#8 and SubjectPublicKeyInfo), as
 * openssl genpkey and openssl pkeyutl -rawin make and check them. A private key's file must be
 * readable by its owner only. Threads: a key may be used by any.
 */
#ifndef EVROLL_SHARED_TLS_SIGN_H
#define EVROLL_SHARED_TLS_SIGN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/err.h"

#define SIGN_BYTES 64
#define SIGN_ID    65 /* SHA-256 of the 32 bytes of the public key, in hexadecimal, and the NUL */

struct sign_key;

/* Makes a pair: `file` (mode 0600), `file`.pub. Neither may be there. */
enum err sign_key_make(const char *file, struct fault *fault) ERR_CHECKED;
enum err sign_key_load(const char *file, struct sign_key **key, struct fault *fault) ERR_CHECKED;
enum err sign_public_load(const char *file, struct sign_key **key, struct fault *fault) ERR_CHECKED;
void sign_key_free(struct sign_key *key); /* NULL is allowed */

/* Which key it is. */
const char *sign_key_id(const struct sign_key *key);

void sign_bytes(const struct sign_key *key, const void *bytes, size_t len,
                uint8_t signature[static SIGN_BYTES]);
bool sign_verify(const struct sign_key *key, const void *bytes, size_t len,
                 const uint8_t signature[static SIGN_BYTES]);

#endif

/*
 * sm2: signatures of GB/T 32918.2 (SM2) over SM3 digests, as emission terminals make them
 * (GM/T 0009): r and s as 32-byte integers, most significant byte first, and a user id that enters
 * the digest. Blocks for the time of the arithmetic only (below a millisecond). A key may be used by
 * one thread at a time.
 */
#ifndef EVROLL_SHARED_TLS_SM2_H
#define EVROLL_SHARED_TLS_SM2_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/err.h"

#define SM2_POINT_SIZE  64 /* x and y of a public key */
#define SM2_NUMBER_SIZE 32
#define SM2_PEM_MAX     512

/* What GM/T 0009 takes where the parties have agreed on nothing else. */
#define SM2_DEFAULT_ID "1234567812345678"

struct sm2_key;

/* Who signed, as it enters the digest: for HJ 1239.3 the id of the security chip. */
struct sm2_id {
    const uint8_t *bytes;
    size_t len;
};

/* A public or private key from PEM text. ERR_INPUT when it is none or not on the curve of SM2. */
enum err sm2_key_from_pem(const char *pem, size_t len, struct sm2_key **key,
                          struct fault *fault) ERR_CHECKED;
/* A public key from x and y. ERR_INPUT when the point is not on the curve. */
enum err sm2_key_from_point(const uint8_t point[static SM2_POINT_SIZE], struct sm2_key **key,
                            struct fault *fault) ERR_CHECKED;
enum err sm2_key_generate(struct sm2_key **key, struct fault *fault) ERR_CHECKED;
void sm2_key_free(struct sm2_key *key); /* NULL is allowed */

/* The public half, as terminals register it, and as a PEM file. */
enum err sm2_key_point(const struct sm2_key *key, uint8_t point[static SM2_POINT_SIZE],
                       struct fault *fault) ERR_CHECKED;
enum err sm2_key_public_pem(const struct sm2_key *key, char pem[static SM2_PEM_MAX],
                            struct fault *fault) ERR_CHECKED;

/* True when the signature holds. A number outside the group's order is a signature that does not. */
bool sm2_verify(const struct sm2_key *key, struct sm2_id id, const uint8_t *data, size_t len,
                const uint8_t r[static SM2_NUMBER_SIZE], const uint8_t s[static SM2_NUMBER_SIZE]);
/* ERR_INPUT when the key is not a private one. */
enum err sm2_sign(const struct sm2_key *key, struct sm2_id id, const uint8_t *data, size_t len,
                  uint8_t r[static SM2_NUMBER_SIZE], uint8_t s[static SM2_NUMBER_SIZE],
                  struct fault *fault) ERR_CHECKED;

#endif

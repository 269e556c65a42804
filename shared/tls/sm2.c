#include "shared/tls/sm2.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "shared/arena.h"
#include "shared/tls/tls_internal.h"

#define DER_MAX      80 /* of a signature: two integers of 33 bytes and their heads */
#define UNCOMPRESSED 0x04

struct sm2_key {
    EVP_PKEY *pkey;
};

static enum err wrap(EVP_PKEY *pkey, struct sm2_key **key, struct fault *fault)
{
    if (pkey == NULL)
        return fault_set(fault, ERR_INPUT, "this is not an SM2 key (%s)", tls_openssl_reason());
    if (!EVP_PKEY_is_a(pkey, "SM2")) {
        EVP_PKEY_free(pkey);
        return fault_set(fault, ERR_INPUT,
                         "the key is not on the curve of SM2; make one with openssl genpkey "
                         "-algorithm SM2");
    }
    *key = mem_alloc(1, sizeof **key);
    (*key)->pkey = pkey;
    return ERR_OK;
}

static EVP_PKEY *pem_read(const char *pem, size_t len, bool private)
{
    BIO *bio = BIO_new_mem_buf(pem, (int)len);
    EVP_PKEY *pkey = NULL;

    if (bio == NULL)
        return NULL;
    pkey = private ? PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL)
                   : PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL);
    BIO_free(bio);
    return pkey;
}

enum err sm2_key_from_pem(const char *pem, size_t len, struct sm2_key **key, struct fault *fault)
{
    EVP_PKEY *pkey = NULL;

    if (len > INT32_MAX)
        return fault_set(fault, ERR_INPUT, "a key of %zu bytes is too long", len);
    pkey = pem_read(pem, len, false);
    return wrap(pkey != NULL ? pkey : pem_read(pem, len, true), key, fault);
}

static EVP_PKEY *pkey_from(OSSL_PARAM *params)
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "SM2", NULL);
    EVP_PKEY *pkey = NULL;

    if (context == NULL || EVP_PKEY_fromdata_init(context) != 1 ||
        EVP_PKEY_fromdata(context, &pkey, EVP_PKEY_PUBLIC_KEY, params) != 1)
        pkey = NULL;
    EVP_PKEY_CTX_free(context);
    return pkey;
}

enum err sm2_key_from_point(const uint8_t point[static SM2_POINT_SIZE], struct sm2_key **key,
                            struct fault *fault)
{
    char group[] = "SM2";
    uint8_t octets[1 + SM2_POINT_SIZE] = {UNCOMPRESSED};
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, 0),
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, octets, sizeof octets),
        OSSL_PARAM_construct_end(),
    };

    memcpy(octets + 1, point, SM2_POINT_SIZE);
    return wrap(pkey_from(params), key, fault);
}

enum err sm2_key_generate(struct sm2_key **key, struct fault *fault)
{
    return wrap(EVP_PKEY_Q_keygen(NULL, NULL, "SM2"), key, fault);
}

void sm2_key_free(struct sm2_key *key)
{
    if (key == NULL)
        return;
    EVP_PKEY_free(key->pkey);
    free(key);
}

enum err sm2_key_point(const struct sm2_key *key, uint8_t point[static SM2_POINT_SIZE],
                       struct fault *fault)
{
    uint8_t octets[1 + SM2_POINT_SIZE];
    size_t len = 0;

    if (EVP_PKEY_get_octet_string_param(key->pkey, OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY, octets,
                                        sizeof octets, &len) != 1 ||
        len != sizeof octets || octets[0] != UNCOMPRESSED)
        return fault_set(fault, ERR_INPUT, "the key has no public point (%s)",
                         tls_openssl_reason());
    memcpy(point, octets + 1, SM2_POINT_SIZE);
    return ERR_OK;
}

enum err sm2_key_public_pem(const struct sm2_key *key, char pem[static SM2_PEM_MAX],
                            struct fault *fault)
{
    BIO *bio = BIO_new(BIO_s_mem());
    int len = 0;

    if (bio != NULL && PEM_write_bio_PUBKEY(bio, key->pkey) == 1)
        len = BIO_read(bio, pem, SM2_PEM_MAX - 1);
    BIO_free(bio);
    pem[len > 0 ? len : 0] = '\0';
    return len > 0 ? ERR_OK
                   : fault_set(fault, ERR_INPUT, "the key cannot be written (%s)",
                               tls_openssl_reason());
}

/* The message digest's context must know the id before the key is set, so the key's context is made
 * first. */
static EVP_MD_CTX *digest_begin(const struct sm2_key *key, struct sm2_id id, bool sign)
{
    EVP_PKEY_CTX *pkey_context = EVP_PKEY_CTX_new(key->pkey, NULL);
    EVP_MD_CTX *digest = EVP_MD_CTX_new();
    bool ok = pkey_context != NULL && digest != NULL;

    if (ok) {
        EVP_MD_CTX_set_pkey_ctx(digest, pkey_context);
        ok = EVP_PKEY_CTX_set1_id(pkey_context, id.bytes, (int)id.len) == 1 &&
             (sign ? EVP_DigestSignInit(digest, NULL, EVP_sm3(), NULL, key->pkey)
                   : EVP_DigestVerifyInit(digest, NULL, EVP_sm3(), NULL, key->pkey)) == 1;
    }
    if (ok)
        return digest;
    EVP_MD_CTX_free(digest);
    EVP_PKEY_CTX_free(pkey_context);
    return NULL;
}

static void digest_end(EVP_MD_CTX *digest)
{
    EVP_PKEY_CTX *pkey_context = digest == NULL ? NULL : EVP_MD_CTX_get_pkey_ctx(digest);

    EVP_MD_CTX_free(digest);
    EVP_PKEY_CTX_free(pkey_context);
}

/* A DER integer of an unsigned number: no leading zeros, but one where the first bit is set. */
static size_t der_integer(uint8_t *out, const uint8_t number[static SM2_NUMBER_SIZE])
{
    size_t skip = 0;
    size_t len = 0;

    while (skip < SM2_NUMBER_SIZE - 1 && number[skip] == 0)
        skip++;
    out[len++] = 0x02;
    out[len++] = (uint8_t)(SM2_NUMBER_SIZE - skip + (number[skip] >> 7));
    if (number[skip] >> 7 != 0)
        out[len++] = 0;
    memcpy(out + len, number + skip, SM2_NUMBER_SIZE - skip);
    return len + SM2_NUMBER_SIZE - skip;
}

static size_t der_signature(uint8_t out[static DER_MAX], const uint8_t *r, const uint8_t *s)
{
    size_t len = 2;

    len += der_integer(out + len, r);
    len += der_integer(out + len, s);
    out[0] = 0x30;
    out[1] = (uint8_t)(len - 2);
    return len;
}

bool sm2_verify(const struct sm2_key *key, struct sm2_id id, const uint8_t *data, size_t len,
                const uint8_t r[static SM2_NUMBER_SIZE], const uint8_t s[static SM2_NUMBER_SIZE])
{
    uint8_t der[DER_MAX];
    size_t der_len = der_signature(der, r, s);
    EVP_MD_CTX *digest = digest_begin(key, id, false);
    bool good = digest != NULL && EVP_DigestVerify(digest, der, der_len, data, len) == 1;

    digest_end(digest);
    (void)tls_openssl_reason();
    return good;
}

static bool der_numbers(const uint8_t *der, size_t len, uint8_t *r, uint8_t *s)
{
    ECDSA_SIG *signature = d2i_ECDSA_SIG(NULL, &der, (long)len);
    bool ok = signature != NULL &&
              BN_bn2binpad(ECDSA_SIG_get0_r(signature), r, SM2_NUMBER_SIZE) == SM2_NUMBER_SIZE &&
              BN_bn2binpad(ECDSA_SIG_get0_s(signature), s, SM2_NUMBER_SIZE) == SM2_NUMBER_SIZE;

    ECDSA_SIG_free(signature);
    return ok;
}

enum err sm2_sign(const struct sm2_key *key, struct sm2_id id, const uint8_t *data, size_t len,
                  uint8_t r[static SM2_NUMBER_SIZE], uint8_t s[static SM2_NUMBER_SIZE],
                  struct fault *fault)
{
    uint8_t der[DER_MAX];
    size_t der_len = sizeof der;
    EVP_MD_CTX *digest = digest_begin(key, id, true);
    bool ok = digest != NULL && EVP_DigestSign(digest, der, &der_len, data, len) == 1 &&
              der_numbers(der, der_len, r, s);

    digest_end(digest);
    return ok ? ERR_OK
              : fault_set(fault, ERR_INPUT, "signing with SM2 failed (%s); is the key private?",
                          tls_openssl_reason());
}

#include "shared/tls/sign.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/evp.h>
#include <openssl/pem.h>

#include "shared/arena.h"
#include "shared/log.h"
#include "shared/tls/tls.h"
#include "shared/tls/tls_internal.h"

#define PUBLIC_BYTES 32

struct sign_key {
    EVP_PKEY *pkey;
    char id[SIGN_ID];
};

/* ---- making ---- */

typedef int write_pem(FILE *out, EVP_PKEY *pkey);

static int write_private(FILE *out, EVP_PKEY *pkey)
{
    return PEM_write_PrivateKey(out, pkey, NULL, NULL, 0, NULL, NULL);
}

static int write_public(FILE *out, EVP_PKEY *pkey)
{
    return PEM_write_PUBKEY(out, pkey);
}

/* A file that is there stays: it may be the only copy of a key. */
static enum err write_new(const char *file, mode_t mode, EVP_PKEY *pkey, write_pem *write_to,
                          struct fault *fault)
{
    int fd = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
    FILE *out = fd < 0 ? NULL : fdopen(fd, "w");
    bool written = out != NULL && write_to(out, pkey) == 1;

    if (out != NULL && (fflush(out) != 0 || fsync(fd) != 0))
        written = false;
    if (out != NULL && fclose(out) != 0)
        written = false;
    if (written)
        return ERR_OK;
    return fault_set(fault, fd < 0 ? ERR_INPUT : ERR_IO,
                     "%s cannot be written: %m; name a file that is not there yet", file);
}

enum err sign_key_make(const char *file, struct fault *fault)
{
    EVP_PKEY *pkey = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    struct arena *arena = arena_create();
    enum err err = ERR_OK;

    if (pkey == NULL)
        err = fault_set(fault, ERR_IO, "no key can be made: %s", tls_openssl_reason());
    if (err == ERR_OK)
        err = write_new(file, 0600, pkey, write_private, fault);
    if (err == ERR_OK)
        err = write_new(arena_format(arena, "%s.pub", file), 0644, pkey, write_public, fault);
    EVP_PKEY_free(pkey);
    arena_destroy(arena);
    return err;
}

/* ---- loading ---- */

static enum err take_key(const char *file, EVP_PKEY *pkey, struct sign_key **key,
                         struct fault *fault)
{
    uint8_t public[PUBLIC_BYTES];
    uint8_t digest[32];
    size_t len = sizeof public;

    if (pkey == NULL || EVP_PKEY_get_id(pkey) != EVP_PKEY_ED25519 ||
        EVP_PKEY_get_raw_public_key(pkey, public, &len) != 1) {
        EVP_PKEY_free(pkey);
        tls_openssl_reason();
        return fault_set(
            fault, ERR_INPUT,
            "%s holds no Ed25519 key in PEM; evroll-registry snapshot keygen makes one", file);
    }
    *key = mem_alloc(1, sizeof **key);
    (*key)->pkey = pkey;
    tls_sha256(public, sizeof public, digest);
    tls_hex(digest, sizeof digest, (*key)->id);
    return ERR_OK;
}

static enum err open_file(const char *file, bool private, FILE **in, struct fault *fault)
{
    struct stat status;

    *in = fopen(file, "re");
    if (*in == NULL)
        return fault_set(fault, ERR_INPUT, "%s cannot be opened: %m", file);
    if (private && fstat(fileno(*in), &status) == 0 && (status.st_mode & 077) != 0) {
        fclose(*in);
        return fault_set(fault, ERR_INPUT, "%s may be read by others; chmod 600 it", file);
    }
    return ERR_OK;
}

enum err sign_key_load(const char *file, struct sign_key **key, struct fault *fault)
{
    FILE *in = NULL;
    EVP_PKEY *pkey = NULL;
    enum err err = open_file(file, true, &in, fault);

    if (err != ERR_OK)
        return err;
    pkey = PEM_read_PrivateKey(in, NULL, NULL, NULL);
    fclose(in);
    return take_key(file, pkey, key, fault);
}

enum err sign_public_load(const char *file, struct sign_key **key, struct fault *fault)
{
    FILE *in = NULL;
    EVP_PKEY *pkey = NULL;
    enum err err = open_file(file, false, &in, fault);

    if (err != ERR_OK)
        return err;
    pkey = PEM_read_PUBKEY(in, NULL, NULL, NULL);
    fclose(in);
    return take_key(file, pkey, key, fault);
}

void sign_key_free(struct sign_key *key)
{
    if (key == NULL)
        return;
    EVP_PKEY_free(key->pkey);
    free(key);
}

const char *sign_key_id(const struct sign_key *key)
{
    return key->id;
}

/* ---- signing ---- */

void sign_bytes(const struct sign_key *key, const void *bytes, size_t len,
                uint8_t signature[static SIGN_BYTES])
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    size_t signed_len = SIGN_BYTES;

    if (context == NULL || EVP_DigestSignInit(context, NULL, NULL, NULL, key->pkey) != 1 ||
        EVP_DigestSign(context, signature, &signed_len, bytes, len) != 1 ||
        signed_len != SIGN_BYTES) {
        log_error("sign", "signing failed: %s", tls_openssl_reason());
        abort();
    }
    EVP_MD_CTX_free(context);
}

bool sign_verify(const struct sign_key *key, const void *bytes, size_t len,
                 const uint8_t signature[static SIGN_BYTES])
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool good = context != NULL &&
                EVP_DigestVerifyInit(context, NULL, NULL, NULL, key->pkey) == 1 &&
                EVP_DigestVerify(context, signature, SIGN_BYTES, bytes, len) == 1;

    EVP_MD_CTX_free(context);
    if (!good)
        tls_openssl_reason();
    return good;
}

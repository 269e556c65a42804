#include "shared/tls/password.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "shared/log.h"
#include "shared/tls/tls.h"
#include "shared/tls/tls_internal.h"
#include "shared/utf8.h"

#define COST_LOG2 15
#define BLOCKS    8
#define PARALLEL  1
#define SALT      16
#define DIGEST    32
#define MEMORY    (64u << 20) /* what OpenSSL may use: twice what the cost above needs */

struct kept {
    unsigned cost_log2, blocks, parallel;
    uint8_t salt[SALT];
    uint8_t digest[DIGEST];
};

static size_t characters(const char *text)
{
    size_t count = 0;

    for (; *text != '\0'; text++)
        count += ((unsigned char)*text & 0xc0u) != 0x80u;
    return count;
}

enum err password_check(const char *password, const char *name, struct fault *fault)
{
    if (!utf8_ok(password))
        return fault_set(fault, ERR_INPUT, "the password is not UTF-8 text");
    if (characters(password) < PASSWORD_CHARS_MIN)
        return fault_set(fault, ERR_INPUT, "the password is too short: at least %d characters",
                         PASSWORD_CHARS_MIN);
    if (strlen(password) > PASSWORD_BYTES_MAX)
        return fault_set(fault, ERR_INPUT, "the password is too long: at most %d bytes",
                         PASSWORD_BYTES_MAX);
    if (strcasestr(password, name) != NULL)
        return fault_set(fault, ERR_INPUT, "the password must not hold the account's name");
    return ERR_OK;
}

static bool derive(const char *password, struct kept *kept)
{
    bool done =
        EVP_PBE_scrypt(password, strlen(password), kept->salt, SALT, 1ull << kept->cost_log2,
                       kept->blocks, kept->parallel, MEMORY, kept->digest, DIGEST) == 1;

    if (!done)
        log_error("password", "scrypt failed: %s", tls_openssl_reason());
    return done;
}

static void write_hex(char **out, const uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++)
        *out += snprintf(*out, 3, "%02x", bytes[i]);
}

void password_digest(const char *password, char text[static PASSWORD_TEXT])
{
    struct kept kept = {COST_LOG2, BLOCKS, PARALLEL, {0}, {0}};
    char *out = text;

    tls_random(kept.salt, SALT);
    if (!derive(password, &kept))
        abort(); /* no memory for it: like any other memory that cannot be had */
    out += snprintf(out, PASSWORD_TEXT, "scrypt$%d$%d$%d$", COST_LOG2, BLOCKS, PARALLEL);
    write_hex(&out, kept.salt, SALT);
    *out++ = '$';
    write_hex(&out, kept.digest, DIGEST);
}

static bool read_hex(const char **in, char end, uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++, *in += 2) {
        unsigned byte = 0;
        if (strspn(*in, "0123456789abcdef") < 2 || sscanf(*in, "%2x", &byte) != 1)
            return false;
        bytes[i] = (uint8_t)byte;
    }
    return *(*in)++ == end;
}

static bool read_kept(const char *text, struct kept *kept)
{
    int used = 0;

    if (sscanf(text, "scrypt$%2u$%2u$%1u$%n", &kept->cost_log2, &kept->blocks, &kept->parallel,
               &used) != 3 ||
        used == 0 || kept->cost_log2 > COST_LOG2)
        return false;
    text += used;
    return read_hex(&text, '$', kept->salt, SALT) && read_hex(&text, '\0', kept->digest, DIGEST);
}

bool password_fits(const char *password, const char *text)
{
    struct kept kept = {COST_LOG2, BLOCKS, PARALLEL, {0}, {0}};
    bool known = text != NULL && read_kept(text, &kept);
    struct kept tried = kept;

    return derive(password, &tried) && known && tls_same_secret(tried.digest, kept.digest, DIGEST);
}

#include "tests/unit/auth/cheap_scrypt.h"

#include <stddef.h>
#include <stdint.h>

#define CHEAP 16

static bool is_off;

void cheap_scrypt_off(bool off)
{
    is_off = off;
}

/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp): the linker's names */
int __real_EVP_PBE_scrypt(const char *pass, size_t pass_len, const unsigned char *salt,
                          size_t salt_len, uint64_t n, uint64_t r, uint64_t p, uint64_t memory,
                          unsigned char *key, size_t key_len);
int __wrap_EVP_PBE_scrypt(const char *pass, size_t pass_len, const unsigned char *salt,
                          size_t salt_len, uint64_t n, uint64_t r, uint64_t p, uint64_t memory,
                          unsigned char *key, size_t key_len);

int __wrap_EVP_PBE_scrypt(const char *pass, size_t pass_len, const unsigned char *salt,
                          size_t salt_len, uint64_t n, uint64_t r, uint64_t p, uint64_t memory,
                          unsigned char *key, size_t key_len)
{
    return __real_EVP_PBE_scrypt(pass, pass_len, salt, salt_len, is_off ? n : CHEAP, r, p, memory,
                                 key, key_len);
}
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp) */

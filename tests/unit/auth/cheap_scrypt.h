/*
 * cheap_scrypt: stands before OpenSSL's scrypt in a test that is linked with --wrap=EVP_PBE_scrypt. What
 * is tested there is who may sign in; at the cost of real passwords that took a tenth of a second each.
 */
#ifndef EVROLL_TESTS_UNIT_AUTH_CHEAP_SCRYPT_H
#define EVROLL_TESTS_UNIT_AUTH_CHEAP_SCRYPT_H

#include <stdbool.h>

/* From here on at the cost that is asked for, or cheaply again, as at first. */
void cheap_scrypt_off(bool off);

#endif

/*
 * secret: 32 random bytes as text: what a token, a session's cookie and a one-time link are made of.
 * The text is handed out once; only its SHA-256 is kept, and 32 random bytes need no salt. No
 * state, any thread.
 */
#ifndef EVROLL_REGISTRY_AUTH_SECRET_H
#define EVROLL_REGISTRY_AUTH_SECRET_H

#include <stdbool.h>
#include <stdint.h>

#define SECRET_LEN  43 /* 32 bytes in base64url (RFC 4648, without padding) */
#define SECRET_HASH 32

void secret_make(char text[static SECRET_LEN + 1]);
/* Has the text the form of a secret? */
bool secret_ok(const char *text);
void secret_hash(const char *text, uint8_t hash[static SECRET_HASH]);

#endif

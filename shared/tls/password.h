/*
 * password: what is kept of a password: its scrypt digest (RFC 7914, N = 2^15, r = 8, p = 1, 32 MiB)
 * under a random salt, as the text "scrypt$15$8$1$SALT$DIGEST" in hexadecimal. Cost and salt stand in
 * the text, so a digest of an earlier cost is still checked by what it says.
 *
 * Both calls block for the time of the arithmetic (about a tenth of a second). No state, any thread.
 */
#ifndef EVROLL_SHARED_TLS_PASSWORD_H
#define EVROLL_SHARED_TLS_PASSWORD_H

#include <stdbool.h>

#include "shared/err.h"

#define PASSWORD_CHARS_MIN 12 /* characters */
#define PASSWORD_BYTES_MAX 256
#define PASSWORD_TEXT      160 /* room for the kept text */

/* ERR_INPUT: too short, too long, not UTF-8, or it holds `name` (whose it is). Says which. */
enum err password_check(const char *password, const char *name, struct fault *fault) ERR_CHECKED;

void password_digest(const char *password, char text[static PASSWORD_TEXT]);

/* Takes as long for a wrong password as for the right one; a text that is no digest of ours (NULL
 * too) fits nothing, and takes as long. */
bool password_fits(const char *password, const char *text);

#endif

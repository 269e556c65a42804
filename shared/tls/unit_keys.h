/*
 * unit_keys: the public keys of onboard units' security chips: a directory with a file NAME.pem for
 * each unit whose key is known. A key is read when the unit's first signature arrives and kept while
 * the file stays as it is, up to a number of keys; the one not used for longest makes room. A file
 * that comes, changes or goes counts from the next signature on.
 *
 * A line "user-id: TEXT" or "user-id-hex: 0A1B…" before the key in the file is the id that enters
 * the digest (HJ 1239.3: the chip's); without it SM2_DEFAULT_ID is taken. A file that cannot be read
 * as a key is reported once and makes the unit's signatures unknown.
 *
 * Cost of a signature: one stat(2), now and then the reading of a file, and the check itself. One
 * thread.
 */
#ifndef EVROLL_SHARED_TLS_UNIT_KEYS_H
#define EVROLL_SHARED_TLS_UNIT_KEYS_H

#include <stddef.h>
#include <stdint.h>

#include "shared/sample.h"

struct unit_keys;

/* At most `most` keys are kept. The directory may appear later. */
struct unit_keys *unit_keys_create(const char *dir, size_t most);
void unit_keys_destroy(struct unit_keys *keys);

/* What the key of `unit` says of this signature: SIGNATURE_GOOD, SIGNATURE_BAD, or
 * SIGNATURE_UNKNOWN when there is no key or `algorithm` is not 1 (SM2). `keys` is a struct
 * unit_keys: the function fits a decoder's hook, which passes it on as its argument. */
enum signature_state unit_keys_verify(void *keys, const char *unit, int algorithm,
                                      const uint8_t *data, size_t len, const uint8_t *r,
                                      size_t r_len, const uint8_t *s, size_t s_len);

/* How many keys are held now. */
size_t unit_keys_held(const struct unit_keys *keys);

#endif

/*
 * tls_internal: what only this folder may see: how an issuer and a serial number are written, so
 * that a certificate and a revocation list spell the same pair the same way.
 */
#ifndef EVROLL_SHARED_TLS_TLS_INTERNAL_H
#define EVROLL_SHARED_TLS_TLS_INTERNAL_H

#include <openssl/x509.h>

#include "shared/tls/tls.h"

/* False when it is longer than any serial number may be. */
bool tls_serial_take(const ASN1_INTEGER *number, uint8_t serial[static TLS_SERIAL_MAX],
                     size_t *len);

/* Of the canonical form: the same for names that differ in case, spaces or string type only. */
uint32_t tls_name_hash(const X509_NAME *name);

/* What OpenSSL says went wrong last, and empties its queue. Valid until the thread's next call. */
const char *tls_openssl_reason(void);

#endif

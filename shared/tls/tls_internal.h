/*
 * tls_internal: what only this folder may see: how an issuer and a serial number are written, so
 * that a certificate and a revocation list spell the same pair the same way.
 */
#ifndef EVROLL_SHARED_TLS_TLS_INTERNAL_H
#define EVROLL_SHARED_TLS_TLS_INTERNAL_H

#include <openssl/x509.h>

#include "shared/tls/tls.h"

/* Forward secrecy and authenticated encryption only; TLS 1.3 has nothing else. */
#define TLS_CIPHERS_12 "ECDHE+AESGCM:ECDHE+CHACHA20"
/* The suites that RFC 7252 asks of a CoAP stack come on top. */
#define TLS_CIPHERS_COAP TLS_CIPHERS_12 ":ECDHE+AESCCM"

/* False when it is longer than any serial number may be. */
bool tls_serial_take(const ASN1_INTEGER *number, uint8_t serial[static TLS_SERIAL_MAX],
                     size_t *len);

/* Of the canonical form: the same for names that differ in case, spaces or string type only. */
uint32_t tls_name_hash(const X509_NAME *name);

/* What OpenSSL says went wrong last, and empties its queue. Valid until the thread's next call. */
const char *tls_openssl_reason(void);

#endif

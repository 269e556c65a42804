/*
 * csr: a certificate request (PKCS #10, RFC 2986) in PEM, as somebody sent it, and the certificate
 * that an authority made of it. No state, any thread.
 */
#ifndef EVROLL_SHARED_TLS_CSR_H
#define EVROLL_SHARED_TLS_CSR_H

#include <stddef.h>
#include <stdint.h>

#include "shared/err.h"
#include "shared/tls/tls.h"

#define CSR_BYTES_MAX         8192u
#define CERTIFICATE_BYTES_MAX 16384u /* with the authorities between it and the root */

/* Is it one request, signed by its own key, with a key of a kind that units may have (EC P-256 or
 * P-384, RSA of 2048 to 4096 bits), whose one CN is `unit`? `key_kind` says which key. ERR_INPUT says
 * what is wrong. */
enum err csr_check(const char *pem, const char *unit, char key_kind[static 24],
                   struct fault *fault) ERR_CHECKED;

struct csr_signed {
    char serial[2 * TLS_SERIAL_MAX + 1]; /* hexadecimal, upper case */
    int64_t expires_ms;
};

/* Is `certificate` the request's key and `unit`'s, for a client, signed by an authority of `ca_file`
 * and valid at `now_ms`? ERR_INPUT says what is wrong; ERR_IO: the file cannot be read. */
enum err csr_signed_check(const char *request, const char *certificate, const char *unit,
                          const char *ca_file, int64_t now_ms, struct csr_signed *out,
                          struct fault *fault) ERR_CHECKED;

#endif

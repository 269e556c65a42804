/*
 * tls: the certificate side of TLS, the same everywhere: who a peer is, and who is revoked. The
 * only folder besides what signs that sees OpenSSL; X509 is passed through as an opaque pointer
 * where a library hands one over (Mosquitto, libevent).
 */
#ifndef EVROLL_SHARED_TLS_TLS_H
#define EVROLL_SHARED_TLS_TLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/err.h"

struct x509_st;    /* OpenSSL's X509 */
struct ssl_ctx_st; /* OpenSSL's SSL_CTX */
struct ssl_st;     /* OpenSSL's SSL */

#define TLS_SERIAL_MAX 20 /* RFC 5280: at most 20 octets */

/* What a certificate says about its holder. `kind` comes from the URI SAN "urn:evroll:KIND:NAME",
 * where NAME must equal the CN: "unit", "gateway"; "" when there is none. */
struct tls_identity {
    char name[65]; /* CN */
    char kind[16];
    uint8_t serial[TLS_SERIAL_MAX];
    size_t serial_len;
    uint32_t issuer; /* hash of the issuer's name; with the serial it is what a CRL revokes */
};

/* ERR_DENIED when there is no CN, more than one, an embedded NUL, or a SAN that names somebody
 * else. */
enum err tls_identity_of(const struct x509_st *cert, struct tls_identity *identity,
                         struct fault *fault) ERR_CHECKED;

/* For whoever is handed a certificate that it must free (Mosquitto). NULL is allowed. */
void tls_certificate_free(struct x509_st *cert);

/*
 * Revocation list: serial numbers from a CRL file (PEM, may hold several CRLs), checked against the
 * CA's signature. A list that cannot be read or verified leaves the last good one in force; one
 * past its nextUpdate stays in force too and says so once. Threads: reload and lookups from one
 * thread.
 */
struct tls_revoked;

struct tls_revoked *tls_revoked_create(const char *crl_file,
                                       const char *ca_file); /* files may appear later */
void tls_revoked_destroy(struct tls_revoked *revoked);
/* Reads the file again when it changed. True when the list in force is another one than before. */
bool tls_revoked_refresh(struct tls_revoked *revoked);
/* True once a list was read and verified, even an empty one. */
bool tls_revoked_known(const struct tls_revoked *revoked);
bool tls_revoked_has(const struct tls_revoked *revoked, const struct tls_identity *identity);

/* A server context: TLS 1.2 and 1.3, forward secrecy, no compression or renegotiation, client
 * certificates asked for (refused when not from `client_ca_file`). Caller frees with
 * tls_context_free. */
enum err tls_server_context(const char *cert_file, const char *key_file, const char *client_ca_file,
                            struct ssl_ctx_st **context, struct fault *fault) ERR_CHECKED;
void tls_context_free(struct ssl_ctx_st *context);

/* For a library that makes its own server sessions and hands them over before the handshake
 * (libcoap): the same rules as tls_server_context, and the whole chain of `cert_file`, where the
 * library sends the first certificate only. False: the handshake must not go on. */
bool tls_session_harden(struct ssl_st *session, const char *cert_file);
/* Who the peer of a finished handshake is. ERR_DENIED: nobody that the authority signed, or see
 * tls_identity_of. */
enum err tls_session_identity(const struct ssl_st *session, struct tls_identity *identity,
                              struct fault *fault) ERR_CHECKED;

/* SHA-256, and comparison of secrets in constant time. */
void tls_sha256(const void *bytes, size_t len, uint8_t digest[32]);
bool tls_same_secret(const void *a, const void *b, size_t len);
/* SHA-256 of what comes piece by piece; the end frees it. */
struct tls_digest;
struct tls_digest *tls_digest_begin(void);
void tls_digest_add(struct tls_digest *digest, const void *bytes, size_t len);
void tls_digest_end(struct tls_digest *digest, uint8_t out[32]);
/* Lower-case hexadecimal, 2 * len digits and a NUL. */
void tls_hex(const void *bytes, size_t len, char *out);
/* Bytes from the system's generator; ends the process when it fails. */
void tls_random(void *bytes, size_t len);

#endif

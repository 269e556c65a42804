#include <openssl/ssl.h>

#include "shared/tls/tls.h"
#include "shared/tls/tls_internal.h"

bool tls_session_harden(struct ssl_st *session, const char *cert_file)
{
    int oldest = SSL_is_dtls(session) ? DTLS1_2_VERSION : TLS1_2_VERSION;

    SSL_set_options(session, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION |
                                 SSL_OP_CIPHER_SERVER_PREFERENCE);
    if (SSL_set_min_proto_version(session, oldest) == 1 &&
        SSL_set_cipher_list(session, TLS_CIPHERS_COAP) == 1 &&
        SSL_use_certificate_chain_file(session, cert_file) == 1)
        return true;
    (void)tls_openssl_reason();
    return false;
}

enum err tls_session_identity(const struct ssl_st *session, struct tls_identity *identity,
                              struct fault *fault)
{
    const X509 *cert = session == NULL ? NULL : SSL_get0_peer_certificate(session);

    if (cert == NULL || SSL_get_verify_result(session) != X509_V_OK)
        return fault_set(fault, ERR_DENIED, "no certificate that this authority signed");
    return tls_identity_of(cert, identity, fault);
}

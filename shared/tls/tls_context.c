#include <openssl/ssl.h>

#include "shared/tls/tls.h"
#include "shared/tls/tls_internal.h"

static enum err client_ca_use(SSL_CTX *context, const char *file, struct fault *fault)
{
    STACK_OF(X509_NAME) *names = SSL_load_client_CA_file(file);

    if (names == NULL || SSL_CTX_load_verify_locations(context, file, NULL) != 1) {
        sk_X509_NAME_pop_free(names, X509_NAME_free);
        return fault_set(fault, ERR_INPUT,
                         "no CA certificate can be read from %s (%s); give a PEM file", file,
                         tls_openssl_reason());
    }
    SSL_CTX_set_client_CA_list(context, names);
    /* Asked for, not required: a browser has none; who needs one is decided by route. */
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
    return ERR_OK;
}

static enum err certificate_use(SSL_CTX *context, const char *cert_file, const char *key_file,
                                struct fault *fault)
{
    if (SSL_CTX_use_certificate_chain_file(context, cert_file) != 1)
        return fault_set(fault, ERR_INPUT,
                         "no certificate can be read from %s (%s); give a PEM file", cert_file,
                         tls_openssl_reason());
    if (SSL_CTX_use_PrivateKey_file(context, key_file, SSL_FILETYPE_PEM) != 1)
        return fault_set(fault, ERR_INPUT,
                         "no key for %s can be read from %s (%s); give the key that belongs to it",
                         cert_file, key_file, tls_openssl_reason());
    return ERR_OK;
}

static bool protocol_set(SSL_CTX *context)
{
    static const unsigned char session_context[] = "evroll";

    SSL_CTX_set_options(context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION |
                                     SSL_OP_CIPHER_SERVER_PREFERENCE);
    return SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1 &&
           SSL_CTX_set_cipher_list(context, TLS_CIPHERS_12) == 1 &&
           /* Without it a resumed session of a client with a certificate is a fatal error. */
           SSL_CTX_set_session_id_context(context, session_context, sizeof session_context) == 1;
}

enum err tls_server_context(const char *cert_file, const char *key_file, const char *client_ca_file,
                            struct ssl_ctx_st **context, struct fault *fault)
{
    SSL_CTX *made = SSL_CTX_new(TLS_server_method());
    enum err err = ERR_OK;

    *context = NULL;
    if (made == NULL || !protocol_set(made))
        err = fault_set(fault, ERR_IO,
                        "OpenSSL cannot make a TLS context (%s); check its configuration",
                        tls_openssl_reason());
    if (err == ERR_OK)
        err = certificate_use(made, cert_file, key_file, fault);
    if (err == ERR_OK && client_ca_file != NULL)
        err = client_ca_use(made, client_ca_file, fault);
    if (err == ERR_OK)
        *context = made;
    else
        SSL_CTX_free(made);
    return err;
}

void tls_context_free(struct ssl_ctx_st *context)
{
    SSL_CTX_free(context);
}

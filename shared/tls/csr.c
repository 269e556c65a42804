#include "shared/tls/csr.h"

#include <stdio.h>
#include <string.h>

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "shared/tls/tls_internal.h"

#define RSA_BITS_MIN 2048
#define RSA_BITS_MAX 4096

/* ---- the request ---- */

static bool key_allowed(EVP_PKEY *key, char kind[static 24])
{
    char group[24] = "";
    size_t len = 0;
    int bits = EVP_PKEY_get_bits(key);

    if (EVP_PKEY_is_a(key, "RSA")) {
        snprintf(kind, 24, "RSA %d", bits);
        return bits >= RSA_BITS_MIN && bits <= RSA_BITS_MAX;
    }
    if (!EVP_PKEY_is_a(key, "EC") || EVP_PKEY_get_group_name(key, group, sizeof group, &len) != 1)
        return false;
    snprintf(kind, 24, "EC %s", strcmp(group, "prime256v1") == 0 ? "P-256" : "P-384");
    return strcmp(group, "prime256v1") == 0 || strcmp(group, "secp384r1") == 0;
}

/* One CN, and it is the unit's. */
static bool names(const X509_NAME *subject, const char *unit)
{
    int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
    const ASN1_STRING *cn = NULL;

    if (at < 0 || X509_NAME_get_index_by_NID(subject, NID_commonName, at) >= 0)
        return false;
    cn = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at));
    return ASN1_STRING_length(cn) == (int)strlen(unit) &&
           memcmp(ASN1_STRING_get0_data(cn), unit, strlen(unit)) == 0;
}

static X509_REQ *request_read(const char *pem)
{
    BIO *bio = BIO_new_mem_buf(pem, -1);
    X509_REQ *request = bio == NULL ? NULL : PEM_read_bio_X509_REQ(bio, NULL, NULL, NULL);

    BIO_free(bio);
    (void)tls_openssl_reason(); /* empties the queue */
    return request;
}

static const char *request_fault(X509_REQ *request, const char *unit, char kind[static 24])
{
    EVP_PKEY *key = request == NULL ? NULL : X509_REQ_get0_pubkey(request);

    if (request == NULL)
        return "is no certificate request in PEM (-----BEGIN CERTIFICATE REQUEST-----)";
    if (key == NULL || !key_allowed(key, kind))
        return "has a key of another kind; make one with EC P-256, P-384 or RSA of 2048 to 4096 "
               "bits";
    if (X509_REQ_verify(request, key) != 1)
        return "is not signed by its own key";
    return names(X509_REQ_get_subject_name(request), unit)
               ? NULL
               : "has another common name than the unit's, or more than one";
}

enum err csr_check(const char *pem, const char *unit, char key_kind[static 24], struct fault *fault)
{
    X509_REQ *request = NULL;
    const char *wrong = NULL;

    if (strlen(pem) > CSR_BYTES_MAX)
        return fault_set(fault, ERR_INPUT, "the request has more than %u bytes", CSR_BYTES_MAX);
    request = request_read(pem);
    wrong = request_fault(request, unit, key_kind);
    X509_REQ_free(request);
    (void)tls_openssl_reason();
    return wrong == NULL ? ERR_OK : fault_set(fault, ERR_INPUT, "the request %s", wrong);
}

/* ---- what was made of it ---- */

/* The first is the unit's; those behind it lead to the authority. */
static STACK_OF(X509) * chain_read(const char *pem)
{
    BIO *bio = BIO_new_mem_buf(pem, -1);
    STACK_OF(X509) *chain = sk_X509_new_null();
    X509 *cert = NULL;

    while (bio != NULL && chain != NULL && sk_X509_num(chain) < 8 &&
           (cert = PEM_read_bio_X509(bio, NULL, NULL, NULL)) != NULL)
        if (sk_X509_push(chain, cert) == 0)
            X509_free(cert);
    BIO_free(bio);
    (void)tls_openssl_reason();
    return chain;
}

static bool leads_to(X509 *cert, STACK_OF(X509) * chain, X509_STORE *store, int64_t now_ms)
{
    X509_STORE_CTX *context = X509_STORE_CTX_new();
    bool good = false;

    if (context != NULL && X509_STORE_CTX_init(context, store, cert, chain) == 1) {
        X509_VERIFY_PARAM_set_purpose(X509_STORE_CTX_get0_param(context), X509_PURPOSE_SSL_CLIENT);
        X509_STORE_CTX_set_time(context, 0, (time_t)(now_ms / 1000));
        good = X509_verify_cert(context) == 1;
    }
    X509_STORE_CTX_free(context);
    (void)tls_openssl_reason();
    return good;
}

static bool same_key(const X509 *cert, const char *request_pem)
{
    X509_REQ *request = request_read(request_pem);
    bool same =
        request != NULL && EVP_PKEY_eq(X509_get0_pubkey(cert), X509_REQ_get0_pubkey(request)) == 1;

    X509_REQ_free(request);
    (void)tls_openssl_reason();
    return same;
}

static bool facts_take(const X509 *cert, struct csr_signed *out)
{
    uint8_t serial[TLS_SERIAL_MAX];
    struct tm end;
    size_t len = 0;

    if (!tls_serial_take(X509_get0_serialNumber(cert), serial, &len) ||
        ASN1_TIME_to_tm(X509_get0_notAfter(cert), &end) != 1)
        return false;
    for (size_t i = 0; i < len; i++)
        snprintf(out->serial + 2 * i, 3, "%02X", serial[i]);
    out->expires_ms = (int64_t)timegm(&end) * 1000;
    return true;
}

static const char *signed_fault(X509 *cert, const char *request, const char *unit,
                                struct csr_signed *out)
{
    struct tls_identity identity;
    struct fault fault;

    if (cert == NULL)
        return "is no certificate in PEM (-----BEGIN CERTIFICATE-----)";
    if (!same_key(cert, request))
        return "has another key than the request";
    if (tls_identity_of(cert, &identity, &fault) != ERR_OK || strcmp(identity.name, unit) != 0 ||
        (identity.kind[0] != '\0' && strcmp(identity.kind, "unit") != 0))
        return "is not the unit's by its name";
    return facts_take(cert, out) ? NULL : "has no serial number or end that can be used";
}

static enum err chain_check(const char *request, STACK_OF(X509) * chain, const char *unit,
                            X509_STORE *store, int64_t now_ms, struct csr_signed *out,
                            struct fault *fault)
{
    X509 *cert = chain == NULL ? NULL : sk_X509_value(chain, 0);
    const char *wrong = signed_fault(cert, request, unit, out);

    if (wrong == NULL && !leads_to(cert, chain, store, now_ms))
        wrong = "is not signed for a client by an authority that this registry trusts, or is not "
                "valid today";
    return wrong == NULL ? ERR_OK : fault_set(fault, ERR_INPUT, "the certificate %s", wrong);
}

enum err csr_signed_check(const char *request, const char *certificate, const char *unit,
                          const char *ca_file, int64_t now_ms, struct csr_signed *out,
                          struct fault *fault)
{
    STACK_OF(X509) *chain = NULL;
    X509_STORE *store = NULL;
    enum err err = ERR_OK;

    *out = (struct csr_signed){.serial = ""};
    if (strlen(certificate) > CERTIFICATE_BYTES_MAX)
        return fault_set(fault, ERR_INPUT, "the certificate has more than %u bytes",
                         CERTIFICATE_BYTES_MAX);
    store = X509_STORE_new();
    if (store == NULL || X509_STORE_load_file(store, ca_file) != 1) {
        X509_STORE_free(store);
        return fault_set(fault, ERR_IO, "%s: no authorities can be read: %s", ca_file,
                         tls_openssl_reason());
    }
    chain = chain_read(certificate);
    err = chain_check(request, chain, unit, store, now_ms, out, fault);
    sk_X509_pop_free(chain, X509_free);
    X509_STORE_free(store);
    return err;
}

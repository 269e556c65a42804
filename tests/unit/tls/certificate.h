/*
 * certificate: certificates, keys and revocation lists made in memory for the tests of shared/tls.
 * Everything is freed by its make function's counterpart in OpenSSL. A failure ends the test
 * program.
 */
#ifndef EVROLL_TESTS_UNIT_TLS_CERTIFICATE_H
#define EVROLL_TESTS_UNIT_TLS_CERTIFICATE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

static inline EVP_PKEY *key_make(void)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");

    assert_non_null(key);
    return key;
}

static inline void name_add(X509 *cert, const char *cn, size_t len)
{
    assert_int_equal(X509_NAME_add_entry_by_NID(X509_get_subject_name(cert), NID_commonName,
                                                V_ASN1_UTF8STRING, (const unsigned char *)cn,
                                                (int)len, -1, 0),
                     1);
}

static inline void extension_add(X509 *cert, int nid, const char *value)
{
    X509_EXTENSION *ext = X509V3_EXT_conf_nid(NULL, NULL, nid, value);

    assert_non_null(ext);
    assert_int_equal(X509_add_ext(cert, ext, -1), 1);
    X509_EXTENSION_free(ext);
}

/* Valid from an hour ago for a day, without names. */
static inline X509 *certificate_begin(EVP_PKEY *key, uint64_t serial)
{
    X509 *cert = X509_new();

    assert_non_null(cert);
    X509_set_version(cert, 2);
    ASN1_INTEGER_set_uint64(X509_get_serialNumber(cert), serial);
    X509_gmtime_adj(X509_getm_notBefore(cert), -3600);
    X509_gmtime_adj(X509_getm_notAfter(cert), 86400);
    X509_set_pubkey(cert, key);
    return cert;
}

static inline void certificate_sign(X509 *cert, X509 *issuer, EVP_PKEY *issuer_key)
{
    X509_set_issuer_name(cert, X509_get_subject_name(issuer));
    assert_true(X509_sign(cert, issuer_key, EVP_sha256()) > 0);
}

static inline X509 *ca_make(EVP_PKEY *key, const char *cn)
{
    X509 *cert = certificate_begin(key, 1);

    name_add(cert, cn, strlen(cn));
    extension_add(cert, NID_basic_constraints, "critical,CA:TRUE");
    extension_add(cert, NID_key_usage, "critical,keyCertSign,cRLSign");
    certificate_sign(cert, cert, key);
    return cert;
}

/* `san` may be NULL. */
static inline X509 *leaf_make(EVP_PKEY *key, const char *cn, const char *san, uint64_t serial,
                              X509 *ca, EVP_PKEY *ca_key)
{
    X509 *cert = certificate_begin(key, serial);

    name_add(cert, cn, strlen(cn));
    if (san != NULL)
        extension_add(cert, NID_subject_alt_name, san);
    certificate_sign(cert, ca, ca_key);
    return cert;
}

/* A list of `ca` that revokes `count` serials and is due again in `due_s` seconds (may be past). */
static inline X509_CRL *crl_make(X509 *ca, EVP_PKEY *ca_key, const uint64_t *serials, size_t count,
                                 long due_s)
{
    X509_CRL *crl = X509_CRL_new();
    ASN1_TIME *at = X509_gmtime_adj(NULL, due_s < 0 ? due_s - 60 : 0);
    ASN1_INTEGER *serial = ASN1_INTEGER_new();

    X509_CRL_set_version(crl, 1);
    X509_CRL_set_issuer_name(crl, X509_get_subject_name(ca));
    X509_CRL_set1_lastUpdate(crl, at);
    for (size_t i = 0; i < count; i++) {
        X509_REVOKED *revoked = X509_REVOKED_new();

        ASN1_INTEGER_set_uint64(serial, serials[i]);
        X509_REVOKED_set_serialNumber(revoked, serial);
        X509_REVOKED_set_revocationDate(revoked, at);
        assert_int_equal(X509_CRL_add0_revoked(crl, revoked), 1);
    }
    X509_gmtime_adj(at, due_s);
    X509_CRL_set1_nextUpdate(crl, at);
    assert_true(X509_CRL_sign(crl, ca_key, EVP_sha256()) > 0);
    ASN1_INTEGER_free(serial);
    ASN1_TIME_free(at);
    return crl;
}

#endif

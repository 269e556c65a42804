#include "shared/tls/tls.h"

#include <string.h>
#include <strings.h>

#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "shared/tls/tls_internal.h"

#define URN "urn:evroll:"

/* Copies text without a NUL in it. False when it does not fit or holds one. */
static bool text_copy(char *out, size_t cap, const unsigned char *text, size_t len)
{
    if (len == 0 || len >= cap || memchr(text, '\0', len) != NULL)
        return false;
    memcpy(out, text, len);
    out[len] = '\0';
    return true;
}

/* The one CN. A second one would let two parties read the same certificate differently. */
static enum err name_take(const X509 *cert, struct tls_identity *identity, struct fault *fault)
{
    const X509_NAME *subject = X509_get_subject_name(cert);
    int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
    unsigned char *utf8 = NULL;
    bool fits = false;
    int len = 0;

    if (at < 0)
        return fault_set(fault, ERR_DENIED,
                         "certificate has no CN; issue one that names its holder");
    if (X509_NAME_get_index_by_NID(subject, NID_commonName, at) >= 0)
        return fault_set(fault, ERR_DENIED, "certificate has more than one CN; issue one with one");
    len = ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
    fits = len > 0 && text_copy(identity->name, sizeof identity->name, utf8, (size_t)len);
    OPENSSL_free(utf8);
    if (!fits)
        return fault_set(fault, ERR_DENIED,
                         "certificate has a CN that is empty, longer than %zu or holds a NUL",
                         sizeof identity->name - 1);
    return ERR_OK;
}

/* One URI of the SAN: nothing to do with us, or "urn:evroll:KIND:NAME" with our name. */
static enum err uri_take(const ASN1_STRING *uri, struct tls_identity *identity, struct fault *fault)
{
    const unsigned char *text = ASN1_STRING_get0_data(uri);
    size_t len = (size_t)ASN1_STRING_length(uri);
    size_t prefix = sizeof URN - 1;
    const unsigned char *colon = NULL;
    char kind[sizeof identity->kind];

    if (len < prefix || strncasecmp((const char *)text, URN, prefix) != 0)
        return ERR_OK;
    text += prefix;
    len -= prefix;
    colon = memchr(text, ':', len);
    if (colon == NULL || !text_copy(kind, sizeof kind, text, (size_t)(colon - text)))
        return fault_set(fault, ERR_DENIED, "certificate of %s has a malformed " URN " name",
                         identity->name);
    len -= (size_t)(colon + 1 - text);
    if (len != strlen(identity->name) || memcmp(colon + 1, identity->name, len) != 0)
        return fault_set(fault, ERR_DENIED, "certificate of %s names somebody else as its %s",
                         identity->name, kind);
    if (identity->kind[0] != '\0' && strcmp(identity->kind, kind) != 0)
        return fault_set(fault, ERR_DENIED, "certificate of %s is for both %s and %s; issue two",
                         identity->name, identity->kind, kind);
    memcpy(identity->kind, kind, sizeof kind);
    return ERR_OK;
}

static enum err kind_take(const X509 *cert, struct tls_identity *identity, struct fault *fault)
{
    int critical = 0;
    GENERAL_NAMES *names = X509_get_ext_d2i(cert, NID_subject_alt_name, &critical, NULL);
    enum err err = ERR_OK;

    /* -1: there is none. -2: there are several, or it cannot be read. */
    if (names == NULL && critical != -1)
        return fault_set(fault, ERR_DENIED, "certificate of %s has a SAN that cannot be read",
                         identity->name);
    for (int i = 0; err == ERR_OK && i < sk_GENERAL_NAME_num(names); i++) {
        const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);
        if (name->type == GEN_URI)
            err = uri_take(name->d.uniformResourceIdentifier, identity, fault);
    }
    GENERAL_NAMES_free(names);
    return err;
}

static enum err serial_take(const X509 *cert, struct tls_identity *identity, struct fault *fault)
{
    if (!tls_serial_take(X509_get0_serialNumber(cert), identity->serial, &identity->serial_len))
        return fault_set(fault, ERR_DENIED,
                         "certificate of %s has a serial number of more than %d octets",
                         identity->name, TLS_SERIAL_MAX);
    identity->issuer = tls_name_hash(X509_get_issuer_name(cert));
    return ERR_OK;
}

enum err tls_identity_of(const struct x509_st *cert, struct tls_identity *identity,
                         struct fault *fault)
{
    enum err err = ERR_OK;

    *identity = (struct tls_identity){0};
    err = name_take(cert, identity, fault);
    if (err == ERR_OK)
        err = kind_take(cert, identity, fault);
    if (err == ERR_OK)
        err = serial_take(cert, identity, fault);
    if (err != ERR_OK)
        *identity = (struct tls_identity){0};
    return err;
}

void tls_certificate_free(struct x509_st *cert)
{
    X509_free(cert);
}

bool tls_serial_take(const ASN1_INTEGER *number, uint8_t serial[static TLS_SERIAL_MAX], size_t *len)
{
    const ASN1_STRING *octets = number;

    if (ASN1_STRING_length(octets) < 0 || ASN1_STRING_length(octets) > TLS_SERIAL_MAX)
        return false;
    *len = (size_t)ASN1_STRING_length(octets);
    memcpy(serial, ASN1_STRING_get0_data(octets), *len);
    return true;
}

uint32_t tls_name_hash(const X509_NAME *name)
{
    return (uint32_t)X509_NAME_hash_ex(name, NULL, NULL, NULL);
}

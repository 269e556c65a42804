/*
 * The list in force is a sorted array of (issuer, serial). A refresh builds a new one beside it and
 * swaps only when every CRL of the file was read and verified; anything else leaves the old one.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "shared/arena.h"
#include "shared/log.h"
#include "shared/tls/tls.h"
#include "shared/tls/tls_internal.h"

#define PART "revoked"

/* Compared as bytes: no padding, unused octets are zero. */
struct entry {
    uint32_t issuer;
    uint32_t serial_len;
    uint8_t serial[TLS_SERIAL_MAX];
};

_Static_assert(sizeof(struct entry) == 8 + TLS_SERIAL_MAX, "entries are compared as bytes");

struct list {
    struct entry *entries;
    size_t count;
    ASN1_TIME *next_update; /* the earliest of the file; NULL when none says */
};

/* Enough of stat(2) to see that a file is another one or has other contents. */
struct stamp {
    dev_t dev;
    ino_t ino;
    off_t size;
    struct timespec modified, changed;
};

struct tls_revoked {
    char *crl_file;
    char *ca_file;
    struct stamp crl_stamp, ca_stamp; /* of what was tried last, good or not */
    bool tried;
    bool known;
    bool overdue_said;
    struct list list;
};

static int entry_compare(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(struct entry));
}

static void list_free(struct list *list)
{
    free(list->entries);
    ASN1_TIME_free(list->next_update);
    *list = (struct list){0};
}

static bool list_equal(const struct list *a, const struct list *b)
{
    return a->count == b->count &&
           (a->count == 0 || memcmp(a->entries, b->entries, a->count * sizeof *a->entries) == 0);
}

static enum err list_add(struct list *list, X509_CRL *crl, const char *file, struct fault *fault)
{
    const STACK_OF(X509_REVOKED) *gone = X509_CRL_get_REVOKED(crl);
    const ASN1_TIME *next = X509_CRL_get0_nextUpdate(crl);
    int count = gone == NULL ? 0 : sk_X509_REVOKED_num(gone);
    uint32_t issuer = tls_name_hash(X509_CRL_get_issuer(crl));

    list->entries = mem_grow(list->entries, list->count + (size_t)count, sizeof *list->entries);
    for (int i = 0; i < count; i++) {
        struct entry *entry = &list->entries[list->count];
        size_t len = 0;

        *entry = (struct entry){.issuer = issuer};
        if (!tls_serial_take(X509_REVOKED_get0_serialNumber(sk_X509_REVOKED_value(gone, i)),
                             entry->serial, &len))
            return fault_set(fault, ERR_INPUT, "%s revokes a serial number of more than %d octets",
                             file, TLS_SERIAL_MAX);
        entry->serial_len = (uint32_t)len;
        list->count++;
    }
    if (next != NULL &&
        (list->next_update == NULL || ASN1_TIME_compare(next, list->next_update) < 0)) {
        ASN1_TIME_free(list->next_update);
        list->next_update = ASN1_STRING_dup(next);
    }
    return ERR_OK;
}

/* Signed by a CA of ours that may sign lists. Delta and indirect lists carry critical extensions;
 * they would be misread as whole lists, so they are refused. */
static enum err crl_check(X509_CRL *crl, STACK_OF(X509) * authorities, const char *file,
                          struct fault *fault)
{
    if (X509_CRL_get_ext_by_critical(crl, 1, -1) >= 0)
        return fault_set(fault, ERR_INPUT, "%s holds a partial or indirect list; give whole ones",
                         file);
    for (int i = 0; i < sk_X509_num(authorities); i++) {
        X509 *ca = sk_X509_value(authorities, i);

        if (X509_NAME_cmp(X509_get_subject_name(ca), X509_CRL_get_issuer(crl)) == 0 &&
            (X509_get_key_usage(ca) & KU_CRL_SIGN) != 0 &&
            X509_CRL_verify(crl, X509_get0_pubkey(ca)) == 1)
            return ERR_OK;
    }
    ERR_clear_error();
    return fault_set(fault, ERR_DENIED, "%s holds a list that none of our CAs signed", file);
}

/* True at the plain end of a PEM file; false in the middle of something. */
static bool pem_ended(void)
{
    unsigned long last = ERR_peek_last_error();

    if (ERR_GET_LIB(last) != ERR_LIB_PEM || ERR_GET_REASON(last) != PEM_R_NO_START_LINE)
        return false;
    ERR_clear_error();
    return true;
}

static enum err authorities_read(const char *file, STACK_OF(X509) * authorities,
                                 struct fault *fault)
{
    BIO *in = BIO_new_file(file, "r");
    X509 *cert = NULL;

    while (in != NULL && (cert = PEM_read_bio_X509(in, NULL, NULL, NULL)) != NULL)
        if (sk_X509_push(authorities, cert) == 0)
            X509_free(cert);
    BIO_free(in);
    if (in == NULL || !pem_ended() || sk_X509_num(authorities) == 0)
        return fault_set(fault, ERR_INPUT, "CA certificates cannot be read from %s (%s)", file,
                         tls_openssl_reason());
    return ERR_OK;
}

static enum err list_read(const char *file, STACK_OF(X509) * authorities, struct list *list,
                          struct fault *fault)
{
    BIO *in = BIO_new_file(file, "r");
    enum err err = ERR_OK;
    X509_CRL *crl = NULL;
    int found = 0;

    while (in != NULL && err == ERR_OK &&
           (crl = PEM_read_bio_X509_CRL(in, NULL, NULL, NULL)) != NULL) {
        found++;
        err = crl_check(crl, authorities, file, fault);
        if (err == ERR_OK)
            err = list_add(list, crl, file, fault);
        X509_CRL_free(crl);
    }
    BIO_free(in);
    if (err == ERR_OK && (in == NULL || !pem_ended() || found == 0))
        err = fault_set(fault, ERR_INPUT, "a revocation list cannot be read from %s (%s)", file,
                        tls_openssl_reason());
    if (err == ERR_OK && list->count > 0)
        qsort(list->entries, list->count, sizeof *list->entries, entry_compare);
    return err;
}

static enum err list_load(const struct tls_revoked *revoked, struct list *list, struct fault *fault)
{
    STACK_OF(X509) *authorities = sk_X509_new_null();
    enum err err = ERR_OK;

    ERR_clear_error();
    err = authorities_read(revoked->ca_file, authorities, fault);
    if (err == ERR_OK)
        err = list_read(revoked->crl_file, authorities, list, fault);
    sk_X509_pop_free(authorities, X509_free);
    return err;
}

struct tls_revoked *tls_revoked_create(const char *crl_file, const char *ca_file)
{
    struct tls_revoked *revoked = mem_alloc(1, sizeof *revoked);

    revoked->crl_file = mem_alloc(strlen(crl_file) + 1, 1);
    memcpy(revoked->crl_file, crl_file, strlen(crl_file) + 1);
    revoked->ca_file = mem_alloc(strlen(ca_file) + 1, 1);
    memcpy(revoked->ca_file, ca_file, strlen(ca_file) + 1);
    return revoked;
}

void tls_revoked_destroy(struct tls_revoked *revoked)
{
    if (revoked == NULL)
        return;
    list_free(&revoked->list);
    free(revoked->crl_file);
    free(revoked->ca_file);
    free(revoked);
}

static struct stamp stamp_of(const char *file)
{
    struct stat st;

    if (stat(file, &st) != 0)
        return (struct stamp){0};
    return (struct stamp){st.st_dev, st.st_ino, st.st_size, st.st_mtim, st.st_ctim};
}

static bool stamp_equal(const struct stamp *a, const struct stamp *b)
{
    return a->dev == b->dev && a->ino == b->ino && a->size == b->size &&
           a->modified.tv_sec == b->modified.tv_sec && a->modified.tv_nsec == b->modified.tv_nsec &&
           a->changed.tv_sec == b->changed.tv_sec && a->changed.tv_nsec == b->changed.tv_nsec;
}

/* Either file is another one than at the last try. */
static bool files_changed(struct tls_revoked *revoked)
{
    struct stamp crl = stamp_of(revoked->crl_file), ca = stamp_of(revoked->ca_file);

    if (revoked->tried && stamp_equal(&crl, &revoked->crl_stamp) &&
        stamp_equal(&ca, &revoked->ca_stamp))
        return false;
    revoked->tried = true;
    revoked->crl_stamp = crl;
    revoked->ca_stamp = ca;
    return true;
}

static void overdue_say(struct tls_revoked *revoked)
{
    const ASN1_TIME *next = revoked->list.next_update;

    if (revoked->overdue_said || next == NULL || X509_cmp_current_time(next) >= 0)
        return;
    revoked->overdue_said = true;
    log_warn(PART, "%s is past its next update and stays in force; make a new one on the CA",
             revoked->crl_file);
}

bool tls_revoked_refresh(struct tls_revoked *revoked)
{
    struct list fresh = {0};
    struct fault fault;
    bool other = false;

    if (!files_changed(revoked)) {
        overdue_say(revoked);
        return false;
    }
    if (list_load(revoked, &fresh, &fault) != ERR_OK) {
        log_error(PART, "%s; the last good list stays in force (%zu certificates)", fault.text,
                  revoked->list.count);
        list_free(&fresh);
        return false;
    }
    other = !list_equal(&revoked->list, &fresh);
    list_free(&revoked->list);
    revoked->list = fresh;
    revoked->known = true;
    revoked->overdue_said = false;
    overdue_say(revoked);
    log_info(PART, "%s is in force: %zu certificates", revoked->crl_file, fresh.count);
    return other;
}

bool tls_revoked_known(const struct tls_revoked *revoked)
{
    return revoked->known;
}

bool tls_revoked_has(const struct tls_revoked *revoked, const struct tls_identity *identity)
{
    struct entry key = {.issuer = identity->issuer, .serial_len = (uint32_t)identity->serial_len};

    if (revoked->list.count == 0)
        return false;
    memcpy(key.serial, identity->serial, identity->serial_len);
    return bsearch(&key, revoked->list.entries, revoked->list.count, sizeof key, entry_compare) !=
           NULL;
}

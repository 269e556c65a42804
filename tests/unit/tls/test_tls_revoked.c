#include "tests/unit/tls/certificate.h"

#include <stdlib.h>
#include <unistd.h>

#include "shared/tls/tls.h"

struct world {
    EVP_PKEY *key, *other_key;
    X509 *ca, *second_ca, *stranger; /* stranger: the name of ca, another key */
    char dir[64], crl_file[96], ca_file[96];
    struct tls_revoked *revoked;
};

static int setup(void **state)
{
    struct world *w = calloc(1, sizeof *w);
    FILE *out = NULL;

    w->key = key_make();
    w->other_key = key_make();
    w->ca = ca_make(w->key, "test CA");
    w->second_ca = ca_make(w->other_key, "second CA");
    w->stranger = ca_make(w->other_key, "test CA");
    strcpy(w->dir, "/tmp/evroll-revoked-XXXXXX");
    assert_non_null(mkdtemp(w->dir));
    snprintf(w->crl_file, sizeof w->crl_file, "%s/crl.pem", w->dir);
    snprintf(w->ca_file, sizeof w->ca_file, "%s/ca.pem", w->dir);
    out = fopen(w->ca_file, "w");
    PEM_write_X509(out, w->ca);
    PEM_write_X509(out, w->second_ca);
    fclose(out);
    w->revoked = tls_revoked_create(w->crl_file, w->ca_file);
    *state = w;
    return 0;
}

static int teardown(void **state)
{
    struct world *w = *state;

    tls_revoked_destroy(w->revoked);
    unlink(w->crl_file);
    unlink(w->ca_file);
    rmdir(w->dir);
    X509_free(w->ca);
    X509_free(w->second_ca);
    X509_free(w->stranger);
    EVP_PKEY_free(w->key);
    EVP_PKEY_free(w->other_key);
    free(w);
    return 0;
}

/* Puts a file in place as evroll-ca does: under another name, then renamed. */
static FILE *replace_begin(struct world *w)
{
    char name[112];

    snprintf(name, sizeof name, "%s.new", w->crl_file);
    return fopen(name, "w");
}

static void replace_end(struct world *w, FILE *out)
{
    char name[112];

    fclose(out);
    snprintf(name, sizeof name, "%s.new", w->crl_file);
    assert_int_equal(rename(name, w->crl_file), 0);
}

static void crl_write(FILE *out, X509 *ca, EVP_PKEY *key, const uint64_t *serials, size_t count,
                      long due_s)
{
    X509_CRL *crl = crl_make(ca, key, serials, count, due_s);

    PEM_write_X509_CRL(out, crl);
    X509_CRL_free(crl);
}

static void list_put(struct world *w, X509 *ca, EVP_PKEY *key, uint64_t serial, long due_s)
{
    FILE *out = replace_begin(w);

    crl_write(out, ca, key, &serial, 1, due_s);
    replace_end(w, out);
}

static bool revoked(struct world *w, X509 *ca, EVP_PKEY *key, uint64_t serial)
{
    X509 *cert = leaf_make(key, "bus-1", NULL, serial, ca, key);
    struct tls_identity id;

    assert_int_equal(tls_identity_of(cert, &id, NULL), ERR_OK);
    X509_free(cert);
    return tls_revoked_has(w->revoked, &id);
}

static void a_file_that_is_not_there_revokes_nobody_until_it_appears(void **state)
{
    struct world *w = *state;

    assert_false(tls_revoked_refresh(w->revoked));
    assert_false(tls_revoked_known(w->revoked));
    assert_false(revoked(w, w->ca, w->key, 0xabcdef));
    list_put(w, w->ca, w->key, 0xabcdef, 3600);
    assert_true(tls_revoked_refresh(w->revoked));
    assert_true(tls_revoked_known(w->revoked));
    assert_true(revoked(w, w->ca, w->key, 0xabcdef));
    assert_false(revoked(w, w->ca, w->key, 0xabcdee));
    assert_false(tls_revoked_refresh(w->revoked));
}

static void the_same_serial_of_another_issuer_is_not_revoked(void **state)
{
    struct world *w = *state;

    list_put(w, w->ca, w->key, 42, 3600);
    assert_true(tls_revoked_refresh(w->revoked));
    assert_true(revoked(w, w->ca, w->key, 42));
    assert_false(revoked(w, w->second_ca, w->other_key, 42));
}

static void several_lists_in_one_file_all_count(void **state)
{
    static const uint64_t mine[] = {9, 3, 0x7fffffffffffffffULL, 128}, theirs[] = {5};
    struct world *w = *state;
    FILE *out = replace_begin(w);

    crl_write(out, w->ca, w->key, mine, 4, 3600);
    crl_write(out, w->second_ca, w->other_key, theirs, 1, 3600);
    replace_end(w, out);
    assert_true(tls_revoked_refresh(w->revoked));
    for (size_t i = 0; i < 4; i++)
        assert_true(revoked(w, w->ca, w->key, mine[i]));
    assert_true(revoked(w, w->second_ca, w->other_key, 5));
    assert_false(revoked(w, w->ca, w->key, 5));
}

static void a_broken_file_leaves_the_last_good_list(void **state)
{
    static const char *const broken[] = {
        "", "nothing of the kind\n", "-----BEGIN X509 CRL-----\nMIIB\n",
        "-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n"};
    struct world *w = *state;

    list_put(w, w->ca, w->key, 42, 3600);
    assert_true(tls_revoked_refresh(w->revoked));
    for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
        FILE *out = replace_begin(w);

        fputs(broken[i], out);
        replace_end(w, out);
        assert_false(tls_revoked_refresh(w->revoked));
        assert_true(revoked(w, w->ca, w->key, 42));
    }
    unlink(w->crl_file);
    assert_false(tls_revoked_refresh(w->revoked));
    assert_true(revoked(w, w->ca, w->key, 42));
}

static void a_good_list_with_a_broken_tail_is_refused_whole(void **state)
{
    static const uint64_t serial = 43;
    struct world *w = *state;
    FILE *out = NULL;

    list_put(w, w->ca, w->key, 42, 3600);
    assert_true(tls_revoked_refresh(w->revoked));
    out = replace_begin(w);
    crl_write(out, w->ca, w->key, &serial, 1, 3600);
    fputs("-----BEGIN X509 CRL-----\nMIIB", out);
    replace_end(w, out);
    assert_false(tls_revoked_refresh(w->revoked));
    assert_true(revoked(w, w->ca, w->key, 42));
    assert_false(revoked(w, w->ca, w->key, 43));
}

static void a_list_of_another_key_is_refused(void **state)
{
    struct world *w = *state;

    list_put(w, w->ca, w->key, 42, 3600);
    assert_true(tls_revoked_refresh(w->revoked));
    list_put(w, w->stranger, w->other_key, 43, 3600);
    assert_false(tls_revoked_refresh(w->revoked));
    assert_true(revoked(w, w->ca, w->key, 42));
    assert_false(revoked(w, w->ca, w->key, 43));
}

static void an_overdue_list_stays_in_force(void **state)
{
    struct world *w = *state;

    list_put(w, w->ca, w->key, 42, -3600);
    assert_true(tls_revoked_refresh(w->revoked));
    assert_false(tls_revoked_refresh(w->revoked));
    assert_true(revoked(w, w->ca, w->key, 42));
}

static void a_list_that_takes_one_back_lets_it_in_again(void **state)
{
    struct world *w = *state;

    list_put(w, w->ca, w->key, 42, 3600);
    assert_true(tls_revoked_refresh(w->revoked));
    list_put(w, w->ca, w->key, 43, 3600);
    assert_true(tls_revoked_refresh(w->revoked));
    assert_false(revoked(w, w->ca, w->key, 42));
    assert_true(revoked(w, w->ca, w->key, 43));
}

static void a_delta_list_is_refused(void **state)
{
    static const uint64_t serial = 42;
    struct world *w = *state;
    X509_CRL *crl = crl_make(w->ca, w->key, &serial, 1, 3600);
    ASN1_INTEGER *base = ASN1_INTEGER_new();
    FILE *out = replace_begin(w);

    ASN1_INTEGER_set(base, 1);
    assert_int_equal(X509_CRL_add1_ext_i2d(crl, NID_delta_crl, base, 1, 0), 1);
    assert_true(X509_CRL_sign(crl, w->key, EVP_sha256()) > 0);
    PEM_write_X509_CRL(out, crl);
    replace_end(w, out);
    X509_CRL_free(crl);
    ASN1_INTEGER_free(base);
    assert_false(tls_revoked_refresh(w->revoked));
    assert_false(revoked(w, w->ca, w->key, 42));
}

#define IN_A_WORLD(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_A_WORLD(a_file_that_is_not_there_revokes_nobody_until_it_appears),
        IN_A_WORLD(the_same_serial_of_another_issuer_is_not_revoked),
        IN_A_WORLD(several_lists_in_one_file_all_count),
        IN_A_WORLD(a_broken_file_leaves_the_last_good_list),
        IN_A_WORLD(a_good_list_with_a_broken_tail_is_refused_whole),
        IN_A_WORLD(a_list_of_another_key_is_refused),
        IN_A_WORLD(an_overdue_list_stays_in_force),
        IN_A_WORLD(a_list_that_takes_one_back_lets_it_in_again),
        IN_A_WORLD(a_delta_list_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "tests/unit/tls/certificate.h"

#include <stdlib.h>
#include <unistd.h>

#include <openssl/ssl.h>

#include "shared/tls/tls.h"

struct world {
    EVP_PKEY *key;
    X509 *ca, *server;
    char dir[64], cert_file[96], key_file[96], ca_file[96];
};

static void pem_put(const char *file, X509 *cert, EVP_PKEY *key)
{
    FILE *out = fopen(file, "w");

    assert_non_null(out);
    if (cert != NULL)
        PEM_write_X509(out, cert);
    if (key != NULL)
        PEM_write_PrivateKey(out, key, NULL, NULL, 0, NULL, NULL);
    fclose(out);
}

static int setup(void **state)
{
    struct world *w = calloc(1, sizeof *w);

    w->key = key_make();
    w->ca = ca_make(w->key, "test CA");
    w->server = leaf_make(w->key, "localhost", "DNS:localhost", 2, w->ca, w->key);
    strcpy(w->dir, "/tmp/evroll-context-XXXXXX");
    assert_non_null(mkdtemp(w->dir));
    snprintf(w->cert_file, sizeof w->cert_file, "%s/server.pem", w->dir);
    snprintf(w->key_file, sizeof w->key_file, "%s/server.key", w->dir);
    snprintf(w->ca_file, sizeof w->ca_file, "%s/ca.pem", w->dir);
    pem_put(w->cert_file, w->server, NULL);
    pem_put(w->key_file, NULL, w->key);
    pem_put(w->ca_file, w->ca, NULL);
    *state = w;
    return 0;
}

static int teardown(void **state)
{
    struct world *w = *state;

    unlink(w->cert_file);
    unlink(w->key_file);
    unlink(w->ca_file);
    rmdir(w->dir);
    X509_free(w->server);
    X509_free(w->ca);
    EVP_PKEY_free(w->key);
    free(w);
    return 0;
}

/* Both ends in memory. True when both came through the handshake. */
static bool handshake(SSL *server, SSL *client)
{
    BIO *a = NULL, *b = NULL;

    assert_int_equal(BIO_new_bio_pair(&a, 0, &b, 0), 1);
    SSL_set_bio(server, a, a);
    SSL_set_bio(client, b, b);
    SSL_set_accept_state(server);
    SSL_set_connect_state(client);
    for (int i = 0; i < 20; i++) {
        SSL_do_handshake(client);
        SSL_do_handshake(server);
    }
    return SSL_is_init_finished(server) && SSL_is_init_finished(client);
}

static bool speaks(struct world *w, int version, X509 *client_cert, EVP_PKEY *client_key)
{
    SSL_CTX *server_context = NULL, *client_context = SSL_CTX_new(TLS_client_method());
    SSL *server = NULL, *client = NULL;
    bool done = false;

    assert_int_equal(
        tls_server_context(w->cert_file, w->key_file, w->ca_file, &server_context, NULL), ERR_OK);
    SSL_CTX_set_security_level(client_context, 0);
    SSL_CTX_set_min_proto_version(client_context, version);
    SSL_CTX_set_max_proto_version(client_context, version);
    if (client_cert != NULL) {
        SSL_CTX_use_certificate(client_context, client_cert);
        SSL_CTX_use_PrivateKey(client_context, client_key);
    }
    server = SSL_new(server_context);
    client = SSL_new(client_context);
    done = handshake(server, client);
    SSL_free(server);
    SSL_free(client);
    SSL_CTX_free(client_context);
    tls_context_free(server_context);
    return done;
}

static void tls_12_and_13_are_spoken_and_nothing_older(void **state)
{
    assert_true(speaks(*state, TLS1_3_VERSION, NULL, NULL));
    assert_true(speaks(*state, TLS1_2_VERSION, NULL, NULL));
    assert_false(speaks(*state, TLS1_1_VERSION, NULL, NULL));
}

static void a_client_certificate_of_our_ca_is_taken_and_a_strangers_is_not(void **state)
{
    struct world *w = *state;
    EVP_PKEY *key = key_make(), *stranger_key = key_make();
    X509 *stranger_ca = ca_make(stranger_key, "test CA");
    X509 *ours = leaf_make(key, "gw-1", NULL, 3, w->ca, w->key);
    X509 *theirs = leaf_make(key, "gw-1", NULL, 3, stranger_ca, stranger_key);

    assert_true(speaks(w, TLS1_2_VERSION, ours, key));
    assert_false(speaks(w, TLS1_2_VERSION, theirs, key));
    X509_free(ours);
    X509_free(theirs);
    X509_free(stranger_ca);
    EVP_PKEY_free(key);
    EVP_PKEY_free(stranger_key);
}

static void a_file_that_is_missing_or_does_not_belong_is_named(void **state)
{
    struct world *w = *state;
    EVP_PKEY *other = key_make();
    SSL_CTX *context = NULL;
    struct fault fault;

    assert_int_equal(tls_server_context("/nowhere.pem", w->key_file, NULL, &context, &fault),
                     ERR_INPUT);
    assert_non_null(strstr(fault.text, "/nowhere.pem"));
    assert_int_equal(tls_server_context(w->cert_file, w->key_file, "/no-ca.pem", &context, &fault),
                     ERR_INPUT);
    assert_non_null(strstr(fault.text, "/no-ca.pem"));
    pem_put(w->key_file, NULL, other);
    assert_int_equal(tls_server_context(w->cert_file, w->key_file, NULL, &context, &fault),
                     ERR_INPUT);
    assert_non_null(strstr(fault.text, w->key_file));
    assert_null(context);
    EVP_PKEY_free(other);
}

static void secrets_are_compared_and_digested(void **state)
{
    static const uint8_t abc[32] = {0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea,
                                    0x41, 0x41, 0x40, 0xde, 0x5d, 0xae, 0x22, 0x23,
                                    0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17, 0x7a, 0x9c,
                                    0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00, 0x15, 0xad};
    uint8_t digest[32], a[5000] = {0}, b[5000] = {0};

    (void)state;
    tls_sha256("abc", 3, digest);
    assert_memory_equal(digest, abc, 32);
    assert_true(tls_same_secret(digest, abc, 32));
    digest[31] ^= 1;
    assert_false(tls_same_secret(digest, abc, 32));
    tls_random(a, sizeof a);
    tls_random(b, sizeof b);
    assert_false(tls_same_secret(a, b, sizeof a));
    assert_false(tls_same_secret(a + 4096, (uint8_t[16]){0}, 16));
}

#define IN_A_WORLD(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_A_WORLD(tls_12_and_13_are_spoken_and_nothing_older),
        IN_A_WORLD(a_client_certificate_of_our_ca_is_taken_and_a_strangers_is_not),
        IN_A_WORLD(a_file_that_is_missing_or_does_not_belong_is_named),
        IN_A_WORLD(secrets_are_compared_and_digested),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

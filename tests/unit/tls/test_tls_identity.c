#include "tests/unit/tls/certificate.h"

#include "shared/tls/tls.h"

struct world {
    EVP_PKEY *key;
    X509 *ca;
};

static int setup(void **state)
{
    static struct world world;

    world.key = key_make();
    world.ca = ca_make(world.key, "test CA");
    *state = &world;
    return 0;
}

static int teardown(void **state)
{
    struct world *world = *state;

    X509_free(world->ca);
    EVP_PKEY_free(world->key);
    return 0;
}

static enum err identity_of(void **state, const char *cn, const char *san,
                            struct tls_identity *identity)
{
    struct world *world = *state;
    X509 *cert = leaf_make(world->key, cn, san, 0x1234, world->ca, world->key);
    struct fault fault = {0};
    enum err err = tls_identity_of(cert, identity, &fault);

    assert_int_equal(err != ERR_OK, fault.text[0] != '\0');
    X509_free(cert);
    return err;
}

static void a_unit_is_named_by_cn_and_uri(void **state)
{
    struct tls_identity id;

    assert_int_equal(identity_of(state, "bus-1", "URI:urn:evroll:unit:bus-1", &id), ERR_OK);
    assert_string_equal(id.name, "bus-1");
    assert_string_equal(id.kind, "unit");
    assert_int_equal(id.serial_len, 2);
    assert_memory_equal(id.serial, "\x12\x34", 2);
}

static void a_certificate_without_uri_has_no_kind(void **state)
{
    struct tls_identity id;

    assert_int_equal(identity_of(state, "bus-1", NULL, &id), ERR_OK);
    assert_string_equal(id.kind, "");
    assert_int_equal(identity_of(state, "broker", "DNS:localhost,URI:https://example.org/x", &id),
                     ERR_OK);
    assert_string_equal(id.kind, "");
}

static void a_san_that_names_somebody_else_is_denied(void **state)
{
    static const char *const sans[] = {
        "URI:urn:evroll:unit:bus-2",
        "URI:URN:Evroll:unit:bus-2",
        "URI:urn:evroll:unit:bus-1,URI:urn:evroll:unit:bus-2",
        "URI:urn:evroll:unit:bus-1,URI:urn:evroll:gateway:bus-1",
        "URI:urn:evroll:unit:bus-1:x",
        "URI:urn:evroll:unit:",
        "URI:urn:evroll:unit",
        "URI:urn:evroll::bus-1",
        "URI:urn:evroll:a-kind-of-more-than-15:bus-1",
    };
    struct tls_identity id;

    for (size_t i = 0; i < sizeof sans / sizeof sans[0]; i++) {
        assert_int_equal(identity_of(state, "bus-1", sans[i], &id), ERR_DENIED);
        assert_string_equal(id.name, "");
    }
}

static void a_cn_with_a_nul_is_denied(void **state)
{
    struct world *world = *state;
    X509 *cert = certificate_begin(world->key, 7);
    struct tls_identity id;

    name_add(cert, "bus-1\0.evil", 11);
    certificate_sign(cert, world->ca, world->key);
    assert_int_equal(tls_identity_of(cert, &id, NULL), ERR_DENIED);
    X509_free(cert);
}

static void a_uri_with_a_nul_is_denied(void **state)
{
    struct world *world = *state;
    X509 *cert = certificate_begin(world->key, 7);
    GENERAL_NAMES *names = GENERAL_NAMES_new();
    GENERAL_NAME *name = GENERAL_NAME_new();
    ASN1_IA5STRING *uri = ASN1_IA5STRING_new();
    struct tls_identity id;

    ASN1_STRING_set(uri, "urn:evroll:unit:bus-1\0x", 23);
    GENERAL_NAME_set0_value(name, GEN_URI, uri);
    sk_GENERAL_NAME_push(names, name);
    name_add(cert, "bus-1", 5);
    assert_int_equal(X509_add1_ext_i2d(cert, NID_subject_alt_name, names, 0, 0), 1);
    GENERAL_NAMES_free(names);
    certificate_sign(cert, world->ca, world->key);
    assert_int_equal(tls_identity_of(cert, &id, NULL), ERR_DENIED);
    X509_free(cert);
}

static void two_cns_or_none_are_denied(void **state)
{
    struct world *world = *state;
    struct tls_identity id;
    X509 *none = certificate_begin(world->key, 7);
    X509 *two = certificate_begin(world->key, 8);

    name_add(two, "bus-1", 5);
    name_add(two, "bus-2", 5);
    certificate_sign(none, world->ca, world->key);
    certificate_sign(two, world->ca, world->key);
    assert_int_equal(tls_identity_of(none, &id, NULL), ERR_DENIED);
    assert_int_equal(tls_identity_of(two, &id, NULL), ERR_DENIED);
    X509_free(none);
    X509_free(two);
}

static void the_longest_serial_is_taken_and_one_more_is_not(void **state)
{
    struct world *world = *state;
    uint8_t octets[TLS_SERIAL_MAX + 1];
    struct tls_identity id;

    memset(octets, 0x5a, sizeof octets);
    for (int len = TLS_SERIAL_MAX; len <= TLS_SERIAL_MAX + 1; len++) {
        X509 *cert = certificate_begin(world->key, 7);

        name_add(cert, "bus-1", 5);
        ASN1_STRING_set(X509_get_serialNumber(cert), octets, len);
        certificate_sign(cert, world->ca, world->key);
        assert_int_equal(tls_identity_of(cert, &id, NULL),
                         len == TLS_SERIAL_MAX ? ERR_OK : ERR_DENIED);
        X509_free(cert);
    }
}

static void the_same_serial_of_another_issuer_is_another_identity(void **state)
{
    struct world *world = *state;
    X509 *other = ca_make(world->key, "other CA");
    X509 *cert = leaf_make(world->key, "bus-1", NULL, 0x1234, other, world->key);
    struct tls_identity mine, theirs;

    assert_int_equal(identity_of(state, "bus-1", NULL, &mine), ERR_OK);
    assert_int_equal(tls_identity_of(cert, &theirs, NULL), ERR_OK);
    assert_int_not_equal(mine.issuer, theirs.issuer);
    X509_free(cert);
    X509_free(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_unit_is_named_by_cn_and_uri),
        cmocka_unit_test(a_certificate_without_uri_has_no_kind),
        cmocka_unit_test(a_san_that_names_somebody_else_is_denied),
        cmocka_unit_test(a_cn_with_a_nul_is_denied),
        cmocka_unit_test(a_uri_with_a_nul_is_denied),
        cmocka_unit_test(two_cns_or_none_are_denied),
        cmocka_unit_test(the_longest_serial_is_taken_and_one_more_is_not),
        cmocka_unit_test(the_same_serial_of_another_issuer_is_another_identity),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}

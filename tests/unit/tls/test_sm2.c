#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "shared/tls/sm2.h"

static const uint8_t message[] = "message digest";
static const struct sm2_id by_default = {(const uint8_t *)SM2_DEFAULT_ID, 16};

static struct sm2_key *key_make(void)
{
    struct sm2_key *key = NULL;

    assert_int_equal(sm2_key_generate(&key, NULL), ERR_OK);
    return key;
}

static void hex_read(const char *hex, uint8_t *out, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        char pair[] = {hex[2 * i], hex[2 * i + 1], '\0'};
        out[i] = (uint8_t)strtoul(pair, NULL, 16);
    }
}

/* GB/T 32918.5-2017, annex A.2: the curve recommended there, IDA 1234567812345678. */
static void the_example_of_the_standard_holds(void **state)
{
    uint8_t point[64];
    uint8_t r[32];
    uint8_t s[32];
    struct sm2_key *key = NULL;

    (void)state;
    hex_read("09F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020"
             "CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13",
             point, 64);
    hex_read("F5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3", r, 32);
    hex_read("B1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA", s, 32);
    assert_int_equal(sm2_key_from_point(point, &key, NULL), ERR_OK);
    assert_true(sm2_verify(key, by_default, message, 14, r, s));
    r[31] ^= 1;
    assert_false(sm2_verify(key, by_default, message, 14, r, s));
    sm2_key_free(key);
}

static void what_was_signed_is_verified_by_the_public_half(void **state)
{
    struct sm2_key *key = key_make();
    struct sm2_key *public = NULL;
    struct sm2_key *from_pem = NULL;
    char pem[SM2_PEM_MAX];
    uint8_t point[64];
    uint8_t r[32];
    uint8_t s[32];

    (void)state;
    assert_int_equal(sm2_key_point(key, point, NULL), ERR_OK);
    assert_int_equal(sm2_key_from_point(point, &public, NULL), ERR_OK);
    assert_int_equal(sm2_key_public_pem(key, pem, NULL), ERR_OK);
    assert_int_equal(sm2_key_from_pem(pem, strlen(pem), &from_pem, NULL), ERR_OK);
    /* Enough for numbers that begin with a zero byte or a set bit. */
    for (int i = 0; i < 600; i++) {
        assert_int_equal(sm2_sign(key, by_default, message, 5, r, s, NULL), ERR_OK);
        if (r[0] != 0 && s[0] != 0 && i % 50 != 0)
            continue;
        assert_true(sm2_verify(public, by_default, message, 5, r, s));
        assert_true(sm2_verify(from_pem, by_default, message, 5, r, s));
    }
    sm2_key_free(from_pem);
    sm2_key_free(public);
    sm2_key_free(key);
}

static void a_changed_byte_id_key_or_number_does_not_verify(void **state)
{
    static const uint8_t chip[] = "0123456789ABCDEF";
    struct sm2_key *key = key_make();
    struct sm2_key *other = key_make();
    uint8_t changed[sizeof message];
    uint8_t zero[32] = {0};
    uint8_t ones[32];
    uint8_t r[32];
    uint8_t s[32];

    (void)state;
    memset(ones, 0xff, sizeof ones);
    memcpy(changed, message, sizeof message);
    changed[3] ^= 0x80;
    assert_int_equal(sm2_sign(key, by_default, message, 9, r, s, NULL), ERR_OK);
    assert_true(sm2_verify(key, by_default, message, 9, r, s));
    assert_false(sm2_verify(key, by_default, changed, 9, r, s));
    assert_false(sm2_verify(key, by_default, message, 8, r, s));
    assert_false(sm2_verify(key, (struct sm2_id){chip, 16}, message, 9, r, s));
    assert_false(sm2_verify(other, by_default, message, 9, r, s));
    assert_false(sm2_verify(key, by_default, message, 9, s, r));
    assert_false(sm2_verify(key, by_default, message, 9, zero, zero));
    assert_false(sm2_verify(key, by_default, message, 9, ones, ones));
    sm2_key_free(other);
    sm2_key_free(key);
}

static void a_key_of_another_curve_or_no_key_is_refused(void **state)
{
    static const char p256[] = "-----BEGIN PUBLIC KEY-----\n"
                               "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEaxfR8uEsQkf4vOblY6RA8ncDfYEt\n"
                               "6zOg9KE5RdiYwpZP40Li/hp/m47n60p8D54WK84zV2sxXs7LtkBoN79R9Q==\n"
                               "-----END PUBLIC KEY-----\n";
    uint8_t point[64] = {1, 2, 3};
    struct sm2_key *key = NULL;
    struct fault fault = {0};

    (void)state;
    assert_int_equal(sm2_key_from_pem(p256, sizeof p256 - 1, &key, &fault), ERR_INPUT);
    assert_non_null(strstr(fault.text, "SM2"));
    assert_int_equal(sm2_key_from_pem("no key", 6, &key, &fault), ERR_INPUT);
    assert_int_equal(sm2_key_from_pem("", 0, &key, &fault), ERR_INPUT);
    assert_int_equal(sm2_key_from_point(point, &key, &fault), ERR_INPUT);
    assert_null(key);
}

static void a_public_key_does_not_sign(void **state)
{
    struct sm2_key *key = key_make();
    struct sm2_key *public = NULL;
    struct fault fault = {0};
    uint8_t point[64];
    uint8_t r[32];
    uint8_t s[32];

    (void)state;
    assert_int_equal(sm2_key_point(key, point, NULL), ERR_OK);
    assert_int_equal(sm2_key_from_point(point, &public, NULL), ERR_OK);
    assert_int_equal(sm2_sign(public, by_default, message, 4, r, s, &fault), ERR_INPUT);
    assert_true(strlen(fault.text) > 10);
    sm2_key_free(public);
    sm2_key_free(key);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_example_of_the_standard_holds),
        cmocka_unit_test(what_was_signed_is_verified_by_the_public_half),
        cmocka_unit_test(a_changed_byte_id_key_or_number_does_not_verify),
        cmocka_unit_test(a_key_of_another_curve_or_no_key_is_refused),
        cmocka_unit_test(a_public_key_does_not_sign),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

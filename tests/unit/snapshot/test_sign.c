#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shared/tls/sign.h"

struct place {
    char dir[64], key[96], public[96];
};

static int make_place(void **state)
{
    struct place *p = calloc(1, sizeof *p);

    strcpy(p->dir, "/tmp/evroll-sign-XXXXXX");
    assert_non_null(mkdtemp(p->dir));
    snprintf(p->key, sizeof p->key, "%s/k", p->dir);
    snprintf(p->public, sizeof p->public, "%s/k.pub", p->dir);
    *state = p;
    return 0;
}

static int remove_place(void **state)
{
    struct place *p = *state;

    unlink(p->key);
    unlink(p->public);
    rmdir(p->dir);
    free(p);
    return 0;
}

static void what_one_key_signs_its_public_key_alone_confirms(void **state)
{
    struct place *p = *state;
    struct sign_key *key = NULL;
    struct sign_key *public = NULL;
    uint8_t signature[SIGN_BYTES];
    struct stat status;
    struct fault fault;

    assert_int_equal(sign_key_make(p->key, &fault), ERR_OK);
    assert_int_equal(stat(p->key, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    assert_int_equal(sign_key_load(p->key, &key, &fault), ERR_OK);
    assert_int_equal(sign_public_load(p->public, &public, &fault), ERR_OK);
    assert_string_equal(sign_key_id(key), sign_key_id(public));
    sign_bytes(key, "text", 4, signature);
    assert_true(sign_verify(public, "text", 4, signature));
    assert_false(sign_verify(public, "texT", 4, signature));
    for (size_t i = 0; i < SIGN_BYTES; i++) {
        signature[i] ^= 1;
        assert_false(sign_verify(public, "text", 4, signature));
        signature[i] ^= 1;
    }
    sign_key_free(key);
    sign_key_free(public);
}

static void a_key_is_never_written_over(void **state)
{
    struct place *p = *state;
    struct fault fault;

    assert_int_equal(sign_key_make(p->key, &fault), ERR_OK);
    assert_int_equal(sign_key_make(p->key, &fault), ERR_INPUT);
}

static void a_key_that_others_may_read_or_that_is_none_is_refused(void **state)
{
    struct place *p = *state;
    struct sign_key *key = NULL;
    struct fault fault;

    assert_int_equal(sign_key_load(p->key, &key, &fault), ERR_INPUT);
    assert_int_equal(sign_key_make(p->key, &fault), ERR_OK);
    assert_int_equal(sign_public_load(p->key, &key, &fault), ERR_INPUT); /* the private one */
    assert_int_equal(chmod(p->key, 0640), 0);
    assert_int_equal(sign_key_load(p->key, &key, &fault), ERR_INPUT);
    assert_non_null(strstr(fault.text, "chmod 600"));
    assert_int_equal(chmod(p->public, 0600), 0);
    assert_int_equal(sign_key_load(p->public, &key, &fault), ERR_INPUT); /* the public one */
}

#define IN_PLACE(test) cmocka_unit_test_setup_teardown(test, make_place, remove_place)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_PLACE(what_one_key_signs_its_public_key_alone_confirms),
        IN_PLACE(a_key_is_never_written_over),
        IN_PLACE(a_key_that_others_may_read_or_that_is_none_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

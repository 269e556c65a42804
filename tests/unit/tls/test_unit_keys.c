#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shared/log.h"
#include "shared/tls/sm2.h"
#include "shared/tls/unit_keys.h"

#define UNITS 5

static const uint8_t data[] = "a data unit";

struct world {
    char dir[64];
    struct sm2_key *key[UNITS];
    struct unit_keys *keys;
    unsigned written; /* gives each file another time */
};

static const char *path_of(const struct world *w, const char *unit)
{
    static char path[128];

    snprintf(path, sizeof path, "%s/%s.pem", w->dir, unit);
    return path;
}

static void file_write(struct world *w, const char *unit, const char *head, const char *text)
{
    struct timespec times[2] = {{0}, {.tv_sec = 1000000 + ++w->written}};
    FILE *out = fopen(path_of(w, unit), "w");

    assert_non_null(out);
    fprintf(out, "%s%s", head, text);
    fclose(out);
    times[0] = times[1];
    assert_int_equal(utimensat(AT_FDCWD, path_of(w, unit), times, 0), 0);
}

static void key_write(struct world *w, const char *unit, const char *head,
                      const struct sm2_key *key)
{
    char pem[SM2_PEM_MAX];

    assert_int_equal(sm2_key_public_pem(key, pem, NULL), ERR_OK);
    file_write(w, unit, head, pem);
}

static int setup(void **state)
{
    struct world *w = calloc(1, sizeof *w);

    strcpy(w->dir, "/tmp/evroll-keys-XXXXXX");
    assert_non_null(mkdtemp(w->dir));
    for (int i = 0; i < UNITS; i++)
        assert_int_equal(sm2_key_generate(&w->key[i], NULL), ERR_OK);
    w->keys = unit_keys_create(w->dir, 3);
    *state = w;
    return 0;
}

static int teardown(void **state)
{
    struct world *w = *state;
    static const char *const names[] = {"U0", "U1", "U2", "U3", "U4", "broken"};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        unlink(path_of(w, names[i]));
    rmdir(w->dir);
    for (int i = 0; i < UNITS; i++)
        sm2_key_free(w->key[i]);
    unit_keys_destroy(w->keys);
    free(w);
    return 0;
}

/* What the store says of a signature made with this key under this id. */
static enum signature_state check(struct world *w, const char *unit, const struct sm2_key *key,
                                  const char *id)
{
    uint8_t r[32];
    uint8_t s[32];
    struct sm2_id who = {(const uint8_t *)id, strlen(id)};

    assert_int_equal(sm2_sign(key, who, data, sizeof data, r, s, NULL), ERR_OK);
    return unit_keys_verify(w->keys, unit, 1, data, sizeof data, r, 32, s, 32);
}

static void a_signature_is_good_bad_or_unknown(void **state)
{
    struct world *w = *state;
    uint8_t number[33] = {1};

    key_write(w, "U0", "", w->key[0]);
    assert_int_equal(check(w, "U0", w->key[0], SM2_DEFAULT_ID), SIGNATURE_GOOD);
    assert_int_equal(check(w, "U0", w->key[1], SM2_DEFAULT_ID), SIGNATURE_BAD);
    assert_int_equal(check(w, "U1", w->key[1], SM2_DEFAULT_ID), SIGNATURE_UNKNOWN);
    assert_int_equal(unit_keys_verify(w->keys, "U0", 2, data, 4, number, 32, number, 32),
                     SIGNATURE_UNKNOWN);
    assert_int_equal(unit_keys_verify(w->keys, "U0", 1, data, 4, number, 33, number, 32),
                     SIGNATURE_BAD);
    assert_int_equal(unit_keys_verify(w->keys, "U0", 1, data, 4, number, 0, number, 32),
                     SIGNATURE_BAD);
}

static void a_name_that_is_a_path_is_nobody(void **state)
{
    struct world *w = *state;

    assert_int_equal(check(w, "../U0", w->key[0], SM2_DEFAULT_ID), SIGNATURE_UNKNOWN);
    assert_int_equal(check(w, "", w->key[0], SM2_DEFAULT_ID), SIGNATURE_UNKNOWN);
    assert_int_equal(unit_keys_held(w->keys), 0);
}

static void the_id_before_the_key_enters_the_digest(void **state)
{
    struct world *w = *state;

    key_write(w, "U0", "chip of 2026\nuser-id: CHIP-1\n", w->key[0]);
    assert_int_equal(check(w, "U0", w->key[0], "CHIP-1"), SIGNATURE_GOOD);
    assert_int_equal(check(w, "U0", w->key[0], SM2_DEFAULT_ID), SIGNATURE_BAD);
    key_write(w, "U0", "user-id-hex: 43484950f2\n", w->key[0]);
    assert_int_equal(check(w, "U0", w->key[0], "CHIP\xf2"), SIGNATURE_GOOD);
}

static void a_file_that_changes_counts_from_the_next_signature_on(void **state)
{
    struct world *w = *state;

    assert_int_equal(check(w, "U0", w->key[0], SM2_DEFAULT_ID), SIGNATURE_UNKNOWN);
    key_write(w, "U0", "", w->key[0]);
    assert_int_equal(check(w, "U0", w->key[0], SM2_DEFAULT_ID), SIGNATURE_GOOD);
    key_write(w, "U0", "", w->key[1]);
    assert_int_equal(check(w, "U0", w->key[0], SM2_DEFAULT_ID), SIGNATURE_BAD);
    assert_int_equal(check(w, "U0", w->key[1], SM2_DEFAULT_ID), SIGNATURE_GOOD);
    unlink(path_of(w, "U0"));
    assert_int_equal(check(w, "U0", w->key[1], SM2_DEFAULT_ID), SIGNATURE_UNKNOWN);
    assert_int_equal(unit_keys_held(w->keys), 0);
}

static void a_file_without_a_usable_key_makes_signatures_unknown(void **state)
{
    struct world *w = *state;
    static const char *const bad[] = {"", "nonsense", "-----BEGIN PUBLIC KEY-----\nAAAA\n"};

    log_set_level(LOG_LEVEL_ERROR);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        file_write(w, "broken", "", bad[i]);
        assert_int_equal(check(w, "broken", w->key[0], SM2_DEFAULT_ID), SIGNATURE_UNKNOWN);
    }
    key_write(w, "broken", "user-id-hex: 4\n", w->key[0]);
    assert_int_equal(check(w, "broken", w->key[0], SM2_DEFAULT_ID), SIGNATURE_UNKNOWN);
    key_write(w, "broken", "user-id:\n", w->key[0]);
    assert_int_equal(check(w, "broken", w->key[0], SM2_DEFAULT_ID), SIGNATURE_UNKNOWN);
    log_set_level(LOG_LEVEL_INFO);
}

static void no_more_keys_are_held_than_set_and_all_units_are_served(void **state)
{
    struct world *w = *state;
    char unit[8];

    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < UNITS; i++) {
            snprintf(unit, sizeof unit, "U%d", i);
            if (round == 0)
                key_write(w, unit, "", w->key[i]);
            assert_int_equal(check(w, unit, w->key[i], SM2_DEFAULT_ID), SIGNATURE_GOOD);
            assert_true(unit_keys_held(w->keys) <= 3);
        }
    }
    assert_int_equal(unit_keys_held(w->keys), 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_signature_is_good_bad_or_unknown, setup, teardown),
        cmocka_unit_test_setup_teardown(a_name_that_is_a_path_is_nobody, setup, teardown),
        cmocka_unit_test_setup_teardown(the_id_before_the_key_enters_the_digest, setup, teardown),
        cmocka_unit_test_setup_teardown(a_file_that_changes_counts_from_the_next_signature_on,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(a_file_without_a_usable_key_makes_signatures_unknown, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(no_more_keys_are_held_than_set_and_all_units_are_served,
                                        setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <openssl/evp.h>
#include <openssl/pem.h>

#include "shared/tls/sm2.h"
#include "tests/unit_tool/encoder.h"

#define VIN    "LTEST01X0R0000001"
#define MOMENT 1751270400000 /* 2025-06-30T08:00:00Z */

struct made {
    struct arena *arena;
    struct encoder *encoder;
    struct encoder_message message;
    struct codec_result result;
};

static struct made encoder_of(const struct encoder_options *options)
{
    struct made made = {.arena = arena_create()};
    struct fault fault = {0};

    assert_int_equal(encoder_create(options, &made.encoder, &fault), ERR_OK);
    return made;
}

static void made_free(struct made *made)
{
    encoder_destroy(made->encoder);
    arena_destroy(made->arena);
}

static void decode(struct made *made, const struct encoder_options *options, codec_verify *verify,
                   void *arg)
{
    struct codec_input input = {.unit = "bus-1",
                                .received_ms = MOMENT,
                                .bytes = made->message.at,
                                .len = made->message.len,
                                .layout = options->layout,
                                .verify = verify,
                                .verify_arg = arg};

    assert_int_equal(codec_decode(options->format, &input, made->arena, &made->result), ERR_OK);
}

static void take_samples(struct sample *samples, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        samples[i] = (struct sample){.at_ms = MOMENT + (int64_t)i * 1000};
        sample_set_number(&samples[i], SIGNAL_LAT, 35.1);
        sample_set_number(&samples[i], SIGNAL_LON, 112.6);
        sample_set_number(&samples[i], SIGNAL_SPEED, 40.0 + (double)i);
        sample_set_number(&samples[i], SIGNAL_ODO, 1234.5);
    }
}

static const struct encoder_options every_option[] = {
    {.format = FORMAT_SENML_JSON, .login = true},
    {.format = FORMAT_SENML_CBOR, .login = true},
    {.format = FORMAT_GBT32960, .login = true, .edition = 2016},
    {.format = FORMAT_GBT32960, .login = true, .edition = 2025, .reissue = true},
    {.format = FORMAT_GB17691, .login = true, .layout = CODEC_LAYOUT_L1},
    {.format = FORMAT_GB17691, .login = true, .layout = CODEC_LAYOUT_L1B, .reissue = true},
    {.format = FORMAT_GB17691, .login = true, .layout = CODEC_LAYOUT_L2},
    {.format = FORMAT_GB17691, .login = true, .layout = CODEC_LAYOUT_L3},
};

static void every_format_brings_the_samples_back(void **state)
{
    struct sample samples[25];

    (void)state;
    take_samples(samples, 25);
    for (size_t i = 0; i < sizeof every_option / sizeof every_option[0]; i++) {
        const struct encoder_options *options = &every_option[i];
        struct made made = encoder_of(options);
        struct fault fault = {0};
        assert_true(encoder_knows(options->format));
        assert_int_equal(encoder_samples(made.encoder, "bus-1", VIN, samples, 25, made.arena,
                                         &made.message, &fault),
                         ERR_OK);
        decode(&made, options, NULL, NULL);
        assert_int_equal(made.result.count, 25);
        for (size_t k = 0; k < 25; k++) {
            assert_int_equal(made.result.samples[k].at_ms, samples[k].at_ms);
            assert_int_equal(made.result.samples[k].value[SIGNAL_SPEED],
                             samples[k].value[SIGNAL_SPEED]);
            assert_int_equal(made.result.samples[k].value[SIGNAL_ODO],
                             samples[k].value[SIGNAL_ODO]);
        }
        made_free(&made);
    }
}

static void expect_event(const struct made *made, enum codec_event_kind kind)
{
    size_t found = 0;

    for (size_t i = 0; i < made->result.event_count; i++) {
        const struct codec_event *event = &made->result.events[i];
        found += event->kind == kind;
        if (event->kind == CODEC_EVENT_VIN)
            assert_string_equal(event->text, VIN);
        else
            assert_int_equal(event->at_ms, MOMENT);
    }
    assert_int_equal(found, 1);
    assert_int_equal(made->result.count, 0);
}

static void frames_log_in_and_out_and_packs_do_not(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof every_option / sizeof every_option[0]; i++) {
        struct encoder_options options = every_option[i];
        struct made made = encoder_of(&options);
        struct fault fault = {0};
        bool frames = options.format == FORMAT_GBT32960 || options.format == FORMAT_GB17691;
        assert_int_equal(encoder_logs_in(&options), frames);
        if (frames) {
            assert_int_equal(encoder_login(made.encoder, "bus-1", VIN, MOMENT, made.arena,
                                           &made.message, &fault),
                             ERR_OK);
            decode(&made, &options, NULL, NULL);
            expect_event(&made, CODEC_EVENT_LOGIN);
            assert_int_equal(encoder_logout(made.encoder, "bus-1", VIN, MOMENT, made.arena,
                                            &made.message, &fault),
                             ERR_OK);
            decode(&made, &options, NULL, NULL);
            expect_event(&made, CODEC_EVENT_LOGOUT);
        }
        options.login = false;
        assert_false(encoder_logs_in(&options));
        made_free(&made);
    }
}

static void a_reissue_has_its_own_command(void **state)
{
    struct sample sample;

    (void)state;
    take_samples(&sample, 1);
    for (int reissue = 0; reissue < 2; reissue++) {
        struct encoder_options options = {
            .format = FORMAT_GBT32960, .edition = 2016, .reissue = reissue == 1};
        struct made made = encoder_of(&options);
        struct fault fault = {0};
        assert_int_equal(encoder_samples(made.encoder, "bus-1", VIN, &sample, 1, made.arena,
                                         &made.message, &fault),
                         ERR_OK);
        assert_int_equal(made.message.at[2], reissue == 1 ? 3 : 2);
        made_free(&made);
    }
}

/* ---- signatures ---- */

/* A private key of SM2 in a file that the test removes. */
static void write_key(char file[static 32])
{
    EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "SM2");
    FILE *out = NULL;
    int fd = -1;

    snprintf(file, 32, "/tmp/evroll-sm2-XXXXXX");
    fd = mkstemp(file);
    assert_true(fd >= 0 && key != NULL);
    out = fdopen(fd, "w");
    assert_non_null(out);
    assert_int_equal(PEM_write_PrivateKey(out, key, NULL, NULL, 0, NULL, NULL), 1);
    fclose(out);
    EVP_PKEY_free(key);
}

static enum signature_state verify(void *arg, const char *unit, int algorithm, const uint8_t *data,
                                   size_t len, const uint8_t *r, size_t r_len, const uint8_t *s,
                                   size_t s_len)
{
    struct sm2_id id = {(const uint8_t *)SM2_DEFAULT_ID, strlen(SM2_DEFAULT_ID)};

    assert_string_equal(unit, "bus-1");
    assert_int_equal(algorithm, 1);
    assert_int_equal(r_len, SM2_NUMBER_SIZE);
    assert_int_equal(s_len, SM2_NUMBER_SIZE);
    return sm2_verify(arg, id, data, len, r, s) ? SIGNATURE_GOOD : SIGNATURE_BAD;
}

static struct sm2_key *read_key(const char *file)
{
    char pem[4096];
    struct sm2_key *key = NULL;
    struct fault fault = {0};
    FILE *in = fopen(file, "re");
    size_t len = 0;

    assert_non_null(in);
    len = fread(pem, 1, sizeof pem, in);
    fclose(in);
    assert_int_equal(sm2_key_from_pem(pem, len, &key, &fault), ERR_OK);
    return key;
}

static void a_signed_frame_verifies_with_the_unit_s_key(void **state)
{
    struct encoder_options signing[] = {
        {.format = FORMAT_GBT32960, .edition = 2025},
        {.format = FORMAT_GB17691, .layout = CODEC_LAYOUT_L3},
    };
    struct sample sample;
    char file[32];
    struct sm2_key *key = NULL;

    (void)state;
    write_key(file);
    key = read_key(file);
    take_samples(&sample, 1);
    for (size_t i = 0; i < 2; i++) {
        struct made made;
        struct fault fault = {0};
        signing[i].sign_key = file;
        made = encoder_of(&signing[i]);
        assert_int_equal(encoder_samples(made.encoder, "bus-1", VIN, &sample, 1, made.arena,
                                         &made.message, &fault),
                         ERR_OK);
        decode(&made, &signing[i], verify, key);
        assert_int_equal(made.result.count, 1);
        assert_int_equal(made.result.samples[0].signature, SIGNATURE_GOOD);
        made_free(&made);
    }
    sm2_key_free(key);
    unlink(file);
}

static void a_key_that_cannot_sign_here_is_refused(void **state)
{
    struct encoder_options options = {.format = FORMAT_GBT32960, .edition = 2016};
    struct encoder *encoder = NULL;
    struct fault fault = {0};

    (void)state;
    options.sign_key = "/dev/null";
    assert_int_equal(encoder_create(&options, &encoder, &fault), ERR_INPUT);
    assert_non_null(strstr(fault.text, "carries no signatures"));
    options.edition = 2025;
    assert_int_equal(encoder_create(&options, &encoder, &fault), ERR_INPUT);
    options.sign_key = "/nowhere/key.pem";
    assert_int_equal(encoder_create(&options, &encoder, &fault), ERR_NOT_FOUND);
}

static void an_identification_number_is_made_from_the_unit_s_name(void **state)
{
    static const struct {
        const char *unit, *vin;
    } cases[] = {
        {"LTEST01X0R0000001", "LTEST01X0R0000001"},
        {"bus-17", "000000000000BUS17"},
        {"a-very-long_name.of.32.bytes.0001", "LONGNAMEOF32BYTES0001"},
        {"-", "00000000000000000"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char vin[ENCODER_VIN_LEN + 1];
        const char *wanted = cases[i].vin + strlen(cases[i].vin) - ENCODER_VIN_LEN;
        encoder_vin_of_unit(cases[i].unit, vin);
        assert_string_equal(vin, wanted);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_format_brings_the_samples_back),
        cmocka_unit_test(frames_log_in_and_out_and_packs_do_not),
        cmocka_unit_test(a_reissue_has_its_own_command),
        cmocka_unit_test(a_signed_frame_verifies_with_the_unit_s_key),
        cmocka_unit_test(a_key_that_cannot_sign_here_is_refused),
        cmocka_unit_test(an_identification_number_is_made_from_the_unit_s_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

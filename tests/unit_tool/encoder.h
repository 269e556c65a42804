/*
 * encoder: readings → one message of a unit in the chosen format. One table says which function makes
 * what, so that a format is added in one place. One thread; messages live in the arena they were made
 * in.
 *
 * SenML packs hold samples only. The frame formats also know a login before a unit's first message and
 * a logout after its last, with times in whole seconds; what a frame has no field for is left out.
 */
#ifndef EVROLL_TESTS_UNIT_TOOL_ENCODER_H
#define EVROLL_TESTS_UNIT_TOOL_ENCODER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/arena.h"
#include "shared/codec/codec.h"
#include "shared/err.h"
#include "shared/sample.h"

#define ENCODER_VIN_LEN 17

struct encoder_options {
    enum format format;
    bool login;               /* frames: login and logout as messages of their own */
    bool reissue;             /* frames: as stored data sent late, command 03 */
    int edition;              /* gbt32960: 2016 or 2025 */
    enum codec_layout layout; /* gb17691 */
    const char *sign_key; /* PEM of an SM2 key, for frames that carry signatures; NULL: unsigned */
};

struct encoder;

struct encoder_message {
    const uint8_t *at;
    size_t len;
};

/* ERR_INPUT when the options do not go together, ERR_NOT_FOUND or ERR_INPUT for the key. */
enum err encoder_create(const struct encoder_options *options, struct encoder **encoder,
                        struct fault *fault) ERR_CHECKED;
void encoder_destroy(struct encoder *encoder);

bool encoder_knows(enum format format);
/* Whether a unit logs in and out. */
bool encoder_logs_in(const struct encoder_options *options);

/* The identification number of a unit whose vehicle is not known: its name where that is one, else
 * the last letters and digits of the name behind zeros. */
void encoder_vin_of_unit(const char *unit, char vin[static ENCODER_VIN_LEN + 1]);

enum err encoder_samples(struct encoder *encoder, const char *unit, const char *vin,
                         const struct sample *samples, size_t count, struct arena *arena,
                         struct encoder_message *message, struct fault *fault) ERR_CHECKED;
enum err encoder_login(struct encoder *encoder, const char *unit, const char *vin, int64_t at_ms,
                       struct arena *arena, struct encoder_message *message,
                       struct fault *fault) ERR_CHECKED;
enum err encoder_logout(struct encoder *encoder, const char *unit, const char *vin, int64_t at_ms,
                        struct arena *arena, struct encoder_message *message,
                        struct fault *fault) ERR_CHECKED;

#endif

#include "tests/unit_tool/encoder.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "shared/codec/senml_encode.h"

struct encoder {
    struct encoder_options options;
    const struct format_row *row;
};

/* What is to be said: by whom, and the samples or, for login and logout, the time. */
struct speech {
    const char *unit, *vin;
    const struct sample *samples;
    size_t count;
    int64_t at_ms;
    struct arena *arena;
};

typedef enum err encode(struct encoder *encoder, const struct speech *speech,
                        struct encoder_message *message, struct fault *fault);

static struct encoder_message senml_message(struct senml_bytes bytes)
{
    return (struct encoder_message){.at = bytes.at, .len = bytes.len};
}

static enum err json_samples(struct encoder *encoder, const struct speech *s,
                             struct encoder_message *message, struct fault *fault)
{
    struct senml_encode_options how = {.unit = s->unit, .naming = SENML_NAMING_SLASH};

    (void)encoder;
    (void)fault;
    *message = senml_message(senml_encode_json(&how, s->samples, s->count, s->arena));
    return ERR_OK;
}

static enum err cbor_samples(struct encoder *encoder, const struct speech *s,
                             struct encoder_message *message, struct fault *fault)
{
    struct senml_encode_options how = {.unit = s->unit, .naming = SENML_NAMING_SLASH};

    (void)encoder;
    (void)fault;
    *message = senml_message(senml_encode_cbor(&how, s->samples, s->count, s->arena));
    return ERR_OK;
}

static const struct format_row {
    enum format format;
    encode *samples, *login, *logout; /* the latter two NULL where the format has none */
} format_rows[] = {
    {FORMAT_SENML_JSON, json_samples, NULL, NULL},
    {FORMAT_SENML_CBOR, cbor_samples, NULL, NULL},
};

static const struct format_row *row_of(enum format format)
{
    for (size_t i = 0; i < sizeof format_rows / sizeof format_rows[0]; i++)
        if (format_rows[i].format == format)
            return &format_rows[i];
    return NULL;
}

bool encoder_knows(enum format format)
{
    return row_of(format) != NULL;
}

enum err encoder_create(const struct encoder_options *options, struct encoder **encoder,
                        struct fault *fault)
{
    (void)fault;
    *encoder = mem_alloc(1, sizeof **encoder);
    (*encoder)->options = *options;
    (*encoder)->row = row_of(options->format);
    return ERR_OK;
}

void encoder_destroy(struct encoder *encoder)
{
    free(encoder);
}

bool encoder_logs_in(const struct encoder_options *options)
{
    return options->login && row_of(options->format)->login != NULL;
}

static bool vin_letter(char c)
{
    return isdigit((unsigned char)c) || isupper((unsigned char)c);
}

void encoder_vin_of_unit(const char *unit, char vin[static ENCODER_VIN_LEN + 1])
{
    size_t left = ENCODER_VIN_LEN;

    memset(vin, '0', ENCODER_VIN_LEN);
    vin[ENCODER_VIN_LEN] = '\0';
    for (size_t i = strlen(unit); i > 0 && left > 0; i--) {
        char c = (char)toupper((unsigned char)unit[i - 1]);
        if (vin_letter(c))
            vin[--left] = c;
    }
}

enum err encoder_samples(struct encoder *encoder, const char *unit, const char *vin,
                         const struct sample *samples, size_t count, struct arena *arena,
                         struct encoder_message *message, struct fault *fault)
{
    struct speech speech = {
        .unit = unit, .vin = vin, .samples = samples, .count = count, .arena = arena};

    return encoder->row->samples(encoder, &speech, message, fault);
}

enum err encoder_login(struct encoder *encoder, const char *unit, const char *vin, int64_t at_ms,
                       struct arena *arena, struct encoder_message *message, struct fault *fault)
{
    struct speech speech = {.unit = unit, .vin = vin, .at_ms = at_ms, .arena = arena};

    return encoder->row->login(encoder, &speech, message, fault);
}

enum err encoder_logout(struct encoder *encoder, const char *unit, const char *vin, int64_t at_ms,
                        struct arena *arena, struct encoder_message *message, struct fault *fault)
{
    struct speech speech = {.unit = unit, .vin = vin, .at_ms = at_ms, .arena = arena};

    return encoder->row->logout(encoder, &speech, message, fault);
}

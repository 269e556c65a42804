#include "tests/unit_tool/encoder.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/codec/gb17691_encode.h"
#include "shared/codec/gbt32960_encode.h"
#include "shared/codec/senml_encode.h"
#include "shared/tls/sm2.h"

#define SERIAL        1 /* of a login and its logout; they count from 1 anew each day */
#define ICCID_LEN     20
#define SM2_ALGORITHM 1 /* in the signature block of GB/T 32960.3-2025 */

struct encoder {
    struct encoder_options options;
    const struct format_row *row;
    struct sm2_key *key; /* NULL: unsigned */
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

/* ---- frames ---- */

/* A card number of digits, the same for the same unit each time. */
static void iccid_of_unit(const char *unit, char iccid[static ICCID_LEN + 1])
{
    uint64_t h = 0xcbf29ce484222325u; /* FNV-1a */

    for (; *unit != '\0'; unit++)
        h = (h ^ (unsigned char)*unit) * 0x100000001b3u;
    snprintf(iccid, ICCID_LEN + 1, "8986%016llu", (unsigned long long)(h % 10000000000000000u));
}

static bool sign(const struct encoder *encoder, const uint8_t *data, size_t len, uint8_t *r,
                 uint8_t *s)
{
    struct sm2_id id = {.bytes = (const uint8_t *)SM2_DEFAULT_ID, .len = strlen(SM2_DEFAULT_ID)};
    struct fault fault = {0};

    /* encoder_create has tried the key: it signs. */
    return sm2_sign(encoder->key, id, data, len, r, s, &fault) == ERR_OK;
}

static bool sign_gbt32960(void *arg, const uint8_t *data, size_t len,
                          struct gbt32960_signature *signature)
{
    *signature = (struct gbt32960_signature){
        .algorithm = SM2_ALGORITHM, .r_len = SM2_NUMBER_SIZE, .s_len = SM2_NUMBER_SIZE};
    return sign(arg, data, len, signature->r, signature->s);
}

static bool sign_gb17691(void *arg, const uint8_t *data, size_t len, uint8_t r[static 32],
                         uint8_t s[static 32])
{
    return sign(arg, data, len, r, s);
}

static struct gbt32960_sender gbt32960_sender(struct encoder *encoder, const struct speech *s)
{
    return (struct gbt32960_sender){
        .edition = encoder->options.edition == 2025 ? GBT32960_2025 : GBT32960_2016,
        .vin = s->vin,
        .sign = encoder->key != NULL ? sign_gbt32960 : NULL,
        .sign_arg = encoder,
    };
}

/* The frame is whole: the room was made for it by the encoder's own figures. */
static void gbt32960_finish(const struct wire_out *out, struct encoder_message *message)
{
    *message = (struct encoder_message){.at = out->base, .len = out->pos};
}

static enum err gbt32960_samples(struct encoder *encoder, const struct speech *s,
                                 struct encoder_message *message, struct fault *fault)
{
    struct gbt32960_sender from = gbt32960_sender(encoder, s);
    size_t room = s->count * GBT32960_REPORT_MAX;
    struct wire_out out = wire_into(arena_alloc(s->arena, room, 1), room);

    (void)fault;
    for (size_t i = 0; i < s->count; i++)
        gbt32960_encode_report(&out, &from,
                               encoder->options.reissue ? GBT32960_REISSUE : GBT32960_REALTIME,
                               &s->samples[i], NULL);
    gbt32960_finish(&out, message);
    return ERR_OK;
}

static enum err gbt32960_login(struct encoder *encoder, const struct speech *s,
                               struct encoder_message *message, struct fault *fault)
{
    struct gbt32960_sender from = gbt32960_sender(encoder, s);
    struct wire_out out =
        wire_into(arena_alloc(s->arena, GBT32960_FRAME_MAX, 1), GBT32960_FRAME_MAX);
    char iccid[ICCID_LEN + 1];

    (void)fault;
    iccid_of_unit(s->unit, iccid);
    gbt32960_encode_login(&out, &from, s->at_ms, SERIAL, iccid);
    gbt32960_finish(&out, message);
    return ERR_OK;
}

static enum err gbt32960_logout(struct encoder *encoder, const struct speech *s,
                                struct encoder_message *message, struct fault *fault)
{
    struct gbt32960_sender from = gbt32960_sender(encoder, s);
    struct wire_out out =
        wire_into(arena_alloc(s->arena, GBT32960_FRAME_MAX, 1), GBT32960_FRAME_MAX);

    (void)fault;
    gbt32960_encode_logout(&out, &from, s->at_ms, SERIAL);
    gbt32960_finish(&out, message);
    return ERR_OK;
}

static struct gb17691_encode_options gb17691_how(struct encoder *encoder, const struct speech *s)
{
    return (struct gb17691_encode_options){
        .vin = s->vin,
        .header = GB17691_HEADER_A,
        .layout = encoder->options.layout,
        .version = 1,
        .encryption = GB17691_CLEAR,
        .serial = SERIAL,
        .sign = encoder->key != NULL ? sign_gb17691 : NULL,
        .sign_arg = encoder,
    };
}

static void gb17691_finish(struct gb17691_bytes bytes, struct encoder_message *message)
{
    *message = (struct encoder_message){.at = bytes.at, .len = bytes.len};
}

static enum err gb17691_samples(struct encoder *encoder, const struct speech *s,
                                struct encoder_message *message, struct fault *fault)
{
    struct gb17691_encode_options how = gb17691_how(encoder, s);

    (void)fault;
    gb17691_finish(
        gb17691_encode_samples(&how, encoder->options.reissue ? GB17691_REISSUE : GB17691_REALTIME,
                               s->samples, s->count, s->arena),
        message);
    return ERR_OK;
}

static enum err gb17691_login(struct encoder *encoder, const struct speech *s,
                              struct encoder_message *message, struct fault *fault)
{
    struct gb17691_encode_options how = gb17691_how(encoder, s);
    char iccid[ICCID_LEN + 1];

    (void)fault;
    iccid_of_unit(s->unit, iccid);
    gb17691_finish(gb17691_encode_login(&how, s->at_ms, iccid, s->arena), message);
    return ERR_OK;
}

static enum err gb17691_logout(struct encoder *encoder, const struct speech *s,
                               struct encoder_message *message, struct fault *fault)
{
    struct gb17691_encode_options how = gb17691_how(encoder, s);

    (void)fault;
    gb17691_finish(gb17691_encode_logout(&how, s->at_ms, s->arena), message);
    return ERR_OK;
}

/* ---- the table ---- */

static const struct format_row {
    enum format format;
    encode *samples, *login, *logout; /* the latter two NULL where the format has none */
} format_rows[] = {
    {FORMAT_SENML_JSON, json_samples, NULL, NULL},
    {FORMAT_SENML_CBOR, cbor_samples, NULL, NULL},
    {FORMAT_GBT32960, gbt32960_samples, gbt32960_login, gbt32960_logout},
    {FORMAT_GB17691, gb17691_samples, gb17691_login, gb17691_logout},
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

static enum err read_key(const char *name, struct sm2_key **key, struct fault *fault)
{
    char pem[4096];
    FILE *file = fopen(name, "re");
    size_t len = 0;
    enum err err = ERR_OK;

    if (file == NULL)
        return fault_set(fault, ERR_NOT_FOUND, "%s: %m", name);
    len = fread(pem, 1, sizeof pem, file);
    fclose(file);
    err = sm2_key_from_pem(pem, len, key, fault);
    explicit_bzero(pem, sizeof pem);
    return err;
}

/* A frame that carries no signature would go out unsigned without a word: refused here. */
static enum err signing_ok(const struct encoder_options *o, struct fault *fault)
{
    if ((o->format == FORMAT_GBT32960 && o->edition == 2025) || o->format == FORMAT_GB17691)
        return ERR_OK;
    return fault_set(
        fault, ERR_INPUT,
        "--sign: this format carries no signatures; take gbt32960 with --edition 2025, "
        "or gb17691");
}

static enum err load_key(struct encoder *encoder, struct fault *fault)
{
    const struct encoder_options *options = &encoder->options;
    struct sm2_id id = {0};
    uint8_t r[SM2_NUMBER_SIZE], s[SM2_NUMBER_SIZE];
    enum err err = signing_ok(options, fault);

    if (err == ERR_OK)
        err = read_key(options->sign_key, &encoder->key, fault);
    if (err != ERR_OK)
        return err;
    return sm2_sign(encoder->key, id, r, 0, r, s, fault);
}

enum err encoder_create(const struct encoder_options *options, struct encoder **encoder,
                        struct fault *fault)
{
    struct encoder *made = mem_alloc(1, sizeof *made);
    enum err err = ERR_OK;

    made->options = *options;
    made->row = row_of(options->format);
    if (options->sign_key != NULL)
        err = load_key(made, fault);
    if (err != ERR_OK) {
        encoder_destroy(made);
        return err;
    }
    *encoder = made;
    return ERR_OK;
}

void encoder_destroy(struct encoder *encoder)
{
    if (encoder == NULL)
        return;
    sm2_key_free(encoder->key);
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

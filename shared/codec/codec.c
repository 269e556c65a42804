/*
 * The way of a payload: codec_decode picks the format's decoder from a table; a reader
 * (senml_json.c, senml_cbor.c) turns bytes into records label by label; the pack (senml.c) applies
 * base values, checks names, units, times and types, and builds one sample for each instant.
 */
#include "shared/codec/codec.h"

#include <fnmatch.h>
#include <stdarg.h>
#include <stdio.h>

#include "shared/codec/codec_internal.h"

typedef enum err decoder(const struct codec_input *input, struct arena *arena,
                         struct codec_result *result);

static const struct {
    enum format format;
    decoder *decode;
} decoders[] = {
    {FORMAT_SENML_JSON, senml_json_decode},
    {FORMAT_SENML_CBOR, senml_cbor_decode},
    {FORMAT_GB17691, gb17691_decode},
    {FORMAT_GBT32960, gbt32960_decode},
};

enum err codec_refuse(struct codec_result *result, const char *reason, size_t at_byte,
                      const char *format, ...)
{
    struct codec_fault *fault = &result->fault;
    va_list args;

    fault->reason = reason;
    fault->at_byte = at_byte;
    va_start(args, format);
    vsnprintf(fault->detail, sizeof fault->detail, format, args);
    va_end(args);
    for (char *c = fault->detail; *c != '\0'; c++)
        if (*c < 0x20 || *c > 0x7e)
            *c = '?';
    return ERR_INPUT;
}

enum codec_layout codec_layout_of(const struct codec_layout_rule *rules, size_t count,
                                  const char *unit)
{
    for (size_t i = 0; i < count; i++)
        if (fnmatch(rules[i].unit, unit, 0) == 0)
            return rules[i].layout;
    return CODEC_LAYOUT_AUTO;
}

static decoder *decoder_find(enum format format)
{
    for (size_t i = 0; i < sizeof decoders / sizeof decoders[0]; i++)
        if (decoders[i].format == format)
            return decoders[i].decode;
    return NULL;
}

enum err codec_decode(enum format format, const struct codec_input *input, struct arena *arena,
                      struct codec_result *result)
{
    decoder *decode = decoder_find(format);

    *result = (struct codec_result){0};
    if (decode == NULL)
        return codec_refuse(result, "unknown-format", 0, "there is no decoder for format %d",
                            (int)format);
    if (input->len == 0)
        return codec_refuse(result, "empty-payload", 0, "the payload has no bytes");
    if (input->len > CODEC_PAYLOAD_MAX)
        return codec_refuse(result, "too-large", CODEC_PAYLOAD_MAX,
                            "the payload has %zu bytes, at most %u are taken; send several",
                            input->len, CODEC_PAYLOAD_MAX);
    return decode(input, arena, result);
}

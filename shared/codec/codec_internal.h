/*
 * codec_internal: what the decoders of this folder share and nobody else sees.
 */
#ifndef EVROLL_SHARED_CODEC_CODEC_INTERNAL_H
#define EVROLL_SHARED_CODEC_CODEC_INTERNAL_H

#include "shared/codec/codec.h"

/* Fills result->fault and returns ERR_INPUT. What the sentence takes from the payload is made
 * printable ASCII, so that it can stand in a log line, a JSON text or a datagram as it is. */
enum err codec_refuse(struct codec_result *result, const char *reason, size_t at_byte,
                      const char *format, ...) __attribute__((format(printf, 4, 5)));

/* One for each format; `input` is not empty and within CODEC_PAYLOAD_MAX, `result` is zeroed. */
enum err senml_json_decode(const struct codec_input *input, struct arena *arena,
                           struct codec_result *result);
enum err senml_cbor_decode(const struct codec_input *input, struct arena *arena,
                           struct codec_result *result);
enum err gbt32960_decode(const struct codec_input *input, struct arena *arena,
                         struct codec_result *result);
enum err gb17691_decode(const struct codec_input *input, struct arena *arena,
                        struct codec_result *result);

#endif

/*
 * senml_encode: samples → one SenML pack (RFC 8428) in JSON or CBOR, as an onboard unit sends it.
 *
 * Good for: units, tests. SenML has no mark for "invalid", so a signal that is not present is left
 * out. The first record carries the base name and, as base time, the time of the first sample; `t`
 * is the difference to it. Numbers are as short as they can be while a decoder gets the same
 * fixed-point value back. What is encoded decodes to the same samples, in order of time, without
 * the signals left out and the samples that had nothing else; the limits of codec.h are the
 * caller's to keep. Result in the arena. Errors: none (memory: arena.h). No state, any thread.
 */
#ifndef EVROLL_SHARED_CODEC_SENML_ENCODE_H
#define EVROLL_SHARED_CODEC_SENML_ENCODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/arena.h"
#include "shared/sample.h"

enum senml_naming {
    SENML_NAMING_BARE,  /* no base name */
    SENML_NAMING_SLASH, /* "{unit}/" */
    SENML_NAMING_URN    /* "urn:evroll:unit:{unit}:" */
};

struct senml_encode_options {
    const char *unit; /* not needed for SENML_NAMING_BARE */
    enum senml_naming naming;
    bool with_units; /* write `u` where the signal has a unit */
};

struct senml_bytes {
    uint8_t *at;
    size_t len;
};

struct senml_bytes senml_encode_json(const struct senml_encode_options *options,
                                     const struct sample *samples, size_t count,
                                     struct arena *arena);
struct senml_bytes senml_encode_cbor(const struct senml_encode_options *options,
                                     const struct sample *samples, size_t count,
                                     struct arena *arena);

#endif

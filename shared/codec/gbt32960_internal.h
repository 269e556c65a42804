/*
 * gbt32960_internal: what the files of the decoder share: gbt32960.c takes a payload apart into
 * frames, gbt32960_command.c knows what each command carries, gbt32960_report.c reads the data unit
 * of a realtime or reissue frame, gbt32960_result.c gathers samples and events.
 */
#ifndef EVROLL_SHARED_CODEC_GBT32960_INTERNAL_H
#define EVROLL_SHARED_CODEC_GBT32960_INTERNAL_H

#include "shared/codec/codec_internal.h"
#include "shared/codec/gbt32960.h"
#include "shared/wire.h"

enum gbt32960_reason {
#define GBT32960_REASON_ENUM(id, word, meaning) GBT32960_##id,
    GBT32960_REASONS(GBT32960_REASON_ENUM)
#undef GBT32960_REASON_ENUM
        GBT32960_REASON_COUNT
};

/* One payload being decoded. */
struct gbt32960_decoder {
    const struct codec_input *input;
    struct arena *arena;
    struct codec_result *result;
    size_t event_room;
    size_t checked;            /* signatures, up to CODEC_CHECKS_MAX */
    bool unordered;            /* the samples so far are not in order of time */
    const uint8_t *last_vin;   /* the one told last, in the payload */
    const uint8_t *xor_before; /* [i]: XOR of the payload's bytes before i; NULL until needed */
};

struct gbt32960_frame {
    enum gbt32960_edition edition;
    size_t at; /* in the payload; the data unit begins GBT32960_HEAD_BYTES behind it */
    size_t length;
    uint8_t command;
    uint8_t response;
    uint8_t encryption;
    const uint8_t *vin;
};

const char *gbt32960_reason_word(enum gbt32960_reason reason);

/* gbt32960_refuse(decoder, GBT32960_…, at_byte, sentence…): the first fault of a payload is kept. */
#define gbt32960_refuse(decoder, why, at_byte, ...)                                                \
    ((decoder)->result->fault.reason != NULL                                                       \
         ? ERR_INPUT                                                                               \
         : codec_refuse((decoder)->result, gbt32960_reason_word(why), (at_byte), __VA_ARGS__))

/* Copies up to `len` bytes as printable ASCII: padding (0x00 and spaces at the end) is left out,
 * what is not printable becomes '?'. `len` is at most CODEC_EVENT_TEXT_MAX. */
void gbt32960_text(char *text, const uint8_t *bytes, size_t len);

/* `text` may be NULL. */
void gbt32960_event(struct gbt32960_decoder *d, enum codec_event_kind kind, int64_t at_ms,
                    int64_t number, const char *text);

/* Tells the frame's identification number, once for each in the payload. */
void gbt32960_vin(struct gbt32960_decoder *d, const struct gbt32960_frame *frame, int64_t at_ms);

/* Samples may come in any order; those of one time become one. */
void gbt32960_sample_add(struct gbt32960_decoder *d, const struct sample *sample);

/* At the end: in order of time, one for each instant. */
void gbt32960_samples_settle(struct gbt32960_decoder *d);

/* Takes a frame whose check byte is right. */
void gbt32960_command(struct gbt32960_decoder *d, const struct gbt32960_frame *frame);

/* Reads the blocks behind the collection time, and adds the sample and its events. */
void gbt32960_report(struct gbt32960_decoder *d, const struct gbt32960_frame *frame,
                     struct wire *body, int64_t at_ms);

#endif

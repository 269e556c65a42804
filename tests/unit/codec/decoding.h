/*
 * decoding: what the codec tests share: one payload decoded for unit U1, arrived at NOW_MS. Every
 * payload is copied to memory of its exact size, so that AddressSanitizer sees a read beyond it.
 */
#ifndef EVROLL_TESTS_UNIT_CODEC_DECODING_H
#define EVROLL_TESTS_UNIT_CODEC_DECODING_H

#include <stdlib.h>
#include <string.h>

#include "shared/codec/codec.h"

#define NOW_MS 1751299198000 /* 2025-06-30T15:59:58Z */
#define UNIT   "U1"

struct decoding {
    struct arena *arena;
    struct codec_result result;
    enum err err;
};

static inline struct decoding decode_for(const char *unit, enum format format, const void *bytes,
                                         size_t len)
{
    uint8_t *exact = malloc(len == 0 ? 1 : len);
    struct codec_input input = {.unit = unit, .received_ms = NOW_MS, .bytes = exact, .len = len};
    struct decoding d = {.arena = arena_create()};

    assert_non_null(exact);
    if (len > 0)
        memcpy(exact, bytes, len);
    d.err = codec_decode(format, &input, d.arena, &d.result);
    free(exact);
    return d;
}

static inline struct decoding decode_bytes(enum format format, const void *bytes, size_t len)
{
    return decode_for(UNIT, format, bytes, len);
}

static inline void decoding_end(struct decoding *d)
{
    arena_destroy(d->arena);
}

/* Refused for `reason`, with a sentence, at a byte of the payload, and nothing half decoded. */
static inline void assert_refused(const struct decoding *d, const char *reason, size_t len)
{
    if (d->err == ERR_OK)
        fail_msg("taken, expected %s", reason);
    assert_int_equal(d->err, ERR_INPUT);
    assert_non_null(d->result.fault.reason);
    assert_string_equal(d->result.fault.reason, reason);
    assert_true(strlen(d->result.fault.detail) > 5);
    assert_true(d->result.fault.at_byte <= len);
    assert_int_equal(d->result.count, 0);
    assert_null(d->result.samples);
}

static inline void assert_taken(const struct decoding *d, size_t count, size_t unknown)
{
    if (d->err != ERR_OK)
        fail_msg("%s at %zu: %s", d->result.fault.reason, d->result.fault.at_byte,
                 d->result.fault.detail);
    assert_null(d->result.fault.reason);
    assert_int_equal(d->result.count, count);
    assert_int_equal(d->result.unknown_names, unknown);
}

static inline void assert_value(const struct sample *s, enum signal_id id, int64_t fixed)
{
    assert_int_equal(sample_quality(s, id), QUALITY_GOOD);
    assert_int_equal(s->value[id], fixed);
}

#endif

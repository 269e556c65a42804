/*
 * gbt32960_frames: payloads for the tests of GB/T 32960.3, written by hand and not by our encoder.
 * Data units are given in hexadecimal, spaces are for the reader.
 */
#ifndef EVROLL_TESTS_UNIT_CODEC_GBT32960_FRAMES_H
#define EVROLL_TESTS_UNIT_CODEC_GBT32960_FRAMES_H

#include <ctype.h>
#include <string.h>

#include "shared/codec/codec.h"
#include "tests/unit/codec/decoding.h"

#define VIN       "LTESTBEV5P1000001"
#define TIME      "19061e173b3a" /* 2025-06-30 23:59:58 UTC+8: NOW_MS */
#define TIME_NEXT "19061e173b3b"

#define VEHICLE_2016 "01 010301 01c4 0012d687 14c8 2a67 43 010e 1388 1e00"
#define VEHICLE_2025 "01 010301 01c4 0012d687 14c8 7887 43 010e 1388"
#define ENGINE_2016  "04 01 05aa 04d2"
#define POSITION     "05 00 06b62ce9 021717f2"

struct payload {
    uint8_t bytes[CODEC_PAYLOAD_MAX + 64];
    size_t len;
};

static inline int nibble(char c)
{
    return isdigit((unsigned char)c) ? c - '0' : tolower((unsigned char)c) - 'a' + 10;
}

static inline void payload_hex(struct payload *p, const char *hex)
{
    for (; *hex != '\0'; hex++) {
        if (*hex == ' ')
            continue;
        assert_true(isxdigit((unsigned char)hex[0]) && isxdigit((unsigned char)hex[1]));
        p->bytes[p->len++] = (uint8_t)(nibble(hex[0]) << 4 | nibble(hex[1]));
        hex++;
    }
}

/* `head` is "2302fe": start byte (once), command, response flag. `id` has 17 bytes. */
static inline void frame_add(struct payload *p, const char *head, const char *id,
                             uint8_t encryption, const char *data)
{
    size_t at = p->len;
    size_t length = 0;
    uint8_t sum = 0;

    payload_hex(p, (char[]){head[0], head[1], '\0'});
    payload_hex(p, head);
    memcpy(p->bytes + p->len, id, 17);
    p->len += 17;
    p->bytes[p->len++] = encryption;
    p->len += 2;
    payload_hex(p, data);
    length = p->len - at - 24;
    p->bytes[at + 22] = (uint8_t)(length >> 8);
    p->bytes[at + 23] = (uint8_t)length;
    for (size_t i = at + 2; i < p->len; i++)
        sum ^= p->bytes[i];
    p->bytes[p->len++] = sum;
}

static inline void realtime(struct payload *p, const char *data)
{
    frame_add(p, "2302fe", VIN, 1, data);
}

static inline void realtime_2025(struct payload *p, const char *data)
{
    frame_add(p, "2402fe", VIN, 1, data);
}

static inline struct decoding decode_payload(const struct payload *p)
{
    return decode_bytes(FORMAT_GBT32960, p->bytes, p->len);
}

/* Decodes one realtime frame with these blocks behind TIME. */
static inline struct decoding decode_blocks(int edition, const char *blocks)
{
    struct payload p = {.len = 0};
    char data[4096];

    snprintf(data, sizeof data, "%s%s", TIME, blocks);
    frame_add(&p, edition == 2016 ? "2302fe" : "2402fe", VIN, 1, data);
    return decode_payload(&p);
}

/* Reported, with what was kept beside it. */
static inline void assert_fault(const struct decoding *d, const char *reason, size_t at_byte,
                                size_t samples)
{
    assert_int_equal(d->err, ERR_INPUT);
    assert_non_null(d->result.fault.reason);
    assert_string_equal(d->result.fault.reason, reason);
    assert_true(strlen(d->result.fault.detail) > 5);
    assert_int_equal(d->result.fault.at_byte, at_byte);
    assert_int_equal(d->result.count, samples);
}

static inline const struct codec_event *event_of(const struct decoding *d,
                                                 enum codec_event_kind kind)
{
    for (size_t i = 0; i < d->result.event_count; i++)
        if (d->result.events[i].kind == kind)
            return &d->result.events[i];
    return NULL;
}

static inline size_t events_of(const struct decoding *d, enum codec_event_kind kind)
{
    size_t count = 0;

    for (size_t i = 0; i < d->result.event_count; i++)
        count += d->result.events[i].kind == kind ? 1 : 0;
    return count;
}

#endif

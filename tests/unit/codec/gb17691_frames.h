/*
 * gb17691_frames: payloads for the tests of GB 17691 / HJ 1239.3, written by hand and not by our
 * encoder. Data units are given in hexadecimal, spaces are for the reader.
 */
#ifndef EVROLL_TESTS_UNIT_CODEC_GB17691_FRAMES_H
#define EVROLL_TESTS_UNIT_CODEC_GB17691_FRAMES_H

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "shared/codec/gb17691_blocks.h"
#include "shared/codec/gb17691_frame.h"
#include "tests/unit/codec/decoding.h"

#define VIN       "LTESTTRK6R1000002"
#define TIME      "19061e173b3a" /* 2025-06-30 23:59:58 UTC+8: NOW_MS */
#define TIME_NEXT "19061e173b3b"
#define NO_TIME   "190d1e173b3a"

/* 62.5 km/h, 1320 1/min, 18.5 l/h, NOx 42 ppm, urea 60 %, 112.602345 E 35.06789 N, 234567.8 km */
#define SCR    "3e80c8aa8529400172426812e89628a048e0484000207daf0006b62ce9021717f20023cace"
#define HYBRID "0c802d183d26d949" /* 620.5 V, -5.5 A, 73 % */
/* Off; then lamp on. */
#define OBD_TEXT                                                                                   \
    "00000000"                                                                                     \
    "4c5445535454524b3652313030303030"                                                             \
    "32"                                                                                           \
    "303030303030303030303030303030303030"                                                         \
    "303030303030303030303030303030303030"                                                         \
    "303030303030303030303030303030303030303030303030303030303030303030303030"
#define OBD "0200" OBD_TEXT "00"
#define OBD_ON                                                                                     \
    "0201" OBD_TEXT "02"                                                                           \
    "11111111"                                                                                     \
    "22222222"
#define SIGNATURE                                                                                  \
    "20"                                                                                           \
    "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"                             \
    "20"                                                                                           \
    "202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f"

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

/* `response` below 0: header A. */
static inline void frame_add(struct payload *p, int command, int response, const char *vin,
                             int encryption, const char *data)
{
    size_t at = p->len;
    size_t length = 0;

    p->bytes[p->len++] = '#';
    p->bytes[p->len++] = '#';
    p->bytes[p->len++] = (uint8_t)command;
    if (response >= 0)
        p->bytes[p->len++] = (uint8_t)response;
    memcpy(p->bytes + p->len, vin, 17);
    p->len += 17;
    if (response < 0)
        p->bytes[p->len++] = 9;
    p->bytes[p->len++] = (uint8_t)encryption;
    p->len += 2;
    payload_hex(p, data);
    length = p->len - at - GB17691_HEADER_SIZE;
    p->bytes[at + 22] = (uint8_t)(length >> 8);
    p->bytes[at + 23] = (uint8_t)length;
    p->bytes[p->len] = gb17691_check_byte(p->bytes + at + 2, p->len - at - 2);
    p->len++;
}

static inline void realtime(struct payload *p, const char *data)
{
    frame_add(p, GB17691_REALTIME, -1, VIN, 1, data);
}

static inline struct decoding decode_payload(const struct payload *p)
{
    return decode_bytes(FORMAT_GB17691, p->bytes, p->len);
}

static inline struct decoding decode_frame(int command, int response, int encryption,
                                           const char *data)
{
    struct payload p = {.len = 0};

    frame_add(&p, command, response, VIN, encryption, data);
    return decode_payload(&p);
}

static inline struct decoding decode_realtime(const char *data)
{
    return decode_frame(GB17691_REALTIME, -1, 1, data);
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

#endif

/*
 * gb17691_frame: the envelope of one frame: start bytes, command, either header, length, check byte.
 * The frame borrows the bytes it was read from. No state, any thread.
 */
#ifndef EVROLL_SHARED_CODEC_GB17691_FRAME_H
#define EVROLL_SHARED_CODEC_GB17691_FRAME_H

#include <stddef.h>
#include <stdint.h>

#include "shared/codec/gb17691.h"

struct gb17691_frame {
    uint8_t command;
    enum gb17691_header header;
    uint8_t response;               /* header B: 0xFE is a command, others are answers */
    uint8_t version;                /* header A: of the terminal's software */
    char vin[GB17691_VIN_SIZE + 1]; /* 0-9, A-Z */
    uint8_t encryption;
    const uint8_t *data;
    size_t data_len;
    size_t size; /* of the whole frame */
};

/* Reads the frame at the beginning of `bytes`. Otherwise GB17691_BAD_START … GB17691_BAD_VIN, and
 * `at` the byte at fault. */
enum err gb17691_frame_read(const uint8_t *bytes, size_t len, struct gb17691_frame *frame,
                            enum gb17691_reason *reason, size_t *at) ERR_CHECKED;

/* Of command to the end of the data unit. */
uint8_t gb17691_check_byte(const uint8_t *bytes, size_t len);

#endif

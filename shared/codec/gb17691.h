/*
 * gb17691: frames of emission terminals: GB 17691-2018 annex Q and HJ 1239.3-2021 (docs/formats.md
 * has the tables). A payload is one or more whole frames. The decoder is behind codec_decode; this
 * header is what it promises beyond codec.h, and how to look into a single frame.
 *
 *  - The first fault of a payload is reported. Kept are the frames before it and behind it, and the
 *    blocks before it in its data unit when the layout is given or what was read is plausible.
 *    Behind a frame whose length or check byte is wrong the next whole frame with a right check
 *    byte is searched for.
 *  - The sample's time is the collection time of the block where the layout has one (L3). Elsewhere
 *    the frame's time is that of the last body of each kind, and those before it are one second
 *    apart: terminals sample at 1 Hz and send when ten have come together.
 *  - A field is a number up to 0xFA, 0xFAFF, 0xFAFFFFFF. 0xFE… is abnormal, 0xFF… invalid, what
 *    lies between out of range (the bands of SAE J1939-71).
 *  - A signature is checked over the data unit before it, from its first byte, and where a data
 *    unit has several, over what lies between the one before and it if the first does not hold. It
 *    is evidence for the blocks since the signature before. CODEC_CHECKS_MAX holds here.
 *  - Where the encryption byte says encrypted, the data unit is read as clear when it is consumed
 *    exactly and is plausible; otherwise CODEC_EVENT_ENCRYPTED says so.
 *  - Events: CODEC_EVENT_VIN for each number in a payload, login, logout, time sync, activation
 *    (text: the chip id as it is when printable, otherwise in hexadecimal; number: enum
 *    signature_state of the request), tamper (its position is a sample). Commands of the makers
 *    (0x70, 0x80..0xFE) are taken and left unread.
 *
 * Cost: linear in the payload (five readings of a data unit at most). No state, any thread.
 */
#ifndef EVROLL_SHARED_CODEC_GB17691_H
#define EVROLL_SHARED_CODEC_GB17691_H

#include <stdint.h>

#include "shared/codec/codec.h"

/* Every reason a payload is refused for: the word in codec_fault.reason, and what it means. */
#define GB17691_REASONS(X)                                                                         \
    X(BAD_START, "bad-start", "the payload does not begin with ## or ~~")                          \
    X(TOO_SHORT, "too-short", "fewer bytes than the 25 of an empty frame")                         \
    X(BAD_LENGTH, "bad-length", "the length field leads beyond the payload")                       \
    X(BAD_BCC, "bad-bcc", "the check byte is wrong")                                               \
    X(BAD_VIN, "bad-vin", "no 17 characters 0-9, A-Z where either header has them")                \
    X(ANSWER_FRAME, "answer-frame", "an answer of a platform, which is no telemetry")              \
    X(UNKNOWN_COMMAND, "unknown-command", "a reserved command")                                    \
    X(WRONG_LENGTH, "wrong-data-length", "the data unit is not as long as its command has it")     \
    X(IMPOSSIBLE_TIME, "impossible-time", "six bytes that are no time")                            \
    X(UNKNOWN_TYPE, "unknown-info-type", "a reserved type: its length is not known")               \
    X(TRUNCATED_BLOCK, "truncated-data-unit", "a block needs more than the data unit has")         \
    X(BAD_SIGNATURE, "bad-signature", "a signature block is not 20 R 20 S")                        \
    X(TRAILING_BYTES, "trailing-bytes", "something that is no frame follows a frame")              \
    X(TOO_MANY_SAMPLES, "too-many-samples", "more than CODEC_SAMPLES_MAX instants")                \
    X(TOO_MANY_EVENTS, "too-many-events", "more than CODEC_EVENTS_MAX events")

enum gb17691_reason {
#define GB17691_REASON_ENUM(id, word, meaning) GB17691_##id,
    GB17691_REASONS(GB17691_REASON_ENUM)
#undef GB17691_REASON_ENUM
        GB17691_REASON_COUNT
};

const char *gb17691_reason_word(enum gb17691_reason reason);

enum gb17691_command {
    GB17691_LOGIN = 0x01,
    GB17691_REALTIME = 0x02,
    GB17691_REISSUE = 0x03,
    GB17691_LOGOUT = 0x04,
    GB17691_TIME_SYNC = 0x05,
    GB17691_TAMPER = 0x06,
    GB17691_ACTIVATION = 0x07,
    GB17691_ACTIVATION_ANSWER = 0x08
};

enum gb17691_header {
    GB17691_HEADER_A, /* terminal: command, VIN, software version */
    GB17691_HEADER_B  /* platform, and some terminals: command, response flag, VIN */
};

#define GB17691_HEADER_SIZE    24u
#define GB17691_VIN_SIZE       17
#define GB17691_CLEAR          1u /* encryption byte: none */
#define GB17691_SIGNATURE_SIZE 66u

/* "L1", "L1b", "L2", "L3"; "auto". */
const char *gb17691_layout_name(enum codec_layout layout);

#endif

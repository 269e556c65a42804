/*
 * gbt32960: frames of GB/T 32960.3, editions 2016 ("##") and 2025 ("$$"), one or more in a payload.
 *
 * A frame: start 2, command 1, response flag 1, identification number 17, encryption 1, length L 2,
 * data unit L, check byte 1 (XOR from the command to the last byte of the data unit). The start
 * bytes alone choose the edition: information types 06 to 08 mean something else in each.
 *
 * What is taken, scales and states of each signal: docs/formats.md. In short:
 *  - A realtime or reissue frame is one sample at its collection time, even when it has none of our
 *    signals; frames of one time become one sample. The first number that stands for a signal stays;
 *    a number replaces a mark.
 *  - Login, logout, heartbeat, time sync, activation, alarms with a level from 1 and encrypted data
 *    units become events, and so does each distinct identification number.
 *  - All other information types are measured for their exact length and passed over.
 *  - The signature block of 2025 covers the data unit from its first byte to the byte before the
 *    0xFF that opens the block (checked against published frames and their key). CODEC_CHECKS_MAX
 *    holds here.
 *
 * Faults: the first one is reported, and everything that can be read is kept: frames before it, the
 * blocks before it in its own frame, and the frames behind it. A length is believed only where the
 * check byte is right; otherwise the next whole frame with a right check byte is searched for.
 * Samples made before a fault come with ERR_INPUT: look at `count` and `event_count` too.
 *
 * Cost: linear in the payload, plus one sort when the times are not in order, plus what `verify`
 * costs for each signed frame. Memory: 152 bytes a frame, 72 an event, and as much as the payload
 * when a frame is searched for. No state, any thread.
 */
#ifndef EVROLL_SHARED_CODEC_GBT32960_H
#define EVROLL_SHARED_CODEC_GBT32960_H

#define GBT32960_HEAD_BYTES      24 /* before the data unit */
#define GBT32960_FRAME_BYTES_MIN (GBT32960_HEAD_BYTES + 1)
#define GBT32960_VIN_BYTES       17

enum gbt32960_edition { GBT32960_2016, GBT32960_2025, GBT32960_EDITION_COUNT };

#define GBT32960_START(edition) ((edition) == GBT32960_2016 ? '#' : '$')

enum gbt32960_command {
    GBT32960_LOGIN = 0x01,
    GBT32960_REALTIME = 0x02,
    GBT32960_REISSUE = 0x03,
    GBT32960_LOGOUT = 0x04,
    GBT32960_PLATFORM_LOGIN = 0x05,
    GBT32960_PLATFORM_LOGOUT = 0x06,
    GBT32960_HEARTBEAT = 0x07,
    GBT32960_TIME_SYNC = 0x08,
    GBT32960_ACTIVATION = 0x09, /* from here on 2025 */
    GBT32960_ACTIVATION_ANSWER = 0x0A,
    GBT32960_KEY_EXCHANGE = 0x0B,
    GBT32960_QUERY = 0x80,
    GBT32960_SETTING = 0x81,
    GBT32960_CONTROL = 0x82,
    GBT32960_CUSTOM_FIRST = 0xC0,
    GBT32960_CUSTOM_LAST = 0xFE
};

#define GBT32960_RESPONSE_COMMAND 0xFE /* any other flag makes the frame an answer */

enum gbt32960_encryption { GBT32960_CLEAR = 1, GBT32960_ENCRYPTION_LAST = 5 };

/* Every reason a payload of this format is refused for, and what it means. */
#define GBT32960_REASONS(X)                                                                        \
    X(BAD_START, "bad-start", "the payload begins with neither ## nor $$")                         \
    X(TOO_SHORT, "too-short", "fewer bytes than the 25 of an empty frame")                         \
    X(BAD_LENGTH, "bad-length", "the length field leads beyond the payload")                       \
    X(BAD_BCC, "bad-bcc", "the check byte is wrong")                                               \
    X(TRAILING_BYTES, "trailing-bytes", "what follows a frame is not a frame")                     \
    X(ANSWER_FRAME, "answer-frame", "the response flag says that this answers a command")          \
    X(UNKNOWN_COMMAND, "unknown-command", "the edition reserves this command")                     \
    X(BAD_ENCRYPTION, "bad-encryption", "the encryption byte is abnormal, invalid or reserved")    \
    X(IMPOSSIBLE_TIME, "impossible-time", "no such month, day, hour, minute or second")            \
    X(TRUNCATED_DATA_UNIT, "truncated-data-unit", "a block needs more than the data unit has")     \
    X(UNKNOWN_INFO_TYPE, "unknown-info-type", "a reserved type: its length is not known")          \
    X(TRAILING_AFTER_SIGNATURE, "trailing-after-signature", "bytes behind the last block")         \
    X(TOO_MANY_EVENTS, "too-many-events", "more than CODEC_EVENTS_MAX; the others are left out")

#endif

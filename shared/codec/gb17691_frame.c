#include "shared/codec/gb17691_frame.h"

#include <stdbool.h>
#include <string.h>

#include "shared/wire.h"

#define RESPONSE_AT 3u
#define VIN_AT_A    3u
#define VIN_AT_B    4u
#define VERSION_AT  20u
#define CRYPT_AT    21u
#define LENGTH_AT   22u

uint8_t gb17691_check_byte(const uint8_t *bytes, size_t len)
{
    uint64_t wide = 0;
    size_t i = 0;

    for (; len - i >= sizeof wide; i += sizeof wide) {
        uint64_t eight = 0;
        memcpy(&eight, bytes + i, sizeof eight);
        wide ^= eight;
    }
    wide ^= wide >> 32;
    wide ^= wide >> 16;
    wide ^= wide >> 8;
    for (; i < len; i++)
        wide ^= bytes[i];
    return (uint8_t)wide;
}

static bool vin_at(const uint8_t *bytes)
{
    for (int i = 0; i < GB17691_VIN_SIZE; i++) {
        bool digit = bytes[i] >= '0' && bytes[i] <= '9';
        bool letter = bytes[i] >= 'A' && bytes[i] <= 'Z';
        if (!digit && !letter)
            return false;
    }
    return true;
}

static bool response_flag(uint8_t byte)
{
    return byte == 0xfe || (byte >= 1 && byte <= 3);
}

/* A VIN never begins with a response flag, so the two headers cannot be mistaken. */
static bool header_read(const uint8_t *bytes, struct gb17691_frame *frame)
{
    size_t at = VIN_AT_A;

    if (response_flag(bytes[RESPONSE_AT]) && vin_at(bytes + VIN_AT_B)) {
        frame->header = GB17691_HEADER_B;
        frame->response = bytes[RESPONSE_AT];
        at = VIN_AT_B;
    } else if (bytes[0] == '#' && vin_at(bytes + VIN_AT_A)) {
        frame->header = GB17691_HEADER_A;
        frame->version = bytes[VERSION_AT];
    } else {
        return false;
    }
    memcpy(frame->vin, bytes + at, GB17691_VIN_SIZE);
    return true;
}

static enum err refuse(enum gb17691_reason *reason, size_t *at, enum gb17691_reason why,
                       size_t where)
{
    *reason = why;
    *at = where;
    return ERR_INPUT;
}

enum err gb17691_frame_read(const uint8_t *bytes, size_t len, struct gb17691_frame *frame,
                            enum gb17691_reason *reason, size_t *at)
{
    struct wire wire = wire_over(bytes, len);
    const uint8_t *start = wire_bytes(&wire, 2);
    uint8_t check = 0;

    memset(frame, 0, sizeof *frame);
    if (start == NULL || start[0] != start[1] || (start[0] != '#' && start[0] != '~'))
        return refuse(reason, at, GB17691_BAD_START, 0);
    if (len < GB17691_HEADER_SIZE + 1)
        return refuse(reason, at, GB17691_TOO_SHORT, len);
    frame->command = wire_u8(&wire);
    wire_skip(&wire, CRYPT_AT - 3);
    frame->encryption = wire_u8(&wire);
    frame->data_len = wire_be16(&wire);
    frame->data = wire_bytes(&wire, frame->data_len);
    frame->size = GB17691_HEADER_SIZE + frame->data_len + 1;
    check = wire_u8(&wire);
    if (!wire_ok(&wire))
        return refuse(reason, at, GB17691_BAD_LENGTH, LENGTH_AT);
    if (check != gb17691_check_byte(bytes + 2, frame->size - 3))
        return refuse(reason, at, GB17691_BAD_BCC, frame->size - 1);
    if (!header_read(bytes, frame))
        return refuse(reason, at, GB17691_BAD_VIN, VIN_AT_A);
    return ERR_OK;
}

/*
 * The way of a payload: frame_find and recover walk from frame to frame; gbt32960_command.c takes
 * what a frame says, gbt32960_report.c the blocks of a report, gbt32960_result.c gathers it.
 */
#include "shared/codec/gbt32960.h"

#include <assert.h>
#include <string.h>

#include "shared/codec/gbt32960_internal.h"

#define FRAME_BYTES_MIN GBT32960_FRAME_BYTES_MIN

const char *gbt32960_reason_word(enum gbt32960_reason reason)
{
    static const char *const words[GBT32960_REASON_COUNT] = {
#define WORD(id, word, meaning) [GBT32960_##id] = (word),
        GBT32960_REASONS(WORD)
#undef WORD
    };

    assert((unsigned)reason < GBT32960_REASON_COUNT);
    return words[reason];
}

static uint8_t xor_of(const uint8_t *bytes, size_t len)
{
    uint64_t wide = 0;
    uint8_t sum = 0;

    for (; len >= sizeof wide; bytes += sizeof wide, len -= sizeof wide) {
        uint64_t word = 0;
        memcpy(&word, bytes, sizeof word);
        wide ^= word;
    }
    for (; wide != 0; wide >>= 8)
        sum ^= (uint8_t)wide;
    for (size_t i = 0; i < len; i++)
        sum ^= bytes[i];
    return sum;
}

static bool start_at(const uint8_t *bytes, size_t left)
{
    return (bytes[0] == '#' || bytes[0] == '$') && (left < 2 || bytes[1] == bytes[0]);
}

static struct gbt32960_frame frame_at(const uint8_t *bytes, size_t at)
{
    const uint8_t *p = bytes + at;

    return (struct gbt32960_frame){
        .edition = p[0] == '#' ? GBT32960_2016 : GBT32960_2025,
        .at = at,
        .length = (size_t)p[22] << 8 | p[23],
        .command = p[2],
        .response = p[3],
        .encryption = p[21],
        .vin = p + 4,
    };
}

static size_t frame_end(const struct gbt32960_frame *frame)
{
    return frame->at + FRAME_BYTES_MIN + frame->length;
}

/* A whole frame with the right check byte stands here. Constant time once the sums are there. */
static bool sound_at(const struct gbt32960_decoder *d, size_t at)
{
    const uint8_t *bytes = d->input->bytes;
    struct gbt32960_frame frame = {0};

    if (d->input->len - at < FRAME_BYTES_MIN || !start_at(bytes + at, 2))
        return false;
    frame = frame_at(bytes, at);
    if (frame_end(&frame) > d->input->len)
        return false;
    return (d->xor_before[at + 2] ^ d->xor_before[frame_end(&frame) - 1]) ==
           bytes[frame_end(&frame) - 1];
}

static void sums_make(struct gbt32960_decoder *d)
{
    uint8_t *sums = NULL;

    if (d->xor_before != NULL)
        return;
    sums = ARENA_ARRAY(d->arena, uint8_t, d->input->len + 1);
    for (size_t i = 0; i < d->input->len; i++)
        sums[i + 1] = sums[i] ^ d->input->bytes[i];
    d->xor_before = sums;
}

/* Where to go on behind something at `at` that is no sound frame. Its length is not believed, even
 * where it leads to a frame: there may be others before that. */
static size_t recover(struct gbt32960_decoder *d, size_t at)
{
    sums_make(d);
    for (at++; at < d->input->len; at++)
        if (sound_at(d, at))
            return at;
    return d->input->len;
}

static enum err frame_find(struct gbt32960_decoder *d, size_t at, struct gbt32960_frame *frame)
{
    const uint8_t *bytes = d->input->bytes;
    size_t left = d->input->len - at;
    uint8_t sum = 0;

    if (!start_at(bytes + at, left))
        return gbt32960_refuse(d, at == 0 ? GBT32960_BAD_START : GBT32960_TRAILING_BYTES, at,
                               "0x%02X where a frame begins with ## or $$", bytes[at]);
    if (left < FRAME_BYTES_MIN)
        return gbt32960_refuse(d, GBT32960_TOO_SHORT, at,
                               "%zu bytes are left, an empty frame has %d", left, FRAME_BYTES_MIN);
    *frame = frame_at(bytes, at);
    if (frame_end(frame) > d->input->len)
        return gbt32960_refuse(d, GBT32960_BAD_LENGTH, at + 22,
                               "the length field says %zu, %zu bytes of data unit are there",
                               frame->length, left - FRAME_BYTES_MIN);
    sum = xor_of(bytes + at + 2, GBT32960_HEAD_BYTES - 2 + frame->length);
    if (sum != bytes[frame_end(frame) - 1])
        return gbt32960_refuse(d, GBT32960_BAD_BCC, frame_end(frame) - 1,
                               "the check byte is 0x%02X, the frame's bytes give 0x%02X",
                               bytes[frame_end(frame) - 1], sum);
    return ERR_OK;
}

enum err gbt32960_decode(const struct codec_input *input, struct arena *arena,
                         struct codec_result *result)
{
    struct gbt32960_decoder d = {.input = input, .arena = arena, .result = result};
    size_t at = 0;

    while (at < input->len) {
        struct gbt32960_frame frame = {0};
        if (frame_find(&d, at, &frame) == ERR_OK) {
            gbt32960_command(&d, &frame);
            at = frame_end(&frame);
        } else {
            at = recover(&d, at);
        }
    }
    gbt32960_samples_settle(&d);
    return result->fault.reason == NULL ? ERR_OK : ERR_INPUT;
}

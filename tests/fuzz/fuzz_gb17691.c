/*
 * GB 17691 and HJ 1239.3 from anybody, in each layout: any bytes end in one of the outcomes of codec.h, twice the same. What
 * was taken can be sent again by the encoder and comes back as it was, as far as a frame can say it.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "shared/codec/codec.h"
#include "shared/codec/gb17691_encode.h"
#include "shared/when.h"

#define UNIT   "U1"
#define NOW_MS 1751299198000

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);
size_t LLVMFuzzerMutate(uint8_t *bytes, size_t len, size_t room);
size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t len, size_t room, unsigned seed);

/* Makes each frame's check byte right, and the last frame end with the payload. */
static void frames_repair(uint8_t *bytes, size_t len)
{
    while (len >= 25) {
        size_t length = (size_t)bytes[22] << 8 | bytes[23];
        uint8_t sum = 0;

        if (length > len - 25)
            length = len - 25;
        bytes[22] = (uint8_t)(length >> 8);
        bytes[23] = (uint8_t)length;
        for (size_t i = 2; i < 24 + length; i++)
            sum ^= bytes[i];
        bytes[24 + length] = sum;
        bytes += 25 + length;
        len -= 25 + length;
    }
}

/* A mutation hardly ever leaves a right check byte behind: most are given one, so that the blocks
 * are reached too. */
size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t len, size_t room, unsigned seed)
{
    len = LLVMFuzzerMutate(bytes, len, room);
    if (seed % 4 != 0)
        frames_repair(bytes, len);
    return len;
}

/* Whatever it is asked about lies within the payload: reading it all shows that. */
static enum signature_state verify(void *arg, const char *unit, int algorithm, const uint8_t *data,
                                   size_t len, const uint8_t *r, size_t r_len, const uint8_t *s,
                                   size_t s_len)
{
    unsigned sum = (unsigned)algorithm;

    (void)arg;
    assert(strcmp(unit, UNIT) == 0 && algorithm == 1 && len >= 6);
    for (size_t i = 0; i < len; i++)
        sum += data[i];
    for (size_t i = 0; i < r_len; i++)
        sum += r[i];
    for (size_t i = 0; i < s_len; i++)
        sum += s[i];
    return (enum signature_state)(SIGNATURE_UNKNOWN + sum % 3);
}

static void text_check(const char *text, size_t room)
{
    assert(memchr(text, '\0', room) != NULL);
    for (; *text != '\0'; text++)
        assert(*text >= 0x20 && *text <= 0x7e);
}

static void sample_check(const struct sample *s)
{
    const uint32_t masks[] = {s->present, s->invalid, s->abnormal, s->out_of_range};
    uint32_t seen = 0;

    for (size_t i = 0; i < 4; i++) {
        assert((seen & masks[i]) == 0);
        seen |= masks[i];
    }
    assert(seen >> SIGNAL_COUNT == 0 && s->signature < SIGNATURE_COUNT);
    /* A frame of the year 2000's first second may hold bodies of the seconds before it: at most as
     * many as 64 KiB have room for, fewer than an hour. */
    assert(s->at_ms >= 946656000000 - 3600000 && s->at_ms <= 7258089599000);
    for (int id = 0; id < SIGNAL_COUNT; id++) {
        const struct signal_def *def = signal_def((enum signal_id)id);
        if (sample_has(s, def->id))
            assert(s->value[id] >= def->min && s->value[id] <= def->max);
        else
            assert(s->value[id] == 0);
    }
}

static void result_check(const struct codec_result *r, enum err err, size_t len)
{
    assert((err == ERR_OK) == (r->fault.reason == NULL));
    assert(r->count <= CODEC_SAMPLES_MAX && r->event_count <= CODEC_EVENTS_MAX);
    if (err != ERR_OK)
        assert(r->fault.at_byte <= len && r->fault.detail[0] != '\0');
    text_check(r->fault.detail, sizeof r->fault.detail);
    for (size_t i = 0; i < r->count; i++) {
        sample_check(&r->samples[i]);
        assert(i == 0 || r->samples[i - 1].at_ms < r->samples[i].at_ms);
    }
    for (size_t i = 0; i < r->event_count; i++) {
        assert(r->events[i].kind >= CODEC_EVENT_VIN && r->events[i].kind < CODEC_EVENT_COUNT);
        text_check(r->events[i].text, sizeof r->events[i].text);
    }
}

/* What was taken fits the frames: in the layout with collection times every number comes back, but
 * for what one step of its field rounds away. */
static void round_trip_check(const struct codec_result *r, struct arena *arena)
{
    const struct gb17691_encode_options options = {.vin = UNIT, .layout = CODEC_LAYOUT_L3};
    struct gb17691_bytes bytes =
        gb17691_encode_samples(&options, GB17691_REALTIME, r->samples, r->count, arena);
    struct codec_input input = {
        .unit = UNIT, .bytes = bytes.at, .len = bytes.len, .layout = CODEC_LAYOUT_L3};
    struct codec_result back;

    if (bytes.len == 0 || bytes.len > CODEC_PAYLOAD_MAX)
        return;
    assert(codec_decode(FORMAT_GB17691, &input, arena, &back) == ERR_OK);
    assert(back.count == r->count);
    for (size_t i = 0; i < r->count; i++) {
        assert(back.samples[i].at_ms == r->samples[i].at_ms);
        assert((r->samples[i].present & ~back.samples[i].present) == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    uint8_t *exact = malloc(len == 0 ? 1 : len); /* no byte beyond the payload is ours */
    struct codec_input input = {
        .unit = UNIT, .received_ms = NOW_MS, .bytes = exact, .len = len, .verify = verify};
    struct arena *arena = arena_create();
    struct codec_result first;
    struct codec_result again;
    enum err err = ERR_OK;

    assert(exact != NULL);
    if (len > 0)
        memcpy(exact, bytes, len);
    input.layout = (enum codec_layout)(len % (CODEC_LAYOUT_L3 + 1));
    err = codec_decode(FORMAT_GB17691, &input, arena, &first);
    result_check(&first, err, len);
    assert(codec_decode(FORMAT_GB17691, &input, arena, &again) == err);
    assert(again.count == first.count && again.event_count == first.event_count);
    for (size_t i = 0; i < first.count; i++)
        assert(sample_compare(&first.samples[i], &again.samples[i]) == 0);
    round_trip_check(&first, arena);
    arena_destroy(arena);
    free(exact);
    return 0;
}

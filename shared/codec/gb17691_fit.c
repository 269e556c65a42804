/*
 * Which layout a data unit has: every layout is tried; what is consumed exactly counts as read, and
 * among what is read the most plausible wins. Where two say the same the earlier one in the list is
 * taken: a frame with one block is L1, L1b and sometimes L2 at once, and its body stands at the same
 * place in each.
 */
#include "shared/codec/gb17691_blocks.h"

#include <string.h>

#define NOT_WHOLE 4 /* what a fault, or a rest that anything would fill, takes off the score */

struct range {
    uint32_t low, high;
};

/* China, and the pressures at which people drive. */
static const struct range longitude = {73000000, 136000000};
static const struct range latitude = {3000000, 54000000};
static const struct range pressure = {100, 220}; /* 0.5 kPa */
static const uint32_t longitude_most = 180000000;
static const uint32_t latitude_most = 90000000;

#define PRESSURE_AT        2u
#define LONGITUDE_FROM_END 12u
#define LATITUDE_FROM_END  8u
#define SOC_AT             7u
#define ERROR_DWORD        0xfe000000u

static bool within(struct range range, uint32_t value)
{
    return value >= range.low && value <= range.high;
}

static uint32_t dword(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static int degree_score(struct range usual, uint32_t most, uint32_t value)
{
    if (within(usual, value))
        return 2;
    return value > most && value < ERROR_DWORD ? -2 : 0;
}

static int stream_score(const struct gb17691_block *block)
{
    const uint8_t *end = block->body + block->len;

    return within(pressure, block->body[PRESSURE_AT]) +
           degree_score(longitude, longitude_most, dword(end - LONGITUDE_FROM_END)) +
           degree_score(latitude, latitude_most, dword(end - LATITUDE_FROM_END));
}

static int obd_score(const struct gb17691_block *block)
{
    return block->body[0] <= 3 || block->body[0] >= 0xfe ? 2 : -3;
}

static int hybrid_score(const struct gb17691_block *block)
{
    if (block->body[SOC_AT] <= 100)
        return 1;
    return block->body[SOC_AT] >= 0xfe ? 0 : -1;
}

static int block_score(const struct gb17691_block *block)
{
    int time = block->own_time ? 1 : 0;

    switch (block->kind) {
    case GB17691_KIND_OBD:
        return time + obd_score(block);
    case GB17691_KIND_STREAM:
        return time + stream_score(block);
    case GB17691_KIND_HYBRID:
        return time + hybrid_score(block);
    default:
        return time - (block->opaque ? NOT_WHOLE : 0);
    }
}

static struct gb17691_fit fit(struct gb17691_reading reading, const uint8_t *data, size_t len)
{
    struct gb17691_fit fit = {.reading = reading};
    struct gb17691_blocks blocks;
    struct gb17691_block block;
    enum gb17691_item item;

    gb17691_blocks_begin(&blocks, data, len, reading);
    while ((item = gb17691_blocks_next(&blocks, &block)) < GB17691_FAULT && item != GB17691_END) {
        if (item == GB17691_BLOCK) {
            fit.score += block_score(&block);
            fit.bodies[block.kind]++;
            fit.twc |= block.type == GB17691_STREAM_TWC;
        }
    }
    fit.twc |= item == GB17691_FAULT && block.type == GB17691_STREAM_TWC;
    fit.whole = item == GB17691_END;
    fit.reason = blocks.reason;
    fit.fault_at = blocks.fault_at;
    /* A block that is cut off was read to the end of what there is. */
    fit.reached = fit.whole || fit.reason == GB17691_TRUNCATED_BLOCK ? len : fit.fault_at;
    return fit;
}

static bool better(const struct gb17691_fit *a, const struct gb17691_fit *b)
{
    int score_a = a->score - (a->whole ? 0 : NOT_WHOLE);
    int score_b = b->score - (b->whole ? 0 : NOT_WHOLE);

    if (score_a != score_b)
        return score_a > score_b;
    return a->reached > b->reached;
}

static struct gb17691_fit fit_layout(enum codec_layout layout, const uint8_t *data, size_t len)
{
    struct gb17691_fit short_twc = fit((struct gb17691_reading){layout, false}, data, len);
    struct gb17691_fit long_twc;

    if (!short_twc.twc)
        return short_twc;
    long_twc = fit((struct gb17691_reading){layout, true}, data, len);
    return better(&long_twc, &short_twc) ? long_twc : short_twc;
}

struct gb17691_fit gb17691_fit_best(enum codec_layout layout, const uint8_t *data, size_t len)
{
    struct gb17691_fit best;

    if (layout != CODEC_LAYOUT_AUTO)
        return fit_layout(layout, data, len);
    best = fit_layout(CODEC_LAYOUT_L1, data, len);
    for (layout = CODEC_LAYOUT_L1B; layout <= CODEC_LAYOUT_L3; layout++) {
        struct gb17691_fit next = fit_layout(layout, data, len);
        if (better(&next, &best))
            best = next;
    }
    return best;
}

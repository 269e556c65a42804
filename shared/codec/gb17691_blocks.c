#include "shared/codec/gb17691_blocks.h"

#define SIGNATURE_MARK   0x20u
#define SIGNATURE_SECOND 33u /* where the mark stands again */
#define OBD_COUNT_AT     95u
#define OBD_COUNT_NONE   254u /* "invalid": no codes follow, as with 255 */
#define LENGTH_SIZE      2u

static bool signature_at(const struct wire *wire, size_t pos)
{
    return wire->len - pos >= GB17691_SIGNATURE_SIZE && wire->base[pos] == SIGNATURE_MARK &&
           wire->base[pos + SIGNATURE_SECOND] == SIGNATURE_MARK;
}

void gb17691_blocks_begin(struct gb17691_blocks *blocks, const uint8_t *data, size_t len,
                          struct gb17691_reading reading)
{
    *blocks = (struct gb17691_blocks){.wire = wire_over(data, len), .reading = reading};
    wire_skip(&blocks->wire, FRAME_TIME_SIZE);
    if (reading.layout == CODEC_LAYOUT_L2 || reading.layout == CODEC_LAYOUT_L3)
        blocks->serial = wire_be16(&blocks->wire);
}

static enum gb17691_item fault(struct gb17691_blocks *blocks, enum gb17691_reason reason, size_t at)
{
    blocks->reason = reason;
    blocks->fault_at = at;
    return GB17691_FAULT;
}

static enum gb17691_item take_signature(struct gb17691_blocks *blocks, struct gb17691_block *block)
{
    block->at = blocks->wire.pos;
    if (!signature_at(&blocks->wire, block->at))
        return fault(blocks, GB17691_BAD_SIGNATURE, block->at);
    block->body = wire_bytes(&blocks->wire, GB17691_SIGNATURE_SIZE) + 1;
    block->len = GB17691_SIGNATURE_SIZE - 1;
    return GB17691_SIGNATURE;
}

/* A maker's body: a length and as many bytes when that is all there is, with or without a signature
 * behind it; otherwise the supplement of the standard, or the rest. */
static size_t maker_size(const struct wire *wire, struct gb17691_block *block)
{
    size_t left = wire->len - wire->pos;
    size_t signature = 0;

    if (left >= GB17691_SIGNATURE_SIZE && signature_at(wire, wire->len - GB17691_SIGNATURE_SIZE))
        signature = GB17691_SIGNATURE_SIZE;
    if (left >= LENGTH_SIZE) {
        struct wire ahead = *wire;
        size_t size = LENGTH_SIZE + wire_be16(&ahead);
        if (size == left || size == left - signature)
            return size;
    }
    if (block->type == GB17691_SUPPLEMENT)
        return GB17691_SUPPLEMENT_SIZE;
    block->opaque = true;
    return left - signature;
}

static size_t obd_size(const struct wire *wire)
{
    size_t codes = 0;

    if (wire->len - wire->pos >= GB17691_OBD_SIZE)
        codes = wire->base[wire->pos + OBD_COUNT_AT];
    return GB17691_OBD_SIZE + 4 * (codes >= OBD_COUNT_NONE ? 0 : codes);
}

/* 0 where the type is reserved. */
static size_t body_size(struct gb17691_blocks *blocks, struct gb17691_block *block)
{
    block->kind = GB17691_KIND_STREAM;
    switch (block->type) {
    case GB17691_OBD:
        block->kind = GB17691_KIND_OBD;
        return obd_size(&blocks->wire);
    case GB17691_STREAM_SCR:
        return GB17691_STREAM_SCR_SIZE;
    case GB17691_STREAM_TWC:
        return blocks->reading.long_twc ? GB17691_STREAM_TWC_NOX_SIZE : GB17691_STREAM_TWC_SIZE;
    case GB17691_STREAM_TWC_NOX:
        return GB17691_STREAM_TWC_NOX_SIZE;
    case GB17691_HYBRID:
        block->kind = GB17691_KIND_HYBRID;
        return GB17691_HYBRID_SIZE;
    default:
        block->kind = GB17691_KIND_OTHER;
        return maker_size(&blocks->wire, block);
    }
}

static bool type_known(uint8_t type)
{
    return (type >= GB17691_OBD && type <= GB17691_STREAM_TWC_NOX) ||
           (type >= GB17691_SUPPLEMENT && type <= GB17691_USER_LAST);
}

enum gb17691_item gb17691_blocks_next(struct gb17691_blocks *blocks, struct gb17691_block *block)
{
    struct wire *wire = &blocks->wire;
    enum codec_layout layout = blocks->reading.layout;

    *block = (struct gb17691_block){.at = wire->pos};
    if (!wire_ok(wire))
        return fault(blocks, GB17691_TRUNCATED_BLOCK, wire->pos);
    if (wire_left(wire) == 0)
        return GB17691_END;
    if (wire->base[wire->pos] == SIGNATURE_MARK)
        return take_signature(blocks, block);
    block->type = wire_u8(wire);
    if (!type_known(block->type))
        return fault(blocks, GB17691_UNKNOWN_TYPE, block->at);
    if (layout == CODEC_LAYOUT_L1 || (layout == CODEC_LAYOUT_L1B && !blocks->begun))
        block->serial = wire_be16(wire);
    if (layout == CODEC_LAYOUT_L3) {
        const uint8_t *time = wire_bytes(wire, FRAME_TIME_SIZE);
        block->own_time = true;
        if (time != NULL && !frame_time_read(time, &block->at_ms))
            return fault(blocks, GB17691_IMPOSSIBLE_TIME, block->at + 1);
    }
    blocks->begun = true;
    if (wire_ok(wire)) {
        block->len = body_size(blocks, block);
        block->body = wire_bytes(wire, block->len);
    }
    return wire_ok(wire) ? GB17691_BLOCK : fault(blocks, GB17691_TRUNCATED_BLOCK, block->at);
}

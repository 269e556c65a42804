#include "registry/ingest/arrival.h"

#include <string.h>

#include "shared/wire.h"

#define VERSION 1

/* Of a block, beside its unit and its bytes. */
#define HEAD_BYTES (1 + 8 + 4 + 4 + 4)

static size_t size_of(const struct store_block *blocks, size_t count)
{
    size_t size = 1;

    for (size_t i = 0; i < count; i++)
        size += HEAD_BYTES + strlen(blocks[i].unit) + blocks[i].len;
    return size;
}

static void put_block(struct wire_out *out, const struct store_block *block)
{
    size_t unit_len = strlen(block->unit);

    wire_put_le(out, unit_len, 1);
    wire_put(out, block->unit, unit_len);
    wire_put_le(out, (uint64_t)block->hour, 8);
    wire_put_le(out, (uint64_t)block->part, 4);
    wire_put_le(out, (uint64_t)block->row_count, 4);
    wire_put_le(out, block->len, 4);
    wire_put(out, block->bytes, block->len);
}

void arrival_encode(const struct store_block *blocks, size_t count, struct arena *arena,
                    struct store_arrival *arrival)
{
    size_t size = size_of(blocks, count);
    uint8_t *bytes = ARENA_ARRAY(arena, uint8_t, size);
    struct wire_out out = wire_into(bytes, size);

    arrival->first_hour = blocks[0].hour;
    arrival->hours = (int64_t)count;
    wire_put_le(&out, VERSION, 1);
    for (size_t i = 0; i < count; i++) {
        put_block(&out, &blocks[i]);
        arrival->row_count += blocks[i].row_count;
        if (blocks[i].hour < arrival->first_hour)
            arrival->first_hour = blocks[i].hour;
    }
    arrival->bytes = bytes;
    arrival->len = size;
}

static struct store_block read_block(struct wire *in, struct arena *arena)
{
    struct store_block block = {0};
    size_t unit_len = wire_u8(in);
    const uint8_t *unit = wire_bytes(in, unit_len);

    block.unit = unit == NULL ? "" : arena_format(arena, "%.*s", (int)unit_len, (const char *)unit);
    block.hour = (int64_t)wire_le64(in);
    block.part = wire_le32(in);
    block.row_count = wire_le32(in);
    block.len = wire_le32(in);
    block.bytes = wire_bytes(in, block.len);
    return block;
}

enum err arrival_decode(const struct store_arrival *arrival, struct arena *arena,
                        struct store_block **blocks, size_t *count, struct fault *fault)
{
    struct wire in = wire_over(arrival->bytes, arrival->len);
    size_t room = (size_t)arrival->hours;

    *count = 0;
    *blocks = ARENA_ARRAY(arena, struct store_block, room + 1);
    in.failed = wire_u8(&in) != VERSION;
    while (*count < room && wire_ok(&in)) {
        struct store_block *block = &(*blocks)[*count];

        *block = read_block(&in, arena);
        block->journal_no = arrival->journal_no;
        block->first_position = arrival->first_position;
        *count += wire_ok(&in);
    }
    if (wire_ok(&in) && wire_left(&in) == 0)
        return ERR_OK;
    return fault_set(fault, ERR_INPUT, "the samples that wait are damaged at byte %zu", in.pos);
}

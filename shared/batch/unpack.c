#include "shared/batch/unpack.h"

/* A packed varint of one byte becomes eight; a short sub-message needs its struct, its pointer and
 * protobuf-c's notes about it. */
#define MEMORY_FACTOR 16
#define MEMORY_FLOOR  65536 /* some of the arena's chunks */

struct allowance {
    struct arena *arena;
    size_t most; /* that the arena may come to */
};

static void *take(void *data, size_t size)
{
    struct allowance *allowance = data;

    if (arena_bytes(allowance->arena) + size > allowance->most)
        return NULL;
    return arena_alloc(allowance->arena, 1, size);
}

static void leave(void *data, void *pointer)
{
    (void)data;
    (void)pointer;
}

void *unpack_message(const ProtobufCMessageDescriptor *type, const uint8_t *bytes, size_t len,
                     size_t arena_most, struct arena *arena)
{
    size_t justified = arena_bytes(arena) + len * MEMORY_FACTOR + MEMORY_FLOOR;
    struct allowance allowance = {arena, justified < arena_most ? justified : arena_most};
    ProtobufCAllocator allocator = {take, leave, &allowance};

    return protobuf_c_message_unpack(type, &allocator, len, bytes);
}

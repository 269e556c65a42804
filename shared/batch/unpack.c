#include "shared/batch/unpack.h"

/* A packed varint of one byte becomes eight; a short sub-message needs its struct, its pointer and
 * protobuf-c's notes about it. */
#define MEMORY_FACTOR 16
#define MEMORY_FLOOR  8192

struct allowance {
    struct arena *arena;
    size_t left;
};

static void *take(void *data, size_t size)
{
    struct allowance *allowance = data;

    if (size > allowance->left)
        return NULL;
    allowance->left -= size;
    return arena_alloc(allowance->arena, 1, size);
}

static void leave(void *data, void *pointer)
{
    (void)data;
    (void)pointer;
}

void *unpack_message(const ProtobufCMessageDescriptor *type, const uint8_t *bytes, size_t len,
                     struct arena *arena)
{
    struct allowance allowance = {arena, len * MEMORY_FACTOR + MEMORY_FLOOR};
    ProtobufCAllocator allocator = {take, leave, &allowance};

    return protobuf_c_message_unpack(type, &allocator, len, bytes);
}

/*
 * unpack: protobuf-c takes its memory from an arena, and not more than the message's own size
 * justifies, nor more than its kind may. A message of a few bytes cannot claim gigabytes: protobuf-c
 * is told that there is no memory, and gives up. Private to shared/batch.
 */
#ifndef EVROLL_SHARED_BATCH_UNPACK_H
#define EVROLL_SHARED_BATCH_UNPACK_H

#include <protobuf-c/protobuf-c.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/arena.h"

/* NULL when the bytes are no such message, or want more memory than `len` justifies or than leaves the
 * arena at `arena_most` (arena_bytes). The message lives in the arena; protobuf-c's own free must not be
 * called. */
void *unpack_message(const ProtobufCMessageDescriptor *type, const uint8_t *bytes, size_t len,
                     size_t arena_most, struct arena *arena);

#endif

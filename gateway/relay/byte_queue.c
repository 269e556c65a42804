#include "gateway/relay/byte_queue.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "shared/arena.h"

#define ROOM_LEAST 256u

void byte_queue_put(struct byte_queue *queue, const uint8_t *bytes, size_t len)
{
    uint32_t room = queue->room < ROOM_LEAST ? ROOM_LEAST : queue->room;

    if (queue->at > 0) {
        memmove(queue->bytes, queue->bytes + queue->at, queue->len);
        queue->at = 0;
    }
    while (room - queue->len < len)
        room *= 2;
    if (room != queue->room)
        queue->bytes = mem_grow(queue->bytes, room, 1);
    queue->room = room;
    memcpy(queue->bytes + queue->len, bytes, len);
    queue->len += (uint32_t)len;
}

void byte_queue_drop(struct byte_queue *queue, size_t len)
{
    assert(len <= queue->len);
    queue->at += (uint32_t)len;
    queue->len -= (uint32_t)len;
    if (queue->len == 0) {
        free(queue->bytes);
        *queue = (struct byte_queue){0};
    }
}

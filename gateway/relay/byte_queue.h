/*
 * byte_queue: bytes that could not go on yet. Holds no memory while it is empty. The owner bounds it
 * by not putting in more. Zero bytes are an empty queue.
 */
#ifndef EVROLL_GATEWAY_RELAY_BYTE_QUEUE_H
#define EVROLL_GATEWAY_RELAY_BYTE_QUEUE_H

#include <stddef.h>
#include <stdint.h>

struct byte_queue {
    uint8_t *bytes;
    uint32_t room, at, len;
};

void byte_queue_put(struct byte_queue *queue, const uint8_t *bytes, size_t len);
void byte_queue_drop(struct byte_queue *queue, size_t len); /* from the front */

static inline const uint8_t *byte_queue_front(const struct byte_queue *queue)
{
    return queue->bytes + queue->at;
}

#endif

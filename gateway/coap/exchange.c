#include "gateway/coap/exchange.h"

#include <stdlib.h>
#include <string.h>

static struct exchange *find(struct exchange_ring *ring, uint16_t message_id)
{
    for (size_t i = 0; i < EXCHANGE_KEPT; i++)
        if (ring->kept[i].at_ms != 0 && ring->kept[i].message_id == message_id)
            return &ring->kept[i];
    return NULL;
}

static void drop(struct exchange *exchange)
{
    free(exchange->text);
    memset(exchange, 0, sizeof *exchange);
}

struct exchange *exchange_find(struct exchange_ring *ring, uint16_t message_id, int64_t now_ms)
{
    struct exchange *found = find(ring, message_id);

    if (found == NULL || now_ms - found->at_ms < EXCHANGE_LIFETIME_MS)
        return found;
    drop(found);
    return NULL;
}

void exchange_begin(struct exchange_ring *ring, uint16_t message_id, int64_t now_ms)
{
    struct exchange *place = &ring->kept[ring->next];

    ring->next = (ring->next + 1) % EXCHANGE_KEPT;
    drop(place);
    place->message_id = message_id;
    place->at_ms = now_ms == 0 ? 1 : now_ms;
}

void exchange_answer(struct exchange_ring *ring, uint16_t message_id, uint8_t code,
                     uint32_t max_age, const char *text)
{
    struct exchange *found = find(ring, message_id);

    if (found == NULL)
        return;
    free(found->text);
    found->text = text == NULL ? NULL : strdup(text); /* without it the code says enough */
    found->code = code;
    found->max_age = max_age;
}

void exchange_forget(struct exchange_ring *ring, uint16_t message_id)
{
    struct exchange *found = find(ring, message_id);

    if (found != NULL)
        drop(found);
}

void exchange_clear(struct exchange_ring *ring)
{
    for (size_t i = 0; i < EXCHANGE_KEPT; i++)
        drop(&ring->kept[i]);
}

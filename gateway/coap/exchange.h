/*
 * exchange: the messages that a peer sent last and what they were answered, so that one that comes
 * again under the same message id is answered the same and stored once (RFC 7252, 4.2 and 4.5). For
 * datagrams only; libcoap 4.3.1 leaves this to the application.
 *
 * A ring for each peer: a peer that has more than EXCHANGE_KEPT messages on their way at once may
 * see an older one taken twice, which the registry counts once. Thread safety: belongs to one peer.
 */
#ifndef EVROLL_GATEWAY_COAP_EXCHANGE_H
#define EVROLL_GATEWAY_COAP_EXCHANGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EXCHANGE_KEPT        32
#define EXCHANGE_LIFETIME_MS 247000 /* RFC 7252, 4.8.2 */

struct exchange {
    uint16_t message_id;
    uint8_t code;  /* 0: not answered yet */
    int64_t at_ms; /* mono; 0: unused */
    uint32_t max_age;
    char *text; /* diagnostic payload; NULL: none */
};

struct exchange_ring {
    struct exchange kept[EXCHANGE_KEPT];
    size_t next;
};

/* The exchange of this id, or NULL when it is new. */
struct exchange *exchange_find(struct exchange_ring *ring, uint16_t message_id, int64_t now_ms);

/* Takes the place of the oldest. */
void exchange_begin(struct exchange_ring *ring, uint16_t message_id, int64_t now_ms);

/* Nothing happens when it has been pushed out meanwhile. `text` may be NULL. */
void exchange_answer(struct exchange_ring *ring, uint16_t message_id, uint8_t code,
                     uint32_t max_age, const char *text);

/* As if it had never come: it was not stored, and shall be tried again. */
void exchange_forget(struct exchange_ring *ring, uint16_t message_id);

void exchange_clear(struct exchange_ring *ring);

#endif

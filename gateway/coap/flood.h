/*
 * flood: how fast each unit may send: a bucket of tokens, filled at `per_s` up to `burst`, kept by
 * the unit's name, so that new sessions bring no new tokens. A bucket that is full again is
 * forgotten by flood_sweep. Thread safety: one thread.
 */
#ifndef EVROLL_GATEWAY_COAP_FLOOD_H
#define EVROLL_GATEWAY_COAP_FLOOD_H

#include <stddef.h>
#include <stdint.h>

#define FLOOD_MESSAGE 16u /* cost of a whole message */
#define FLOOD_BLOCK   1u  /* cost of a block before the last */

struct flood;

/* In messages. */
struct flood *flood_create(uint32_t per_s, uint32_t burst);
void flood_destroy(struct flood *flood); /* NULL is allowed */

/* 0: take it. Otherwise the seconds after which there is a token again, 1 or more. */
uint32_t flood_take(struct flood *flood, const char *unit, uint32_t cost, int64_t now_ms);

/* Forgets the units whose buckets are full. */
void flood_sweep(struct flood *flood, int64_t now_ms);

size_t flood_units(const struct flood *flood);

#endif

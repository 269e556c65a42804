/*
 * body: a request body that comes in blocks (RFC 7959 Block1), put together. One body at a time for
 * each peer, in order, bounded; libcoap's own assembly trusts the Size1 that a peer names and loses
 * the body when none is named.
 *
 *     block 0 ─▶ MORE ─▶ next block ─▶ MORE … ─▶ last block ─▶ WHOLE (taken by the caller, cleared)
 *                          └ not the next one: GAP; beyond the limit: TOO_LARGE. Both clear.
 *
 * Block 0 begins anew. The block that came last may come again (a lost answer). Thread safety: none
 * needed, a body belongs to one peer.
 */
#ifndef EVROLL_GATEWAY_COAP_BODY_H
#define EVROLL_GATEWAY_COAP_BODY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/unit.h"

#define BODY_TAG_MAX 8 /* Request-Tag, RFC 9175 */

struct body {
    uint8_t *bytes; /* NULL: none under way */
    size_t len, room;
    size_t last_at; /* where the last block began */
    enum format format;
    uint8_t tag[BODY_TAG_MAX];
    size_t tag_len;
    int64_t touched_ms;
};

struct body_block {
    uint32_t number;
    bool more;
    unsigned
        size_exponent; /* 0–6: 16 to 1,024 bytes; 7: any number of 1,024 (RFC 8323, TCP only) */
    bool reliable;     /* over TCP */
    enum format format;
    const uint8_t *tag;
    size_t tag_len;
    size_t total; /* Size1, 0 when not given */
    const uint8_t *bytes;
    size_t len;
};

enum body_outcome {
    BODY_MORE,      /* 2.31 */
    BODY_WHOLE,     /* body->bytes, body->len; call body_clear when done */
    BODY_GAP,       /* 4.08 */
    BODY_BAD,       /* 4.00: a block that is not of the size it says */
    BODY_TOO_LARGE, /* 4.13 */
    BODY_NO_ROOM    /* 5.03: too many bodies under way */
};

/* `room_left` is what all bodies of the endpoint may still take; it is kept up to date. */
enum body_outcome body_add(struct body *body, const struct body_block *block, size_t max,
                           int64_t now_ms, size_t *room_left);
void body_clear(struct body *body, size_t *room_left);

/* The value of a Block1 option. False: it is none. */
bool body_block_parse(const uint8_t *value, size_t len, struct body_block *block);

#endif

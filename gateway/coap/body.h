/*
 * body: a request body that comes in blocks (RFC 7959 Block1), put together. One body at a time for
 * each peer, in order, bounded; libcoap's own assembly trusts the Size1 that a peer names and loses
 * the body when none is named.
 *
 *     block 0 ─▶ MORE ─▶ next block ─▶ MORE … ─▶ last block ─▶ WHOLE (taken by the caller, cleared)
 *                          └ not the next one: GAP; beyond the limit: TOO_LARGE. Both clear.
 *
 * Block 0 begins anew. The block that came last may come again (a lost answer). A unit may have many
 * peers, one for each of its sessions, but two bodies under way in all; one that it left lying gives
 * way to a new one.
 *
 * Thread safety: one thread for all bodies that share a room.
 */
#ifndef EVROLL_GATEWAY_COAP_BODY_H
#define EVROLL_GATEWAY_COAP_BODY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/unit.h"

#define BODY_TAG_MAX     8     /* Request-Tag, RFC 9175 */
#define BODY_UNIT_MAX    2     /* under way at once of one unit */
#define BODY_GIVEN_UP_MS 30000 /* without a block, after which one of them gives way */

struct body {
    uint8_t *bytes; /* NULL: none under way */
    size_t len, room;
    size_t last_at; /* where the last block began */
    enum format format;
    uint8_t tag[BODY_TAG_MAX];
    size_t tag_len;
    int64_t touched_ms;
    const char *unit;
    struct body *next, **link; /* among those under way */
};

/* What all bodies of the endpoint share. */
struct body_room {
    size_t left; /* bytes that they may still take */
    struct body *first;
};

struct body_block {
    const char *unit; /* whose; outlives the body */
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
    BODY_TOO_MANY,  /* 4.29: this unit has BODY_UNIT_MAX under way */
    BODY_NO_ROOM    /* 5.03: too many bodies under way */
};

enum body_outcome body_add(struct body *body, const struct body_block *block, size_t max,
                           int64_t now_ms, struct body_room *room);
void body_clear(struct body *body, struct body_room *room);

/* The value of a Block1 option. False: it is none. */
bool body_block_parse(const uint8_t *value, size_t len, struct body_block *block);

#endif

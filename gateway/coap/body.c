#include "gateway/coap/body.h"

#include <stdlib.h>
#include <string.h>

#include "shared/arena.h"

#define BLOCK_MAX  1024u
#define FIRST_ROOM 4096u
#define ANY_NUMBER 7u /* size exponent of RFC 8323 */

void body_clear(struct body *body, size_t *room_left)
{
    *room_left += body->room;
    free(body->bytes);
    memset(body, 0, sizeof *body);
}

bool body_block_parse(const uint8_t *value, size_t len, struct body_block *block)
{
    uint32_t all = 0;

    if (len > 3)
        return false;
    for (size_t i = 0; i < len; i++)
        all = all << 8 | value[i];
    block->number = all >> 4;
    block->more = (all >> 3 & 1) != 0;
    block->size_exponent = all & 7;
    return true;
}

static size_t unit_of(const struct body_block *block)
{
    return block->size_exponent == ANY_NUMBER ? BLOCK_MAX : (size_t)16 << block->size_exponent;
}

static bool size_ok(const struct body_block *block)
{
    size_t unit = unit_of(block);

    if (block->size_exponent == ANY_NUMBER)
        return block->reliable && (!block->more || (block->len > 0 && block->len % unit == 0));
    return block->more ? block->len == unit : block->len <= unit;
}

static bool same_body(const struct body *body, const struct body_block *block)
{
    return body->bytes != NULL && body->format == block->format &&
           body->tag_len == block->tag_len &&
           (body->tag_len == 0 || memcmp(body->tag, block->tag, body->tag_len) == 0);
}

static bool make_room(struct body *body, size_t wanted, size_t *room_left)
{
    size_t room = body->room == 0 ? FIRST_ROOM : body->room;

    while (room < wanted)
        room *= 2;
    if (room == body->room)
        return true;
    if (room - body->room > *room_left)
        return false;
    *room_left -= room - body->room;
    body->bytes = mem_grow(body->bytes, room, 1);
    body->room = room;
    return true;
}

static void begin(struct body *body, const struct body_block *block, size_t *room_left)
{
    body_clear(body, room_left);
    body->format = block->format;
    body->tag_len = block->tag_len;
    if (block->tag_len > 0)
        memcpy(body->tag, block->tag, block->tag_len);
}

static enum body_outcome append(struct body *body, const struct body_block *block, size_t max,
                                size_t *room_left)
{
    if (body->len + block->len > max || (block->number == 0 && block->total > max))
        return BODY_TOO_LARGE;
    if (!make_room(body, body->len + block->len, room_left))
        return BODY_NO_ROOM;
    if (block->len > 0) /* what is not there has no address */
        memcpy(body->bytes + body->len, block->bytes, block->len);
    body->last_at = body->len;
    body->len += block->len;
    return block->more ? BODY_MORE : BODY_WHOLE;
}

enum body_outcome body_add(struct body *body, const struct body_block *block, size_t max,
                           int64_t now_ms, size_t *room_left)
{
    size_t at = (size_t)block->number * unit_of(block);
    enum body_outcome outcome = BODY_BAD;

    if (block->tag_len > BODY_TAG_MAX || !size_ok(block))
        outcome = BODY_BAD;
    else if (at > 0 && same_body(body, block) && at == body->last_at && block->more)
        return BODY_MORE; /* the answer to it was lost */
    else if (at > 0 && (!same_body(body, block) || at != body->len))
        outcome = BODY_GAP;
    else {
        if (at == 0)
            begin(body, block, room_left);
        outcome = append(body, block, max, room_left);
    }
    body->touched_ms = now_ms;
    if (outcome != BODY_MORE && outcome != BODY_WHOLE)
        body_clear(body, room_left);
    return outcome;
}
